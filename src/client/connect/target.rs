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
    /// Whether the user has chosen a name. If so, every URL is treated as the URL of a room.
    pub has_name: bool,
    /// Additional header fields of the request, each a name and a value.
    pub headers: Vec<(String, String)>,
    /// The subprotocol to request (RFC 6455, section 1.9).
    pub subprotocol: Option<String>,
    /// Which certificates are accepted for `wss:`.
    pub trust: Trust,
}

/// Which certificates are accepted for `wss:`.
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
    /// Creates a target with these URLs and no options.
    pub fn new(urls: Vec<Url>) -> Target {
        Target {
            urls,
            ..Target::default()
        }
    }

    /// Adds a parameter to each URL that may lead to a room, unless the URL already has the parameter.
    ///
    /// Other URLs are changed only if the user has chosen a name. A new parameter would invalidate a signed URL, and could
    /// reveal the login name to an unrelated server.
    pub fn add_parameter(&mut self, parameter: &str, value: &str) {
        let rooms = self.urls.iter_mut();
        for url in rooms.filter(|url| self.has_name || url.may_be_room()) {
            *url = url.clone().with_default(parameter, value);
        }
    }

    /// Returns the current URL, or `None` if the target has no URL.
    pub fn url(&self) -> Option<&Url> {
        self.urls.get(self.current)
    }

    /// Returns how many URLs there are besides the current one.
    pub(crate) fn other_url_count(&self) -> u32 {
        u32::try_from(self.urls.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Makes the next URL the current one. The first URL follows the last.
    pub(crate) fn next(&mut self) {
        self.current = (self.current + 1) % self.urls.len().max(1);
    }

    /// Returns the current URL, if any. Adds `parameters` if the URL may lead to a room or the user has chosen a name.
    pub(crate) fn url_with(&self, parameters: &[(&str, String)]) -> Option<Url> {
        let url = self.url()?;
        let is_room = self.has_name || url.may_be_room();
        Some(url.with_parameters(if is_room { parameters } else { &[] }))
    }
}
