//! Who acts in another's place: rows in a file at the node, each with a person, a role at an authority, a first and a last
//! day and the decision that it rests on. 'samsynd deputy' writes them, with a line in the audit log; a running node reads
//! them again when they change. A row gives something on its days and on no other, from one request to the next.
//!
//! A deputy acts in her own name and with what else she is. Persons stand here as in the audit log, and nowhere else.

use super::{Grant, Role};
use crate::{
    failure::{Doing, Failure},
    limits::{DEPUTIES_MAX, DEPUTY_DAYS_MAX},
};
use jiff::civil::Date;
use samsyn_core::{code::Code, id::AuthorityId};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Bytes of the file.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Characters of a person, of whose place it is, and of a decision.
const TEXT_MAX: usize = 255;
/// Letters of a row's name.
const NAME_LETTERS: usize = 8;

/// Somebody in another's place.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deputy {
    /// Who it is, as the audit log has it (`subject`).
    pub(crate) who: String,
    /// In whose place, as the function is called.
    #[serde(rename = "for")]
    pub(crate) place_of: String,
    pub(crate) role: Role,
    pub(crate) authority: AuthorityId,
    pub(crate) from: Date,
    /// The last day.
    pub(crate) to: Date,
    /// What it rests on, as the authority names it.
    pub(crate) decision: String,
}

/// Rows name persons.
impl fmt::Debug for Deputy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, authority, from, to, .. } = self;
        write!(f, "Deputy({} at {authority}, {from} to {to})", role.as_str())
    }
}

impl Deputy {
    pub(crate) fn grant(&self) -> Grant {
        Grant { role: self.role, authority: Some(self.authority.clone()) }
    }

    pub(crate) fn holds_on(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// What the row is called on the command line: the beginning of its hash.
    pub(crate) fn name(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex()[..NAME_LETTERS].to_owned()
    }

    /// A row is usable if
    /// - person, place and decision are said, each on one line;
    /// - its last day is not before its first, and they are no more than a year apart;
    /// - its authority is one of the organisation's.
    pub(crate) fn check(&self, known: &BTreeSet<AuthorityId>) -> Result<(), Failure> {
        for (text, field) in [(&self.who, "who"), (&self.place_of, "for"), (&self.decision, "decision")] {
            if !text.chars().any(char::is_alphanumeric) {
                let message = format!("a deputy without '{field}'");
                let remedy = match field {
                    "who" => "write the person's 'subject' as 'samsynd audit export' shows it",
                    "for" => "write in whose place it is, as the function is called",
                    _ => "write the decision as the authority names it",
                };
                return Err(Failure::new(Code::InputEmpty, message, remedy).field(field));
            }
            if text.chars().count() > TEXT_MAX || text.chars().any(char::is_control) {
                let message =
                    format!("'{field}' of a deputy has more than {TEXT_MAX} characters, or more than one line");
                return Err(Failure::new(Code::InputTooLong, message, "write it shorter").field(field));
            }
        }
        if self.to < self.from {
            let message = format!("a deputy from {} to {}: the last day is before the first", self.from, self.to);
            return Err(Failure::new(Code::InputDate, message, "write the days in order").field("to"));
        }
        let days = self.from.until(self.to).map_or(i32::MAX, |span| span.get_days());
        if days >= i32::from(DEPUTY_DAYS_MAX) {
            let message = format!("a deputy for {} days; {DEPUTY_DAYS_MAX} at most", i64::from(days) + 1);
            let remedy = "choose an earlier last day, or give the person the role itself";
            return Err(Failure::new(Code::InputDate, message, remedy).field("to"));
        }
        if !known.contains(&self.authority) {
            let message = format!("the charter gives this organisation no authority '{}'", self.authority);
            let known: Vec<&str> = known.iter().map(AuthorityId::as_str).collect();
            let remedy = format!("write one of: {}", known.join(", "));
            return Err(Failure::new(Code::InputNotFound, message, remedy).field("authority"));
        }
        Ok(())
    }
}

/// The file as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Deputies {
    pub(crate) rows: Vec<Deputy>,
    /// Authorities that rows name and nobody knows: what is said of them gives nothing.
    closed: BTreeSet<AuthorityId>,
    /// The beginning of the text's hash; empty where there is no file.
    pub(crate) version: String,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    deputy: Vec<Deputy>,
}

