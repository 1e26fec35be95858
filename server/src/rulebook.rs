//! What each authority asks for before something leaves it, and how it keeps its register: one TOML file for each in a
//! directory, read again when it changes. A set of files with a fault in it is refused as a whole, and what was in force goes on.

mod describe;
mod register;
mod retention;

pub use describe::Describing;
pub use register::{Numbers, Registering};
pub use retention::{Fate, OnRequest, Retention, Row, Since, Term, What, in_swedish};

use crate::{
    failure::{Doing, Failure},
    limits::COMMENT_DAYS_MAX,
    secrecy::scan::Words,
};
use samsyn_core::{
    code::Code,
    entry::{Audience, DocumentKind, Purpose},
    id::AuthorityId,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Bytes of a file, own words of an authority, and characters of one.
const FILE_BYTES_MAX: u64 = 256 * 1024;
const WORDS_MAX: usize = 2_000;
const WORD_CHARACTERS_MAX: usize = 100;
/// Days that a draft is out for comment where no rules say how many.
const COMMENT_DAYS: u16 = 14;
/// Letters of a version's name.
const VERSION_LETTERS: usize = 12;

/// Whether somebody must say yes before something leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Whoever may edit releases.
    #[default]
    Automatic,
    /// A releaser says yes first.
    Approve,
}

/// One authority's rules.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Which text they are: the beginning of its hash, or that there is none.
    pub version: String,
    release: RawRelease,
    words: Option<Words>,
    pub register: Registering,
    pub retention: Retention,
    pub describe: Describing,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    release: RawRelease,
    scan: RawScan,
    register: register::Raw,
    retention: Vec<retention::RawRow>,
    disposal: retention::RawDisposal,
    describe: Describing,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawRelease {
    mode: Mode,
    purpose: Option<Purpose>,
    audience: Option<Audience>,
    /// How long a draft is out for comment where nobody says it.
    comment_days: Option<u16>,
    except: Vec<Exception>,
}

/// What it says holds where all that it names fits; the first that fits counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    mode: Mode,
    kind: Option<DocumentKind>,
    purpose: Option<Purpose>,
    audience: Option<Audience>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawScan {
    words: Vec<String>,
}

impl Rules {
    pub fn mode(&self, kind: DocumentKind, purpose: Purpose, audience: Audience) -> Mode {
        let fits = |e: &&Exception| {
            e.kind.is_none_or(|k| k == kind)
                && e.purpose.is_none_or(|p| p == purpose)
                && e.audience.is_none_or(|a| a == audience)
        };
        self.release.except.iter().find(fits).map_or(self.release.mode, |e| e.mode)
    }

    /// What is chosen where nobody chooses.
    pub fn purpose(&self) -> Purpose {
        self.release.purpose.unwrap_or(Purpose::ForInformation)
    }

    pub fn audience(&self) -> Audience {
        self.release.audience.unwrap_or(Audience::Parties)
    }

    /// Days that a draft is out for comment where nobody says until when.
    pub fn comment_days(&self) -> u16 {
        self.release.comment_days.unwrap_or(COMMENT_DAYS)
    }

    /// Words that nothing leaves with.
    pub fn words(&self) -> Option<&Words> {
        self.words.as_ref()
    }

