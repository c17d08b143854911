//! A bridge between two servers. It must not carry a line in circles.

use crate::mine;
use crate::support::chat::{Chat, ChatClient};
use crate::support::process::Program;
use crate::support::watchdog::within;

/// Starts a bridge and waits until it receives the lines of both rooms. The bridge finds the path of our client in the
/// variable `CHAT_CLIENT`.
fn start(chats: &[Chat; 2]) -> Program {
    let urls = [0, 1].map(|at: usize| format!("ws://{}/", chats[at].address));
    let mut command = mine::program("BRIDGE", "bridge.py", &[&urls[0], &urls[1]]);
    command.env("CHAT_CLIENT", env!("CARGO_BIN_EXE_chat-client"));
    let bridge = Program::spawn(&mut command).unwrap();
    assert_eq!(mine::printed(&bridge), "ready");
    bridge
}

/// Reads lines up to the first one that ends with `end`. Returns how many of these lines contain `text`.
fn count(member: &mut ChatClient, text: &str, end: &str) -> usize {
    let received = member.receive_until(end);
    received.iter().filter(|line| line.contains(text)).count()
}

#[test]
#[ignore = "an exercise: BRIDGE='node bridge.js' or tests/exercises/mine/bridge.py"]
fn bridge_carries_each_line_once() {
    mine::command("BRIDGE", "bridge.py");
    within(mine::LIMIT, || {
        let chats = [Chat::ours(&[]), Chat::ours(&[])];
        let mut anna = chats[0].member("anna");
        let mut ben = chats[1].member("ben");
        let _bridge = start(&chats);
        anna.say("hello from here");
        let received = ben.receive_until("hello from here").pop().unwrap();
        assert!(received.contains("anna"), "{received}");
        ben.say("hello from there");
        assert_eq!(count(&mut ben, "from here", "ben: hello from there"), 0);
        assert_eq!(count(&mut anna, "from here", "hello from there"), 1);
    });
}

#[test]
#[ignore = "an exercise: BRIDGE='node bridge.js' or tests/exercises/mine/bridge.py"]
fn two_bridges_do_not_carry_lines_in_circles() {
    mine::command("BRIDGE", "bridge.py");
    within(mine::LIMIT, || {
        let chats = [Chat::ours(&[]), Chat::ours(&[])];
        let mut anna = chats[0].member("anna");
        let mut ben = chats[1].member("ben");
        let _bridges = [start(&chats), start(&chats)];
        anna.say("once");
        // If `once` circulated, it would arrive again and again while the bridges carry these lines.
        let mut in_circles = 0;
        for number in 0..100 {
            ben.say(&format!("fence {number}."));
            in_circles += count(&mut anna, "once", &format!("fence {number}."));
        }
        assert!(in_circles <= 4, "`once` arrived {in_circles} times");
        assert!(count(&mut ben, "once", "fence 99.") <= 4);
    });
}
