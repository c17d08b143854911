//! How many bytes the peer of a socket has received.
//!
//! A successful write says little about the peer: it only means that the kernel had room. The kernel knows what the
//! peer has acknowledged, and reports it through a netlink socket (sock_diag(7)).

use std::net::TcpStream;

/// How much of its stream a peer has received, at one moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Uptake {
    /// How many bytes the peer has acknowledged since the connection began.
    pub acknowledged: u64,
    /// How many bytes the kernel holds because the peer has not acknowledged them.
    pub waiting: u32,
}

impl Uptake {
    /// Returns the current uptake, or `None` if the system is not Linux, the kernel lacks `inet_diag`, no descriptor is
    /// free, or the connection has ended.
    ///
    /// Never waits. Makes six system calls, so use this only for a silent connection.
    pub(crate) fn query(stream: &TcpStream) -> Option<Uptake> {
        sock_diag::query(stream)
    }

    /// Returns whether the peer has received some of the bytes that were waiting at the time of `before`.
    ///
    /// If none were waiting, a later acknowledgment proves nothing: even the kernel of a hung peer acknowledges a Ping.
    pub(crate) fn has_progressed_since(self, before: Uptake) -> bool {
        before.waiting > 0 && self.acknowledged > before.acknowledged
    }
}

#[cfg(not(target_os = "linux"))]
mod sock_diag {
    use std::net::TcpStream;

    pub(crate) fn query(_: &TcpStream) -> Option<super::Uptake> {
        None
    }
}

/// Uses the layouts in `linux/netlink.h`, `linux/inet_diag.h` and `linux/tcp.h`, which the kernel never changes.
#[cfg(target_os = "linux")]
mod sock_diag {
    use std::net::{IpAddr, SocketAddr, TcpStream};

    use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
    use rustix::net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
    };

    use super::Uptake;

    const HEADER: usize = 16;
    const REQUEST: usize = 56;
    /// The length of `struct inet_diag_msg` in bytes. In a reply, the attributes follow this struct.
    const REPLY: usize = 72;
    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const NLM_F_REQUEST: u16 = 1;
    const IPPROTO_TCP: u8 = 6;
    /// The type of the attribute that contains a `struct tcp_info`.
    const INET_DIAG_INFO: u16 = 2;
    /// The offset of `idiag_wqueue` in the reply.
    const WAITING_OFFSET: usize = 60;
    /// The offset of `tcpi_bytes_acked` in a `struct tcp_info`.
    const ACKED_OFFSET: usize = 120;

    /// Queries the kernel about one connection. The reply is ready when the send returns, so the read does not wait.
    pub(crate) fn query(stream: &TcpStream) -> Option<Uptake> {
        let request = request(stream.local_addr().ok()?, stream.peer_addr().ok()?);
        let (kind, flags) = (SocketType::DGRAM, SocketFlags::CLOEXEC);
        let socket = socket_with(AddressFamily::NETLINK, kind, flags, Some(SOCK_DIAG)).ok()?;
        let kernel = SocketAddrNetlink::new(0, 0);
        sendto(&socket, &request, SendFlags::DONTWAIT, &kernel).ok()?;
        // This is on the heap, because a thread keeps every page of its stack that it has touched.
        let mut answer = vec![0; 1024];
        let (_, length) = recv(&socket, &mut answer[..], RecvFlags::DONTWAIT).ok()?;
        read(answer.get(..length)?)
    }

    /// Encodes a query about one connection: a `struct nlmsghdr` and a `struct inet_diag_req_v2`.
    fn request(own: SocketAddr, peer: SocketAddr) -> Vec<u8> {
        const AF_INET: u8 = 2;
        const AF_INET6: u8 = 10;
        let family = if own.is_ipv4() { AF_INET } else { AF_INET6 };
        let mut bytes = Vec::with_capacity(HEADER + REQUEST);
        bytes.extend(((HEADER + REQUEST) as u32).to_ne_bytes());
        bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        bytes.extend(NLM_F_REQUEST.to_ne_bytes());
        // The sequence number and the sender's port id. The kernel copies the former into its reply, and ignores the
        // latter.
        bytes.extend([0; 8]);
        bytes.extend([family, IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), 0]);
        // A connection in any state.
        bytes.extend(u32::MAX.to_ne_bytes());
        bytes.extend(own.port().to_be_bytes());
        bytes.extend(peer.port().to_be_bytes());
        bytes.extend(address(own.ip()));
        bytes.extend(address(peer.ip()));
        // Any interface, and no cookie.
        bytes.extend([0; 4]);
        bytes.extend([0xFF; 8]);
        bytes
    }

    fn address(ip: IpAddr) -> [u8; 16] {
        match ip {
            IpAddr::V4(ip) => {
                let mut bytes = [0; 16];
                bytes[..4].copy_from_slice(&ip.octets());
                bytes
            }
            IpAddr::V6(ip) => ip.octets(),
        }
    }

    fn read(answer: &[u8]) -> Option<Uptake> {
        let (header, reply) = answer.split_at_checked(HEADER)?;
        // The reply has another type if there is no such connection, or if the kernel lacks `inet_diag`.
        if u16_at(header, 4)? != SOCK_DIAG_BY_FAMILY {
            return None;
        }
        let waiting = u32::from_ne_bytes(*reply.get(WAITING_OFFSET..)?.first_chunk()?);
        let mut attributes = reply.get(REPLY..)?;
        loop {
            // The length of an attribute includes its header of four bytes, but not its padding to a multiple of four.
            let length = usize::from(u16_at(attributes, 0)?);
            if u16_at(attributes, 2)? == INET_DIAG_INFO {
                let acknowledged = attributes.get(4 + ACKED_OFFSET..length)?.first_chunk()?;
                let acknowledged = u64::from_ne_bytes(*acknowledged);
                return Some(Uptake {
                    acknowledged,
                    waiting,
                });
            }
            attributes = attributes.get(length.max(4).next_multiple_of(4)..)?;
        }
    }

    fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
        Some(u16::from_ne_bytes(*bytes.get(offset..)?.first_chunk()?))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use super::Uptake;

    #[test]
    fn uptake_is_exact_to_the_byte() -> std::io::Result<()> {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(host) else {
                continue;
            };
            let mut ours = TcpStream::connect(listener.local_addr()?)?;
            let mut theirs = listener.accept()?.0;
            let before = Uptake::query(&ours).map(|uptake| uptake.acknowledged);
            let mut buffer = [0; 1000];
            ours.write_all(&buffer)?;
            theirs.read_exact(&mut buffer)?;
            // The peer's answer carries the acknowledgment.
            theirs.write_all(b"x")?;
            ours.read_exact(&mut buffer[..1])?;
            let after = Uptake::query(&ours);
            let expected = before.map(|acknowledged| Uptake {
                acknowledged: acknowledged + 1000,
                waiting: 0,
            });
            assert!(after.is_some());
            assert_eq!(after, expected);
        }
        Ok(())
    }

    #[test]
    fn progress_means_that_waiting_bytes_were_received() {
        let uptake = |acknowledged, waiting| Uptake {
            acknowledged,
            waiting,
        };
        assert!(uptake(2, 0).has_progressed_since(uptake(1, 10)));
        assert!(!uptake(1, 20).has_progressed_since(uptake(1, 10)));
        assert!(!uptake(2, 0).has_progressed_since(uptake(1, 0)));
    }
}
