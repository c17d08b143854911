//! Lists the experiments and the servers that take part in each.

use std::fmt;

use crate::delays;
use crate::floors;
use crate::loads;
use crate::running_server::RunningServer;
use crate::samples::Samples;

/// The points of the curve: the number of clients that receive each line, and the number of lines per second. One core
/// can carry each of these loads.
const CURVE: [(usize, u64); 5] = [(1, 100), (10, 100), (100, 40), (1000, 16), (5000, 4)];
/// How many clients receive each line, and how many lines are sent per second, in the experiment with all servers.
const LISTENERS: (usize, u64) = (500, 40);

/// The command that starts a server.
#[derive(Clone)]
pub struct Server {
    /// The path of the server's program, and its options, separated by spaces.
    pub command: String,
}

impl Server {
    /// Makes a server from the path of a program and its options.
    pub fn new(command: &str) -> Server {
        Server {
            command: command.to_owned(),
        }
    }

    /// Starts the server and waits until it listens.
    pub fn start(&self) -> RunningServer {
        RunningServer::start(self)
    }

    /// Returns the command, with each path cut to its file name. For a floor, returns only the floor's name.
    pub fn name(&self) -> String {
        if self.is_floor() {
            // A floor is this benchmark's own program, started with the floor's name as its argument.
            return self
                .command
                .rsplit(' ')
                .next()
                .unwrap_or_default()
                .to_owned();
        }
        let words = self.command.split(' ');
        let words = words.map(|word| word.rsplit('/').next().unwrap_or_default());
        words.collect::<Vec<_>>().join(" ")
    }

    /// Returns whether this is a `chat-server`.
    pub fn is_ours(&self) -> bool {
        self.name().starts_with("chat-server")
    }

    /// Returns whether this is one of the course's steps. Steps take part in one experiment only, because steps 4 and 5
    /// drop lines that do not fit into a queue.
    fn is_step(&self) -> bool {
        self.name().starts_with("step-")
    }

    fn floor(name: &str) -> Server {
        let this = std::env::current_exe().unwrap();
        Server::new(&format!("{} {name}", this.display()))
    }

    /// Returns whether this is one of the [floors].
    pub fn is_floor(&self) -> bool {
        self.command.contains(" floor-")
    }
}

/// Puts a load on a server and returns one result per title.
type Load = dyn Fn(&Server) -> Vec<f64>;

/// A load, and the results of each server under it.
pub struct Experiment {
    /// How many clients receive a line, or `None` if the experiment is not a point of the curve.
    pub clients: Option<usize>,
    titles: Vec<String>,
    /// The servers that take part, floors first. The ratios are to the first floor.
    servers: Vec<Server>,
    load: Box<Load>,
    /// The results and their ratios to the first floor, for each title and each server.
    results: Vec<Vec<(Samples, Samples)>>,
}

