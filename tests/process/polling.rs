//! The room over HTTP, where a test needs more than a raw socket: another client, the hub on its own, or the server's
//! threads, shutdown or metrics.

mod counted;
mod ends;
mod exposition;
mod hub;
mod independent;
mod page;
mod same;
mod traffic;
