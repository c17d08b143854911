//! The limits of this process's control groups (version 2).

use std::fs;
use std::path::Path;

/// Returns how much of a resource the control groups leave to this process, or `None` if there is no limit.
///
/// `max` is the name of the file that holds the limit of a group, and `used` reads how much the group uses. Computes
/// limit minus use for the process's own group and each group above it, and returns the minimum.
pub(super) fn remaining(max: &str, used: impl Fn(&Path) -> Option<u64>) -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let left = |group: &Path| {
        let max = number_in(group.join(max))?;
        Some(max.saturating_sub(used(group).unwrap_or(0)))
    };
    Path::new(own)
        .ancestors()
        .filter_map(|group| left(&Path::new("/sys/fs/cgroup").join(group)))
        .min()
}

/// Reads the number in a kernel file. Returns `None` if the file does not exist, or does not hold a number.
pub(super) fn number_in(file: impl AsRef<Path>) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}
