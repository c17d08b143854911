//! Ports for programs that restart.

use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// The lowest port that [`free_port`] can return. The [`COUNT`] possible ports are all below 32,768, where Linux's
/// ephemeral ports begin. So Linux never assigns the port of a restarting program to another socket.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// Returns a free port of 127.0.0.1. No two calls in this process return the same port.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        // The pid determines the first port, so two processes rarely choose the same one.
        let start = process::id() as u16;
        let port = FIRST + start.wrapping_mul(31).wrapping_add(step) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
