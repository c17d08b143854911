//! The room, used by an independent HTTP client: ureq.

use std::time::{Duration, Instant};

use ureq::{Agent, Body, http::Response};

use crate::support::chat::{Chat, LIMIT};
use crate::support::resources::threads;
use crate::support::watchdog::within;

/// Returns a client that accepts responses with any status, and whose requests time out after [`LIMIT`].
fn client() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(LIMIT)).build().into()
}

fn status_and_body(answer: Result<Response<Body>, ureq::Error>) -> (u16, String) {
    let mut answer = answer.unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), body)
}

fn answer(status: u16, body: &str) -> (u16, String) {
    (status, body.to_owned())
}

#[test]
fn ureq_polls_posts_and_waits_on_one_connection() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let lines = format!("http://{}/lines", chat.address);
        let client = client();
        assert_eq!(status_and_body(client.get(&lines).call()), answer(200, ""));
        for number in 1..=20 {
            let said = client.post(format!("{lines}?name=anna")).send("hello\n");
            assert_eq!(
                status_and_body(said),
                answer(201, &format!("{number} anna: hello\n"))
            );
        }
        let some = client
            .get(format!("{lines}?since=17&until=19&wait=60"))
            .call();
        assert_eq!(
            status_and_body(some),
            answer(200, "18 anna: hello\n19 anna: hello\n")
        );
        let begun = Instant::now();
        let none = client.get(format!("{lines}?since=20&wait=1")).call();
        assert_eq!(status_and_body(none), answer(200, ""));
        assert!(begun.elapsed() >= Duration::from_secs(1));
        assert_eq!(status_and_body(client.head(&lines).call()), answer(200, ""));
        // ureq has read each response completely, so it has sent all requests on one connection.
        assert_eq!(threads(chat.program.id(), "conn-"), 1);
    });
}

#[test]
fn ureq_posts_lines_in_chunks() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let url = format!("http://{}/lines?name=ben", chat.address);
        let client = client();
        let say = |body: &str| {
            // Without a known length, ureq sends the body in chunks.
            let body = ureq::SendBody::from_owned_reader(std::io::Cursor::new(body.to_owned()));
            status_and_body(client.post(&url).send(body))
        };
        assert_eq!(say("hello"), (201, "1 ben: hello\n".to_owned()));
        assert_eq!(say(&"x\n".repeat(500)).0, 201);
        let long = "x".repeat(16_384);
        assert_eq!(say(&long), (201, format!("502 ben: {long}\n")));
        assert_eq!(say(&"x".repeat(16_385)).0, 413);
    });
}

#[test]
fn ureq_reads_the_status_and_body_of_refusals() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let _anna = chat.member("anna");
        let url = |target: &str| format!("http://{}{target}", chat.address);
        let client = client();
        let get = |target: &str| status_and_body(client.get(url(target)).call());
        assert_eq!(get("/").0, 200);
        let refused = [
            get("/lines?since=x"),
            get("/echo"),
            get("/nothing"),
            status_and_body(client.delete(url("/lines")).call()),
            status_and_body(client.post(url("/lines?name=anna")).send("hello")),
            status_and_body(client.post(url("/lines?name=ben")).send("x\n".repeat(1001))),
            status_and_body(
                client
                    .post(url("/lines?name=ben"))
                    .send("x".repeat(100_000)),
            ),
            status_and_body(
                client
                    .get(url("/lines"))
                    .header("Origin", "http://x.org")
                    .call(),
            ),
        ];
        let statuses = refused.each_ref().map(|(status, _)| *status);
        assert_eq!(statuses, [400, 426, 404, 405, 409, 413, 413, 403]);
        assert!(
            refused.iter().all(|(_, body)| body.ends_with(".\n")),
            "{refused:?}"
        );
    });
}
