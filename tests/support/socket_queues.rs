//! The bytes that the kernel holds for IPv4 connections, as `/proc/net/tcp` shows them.

use std::fs;
use std::net::SocketAddr;

use super::raw_client::RawClient;
use super::wait::until;

/// One end of a connection.
struct ConnectionEnd {
    local: u16,
    /// Bytes that were written here but not yet acknowledged by the peer.
    unsent: usize,
    /// Bytes that have arrived here but were not read yet.
    unread: usize,
}

/// Waits until the server has read everything that this client has sent.
pub fn until_read(client: &RawClient) {
    let port = client.stream().local_addr().unwrap().port();
    until(|| in_flight(port), |&bytes| bytes == 0);
}

/// Returns how many bytes were sent from this port but not read by the peer.
fn in_flight(port: u16) -> usize {
    let both_ends = rows(port).into_iter();
    both_ends
        .map(|row| {
            if row.local == port {
                row.unsent
            } else {
                row.unread
            }
        })
        .sum()
}

/// Returns how many bytes were written at this address but not acknowledged by any peer.
///
/// It counts only the payload. The kernel's overhead may double it, and `SO_SNDBUF` bounds the sum.
pub fn unsent(from: SocketAddr) -> usize {
    let rows = rows(from.port()).into_iter();
    rows.filter(|row| row.local == from.port())
        .map(|row| row.unsent)
        .sum()
}

/// Returns the rows of the table with this port at either end: `sl local_address rem_address st tx_queue:rx_queue …`,
/// in hexadecimal digits.
fn rows(port: u16) -> Vec<ConnectionEnd> {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let port = format!(":{port:04X} ");
    let number = |digits: &str| usize::from_str_radix(digits, 16).unwrap();
    let lines = table.lines().filter(|line| line.contains(&port));
    let rows = lines.map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let (_, local) = fields[1].split_once(':').unwrap();
        let (unsent, unread) = fields[4].split_once(':').unwrap();
        ConnectionEnd {
            local: number(local) as u16,
            unsent: number(unsent),
            unread: number(unread),
        }
    });
    rows.collect()
}
