//! The student's own server. `make check` judges it.

use std::process::Command;

use crate::mine;

/// The number of stages that a server must pass, from *handshake* to *slow consumer*.
const STAGES: u32 = 7;

#[test]
#[ignore = "an exercise: SERVER='node server.js' or tests/exercises/mine/server.py"]
fn own_server_passes_seven_stages_of_the_judge() {
    let server = mine::command("SERVER", "server.py");
    // A `$` for the shell is `$$` on make's command line.
    let server = format!("SERVER={}", server.replace('$', "$$"));
    let mut make = Command::new("make");
    let make = make.current_dir(env!("CARGO_MANIFEST_DIR"));
    let judged = make.args(["check", &server]).output().unwrap();
    let report = String::from_utf8_lossy(&judged.stdout);
    let last = report.lines().find_map(|line| {
        let passed = line.strip_prefix("check: ")?.split_once(" passed")?.0;
        passed.parse::<u32>().ok()
    });
    assert!(last >= Some(STAGES), "{report}");
}
