//! How a socket is created and configured.

use std::io;
use std::net::TcpStream;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::base::semaphore::Permit;
use crate::server::net::socket::Socket;
use crate::server::observe::counters::ConnectionCounters;
use crate::server::observe::metrics::Metrics;
use crate::server::observe::trace::ConnectionTrace;

impl Socket {
    /// Makes a socket from an accepted stream. The permit becomes free after the socket closes.
    pub fn new(
        stream: TcpStream,
        permit: Permit,
        metrics: &Arc<Metrics>,
        trace: Option<Box<ConnectionTrace>>,
    ) -> Socket {
        Socket {
            stream,
            disconnect_reason: OnceLock::new(),
            is_websocket: AtomicBool::new(false),
            counters: ConnectionCounters::new(Arc::clone(metrics)),
            trace,
            _permit: permit,
        }
    }

    /// Sets the timeout of all later [`read`](Socket::read) calls.
    ///
    /// # Errors
    /// Fails if setsockopt(2) fails.
    pub(crate) fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(timeout))
    }
}
