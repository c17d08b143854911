//! What our server promises at the edge of each limit. A client within a limit does not notice it.

mod floods;
mod handshake_timeout;
mod idle_timeout;
mod max_connections;
mod sizes;
mod write_timeout;
