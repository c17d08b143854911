//! Starts Redis and several servers that share one room: `make cluster`.
//!
//! Ctrl-C ends all of them. The argument is the number of servers, 3 by default.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use blocking_chat::base::signals;
use crossbeam_channel::{Receiver, Sender, unbounded};
use rustix::process::{Pid, Signal, kill_process};

/// The maximum time that Redis may take to start listening.
const LIMIT: Duration = Duration::from_secs(10);

/// Something that happens while the cluster runs.
enum ClusterEvent {
    /// A signal such as Ctrl-C has arrived.
    Interrupted,
    /// A program has ended.
    Ended(Pid),
}

struct Running {
    name: String,
    pid: Pid,
}

fn main() -> ExitCode {
    let count = env::args().nth(1).and_then(|count| count.parse().ok());
    let (events, inbox) = unbounded();
    let interrupted = events.clone();
    let folder = env::temp_dir().join(format!("blocking-chat-cluster-{}", std::process::id()));
    let mut running = Vec::new();
    let result = signals::handle(move || _ = interrupted.send(ClusterEvent::Interrupted))
        .map_err(io::Error::other)
        .and_then(|()| start(count.unwrap_or(3), &folder, &events, &mut running))
        .and_then(|()| watch(&inbox, &mut running));
    end(&inbox, running);
    // If this fails, the folder stays in the system's temporary directory.
    let _ = fs::remove_dir_all(&folder);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "cluster: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts Redis and the servers, and prints their addresses.
fn start(
    count: usize,
    folder: &Path,
    events: &Sender<ClusterEvent>,
    running: &mut Vec<Running>,
) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let port = free_port()?;
    let mut redis = Command::new("redis-server");
    redis.args(["--bind", "127.0.0.1", "--save", "", "--port"]);
    redis.arg(port.to_string()).arg("--dir").arg(folder);
    let redis = redis.stdout(Stdio::null());
    let _no_lines = run("redis-server", redis, events, running)?;
    wait_for(port)?;
    let mut out = io::stdout();
    writeln!(
        out,
        "Redis listens on 127.0.0.1:{port}. This command prints the room's log:"
    )?;
    writeln!(out, "    redis-cli -p {port} XRANGE chat - +\n")?;
    let mut urls = Vec::new();
    for number in 1..=count {
        let mut server = Command::new(program("chat-server")?);
        server.args(["--listen", "127.0.0.1:0", "--redis"]);
        server
            .arg(format!("redis://127.0.0.1:{port}"))
            .stdout(Stdio::piped());
        let name = format!("server {number}");
        let mut child = run(&name, &mut server, events, running)?;
        let url = child.next().transpose()?.unwrap_or_default();
        let url = url.replace("listening on ", "");
        let pid = running
            .last()
            .map_or(0, |server| server.pid.as_raw_nonzero().get());
        writeln!(out, "{name}: {url}  (kill -9 {pid} kills it)")?;
        urls.push(url);
    }
    let all = urls.join(" ");
    let client = program("chat-client")?;
    writeln!(
        out,
        "\nJoin any server. A client that has all URLs survives the loss of its server:"
    )?;
    writeln!(out, "    {} {all} --name anna", client.display())?;
    writeln!(out, "\nCtrl-C ends all programs.")?;
    out.flush()
}

/// Starts a program in its own process group, so that it does not get the terminal's Ctrl-C. Returns the lines that it
/// prints, or none if its stdout is not a pipe.
fn run(
    name: &str,
    command: &mut Command,
    events: &Sender<ClusterEvent>,
    running: &mut Vec<Running>,
) -> io::Result<impl Iterator<Item = io::Result<String>> + use<>> {
    let started = command.stdin(Stdio::null()).process_group(0).spawn();
    let mut child: Child = started.map_err(|error| match error.kind() {
        ErrorKind::NotFound => io::Error::other(format!(
            "{name} is missing: type `sudo apt install redis-server` (Debian, Ubuntu, WSL) or `brew install redis` (macOS)"
        )),
        _ => error,
    })?;
    let pid = Pid::from_child(&child);
    running.push(Running {
        name: name.to_owned(),
        pid,
    });
    let lines = child.stdout.take().map(|pipe| BufReader::new(pipe).lines());
    let events = events.clone();
    thread::spawn(move || {
        let _ = child.wait();
        let _ = events.send(ClusterEvent::Ended(pid));
    });
    Ok(lines.into_iter().flatten())
}

/// Prints the name of each program that ends. Returns on Ctrl-C, or when no program is left.
fn watch(inbox: &Receiver<ClusterEvent>, running: &mut Vec<Running>) -> io::Result<()> {
    while !running.is_empty() {
        match inbox.recv() {
            Ok(ClusterEvent::Ended(pid)) => {
                let (ended, others) = running.drain(..).partition(|it| it.pid == pid);
                *running = others;
                for Running { name, .. } in ended {
                    writeln!(io::stdout(), "{name} has ended")?;
                }
            }
            Ok(ClusterEvent::Interrupted) | Err(_) => return Ok(()),
        }
    }
    Ok(())
}

/// Ends the servers, the last one first, and then Redis. After a further Ctrl-C, kills the remaining programs instead.
fn end(inbox: &Receiver<ClusterEvent>, mut running: Vec<Running>) {
    let mut signal = Signal::TERM;
    while let Some(last) = running.last() {
        // This fails if the program has already ended.
        let _ = kill_process(last.pid, signal);
        match inbox.recv() {
            Ok(ClusterEvent::Ended(pid)) => running.retain(|it| it.pid != pid),
            Ok(ClusterEvent::Interrupted) => signal = Signal::KILL,
            Err(_) => return,
        }
    }
}

/// Returns a port that is free now.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn wait_for(port: u16) -> io::Result<()> {
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if begin.elapsed() > LIMIT {
            return Err(io::Error::other("Redis does not listen after 10 s"));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Returns the path of a program in the parent of this program's folder.
fn program(name: &str) -> io::Result<PathBuf> {
    let this = env::current_exe()?;
    let programs = this.parent().and_then(Path::parent);
    Ok(programs.unwrap_or(Path::new(".")).join(name))
}
