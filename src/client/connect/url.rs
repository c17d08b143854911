//! The URL of a chat.

use std::str::FromStr;

use form_urlencoded::{Parse, byte_serialize, parse};
use thiserror::Error;
use tungstenite::http::Uri;

/// The parameters that a room of ours knows.
const OURS: [&str; 4] = ["name", "since", "room", "key"];

/// A `ws:` or `wss:` URL (RFC 6455, section 3), taken apart into what a connection needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Url {
    is_tls: bool,
    host: String,
    port: u16,
    authority: String,
    target: String,
}

impl Url {
    /// The host, an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is a `wss:` URL.
    pub(crate) fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Whether it can be a room of ours: its path is `/`, and its query has no parameters but ours.
    pub(super) fn may_be_room(&self) -> bool {
        self.path() == "/" && self.parameters().all(|(name, _)| OURS.contains(&&*name))
    }

    /// The port; without one in the URL it is 80, or 443 with TLS.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and port for messages. The port is there even if the URL has none, and an IPv6 address has brackets.
    pub fn host_and_port(&self) -> String {
        let (host, port) = (&self.host, self.port);
        match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        }
    }

    /// Host and port as the URL has them: the value of the Host header.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The path and the query: what is asked for.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Adds a parameter, unless the URL already has it.
    #[must_use]
    pub fn with(mut self, parameter: &str, value: &str) -> Url {
        if !self.parameters().any(|(name, _)| name == parameter) {
            let separator = match self.query() {
                None => "?",
                Some("") => "",
                Some(_) => "&",
            };
            let value: String = byte_serialize(value.as_bytes()).collect();
            self.target
                .push_str(&format!("{separator}{parameter}={value}"));
        }
        self
    }

    /// Sets these parameters, and replaces those that the URL has.
    #[must_use]
    pub(super) fn asking(&self, parameters: &[(&str, String)]) -> Url {
        let is_kept = |pair: &&str| {
            let name = parse(pair.as_bytes()).next();
            name.is_some_and(|(name, _)| parameters.iter().all(|(other, _)| name != *other))
        };
        let query = self.query().unwrap_or_default().split('&');
        let kept: Vec<&str> = query.filter(is_kept).collect();
        let target = format!("{}?{}", self.path(), kept.join("&"));
        let url = Url {
            target,
            ..self.clone()
        };
        let parameters = parameters.iter();
        parameters.fold(url, |url, (parameter, value)| url.with(parameter, value))
    }

    fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// The names and values of the query, decoded.
    fn parameters(&self) -> Parse<'_> {
        parse(self.query().unwrap_or_default().as_bytes())
    }
}

impl FromStr for Url {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let uri: Uri = text.parse().map_err(|_| malformed(text))?;
        let scheme = uri.scheme_str().unwrap_or_default().to_ascii_lowercase();
        if !["ws", "wss"].contains(&scheme.as_str()) {
            return Err(InvalidUrl::Scheme);
        }
        let is_tls = scheme == "wss";
        let authority = uri.authority().ok_or(InvalidUrl::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(InvalidUrl::User);
        }
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") if is_tls => 443,
            Some("") => 80,
            _ => authority.port_u16().ok_or(InvalidUrl::Port)?,
        };
        let host = authority.host().trim_matches(['[', ']']);
        if host.is_empty() {
            return Err(InvalidUrl::Malformed);
        }
        let target = uri.path_and_query().map_or("", |target| target.as_str());
        // A request needs a path: an empty one is written as `/` (RFC 6455, section 3).
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Url {
            is_tls,
            host: host.to_owned(),
            port,
            authority: authority.as_str().to_owned(),
            target: format!("{slash}{target}"),
        })
    }
}

/// Why a text is not a URL at all. For `make run-client PORT=abc` it is the port.
fn malformed(text: &str) -> InvalidUrl {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.rsplit_once(':').unwrap_or_default();
    let is_port = !host.is_empty() && !port.is_empty() && !port.ends_with(']');
    if is_port && port.parse::<u16>().is_err() {
        InvalidUrl::Port
    } else {
        InvalidUrl::Malformed
    }
}

/// A text that is no [`Url`].
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum InvalidUrl {
    /// It is no URL at all.
    #[error("a URL looks like ws://127.0.0.1:9001/")]
    Malformed,
    /// Its port is not a number up to 65535.
    #[error("the port in a URL is a number up to 65535, as in ws://127.0.0.1:9001/")]
    Port,
    /// It begins with something other than `ws://` or `wss://`.
    #[error("the URL must begin with ws:// or wss://, as in ws://127.0.0.1:9001/")]
    Scheme,
    /// It has a user name, which no server would get to see.
    #[error("no server gets the user name before the @: a name in the chat is --name")]
    User,
}