/// An authority that has been closed, or that came after this node's start, is no fault of the row: it gives nothing, and
/// the other rows hold.
fn known_or(known: &BTreeSet<AuthorityId>, authority: &AuthorityId) -> BTreeSet<AuthorityId> {
    known.iter().chain([authority]).cloned().collect()
}

impl Deputies {
    /// Reads the file. That there is none means that there is no deputy; one with a fault in it is refused as a whole.
    pub(crate) fn read(file: &Path, known: &BTreeSet<AuthorityId>) -> Result<Self, Failure> {
        let wrong = |what: String| {
            let message = format!("{}: {what}", file.display());
            Failure::config(message, "correct the file, or write it with 'samsynd deputy'").field("sign_in.deputies")
        };
        match fs::metadata(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::io(format!("reading {}", file.display()), &error)),
            Ok(found) if found.len() > FILE_BYTES_MAX => {
                return Err(wrong(format!("more than {FILE_BYTES_MAX} bytes")));
            }
            Ok(_) => {}
        }
        let text = fs::read_to_string(file).doing("reading", file)?;
        // What a row says of a person is not repeated: the message goes to the log.
        let raw: Raw = toml::from_str(&text).map_err(|e| {
            let line = e.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            wrong(format!("line {line} is no part of a row with who, for, role, authority, from, to and decision"))
        })?;
        if raw.deputy.len() > DEPUTIES_MAX {
            return Err(wrong(format!("more than {DEPUTIES_MAX} rows")));
        }
        let mut closed = BTreeSet::new();
        for (at, row) in raw.deputy.iter().enumerate() {
            row.check(&known_or(known, &row.authority)).map_err(|f| wrong(format!("row {}: {f}", at + 1)))?;
            if !known.contains(&row.authority) {
                let (row, authority) = (at + 1, &row.authority);
                tracing::warn!(row, %authority, "no such authority of ours is known: the deputy's row gives nothing");
                closed.insert(authority.clone());
            }
        }
        let version = blake3::hash(text.as_bytes()).to_hex()[..12].to_owned();
        Ok(Self { rows: raw.deputy, closed, version })
    }

    /// In whose place somebody acts on a day.
    pub(crate) fn of(&self, subject: &str, day: Date) -> Vec<Deputy> {
        let holds = |row: &&Deputy| row.who == subject && row.holds_on(day) && !self.closed.contains(&row.authority);
        self.rows.iter().filter(holds).cloned().collect()
    }
}

/// A change of the file, under way: nobody else changes it meanwhile.
pub(crate) struct Change {
    file: PathBuf,
    pub(crate) deputies: Deputies,
    _lock: File,
}

impl Change {
    pub(crate) fn begin(file: &Path, known: &BTreeSet<AuthorityId>) -> Result<Self, Failure> {
        let lock_file = file.with_extension("lock");
        let lock = private().append(true).create(true).open(&lock_file).doing("opening", &lock_file)?;
        lock.lock().doing("waiting for", &lock_file)?;
        Ok(Self { file: file.to_owned(), deputies: Deputies::read(file, known)?, _lock: lock })
    }

