//! Why a connection over HTTP ends, and the last that is said on it.

use crate::server::ending::Ending;
use crate::server::http::refusal::Refusal;
use crate::server::reply;
use crate::server::socket::Socket;
use crate::server::write_half::WriteHalf;

/// Why there is no further request to serve.
#[derive(Debug)]
pub enum NoRequest {
    /// There is nobody to answer, or all is said.
    Ending(Ending),
    /// This is the answer.
    Refused(Refusal),
}

impl NoRequest {
    /// The same after a request with this method.
    pub fn to(self, method: &str) -> NoRequest {
        match self {
            NoRequest::Refused(refusal) => NoRequest::Refused(refusal.to(method)),
            ending => ending,
        }
    }

    /// Says the last that is to be said over HTTP on a connection, and why it ends.
    pub fn conclude(self, socket: &Socket, mut half: WriteHalf) {
        match self {
            NoRequest::Ending(ending) => _ = socket.end(ending),
            NoRequest::Refused(refusal) => {
                socket.end(Ending::Refused(refusal.status));
                socket.traffic().count_refusal(refusal.status);
                // A peer that does not take the answer does not get it; there is nobody else to tell.
                let _ = reply::write(&mut half, [&*refusal.to_bytes()]);
            }
        }
        half.finish();
    }
}

impl From<Refusal> for NoRequest {
    fn from(refusal: Refusal) -> NoRequest {
        NoRequest::Refused(refusal)
    }
}
