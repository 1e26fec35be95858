//! A draft for comment: to whom it goes and until when. One space for each recipient, so that what one replies is
//! received by nobody else than who has asked.

use crate::{
    driver::{Pen, random},
    failure::Failure,
    limits::{COMMENT_BYTES_MAX, COMMENT_DAYS_MAX, COMMENTS_OUT_MAX},
    register::{calendar, in_force},
    secrecy::{Disclosed, Proposed},
};
use jiff::civil::Date;
use samsyn_core::{
    charter::Charter,
    code::Code,
    commit::{CommitBuilder, Position, SignedCommit, Statement},
    entry::{Genesis, Link, Outline, Purpose, Release, SpaceFounding},
    id::{AuthorityId, DocumentId, HeaderHash, LogId, OrgId, Path, SpaceId},
    ledger::Ledger,
    limits,
    value::Value,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// What stands beside the copied values: to whom it goes, and what is asked.
const TO: &str = "ask/to";
const QUESTION: &str = "ask/question";

/// An organisation, or one of its authorities.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recipient {
    pub(crate) organisation: OrgId,
    /// None: whoever receives such documents there.
    pub(crate) authority: Option<AuthorityId>,
}

/// Who gets a draft for comment, and until which day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circle {
    pub(crate) to: BTreeSet<Recipient>,
    /// The last day.
    pub(crate) until: Date,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) question: String,
}

/// The same as somebody has written it, unread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) to: Vec<String>,
    /// As `2026-12-01`; none: as many days as the authority's rules say.
    pub(crate) until: Option<String>,
    pub(crate) question: String,
}

impl Asked {
    pub(crate) fn is_empty(&self) -> bool {
        self.to.is_empty() && self.until.is_none() && self.question.trim().is_empty()
    }

    /// Read, not yet compared with a charter or a clock.
    pub(crate) fn read(&self, preselected: Date) -> Result<Circle, Failure> {
        if self.to.is_empty() {
            let message = "nobody is named to whom the draft goes";
            let remedy = "name one organisation or several ('--to timra', '--to timra/son')";
            return Err(Failure::new(Code::SpaceRecipient, message, remedy).field("to"));
        }
        let to = self.to.iter().map(|text| Recipient::from_str(text)).collect::<Result<_, _>>()?;
        let until = self.until.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let until = until.map_or(Ok(preselected), |text| {
            text.parse().map_err(|_| deadline(format!("'{}' is no day", shortened(text)), "write it as 2026-12-01"))
        })?;
        Ok(Circle { to, until, question: self.question.trim().to_owned() })
    }
}

impl Circle {
    /// As somebody would write it.
    pub(super) fn asked(&self) -> Asked {
        let to = self.to.iter().map(ToString::to_string).collect();
        Asked { to, until: Some(self.until.to_string()), question: self.question.clone() }
    }

    pub(crate) fn organisations(&self) -> BTreeSet<&OrgId> {
        self.to.iter().map(|to| &to.organisation).collect()
    }

    /// True if more than half of the other parties get it: then it is hardly a draft to named recipients any more (RÅ 1994
    /// ref. 97).
    pub(crate) fn is_wide(&self, parties: usize) -> bool {
        self.organisations().len() * 2 > parties.saturating_sub(1)
    }

    /// For the audit log and lists.
    pub(crate) fn names(&self) -> Vec<String> {
        self.to.iter().map(ToString::to_string).collect()
    }

    /// When the last day is over, in milliseconds since 1970.
    pub(super) fn ends_ms(&self) -> u64 {
        calendar::end_of(self.until)
    }

    /// Refuses:
    /// - the own organisation, who is no party, and authorities that the party has not or not any more;
    /// - a last day that has passed, or lies more than [`COMMENT_DAYS_MAX`] days away.
    pub(crate) fn check(&self, charter: &Charter, own: &OrgId, now_ms: u64) -> Result<(), Failure> {
        for to in &self.to {
            if to.organisation == *own {
                let message = format!("'{own}' is this organisation: its own drafts are seen here already");
                return Err(Failure::new(Code::SpaceOwn, message, "name other parties").field("to"));
            }
            if charter.party(&to.organisation).is_none() {
                let message = format!("'{}' is no party", to.organisation);
                return Err(Failure::new(Code::InputUnknownParty, message, "see 'samsyn parties'").field("to"));
            }
            let known = in_force(charter, &to.organisation, now_ms);
            if to.authority.as_ref().is_some_and(|authority| !known.contains(authority)) {
                let names: Vec<&str> = known.iter().map(AuthorityId::as_str).collect();
                let message = format!("{to} is no authority in force");
                let remedy = match names.as_slice() {
                    [] => format!("write '{}' alone", to.organisation),
                    names => format!("use one of {}, or write '{}' alone", names.join(", "), to.organisation),
                };
                return Err(Failure::new(Code::SpaceAuthority, message, remedy).field("to"));
            }
        }
        let today = calendar::day(now_ms);
        if self.until < today {
            return Err(deadline(format!("the last day, {}, has passed", self.until), "choose a day from today on"));
        }
        let last = calendar::days_after(today, COMMENT_DAYS_MAX);
        if self.until > last {
            let message = format!("the last day, {}, is too far away", self.until);
            return Err(deadline(message, format!("choose {last} at the latest: a draft is not kept")));
        }
        Ok(())
    }
}

