//! The memory that the server and the kernel use for clients that read nothing.

use super::stalled_clients::{chat, long_line, stalled};
use crate::support::chat::{Chat, LIMIT};
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{BINARY, encode};
use crate::support::resources::{memory_report, peak_resident, resident};
use crate::support::socket_queues::unsent;
use crate::support::watchdog::within;

const MIB: usize = 1024 * 1024;

/// The number of members that read nothing. A line that is queued for all members is in memory only once.
const MEMBERS: usize = 100;

/// The number of 40 kB lines that are sent to the members.
const LINES: usize = 500;

/// The number of echo clients that read nothing. They share no queued bytes: each gets its own messages back.
const ECHOES: usize = 16;

/// The number of messages that each echo client sends. Each message is 16 KiB long, so each client sends 4 MiB.
const MESSAGES: usize = 256;

/// The maximum number of bytes from the echo clients in the hub's channel: 1,024 messages of 16 KiB.
const IN_CHANNELS: usize = 16 * MIB;

/// The maximum number of bytes that the kernel holds in a socket's send buffer: 256 KiB, and one packet of 64 KiB. Linux
/// starts a packet while the buffer has any room, and then fills it.
const MAX_UNSENT: usize = (256 + 64) * 1024;

/// Starts a server with clients that read nothing. Asserts that the memory of the server and of the kernel stays within
/// bounds.
fn assert_bounded(options: &[&str]) {
    let chat = chat(&[&["--write-timeout", "1000"], options].concat());
    let pid = chat.program.id();
    let mut anna = chat.member("anna");
    let before = resident(pid);
    let members: Vec<_> = (0..MEMBERS)
        .map(|number| stalled(&chat, &format!("m-{number}")))
        .collect();
    for _ in 0..LINES {
        anna.say_and_receive(&long_line());
    }
    let with_members = peak_resident(pid) - before;
    let echoes: Vec<_> = (0..ECHOES).map(|_| echo(&chat)).collect();
    anna.say_and_receive("the end");
    let with_all = peak_resident(pid) - before;
    let in_kernel = unsent(chat.address);
    println!(
        "{options:?}: the server has {} KiB more for {MEMBERS} members that read nothing, {} KiB for {ECHOES} echoes; \
         the kernel has {} KiB, {} each",
        with_members / 1024,
        (with_all - with_members) / 1024,
        in_kernel / 1024,
        in_kernel / (MEMBERS + ECHOES) / 1024,
    );
    // Each member had 20 MB of lines to read. The echo clients together sent 64 MiB.
    assert!(
        with_members <= 16 * MIB,
        "{with_members} bytes for the members: {}",
        memory_report(pid)
    );
    assert!(
        with_all - with_members <= 2 * ECHOES * MIB + IN_CHANNELS,
        "{with_all} bytes for all clients: {}",
        memory_report(pid)
    );
    assert!(
        in_kernel <= (MEMBERS + ECHOES) * MAX_UNSENT,
        "{in_kernel} bytes in the kernel"
    );
    drop((members, echoes));
}

/// Connects to `/echo`, and sends [`MESSAGES`] messages without reading anything.
fn echo(chat: &Chat) -> RawClient {
    let mut client = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
    client.upgrade("/echo").unwrap();
    let message = encode(BINARY, &[7; 16 * 1024]);
    for _ in 0..MESSAGES {
        client.send_bytes(&message).unwrap();
    }
    client
}

#[test]
fn backlog_bounds_memory_if_slow_clients_are_disconnected() {
    within(LIMIT, || assert_bounded(&["--backlog", "1048576"]));
}

#[test]
fn backlog_bounds_memory_if_lines_are_dropped() {
    within(LIMIT, || {
        assert_bounded(&["--backlog", "1048576", "--when-behind", "drop"])
    });
}
