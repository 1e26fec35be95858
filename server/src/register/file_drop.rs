//! File drop: what is to be registered goes to the authority's own case system as files, and its numbers come back as
//! receipts. In the directory that the rules name:
//!
//! ```text
//!   out/      ITEM.xml, and when that is whole ITEM.xml.sha256 (as sha256sum writes it)      the case system takes them
//!   receipts/ *.xml with the item and its number                                            the case system puts them
//!   done/     receipts that were taken in
//!   aside/    receipts that could not be, each with ITS-NAME.reason.txt
//!   sent/     an empty file for each item that has been handed over: this node's memory of it
//! ```
//!
//! A node that ends half-way hands the same item over again, under the same name. A receipt that comes again changes
//! nothing.

mod document;
mod receipt;

use super::{Case, Decision, Desk, Item, Order, State};
use crate::{
    failure::{Doing, Failure},
    rulebook::Numbers,
    store::RegisterFilter,
    who::Who,
};
use receipt::Receipt;
use samsyn_core::{
    code::Code,
    id::{AuthorityId, DocumentId, OrgId},
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// How often the directories are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Items of an authority that are looked at in one go, and receipts that are taken in.
const AT_ONCE: u64 = 500;
/// A receipt that cannot be read may still be being written.
const WRITTEN_WITHIN: Duration = Duration::from_secs(30);
/// Letters of a version's hash in an item's name, and versions of one document that are looked through.
const VERSION_LETTERS: usize = 16;
const VERSIONS_MAX: u64 = 100_000;
const FOLDERS: [&str; 5] = ["out", "receipts", "done", "aside", "sent"];

/// Hands over and takes in, for as long as the node runs.
pub(crate) async fn follow(desk: std::sync::Arc<Desk>, own: OrgId) {
    // A fault is told once, until it is another one.
    let mut told = String::new();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let mut faults = Vec::new();
        for (authority, directory) in desk.file_drops().await {
            if let Err(failure) = desk.drop_files(&own, &authority, &directory).await {
                faults.push(format!("{authority}: {failure}; remedy: {}", failure.remedy));
            }
        }
        let now = faults.join("; ");
        if !now.is_empty() && now != told {
            tracing::warn!("the file drop stands still, and is tried again: {now}");
        }
        told = now;
    }
}

impl Desk {
    /// The authorities whose numbers come from files, with their directories.
    async fn file_drops(&self) -> Vec<(AuthorityId, PathBuf)> {
        let known = self.authorities().await.unwrap_or_default();
        let directory = |id: AuthorityId| {
            let rules = self.rulebook.of(&id);
            let directory = rules.register.directory.clone().filter(|_| rules.register.numbers == Numbers::FileDrop)?;
            Some((id, directory))
        };
        known.into_iter().filter_map(directory).collect()
    }

    /// One look at a directory: receipts first, so that what has its number is not handed over again.
    pub(crate) async fn drop_files(
        &self,
        own: &OrgId,
        authority: &AuthorityId,
        directory: &Path,
    ) -> Result<(), Failure> {
        for folder in FOLDERS {
            let folder = directory.join(folder);
            fs::create_dir_all(&folder).doing("making", &folder)?;
        }
        // One that cannot be taken or handed over holds up no other.
        let mut failed = self.take_receipts(own, authority, directory).await.err();
        let sent = directory.join("sent");
        let known: BTreeSet<OsString> =
            fs::read_dir(&sent).doing("listing", &sent)?.flatten().map(|entry| entry.file_name()).collect();
        let mut offset = 0;
        loop {
            let states = vec![State::ToRegister];
            let filter = RegisterFilter { states, limit: AT_ONCE, offset, ..RegisterFilter::default() };
            let rows = self.store.register_items(authority, &filter).await?;
            for row in &rows {
                let name = name(own, &row.item);
                if known.contains(OsStr::new(&name)) {
                    continue;
                }
                match self.hand_over(authority, row.item.position, &name, directory).await {
                    Ok(()) => tracing::info!(item = name, "handed over to be registered"),
                    Err(failure) => failed = failed.or(Some(failure)),
                }
            }
            if (rows.len() as u64) < AT_ONCE {
                break;
            }
            offset += AT_ONCE;
        }
        failed.map_or(Ok(()), Err)
    }

