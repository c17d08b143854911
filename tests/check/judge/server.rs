//! The server that is judged: how it is started, and what it says of itself.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use blocking_chat::deadline::Deadline;

use super::failure::{Failure, quote};
use super::process::{NoAddress, Process};

const FIRST_LINE: &str = "a line such as `listening on ws://127.0.0.1:9001/` as its first output";

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
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
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
                let words = process.said().unwrap_or_default();
                let got = format!(
                    "the end of the server ({status}), whose stderr says {}",
                    quote(&words)
                );
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
