//! `chat-client`: chat in a terminal or through a pipe.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::{self, ExitCode};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use blocking_chat::base::color::Color;
use blocking_chat::base::name::Name;
use blocking_chat::base::{command_line, signals};
use blocking_chat::client::connect::target::{Target, Trust};
use blocking_chat::client::connect::url::Url;
use blocking_chat::client::end_reason::{EndReason, unfinished};
use blocking_chat::client::output::{PlainOutput, Style, warn};
use blocking_chat::client::state::ClientState;
use blocking_chat::client::stdin::InputOptions;
use blocking_chat::client::terminal::tty;
use blocking_chat::client::{Client, Timeouts};
use clap::Parser;
use tungstenite::http::{HeaderName, HeaderValue};

/// The time limit for `main` to print its last lines after the connection has ended: 2 s. Usually printing takes no time,
/// but `main` blocks if nothing reads its output.
const FINAL_OUTPUT_TIMEOUT: Duration = Duration::from_secs(2);

/// The state of the connected client. The signal handler uses it to end the client.
static CONNECTED: OnceLock<Arc<ClientState>> = OnceLock::new();

/// Chat in the terminal. Each line that you type is sent to the room, and each line of the room is printed.
///
/// The chat goes to standard output. Everything else goes to standard error, except notices in the line editor. The exit code is 0 for
/// success, 1 for a failure, and 2 for invalid options. After Ctrl-D, the client leaves once all of your lines have come back. Ctrl-C
/// clears the typed line. If the line is empty, Ctrl-C leaves, and a second Ctrl-C ends the client at once (exit code 130).
///
/// If the connection is lost, the client reconnects. It then prints the lines that you missed, and sends the lines that
/// you typed in the meantime. The room gets each line only once.
#[derive(Debug, Parser)]
#[command(name = "chat-client", version)]
struct ClientOptions {
    /// One or more URLs of the chat, ws:// or wss://. When a server fails, the client tries the next URL. Unless it has
    /// --no-reconnect, it adds a random key to each URL of a room. The key gets your name back after a reconnect, even if
    /// the server has not noticed that the old connection is lost. To choose the key, add key=... to the URL, or set the environment variable CHAT_KEY.
    #[arg(default_value = "ws://127.0.0.1:9001/", value_name = "URL")]
    urls: Vec<Url>,

    /// Your name: 1 to 32 characters, each a letter or digit of any script or one of `-`, `_` and `.` [default: your login
    /// name without invalid characters]. If the URL has a name, that name is used instead.
    #[arg(long, value_parser = Name::parse)]
    name: Option<Name>,

    /// Do not reconnect when the connection is lost. Exit with code 1 instead.
    #[arg(long)]
    no_reconnect: bool,

    /// Color names and notices. `auto` means: only in a terminal, and not if NO_COLOR is set.
    #[arg(long, value_enum, default_value_t)]
    color: Color,

    /// Accept commands (lines that begin with a slash) from a pipe too. Otherwise, only a terminal can send commands.
    #[arg(long)]
    commands: bool,

    /// How long to stay connected after the end of the input and the last receipt, to receive answers [default: 0]. With
    /// --no-input, how long to stay connected in total [default: no limit].
    #[arg(long, value_parser = parse_seconds, value_name = "SECONDS")]
    wait: Option<Duration>,

    /// Read no input. Only print the lines of the room.
    #[arg(long)]
    no_input: bool,

    /// An additional header field for the request, such as 'Cookie: session=1'. May be given more than once.
    #[arg(short = 'H', long = "header", value_parser = parse_header, value_name = "NAME: VALUE")]
    headers: Vec<(String, String)>,

    /// The WebSocket subprotocol to request.
    #[arg(long, value_parser = parse_token, value_name = "NAME")]
    subprotocol: Option<String>,

    /// Show the time before each line.
    #[arg(long)]
    timestamps: bool,

    /// Ring the terminal's bell when another member's line contains your name.
    #[arg(long)]
    bell: bool,

    #[command(flatten)]
    trust: Trust,
}

