//! Where a client connects to, and what it requests there.

use std::path::PathBuf;

use clap::Args;

use crate::client::connect::url::Url;

/// The URLs of a chat, and the options for each connection to it.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The URLs, in the order in which they are tried.
    pub(crate) urls: Vec<Url>,
    /// The index of the current URL.
    current: usize,
    /// Whether the user asked for a name. If so, every URL is treated as a room's.
    pub has_name: bool,
    /// Additional header fields of the request, each a name and a value.
    pub headers: Vec<(String, String)>,
    /// The subprotocol to request (RFC 6455, section 1.9).
    pub subprotocol: Option<String>,
    /// Whose certificates are accepted for `wss:`.
    pub trust: Trust,
}

/// Whose certificates are accepted for `wss:`.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct Trust {
    /// For wss://, trust the certificates in this file (PEM) instead of the system's.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// For wss://, accept any certificate. The connection is encrypted, but it may lead to any server.
    #[arg(long = "insecure", conflicts_with = "ca_file")]
    pub is_insecure: bool,
}

impl Target {
    /// Creates the target for a chat that has these URLs.
    pub fn new(urls: Vec<Url>) -> Target {
        Target {
            urls,
            ..Target::default()
        }
    }

    /// Adds a parameter to the URL of each room, unless the URL already has it.
    ///
    /// A URL that cannot be a room of a server like ours is not changed. Another parameter would invalidate a signed
    /// URL, and would reveal the login name to an unrelated server.
    pub fn propose(&mut self, parameter: &str, value: &str) {
        let rooms = self.urls.iter_mut();
        for url in rooms.filter(|url| self.has_name || url.may_be_room()) {
            *url = url.clone().with(parameter, value);
        }
    }

    /// Returns the current URL.
    pub fn url(&self) -> Option<&Url> {
        self.urls.get(self.current)
    }

    /// Returns how many URLs there are beside the current one.
    pub(crate) fn others(&self) -> u32 {
        u32::try_from(self.urls.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Makes the next URL the current one.
    pub(crate) fn next(&mut self) {
        self.current = (self.current + 1) % self.urls.len().max(1);
    }

    /// Returns the URL to connect to now. If it may be a room's, the parameters in `ask` replace those of the same name.
    pub(crate) fn asking(&self, ask: &[(&str, String)]) -> Option<Url> {
        let url = self.url()?;
        let is_room = self.has_name || url.may_be_room();
        Some(url.asking(if is_room { ask } else { &[] }))
    }
}
