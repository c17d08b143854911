//! Several servers, one room: with a real Redis, which each test starts for itself.

mod cuts;
mod cutting_proxy;
mod kills;
mod order;
mod outages;
mod redis_server;
mod rolling;
mod stage;
mod starting;
