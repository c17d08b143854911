//! Two threads share one socket.

use super::support::scripted_server::Frame;
use super::support::wait::{CHECK_INTERVAL, retry_on_delay};
use super::*;

#[test]
fn ten_megabytes_each_way_do_not_deadlock() {
    let scenario = || {
        let server = ScriptedServer::start_with_buffers(16 * 1024).unwrap();
        let mut program = client(&[&server.url().unwrap()]);
        let mut peer = accept_without_welcome(&server);
        let line = "x".repeat(4095) + "\n";
        let lines = 10_000_000 / line.len();
        let mut stdin = program.take_stdin().unwrap();
        let writer = thread::spawn(move || {
            for _ in 0..lines {
                stdin.write_all(line.as_bytes()).unwrap();
            }
        });
        let mut pongs = 0;
        for _ in 0..lines {
            let text = next_except_pong(&mut peer, &mut pongs).payload;
            peer.send(PING, b"are you there?").unwrap();
            peer.send(TEXT, &text).unwrap();
        }
        writer.join().unwrap();
        assert!(pongs > 0);
        let ping = next_except_pong(&mut peer, &mut pongs);
        assert_eq!(ping.opcode, PING);
        peer.send(PONG, &ping.payload).unwrap();
        let close = next_except_pong(&mut peer, &mut pongs);
        assert_eq!(close.close_code(), Some(1000));
        drop(peer);
        assert_eq!(exit_code(&mut program), Some(0));
        assert_eq!(program.rest_of_stdout(TIMEOUT).unwrap().len(), lines);
    };
    within(LIMIT, || retry_on_delay(scenario));
}

/// Returns the next frame that is not a Pong. Adds the number of Pongs before it to `pongs`. The client's socket thread
/// answers Pings, so a Pong may arrive between any two frames.
fn next_except_pong(peer: &mut Peer, pongs: &mut usize) -> Frame {
    loop {
        match peer.read_frame().unwrap() {
            pong if pong.opcode == PONG => *pongs += 1,
            frame => return frame,
        }
    }
}

#[test]
fn ping_is_answered_while_nothing_is_typed() {
    within(LIMIT, || {
        let (_program, mut peer) = client_in_room();
        for payload in [&b""[..], b"1", &[b'x'; 125]] {
            peer.send(PING, payload).unwrap();
            assert_eq!(peer.expect(PONG).unwrap(), payload);
        }
    });
}

#[test]
fn pong_that_does_not_fit_is_sent_later() {
    within(LIMIT, || {
        let server = ScriptedServer::start_with_buffers(16 * 1024).unwrap();
        let program = client(&[&server.url().unwrap()]);
        let mut peer = accept_without_welcome(&server);
        // 5 MB of Pongs is more than the buffers of a connection hold.
        let pings = 40_000;
        let mut bytes = Vec::new();
        for number in 1..=pings {
            bytes.extend([0x89, 125]);
            bytes.extend(format!("{number:0125}").as_bytes());
        }
        bytes.extend(b"\x81\x04read");
        peer.send_bytes(&bytes).unwrap();
        assert_eq!(program.stdout_line(TIMEOUT).unwrap(), "read");
        let mut pongs = 0;
        while peer.expect(PONG).unwrap() != format!("{pings:0125}").as_bytes() {
            pongs += 1;
        }
        assert!(pongs < pings - 1, "all Pongs fit into the socket");
    });
}

#[test]
fn client_continues_after_a_stop_signal() {
    within(LIMIT, || {
        let (program, mut peer) = client_in_room();
        peer.send_text("1 ben: hello").unwrap();
        program.stdout_line(TIMEOUT).unwrap();
        program.signal(Signal::STOP).unwrap();
        peer.send(PING, b"there?").unwrap();
        program.signal(Signal::CONT).unwrap();
        assert_eq!(peer.expect(PONG).unwrap(), b"there?");
    });
}

#[test]
fn client_has_two_threads_and_one_for_ctrl_c() {
    within(LIMIT, || {
        let (program, mut peer) = client_in_room();
        // The client answers a Ping only after it has started the other threads.
        peer.send(PING, b"").unwrap();
        peer.expect(PONG).unwrap();
        // A thread sets its name when it first runs, so the names may be wrong for a moment. If they stay wrong, the
        // watchdog ends the test. An extra thread fails the test immediately.
        loop {
            let threads = support::threads::names(program.id()).unwrap();
            assert!(threads.len() <= 3, "{threads:?}");
            if threads == ["chat-client", "ctrl-c", "stdin"] {
                break;
            }
            thread::sleep(CHECK_INTERVAL);
        }
    });
}
