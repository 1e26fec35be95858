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
        word("project-owner", "projektägare", "project owner", &[]),
        word("client", "beställare", "client", &[]),
        word("steering-group", "styrgruppsledamot", "member of the steering group", &[]),
        word("project-member", "projektmedlem", "project member", &[]),
        word("change-leader", "förändringsledare", "change leader", &[]),
        word("change-owner", "förändringsägare", "change owner", &[]),
        word("resource-owner", "resursägare", "resource owner", &[]),
        word("local-coordinator", "näravårdsamordnare", "local coordinator", &["samordnare"]),
        word("developer", "verksamhetsutvecklare", "developer", &[]),
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

/// A seat's answer to a proposal.
pub const VOTE: Kind = Kind {
    id: "vote",
    label: Text("en röst", "a vote"),
    words: &[
        word("yes", "ja", "yes", &["bifall", "för"]),
        word("no", "nej", "no", &["avslag", "mot"]),
        word("abstain", "avstår", "abstains", &["avstå", "abstain"]),
    ],
};

/// What a party's own authority has done about a decision.
pub const RATIFICATION: Kind = Kind {
    id: "ratification",
    label: Text("ett läge", "a state"),
    words: &[
        word("not-prepared", "inte beredd", "not prepared", &["ej beredd"]),
        word("scheduled", "på väg", "scheduled", &["planerad"]),
        word("adopted", "antagen", "adopted", &["antaget"]),
        word("adopted-with-amendment", "antagen med tillägg", "adopted with amendment", &["med tillägg"]),
        word("refused", "avslagen", "refused", &["avslaget", "avslag"]),
        word("not-concerned", "inte berörd", "not concerned", &["ej berörd"]),
        word("informed", "endast informerad", "informed only", &["informerad"]),
    ],
};

pub const MOTION: Kind = Kind {
    id: "motion",
    label: Text("ett slag av yrkande", "a kind of motion"),
    words: &[
        word("adopt", "bifall", "adopt", &[]),
        word("amend", "tillägg eller ändring", "amend", &["tillägg", "ändring"]),
        word("counter", "annat förslag", "counter-proposal", &["motförslag"]),
        word("reject", "avslag", "reject", &[]),
        word("refer-back", "återremiss", "refer back", &[]),
        word("postpone", "bordläggning", "postpone", &[]),
    ],
};

/// What came of a motion.
pub const FATE: Kind = Kind {
    id: "fate",
    label: Text("ett utfall", "an outcome"),
    words: &[
        word("carried", "bifölls", "carried", &["bifall"]),
        word("lost", "föll", "lost", &["avslogs"]),
        word("withdrawn", "drogs tillbaka", "withdrawn", &["återtogs"]),
    ],
};

/// How a body came to its answer.
pub const PROCEDURE: Kind = Kind {
    id: "procedure",
    label: Text("ett sätt", "a procedure"),
    words: &[
        word("acclamation", "acklamation", "acclamation", &["utan omröstning"]),
        word("vote", "omröstning", "vote", &["votering"]),
    ],
};

/// What a body has concluded.
pub const OUTCOME: Kind = Kind {
    id: "outcome",
    label: Text("ett utfall", "an outcome"),
    words: &[
        word("adopted", "antaget", "adopted", &["antagen"]),
        word("adopted-with-amendment", "antaget med tillägg", "adopted with amendment", &["antagen med tillägg"]),
        word("rejected", "avslaget", "rejected", &["avslagen"]),
        word("referred-back", "återremitterat", "referred back", &["återremiss"]),
        word("postponed", "bordlagt", "postponed", &[]),
        word("no-quorum", "inte beslutfört", "no quorum", &[]),
        word("escalated", "lyft till nästa nivå", "escalated", &[]),
        word("undecided", "inte avgjort", "undecided", &["oavgjort"]),
    ],
};

