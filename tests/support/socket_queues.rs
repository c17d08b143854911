//! The bytes that the kernel holds for IPv4 connections, as `/proc/net/tcp` shows them.

use std::fs;
use std::net::SocketAddr;

use super::raw_client::RawClient;
use super::wait::until;

/// One end of a connection.
struct Row {
    local: u16,
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
    let both_ends = rows(port).into_iter();
    both_ends
        .map(|row| match row.local == port {
            true => row.unsent,
            false => row.unread,
        })
        .sum()
}

/// The bytes that were written at this address and not acknowledged by any peer.
///
/// It counts the payload alone. The kernel's own overhead may double it; `SO_SNDBUF` bounds that sum.
pub fn unsent(from: SocketAddr) -> usize {
    let rows = rows(from.port()).into_iter();
    rows.filter(|row| row.local == from.port())
        .map(|row| row.unsent)
        .sum()
}

/// The rows of the table with this port at either end: `sl local_address rem_address st tx_queue:rx_queue …`, in
/// hexadecimal digits.
fn rows(port: u16) -> Vec<Row> {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let port = format!(":{port:04X} ");
    let number = |digits: &str| usize::from_str_radix(digits, 16).unwrap();
    let lines = table.lines().filter(|line| line.contains(&port));
    let rows = lines.map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let (_, local) = fields[1].split_once(':').unwrap();
        let (unsent, unread) = fields[4].split_once(':').unwrap();
        Row {
            local: number(local) as u16,
            unsent: number(unsent),
            unread: number(unread),
        }
    });
    rows.collect()
}
