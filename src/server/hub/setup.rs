//! How a hub begins.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crossbeam_channel::Sender;

use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::messages::WriterMessage;
use crate::server::hub::Hub;
use crate::server::hub::long_polls::LongPolls;
use crate::server::hub::messages::HubMessage;
use crate::server::room::Room;

impl Hub {
    /// Makes a hub from a room and the channels of its writers. A test's `hook` sees each message.
    pub fn new(
        room: Room,
        writers: Vec<Sender<WriterMessage>>,
        hook: Option<fn(&HubMessage)>,
    ) -> Hub {
        Hub {
            room,
            batches: OutgoingBatches::new(writers),
            long_polls: LongPolls::default(),
            is_stopping: false,
            hook,
        }
    }

    /// Stores the number of the newest line here after each batch.
    pub(crate) fn with_newest_number(mut self, newest: &Arc<AtomicU64>) -> Hub {
        self.long_polls.set_newest_number(newest);
        self
    }
}
