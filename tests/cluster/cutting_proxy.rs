//! A proxy that stands in front of Redis and cuts connections in the middle of a command or a reply.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

/// Where the proxy cuts the connection during the next XADD.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// After this many bytes of the command. Redis never sees the rest.
    Command(usize),
    /// After this many bytes of the reply. By then, Redis has executed the command.
    Reply(usize),
}

/// The next cut, and the length of what was cut last.
#[derive(Debug, Default)]
struct Plan {
    next: Option<Cut>,
    /// The length of the command or the reply that was cut last.
    length: usize,
}

/// A proxy that forwards TCP connections to the Unix socket of Redis.
pub struct CuttingProxy {
    pub address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    clients: Arc<Mutex<Vec<TcpStream>>>,
}

impl CuttingProxy {
    pub fn start(redis: PathBuf) -> CuttingProxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let plan = Arc::new(Mutex::new(Plan::default()));
        let clients = Arc::new(Mutex::new(Vec::new()));
        let (shared, accepted) = (Arc::clone(&plan), Arc::clone(&clients));
        // The thread ends with the process of the test.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                accepted.lock().unwrap().extend(client.try_clone());
                if let Ok(redis) = UnixStream::connect(&redis) {
                    forward(client, redis, &shared);
                }
            }
        });
        CuttingProxy {
            address,
            plan,
            clients,
        }
    }

    /// Plans a cut for the next XADD.
    pub fn cut(&self, cut: Cut) {
        self.plan.lock().unwrap().next = Some(cut);
    }

    /// Cuts all existing connections.
    pub fn cut_all(&self) {
        for client in self.clients.lock().unwrap().drain(..) {
            let _ = client.shutdown(Shutdown::Both);
        }
    }

    /// Returns whether a planned cut is still pending.
    pub fn is_pending(&self) -> bool {
        self.plan.lock().unwrap().next.is_some()
    }

    /// Returns the length of the command or the reply that was cut last.
    pub fn length(&self) -> usize {
        self.plan.lock().unwrap().length
    }
}

fn forward(client: TcpStream, redis: UnixStream, plan: &Arc<Mutex<Plan>>) {
    let _ = client.set_nodelay(true);
    let (commands_from, commands_to) = (client.try_clone().unwrap(), redis.try_clone().unwrap());
    let (plan, plan_of_replies) = (Arc::clone(plan), Arc::clone(plan));
    let has_written = Arc::new(Mutex::new(false));
    let writes = Arc::clone(&has_written);
    thread::spawn(move || {
        copy(&commands_from, &commands_to, |bytes| {
            let mut plan = plan.lock().unwrap();
            let is_write = bytes.windows(4).any(|word| word == b"XADD");
            *writes.lock().unwrap() = is_write;
            match plan.next {
                Some(Cut::Command(after)) if is_write => plan.cut(after, bytes),
                _ => None,
            }
        });
        let _ = commands_from.shutdown(Shutdown::Both);
        let _ = commands_to.shutdown(Shutdown::Both);
    });
    thread::spawn(move || {
        copy(&redis, &client, |bytes| {
            let mut plan = plan_of_replies.lock().unwrap();
            match plan.next {
                Some(Cut::Reply(after)) if *has_written.lock().unwrap() => plan.cut(after, bytes),
                _ => None,
            }
        });
        let _ = client.shutdown(Shutdown::Both);
        let _ = redis.shutdown(Shutdown::Both);
    });
}

impl Plan {
    fn cut(&mut self, after: usize, bytes: &[u8]) -> Option<usize> {
        self.next = None;
        self.length = bytes.len();
        Some(after.min(bytes.len()))
    }
}

/// Copies bytes until the stream ends. If `cut` returns a number, copies only that many of the bytes just read, and
/// stops.
fn copy<'a, R, W>(from: &'a R, to: &'a W, mut cut: impl FnMut(&[u8]) -> Option<usize>)
where
    &'a R: Read,
    &'a W: Write,
{
    let (mut from, mut to) = (from, to);
    let mut buffer = vec![0; 256 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let bytes = &buffer[..length];
        let end = cut(bytes);
        let forwarded = &bytes[..end.unwrap_or(length)];
        if to.write_all(forwarded).is_err() || end.is_some() {
            return;
        }
    }
}
