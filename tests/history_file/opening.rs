//! Opening a history file: the room continues, or one sentence explains why it cannot.

use std::fs::{self, File};
use std::io::Write;
use std::iter;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Instant;

use blocking_chat::server::history_file::open_error::{OpenError, Problem};
use blocking_chat::server::history_file::opening::{self, OpenedFile};

use super::folder::{Folder, content, transcript};
use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::HttpClient;
use crate::support::metrics::Scrape;
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::resources;
use crate::support::wait::until;
use crate::support::watchdog::within;

/// Starts a server with this history file.
pub fn server(file: &Path) -> Chat {
    Chat::ours(&["--history-file", file.to_str().unwrap()])
}

/// Opens a history file in this process.
///
/// Retries while the file is locked. A child process of another test has copies of our descriptors until it calls
/// exec(2). These copies keep the lock on a file that we have just closed.
pub fn open(file: &Path, kept_lines: usize) -> OpenedFile {
    let is_free = |opened: &Result<OpenedFile, OpenError>| {
        let error = opened.as_ref().err();
        !error.is_some_and(|error| matches!(error.problem, Problem::InUse))
    };
    until(|| opening::open(file, "00c0ffee", kept_lines), is_free).unwrap()
}

/// Ends a server with SIGTERM.
pub fn stop(mut chat: Chat) {
    chat.program.signal(Signal::TERM).unwrap();
    assert!(chat.program.wait(TIMEOUT).unwrap().success());
}

/// Starts a server that must refuse this history file. Returns the server's error message.
fn refusal(file: &Path) -> String {
    let options = [
        "--listen",
        "127.0.0.1:0",
        "--history-file",
        file.to_str().unwrap(),
    ];
    let path = Path::new(env!("CARGO_BIN_EXE_chat-server"));
    let mut program = Program::start(path, &options, &[]).unwrap();
    assert_eq!(program.wait(TIMEOUT).unwrap().code(), Some(1));
    assert!(program.rest_of_stdout(TIMEOUT).unwrap().is_empty());
    let said = program.rest_of_stderr(TIMEOUT).unwrap();
    assert_eq!(said.len(), 1, "{said:?}");
    said[0].clone()
}

#[test]
fn room_continues_after_a_restart() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.file("room");
        let chat = server(&file);
        let mut anna = chat.member("anna");
        assert_eq!(anna.say_and_receive("hello"), "2 anna: hello");
        let posted = HttpClient::connect(&chat).post("/lines?name=ben", "one\ntwo");
        assert_eq!(posted.lines(), ["3 ben: one", "4 ben: two"]);
        anna.leave();
        stop(chat);
        let (room, lines) = content(&file);
        assert_eq!(lines[1..4], ["2 anna: hello", "3 ben: one", "4 ben: two"]);

        let chat = server(&file);
        let mut ben = chat.connect(&format!("/?name=ben&since=2&room={room}"));
        let received = ben.receive_until(" * ben joined");
        assert_eq!(received[0], format!("* you are ben in room {room}"));
        assert_eq!(received[1..3], ["3 ben: one", "4 ben: two"]);
        assert!(!received.iter().any(|line| line.contains("another room")));
        let newest = lines.len() as u64 + 1;
        let said = ben.say_and_receive("back");
        assert_eq!(said, format!("{} ben: back", newest + 1));
        let metrics = Scrape::fetch(&mut HttpClient::connect(&chat));
        assert_eq!(metrics.get("chat_lines_total"), newest + 1);
        assert!(metrics.get("chat_history_file_syncs_total") >= 1);
        assert!(metrics.get("chat_history_file_bytes_total") > 20);
        assert_eq!(metrics.get("chat_threads{kind=\"keeper\"}"), 1);
    });
}

#[test]
fn room_without_kept_lines_continues_its_numbers() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.with("room", transcript(1..=41));
        let path = file.to_str().unwrap();
        let chat = Chat::ours(&["--history-file", path, "--history", "0"]);
        let mut anna = chat.connect("/?name=anna&since=40&room=5f3a09c1");
        let received = anna.receive_until(" * anna joined");
        assert_eq!(received[1..], ["* 1 line is gone", "42 * anna joined"]);
    });
}

#[test]
fn torn_line_is_removed_and_reported() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.with("room", transcript(1..=3) + "4 anna: cut o");
        let chat = server(&file);
        let said = chat.program.stderr_line(TIMEOUT).unwrap();
        assert!(
            said.contains("after line 3") && said.contains("torn end of 13 bytes"),
            "{said}"
        );
        assert_eq!(content(&file).1.len(), 3);
        let posted = HttpClient::connect(&chat).post("/lines?name=ben", "next");
        assert_eq!(posted.lines(), ["4 ben: next"]);
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            transcript(1..=3) + "4 ben: next\n"
        );
    });
}

