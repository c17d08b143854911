//! Which Hosts and Origins the server accepts.

use blocking_chat::server::http::head::Head;
use blocking_chat::server::http::origin::{Origin, check};

/// Returns the status of the refusal, or 0 if the request is accepted.
fn status(fields: &[(&str, &str)], allowed: &[&str]) -> u16 {
    let fields: String = fields
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!("GET / HTTP/1.1\r\n{fields}\r\n");
    let (head, _) = Head::parse(head.as_bytes()).unwrap().unwrap();
    let allowed: Vec<Origin> = allowed
        .iter()
        .map(|origin| origin.parse().unwrap())
        .collect();
    check(&head, &allowed)
        .err()
        .map_or(0, |refusal| refusal.status)
}

fn host(host: &str) -> u16 {
    status(&[("Host", host)], &[])
}

fn origin(host: &str, origin: &str, allowed: &[&str]) -> u16 {
    status(&[("Host", host), ("Origin", origin)], allowed)
}

#[test]
fn host_that_no_stranger_can_register_is_accepted() {
    for name in [
        "127.0.0.1",
        "127.0.0.1:9001",
        "192.168.1.20:80",
        "[::1]",
        "[::1]:9001",
        "[fe80::1]:9001",
        "localhost",
        "LocalHost:9001",
        "lab-7",
        "lab-7:9001",
        "annas-laptop.local",
        "Annas-Laptop.LOCAL:9001",
        "localhost.",
        "x.localhost",
        "a.b.LocalHost.:9001",
    ] {
        assert_eq!(host(name), 0, "{name}");
    }
}

#[test]
fn host_that_may_resolve_anywhere_is_refused() {
    for name in [
        "evil.example",
        "evil.example:9001",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example.",
        "local.evil.example",
        "evil.nonlocal",
        "evil.local.example",
        "evil.notlocalhost",
        "127.1",
        "0x7f.0.0.1",
    ] {
        assert_eq!(host(name), 403, "{name}");
    }
}

#[test]
fn missing_repeated_or_invalid_host_gets_400() {
    assert_eq!(status(&[], &[]), 400);
    assert_eq!(
        status(&[("Host", "localhost"), ("host", "localhost")], &[]),
        400
    );
    for none in [
        "",
        ":9001",
        ".",
        ".local",
        ".localhost",
        "a..local",
        "a b",
        "a/b",
        "user@localhost",
        "localhost:x",
        "localhost:65536",
        "localhost:-1",
        "localhost:+80",
        "localhost:80:80",
        "localhost%00",
        "local%68ost",
        "a,b",
        "[::1]80",
        "[::1]x:80",
        "x[::1]:80",
        "[::1%25eth0]",
        "@localhost",
        "user:pass@[::1]:80",
        "[::1",
        "[::g]",
        "[127.0.0.1]",
        "::1",
    ] {
        assert_eq!(host(none), 400, "{none:?}");
    }
}

#[test]
fn host_of_an_allowed_origin_is_accepted() {
    let allowed = ["https://chat.example.org"];
    for name in [
        "chat.example.org",
        "chat.example.org:9001",
        "CHAT.example.org",
    ] {
        assert_eq!(status(&[("Host", name)], &allowed), 0, "{name}");
    }
    assert_eq!(status(&[("Host", "www.chat.example.org")], &allowed), 403);
    assert_eq!(status(&[("Host", "example.org")], &allowed), 403);
}

