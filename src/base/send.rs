//! Sending without waiting, which differs between systems.

use std::io;
use std::net::TcpStream;

/// Sends what the socket takes at once.
///
/// # Errors
/// The errors of send(2); `WouldBlock` if the socket takes nothing.
#[cfg(not(target_os = "macos"))]
pub fn without_waiting(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    Ok(rustix::net::send(
        stream,
        bytes,
        rustix::net::SendFlags::DONTWAIT | rustix::net::SendFlags::NOSIGNAL,
    )?)
}

/// Sends what the socket takes at once. macOS ignores `MSG_DONTWAIT` in send(2), so here a send waits, at most 1 ms.
#[cfg(target_os = "macos")]
pub fn without_waiting(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    use std::io::Write;
    let write_timeout = stream.write_timeout()?;
    stream.set_write_timeout(Some(std::time::Duration::from_millis(1)))?;
    let sent = stream.write(bytes);
    stream.set_write_timeout(write_timeout)?;
    sent
}