/// What a body is in law.
pub const BODY_KIND: Kind = Kind {
    id: "body-kind",
    label: Text("ett slag av organ", "a kind of body"),
    words: &[
        word("cooperation", "samverkansorgan", "cooperation body", &["samverkan"]),
        word("joint-board", "gemensam nämnd", "joint board", &[]),
        word("committee", "utskott", "committee", &[]),
    ],
};

/// First axis of the balance of the portfolio.
pub const NOVELTY: Kind = Kind {
    id: "novelty",
    label: Text("ett slag av förnyelse", "a kind of novelty"),
    words: &[
        word("innovation", "nyskapande", "innovation", &[]),
        word("continuous-improvement", "ständig förbättring", "continuous improvement", &["förbättring"]),
    ],
};

/// Second axis of the balance of the portfolio.
pub const BENEFIT_TIME: Kind = Kind {
    id: "benefit-time",
    label: Text("en tid till nytta", "a time to benefit"),
    words: &[
        word("quick", "snabb nytta", "quick benefit", &["snabb", "kort sikt"]),
        word("long-term", "långsiktig effekt", "long-term effect", &["långsiktig", "lång sikt"]),
    ],
};

/// How far a party has come with a working method. Nobody has said is none of them.
pub const ROLLOUT: Kind = Kind {
    id: "rollout",
    label: Text("ett läge för införandet", "a state of the rollout"),
    words: &[
        word("not-applicable", "ej aktuellt", "not applicable", &["inte aktuellt"]),
        word("planned", "planerat", "planned", &["planeras"]),
        word("pilot", "pilot", "pilot", &[]),
        word("partly-introduced", "infört delvis", "partly introduced", &["delvis infört", "delvis"]),
        word("introduced", "infört", "introduced", &[]),
        word("ended", "avslutat", "ended", &["avslutad"]),
    ],
};

/// A local group for one age group in one part of a municipality.
pub const COVERAGE: Kind = Kind {
    id: "coverage",
    label: Text("ett läge för den lokala gruppen", "a state of the local group"),
    words: &[
        word("not-applicable", "ej aktuellt", "not applicable", &["inte aktuellt"]),
        word("missing", "finns inte", "missing", &["saknas"]),
        word("planned", "planeras", "planned", &["planerad", "planerat"]),
        word("forming", "under uppbyggnad", "being formed", &["byggs upp"]),
        word("working", "fungerar", "working", &["finns"]),
    ],
};

/// Has a party a plan of its own for an area of the roadmap?
pub const LOCAL_PLAN: Kind = Kind {
    id: "local-plan",
    label: Text("ett svar om lokal plan", "an answer about a local plan"),
    words: &[
        word("adopted", "finns", "there is one", &["ja", "antagen"]),
        word("preparing", "tas fram", "being prepared", &["på gång"]),
        word("none", "finns inte", "there is none", &["nej"]),
        word("not-concerned", "berör inte oss", "does not concern us", &["ej berörd"]),
    ],
};

/// How far a party has come in an area of the roadmap.
pub const PROGRESS: Kind = Kind {
    id: "progress",
    label: Text("ett läge", "a state"),
    words: &[
        word("not-begun", "inte påbörjat", "not begun", &["ej påbörjat"]),
        word("begun", "påbörjat", "begun", &["pågår", "pågående"]),
        word("done", "klart", "done", &["genomfört"]),
        word("resting", "vilar", "resting", &["vilande"]),
    ],
};

/// Where a measure is meant to go.
pub const AIM: Kind = Kind {
    id: "aim",
    label: Text("en riktning", "a direction"),
    words: &[
        word("up", "ska öka", "is to rise", &["öka"]),
        word("down", "ska minska", "is to fall", &["minska"]),
        word("keep", "ska hållas", "is to be kept", &["hållas"]),
    ],
};