fn deadline(message: String, remedy: impl Into<String>) -> Failure {
    Failure::new(Code::SpaceDeadline, message, remedy).field("until")
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.authority {
            Some(authority) => write!(f, "{}/{authority}", self.organisation),
            None => write!(f, "{}", self.organisation),
        }
    }
}

impl FromStr for Recipient {
    type Err = Failure;
    fn from_str(text: &str) -> Result<Self, Failure> {
        let (organisation, authority) = match text.trim().split_once('/') {
            Some((organisation, authority)) => (organisation, Some(authority)),
            None => (text.trim(), None),
        };
        let known = OrgId::new(organisation).and_then(|o| Ok((o, authority.map(AuthorityId::new).transpose()?)));
        known.map(|(organisation, authority)| Self { organisation, authority }).map_err(|_| {
            let message = format!("'{}' is no party", shortened(text));
            Failure::new(Code::InputUnknownParty, message, "write a party's id, as 'timra' or 'timra/son'").field("to")
        })
    }
}

impl TryFrom<String> for Recipient {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|failure: Failure| failure.to_string())
    }
}

impl From<Recipient> for String {
    fn from(recipient: Recipient) -> Self {
        recipient.to_string()
    }
}

/// Where the question stands, of those whom an organisation asks.
pub(crate) fn question_path(asker: &OrgId) -> Result<Path, Failure> {
    Ok(Path::new(&format!("/remarks/{asker}/{QUESTION}"))?)
}

/// Where it stands to whom it is addressed.
pub(crate) fn to_path(asker: &OrgId) -> Result<Path, Failure> {
    Ok(Path::new(&format!("/remarks/{asker}/{TO}"))?)
}

/// Where an organisation's reply stands.
pub(crate) fn reply_path(own: &OrgId) -> Result<Path, Failure> {
    Ok(Path::new(&format!("/remarks/{own}/reply"))?)
}

/// What is random in one recipient's copy.
pub(super) struct Salts {
    space: [u8; 32],
    to: [u8; 32],
    facts: Vec<[u8; 32]>,
}

impl Salts {
    pub(super) fn new(facts: usize) -> Result<Self, Failure> {
        let facts = (0..facts).map(|_| random::<32>()).collect::<Result<_, _>>()?;
        Ok(Self { space: random::<32>()?, to: random::<32>()?, facts })
    }
}

/// Commits of smaller spaces, and which document each recipient has got.
type Copies = (Vec<SignedCommit>, Vec<(Recipient, DocumentId)>);

/// For each recipient the commit that founds the space, and the one that holds the copy; and which document it is.
pub(super) fn copies(
    pen: &Pen<'_>,
    (circle, release, genesis): (&Circle, &Release, &Genesis),
    proposed: &Disclosed<Vec<Proposed>>,
    salts: Vec<Salts>,
) -> Result<Copies, Failure> {
    // It may have waited for a releaser.
    let (_, charter) = pen.ledger.charters().in_force();
    circle.check(charter, pen.own, pen.hlc_ms)?;
    if open(pen.ledger, pen.own, pen.hlc_ms) + circle.to.len() > COMMENTS_OUT_MAX {
        let message = format!("more than {COMMENTS_OUT_MAX} drafts for comment are out");
        return Err(
            Failure::new(Code::SpaceTooMany, message, "wait until some have come to their last day").field("to")
        );
    }
    let (mut commits, mut documents) = (Vec::new(), Vec::new());
    for (to, salts) in circle.to.iter().zip(salts) {
        let founding = SpaceFounding {
            salt: salts.space,
            members: [pen.own.clone(), to.organisation.clone()].into(),
            purpose: Purpose::ForComment,
            deadline_ms: Some(circle.ends_ms()),
        };
        let position = pen.position(SpaceId::FOUNDING);
        let mut builder = CommitBuilder::new(position.clone(), pen.hlc_ms);
        builder.add(DocumentId::NONE, &Outline::Space(founding));
        let founding = builder.sign(pen.key);
        let first = last(&founding);
        commits.push(founding);
        let log = LogId { space: SpaceId(first.0), ..position.log };
        let position = Position { log, seq: 2, link: Link::Next(first), ..position };
        let mut builder = CommitBuilder::new(position, pen.hlc_ms);
        builder.add(DocumentId::NONE, &Outline::Release(release.clone()));
        let document = DocumentId::from(builder.add(DocumentId::NONE, &Outline::Document(genesis.clone())));
        let value = Some(Value::Text(to.to_string()));
        let addressed = Statement { path: to_path(pen.own)?, value, salt: salts.to, replaces: Vec::new() };
        let copied = proposed.get().iter().zip(salts.facts).map(|(p, salt)| Statement {
            path: p.path.clone(),
            value: p.value.clone(),
            salt,
            replaces: Vec::new(),
        });
        // What lists read stands in an entry of its own: the rest can be long.
        let (short, rest): (Vec<Statement>, Vec<Statement>) = copied.partition(|s| s.path.as_str() == "/facts/title");
        builder.facts(document, std::iter::once(addressed).chain(short).collect());
        let mut rest = rest.into_iter().peekable();
        while rest.peek().is_some() {
            builder.facts(document, rest.by_ref().take(limits::FACTS_PER_ENTRY_MAX).collect());
        }
        let commit = builder.sign(pen.key);
        if commit.size_bytes() > COMMENT_BYTES_MAX {
            let message = format!("this is more than a draft for comment can hold ({} KiB)", COMMENT_BYTES_MAX / 1024);
            return Err(Failure::new(Code::CommitTooLarge, message, "leave some of it out"));
        }
        documents.push((to.clone(), document));
        commits.push(commit);
    }
    Ok((commits, documents))
}

