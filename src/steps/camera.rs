//! A live stream. Every 100 ms a camera pushes a frame of 15 kB through a client's pipe to a server. The user stops a
//! viewer with Ctrl-Z, and sees what the server does with a client that does not keep up.
//!
//! `make stream` runs this program. The server's `--when-behind` decides what happens to a viewer that does not keep up.
//! `drop` suits a stream, where a late frame is worth nothing. `disconnect` suits a chat, where a missing line is worse
//! than a reconnect. Here a frame is a line of text that every client can show: a title, padded with `#` to 15 kB.
//!
//! ```text
//!   camera ──a pipe──► chat-client ──WebSocket──► chat-server ──WebSocket──► a viewer, in another terminal
//! ```

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_chat::base::{command_line, signals};
use clap::Parser;
use crossbeam_channel::bounded;
use rustix::process::{Pid, Signal, kill_process};

/// The size of a frame, in bytes. By default, the server accepts messages of up to 16,384 bytes.
const FRAME: usize = 15_000;

/// The interval at which the terminal shows the title of a frame.
const REPORT_INTERVAL: Duration = Duration::from_secs(2);

/// Server options that let a viewer stop for half a minute without a timeout. The default write timeout is only 10 s.
const LONG_TIMEOUTS: [&str; 2] = ["--write-timeout=120", "--idle-timeout=300"];

/// What the viewer shows after half a minute without reading: 30 frames from the sockets' buffers, a gap of 200 frames,
/// and 70 queued frames.
const VIEWER_DROPPED: &str = "\
First you see about 30 frames that were in flight when you stopped the viewer.
Then the numbers jump by 200 or more, because the server has dropped the oldest
frames that waited for the viewer. After the jump you see about 70 frames all at
once: the mebibyte that the server has kept. Then the stream is live again, and
both terminals show the same frame. Next, type: make stream ARGS=disconnect
";

const VIEWER_DISCONNECTED: &str = "\
First you see about 30 frames that were in flight when you stopped the viewer.
None of them is missing. Then the connection ends with Close 1008: too slow. The
frames that waited in the server are lost. As soon as the viewer has read the
Close, this terminal shows the server's log line. Compare with: make stream
";

/// The programs that the camera has started. It ends them before it exits. `None` once it begins to end them, so that no
/// further program starts.
static STARTED: Mutex<Option<Vec<Child>>> = Mutex::new(Some(Vec::new()));

/// Streams frames to a server, and explains what to do with a viewer.
#[derive(Parser)]
struct CameraOptions {
    /// What the server does when more than a mebibyte waits for a viewer
    #[arg(default_value = "drop", value_parser = ["drop", "disconnect"])]
    when_behind: String,

    /// Where the server listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9001")]
    listen: SocketAddr,

    /// How many frames to send per second. At 10, the stream takes 1.2 Mbit/s, like a small video
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,

    /// How many seconds the camera runs
    #[arg(long, value_name = "S", default_value_t = 600)]
    seconds: u64,
}

