//! The names of the members, and the search for a free one.

use std::collections::{BTreeMap, HashMap};

use crate::base::id::ClientId;
use crate::base::name::Name;

/// The lowest number that is appended to a taken name: the second `anna` becomes `anna-2`.
const FIRST_SUFFIX: u64 = 2;

/// The names, each with its member.
///
/// For each stem (`anna` in `anna-2`), the taken numbers are stored as ranges. So at most [`MAX_LOOKUPS`] lookups find
/// the lowest free number, whatever names the members have chosen. If the search tried one number after another,
/// members could choose names that keep the hub busy.
#[derive(Debug, Default)]
pub(crate) struct NameTable {
    ids: HashMap<Name, ClientId>,
    numbers: HashMap<String, Ranges>,
    guests: u64,
    lookups: u64,
}

/// Bounds the lookups of one search for a free name: two for each length of the number (1 to 20 digits), and two more.
///
/// A long name is shortened to make room for the number, so its stem depends on how many digits the number has. A short
/// name has only one stem.
pub const MAX_LOOKUPS: u64 = 2 * 20 + 2;

impl NameTable {
    pub(crate) fn get(&self, name: &Name) -> Option<ClientId> {
        self.ids.get(name).copied()
    }

    /// Assigns a name to a member. The name must be free.
    pub(crate) fn insert(&mut self, name: Name, id: ClientId) {
        if let Some((stem, number)) = name.stem_and_number() {
            let ranges = match self.numbers.get_mut(stem) {
                Some(ranges) => ranges,
                None => self.numbers.entry(stem.to_owned()).or_default(),
            };
            ranges.insert(number);
        }
        self.ids.insert(name, id);
    }

    pub(crate) fn remove(&mut self, name: &Name) {
        if self.ids.remove(name).is_none() {
            return;
        }
        let Some((stem, number)) = name.stem_and_number() else {
            return;
        };
        if let Some(ranges) = self.numbers.get_mut(stem) {
            ranges.remove(number);
            if ranges.0.is_empty() {
                self.numbers.remove(stem);
            }
        }
    }

    /// Returns `wanted` if this name is free. Otherwise, returns it with the lowest free number appended.
    pub(crate) fn find_free(&mut self, wanted: &Name) -> Name {
        self.lookups += 1;
        if !self.ids.contains_key(wanted) {
            return wanted.clone();
        }
        let mut low = FIRST_SUFFIX;
        loop {
            // The numbers from `low` to `high` have the same length, so they share one stem.
            let high = low.checked_ilog10().map_or(u64::MAX, |power| {
                10_u64
                    .checked_pow(power + 1)
                    .map_or(u64::MAX, |next| next - 1)
            });
            let numbered = wanted.numbered(low);
            let free = self.free_number(&numbered, low);
            // There are more numbers with 20 digits than there can be members, so one of these numbers is free.
            if free <= high || high == u64::MAX {
                return wanted.numbered(free);
            }
            low = high + 1;
        }
    }

    /// Returns a free name `guest-N`. N grows with each call.
    pub(crate) fn next_guest(&mut self) -> Name {
        let wanted = self.guests + 1;
        let free = self.free_number(&Name::guest(wanted), wanted);
        self.guests = free;
        Name::guest(free)
    }

    /// Returns the lowest number from `low` upward that is free for the stem of `numbered`.
    fn free_number(&mut self, numbered: &Name, low: u64) -> u64 {
        self.lookups += 2;
        let stem = numbered.stem_and_number().map(|(stem, _)| stem);
        match stem.and_then(|stem| self.numbers.get(stem)) {
            Some(ranges) => ranges.lowest_free_from(low),
            None => low,
        }
    }

    /// Returns the number of the newest guest, or 0. The next guest gets a higher one.
    pub(crate) fn guests(&self) -> u64 {
        self.guests
    }

    /// Makes an empty table whose next guest gets a number above `guests`.
    pub(crate) fn with_guests(guests: u64) -> NameTable {
        NameTable {
            guests,
            ..NameTable::default()
        }
    }

    /// Returns how many lookups all searches have made so far.
    pub(crate) fn lookups(&self) -> u64 {
        self.lookups
    }
}

/// A set of numbers, stored as the first and the last number of each run of consecutive numbers.
#[derive(Debug, Default)]
struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    /// Returns the first and the last number of the run that contains `number`, or `None` if it is not in the set.
    fn run_containing(&self, number: u64) -> Option<(u64, u64)> {
        let (&first, &last) = self.0.range(..=number).next_back()?;
        (number <= last).then_some((first, last))
    }

    fn lowest_free_from(&self, low: u64) -> u64 {
        self.run_containing(low)
            .map_or(low, |(_, last)| last.saturating_add(1))
    }

    fn insert(&mut self, number: u64) {
        let below = number
            .checked_sub(1)
            .and_then(|below| self.run_containing(below));
        let above = number
            .checked_add(1)
            .and_then(|above| self.run_containing(above));
        if let Some((first, _)) = above {
            self.0.remove(&first);
        }
        let first = below.map_or(number, |(first, _)| first);
        let last = above.map_or(number, |(_, last)| last);
        self.0.insert(first, last);
    }

    fn remove(&mut self, number: u64) {
        let Some((first, last)) = self.run_containing(number) else {
            return;
        };
        self.0.remove(&first);
        if first < number {
            self.0.insert(first, number - 1);
        }
        if number < last {
            self.0.insert(number + 1, last);
        }
    }
}
