//! Writing an answer to a request, to a peer that may take it slowly.

use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;

/// How much of an answer is put together before it is written: 16 KiB. An answer of many short lines then needs few calls,
/// and no copy of the whole.
const PIECE: usize = 16 * 1024;

/// Writes an answer, piece by piece.
///
/// A peer whose socket is full waits in one of the places that members who are behind also have, until its answer is
/// written. If there is none, its connection ends in the middle of the answer, which the peer notices: `Content-Length` says
/// how much is missing.
///
/// # Errors
/// [`DisconnectReason::Overloaded`] without a place, and what ends [`WriteHalf::write_all`].
pub fn write<'a>(
    half: &mut WriteHalf,
    slices: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(), DisconnectReason> {
    let mut place = None;
    let mut write = |bytes: &[u8]| {
        if bytes.is_empty() {
            return Ok(());
        }
        let sent = if place.is_none() {
            half.send_now(bytes)
                .map_err(|error| DisconnectReason::ConnectionLost(error.kind()))?
        } else {
            0
        };
        let rest = bytes.get(sent..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(());
        }
        if place.is_none() {
            let metrics = half.socket().counters().metrics();
            let permit = metrics.try_acquire_for_response();
            place = Some(permit.ok_or(DisconnectReason::Overloaded)?);
        }
        half.write_all(rest)
    };
    let mut piece = Vec::new();
    for slice in slices {
        if piece.len() + slice.len() > PIECE {
            write(&piece)?;
            piece.clear();
        }
        if slice.len() > PIECE {
            write(slice)?;
        } else {
            piece.extend_from_slice(slice);
        }
    }
    write(&piece)
}
