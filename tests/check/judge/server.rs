//! The server that is judged: how it is started, and what it says of itself.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::time::Duration;

use blocking_chat::base::deadline::Deadline;

use super::failure::{Failure, quote};
use super::process::{NoAddress, Process};

const FIRST_LINE: &str = "a line such as `listening on ws://127.0.0.1:9001/` as its first output";

/// The ports of servers, and how often one is drawn until it is free.
const PORTS: Range<u16> = 10_000..32_000;
const ATTEMPTS: usize = 20;

/// A server that has printed where it listens. It ends with this value.
pub struct Server {
    process: Process,
    pub addresses: Vec<SocketAddr>,
}

/// Why there is no server to judge.
struct NotStarted {
    failure: Failure,
    ended: bool,
}

impl Server {
    /// Starts the server on a free port and waits for the line that names it.
    ///
    /// The port is given as `--listen ADDRESS` and as the variable `PORT`. A server that ends because of the option is
    /// started again without it. A command that names `$PORT` itself gets no option.
    pub fn start(command: &str, limit: Duration) -> Result<Server, Failure> {
        let names_port = ["$PORT", "${PORT}"]
            .iter()
            .any(|name| command.contains(name));
        if !names_port {
            match Server::launch(command, true, limit) {
                Ok(server) => return Ok(server),
                Err(NotStarted { ended: true, .. }) => {}
                Err(NotStarted { failure, .. }) => return Err(failure),
            }
        }
        Server::launch(command, false, limit).map_err(|not_started| not_started.failure)
    }

    fn launch(command: &str, with_option: bool, limit: Duration) -> Result<Server, NotStarted> {
        let fails = |sent: &str, got: String, ended| NotStarted {
            failure: Failure::new(sent, FIRST_LINE, got),
            ended,
        };
        let free = free_address();
        let free =
            free.map_err(|error| fails("looked for a free port", error.to_string(), false))?;
        let option = if with_option {
            format!(" --listen {free}")
        } else {
            String::new()
        };
        let sent = format!("started `{command}{option}` with PORT={}", free.port());
        let process = Process::spawn(command, with_option, free);
        let process = process.map_err(|error| fails(&sent, error.to_string(), false))?;
        match process.addresses(Deadline::after(limit)) {
            Ok(addresses) => Ok(Server { process, addresses }),
            Err(NoAddress::Silent) => {
                let got = "no such line in time (if it is printed, perhaps it is not flushed)";
                Err(fails(&sent, got.into(), false))
            }
            Err(NoAddress::Ended(status)) => {
                let said = process.said().map(|words| quote(&words));
                let said = said.unwrap_or("nothing".into());
                let got = format!("the end of the server ({status}), whose stderr says {said}");
                Err(fails(&sent, got, true))
            }
        }
    }

    /// A line that says whether the server has ended, and what it printed on stderr: what a student looks for first.
    /// It is empty if there is nothing to say.
    pub fn last_words(&self) -> String {
        let status = self.process.end();
        let said = match status {
            Some(_) => self.process.said(),
            None => self.process.error(),
        };
        match (status, said.map(|words| quote(&words))) {
            (None, None) => String::new(),
            (None, Some(said)) => format!("\nThe server's stderr: {said}"),
            (Some(status), None) => format!("\nThe server has ended: {status}"),
            (Some(status), Some(said)) => format!("\nThe server has ended: {status}, {said}"),
        }
    }
}

/// An address that nobody listens on. Its port is none of those that connections get on Linux (32,768 and up), so that
/// none takes it before the server does.
fn free_address() -> io::Result<SocketAddr> {
    let mut bound = Err(ErrorKind::AddrInUse.into());
    for _ in 0..ATTEMPTS {
        let random = RandomState::new().build_hasher().finish();
        let port = PORTS.start + (random % PORTS.len() as u64) as u16;
        bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        if bound.is_ok() {
            break;
        }
    }
    bound?.local_addr()
}
