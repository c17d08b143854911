//! The server as a library: it binds, runs on a thread, and is stopped from another thread.

use std::io;
use std::net::TcpStream;

use blocking_chat::server::{Config, Server};

use crate::support::chat::LIMIT;
use crate::support::library::{EmbeddedServer, config};
use crate::support::wait::until;
use crate::support::watchdog::within;

#[test]
fn server_serves_on_a_free_port_until_it_is_stopped() {
    within(LIMIT, || {
        let mut server = EmbeddedServer::start(config());
        let address = server.address;
        assert_ne!(address.port(), 0);
        let mut anna = server.member("anna");
        assert_eq!(anna.say_and_receive("hello"), "2 anna: hello");
        server.handle.stop();
        assert_eq!(anna.receive_close(), (vec![], 1001));
        drop(anna);
        server.wait().unwrap();
        // The port is free now, so another program may listen on it for a moment. Therefore the test retries.
        let is_refused = || TcpStream::connect(address).is_err();
        until(is_refused, |&is_refused| is_refused);
    });
}

#[test]
fn two_servers_in_one_process_have_separate_rooms() {
    within(LIMIT, || {
        let servers = [(); 2].map(|()| EmbeddedServer::start(config()));
        let mut annas = [servers[0].member("anna"), servers[1].member("anna")];
        for anna in &mut annas {
            assert_eq!(anna.say_and_receive("alone"), "2 anna: alone");
        }
        servers[0].handle.stop();
        assert_eq!(annas[0].receive_close().1, 1001);
        assert_eq!(annas[1].say_and_receive("still here"), "3 anna: still here");
        servers[1].handle.stop();
        assert_eq!(annas[1].receive_close().1, 1001);
        drop(annas);
        for mut server in servers {
            server.wait().unwrap();
        }
    });
}

#[test]
fn bind_fails_if_the_address_is_in_use() {
    let first = Server::bind(config()).unwrap();
    let listen = first.local_addr();
    let error = Server::bind(Config { listen, ..config() }).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn server_can_be_started_and_stopped_repeatedly() {
    within(LIMIT, || {
        for _ in 0..50 {
            let mut server = EmbeddedServer::start(config());
            let anna = server.connect("/?name=anna");
            server.handle.stop();
            drop(anna);
            server.wait().unwrap();
        }
    });
}
