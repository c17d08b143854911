//! Measures how full the batches are.

use crate::server::delivery::batch::OutgoingBatches;

/// How many bytes fill a batch: 256 KiB. This bounds the memory of a batch, because a short `/who` can cause a long
/// answer.
const MAX_BATCH: usize = 256 * 1024;

/// How many steps of the room fill a batch: 32,768. Chunks of lines and lookups of names cost time but no bytes.
const MAX_STEPS: u64 = 32 * 1024;

impl OutgoingBatches {
    /// Returns whether it is time to send the batches.
    pub(crate) fn are_full(&self) -> bool {
        self.bytes >= MAX_BATCH || self.steps >= MAX_STEPS
    }

    /// Counts steps that the room has taken to fill the batches.
    pub(crate) fn count_steps(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
    }
}
