//! Rooms by path: the student's own program, built on the library, has one room for each path.

use crate::mine::LIMIT;
use crate::support::chat::{ChatClient, Endpoint};
use crate::support::process::Program;
use crate::support::raw_client::RawClient;
use crate::support::resources::threads;
use crate::support::steps;
use crate::support::wait::until;
use crate::support::watchdog::within;

/// Builds the program and starts it. The build has no time limit.
fn start() -> (Program, Endpoint) {
    let manifest = include_str!("../../Cargo.toml");
    assert!(
        manifest.contains("name = \"rooms\""),
        "There is no program yet. Write src/steps/rooms.rs, and add it to the examples in Cargo.toml."
    );
    let (program, address) = steps::start("rooms").unwrap();
    (program, Endpoint { address })
}

/// Joins a room and waits for its welcome.
fn member(endpoint: &Endpoint, room: &str, name: &str) -> ChatClient {
    let mut member = endpoint.connect(&format!("/room/{room}?name={name}"));
    let welcome = member.receive_line();
    assert!(
        welcome.starts_with(&format!("* you are {name} in room ")),
        "{welcome}"
    );
    member
}

#[test]
#[ignore = "an exercise: src/steps/rooms.rs"]
fn each_room_numbers_its_own_lines() {
    let (_program, endpoint) = start();
    within(LIMIT, || {
        let mut anna = member(&endpoint, "blue", "anna");
        let mut ben = member(&endpoint, "red", "ben");
        assert_eq!(anna.receive_line(), "1 * anna joined");
        assert_eq!(ben.receive_line(), "1 * ben joined");
        assert_eq!(
            anna.say_and_receive("only blue hears this"),
            "2 anna: only blue hears this"
        );
        assert_eq!(ben.say_and_receive("hello"), "2 ben: hello");
        // A name that is taken in one room is free in another.
        member(&endpoint, "red", "anna");
    });
}

#[test]
#[ignore = "an exercise: src/steps/rooms.rs"]
fn flood_in_one_room_does_not_block_another_room() {
    let (_program, endpoint) = start();
    within(LIMIT, || {
        let mut slow = RawClient::connect_with_buffer(endpoint.address, 4096).unwrap();
        slow.upgrade("/room/blue?name=slow").unwrap();
        let mut anna = member(&endpoint, "blue", "anna");
        let mut ben = member(&endpoint, "red", "ben");
        let long = "x".repeat(16_000);
        for _ in 0..300 {
            anna.say_and_receive(&long);
            ben.say_and_receive("hello");
        }
    });
}

#[test]
#[ignore = "an exercise: src/steps/rooms.rs"]
fn empty_room_keeps_no_threads() {
    let (program, endpoint) = start();
    within(LIMIT, || {
        let stays = member(&endpoint, "red", "ben");
        let count = || threads(program.id(), "");
        let before = count();
        for room in ["blue", "green", "yellow"] {
            member(&endpoint, room, "anna").leave();
        }
        until(count, |count| *count <= before);
        stays.leave();
    });
}
