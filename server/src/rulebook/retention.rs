//! How long an authority keeps what, and what it does when another party wants something erased.

use jiff::{Span, ToSpan as _, civil::Date};
use samsyn_core::{entry::DocumentKind, id::DocumentId};
use serde::Deserialize;

/// Characters of a class, a basis or a reason.
const TEXT_CHARACTERS_MAX: usize = 200;
/// Letters of a document's id that a hold must name at least.
const ID_LETTERS_MIN: usize = 8;
const YEARS_MAX: i64 = 500;

/// Which values a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Earlier versions: what has been replaced by something that stands.
    Superseded,
    /// All that a document says.
    Document,
}

impl What {
    pub const ALL: [Self; 2] = [Self::Superseded, Self::Document];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Superseded => "superseded",
            Self::Document => "document",
        }
    }
}

/// The event that time is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// A version: when the one that replaced it was stored.
    Replaced,
    /// A work: when it was stored that it is over.
    Ended,
    /// A document: when something in it was last stored.
    LastChange,
}

/// What the authority does when the archive owner of a document that it has received wants it erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnRequest {
    /// Nobody may destroy an authority's records but by its own decision.
    #[default]
    Hold,
    Execute,
}

/// One row of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub class: String,
    pub kind: Option<DocumentKind>,
    pub what: What,
    pub fate: Fate,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Keep,
    Dispose(Term),
}

/// When something may go, and by which decision in general.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub since: Since,
    after: String,
    span: SpanOf,
    pub basis: String,
}

/// `jiff::Span` is compared by nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SpanOf {
    Years(i64),
    Months(i64),
    Days(i64),
}

/// What may not go, whatever the plan says: a case that is open, an appeal, a request for records.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hold {
    /// The document's id, or the beginning of it.
    document: String,
    reason: String,
}

