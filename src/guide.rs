//! Longer texts, a page each. Begin with [`path`]: it leads one line of chat through the server.

#[doc = include_str!("guide/path.md")]
pub mod path {}

#[doc = include_str!("guide/waits.md")]
pub mod waits {}

#[doc = include_str!("guide/compare.md")]
#[doc = include_str!("guide/compare.svg")]
pub mod compare {}

#[doc = include_str!("guide/metrics.md")]
pub mod metrics {}
