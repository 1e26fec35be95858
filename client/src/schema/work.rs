//! Works.

use super::{Field, Group, Input, field, group};
use crate::{
    text::Text,
    vocabulary::{CRITERION, FORM, LEAD, STAGE, STATUS, TARGET_GROUP},
};

const FACTS: &[Field] = &[
    field("title", "Titel", "Title", Input::Line),
    field("summary", "Beskrivning", "Description", Input::Prose),
    field("form", "Form", "Form", Input::Word(FORM)),
    field("stage", "Skede", "Stage", Input::Word(STAGE)),
    field("partners", "Parter", "Parties", Input::Parties),
    field("target-groups", "Målgrupper", "Target groups", Input::Words(TARGET_GROUP)),
    field("start", "Start", "Start", Input::Date).help(
        "En dag, eller så som ni vet det: 2025, HT 2025, 2025-Q3, 2025-10, okänt.",
        "A day, or as you know it: 2025, HT 2025, 2025-Q3, 2025-10, unknown.",
    ),
    field("end", "Slut", "End", Input::Date),
    field("criteria", "Kriterier", "Criteria", Input::Words(CRITERION)),
    field("financing-secured", "Finansieringen är klar", "Financing is secured", Input::Boolean),
    field("lead-role", "Leds av", "Led by", Input::Word(LEAD)),
    field("lead-vacant", "Uppdraget är vakant", "The post is vacant", Input::Boolean),
    field("contact-unit", "Kontakt: enhet", "Contact: unit", Input::Line),
    field("contact-mailbox", "Kontakt: funktionsbrevlåda", "Contact: function mailbox", Input::Line),
];

const REPORT: &[Field] = &[
    field("date", "Datum", "Date", Input::Date),
    field("time", "Tid", "Time", Input::Word(STATUS)),
    field("cost", "Kostnad", "Cost", Input::Word(STATUS)),
    field("cooperation", "Samverkan", "Cooperation", Input::Word(STATUS)),
    field("benefit", "Nytta", "Benefit", Input::Word(STATUS)),
    field("comment", "Orsak och åtgärd", "Cause and measure", Input::Prose),
];

pub(super) const GROUPS: &[Group] = &[
    group("/facts", Text("Uppgifter", "Facts"), Text("", ""), FACTS),
    group("/reports/{id}", Text("Lägesrapporter", "Status reports"), Text("lägesrapport", "status report"), REPORT),
];
