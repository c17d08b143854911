//! Where a client connects to, and what it asks for there.

use std::path::PathBuf;

use clap::Args;

use crate::client::connect::url::Url;

/// A chat's addresses, and what goes with each connection to it.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// All of the URLs.
    pub(crate) urls: Vec<Url>,
    /// Which of them is used now.
    current: usize,
    /// Whether the user asked for a name. Then every URL counts as that of a room.
    pub has_name: bool,
    /// More fields of the request, each a name and a value.
    pub headers: Vec<(String, String)>,
    /// A subprotocol to ask for (RFC 6455, section 1.9).
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

    /// For wss://, accept any certificate. The connection is encrypted, but any server may be at its other end.
    #[arg(long = "insecure", conflicts_with = "ca_file")]
    pub is_insecure: bool,
}

impl Target {
    /// A chat at one of these URLs.
    pub fn new(urls: Vec<Url>) -> Target {
        Target {
            urls,
            ..Target::default()
        }
    }

    /// Adds a parameter to the URL of each room, unless the URL already has it.
    ///
    /// A URL that cannot be a room of ours stays as it is. Another parameter would invalidate a signed URL, and would
    /// tell a stranger the login name.
    pub fn propose(&mut self, parameter: &str, value: &str) {
        let rooms = self.urls.iter_mut();
        for url in rooms.filter(|url| self.has_name || url.may_be_room()) {
            *url = url.clone().with(parameter, value);
        }
    }

    /// The URL that is used now.
    pub fn url(&self) -> Option<&Url> {
        self.urls.get(self.current)
    }

    /// How many URLs there are beside the current one.
    pub(crate) fn others(&self) -> u32 {
        u32::try_from(self.urls.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Turns to the next URL.
    pub(crate) fn next(&mut self) {
        self.current = (self.current + 1) % self.urls.len().max(1);
    }

    /// The URL to connect to now. If it may be that of a room, `ask` replaces its parameters of the same names.
    pub(crate) fn asking(&self, ask: &[(&str, String)]) -> Option<Url> {
        let url = self.url()?;
        let is_room = self.has_name || url.may_be_room();
        Some(url.asking(if is_room { ask } else { &[] }))
    }
}