    fn parse(file: &Path, text: &str) -> Result<Self, Failure> {
        let wrong = |what: String| {
            let message = format!("{}: {what}", file.display());
            Failure::config(message, "correct the file; deploy/rules has examples").field("rules.directory")
        };
        if text.trim().is_empty() {
            return Err(wrong("the file is empty; to ask for nothing write [release] mode = \"automatic\"".to_owned()));
        }
        let raw: Raw = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            wrong(format!("line {line}: {}", e.message().replace('\n', " ")))
        })?;
        if raw.release.purpose == Some(Purpose::ForComment) {
            return Err(wrong(
                "[release] purpose: drafts for comment go to named recipients, which nothing can preselect".to_owned(),
            ));
        }
        if raw.release.comment_days.is_some_and(|days| !(1..=COMMENT_DAYS_MAX).contains(&days)) {
            return Err(wrong(format!("[release] comment_days: 1 to {COMMENT_DAYS_MAX}")));
        }
        if raw.scan.words.len() > WORDS_MAX {
            return Err(wrong(format!("[scan] words: more than {WORDS_MAX}")));
        }
        let unusable = |w: &&String| w.trim().is_empty() || w.chars().count() > WORD_CHARACTERS_MAX;
        if raw.scan.words.iter().any(|w| unusable(&w)) {
            return Err(wrong(format!("[scan] words: each has 1 to {WORD_CHARACTERS_MAX} characters")));
        }
        let mut version = blake3::hash(text.as_bytes()).to_hex().to_string();
        version.truncate(VERSION_LETTERS);
        let words: Vec<String> = raw.scan.words.iter().map(|w| w.trim().to_owned()).collect();
        let words = (!words.is_empty()).then(|| Words::new(&words)).transpose();
        let words = words.map_err(|e| wrong(format!("[scan] words: {e}")))?;
        let register = Registering::read(raw.register).map_err(wrong)?;
        let retention = Retention::read(raw.retention, raw.disposal).map_err(wrong)?;
        raw.describe.check().map_err(wrong)?;
        Ok(Self { version, release: raw.release, words, register, retention, describe: raw.describe })
    }
}

/// The rules in force. An authority without a file has none: whoever may edit releases.
#[derive(Debug, Default)]
pub struct Rulebook {
    source: Option<Source>,
    in_force: RwLock<Files>,
}

#[derive(Debug)]
struct Source {
    directory: PathBuf,
    /// The organisation's authorities, as the charter had them at the start.
    known: BTreeSet<AuthorityId>,
    /// What the files were when they were read at the start.
    seen: Fingerprint,
}

impl Rulebook {
    /// Reads the files; `known` are the organisation's authorities in the charter.
    pub fn open(directory: Option<&Path>, known: &BTreeSet<AuthorityId>) -> Result<Self, Failure> {
        let Some(directory) = directory else { return Ok(Self::default()) };
        let seen = fingerprint(directory);
        let in_force = RwLock::new(read(directory, known)?);
        let source = Some(Source { directory: directory.to_owned(), known: known.clone(), seen });
        Ok(Self { source, in_force })
    }

    /// True if any authority has rules here.
    pub fn any(&self) -> bool {
        self.source.is_some()
    }

    /// Which of these authorities receive documents of a kind.
    pub fn receivers(&self, kind: Option<DocumentKind>, authorities: &[AuthorityId]) -> Vec<AuthorityId> {
        register::receivers(&self.in_force.read().unwrap_or_else(PoisonError::into_inner), kind, authorities)
    }

    pub fn of(&self, authority: &AuthorityId) -> Arc<Rules> {
        let in_force = self.in_force.read().unwrap_or_else(PoisonError::into_inner);
        in_force.get(authority).cloned().unwrap_or_default()
    }

    /// Takes changed files into force, for as long as the node runs.
    pub async fn follow(&self) {
        let Some(Source { directory, known, seen }) = &self.source else { return std::future::pending().await };
        let (mut taken, mut before) = (seen.clone(), seen.clone());
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = fingerprint(directory);
            // A file that is being saved can be empty or away for a moment: what counts has stood for two looks.
            let still = now == before;
            before.clone_from(&now);
            if !still || now == taken {
                continue;
            }
            taken = now;
            match read(directory, known).and_then(|files| self.none_gone(directory, files)) {
                Ok(files) => {
                    *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = files;
                    tracing::info!("the authorities' rules have been read again");
                }
                Err(failure) => tracing::warn!(
                    code = %failure.code,
                    "the changed rules are not taken, those before go on: {failure}; remedy: {}", failure.remedy
                ),
            }
        }
    }
}

type Fingerprint = Vec<(PathBuf, u64, Option<SystemTime>)>;

