//! The guide, with one page per subject. Begin with [`path`], which follows one line of chat through the server.
//!
//! - To learn: [`course`], [`techniques`], [`experiments`], [`exercises`], [`solutions`], [`pictures`].
//! - To understand the design: [`path`], [`client_path`], [`waits`], [`why_not`], [`history_file`], [`compare`].
//! - To use the programs: [`running`], [`cluster`], [`other_clients`], [`wire`], [`metrics`].
//! - To look things up: [`faq`], [`glossary`], [`crates`]. In Hungarian: [`magyarul`].
//!
//! Two more pages are in the modules that they describe: [what a line and a name may contain](mod@crate::base::line),
//! and [how two threads share one TLS connection](crate::client::connect::tls).

#[doc = include_str!("guide/path.md")]
pub mod path {}

#[doc = include_str!("guide/client_path.md")]
pub mod client_path {}

#[doc = include_str!("guide/waits.md")]
pub mod waits {}

#[doc = include_str!("guide/history_file.md")]
pub mod history_file {}

#[doc = include_str!("guide/compare.md")]
#[doc = include_str!("guide/compare.svg")]
pub mod compare {}

#[doc = include_str!("guide/metrics.md")]
pub mod metrics {}

#[doc = include_str!("guide/course.md")]
pub mod course {}

#[doc = include_str!("guide/techniques.md")]
pub mod techniques {}

#[doc = include_str!("guide/why_not.md")]
pub mod why_not {}

#[doc = include_str!("guide/experiments.md")]
pub mod experiments {}

#[doc = include_str!("guide/exercises.md")]
pub mod exercises {}

#[doc = include_str!("guide/solutions.md")]
///
/// # 1. Which thread waits for which?
/// ```diff
#[doc = include_str!("guide/solutions/1_waits.patch")]
/// ```
/// # 2. A client in 40 lines
/// ```diff
#[doc = include_str!("guide/solutions/2_client.patch")]
/// ```
/// # 3. A referee for a guessing game
/// ```diff
#[doc = include_str!("guide/solutions/3_referee.patch")]
/// ```
/// # 4. A server of your own
/// ```diff
#[doc = include_str!("guide/solutions/4_server.patch")]
/// ```
/// # 5. `/me`
/// ```diff
#[doc = include_str!("guide/solutions/5_me.patch")]
/// ```
/// # 6. Private messages
/// ```diff
#[doc = include_str!("guide/solutions/6_msg.patch")]
/// ```
/// # 7. A bridge between two servers
/// ```diff
#[doc = include_str!("guide/solutions/7_bridge.patch")]
/// ```
/// # 8. Server-sent events, a fourth technique
/// ```diff
#[doc = include_str!("guide/solutions/8_events.patch")]
/// ```
/// # 9. Rooms by path
/// ```diff
#[doc = include_str!("guide/solutions/9_rooms.patch")]
/// ```
pub mod solutions {}

/// Diagrams of the threads, the buffers and the locks.
///
/// # The path of a line through the threads
#[doc = include_str!("guide/pictures/line.svg")]
///
/// Anna types `hello`. Six threads take part, and each runs for a few microseconds. All other threads sleep. The writer
/// sends to its recipients in the order in which they connected.
///
/// # A recipient: open, behind, closed
#[doc = include_str!("guide/pictures/recipient.svg")]
///
/// In the code: [`recipient`](crate::server::delivery::recipient).
///
/// # The buffers that fill up when a client stops reading
#[doc = include_str!("guide/pictures/buckets.svg")]
///
/// [Experiment 9](crate::guide::experiments) measures buffers 1 and 2. Experiment 3 shows the catch-up thread (3) and
/// the full queue (5).
///
/// # A careless close becomes a reset
#[doc = include_str!("guide/pictures/reset.svg")]
///
/// [Experiment 6](crate::guide::experiments) compares a careless close with a careful one.
///
/// # The client's two locks: the write side and TLS
#[doc = include_str!("guide/pictures/locks.svg")]
///
/// In the code: [`write_side`](crate::client::connect::write_side) and [`tls`](crate::client::connect::tls).
pub mod pictures {}

#[doc = include_str!("guide/faq.md")]
pub mod faq {}

#[doc = include_str!("guide/wire.md")]
pub mod wire {}

#[doc = include_str!("guide/other_clients.md")]
pub mod other_clients {}

#[doc = include_str!("guide/running.md")]
pub mod running {}

#[doc = include_str!("guide/cluster.md")]
///
/// # The configuration of HAProxy
/// ```text
#[doc = include_str!("guide/haproxy.cfg")]
/// ```
pub mod cluster {}

#[doc = include_str!("guide/glossary.md")]
pub mod glossary {}

#[doc = include_str!("guide/crates.md")]
pub mod crates {}

#[doc = include_str!("guide/magyarul.md")]
pub mod magyarul {}
