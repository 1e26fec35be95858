//! Where a package is written: a folder, or a zip file. Beside the place where it is to be, and moved there whole.

use crate::failure::{Doing, Failure};
use samsyn_core::code::Code;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A file of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) path: String,
    pub(super) mime: &'static str,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

#[derive(Debug)]
pub(super) struct Place {
    out: PathBuf,
    /// What is being written.
    part: PathBuf,
    to: To,
    listed: Vec<Listed>,
}

#[derive(Debug)]
enum To {
    Folder,
    /// With the one folder that all files are in.
    Zip(Box<ZipWriter<File>>, String),
    Done,
}

impl Place {
    /// Nothing that is there is written over.
    pub(super) fn open(out: &Path) -> Result<Self, Failure> {
        let Some(name) = out.file_name().and_then(|name| name.to_str()) else {
            let message = format!("{} is no name for a package", out.display());
            return Err(Failure::new(
                Code::InputValue,
                message,
                "name a folder or a .zip file that does not exist yet",
            )
            .field("out"));
        };
        free(out)?;
        let part = out.with_file_name(format!("{name}.part"));
        if fs::symlink_metadata(&part).is_ok() {
            let message = format!("{} is there already", part.display());
            let remedy = "an export that was ended half-way has left it: remove it, or name another target";
            return Err(Failure::new(Code::InputValue, message, remedy).field("out"));
        }
        let to = if let Some(folder) = name.strip_suffix(".zip").or_else(|| name.strip_suffix(".ZIP")) {
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
            To::Zip(Box::new(ZipWriter::new(file.doing("writing", &part)?)), folder.to_owned())
        } else {
            DirBuilder::new().mode(0o700).create(&part).doing("making", &part)?;
            To::Folder
        };
        Ok(Self { out: out.to_owned(), part, to, listed: Vec::new() })
    }

    /// Writes a file, and gives its SHA-256.
    pub(super) fn put(&mut self, path: &str, mime: &'static str, bytes: &[u8]) -> Result<String, Failure> {
        match &mut self.to {
            To::Zip(zip, folder) => {
                // No times: when the package was made is in it, once.
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Deflated)
                    .large_file(bytes.len() as u64 >= u64::from(u32::MAX))
                    .last_modified_time(zip::DateTime::default());
                let started = zip.start_file(format!("{folder}/{path}"), options).map_err(std::io::Error::other);
                started.and_then(|()| zip.write_all(bytes)).doing("writing", &self.part)?;
            }
            To::Folder | To::Done => {
                let file = self.part.join(path);
                if let Some(folder) = file.parent() {
                    DirBuilder::new().recursive(true).mode(0o700).create(folder).doing("making", folder)?;
                }
                let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file);
                let mut opened = opened.doing("writing", &file)?;
                opened.write_all(bytes).and_then(|()| opened.sync_data()).doing("writing", &file)?;
            }
        }
        let sha256 = hex::encode(Sha256::digest(bytes));
        self.listed.push(Listed { path: path.to_owned(), mime, bytes: bytes.len() as u64, sha256: sha256.clone() });
        Ok(sha256)
    }

    pub(super) fn listed(&self) -> &[Listed] {
        &self.listed
    }

    /// All is written: how many files and bytes.
    pub(super) fn finish(&mut self) -> Result<(usize, u64), Failure> {
        if let To::Zip(zip, _) = std::mem::replace(&mut self.to, To::Done) {
            let finished = zip.finish().map_err(std::io::Error::other).and_then(|file| file.sync_all());
            if let Err(error) = finished {
                fs::remove_file(&self.part).ok();
                return Err(Failure::io(format!("writing {}", self.part.display()), &error));
            }
        }
        Ok((self.listed.len(), self.listed.iter().map(|file| file.bytes).sum()))
    }

    /// Moves it to where it is to be; what came there meanwhile stays.
    pub(super) fn put_in_place(self) -> Result<(), Failure> {
        let moved =
            free(&self.out).and_then(|()| fs::rename(&self.part, &self.out).doing("putting in place", &self.out));
        if moved.is_err() {
            self.discard();
        }
        moved
    }

    /// Leaves nothing.
    pub(super) fn discard(self) {
        if self.part.is_dir() {
            fs::remove_dir_all(&self.part).ok();
        } else {
            fs::remove_file(&self.part).ok();
        }
    }
}

fn free(out: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(out).is_err() {
        return Ok(());
    }
    let message = format!("{} is there already", out.display());
    let remedy = "name a folder or a .zip file that does not exist yet; nothing is written over";
    Err(Failure::new(Code::InputValue, message, remedy).field("out"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_there_whole_or_not_at_all_and_nothing_is_written_over() {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["leverans", "leverans.zip"] {
            let out = dir.path().join(name);
            let mut place = Place::open(&out).expect("opened");
            place.put("a/b.txt", "text/plain", "Åäö".as_bytes()).expect("written");
            assert!(!out.exists(), "nothing is there before it is whole");
            assert_eq!(Place::open(&out).expect_err("another is being written").code, Code::InputValue);
            place.finish().expect("finished");
            place.put_in_place().expect("in place");
            assert!(out.exists());
            assert_eq!(Place::open(&out).expect_err("taken").field.as_deref(), Some("out"));
        }
        let given_up = dir.path().join("avbruten");
        let mut place = Place::open(&given_up).expect("opened");
        place.put("a", "text/plain", b"a").expect("written");
        place.discard();
        let taken = dir.path().join("upptagen");
        let mut place = Place::open(&taken).expect("opened");
        place.finish().expect("finished");
        fs::write(&taken, "somebody else's").expect("written");
        assert_eq!(place.put_in_place().expect_err("taken meanwhile").code, Code::InputValue);
        assert_eq!(fs::read_to_string(&taken).expect("read"), "somebody else's");
        let mut left: Vec<_> = fs::read_dir(dir.path()).expect("listed").flatten().map(|f| f.file_name()).collect();
        left.sort();
        assert_eq!(left, ["leverans", "leverans.zip", "upptagen"], "no half is left");
    }
}
