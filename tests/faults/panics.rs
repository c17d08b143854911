//! Panics, which only a bug in the server could cause.

use crate::support::chat::LIMIT;
use crate::support::gate::PANIC;
use crate::support::holdings;
use crate::support::library::{Served, config};
use crate::support::metrics::until_counted;
use crate::support::process::SOON;
use crate::support::raw_client::RawClient;
use crate::support::wait::until;
use crate::support::watchdog::within;

#[test]
fn a_panic_in_a_connections_thread_ends_this_connection_and_no_other() {
    within(LIMIT, || {
        let mut server = Served::alone(blocking_chat::server::Config {
            max_connections: 2,
            ..config()
        });
        let mut anna = server.member("anna");
        // More often than there are places, so each has been given back.
        for _ in 0..3 {
            let mut broken = RawClient::connect(server.address).unwrap();
            broken.request_upgrade(&format!("/?{PANIC}")).unwrap();
            broken.end_sending().unwrap();
            assert_eq!(broken.read_to_end(SOON).unwrap(), b"");
            until(
                || holdings::threads(std::process::id(), "conn-"),
                |&count| count == 1,
            );
        }
        until_counted(&server, &[("chat_endings_total{reason=\"panicked\"}", 3)]);
        assert_eq!(anna.say_and_hear("hello"), "2 anna: hello");
        until(
            || holdings::threads(std::process::id(), "conn-"),
            |&count| count == 1,
        );
        let mut ben = server.member("ben");
        ben.say("hello");
        anna.hear_until("ben: hello");
        server.handle.stop();
        assert_eq!(anna.hear_close().1, 1001);
        drop((anna, ben));
        server.wait().unwrap();
    });
}

#[test]
fn a_panic_in_the_hub_ends_the_server_with_an_error_that_names_it() {
    within(LIMIT, || {
        let mut server = Served::alone(config());
        let mut anna = server.raw("/?name=anna");
        anna.send_text(PANIC).unwrap();
        let error = server.wait().unwrap_err();
        assert!(error.to_string().contains("hub"), "{error}");
    });
}
