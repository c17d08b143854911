//! `chat-client`: the chat in a terminal or a pipe.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::{self, ExitCode};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use blocking_chat::base::color::Color;
use blocking_chat::base::name::Name;
use blocking_chat::base::signals;
use blocking_chat::client::connect::target::Target;
use blocking_chat::client::connect::trust::Trust;
use blocking_chat::client::connect::url::Url;
use blocking_chat::client::output::PlainOutput;
use blocking_chat::client::output::style::Style;
use blocking_chat::client::stdin::InputOptions;
use blocking_chat::client::terminal::tty;
use blocking_chat::client::{Client, Handle, Timeouts};
use clap::Parser;
use rustix::process::{Signal, getpid, kill_process};

/// How long `main` may take for its last words once the connection has ended: 2 s. A terminal that is read from takes them
/// at once.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The variable for the key, which in a URL any user of the computer could see.
const KEY: &str = "CHAT_KEY";

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
    /// Where the chat is, ws:// or wss://. With several, the next one is tried when one does not answer. A key for your
    /// name (key=...) may also be in the variable CHAT_KEY.
    #[arg(default_value = "ws://127.0.0.1:9001/", value_name = "URL")]
    urls: Vec<Url>,

    /// Who to be: 1 to 32 letters and digits of any script and - _ . [default: your login name, cleaned]. A name in the
    /// URL counts for more.
    #[arg(long, value_parser = Name::parse)]
    name: Option<Name>,

    /// End with 1 when the connection is lost, instead of connecting again.
    #[arg(long)]
    no_reconnect: bool,

    /// Colors for names and notices. `auto`: in a terminal, unless NO_COLOR is set.
    #[arg(long, default_value = "auto", value_parser = parse_color, value_name = "auto|always|never")]
    color: Color,

    /// Take lines that begin with a slash as commands also from a pipe, where they are said as they are otherwise.
    #[arg(long)]
    commands: bool,

    /// Stay so long after the end of the input, for answers.
    #[arg(long, default_value = "0", value_parser = parse_seconds, value_name = "SECONDS")]
    wait: Duration,

    /// Read no input: print what comes.
    #[arg(long)]
    no_input: bool,

    /// A field more for the request, such as 'Cookie: session=1'. Repeatable.
    #[arg(short = 'H', long = "header", value_parser = parse_header, value_name = "NAME: VALUE")]
    headers: Vec<(String, String)>,

    /// The subprotocol to ask for.
    #[arg(long, value_parser = parse_token, value_name = "NAME")]
    subprotocol: Option<String>,

    /// Show the time before each line.
    #[arg(long)]
    timestamps: bool,

    /// Ring the bell when your name is said.
    #[arg(long)]
    bell: bool,

    /// For wss://, trust the certificates in this file (PEM) instead of the system's.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// For wss://, accept any certificate.
    #[arg(long, conflicts_with = "ca_file")]
    insecure: bool,
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
    let client = Client::connect_to(target(&options), Timeouts::default(), !options.no_reconnect)?;
    if let Some(url) = client.url().filter(|_| io::stderr().is_terminal()) {
        // So that waiting for the server and being in do not look alike.
        let _ = writeln!(io::stderr(), "connected to {}", url.host_and_port());
    }
    let _ = connected.set(client.handle());
    let is_terminal = io::stdout().is_terminal();
    let style = Style {
        has_color: options.color.paints(is_terminal),
        is_clean: is_terminal,
        has_time: options.timestamps,
        rings: options.bell,
    };
    let input = InputOptions {
        takes_commands: options.commands || io::stdin().is_terminal(),
        linger: options.wait,
    };
    let output = PlainOutput::new(io::stdout().lock(), style);
    match options.no_input {
        true => client.listen_only(output)?,
        false if tty::can_edit() => {
            // The line editor writes from two threads.
            drop(output);
            tty::restore_at_a_panic();
            client.run_in_terminal(style, input, |_| interrupt())?;
        }
        false => client.run_with(io::stdin(), output, input)?,
    }
    Ok(())
}

