//! A connection's thread: it serves requests, closes the connection gracefully, and logs one line.
//!
//! A thread keeps every page of its stack that it has touched. So the phases of a connection are functions that are not
//! inlined (`#[inline(never)]`). Their frames use the same stack space in turn, and a silent member needs only two
//! pages of stack.

use std::panic::{AssertUnwindSafe, catch_unwind};

use log::Level;

use crate::base::deadline::Deadline;
use crate::server::connection::Connection;
use crate::server::connection::http_handler::HttpHandler;
use crate::server::connection::request_error::RequestError;
use crate::server::connection::requests::RequestReader;
use crate::server::connection::websocket::WebSocketSession;
use crate::server::connection::ws_stream::WsStream;
use crate::server::http::route::{Route, Upgrade};
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;

impl Connection {
    /// Runs the connection to its end. A panic ends only this connection.
    #[allow(
        clippy::boxed_local,
        reason = "in its box, it uses no stack of its thread"
    )]
    pub fn run(self: Box<Self>, half: WriteHalf) {
        // This precedes the first wait. From now on, a stop finds this socket and can wake its thread.
        self.context.registry.add(self.id, &self.socket);
        if catch_unwind(AssertUnwindSafe(|| self.serve(half))).is_err() {
            self.socket
                .set_disconnect_reason(DisconnectReason::Panicked);
        }
        self.say_goodbye();
        (*self).conclude();
    }

    /// Releases the permit, then logs the connection's line.
    #[inline(never)]
    fn conclude(self) {
        let Connection {
            id,
            peer,
            forwarded_for,
            socket,
            context,
            ..
        } = self;
        let reason = socket.disconnect_reason().cloned();
        let reason = reason.unwrap_or(DisconnectReason::Panicked);
        let (log, shutdown_guard) = (context.log.clone(), context.shutdown_guard.clone());
        context.registry.remove(id);
        drop((socket, context));
        // The socket is dropped before the line is logged. So a connection in the log has already released its permit.
        let line = match forwarded_for.get() {
            Some(client) => format!("{client} through {peer} {reason}"),
            None => format!("{peer} {reason}"),
        };
        log.write(Level::Info, line);
        drop(shutdown_guard);
    }

    #[inline(never)]
    fn serve(&self, mut half: WriteHalf) {
        match self.serve_requests(&mut half) {
            Ok((upgrade, unread)) => {
                let session = WebSocketSession::join(self, half, upgrade);
                session.run(&mut WsStream::websocket(self, unread));
            }
            Err(error) => error.conclude(&self.socket, half),
        }
    }

    /// Answers requests until one asks for a WebSocket. Returns that request, and the bytes that arrived after it.
    #[inline(never)]
    fn serve_requests(
        &self,
        half: &mut WriteHalf,
    ) -> Result<(Box<Upgrade>, Vec<u8>), RequestError> {
        let mut requests = RequestReader::new(&self.socket, &self.context, &self.forwarded_for);
        let mut http = HttpHandler::new(self);
        loop {
            let request = requests.next_request()?;
            match request.route {
                Route::WebSocket(upgrade) => return Ok((upgrade, requests.into_unread())),
                Route::Http(resource) => {
                    http.serve(&request.head, resource, &mut requests, half)?;
                }
            }
        }
    }

    /// Waits, for a bounded time, until both sides have sent and received their last bytes. Then shuts down the socket.
    #[inline(never)]
    fn say_goodbye(&self) {
        let config = &self.context.config;
        let (close, write) = (config.close_timeout.get(), config.write_timeout.get());
        let time = match self.socket.disconnect_reason() {
            Some(reason) => reason.time_to_go(close, write),
            None => close,
        };
        let deadline = Deadline::after(time);
        // Without this, the peer could lose our last bytes.
        self.socket.read_to_the_end(deadline);
        // A half-closed peer may still read. The writer sends the waiting blocks, then it drops the write half.
        let _ = self.write_half_dropped.recv_deadline(deadline.instant());
        self.socket.shut_down();
    }
}
