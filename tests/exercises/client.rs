//! A client in 40 lines, in any language.

use std::io::Write;

use crate::mine;
use crate::support::process::{Program, TIMEOUT};
use crate::support::raw_frame::{PING, PONG, TEXT};
use crate::support::scripted_server::ScriptedServer;
use crate::support::watchdog::within;

#[test]
#[ignore = "an exercise: CLIENT='node client.js' or tests/exercises/mine/client.py"]
fn client_in_40_lines_talks_listens_and_leaves() {
    let server = ScriptedServer::start().unwrap();
    let mut command = mine::program("CLIENT", "client.py", &[&server.url().unwrap()]);
    within(mine::LIMIT, || {
        let mut client = Program::spawn(&mut command).unwrap();
        let mut stdin = client.take_stdin().unwrap();
        let mut peer = server.open().unwrap();
        // A line appears even if nothing is typed. This one is so long that the header of its frame has 4 bytes.
        let long = format!("1 ben: {}", "é".repeat(200));
        peer.send_text(&long).unwrap();
        assert_eq!(mine::printed(&client), long);
        // `expect` fails if the frame has no mask.
        for text in ["hello", &long] {
            writeln!(stdin, "{text}").unwrap();
            assert_eq!(peer.expect(TEXT).unwrap(), text.as_bytes());
        }
        peer.send(PING, b"are you there?").unwrap();
        assert_eq!(peer.expect(PONG).unwrap(), b"are you there?");
        drop(stdin);
        let code = peer
            .answer_close()
            .expect("The client must leave with a Close.");
        assert!(matches!(code, None | Some(1000)), "Close {code:?}");
        assert!(client.wait(TIMEOUT).unwrap().success());
    });
}
