//! `chat-client`: the chat in a terminal or a pipe.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::{self, ExitCode};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use blocking_chat::base::color::Color;
use blocking_chat::base::name::Name;
use blocking_chat::base::signals;
use blocking_chat::client::opening::url::Url;
use blocking_chat::client::terminal::tty;
use blocking_chat::client::{Client, Handle, Limits};
use clap::Parser;

/// How long `main` may take for its last words once the connection has ended: 2 s. A terminal that is read from takes them
/// at once, and the line editor has a second to take away what was being typed.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Chat from the terminal: what you type is said, what is said is printed.
///
/// The chat goes to standard output, everything else to standard error. The exit code is 0 if all went as asked, 1 if
/// something failed, 2 if the options are wrong. Ctrl-D says goodbye once all of your lines have come back; Ctrl-C clears
/// the line that is being typed, or says goodbye at once, and pressed again does not wait for the answer (130).
///
/// A connection that is lost is made anew. What was said meanwhile is fetched, and what you typed is said then, once.
#[derive(Debug, Parser)]
#[command(name = "chat-client", version)]
struct Options {
    /// Where the chat is.
    #[arg(default_value = "ws://127.0.0.1:9001/")]
    url: Url,

    /// Who to be: 1 to 32 letters and digits of any script and - _ . [default: your login name, cleaned]. A name in the
    /// URL counts for more.
    #[arg(long, value_parser = Name::parse)]
    name: Option<Name>,

    /// End with 1 when the connection is lost, instead of connecting again.
    #[arg(long)]
    no_reconnect: bool,

    /// Colors for names and notices. `auto`: in a terminal, unless NO_COLOR is set.
    #[arg(long, default_value = "auto", value_parser = parse_colour, value_name = "auto|always|never")]
    color: Color,
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not `eprintln!`, which panics if stderr is closed.
            let _ = writeln!(io::stderr(), "chat-client: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let connected = Arc::new(OnceLock::new());
    end_at_signals(Arc::clone(&connected))?;
    let url = match options.name.or_else(login_name) {
        Some(name) => options.url.with("name", name.as_str()),
        None => options.url,
    };
    let client = match options.no_reconnect {
        true => Client::connect(&url, Limits::default())?,
        false => Client::connect_to_stay(&url, Limits::default())?,
    };
    if io::stderr().is_terminal() {
        // So that waiting for the server and being in do not look alike.
        let _ = writeln!(io::stderr(), "connected to {}", url.host_and_port());
    }
    let _ = connected.set(client.handle());
    let paints = options.color.paints(io::stdout().is_terminal());
    if tty::can_edit() {
        tty::restore_at_a_panic();
        Ok(client.run_in_terminal(paints, say_goodbye)?)
    } else {
        Ok(client.run_painted(io::stdin(), io::stdout().lock(), paints)?)
    }
}

fn parse_colour(text: &str) -> Result<Color, &'static str> {
    match text {
        "auto" => Ok(Color::Auto),
        "always" => Ok(Color::Always),
        "never" => Ok(Color::Never),
        _ => Err("it is auto, always or never"),
    }
}

fn login_name() -> Option<Name> {
    let of = |variable| Name::cleaned(&env::var_os(variable)?.to_string_lossy());
    of("USER").or_else(|| of("LOGNAME"))
}

/// The first SIGINT, SIGTERM or SIGHUP ends the client with a goodbye, the second one at once.
///
/// While a line is edited, the line editor has SIGINT and says goodbye itself.
fn end_at_signals(connected: Arc<OnceLock<Handle>>) -> Result<(), ctrlc::Error> {
    let mut again = false;
    signals::handle(move || {
        if again {
            tty::restore();
            process::exit(130);
        }
        again = true;
        match connected.get() {
            // Still connecting: there is nobody to say goodbye to.
            None => process::exit(0),
            Some(handle) => say_goodbye(handle.clone()),
        }
    })
}

/// Leaves from a thread of its own, because the one that calls this has the second signal to wait for.
fn say_goodbye(handle: Handle) {
    let goodbye = move || {
        if handle.leave() {
            // Usually the process ends meanwhile.
            thread::sleep(LAST_WORDS);
        }
        // The server did not answer, or `main` is in a write to an output that nobody reads.
        tty::restore();
        process::exit(0);
    };
    if thread::Builder::new()
        .name("goodbye".to_owned())
        .spawn(goodbye)
        .is_err()
    {
        process::exit(1);
    }
}
