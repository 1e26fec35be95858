//! Works: what the owner states, how it is going, what the programme office finds of an application, and what each party
//! says of its own part.

use super::{Field, Group, Input, field, group};
use crate::{
    text::Text,
    vocabulary::{
        ADVICE, ANSWER, BENEFIT_TIME, CRITERION, ESCALATION, FORECAST, FORM, LEAD, NOVELTY, PARTICIPATION,
        PARTNER_TYPE, ROLLOUT, STAGE, STATUS, TARGET_GROUP,
    },
};

const ABOUT: &[Field] = &[
    field("title", "Titel", "Title", Input::Line),
    field("public-number", "Nummer", "Number", Input::Line),
    field("aliases", "Kallas även", "Also called", Input::Line)
        .help("Andra namn, med semikolon mellan", "Other names, with semicolons between"),
    field("summary", "Beskrivning", "Description", Input::Prose),
    field("form", "Form", "Form", Input::Word(FORM)),
    field("stage", "Skede", "Stage", Input::Word(STAGE)),
    field("stage-reason", "Skäl till skedet", "Reason of the stage", Input::Prose).help(
        "Skrivs när arbetet inte inkluderas, avbryts eller vilar",
        "Is written when the work is not included, is discontinued or dormant",
    ),
    field("in-portfolio", "I portföljen", "In the portfolio", Input::Boolean),
    field("included", "Inkluderat", "Included", Input::Date),
    field("start", "Start", "Start", Input::Date),
    field("end", "Slut", "End", Input::Date),
    field("partners", "Deltar", "Taking part", Input::Parties),
    field("target-groups", "Målgrupper", "Target groups", Input::Words(TARGET_GROUP)),
    field("pilot-site", "Pilot hos", "Pilot at", Input::Party),
    field("ordered-by", "Beställt av", "Ordered by", Input::Link("body")),
    field("reference", "Referens", "Reference", Input::Parties),
    field("builds-on", "Bygger på", "Builds on", Input::Line),
    field("national-programme", "Nationellt program", "National programme", Input::Line),
    field("related", "Hör ihop med", "Related to", Input::Links("work")),
    field("contact-unit", "Kontakt: enhet", "Contact: unit", Input::Line),
    field("contact-mailbox", "Kontakt: funktionsbrevlåda", "Contact: function mailbox", Input::Line),
    field("source", "Källa", "Source", Input::Line),
    field("owner-basis", "Grund för ägare", "Basis of owner", Input::Link("basis")),
    field("later", "Senare uppgift", "Later statement", Input::Line),
];

const LEADERSHIP: &[Field] = &[
    field("lead-role", "Leds av", "Led by", Input::Word(LEAD)),
    field("lead-organisation", "Ledning: organisation", "Lead: organisation", Input::Party),
    field("lead-share", "Ledning: procent av heltid", "Lead: per cent of full time", Input::Integer),
    field("lead-vacant", "Uppdraget är vakant", "The post is vacant", Input::Boolean),
];

const ROLE: &[Field] = &[
    field("role", "Roll", "Role", Input::Word(LEAD)),
    field("organisation", "Organisation", "Organisation", Input::Party),
    field("unit", "Enhet", "Unit", Input::Line).help("Aldrig en persons namn", "Never a person's name"),
    field("share", "Procent av heltid", "Per cent of full time", Input::Integer),
    field("vacant", "Vakant", "Vacant", Input::Boolean),
    field("from", "Från", "From", Input::Date),
    field("to", "Till", "To", Input::Date),
];

const PARTNER: &[Field] = &[
    field("name", "Namn", "Name", Input::Line),
    field("type", "Slag", "Kind", Input::Word(PARTNER_TYPE)),
    field("part", "Del i arbetet", "Part in the work", Input::Line),
];

