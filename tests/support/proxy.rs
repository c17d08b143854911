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
    is_done: Arc<AtomicBool>,
    was_cut: Arc<AtomicBool>,
}

impl Proxy {
    pub fn start(server: SocketAddr, cut: Cut) -> io::Result<Proxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let is_done = Arc::new(AtomicBool::new(false));
        let was_cut = Arc::new(AtomicBool::new(false));
        thread::spawn({
            let (is_done, was_cut) = (Arc::clone(&is_done), Arc::clone(&was_cut));
            move || {
                let mut unclosed = Vec::new();
                let mut cut = Some(cut);
                for client in listener.incoming().map_while(Result::ok) {
                    if is_done.load(Ordering::Acquire) {
                        break;
                    }
                    let Ok(server) = TcpStream::connect(server) else {
                        break;
                    };
                    forward(client, server, cut.take(), &was_cut, &mut unclosed);
                }
                // The server has not seen the end of these connections yet.
                for stream in unclosed {
                    let _ = stream.shutdown(Shutdown::Both);
                }
            }
        });
        Ok(Proxy {
            address,
            is_done,
            was_cut,
        })
    }

    /// Returns whether the first connection has been cut.
    pub fn was_cut(&self) -> bool {
        self.was_cut.load(Ordering::Acquire)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.is_done.store(true, Ordering::Release);
        // This connection wakes the proxy's thread, which is blocked in `accept`.
        let _ = TcpStream::connect(self.address);
    }
}

fn forward(
    client: TcpStream,
    server: TcpStream,
    cut: Option<Cut>,
    was_cut: &Arc<AtomicBool>,
    unclosed: &mut Vec<TcpStream>,
) {
    let (client, server) = (Arc::new(client), Arc::new(server));
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    for from_server in [false, true] {
        let limit = cut.filter(|cut| cut.from_server == from_server);
        let (client, server) = (Arc::clone(&client), Arc::clone(&server));
        if limit.is_some_and(|cut| !cut.server_knows) {
            unclosed.extend(server.try_clone());
        }
        let was_cut = Arc::clone(was_cut);
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
                &was_cut,
            );
            // After a cut, or when either side ends the connection, the client sees the end of the connection. The
            // server sees it too, unless `server_knows` is false.
            let _ = client.shutdown(Shutdown::Both);
            if cut.is_none_or(|cut| cut.server_knows) {
                let _ = server.shutdown(Shutdown::Both);
            }
        });
    }
}

fn copy(mut from: &TcpStream, mut to: &TcpStream, mut left: usize, was_cut: &AtomicBool) {
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        let forwarded = read.min(left);
        left -= forwarded;
        if to
            .write_all(bytes.get(..forwarded).unwrap_or_default())
            .is_err()
        {
            return;
        }
        if left == 0 {
            was_cut.store(true, Ordering::Release);
            return;
        }
    }
}