pub const PARTICIPATION: Kind = Kind {
    id: "participation",
    label: Text("ett slags medverkan", "a kind of participation"),
    words: &[
        word("leads", "leder", "leads", &[]),
        word("takes-part", "deltar", "takes part", &["medverkar"]),
        word("follows", "följer", "follows", &[]),
        word("declines", "deltar inte", "does not take part", &["avstår"]),
    ],
};

/// What kind of organisation somebody is who takes part and has no node.
pub const PARTNER_TYPE: Kind = Kind {
    id: "partner-type",
    label: Text("ett slags organisation", "a kind of organisation"),
    words: &[
        word("private-provider", "privat utförare", "private provider", &[]),
        word("civil-society", "civilsamhälle", "civil society", &["förening"]),
        word("consultant", "konsult", "consultant", &[]),
        word("authority", "myndighet", "authority", &[]),
        word("university", "lärosäte", "university", &["högskola", "universitet"]),
        word("association", "medlemsorganisation", "association", &[]),
    ],
};

/// What the programme office found of a criterion.
pub const ANSWER: Kind = Kind {
    id: "answer",
    label: Text("ett svar", "an answer"),
    words: &[
        word("yes", "ja", "yes", &[]),
        word("no", "nej", "no", &[]),
        word("unclear", "oklart", "unclear", &["vet inte"]),
    ],
};

/// What the programme office advises the deciding body.
pub const ADVICE: Kind = Kind {
    id: "advice",
    label: Text("ett råd", "an advice"),
    words: &[
        word("include", "inkludera", "include", &[]),
        word("supplement", "komplettera först", "supplement first", &["komplettera"]),
        word("decline", "inkludera inte", "do not include", &["avstyrk"]),
    ],
};

/// Where a work is heading until its next report.
pub const FORECAST: Kind = Kind {
    id: "forecast",
    label: Text("en utsikt", "an outlook"),
    words: &[
        word("better", "blir bättre", "getting better", &["bättre"]),
        word("same", "oförändrat", "unchanged", &["samma"]),
        word("worse", "blir sämre", "getting worse", &["sämre"]),
    ],
};

/// What an owner has answered to a remark.
pub const REMARK_ANSWER: Kind = Kind {
    id: "remark",
    label: Text("ett svar på en synpunkt", "an answer to a remark"),
    words: &[
        word("accepted", "antagen", "accepted", &["ja"]),
        word("noted", "läst", "noted", &["besvarad"]),
        word("declined", "inte antagen", "declined", &["nej"]),
    ],
};

/// How grave a hindrance of the system is, for whoever is to take it further.
pub const ESCALATION: Kind = Kind {
    id: "escalation",
    label: Text("ett läge för hindret", "a state of the obstacle"),
    words: &[
        word("noted", "noterat", "noted", &[]),
        word("steering-group", "lyft till styrgruppen", "raised with the steering group", &[]),
        word("executive", "lyft till högsta tjänsteledningen", "raised with the executive level", &[]),
        word("solved", "löst", "solved", &[]),
    ],
};

/// Kinds whose words are shown by their label where a reference names them.
const KINDS: &[Kind] = &[
    STAGE,
    FORM,
    TARGET_GROUP,
    STATUS,
    CRITERION,
    LEAD,
    BASIS,
    VOTE,
    RATIFICATION,
    MOTION,
    FATE,
    PROCEDURE,
    OUTCOME,
    BODY_KIND,
    NOVELTY,
    BENEFIT_TIME,
    ROLLOUT,
    COVERAGE,
    LOCAL_PLAN,
    PROGRESS,
    AIM,
    PARTICIPATION,
    PARTNER_TYPE,
    ANSWER,
    ADVICE,
    FORECAST,
    REMARK_ANSWER,
    ESCALATION,
];

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
    let kind = KINDS.iter().chain(&follow_up::KINDS).find(|k| k.id == kind)?;
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
        let all = KINDS.iter().chain(&follow_up::KINDS).copied();
        for kind in all.chain([DEVICE_ROLE, PURPOSE, AUDIENCE, BEARER]) {
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
