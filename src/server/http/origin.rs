//! Decides which Host and which Origin a request may name.
//!
//! A browser lets any page open a WebSocket to any server. Only the Origin field says which site the page is from. Two
//! rules keep foreign pages out:
//!
//! - An Origin must be listed (`--allow-origin`) with its scheme and port, or be the server's own: `http://` or
//!   `https://`, followed by the Host. The server's own Origin is accepted only if the Host is local. A listed Host is
//!   not enough.
//! - A Host must be listed, or be local: an address, or a name that no stranger can register. Otherwise, the owner of
//!   `evil.example` could point that name to 127.0.0.1, and its pages would have the server's own Origin (DNS
//!   rebinding).

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use tungstenite::http::uri::Authority;

use crate::base::line;
use crate::server::http::error_response::ErrorResponse;
use crate::server::http::head::Head;

/// An origin: a scheme, a host and maybe a port (RFC 6454, section 6.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    scheme: String,
    authority: HostAndPort,
}

/// A host in lower case, and possibly a port.
#[derive(Clone, Debug, Eq, PartialEq)]
struct HostAndPort {
    host: String,
    port: Option<u16>,
}

/// Checks the Host and the Origin of a request.
///
/// # Errors
/// 400 if Host is malformed or, in HTTP/1.1, missing, or if Host or Origin is given twice. 403 if either is not
/// allowed.
pub fn check(head: &Head, allowed: &[Origin]) -> Result<(), ErrorResponse> {
    let host = match head.only("host")? {
        Some(host) => Some(check_host(host, allowed)?),
        // HTTP/1.0 does not require this field, and some proxies omit it from health checks. Every browser sends it.
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
            .is_some_and(|host| host.is_local() && origin.is_served_at(host))
    };
    match origin.parse::<Origin>() {
        Ok(origin) if is_own(&origin) || allowed.contains(&origin) => Ok(()),
        _ => Err(ErrorResponse::new(
            403,
            "This server does not serve pages of that Origin: start it with --allow-origin to allow them.",
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
            "This server does not serve that Host: start it with --allow-origin to allow it.",
        ))
    }
}

impl Origin {
    /// Returns whether pages of this origin come from the server at `host`, with or without TLS.
    fn is_served_at(&self, host: &HostAndPort) -> bool {
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
        // A browser omits the default port of the scheme. A user who types an origin may include it.
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

/// The error for text that is not a valid [`Origin`].
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
        // If the text does not begin with the host, it has a user name, which neither Host nor Origin may have.
        let port = match text.strip_prefix(host)? {
            "" | ":" => None,
            // `Authority` uses `u16::from_str`, which accepts a plus sign.
            port => Some(u16::try_from(line::decimal(port.strip_prefix(':')?)?).ok()?),
        };
        // A trailing dot makes the name absolute and has no effect here.
        let name = host.strip_suffix('.').unwrap_or(host);
        let is_label = |label: &str| {
            let may_be_in_label = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            !label.is_empty() && label.bytes().all(may_be_in_label)
        };
        (is_ipv6(host) || name.split('.').all(is_label)).then(|| HostAndPort {
            host: name.to_ascii_lowercase(),
            port,
        })
    }

    /// Returns whether this host is an address, or a name that no stranger can register.
    fn is_local(&self) -> bool {
        // `localhost` is one of the names without a dot. `1.2.3` is not an address, so it counts as a name with a dot.
        is_ipv6(&self.host)
            || self.host.parse::<Ipv4Addr>().is_ok()
            || !self.host.contains('.')
            || self.host.ends_with(".local")
            // Resolvers map these names to this machine (RFC 6761, section 6.3).
            || self.host.ends_with(".localhost")
    }
}

/// Returns whether a host is an IPv6 address in brackets.
fn is_ipv6(host: &str) -> bool {
    let address = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}
