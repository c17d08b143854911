//! The addresses at which other computers reach this server.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};

use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::SockaddrStorage;

/// An address of a network interface.
#[derive(Clone, Debug, Eq, PartialEq)]
struct LocalAddress {
    interface: String,
    address: IpAddr,
}

/// Returns the addresses at which other computers reach a server that listens on `listening`. The most promising
/// address comes first.
///
/// A server on a loopback address, or on a link-local IPv6 address, has none. A server on any other single address has
/// only that one. For `0.0.0.0` and `[::]`, the operating system lists the addresses of its interfaces (getifaddrs(3)).
/// Nothing is sent over the network.
///
/// # Errors
/// Fails if getifaddrs(3) fails.
pub fn addresses(listening: SocketAddr) -> io::Result<Vec<SocketAddr>> {
    let all = if listening.ip().is_unspecified() {
        getifaddrs()?.filter_map(|it| local_address(&it)).collect()
    } else {
        vec![LocalAddress {
            interface: String::new(),
            address: listening.ip(),
        }]
    };
    let routes = fs::read_to_string("/proc/net/route").unwrap_or_default();
    let chosen = choose(listening.ip(), all, default_interface(&routes));
    Ok(chosen
        .into_iter()
        .map(|address| SocketAddr::new(address, listening.port()))
        .collect())
}

/// Returns the IP address of an interface that is up and running, or else `None`. An interface can be up without
/// running: a bridge for containers runs only while a container runs.
fn local_address(interface: &InterfaceAddress) -> Option<LocalAddress> {
    let up = InterfaceFlags::IFF_UP | InterfaceFlags::IFF_RUNNING;
    let address = interface.address.as_ref().and_then(ip)?;
    interface.flags.contains(up).then(|| LocalAddress {
        interface: interface.interface_name.clone(),
        address,
    })
}

fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|it| IpAddr::V4(it.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|it| IpAddr::V6(it.ip())))
}

/// Returns the name of the default route's interface, from the text of `/proc/net/route`. Only Linux has this file.
fn default_interface(routes: &str) -> Option<&str> {
    let mut fields = routes.lines().map(str::split_ascii_whitespace);
    let mut default = fields.find(|it| it.clone().nth(1) == Some("00000000"))?;
    default.next()
}

/// Omits addresses that other computers cannot reach or browsers do not accept. Puts addresses of the default interface
/// first, and IPv4 before IPv6.
fn choose(
    listening: IpAddr,
    mut all: Vec<LocalAddress>,
    default_interface: Option<&str>,
) -> Vec<IpAddr> {
    all.retain(|found| match found.address {
        IpAddr::V4(address) => !address.is_loopback(),
        // A link-local address needs a zone (`fe80::1%eth0`), and browsers do not accept zones.
        IpAddr::V6(address) => {
            listening.is_ipv6() && !address.is_loopback() && !address.is_unicast_link_local()
        }
    });
    all.sort_by_key(|found| {
        let is_default = default_interface == Some(&*found.interface);
        (!is_default, found.address.is_ipv6())
    });
    all.into_iter().map(|found| found.address).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{LocalAddress, choose, default_interface};
    use std::net::IpAddr;

    const ROUTES: &str = "Iface\tDestination\tGateway\tFlags\ntun0\t0000060A\t00000000\t1\nwlan0\t00000000\t0101A8C0\t3\n";

    fn chosen(listening: &str, all: &[(&str, &str)], default: Option<&str>) -> Vec<String> {
        let all = all.iter().map(|(interface, address)| LocalAddress {
            interface: (*interface).to_owned(),
            address: address.parse().unwrap(),
        });
        let listening: IpAddr = listening.parse().unwrap();
        let chosen = choose(listening, all.collect(), default);
        chosen.iter().map(IpAddr::to_string).collect()
    }

    #[test]
    fn only_addresses_that_other_computers_can_reach_are_listed() {
        let all = [
            ("lo", "127.0.0.1"),
            ("lo", "::1"),
            ("tun0", "10.6.0.2"),
            ("wlan0", "fe80::1"),
            ("wlan0", "fd00::2"),
            ("wlan0", "192.168.1.23"),
        ];
        let default = default_interface(ROUTES);
        assert_eq!(default, Some("wlan0"));
        assert_eq!(
            chosen("0.0.0.0", &all, default),
            ["192.168.1.23", "10.6.0.2"]
        );
        assert_eq!(
            chosen("::", &all, default),
            ["192.168.1.23", "fd00::2", "10.6.0.2"]
        );
        assert_eq!(chosen("0.0.0.0", &all, None), ["10.6.0.2", "192.168.1.23"]);
        assert_eq!(default_interface("Iface\tDestination\n\n"), None);
    }

    #[test]
    fn single_address_is_listed_unless_it_is_loopback() {
        for (address, count) in [
            ("127.0.0.1", 0),
            ("::1", 0),
            ("192.168.1.23", 1),
            ("fd00::2", 1),
        ] {
            assert_eq!(
                chosen(address, &[("", address)], None).len(),
                count,
                "{address}"
            );
        }
    }
}
