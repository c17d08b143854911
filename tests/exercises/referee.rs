//! A referee for a guessing game: a bot that talks to our client through pipes.

use std::collections::VecDeque;
use std::process::{Child, Command, Stdio};

use crate::mine;
use crate::support::chat::{Chat, ChatClient};
use crate::support::watchdog::within;

/// A process. Dropping this value kills the process.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts our client and the bot. Each reads the output of the other.
fn start(chat: &Chat, mut bot: Command) -> [Running; 2] {
    let url = format!("ws://{}/", chat.address);
    let mut client = Command::new(env!("CARGO_BIN_EXE_chat-client"));
    let client = client.args([&url, "--name", "referee"]);
    let (input, output) = (Stdio::piped(), Stdio::piped());
    let mut client = Running(client.stdin(input).stdout(output).spawn().unwrap());
    bot.stdin(client.0.stdout.take().unwrap());
    bot.stdout(client.0.stdin.take().unwrap());
    [Running(bot.spawn().unwrap()), client]
}

/// A line of the game: a player's guess, or the referee's answer.
#[derive(Debug)]
enum GameLine {
    Guess(String),
    Answer { player: String, verdict: String },
}

/// Returns the next guess or answer.
fn next_game_line(member: &mut ChatClient) -> GameLine {
    loop {
        let line = member.receive_line();
        let said = line.split_once(' ').map_or("", |(_, said)| said);
        let Some((name, text)) = said.split_once(": ") else {
            continue;
        };
        if name != "referee" {
            if text.parse::<u32>().is_ok() {
                return GameLine::Guess(name.to_owned());
            }
            continue;
        }
        let answer = text.split_once(": ");
        let (player, verdict) = answer.expect("The referee says `NAME: VERDICT`.");
        let (player, verdict) = (player.to_owned(), verdict.to_owned());
        assert!(["higher", "lower", "wins"].contains(&&*verdict), "{line}");
        return GameLine::Answer { player, verdict };
    }
}

/// Guesses by bisection until the number is found. Returns how many guesses that took.
fn play(anna: &mut ChatClient) -> u32 {
    let (mut low, mut high) = (1, 100);
    for guesses in 1..=7 {
        let guess = (low + high) / 2;
        anna.say(&guess.to_string());
        assert!(matches!(next_game_line(anna), GameLine::Guess(name) if name == "anna"));
        let GameLine::Answer { player, verdict } = next_game_line(anna) else {
            panic!("The referee has not answered the guess before the next one.");
        };
        assert_eq!(player, "anna");
        match &*verdict {
            "higher" => low = guess + 1,
            "lower" => high = guess - 1,
            _ => return guesses,
        }
    }
    panic!("Seven guesses are enough for any number from 1 to 100.");
}

#[test]
#[ignore = "an exercise: REFEREE='node referee.js' or tests/exercises/mine/referee.py"]
fn referee_answers_each_guess_once_and_in_order() {
    let bot = mine::program("REFEREE", "referee.py", &[]);
    within(mine::LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut anna = chat.member("anna");
        // A name may look like a guess.
        let mut ben = chat.member("42");
        let _running = start(&chat, bot);
        anna.receive_until(" * referee joined");
        anna.say("hello, referee! 12 apples?");
        // Three games follow one another, each with a new number.
        assert!((0..3).map(|_| play(&mut anna)).sum::<u32>() <= 21);
        for _ in 0..20 {
            anna.say("50");
            ben.say("50");
        }
        let mut players = VecDeque::new();
        for _ in 0..80 {
            match next_game_line(&mut anna) {
                GameLine::Guess(name) => players.push_back(name),
                GameLine::Answer { player, .. } => {
                    assert_eq!(Some(player), players.pop_front());
                }
            }
        }
    });
}
