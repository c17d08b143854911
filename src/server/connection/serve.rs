//! One socket's life, on its own thread: read the request, serve it, say goodbye, give back the slot, log a line.

use std::panic::{AssertUnwindSafe, catch_unwind};

use log::Level;

use crate::base::deadline::Deadline;
use crate::server::connection::Connection;
use crate::server::connection::http_handler::HttpHandler;
use crate::server::connection::request_error::RequestError;
use crate::server::connection::requests::RequestReader;
use crate::server::connection::websocket::WebSocketSession;
use crate::server::http::route::{Route, Upgrade};
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;

impl Connection {
    /// Lives the connection's life. A panic ends this connection and no other.
    pub fn run(self, half: WriteHalf) {
        // Before anything is waited for: from now on a stop finds this socket and can wake its thread.
        self.context.registry.add(self.id, &self.socket);
        if catch_unwind(AssertUnwindSafe(|| self.serve(half))).is_err() {
            self.socket.end(DisconnectReason::Panicked);
        }
        self.say_goodbye();
        let Connection {
            id,
            peer,
            forwarded_for,
            socket,
            context,
            ..
        } = self;
        let ending = socket
            .ending()
            .cloned()
            .unwrap_or(DisconnectReason::Panicked);
        let (log, shutdown_guard) = (context.log.clone(), context.shutdown_guard.clone());
        context.registry.remove(id);
        drop((socket, context));
        // Last of all, so a connection that has its line in the log has given back its slot.
        let line = match forwarded_for.get() {
            Some(client) => format!("{client} through {peer} {ending}"),
            None => format!("{peer} {ending}"),
        };
        log.write(Level::Info, line);
        drop(shutdown_guard);
    }

    fn serve(&self, mut half: WriteHalf) {
        match self.serve_requests(&mut half) {
            Ok((upgrade, unread)) => WebSocketSession::join(self, half, upgrade).run(unread),
            Err(why) => why.conclude(&self.socket, half),
        }
    }

    /// Answers requests until one asks for a WebSocket. Returns that, and what was read past it.
    ///
    /// It is not inlined, so a WebSocket that waits for its peer uses the same stack as the requests before it, not more.
    #[inline(never)]
    fn serve_requests(&self, half: &mut WriteHalf) -> Result<(Upgrade, Vec<u8>), RequestError> {
        let mut requests = RequestReader::new(&self.socket, &self.context, &self.forwarded_for);
        let mut polling = HttpHandler::new(self);
        loop {
            match requests.next_request()? {
                (_, Route::WebSocket(upgrade)) => return Ok((upgrade, requests.into_unread())),
                (head, Route::Http(resource)) => {
                    polling.serve(&head, resource, &mut requests, half)?
                }
            }
        }
    }

    /// Waits until the peer has said its last and has been told ours, both in bounded time, then shuts down.
    fn say_goodbye(&self) {
        let config = &self.context.config;
        let (close, write) = (config.close_timeout.get(), config.write_timeout.get());
        let patience = self
            .socket
            .ending()
            .map(|ending| ending.patience(close, write));
        let deadline = Deadline::after(patience.unwrap_or(close));
        // If a socket is closed with input unread, the kernel sends a reset, and what the peer has not read yet of our last
        // words is lost.
        self.socket.read_to_the_end(deadline);
        // The end of the stream does not mean that nobody reads any more: what has been said before still goes out, and
        // then the writer drops the write half. Nothing is ever sent through this channel.
        let _ = self.write_half_dropped.recv_deadline(deadline.instant());
        self.socket.shut_down();
    }
}
