//! The thread `accept`: it accepts connections and starts a thread for each.

use std::cell::{Cell, RefCell};
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
use crate::server::connection::serve;
use crate::server::lifecycle::turned_away::TurnedAway;
use crate::server::net::socket::Socket;
use crate::server::net::write_half::WriteHalf;

/// How much the kernel may buffer for a client that reads nothing: 128 KiB, which Linux doubles. Without this limit,
/// Linux lets the buffer grow to 4 MiB.
const SEND_BUFFER: usize = 128 * 1024;

/// How long to wait after accept(2) fails for lack of descriptors or memory: 50 ms. An immediate retry would fail
/// again.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// Accepts connections until the server stops.
///
/// The thread waits in accept(2), at most until the next deadline of a socket that was turned away. A stop wakes the
/// thread with a connection from `waker_address`.
pub(crate) fn run(
    listener: &TcpListener,
    waker_address: SocketAddr,
    permits: &Semaphore,
    mut turned_away: TurnedAway,
    context: &Arc<Context>,
) {
    let mut has_failed = false;
    let mut has_timeout = false;
    for id in 1.. {
        let timeout = turned_away.close_expired();
        if has_timeout || timeout.is_some() {
            // No peer can make this call fail. If it fails, a turned-away socket may stay open past its deadline.
            let _ = set_socket_timeout(listener, Timeout::Recv, timeout);
            has_timeout = timeout.is_some();
        }
        match listener.accept() {
            // This is the stop's own connection, so all earlier ones have been accepted.
            Ok((_, peer)) if peer == waker_address => return,
            Ok((stream, peer)) => {
                has_failed = false;
                // This fails only on a broken socket, which needs no answer.
                if prepare(&stream, context).is_ok() {
                    let rejected = match permits.try_acquire() {
                        Some(permit) => start(id, stream, peer, permit, context),
                        None => Some(stream),
                    };
                    turned_away.add(rejected, context);
                }
            }
            // The peer closed its connection before it was accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            // A socket that was turned away has reached its deadline.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // Closing the oldest socket that was turned away frees a descriptor.
            Err(_) if turned_away.close_oldest() => {}
            Err(error) => {
                if !has_failed {
                    let line = format!("cannot accept connections for now: {error}");
                    context.log.write(Level::Warn, line);
                }
                has_failed = true;
                // A stop ends the pause, and this thread.
                if context.stop.recv_timeout(ACCEPT_BACKOFF) == Err(RecvTimeoutError::Disconnected)
                {
                    return;
                }
            }
        }
    }
}

fn prepare(stream: &TcpStream, context: &Context) -> io::Result<()> {
    // A line is sent with one call, so Nagle's algorithm could only delay it.
    stream.set_nodelay(true)?;
    set_socket_send_buffer_size(stream, SEND_BUFFER)?;
    // An accepted socket inherits the listener's timeout.
    stream.set_read_timeout(None)?;
    stream.set_write_timeout(Some(context.config.write_timeout.get()))
}

/// Starts a connection's thread. Returns the stream if the thread cannot start.
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
    let (context, last_clone) = (Arc::clone(context), Arc::clone(&socket));
    // The connection is on the heap. On the stack, the thread's first functions would each copy it.
    let connection = Box::new(Connection {
        id,
        peer,
        queued_lines: RefCell::default(),
        forwarded_for: Cell::default(),
        socket,
        write_half_dropped,
        context,
    });
    let thread = thread::Builder::new()
        .name(format!("conn-{id}"))
        .stack_size(STACK_SIZE);
    match thread.spawn(move || serve::run(connection, half)) {
        Ok(_) => None,
        // The failed spawn has dropped all other clones of the socket.
        Err(_) => Socket::into_stream(last_clone),
    }
}