fn main() -> ExitCode {
    if let Err(error) = run(command_line::parse()) {
        warn(error);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn run(options: ClientOptions) -> Result<(), Box<dyn std::error::Error>> {
    if options.trust != Trust::default() && options.urls.iter().all(|url| !url.is_tls) {
        let sentence = "--ca-file and --insecure need a wss:// URL, and there is none";
        command_line::exit_with_conflict::<ClientOptions>(sentence);
    }
    end_at_signals()?;
    let client = Client::connect(target(&options), Timeouts::default(), !options.no_reconnect)?;
    if let Some(url) = client.target.url().filter(|_| io::stderr().is_terminal()) {
        // Without this line, a client that is still connecting would look like a client that has joined.
        let _ = writeln!(io::stderr(), "connected to {}", url.host_and_port());
    }
    let _ = CONNECTED.set(Arc::clone(&client.state));
    let is_terminal = io::stdout().is_terminal();
    let style = Style {
        has_color: options.color.is_enabled(is_terminal),
        is_clean: is_terminal,
        has_time: options.timestamps,
        has_bell: options.bell,
    };
    let input = InputOptions {
        takes_commands: options.commands || io::stdin().is_terminal(),
        linger: options.wait.unwrap_or_default(),
    };
    if !options.no_input && tty::can_edit() {
        tty::restore_on_panic();
        return Ok(client.run_in_terminal(style, input)?);
    }
    let output = PlainOutput::new(io::stdout().lock(), style);
    match options.no_input {
        true => Ok(client.listen_only(output, options.wait)?),
        false => Ok(client.run(io::stdin(), output, input)?),
    }
}

/// Returns the target of these options. Adds the name and `CHAT_KEY` to each URL of a room, or with --name to every URL.
fn target(options: &ClientOptions) -> Target {
    let mut target = Target::new(options.urls.clone());
    let name_in = |variable| Name::cleaned(&env::var_os(variable)?.to_string_lossy());
    let login_name = ["USER", "LOGNAME"].into_iter().find_map(name_in);
    target.has_name = options.name.is_some();
    if let Some(name) = options.name.as_ref().or(login_name.as_ref()) {
        target.add_parameter("name", name.as_str());
    }
    // Every user of the computer can see a command line, so a secret key belongs in the environment.
    if let Ok(key) = env::var("CHAT_KEY") {
        target.add_parameter("key", &key);
    }
    target.headers.clone_from(&options.headers);
    target.subprotocol.clone_from(&options.subprotocol);
    target.trust = options.trust.clone();
    target
}

fn parse_seconds(text: &str) -> Result<Duration, &'static str> {
    // A year is longer than any useful wait, and adding it to the current time cannot overflow.
    let seconds = text.parse::<f64>().ok();
    let seconds = seconds.filter(|seconds| *seconds <= 31_536_000.0);
    let seconds = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or("expected a number of seconds from 0 to 31536000, which is a year")
}

fn parse_header(text: &str) -> Result<(String, String), &'static str> {
    const OURS: &str = "host connection upgrade content-length transfer-encoding";
    let (name, value) = text.split_once(':').ok_or("expected NAME: VALUE")?;
    let name = parse_token(name)?;
    let lower = name.to_ascii_lowercase();
    if OURS.split(' ').any(|ours| ours == lower) || lower.starts_with("sec-websocket-") {
        return Err("the client sets this field itself");
    }
    HeaderValue::from_bytes(value.trim().as_bytes())
        .map_err(|_| "expected a value without control characters")?;
    Ok((name, value.trim().to_owned()))
}

/// Parses a token (RFC 9110, section 5.6.2), such as the name of a header field or of a subprotocol.
fn parse_token(text: &str) -> Result<String, &'static str> {
    match HeaderName::from_bytes(text.as_bytes()) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("expected a name of letters, digits and !#$%&'*+-.^_`|~"),
    }
}

/// Makes the first SIGINT, SIGTERM or SIGHUP close the connection and end the client. A second signal ends the client immediately.
///
/// In the line editor, Ctrl-C does not cause a signal: the editor reads it as a key. If the line is empty, the editor
/// then sends SIGINT to this process.
fn end_at_signals() -> Result<(), ctrlc::Error> {
    let mut again = false;
    signals::handle(move || {
        if again {
            tty::restore();
            process::exit(130);
        }
        again = true;
        match CONNECTED.get() {
            // The client is still connecting, so there is no connection to close.
            None => process::exit(0),
            Some(state) => leave_in_thread(state),
        }
    })
}

/// Makes the client leave, then ends the process. Does this on a new thread, to free the calling thread for a second signal.
fn leave_in_thread(state: &'static ClientState) {
    let leave = || {
        if state.leave(EndReason::LeaveRequested) {
            // Usually `main` ends the process during this sleep.
            thread::sleep(FINAL_OUTPUT_TIMEOUT);
        }
        // The server did not answer our Close, or `main` is reconnecting, or `main` is writing to an output that nothing reads.
        tty::restore();
        let (uncertain, unsent) = state.unfinished();
        if let Some(unfinished) = unfinished(uncertain, unsent) {
            warn(format_args!("left early; {unfinished}"));
            process::exit(1);
        }
        process::exit(0);
    };
    let thread = thread::Builder::new().name("goodbye".to_owned());
    if let Err(error) = thread.spawn(leave) {
        tty::restore();
        let what = "cannot start a thread to say goodbye";
        warn(format_args!("{what}: {error}"));
        process::exit(1);
    }
}
