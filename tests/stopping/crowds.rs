//! A stop with a thousand clients, and fifty servers that stop one after the other.

use blocking_chat::server::{Config, Seconds};

use super::read_to_close_1001;
use crate::support::chat::LIMIT;
use crate::support::library::{EmbeddedServer, config};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::watchdog::within;

#[test]
fn thousand_clients_get_the_last_line_and_then_1001() {
    within(LIMIT, || {
        let mut server = EmbeddedServer::alone(Config {
            close_timeout: Seconds::new(60),
            ..config()
        });
        let mut clients: Vec<_> = (0..1000).map(|_| server.raw_client("/")).collect();
        clients[0].send_text("the last line").unwrap();
        while !clients[0].read_text().unwrap().ends_with("the last line") {}
        server.handle.stop();
        assert_eq!(read_to_close_1001(&mut clients[0]), [""; 0]);
        for client in &mut clients[1..] {
            let received = read_to_close_1001(client);
            assert!(received.last().unwrap().ends_with(": the last line"));
        }
        drop(clients);
        server.wait().unwrap();
        server.until_no_thread_is_left();
    });
}

#[test]
fn fifty_stopped_servers_leave_no_thread_behind() {
    within(LIMIT, || {
        for round in 0..50 {
            let mut server = EmbeddedServer::alone(Config {
                close_timeout: Seconds::new(60),
                ..config()
            });
            let address = server.address;
            let mut members = [(); 3].map(|()| server.raw_client("/"));
            let mut echo = server.raw_client("/echo");
            let mut half = RawClient::connect(address).unwrap();
            half.send_bytes(b"GET /").unwrap();
            let silent = RawClient::connect(address).unwrap();
            members[0].send_text("hello").unwrap();
            server.handle.stop();
            members
                .iter_mut()
                .for_each(|member| _ = read_to_close_1001(member));
            assert_eq!(read_to_close_1001(&mut echo), [""; 0]);
            // In odd rounds, the client with the unfinished request closes without reading the response.
            if round % 2 == 0 {
                assert!(
                    half.read_head(TIMEOUT)
                        .unwrap()
                        .starts_with("HTTP/1.1 503 ")
                );
            }
            drop((members, echo, half, silent));
            // All clients have closed, so the server ends long before the close timeout.
            server.wait().unwrap();
            server.until_no_thread_is_left();
        }
    });
}
