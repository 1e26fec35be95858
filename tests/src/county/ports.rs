//! Ports for nodes: free now, below those that the kernel hands out by itself, and given to one test program at a time for
//! as long as it runs, since a node that is stopped comes back to its own.

use std::{
    fs::{self, File, OpenOptions},
    hash::{BuildHasher, RandomState},
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    sync::{LazyLock, Mutex, PoisonError},
};

/// Where ports are taken from: in stretches, each locked by the program that takes from it.
#[derive(Debug)]
struct Range {
    first: u16,
    stretches: u16,
    /// Ports of one.
    length: u16,
    held: Vec<Stretch>,
}

#[derive(Debug)]
struct Stretch {
    next: u16,
    end: u16,
    /// The system gives it back when this process ends, however it ends.
    _lock: File,
}

// Single ports and blocks of ports have ranges of their own, so that the first do not fragment the second.
static SINGLE: LazyLock<Mutex<Range>> = LazyLock::new(|| Range::new(10_000, 100, 100));
static BLOCKS: LazyLock<Mutex<Range>> = LazyLock::new(|| Range::new(20_000, 30, 400));

/// A free port on 127.0.0.1.
pub fn free() -> u16 {
    SINGLE.lock().unwrap_or_else(PoisonError::into_inner).draw(1)
}

/// The first of `count` free ports in a row.
pub fn free_block(count: u16) -> u16 {
    BLOCKS.lock().unwrap_or_else(PoisonError::into_inner).draw(count)
}

impl Range {
    fn new(first: u16, stretches: u16, length: u16) -> Mutex<Self> {
        Mutex::new(Self { first, stretches, length, held: Vec::new() })
    }

    /// Each port is given once; what somebody else listens on is passed over.
    fn draw(&mut self, count: u16) -> u16 {
        let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        loop {
            if let Some(stretch) = self.held.last_mut() {
                while stretch.next + count <= stretch.end {
                    let first = stretch.next;
                    stretch.next += count;
                    if (first..first + count).all(free) {
                        return first;
                    }
                }
            }
            let another = self.take().unwrap_or_else(|| panic!("no {count} free ports in a row on 127.0.0.1"));
            self.held.push(another);
        }
    }

    /// A stretch that no program has, from a random one on.
    fn take(&self) -> Option<Stretch> {
        // The standard library's only source of randomness.
        let from = u16::try_from(RandomState::new().hash_one(self.held.len()) % u64::from(self.stretches)).unwrap_or(0);
        (0..self.stretches).map(|n| self.first + (from + n) % self.stretches * self.length).find_map(|first| {
            let lock = lock(first)?;
            Some(Stretch { next: first, end: first + self.length, _lock: lock })
        })
    }
}

fn lock(first: u16) -> Option<File> {
    let user = rustix::process::geteuid().as_raw();
    let directory = PathBuf::from(format!("/tmp/samsyn-test-ports-{user}"));
    fs::create_dir_all(&directory).expect("a directory for locks");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(directory.join(first.to_string()));
    let file = file.expect("a file to lock");
    file.try_lock().ok().map(|()| file)
}
