//! The bytes that the kernel holds for IPv4 connections, as `/proc/net/tcp` shows them.

use std::fs;
use std::net::SocketAddr;

use super::raw_client::RawClient;
use super::wait::until;

/// One end of a connection.
struct Row {
    local: u16,
    remote: u16,
    /// Bytes that were written here and not acknowledged by the peer.
    unsent: usize,
    /// Bytes that have arrived here and were not read.
    unread: usize,
}

/// Waits until the server has read everything that this client has sent.
pub fn until_read(client: &RawClient) {
    let port = client.stream().local_addr().unwrap().port();
    until(|| in_flight(port), |&bytes| bytes == 0);
}

/// The bytes that were sent from this port and not read by the peer.
fn in_flight(port: u16) -> usize {
    let rows = rows().into_iter();
    rows.map(|row| match port {
        _ if row.local == port => row.unsent,
        _ if row.remote == port => row.unread,
        _ => 0,
    })
    .sum()
}

/// The bytes that were written at this address and not acknowledged by any peer.
///
/// It counts the payload alone. The kernel's own overhead may double it; `SO_SNDBUF` bounds that sum.
pub fn unsent(from: SocketAddr) -> usize {
    let rows = rows().into_iter();
    rows.filter(|row| row.local == from.port())
        .map(|row| row.unsent)
        .sum()
}

/// Every row of the table: `sl local_address rem_address st tx_queue:rx_queue …`, in hexadecimal digits.
fn rows() -> Vec<Row> {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let port = |address: &str| u16::from_str_radix(address.split_once(':').unwrap().1, 16).unwrap();
    let bytes = |digits: &str| usize::from_str_radix(digits, 16).unwrap();
    let rows = table.lines().skip(1).map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let (unsent, unread) = fields[4].split_once(':').unwrap();
        Row {
            local: port(fields[1]),
            remote: port(fields[2]),
            unsent: bytes(unsent),
            unread: bytes(unread),
        }
    });
    rows.collect()
}
