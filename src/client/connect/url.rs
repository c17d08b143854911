//! The URL of a chat.

use std::str::FromStr;

use form_urlencoded::{byte_serialize, parse};
use thiserror::Error;
use tungstenite::http::Uri;

/// The names of the parameters in the WebSocket URL of a server like ours.
const OURS: [&str; 4] = ["name", "since", "room", "key"];

/// A `ws:` or `wss:` URL (RFC 6455, section 3), split into the parts that a connection needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Url {
    /// Whether the URL is a `wss:` URL.
    pub is_tls: bool,
    /// The host. An IPv6 address has no brackets here.
    pub host: String,
    /// The port. Without a port in the URL, this is 80, or 443 with TLS.
    pub port: u16,
    /// Host and port, as they are written in the URL: the value of the Host header.
    pub authority: String,
    /// The path and the query: the target of the HTTP request.
    pub target: String,
}

impl Url {
    /// Returns whether the URL may lead to a room: the path is `/`, and the names of all parameters are in [`OURS`].
    pub(super) fn may_be_room(&self) -> bool {
        let (path, query) = self.path_and_query();
        path == "/" && parse(query.as_bytes()).all(|(name, _)| OURS.contains(&&*name))
    }

    /// Returns `HOST:PORT`. The port is always included, and an IPv6 address has brackets.
    pub fn host_and_port(&self) -> String {
        let (host, port) = (&self.host, self.port);
        match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        }
    }

    /// Adds a parameter, unless the URL already has a parameter of this name.
    #[must_use]
    pub fn with_default(self, parameter: &str, value: &str) -> Url {
        let (_, query) = self.path_and_query();
        match parse(query.as_bytes()).any(|(name, _)| name == parameter) {
            true => self,
            false => self.with_parameters(&[(parameter, value.to_owned())]),
        }
    }

    /// Sets these parameters, and removes older parameters of the same name.
    #[must_use]
    pub(super) fn with_parameters(&self, parameters: &[(&str, String)]) -> Url {
        if parameters.is_empty() {
            return self.clone();
        }
        let (path, query) = self.path_and_query();
        let is_kept = |pair: &&str| {
            let name = parse(pair.as_bytes()).next();
            name.is_none_or(|(name, _)| parameters.iter().all(|(other, _)| name != *other))
        };
        let kept = query
            .split('&')
            .filter(|pair| !query.is_empty() && is_kept(pair));
        let mut pairs: Vec<String> = kept.map(str::to_owned).collect();
        for (name, value) in parameters {
            let value: String = byte_serialize(value.as_bytes()).collect();
            pairs.push(format!("{name}={value}"));
        }
        Url {
            target: format!("{path}?{}", pairs.join("&")),
            ..self.clone()
        }
    }

    fn path_and_query(&self) -> (&str, &str) {
        self.target.split_once('?').unwrap_or((&self.target, ""))
    }
}

impl FromStr for Url {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let uri: Uri = text.parse().map_err(|_| match text.is_ascii() {
            true => InvalidUrl::Malformed,
            false => InvalidUrl::NotAscii,
        })?;
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
        // A request needs a path, so an empty path becomes `/` (RFC 6455, section 3).
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

/// Why a string is not a valid [`Url`].
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[allow(missing_docs, reason = "the message of a variant says what it is")]
pub enum InvalidUrl {
    #[error("a URL looks like ws://127.0.0.1:9001/")]
    Malformed,
    /// The text has characters that are not ASCII (RFC 3986, 3.2.2).
    #[error("the host in a URL must be in its ASCII form, which begins with xn--")]
    NotAscii,
    #[error("the port in a URL must be a number up to 65535, as in ws://127.0.0.1:9001/")]
    Port,
    #[error("the URL must begin with ws:// or wss://, as in ws://127.0.0.1:9001/")]
    Scheme,
    #[error("the user name before the @ would not be sent: use --name for your name in the chat")]
    User,
}
