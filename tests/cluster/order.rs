//! All servers send the same lines with the same numbers in the same order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use blocking_chat::base::line;
use blocking_chat::server::cluster::publisher::HEARTBEAT_INTERVAL;

use super::servers::Cluster;
use crate::support::chat::{ChatClient, Endpoint, LIMIT};
use crate::support::http_client::HttpClient;
use crate::support::watchdog::within;

/// All lines that any client received, by number.
#[derive(Clone, Default)]
struct ReceivedLines(Arc<Mutex<BTreeMap<u64, String>>>);

impl ReceivedLines {
    /// Adds a numbered line. A number must stand for the same line everywhere.
    fn record(&self, number: u64, line: &str) {
        let mut lines = self.0.lock().unwrap();
        let known = lines.entry(number).or_insert_with(|| line.to_owned());
        assert_eq!(known, line);
    }
}

/// A client that acts at random and records what it receives.
struct Talker {
    endpoints: Vec<Endpoint>,
    name: String,
    random: u64,
    received: ReceivedLines,
    said: Vec<String>,
    last: Option<u64>,
}

impl Talker {
    fn random(&mut self, below: u64) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.random >> 33) % below
    }

    fn endpoint(&mut self) -> Endpoint {
        let count = self.endpoints.len() as u64;
        let chosen = self.random(count) as usize;
        self.endpoints[chosen]
    }

    /// Joins at a random server and replaces this talker's earlier connection, if there is one.
    fn join(&mut self) -> ChatClient {
        let endpoint = self.endpoint();
        let since = match self.last {
            Some(last) => format!("&since={last}"),
            None => String::new(),
        };
        let target = format!("/?name={}&key=k{}", self.name, since);
        let mut client = endpoint.connect(&target);
        let welcome = client.receive_line();
        let expected = format!("* you are {} in room ", self.name);
        assert!(welcome.starts_with(&expected), "{welcome}");
        client
    }

    /// Reads a line. If the line has a number, it must be one more than the last number.
    fn receive(&mut self, client: &mut ChatClient) -> String {
        let line = client.receive_line();
        if let Some(number) = line::number(&line) {
            if let Some(last) = self.last {
                assert_eq!(number, last + 1, "{line}");
            }
            self.last = Some(number);
            self.received.record(number, &line);
        }
        line
    }

    fn say(&mut self, client: &mut ChatClient) {
        let text = format!("{} says {}", self.name, self.said.len());
        client.say(&text);
        while !self.receive(client).ends_with(&format!(": {text}")) {}
        self.said.push(text);
    }

    fn post(&mut self) {
        let text = format!("{} posts {}", self.name, self.said.len());
        let mut http = HttpClient::connect(&self.endpoint());
        let target = format!("/lines?name=poster-{}", self.name);
        let response = http.post(&target, &text);
        let lines = response.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        self.received
            .record(line::number(lines[0]).unwrap(), lines[0]);
        self.said.push(text);
    }

    fn poll(&mut self) {
        let since = self.last.unwrap_or_default();
        let mut http = HttpClient::connect(&self.endpoint());
        let response = http.get(&format!("/lines?since={since}&until={}&wait=1", since + 3));
        for line in response.lines() {
            self.received.record(line::number(line).unwrap(), line);
        }
    }

    fn run(mut self) -> Vec<String> {
        let mut client = self.join();
        for _ in 0..25 {
            match self.random(10) {
                0..5 => self.say(&mut client),
                5 => {
                    client.say(&format!("/nick {}-x", self.name));
                    let name = self.name.clone();
                    while !self
                        .receive(&mut client)
                        .contains(&format!(" * {name} is now "))
                    {}
                    client.say(&format!("/nick {name}"));
                    while !self
                        .receive(&mut client)
                        .ends_with(&format!(" is now {name}"))
                    {}
                }
                // The client opens the new connection while its old connection is still in the room.
                6 | 7 => {
                    let old = std::mem::replace(&mut client, self.join());
                    let (_, code) = { old }.receive_close();
                    assert_eq!(code, 4001);
                }
                8 => self.post(),
                _ => self.poll(),
            }
        }
        client.leave();
        self.said
    }
}

