//! Secrecy marks (OSL 5:5): a warning that a field, or a whole document, may be secret, with the provision, the day and the
//! authority. It is no decision: whoever asks for the document has it judged anew. What is marked does not leave.
//!
//! Marks lie among the private texts of a working copy, under `mark:` and the path, so they are the organisation's own and
//! merge like those.

use crate::{
    model::Draft,
    text::{Lang, Text},
};
use samsyn_core::id::Path;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, str::FromStr};

/// Before the path in the key of a private text.
const KEY: &str = "mark:";
/// The key of a mark on the whole document has this in place of a path.
const WHOLE: &str = "/";
/// Provisions of one mark.
const PROVISIONS_MAX: usize = 10;

/// When the list below was gone through. It is no legal advice.
pub const LISTED: &str = "2026-11-23";

/// Provisions of the Public Access to Information and Secrecy Act (2009:400) that a programme like this is likely to meet.
const PROVISIONS: [(&str, Text); 14] = [
    ("18:8", Text("säkerhets- och bevakningsåtgärder", "security measures")),
    ("18:13", Text("risk- och sårbarhetsanalyser", "risk and vulnerability analyses")),
    ("19:1", Text("myndighetens egen affärsverksamhet", "the authority's own business")),
    ("19:3", Text("upphandling", "procurement")),
    ("19:6", Text("fackliga förhandlingar", "negotiations with unions")),
    ("21:1", Text("enskilds hälsa eller sexualliv", "a private person's health or sex life")),
    ("21:3", Text("uppgift som kan leda till en hotad person", "what may lead to somebody who is threatened")),
    (
        "21:7",
        Text(
            "personuppgifter som kan komma att behandlas i strid med lag",
            "personal data that may be processed against the law",
        ),
    ),
    ("25:1", Text("hälso- och sjukvård", "health care")),
    ("26:1", Text("socialtjänst", "social services")),
    ("31:16", Text("enskilds affärsförhållanden", "a private party's business")),
    ("39:1", Text("personalsocial verksamhet", "welfare of staff")),
    ("39:2", Text("personaladministration", "administration of staff")),
    ("39:3", Text("anställdas kontaktuppgifter och liknande", "contact data of staff and the like")),
];

/// A provision by chapter and section, as `19:3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Provision {
    chapter: u16,
    section: u16,
    /// `a` in 26 kap. 9 a §; mostly empty.
    letter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a provision is written as 19:3")]
pub struct NoProvision;

impl FromStr for Provision {
    type Err = NoProvision;

    fn from_str(text: &str) -> Result<Self, NoProvision> {
        let text = text.trim();
        let text = text.strip_prefix("OSL").or_else(|| text.strip_prefix("osl")).unwrap_or(text).trim();
        let (chapter, section) = text.split_once(':').ok_or(NoProvision)?;
        let digits = section.bytes().take_while(u8::is_ascii_digit).count();
        let (section, letter) = section.split_at(digits);
        let number = |text: &str| text.parse().ok().filter(|n| (1..=99).contains(n)).ok_or(NoProvision);
        let letter = letter.trim();
        if letter.len() > 1 || !letter.bytes().all(|b| b.is_ascii_lowercase()) {
            return Err(NoProvision);
        }
        Ok(Self { chapter: number(chapter)?, section: number(section)?, letter: letter.to_owned() })
    }
}

impl TryFrom<String> for Provision {
    type Error = NoProvision;

    fn try_from(text: String) -> Result<Self, NoProvision> {
        text.parse()
    }
}

impl From<Provision> for String {
    fn from(provision: Provision) -> Self {
        provision.to_string()
    }
}

impl std::fmt::Display for Provision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.chapter, self.section)?;
        if self.letter.is_empty() { Ok(()) } else { write!(f, " {}", self.letter) }
    }
}

impl Provision {
    /// Those of the list, with what they are about.
    pub fn listed() -> impl Iterator<Item = (&'static str, Text)> {
        PROVISIONS.into_iter()
    }

    /// As people cite it: `OSL 19 kap. 3 § (upphandling)`.
    pub fn cited(&self, lang: Lang) -> String {
        let written = self.to_string();
        let letter = if self.letter.is_empty() { String::new() } else { format!(" {}", self.letter) };
        let about = PROVISIONS.iter().find(|(id, _)| *id == written).map(|(_, about)| format!(" ({})", about.of(lang)));
        let about = about.unwrap_or_default();
        match lang {
            Lang::Sv => format!("OSL {} kap. {}{letter} §{about}", self.chapter, self.section),
            Lang::En => format!("OSL chapter {} section {}{letter}{about}", self.chapter, self.section),
        }
    }

    /// Data on single persons in care have no place here, marked or not.
    pub fn of_care(&self) -> bool {
        matches!(self.chapter, 25 | 26)
    }

    /// The security of the realm: what falls under it may not lie in a system like this at all.
    pub fn of_the_realm(&self) -> bool {
        self.chapter == 15 && self.section == 2
    }
}

/// A mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    pub provisions: Vec<Provision>,
    /// When it was made, as `2026-11-23`.
    pub date: String,
    /// Which authority has had it made.
    pub authority: String,
    /// For those who write; empty where nobody has said more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The marks of a working copy: by path, and on the whole of it under none. One that cannot be read is one all the same.
