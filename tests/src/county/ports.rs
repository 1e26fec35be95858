//! Ports for nodes: free now, below those that the kernel hands out by itself, and given once in this process.

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, RandomState},
    net::{Ipv4Addr, TcpListener},
    sync::{LazyLock, Mutex, PoisonError},
};

const FIRST: u16 = 10_000;
/// Test processes that run at the same time have ids close to each other: each draws from a slot of its own.
const SLOTS: u16 = 80;
const PER_SLOT: u16 = 275;

static GIVEN: LazyLock<Mutex<BTreeSet<u16>>> = LazyLock::new(Mutex::default);

/// A free port on 127.0.0.1.
pub fn free() -> u16 {
    free_block(1)
}

/// The first of `count` free ports in a row.
pub fn free_block(count: u16) -> u16 {
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in 0..1_000 {
        // The standard library's only source of randomness.
        let random = RandomState::new().hash_one(0) % u64::from(PER_SLOT - count);
        let slot = u16::try_from(std::process::id() % u32::from(SLOTS)).unwrap_or(0);
        let first = FIRST + slot * PER_SLOT + u16::try_from(random).unwrap_or(0);
        let block = first..first + count;
        if block.clone().all(|p| !given.contains(&p) && TcpListener::bind((Ipv4Addr::LOCALHOST, p)).is_ok()) {
            given.extend(block);
            return first;
        }
    }
    panic!("no {count} free ports in a row on 127.0.0.1");
}