impl Rulebook {
    /// A file that is away would let everything out: that is said in the file, not by its absence.
    fn none_gone(&self, directory: &Path, files: Files) -> Result<Files, Failure> {
        let in_force = self.in_force.read().unwrap_or_else(PoisonError::into_inner);
        let Some(gone) = in_force.keys().find(|id| !files.contains_key(*id)) else { return Ok(files) };
        let message = format!("{}/{gone}.toml is no longer there", directory.display());
        let remedy =
            "put it back; to have no rules write mode = \"automatic\" in it, or start the node again without it";
        Err(Failure::config(message, remedy).field("rules.directory"))
    }
}

type Files = BTreeMap<AuthorityId, Arc<Rules>>;

fn read(directory: &Path, known: &BTreeSet<AuthorityId>) -> Result<Files, Failure> {
    let mut rules = BTreeMap::new();
    for file in files(directory).doing("reading", directory).map_err(|f| f.field("rules.directory"))? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let id = AuthorityId::new(&name).map_err(|e| {
            Failure::config(format!("{}: {e}", file.display()), "name the file after the authority's id, as ks.toml")
                .field("rules.directory")
        })?;
        if !known.is_empty() && !known.contains(&id) {
            let names: Vec<&str> = known.iter().map(AuthorityId::as_str).collect();
            let message = format!("{}: the charter had no such authority here when the node started", file.display());
            let remedy = format!("name the file after one of: {}; or start the node again", names.join(", "));
            return Err(Failure::config(message, remedy).field("rules.directory"));
        }
        if file.metadata().doing("reading", &file)?.len() > FILE_BYTES_MAX {
            let message = format!("{} is larger than {FILE_BYTES_MAX} bytes", file.display());
            return Err(Failure::new(Code::ConfigInvalid, message, "shorten it").field("rules.directory"));
        }
        let text = fs::read_to_string(&file).doing("reading", &file)?;
        rules.insert(id, Arc::new(Rules::parse(&file, &text)?));
    }
    register::check_shared(&rules).map_err(|what| {
        let message = format!("{}/{what}", directory.display());
        Failure::config(message, "give both the same pattern and numbers, or the one another [register] name")
            .field("rules.directory")
    })?;
    Ok(rules)
}

