//! The server as a library: bind, run on a thread, stop from another.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};

use blocking_chat::server::{Config, Seconds, Server, ServerHandle};

use crate::support::chat::{Door, LIMIT};
use crate::support::watchdog::within;

fn config() -> Config {
    Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        close_timeout: Seconds::from_millis(500),
        ..Config::default()
    }
}

fn serve(config: Config) -> (Door, ServerHandle, JoinHandle<io::Result<()>>) {
    let server = Server::bind(config).unwrap();
    let (address, handle) = (server.local_addr(), server.handle());
    let thread = thread::spawn(move || server.run());
    (Door { address }, handle, thread)
}

#[test]
fn it_serves_on_a_free_port_until_it_is_stopped() {
    within(LIMIT, || {
        let (door, handle, server) = serve(config());
        assert_ne!(door.address.port(), 0);
        let mut anna = door.member("anna");
        assert_eq!(anna.say_and_hear("hello"), "2 anna: hello");
        handle.stop();
        assert_eq!(anna.hear_close(), (vec![], 1001));
        drop(anna);
        server.join().unwrap().unwrap();
        assert!(
            TcpStream::connect(door.address).is_err(),
            "it still listens"
        );
    });
}

#[test]
fn stopping_twice_before_while_and_after_it_runs_is_harmless() {
    within(LIMIT, || {
        let (door, handle, server) = serve(config());
        let mut anna = door.member("anna");
        let other = handle.clone();
        thread::spawn(move || other.stop()).join().unwrap();
        handle.stop();
        assert_eq!(anna.hear_close().1, 1001);
        drop(anna);
        server.join().unwrap().unwrap();
        handle.stop();

        let server = Server::bind(config()).unwrap();
        server.handle().stop();
        server.handle().stop();
        server.run().unwrap();
    });
}

#[test]
fn two_servers_in_one_process_are_two_rooms() {
    within(LIMIT, || {
        let servers = [serve(config()), serve(config())];
        let mut annas = [servers[0].0.member("anna"), servers[1].0.member("anna")];
        for anna in &mut annas {
            assert_eq!(anna.say_and_hear("alone"), "2 anna: alone");
        }
        servers[0].1.stop();
        assert_eq!(annas[0].hear_close().1, 1001);
        assert_eq!(annas[1].say_and_hear("still here"), "3 anna: still here");
        servers[1].1.stop();
        assert_eq!(annas[1].hear_close().1, 1001);
        drop(annas);
        for (_, _, thread) in servers {
            thread.join().unwrap().unwrap();
        }
    });
}

#[test]
fn a_taken_address_is_an_error_of_bind() {
    let first = Server::bind(config()).unwrap();
    let listen = first.local_addr();
    let error = Server::bind(Config { listen, ..config() }).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn it_can_be_started_and_stopped_again_and_again() {
    within(LIMIT, || {
        for _ in 0..50 {
            let (door, handle, server) = serve(config());
            let anna = door.asking("/?name=anna");
            handle.stop();
            drop(anna);
            server.join().unwrap().unwrap();
        }
    });
}