pub type Marks = BTreeMap<Option<Path>, Option<Mark>>;

/// What is marked in a draft.
pub fn marks(draft: &Draft) -> Marks {
    let marked = |(key, text): (&String, &String)| {
        let place = key.strip_prefix(KEY)?;
        // A place that is none: nothing of the document leaves before somebody has looked at it.
        let path = if place == WHOLE { None } else { Path::new(place).ok() };
        Some((path, serde_json::from_str(text).ok().filter(|mark: &Mark| !mark.provisions.is_empty())))
    };
    draft.private.iter().filter_map(marked).collect()
}

/// Private texts that are no marks.
pub fn is_mark(key: &str) -> bool {
    key.starts_with(KEY)
}

/// Puts a mark on a path, or on all; none takes it away. True if something has changed.
pub fn set(draft: &mut Draft, path: Option<&Path>, mark: Option<&Mark>) -> bool {
    let key = format!("{KEY}{}", path.map_or(WHOLE, Path::as_str));
    let Some(mark) = mark else {
        let before = draft.private.len();
        // A mark at no place is shown as one on all, and goes with it.
        let astray = |k: &str| k.strip_prefix(KEY).is_some_and(|place| place != WHOLE && Path::new(place).is_err());
        draft.private.retain(|k, _| *k != key && !(path.is_none() && astray(k)));
        return draft.private.len() != before;
    };
    let text = serde_json::to_string(mark).unwrap_or_default();
    draft.private.insert(key, text.clone()) != Some(text)
}

/// The mark that covers a path: its own, one on what it lies under, or one on all.
pub fn covering<'a>(marks: &'a Marks, path: &Path) -> Option<&'a Option<Mark>> {
    let under = |marked: &Path| {
        path == marked || path.as_str().strip_prefix(marked.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    marks.iter().find(|(marked, _)| marked.as_ref().is_none_or(under)).map(|(_, mark)| mark)
}

/// Provisions as people write them, at least one and not one too many.
pub fn provisions<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Vec<Provision>, NoProvision> {
    let mut read = texts.into_iter().map(str::parse).collect::<Result<Vec<Provision>, _>>()?;
    read.sort();
    read.dedup();
    if read.is_empty() || read.len() > PROVISIONS_MAX { Err(NoProvision) } else { Ok(read) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::new(text).expect("a path")
    }

    fn mark() -> Mark {
        Mark {
            provisions: provisions(["19:3"]).expect("a provision"),
            date: "2026-11-23".to_owned(),
            authority: "ks".to_owned(),
            note: String::new(),
        }
    }

    #[test]
    fn provisions_are_read_as_people_write_them_and_nothing_else_is_one() {
        for (text, written) in
            [("19:3", "19:3"), (" OSL 26:9 e", "26:9 e"), ("osl 31:16", "31:16"), ("26:9a", "26:9 a")]
        {
            assert_eq!(text.parse::<Provision>().expect(text).to_string(), written);
        }
        for text in ["", "19", "19:", ":3", "0:1", "19:0", "19:3 och 4", "kap 19", "19:3 ab", "999:1", "19:3 §"] {
            assert_eq!(text.parse::<Provision>(), Err(NoProvision), "{text}");
        }
        assert_eq!(mark().provisions[0].cited(Lang::Sv), "OSL 19 kap. 3 § (upphandling)");
        let sections: Vec<Provision> = Provision::listed().map(|(id, _)| id.parse().expect(id)).collect();
        assert!(sections.is_sorted(), "as in the act");
        assert!(provisions([]).is_err());
    }

    #[test]
    fn a_mark_covers_its_path_and_what_lies_under_it_and_one_that_cannot_be_read_covers_too() {
        let mut draft = Draft::default();
        assert!(set(&mut draft, Some(&path("/reports/r1")), Some(&mark())));
        assert!(!set(&mut draft, Some(&path("/reports/r1")), Some(&mark())), "it is there already");
        let marked = marks(&draft);
        for (at, covered) in
            [("/reports/r1", true), ("/reports/r1/comment", true), ("/reports/r12", false), ("/note", false)]
        {
            assert_eq!(covering(&marked, &path(at)).is_some(), covered, "{at}");
        }
        assert_eq!(covering(&marked, &path("/reports/r1")), Some(&Some(mark())));
        for (key, text) in [("mark:/", "{}"), ("mark:no path", "x"), ("mark:/note", "{\"provisions\":[]}")] {
            let draft = Draft { private: [(key.to_owned(), text.to_owned())].into(), ..Draft::default() };
            assert_eq!(covering(&marks(&draft), &path("/note")), Some(&None), "{key}");
        }
        let mut astray = Draft { private: [("mark:no path".to_owned(), "x".to_owned())].into(), ..Draft::default() };
        assert!(set(&mut astray, None, None) && marks(&astray).is_empty(), "it goes with the one on all");
        assert!(set(&mut draft, Some(&path("/reports/r1")), None));
        assert!(marks(&draft).is_empty() && draft.private.is_empty());
    }
}
