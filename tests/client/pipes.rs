//! Input from a pipe, and the options and exit codes for scripts.

use super::support::chat::Chat;
use super::*;

/// Runs a client with this input. Returns the lines that the client prints after the welcome, without their numbers,
/// and the client's exit code.
fn run_with_input(args: &[&str], input: &[u8]) -> (Vec<String>, Option<i32>) {
    let chat = Chat::start();
    let url = format!("ws://{}/?name=anna", chat.address);
    let mut program = reconnecting_client(&[&[url.as_str()], args].concat());
    let mut stdin = program.take_stdin().unwrap();
    stdin.write_all(input).unwrap();
    drop(stdin);
    let code = exit_code(&mut program);
    let printed = program.rest_of_stdout(TIMEOUT).unwrap();
    let said = printed.iter().filter_map(|line| line.split_once(' '));
    (
        said.map(|(_, said)| said.to_owned()).skip(1).collect(),
        code,
    )
}

#[test]
fn slashes_and_commands_are_said_unchanged() {
    within(LIMIT, || {
        let input = b"\xEF\xBB\xBF/usr/bin/env\n//x\n/nick x\n/quit\nend\n";
        let (said, code) = run_with_input(&[], input);
        let lines = ["/usr/bin/env", "//x", "/nick x", "/quit", "end"];
        let lines = lines.map(|line| format!("anna: {line}"));
        assert_eq!(said[1..], lines);
        assert_eq!(code, Some(0));
    });
}

#[test]
fn commands_option_enables_commands_and_quit() {
    within(LIMIT, || {
        let input = b"/nick bea\n//x\n/quit\nnever said\n";
        let (said, code) = run_with_input(&["--commands"], input);
        assert_eq!(said[1..], ["* anna is now bea", "bea: /x"]);
        assert_eq!(code, Some(0));
    });
}

#[test]
fn client_reports_lines_without_receipts_after_a_signal() {
    within(LIMIT, || {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            let (mut program, mut peer) = client_in_room();
            let mut stdin = program.take_stdin().unwrap();
            stdin.write_all(b"one\ntwo\n").unwrap();
            peer.expect(TEXT).unwrap();
            peer.expect(TEXT).unwrap();
            program.signal(signal).unwrap();
            assert_eq!(peer.answer_close().unwrap(), Some(1000));
            assert_eq!(exit_code(&mut program), Some(1));
            assert_eq!(
                stderr(&program),
                "chat-client: left early; 2 lines have no receipt: the server may or may not have received them"
            );
        }
    });
}

#[test]
fn close_1000_from_any_server_exits_0() {
    within(LIMIT, || {
        for start in [client, reconnecting_client] {
            let server = ScriptedServer::start().unwrap();
            let mut program = start(&[&server.url().unwrap()]);
            let mut peer = accept_without_welcome(&server);
            peer.send_close(1000, "bye").unwrap();
            peer.answer_close().unwrap();
            assert_eq!(exit_code(&mut program), Some(0));
            assert_eq!(stderr(&program), "");
        }
    });
}

#[test]
fn wait_option_keeps_listening_after_the_end_of_input() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = client(&[&server.url().unwrap(), "--wait", "1.5"]);
        drop(program.take_stdin().unwrap());
        let mut peer = accept_without_welcome(&server);
        // The client's wait begins with this Pong.
        let begin = Instant::now();
        peer.answer_ping().unwrap();
        peer.send_text("an answer").unwrap();
        assert_eq!(peer.answer_close().unwrap(), Some(1000));
        assert!(begin.elapsed() >= Duration::from_millis(1500));
        assert_eq!(program.stdout_line(TIMEOUT).unwrap(), "an answer");
        assert_eq!(exit_code(&mut program), Some(0));
    });
}

#[test]
fn no_input_option_keeps_listening_after_the_end_of_stdin() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let mut program = client(&[&server.url().unwrap(), "--no-input"]);
        drop(program.take_stdin().unwrap());
        let mut peer = welcome(&server);
        peer.send_text("1 ben: hello").unwrap();
        assert_eq!(program.stdout_line(TIMEOUT).unwrap(), WELCOME);
        assert_eq!(program.stdout_line(TIMEOUT).unwrap(), "1 ben: hello");
        program.signal(Signal::INT).unwrap();
        assert_eq!(peer.answer_close().unwrap(), Some(1000));
        assert_eq!(exit_code(&mut program), Some(0));
    });
}

#[test]
fn timestamps_option_adds_the_local_time() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let path = Path::new(env!("CARGO_BIN_EXE_chat-client"));
        let args = [server.url().unwrap(), "--timestamps".to_owned()];
        let program = Program::start(path, &args, &[("TZ", "UTC-14"), ("USER", "anna")]).unwrap();
        let _peer = welcome(&server);
        let line = program.stdout_line(TIMEOUT).unwrap();
        let (time, rest) = line.split_once(' ').unwrap();
        assert_eq!(rest, WELCOME);
        let since = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() + 14 * 3600;
        let hour = since / 3600 % 24;
        let before = (hour + 23) % 24;
        assert!(
            [hour, before]
                .iter()
                .any(|hour| time.starts_with(&format!("{hour:02}:"))),
            "{time}"
        );
    });
}
