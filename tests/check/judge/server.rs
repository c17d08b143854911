//! Starts the judged server and finds the address that it prints.

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

/// The judge looks for a free port in this range, at most [`ATTEMPTS`] times.
const PORTS: Range<u16> = 10_000..32_000;
const ATTEMPTS: usize = 20;

/// A server that has printed where it listens. Dropping this value kills the server.
pub struct Server {
    process: Process,
    pub addresses: Vec<SocketAddr>,
}

/// Why the server has not started, and whether its process has ended.
struct NotStarted {
    failure: Failure,
    ended: bool,
}

impl Server {
    /// Starts the server on a free port and waits for the line that names the port.
    ///
    /// The server gets the port in the option `--listen ADDRESS` and in the variable `PORT`. If the server exits before
    /// it prints an address, the judge starts it again without the option. A command that contains `$PORT` never gets
    /// the option.
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
                let got =
                    "no such line in time (if the server prints it, stdout may not be flushed)";
                Err(fails(&sent, got.into(), false))
            }
            Err(NoAddress::Ended(status)) => {
                let stderr = process.last_error_or_line().map(|words| quote(&words));
                let stderr = stderr.unwrap_or("nothing".into());
                let got = format!("an exit of the server ({status}), with {stderr} on stderr");
                Err(fails(&sent, got, true))
            }
        }
    }

    /// Returns a line that answers a student's first questions: whether the server has exited, and what it last
    /// reported on stderr. The line is empty if there is nothing to report.
    pub fn last_words(&self) -> String {
        let status = self.process.end();
        let stderr = match status {
            Some(_) => self.process.last_error_or_line(),
            None => self.process.error(),
        };
        match (status, stderr.map(|words| quote(&words))) {
            (None, None) => String::new(),
            (None, Some(stderr)) => format!("\nThe server's stderr: {stderr}"),
            (Some(status), None) => format!("\nThe server has ended: {status}"),
            (Some(status), Some(stderr)) => format!("\nThe server has ended: {status}, {stderr}"),
        }
    }
}

/// Returns an address on which no process listens. Linux gives outgoing connections the ports from 32,768 up. The
/// address's port is below them, so no outgoing connection takes it.
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