/// Returns all experiments.
pub fn all(servers: &[Server]) -> Vec<Experiment> {
    let select = |filter: &dyn Fn(&Server) -> bool| -> Vec<Server> {
        servers.iter().filter(|it| filter(it)).cloned().collect()
    };
    let without_steps = select(&|it| !it.is_step());
    let ours = select(&Server::is_ours);
    let mut experiments = Vec::new();
    for (clients, rate) in CURVE {
        let title = format!("{clients} hear a line, µs of CPU each");
        let load = move |server: &Server| vec![loads::steady(server, clients, rate)];
        let floors = [floors::LOOP, floors::HOPS];
        let mut experiment = Experiment::new(&[&title], &floors, &without_steps, load);
        experiment.clients = Some(clients);
        experiments.push(experiment);
    }
    let (clients, rate) = LISTENERS;
    let mut with_writers = Vec::new();
    for server in servers {
        with_writers.push(server.clone());
        if server.is_ours() {
            for writers in [2, 4] {
                let command = format!("{} --writers {writers}", server.command);
                with_writers.push(Server::new(&command));
            }
        }
    }
    let titles = [
        format!("{clients} hear a line, µs of CPU each"),
        format!("{clients} hear a line, p50 of the delay, ms"),
        format!("{clients} hear a line, p99 of the delay, ms"),
        format!("{clients} are silent, % of a core"),
    ];
    let load = move |server: &Server| loads::steady_and_silent(server, clients, rate);
    experiments.push(Experiment::new(
        &titles,
        &[floors::LOOP],
        &with_writers,
        load,
    ));
    for (form, lines) in [("816 lines a frame", 816), ("a line a frame", 1)] {
        let burst = format!("{} talk at once, {form}, µs", loads::TALKERS);
        let titles = [format!("{burst} of CPU"), format!("{burst} elapsed")];
        let load = move |server: &Server| loads::burst(server, lines);
        experiments.push(Experiment::new(
            &titles,
            &[floors::LOOP],
            &without_steps,
            load,
        ));
    }
    let title = "a silent client, KiB resident";
    let load = |server: &Server| vec![loads::memory(server)];
    experiments.push(Experiment::new(
        &[title],
        &[floors::THREADS],
        &without_steps,
        load,
    ));
    let titles = ["a handshake, µs of CPU", "a handshake, µs, 4 at once"];
    experiments.push(Experiment::new(
        &titles,
        &[floors::THREADS, floors::HOPS],
        &without_steps,
        loads::handshakes,
    ));
    let title = "one line to one client, µs";
    let load = |server: &Server| vec![delays::websocket(server)];
    experiments.push(Experiment::new(
        &[title],
        &[floors::THREADS],
        &without_steps,
        load,
    ));
    let title = "one line to one long poll, µs";
    let load = |server: &Server| vec![delays::long_poll(server)];
    experiments.push(Experiment::new(&[title], &[floors::THREADS], &ours, load));
    experiments
}

impl Experiment {
    fn new(
        titles: &[impl AsRef<str>],
        floors: &[&str],
        servers: &[Server],
        load: impl Fn(&Server) -> Vec<f64> + 'static,
    ) -> Experiment {
        let floors = floors.iter().copied().map(Server::floor);
        let servers: Vec<_> = floors.chain(servers.iter().cloned()).collect();
        let results = |_| servers.iter().map(|_| Default::default()).collect();
        Experiment {
            clients: None,
            titles: titles.iter().map(|it| it.as_ref().to_owned()).collect(),
            results: titles.iter().map(results).collect(),
            servers,
            load: Box::new(load),
        }
    }

    /// Returns whether a title contains this text.
    pub fn has_in_title(&self, text: &str) -> bool {
        self.titles.iter().any(|title| title.contains(text))
    }

    /// Measures each server once.
    pub fn measure(&mut self) {
        let measured: Vec<_> = self.servers.iter().map(&self.load).collect();
        for (title, results) in self.results.iter_mut().enumerate() {
            for (server, (samples, ratios)) in results.iter_mut().enumerate() {
                samples.add(measured[server][title]);
                ratios.add(measured[server][title] / measured[0][title]);
            }
        }
    }

    /// Returns each server's name and its median for the first title.
    #[cfg(feature = "lab")]
    pub fn medians(&self) -> impl Iterator<Item = (String, f64)> {
        let medians = self.results[0].iter().map(|(samples, _)| samples.median());
        self.servers.iter().map(Server::name).zip(medians)
    }
}

impl fmt::Display for Experiment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (title, results) in self.titles.iter().zip(&self.results) {
            writeln!(
                f,
                "\n{title:<46}{:>8}{:>8}{:>6}{:>9}",
                "min", "median", "range", "× floor"
            )?;
            for (index, (server, (samples, ratios))) in self.servers.iter().zip(results).enumerate()
            {
                let name = server.name();
                write!(f, "  {name:<44}{samples}")?;
                // If a floor uses no CPU time, a ratio to the floor is not finite.
                match ratios.median() {
                    ratio if ratio.is_finite() && index > 0 => writeln!(f, "{ratio:>9.2}")?,
                    _ => writeln!(f)?,
                }
            }
        }
        Ok(())
    }
}
