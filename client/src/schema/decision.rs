//! Decisions: what the secretary writes of proposal and minutes, what each seat votes, and what each party's own
//! authorities have decided.

use super::{Field, Group, Input, field, group};
use crate::{
    text::Text,
    vocabulary::{BODY_KIND, FATE, MOTION, OUTCOME, PROCEDURE, RATIFICATION, VOTE},
};

const NONE: Text = Text("", "");

const PROPOSAL: &[Field] = &[
    field("title", "Rubrik", "Title", Input::Line),
    field("body", "Samverkansorgan", "Body", Input::Link("body")).help(
        "Organet bestäms när förslaget delas första gången och ändras inte sedan.",
        "Settled when the proposal is first shared.",
    ),
    field("body-name", "Organets namn", "Name of the body", Input::Line),
    field("body-kind", "Organets slag", "Kind of body", Input::Word(BODY_KIND)),
    field("meeting", "Planerat möte", "Planned meeting", Input::Date),
    field("put", "Text som läggs fram för omröstning", "Text that is put to the vote", Input::Link("text"))
        .help("En fryst textversion.", "A frozen text version."),
    field("concerns", "Parter som berörs", "Parties concerned", Input::Parties)
        .help("Tomt betyder alla parter, om något steg är angivet.", "Empty means all parties, if a step is given."),
    field("follows", "Följer på beslutet", "Follows the decision", Input::Link("document")),
    field("source", "Källa", "Source", Input::Line),
];

const TEXT: &[Field] = &[
    field("label", "Benämning", "Label", Input::Line),
    field("text", "Text", "Text", Input::Prose)
        .help("En fryst text ändras inte: skriv en ny version.", "A frozen text does not change: write a new version."),
    field("frozen", "Textens kontrollsumma", "Hash of the text", Input::Link("blake3")),
];

const MOTIONS: &[Field] = &[
    field("kind", "Slag av yrkande", "Kind of motion", Input::Word(MOTION)),
    field("by", "Yrkas av", "Moved by", Input::Line)
        .help("Organisation eller roll, inte namn på personer.", "An organisation or a role, no person's name."),
    field("supported-by", "Stöds av", "Supported by", Input::Line),
    field("text", "Yrkandet", "The motion", Input::Prose),
];

const STEPS: &[Field] =
    &[field("label", "Steg", "Step", Input::Line), field("order", "Ordning", "Order", Input::Integer)];

const MINUTES: &[Field] = &[
    field("date", "Mötesdag", "Day of the meeting", Input::Date),
    field("paragraph", "Paragraf", "Paragraph", Input::Line),
    field("number", "Diarienummer", "Register number", Input::Line),
    field("procedure", "Beslutat genom", "Decided by", Input::Word(PROCEDURE)),
    field("present", "Närvarande platser", "Seats present", Input::Links("seat")),
    field("recused", "Jäviga platser", "Seats that stepped aside", Input::Links("seat")),
    field("reservations", "Platser med reservation", "Seats with a reservation", Input::Links("seat")),
    field("text", "Beslutad text", "Text that was decided", Input::Link("text")),
    field("chair", "Ordförandens avgörande", "What the chair decided", Input::Word(VOTE)),
    field("stated", "Utfall enligt källan", "Outcome as the source has it", Input::Word(OUTCOME))
        .help("Bara där röster och närvaro inte är kända.", "Only where votes and attendance are not known."),
    field("adjusted", "Protokollet justerat", "Minutes adjusted", Input::Date),
    field("adjusted-by", "Justerat av", "Adjusted by", Input::Line)
        .help("Roller, inte namn på personer.", "Roles, no persons' names."),
    field("dispatched-to", "Expedieras till", "Dispatched to", Input::Line),
];

const FATES: &[Field] = &[field("", "Vad det blev av yrkandet", "What came of the motion", Input::Word(FATE))];
const COUNTED: &[Field] = &[field("", "Röst som räknas", "Vote that counts", Input::Link("fact"))];
const POSTED: &[Field] = &[field("", "Anslaget dag", "Announced on", Input::Date)];
const VOTES: &[Field] = &[field("", "Röst", "Vote", Input::Word(VOTE))];
const RESERVATIONS: &[Field] = &[field("", "Reservation", "Reservation", Input::Prose)];

const RATIFICATIONS: &[Field] = &[
    field("state", "Läge", "State", Input::Word(RATIFICATION)),
    field("instance", "Instans", "Deciding body", Input::Line),
    field("date", "Dag", "Day", Input::Date)
        .help("Beslutets dag, eller den planerade.", "The day of the decision, or the planned one."),
    field("paragraph", "Paragraf", "Paragraph", Input::Line),
    field("number", "Diarienummer", "Register number", Input::Line),
    field("amendment", "Tillägg eller ändring", "Addition or change", Input::Prose),
    field("text", "Textens kontrollsumma", "Hash of the text", Input::Link("blake3")),
    field("posted", "Anslaget dag", "Announced on", Input::Date),
    field("link", "Länk till protokollet", "Link to the minutes", Input::Line),
];

pub(super) const GROUPS: &[Group] = &[
    group("/proposal", Text("Förslaget", "The proposal"), NONE, PROPOSAL),
    group("/proposal/texts/{id}", Text("Textversioner", "Text versions"), Text("textversion", "text version"), TEXT),
    group("/proposal/motions/{id}", Text("Yrkanden", "Motions"), Text("yrkande", "motion"), MOTIONS),
    group("/proposal/steps/{id}", Text("Steg hos parterna", "Steps at the parties"), Text("steg", "step"), STEPS),
    group("/minutes", Text("Protokollet", "The minutes"), NONE, MINUTES),
    group(
        "/minutes/motions/{id}",
        Text("Yrkandena i protokollet", "Motions in the minutes"),
        Text("yrkande", "motion"),
        FATES,
    ),
    group("/minutes/votes/{id}", Text("Röster i protokollet", "Votes in the minutes"), Text("plats", "seat"), COUNTED),
    group("/minutes/postings/{id}", Text("Anslag", "Announcements"), Text("organisation", "organisation"), POSTED),
    group("/votes/{id}", Text("Röster", "Votes"), Text("plats", "seat"), VOTES),
    group("/reservations/{id}", Text("Reservationer", "Reservations"), Text("plats", "seat"), RESERVATIONS),
    group(
        "/ratifications/{org}/{id}/{id}",
        Text("Parternas egna beslut", "The parties' own decisions"),
        Text("eget beslut", "own decision"),
        RATIFICATIONS,
    ),
];
