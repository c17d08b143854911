//! The options of `chat-server` and `chat-compare`, at the ends of their ranges and beyond.

use std::io::ErrorKind;
use std::path::Path;

use blocking_chat::server::{Config, Server};

use crate::support::chat::{Chat, LIMIT};
use crate::support::library::config;
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::watchdog::within;

/// Values that no numeric option accepts.
const NOT_NUMBERS: [&str; 9] = [
    "",
    " 5",
    "5 ",
    "-1",
    "NaN",
    "inf",
    "1e18",
    "18446744073709551616",
    "five",
];

/// An option of `chat-server`: its name, its minimum and maximum, and some values that it refuses.
struct Row(&'static str, [&'static str; 2], &'static [&'static str]);

const OPTIONS: [Row; 11] = [
    Row("--writers", ["1", "1024"], &["0", "1025", "1.5"]),
    Row("--max-connections", ["1", "4194304"], &["0", "4194305"]),
    Row("--max-message", ["1", "16777216"], &["0", "16777217"]),
    Row("--history", ["0", "1048576"], &["1048577"]),
    Row(
        "--history-file-bytes",
        ["2097152", "1099511627776"],
        &["2097151", "1099511627777"],
    ),
    Row("--lines-per-second", ["0", "1000000000"], &["1000000001"]),
    Row("--backlog", ["0", "1073741824"], &["1073741825"]),
    Row(
        "--handshake-timeout",
        ["0.001", "86400"],
        &["0", "0.0009", "86400.1"],
    ),
    Row(
        "--idle-timeout",
        ["0.001", "86400"],
        &["0", "0.0009", "86400.1"],
    ),
    Row(
        "--write-timeout",
        ["0.001", "86400"],
        &["0", "0.0009", "86400.1"],
    ),
    Row(
        "--close-timeout",
        ["0.001", "86400"],
        &["0", "0.0009", "86400.1"],
    ),
];

/// Asserts that a program refuses this value of an option: it exits with 2, and its error names the option and the
/// value.
fn assert_refused(program: &str, option: &str, value: &str) {
    let given = format!("{option}={value}");
    let mut program = Program::start(Path::new(program), &[&given], &[]).unwrap();
    let code = program.wait(TIMEOUT).unwrap().code();
    let stderr = program.rest_of_stderr(TIMEOUT).unwrap();
    assert_eq!(code, Some(2), "{given}: {stderr:?}");
    let sentence = &stderr[0];
    let is_about_it = sentence.contains(option) && sentence.contains(&format!("'{value}'"));
    assert!(is_about_it && sentence.contains("expected "), "{sentence}");
}

#[test]
fn every_numeric_option_works_at_both_ends_of_its_range() {
    within(LIMIT, || {
        let name = format!("options-{}", std::process::id());
        let file = std::env::temp_dir().join(name);
        let file = file.to_str().unwrap();
        for Row(option, ends, _) in OPTIONS {
            for value in ends {
                let mut options = vec![option, value];
                if option == "--history-file-bytes" {
                    options.extend(["--history-file", file]);
                }
                let mut chat = Chat::ours(&options);
                let client = RawClient::connect(chat.address).unwrap();
                drop(client);
                chat.program.signal(Signal::TERM).unwrap();
                let status = chat.program.wait(TIMEOUT).unwrap();
                assert!(status.success(), "{option} {value}: {status}");
            }
        }
        std::fs::remove_file(file).unwrap();
    });
}

#[test]
fn every_numeric_option_refuses_values_outside_its_range() {
    within(LIMIT, || {
        let server = env!("CARGO_BIN_EXE_chat-server");
        for Row(option, _, beyond) in OPTIONS {
            for value in NOT_NUMBERS.iter().chain(beyond) {
                assert_refused(server, option, value);
            }
        }
    });
}

#[test]
fn history_file_bytes_option_requires_history_file() {
    within(LIMIT, || {
        let path = Path::new(env!("CARGO_BIN_EXE_chat-server"));
        let options = ["--history-file-bytes", "2097152"];
        let mut program = Program::start(path, &options, &[]).unwrap();
        assert_eq!(program.wait(TIMEOUT).unwrap().code(), Some(2));
        let said = program.rest_of_stderr(TIMEOUT).unwrap().join(" ");
        assert!(said.contains("--history-file <FILE>"), "{said}");
    });
}

#[cfg(feature = "lab")]
#[test]
fn comparison_refuses_values_out_of_range() {
    within(LIMIT, || {
        let compare = env!("CARGO_BIN_EXE_chat-compare");
        let out_of_range = ["0", "0.09", "3600.1"].map(|value| ("--duration", value));
        let too_fast = ["0", "0.009", "100.1"].map(|value| ("--rate", value));
        let not_numbers = NOT_NUMBERS.map(|value| [("--duration", value), ("--rate", value)]);
        let all = [not_numbers.as_flattened(), &out_of_range, &too_fast].concat();
        for (option, value) in all {
            assert_refused(compare, option, value);
        }
    });
}

#[test]
fn help_states_the_range_of_every_numeric_option() {
    within(LIMIT, || {
        let path = Path::new(env!("CARGO_BIN_EXE_chat-server"));
        let mut program = Program::start(path, &["--help"], &[]).unwrap();
        program.wait(TIMEOUT).unwrap();
        let help = program.rest_of_stdout(TIMEOUT).unwrap().join(" ");
        for Row(option, [min, max], _) in OPTIONS {
            let range = format!("{min} to {max}");
            // For `--lines-per-second`, 0 means no limit, so its range in the help begins with 1.
            let range = range.replace("0 to 1000000000", "1 to 1000000000");
            assert!(help.contains(&range), "{option}: {range}");
        }
    });
}

#[test]
fn message_of_16_mib_is_the_longest_accepted() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--max-message", "16777216", "--backlog", "100000000"]);
        let mut anna = chat.member("anna");
        let line = "x".repeat(16 * 1024 * 1024);
        let received = anna.say_and_receive(&line);
        assert!(received.ends_with(&line));
        anna.say(&format!("{line}x"));
        assert_eq!(anna.receive_close().1, 1009);
    });
}

#[test]
fn bind_fails_for_numbers_out_of_range() {
    let impossible: [fn(&mut Config); 12] = [
        |config| config.writers = 0,
        |config| config.writers = usize::MAX,
        |config| config.max_connections = 0,
        |config| config.max_connections = usize::MAX,
        |config| config.max_message = 0,
        |config| config.max_message = 16 * 1024 * 1024 + 1,
        |config| config.max_message = usize::MAX,
        |config| config.history = usize::MAX,
        |config| config.history_file_bytes = 0,
        |config| config.history_file_bytes = u64::MAX,
        |config| config.lines_per_second = u64::MAX,
        |config| config.backlog = usize::MAX,
    ];
    for make_impossible in impossible {
        let mut config = config();
        make_impossible(&mut config);
        let error = Server::bind(config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains("must be from "), "{error}");
    }
}
