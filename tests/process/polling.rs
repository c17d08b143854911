//! Tests of the room over HTTP that need more than a raw socket: an independent client, the hub without a server, or
//! the server's threads, shutdown, or metrics.

mod counted;
mod ends;
mod exposition;
mod hub;
mod independent;
mod page;
mod same;
mod traffic;
