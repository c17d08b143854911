//! Tests of the judge. The judge must report a broken server at the right stage, in one sentence and in bounded time,
//! and must never panic.

// Some parts of the judge are used only by its program, not by these tests.
#[allow(dead_code)]
pub mod judge;

use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use crate::support::chat::LIMIT;
use crate::support::steps::{path, within};
use crate::support::wait::until;
use judge::address::find;
use judge::stages::STAGES;
use judge::{Limits, Report, judge};

/// The limits for prompt actions, in seconds, one for each try. The first is short, because some of the broken servers
/// hang on purpose. On a busy machine, a server may need longer even for what it does correctly, so there are further
/// tries.
const TRIES: [u64; 3] = [2, 8, 24];

fn limits(prompt: u64) -> Limits {
    Limits {
        start: Duration::from_secs(prompt),
        prompt: Duration::from_secs(prompt),
        stage: Duration::from_secs(3 * prompt),
        whole: Duration::from_secs(12 * prompt),
    }
}

/// A server's command, the number of stages that it passes, and a part of the sentence about the stage that it fails.
type Case<'a> = (&'a str, usize, &'a str);

/// Judges all these servers at the same time. Each must fail as its case specifies.
fn all_fail(cases: &[Case]) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| fails(*case));
        }
    });
}

fn fails(case: Case) -> Report {
    let mut difference = String::new();
    for prompt in TRIES {
        match fails_within(limits(prompt), case) {
            Ok(report) => return report,
            Err(error) => difference = error,
        }
    }
    panic!("{difference}");
}