fn files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Names, sizes and times of the files.
fn fingerprint(directory: &Path) -> Fingerprint {
    let of = |path: PathBuf| path.metadata().ok().map(|m| (path, m.len(), m.modified().ok()));
    files(directory).unwrap_or_default().into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KS: &str = "[release]\nmode = \"approve\"\naudience = \"public\"\n\
        [[release.except]]\nmode = \"automatic\"\npurpose = \"jointly-maintained\"\n\
        [[release.except]]\nmode = \"approve\"\nkind = \"work\"\n[scan]\nwords = [\"Solgården \"]\n";

    fn opened(files: &[(&str, &str)], known: &[&str]) -> Result<Rulebook, Failure> {
        let dir = tempfile::tempdir().expect("a directory");
        for (name, text) in files {
            fs::write(dir.path().join(name), text).expect("written");
        }
        let known = known.iter().map(|id| AuthorityId::new(id).expect("an id")).collect();
        Rulebook::open(Some(dir.path()), &known)
    }

    #[test]
    fn the_first_exception_that_fits_counts_and_no_file_means_no_rules() {
        let book = opened(&[("ks.toml", KS), ("README.md", "not rules")], &["ks", "son"]).expect("read");
        let ks = book.of(&AuthorityId::new("ks").expect("an id"));
        let mode = |purpose| ks.mode(DocumentKind::Work, purpose, Audience::Parties);
        assert_eq!(mode(Purpose::ForInformation), Mode::Approve);
        assert_eq!(mode(Purpose::JointlyMaintained), Mode::Automatic);
        assert_eq!((ks.purpose(), ks.audience()), (Purpose::ForInformation, Audience::Public));
        assert_eq!(ks.words().map(|words| words.find("på solgården").len()), Some(1));
        assert_eq!(ks.version.len(), VERSION_LETTERS);
        let son = book.of(&AuthorityId::new("son").expect("an id"));
        assert_eq!(son.mode(DocumentKind::Work, Purpose::ForDecision, Audience::Public), Mode::Automatic);
    }

    #[test]
    fn the_example_beside_the_service_is_read() {
        let ks = Rules::parse(Path::new("ks.toml"), include_str!("../../deploy/rules/ks.toml")).expect("read");
        assert_eq!(ks.mode(DocumentKind::Work, Purpose::JointlyMaintained, Audience::Parties), Mode::Automatic);
        assert_eq!(ks.mode(DocumentKind::Work, Purpose::JointlyMaintained, Audience::Public), Mode::Approve);
        assert_eq!(ks.mode(DocumentKind::Roadmap, Purpose::JointlyMaintained, Audience::Parties), Mode::Approve);
    }

    /// The county's eight parties with the patterns that their registers are seen to have.
    #[test]
    fn the_eight_parties_rules_are_read_and_write_their_numbers() {
        #[derive(Deserialize)]
        struct Demo {
            organisation: Vec<Organisation>,
        }
        #[derive(Deserialize)]
        struct Organisation {
            id: String,
            authorities: Vec<Authority>,
            number_pattern: NumberPattern,
        }
        #[derive(Deserialize)]
        struct Authority {
            id: AuthorityId,
        }
        #[derive(Deserialize)]
        struct NumberPattern {
            example: String,
        }
        let demo: Demo = toml::from_str(include_str!("../demo/organisations.toml")).expect("the demo's parties");
        assert_eq!(demo.organisation.len(), 8);
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/rules/vasternorrland");
        for organisation in demo.organisation {
            let known: BTreeSet<AuthorityId> = organisation.authorities.iter().map(|a| a.id.clone()).collect();
            let book = Rulebook::open(Some(&rules.join(&organisation.id)), &known).expect("read");
            let reads = |id: &&AuthorityId| {
                let rules = book.of(id);
                rules.register.pattern.as_ref().and_then(|p| p.read(&organisation.number_pattern.example)).is_some()
            };
            assert!(known.iter().all(|id| book.of(id).register.pattern.is_some()), "{}", organisation.id);
            // One of Sundsvall's boards of 2021 is not among today's.
            let written = known.iter().filter(reads).count();
            assert!(written > 0 || organisation.id == "sundsvall", "{}", organisation.id);
            let authorities: Vec<AuthorityId> = organisation.authorities.iter().map(|a| a.id.clone()).collect();
            assert_eq!(book.receivers(Some(DocumentKind::Decision), &authorities), [authorities[0].clone()]);
        }
    }

    #[test]
    fn a_fault_is_told_with_file_and_line_and_nothing_is_in_force() {
        for (name, text, told) in [
            ("ks.toml", "[release]\nmod = \"approve\"\n", "line 2"),
            ("ks.toml", "[release]\nmode = \"sometimes\"\n", "line 2"),
            ("ks.toml", "[register]\npattern = \"x\"\n", "{n}"),
            ("ks.toml", "[diary]\n", "line 1"),
            ("ks.toml", "[register]\nname = \"son\"\npattern = \"{n}\"\n", "same register"),
            ("ks.toml", "[release]\npurpose = \"for-comment\"\n", "purpose"),
            ("ks.toml", "[scan]\nwords = [\"\"]\n", "words"),
            ("ks.toml", "[[release.except]]\nkind = \"work\"\n", "mode"),
            ("ks.toml", "[describe]\ncontact = \"\"\n", "contact"),
            ("ks.toml", " \n", "empty"),
            ("kommunstyrelsen med mera.toml", "[scan]\n", "kommunstyrelsen"),
            ("annan.toml", "[scan]\n", "annan.toml"),
        ] {
            let failure = opened(&[("son.toml", "[scan]\n"), (name, text)], &["ks", "son"]).expect_err(text);
            assert!(failure.message.contains(told), "{told}: {failure}");
            assert!(failure.message.contains(name) || told == "same register", "{name}: {failure}");
            assert_eq!(failure.exit_code(), 3);
        }
        let missing = Rulebook::open(Some(Path::new("/no/such/directory")), &BTreeSet::new()).expect_err("missing");
        assert!(missing.message.contains("/no/such/directory"), "{missing}");
    }
}
