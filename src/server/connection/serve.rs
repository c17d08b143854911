//! A connection's thread: it serves requests, closes the connection gracefully, and logs one line.
//!
//! A thread keeps every page of its stack that it has touched. So the phases of a connection are functions that are not
//! inlined (`#[inline(never)]`). Their stack frames use the same space in turn, and a silent member needs only two
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
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;

/// Runs the connection to its end. A panic ends only this connection.
#[allow(
    clippy::boxed_local,
    reason = "in its box, it takes no space on the stack of its thread"
)]
pub(crate) fn run(connection: Box<Connection>, half: WriteHalf) {
    // The socket is registered before the first wait, so a stop always finds it and can wake its thread.
    let Connection {
        id,
        socket,
        context,
        ..
    } = &*connection;
    context.registry.add(*id, socket);
    if catch_unwind(AssertUnwindSafe(|| serve(&connection, half))).is_err() {
        socket.set_disconnect_reason(DisconnectReason::Panicked);
    }
    close_gracefully(&connection);
    release_and_log(*connection);
}

/// Drops the socket, which releases its permit, and then logs why the connection ended.
#[inline(never)]
fn release_and_log(connection: Connection) {
    let Connection {
        id,
        peer,
        forwarded_for,
        socket,
        context,
        ..
    } = connection;
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
fn serve(connection: &Connection, mut half: WriteHalf) {
    match serve_requests(connection, &mut half) {
        Ok((upgrade, unread)) => {
            let session = WebSocketSession::join(connection, half, upgrade);
            session.run(&mut WsStream::websocket(connection, unread));
        }
        Err(error) => error.respond_and_close(&connection.socket, half),
    }
}

/// Answers requests until one asks for a WebSocket. Returns the upgrade, and the bytes that arrived after that request.
#[inline(never)]
fn serve_requests(
    connection: &Connection,
    half: &mut WriteHalf,
) -> Result<(Box<Upgrade>, Vec<u8>), RequestError> {
    let Connection {
        socket,
        context,
        forwarded_for,
        ..
    } = connection;
    let mut requests = RequestReader::new(socket, context, forwarded_for);
    let mut http = HttpHandler::new(connection);
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
fn close_gracefully(connection: &Connection) {
    let Connection {
        socket,
        context,
        write_half_dropped,
        ..
    } = connection;
    let config = &context.config;
    let (close, write) = (config.close_timeout.get(), config.write_timeout.get());
    let time = match socket.disconnect_reason() {
        Some(reason) => reason.closing_time_limit(close, write),
        None => close,
    };
    let deadline = Deadline::after(time);
    // Without the drain, the peer could lose the server's last bytes.
    socket.drain(deadline);
    // A half-closed peer may still read, so wait until the writer has sent its blocks and dropped the write half.
    let _ = write_half_dropped.recv_deadline(deadline.instant());
    socket.shut_down();
}
