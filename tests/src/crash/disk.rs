//! A disk in memory that knows which writes have been synced. At a power cut, of what was not synced some is dropped,
//! some is torn at sectors of 512 bytes, and some survives; names of files survive once their directory was synced.
//! It can be told to fail at some operation. Knows nothing of FUSE.

use crate::sim::random::Random;
use std::collections::BTreeMap;

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// What is done to a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Io {
    Read,
    Write,
    Sync,
}

/// What the disk answers instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Full,
    Error,
    ReadOnly,
}

/// When it fails: at the nth operation of a kind from now; then once, or until it is mended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) io: Io,
    pub(crate) nth: usize,
    pub(crate) fault: Fault,
    pub(crate) stays: bool,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Clone, Default)]
struct File {
    /// As processes see it.
    now: Vec<u8>,
    /// As the disk has it for certain.
    durable: Vec<u8>,
    unsynced: Vec<Change>,
    /// Shared memory: the kernel writes it when it likes, so its operations are not counted.
    memory: bool,
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    files: BTreeMap<u64, File>,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    last_id: u64,
    /// Writes and syncs since the last power-on.
    operations: usize,
    /// The power goes at this operation.
    cut_at: Option<usize>,
    off: bool,
    plan: Option<Plan>,
    /// Times that the plan has made an operation fail.
    pub(crate) faults: usize,
    /// All of them were in the database file itself: in a checkpoint, which SQLite tries again at the next commit. The
    /// commits are whole in its log.
    pub(crate) only_checkpoints: bool,
    /// What failed last, for the reader.
    pub(crate) failed_at: String,
    /// Syncs of the database file itself: checkpoints.
    pub(crate) checkpoints: usize,
}

impl Disk {
    /// Lets the power go at the nth write or sync from now.
    pub(crate) fn cut_after(&mut self, operations: usize) {
        self.cut_at = Some(self.operations + operations);
    }

    pub(crate) fn is_off(&self) -> bool {
        self.off
    }

    pub(crate) fn fail(&mut self, plan: Plan) {
        self.plan = Some(plan);
        (self.faults, self.only_checkpoints) = (0, true);
    }

    pub(crate) fn mend(&mut self) {
        self.plan = None;
    }

    /// The power goes, and comes back: what is left is what a disk may have kept.
    pub(crate) fn cut(&mut self, random: &mut Random) {
        for file in self.files.values_mut() {
            let survives = Survival::draw(random);
            let mut left = file.durable.clone();
            let count = file.unsynced.len();
            for (n, change) in std::mem::take(&mut file.unsynced).into_iter().enumerate() {
                survives.put(&mut left, &change, (n, count), random);
            }
            file.now.clone_from(&left);
            file.durable = left;
        }
        // Directories are journalled: of what was not synced, a first part.
        if random.chance(50) {
            self.names = self.durable_names.clone();
        }
        self.durable_names = self.names.clone();
        (self.off, self.cut_at, self.plan) = (false, None, None);
    }

    fn allow(&mut self, id: u64, io: Io, what: &str) -> Result<(), Fault> {
        if self.off {
            return Err(Fault::Error);
        }
        if self.is_memory(id) {
            return Ok(());
        }
        if io != Io::Read {
            self.operations += 1;
            if self.cut_at.is_some_and(|at| self.operations >= at) {
                self.off = true;
                return Err(Fault::Error);
            }
        }
        let Some(plan) = self.plan.as_mut().filter(|p| p.io == io) else { return Ok(()) };
        plan.nth = plan.nth.saturating_sub(1);
        if plan.nth > 0 {
            return Ok(());
        }
        let fault = plan.fault;
        if !plan.stays {
            self.plan = None;
        }
        self.faults += 1;
        self.only_checkpoints &= self.find("node.db") == Some(id);
        let name = self.names.iter().find(|(_, named)| **named == id).map_or("a name", |(name, _)| name);
        self.failed_at = format!("{what} of {name}, {} bytes", self.length(id).unwrap_or(0));
        Err(fault)
    }

    pub(crate) fn find(&self, name: &str) -> Option<u64> {
        self.names.get(name).copied()
    }

    /// True for shared memory, which the kernel must be able to map.
    pub(crate) fn is_memory(&self, id: u64) -> bool {
        self.files.get(&id).is_some_and(|f| f.memory)
    }

    pub(crate) fn names(&self) -> Vec<(String, u64)> {
        self.names.iter().map(|(name, id)| (name.clone(), *id)).collect()
    }

    pub(crate) fn length(&self, id: u64) -> Option<usize> {
        self.files.get(&id).map(|f| f.now.len())
    }

    pub(crate) fn create(&mut self, name: &str) -> Result<u64, Fault> {
        self.allow(0, Io::Write, "create")?;
        if let Some(id) = self.find(name) {
            return Ok(id);
        }
        self.last_id += 1;
        self.files.insert(self.last_id, File { memory: name.ends_with("-shm"), ..File::default() });
        self.names.insert(name.to_owned(), self.last_id);
        Ok(self.last_id)
    }

    pub(crate) fn unlink(&mut self, name: &str) -> Result<bool, Fault> {
        self.allow(0, Io::Write, "unlink")?;
        Ok(self.names.remove(name).is_some())
    }

    pub(crate) fn read(&mut self, id: u64, at: usize, length: usize) -> Result<Vec<u8>, Fault> {
        self.allow(id, Io::Read, "read")?;
        let Some(file) = self.files.get(&id) else { return Err(Fault::Error) };
        let end = (at + length).min(file.now.len());
        Ok(file.now.get(at..end).unwrap_or_default().to_vec())
    }

