//! How long a dialer waits before it tries a party again.
//!
//! The promise that the numbers keep: nodes are equal within 30 seconds of a line's healing, however long it was down. At
//! that moment the worst case is a dial or a stream that has just begun to be dead. It is given up after
//! [`samsyn_wire::transport::HANDSHAKE_TIMEOUT`], or after [`samsyn_wire::transport::KEEPALIVE_EVERY`] and [`samsyn_wire::transport::KEEPALIVE_TIMEOUT`]; then
//! comes one wait of at most [`WAIT_MAX`]. Either side's dial is enough.

use std::time::Duration;

/// The first wait.
const WAIT_MIN: Duration = Duration::from_millis(250);
/// The longest: doubled up to here.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// A stream that has stood so long was no false start.
const STEADY: Duration = Duration::from_secs(5);

/// Waits that double while a party cannot be reached or keeps ending its streams.
#[derive(Debug)]
pub(super) struct Backoff {
    wait: Duration,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self { wait: WAIT_MIN }
    }

    /// What was tried has failed.
    pub(super) fn failed(&mut self) {
        self.wait = (self.wait * 2).min(WAIT_MAX);
    }

    /// A stream has ended after so long, whichever side dialled it. One that ends at once, since the peer turns us away
    /// or the line flaps, counts as a failure: else both sides would dial four times a second for ever.
    pub(super) fn stood(&mut self, time: Duration) {
        if time >= STEADY {
            self.wait = WAIT_MIN;
        } else {
            self.failed();
        }
    }

    /// Between half and the whole of the wait, so that nodes do not dial in step; `byte` is random.
    pub(super) fn wait(&self, byte: u8) -> Duration {
        self.wait / 2 + self.wait / 2 * u32::from(byte) / 255
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_wire::transport;

    #[test]
    fn waits_grow_to_a_bound_and_begin_anew_after_a_steady_stream() {
        let mut backoff = Backoff::new();
        assert_eq!(backoff.wait(255), WAIT_MIN);
        for _ in 0..100 {
            backoff.failed();
            assert!(backoff.wait(0) * 2 >= backoff.wait(255));
        }
        assert_eq!(backoff.wait(255), WAIT_MAX);
        backoff.stood(Duration::from_millis(20));
        assert_eq!(backoff.wait(255), WAIT_MAX, "a flapping line is no reason to hurry");
        backoff.stood(STEADY);
        assert_eq!(backoff.wait(255), WAIT_MIN);
    }

    #[test]
    fn a_line_is_in_use_again_well_within_thirty_seconds_of_its_healing() {
        let dead_stream = transport::KEEPALIVE_EVERY + transport::KEEPALIVE_TIMEOUT;
        let dead_dial = transport::CONNECT_TIMEOUT.max(transport::HANDSHAKE_TIMEOUT).max(dead_stream);
        let catching_up = Duration::from_secs(10);
        assert!(dead_dial + WAIT_MAX + catching_up <= Duration::from_secs(30));
    }
}
