//! The limits of this process's control groups (version 2).

use std::fs;
use std::path::Path;

/// Returns how much of a resource the control groups leave to this process, or `None` if there is no limit.
///
/// `max` is the file that holds the limit of a group, and `used` reads how much the group uses. All groups count, from
/// that of the process up to the root.
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

/// Reads the number in a file of the kernel. Returns `None` if there is no such file, or no limit.
pub(super) fn number_in(file: impl AsRef<Path>) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}
