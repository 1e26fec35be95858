//! Looks through SQLite's write-ahead log before SQLite opens it. SQLite takes the first frame that does not fit its
//! checksum for the end of the log, which is right for a write that a power cut has torn, and drops what follows. Where
//! a transaction that was synced follows, it was no power cut but damage, and what was acknowledged would go in silence.

use crate::failure::Failure;
use std::{
    fs,
    path::{Path, PathBuf},
};

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// What a new SQLite database has, and so every node's.
const PAGE_BYTES: usize = 4_096;
/// The last bit says in which order the checksums read bytes.
const MAGIC: u32 = 0x377f_0682;

/// The log that belongs to a database.
pub fn of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Refuses a log in which something damaged stands before a transaction that had been synced after it.
pub(super) fn check(database: &Path) -> Result<(), Failure> {
    let file = of(database);
    let Ok(bytes) = fs::read(&file) else { return Ok(()) };
    match damaged_at(&bytes) {
        None => Ok(()),
        Some(at) => Err(super::damaged(&format!("{} does not fit its checksum at byte {at}", file.display()))),
    }
}

/// Where a log is damaged in a way that no power cut explains: each transaction is synced before the next is written, so
/// whatever lies before a later transaction's frames was whole.
pub fn damaged_at(bytes: &[u8]) -> Option<usize> {
    let log = Log::read(bytes)?;
    if !log.header_fits {
        // The header is one sector, synced before any frame: with it torn there is no frame of its log.
        let other = Log { big_endian: !log.big_endian, ..log };
        return [log, other].iter().any(|l| l.frames().iter().any(|f| f.fits && f.commits)).then_some(0);
    }
    let frames = log.frames();
    let bad = frames.iter().position(|f| !f.fits)?;
    let end = bad + frames[bad..].iter().position(|f| f.salted && f.commits)?;
    frames[end + 1..].iter().any(|f| f.fits).then_some(frames[bad].at)
}

/// Where the last transaction of a log begins: damage there cannot be told from a torn write.
pub fn last_transaction(bytes: &[u8]) -> usize {
    let Some(log) = Log::read(bytes) else { return 0 };
    let frames = log.frames();
    let whole = frames.iter().take_while(|f| f.fits).count();
    let ends: Vec<usize> = (0..whole).filter(|i| frames[*i].commits).collect();
    let before = ends.len().checked_sub(2).map(|i| ends[i] + 1);
    before.and_then(|i| frames.get(i)).map_or(0, |f| f.at)
}

#[derive(Clone, Copy)]
struct Log<'a> {
    bytes: &'a [u8],
    page: usize,
    big_endian: bool,
    header_fits: bool,
}

struct Frame {
    at: usize,
    /// It belongs to this log, and not to the one that the file held before.
    salted: bool,
    /// Its checksum follows from the frame before it: from what stands there, or from what should.
    fits: bool,
    /// It ends a transaction.
    commits: bool,
}

impl<'a> Log<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() < HEADER_BYTES + FRAME_HEADER_BYTES {
            return None;
        }
        let mut log = Self { bytes, page: PAGE_BYTES, big_endian: word(bytes, 0) & 1 == 1, header_fits: false };
        log.header_fits = word(bytes, 0) & !1 == MAGIC && log.checksum((0, 0), &bytes[..24]) == pair(bytes, 24);
        if log.header_fits {
            log.page = word(bytes, 8) as usize;
        }
        Some(log)
    }

    fn frames(&self) -> Vec<Frame> {
        let size = FRAME_HEADER_BYTES + self.page;
        let salts = if self.header_fits { pair(self.bytes, 16) } else { pair(self.bytes, HEADER_BYTES + 8) };
        let mut before = if self.header_fits { vec![pair(self.bytes, 24)] } else { Vec::new() };
        let mut frames: Vec<Frame> = Vec::new();
        for at in (HEADER_BYTES..).step_by(size).take_while(|at| at + size <= self.bytes.len()) {
            let frame = &self.bytes[at..at + size];
            let sum = |b: &(u32, u32)| self.checksum(self.checksum(*b, &frame[..8]), &frame[FRAME_HEADER_BYTES..]);
            let (stored, salted) = (pair(frame, 16), pair(frame, 8) == salts);
            let sums: Vec<(u32, u32)> = before.iter().map(sum).collect();
            let fits = salted && sums.contains(&stored);
            if let Some(last) = frames.last_mut().filter(|_| fits) {
                last.salted = true; // what a frame of this log follows is one too, whatever it says
            }
            frames.push(Frame { at, salted, fits, commits: word(frame, 4) != 0 });
            before = sums.into_iter().take(1).chain([stored]).collect();
        }
        frames
    }

    /// SQLite's own: two sums over words, each with the other.
    fn checksum(&self, (mut a, mut b): (u32, u32), bytes: &[u8]) -> (u32, u32) {
        for eight in bytes.chunks_exact(8) {
            let read = |at: usize| {
                let four = [eight[at], eight[at + 1], eight[at + 2], eight[at + 3]];
                if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
            };
            a = a.wrapping_add(read(0)).wrapping_add(b);
            b = b.wrapping_add(read(4)).wrapping_add(a);
        }
        (a, b)
    }
}

/// Header fields are big-endian.
fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn pair(bytes: &[u8], at: usize) -> (u32, u32) {
    (word(bytes, at), word(bytes, at + 4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Access, Store};

    /// A log of many transactions, as SQLite has written it.
    async fn log() -> Vec<u8> {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("node.db");
        let store = Store::open(&path, Access::Node).await.expect("opens");
        for n in 0..20 {
            let mut tx = store.begin().await.expect("begins");
            let insert = sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2)");
            insert.bind(format!("key {n}")).bind("x".repeat(3_000)).execute(&mut *tx).await.expect("inserted");
            tx.commit().await.expect("committed");
        }
        let bytes = fs::read(of(&path)).expect("there is a log");
        store.close().await;
        bytes
    }

    #[tokio::test]
    async fn a_whole_log_and_one_cut_short_are_no_damage() {
        let bytes = log().await;
        assert_eq!(damaged_at(&bytes), None);
        for length in (0..bytes.len()).step_by(1_000) {
            assert_eq!(damaged_at(&bytes[..length]), None, "cut to {length} bytes");
        }
    }

    #[tokio::test]
    async fn a_bit_flipped_before_the_last_transaction_is_found() {
        let bytes = log().await;
        let last = last_transaction(&bytes);
        assert!(last > bytes.len() / 2, "{last} of {}", bytes.len());
        for at in (0..last).step_by(397) {
            let mut bad = bytes.clone();
            bad[at] ^= 4;
            assert!(damaged_at(&bad).is_some(), "byte {at}");
        }
    }

    #[tokio::test]
    async fn a_last_transaction_that_was_torn_is_none() {
        let bytes = log().await;
        let last = last_transaction(&bytes);
        for at in (last..bytes.len()).step_by(512) {
            let mut torn = bytes.clone();
            let end = (at + 512).min(torn.len());
            torn[at..end].fill(0);
            assert_eq!(damaged_at(&torn), None, "sector at {at}");
        }
    }
}
