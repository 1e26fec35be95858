//! Files that hold keys: made readable to their owner alone, and refused when others can read them.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Bytes of a key or certificate file; anything larger is not one.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// A file that could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{} does not exist", path.display())]
    Missing { path: PathBuf },
    #[error("{} exists already", path.display())]
    Exists { path: PathBuf },
    #[error("{} cannot be used: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is no text", path.display())]
    NoText { path: PathBuf },
    #[error("{} is larger than any key file", path.display())]
    TooLarge { path: PathBuf },
    #[error("{} can be read by others than its owner (mode {mode:04o})", path.display())]
    Readable { path: PathBuf, mode: u32 },
}

impl FileError {
    fn of(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { path },
            io::ErrorKind::AlreadyExists => Self::Exists { path },
            io::ErrorKind::InvalidData => Self::NoText { path },
            _ => Self::Io { path, source },
        }
    }

    pub fn path(&self) -> &Path {
        match self {
            Self::Missing { path }
            | Self::Exists { path }
            | Self::Io { path, .. }
            | Self::NoText { path }
            | Self::TooLarge { path }
            | Self::Readable { path, .. } => path,
        }
    }

    /// What the operator can do about it.
    pub fn remedy(&self) -> String {
        let shown = self.path().display();
        match self {
            Self::Missing { .. } => format!("check the path, or restore {shown} from backup"),
            Self::Exists { .. } => "choose another directory, or move the file away first".to_owned(),
            Self::Io { .. } => format!("check that this user may use {shown} and that the disk has room"),
            Self::NoText { .. } => format!("restore {shown} from backup, or name the right file"),
            Self::TooLarge { .. } => format!("check that {shown} is the right file"),
            Self::Readable { .. } => format!("run: chmod 600 {shown}"),
        }
    }
}

/// Reads a secret file. Refuses one that group or others can read: on a shared host it must count as disclosed.
pub fn read_private_file(path: &Path) -> Result<Zeroizing<String>, FileError> {
    let file = File::open(path).map_err(|e| FileError::of(path, e))?;
    refuse_if_shared(path, &file)?;
    read(path, file)
}

/// Reads a text file of at most [`FILE_BYTES_MAX`].
pub(super) fn read_public_file(path: &Path) -> Result<Zeroizing<String>, FileError> {
    read(path, File::open(path).map_err(|e| FileError::of(path, e))?)
}

fn read(path: &Path, file: File) -> Result<Zeroizing<String>, FileError> {
    let size = file.metadata().map_err(|e| FileError::of(path, e))?.len();
    if size > FILE_BYTES_MAX {
        return Err(FileError::TooLarge { path: path.to_owned() });
    }
    // Sized at once: a buffer that grew would leave copies of the secret behind.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(size).unwrap_or(0) + 1));
    io::Read::read_to_string(&mut io::Read::take(file, FILE_BYTES_MAX), &mut text)
        .map_err(|e| FileError::of(path, e))?;
    Ok(text)
}

#[cfg(unix)]
fn refuse_if_shared(path: &Path, file: &File) -> Result<(), FileError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(|e| FileError::of(path, e))?.permissions().mode() & 0o7777;
    let of_others = mode & 0o077;
    if of_others == 0 { Ok(()) } else { Err(FileError::Readable { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn refuse_if_shared(_: &Path, _: &File) -> Result<(), FileError> {
    Ok(())
}

/// Writes a new secret file, mode 0600 from its first byte, on disk when this returns. Never overwrites.
pub fn create_private_file(path: &Path, contents: &[u8]) -> Result<(), FileError> {
    create(path, contents, 0o600)
}

/// Writes a new file that anyone may read, on disk when this returns. Never overwrites.
pub fn create_file(path: &Path, contents: &[u8]) -> Result<(), FileError> {
    create(path, contents, 0o644)
}

/// Replaces a file that anyone may read in one step: a reader, or a crash, sees the old one or the new one whole.
pub fn replace_file(path: &Path, contents: &[u8]) -> Result<(), FileError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    match fs::remove_file(&beside) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(FileError::of(&beside, e)),
        _ => {}
    }
    create(&beside, contents, 0o644)?;
    fs::rename(&beside, path).map_err(|e| FileError::of(path, e))?;
    sync_parent(path)
}

fn create(path: &Path, contents: &[u8], mode: u32) -> Result<(), FileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let mut file = options.open(path).map_err(|e| FileError::of(path, e))?;
    let written = file.write_all(contents).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // Half a key is worse than none; that removing fails as well changes nothing for the caller.
        drop(file);
        fs::remove_file(path).ok();
        return Err(FileError::of(path, error));
    }
    sync_parent(path)
}

/// A new name is only durable when its directory is.
fn sync_parent(path: &Path) -> Result<(), FileError> {
    let parent = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    File::open(parent).and_then(|d| d.sync_all()).map_err(|e| FileError::of(parent, e))
}
