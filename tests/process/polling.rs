//! Tests of the room over HTTP that need more than a raw socket. Some use an independent client or a hub without a
//! server. Others observe the server's threads, shutdown, or metrics.

mod connection_counts;
mod endings;
mod exposition;
mod hub;
mod independent;
mod one_room;
mod page;
mod traffic;
