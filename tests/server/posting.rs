//! Lines posted over HTTP.

use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::HttpClient;
use crate::support::watchdog::within;

#[test]
fn posted_line_has_the_same_number_for_poster_and_members() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let mut client = HttpClient::connect(&chat);
        let response = client.post("/lines?name=ben", "hello\r\n\nworld\n");
        assert_eq!(response.status, 201);
        assert_eq!(response.lines(), ["2 ben: hello", "3 ben: world"]);
        assert!(response.field("Room").is_some());
        assert_eq!(
            anna.receive_until_number(3),
            ["2 ben: hello", "3 ben: world"]
        );
        assert_eq!(
            client.get("/lines?since=1").lines(),
            ["2 ben: hello", "3 ben: world"]
        );
    });
}

#[test]
fn posted_lines_are_cleaned_but_not_run_as_commands() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        for (said, received) in [
            ("/nick ben", "1 anna: /nick ben"),
            ("//who", "2 anna: //who"),
            ("\x1B[2J tab\t", "3 anna: \u{FFFD}[2J tab\t"),
            (
                "<script>alert(1)</script>",
                "4 anna: <script>alert(1)</script>",
            ),
        ] {
            assert_eq!(client.post("/lines?name=anna", said).lines(), [received]);
        }
        assert_eq!(
            client.post("/lines?name=%C3%89va", "é").lines(),
            ["5 Éva: é"]
        );
    });
}

#[test]
fn posting_under_the_name_of_a_member_is_refused() {
    within(LIMIT, || {
        let chat = Chat::start();
        let anna = chat.member("anna");
        let mut client = HttpClient::connect(&chat);
        let response = client.post("/lines?name=anna", "I am anna");
        assert_eq!((response.status, response.is_last()), (409, false));
        assert!(response.body.ends_with(".\n"), "{response:?}");
        anna.leave();
        client.get("/lines?since=1&wait=9");
        assert_eq!(
            client.post("/lines?name=anna", "now I am").lines(),
            ["3 anna: now I am"]
        );
    });
}

#[test]
fn invalid_post_is_refused() {
    within(LIMIT, || {
        let chat = Chat::start();
        let long_name = format!("/lines?name={}", "x".repeat(33));
        let thousand = "x\n".repeat(1000);
        for (target, body, expected) in [
            ("/lines", "hello", 400),
            ("/lines?name=", "hello", 400),
            ("/lines?name=two%20words", "hello", 400),
            (&long_name, "hello", 400),
            ("/lines?name=anna&name=ben", "hello", 400),
            ("/lines?name=anna", "", 400),
            ("/lines?name=anna", "\n\r\n\n", 400),
            ("/lines?name=anna", &(thousand.clone() + "x"), 413),
            ("/lines?name=anna", &"x".repeat(16_385), 413),
            ("/?name=anna", "hello", 405),
        ] {
            let mut client = HttpClient::connect(&chat);
            let response = client.post(target, body);
            assert_eq!(
                (response.status, response.is_last()),
                (expected, true),
                "{target}"
            );
            assert!(
                response.body.ends_with(".\n") && response.body.lines().count() == 1,
                "{response:?}"
            );
            client.expect_end();
        }
        let mut client = HttpClient::connect(&chat);
        client.send(b"POST /lines?name=anna HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n\xFF\xFE");
        assert_eq!(client.read_response().status, 400);
        let mut client = HttpClient::connect(&chat);
        assert_eq!(client.get("/lines").body, "");
        assert_eq!(
            client.post("/lines?name=anna", &thousand).lines().len(),
            1000
        );
        let longest = "x".repeat(16_384);
        let response = client.post("/lines?name=anna", &longest);
        assert_eq!(response.lines(), [format!("1001 anna: {longest}")]);
    });
}
