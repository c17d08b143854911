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
use crate::lab::counted::Counted;
use crate::lab::course::{Course, Event, Tally};
use crate::lab::http::HttpConnection;
use crate::lab::listener::{Ear, speak};
use crate::lab::network;
use crate::lab::options::Plan;
use crate::lab::random::poisson;
use crate::lab::report::Report;
use crate::lab::transport::{ALL, LONGEST_INTERVAL, Transport};
use crate::lab::websocket::WsMember;

/// How long the connects may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long after the last poll the last line may arrive. After that, the run has failed.
const GRACE: Duration = Duration::from_secs(10);

/// How many network delays are added to the deadline: joining and the last line take a few ways through the network.
const WAYS: u32 = 8;

/// How many events may wait for the collecting thread. A listener that finds the channel full waits.
const MAX_EVENTS: usize = 1024;

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Runs the speaker and all listeners, and returns what was measured. Calls `progress` with the number of lines that
/// all listeners have heard so far, and with their final number.
///
/// # Errors
/// The first error of any thread, with the thread's name; `TimedOut` if a line never came.
pub fn run(plan: &Plan, url: &Url, progress: impl FnMut(u64, u64)) -> io::Result<Report> {
    let times = poisson(plan.seed, plan.rate, plan.duration.get());
    let deadline = Deadline::after(
        CONNECT + plan.duration.get() + LONGEST_INTERVAL + GRACE + WAYS * plan.delay,
    );
    let company = Company::connect(plan, url, deadline)?;
    let (events, told) = bounded(MAX_EVENTS);
    // It is dropped at the end of this function, even after an error. This ends every pause.
    let (_go_on, stop) = bounded(0);
    let lines = times.len();
    company.start(plan, url, times, (events, stop, deadline))?;
    let collected = Collected::wait_for(&told, lines, progress)?;
    let (report, members) = collected.report(plan);
    for member in members {
        member.leave(Deadline::after(GOODBYE));
    }
    Ok(report)
}

/// The speaker and the listeners, connected.
struct Company {
    speaker: WsMember,
    listeners: Vec<(Transport, Ears)>,
    room: String,
    since: u64,
}

/// The connection of a listener.
enum Ears {
    Http(HttpConnection),
    WebSocket(WsMember),
}

impl Company {
    fn connect(plan: &Plan, url: &Url, deadline: Deadline) -> io::Result<Company> {
        let dial = |delay: Duration| {
            let stream = connect(url, &Budget::new(CONNECT)).map_err(io::Error::other)?;
            let stream = if delay.is_zero() {
                stream
            } else {
                network::through(delay, stream)?
            };
            Ok::<_, io::Error>(Counted::new(stream, deadline))
        };
        let join = |stream, name| WsMember::join(stream, plan.headers, url.authority(), name);
        // Next to the server: what is measured is the way from the server to a listener.
        let speaker = join(dial(Duration::ZERO)?, "speaker")?;
        let listeners = ALL.into_iter().map(|technique| {
            let stream = dial(plan.delay)?;
            let ears = match technique {
                Transport::WebSocket => Ears::WebSocket(join(stream, "listener")?),
                _ => Ears::Http(HttpConnection::new(stream)),
            };
            Ok::<_, io::Error>((technique, ears))
        });
        let listeners = listeners.collect::<io::Result<_>>()?;
        // After the last member has joined, so that a poller gets no join notice.
        let (room, since) = newest(
            HttpConnection::new(dial(Duration::ZERO)?),
            plan,
            url.authority(),
        )?;
        Ok(Company {
            speaker,
            listeners,
            room,
            since,
        })
    }

    fn start(
        self,
        plan: &Plan,
        url: &Url,
        times: Vec<Duration>,
        (events, stop, deadline): (Sender<Event>, Receiver<Infallible>, Deadline),
    ) -> io::Result<()> {
        let course = Course {
            host: url.authority().to_owned(),
            headers: plan.headers,
            begin: Instant::now(),
            deadline,
            since: self.since,
            room: self.room,
            lines: times.len(),
            run: std::process::id(),
            events,
            stop,
        };
        for (number, (technique, ears)) in self.listeners.into_iter().enumerate() {
            start(&course, number, technique.to_string(), move |course| {
                let ear = Ear::new(course, number);
                match (technique, ears) {
                    (Transport::Polling(interval), Ears::Http(connection)) => {
                        ear.poll(connection, interval)
                    }
                    (_, Ears::Http(connection)) => ear.long_poll(connection),
                    (_, Ears::WebSocket(member)) => ear.listen(member),
                }
            })?;
        }
        let speaker = self.speaker;
        start(&course, ALL.len(), "speaker".to_owned(), move |course| {
            speak(course, speaker, &times)
        })
    }
}

/// Starts a thread that reports when it is done, and whether it failed.
fn start(
    course: &Course,
    number: usize,
    name: String,
    part: impl FnOnce(&Course) -> io::Result<Tally> + Send + 'static,
) -> io::Result<()> {
    let course = course.clone();
    let thread = thread::Builder::new().name(name.clone());
    thread.spawn(move || {
        let tally =
            part(&course).map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")));
        course.tell(Event::Done(number, tally));
    })?;
    Ok(())
}

/// Fetches the room, and the number of its newest line.
fn newest(mut connection: HttpConnection, plan: &Plan, host: &str) -> io::Result<(String, u64)> {
    let answer = connection.get(&plan.headers.get("/lines", host))?;
    let room = answer
        .room
        .ok_or_else(|| io::Error::other("the server does not say which room it has"))?;
    let newest = answer.body.lines().filter_map(line::number).next_back();
    Ok((room, newest.unwrap_or(0)))
}
