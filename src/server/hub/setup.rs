//! How a hub is made.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::Sender;

use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::messages::WriterMessage;
use crate::server::hub::Hub;
use crate::server::hub::long_polls::LongPolls;
use crate::server::hub::messages::HubMessage;
use crate::server::room::Room;

impl Hub {
    /// Makes a hub from a room and the channels of its writers. A test's hook sees each message.
    pub fn new(
        room: Room,
        writers: Vec<Sender<WriterMessage>>,
        test_hook: Option<fn(&HubMessage)>,
    ) -> Hub {
        Hub {
            room,
            batches: OutgoingBatches::new(writers),
            long_polls: LongPolls::default(),
            is_stopping: false,
            test_hook,
        }
    }

    /// Makes the hub send HTTP replies through the batches, so that they do not overtake earlier lines in the keeper.
    pub(crate) fn with_replies_in_batches(mut self) -> Hub {
        self.long_polls.set_in_batches();
        self
    }

    /// Makes the hub store the number of the newest line in `newest`, now and after each batch.
    pub(crate) fn with_newest_number(mut self, newest: &Arc<AtomicU64>) -> Hub {
        // Relaxed is enough: `LongPolls` says why.
        newest.store(self.room.newest(), Ordering::Relaxed);
        self.long_polls.set_newest_number(newest);
        self
    }
}
