//! Measures how full the batches are.

/// The number of bytes at which the batches are full: 256 KiB. Without this limit, the long answers to many short
/// `/who` commands could make the batches huge.
const MAX_BATCH: usize = 256 * 1024;

/// The number of steps at which the batches are full: 32,768. A step takes time, but does not always add bytes.
const MAX_STEPS: u64 = 32 * 1024;

/// How much has been put into the batches since they were last sent.
#[derive(Debug, Default)]
pub(crate) struct Fill {
    bytes: usize,
    steps: u64,
}

impl Fill {
    /// Returns whether the batches must be sent before the hub handles another message.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes >= MAX_BATCH || self.steps >= MAX_STEPS
    }

    /// Counts bytes that were put into the batches.
    pub(super) fn count_bytes(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// Counts steps that were taken to fill the batches.
    pub(crate) fn count_steps(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
    }
}
