//! Sends HTTP requests to the room, and waits for the replies.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use crate::base::deadline::Deadline;
use crate::base::receive::receive;
use crate::server::connection::Connection;
use crate::server::connection::hang_up::has_hung_up;
use crate::server::connection::request_error::RequestError;
use crate::server::http::error_response::ErrorResponse;
use crate::server::hub::messages::HubMessage;
use crate::server::hub::room_request::RoomRequest;
use crate::server::observe::disconnect::DisconnectReason;

/// How often a thread checks its peer while it waits for the room's reply: every 5 s.
const LIVENESS_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Why a connection ends when its peer has hung up.
pub(crate) const HUNG_UP: DisconnectReason =
    DisconnectReason::ConnectionLost(ErrorKind::UnexpectedEof);

/// Why there is no reply from the room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NoReply {
    /// The peer has hung up.
    HungUp,
    /// The hub has dropped the request, or the wait of a long poll has expired.
    Ended,
}

/// Sends the requests of one connection to the room.
#[derive(Debug)]
pub(crate) struct RoomClient<'a> {
    connection: &'a Connection,
    /// Whether this connection has sent a long poll, which the hub might still hold.
    may_poll: bool,
    /// The id that the room had when the last request was sent.
    id: Arc<str>,
}

impl<'a> RoomClient<'a> {
    /// Makes a room client that has sent no request yet.
    pub(crate) fn new(connection: &'a Connection) -> RoomClient<'a> {
        RoomClient {
            connection,
            may_poll: false,
            id: connection.context.room_id.get(),
        }
    }

    /// Sends a request to the hub and waits for the reply. A long poll waits at most `wait`.
    ///
    /// The hub replies when it sends its batch. It drops the request at a stop, or if this server loses the room. A
    /// reply can take a long time if the disk of the history file fails, or if the cluster's Redis is unreachable.
    pub(crate) fn request<T>(
        &mut self,
        wait: Option<Duration>,
        request: impl FnOnce(Sender<T>) -> RoomRequest,
    ) -> Result<T, NoReply> {
        let (reply, replies) = bounded(1);
        self.may_poll |= wait.is_some();
        self.send(request(reply));
        let deadline = wait.map(Deadline::after);
        loop {
            let left = deadline.map_or(Some(LIVENESS_CHECK_INTERVAL), Deadline::remaining);
            let left = left.ok_or(NoReply::Ended)?.min(LIVENESS_CHECK_INTERVAL);
            match receive(&replies, Some(Instant::now() + left)) {
                Ok(reply) => return Ok(reply),
                Err(RecvTimeoutError::Disconnected) => return Err(NoReply::Ended),
                Err(RecvTimeoutError::Timeout) if self.peer_has_hung_up() => {
                    return Err(NoReply::HungUp);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Returns the id of the room to which the last request was sent.
    ///
    /// # Errors
    /// 503 if the server now has another room. The numbers in the reply then mean nothing.
    pub(crate) fn id(&self) -> Result<&str, RequestError> {
        if self.id == self.connection.context.room_id.get() {
            Ok(&self.id)
        } else {
            Err(self.dropped_response().into())
        }
    }

    /// Returns the error for a request that needs a reply from the room and gets none.
    pub(crate) fn no_reply_error(&self, reason: NoReply) -> RequestError {
        match reason {
            NoReply::HungUp => HUNG_UP.into(),
            NoReply::Ended => self.dropped_response().into(),
        }
    }

    /// Returns the response to a request that the hub dropped because the server is stopping or has lost the room.
    fn dropped_response(&self) -> ErrorResponse {
        if self.connection.context.is_stopping() {
            return ErrorResponse::stopping();
        }
        ErrorResponse::new(503, "The room has been replaced by another one: try again.")
            .with("Retry-After", "1")
    }

    /// Returns whether the peer has hung up. A stop also ends the stream, but that does not count.
    fn peer_has_hung_up(&self) -> bool {
        let Connection {
            socket, context, ..
        } = self.connection;
        has_hung_up(&socket.stream) && !context.is_stopping()
    }

    fn send(&mut self, request: RoomRequest) {
        self.id = self.connection.context.room_id.get();
        let client = self.connection.id;
        self.connection
            .send_to_hub(HubMessage::Http { client, request });
    }
}

impl Drop for RoomClient<'_> {
    /// Cancels the long poll of this connection, if there is one.
    fn drop(&mut self) {
        if self.may_poll {
            self.send(RoomRequest::Forget);
        }
    }
}
