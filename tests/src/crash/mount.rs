//! The disk as a file system that a real `samsynd` runs on: one directory, by FUSE. The kernel's page cache stands
//! only before what SQLite maps, its `-shm`; every other read and write comes to the disk as it was made.

use super::disk::{Disk, Fault};
use fuser::{
    BackgroundSession, BsdFileFlags, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, LockOwner, MountOption, OpenFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty,
    ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Nothing is remembered by the kernel: after a cut all is asked for anew.
const TTL: Duration = Duration::ZERO;
/// Inode 1 is the directory.
const FIRST: u64 = 2;

/// A disk that is mounted; unmounted when it goes.
pub(crate) struct Mounted {
    disk: Arc<Mutex<Disk>>,
    session: Option<BackgroundSession>,
    at: PathBuf,
}

impl Mounted {
    /// Mounts a disk at a new directory.
    pub(crate) fn new(at: &Path, disk: Disk) -> Result<Self, String> {
        fs::create_dir_all(at).map_err(|e| e.to_string())?;
        let mut mounted = Self { disk: Arc::new(Mutex::new(disk)), session: None, at: at.to_owned() };
        mounted.mount()?;
        Ok(mounted)
    }

    pub(crate) fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn at(&self) -> &Path {
        &self.at
    }

    fn mount(&mut self) -> Result<(), String> {
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("samsyn-crash".to_owned())];
        let session = fuser::spawn_mount(Server(self.disk.clone()), &self.at, &config);
        self.session =
            Some(session.map_err(|e| format!("FUSE cannot be mounted here (as root, or with fuse3 installed): {e}"))?);
        Ok(())
    }

    /// Takes it off, lets `change` happen to the disk, and puts it on again: the kernel has forgotten all.
    pub(crate) fn remount(&mut self, change: impl FnOnce(&mut Disk)) -> Result<(), String> {
        self.unmount()?;
        change(&mut self.disk());
        self.mount()
    }

    fn unmount(&mut self) -> Result<(), String> {
        let Some(session) = self.session.take() else { return Ok(()) };
        session.umount_and_join().map_err(|e| format!("unmount: {e}"))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.unmount().ok();
    }
}

struct Server(Arc<Mutex<Disk>>);

impl Server {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Past the page cache, which would split a write at its pages: where the second part fails, the program is told of a
    /// short write, tries the rest again, and nothing has failed.
    fn flags(&self, id: u64) -> FopenFlags {
        if self.disk().is_memory(id) { FopenFlags::empty() } else { FopenFlags::FOPEN_DIRECT_IO }
    }

    fn attributes(&self, ino: u64) -> Option<FileAttr> {
        let length = if ino < FIRST { 0 } else { self.disk().length(ino - FIRST)? as u64 };
        Some(attributes(ino, length))
    }
}

fn attributes(ino: u64, length: u64) -> FileAttr {
    let directory = ino < FIRST;
    FileAttr {
        ino: INodeNo(ino),
        size: length,
        blocks: length.div_ceil(512),
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind: if directory { FileType::Directory } else { FileType::RegularFile },
        perm: if directory { 0o700 } else { 0o600 },
        nlink: 1,
        uid: rustix::process::getuid().as_raw(),
        gid: rustix::process::getgid().as_raw(),
        rdev: 0,
        blksize: 4096,
        flags: 0,
    }
}

fn errno(fault: Fault) -> Errno {
    match fault {
        Fault::Full => Errno::ENOSPC,
        Fault::Error => Errno::EIO,
        Fault::ReadOnly => Errno::EROFS,
    }
}

fn size(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

impl Filesystem for Server {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let id = name.to_str().and_then(|n| self.disk().find(n));
        match id.and_then(|id| self.attributes(id + FIRST)) {
            Some(found) => reply.entry(&TTL, &found, Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.attributes(ino.0) {
            Some(found) => reply.attr(&TTL, &found),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        _: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        length: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        if let Some(length) = length
            && let Err(fault) = self.disk().set_length(ino.0.saturating_sub(FIRST), size(length))
        {
            return reply.error(errno(fault));
        }
        match self.attributes(ino.0) {
            Some(found) => reply.attr(&TTL, &found),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn open(&self, _: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        reply.opened(FileHandle(0), self.flags(ino.0.saturating_sub(FIRST)));
    }

    fn create(&self, _: &Request, _: INodeNo, name: &OsStr, _: u32, _: u32, _: i32, reply: ReplyCreate) {
        let Some(name) = name.to_str() else { return reply.error(Errno::EINVAL) };
        let made = self.disk().create(name);
        match made {
            Ok(id) => {
                let length = self.disk().length(id).unwrap_or(0) as u64;
                let found = attributes(id + FIRST, length);
                reply.created(&TTL, &found, Generation(0), FileHandle(0), self.flags(id));
            }
            Err(fault) => reply.error(errno(fault)),
        }
    }

    fn unlink(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let gone = name.to_str().map_or(Ok(false), |n| self.disk().unlink(n));
        match gone {
            Ok(true) => reply.ok(),
            Ok(false) => reply.error(Errno::ENOENT),
            Err(fault) => reply.error(errno(fault)),
        }
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        length: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let read = self.disk().read(ino.0.saturating_sub(FIRST), size(offset), length as usize);
        match read {
            Ok(bytes) => reply.data(&bytes),
            Err(fault) => reply.error(errno(fault)),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let written = self.disk().write(ino.0.saturating_sub(FIRST), size(offset), data);
        match written {
            Ok(()) => reply.written(u32::try_from(data.len()).unwrap_or(u32::MAX)),
            Err(fault) => reply.error(errno(fault)),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        let synced = self.disk().sync(ino.0.saturating_sub(FIRST));
        match synced {
            Ok(()) => reply.ok(),
            Err(fault) => reply.error(errno(fault)),
        }
    }

    fn fsyncdir(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        let synced = self.disk().sync_names();
        match synced {
            Ok(()) => reply.ok(),
            Err(fault) => reply.error(errno(fault)),
        }
    }

    fn readdir(&self, _: &Request, _: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        for (n, (name, id)) in (1u64..).zip(self.disk().names()).skip(size(offset)) {
            if reply.add(INodeNo(id + FIRST), n, FileType::RegularFile, name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        const BLOCKS: u64 = 1 << 20;
        reply.statfs(BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCKS, 4096, 255, 4096);
    }
}