    /// What cannot be remembered is not handed over: a case system that is quick would get it again and again.
    async fn hand_over(
        &self,
        authority: &AuthorityId,
        position: u64,
        name: &str,
        directory: &Path,
    ) -> Result<(), Failure> {
        let (row, _) = self.item(Who::FileDrop(authority), authority, position).await?;
        let text = self.document(name, &row).await?;
        let (sent, begun) = (directory.join("sent").join(name), directory.join("sent").join(format!("{name}.part")));
        put(&begun, "")?;
        hand_over(&directory.join("out"), name, &text)?;
        fs::rename(&begun, &sent).doing("putting in place", &sent)
    }

    async fn take_receipts(&self, own: &OrgId, authority: &AuthorityId, directory: &Path) -> Result<(), Failure> {
        let receipts = directory.join("receipts");
        let mut files: Vec<PathBuf> = fs::read_dir(&receipts)
            .doing("listing", &receipts)?
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml")))
            .take(usize::try_from(AT_ONCE).unwrap_or(usize::MAX))
            .collect();
        files.sort();
        let mut failed = None;
        for file in files {
            let done = match self.take_receipt(own, authority, &file).await {
                Ok(()) => away(&file, &directory.join("done")),
                // Not the receipt's fault: it is tried again.
                Err(failure) if ours(failure.code) => Err(failure),
                Err(failure) if failure.code == Code::InputReceipt && young(&file) => Ok(()),
                // Handed over, and not back yet after a restore: it waits.
                Err(failure) if failure.code == Code::InputNotFound && handed_over(directory, &file) => Ok(()),
                Err(failure) => {
                    tracing::warn!(code = %failure.code, authority = %authority, "a receipt is set aside: {failure}");
                    set_aside(&file, &directory.join("aside"), &failure)
                }
            };
            failed = failed.or(done.err());
        }
        failed.map_or(Ok(()), Err)
    }

    async fn take_receipt(&self, own: &OrgId, authority: &AuthorityId, file: &Path) -> Result<(), Failure> {
        let receipt = receipt::read(file)?;
        let unknown = || {
            let message = format!("'{}' is no item that this node has handed over for {authority}", receipt.item);
            Failure::new(Code::InputNotFound, message, "send the receipt to where the document came from").field("item")
        };
        let (document, _) = named(own, authority, &receipt.item).ok_or_else(unknown)?;
        let filter = RegisterFilter { document: Some(document), limit: VERSIONS_MAX, ..RegisterFilter::default() };
        let rows = self.store.register_items(authority, &filter).await?;
        let row = rows.into_iter().find(|row| name(own, &row.item) == receipt.item).ok_or_else(unknown)?;
        let position = row.item.position;
        if let Some(number) = row.statement.as_ref().and_then(|s| s.number.as_ref()) {
            return told_again(&receipt, &number.case, number.document);
        }
        let Receipt { case, document, .. } = receipt;
        let decision = Decision::Register(Case::Given { case, document, elsewhere: false });
        let order = Order {
            authority: authority.clone(),
            items: vec![position],
            decision,
            subject: None,
            protected_subject: None,
            counterpart_protected: None,
            class: None,
            reason: String::new(),
        };
        self.decide(Who::FileDrop(authority), order).await.map(drop)
    }
}

/// A receipt for what has a number already: the same is nothing new, another one is for somebody to look at.
fn told_again(receipt: &Receipt, case: &str, document: u64) -> Result<(), Failure> {
    if receipt.case == case && receipt.document.is_none_or(|n| n == document) {
        return Ok(());
    }
    let message = format!("the item is registered already, as {case}-{document}");
    let remedy = "a number stands; find out which of the two is right, and correct the case system";
    Err(Failure::new(Code::RegisterAlready, message, remedy).field("number"))
}

