//! Starts the threads that a line passes through after its connection's thread: hub, keeper, writers.

use std::io;
use std::sync::Arc;

use crossbeam_channel::{Sender, bounded};
use log::Level;

use crate::server::cluster::link::HubLink;
use crate::server::cluster::room_id::RoomId;
use crate::server::cluster::status::ClusterStatus;
use crate::server::delivery::backlog::Backlog;
use crate::server::delivery::close_deadlines::CloseDeadlines;
use crate::server::delivery::messages::WriterMessage;
use crate::server::delivery::writer::{self, Writer};
use crate::server::delivery::writer_state::WriterState;
use crate::server::history_file::keeper::Keeper;
use crate::server::history_file::opening::OpenedFile;
use crate::server::history_file::transcript::Transcript;
use crate::server::hub::{self, Hub};
use crate::server::lifecycle::room_context::RoomContext;
use crate::server::lifecycle::room_source::RoomSource;
use crate::server::room::Room;

/// The channels to the threads of the room, and what other threads need to know about the room.
#[derive(Debug)]
pub(crate) struct RoomChannels {
    pub hub: HubLink,
    pub writers: Vec<Sender<WriterMessage>>,
    /// The id of the room.
    pub room_id: RoomId,
    /// With `--redis`: whether Redis is reachable.
    pub cluster: Option<Arc<ClusterStatus>>,
}

/// Starts the threads of the room that `source` describes.
///
/// # Errors
/// Fails if a thread cannot start. The other threads then end: the hub ends the writers, and the channels of the rest
/// disconnect.
pub(crate) fn start(context: &RoomContext<'_>, source: RoomSource) -> io::Result<RoomChannels> {
    let (writers, inboxes): (Vec<_>, Vec<_>) = (0..context.config.writers)
        .map(|_| bounded(writer::MAX_WAITING_MESSAGES))
        .unzip();
    // The hub starts before the writers. If a writer cannot start, the last sender to the hub is dropped, and the hub
    // ends the other writers.
    let (hub, cluster) = start_hub(context, source, writers.clone())?;
    for (number, (to_writer, inbox)) in writers.iter().zip(inboxes).enumerate() {
        let writer = writer(context, to_writer);
        context
            .supervisor
            .spawn(&format!("writer-{number}"), move || writer.run(&inbox))?;
    }
    Ok(RoomChannels {
        hub,
        writers,
        room_id: context.room_id.clone(),
        cluster,
    })
}

fn start_hub(
    context: &RoomContext<'_>,
    source: RoomSource,
    writers: Vec<Sender<WriterMessage>>,
) -> io::Result<(HubLink, Option<Arc<ClusterStatus>>)> {
    let room = Room::new(context.room_id.get(), context.config.history);
    let hub = match source {
        RoomSource::New(_) => Hub::new(room, writers, context.hooks.on_message),
        RoomSource::File(opened) => {
            let room = room.with_history(opened.tail.first, &opened.tail.lines);
            let keeper = start_keeper(context, *opened, writers)?;
            Hub::new(room, vec![keeper], context.hooks.on_message).with_replies_in_batches()
        }
        RoomSource::Cluster(clustering) => return clustering.start(context, writers),
    };
    let (to_hub, inbox) = bounded(hub::MAX_WAITING_MESSAGES);
    let hub = hub.with_newest_number(&context.metrics.newest_number);
    context.supervisor.spawn("hub", move || hub.run(&inbox))?;
    Ok((HubLink::Single(to_hub), None))
}

/// Starts the keeper. To the hub, it is the only writer.
fn start_keeper(
    context: &RoomContext<'_>,
    opened: OpenedFile,
    writers: Vec<Sender<WriterMessage>>,
) -> io::Result<Sender<WriterMessage>> {
    let line = opened.to_string();
    let level = if opened.tail.torn > 0 {
        Level::Warn
    } else {
        Level::Info
    };
    context.log.write(level, line);
    let counters = &context.metrics.history_file;
    let transcript = Transcript::new(
        opened.file,
        opened.tail.length,
        context.config.history_file_bytes,
        Arc::clone(counters),
    );
    let keeper = Keeper::new(
        transcript,
        writers,
        context.stopped.clone(),
        context.log.clone(),
        Arc::clone(counters),
    );
    let (to_keeper, inbox) = bounded(writer::MAX_WAITING_MESSAGES);
    context
        .supervisor
        .spawn("keeper", move || keeper.run(&inbox))?;
    Ok(to_keeper)
}

fn writer(context: &RoomContext<'_>, inbox: &Sender<WriterMessage>) -> Writer {
    let config = context.config;
    Writer::new(WriterState {
        backlog: Backlog {
            bytes: config.backlog,
            when_full: config.when_behind,
        },
        catch_up_permits: context.metrics.behind.clone(),
        inbox: inbox.clone(),
        behind: 0,
        shutdown_guard: context.supervisor.shutdown_guard.clone(),
        close_deadlines: CloseDeadlines::new(
            config.close_timeout.get(),
            config.write_timeout.get(),
        ),
    })
}
