//! The number of bytes that the kernel holds for IPv4 connections, from `/proc/net/tcp`.

use std::fs;
use std::net::SocketAddr;

use super::raw_client::RawClient;
use super::wait::until;

/// One end of a connection.
struct ConnectionEnd {
    local: u16,
    /// The number of bytes that were written at this end but not yet acknowledged by the peer.
    unsent: usize,
    /// The number of bytes that have arrived at this end but have not been read yet.
    unread: usize,
}

/// Waits until the server has read all bytes that this client has sent.
pub fn until_read(client: &RawClient) {
    let port = client.stream().local_addr().unwrap().port();
    until(|| in_flight(port), |&bytes| bytes == 0);
}

/// Returns the number of bytes that were sent from this port but not yet read by the peer.
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

/// Returns the number of bytes that were sent from the port of `from` but not yet acknowledged.
///
/// Only the payload counts. `SO_SNDBUF` limits the payload plus the kernel's overhead, which may be as large as the
/// payload.
pub fn unsent(from: SocketAddr) -> usize {
    let rows = rows(from.port()).into_iter();
    rows.filter(|row| row.local == from.port())
        .map(|row| row.unsent)
        .sum()
}

/// Returns the rows of `/proc/net/tcp` that have this port at either end. A row is `sl local_address rem_address st
/// tx_queue:rx_queue …`, with ports and queue lengths in hexadecimal.
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
