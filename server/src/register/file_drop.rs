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
        self.take_receipts(own, authority, directory).await?;
        let mut offset = 0;
        loop {
            let states = vec![State::ToRegister];
            let filter = RegisterFilter { states, limit: AT_ONCE, offset, ..RegisterFilter::default() };
            let rows = self.store.register_items(authority, &filter).await?;
            for row in &rows {
                let name = name(own, &row.item);
                let sent = directory.join("sent").join(&name);
                if !sent.exists() {
                    let (row, _) = self.item(Who::FileDrop(authority), authority, row.item.position).await?;
                    let text = self.document(&name, &row).await?;
                    hand_over(&directory.join("out"), &name, &text)?;
                    fs::write(&sent, "").doing("writing", &sent)?;
                    tracing::info!(item = name, "handed over to be registered");
                }
            }
            if (rows.len() as u64) < AT_ONCE {
                return Ok(());
            }
            offset += AT_ONCE;
        }
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
        for file in files {
            match self.take_receipt(own, authority, &file).await {
                Ok(()) => away(&file, &directory.join("done"))?,
                // Not the receipt's fault: it is tried again.
                Err(failure) if ours(failure.code) => return Err(failure),
                Err(failure) if failure.code == Code::InputReceipt && young(&file) => {}
                Err(failure) => {
                    tracing::warn!(code = %failure.code, authority = %authority, "a receipt is set aside: {failure}");
                    set_aside(&file, &directory.join("aside"), &failure)?;
                }
            }
        }
        Ok(())
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

/// The document under its name when it is whole, and then what says so.
fn hand_over(out: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let (file, sum) = (out.join(format!("{name}.xml")), out.join(format!("{name}.xml.sha256")));
    whole(&file, text)?;
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    whole(&sum, &format!("{digest}  {name}.xml\n"))
}

fn whole(file: &Path, text: &str) -> Result<(), Failure> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = fs::File::create(&part).and_then(|mut to| {
        io::Write::write_all(&mut to, text.as_bytes())?;
        to.sync_all()
    });
    written.doing("writing", &part)?;
    fs::rename(&part, file).doing("putting in place", file)
}

fn away(file: &Path, to: &Path) -> Result<(), Failure> {
    let Some(name) = file.file_name() else { return Ok(()) };
    fs::rename(file, to.join(name)).doing("moving", file)
}

fn set_aside(file: &Path, to: &Path, failure: &Failure) -> Result<(), Failure> {
    let Some(name) = file.file_name() else { return Ok(()) };
    let mut reason = name.to_owned();
    reason.push(".reason.txt");
    let text = format!("{} ({})\n{}\n", failure.message, failure.code, failure.remedy);
    whole(&to.join(reason), &text)?;
    away(file, to)
}

fn young(file: &Path) -> bool {
    let age = fs::symlink_metadata(file).and_then(|m| m.modified()).map(|at| SystemTime::now().duration_since(at));
    // A clock that is behind the file's says nothing: it is looked at again.
    age.is_ok_and(|age| age.is_ok_and(|age| age < WRITTEN_WITHIN))
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
    )
}
