//! Roadmaps: versions with who adopted them, areas by period with what each party does, working methods and how far each
//! party has come with them, and text that all write together.
//!
//! The rules have rows for areas, activities, text and rollout. Versions and working methods are kept among the
//! activities, as `/activities/versions/{id}` and `/activities/methods/{id}` (see decision 0030).

use super::{Field, Group, Input, field, group};
use crate::{
    text::Text,
    vocabulary::{AIM, COVERAGE, LOCAL_PLAN, PROGRESS, ROLLOUT, TARGET_GROUP},
};

const TITLE: &[Field] = &[field("title", "Namn", "Name", Input::Prose)];

const VERSION: &[Field] = &[
    field("title", "Version", "Version", Input::Line),
    field("adopted-by", "Antagen av", "Adopted by", Input::Link("body")),
    field("adopted", "Antagen den", "Adopted on", Input::Date).help(
        "En dag, eller okänt. En dag som inte har varit går inte att dela.",
        "A day, or unknown. A day that has not been cannot be shared.",
    ),
    field("approved-by", "Godkänd av", "Approved by", Input::Link("body")),
    field("approved", "Godkänd den", "Approved on", Input::Date).help("En dag, eller okänt.", "A day, or unknown."),
    field("valid-from", "Gäller från", "Valid from", Input::Date),
    field("valid-to", "Gäller till och med", "Valid until", Input::Date)
        .help("Två versioner kan inte gälla samtidigt.", "Two versions cannot be valid at once."),
    field("revised", "Ses över", "Revised", Input::Line),
    field("priority", "Vägledande prioritering", "Guiding priority", Input::Line),
    field("target-groups", "Prioriterade målgrupper", "Prioritised target groups", Input::Words(TARGET_GROUP)),
    field("follow-up", "Följs upp", "Followed up", Input::Line),
];

const AREA: &[Field] = &[
    field("title", "Namn", "Name", Input::Line),
    field("period", "Period", "Period", Input::Date)
        .help("2025, 2026 eller ett spann: 2027-2030", "2025, 2026 or a span: 2027-2030"),
    field("continuing", "Redan påbörjat", "Already begun", Input::Boolean),
    field("throughout", "Genomgående, år efter år", "Throughout, year after year", Input::Boolean),
    field("note", "Beskrivning", "Description", Input::Line),
    field("target-groups", "Målgrupper", "Target groups", Input::Words(TARGET_GROUP)),
    field("group", "Ansvarig grupp", "Group in charge", Input::Link("body")),
    field("works", "Arbeten", "Works", Input::Links("work"))
        .help("Arbetets nummer, som work:barnsakert", "The work's number, as in work:barnsakert"),
    field("measures", "Mått", "Measures", Input::Links("measure")),
    field("method", "Arbetssätt som införs", "Working method", Input::Link("method")),
    field("source", "Nationell grund", "National source", Input::Line),
    field("evaluated", "Följs upp eller utvärderas", "Followed up or evaluated", Input::Boolean),
    field("grid", "Lokala grupper för", "Local groups for", Input::Words(TARGET_GROUP)).help(
        "Målgrupper som det ska finnas en grupp för i varje kommundel",
        "Target groups that each municipality part is to have a group for",
    ),
];

const AMBITION: &[Field] =
    &[field("year", "År", "Year", Input::Date), field("goal", "Mål för året", "Goal of the year", Input::Line)];

const ACTIVITY: &[Field] = &[
    field("title", "Namn", "Name", Input::Line),
    field("note", "Beskrivning", "Description", Input::Line),
    field("when", "När", "When", Input::Date),
    field("works", "Arbeten", "Works", Input::Links("work")),
    field("measure", "Mått", "Measure", Input::Line),
    field("aim", "Riktning", "Direction", Input::Word(AIM)),
];

const DEPENDENCY: &[Field] =
    &[field("title", "Beror av", "Depends on", Input::Line), field("when", "Väntas", "Expected", Input::Date)];

const LOCAL: &[Field] = &[
    field("plan", "Lokal plan", "Local plan", Input::Word(LOCAL_PLAN)),
    field("plan-link", "Planens namn eller adress", "The plan's name or address", Input::Line),
    field("activities", "Det här gör vi", "What we do", Input::Prose),
    field("status", "Läge hos oss", "Our state", Input::Word(PROGRESS)),
    field("contact", "Kontakt (enhet eller funktionsbrevlåda)", "Contact (unit or function mailbox)", Input::Line),
];

const PART: &[Field] = &[
    field("name", "Kommundel", "Municipality part", Input::Line),
    field("children-young", "Barn och unga", "Children and young people", Input::Word(COVERAGE)),
    field("adults", "Vuxna", "Adults", Input::Word(COVERAGE)),
    field("older", "Äldre", "Older people", Input::Word(COVERAGE)),
];

const METHOD: &[Field] = &[
    field("title", "Namn", "Name", Input::Line),
    field("about", "Beskrivning", "Description", Input::Line),
    field("works", "Arbeten", "Works", Input::Links("work")),
    field("source", "Källa", "Source", Input::Line),
];

const ROLLOUT_CELL: &[Field] = &[field("", "Läge för införandet", "State of the rollout", Input::Word(ROLLOUT))];

const SECTION: &[Field] = &[field("", "Gemensam text", "Joint text", Input::Prose).help(
    "Skriver flera samtidigt fogas texterna ihop: inget försvinner.",
    "Where several write at once the texts are joined: nothing is lost.",
)];

pub(super) const GROUPS: &[Group] = &[
    group("/text", Text("Färdplanen", "The roadmap"), Text("", ""), TITLE),
    group("/activities/versions/{id}", Text("Versioner", "Versions"), Text("version", "version"), VERSION),
    group("/areas/{id}", Text("Områden", "Areas"), Text("område", "area"), AREA),
    group(
        "/areas/{id}/goals/{id}",
        Text("Mål år för år", "Goals year by year"),
        Text("mål för ett år", "goal of a year"),
        AMBITION,
    ),
    group("/areas/{id}/activities/{id}", Text("Aktiviteter", "Activities"), Text("aktivitet", "activity"), ACTIVITY),
    group(
        "/areas/{id}/dependencies/{id}",
        Text("Beroenden", "Dependencies"),
        Text("beroende", "dependency"),
        DEPENDENCY,
    ),
    group(
        "/areas/{id}/parties/{org}",
        Text("Det vi gör", "What we do"),
        Text("del i ett område", "part in an area"),
        LOCAL,
    ),
    group(
        "/areas/{id}/parties/{org}/parts/{id}",
        Text("Lokala samverkansgrupper hos oss", "Local groups of ours"),
        Text("kommundel", "municipality part"),
        PART,
    ),
    group(
        "/activities/methods/{id}",
        Text("Arbetssätt som breddinförs", "Working methods that are rolled out"),
        Text("arbetssätt", "working method"),
        METHOD,
    ),
    group(
        "/rollout/{id}/{org}",
        Text("Breddinförande hos oss", "Rollout at ours"),
        Text("läge för ett arbetssätt", "state of a working method"),
        ROLLOUT_CELL,
    ),
    group("/text/{id}", Text("Gemensamma texter", "Joint texts"), Text("avsnitt", "section"), SECTION),
];
