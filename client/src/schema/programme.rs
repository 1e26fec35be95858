//! The programme: goals, bodies, calendar, money, posts, risks, learning and what it keeps.

use super::{Field, Group, Input, field, group};
use crate::{
    text::Text,
    vocabulary::{
        ACTIVITY, AGENDA, CATEGORY, EVENT, FULFILMENT, LEVEL, MAJORITY, QUORUM, SIGNAL, SPLIT, TARGET_GROUP, TIE, WAY,
    },
};

const NONE: Text = Text("", "");

const NAME: Field = field("name", "Namn", "Name", Input::Line);
const TITLE: Field = field("title", "Rubrik", "Title", Input::Line);
const TEXT: Field = field("text", "Text", "Text", Input::Line);
const ORDER: Field = field("order", "Plats i ordningen", "Place in the order", Input::Integer);
const DATE: Field = field("date", "Datum", "Date", Input::Date);
const NOTE: Field = field("note", "Kommentar", "Comment", Input::Line);
const SOURCE: Field = field("source", "Källa", "Source", Input::Line);
const FROM: Field = field("from", "Från", "From", Input::Date);
const TIME: Field =
    field("time", "Klockslag", "Time of day", Input::Line).help("13:00 eller 13:00-15:00.", "13:00 or 13:00-15:00.");

