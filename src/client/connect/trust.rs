//! Whose certificates are accepted.

use std::path::PathBuf;

/// Whose certificates are accepted for `wss:`.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// A file of certificates (PEM) in place of those that the system trusts.
    pub ca_file: Option<PathBuf>,
    /// Whether every certificate is accepted. Then the connection is encrypted, but any server may be at its other end.
    pub is_insecure: bool,
}
