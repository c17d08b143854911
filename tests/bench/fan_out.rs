//! Measures what a server costs, as a multiple of the cost of a [floor](floors). A floor is a server that checks
//! nothing.
//!
//! `make bench` measures `chat-server` and three of the course's steps, in rounds. Each round measures each server
//! once, so a busy minute affects all of them. Ratios carry over to another machine; times do not.
//!
//! The command line may name other servers, each as a command. A `chat-server` gets its address as `--listen
//! 127.0.0.1:0`, and any other server as its last argument. A server must first print `listening on ws://…/`. Then it
//! must send each line of a text message to everyone. Each text frame that arrives counts as one line.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

mod crowd;
#[cfg(feature = "lab")]
mod curve;
mod delays;
mod experiment;
mod floors;
mod history_file;
mod loads;
mod running_server;
mod samples;
mod ten_thousand;

use std::env::args;

use experiment::{Experiment, Server};
use samples::{Samples, load_of_others};

/// The number of rounds, unless `--rounds` gives another number.
const ROUNDS: usize = 3;
/// The machine counts as busy if other programs use more than this percentage of all cores.
const BUSY: f64 = 10.0;

fn main() {
    if let Some(floor) = args().nth(1) {
        floors::run(&floor);
    }
    let mut commands: Vec<String> = Vec::new();
    let (mut rounds, mut only, mut svg) = (ROUNDS, String::new(), None);
    let mut run_only: Option<fn(&Server)> = None;
    let mut words = args().skip(1);
    while let Some(word) = words.next() {
        match &*word {
            "--ten-thousand" => run_only = Some(ten_thousand::run),
            "--history-file" => run_only = Some(history_file::run),
            // Runs only the experiments whose titles contain this text.
            "--only" => only = words.next().unwrap(),
            "--rounds" => rounds = words.next().unwrap().parse().unwrap(),
            "--svg" => svg = Some(words.next().expect("--svg needs a file")),
            // Cargo adds this option.
            "--bench" => {}
            _ => commands.push(word),
        }
    }
    if svg.is_some() && cfg!(not(feature = "lab")) {
        eprintln!("--svg needs --features lab");
        std::process::exit(2);
    }
    if commands.is_empty() {
        commands.push(env!("CARGO_BIN_EXE_chat-server").to_owned());
    }
    if let Some(run) = run_only {
        return run(&Server::new(&commands[0]));
    }
    let servers: Vec<_> = commands
        .iter()
        .map(|command| Server::new(command))
        .collect();
    let mut experiments = experiment::all(&servers);
    experiments.retain(|experiment| experiment.has_in_title(&only));
    let mut others = Samples::default();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds} ...");
        others.add(load_of_others());
        experiments.iter_mut().for_each(Experiment::measure);
    }
    for experiment in &experiments {
        print!("{experiment}");
    }
    let plural = if rounds == 1 { "" } else { "s" };
    println!(
        "\n{rounds} round{plural}. The range is the maximum minus the minimum, in % of the median. A floor is a server that"
    );
    println!("checks nothing. × floor is the median of the rounds' ratios to the first floor.");
    if others.median() > BUSY {
        println!(
            "The machine is busy: other programs use {:.0} % of its cores. Do not trust the times.",
            others.median()
        );
    }
    if let Some(file) = svg {
        draw(&experiments, &file);
    }
}

#[cfg(feature = "lab")]
fn draw(experiments: &[Experiment], file: &str) {
    std::fs::write(file, curve::svg(experiments)).expect("the picture can be written");
    println!("{file} shows the cost of a line against the number of clients.");
}

#[cfg(not(feature = "lab"))]
fn draw(_: &[Experiment], _: &str) {}