fn main() -> ExitCode {
    let options: CameraOptions = command_line::parse();
    let (done, is_done) = bounded(2);
    let interrupted = done.clone();
    // A second signal changes nothing, and is not needed, because each program's shutdown has a deadline.
    let result = signals::handle(move || _ = interrupted.try_send(Ok(())))
        .map_err(io::Error::other)
        .and_then(|()| {
            let streaming = thread::Builder::new().name("camera".to_owned());
            streaming.spawn(move || done.try_send(stream(&options)))?;
            is_done
                .recv()
                .unwrap_or(Err(io::Error::other("the camera thread panicked")))
        });
    let started = started().take();
    for mut program in started.into_iter().flatten().rev() {
        // The program may have ended on its own. If not, SIGTERM makes it shut down within a deadline.
        let _ = kill_process(Pid::from_child(&program), Signal::TERM);
        let _ = program.wait();
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "camera: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts the server and the client, and pushes frames until the time is up or the client has ended.
fn stream(options: &CameraOptions) -> io::Result<()> {
    let listen = options.listen.to_string();
    let mut server = program("chat-server");
    server.args(["--listen", &listen, "--when-behind", &options.when_behind]);
    server.args(LONG_TIMEOUTS).stdout(Stdio::piped());
    let output = start(&mut server, |program| program.stdout.take())?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    let url = line.trim().strip_prefix("listening on ");
    let url = url.ok_or_else(|| io::Error::other("the server did not start; try another PORT"))?;
    let every = Duration::from_secs(1) / options.rate;
    writeln!(io::stdout(), "{}", what_to_do(options, url, every))?;

    let mut client = program("chat-client");
    client.args([url, "--name=camera", "--no-reconnect"]);
    client.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut pipe = start(&mut client, |program| program.stdin.take())?;
    push(&mut pipe, every, Duration::from_secs(options.seconds))
}

/// Pushes frames into the client's pipe at intervals of `every`, until `length` has passed. Fails if the client has ended.
fn push(pipe: &mut ChildStdin, every: Duration, length: Duration) -> io::Result<()> {
    let begin = Instant::now();
    let (mut due, mut next_report) = (Duration::ZERO, Duration::ZERO);
    for frame in 0_u64.. {
        if due >= length {
            break;
        }
        thread::sleep(due.saturating_sub(begin.elapsed()));
        let title = format!("frame {frame} after {:.1} s", begin.elapsed().as_secs_f64());
        pipe.write_all(picture(&title).as_bytes())
            .map_err(|error| io::Error::new(error.kind(), "the client has ended"))?;
        if due >= next_report {
            writeln!(io::stdout(), "{title}")?;
            next_report += REPORT_INTERVAL;
        }
        due += every;
    }
    Ok(())
}

/// Returns a frame as one line: the title, padded with `#` to the size of a frame.
fn picture(title: &str) -> String {
    format!("{title} {:#<1$}\n", "", FRAME - title.len() - 2)
}

fn what_to_do(options: &CameraOptions, url: &str, every: Duration) -> String {
    let (becomes, then) = match options.when_behind.as_str() {
        "drop" => ("loses frames", VIEWER_DROPPED),
        _ => ("is disconnected", VIEWER_DISCONNECTED),
    };
    format!(
        "A camera sends a frame of 15 kB every {} ms to {url}.\n\
         A viewer that does not keep up {becomes}.\n\n\
         1. In a second terminal, also in this folder, type\n\n   \
         make run-client URL={url} NAME=viewer ARGS=--no-reconnect | cut -c 1-60\n\n\
         2. In it, press Ctrl-Z: the viewer stops reading. Watch this terminal for half a\n   \
         minute. The camera continues, because it never waits for the viewer.\n\n\
         3. In the second terminal, type fg.\n\n{then}\nCtrl-C in this terminal ends the stream.\n",
        every.as_millis(),
    )
}

/// Returns a command for a program in the parent of this program's folder.
fn program(name: &str) -> Command {
    let this = env::current_exe().unwrap_or_default();
    let programs = this.parent().and_then(Path::parent);
    let mut command = Command::new(programs.unwrap_or(Path::new(".")).join(name));
    // In a process group of its own, the program does not get the terminal's Ctrl-C. Instead, `main` ends the program.
    command.process_group(0);
    command
}

/// Starts a program, adds it to [`STARTED`], and returns the pipe that `pipe` takes from it. Fails if the camera has
/// begun to end its programs.
fn start<T>(command: &mut Command, pipe: impl Fn(&mut Child) -> Option<T>) -> io::Result<T> {
    let mut started = started();
    let started = started.as_mut().ok_or(io::ErrorKind::Interrupted)?;
    let mut program = command.spawn()?;
    let pipe = pipe(&mut program);
    started.push(program);
    pipe.ok_or_else(|| io::Error::other("a pipe is missing"))
}

fn started() -> MutexGuard<'static, Option<Vec<Child>>> {
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}
