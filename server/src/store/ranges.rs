//! Commits that were read for one peer, kept for a moment for the others: after a partition all ask for the same.

use super::log::StoredCommits;
use samsyn_core::id::HeaderHash;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// What is kept, each about as long as a frame.
const PARTS_MAX: usize = 12;
/// How long it is of use.
const KEPT: Duration = Duration::from_secs(5);

/// The latest parts of ranges. What they say must be what the database says: they are forgotten whenever values or
/// signatures of stored entries have changed, one has been found spoiled, or nobody knows what is stored (keeps I10).
/// Never locked for longer than a look.
#[derive(Debug, Default)]
pub(super) struct Ranges(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    parts: VecDeque<Part>,
    /// How often all has been forgotten.
    forgotten: u64,
}

#[derive(Debug)]
struct Part {
    headers: Vec<HeaderHash>,
    bytes_max: usize,
    read_at: Instant,
    commits: Arc<StoredCommits>,
}

impl Ranges {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read for a range that begins in the same way. A part that does not end at a commit which is proven by
    /// itself is of use to whoever wants no more.
    pub(super) fn find(&self, range: &[HeaderHash], bytes_max: usize) -> Option<Arc<StoredCommits>> {
        let fits = |part: &&Part| {
            let whole = part.commits.ends_proven || part.headers.len() == range.len();
            part.bytes_max == bytes_max && whole && part.read_at.elapsed() <= KEPT && range.starts_with(&part.headers)
        };
        self.lock().parts.iter().find(fits).map(|part| part.commits.clone())
    }

    /// To be handed to [`Self::keep`] with what is read after it.
    pub(super) fn before_reading(&self) -> u64 {
        self.lock().forgotten
    }

    /// Keeps what was read, unless all has been forgotten meanwhile.
    pub(super) fn keep(&self, before: u64, range: &[HeaderHash], bytes_max: usize, commits: &Arc<StoredCommits>) {
        self.tidy();
        let mut kept = self.lock();
        if commits.headers == 0 || kept.forgotten != before {
            return;
        }
        if kept.parts.len() >= PARTS_MAX {
            kept.parts.pop_front();
        }
        let headers = range[..commits.headers].to_vec();
        kept.parts.push_back(Part { headers, bytes_max, read_at: Instant::now(), commits: commits.clone() });
    }

    /// Gives back what has been kept long enough.
    pub(super) fn tidy(&self) {
        let mut kept = self.lock();
        while kept.parts.front().is_some_and(|part| part.read_at.elapsed() > KEPT) {
            kept.parts.pop_front();
        }
    }

    pub(super) fn forget(&self) {
        let mut kept = self.lock();
        kept.parts.clear();
        kept.forgotten += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(count: u8) -> Vec<HeaderHash> {
        (0..count).map(|n| HeaderHash([n; 32])).collect()
    }

    fn read(headers: usize, ends_proven: bool) -> Arc<StoredCommits> {
        Arc::new(StoredCommits { commits: Vec::new(), headers, ends_proven })
    }

    #[test]
    fn what_was_read_for_one_is_found_by_all_who_begin_in_the_same_way() {
        let ranges = Ranges::default();
        ranges.keep(ranges.before_reading(), &headers(9), 512, &read(3, true));
        for (range, bytes_max, found) in [(9, 512, true), (3, 512, true), (2, 512, false), (9, 1, false)] {
            assert_eq!(ranges.find(&headers(range), bytes_max).is_some(), found, "{range} headers, {bytes_max} bytes");
        }
        assert!(ranges.find(&headers(9)[1..], 512).is_none(), "begins elsewhere");
    }

    #[test]
    fn a_part_that_ends_at_a_signature_nobody_has_checked_serves_those_who_want_no_more() {
        let ranges = Ranges::default();
        ranges.keep(ranges.before_reading(), &headers(3), 512, &read(3, false));
        assert!(ranges.find(&headers(3), 512).is_some());
        assert!(ranges.find(&headers(9), 512).is_none());
    }

    #[test]
    fn i10_what_was_read_before_all_was_forgotten_is_not_kept() {
        let ranges = Ranges::default();
        ranges.keep(ranges.before_reading(), &headers(3), 512, &read(3, true));
        let before = ranges.before_reading();
        ranges.forget();
        assert!(ranges.find(&headers(3), 512).is_none());
        ranges.keep(before, &headers(3), 512, &read(3, true));
        assert!(ranges.find(&headers(3), 512).is_none(), "a value may have been erased while it was read");
        ranges.keep(ranges.before_reading(), &headers(3), 512, &read(3, true));
        assert!(ranges.find(&headers(3), 512).is_some());
    }

    #[test]
    fn i6_what_is_kept_is_bounded() {
        let ranges = Ranges::default();
        for n in 0..100 {
            let range = [HeaderHash([n; 32])];
            ranges.keep(ranges.before_reading(), &range, 512, &read(1, true));
        }
        assert_eq!(ranges.lock().parts.len(), PARTS_MAX);
    }
}
