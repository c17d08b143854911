//! The server behind nginx and Caddy as configured in the guide, and clients that connect through them.

use std::fs::{self, Permissions};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustix::process::geteuid;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::support::chat::Chat;
use super::support::metrics::until_counted;
use super::support::ports::free_port;
use super::support::programs::find;
use super::support::wait::CHECK_INTERVAL;
use super::tls::Certificate;
use super::*;

const GUIDE: &str = include_str!("../../src/guide/running.md");

/// Returns the configuration in a chapter of the guide, with these replacements.
fn configuration(chapter: &str, changes: &[(&str, &str)]) -> String {
    let (_, rest) = GUIDE.split_once(&format!("\n# {chapter}\n")).unwrap();
    let (_, rest) = rest.split_once("```text\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in the guide");
        text.replace(from, to)
    })
}

/// A proxy with TLS, the server behind it, and the folder for the proxy's files. Dropping this value ends both programs
/// and removes the folder.
struct Proxied {
    _proxy: Program,
    chat: Chat,
    port: u16,
    certificate: Certificate,
    folder: PathBuf,
}

impl Proxied {
    /// Starts the server and a proxy in front of it. `command` takes the folder, the proxy's port and the server's
    /// address, and builds the command that starts the proxy.
    fn start(name: &str, command: impl Fn(&Path, u16, &str) -> Command) -> Proxied {
        let certificate = Certificate::new(&["localhost"]);
        let folder = std::env::temp_dir();
        let folder = folder.join(format!("blocking-chat-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
        fs::write(folder.join("key.pem"), certificate.key.serialize_pem()).unwrap();
        fs::copy(&certificate.file, folder.join("certificate.pem")).unwrap();
        loop {
            let port = free_port();
            let origin = format!("https://localhost:{port}");
            // On a busy machine, the server may have to queue the echo of everything that the client has sent.
            let backlog = ["--backlog", "20000000"];
            let options = ["--allow-origin", &origin, "--trust-proxy"];
            let chat = Chat::ours(&[&options[..], &backlog].concat());
            let mut command = command(&folder, port, &chat.address.to_string());
            if geteuid().is_root() {
                // Run the proxy as the unprivileged user `nobody`.
                command.uid(65534).gid(65534);
            }
            command.env("HOME", &folder).current_dir(&folder);
            let proxy = Program::spawn(command.stderr(Stdio::piped())).unwrap();
            if let Some(proxy) = listening(proxy, port) {
                return Proxied {
                    _proxy: proxy,
                    chat,
                    port,
                    certificate,
                    folder,
                };
            }
        }
    }

    fn client(&self, target: &str, args: &[&str]) -> Program {
        let url = format!("wss://localhost:{}{target}", self.port);
        client(&[&[url.as_str(), "--ca-file", self.certificate.path()], args].concat())
    }

    /// Sends a request over HTTPS and returns the response.
    fn get(&self, target: &str) -> String {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = "localhost".try_into().unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = Vec::new();
        // A proxy may close the connection without TLS's close_notify, which rustls reports as an error.
        let _ = stream.read_to_end(&mut response);
        String::from_utf8(response).unwrap()
    }
}

impl Drop for Proxied {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Waits until the proxy listens. Returns `None` if another program has taken the port.
fn listening(mut proxy: Program, port: u16) -> Option<Program> {
    loop {
        if proxy.wait(CHECK_INTERVAL).is_ok() {
            let log = stderr(&proxy);
            assert!(log.contains("ddress already in use"), "{log}");
            return None;
        }
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some(proxy);
        }
    }
}

/// Starts nginx. If nginx is not installed, returns `None`, or panics if `REQUIRE_PROGRAMS` is set. The first lines of
/// its configuration let an unprivileged user run nginx as a single process.
fn nginx() -> Option<Proxied> {
    let program = find("nginx")?;
    Some(Proxied::start("nginx", move |folder, port, server| {
        let site = configuration(
            "nginx",
            &[
                ("listen 443 ssl", &format!("listen 127.0.0.1:{port} ssl")),
                ("chat.example.org;", "localhost;"),
                (
                    "/etc/letsencrypt/live/chat.example.org/fullchain.pem",
                    "certificate.pem",
                ),
                (
                    "/etc/letsencrypt/live/chat.example.org/privkey.pem",
                    "key.pem",
                ),
                ("127.0.0.1:9001", server),
            ],
        );
        let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let paths = kinds
            .map(|kind| format!("{kind}_temp_path temp;\n"))
            .concat();
        let text = format!(
            "daemon off; master_process off; pid pid; error_log stderr;\n\
events {{}}\nhttp {{\naccess_log off;\n{paths}{site}}}\n"
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, text).unwrap();
        let mut command = Command::new(&program);
        command
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(file)
            .args(["-e", "stderr"]);
        command
    }))
}

/// Starts Caddy. If Caddy is not installed, returns `None`, or panics if `REQUIRE_PROGRAMS` is set. Caddy uses the
/// test's certificate and requests none from an authority.
fn caddy() -> Option<Proxied> {
    let program = find("caddy")?;
    Some(Proxied::start("caddy", move |folder, port, server| {
        let address = format!("https://localhost:{port} {{\n    tls certificate.pem key.pem");
        let changes = [
            ("chat.example.org {", address.as_str()),
            ("127.0.0.1:9001", server),
        ];
        let site = configuration("Caddy", &changes);
        let options = "admin off\nauto_https off\ndefault_bind 127.0.0.1";
        let file = folder.join("Caddyfile");
        fs::write(&file, format!("{{\n{options}\n}}\n{site}")).unwrap();
        let mut command = Command::new(&program);
        command
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(file);
        command
    }))
}

/// Checks that a line reaches another client and a long poll, and that both clients leave cleanly.
fn chats_and_polls(proxied: &Proxied) {
    let ben = proxied.client("/", &["--name", "ben", "--no-input"]);
    assert!(
        ben.stdout_line(TIMEOUT)
            .unwrap()
            .starts_with("* you are ben in room ")
    );
    assert_eq!(ben.stdout_line(TIMEOUT).unwrap(), "1 * ben joined");
    let mut anna = proxied.client("/", &["--name", "anna"]);
    assert_eq!(ben.stdout_line(TIMEOUT).unwrap(), "2 * anna joined");
    thread::scope(|scope| {
        let polled = scope.spawn(|| proxied.get("/lines?since=2&wait=30"));
        let waits = "chat_requests_total{technique=\"long_polling\"}";
        until_counted(&proxied.chat, &[(waits, 1)]);
        let mut stdin = anna.take_stdin().unwrap();
        stdin.write_all(b"hello\n").unwrap();
        drop(stdin);
        let polled = polled.join().unwrap();
        assert!(polled.contains("3 anna: hello"), "{polled}");
    });
    for line in ["3 anna: hello", "4 * anna left"] {
        assert_eq!(ben.stdout_line(TIMEOUT).unwrap(), line);
    }
    assert_eq!(
        (exit_code(&mut anna), stderr(&anna)),
        (Some(0), String::new())
    );
    ben.signal(Signal::TERM).unwrap();
    let left = |line: &String| {
        line.contains("127.0.0.1 through 127.0.0.1:") && line.contains("left with Close 1000")
    };
    let log = (0..).map(|_| proxied.chat.program.stderr_line(TIMEOUT).unwrap());
    assert_eq!(log.filter(left).take(2).count(), 2);
}

/// Sends 10 MB to `/echo`, and receives the echo at the same time.
fn echoes_ten_megabytes(proxied: &Proxied) {
    let mut client = proxied.client("/echo", &[]);
    let line = "x".repeat(4095) + "\n";
    let lines = 10_000_000 / line.len();
    let mut stdin = client.take_stdin().unwrap();
    let writer = thread::spawn(move || {
        for _ in 0..lines {
            stdin.write_all(line.as_bytes()).unwrap();
        }
    });
    let echoed = client.rest_of_stdout(LIMIT).unwrap();
    writer.join().unwrap();
    assert_eq!(
        (exit_code(&mut client), stderr(&client)),
        (Some(0), String::new())
    );
    assert_eq!(echoed.len(), lines);
    assert!(echoed.iter().all(|line| line.len() == 4095));
}

#[test]
fn nginx_works_with_the_configuration_in_the_guide() {
    within(LIMIT, || {
        if let Some(proxied) = nginx() {
            chats_and_polls(&proxied);
            echoes_ten_megabytes(&proxied);
        }
    });
}

#[test]
fn caddy_works_with_the_configuration_in_the_guide() {
    within(LIMIT, || {
        if let Some(proxied) = caddy() {
            chats_and_polls(&proxied);
            echoes_ten_megabytes(&proxied);
        }
    });
}
