//! Measures how full the batches are.

/// How many bytes fill a batch: 256 KiB. This bounds the memory of a batch, because a short `/who` can cause a long
/// answer.
const MAX_BATCH: usize = 256 * 1024;

/// How many steps of the room fill a batch: 32,768. Chunks of lines and lookups of names cost time but no bytes.
const MAX_STEPS: u64 = 32 * 1024;

/// What was put into the batches since they were last sent.
#[derive(Debug, Default)]
pub(crate) struct Fill {
    bytes: usize,
    steps: u64,
}

impl Fill {
    /// Returns whether it is time to send the batches.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes >= MAX_BATCH || self.steps >= MAX_STEPS
    }

    /// Counts bytes that were put into the batches.
    pub(super) fn count_bytes(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// Counts steps that the room has taken to fill the batches.
    pub(crate) fn count_steps(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
    }
}
