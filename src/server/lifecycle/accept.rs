//! The thread that accepts connections and starts a thread for each.

use std::cell::Cell;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use log::Level;
use rustix::net::sockopt::{Timeout, set_socket_send_buffer_size, set_socket_timeout};

use crate::base::id::ClientId;
use crate::base::semaphore::{Permit, Semaphore};
use crate::base::thread::STACK_SIZE;
use crate::server::connection::Connection;
use crate::server::connection::context::Context;
use crate::server::lifecycle::turned_away::TurnedAway;
use crate::server::net::socket::Socket;
use crate::server::net::write_half::WriteHalf;

/// What the kernel may keep for a client that reads nothing: 128 KiB, which Linux doubles. The default grows to 4 MiB.
const SEND_BUFFER: usize = 128 * 1024;

/// How long to wait when accept(2) fails for want of descriptors or memory: 50 ms. It would fail again at once.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// Accepts connections until the server stops. It waits in accept(2), while sockets that were turned away are kept no
/// longer than the first of them has; a stop wakes it with a connection of its `own`.
pub fn run(
    listener: &TcpListener,
    own: SocketAddr,
    permits: &Semaphore,
    mut refused: TurnedAway,
    context: &Arc<Context>,
) {
    let mut has_failed = false;
    let mut has_limit = false;
    for id in 1.. {
        let limit = refused.close_expired();
        if has_limit || limit.is_some() {
            // It fails for no reason that a peer could bring about. Without it, a socket is kept for longer.
            let _ = set_socket_timeout(listener, Timeout::Recv, limit);
            has_limit = limit.is_some();
        }
        match listener.accept() {
            // Whoever came before has been accepted, and will be told.
            Ok((_, peer)) if peer == own => return,
            Ok((stream, peer)) => {
                has_failed = false;
                // These fail only on a socket that is broken already, and then there is nobody to serve.
                if prepare(&stream, context).is_ok() {
                    let turned_away = match permits.try_acquire() {
                        Some(permit) => start(id, stream, peer, permit, context),
                        None => Some(stream),
                    };
                    refused.take(turned_away, context);
                }
            }
            // The peer went away while it was waiting to be accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            // One that was turned away has had its time.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // What is kept for a goodbye gives way to what is new.
            Err(_) if refused.give_way() => {}
            Err(error) => {
                if !has_failed {
                    let line = format!("cannot accept connections for now: {error}");
                    context.log.write(Level::Warn, line);
                }
                has_failed = true;
                // The pause is over at once when the server stops, and then so is this.
                if context.stop.recv_timeout(ACCEPT_BACKOFF) == Err(RecvTimeoutError::Disconnected)
                {
                    return;
                }
            }
        }
    }
}

fn prepare(stream: &TcpStream, context: &Context) -> io::Result<()> {
    // A line is sent with one call, so there is nothing to wait for that could share its packet.
    stream.set_nodelay(true)?;
    set_socket_send_buffer_size(stream, SEND_BUFFER)?;
    // Linux hands the listener's own timeout on.
    stream.set_read_timeout(None)?;
    stream.set_write_timeout(Some(context.config.write_timeout.get()))
}

/// Starts a connection's thread, or gives the stream back if there is no thread to be had.
fn start(
    id: ClientId,
    stream: TcpStream,
    peer: SocketAddr,
    permit: Permit,
    context: &Arc<Context>,
) -> Option<TcpStream> {
    let trace = context
        .trace
        .as_ref()
        .map(|trace| trace.connection(id, peer));
    let socket = Arc::new(Socket::new(stream, permit, &context.metrics, trace));
    let (half, write_half_dropped) = WriteHalf::new(&socket);
    let (context, ours) = (Arc::clone(context), Arc::clone(&socket));
    // In a box, because it would have several places on the thread's stack on its way to the code that uses it.
    let connection = Box::new(Connection {
        id,
        peer,
        forwarded_for: Cell::default(),
        socket,
        write_half_dropped,
        context,
    });
    let thread = thread::Builder::new()
        .name(format!("conn-{id}"))
        .stack_size(STACK_SIZE);
    match thread.spawn(move || connection.run(half)) {
        Ok(_) => None,
        // The thread's clones are dropped with it, so the stream is here alone.
        Err(_) => Socket::into_stream(ours),
    }
}
