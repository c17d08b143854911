//! What a server costs, as a multiple of a [floor](floors): a server that does the same and checks nothing.
//!
//! `make bench` runs it against `chat-server` and three steps, in rounds. Each round measures each server once, so that a
//! busy minute hits all of them. Ratios mean something on another machine, and times do not.
//!
//! Any other server can be given as a command. It gets its address as `--listen 127.0.0.1:0` if its name begins with
//! `chat-server`, else as its last argument, prints `listening on ws://…/` first, and sends each line of a text message to
//! everyone. A line is whatever frame arrives.

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
mod measured;
mod samples;
mod ten_thousand;

use std::env::args;

use experiment::{Experiment, Server};
use samples::{Samples, busy};

/// How often everything is measured, unless `--rounds` says it.
const ROUNDS: usize = 3;
/// From how much work of other programs on the machine is busy, in per cent of all cores.
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
            // Measures only what has this in its title.
            "--only" => only = words.next().unwrap(),
            "--rounds" => rounds = words.next().unwrap().parse().unwrap(),
            "--svg" => svg = Some(words.next().expect("--svg needs a file")),
            // Cargo's own word.
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
        others.add(busy());
        experiments.iter_mut().for_each(Experiment::measure);
    }
    for experiment in &experiments {
        print!("{experiment}");
    }
    println!(
        "\n{rounds} rounds. The range is from the least to the most, in % of the median. A floor is a server that checks"
    );
    println!("nothing; × floor is the median of the ratios, each of one round.");
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
    std::fs::write(file, curve::svg(experiments)).expect("the picture is written");
    println!("{file} shows the cost of a line by the number of clients.");
}

#[cfg(not(feature = "lab"))]
fn draw(_: &[Experiment], _: &str) {}
