//! The words that values may use, as people write them and as they are stored: `pågående` is `stage:ongoing`.

mod follow_up;

pub use follow_up::*;

use crate::text::{Lang, Text};

/// One word of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Stored after the kind and a colon.
    pub id: &'static str,
    pub label: Text,
    /// Other ways in which people write it.
    also: &'static [&'static str],
}

/// A kind of words, in the order in which lists show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Stored before the colon.
    pub id: &'static str,
    /// What a message calls one of them.
    pub label: Text,
    pub words: &'static [Word],
}

const fn word(id: &'static str, sv: &'static str, en: &'static str, also: &'static [&'static str]) -> Word {
    Word { id, label: Text(sv, en), also }
}

pub const STAGE: Kind = Kind {
    id: "stage",
    label: Text("ett skede", "a stage"),
    words: &[
        word("idea", "idé", "idea", &[]),
        word("feasibility", "förstudie", "feasibility study", &["utredning"]),
        word("application", "ansökan", "application", &["ansökt"]),
        word("assessed", "bedömd", "assessed", &["bedömt"]),
        word("included", "inkluderad", "included", &["inkluderat"]),
        word("ongoing", "pågående", "ongoing", &["pågår"]),
        word("dormant", "vilande", "dormant", &["pausad", "pausat", "vilar"]),
        word("completed", "avslutad", "completed", &["avslutat", "klar", "klart", "slutförd", "slutfört"]),
        word("rolled-out", "breddinförd", "rolled out", &["breddinfört"]),
        word("discontinued", "avbruten", "discontinued", &["avbrutet", "nedlagd", "nedlagt"]),
        word("not-included", "ej inkluderad", "not included", &["ej inkluderat", "inte inkluderad", "avslag"]),
    ],
};

pub const FORM: Kind = Kind {
    id: "form",
    label: Text("en form", "a form"),
    words: &[
        word("project", "projekt", "project", &[]),
        word("pilot", "pilot", "pilot", &["pilotprojekt"]),
        word("sprint", "sprint", "sprint", &[]),
        word("process", "process", "process", &[]),
        word("feasibility-study", "förstudie", "feasibility study", &["utredning"]),
        word("rollout", "breddinförande", "rollout", &["införande"]),
        word("mapping", "kartläggning", "mapping", &[]),
        word("assignment", "uppdrag", "assignment", &[]),
    ],
};

pub const TARGET_GROUP: Kind = Kind {
    id: "target-group",
    label: Text("en målgrupp", "a target group"),
    words: &[
        word("children-young", "barn och unga", "children and young people", &["barn", "unga"]),
        word("adults", "vuxna", "adults", &[]),
        word("adults-with-disabilities", "vuxna med funktionsnedsättning", "adults with disabilities", &["lss"]),
        word("older", "äldre", "older people", &[]),
        word("sickest-older", "de mest sjuka äldre", "the sickest older people", &["mest sjuka äldre"]),
        word("frequent-visitors", "mångbesökare", "frequent visitors", &["mångsökare"]),
    ],
};

pub const STATUS: Kind = Kind {
    id: "status",
    label: Text("en färg", "a colour"),
    words: &[
        word("green", "grön", "green", &["grönt"]),
        word("yellow", "gul", "yellow", &["gult"]),
        word("red", "röd", "red", &["rött"]),
    ],
};

pub const CRITERION: Kind = Kind {
    id: "criterion",
    label: Text("ett kriterium", "a criterion"),
    words: &[
        word(
            "collaboration",
            "samverkan region och kommun",
            "collaboration of region and municipality",
            &["samverkan"],
        ),
        word("in-line", "i linje med målbilden", "in line with the vision", &[]),
        word("person-centred", "personcentrerat", "person-centred", &[]),
        word("health-promotion", "hälsofrämjande", "health promotion", &[]),
        word("accessibility", "tillgänglighet", "accessibility", &[]),
    ],
};

/// Roles of those who lead works.
pub const LEAD: Kind = Kind {
    id: "role",
    label: Text("en roll", "a role"),
    words: &[
        word("project-lead", "projektledare", "project lead", &[]),
        word("process-lead", "processledare", "process lead", &[]),
    ],
};

/// Where a statement about the owner comes from.
pub const BASIS: Kind = Kind {
    id: "basis",
    label: Text("en grund", "a basis"),
    words: &[word("assumed", "antagande", "assumption", &[]), word("stated", "uppgift", "statement", &[])],
};

/// Roles of devices, as releases name them.
pub const DEVICE_ROLE: Kind = Kind {
    id: "device-role",
    label: Text("en roll", "a role"),
    words: &[
        word("reader", "läsare", "reader", &[]),
        word("coordinator", "samordnare", "coordinator", &[]),
        word("registrar", "registrator", "registrar", &[]),
        word("admin", "administratör", "administrator", &[]),
    ],
};

pub const PURPOSE: Kind = Kind {
    id: "purpose",
    label: Text("ett syfte", "a purpose"),
    words: &[
        word("for-information", "för kännedom", "for information", &["kännedom", "information"]),
        word("for-decision", "för beslut", "for decision", &["beslut"]),
        word("jointly-maintained", "gemensamt förvaltad", "jointly maintained", &["gemensamt"]),
        word("for-comment", "för synpunkter", "for comment", &["synpunkter"]),
    ],
};

pub const AUDIENCE: Kind = Kind {
    id: "audience",
    label: Text("en krets", "an audience"),
    words: &[
        word("parties", "parterna", "the parties", &["länet", "parter"]),
        word("public", "allmänheten", "the public", &["alla", "öppet"]),
    ],
};

/// Kinds whose words are shown by their label where a reference names them.
const KINDS: [Kind; 7] = [STAGE, FORM, TARGET_GROUP, STATUS, CRITERION, LEAD, BASIS];

impl Kind {
    /// The word that people mean: by id, label or another way of writing, upper and lower case and spaces alike,
    /// with or without Swedish letters, with or without the kind before it.
    pub fn find(&self, text: &str) -> Option<&'static Word> {
        let wanted = fold(text.strip_prefix(self.id).and_then(|t| t.strip_prefix(':')).unwrap_or(text));
        let means = |w: &Word| {
            let ways = [w.id, w.label.0, w.label.1];
            ways.iter().chain(w.also).any(|way| fold(way) == wanted)
        };
        self.words.iter().find(|w| means(w))
    }

    /// As a value stores it.
    pub fn reference(&self, word: &Word) -> String {
        format!("{}:{}", self.id, word.id)
    }

    /// Every word, for messages.
    pub fn list(&self, lang: Lang) -> String {
        self.words.iter().map(|w| w.label.of(lang)).collect::<Vec<_>>().join(", ")
    }

    /// The label of an id; the id itself if it is none of ours.
    pub fn show<'a>(&self, id: &'a str, lang: Lang) -> &'a str {
        self.words.iter().find(|w| w.id == id).map_or(id, |w| w.label.of(lang))
    }
}

