//! A TLS peer. It decrypts, in memory, the bytes that were read from its socket.

use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;

use blocking_chat::client::connect::target::Trust;
use blocking_chat::client::connect::tcp::Budget;
use blocking_chat::client::connect::transport::TransportStream;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};

use crate::support::process::TIMEOUT;
use crate::write_side::{Security, TransportAndPeer, connection};

/// A TLS server with a self-signed certificate.
pub struct Server(Arc<ServerConfig>);

struct Tls(ServerConnection);

impl Server {
    pub fn new() -> Server {
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(own.key_pair.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        Server(Arc::new(config))
    }

    /// Opens a connection and completes its TLS handshake. Returns the client's transport and the server's side as the
    /// peer.
    pub fn connect(&self) -> TransportAndPeer {
        let (ours, peer) = connection();
        let mut tls = ServerConnection::new(Arc::clone(&self.0)).unwrap();
        let client = thread::spawn(move || {
            let url = "wss://localhost/".parse().unwrap();
            let trust = Trust {
                is_insecure: true,
                ..Trust::default()
            };
            TransportStream::open(ours, &url, &trust, &Budget::new(TIMEOUT)).unwrap()
        });
        while tls.is_handshaking() {
            tls.complete_io(&mut &peer).unwrap();
        }
        // Write the session tickets for later connections.
        while tls.wants_write() {
            tls.write_tls(&mut &peer).unwrap();
        }
        TransportAndPeer {
            transport: Arc::new(client.join().unwrap()),
            peer,
            security: Box::new(Tls(tls)),
        }
    }
}

impl Security for Tls {
    fn decrypt(&mut self, mut bytes: &[u8], plain: &mut Vec<u8>) {
        while !bytes.is_empty() {
            self.0.read_tls(&mut bytes).unwrap();
            let state = self.0.process_new_packets().unwrap();
            let begin = plain.len();
            plain.resize(begin + state.plaintext_bytes_to_read(), 0);
            self.0.reader().read_exact(&mut plain[begin..]).unwrap();
        }
    }

    fn update_keys(&mut self) -> Vec<u8> {
        self.0.refresh_traffic_keys().unwrap();
        self.0.writer().write_all(b"!").unwrap();
        let mut records = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut records).unwrap();
        }
        records
    }
}
