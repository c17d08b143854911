//! One run from its beginning to its end.

use std::convert::Infallible;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::base::deadline::Deadline;
use crate::base::line;
use crate::client::connect::tcp::{Budget, connect};
use crate::client::connect::url::Url;
use crate::lab::collected::Collected;
use crate::lab::counting_stream::CountingStream;
use crate::lab::http::HttpConnection;
use crate::lab::listener::{Listener, speak};
use crate::lab::network;
use crate::lab::options::RunOptions;
use crate::lab::random::poisson;
use crate::lab::report::Report;
use crate::lab::run_context::{RunContext, RunEvent, Tally};
use crate::lab::technique::{LONGEST_INTERVAL, TECHNIQUES, Technique};
use crate::lab::websocket::WsMember;

/// The timeout for opening each connection, not counting the WebSocket handshake: 10 s.
const CONNECT: Duration = Duration::from_secs(10);

/// The reserve in the run's deadline, on top of the planned duration: 10 s. A run that needs more time fails.
const GRACE: Duration = Duration::from_secs(10);

/// How many network delays the deadline allows for. Joining and the last line take several trips.
const NETWORK_DELAYS: u32 = 8;

/// The capacity of the channel to the collecting thread, in events. While the channel is full, its senders wait.
const MAX_EVENTS: usize = 1024;

/// How long a member waits for the reply to its Close: 1 s.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs the speaker and all listeners, and returns what was measured. Calls `progress` with two numbers: how many lines
/// the listeners have received so far, and how many they will receive in all.
///
/// # Errors
/// Fails if the participants cannot connect or join, if a thread cannot be started, or with the first error of any
/// thread. The message of a thread's error begins with the thread's name. The error's kind is `TimedOut` if the run
/// misses its deadline.
pub fn run(options: &RunOptions, url: &Url, progress: impl FnMut(u64, u64)) -> io::Result<Report> {
    let times = poisson(options.seed, options.rate, options.duration.get());
    let deadline = Deadline::after(
        CONNECT
            + options.duration.get()
            + LONGEST_INTERVAL
            + GRACE
            + NETWORK_DELAYS * options.delay,
    );
    let participants = Participants::connect(options, url, deadline)?;
    let (events, inbox) = bounded(MAX_EVENTS);
    // `_running` is dropped at the end of this function, even after an error. The drop ends every pause.
    let (_running, stop) = bounded(0);
    let lines = times.len();
    participants.start(options, url, times, (events, stop, deadline))?;
    let collected = Collected::wait_for(&inbox, lines, progress)?;
    let (report, members) = collected.report(options);
    for member in members {
        member.leave(Deadline::after(CLOSE_TIMEOUT));
    }
    Ok(report)
}

/// The connections of the speaker and the listeners, the room's id, and the number of its newest line before the run.
struct Participants {
    speaker: WsMember,
    listeners: Vec<(Technique, ListenerConnection)>,
    room: String,
    since: u64,
}

enum ListenerConnection {
    Http(HttpConnection),
    WebSocket(WsMember),
}

impl Participants {
    fn connect(options: &RunOptions, url: &Url, deadline: Deadline) -> io::Result<Participants> {
        let dial = |delay: Duration| {
            let stream = connect(url, &Budget::new(CONNECT)).map_err(io::Error::other)?;
            let stream = if delay.is_zero() {
                stream
            } else {
                network::connect_through(delay, stream)?
            };
            Ok::<_, io::Error>(CountingStream::new(stream, deadline))
        };
        let join = |stream, name| WsMember::join(stream, options.headers, &url.authority, name);
        // The speaker has no network delay, because the run measures only the listeners.
        let speaker = join(dial(Duration::ZERO)?, "speaker")?;
        let listeners = TECHNIQUES.into_iter().map(|technique| {
            let stream = dial(options.delay)?;
            let connection = match technique {
                Technique::WebSocket => ListenerConnection::WebSocket(join(stream, "listener")?),
                _ => ListenerConnection::Http(HttpConnection::new(stream)),
            };
            Ok::<_, io::Error>((technique, connection))
        });
        let listeners = listeners.collect::<io::Result<_>>()?;
        // This request for the newest number follows the last join, so no listener that polls receives a join notice.
        let (room, since) = newest(
            HttpConnection::new(dial(Duration::ZERO)?),
            options,
            &url.authority,
        )?;
        Ok(Participants {
            speaker,
            listeners,
            room,
            since,
        })
    }

    fn start(
        self,
        options: &RunOptions,
        url: &Url,
        times: Vec<Duration>,
        (events, stop, deadline): (Sender<RunEvent>, Receiver<Infallible>, Deadline),
    ) -> io::Result<()> {
        let context = RunContext {
            host: url.authority.clone(),
            headers: options.headers,
            begin: Instant::now(),
            deadline,
            since: self.since,
            room: self.room,
            lines: times.len(),
            run: std::process::id(),
            events,
            stop,
        };
        for (number, (technique, connection)) in self.listeners.into_iter().enumerate() {
            start(&context, number, technique.to_string(), move |context| {
                let listener = Listener::new(context, number);
                match (technique, connection) {
                    (Technique::Polling(interval), ListenerConnection::Http(connection)) => {
                        listener.poll(connection, interval)
                    }
                    (_, ListenerConnection::Http(connection)) => listener.long_poll(connection),
                    (_, ListenerConnection::WebSocket(member)) => listener.listen(member),
                }
            })?;
        }
        let speaker = self.speaker;
        start(
            &context,
            TECHNIQUES.len(),
            "speaker".to_owned(),
            move |context| speak(context, speaker, &times),
        )
    }
}

/// Starts a thread that does `work`, and then reports its result as [`RunEvent::Done`].
fn start(
    context: &RunContext,
    number: usize,
    name: String,
    work: impl FnOnce(&RunContext) -> io::Result<Tally> + Send + 'static,
) -> io::Result<()> {
    let context = context.clone();
    let thread = thread::Builder::new().name(name.clone());
    thread.spawn(move || {
        let tally = work(&context)
            .map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")));
        context.send(RunEvent::Done {
            thread: number,
            tally,
        });
    })?;
    Ok(())
}

/// Fetches the room's id and the number of its newest line.
fn newest(
    mut connection: HttpConnection,
    options: &RunOptions,
    host: &str,
) -> io::Result<(String, u64)> {
    let response = connection.get(&options.headers.get("/lines", host))?;
    let room = response
        .room
        .ok_or_else(|| io::Error::other("the response has no `Room` header field"))?;
    let newest = response.body.lines().filter_map(line::number).next_back();
    Ok((room, newest.unwrap_or(0)))
}
