//! Writes a response to a peer that may read it slowly.

use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;

/// The maximum number of bytes that are collected for one system call: 16 KiB. So a response of many short lines needs
/// few calls, and a long response is never copied as a whole.
const WRITE_BUFFER: usize = 16 * 1024;

/// Writes a response piece by piece.
///
/// If the peer's socket is full, the peer counts as behind, and holds a permit until the response is written. If no
/// permit is free, the connection ends in the middle of the response. The peer notices, because `Content-Length`
/// announced more bytes.
///
/// # Errors
/// [`DisconnectReason::Overloaded`] if no permit is free, or an error of [`WriteHalf::write_all`].
pub fn write<'a>(
    half: &mut WriteHalf,
    slices: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(), DisconnectReason> {
    let mut permit = None;
    let mut write = |bytes: &[u8]| {
        if bytes.is_empty() {
            return Ok(());
        }
        let sent = if permit.is_none() {
            half.send_now(bytes)?
        } else {
            0
        };
        let rest = &bytes[sent..];
        if rest.is_empty() {
            return Ok(());
        }
        if permit.is_none() {
            let metrics = half.socket().counters().metrics();
            let acquired = metrics.try_acquire_for_response();
            permit = Some(acquired.ok_or(DisconnectReason::Overloaded)?);
        }
        half.write_all(rest)
    };
    let mut buffer = Vec::new();
    for slice in slices {
        if buffer.len() + slice.len() > WRITE_BUFFER {
            write(&buffer)?;
            buffer.clear();
        }
        if slice.len() > WRITE_BUFFER {
            write(slice)?;
        } else {
            buffer.extend_from_slice(slice);
        }
    }
    write(&buffer)
}
