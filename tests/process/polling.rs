//! The room over HTTP, where a test needs more than a raw socket: another client, the hub alone, our own server's
//! threads, its end, and its metrics.

mod counted;
mod ends;
mod exposition;
mod hub;
mod independent;
mod page;
mod same;
mod traffic;