/// Judges a server. If the result differs from the case, the error contains the judge's output.
fn fails_within(limits: Limits, (command, passes, words): Case) -> Result<Report, String> {
    let (begun, mut out) = (Instant::now(), Vec::new());
    // A server that is slow on purpose derives its pauses from `PROMPT`.
    let command = format!("export PROMPT={}; {command}", limits.prompt.as_secs());
    let report = judge(&command, limits, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    let failure = report.failure.as_deref().unwrap_or_default();
    let counts = format!(
        "check: {passes} passed, 1 failed, {} not tried\n",
        8 - passes
    );
    let is_late = begun.elapsed() >= limits.whole;
    if is_late || !failure.contains(words) || !out.ends_with(&counts) {
        return Err(format!("no {words:?} after {passes} stages in {out}"));
    }
    let rows = out.lines().filter(|line| line.starts_with("  "));
    assert!(rows.clone().all(|row| row.chars().count() <= 80), "{out}");
    assert_eq!(rows.count(), 9, "{out}");
    Ok(report)
}

/// Judges our broken server, once for each case. The first field of a case is the fault.
fn broken_servers_fail(cases: &[Case]) {
    let server = program("broken-server");
    programs_fail(cases, |how| format!("{server} '{how}'"));
}

/// Judges a server for each case. `command` makes the server's command from the first field of the case.
fn programs_fail(cases: &[Case], command: impl Fn(&str) -> String) {
    let commands: Vec<String> = cases.iter().map(|(first, ..)| command(first)).collect();
    let cases = commands.iter().zip(cases);
    let cases = cases.map(|(command, &(_, passes, words))| (&**command, passes, words));
    all_fail(&cases.collect::<Vec<_>>());
}

/// Returns the path of one of our examples, quoted for the shell.
fn program(name: &str) -> String {
    format!("'{}'", path(name).unwrap().display())
}

#[test]
fn server_that_prints_no_address_fails_with_the_reason() {
    within(LIMIT, || {
        all_fail(&[
            ("sleep 60 #", 0, "no such line in time"),
            ("exec >&- 2>&- sleep 60 #", 0, "no such line in time"),
            ("exit 3 #", 0, "exit code 3"),
            ("echo 'no chat' >&2; exit 1 #", 0, "no chat"),
            ("true", 0, "exit code 0"),
            (
                "echo 'Error: port 80 is taken' >&2 #",
                0,
                "port 80 is taken",
            ),
            ("/nowhere/to/be/found", 0, "not found"),
            ("yes #", 0, "no such line in time"),
            ("cat /dev/zero #", 0, "no such line in time"),
            ("'", 0, "expected a line such as `listening on ws://"),
        ]);
    });
}

#[test]
fn server_that_prints_a_wrong_address_fails_the_handshake() {
    within(LIMIT, || {
        let nobody = "nothing at 127.0.0.1:1";
        all_fail(&[
            ("echo ws://127.0.0.1:1/; sleep 60 #", 0, nobody),
            ("echo ws://127.0.0.1:1/ #", 0, "The server has ended"),
        ]);
    });
}

#[test]
fn broken_handshake_fails_with_the_reason() {
    within(LIMIT, || {
        broken_servers_fail(&[
            ("hangs", 0, "got nothing for "),
            ("exits", 0, "The server has ended: exit code 3"),
            ("closes", 0, " of the connection"),
            ("sends garbage", 0, "more than 16 KiB without an empty line"),
            ("has one key", 0, "expected `Sec-WebSocket-Accept: "),
        ]);
    });
}

#[test]
fn broken_echo_fails_with_the_reason() {
    within(LIMIT, || {
        broken_servers_fail(&[
            (
                "sends garbage frames",
                1,
                "got a frame with a reserved bit set",
            ),
            (
                "announces a huge frame",
                1,
                "got a frame of more than 1 MiB",
            ),
            ("floods", 1, "\"42 flood: on and on\""),
            ("pings without end", 1, "nothing for "),
            ("is slow", 1, "got nothing before the stage's time limit"),
        ]);
    });
}

#[test]
fn each_fault_of_a_chat_fails_the_stage_that_tests_it() {
    within(LIMIT, || {
        broken_servers_fail(&[
            ("echoes alone", 2, "anna is here"),
            ("says all twice", 2, "again"),
            ("skips a number", 3, "a line with number 31"),
            ("welcomes nobody", 4, "`* you are anna` as the first line"),
            ("never answers Ping", 5, "expected anna to get a Pong"),
            (
                "never answers Close",
                5,
                "expected ben to get Close 1000 in reply",
            ),
            ("keeps the vanished", 5, "dora vanished"),
            ("is naive", 6, "while carl had stopped reading"),
        ]);
    });
}

#[test]
fn steps_pass_the_expected_stages() {
    within(LIMIT, || {
        let cases = [
            ("step-1", 2, "while anna was connected"),
            ("step-2", 2, "expected ben to get a line that ends with"),
            ("step-3", 3, "`42 anna: hello`"),
            ("step-4", 3, "`42 anna: hello`"),
            ("step-5", 3, "`42 anna: hello`"),
        ];
        programs_fail(&cases, |step| format!("{} 127.0.0.1:$PORT", program(step)));
    });
}

#[test]
fn judge_kills_the_server_and_all_its_children() {
    within(LIMIT, || {
        let file = env::temp_dir().join(format!("judge-{}", process::id()));
        // The server runs in a shell within a shell, as with `npm start`.
        let command = format!("sh -c 'sleep 600 & echo $! >{}; wait' #", file.display());
        fails((&command, 0, "no such line in time"));
        let pid = fs::read_to_string(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let read = || fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        // After the kill, the process is a zombie until its new parent reaps it.
        let stat = || read().unwrap_or_else(|_| "gone".into());
        until(stat, |stat| stat == "gone" || stat.contains(") Z "));
    });
}

#[test]
fn explanations_of_the_stages_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file| fs::read_to_string(root.join(file)).unwrap();
    let (makefile, readme) = (read("Makefile"), read("README.md"));
    for stage in STAGES {
        let place = stage.explained;
        let exists = match place.split_once(' ') {
            Some(("make", target)) => makefile.contains(target),
            Some(("README:", part)) => readme.contains(&format!("## The {part}\n")),
            Some(("RFC", _)) => true,
            _ => false,
        };
        assert!(exists, "{place}");
    }
}

#[test]
fn address_is_found_in_the_output_of_various_servers() {
    for (line, address) in [
        ("listening on ws://127.0.0.1:9001/", "127.0.0.1:9001"),
        ("Listening at http://localhost:8080", "127.0.0.1:8080"),
        (
            "  ➜  Local:   http://localhost:\u{1b}[1m5173\u{1b}[22m/",
            "127.0.0.1:5173",
        ),
        (
            "INFO:websockets.server:server listening on 127.0.0.1:8765",
            "127.0.0.1:8765",
        ),
        (
            "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...",
            "127.0.0.1:8000",
        ),
        ("Server is running on port 3000.", "127.0.0.1:3000"),
        ("ws://[::1]:9001/", "[::1]:9001"),
        ("12:30:45 started, PORT=4000", "127.0.0.1:4000"),
        ("listening on :7000", "127.0.0.1:7000"),
    ] {
        let found = find(line).unwrap_or_default();
        assert_eq!(
            found.first().map(ToString::to_string).as_deref(),
            Some(address),
            "{line}"
        );
    }
    for line in [
        "",
        "10:24:33 hello",
        "see http://example.com/docs",
        "report 5 imports 7",
        "http://localhost:99999/",
        "port 0",
        "ws://:",
        "\u{1b}[",
    ] {
        assert_eq!(find(line), None, "{line}");
    }
}