    /// Writes the rows beside the file, then does `meanwhile`, and only if that succeeds puts them in its place.
    pub(crate) fn finish(self, meanwhile: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        let text = toml::to_string(&Raw { deputy: self.deputies.rows })
            .map_err(|e| Failure::new(Code::Failed, format!("the deputies cannot be written: {e}"), "report this"))?;
        let part = self.file.with_extension("part");
        let text = format!(
            "# Written by 'samsynd deputy'. Persons stand here: keep it readable by the service's user alone.\n{text}"
        );
        let mut options = private();
        let written = options.write(true).create(true).truncate(true).open(&part).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        let done = written.doing("writing", &part).and_then(|()| meanwhile());
        let done = done.and_then(|()| fs::rename(&part, &self.file).doing("writing", &self.file));
        if done.is_err() {
            fs::remove_file(&part).ok();
        }
        done
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: &str = "2026-12-01";

    fn row(from: &str, to: &str) -> Deputy {
        Deputy {
            who: "s-1".to_owned(),
            place_of: "registrator vid kansliet".to_owned(),
            role: Role::Registrar,
            authority: AuthorityId::new("ks").expect("an id"),
            from: from.parse().expect("a day"),
            to: to.parse().expect("a day"),
            decision: "KS 2026:12".to_owned(),
        }
    }

    fn known() -> BTreeSet<AuthorityId> {
        [AuthorityId::new("ks").expect("an id")].into()
    }

    #[test]
    fn a_deputy_is_one_on_the_first_and_last_day_and_on_none_outside() {
        let deputies = Deputies { rows: vec![row("2026-12-01", "2026-12-14")], ..Deputies::default() };
        for (day, holds) in [("2026-11-30", false), (NONE, true), ("2026-12-14", true), ("2026-12-15", false)] {
            let day = day.parse().expect("a day");
            assert_eq!(deputies.of("s-1", day).len(), usize::from(holds), "{day}");
            assert!(deputies.of("S-1", day).is_empty(), "another person");
        }
    }

    #[test]
    fn a_row_that_cannot_be_is_refused_by_its_field() {
        let with = |change: fn(&mut Deputy)| {
            let mut row = row("2026-12-01", "2026-12-14");
            change(&mut row);
            row.check(&known()).expect_err("refused")
        };
        for (failure, code, field) in [
            (with(|r| r.who = " ".to_owned()), Code::InputEmpty, "who"),
            (with(|r| r.place_of = String::new()), Code::InputEmpty, "for"),
            (with(|r| r.decision = "-".to_owned()), Code::InputEmpty, "decision"),
            (with(|r| r.decision = "å".repeat(256)), Code::InputTooLong, "decision"),
            (with(|r| r.who = "a\nb".to_owned()), Code::InputTooLong, "who"),
            (with(|r| r.to = "2026-11-30".parse().expect("a day")), Code::InputDate, "to"),
            (with(|r| r.to = "2027-12-02".parse().expect("a day")), Code::InputDate, "to"),
            (with(|r| r.authority = AuthorityId::new("bun").expect("an id")), Code::InputNotFound, "authority"),
        ] {
            assert_eq!((failure.code, failure.field.as_deref()), (code, Some(field)), "{failure}");
        }
        row("2026-12-01", "2027-12-01").check(&known()).expect("a year");
    }

    #[test]
    fn what_is_written_reads_back_and_what_failed_meanwhile_is_not_written() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("deputies.toml");
        assert_eq!(Deputies::read(&file, &known()).expect("none"), Deputies::default());
        let mut change = Change::begin(&file, &known()).expect("begun");
        change.deputies.rows.push(row("2026-12-01", "2026-12-14"));
        change.finish(|| Ok(())).expect("written");
        let read = Deputies::read(&file, &known()).expect("read");
        assert_eq!(read.rows, [row("2026-12-01", "2026-12-14")]);
        let mut change = Change::begin(&file, &known()).expect("begun");
        change.deputies.rows.clear();
        let no_line = || Err(Failure::new(Code::AuditUnwritable, "no", "yes"));
        assert_eq!(change.finish(no_line).expect_err("refused").code, Code::AuditUnwritable);
        assert_eq!(Deputies::read(&file, &known()).expect("read"), read, "nothing half-written");
        assert!(!dir.path().join("deputies.part").exists());
    }

    #[test]
    fn a_file_with_a_fault_is_refused_whole_and_names_nobody() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("deputies.toml");
        let good = toml::to_string(&Raw { deputy: vec![row("2026-12-01", "2026-12-14")] }).expect("text");
        let good = good.replace("s-1", "s-hemlig");
        for (from, to) in [
            ("registrar\"", "king\""),
            ("for =", "instead ="),
            ("2026-12-14", "2026-13-14"),
            ("s-hemlig\"", "s-hemlig"),
        ] {
            let text = good.replace(from, to);
            assert_ne!(text, good, "{from}");
            fs::write(&file, text).expect("written");
            let failure = Deputies::read(&file, &known()).expect_err("refused");
            assert!(failure.exit_code() == 3 && !failure.to_text().contains("hemlig"), "{failure}");
        }
    }

    /// A board that has been closed does not stop the node, nor the deputies of other boards.
    #[test]
    fn a_row_of_an_authority_that_nobody_knows_gives_nothing_and_the_others_hold() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("deputies.toml");
        let rows = vec![row("2026-12-01", "2026-12-14"); 2];
        let text = toml::to_string(&Raw { deputy: rows }).expect("text");
        fs::write(&file, text.replacen("\"ks\"", "\"bun\"", 1)).expect("written");
        let deputies = Deputies::read(&file, &known()).expect("read");
        let places: Vec<String> =
            deputies.of("s-1", NONE.parse().expect("a day")).iter().map(|d| d.authority.to_string()).collect();
        assert_eq!((deputies.rows.len(), places), (2, vec!["ks".to_owned()]));
    }
}
