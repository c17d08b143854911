//! Which Host and which Origin a request may name.
//!
//! A browser lets any page open a WebSocket to any server, and says only in the Origin field which page it is. Two rules
//! keep foreign pages out. The Origin, if there is one, must be listed, scheme and port included, or this server's own: one of
//! HTTP at the Host, if that is a local name. A Host that is only known from the list makes no page the server's own. And the
//! Host must be a name that nobody can have registered for himself: otherwise a page from `evil.example` could have its
//! name point to 127.0.0.1, and would then be "our own" page (DNS rebinding).

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use tungstenite::http::uri::Authority;

use crate::base::line;
use crate::server::http::error_response::ErrorResponse;
use crate::server::http::head::Head;

/// An origin that is let in besides the server's own: a scheme, a host and maybe a port (RFC 6454, section 6.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    scheme: String,
    authority: HostAndPort,
}

/// A host, in lower case, and a port.
#[derive(Clone, Debug, Eq, PartialEq)]
struct HostAndPort {
    host: String,
    port: Option<u16>,
}

/// Checks the Host and the Origin of a request.
///
/// # Errors
/// 400 if Host is missing, doubled or malformed; 403 if Host or Origin is foreign.
pub fn check(head: &Head, allowed: &[Origin]) -> Result<(), ErrorResponse> {
    let host = match head.only("host")? {
        Some(host) => Some(check_host(host, allowed)?),
        // HTTP/1.0 does not know the field, and the health checks of some proxies leave it out. Every browser sends it.
        None if !head.is_http_1_1 => None,
        None => {
            return Err(ErrorResponse::new(
                400,
                "A request must have a Host header field.",
            ));
        }
    };
    let Some(origin) = head.only("origin")? else {
        return Ok(());
    };
    let is_own = |origin: &Origin| {
        host.as_ref()
            .is_some_and(|host| host.is_local() && origin.is_of(host))
    };
    match origin.parse::<Origin>() {
        Ok(origin) if is_own(&origin) || allowed.contains(&origin) => Ok(()),
        _ => Err(ErrorResponse::new(
            403,
            "Pages of that Origin may not talk to this server; start it with --allow-origin to let them.",
        )),
    }
}

fn check_host(host: &str, allowed: &[Origin]) -> Result<HostAndPort, ErrorResponse> {
    let host = HostAndPort::parse(host)
        .ok_or_else(|| ErrorResponse::new(400, "The Host header field does not name a host."))?;
    let is_listed = |origin: &Origin| origin.authority.host == host.host;
    if host.is_local() || allowed.iter().any(is_listed) {
        Ok(host)
    } else {
        Err(ErrorResponse::new(
            403,
            "This server does not go by that Host; start it with --allow-origin to let it in.",
        ))
    }
}

impl Origin {
    /// Whether pages of this origin come from the server at `host`, with or without TLS.
    fn is_of(&self, host: &HostAndPort) -> bool {
        matches!(&*self.scheme, "http" | "https")
            && self.authority.host == host.host
            && self.authority.port == host.port.or(default_port(&self.scheme))
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Origin, InvalidOrigin> {
        let (scheme, authority) = text.split_once("://").ok_or(InvalidOrigin)?;
        let scheme = scheme.to_ascii_lowercase();
        let mut authority = HostAndPort::parse(authority).ok_or(InvalidOrigin)?;
        // A browser leaves out the port that belongs to the scheme; whoever types an origin may not.
        authority.port = authority.port.or(default_port(&scheme));
        let is_scheme = !scheme.is_empty()
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        if is_scheme {
            Ok(Origin { scheme, authority })
        } else {
            Err(InvalidOrigin)
        }
    }
}

/// A text that is no origin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidOrigin;

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an origin is a scheme and a host, such as https://chat.example.org")
    }
}

impl std::error::Error for InvalidOrigin {}

impl HostAndPort {
    fn parse(text: &str) -> Option<HostAndPort> {
        let authority: Authority = text.parse().ok()?;
        let host = authority.host();
        // What stands before the host is a user, whom neither field has.
        let port = match text.strip_prefix(host)? {
            "" | ":" => None,
            // `u16::from_str`, which `Authority` uses, would let a plus sign pass.
            port => Some(u16::try_from(line::decimal(port.strip_prefix(':')?)?).ok()?),
        };
        // A dot at the end only says that nothing is to be added.
        let name = host.strip_suffix('.').unwrap_or(host);
        let is_label = |label: &str| {
            let is_of_label = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            !label.is_empty() && label.bytes().all(is_of_label)
        };
        (is_ipv6(host) || name.split('.').all(is_label)).then(|| HostAndPort {
            host: name.to_ascii_lowercase(),
            port,
        })
    }

    /// Whether nobody can have registered this host as a name of a server of his own.
    fn is_local(&self) -> bool {
        // `localhost` has no dot either. A name that is all digits and dots but no address stays out as a name with a dot.
        is_ipv6(&self.host)
            || self.host.parse::<Ipv4Addr>().is_ok()
            || !self.host.contains('.')
            || self.host.ends_with(".local")
            // Resolvers keep these names on this machine (RFC 6761, section 6.3).
            || self.host.ends_with(".localhost")
    }
}

/// Whether a host is an address of IPv6 in brackets.
fn is_ipv6(host: &str) -> bool {
    let address = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}