const PROGRAMME: &[Field] = &[
    NAME,
    field("start", "Start", "Start", Input::Date),
    field("planned-years", "Planerat antal år", "Planned years", Input::Integer),
    field("office", "Programkontoret bemannas av", "The office is staffed by", Input::Parties),
    field("first-answer-hours", "Första svar inom (timmar)", "First answer within (hours)", Input::Integer),
];
const GOALS: &[Field] = &[
    field("strategic", "Strategiskt mål", "Strategic goal", Input::Line),
    field("effect", "Effektmål", "Effect goal", Input::Line),
];
const GOAL: &[Field] = &[NAME, field("description", "Beskrivning", "Description", Input::Prose), ORDER];
const WORDING: &[Field] = &[
    field("goal", "Mål", "Goal", Input::Link("goal")),
    field("text", "Lydelse", "Wording", Input::Line),
    FROM,
    SOURCE,
];
const AREA: &[Field] = &[
    NAME,
    field("valid-from", "Gäller från", "Valid from", Input::Date),
    field("valid-to", "Gäller till", "Valid to", Input::Date),
    field("lead", "Ansvarig organisation", "Organisation in charge", Input::Party),
    ORDER,
];
const QUESTION: &[Field] = &[TEXT, ORDER];
const ANSWER: &[Field] = &[
    field("answer", "Svar", "Answer", Input::Prose),
    field("fulfilment", "Uppfyllelse", "Fulfilment", Input::Word(FULFILMENT)),
];
const GATE: &[Field] = &[
    field("approved-by", "Beslutas av", "Decided by", Input::Link("body")),
    field("agenda", "Tas upp", "Taken up", Input::Words(AGENDA)),
];
const GATE_DATE: &[Field] = &[field("", "Datum", "Date", Input::Date)];
const EVENTS: &[Field] = &[
    TITLE,
    field("kind", "Slag", "Kind", Input::Word(EVENT)),
    DATE,
    TIME,
    field("body", "Organ", "Body", Input::Link("body")),
    field("place", "Plats", "Place", Input::Line),
];
const BODY: &[Field] = &[
    NAME,
    field("level", "Nivå", "Level", Input::Word(LEVEL)),
    field("valid-from", "Finns från", "Exists from", Input::Date),
    field("valid-to", "Finns till", "Exists until", Input::Date),
    field("replaces", "Ersätter", "Replaces", Input::Link("body")),
    field("replaced-by", "Ersatt av", "Replaced by", Input::Link("body")),
    field("escalates-to", "Lyfter frågor till", "Takes questions to", Input::Link("body")),
    field("members", "Ledamöter från", "Members from", Input::Parties),
    field("chair", "Ordförande från", "Chair from", Input::Party),
    field("vice-chair", "Vice ordförande från", "Vice chair from", Input::Party),
    field("seats", "Platser", "Seats", Input::Integer),
    field("rule/quorum", "Beslutsför när närvarande är", "Quorum", Input::Word(QUORUM)),
    field("rule/majority", "Beslutar med", "Decides by", Input::Word(MAJORITY)),
    field("rule/tie", "Vid lika röstetal", "At a tie", Input::Word(TIE)),
    field("rule/minutes-reported-to", "Protokoll rapporteras till", "Minutes are reported to", Input::Line),
];
const DISAGREEMENT: &[Field] = &[field("", "Väg", "Way", Input::Word(WAY))];
const BUDGET: &[Field] = &[
    field("source", "Pengarna kommer från", "The money comes from", Input::Line),
    field("published-total/budget", "Publicerad summa, budget", "Published total, budget", Input::Money),
    field("published-total/outcome", "Publicerad summa, utfall", "Published total, outcome", Input::Money),
    field("financing-key/region", "Regionens andel i procent", "The region's share in per cent", Input::Integer),
    field(
        "financing-key/municipalities",
        "Kommunernas andel i procent",
        "The municipalities' share in per cent",
        Input::Integer,
    ),
    field("municipal-key", "Kommunerna delar", "The municipalities share", Input::Word(SPLIT)),
];
const INHABITANTS: &[Field] = &[field("", "Invånare", "Inhabitants", Input::Integer)];
const LINE: &[Field] = &[
    NAME,
    field("parent", "Del av posten", "Part of the line", Input::Link("line")),
    field("budget", "Budget", "Budget", Input::Money),
    field("outcome", "Utfall", "Outcome", Input::Money),
    NOTE,
    ORDER,
];
const RESOURCES: &[Field] = &[
    field(
        "published-total",
        "Publicerad summa i procent av heltid",
        "Published total in per cent of full time",
        Input::Integer,
    ),
    NOTE,
];
const POST: &[Field] = &[
    NAME,
    field("posts", "Antal", "Number", Input::Integer),
    field("percent", "Procent av heltid, tillsammans", "Per cent of full time, together", Input::Integer),
    field("vacant", "Varav vakanta", "Of which vacant", Input::Integer),
    NOTE,
    ORDER,
];
const AGREEMENT: &[Field] = &[
    field("role", "Roll", "Role", Input::Link("role")),
    field("organisation", "Resursägare", "Lent by", Input::Party),
    field("percent", "Procent av heltid", "Per cent of full time", Input::Integer),
    FROM,
    field("to", "Till", "Until", Input::Date),
    field("decided", "Skriftligt beslutad", "Decided in writing", Input::Date),
];
const RISKS: &[Field] = &[
    field("scale", "Skala från 1 till", "Scale from 1 to", Input::Integer),
    field("interval-months", "Månader mellan genomgångar", "Months between reviews", Input::Integer),
];
const RISK: &[Field] = &[
    NAME,
    field("description", "Beskrivning", "Description", Input::Prose),
    field("handling", "Hantering", "Handling", Input::Prose),
    field("owner", "Ansvarig organisation", "Organisation in charge", Input::Party),
    field("owner-role", "Ansvarig roll", "Role in charge", Input::Line)
        .help("En roll, aldrig ett namn.", "A role, never a name."),
    field("review", "Nästa genomgång", "Next review", Input::Date),
    field("escalated-to", "Lyft till", "Taken to", Input::Link("body")),
    field("closed", "Avslutad", "Closed", Input::Date),
];
const ASSESSMENT: &[Field] = &[
    DATE,
    field("probability", "Sannolikhet", "Probability", Input::Integer),
    field("consequence", "Konsekvens", "Consequence", Input::Integer),
    NOTE,
];
const DEVIATION: &[Field] = &[
    field("what", "Vad hände", "What happened", Input::Line),
    field("risk", "Risken som inträffade", "The risk that occurred", Input::Link("risk")),
    DATE,
    field("action", "Åtgärd", "Action", Input::Line),
    field("escalated-to", "Lyft till", "Taken to", Input::Link("body")),
    field("closed", "Avslutad", "Closed", Input::Date),
];
const ACTIVITIES: &[Field] = &[
    TITLE,
    field("kind", "Slag", "Kind", Input::Word(ACTIVITY)),
    DATE,
    TIME,
    field("frequency", "Hur ofta, om den återkommer", "How often, if it recurs", Input::Line),
    field("form", "Form", "Form", Input::Line),
    field("target-group", "Målgrupp", "Target group", Input::Word(TARGET_GROUP)),
    field("speaker", "Medverkande", "Speaker", Input::Line)
        .help("Roll och organisation, inga namn.", "Role and organisation, no names."),
    field("participants", "Deltagare", "Participants", Input::Integer),
    field("answers", "Svar på utvärderingen", "Answers to the evaluation", Input::Integer),
    NOTE,
    SOURCE,
];
const RATING: &[Field] = &[field("", "Medelvärde", "Mean", Input::Line)];
const EVALUATION: &[Field] = &[field("scale", "Skala från 1 till", "Scale from 1 to", Input::Integer)];
const SIGNALS: &[Field] = &[
    field("text", "Signal", "Signal", Input::Line),
    DATE,
    field("to", "Till", "To", Input::Link("body")),
    field("state", "Läge", "State", Input::Word(SIGNAL)),
    field("answer", "Svar", "Answer", Input::Line),
];
const ANNUAL: &[Field] = &[
    field("foreword", "Förord", "Foreword", Input::Prose),
    field("summary", "Sammanfattning", "Summary", Input::Prose),
    field("activities", "Om aktiviteterna", "On the activities", Input::Prose),
    field("portfolio", "Om portföljen", "On the portfolio", Input::Prose),
    field("decisions", "Om besluten", "On the decisions", Input::Prose),
    field("organisation", "Om organisationen", "On the organisation", Input::Prose),
    field("budget", "Om ekonomin", "On the money", Input::Prose),
    field("follow-up", "Om uppföljningen", "On the follow-up", Input::Prose),
    field("trends", "Om trenderna", "On the trends", Input::Prose),
    field("next", "Om nästa år", "On next year", Input::Prose),
];
const STAKEHOLDER: &[Field] = &[
    NAME,
    field("category", "Kategori", "Category", Input::Word(CATEGORY)),
    field("relation", "Relation", "Relation", Input::Line),
    field("needs", "Behov", "Needs", Input::Line),
    field("treatment", "Så möter vi dem", "How they are met", Input::Line),
];
const DOCUMENT: &[Field] = &[
    TITLE,
    field("kind", "Slag", "Kind", Input::Line),
    field("registered-by", "Diarieförs av", "Registered by", Input::Line),
    field("place", "Finns hos", "Kept at", Input::Line),
    ORDER,
];
const VERSION: &[Field] = &[field("label", "Version", "Version", Input::Line), DATE, NOTE];
const COMMUNICATION: &[Field] = &[
    field("quarter", "Kvartal", "Quarter", Input::Date).help("Som 2026-Q1.", "As 2026-Q1."),
    field("what", "Vad", "What", Input::Line),
    field("audience", "Till vem", "To whom", Input::Line),
    field("channel", "Kanal", "Channel", Input::Line),
    field("responsible", "Ansvarig roll", "Role in charge", Input::Line),
];
const CONTACT: &[Field] = &[
    field("subject", "Vad frågan gäller", "What the question is about", Input::Line)
        .help("Några ord; aldrig vem som frågade.", "A few words; never who asked."),
    field("received", "Kom in", "Came in", Input::Line).help("Som 2026-11-23 14:05.", "As 2026-11-23 14:05."),
    field("answered", "Första svar", "First answer", Input::Line),
];
const CONTRADICTION: &[Field] = &[field("about", "Vad det gäller", "What it is about", Input::Line), ORDER];
const SOURCED: &[Field] = &[field("value", "Uppgift", "Statement", Input::Line), SOURCE];

