//! The page as a response. It is one file, and its content security policy limits what it may do in a browser.

use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::HttpClient;
use crate::support::watchdog::within;

#[test]
fn policy_allows_only_the_pages_own_script_and_style() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut client = HttpClient::connect(&chat);
        let nonces = [(); 2].map(|()| {
            let response = client.get("/");
            let policy = response.field("Content-Security-Policy").unwrap();
            let (_, nonce) = policy.split_once("script-src 'nonce-").unwrap();
            let nonce = nonce.split('\'').next().unwrap();
            let strict = format!(
                "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self' \
                 ws://localhost wss://localhost; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            );
            assert_eq!(policy, strict);
            for element in ["script", "style"] {
                let count = |start: String| response.body.matches(&start).count();
                assert_eq!(count(format!("<{element} nonce=\"{nonce}\">")), 1);
                assert_eq!(count(format!("<{element}")), 1);
            }
            nonce.to_owned()
        });
        assert!(nonces[0] != nonces[1] && nonces[0].len() == 32);
    });
}

#[test]
fn policy_allows_websockets_to_a_host_it_can_express() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut client = HttpClient::connect(&chat);
        for (host, sources) in [
            (
                "127.0.0.1:9001",
                "'self' ws://127.0.0.1:9001 wss://127.0.0.1:9001",
            ),
            ("lab-7.local", "'self' ws://lab-7.local wss://lab-7.local"),
            // The grammar of a policy cannot express the next two hosts.
            ("[::1]:9001", "'self'"),
            ("lab_7", "'self'"),
        ] {
            client.send(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            let response = client.read_response();
            let policy = response.field("Content-Security-Policy").unwrap();
            let wanted = format!("; connect-src {sources}; ");
            assert!(policy.contains(&wanted), "{policy}");
        }
    });
}

#[test]
fn page_is_one_file_and_builds_no_html_from_lines() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let page = HttpClient::connect(&chat).get("/").body;
        for never in [
            "http://",
            "https://",
            " src=",
            "@import",
            "url(",
            " onclick=",
            " onload=",
            " style=",
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ] {
            assert!(!page.contains(never), "{never}");
        }
        // The script has all fourteen parts, in order.
        let parts = (1..=14).map(|part| page.find(&format!("\n// {part}. ")).unwrap());
        assert!(parts.is_sorted());
    });
}
