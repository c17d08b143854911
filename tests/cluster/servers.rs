//! A Redis server and the chat servers of one room.

use super::redis_server::RedisServer;
use crate::support::chat::{Chat, ChatClient, Endpoint};
use crate::support::http_client::HttpClient;

/// A Redis server and the chat servers of one room. Dropping this value ends the chat servers before Redis.
pub struct Cluster {
    pub servers: Vec<Chat>,
    pub redis: RedisServer,
}

impl Cluster {
    /// Starts a Redis server and this many chat servers.
    pub fn new(servers: usize) -> Cluster {
        let mut cluster = Cluster {
            servers: Vec::new(),
            redis: RedisServer::start(),
        };
        for _ in 0..servers {
            cluster.add_server(&[]);
        }
        cluster
    }

    /// Starts one more server, with these additional options.
    pub fn add_server(&mut self, options: &[&str]) {
        let url = self.redis.url();
        let server = Chat::ours(&[&["--redis", &url], options].concat());
        self.servers.push(server);
    }

    /// Joins at the server with the index `server`, and waits for the notice of the join.
    pub fn member(&self, server: usize, name: &str) -> ChatClient {
        self.servers[server].member(name)
    }

    /// Returns the room's id, and the lines that a server keeps.
    pub fn lines(&self, server: usize) -> (String, Vec<String>) {
        let mut client = HttpClient::connect(&self.servers[server]);
        let response = client.get("/lines");
        let room = response.field("room").unwrap().to_owned();
        let lines = response.lines().iter().map(ToString::to_string).collect();
        (room, lines)
    }
}

/// Returns whether a server reports a connection to Redis.
pub fn is_connected(server: &Endpoint) -> bool {
    let page = server.exchange(b"GET /metrics HTTP/1.0\r\n\r\n");
    page.contains("\nchat_redis_connected 1\n")
}
