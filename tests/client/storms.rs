//! Servers that disconnect clients, fall silent, or ask clients to wait.

use super::support::wait::retry_on_delay;
use super::*;

/// Returns timeouts with short pauses before a reconnect.
fn timeouts() -> Timeouts {
    Timeouts {
        first_backoff: Duration::from_millis(20),
        max_backoff: Duration::from_millis(640),
        ..Timeouts::default()
    }
}

#[test]
fn pauses_grow_while_the_server_keeps_disconnecting() {
    let scenario = || {
        for code in [1011, 1013] {
            let server = ScriptedServer::start().unwrap();
            let url: Url = server.url().unwrap().parse().unwrap();
            let peer = thread::spawn(move || {
                let mut before = Instant::now();
                let mut pauses = Vec::new();
                for _ in 0..8 {
                    let mut peer = welcome(&server);
                    pauses.push(before.elapsed());
                    before = Instant::now();
                    peer.send_close(code, "").unwrap();
                    peer.answer_close().unwrap();
                }
                // The client connects once more, and this Close ends it.
                welcome(&server).send_close(4001, "").unwrap();
                pauses
            });
            let client = connect_reconnecting(&url, timeouts()).unwrap();
            let (input, _open) = UnixStream::pair().unwrap();
            run(client, input, io::sink()).unwrap_err();
            let pauses = peer.join().unwrap();
            assert!(pauses[7] >= Duration::from_millis(320), "{pauses:?}");
        }
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn lasting_connection_resets_the_pauses() {
    let scenario = || {
        let server = ScriptedServer::start().unwrap();
        let url: Url = server.url().unwrap().parse().unwrap();
        let timeouts = timeouts();
        let peer = thread::spawn(move || {
            for _ in 0..6 {
                drop(welcome(&server));
            }
            let lasting = welcome(&server);
            thread::sleep(2 * timeouts.max_backoff);
            drop(lasting);
            let begin = Instant::now();
            welcome(&server).send_close(4001, "").unwrap();
            begin.elapsed()
        });
        let client = connect_reconnecting(&url, timeouts).unwrap();
        let (input, _open) = UnixStream::pair().unwrap();
        run(client, input, io::sink()).unwrap_err();
        let pause = peer.join().unwrap();
        assert!(pause < Duration::from_millis(300), "{pause:?}");
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn client_waits_as_long_as_retry_after_asks() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = reconnecting_client(&[&server.url().unwrap()]);
        drop(welcome(&server));
        let mut peer = server.accept().unwrap();
        peer.read_head().unwrap();
        let busy = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\nContent-Length: 5\r\n\r\nbusy\n";
        peer.send_bytes(busy).unwrap();
        let begin = Instant::now();
        welcome(&server).send_close(4001, "").unwrap();
        assert!(begin.elapsed() >= Duration::from_secs(3));
        assert_eq!(exit_code(&mut program), Some(1));
        assert!(stderr(&program).contains("503 Service Unavailable: busy; trying again in 3 s"));
    });
}

#[test]
fn client_pings_a_silent_server_and_then_reconnects() {
    let scenario = || {
        let server = ScriptedServer::start().unwrap();
        let url: Url = server.url().unwrap().parse().unwrap();
        let timeouts = Timeouts {
            ping_after: Duration::from_millis(200),
            pong: Duration::from_millis(200),
            ..timeouts()
        };
        let (input, mut typed) = UnixStream::pair().unwrap();
        let peer = thread::spawn(move || {
            let mut silent = welcome(&server);
            // After the welcome, this server answers only one Ping.
            silent.answer_ping().unwrap();
            typed.write_all(b"hello\n").unwrap();
            assert_eq!(silent.expect(TEXT).unwrap(), b"hello");
            silent.expect(PING).unwrap();
            let mut peer = welcome(&server);
            silent.expect(CLOSE).unwrap();
            assert_eq!(echo_line(&mut peer, 1, "anna"), "hello");
            peer.send_close(4001, "").unwrap();
            typed
        });
        let client = connect_reconnecting(&url, timeouts).unwrap();
        run(client, input, io::sink()).unwrap_err();
        peer.join().unwrap();
    };
    within(LIMIT, || retry_on_delay(scenario));
}

/// Each of the two servers sends Close 1013 to the client twice.
#[test]
fn pauses_begin_after_the_other_server_was_tried_once() {
    within(LIMIT, || {
        let servers = [(); 2].map(|()| ScriptedServer::start().unwrap());
        let urls = servers
            .each_ref()
            .map(|server| server.url().unwrap().parse().unwrap());
        let timeouts = Timeouts {
            first_backoff: Duration::from_millis(400),
            ..Timeouts::default()
        };
        let peer = thread::spawn(move || {
            let mut before = Instant::now();
            let mut pauses = Vec::new();
            for server in servers.iter().chain(&servers) {
                let mut peer = welcome(server);
                pauses.push(before.elapsed());
                before = Instant::now();
                peer.send_close(1013, "").unwrap();
                peer.answer_close().unwrap();
            }
            welcome(&servers[0]).send_close(4001, "").unwrap();
            pauses
        });
        let client = Client::connect(Target::new(urls.to_vec()), timeouts, true).unwrap();
        let (input, _open) = UnixStream::pair().unwrap();
        run(client, input, io::sink()).unwrap_err();
        let pauses = peer.join().unwrap();
        assert!(pauses[2] >= Duration::from_millis(200), "{pauses:?}");
        assert!(pauses[3] >= Duration::from_millis(400), "{pauses:?}");
    });
}

#[test]
fn first_try_of_another_server_has_no_pause() {
    within(LIMIT, || {
        let servers = [(); 3].map(|()| ScriptedServer::start().unwrap());
        let urls = servers
            .each_ref()
            .map(|server| server.url().unwrap().parse().unwrap());
        let timeouts = Timeouts {
            // These pauses are longer than the test may take.
            first_backoff: LIMIT * 4,
            max_backoff: LIMIT * 4,
            ..Timeouts::default()
        };
        let peer = thread::spawn(move || {
            drop(welcome(&servers[0]));
            // The refusal and the Retry-After of one server do not apply to the others.
            let mut peer = servers[1].accept().unwrap();
            peer.read_head().unwrap();
            let away = b"HTTP/1.1 404 Not Found\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n";
            peer.send_bytes(away).unwrap();
            welcome(&servers[2]).send_close(4001, "").unwrap();
        });
        let client = Client::connect(Target::new(urls.to_vec()), timeouts, true).unwrap();
        let (input, _open) = UnixStream::pair().unwrap();
        run(client, input, io::sink()).unwrap_err();
        peer.join().unwrap();
    });
}
