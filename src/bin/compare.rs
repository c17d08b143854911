//! `chat-compare` measures polling, long polling and WebSocket in one room.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::thread;

use blocking_chat::base::command_line;
use blocking_chat::client::connect::url::Url;
use blocking_chat::lab::{CompareOptions, picture, run};
use blocking_chat::server::{Config, Server};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

/// Measures what polling, long polling and WebSocket cost in the same room, in bytes and in time.
#[derive(Parser)]
#[command(name = "chat-compare", version)]
struct Arguments {
    #[command(flatten)]
    options: CompareOptions,
}

fn main() -> ExitCode {
    match compare(&command_line::parse::<Arguments>().options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If stderr is closed, the message is lost.
            let _ = writeln!(io::stderr(), "chat-compare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare(options: &CompareOptions) -> Result<(), Box<dyn std::error::Error>> {
    // Report an unwritable file now, because the measurement takes half a minute.
    options.svg.as_deref().map_or(Ok(()), writable)?;
    let url = match &options.url {
        Some(url) => url.clone(),
        None => serve()?,
    };
    // The progress bar is drawn on stderr, and only if stderr is a terminal.
    let style =
        ProgressStyle::with_template("{wide_bar} {percent:>3} % of all lines received, {elapsed}")?;
    let bar = ProgressBar::new(1).with_style(style);
    let report = run(&options.run, &url, |received, all| {
        bar.set_length(all);
        bar.set_position(received);
    })?;
    bar.finish_and_clear();
    let text = if options.csv {
        report.csv()
    } else {
        report.table()
    };
    command_line::ignore_broken_pipe(io::stdout().write_all(text.as_bytes()))?;
    if let Some(path) = &options.svg {
        fs::write(path, picture::svg(&report)?)?;
    }
    Ok(())
}

/// Returns an error if the file at `path` cannot be written. Creates a missing file, but does not change the contents
/// of an existing file.
fn writable(path: &Path) -> Result<(), String> {
    let opened = OpenOptions::new().append(true).create(true).open(path);
    opened.map_or_else(
        |error| Err(format!("cannot write {}: {error}", path.display())),
        |_| Ok(()),
    )
}

/// Starts a server in this process, and returns its URL. The server runs until the process ends.
fn serve() -> Result<Url, Box<dyn std::error::Error>> {
    let server = Server::bind(Config {
        listen: ([127, 0, 0, 1], 0).into(),
        ..Config::default()
    })?;
    let url = format!("ws://{}/", server.local_addr()).parse::<Url>();
    thread::Builder::new()
        .name("server".to_owned())
        .spawn(move || server.run())?;
    Ok(url?)
}
