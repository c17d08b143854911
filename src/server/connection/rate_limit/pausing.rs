//! How a client that sends too fast is slowed down.

use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;

use crate::base::deadline::Deadline;
use crate::server::connection::Connection;

/// How often a pause checks whether the connection is still open: every second.
const LIVENESS_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Sends the queued lines to the hub, and waits for `duration`. The wait ends early if the server stops, if another
/// thread ends this connection, or if the stream has ended with nothing left to read.
pub fn pause(duration: Duration, connection: &Connection) {
    let Connection {
        socket, context, ..
    } = connection;
    connection.send_lines();
    let deadline = Deadline::after(duration);
    while let (Some(left), None) = (deadline.remaining(), socket.disconnect_reason()) {
        let stop = context.stop.recv_timeout(left.min(LIVENESS_CHECK_INTERVAL));
        if stop == Err(RecvTimeoutError::Disconnected) || socket.is_at_end() {
            return;
        }
    }
}
