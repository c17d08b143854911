//! Ports for programs that restart.

use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// The first of these ports, and how many there are. All are below those that Linux gives to sockets without a port, which
/// begin at 32,768. So no other socket takes such a port while its program restarts.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// Returns a port of 127.0.0.1 that is free, and that only this test uses.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        // Each process begins at another one.
        let start = process::id() as u16;
        let port = FIRST + start.wrapping_mul(31).wrapping_add(step) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