/// What the others have to give back: the same for a version of a document whenever it is handed over, also by a node that
/// has gone back to a backup and stores things in another order.
fn name(own: &OrgId, item: &Item) -> String {
    let version: String = item.tip.to_string().chars().take(VERSION_LETTERS).collect();
    format!("{own}-{}-{}-{version}", item.authority, item.document)
}

/// The document and the beginning of its version in such a name.
fn named<'a>(own: &OrgId, authority: &AuthorityId, name: &'a str) -> Option<(DocumentId, &'a str)> {
    let (document, version) = name.strip_prefix(&format!("{own}-{authority}-"))?.split_once('-')?;
    Some((document.parse().ok()?, version))
}

/// True if a receipt is for what was handed over, whatever this node's store knows of it now.
fn handed_over(directory: &Path, file: &Path) -> bool {
    let item = receipt::read(file).map(|receipt| receipt.item).unwrap_or_default();
    let plain = item.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    !item.is_empty() && plain && directory.join("sent").join(item).exists()
}

/// The document under its name when it is whole, and then what says so.
fn hand_over(out: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let (file, sum) = (out.join(format!("{name}.xml")), out.join(format!("{name}.xml.sha256")));
    // One of before, for a document that may have said something else of its case.
    match fs::remove_file(&sum) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e).doing("removing", &sum),
        _ => {}
    }
    whole(&file, text)?;
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    whole(&sum, &format!("{digest}  {name}.xml\n"))
}

fn whole(file: &Path, text: &str) -> Result<(), Failure> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    put(&part, text)?;
    fs::rename(&part, file).doing("putting in place", file)
}

/// A file of our own, durable. Others write here too: what they may have left under its name is never followed.
fn put(file: &Path, text: &str) -> Result<(), Failure> {
    match fs::remove_file(file) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e).doing("removing", file),
        _ => {}
    }
    let written = fs::File::create_new(file).and_then(|mut to| {
        io::Write::write_all(&mut to, text.as_bytes())?;
        to.sync_all()
    });
    written.doing("writing", file)
}

/// Under its own name, or the next that is free: a case system may call every receipt the same.
fn away(file: &Path, to: &Path) -> Result<(), Failure> {
    let Some(name) = file.file_name() else { return Ok(()) };
    fs::rename(file, free(to, name)).doing("moving", file)
}

fn free(folder: &Path, name: &OsStr) -> PathBuf {
    let numbered = (1..10_000).map(|n| {
        let mut other = OsString::from(format!("{n}-"));
        other.push(name);
        folder.join(other)
    });
    let taken = |path: &PathBuf| fs::symlink_metadata(path).is_ok();
    std::iter::once(folder.join(name)).chain(numbered).find(|p| !taken(p)).unwrap_or_else(|| folder.join(name))
}

fn set_aside(file: &Path, to: &Path, failure: &Failure) -> Result<(), Failure> {
    let Some(name) = file.file_name() else { return Ok(()) };
    let aside = free(to, name);
    let mut reason = aside.clone().into_os_string();
    reason.push(".reason.txt");
    let text = format!("{} ({})\n{}\n", failure.message, failure.code, failure.remedy);
    whole(Path::new(&reason), &text)?;
    fs::rename(file, &aside).doing("moving", file)
}

fn young(file: &Path) -> bool {
    let modified = fs::symlink_metadata(file).and_then(|m| m.modified());
    // A share's clock may be ahead of this one.
    let age = modified.map(|at| SystemTime::now().duration_since(at).unwrap_or_else(|ahead| ahead.duration()));
    age.is_ok_and(|age| age < WRITTEN_WITHIN)
}

/// True where the node cannot do it now, whatever the receipt says.
fn ours(code: Code) -> bool {
    matches!(
        code,
        Code::StoreFull
            | Code::StoreReadOnly
            | Code::StoreUnreachable
            | Code::StoreFailed
            | Code::StoreDamaged
            | Code::Stopping
            | Code::AuditUnwritable
            | Code::RegisterSeriesClosed
            // The system's own: a file that may not be read yet, a share that is away.
            | Code::Failed
    )
}
