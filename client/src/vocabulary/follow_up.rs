//! Words of the programme and of indicators.

use super::{Kind, word};
use crate::text::Text;

/// Where in the cooperation a body stands.
pub const LEVEL: Kind = Kind {
    id: "level",
    label: Text("en nivå", "a level"),
    words: &[
        word("political", "politisk", "political", &[]),
        word("executive", "högsta tjänsteledning", "executive", &["tjänsteledning"]),
        word("county", "länsledning", "county", &[]),
        word("programme", "program", "programme", &[]),
        word("local", "lokal", "local", &[]),
    ],
};

pub const QUORUM: Kind = Kind {
    id: "quorum",
    label: Text("en regel för beslutsförhet", "a rule for quorum"),
    words: &[
        word("half", "minst hälften", "at least half", &["hälften"]),
        word("majority", "mer än hälften", "more than half", &[]),
    ],
};

pub const MAJORITY: Kind = Kind {
    id: "majority",
    label: Text("ett sätt att besluta", "a way to decide"),
    words: &[
        word("simple", "enkel majoritet", "simple majority", &["majoritet"]),
        word("consensus", "enighet", "consensus", &["konsensus"]),
    ],
};

pub const TIE: Kind = Kind {
    id: "tie",
    label: Text("en regel vid lika röstetal", "a rule for ties"),
    words: &[word("chair-casting-vote", "ordförandens utslagsröst", "the chair's casting vote", &["utslagsröst"])],
};

/// What is done where a body does not agree.
pub const WAY: Kind = Kind {
    id: "way",
    label: Text("en väg vid oenighet", "a way out of disagreement"),
    words: &[
        word("chair-decides", "ordföranden beslutar", "the chair decides", &[]),
        word("escalate", "frågan lyfts till nästa nivå", "it goes to the next level", &["lyfts"]),
    ],
};

/// What is taken up before the programme goes on.
pub const AGENDA: Kind = Kind {
    id: "agenda",
    label: Text("en punkt", "an item"),
    words: &[
        word("portfolio", "portföljen", "the portfolio", &[]),
        word("programme-area-content", "programområdenas innehåll", "what the areas hold", &[]),
        word("selection-criteria", "urvalskriterierna", "the criteria", &[]),
        word("change-work", "förändringsarbetet", "the change work", &[]),
        word("competence-and-roles", "kompetens och roller", "competence and roles", &[]),
        word("implementation-plan", "genomförandeplanen", "the plan", &[]),
        word("financing", "finansieringen", "financing", &[]),
    ],
};

/// What stands in the year wheel.
pub const EVENT: Kind = Kind {
    id: "event",
    label: Text("ett slag av händelse", "a kind of event"),
    words: &[
        word("meeting", "möte", "meeting", &["sammanträde"]),
        word("gate", "beslutspunkt", "decision point", &[]),
        word("reporting-window", "rapporteringsperiod", "reporting window", &["rapportering"]),
        word("deadline", "sista dag", "deadline", &[]),
        word("activity", "aktivitet", "activity", &[]),
        word("other", "annat", "other", &[]),
    ],
};

pub const ACTIVITY: Kind = Kind {
    id: "activity",
    label: Text("ett slag av aktivitet", "a kind of activity"),
    words: &[
        word("seminar", "lärseminarium", "learning seminar", &["seminarium"]),
        word("conference", "konferens", "conference", &[]),
        word("course", "utbildning", "course", &["kurs"]),
        word("workshop", "workshop", "workshop", &["verkstad"]),
        word("recurring", "återkommande", "recurring", &[]),
    ],
};

pub const FULFILMENT: Kind = Kind {
    id: "fulfilment",
    label: Text("en grad av uppfyllelse", "a degree of fulfilment"),
    words: &[
        word("fulfilled", "uppfyllt", "fulfilled", &["uppfylld"]),
        word("partly", "delvis uppfyllt", "partly fulfilled", &["delvis"]),
        word("not", "ej uppfyllt", "not fulfilled", &["inte uppfyllt", "ej"]),
    ],
};

