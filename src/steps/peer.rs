//! The server for the client steps. It answers each line with a Ping and the line itself. It reads again only after it
//! has written both.

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, TcpListener, TcpStream, ToSocketAddrs};
use std::thread;
use std::time::Duration;

use rustix::net::{self, AddressFamily, SocketType, sockopt};
use tungstenite::{Bytes, Message, WebSocket};

use super::lesson;

/// The time after which the server logs that a `write` is still blocked. It is also the timeout of each `read` after a Close.
const BLOCKED: Duration = Duration::from_secs(2);

/// The size of the sockets' buffers toward the server, in bytes. `DOWN` is the size toward the client. By default,
/// Linux buffers megabytes before a `write` blocks.
const UP: usize = 128 * 1024;
const DOWN: usize = 32 * 1024;

/// The payload of a Ping, with the maximum length that RFC 6455 allows. The Ping makes each answer longer than its
/// line, so the buffers toward the client fill up first.
const PING: Bytes = Bytes::from_static(&[b'?'; 125]);

/// Returns the URL from the command line. If there is no URL, starts the server in a thread and returns the server's URL.
pub fn url() -> io::Result<String> {
    if let Some(url) = env::args().nth(1) {
        return Ok(url);
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    sockopt::set_socket_recv_buffer_size(&listener, UP)?;
    let server = thread::Builder::new().name("server".to_owned());
    server.spawn(move || {
        for socket in listener.incoming() {
            let Err(reason) = socket.map_err(Into::into).and_then(converse);
            lesson::log(format!("server: the client left: {reason}"));
        }
    })?;
    Ok(format!("ws://{address}/"))
}

/// Connects to the host and port of the URL.
pub fn connect(url: &str) -> Result<TcpStream, Box<dyn Error>> {
    let url: blocking_chat::client::connect::url::Url = url.parse()?;
    let host = url.host_and_port();
    let address = host.to_socket_addrs()?.next();
    let address = address.ok_or_else(|| format!("{host} has no address"))?;
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let socket = net::socket(family, SocketType::STREAM, None)?;
    // The sizes are set before `connect`: shrinking a buffer whose size has been announced to the peer would lose packets.
    sockopt::set_socket_recv_buffer_size(&socket, DOWN)?;
    sockopt::set_socket_send_buffer_size(&socket, UP)?;
    net::connect(&socket, &address).map_err(|error| format!("{host}: {error}"))?;
    let socket = TcpStream::from(socket);
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn converse(socket: TcpStream) -> Result<Infallible, Box<dyn Error>> {
    sockopt::set_socket_send_buffer_size(&socket, DOWN)?;
    socket.set_nodelay(true)?;
    let mut raw = socket.try_clone()?;
    let mut websocket = tungstenite::accept(socket)?;
    websocket.get_ref().set_write_timeout(Some(BLOCKED))?;
    let reason = loop {
        match websocket.read() {
            Ok(message) if message.is_text() => {
                send(&mut websocket, Message::Ping(PING))?;
                send(&mut websocket, message)?;
            }
            Ok(_) => {}
            Err(reason) => break reason,
        }
    };
    // If the socket were closed with unread Pongs, the kernel would send a reset, and the client could lose the last lines.
    raw.shutdown(Shutdown::Write)?;
    raw.set_read_timeout(Some(BLOCKED))?;
    while raw.read(&mut [0; 4096])? > 0 {}
    Err(reason.into())
}

/// Sends a message, and blocks until all of it is written. Logs a line whenever `write` has blocked for [`BLOCKED`].
fn send(websocket: &mut WebSocket<TcpStream>, message: Message) -> tungstenite::Result<()> {
    let mut sent = websocket.send(message);
    while let Err(tungstenite::Error::Io(error)) = &sent
        && error.kind() == ErrorKind::WouldBlock
    {
        lesson::log("server: I am blocked in write(2), because the client does not read");
        // `websocket` has kept the unsent bytes, and `flush` tries again to write them.
        sent = websocket.flush();
    }
    sent
}
