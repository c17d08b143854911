//! A bad network: it delays bytes in each direction, and you can make it worse by pressing keys.
//!
//! **What it shows.** On one computer a trip through the network takes a tenth of a millisecond, so round trips cost
//! little. Through this program they take as long as over a long distance. The program accepts connections in place of
//! the server, and forwards bytes in both directions.
//!
//! **What to type.** Use a separate terminal for each line:
//!
//! ```text
//! make run-server
//! make network DELAY=50ms
//! make run-client URL=ws://127.0.0.1:9002/
//! make compare URL=ws://127.0.0.1:9002/   # and again without URL
//! ```
//!
//! The page is at http://127.0.0.1:9002/. In this terminal, press a key:
//!
//! ```text
//! s   swallow: all bytes are lost, and neither end notices
//! l   slow: each connection passes 1 kB a second in each direction
//! p   pass: the network works again; connections that lost bytes end
//! c   cut: end all connections now
//! q   quit
//! ```

use std::error::Error;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use blocking_chat::base::command_line;
use blocking_chat::client::connect::url::Url;
use clap::Parser;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

mod delay;
mod lesson;
mod relay;

use relay::{LinkMode, Pair, Relay, end};

/// The maximum number of connections.
const MAX_CONNECTIONS: usize = 1000;

/// The open connections. The key `c` ends all of them.
static PAIRS: Mutex<Vec<Weak<Pair>>> = Mutex::new(Vec::new());

/// A bad network in front of a server.
#[derive(Parser)]
struct NetworkOptions {
    /// How long bytes are delayed in each direction, such as 50ms or 1.5s
    #[arg(long, value_name = "TIME", default_value = "50ms", value_parser = delay::parse)]
    delay: Duration,

    /// Where the network listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9002")]
    listen: SocketAddr,

    /// The server that receives the forwarded connections
    #[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:9001/")]
    server: Url,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options: NetworkOptions = command_line::parse();
    let server = options.server.host_and_port();
    let listener = TcpListener::bind(options.listen)
        .map_err(|error| format!("{}: {error}; try another PORT", options.listen))?;
    let address = listener.local_addr()?;
    let text = lesson::text(include_str!("network.rs"));
    let text = text.replace("127.0.0.1:9002", &address.to_string());
    command_line::print(format!("listening on ws://{address}/\n\n{text}"))?;
    let relay = Arc::new(Relay {
        delay: options.delay,
        ..Relay::default()
    });
    let keys = thread::Builder::new().name("keys".to_owned());
    keys.spawn({
        let relay = Arc::clone(&relay);
        move || read_keys(&relay)
    })?;
    for client in listener.incoming() {
        let forwarded = client.and_then(|client| {
            let pair = [client, TcpStream::connect(&server)?];
            let mut pairs = pairs();
            pairs.retain(|pair| pair.strong_count() > 0);
            if pairs.len() >= MAX_CONNECTIONS {
                return Err(io::Error::other("there are too many connections"));
            }
            pairs.push(relay.forward(pair)?);
            Ok(())
        });
        if let Err(error) = forwarded {
            lesson::log(format!("cannot forward a connection to {server}: {error}"));
        }
    }
    Ok(())
}

/// Handles keys until `q`, Ctrl-C or the end of stdin. After that, ends the program if stdin is a terminal. In a
/// terminal, each key works without Enter, and Ctrl-C arrives as a key, too.
fn read_keys(relay: &Relay) {
    let terminal = tcgetattr(io::stdin()).ok();
    if let Some(mut raw) = terminal.clone() {
        raw.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &raw);
    }
    for key in io::stdin().lock().bytes().map_while(Result::ok) {
        match key {
            b's' => set(relay, LinkMode::Swallow, "swallow: all bytes are lost"),
            b'l' => set(relay, LinkMode::Slow, "slow: 1 kB a second"),
            b'p' => set(relay, LinkMode::Pass, "pass: the network works again"),
            b'c' => {
                for pair in pairs().drain(..).filter_map(|pair| pair.upgrade()) {
                    end(&pair);
                }
                lesson::log("cut: all connections have ended");
            }
            // 0x03 is Ctrl-C.
            b'q' | 0x03 => break,
            _ => {}
        }
    }
    if let Some(terminal) = terminal {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &terminal);
        process::exit(0);
    }
}

fn set(relay: &Relay, mode: LinkMode, says: &str) {
    relay.set_mode(mode);
    lesson::log(says);
}

fn pairs() -> MutexGuard<'static, Vec<Weak<Pair>>> {
    PAIRS.lock().unwrap_or_else(PoisonError::into_inner)
}