/// Where to connect to. The login name and the key from the environment are for rooms of ours only.
fn target(options: &Options) -> Target {
    let mut target = Target::new(options.urls.clone());
    match (&options.name, login_name()) {
        (Some(name), _) => target.set_name(name.as_str()),
        (None, Some(name)) => target.propose("name", name.as_str()),
        (None, None) => {}
    }
    if let Ok(key) = env::var(KEY) {
        target.propose("key", &key);
    }
    target.headers.clone_from(&options.headers);
    target.subprotocol.clone_from(&options.subprotocol);
    target.trust = Trust {
        ca_file: options.ca_file.clone(),
        is_insecure: options.insecure,
    };
    target
}

fn parse_color(text: &str) -> Result<Color, &'static str> {
    match text {
        "auto" => Ok(Color::Auto),
        "always" => Ok(Color::Always),
        "never" => Ok(Color::Never),
        _ => Err("expected auto, always or never"),
    }
}

fn parse_seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds")?;
    // A year is longer than any wait, and every clock can count it.
    match (0.0..=31_536_000.0).contains(&seconds) {
        true => Ok(Duration::from_secs_f64(seconds)),
        false => Err("expected a number of seconds from 0 to 31536000, which is a year"),
    }
}

fn parse_header(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once(':').ok_or("expected NAME: VALUE")?;
    let name = parse_token(name)?;
    let ours = [
        "host",
        "connection",
        "upgrade",
        "content-length",
        "transfer-encoding",
    ];
    let lower = name.to_ascii_lowercase();
    if ours.contains(&lower.as_str()) || lower.starts_with("sec-websocket-") {
        return Err("the client sets this field itself");
    }
    match value.chars().any(|c| c.is_control() && c != '\t') {
        true => Err("expected a value without control characters"),
        false => Ok((name, value.trim().to_owned())),
    }
}

/// A token, as the names of fields and subprotocols are (RFC 9110, 5.6.2).
fn parse_token(text: &str) -> Result<String, &'static str> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    match !text.is_empty() && text.chars().all(is_allowed) {
        true => Ok(text.to_owned()),
        false => Err("expected a name of letters, digits and !#$%&'*+-.^_`|~"),
    }
}

fn login_name() -> Option<Name> {
    let name_in = |variable| Name::cleaned(&env::var_os(variable)?.to_string_lossy());
    name_in("USER").or_else(|| name_in("LOGNAME"))
}

/// The first SIGINT, SIGTERM or SIGHUP ends the client with a goodbye, the second one at once.
///
/// While a line is edited, the line editor takes Ctrl-C as a key and says goodbye itself.
fn end_at_signals(connected: Arc<OnceLock<Handle>>) -> Result<(), ctrlc::Error> {
    let mut again = false;
    signals::handle(move || {
        if again {
            tty::restore();
            process::exit(130);
        }
        again = true;
        match connected.get() {
            // Still connecting: there is no server to say goodbye to.
            None => process::exit(0),
            Some(handle) => say_goodbye(handle.clone()),
        }
    })
}

/// Ctrl-C as a key does what it does as a signal, so that a second one counts as the second.
fn interrupt() {
    // It cannot fail: the process may send a signal to itself.
    let _ = kill_process(getpid(), Signal::INT);
}

/// Leaves from a thread of its own, because its caller has the second signal to wait for.
fn say_goodbye(handle: Handle) {
    let goodbye = move || {
        if handle.leave() {
            // Usually the process ends meanwhile.
            thread::sleep(LAST_WORDS);
        }
        // The server did not answer, or `main` is in a write to an output that takes nothing.
        tty::restore();
        process::exit(match handle.unfinished() {
            None => 0,
            Some(unfinished) => {
                let _ = writeln!(
                    io::stderr(),
                    "chat-client: left before all was done; {unfinished}"
                );
                1
            }
        });
    };
    if thread::Builder::new()
        .name("goodbye".to_owned())
        .spawn(goodbye)
        .is_err()
    {
        process::exit(1);
    }
}
