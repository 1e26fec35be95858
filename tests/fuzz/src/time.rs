//! No input may take long to compute.

use rustix::time::{ClockId, clock_gettime};
use std::{cell::RefCell, time::Duration};

/// Time of this thread on a processor that one input may take: a second, and twice as much for telling libFuzzer of
/// every comparison (in the longest merges of prose, which are mostly comparisons, that is more than half of it).
const INPUT_TIME_MAX: Duration = Duration::from_secs(3);

/// How often an input must take too long. A virtual machine that is stopped for a moment counts that as time on the
/// processor; it does not do so to one input again and again.
const SLOW_TIMES_MAX: usize = 3;

thread_local! {
    static SLOW: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn now() -> Duration {
    let spec = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(spec.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(spec.tv_nsec).unwrap_or_default())
}

/// Runs what must be done within the bound, however busy the machine is; [`checked`] hears of it where it was not.
pub fn bounded<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = now();
    let result = run();
    let taken = now().saturating_sub(start);
    if taken > INPUT_TIME_MAX {
        SLOW.set(Some(format!("{what} took {taken:?}")));
    }
    result
}

/// One input of a target: panics where the check does, and where something takes too long every time.
pub fn checked(data: &[u8], check: impl Fn(&[u8])) {
    for time in 1..=SLOW_TIMES_MAX {
        check(data);
        match SLOW.take() {
            None => return,
            Some(slow) => assert!(time < SLOW_TIMES_MAX, "{slow}, the {time}th time in a row"),
        }
    }
}