#[test]
fn thirty_clients_on_three_servers_receive_the_same_lines() {
    within(LIMIT, || {
        let mut cluster = Cluster::new(0);
        (0..3).for_each(|_| cluster.add_server(&["--history", "100000"]));
        let received = ReceivedLines::default();
        let endpoints: Vec<Endpoint> = cluster.servers.iter().map(|it| it.endpoint).collect();
        let talkers = (0..30).map(|number| Talker {
            endpoints: endpoints.clone(),
            name: format!("talker-{number}x"),
            random: number + 1,
            received: received.clone(),
            said: Vec::new(),
            last: None,
        });
        let threads: Vec<_> = talkers
            .map(|talker| thread::spawn(move || talker.run()))
            .collect();
        let said: Vec<String> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        // A server that has answered a join has applied every entry before that join.
        for server in &cluster.servers {
            server.connect("/?name=last").receive_pong();
        }
        let (room, lines) = cluster.lines(0);
        for server in 1..3 {
            let (other, others) = cluster.lines(server);
            assert_eq!(other, room);
            let common = lines.len().min(others.len());
            assert_eq!(others[..common], lines[..common]);
        }
        for (index, line) in lines.iter().enumerate() {
            assert_eq!(line::number(line), Some(index as u64 + 1));
        }
        for text in said {
            let count = lines
                .iter()
                .filter(|line| line.ends_with(&format!(": {text}")));
            assert_eq!(count.count(), 1, "{text}");
        }
        for (number, line) in &*received.0.lock().unwrap() {
            assert_eq!(&lines[*number as usize - 1], line);
        }
    });
}

#[test]
fn line_reaches_the_members_of_all_servers() {
    within(LIMIT, || {
        let cluster = Cluster::new(3);
        let mut anna = cluster.member(0, "anna");
        let mut ben = cluster.member(1, "ben");
        let mut cleo = cluster.member(2, "cleo");
        assert_eq!(anna.say_and_receive("hello"), "4 anna: hello");
        let received = ben.receive_until("anna: hello");
        assert_eq!(received, ["3 * cleo joined", "4 anna: hello"]);
        assert_eq!(cleo.receive_line(), "4 anna: hello");
        cleo.leave();
        assert_eq!(ben.receive_line(), "5 * cleo left");
        ben.say("/who");
        assert_eq!(ben.receive_line(), "* here: anna, ben");
    });
}

#[test]
fn line_before_a_pong_reaches_every_server() {
    within(LIMIT, || {
        let cluster = Cluster::new(2);
        let mut anna = cluster.member(0, "anna");
        for number in 0..50 {
            anna.say(&format!("line {number}"));
            let receipt = format!("{} anna: line {number}", number + 2);
            assert_eq!(anna.receive_pong().join("\n"), receipt);
            // Another server may apply the line later, but cannot miss it.
            let mut http = HttpClient::connect(&cluster.servers[1]);
            let target = format!("/lines?since={}&wait=30", number + 1);
            assert_eq!(http.get(&target).lines(), [receipt]);
        }
        anna.say("goodbye");
        anna.leave();
        let mut http = HttpClient::connect(&cluster.servers[1]);
        let response = http.get("/lines?since=51&until=52&wait=30");
        assert_eq!(response.lines(), ["52 anna: goodbye"]);
    });
}

#[test]
fn post_is_answered_with_its_numbered_lines() {
    within(LIMIT, || {
        let cluster = Cluster::new(2);
        let mut anna = cluster.member(0, "anna");
        let mut http = HttpClient::connect(&cluster.servers[1]);
        let response = http.post("/lines?name=ben", "one\ntwo\n");
        assert_eq!(response.lines(), ["2 ben: one", "3 ben: two"]);
        assert_eq!(anna.receive_until("ben: two").len(), 2);
        let response = http.post("/lines?name=anna", "three\n");
        assert_eq!(
            response.status, 409,
            "a member of the other server has the name"
        );
    });
}

#[test]
fn reply_reaches_only_its_client() {
    within(LIMIT, || {
        let cluster = Cluster::new(2);
        let mut anna = cluster.member(0, "anna");
        let mut ben = cluster.member(1, "ben");
        // Anna and Ben are each the first client of their server, so both have the same id.
        anna.say("/who\n/help");
        anna.receive_until("//text says a line that begins with a slash");
        ben.say("/nick anna");
        assert_eq!(ben.receive_line(), "* you keep your name: anna is taken");
        assert_eq!(ben.receive_pong(), Vec::<String>::new());
    });
}

#[test]
fn echo_does_not_use_the_log() {
    within(LIMIT, || {
        let cluster = Cluster::new(1);
        let before = cluster.redis.command("XINFO STREAM chat");
        let length = cluster.redis.log_length();
        let begun = Instant::now();
        let mut echo = cluster.servers[0].connect("/echo");
        assert_eq!(echo.receive_pong(), Vec::<String>::new());
        echo.say("hello");
        assert_eq!(echo.receive_line(), "hello");
        echo.leave();
        cluster.servers[0]
            .exchange(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        // The server appends a heartbeat to the log every few seconds.
        let heartbeats = begun.elapsed().as_secs() / HEARTBEAT_INTERVAL.as_secs() + 1;
        assert!(
            cluster.redis.log_length() <= length + heartbeats,
            "{before}"
        );
    });
}
