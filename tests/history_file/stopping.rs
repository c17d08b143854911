//! The keeper's waits, and what a stop does to each.

use crate::folder::Folder;
use crate::opening::{server, stop};
use crate::support::chat::LIMIT;
use crate::support::threads::{self, Call};
use crate::support::wait::until;
use crate::support::watchdog::within;

#[test]
fn idle_keeper_waits_for_its_channel_and_ends_at_a_stop() {
    within(LIMIT, || {
        let folder = Folder::new();
        let chat = server(&folder.file("room"));
        let pid = chat.program.id();
        let is_waiting = || threads::is_in(pid, "keeper", Call::Channel);
        until(is_waiting, |&is_waiting| is_waiting);
        stop(chat);
    });
}