const GOALS: &[Field] = &[
    field("picture", "Målbild", "Vision", Input::Prose),
    field("deliverables", "Leveranser", "Deliverables", Input::Prose),
    field("goals", "Delmål som arbetet bidrar till", "Goals served", Input::Links("goal")),
    field("benefits", "Nyttor", "Benefits", Input::Links("benefit")),
    field("goals-how", "Så bidrar arbetet", "How the work contributes", Input::Prose),
    field("novelty", "Förnyelse", "Novelty", Input::Word(NOVELTY)),
    field("benefit-time", "Tid till nytta", "Time to benefit", Input::Word(BENEFIT_TIME)),
    field("benefit-analysis", "Nyttoanalys", "Benefit analysis", Input::Prose),
    field("involvement", "Invånares och brukares delaktighet", "Involvement of citizens and users", Input::Prose),
];

const APPLICATION: &[Field] = &[
    field("date", "Ansökan gjord", "Applied on", Input::Date),
    field("criteria-set", "Kriterier enligt version", "Criteria of version", Input::Link("criteria-set"))
        .help("Tomt: de senaste, som criteria-set:2023", "Empty: the latest, as in criteria-set:2023"),
    field("follow-up", "Plan för uppföljning", "Plan of follow-up", Input::Prose),
    field("tested", "Prövat före breddinförande", "Tested before rollout", Input::Boolean),
];

const CRITERIA: &[Field] = &[
    field("criteria", "Kriterier som arbetet möter", "Criteria that the work meets", Input::Words(CRITERION)),
    field("financing-secured", "Finansieringen är klar", "Financing is secured", Input::Boolean),
    field("financing", "Så finansieras arbetet", "How the work is financed", Input::Line),
    field("budget", "Budget", "Budget", Input::Money),
];

const REPORT: &[Field] = &[
    field("date", "Datum", "Date", Input::Date),
    field("time", "Tid", "Time", Input::Word(STATUS)),
    field("cost", "Kostnad och resurser", "Cost and resources", Input::Word(STATUS)),
    field("cooperation", "Samverkan", "Cooperation", Input::Word(STATUS)),
    field("benefit", "Nytta", "Benefit", Input::Word(STATUS)),
    field("comment", "Orsak och åtgärd", "Cause and measure", Input::Prose)
        .help("Behövs när något är gult eller rött", "Needed where something is yellow or red"),
    field("forecast", "Utsikt", "Outlook", Input::Word(FORECAST)),
    field("outlook", "Utsikt i ord", "Outlook in words", Input::Line),
];

const SUCCESS: &[Field] = &[field("", "Framgångsfaktor", "Success factor", Input::Line)];

const OBSTACLE: &[Field] = &[
    field("what", "Hinder", "Obstacle", Input::Line),
    field("level", "Läge", "State", Input::Word(ESCALATION)),
    field("proposal", "Förslag", "Proposal", Input::Line),
];

const LINK: &[Field] = &[
    field("title", "Titel", "Title", Input::Line),
    field("address", "Adress eller nummer", "Address or number", Input::Line),
    field("final", "Slutrapport", "Final report", Input::Boolean),
];

const SOURCE: &[Field] = &[
    field("about", "Om vad", "About what", Input::Line),
    field("value", "Vad källan säger", "What the source says", Input::Line),
    field("source", "Källa", "Source", Input::Line),
];

const PARTY: &[Field] = &[
    field("participation", "Medverkan", "Participation", Input::Word(PARTICIPATION)),
    field("rollout", "Införande", "Rollout", Input::Word(ROLLOUT)),
    field("note", "Anteckning", "Note", Input::Prose),
    field("benefit", "Nytta hos oss", "Benefit at ours", Input::Prose),
];

const LEARNING: &[Field] = &[
    field("text", "Lärdom", "Lesson", Input::Prose),
    field("spread", "Så sprids den", "How it is spread", Input::Line),
];