#[test]
fn servers_own_pages_are_accepted() {
    for (host, page) in [
        ("localhost:9001", "http://localhost:9001"),
        ("LOCALHOST:9001", "http://localhost:9001"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("127.0.0.1:80", "http://127.0.0.1"),
        ("lab-7", "https://lab-7"),
        ("[::1]:9001", "http://[::1]:9001"),
    ] {
        assert_eq!(origin(host, page, &[]), 0, "{host} {page}");
    }
}

#[test]
fn pages_of_other_servers_are_refused() {
    for page in [
        "http://evil.example",
        "http://localhost",
        "http://localhost:9002",
        "http://127.0.0.1:9001",
        "http://localhost:9001.evil.example",
        "http://localhost.evil.example:9001",
        "null",
        "",
        "file://",
        "localhost:9001",
        "http://localhost:9001/",
        "http://evil.example, http://localhost:9001",
    ] {
        assert_eq!(origin("localhost:9001", page, &[]), 403, "{page}");
    }
}

#[test]
fn only_the_exact_allowed_origin_is_accepted() {
    let allowed = ["https://chat.example.org", "http://localhost:3000"];
    for page in allowed {
        assert_eq!(origin("localhost:9001", page, &allowed), 0, "{page}");
    }
    for page in [
        "http://chat.example.org",
        "https://chat.example.org:444",
        "https://example.org",
        "https://a.chat.example.org",
        "http://localhost:3001",
    ] {
        assert_eq!(origin("localhost:9001", page, &allowed), 403, "{page}");
    }
}

#[test]
fn scheme_and_port_are_part_of_an_origin() {
    let (host_name, allowed) = ("chat.example.org", ["https://chat.example.org"]);
    for page in ["https://chat.example.org", "HTTPS://Chat.Example.ORG:443"] {
        for host in ["chat.example.org", "chat.example.org:443", "localhost:9001"] {
            assert_eq!(origin(host, page, &allowed), 0, "{host} {page}");
        }
    }
    for page in [
        "http://chat.example.org",
        "http://chat.example.org:443",
        "https://chat.example.org:80",
        "https://chat.example.org:9001",
        "foo://chat.example.org",
        "ws://chat.example.org",
        "wss://chat.example.org",
        "null",
    ] {
        assert_eq!(origin(host_name, page, &allowed), 403, "{page}");
        let host = "chat.example.org:9001";
        assert_eq!(origin(host, page, &allowed), 403, "{host} {page}");
    }
    let with_default_port = ["http://chat.example.org:80"];
    assert_eq!(
        origin(host_name, "http://chat.example.org", &with_default_port),
        0
    );
    // An Origin with the server's host and port is the server's own only if its scheme is HTTP or HTTPS.
    for page in [
        "foo://localhost:9001",
        "ws://localhost:9001",
        "wss://localhost:9001",
    ] {
        assert_eq!(origin("localhost:9001", page, &[]), 403, "{page}");
    }
    let extension = ["chrome-extension://abc"];
    assert_eq!(
        origin("localhost:9001", "chrome-extension://abc", &extension),
        0
    );
}

#[test]
fn http_1_0_may_omit_host_but_its_origin_must_be_allowed() {
    let status = |fields: &str| {
        let head = format!("OPTIONS / HTTP/1.0\r\n{fields}\r\n");
        let (head, _) = Head::parse(head.as_bytes()).unwrap().unwrap();
        let allowed = ["https://chat.example.org".parse().unwrap()];
        check(&head, &allowed)
            .err()
            .map_or(0, |refusal| refusal.status)
    };
    assert_eq!(status(""), 0);
    assert_eq!(status("Host: evil.example\r\n"), 403);
    assert_eq!(status("Origin: http://localhost\r\n"), 403);
    assert_eq!(status("Origin: https://chat.example.org\r\n"), 0);
}

#[test]
fn two_origins_get_400() {
    let fields = [
        ("Host", "localhost"),
        ("Origin", "http://localhost"),
        ("Origin", "http://localhost"),
    ];
    assert_eq!(status(&fields, &[]), 400);
}

#[test]
fn invalid_origin_cannot_be_allowed() {
    for text in [
        "",
        "chat.example.org",
        "https://",
        "://x",
        "https://a/b",
        "*",
    ] {
        assert!(text.parse::<Origin>().is_err(), "{text:?}");
    }
}