#[test]
fn file_truncated_at_any_byte_can_be_opened() {
    within(LIMIT, || {
        let folder = Folder::new();
        let whole = transcript(1..=4);
        for length in 0..=whole.len() {
            let file = folder.with("room", &whole[..length]);
            let opened = open(&file, 1000);
            let newlines = whole[..length].matches('\n').count();
            let room = if newlines == 0 {
                "00c0ffee"
            } else {
                "5f3a09c1"
            };
            assert_eq!(opened.room, room, "{length}");
            assert_eq!(opened.tail.lines.len(), newlines.saturating_sub(1));
            assert_eq!(opened.tail.length, file.metadata().unwrap().len());
            drop(opened);
            assert_eq!(content(&file).0, room);
        }
    });
}

#[test]
fn file_opened_by_another_server_is_refused() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.file("room");
        let chat = server(&file);
        // The link is another name for the same file.
        symlink(&file, folder.file("link")).unwrap();
        for name in ["room", "link"] {
            let said = refusal(&folder.file(name));
            assert!(said.contains("another server has it open"), "{said}");
        }
        drop(chat);
        stop(server(&file));
    });
}

#[test]
fn refused_file_is_left_unchanged() {
    within(LIMIT, || {
        let folder = Folder::new();
        for (name, bytes, sentence) in [
            ("text", "hello\n".to_owned(), "its first line is not"),
            (
                "gap",
                transcript(1..=3) + "9 anna: x\n",
                "is followed by line 9; repair the file, move it away",
            ),
            (
                "remark",
                transcript(1..=3) + "x\n",
                "the line at byte 75, \"x\", has no number",
            ),
            ("zeros", "\0".repeat(64) + "x\n", "its first line has zeros"),
        ] {
            let file = folder.with(name, &bytes);
            let said = refusal(&file);
            let begin = format!(
                "chat-server: cannot use the history file {}",
                file.display()
            );
            assert!(
                said.starts_with(&begin) && said.contains(sentence),
                "{said}"
            );
            assert_eq!(fs::read_to_string(&file).unwrap(), bytes);
        }
    });
}

#[test]
fn path_that_cannot_be_a_history_file_is_refused() {
    within(LIMIT, || {
        let folder = Folder::new();
        fs::create_dir(folder.file("folder")).unwrap();
        for path in [
            folder.file("folder"),
            "/dev/full".into(),
            "/dev/null".into(),
        ] {
            let said = refusal(&path);
            assert!(said.contains("it is not a regular file"), "{said}");
        }
        for name in ["missing", "folder/missing"] {
            let said = refusal(&folder.file(&format!("{name}/room")));
            let directory = folder.file(name);
            let sentence = format!("the directory {} does not exist", directory.display());
            assert!(said.contains(&sentence), "{said}");
        }
    });
}

#[test]
fn link_to_a_history_file_is_resolved() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.with("room", transcript(1..=3));
        let link = folder.file("link");
        symlink(&file, &link).unwrap();
        let opened = open(&link, 1000);
        assert_eq!(opened.file.locked().path(), file);
    });
}

/// The server reads little of a file of 1 GB, so it opens the file quickly even on a busy machine. Between its first
/// line and its last ones, the file is a hole, which uses no disk space.
#[test]
fn large_file_is_read_from_its_end() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.with("room", transcript(iter::empty()));
        let mut writer = File::options().append(true).open(&file).unwrap();
        writer.set_len(1_000_000_000).unwrap();
        let lines: String = (5_000_000..5_100_000)
            .map(|number| format!("{number} anna: line {number}\n"))
            .collect();
        write!(writer, "\n{lines}").unwrap();
        let begun = Instant::now();
        let chat = server(&file);
        println!("the start took {:?}", begun.elapsed());
        let response = HttpClient::connect(&chat).get("/lines?since=5099998");
        assert_eq!(response.lines(), ["5099999 anna: line 5099999"]);
        // `rchar` also counts reads of the program's libraries and of a few files in `/proc`.
        let read = fs::read_to_string(format!("/proc/{}/io", chat.program.id())).unwrap();
        let read = read.lines().find_map(|line| line.strip_prefix("rchar: "));
        let read: u64 = read.unwrap().parse().unwrap();
        assert!(read < 1_000_000, "the server read {read} bytes");
        stop(chat);
        assert!(file.metadata().unwrap().len() > 1_000_000_000);
    });
}

/// The 300 MiB of zeros are more than the server reads at once. They are a hole, which uses no disk space.
#[test]
fn many_zeros_at_the_end_are_cut_off() {
    within(LIMIT, || {
        let folder = Folder::new();
        let whole = transcript(1..=3);
        let file = folder.with("room", &whole);
        let writer = File::options().append(true).open(&file).unwrap();
        writer.set_len(300 << 20).unwrap();
        let opened = open(&file, 1000);
        assert_eq!(opened.tail.lines.len(), 3);
        assert_eq!(fs::read_to_string(&file).unwrap(), whole);
    });
}

#[test]
fn server_without_a_history_file_has_no_keeper() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        assert_eq!(resources::threads(chat.program.id(), "keeper"), 0);
        let metrics = Scrape::fetch(&mut HttpClient::connect(&chat));
        assert_eq!(metrics.get("chat_history_file_syncs_total"), 0);
        assert_eq!(metrics.get("chat_threads{kind=\"keeper\"}"), 0);
    });
}
