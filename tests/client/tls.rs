//! `wss://`: two blocking threads on one TLS connection.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, date_time_ymd,
};
use rustix::net::sockopt;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::support::scripted_server::{Frame, decode_masked};
use super::support::wait::retry_on_delay;
use super::*;

/// A certificate for some host names, and its file for `--ca-file`. Dropping this value removes the file.
pub struct Certificate {
    pub der: CertificateDer<'static>,
    pub key: KeyPair,
    pub file: PathBuf,
}

impl Certificate {
    pub fn new(names: &[&str]) -> Certificate {
        Certificate::with(names, |_| {})
    }

    fn with(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Certificate {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut params = CertificateParams::new(names).unwrap();
        let own_name = format!("certificate {count}");
        params.distinguished_name.push(DnType::CommonName, own_name);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let name = format!("blocking-chat-{}-{count}.pem", std::process::id());
        let file = std::env::temp_dir().join(name);
        fs::write(&file, certificate.pem()).unwrap();
        let der = certificate.der().clone();
        Certificate { der, key, file }
    }

    pub fn path(&self) -> &str {
        self.file.to_str().unwrap()
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

/// A server with TLS that accepts one client at a time.
struct TlsServer {
    listener: TcpListener,
    config: Arc<ServerConfig>,
}

struct TlsPeer {
    stream: StreamOwned<ServerConnection, TcpStream>,
    unread: Vec<u8>,
}

impl TlsServer {
    fn start(certificate: &Certificate, buffer: usize) -> TlsServer {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        // An accepted socket inherits the listener's buffer sizes.
        sockopt::set_socket_recv_buffer_size(&listener, buffer).unwrap();
        sockopt::set_socket_send_buffer_size(&listener, buffer).unwrap();
        let key = PrivateKeyDer::try_from(certificate.key.serialize_der()).unwrap();
        let key = ring::sign::any_supported_type(&key).unwrap();
        // `CertifiedKey::new` does not check the certificate, so a test can use a bad one.
        let certified = CertifiedKey::new(vec![certificate.der.clone()], key);
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        let config = Arc::new(config);
        TlsServer { listener, config }
    }

    fn url(&self, host: &str) -> String {
        format!(
            "wss://{host}:{}/",
            self.listener.local_addr().unwrap().port()
        )
    }

    fn accept(&self) -> TlsPeer {
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.set_write_timeout(Some(TIMEOUT)).unwrap();
        let connection = ServerConnection::new(Arc::clone(&self.config)).unwrap();
        let stream = StreamOwned::new(connection, stream);
        let unread = Vec::new();
        TlsPeer { stream, unread }
    }

    /// Accepts the next client as our chat server does: sends the 101, the welcome, and the first Pong.
    fn welcome(&self) -> TlsPeer {
        let mut peer = self.accept();
        while !peer.unread.ends_with(b"\r\n\r\n") {
            peer.read_more();
        }
        let head = std::mem::take(&mut peer.unread);
        let head = String::from_utf8(head).unwrap();
        let answer = switching_protocols(&head).unwrap();
        peer.stream.write_all(&answer).unwrap();
        peer.send(TEXT, WELCOME.as_bytes());
        let ping = peer.read_frame();
        assert_eq!(ping.opcode, PING);
        peer.send(PONG, &ping.payload);
        peer
    }
}

impl TlsPeer {
    fn read_more(&mut self) {
        let mut bytes = [0; 16 * 1024];
        let read = self.stream.read(&mut bytes).unwrap();
        assert!(read > 0);
        self.unread.extend_from_slice(&bytes[..read]);
    }

    fn read_frame(&mut self) -> Frame {
        loop {
            if let Some((frame, length)) = decode_masked(&self.unread).unwrap() {
                self.unread.drain(..length);
                return frame;
            }
            self.read_more();
        }
    }

    fn send(&mut self, opcode: u8, payload: &[u8]) {
        let mut frame = vec![0x80 | opcode];
        match payload.len() {
            length @ 0..=125 => frame.push(length as u8),
            length => {
                frame.push(126);
                frame.extend((length as u16).to_be_bytes());
            }
        }
        frame.extend(payload);
        self.stream.write_all(&frame).unwrap();
        self.stream.flush().unwrap();
    }

    /// Answers Pings until the client sends a Close, and echoes the Close.
    fn answer_until_close(mut self) {
        loop {
            let frame = self.read_frame();
            match frame.opcode {
                PING => self.send(PONG, &frame.payload),
                CLOSE => return self.send(CLOSE, &frame.payload),
                PONG => {}
                opcode => panic!("{opcode}"),
            }
        }
    }
}

#[test]
fn tls_carries_lines_both_ways_and_closes_cleanly() {
    within(LIMIT, || {
        let certificate = Certificate::new(&["localhost"]);
        let server = TlsServer::start(&certificate, 1 << 16);
        let url = server.url("localhost");
        let mut program = client(&[&url, "--ca-file", certificate.path()]);
        let mut stdin = program.take_stdin().unwrap();
        stdin.write_all(b"hello\n").unwrap();
        drop(stdin);
        let mut peer = server.welcome();
        let text = peer.read_frame();
        assert_eq!(text.payload, b"hello");
        peer.send(TEXT, b"1 anna: hello");
        peer.answer_until_close();
        assert_eq!(exit_code(&mut program), Some(0));
        let printed = program.rest_of_stdout(TIMEOUT).unwrap();
        assert_eq!(printed, [WELCOME, "1 anna: hello"]);
        assert_eq!(stderr(&program), "");
    });
}

/// With one lock for both directions, the client and the server would deadlock. After every 100 lines, the server also
/// updates its TLS keys, and the client must send its TLS library's reply.
#[test]
fn ten_megabytes_each_way_over_tls_do_not_deadlock() {
    let scenario = || {
        let certificate = Certificate::new(&["127.0.0.1"]);
        let server = TlsServer::start(&certificate, 16 * 1024);
        let url = server.url("127.0.0.1");
        let mut program = client(&[&url, "--ca-file", certificate.path()]);
        let mut peer = server.welcome();
        let line = "x".repeat(4095) + "\n";
        let lines = 10_000_000 / line.len();
        let mut stdin = program.take_stdin().unwrap();
        let writer = thread::spawn(move || {
            for _ in 0..lines {
                stdin.write_all(line.as_bytes()).unwrap();
            }
        });
        let mut pongs = 0;
        for number in 1..=lines {
            let text = loop {
                let frame = peer.read_frame();
                match frame.opcode {
                    TEXT => break frame.payload,
                    PONG => pongs += 1,
                    opcode => panic!("{opcode}"),
                }
            };
            if number % 100 == 0 {
                peer.stream.conn.refresh_traffic_keys().unwrap();
            }
            peer.send(PING, b"are you there?");
            let mut said = format!("{number} anna: ").into_bytes();
            said.extend(text);
            peer.send(TEXT, &said);
        }
        writer.join().unwrap();
        assert!(pongs > 0);
        peer.answer_until_close();
        assert_eq!(exit_code(&mut program), Some(0));
        assert_eq!(program.rest_of_stdout(TIMEOUT).unwrap().len(), lines + 1);
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn tls_ping_is_answered_while_stdin_blocks() {
    within(LIMIT, || {
        let certificate = Certificate::new(&["localhost"]);
        let server = TlsServer::start(&certificate, 1 << 16);
        let _program = client(&[&server.url("localhost"), "--insecure"]);
        let mut peer = server.welcome();
        for payload in [&b""[..], b"1", &[b'x'; 125]] {
            peer.stream.conn.refresh_traffic_keys().unwrap();
            peer.send(PING, payload);
            let pong = peer.read_frame();
            assert_eq!((pong.opcode, pong.payload.as_slice()), (PONG, payload));
        }
    });
}

/// Connects a client to a server with this certificate, and returns the client's error. The client trusts the
/// certificates in the file `trusted`.
fn refusal(certificate: &Certificate, host: &str, trusted: &str) -> String {
    let server = TlsServer::start(certificate, 1 << 16);
    let mut program = client(&[&server.url(host), "--ca-file", trusted]);
    let mut peer = server.accept();
    let _ = peer.stream.read(&mut [0]);
    assert_eq!(exit_code(&mut program), Some(1));
    stderr(&program)
}

#[test]
fn bad_certificates_are_explained() {
    within(LIMIT, || {
        let old = Certificate::with(&["localhost"], |params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        });
        assert_eq!(
            refusal(&old, "localhost", old.path()),
            "chat-client: the certificate of localhost has expired"
        );
        let other = Certificate::new(&["chat.example"]);
        assert_eq!(
            refusal(&other, "localhost", other.path()),
            "chat-client: the certificate of localhost is for another host"
        );
        let own = Certificate::new(&["localhost"]);
        assert_eq!(
            refusal(&own, "localhost", other.path()),
            "chat-client: the certificate of localhost is self-signed or signed by an unknown authority: \
             trust it with --ca-file FILE"
        );
        // `openssl req -x509` creates a certificate for an authority. The client rejects it even if the user trusts it.
        let authority = Certificate::with(&["localhost"], |params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        });
        for trusted in [authority.path(), other.path()] {
            assert_eq!(
                refusal(&authority, "localhost", trusted),
                "chat-client: the certificate of localhost is for an authority, not for a server: \
                 create one with CA:FALSE, or accept it with --insecure"
            );
        }
        let client = Certificate::with(&["localhost"], |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        });
        assert_eq!(
            refusal(&client, "localhost", client.path()),
            "chat-client: the certificate of localhost is not for a server"
        );
        let strange = Certificate::with(&["localhost"], |params| {
            let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
            extension.set_criticality(true);
            params.custom_extensions = vec![extension];
        });
        assert_eq!(
            refusal(&strange, "localhost", strange.path()),
            "chat-client: the certificate of localhost uses a feature that this client does not support"
        );
        let mut damaged = Certificate::new(&["localhost"]);
        damaged.der = CertificateDer::from(vec![0; 100]);
        assert_eq!(
            refusal(&damaged, "localhost", damaged.path()),
            "chat-client: the certificate of localhost is damaged"
        );
    });
}

#[test]
fn bad_ca_file_and_server_without_tls_are_reported() {
    within(LIMIT, || {
        let server = ScriptedServer::start().unwrap();
        let url = server.url().unwrap().replace("ws://", "wss://");
        let mut program = client(&[&url, "--insecure"]);
        let mut peer = server.accept().unwrap();
        peer.send_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        assert_eq!(exit_code(&mut program), Some(1));
        assert_eq!(
            stderr(&program),
            "chat-client: the server does not speak TLS: use ws://"
        );
        let mut program = client(&[&url, "--ca-file", "/dev/null"]);
        assert_eq!(exit_code(&mut program), Some(1));
        assert!(stderr(&program).contains("cannot use /dev/null as --ca-file"));
    });
}