pub(super) const GROUPS: &[Group] = &[
    group("/programme", Text("Programmet", "The programme"), NONE, PROGRAMME),
    group("/goals", Text("Mål", "Goals"), NONE, GOALS),
    group("/goals/sub-goals/{id}", Text("Delmål", "Sub-goals"), Text("delmål", "sub-goal"), GOAL),
    group("/goals/benefits/{id}", Text("Nyttor", "Benefits"), Text("nytta", "benefit"), GOAL),
    group(
        "/goals/wordings/{id}",
        Text("Målens lydelser genom åren", "How goals were worded"),
        Text("lydelse", "wording"),
        WORDING,
    ),
    group("/areas/{id}", Text("Programområden", "Programme areas"), Text("programområde", "area"), AREA),
    group(
        "/effect/questions/{id}",
        Text("Frågor om effektmålet", "Questions on the effect goal"),
        Text("fråga", "question"),
        QUESTION,
    ),
    group(
        "/effect/years/{id}/{id}",
        Text("Svar om effektmålet, år och fråga", "Answers on the effect goal, year and question"),
        Text("svar", "answer"),
        ANSWER,
    ),
    group("/bodies/{id}", Text("Samverkansorgan", "Bodies"), Text("organ", "body"), BODY),
    group(
        "/bodies/{id}/rule/on-disagreement/{id}",
        Text("Vid oenighet, i ordning", "At disagreement, in order"),
        Text("väg", "way"),
        DISAGREEMENT,
    ),
    group(
        "/decision-points/{id}",
        Text("Beslutspunkter", "Decision points"),
        Text("beslutspunkt", "decision point"),
        GATE,
    ),
    group(
        "/decision-points/{id}/dates/{id}",
        Text("Beslutspunkternas dagar", "Days of decision points"),
        Text("dag", "day"),
        GATE_DATE,
    ),
    group("/calendar/{id}", Text("Årshjul", "Year wheel"), Text("händelse", "event"), EVENTS),
    group("/budget/{id}", Text("Budget, per år", "Budget, by year"), Text("år", "year"), BUDGET),
    group("/budget/{id}/lines/{id}", Text("Budgetposter", "Budget lines"), Text("post", "line"), LINE),
    group(
        "/budget/{id}/inhabitants/{id}",
        Text("Invånare per kommun", "Inhabitants by municipality"),
        Text("kommun", "municipality"),
        INHABITANTS,
    ),
    group("/resources/{id}", Text("Resurser, per år", "Resources, by year"), Text("år", "year"), RESOURCES),
    group("/resources/{id}/roles/{id}", Text("Roller", "Roles"), Text("roll", "role"), POST),
    group(
        "/agreements/{id}",
        Text("Överenskommelser med resursägare", "Agreements with those who lend staff"),
        Text("överenskommelse", "agreement"),
        AGREEMENT,
    ),
    group("/risks", Text("Risker", "Risks"), NONE, RISKS),
    group("/risks/list/{id}", Text("Risklista", "List of risks"), Text("risk", "risk"), RISK),
    group(
        "/risks/list/{id}/assessments/{id}",
        Text("Bedömningar av risker", "Judgements of risks"),
        Text("bedömning", "judgement"),
        ASSESSMENT,
    ),
    group("/deviations/{id}", Text("Avvikelser", "Deviations"), Text("avvikelse", "deviation"), DEVIATION),
    group("/activities/{id}", Text("Aktiviteter", "Activities"), Text("aktivitet", "activity"), ACTIVITIES),
    group(
        "/activities/{id}/ratings/{id}",
        Text("Utvärdering, aktivitet och fråga", "Evaluation, activity and question"),
        Text("medelvärde", "mean"),
        RATING,
    ),
    group("/evaluation", Text("Utvärdering", "Evaluation"), NONE, EVALUATION),
    group(
        "/evaluation/questions/{id}",
        Text("Frågor efter varje aktivitet", "Questions after each activity"),
        Text("fråga", "question"),
        QUESTION,
    ),
    group("/trends/{id}/{id}", Text("Trender, per år", "Trends, by year"), Text("trend", "trend"), QUESTION),
    group(
        "/next/{id}/{id}",
        Text("Utvecklingsområden nästa år, per år", "Areas to develop next year, by year"),
        Text("område", "area"),
        QUESTION,
    ),
    group(
        "/signals/{id}",
        Text("Signaler till högsta tjänsteledningen", "Signals to the executive level"),
        Text("signal", "signal"),
        SIGNALS,
    ),
    group(
        "/annual/{id}",
        Text("Årsrapportens kapitel, per år", "Chapters of the annual report, by year"),
        Text("år", "year"),
        ANNUAL,
    ),
    group("/stakeholders/{id}", Text("Intressenter", "Stakeholders"), Text("intressent", "stakeholder"), STAKEHOLDER),
    group("/documents/{id}", Text("Styrande dokument", "Governing documents"), Text("dokument", "document"), DOCUMENT),
    group(
        "/documents/{id}/versions/{id}",
        Text("Dokumentens versioner", "Versions of documents"),
        Text("version", "version"),
        VERSION,
    ),
    group(
        "/communication/{id}",
        Text("Kommunikationsplan", "Communication plan"),
        Text("budskap", "message"),
        COMMUNICATION,
    ),
    group(
        "/contact/{id}",
        Text("Frågor till programmet", "Questions to the programme"),
        Text("fråga", "question"),
        CONTACT,
    ),
    group(
        "/contradictions/{id}",
        Text("Källor som skiljer sig", "Sources that differ"),
        Text("motsägelse", "contradiction"),
        CONTRADICTION,
    ),
    group(
        "/contradictions/{id}/values/{id}",
        Text("Vad källorna säger", "What the sources say"),
        Text("uppgift", "statement"),
        SOURCED,
    ),
];