/// One authority's plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retention {
    pub rows: Vec<Row>,
    holds: Vec<Hold>,
    pub on_request: OnRequest,
    /// The decision by which what others want erased is erased here.
    pub request_basis: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRow {
    class: String,
    kind: Option<DocumentKind>,
    what: What,
    #[serde(default)]
    keep: bool,
    since: Option<Since>,
    after: Option<String>,
    basis: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawDisposal {
    requests: OnRequest,
    basis: Option<String>,
    hold: Vec<Hold>,
}

impl Retention {
    pub(super) fn read(rows: Vec<RawRow>, disposal: RawDisposal) -> Result<Self, String> {
        let rows = rows
            .into_iter()
            .enumerate()
            .map(|(at, raw)| Row::read(raw).map_err(|what| format!("[[retention]] number {}: {what}", at + 1)));
        let rows = rows.collect::<Result<Vec<Row>, String>>()?;
        for hold in &disposal.hold {
            text("[[disposal.hold]] reason", &hold.reason)?;
            let letters = hold.document.len() >= ID_LETTERS_MIN && hold.document.bytes().all(|b| b.is_ascii_hexdigit());
            if !letters {
                return Err(format!(
                    "[[disposal.hold]] document: write the document's id, at least {ID_LETTERS_MIN} letters of it"
                ));
            }
        }
        let request_basis = disposal.basis.unwrap_or_default();
        if disposal.requests == OnRequest::Execute {
            text("[disposal] basis", &request_basis)?;
        }
        Ok(Self { rows, holds: disposal.hold, on_request: disposal.requests, request_basis })
    }

    /// The first row that fits counts.
    pub fn row(&self, kind: DocumentKind, what: What) -> Option<&Row> {
        self.rows.iter().find(|row| row.what == what && row.kind.is_none_or(|k| k == kind))
    }

    /// Why a document may not go now.
    pub fn held(&self, document: &DocumentId) -> Option<&str> {
        let id = document.to_string();
        let hold = self.holds.iter().find(|hold| id.starts_with(&hold.document.to_ascii_lowercase()));
        hold.map(|hold| hold.reason.as_str())
    }
}

impl Row {
    fn read(raw: RawRow) -> Result<Self, String> {
        text("class", &raw.class)?;
        let dispose = raw.after.is_some() || raw.since.is_some() || raw.basis.is_some();
        if raw.keep {
            if dispose {
                return Err("keep: what is kept for good has no after, since or basis".to_owned());
            }
            return Ok(Self { class: raw.class, kind: raw.kind, what: raw.what, fate: Fate::Keep });
        }
        let Some(after) = raw.after else {
            return Err("say after how long (after = \"2 years\"), or keep = true".to_owned());
        };
        let Some(span) = span(&after) else {
            return Err(format!(
                "after: '{after}' is no time; write for example \"2 years\", \"18 months\" or \"90 days\""
            ));
        };
        let basis = raw.basis.unwrap_or_default();
        text("basis", &basis)?;
        let since = match (raw.what, raw.since) {
            (What::Superseded, None | Some(Since::Replaced)) => Since::Replaced,
            (What::Document, None | Some(Since::Ended)) => Since::Ended,
            (What::Document, Some(Since::LastChange)) => Since::LastChange,
            (What::Superseded, Some(_)) => return Err("since: earlier versions count from \"replaced\"".to_owned()),
            (What::Document, Some(Since::Replaced)) => {
                return Err("since: a document counts from \"ended\" or \"last-change\"".to_owned());
            }
        };
        let ends = raw.kind.is_none_or(|kind| kind == DocumentKind::Work);
        if since == Since::Ended && !ends {
            return Err("since: only works end; write \"last-change\"".to_owned());
        }
        Ok(Self {
            class: raw.class,
            kind: raw.kind,
            what: raw.what,
            fate: Fate::Dispose(Term { since, after, span, basis }),
        })
    }
}

impl Term {
    /// The first day on which something may go whose time began on a day; none where the calendar ends before.
    pub fn due(&self, since: Date) -> Option<Date> {
        let span: Span = match self.span {
            SpanOf::Years(n) => n.years(),
            SpanOf::Months(n) => n.months(),
            SpanOf::Days(n) => n.days(),
        };
        let last = since.checked_add(span).ok()?;
        // The whole last day counts; "0 days" is at once.
        if last == since { Some(since) } else { last.tomorrow().ok() }
    }

    /// As it is written in the plan.
    pub fn after(&self) -> &str {
        &self.after
    }
}

/// A time as the plan writes it, in Swedish.
pub fn in_swedish(after: &str) -> String {
    let (number, unit) = after.trim().split_once(' ').unwrap_or((after, ""));
    let unit = match (unit.trim(), number) {
        ("year" | "years", _) => "år",
        ("month" | "months", "1") => "månad",
        ("month" | "months", _) => "månader",
        ("day" | "days", "1") => "dag",
        (_, _) => "dagar",
    };
    if number == "0" { "vid inaktualitet".to_owned() } else { format!("efter {number} {unit}") }
}

fn span(text: &str) -> Option<SpanOf> {
    let (number, unit) = text.trim().split_once(' ')?;
    let number: i64 = number.parse().ok().filter(|n| *n >= 0)?;
    let (span, days_each) = match unit.trim() {
        "year" | "years" => (SpanOf::Years(number), 365),
        "month" | "months" => (SpanOf::Months(number), 30),
        "day" | "days" => (SpanOf::Days(number), 1),
        _ => return None,
    };
    (number <= YEARS_MAX * 365 / days_each).then_some(span)
}

fn text(what: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() || text.chars().count() > TEXT_CHARACTERS_MAX || text.chars().any(char::is_control) {
        return Err(format!("{what}: write 1 to {TEXT_CHARACTERS_MAX} characters on one line"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        retention: Vec<RawRow>,
        #[serde(default)]
        disposal: RawDisposal,
    }

    fn read(text: &str) -> Result<Retention, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        Retention::read(file.retention, file.disposal)
    }

    const PLAN: &str = "[[retention]]\nclass = \"1.2\"\nwhat = \"superseded\"\nafter = \"2 years\"\nbasis = \"Plan 2026, KS 2026/12 § 4\"\n\
        [[retention]]\nclass = \"1.3\"\nkind = \"decision\"\nwhat = \"document\"\nkeep = true\n\
        [[retention]]\nclass = \"1.4\"\nwhat = \"document\"\nafter = \"18 months\"\nbasis = \"Plan 2026\"\n\
        [disposal]\nrequests = \"execute\"\nbasis = \"Plan 2026\"\n[[disposal.hold]]\ndocument = \"AB12cd34\"\nreason = \"Överklagat\"\n";

    #[test]
    fn the_first_row_that_fits_counts_and_time_is_counted_in_whole_days() {
        let plan = read(PLAN).expect("read");
        let decision = plan.row(DocumentKind::Decision, What::Document).expect("a row");
        assert_eq!((decision.class.as_str(), &decision.fate), ("1.3", &Fate::Keep));
        let work = plan.row(DocumentKind::Work, What::Document).expect("a row");
        let Fate::Dispose(term) = &work.fate else { panic!("kept") };
        assert_eq!((term.since, term.due(date(2024, 2, 29))), (Since::Ended, Some(date(2025, 8, 30))));
        let Fate::Dispose(term) = &plan.row(DocumentKind::Work, What::Superseded).expect("a row").fate else {
            panic!("kept")
        };
        assert_eq!(term.due(date(2024, 2, 29)), Some(date(2026, 3, 1)));
        assert_eq!(term.due(date(9998, 12, 31)), None);
    }

    #[test]
    fn a_hold_is_found_by_the_beginning_of_an_id_and_nothing_is_destroyed_without_an_own_decision() {
        let plan = read(PLAN).expect("read");
        let mut id = [0; 32];
        id[..4].copy_from_slice(&[0xab, 0x12, 0xcd, 0x34]);
        assert_eq!(plan.held(&DocumentId(id)), Some("Överklagat"));
        assert_eq!(plan.held(&DocumentId([0; 32])), None);
        assert_eq!(plan.on_request, OnRequest::Execute);
        assert_eq!(Retention::default().on_request, OnRequest::Hold);
    }

    #[test]
    fn a_row_that_could_destroy_too_much_or_for_no_reason_is_refused() {
        for (text, told) in [
            ("[[retention]]\nwhat = \"document\"\nafter = \"2 years\"\nbasis = \"x\"", "class"),
            ("[[retention]]\nclass = \"\"\nwhat = \"document\"\nkeep = true", "class"),
            ("[[retention]]\nclass = \"1\"\nwhat = \"document\"", "keep = true"),
            ("[[retention]]\nclass = \"1\"\nwhat = \"document\"\nafter = \"2 years\"", "basis"),
            ("[[retention]]\nclass = \"1\"\nwhat = \"document\"\nafter = \"soon\"\nbasis = \"x\"", "'soon'"),
            ("[[retention]]\nclass = \"1\"\nwhat = \"document\"\nafter = \"-1 years\"\nbasis = \"x\"", "'-1 years'"),
            ("[[retention]]\nclass = \"1\"\nwhat = \"document\"\nafter = \"9999 years\"\nbasis = \"x\"", "9999"),
            ("[[retention]]\nclass = \"1\"\nwhat = \"document\"\nkeep = true\nafter = \"2 years\"", "for good"),
            ("[[retention]]\nclass = \"1\"\nwhat = \"everything\"\nkeep = true", "everything"),
            (
                "[[retention]]\nclass = \"1\"\nwhat = \"superseded\"\nsince = \"ended\"\nafter = \"2 years\"\nbasis = \"x\"",
                "replaced",
            ),
            (
                "[[retention]]\nclass = \"1\"\nkind = \"decision\"\nwhat = \"document\"\nafter = \"2 years\"\nbasis = \"x\"",
                "last-change",
            ),
            ("[disposal]\nrequests = \"execute\"", "basis"),
            ("[[disposal.hold]]\ndocument = \"ab\"\nreason = \"x\"", "at least 8"),
            ("[[disposal.hold]]\ndocument = \"ab12cd34\"\nreason = \"\"", "reason"),
        ] {
            let refused = read(text).expect_err(text);
            assert!(refused.contains(told), "{text}: {refused}");
        }
    }
}
