//! The audit log: who did what with this node, in files of lines that hang together by hashes, so that a line that was
//! changed, taken out or put in shows. An act whose line cannot be written is not carried out.
//!
//! One file a month, one JSON object a line. Each line names the hash of the line before it, over all files. Persons are
//! named here and nowhere else on disk.

mod act;

pub(crate) use act::{Act, Matter};

use crate::{
    failure::{Doing, Failure},
    sign_in::{Deputy, Person, Role},
};
use jiff::Timestamp;
use samsyn_core::code::Code;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

const PREFIX: &str = "audit-";
const SUFFIX: &str = ".jsonl";
/// Bytes of a line: a person, a role for each authority, and room.
const LINE_MAX: u64 = 64 * 1024;
/// What the first line of all names.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[derive(Debug, Serialize)]
struct Line<'a> {
    number: u64,
    at: String,
    #[serde(flatten)]
    act: Act<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<Who<'a>>,
    /// The hash of the line before.
    after: &'a str,
}

#[derive(Debug, Serialize)]
struct Who<'a> {
    subject: &'a str,
    name: &'a str,
    /// In whose place the person may have acted, as well as for herself: what was in force at the authority of the act.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deputy_for: Vec<PlaceOf<'a>>,
}

#[derive(Debug, Serialize)]
struct PlaceOf<'a> {
    #[serde(rename = "for")]
    whose: &'a str,
    role: Role,
    authority: &'a str,
    decision: &'a str,
}

impl<'a> Who<'a> {
    fn of(person: &'a Person, act: &Act<'_>) -> Self {
        let there = |row: &&Deputy| act.authority().is_none_or(|at| at == row.authority.as_str());
        let place = |row: &'a Deputy| PlaceOf {
            whose: &row.place_of,
            role: row.role,
            authority: row.authority.as_str(),
            decision: &row.decision,
        };
        let deputy_for = person.deputy.iter().filter(there).map(place).collect();
        Self { subject: &person.subject, name: &person.name, deputy_for }
    }
}

/// What of a written line its place in the chain needs.
#[derive(Debug, Deserialize)]
struct Link {
    number: u64,
    at: Timestamp,
    after: String,
}

/// The log of one node. Its process holds the lock; a command beside it takes turns with it, line by line.
#[derive(Debug)]
pub(crate) struct Audit {
    end: Mutex<End>,
}

#[derive(Debug)]
struct End {
    directory: PathBuf,
    /// Of the last line.
    number: u64,
    hash: String,
    /// The name of the last line's file: a clock that goes back over a month's end does not go back to an earlier file.
    file: String,
    /// Its length after that line. If it has another one, somebody else has written since.
    bytes: u64,
    /// What half a line could not be taken away from takes no more until the next start, which sets it aside.
    torn: bool,
    /// Held while a line is written.
    turn: File,
    /// None for a command beside the node.
    _lock: Option<File>,
}

/// What a log holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) lines: u64,
    pub(crate) files: usize,
    /// The hash of the last line: written down elsewhere, it shows if lines are missing at the end.
    pub(crate) last: String,
}

impl Audit {
    /// Opens the log, or makes it. The last line is read, not the whole log.
    pub(crate) fn open(directory: &Path) -> Result<Self, Failure> {
        make(directory)?;
        let lock_file = directory.join("lock");
        let lock = options().append(true).create(true).open(&lock_file).doing("opening", &lock_file)?;
        lock.try_lock().map_err(|_| {
            let message = format!("another process writes the audit log in {}", directory.display());
            Failure::new(Code::InUse, message, "stop it, or give this node its own [audit] directory")
        })?;
        let audit = Self::at(directory, Some(lock))?;
        audit.write(Act::Started { version: env!("CARGO_PKG_VERSION") }, None)?;
        Ok(audit)
    }

    /// For a command that may run beside the node: each line follows the last one that is there, whoever wrote that.
    pub(crate) fn beside(directory: &Path) -> Result<Self, Failure> {
        make(directory)?;
        Self::at(directory, None)
    }

