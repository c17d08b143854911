//! Why a connection over HTTP ends, and the last that is said on it.

use crate::server::connection::reply;
use crate::server::http::error_response::ErrorResponse;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::socket::Socket;
use crate::server::net::write_half::WriteHalf;

/// Why there is no further request to serve.
#[derive(Debug)]
pub enum RequestError {
    /// There is nobody to answer, or all is said.
    DisconnectReason(DisconnectReason),
    /// This is the answer.
    Refused(ErrorResponse),
}

impl RequestError {
    /// The same after a request with this method.
    pub fn to(self, method: &str) -> RequestError {
        match self {
            RequestError::Refused(refusal) => RequestError::Refused(refusal.to(method)),
            ending => ending,
        }
    }

    /// Says the last that is to be said over HTTP on a connection, and why it ends.
    pub fn conclude(self, socket: &Socket, mut half: WriteHalf) {
        match self {
            RequestError::DisconnectReason(ending) => _ = socket.end(ending),
            RequestError::Refused(refusal) => {
                socket.end(DisconnectReason::HttpError(refusal.status));
                socket.counters().count_refusal(refusal.status);
                // A peer that does not take the answer does not get it; there is nobody else to tell.
                let _ = reply::write(&mut half, [&*refusal.to_bytes()]);
            }
        }
        half.finish();
    }
}

impl From<ErrorResponse> for RequestError {
    fn from(refusal: ErrorResponse) -> RequestError {
        RequestError::Refused(refusal)
    }
}
