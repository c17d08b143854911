//! What Linux tells about what a process holds: descriptors, threads, memory, and what the kernel keeps for its sockets.

use std::fs;
use std::net::SocketAddr;

use super::raw_client::RawClient;
use super::threads;
use super::wait::until;

/// How many descriptors the process has open.
pub fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// How many of the process's threads have a name that begins like this.
pub fn threads(pid: u32, prefix: &str) -> usize {
    let names = threads::names(pid).unwrap();
    names.iter().filter(|name| name.starts_with(prefix)).count()
}

/// How many bytes of memory the process has at this moment, shared libraries included.
pub fn resident(pid: u32) -> usize {
    status(pid, "VmRSS:")
}

/// How many it has had at most so far.
pub fn most_resident(pid: u32) -> usize {
    status(pid, "VmHWM:")
}

/// A line of the process's status that ends with a number of KiB, in bytes.
fn status(pid: u32, field: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<usize>().unwrap() * 1024
}

/// Waits until the server has read all that this client has sent.
pub fn until_read(client: &RawClient) {
    let end = client.stream().local_addr().unwrap();
    until(|| unread(end), |&bytes| bytes == 0);
}

/// How many bytes were sent at this end of an IPv4 connection and have not been read at the other.
fn unread(end: SocketAddr) -> usize {
    let port = format!(":{:04X}", end.port());
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let rows = table
        .lines()
        .skip(1)
        .map(|row| row.split_whitespace().collect::<Vec<_>>());
    // `sl local_address rem_address st tx_queue:rx_queue …`, all of it in hexadecimal digits.
    rows.filter_map(|fields| match fields[4].split_once(':').unwrap() {
        (to_send, _) if fields[1].ends_with(&port) => Some(to_send.to_owned()),
        (_, to_read) if fields[2].ends_with(&port) => Some(to_read.to_owned()),
        _ => None,
    })
    .map(|bytes| usize::from_str_radix(&bytes, 16).unwrap())
    .sum()
}

/// How many bytes the kernel keeps that were written at this end of IPv4 connections and not acknowledged by the other.
///
/// It is the payload alone. With what the kernel needs beside it, it may be twice as much; `SO_SNDBUF` bounds that sum.
pub fn unsent(from: SocketAddr) -> usize {
    let port = format!(":{:04X}", from.port());
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let mut sum = 0;
    for connection in table.lines().skip(1) {
        // `sl local_address rem_address st tx_queue:rx_queue …`, all of it in hexadecimal digits.
        let fields: Vec<_> = connection.split_whitespace().collect();
        if fields[1].ends_with(&port) {
            let (waiting, _) = fields[4].split_once(':').unwrap();
            sum += usize::from_str_radix(waiting, 16).unwrap();
        }
    }
    sum
}
