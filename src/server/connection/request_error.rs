//! Why an HTTP connection ends, and the last response on it.

use std::error::Error;
use std::fmt;

use crate::server::connection::reply;
use crate::server::http::error_response::ErrorResponse;
use crate::server::net::socket::Socket;
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;

/// Why a connection serves no further request.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// The connection ends without a further response.
    Disconnect(DisconnectReason),
    /// The connection ends with this response.
    Response(ErrorResponse),
}

impl RequestError {
    /// Omits the body of the response if `method` is HEAD.
    pub fn to(self, method: &str) -> RequestError {
        match self {
            RequestError::Response(response) => RequestError::Response(response.to(method)),
            disconnect => disconnect,
        }
    }

    /// Records why the connection ends, writes the response if this error has one, and ends the stream to the peer.
    pub(crate) fn respond_and_close(self, socket: &Socket, mut half: WriteHalf) {
        match self {
            RequestError::Disconnect(reason) => _ = socket.set_disconnect_reason(reason),
            RequestError::Response(response) => {
                socket.set_disconnect_reason(DisconnectReason::HttpError(response.status));
                socket.counters().count_refusal(response.status);
                // If this fails, the connection ends anyway.
                let _ = reply::write(&mut half, [&*response.to_bytes()]);
            }
        }
        half.finish();
    }
}

impl From<ErrorResponse> for RequestError {
    fn from(response: ErrorResponse) -> RequestError {
        RequestError::Response(response)
    }
}

impl From<DisconnectReason> for RequestError {
    fn from(reason: DisconnectReason) -> RequestError {
        RequestError::Disconnect(reason)
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestError::Disconnect(reason) => write!(f, "the connection ends: {reason}"),
            RequestError::Response(_) => f.write_str("the request is not served"),
        }
    }
}

impl Error for RequestError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            RequestError::Disconnect(_) => None,
            RequestError::Response(response) => Some(response),
        }
    }
}
