//! Connects to the host and port of a URL, within a time limit.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::thread;
use std::time::Duration;

use crate::base::deadline::Deadline;
use crate::client::connect::error::ConnectError;
use crate::client::connect::url::Url;

/// The time limit for connecting. When it has passed, connecting fails with [`ConnectError::TimedOut`].
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// The whole time limit, for the error message.
    limit: Duration,
    deadline: Deadline,
}

impl Budget {
    /// Starts a budget of `limit`.
    pub fn new(limit: Duration) -> Self {
        let deadline = Deadline::after(limit);
        Budget { limit, deadline }
    }

    /// Returns the time that is left. If there is none, fails with a message that contains `waiting_for`.
    fn remaining(&self, waiting_for: &'static str) -> Result<Duration, ConnectError> {
        let limit = self.limit;
        let left = self.deadline.remaining();
        left.ok_or(ConnectError::TimedOut { waiting_for, limit })
    }

    /// Limits the next read or write to the time that is left. If no time is left, fails as [`Budget::remaining`] does.
    pub(super) fn limit(&self, stream: &TcpStream, what: &'static str) -> Result<(), ConnectError> {
        let left = Some(self.remaining(what)?);
        stream.set_read_timeout(left)?;
        Ok(stream.set_write_timeout(left)?)
    }
}

/// Returns whether a read or a write failed only because of a signal or the socket's timeout.
pub(super) fn is_transient(error: &io::Error) -> bool {
    [ErrorKind::WouldBlock, ErrorKind::Interrupted].contains(&error.kind())
}

/// Connects to the first of the host's addresses that accepts a connection. If none does, returns the last error.
pub(crate) fn connect(url: &Url, budget: &Budget) -> Result<TcpStream, ConnectError> {
    let addresses = resolve(url, budget)?;
    let waiting_for = "a connection";
    let mut source = io::Error::from(ErrorKind::AddrNotAvailable);
    for (tried, address) in addresses.iter().enumerate() {
        // An address that does not answer must leave time for the others.
        let untried = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let share = (budget.remaining(waiting_for)? / untried).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(address, share) {
            Ok(stream) => {
                // Each write is a whole frame, so the kernel should send it without waiting for more data.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => source = error,
        }
    }
    if source.kind() == ErrorKind::TimedOut {
        budget.remaining(waiting_for)?;
    }
    let address = url.host_and_port();
    Err(ConnectError::Unreachable { address, source })
}

/// Returns the host's addresses. The system's resolver has no timeout, and nothing can wake a thread that waits for it.
/// So a new thread resolves the name. If the budget is used up first, that thread is abandoned.
fn resolve(url: &Url, budget: &Budget) -> Result<Vec<SocketAddr>, ConnectError> {
    if let Ok(address) = url.host.parse::<IpAddr>() {
        return Ok(vec![(address, url.port).into()]);
    }
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let (host, port) = (url.host.clone(), url.port);
    let resolve = move || {
        let addresses = (host.as_str(), port).to_socket_addrs();
        let addresses = addresses.map(Vec::from_iter);
        // If the budget is used up, the receiver is gone, and this send fails.
        let _ = sender.send(addresses.map_err(|source| ConnectError::UnknownHost { host, source }));
    };
    let thread = thread::Builder::new().name("resolve".to_owned());
    thread.spawn(resolve).map_err(ConnectError::System)?;
    let waiting_for = "the host's address";
    let limit = budget.limit;
    let addresses = receiver.recv_timeout(budget.remaining(waiting_for)?);
    addresses.map_err(|_| ConnectError::TimedOut { waiting_for, limit })?
}
