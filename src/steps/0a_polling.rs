//! Step 0a: polling.
//!
//! **What it shows.** HTTP is enough for a chat. The server stores the lines. A client asks again and again for the
//! lines that came after the last one it has. The server has one thread per connection, blocked in `read`.
//!
//! **What breaks it.** A line waits for the client's next request, for half of the polling interval on average. Every
//! request carries all of its headers, even if there is no line. Clients that ask more often cost more. If clients ask
//! less often, lines wait longer.
//!
//! **What to type.** Open http://127.0.0.1:9001/ in two browser windows. A page asks once a second, and this terminal
//! shows the size of each request and response. Or use curl:
//!
//! ```text
//! make step-0a
//! curl -d 'hello' http://127.0.0.1:9001/lines
//! curl -i 'http://127.0.0.1:9001/lines?since=0'   # -i shows the headers
//! curl -i 'http://127.0.0.1:9001/lines?since=1'   # headers again, but no line
//! ```

use std::error::Error;
use std::io::BufReader;
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

mod http;
mod lesson;
mod recent_lines;

use recent_lines::RecentLines;

/// The most recent lines.
static ROOM: Mutex<RecentLines> = Mutex::new(RecentLines::new());

fn main() -> Result<(), Box<dyn Error>> {
    let listener = lesson::listen("http", include_str!("0a_polling.rs"))?;
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

/// Answers each request as soon as it arrives.
fn converse(socket: TcpStream) -> Result<(), Box<dyn Error>> {
    socket.set_nodelay(true)?;
    let mut stream = BufReader::new(socket);
    while let Some(request) = http::HttpRequest::read(&mut stream)? {
        let (status, kind, body) = match (request.method.as_str(), request.path()) {
            ("GET", "/") => ("200 OK", "html", http::page(1000)),
            ("GET", "/lines") => ("200 OK", "plain", room().after(request.since())),
            ("POST", "/lines") => {
                room().say(&request.body);
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

/// Locks the room. A panic under the lock leaves the lines consistent, so other threads continue.
fn room() -> MutexGuard<'static, RecentLines> {
    ROOM.lock().unwrap_or_else(PoisonError::into_inner)
}
