//! The value of `--redis`.

use std::fmt;
use std::str::FromStr;

/// The URL of a Redis server: `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, `rediss://` for TLS, or `unix://PATH`
/// (also `redis+unix://PATH`).
///
/// The URL may contain a password, so `Debug` does not show it.
#[derive(Clone, Eq, PartialEq)]
pub struct RedisUrl(String);

/// The URL schemes that `--redis` accepts.
const SCHEMES: [&str; 4] = ["redis://", "rediss://", "redis+unix://", "unix://"];

impl RedisUrl {
    /// Returns the URL, including the password if it contains one.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RedisUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<RedisUrl, String> {
        if SCHEMES.iter().any(|scheme| text.starts_with(scheme)) {
            Ok(RedisUrl(text.to_owned()))
        } else {
            Err("expected a URL such as redis://127.0.0.1:6379, or rediss:// for TLS".to_owned())
        }
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisUrl(..)")
    }
}
