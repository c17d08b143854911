//! One connection's thread, from its first byte to its log line.
//!
//! [`serve`] runs the thread. It reads [`requests`]. A request opens a [`websocket`], or [`http_handler`] answers it.

pub mod context;
pub mod cost;
pub mod hang_up;
pub mod hooks;
pub mod http_handler;
pub mod lines_body;
pub mod metrics_page;
pub mod rate_limit;
pub mod reply;
pub mod request_error;
pub mod requests;
pub mod room_client;
pub mod serve;
pub mod websocket;
pub mod ws_stream;

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::base::id::ClientId;
use crate::base::line::Lines;
use crate::server::connection::context::Context;
use crate::server::hub::messages::HubMessage;
use crate::server::net::socket::Socket;

/// A connection on its own thread.
#[derive(Debug)]
pub struct Connection {
    /// The client's number.
    pub id: ClientId,
    /// The peer's address.
    pub peer: SocketAddr,
    /// The address of the client behind the proxy, from the last request. Set only with `--trust-proxy`.
    pub forwarded_for: Cell<Option<IpAddr>>,
    /// The socket. Only this connection's thread reads from it.
    pub socket: Arc<Socket>,
    /// [Disconnects](crate::guide::path#a-channel-that-only-disconnects) when the write half is dropped.
    pub write_half_dropped: Receiver<Infallible>,
    /// The lines of the last read(2) that have not been sent to the hub yet.
    pub queued_lines: RefCell<Option<Lines>>,
    /// What all connections share.
    pub context: Arc<Context>,
}

impl Connection {
    /// Queues lines, so that [`Connection::send_lines`] sends the lines of several frames as one `Say`.
    pub(crate) fn queue_lines(&self, lines: Lines) {
        if let Some(mut earlier) = self.queued_lines.take() {
            let is_joined = earlier.try_append(&lines);
            self.queued_lines.replace(Some(earlier));
            if is_joined {
                return;
            }
            self.send_lines();
        }
        self.queued_lines.replace(Some(lines));
    }

    /// Sends the queued lines as one `Say`. A `Say` per frame would cost more than all other work on the lines together.
    pub(crate) fn send_lines(&self) {
        if let Some(lines) = self.queued_lines.take() {
            let client = self.id;
            self.send_to_hub(HubMessage::Say { client, lines });
        }
    }

    /// Sends a message to the hub, after the queued lines. Waits while the channel is full, so TCP slows the client.
    pub(crate) fn send_to_hub(&self, message: HubMessage) {
        self.send_lines(); // No endless recursion: it takes out the lines first.
        // This fails only if the hub or the publisher has panicked, and then the server ends.
        let _ = self.context.hub.send(message);
    }
}