/// How many drafts an organisation has out for comment.
fn open(ledger: &Ledger, own: &OrgId, now_ms: u64) -> usize {
    let spaces = ledger.spaces_of(own);
    let out = |space: &&SpaceId| {
        ledger.asker(space) == Some(own) && ledger.ends_ms(space).is_none_or(|ends_ms| ends_ms > now_ms)
    };
    spaces.iter().filter(out).count()
}

fn last(commit: &SignedCommit) -> HeaderHash {
    commit.hashes().last().copied().unwrap_or(HeaderHash([0; 32]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_core::sign::LogKey;

    const NOW: u64 = 1_795_000_000_000; // 18 November 2026

    fn charter() -> Charter {
        let party = |id: &str, n: u8, rest: &str| {
            let (key, pin) = (LogKey::from_secret(&[n; 32]).public(), hex::encode([n; 32]));
            format!(
                "[[party]]\nid = \"{id}\"\nname = \"{id}\"\nkind = \"municipality\"\nlog_key = \"{key}\"\npins = [\"blake3:{pin}\"]\n{rest}"
            )
        };
        let boards = "[[party.authority]]\nid = \"ks\"\nname = \"KS\"\n[[party.authority]]\nid = \"gamla\"\nname = \"Gamla\"\nvalid_to = \"2020-12-31\"\n";
        let parties = party("sundsvall", 1, "") + &party("timra", 2, boards) + &party("ange", 3, "");
        let text = format!("format = 1\nname = \"x\"\nversion = 1\nrules = 1\n{parties}");
        Charter::parse(text.as_bytes()).expect("a charter")
    }

    fn refused(to: &[&str], until: &str) -> Option<Code> {
        let asked = Asked {
            to: to.iter().map(|t| (*t).to_owned()).collect(),
            until: Some(until.to_owned()),
            question: String::new(),
        };
        let own = OrgId::new("sundsvall").expect("an id");
        let preselected = jiff::civil::date(2026, 12, 1);
        asked.read(preselected).and_then(|circle| circle.check(&charter(), &own, NOW)).err().map(|f| f.code)
    }

    #[test]
    fn who_cannot_be_asked_and_a_day_that_cannot_be_the_last_are_refused_by_name() {
        for (to, until, told) in [
            (&["timra"][..], "2026-12-01", None),
            (&["timra/ks", "ange"], "2026-12-01", None),
            (&["timra"], "", None),
            (&[], "2026-12-01", Some(Code::SpaceRecipient)),
            (&["sundsvall"], "2026-12-01", Some(Code::SpaceOwn)),
            (&["timra", "bollnas"], "2026-12-01", Some(Code::InputUnknownParty)),
            (&["Timrå kommun"], "2026-12-01", Some(Code::InputUnknownParty)),
            (&["timra/son"], "2026-12-01", Some(Code::SpaceAuthority)),
            (&["timra/gamla"], "2026-12-01", Some(Code::SpaceAuthority)),
            (&["timra"], "2026-11-17", Some(Code::SpaceDeadline)),
            (&["timra"], "2027-12-01", Some(Code::SpaceDeadline)),
            (&["timra"], "snart", Some(Code::SpaceDeadline)),
        ] {
            assert_eq!(refused(to, until), told, "{to:?} {until}");
        }
    }

    #[test]
    fn a_circle_is_wide_that_reaches_more_than_half_of_the_others() {
        let circle = |to: &[&str]| Circle {
            to: to.iter().map(|t| t.parse().expect("a recipient")).collect(),
            until: jiff::civil::date(2026, 12, 1),
            question: String::new(),
        };
        assert!(!circle(&["timra/ks", "timra/son"]).is_wide(3) && circle(&["timra", "ange"]).is_wide(3));
        assert!(!circle(&["a", "b", "c"]).is_wide(8) && circle(&["a", "b", "c", "d"]).is_wide(8));
    }
}
