//! From a URL to a TCP connection.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::thread;
use std::time::Duration;

use crate::base::deadline::Deadline;
use crate::client::connect::error::ConnectError;
use crate::client::connect::url::Url;

/// The time that connecting may take in all. Whatever takes a budget fails with [`ConnectError::TimedOut`] when it is over.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// For the error message.
    limit: Duration,
    deadline: Deadline,
}

impl Budget {
    /// The budget begins now.
    pub fn new(limit: Duration) -> Self {
        let deadline = Deadline::after(limit);
        Budget { limit, deadline }
    }

    /// What is left of it.
    fn remaining(&self, waiting_for: &'static str) -> Result<Duration, ConnectError> {
        let limit = self.limit;
        let left = self.deadline.remaining();
        left.ok_or(ConnectError::TimedOut { waiting_for, limit })
    }

    /// Makes the next read and the next write end with the budget.
    pub(super) fn limit(&self, stream: &TcpStream, what: &'static str) -> Result<(), ConnectError> {
        let left = Some(self.remaining(what)?);
        stream.set_read_timeout(left)?;
        Ok(stream.set_write_timeout(left)?)
    }
}

/// Whether an error of a read or a write is only a signal, or the end of [`Budget::limit`].
pub(super) fn is_transient(error: &io::Error) -> bool {
    [ErrorKind::WouldBlock, ErrorKind::Interrupted].contains(&error.kind())
}

/// Connects to the first of the host's addresses that takes connections. The error is that of the last one.
pub(crate) fn connect(url: &Url, budget: &Budget) -> Result<TcpStream, ConnectError> {
    let addresses = resolve(url, budget)?;
    let waiting_for = "a connection";
    let mut source = io::Error::from(ErrorKind::AddrNotAvailable);
    for (tried, address) in addresses.iter().enumerate() {
        // An address that does not answer at all must leave time for the others.
        let untried = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let share = (budget.remaining(waiting_for)? / untried).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(address, share) {
            Ok(stream) => {
                // A frame is one write, and must go out at once.
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

/// The host's addresses. The system's resolver has no limit that we could set, and nothing wakes a thread from it. So a name is resolved on
/// its own thread. If the budget is over first, that thread is left behind.
fn resolve(url: &Url, budget: &Budget) -> Result<Vec<SocketAddr>, ConnectError> {
    if let Ok(address) = url.host.parse::<IpAddr>() {
        return Ok(vec![(address, url.port).into()]);
    }
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let (host, port) = (url.host.clone(), url.port);
    let resolve = move || {
        let addresses = (host.as_str(), port).to_socket_addrs();
        let addresses = addresses.map(Vec::from_iter);
        // This fails if the budget is over, and then nothing waits for it.
        let _ = sender.send(addresses.map_err(|source| ConnectError::Unknown { host, source }));
    };
    let thread = thread::Builder::new().name("resolve".to_owned());
    thread.spawn(resolve).map_err(ConnectError::System)?;
    let waiting_for = "the host's address";
    let limit = budget.limit;
    let addresses = receiver.recv_timeout(budget.remaining(waiting_for)?);
    addresses.map_err(|_| ConnectError::TimedOut { waiting_for, limit })?
}
