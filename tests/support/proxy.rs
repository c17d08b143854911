//! A proxy that cuts a connection after a number of bytes.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Where and how the first connection is cut.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// The number of bytes before the cut.
    pub after: usize,
    /// Whether to count bytes from the server instead of bytes from the client.
    pub from_server: bool,
    /// Whether the server sees the end of the connection. If not, the server's side stays open until the proxy is
    /// dropped.
    pub server_knows: bool,
}

/// A proxy that forwards connections and cuts the first one.
pub struct Proxy {
    pub address: SocketAddr,
    is_over: Arc<AtomicBool>,
    has_cut: Arc<AtomicBool>,
}

impl Proxy {
    pub fn start(server: SocketAddr, cut: Cut) -> io::Result<Proxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let has_cut = Arc::new(AtomicBool::new(false));
        thread::spawn({
            let (is_over, has_cut) = (Arc::clone(&is_over), Arc::clone(&has_cut));
            move || {
                let mut kept = Vec::new();
                let mut cut = Some(cut);
                for client in listener.incoming().map_while(Result::ok) {
                    if is_over.load(Ordering::Acquire) {
                        break;
                    }
                    let Ok(server) = TcpStream::connect(server) else {
                        break;
                    };
                    forward(client, server, cut.take(), &has_cut, &mut kept);
                }
                // The server has not seen the end of these connections yet.
                for stream in kept {
                    let _ = stream.shutdown(Shutdown::Both);
                }
            }
        });
        Ok(Proxy {
            address,
            is_over,
            has_cut,
        })
    }

    /// Returns whether the first connection has been cut.
    pub fn has_cut(&self) -> bool {
        self.has_cut.load(Ordering::Acquire)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // This connection wakes the proxy's thread, which is blocked in `accept`.
        let _ = TcpStream::connect(self.address);
    }
}

fn forward(
    client: TcpStream,
    server: TcpStream,
    cut: Option<Cut>,
    has_cut: &Arc<AtomicBool>,
    kept: &mut Vec<TcpStream>,
) {
    let (client, server) = (Arc::new(client), Arc::new(server));
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    for from_server in [false, true] {
        let limit = cut.filter(|cut| cut.from_server == from_server);
        let (client, server) = (Arc::clone(&client), Arc::clone(&server));
        if limit.is_some_and(|cut| !cut.server_knows) {
            kept.extend(server.try_clone());
        }
        let has_cut = Arc::clone(has_cut);
        thread::spawn(move || {
            let (from, to) = if from_server {
                (&server, &client)
            } else {
                (&client, &server)
            };
            copy(
                from,
                to,
                limit.map_or(usize::MAX, |cut| cut.after),
                &has_cut,
            );
            // Both peers see the end, after a cut and after a regular end. Only a server that must not see a cut keeps
            // its connection.
            let _ = client.shutdown(Shutdown::Both);
            if cut.is_none_or(|cut| cut.server_knows) {
                let _ = server.shutdown(Shutdown::Both);
            }
        });
    }
}

fn copy(mut from: &TcpStream, mut to: &TcpStream, mut left: usize, has_cut: &AtomicBool) {
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        let passed = read.min(left);
        left -= passed;
        if to
            .write_all(bytes.get(..passed).unwrap_or_default())
            .is_err()
        {
            return;
        }
        if left == 0 {
            has_cut.store(true, Ordering::Release);
            return;
        }
    }
}
