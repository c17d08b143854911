//! `chat-server`: the chat room. It prints its address on stdout, and a line at each connection's end on stderr.

use std::io::{self, Write};
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicBool, Ordering};

use blocking_chat::server::{Config, Server};
use clap::Parser;

/// One chat room over WebSocket. A thread per connection, and no async runtime.
#[derive(Parser)]
#[command(version)]
struct Options {
    #[command(flatten)]
    config: Config,
}

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info")).init();
    match run(Options::parse().config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If stderr is closed, there is nobody to tell.
            let _ = writeln!(io::stderr(), "chat-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: Config) -> Result<(), String> {
    let wanted = config.listen;
    let server = Server::bind(config).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {} is taken, perhaps by another chat-server; type `make run-server PORT={}`, \
             or --listen 127.0.0.1:0 for a free port",
            wanted.port(),
            wanted.port().checked_add(1).unwrap_or(9001),
        ),
        _ => format!("cannot listen on {wanted}: {error}; give another address with --listen"),
    })?;
    let handle = server.handle();
    let was_told = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        // The first signal asks; whoever is in a hurry sends another.
        if was_told.swap(true, Ordering::SeqCst) {
            exit(130);
        }
        handle.stop();
    })
    .map_err(|error| format!("cannot handle signals: {error}"))?;
    // Whoever started the server may have closed stdout; that is no reason not to serve.
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "listening on ws://{}/", server.local_addr())
        .and_then(|()| stdout.flush());
    server.run().map_err(|error| error.to_string())
}