/// The label of a stored reference, if it is of a kind with words.
pub fn label(reference: &str, lang: Lang) -> Option<&'static str> {
    let (kind, id) = reference.split_once(':')?;
    let kind = KINDS.into_iter().chain(follow_up::KINDS).find(|k| k.id == kind)?;
    kind.words.iter().find(|w| w.id == id).map(|w| w.label.of(lang))
}

/// For comparing what people write: lower case, Swedish letters as a and o, spaces as hyphens.
pub fn fold(text: &str) -> String {
    let fold = |c: char| match c {
        'å' | 'ä' | 'à' | 'á' => 'a',
        'ö' | 'ø' => 'o',
        'é' | 'è' => 'e',
        ' ' | '_' => '-',
        other => other,
    };
    text.trim().to_lowercase().chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn people_write_words_in_many_ways() {
        for (kind, text, id) in [
            (STAGE, "pågående", "ongoing"),
            (STAGE, "Pågår", "ongoing"),
            (STAGE, "ej inkluderad", "not-included"),
            (STAGE, "stage:rolled-out", "rolled-out"),
            (STAGE, "breddinford", "rolled-out"),
            (FORM, "Förstudie", "feasibility-study"),
            (STATUS, "GUL", "yellow"),
            (AUDIENCE, "länet", "parties"),
        ] {
            assert_eq!(kind.find(text).map(|w| w.id), Some(id), "{text}");
        }
        assert_eq!(STAGE.find("snart"), None);
    }

    #[test]
    fn no_way_of_writing_means_two_words_of_a_kind() {
        for kind in KINDS.into_iter().chain(follow_up::KINDS).chain([DEVICE_ROLE, PURPOSE, AUDIENCE, BEARER]) {
            let mut seen = BTreeSet::new();
            for word in kind.words {
                let ways: BTreeSet<String> =
                    [word.id, word.label.0, word.label.1].iter().chain(word.also).map(|w| fold(w)).collect();
                for way in ways {
                    assert!(seen.insert(way.clone()), "{}: {way}", kind.id);
                }
                let reference = samsyn_core::value::Value::Reference(kind.reference(word));
                assert_eq!(reference.check(), Ok(()));
            }
        }
    }

    #[test]
    fn references_are_shown_by_their_word() {
        assert_eq!(label("stage:ongoing", Lang::Sv), Some("pågående"));
        assert_eq!(label("org:timra", Lang::Sv), None);
    }
}
