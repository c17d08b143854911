//! Step 0b: long polling.
//!
//! **What it shows.** The server answers when there is a new line, or after 30 s (RFC 6202, section 5.5). The request
//! is already waiting when the line is said, so the line is sent without delay, and a quiet room costs almost nothing.
//! In blocking code, this wait is one call, in which the connection's thread sleeps.
//!
//! **What breaks it.** Every line costs a request with all of its headers. After an answer the client has to ask again,
//! and a line that is said meanwhile waits for that request. Over a long distance, such a line takes up to three trips
//! through the network. The next step uses a WebSocket, which needs only one request.
//!
//! **What to type.** Open http://127.0.0.1:9001/ in two browser windows, and compare the number of requests with that
//! of step 0a. Or use curl:
//!
//! ```text
//! make step-0b
//! curl -i 'http://127.0.0.1:9001/lines?since=0'     # waits for a line
//! curl -d 'hello' http://127.0.0.1:9001/lines       # the first curl prints it
//! curl -d 'are you there?' http://127.0.0.1:9001/lines
//! curl -i 'http://127.0.0.1:9001/lines?since=1'     # asks for the second line
//! ```

use std::error::Error;
use std::io::BufReader;
use std::net::TcpStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

mod http;
mod lesson;
mod recent_lines;

use recent_lines::RecentLines;

/// The maximum time that a request waits for a line.
const WAIT: Duration = Duration::from_secs(30);
/// The most recent lines.
static ROOM: Mutex<RecentLines> = Mutex::new(RecentLines::new());
/// Wakes the threads that wait for a line.
static SAID: Condvar = Condvar::new();

fn main() -> Result<(), Box<dyn Error>> {
    let listener = lesson::listen("http", include_str!("0b_long_polling.rs"))?;
    for (id, socket) in (1..).zip(listener.incoming()) {
        let conn = thread::Builder::new().name(format!("conn-{id}"));
        if let Err(error) = socket.and_then(|socket| conn.spawn(move || serve(id, socket))) {
            lesson::log(format!("cannot serve client {id}: {error}"));
        }
    }
    Ok(())
}

/// Answers one client until it leaves.
fn serve(id: u64, socket: TcpStream) {
    if let Err(error) = converse(socket) {
        lesson::log(format!("client {id} left: {error}"));
    }
}

/// Answers each request. A request for lines waits for a new line, but no longer than [`WAIT`].
fn converse(socket: TcpStream) -> Result<(), Box<dyn Error>> {
    socket.set_nodelay(true)?;
    let mut stream = BufReader::new(socket);
    while let Some(request) = http::HttpRequest::read(&mut stream)? {
        let (status, kind, body) = match (request.method.as_str(), request.path()) {
            ("GET", "/") => ("200 OK", "html", http::page(0)),
            ("GET", "/lines") => ("200 OK", "plain", wait_for(request.since())),
            ("POST", "/lines") => {
                room().say(&request.body);
                SAID.notify_all();
                ("201 Created", "plain", "said\n".to_owned())
            }
            _ => (
                "404 Not Found",
                "plain",
                "this server has only / and /lines\n".to_owned(),
            ),
        };
        request.answer(stream.get_ref(), status, kind, &body)?;
    }
    Ok(())
}

/// Blocks until there is a line after number `since`, but no longer than [`WAIT`]. Returns all lines after that number
/// as text, which is empty if there are none.
fn wait_for(since: u64) -> String {
    let waited = SAID.wait_timeout_while(room(), WAIT, |room| room.newest() <= since);
    let (room, _) = waited.unwrap_or_else(PoisonError::into_inner);
    room.after(since)
}

/// Locks the room. A panic under the lock leaves the lines consistent, so other threads continue.
fn room() -> MutexGuard<'static, RecentLines> {
    ROOM.lock().unwrap_or_else(PoisonError::into_inner)
}
