//! Several servers share one room through a real Redis. Each test starts its own Redis.

mod cuts;
mod cutting_proxy;
mod kills;
mod order;
mod outages;
mod redis_server;
mod rolling;
mod servers;
mod starting;
