//! The command line: the options and the URL.

use super::*;

const NO_TLS: &str = "--ca-file and --insecure need a wss:// URL, and there is none";

#[test]
fn wrong_usage_is_explained_and_exits_with_code_2() {
    within(LIMIT, || {
        for (args, sentence) in [
            (
                &["--name", "a b"][..],
                "a name has 1 to 32 letters or digits of any script, dots, dashes and underscores",
            ),
            (
                &["--name", ""],
                "a name has 1 to 32 letters or digits of any script, dots, dashes and underscores",
            ),
            (
                &["localhost:9001"],
                "the URL must begin with ws:// or wss://, as in ws://127.0.0.1:9001/",
            ),
            (
                &["ws://пример.invalid/"],
                "the host in a URL must be in its ASCII form, which begins with xn--",
            ),
            (&["--insecure"], NO_TLS),
            (&["ws://a/", "ws://b/", "--ca-file", "root.pem"], NO_TLS),
        ] {
            let mut program = client(args);
            assert_eq!(exit_code(&mut program), Some(2), "{args:?}");
            let stderr = stderr(&program);
            assert!(
                stderr.lines().next().unwrap().ends_with(sentence),
                "{stderr}"
            );
        }
    });
}

#[test]
fn url_is_parsed_into_its_parts() {
    let url: Url = "ws://[::1]:9001".parse().unwrap();
    assert_eq!((url.host.as_str(), url.port), ("::1", 9001));
    assert_eq!(
        (url.authority.as_str(), url.target.as_str()),
        ("[::1]:9001", "/")
    );
    assert_eq!(url.host_and_port(), "[::1]:9001");
    let url: Url = "ws://example.org?room=x#fragment".parse().unwrap();
    assert_eq!(
        (url.host.as_str(), url.port, url.target.as_str()),
        ("example.org", 80, "/?room=x")
    );
    assert_eq!(url.host_and_port(), "example.org:80");
    for (text, target) in [
        ("ws://h", "/?name=anna"),
        ("ws://h/echo?", "/echo?name=anna"),
        ("ws://h/?since=0", "/?since=0&name=anna"),
        ("ws://h/?name=", "/?name="),
        ("ws://h/?surname=x", "/?surname=x&name=anna"),
        ("ws://h/x?a&&b=", "/x?a&&b=&name=anna"),
        ("ws://h/?n%61me=x", "/?n%61me=x"),
    ] {
        assert_eq!(
            text.parse::<Url>()
                .unwrap()
                .with_default("name", "anna")
                .target,
            target
        );
    }
    for (text, why) in [
        ("", InvalidUrl::Malformed),
        ("ws://", InvalidUrl::Malformed),
        ("ws://h:99999/", InvalidUrl::Port),
        ("ws://h:abc/", InvalidUrl::Port),
        ("ws://[::1]:x/", InvalidUrl::Port),
        ("ws://h:/", InvalidUrl::Port),
        ("ws://[::1/", InvalidUrl::Malformed),
        ("ws://:9001/", InvalidUrl::Malformed),
        ("ws://a b/", InvalidUrl::Malformed),
        ("http://h/", InvalidUrl::Scheme),
        ("h", InvalidUrl::Scheme),
        ("ws://anna@h/", InvalidUrl::User),
    ] {
        assert_eq!(text.parse::<Url>(), Err(why), "{text:?}");
    }
}

#[test]
fn client_with_no_input_leaves_when_its_wait_is_over() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let url = server.url().unwrap();
        let mut program = reconnecting_client(&[&url, "--no-input", "--wait", "0.2"]);
        let begin = Instant::now();
        let mut peer = welcome(&server);
        // The client waits neither for the end of its input, which stays open here, nor for a receipt.
        let _input = program.take_stdin().unwrap();
        assert_eq!(peer.answer_close().unwrap(), Some(1000));
        assert_eq!(exit_code(&mut program), Some(0));
        assert!(begin.elapsed() >= Duration::from_millis(200));
        assert_eq!(program.rest_of_stdout(TIMEOUT).unwrap(), [WELCOME]);
    });
}
