//! `chat-server`: the chat room. It prints its addresses to stdout. It logs events to stderr, such as the end of a
//! connection.

use std::env;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use blocking_chat::base::{command_line, signals};
use blocking_chat::server::history_file::open_error::OpenError;
use blocking_chat::server::lifecycle::{qr, reachable};
use blocking_chat::server::{Config, Server};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use log::warn;
use rustix::process::{Resource, getrlimit};

/// The environment variable that limits the number of arenas in glibc's memory allocator.
const MAX_ARENAS: &str = "MALLOC_ARENA_MAX";

/// Serves one chat room over WebSocket, with one thread per connection and no async runtime.
#[derive(Parser)]
#[command(version)]
struct ServerOptions {
    #[command(flatten)]
    config: Config,

    /// Show the URL of the web page as a QR code, for phones on the same network
    #[arg(long)]
    qr: bool,
}

impl ServerOptions {
    /// Parses the command line. Exits with code 2 if the options are invalid.
    fn read() -> ServerOptions {
        let options: ServerOptions = command_line::parse();
        let listen = options.config.listen;
        if options.qr && listen.ip().is_loopback() {
            let sentence = format!(
                "--qr is for other devices, which cannot reach {listen}; add --listen 0.0.0.0:{}",
                listen.port()
            );
            ServerOptions::command()
                .error(ErrorKind::ArgumentConflict, sentence)
                .exit();
        }
        options
    }
}

fn main() -> ExitCode {
    restart_with_one_arena();
    log_to_stderr();
    match run(ServerOptions::read()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If stderr is closed, the error is lost.
            let _ = writeln!(io::stderr(), "chat-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// If the address space is limited (`ulimit -v`), executes this program again with only one arena.
///
/// By default, glibc gives each of the first threads its own arena, up to eight arenas per core. Each arena takes 64
/// MiB of address space, so little is left for connections. glibc reads the environment variable [`MAX_ARENAS`] only
/// when a program starts.
fn restart_with_one_arena() {
    let has_limit = getrlimit(Resource::As).current.is_some();
    if !has_limit || env::var_os(MAX_ARENAS).is_some() {
        return;
    }
    let mut args = env::args_os();
    if let (Some(name), Ok(program)) = (args.next(), env::current_exe()) {
        let mut command = Command::new(program);
        // `exec` returns only if it fails. The server then keeps several arenas, and has room for fewer connections.
        let _ = command.arg0(name).args(args).env(MAX_ARENAS, "1").exec();
    }
}

/// Logs lines of level `info` and above, unless RUST_LOG says otherwise. Timestamps have the format of HTTP dates.
fn log_to_stderr() {
    let env = env_logger::Env::default().default_filter_or("info");
    env_logger::Builder::from_env(env)
        .format(|line, record| {
            let time = httpdate::fmt_http_date(SystemTime::now());
            let (level, target) = (record.level(), record.target());
            let style = line.default_level_style(level);
            writeln!(
                line,
                "[{time} {style}{level:<5}{style:#} {target}] {}",
                record.args()
            )
        })
        .init();
}

fn run(ServerOptions { config, qr }: ServerOptions) -> Result<(), String> {
    let wanted = config.listen;
    if config.history_file.is_some() {
        signals::fail_at_file_size_limit()
            .map_err(|error| format!("cannot handle signals: {error}"))?;
    }
    let server = Server::bind(config).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {} is taken, perhaps by another chat-server; use `make run-server PORT={}`, \
             or --listen 127.0.0.1:0 for a free port",
            wanted.port(),
            wanted.port().checked_add(1).unwrap_or(9001),
        ),
        _ if error.get_ref().is_some_and(|inner| inner.is::<OpenError>()) => error.to_string(),
        // The address is free, but the server cannot enter the room in Redis.
        io::ErrorKind::Other => error.to_string(),
        _ => format!("cannot listen on {wanted}: {error}; choose another address with --listen"),
    })?;
    let handle = server.handle();
    let is_stopping = AtomicBool::new(false);
    signals::handle(move || {
        // The first signal stops the server gracefully, and a second one ends the process immediately.
        if is_stopping.swap(true, Ordering::SeqCst) {
            exit(130);
        }
        handle.stop();
    })
    .map_err(|error| format!("cannot handle signals: {error}"))?;
    command_line::ignore_broken_pipe(announce(server.local_addr(), qr))?;
    server.run().map_err(|error| error.to_string())
}

/// Prints the server's address, then the page's URL for each address that other computers can reach. `--qr` adds a QR
/// code of the first URL.
fn announce(listening: SocketAddr, wants_qr: bool) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "listening on ws://{listening}/")?;
    let reachable = reachable::addresses(listening).unwrap_or_else(|error| {
        warn!("cannot list the addresses of this computer: {error}");
        Vec::new()
    });
    for address in &reachable {
        writeln!(stdout, "page: http://{address}/")?;
    }
    if wants_qr {
        match reachable
            .first()
            .map(|address| qr::code(&format!("http://{address}/")))
        {
            Some(Ok(code)) => write!(stdout, "{code}")?,
            Some(Err(error)) => warn!("cannot make a QR code: {error}"),
            None => warn!("cannot make a QR code: this computer has no network address"),
        }
    }
    stdout.flush()
}
