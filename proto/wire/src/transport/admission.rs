//! How many of one kind may be there at once: handshakes from one address, connections of one key. One hoarder then
//! takes its own share and nobody else's (keeps I6).

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts what is there, by whom.
#[derive(Debug)]
pub(super) struct Counts<K: Ord + Copy>(Arc<Mutex<BTreeMap<K, usize>>>);

impl<K: Ord + Copy> Clone for Counts<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Ord + Copy> Default for Counts<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Ord + Copy> Counts<K> {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more of `key`, for as long as the guard lives; `None` if it has `max` already.
    pub(super) fn enter(&self, key: K, max: usize) -> Option<Entered<K>> {
        let mut counts = self.lock();
        let count = counts.entry(key).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Entered { counts: self.clone(), key })
    }
}

/// Counts for as long as it lives.
#[derive(Debug)]
pub(super) struct Entered<K: Ord + Copy> {
    counts: Counts<K>,
    key: K,
}

impl<K: Ord + Copy> Drop for Entered<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

/// Whom an address stands for: of IPv6 the first 64 bits, since one subscriber has all the others.
pub(super) fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_share_of_its_own_and_gets_it_back() {
        let counts = Counts::default();
        let first = counts.enter(1, 2).expect("room");
        let _second = counts.enter(1, 2).expect("room");
        assert!(counts.enter(1, 2).is_none());
        assert!(counts.enter(2, 2).is_some(), "another's share is untouched");
        drop(first);
        assert!(counts.enter(1, 2).is_some());
    }

    #[test]
    fn one_subscriber_of_ipv6_is_one_however_many_addresses_it_uses() {
        let of = |text: &str| subscriber(text.parse().expect("an address"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
