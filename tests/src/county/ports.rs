//! Ports for nodes: free now, below those that the kernel hands out by itself, and given once in this process.

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, RandomState},
    net::{Ipv4Addr, TcpListener},
    sync::{LazyLock, Mutex, PoisonError},
};

/// Single ports and blocks of ports have ranges of their own, so that the first do not fragment the second.
// All whole-system tests run in one process, and each port is given once: they need more than five hundred.
const SINGLE: (u16, u16) = (10_000, 1_000);
const BLOCKS: (u16, u16) = (20_000, 1_200);
/// Test processes that run at the same time have ids close to each other: each draws from a slot of its own.
const SLOTS: u16 = 10;

static GIVEN: LazyLock<Mutex<BTreeSet<u16>>> = LazyLock::new(Mutex::default);

/// A free port on 127.0.0.1.
pub fn free() -> u16 {
    draw(SINGLE, 1)
}

/// The first of `count` free ports in a row.
pub fn free_block(count: u16) -> u16 {
    draw(BLOCKS, count)
}

fn draw((first, per_slot): (u16, u16), count: u16) -> u16 {
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let slot = u16::try_from(std::process::id() % u32::from(SLOTS)).unwrap_or(0);
    for attempt in 0..1_000u16 {
        // The standard library's only source of randomness.
        let random = RandomState::new().hash_one(attempt) % u64::from(per_slot / count);
        let first = first + slot * per_slot + count * u16::try_from(random).unwrap_or(0);
        let block = first..first + count;
        if block.clone().all(|p| !given.contains(&p) && TcpListener::bind((Ipv4Addr::LOCALHOST, p)).is_ok()) {
            given.extend(block);
            return first;
        }
    }
    panic!("no {count} free ports in a row on 127.0.0.1");
}
