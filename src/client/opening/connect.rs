//! From a URL to a TCP connection.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::thread;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use rustix::net::sockopt;

use crate::base::deadline::Deadline;
use crate::client::opening::failure::NotConnected;
use crate::client::opening::url::Url;

/// After how long a silence TCP asks whether the server's machine is still there: 60 s.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);

/// How long TCP waits for an answer to that, each time: 10 s.
const KEEPALIVE_EACH: Duration = Duration::from_secs(10);

/// How often it asks: 6 times, so that a machine which has gone without a word ends a read after two minutes.
const KEEPALIVE_TIMES: u32 = 6;

/// How long what was sent may stay without TCP's acknowledgement, in milliseconds: two minutes as well. While something
/// is under way TCP does not ask, and repeats it for a quarter of an hour.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: u32 = 120_000;

/// What [`connect`] may take, all in all, and how long that was, for the sentence about it.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
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
    ///
    /// # Errors
    /// [`NotConnected::TimedOut`] if nothing is.
    pub fn remaining(&self, waiting_for: &'static str) -> Result<Duration, NotConnected> {
        let limit = self.limit;
        self.deadline
            .remaining()
            .ok_or(NotConnected::TimedOut { waiting_for, limit })
    }
}

/// Connects to the first of the host's addresses that takes connections.
///
/// # Errors
/// What came of the last address, if none does; [`NotConnected::TimedOut`] if the budget is over first.
pub fn connect(url: &Url, budget: &Budget) -> Result<TcpStream, NotConnected> {
    let addresses = resolve(url, budget)?;
    let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
    for (tried, address) in addresses.iter().enumerate() {
        // An address that does not answer at all must leave time for the others.
        let untried = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let share = (budget.remaining("a connection")? / untried).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(address, share) {
            Ok(stream) => {
                set_options(&stream).map_err(NotConnected::System)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    if last.kind() == ErrorKind::TimedOut {
        budget.remaining("a connection")?;
    }
    Err(NotConnected::Unreachable {
        address: url.host_and_port(),
        port: url.port(),
        error: last,
    })
}

/// The host's addresses.
///
/// The system's resolver has no limit that we could set, and nothing wakes a thread from it. So a name gets a thread,
/// which ends before the chat begins, or is left behind with a client that ends.
fn resolve(url: &Url, budget: &Budget) -> Result<Vec<SocketAddr>, NotConnected> {
    if let Ok(address) = url.host().parse::<IpAddr>() {
        return Ok(vec![(address, url.port()).into()]);
    }
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let host = (url.host().to_owned(), url.port());
    thread::Builder::new()
        .name("resolve".to_owned())
        .spawn(move || {
            let addresses = host.to_socket_addrs().map(Vec::from_iter);
            // Nobody takes it if the budget is over.
            let _ = sender.send(addresses);
        })
        .map_err(NotConnected::System)?;
    let waiting_for = "the host's address";
    let addresses = match receiver.recv_timeout(budget.remaining(waiting_for)?) {
        Ok(addresses) => addresses,
        Err(RecvTimeoutError::Timeout) => {
            let limit = budget.limit;
            return Err(NotConnected::TimedOut { waiting_for, limit });
        }
        Err(RecvTimeoutError::Disconnected) => Err(ErrorKind::Other.into()),
    };
    addresses.map_err(|error| NotConnected::Unknown {
        host: url.host().to_owned(),
        error,
    })
}

fn set_options(stream: &TcpStream) -> io::Result<()> {
    // A frame is one write, and nobody wants to wait for the next line before this one is seen.
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, KEEPALIVE_AFTER)?;
    sockopt::set_tcp_keepintvl(stream, KEEPALIVE_EACH)?;
    sockopt::set_tcp_keepcnt(stream, KEEPALIVE_TIMES)?;
    #[cfg(target_os = "linux")]
    sockopt::set_tcp_user_timeout(stream, UNACKNOWLEDGED)?;
    Ok(())
}