    pub(crate) fn write(&mut self, id: u64, at: usize, bytes: &[u8]) -> Result<(), Fault> {
        self.allow(id, Io::Write, &format!("write of {} bytes at {at}", bytes.len()))?;
        let Some(file) = self.files.get_mut(&id) else { return Err(Fault::Error) };
        put(&mut file.now, at, bytes);
        file.unsynced.push(Change::Write { at, bytes: bytes.to_vec() });
        Ok(())
    }

    pub(crate) fn set_length(&mut self, id: u64, length: usize) -> Result<(), Fault> {
        self.allow(id, Io::Write, "set_length")?;
        let Some(file) = self.files.get_mut(&id) else { return Err(Fault::Error) };
        file.now.resize(length, 0);
        file.unsynced.push(Change::Length(length));
        Ok(())
    }

    /// Makes a file durable. Where that fails, what was to be written is forgotten, and a later sync succeeds without
    /// it: as Linux does since 4.13.
    pub(crate) fn sync(&mut self, id: u64) -> Result<(), Fault> {
        let allowed = self.allow(id, Io::Sync, "sync");
        if self.find("node.db") == Some(id) {
            self.checkpoints += 1;
        }
        let Some(file) = self.files.get_mut(&id) else { return Err(Fault::Error) };
        let changes = if self.off { Vec::new() } else { std::mem::take(&mut file.unsynced) };
        allowed?;
        for change in changes {
            match change {
                Change::Write { at, bytes } => put(&mut file.durable, at, &bytes),
                Change::Length(length) => file.durable.resize(length, 0),
            }
        }
        Ok(())
    }

    pub(crate) fn sync_names(&mut self) -> Result<(), Fault> {
        self.allow(0, Io::Sync, "sync_names")?;
        self.durable_names = self.names.clone();
        Ok(())
    }

    /// Puts a file there, durable.
    pub(crate) fn place(&mut self, name: &str, bytes: Vec<u8>) {
        self.last_id += 1;
        self.files.insert(self.last_id, File { durable: bytes.clone(), now: bytes, ..File::default() });
        self.names.insert(name.to_owned(), self.last_id);
        self.durable_names = self.names.clone();
    }
}

/// What becomes of one file's unsynced changes.
#[derive(Debug, Clone, Copy)]
enum Survival {
    /// None.
    Nothing,
    /// A first part, the last of it torn.
    Prefix,
    /// Any of them, each sector by itself.
    Sectors,
    Everything,
}

impl Survival {
    fn draw(random: &mut Random) -> Self {
        match random.below(10) {
            0..=3 => Self::Nothing,
            4..=6 => Self::Prefix,
            7 | 8 => Self::Sectors,
            _ => Self::Everything,
        }
    }

    fn put(self, left: &mut Vec<u8>, change: &Change, (n, count): (usize, usize), random: &mut Random) {
        let half = count / 2;
        let survives = match self {
            Self::Nothing => false,
            Self::Prefix => n <= half,
            Self::Sectors => random.chance(60),
            Self::Everything => true,
        };
        if !survives {
            return;
        }
        match change {
            Change::Length(length) => left.resize(*length, 0),
            Change::Write { at, bytes } => {
                let torn = matches!(self, Self::Sectors) || (matches!(self, Self::Prefix) && n == half);
                for (offset, sector) in sectors(*at, bytes) {
                    if !torn || random.chance(50) {
                        put(left, offset, sector);
                    }
                }
            }
        }
    }
}

/// Splits a write where the disk's sectors meet.
fn sectors(at: usize, bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let (mut parts, mut from) = (Vec::new(), 0);
    while from < bytes.len() {
        let length = (SECTOR - (at + from) % SECTOR).min(bytes.len() - from);
        parts.push((at + from, &bytes[from..from + length]));
        from += length;
    }
    parts
}

fn put(into: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if into.len() < end {
        into.resize(end, 0);
    }
    into[at..end].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk() -> (Disk, u64) {
        let mut disk = Disk::default();
        let id = disk.create("node.db").expect("made");
        disk.write(id, 0, b"synced").expect("written");
        disk.sync(id).expect("synced");
        disk.sync_names().expect("synced");
        (disk, id)
    }

    #[test]
    fn what_was_synced_survives_every_cut_and_the_rest_is_lost_in_some() {
        let (mut lost, mut kept) = (0, 0);
        for seed in 0..200 {
            let (mut disk, id) = disk();
            disk.write(id, 6, &[7; 2_000]).expect("written");
            disk.cut(&mut Random::new(seed));
            let left = disk.read(id, 0, 4_000).expect("read");
            assert_eq!(&left[..6], b"synced", "seed {seed}");
            if left.len() == 2_006 && left[6..].iter().all(|b| *b == 7) { kept += 1 } else { lost += 1 }
        }
        assert!(lost > 50 && kept > 5, "{lost} lost, {kept} kept");
    }

    #[test]
    fn a_sync_that_failed_forgets_what_it_was_to_write() {
        let (mut disk, id) = disk();
        disk.write(id, 6, b" not").expect("written");
        disk.fail(Plan { io: Io::Sync, nth: 1, fault: Fault::Error, stays: false });
        assert_eq!(disk.sync(id), Err(Fault::Error));
        disk.sync(id).expect("the next one says that all is well");
        disk.cut(&mut Random::new(1));
        assert_eq!(disk.read(id, 0, 100).expect("read"), b"synced");
    }

    #[test]
    fn a_cut_comes_at_its_operation_and_nothing_after_it_counts() {
        let (mut disk, id) = disk();
        disk.cut_after(2);
        disk.write(id, 6, b"1").expect("before");
        assert!(disk.sync(id).is_err() && disk.is_off());
        assert!(disk.write(id, 7, b"2").is_err());
        disk.cut(&mut Random::new(3));
        assert!(!disk.is_off());
    }
}
