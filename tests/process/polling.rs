//! Tests of the room over HTTP that need more than a raw socket. Some use an independent client or a hub without a
//! server. Others observe the server's threads, shutdown, or metrics.

mod counted;
mod ends;
mod exposition;
mod hub;
mod independent;
mod page;
mod same;
mod traffic;