/// Of stakeholders: influence times interest.
pub const CATEGORY: Kind = Kind {
    id: "category",
    label: Text("en kategori", "a category"),
    words: &[
        word("a", "A: stort inflytande, stort intresse", "A: much influence, much interest", &[]),
        word("b", "B: stort inflytande, litet intresse", "B: much influence, little interest", &[]),
        word("c", "C: litet inflytande, stort intresse", "C: little influence, much interest", &[]),
        word("d", "D: litet inflytande, litet intresse", "D: little influence, little interest", &[]),
    ],
};

/// How the municipalities share what they pay together.
pub const SPLIT: Kind = Kind {
    id: "split",
    label: Text("ett sätt att dela", "a way to share"),
    words: &[
        word("equal", "lika", "equally", &[]),
        word("inhabitants", "efter invånare", "by inhabitants", &["invånare", "per invånare"]),
    ],
};

/// Who pays; names in a path, not references.
pub const BEARER: Kind = Kind {
    id: "bearer",
    label: Text("en som betalar", "a payer"),
    words: &[
        word("region", "regionen", "the region", &[]),
        word("municipalities", "kommunerna tillsammans", "the municipalities together", &["kommunerna"]),
    ],
};

pub const SIGNAL: Kind = Kind {
    id: "signal",
    label: Text("ett läge", "a state"),
    words: &[
        word("open", "väntar på svar", "waiting for an answer", &["öppen"]),
        word("taken-up", "är uppe till behandling", "being dealt with", &["behandlas"]),
        word("closed", "avslutad", "closed", &["klar"]),
    ],
};

/// From whose point of view something is measured.
pub const SIDE: Kind = Kind {
    id: "side",
    label: Text("en sida", "a side"),
    words: &[
        word("region", "regionen", "the region", &[]),
        word("municipality", "kommunerna", "the municipalities", &["kommun", "kommunen"]),
        word("both", "båda", "both", &["alla"]),
    ],
};

pub const FREQUENCY: Kind = Kind {
    id: "frequency",
    label: Text("hur ofta", "how often"),
    words: &[
        word("year", "varje år", "every year", &["år", "årligen"]),
        word("half-year", "varje halvår", "every half-year", &["halvår", "termin"]),
        word("quarter", "varje kvartal", "every quarter", &["kvartal"]),
        word("month", "varje månad", "every month", &["månad"]),
    ],
};

/// Which way is wanted.
pub const DIRECTION: Kind = Kind {
    id: "direction",
    label: Text("en riktning", "a direction"),
    words: &[
        word("up", "ska öka", "should rise", &["öka", "upp"]),
        word("down", "ska minska", "should fall", &["minska", "ner"]),
        word("keep", "ska hållas", "should be kept", &["hålla", "oförändrat"]),
    ],
};

pub const MEASURED: Kind = Kind {
    id: "measured",
    label: Text("ett läge", "a state"),
    words: &[
        word("measured", "mäts", "is measured", &[]),
        word("no-measure-yet", "inget mått än", "no measure yet", &["ej klart"]),
    ],
};

/// How a county's figure is made of its parties'.
pub const COUNTY_FIGURE: Kind = Kind {
    id: "county-figure",
    label: Text("ett sätt att räkna", "a way to reckon"),
    words: &[
        word("sum", "parternas summa", "the parties' sum", &["summa"]),
        word("median", "parternas median", "the parties' median", &["median"]),
    ],
};

/// Kinds whose words are shown by their label where a reference names them.
pub(super) const KINDS: [Kind; 17] = [
    LEVEL,
    QUORUM,
    MAJORITY,
    TIE,
    WAY,
    AGENDA,
    EVENT,
    ACTIVITY,
    FULFILMENT,
    CATEGORY,
    SPLIT,
    SIGNAL,
    SIDE,
    FREQUENCY,
    DIRECTION,
    MEASURED,
    COUNTY_FIGURE,
];
