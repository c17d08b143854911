//! Panics, which only a bug in the server can cause, and threads that do not start.

use std::net::TcpListener;
use std::{env, fs, io, process};

use blocking_chat::server::Config;
use blocking_chat::server::connection::hooks::Hooks;

use crate::support::breakpoint::PANIC;
use crate::support::chat::LIMIT;
use crate::support::library::{EmbeddedServer, config};
use crate::support::metrics::until_counted;
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::resources;
use crate::support::wait::until;
use crate::support::watchdog::within;

#[test]
fn panic_in_a_connection_ends_no_other_connection() {
    within(LIMIT, || {
        let mut server = EmbeddedServer::alone(Config {
            max_connections: 2,
            ..config()
        });
        let mut anna = server.member("anna");
        // There are more panics than permits, so each broken connection must return its permit.
        for _ in 0..3 {
            let mut broken = RawClient::connect(server.address).unwrap();
            broken.request_upgrade(&format!("/?{PANIC}")).unwrap();
            broken.end_sending().unwrap();
            assert_eq!(broken.read_to_end(TIMEOUT).unwrap(), b"");
            until(
                || resources::threads(std::process::id(), "conn-"),
                |&count| count == 1,
            );
        }
        until_counted(&server, &[("chat_endings_total{reason=\"panicked\"}", 3)]);
        assert_eq!(anna.say_and_receive("hello"), "2 anna: hello");
        until(
            || resources::threads(std::process::id(), "conn-"),
            |&count| count == 1,
        );
        let mut ben = server.member("ben");
        ben.say("hello");
        anna.receive_until("ben: hello");
        server.handle.stop();
        assert_eq!(anna.receive_close().1, 1001);
        drop((anna, ben));
        server.wait().unwrap();
    });
}

#[test]
fn panic_in_the_hub_stops_the_server_with_an_error() {
    within(LIMIT, || {
        let mut server = EmbeddedServer::alone(config());
        let address = server.address;
        let (mut anna, ben) = (server.raw_client("/?name=anna"), server.raw_client("/echo"));
        let silent = RawClient::connect(address).unwrap();
        anna.send_text(PANIC).unwrap();
        let error = server.wait().unwrap_err();
        assert!(error.to_string().contains("hub"), "{error}");
        assert_everything_is_released(&server);
        drop((anna, ben, silent));
    });
}

/// Waits until an ended server has no threads left and its port is free.
fn assert_everything_is_released(server: &EmbeddedServer) {
    server.until_no_thread_is_left();
    // Until a child process of another test calls exec(2), it may hold a copy of the listener, which keeps the port
    // busy.
    until(
        || TcpListener::bind(server.address).is_ok(),
        |is_free| *is_free,
    );
}

/// Fails if `name` equals `missing`, so that the thread `name` does not start.
fn no_thread_for(missing: &str, name: &str) -> io::Result<()> {
    if name == missing {
        return Err(io::Error::other(format!("no thread for {name}")));
    }
    Ok(())
}

#[test]
fn failed_thread_start_stops_the_server_with_an_error() {
    within(LIMIT, || {
        let missing: [fn(&str) -> io::Result<()>; 7] = [
            |name| no_thread_for("log", name),
            |name| no_thread_for("hub", name),
            |name| no_thread_for("keeper", name),
            |name| no_thread_for("writer-0", name),
            |name| no_thread_for("writer-2", name),
            |name| no_thread_for("trace", name),
            |name| no_thread_for("accept", name),
        ];
        for (number, on_spawn) in missing.into_iter().enumerate() {
            // Each server has its own file, because a child process of another test may keep a closed file locked until
            // it calls exec(2).
            let file = env::temp_dir().join(format!("faults-{}-{number}", process::id()));
            let hooks = Hooks {
                on_spawn: Some(on_spawn),
                ..Hooks::default()
            };
            let config = Config {
                writers: 3,
                show_wire: true,
                history_file: Some(file.clone()),
                ..config()
            };
            let mut server = EmbeddedServer::alone_with_hooks(config, hooks);
            let error = server.wait().unwrap_err();
            assert!(error.to_string().starts_with("no thread for "), "{error}");
            assert_everything_is_released(&server);
            fs::remove_file(file).unwrap();
        }
    });
}
