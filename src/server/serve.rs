//! One socket's life, on its own thread: read the request, serve it, say goodbye, give back the slot, log a line.

use std::panic::{AssertUnwindSafe, catch_unwind};

use log::Level;

use super::connection::Connection;
use super::ending::Ending;
use super::http::request::Requests;
use super::http::route::Route;
use super::polling::Polling;
use super::websocket::Session;
use super::write_half::WriteHalf;
use crate::deadline::Deadline;

impl Connection {
    /// Lives the connection's life. A panic ends this connection and no other.
    pub fn run(self, half: WriteHalf) {
        // Before anything is waited for: from now on a stop finds this socket and can wake its thread.
        self.shared.sockets.add(self.id, &self.socket);
        if catch_unwind(AssertUnwindSafe(|| self.serve(half))).is_err() {
            self.socket.end(Ending::Panicked);
        }
        self.say_goodbye();
        let Connection {
            id,
            peer,
            forwarded_for,
            socket,
            shared,
            ..
        } = self;
        let ending = socket.ending().cloned().unwrap_or(Ending::Panicked);
        let (journal, alive) = (shared.journal.clone(), shared.alive.clone());
        shared.sockets.remove(id);
        drop((socket, shared));
        // Last of all, so a connection that has its line in the log has given back its slot.
        let line = match forwarded_for.get() {
            Some(client) => format!("{client} through {peer} {ending}"),
            None => format!("{peer} {ending}"),
        };
        journal.write(Level::Info, line);
        drop(alive);
    }

    fn serve(&self, mut half: WriteHalf) {
        let mut requests = Requests::new(&self.socket, &self.shared, &self.forwarded_for);
        let mut polling = Polling::on(self);
        loop {
            let served = match requests.next_request() {
                Ok((_, Route::WebSocket(upgrade))) => {
                    return Session::join(self, half, upgrade).run(requests.into_unread());
                }
                Ok((head, Route::Http(resource))) => {
                    polling.serve(&head, resource, &mut requests, &mut half)
                }
                Err(why) => Err(why),
            };
            if let Err(why) = served {
                return why.conclude(&self.socket, half);
            }
        }
    }

    /// Waits until the peer has said its last and has been told ours, both in bounded time, then shuts down.
    fn say_goodbye(&self) {
        let config = &self.shared.config;
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
        let _ = self.half_is_gone.recv_deadline(deadline.instant());
        self.socket.shut_down();
    }
}
