//! Indicators: what is measured, as the set's owner says, and each party's own values.

use super::{Field, Group, Input, field, group};
use crate::{
    text::Text,
    vocabulary::{COUNTY_FIGURE, DIRECTION, FREQUENCY, MEASURED, SIDE},
};

const NONE: Text = Text("", "");

const SET: &[Field] = &[
    field("title", "Namn", "Name", Input::Line),
    field("target-year", "Målår", "Target year", Input::Integer),
    field("source", "Källa", "Source", Input::Line),
];

const ORDER: Field = field("order", "Plats i ordningen", "Place in the order", Input::Integer);

const AREA: &[Field] = &[field("name", "Namn", "Name", Input::Line), ORDER];

const INDICATOR: &[Field] = &[
    field("name", "Namn", "Name", Input::Line),
    field("area", "Målområde", "Area", Input::Link("area")),
    field("goal", "Följer upp delmålet", "Follows up the sub-goal", Input::Link("goal")),
    field("status", "Läge", "State", Input::Word(MEASURED)),
    ORDER,
];

const MEASURE: &[Field] = &[
    field("name", "Namn", "Name", Input::Line),
    field("indicators", "Hör till indikatorerna", "Belongs to the indicators", Input::Links("indicator")),
    field("side", "Vem mäter", "Who measures", Input::Word(SIDE)).help(
        "Samma mål mäts ofta på olika sätt av regionen och kommunerna.",
        "Region and municipalities often measure the same goal in different ways.",
    ),
    field("unit", "Enhet", "Unit", Input::Line).help("Procent, antal, index 0-100.", "Per cent, number, index 0-100."),
    field("source", "Källa", "Source", Input::Line),
    field("frequency", "Hur ofta", "How often", Input::Word(FREQUENCY)),
    field("direction", "Önskad riktning", "Direction wanted", Input::Word(DIRECTION)),
    field("baseline", "Utgångsvärde", "Baseline", Input::Line),
    field("baseline-period", "Utgångsvärdet gäller", "The baseline is of", Input::Date),
    field("target", "Målvärde", "Target", Input::Line),
    field("target-year", "Målår", "Target year", Input::Integer),
    field("by-sex", "Redovisas för kvinnor och män", "Shown for women and men", Input::Boolean),
    field("county", "Länets värde är", "The county's figure is", Input::Word(COUNTY_FIGURE)).help(
        "Lämna tomt om ni inte har kommit överens: då visas inget värde för länet.",
        "Leave empty if you have not agreed: then no figure is shown for the county.",
    ),
    field("lag", "Att tänka på när siffran läses", "What to know when reading the figure", Input::Prose)
        .help("Eftersläpning, och annat som påverkar.", "How late it comes, and what else affects it."),
    field("status", "Läge", "State", Input::Word(MEASURED)),
    ORDER,
];

const VALUE: &[Field] = &[field("", "Värde", "Value", Input::Line).help(
    "Ett tal, som 81,5. Är det från 1 till 4 personer, skriv färre än 5. Sökvägen slutar med måttets id och perioden: 2025, 2025-ht, 2025-q3, 2025-10, och för ett kön 2025-women eller 2025-men.",
    "A number, as 81,5. If it is from 1 to 4 persons, write fewer than 5. The path ends with the measure's id and the period: 2025, 2025-ht, 2025-q3, 2025-10, and for one sex 2025-women or 2025-men.",
)];

pub(super) const GROUPS: &[Group] = &[
    group("/definitions", Text("Indikatorerna", "The indicators"), NONE, SET),
    group("/definitions/areas/{id}", Text("Målområden", "Areas"), Text("målområde", "area"), AREA),
    group("/definitions/indicators/{id}", Text("Indikatorer", "Indicators"), Text("indikator", "indicator"), INDICATOR),
    group("/definitions/measures/{id}", Text("Mått", "Measures"), Text("mått", "measure"), MEASURE),
    group("/values/{org}/{id}/{id}", Text("Era värden", "Your values"), Text("värde", "value"), VALUE),
];
