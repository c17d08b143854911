//! Sends without waiting. How a program does that depends on the operating system.

use std::io;
use std::net::TcpStream;

/// Sends as many bytes as the socket accepts without waiting. Returns how many it accepted.
///
/// # Errors
/// Fails as send(2) does, with `WouldBlock` if the socket accepts nothing.
#[cfg(not(target_os = "macos"))]
pub fn without_waiting(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    Ok(rustix::net::send(
        stream,
        bytes,
        rustix::net::SendFlags::DONTWAIT | rustix::net::SendFlags::NOSIGNAL,
    )?)
}

/// Sends as many bytes as the socket accepts within 1 ms: macOS ignores `MSG_DONTWAIT` in send(2). Returns how many.
#[cfg(target_os = "macos")]
pub fn without_waiting(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    use std::io::Write;
    let write_timeout = stream.write_timeout()?;
    stream.set_write_timeout(Some(std::time::Duration::from_millis(1)))?;
    let sent = stream.write(bytes);
    stream.set_write_timeout(write_timeout)?;
    sent
}