const ASSESSMENT: &[Field] = &[
    field("date", "Datum", "Date", Input::Date),
    field("criteria-set", "Kriterier enligt version", "Criteria of version", Input::Link("criteria-set")),
    field("collaboration", "Samverkan region och kommun", "Collaboration", Input::Word(ANSWER)),
    field("in-line", "I linje med målbilden", "In line with the vision", Input::Word(ANSWER)),
    field("person-centred", "Personcentrerat", "Person-centred", Input::Word(ANSWER)),
    field("health-promotion", "Hälsofrämjande", "Health promotion", Input::Word(ANSWER)),
    field("accessibility", "Tillgänglighet", "Accessibility", Input::Word(ANSWER)),
    field("financing", "Finansiering", "Financing", Input::Word(ANSWER)),
    field("advice", "Råd till styrgruppen", "Advice to the steering group", Input::Word(ADVICE)),
    field("why", "Skäl", "Reasons", Input::Prose),
    field("change-leader", "Förändringsledare (funktion)", "Change leader (function)", Input::Line)
        .help("En funktion eller enhet, aldrig en persons namn", "A function or unit, never a person's name"),
];

const REMARK: &[Field] = &[
    field("", "Fråga eller förslag", "Question or proposal", Input::Prose),
    field("path", "Gäller uppgiften", "About the field", Input::Line).help(
        "Uppgiftens namn som det står på arbetets sida, som Slut",
        "The field's name on the work's page, as in End",
    ),
    field("value", "Föreslaget värde", "Proposed value", Input::Line)
        .help("Ägaren kan anta det med ett tryck", "The owner can accept it with one press"),
];

pub(super) const GROUPS: &[Group] = &[
    group("/facts", Text("Om arbetet", "About the work"), Text("", ""), ABOUT),
    group("/facts", Text("Ledning", "Leadership"), Text("", ""), LEADERSHIP),
    group("/facts/roles/{id}", Text("Roller", "Roles"), Text("roll", "role"), ROLE),
    group(
        "/facts/others/{id}",
        Text("Andra som deltar", "Others who take part"),
        Text("annan deltagare", "other participant"),
        PARTNER,
    ),
    group("/facts", Text("Mål och nytta", "Goals and benefit"), Text("", ""), GOALS),
    group("/facts/application", Text("Ansökan", "Application"), Text("", ""), APPLICATION),
    group("/facts", Text("Kriterier och finansiering", "Criteria and financing"), Text("", ""), CRITERIA),
    group("/reports/{id}", Text("Lägesrapporter", "Status reports"), Text("lägesrapport", "status report"), REPORT),
    group(
        "/facts/success/{id}",
        Text("Framgångsfaktorer", "Success factors"),
        Text("framgångsfaktor", "success factor"),
        SUCCESS,
    ),
    group(
        "/facts/obstacles/{id}",
        Text("Hinder i systemet", "Obstacles of the system"),
        Text("hinder", "obstacle"),
        OBSTACLE,
    ),
    group("/facts/links/{id}", Text("Slutrapport och länkar", "Final report and links"), Text("länk", "link"), LINK),
    group(
        "/facts/sources/{id}",
        Text("Källor som skiljer sig", "Sources that differ"),
        Text("källas uppgift", "statement of a source"),
        SOURCE,
    ),
    group(
        "/assessment/{org}/{id}",
        Text("Programkontorets bedömning", "The programme office's assessment"),
        Text("bedömning", "assessment"),
        ASSESSMENT,
    ),
    group("/parties/{org}", Text("Vår del i arbetet", "Our part in the work"), Text("", ""), PARTY),
    group("/learnings/{org}/{id}", Text("Lärdomar", "Lessons"), Text("lärdom", "lesson"), LEARNING),
    group(
        "/remarks/{org}/{id}",
        Text("Frågor och förslag till ägaren", "Questions and proposals to the owner"),
        Text("fråga eller förslag", "question or proposal"),
        REMARK,
    ),
];