    fn at(directory: &Path, lock: Option<File>) -> Result<Self, Failure> {
        let turn_file = directory.join("turn");
        let turn = options().append(true).create(true).open(&turn_file).doing("opening", &turn_file)?;
        let end = End {
            directory: directory.to_owned(),
            number: 0,
            hash: BEGINNING.to_owned(),
            file: String::new(),
            bytes: 0,
            torn: false,
            turn,
            _lock: lock,
        };
        Ok(Self { end: Mutex::new(end) })
    }

    /// Writes a line and waits until it is on disk.
    pub(crate) fn write(&self, act: Act<'_>, person: Option<&Person>) -> Result<(), Failure> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let person = person.map(|p| Who::of(p, &act));
        end.append(act, person, Timestamp::now())
    }
}

fn make(directory: &Path) -> Result<(), Failure> {
    if directory.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).doing("making", directory)
}

impl End {
    /// Writes a line after the last one that is there.
    fn append(&mut self, act: Act<'_>, person: Option<Who<'_>>, at: Timestamp) -> Result<(), Failure> {
        let unwritable = |failure: Failure| match failure.code {
            Code::AuditBroken => failure,
            _ => Failure { code: Code::AuditUnwritable, ..failure }.field("audit.directory"),
        };
        let turn = self.turn.try_clone().and_then(|turn| turn.lock().map(|()| turn));
        let turn = turn.map_err(|e| unwritable(Failure::io("taking a turn at the audit log", &e)))?;
        let written = self.catch_up().map_err(unwritable).and_then(|aside| {
            if let Some((bytes, file)) = aside {
                tracing::warn!(
                    "the last line of the audit log was not whole; {bytes} bytes of it are set aside in {file}"
                );
                self.put(Act::SetAside { bytes, file }, None, at)?;
            }
            self.put(act, person, at)
        });
        turn.unlock().ok();
        written
    }

    /// Goes on from the last line that is there, if that is not this process's own.
    fn catch_up(&mut self) -> Result<Option<(u64, String)>, Failure> {
        let Some(last) = files(&self.directory)?.pop() else { return Ok(None) };
        let bytes = fs::metadata(&last).doing("reading", &last)?.len();
        let same = last.file_name().is_some_and(|name| name.to_string_lossy() == self.file) && bytes == self.bytes;
        // What could not be taken away is left to the next start.
        if same || self.torn {
            return Ok(None);
        }
        let (number, hash) = (self.number, self.hash.clone());
        let aside = self.take_up(&last)?;
        if number > 0 && (self.number < number || self.number == number && self.hash != hash) {
            // What this process wrote is no longer there. It goes on where it was, and verifying tells of the gap.
            tracing::error!(file = %last.display(), "lines of the audit log are gone; 'samsynd audit verify' tells where");
            (self.number, self.hash) = (number, hash);
        }
        Ok(aside)
    }

    fn put(&mut self, act: Act<'_>, person: Option<Who<'_>>, at: Timestamp) -> Result<(), Failure> {
        let number = self.number + 1;
        let line = Line { number, at: format!("{at:.3}"), act, person, after: &self.hash };
        let mut text = serde_json::to_string(&line)
            .map_err(|e| Failure::new(Code::AuditUnwritable, format!("the audit log: {e}"), "report this"))?;
        let hash = hash_of(&text);
        text.push('\n');
        if self.torn || text.len() as u64 > LINE_MAX {
            let message = "the audit log has a line that is not whole, or this one would be too long";
            return Err(Failure::new(
                Code::AuditUnwritable,
                message,
                "start the node again; it sets such a line aside",
            ));
        }
        let name = format!("{PREFIX}{}{SUFFIX}", at.strftime("%Y-%m")).max(self.file.clone());
        let file = self.directory.join(&name);
        let written = write_whole(&file, text.as_bytes(), &mut self.torn);
        written.map_err(|error| {
            let told = Failure::io(format!("writing the audit log {}", file.display()), &error);
            Failure::new(Code::AuditUnwritable, told.message, told.remedy).field("audit.directory")
        })?;
        (self.number, self.hash, self.file) = (number, hash, name);
        self.bytes = fs::metadata(&file).map_or(0, |found| found.len());
        Ok(())
    }

