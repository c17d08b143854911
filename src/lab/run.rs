//! One run from its beginning to its end.

use std::convert::Infallible;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::base::deadline::Deadline;
use crate::base::line;
use crate::client::opening::connect::{Budget, connect};
use crate::client::opening::url::Url;
use crate::lab::collected::Collected;
use crate::lab::counted::Counted;
use crate::lab::course::{Course, Event, Tally};
use crate::lab::http::Connection;
use crate::lab::listener::{Ear, speak};
use crate::lab::options::Plan;
use crate::lab::random::poisson;
use crate::lab::report::Report;
use crate::lab::transport::{ALL, LONGEST_INTERVAL, Transport};
use crate::lab::websocket::Member;

/// How long it may take until all are connected.
const CONNECT: Duration = Duration::from_secs(10);

/// How long after the last poll the last line may still come, before the run has failed.
const GRACE: Duration = Duration::from_secs(10);

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Has the speaker speak and all listeners listen, and says what it came to. `progress` is told how many lines were
/// heard by anybody, and of how many.
///
/// # Errors
/// The first that anybody has, with the name of who has it; `TimedOut` if some line never came.
pub fn run(plan: &Plan, url: &Url, progress: impl FnMut(u64, u64)) -> io::Result<Report> {
    let times = poisson(plan.seed, plan.rate, plan.duration.get());
    let deadline = Deadline::after(CONNECT + plan.duration.get() + LONGEST_INTERVAL + GRACE);
    let company = Company::connect(plan, url, deadline)?;
    let (events, told) = unbounded();
    // Dropped at the end of this function, however that comes about: then nobody pauses any more.
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

/// Everybody, connected.
struct Company {
    speaker: Member,
    listeners: Vec<(Transport, Ears)>,
    room: String,
    since: u64,
}

/// A connection to hear something on.
enum Ears {
    Http(Connection),
    WebSocket(Member),
}

impl Company {
    fn connect(plan: &Plan, url: &Url, deadline: Deadline) -> io::Result<Company> {
        let dial = || {
            let stream = connect(url, &Budget::new(CONNECT)).map_err(io::Error::other)?;
            Ok::<_, io::Error>(Counted::new(stream, deadline))
        };
        let join = |name| Member::join(dial()?, plan.headers, url.authority(), name);
        let speaker = join("speaker")?;
        let listeners = ALL.into_iter().map(|technique| {
            let ears = match technique {
                Transport::WebSocket => Ears::WebSocket(join("listener")?),
                _ => Ears::Http(Connection::new(dial()?)),
            };
            Ok::<_, io::Error>((technique, ears))
        });
        let listeners = listeners.collect::<io::Result<_>>()?;
        // After all have joined, so that nobody hears of that but those who must.
        let (room, since) = newest(Connection::new(dial()?), plan, url.authority())?;
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

/// Starts a thread that tells when it is done, and whether it failed.
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

/// The room, and the number of its newest line.
fn newest(mut connection: Connection, plan: &Plan, host: &str) -> io::Result<(String, u64)> {
    let answer = connection.get(&plan.headers.get("/lines", host))?;
    let room = answer
        .room
        .ok_or_else(|| io::Error::other("the server does not say which room it has"))?;
    let newest = answer.body.lines().filter_map(line::number).next_back();
    Ok((room, newest.unwrap_or(0)))
}
