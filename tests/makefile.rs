//! Checks the commands of the Makefile, which `make -n` prints without running them.

#![allow(clippy::unwrap_used)]

use std::process::Command;

fn dry_run(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut make = Command::new("make");
    // `make test` exports variables that the make in this function must not see.
    make.env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL")
        .env_remove("MFLAGS");
    // With `-W`, make treats `Cargo.toml` as modified, so it prints the builds too.
    let output = make
        .args(["-n", "-W", "Cargo.toml"])
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn name_url_and_arguments_reach_the_client_unchanged() {
    let run = dry_run(
        &[
            "run-client",
            "NAME=an'na x",
            "URL=ws://h/?since=1&room=2",
            "ARGS=--no-reconnect",
        ],
        &[],
    );
    assert!(run.contains(r"--name='an'\''na x'"), "{run}");
    assert!(run.contains("'ws://h/?since=1&room=2'"), "{run}");
    assert!(run.contains("--no-reconnect"), "{run}");
}

#[test]
fn port_reaches_the_server_the_client_and_the_steps() {
    assert!(dry_run(&["run-server", "PORT=9002"], &[]).contains("--listen '127.0.0.1:9002'"));
    assert!(dry_run(&["run-client", "PORT=9002"], &[]).contains("'ws://127.0.0.1:9002/'"));
    assert!(dry_run(&["step-3", "PORT=9002"], &[]).contains("examples/step-3 '127.0.0.1:9002'"));
    let wire = dry_run(&["wire", "PORT=9002", "ARGS=--writers 2"], &[]);
    assert!(
        wire.contains("chat-server --show-wire --listen '127.0.0.1:9002' --writers 2"),
        "{wire}"
    );
}

#[test]
fn url_reaches_the_steps_that_are_clients() {
    let client = dry_run(&["step-6a", "URL=ws://h/?a=1", "PORT=9002"], &[]);
    assert!(
        client.contains("examples/step-6a 'ws://h/?a=1'"),
        "{client}"
    );
    assert!(!dry_run(&["step-5", "URL=ws://h/"], &[]).contains("ws://h/"));
}

#[test]
fn network_gets_its_delay_port_and_url() {
    let arguments = ["network", "DELAY=50ms", "PORT=9003", "URL=ws://h/"];
    let run = dry_run(&arguments, &[]);
    for part in [
        "--listen='127.0.0.1:9003'",
        "--server='ws://h/'",
        "--delay='50ms'",
    ] {
        assert!(run.contains(part), "{part}: {run}");
    }
}

#[test]
fn url_and_arguments_reach_the_comparison() {
    let run = dry_run(
        &["compare", "URL=ws://h/?a=1&b=2", "ARGS=--svg out.svg"],
        &[],
    );
    assert!(
        run.contains("chat-compare 'ws://h/?a=1&b=2' --svg out.svg"),
        "{run}"
    );
    assert!(dry_run(&["compare", "PORT=9002"], &[]).contains("'ws://127.0.0.1:9002/'"));
}

#[test]
fn port_and_arguments_reach_the_stream() {
    let run = dry_run(&["stream", "PORT=9002", "ARGS=disconnect"], &[]);
    assert!(
        run.contains("examples/camera --listen='127.0.0.1:9002' disconnect"),
        "{run}"
    );
}

#[test]
fn server_command_reaches_the_judge() {
    let run = dry_run(&["check", "SERVER=node it's.js $$PORT"], &[]);
    let expected = r"CHAT_SERVER='node it'\''s.js $PORT' cargo test";
    assert!(run.contains(expected), "{run}");
    let run = dry_run(&["check"], &[("SERVER", "node other.js")]);
    assert!(run.contains("CHAT_SERVER='' cargo test"), "{run}");
}

#[test]
fn minutes_reach_the_property_tests() {
    let run = dry_run(&["fuzz", "MINUTES=1.5"], &[]);
    assert!(run.contains("minutes='1.5'"), "{run}");
    assert!(
        run.contains("cargo test --locked --test properties"),
        "{run}"
    );
    assert!(dry_run(&["fuzz"], &[]).contains("minutes='10'"));
}

#[test]
fn environment_does_not_set_name_url_port_or_args() {
    let environment = [
        ("NAME", "the-computer"),
        ("URL", "ws://elsewhere/"),
        ("PORT", "1"),
        ("ARGS", "--no-reconnect"),
    ];
    let run = dry_run(&["run-client"], &environment);
    assert!(
        !run.contains("the-computer")
            && !run.contains("elsewhere")
            && !run.contains("--no-reconnect"),
        "{run}"
    );
    assert!(!dry_run(&["run-server"], &environment).contains("--listen"));
}

#[test]
fn make_without_a_target_lists_targets_in_80_columns() {
    let help = dry_run(&[], &[]);
    let steps =
        ["0a", "0b", "1", "2", "3", "4", "5", "6a", "6b"].map(|step| format!("make step-{step} "));
    let places: Vec<_> = steps.iter().map(|step| help.find(step.as_str())).collect();
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{help}"
    );
    for line in help.lines() {
        let text = line.trim_start_matches("echo ").trim_matches(['\'', '"']);
        assert!(text.chars().count() <= 80, "{text}");
    }
    for target in [
        "run-server",
        "run-client",
        "demo",
        "step-1",
        "step-5",
        "wire",
        "compare",
        "cluster",
        "network",
        "stream",
        "check",
        "test",
        "lint",
        "doc",
        "ci",
    ] {
        assert!(help.contains(target), "{target}");
    }
}

/// Returns what a target builds: the arguments of each `cargo build`.
fn built_by(target: &str) -> Vec<String> {
    let run = dry_run(&[target], &[]);
    let builds = run.lines().filter(|line| line.starts_with("cargo build "));
    let what = |line: &str| {
        line.split_once("--target-dir target ")
            .map(|(_, what)| what.to_owned())
    };
    builds.filter_map(what).collect()
}

#[test]
fn target_builds_only_what_it_runs() {
    for (target, expected) in [
        ("run-server", &["--bins"][..]),
        ("run-client", &["--bins"]),
        ("wire", &["--bins"]),
        ("demo", &["--bins", "--example demo"]),
        ("stream", &["--bins", "--example camera"]),
        ("step-1", &["--example step-1"]),
        ("step-5", &["--example step-5"]),
        ("step-0a", &["--example step-0a"]),
        ("step-6b", &["--example step-6b"]),
        ("network", &["--example network"]),
        ("compare", &["--features lab --bin chat-compare"]),
        ("cluster", &["--features redis --bins --example cluster"]),
    ] {
        assert_eq!(built_by(target), expected, "{target}");
    }
}

#[test]
fn build_shows_its_progress() {
    let run = dry_run(&["run-server"], &[]);
    assert!(
        run.contains("echo 'building;") && !run.contains("--quiet"),
        "{run}"
    );
}