    /// Goes on from the last line of a file; what follows it without an end of line is set aside.
    fn take_up(&mut self, path: &Path) -> Result<Option<(u64, String)>, Failure> {
        self.file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut file = options().read(true).write(true).open(path).doing("opening", path)?;
        let bytes = file.metadata().doing("reading", path)?.len();
        let from = bytes.saturating_sub(2 * LINE_MAX);
        let mut tail = Vec::new();
        file.seek(SeekFrom::Start(from)).and_then(|_| file.read_to_end(&mut tail)).doing("reading", path)?;
        let whole = tail.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let torn = tail.split_off(whole);
        let last = tail.strip_suffix(b"\n").and_then(|lines| lines.rsplit(|b| *b == b'\n').next());
        match last {
            Some(line) => {
                let text = std::str::from_utf8(line).ok();
                let link = text.and_then(|text| serde_json::from_str::<Link>(text).ok());
                let link = link.ok_or_else(|| broken(path, "its last line is no line of an audit log"))?;
                (self.number, self.hash) = (link.number, hash_of(text.unwrap_or_default()));
            }
            None if from > 0 => return Err(broken(path, "its last line has no end")),
            None => self.before(path)?,
        }
        if torn.is_empty() {
            return Ok(None);
        }
        let name = format!("{}.aside-{}", path.file_name().unwrap_or_default().to_string_lossy(), self.number + 1);
        // It may have happened at this line before.
        let names = std::iter::once(name.clone()).chain((2..).map(|n| format!("{name}.{n}")));
        let name = names.take(1_000).find(|name| !self.directory.join(name).exists()).unwrap_or(name);
        let aside = self.directory.join(&name);
        let kept = options().write(true).create_new(true).open(&aside).doing("writing", &aside)?;
        (&kept).write_all(&torn).and_then(|()| kept.sync_all()).doing("writing", &aside)?;
        let torn_bytes = torn.len() as u64;
        file.set_len(bytes - torn_bytes).and_then(|()| file.sync_all()).doing("shortening", path)?;
        Ok(Some((torn_bytes, name)))
    }

    /// A month whose first line was not written whole: the chain goes on from the month before.
    fn before(&mut self, path: &Path) -> Result<(), Failure> {
        let earlier = files(&self.directory)?.into_iter().rfind(|file| file.as_path() < path);
        if let Some(file) = earlier {
            self.take_up(&file)?;
        }
        Ok(())
    }
}

