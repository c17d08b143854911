//! Measures how full the batches are.

/// How many bytes fill the batches: 256 KiB. Without this limit, the long answers to many short `/who` commands could
/// make the batches huge.
const MAX_BATCH: usize = 256 * 1024;

/// How many steps fill the batches: 32,768. Fetching chunks and looking up names take time, but may add no bytes.
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