/// Either the whole of it is there afterwards, or nothing of it; where even that fails, `torn` is true.
fn write_whole(path: &Path, bytes: &[u8], torn: &mut bool) -> std::io::Result<()> {
    let new = !path.exists();
    let mut file = options().append(true).create(true).open(path)?;
    let before = file.metadata()?.len();
    let mut write = || {
        file.write_all(bytes)?;
        file.sync_data()?;
        match path.parent() {
            Some(directory) if new => File::open(directory)?.sync_all(),
            _ => Ok(()),
        }
    };
    write().inspect_err(|_| *torn = file.set_len(before).and_then(|()| file.sync_data()).is_err())
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

fn hash_of(line: &str) -> String {
    blake3::hash(line.as_bytes()).to_hex().to_string()
}

fn broken(path: &Path, what: &str) -> Failure {
    let message = format!("the audit log {} is not what was written: {what}", path.display());
    let remedy = "keep the directory as it is for whoever examines it, and compare it with a backup; to go on, name another [audit] directory";
    Failure::new(Code::AuditBroken, message, remedy)
}

/// The files of a log, oldest first.
fn files(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).doing("reading", directory)? {
        let path = entry.doing("reading", directory)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a whole log, handing on each line of a time from one moment to before another, and says whether it hangs together.
pub(crate) fn read(
    directory: &Path,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    mut each: impl FnMut(&str),
) -> Result<Whole, Failure> {
    let files = files(directory)?;
    let mut whole = Whole { lines: 0, files: files.len(), last: BEGINNING.to_owned() };
    for path in &files {
        let mut reader = BufReader::new(File::open(path).doing("reading", path)?);
        for at in 1u64.. {
            let mut line = String::new();
            let read = (&mut reader).take(LINE_MAX).read_line(&mut line);
            if read.map_err(|_| broken(path, &format!("line {at} is no text")))? == 0 {
                break;
            }
            let Some(text) = line.strip_suffix('\n') else {
                return Err(broken(path, &format!("line {at} has no end")));
            };
            let link: Link = serde_json::from_str(text)
                .map_err(|_| broken(path, &format!("line {at} is no line of an audit log")))?;
            if link.number != whole.lines + 1 || link.after != whole.last {
                let what = format!("line {at} (number {}) does not follow number {}", link.number, whole.lines);
                return Err(broken(path, &what));
            }
            whole.lines = link.number;
            whole.last = hash_of(text);
            if from.is_none_or(|from| link.at >= from) && until.is_none_or(|until| link.at < until) {
                each(text);
            }
        }
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn person() -> Person {
        Person {
            subject: "s-1".to_owned(),
            name: "Registrator".to_owned(),
            grants: BTreeSet::new(),
            deputy: Vec::new(),
        }
    }

    fn deputy() -> Deputy {
        Deputy {
            who: "s-1".to_owned(),
            place_of: "registrator vid kansliet".to_owned(),
            role: Role::Registrar,
            authority: samsyn_core::id::AuthorityId::new("ks").expect("an id"),
            from: "2026-12-01".parse().expect("a day"),
            to: "2026-12-14".parse().expect("a day"),
            decision: "KS 2026:12".to_owned(),
        }
    }

    #[test]
    fn a_line_says_in_whose_place_at_the_acts_own_authority() {
        let dir = tempfile::tempdir().expect("a directory");
        let audit = Audit::open(dir.path()).expect("opened");
        let person = person().with(vec![deputy()]);
        let decided = |authority| Act::RegisterFailed { authority, code: "c" };
        audit.write(decided("ks"), Some(&person)).expect("written");
        audit.write(decided("bun"), Some(&person)).expect("written");
        audit.write(Act::SignedOut, Some(&person)).expect("written");
        let mut told = Vec::new();
        read(dir.path(), None, None, |line| told.push(line.contains(r#""deputy_for":[{"for":"registrator vid kansliet","role":"registrar","authority":"ks","decision":"KS 2026:12"}]"#)))
            .expect("whole");
        assert_eq!(told, [false, true, false, true]);
    }

    fn written(directory: &Path) -> Whole {
        let audit = Audit::open(directory).expect("opened");
        let person = person();
        audit.write(Act::SignedIn { grants: &person.grants }, Some(&person)).expect("written");
        audit.write(Act::SignedOut, Some(&person)).expect("written");
        drop(audit);
        read(directory, None, None, |_| {}).expect("whole")
    }

    #[test]
    fn lines_hang_together_over_restarts_and_months() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(written(dir.path()).lines, 3);
        assert_eq!(written(dir.path()).lines, 6);
        let mut end = Audit::open(dir.path()).expect("opened").end.into_inner().expect("nobody panicked");
        end.append(Act::SignedOut, None, "2099-01-01T00:00:00Z".parse().expect("a time")).expect("written");
        drop(end);
        let mut seen = Vec::new();
        let year = "2099-01-01T00:00:00Z".parse().expect("a time");
        let whole = read(dir.path(), Some(year), None, |line| seen.push(line.to_owned())).expect("whole");
        assert_eq!((whole.lines, whole.files, seen.len()), (8, 2, 1));
        assert!(seen[0].contains("\"act\":\"signed_out\""), "{seen:?}");
    }

    /// What an act says must not take the place of what makes a line one of the chain.
    #[test]
    fn every_kind_of_act_is_a_line_of_the_chain() {
        let dir = tempfile::tempdir().expect("a directory");
        let audit = Audit::open(dir.path()).expect("opened");
        let about = Matter { working_copy: "w", authority: "ks", rules: "r", to: &[] };
        let grants = BTreeSet::new();
        let registered = Act::Registered {
            device: "",
            authority: "ks",
            items: &[1, 2],
            state: "registered",
            registered_as: Some("1"),
        };
        for act in [
            Act::SetAside { bytes: 1, file: "f".to_owned() },
            Act::SignedIn { grants: &grants },
            Act::SignInRefused { code: "c" },
            Act::SignedOut,
            Act::ReleaseAsked { device: "d", about },
            Act::Release { device: "d", about },
            Act::ReleaseRefused { device: "d", about },
            Act::ReleaseFailed { device: "d", about, code: "c" },
            registered,
            Act::RegisterFailed { authority: "ks", code: "c" },
            Act::Archived { authority: "ks", package: "p", mets: "m", documents: 2, secret: 1 },
            Act::DeputyAdded { deputy: &deputy() },
            Act::DeputyRemoved { deputy: &deputy() },
            Act::DeputiesRead { rows: 1, version: "v" },
        ] {
            audit.write(act, Some(&person())).expect("written");
        }
        drop(audit);
        assert_eq!(read(dir.path(), None, None, |_| {}).expect("whole").lines, 15);
    }

    #[test]
    fn every_changed_missing_or_added_line_shows() {
        let dir = tempfile::tempdir().expect("a directory");
        written(dir.path());
        let file = files(dir.path()).expect("files").pop().expect("a file");
        let good = fs::read(&file).expect("read");
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 1;
            fs::write(&file, &changed).expect("written");
            let outcome = read(dir.path(), None, None, |_| {});
            // The last line has none after it that would tell: what tells is the hash that was written down elsewhere.
            let told = outcome.as_ref().map_or(true, |whole| whole.last != hash_of_last(&good));
            assert!(told, "byte {at}: {outcome:?}");
        }
        let lines: Vec<&[u8]> = good.split_inclusive(|b| *b == b'\n').collect();
        for without in 0..lines.len() - 1 {
            let rest: Vec<u8> =
                lines.iter().enumerate().filter(|(n, _)| *n != without).flat_map(|(_, l)| l.to_vec()).collect();
            fs::write(&file, rest).expect("written");
            assert_eq!(read(dir.path(), None, None, |_| {}).expect_err("broken").code, Code::AuditBroken);
        }
        let doubled: Vec<u8> = [lines[0], lines[0]].concat();
        fs::write(&file, doubled).expect("written");
        assert_eq!(read(dir.path(), None, None, |_| {}).expect_err("broken").code, Code::AuditBroken);
    }

    fn hash_of_last(bytes: &[u8]) -> String {
        let text = std::str::from_utf8(bytes).expect("text");
        hash_of(text.lines().last().expect("a line"))
    }

    #[test]
    fn lines_that_are_cut_off_while_the_process_writes_leave_a_gap_that_shows() {
        let dir = tempfile::tempdir().expect("a directory");
        let audit = Audit::open(dir.path()).expect("opened");
        for _ in 0..3 {
            audit.write(Act::SignedOut, None).expect("written");
        }
        let file = files(dir.path()).expect("files").pop().expect("a file");
        let text = fs::read_to_string(&file).expect("read");
        let first = text.split_inclusive('\n').next().expect("a line");
        fs::write(&file, first).expect("written");
        audit.write(Act::SignedOut, None).expect("it goes on");
        let told = read(dir.path(), None, None, |_| {}).expect_err("broken");
        assert_eq!(told.code, Code::AuditBroken);
        assert!(told.message.contains("number 5"), "{}", told.message);
    }

    /// A power cut in the middle of a line: wherever it came, the log goes on and is whole.
    #[test]
    fn a_torn_last_line_is_set_aside() {
        let dir = tempfile::tempdir().expect("a directory");
        written(dir.path());
        let file = files(dir.path()).expect("files").pop().expect("a file");
        let good = fs::read(&file).expect("read");
        for cut in 0..good.len() {
            fs::write(&file, &good[..cut]).expect("written");
            drop(Audit::open(dir.path()).expect("opened"));
            let mut acts = Vec::new();
            read(dir.path(), None, None, |line| acts.push(line.to_owned())).expect("whole");
            let torn = cut > 0 && good[cut - 1] != b'\n';
            assert_eq!(acts.iter().any(|line| line.contains("set_aside")), torn, "cut at {cut}");
        }
    }

    #[test]
    fn a_clock_that_goes_back_over_a_months_end_breaks_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let mut end = Audit::open(dir.path()).expect("opened").end.into_inner().expect("nobody panicked");
        for time in ["2099-02-01T00:00:00Z", "2099-01-31T23:59:59Z", "2026-11-22T12:00:00Z"] {
            end.append(Act::SignedOut, None, at(time)).expect("written");
        }
        drop(end);
        drop(Audit::open(dir.path()).expect("opened"));
        assert_eq!(read(dir.path(), None, None, |_| {}).expect("whole").lines, 5);
    }

    #[test]
    fn two_processes_do_not_write_one_log() {
        let dir = tempfile::tempdir().expect("a directory");
        let _first = Audit::open(dir.path()).expect("opened");
        assert_eq!(Audit::open(dir.path()).expect_err("in use").code, Code::InUse);
    }

    /// A command beside the node writes between the node's lines, and both go on from what the other has written.
    #[test]
    fn a_command_and_the_node_write_one_chain_in_turns() {
        let dir = tempfile::tempdir().expect("a directory");
        let node = Audit::open(dir.path()).expect("opened");
        let act = || Act::Archived { authority: "ks", package: "p", mets: "m", documents: 1, secret: 0 };
        for _ in 0..3 {
            node.write(Act::SignedOut, Some(&person())).expect("written");
            Audit::beside(dir.path()).expect("opened").write(act(), None).expect("written");
        }
        // Both at once.
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let beside = Audit::beside(dir.path()).expect("opened");
                    (0..25).for_each(|_| beside.write(act(), None).expect("written"));
                });
            }
            (0..25).for_each(|_| node.write(Act::SignedOut, Some(&person())).expect("written"));
        });
        assert_eq!(read(dir.path(), None, None, |_| {}).expect("whole").lines, 1 + 6 + 125);
        // What a command that was killed has left of a line is set aside by whoever writes next.
        let file = files(dir.path()).expect("files").pop().expect("a file");
        let mut end = OpenOptions::new().append(true).open(file).expect("opened");
        end.write_all(b"{\"number\":").expect("half a line");
        node.write(Act::SignedOut, Some(&person())).expect("written");
        assert_eq!(read(dir.path(), None, None, |_| {}).expect("whole").lines, 134);
    }

    #[test]
    fn what_cannot_be_written_is_a_failure_and_the_log_goes_on() {
        let dir = tempfile::tempdir().expect("a directory");
        let audit = Audit::open(dir.path()).expect("opened");
        let file = files(dir.path()).expect("files").pop().expect("a file");
        fs::rename(&file, dir.path().join("away")).expect("moved");
        fs::create_dir(&file).expect("in its place");
        assert_eq!(audit.write(Act::SignedOut, Some(&person())).expect_err("refused").code, Code::AuditUnwritable);
        fs::remove_dir(&file).expect("removed");
        fs::rename(dir.path().join("away"), &file).expect("back");
        audit.write(Act::SignedOut, Some(&person())).expect("written");
        assert_eq!(read(dir.path(), None, None, |_| {}).expect("whole").lines, 2);
    }
}
