//! The description that chapter 4 section 2 of the secrecy act asks for, point by point in its order.

use super::{
    duties,
    known::One,
    page::{Part, Said, Section, Table, text, told},
    words::{self, KINDS, When, content, kind, listed, preselected, when},
};
use crate::{
    register::{Direction, State},
    release::may_found,
    rulebook::{Mode, Numbers},
};
use samsyn_client::{
    mark::{self, Provision},
    text::Lang,
};
use samsyn_core::{
    charter::Party,
    entry::{Audience, DocumentKind, Purpose},
};

pub(super) fn part(one: &One<'_>) -> Part {
    Part {
        heading: "Beskrivning av myndighetens allmänna handlingar (4 kap. 2 § offentlighets- och sekretesslagen)",
        lead: format!(
            "Här beskrivs de handlingar som {} har i samsyn, den gemensamma tjänsten för «{}».",
            one.name, one.known.charter.name
        ),
        sections: vec![
            organisation(one),
            documents(one),
            register(one),
            registering(one),
            aids(one),
            Section::of(
                "Den som kan berätta mer",
                vec![told(one.rules.describe.contact.as_ref(), "funktion, e-post och telefon, inte en persons namn")],
            ),
            secrecy(one),
            exchange(one),
            sharing(one),
            Section::of(
                "Rätt till försäljning av personuppgifter",
                vec![told(one.rules.describe.sale.as_ref(), "om myndigheten har någon sådan rätt")],
            ),
        ],
    }
}

fn organisation(one: &One<'_>) -> Section {
    let number = one.own.organisation_number.as_ref().map(|n| format!(", organisationsnummer {n}")).unwrap_or_default();
    let mut said = vec![text(format!("{} är en myndighet inom {}{number}", one.name, one.own.name))];
    let others: Vec<&str> =
        one.known.authorities.iter().filter(|(id, _)| id != one.authority).map(|(_, name)| name.as_str()).collect();
    if !others.is_empty() {
        said.push(text(format!("Organisationens andra myndigheter i avtalet: {}", listed(&others, "och"))));
    }
    let day = |day: &Option<String>, word: &str| day.as_ref().map(|day| text(format!("Enligt avtalet {word} {day}")));
    said.extend(one.listed.and_then(|a| day(&a.valid_from, "från och med")));
    said.extend(one.listed.and_then(|a| day(&a.valid_to, "till och med")));
    let successor = one.listed.and_then(|a| a.successor.as_ref());
    let successor = successor.and_then(|id| one.known.authorities.iter().find(|(other, _)| other == id));
    said.extend(successor.map(|(_, name)| text(format!("Efterföljs av {name}"))));
    said.push(told(one.rules.describe.tasks.as_ref(), "myndighetens uppgifter i korthet"));
    Section { table: duties::table(one), ..Section::of("Organisation och verksamhet", said) }
}

/// Which documents there are, where they arise and which are received.
fn documents(one: &One<'_>) -> Section {
    let own: Vec<_> = one.known.authorities.iter().map(|(id, _)| id.clone()).collect();
    let row = |of: DocumentKind| {
        let receives = one.known.rulebook.receivers(Some(of), &own).contains(one.authority);
        let founds = may_found(one.known.charter, &one.own.id, of, one.authority).is_ok();
        let yes = |yes: bool| if yes { "ja" } else { "nej" }.to_owned();
        vec![kind(of).to_owned(), content(of).to_owned(), yes(founds), yes(receives)]
    };
    let table = Table {
        head: vec!["Slag", "Innehåller", "Kan börja hos myndigheten", "Tas emot av myndigheten"],
        rows: KINDS.into_iter().map(row).collect(),
    };
    let intro = "Utkast stannar hos myndigheten tills de delas; sekretessmarkeringar lämnar den aldrig";
    Section { table: Some(table), ..Section::of("Handlingar", vec![text(intro)]) }
}

/// The register and other means to search.
fn register(one: &One<'_>) -> Section {
    let keeps = &one.rules.register;
    let name = keeps.register(one.authority);
    let shares = |id| one.known.rulebook.of(id).register.register(id) == name;
    let sharing: Vec<&str> = one
        .known
        .authorities
        .iter()
        .filter(|(id, _)| id != one.authority && shares(id))
        .map(|(_, name)| name.as_str())
        .collect();
    let mut said = vec![text(if sharing.is_empty() {
        "Myndigheten har ett eget diarium över det som den har delat och fått".to_owned()
    } else {
        format!("Myndigheten har ett diarium tillsammans med {}", listed(&sharing, "och"))
    })];
    said.push(text(match keeps.numbers {
        Numbers::Manual => "Diarienumren ges av myndighetens eget diarium och skrivs in av registratorn",
        Numbers::Series => "Diarienumren ges av noden, ur en serie som myndigheten har lämnat till den",
        Numbers::FileDrop => "Diarienumren ges av myndighetens ärendesystem, som noden lämnar filer till",
    }));
    let pattern = keeps.pattern.as_ref();
    said.extend(pattern.map(|pattern| text(format!("Ett nummer skrivs så: {}", words::pattern(pattern)))));
    said.push(text(
        "Diariet har för varje handling datum, nummer, riktning, motpart och ärendemening; motpart och ärendemening \
         som är skyddade visas bara för registratorn",
    ));
    Section::of("Register och andra sökmedel", said)
}

/// What is registered and what is kept in order.
fn registering(one: &One<'_>) -> Section {
    let row = |of: DocumentKind, direction: Direction| {
        let registers = when(|purpose, audience| {
            one.rules.register.state(Some(of), direction, Some(purpose), Some(audience)) == State::ToRegister
        });
        let becomes = match registers {
            When::Always => "registreras".to_owned(),
            When::Never => "hålls ordnade utan nummer".to_owned(),
            When::Sometimes(when) => format!("registreras när de är {when}; annars hålls de ordnade"),
        };
        let way = match direction {
            Direction::Received => "inkomna",
            Direction::Dispatched => "upprättade",
        };
        vec![kind(of).to_owned(), way.to_owned(), becomes]
    };
    let replies = one.rules.register.state(
        Some(DocumentKind::Work),
        Direction::Received,
        Some(Purpose::ForComment),
        Some(Audience::Parties),
    );
    let rows = KINDS.into_iter().flat_map(|of| [row(of, Direction::Received), row(of, Direction::Dispatched)]);
    Section {
        table: Some(Table { head: vec!["Slag", "Handlingar", "Utan att någon har valt annat"], rows: rows.collect() }),
        after: vec![text(format!(
            "Svar på utkast som har varit ute för synpunkter {}",
            if replies == State::ToRegister { "registreras" } else { "hålls ordnade utan nummer" }
        ))],
        ..Section::of("Så registreras handlingarna", Vec::new())
    }
}

fn aids(one: &One<'_>) -> Section {
    let mut said = Vec::new();
    match (&one.known.config.web, one.known.page("")) {
        (None, _) => said.push(text("Noden har inga webbsidor: den som vill söka frågar myndigheten")),
        (Some(_), Some(url)) => {
            said.push(text(format!("Det som är delat med allmänheten kan alla läsa och söka i: {url}/portfolj")));
            let register = format!("{url}/diarium/offentligt?myndighet={}", one.authority);
            said.push(text(format!("Det offentliga diariet, med sökning: {register}")));
            let data = "samma uppgifter som öppna data (JSON)";
            said.push(text(format!("Diariet finns som fil (CSV) på samma sida, och {data}: {url}/api/v1")));
            said.push(text("Ingen behöver säga vem den är för att läsa det"));
        }
        (Some(_), None) => said.push(Said::Blank("adressen till webbsidorna, som noden inte har fått veta")),
    }
    said.push(told(
        one.rules.describe.terminal.as_ref(),
        "om allmänheten kan läsa vid en dator hos myndigheten, och var",
    ));
    Section::of("Tekniska hjälpmedel för allmänheten", said)
}

fn secrecy(one: &One<'_>) -> Section {
    let rows = Provision::listed().map(|(id, about)| {
        let cited = id.split_once(':').map_or_else(|| id.to_owned(), |(c, s)| format!("{c} kap. {s} §"));
        vec![cited, about.of(Lang::Sv).to_owned()]
    });
    let words = one.rules.words().map_or(0, crate::secrecy::scan::Words::count);
    let own = match words {
        0 => "Myndigheten har inga egna ord som inte får lämna den".to_owned(),
        words => format!("Myndigheten har {words} egna ord som inte får lämna den; orden visas inte här"),
    };
    Section {
        table: Some(Table { head: vec!["Bestämmelse", "Gäller"], rows: rows.collect() }),
        after: vec![
            text(format!("Listan gicks igenom {} och är ingen juridisk rådgivning", mark::LISTED)),
            text(
                "En markering är en varning, inget beslut: den som ber om en handling får den prövad. Det som är \
                 markerat delas inte",
            ),
            text(own),
            text(
                "Uppgifter om enskildas hälsa och om socialtjänst (25 och 26 kap.) och om rikets säkerhet (15 kap. \
                 2 §) ska inte finnas i samsyn",
            ),
            Said::Blank("vilka bestämmelser myndigheten vanligen tillämpar"),
        ],
        ..Section::of(
            "Sekretessbestämmelser",
            vec![text("Sekretessmarkeringar väljs ur den här listan, eller skrivs med en annan bestämmelse")],
        )
    }
}

/// To whom, from whom, what, how and when.
fn exchange(one: &One<'_>) -> Section {
    const HOW: &str = "mellan parternas noder, krypterat, utan att någon skickar för hand";
    let both = |party: &Party| {
        let names: Vec<&str> = party.authorities.iter().map(|a| a.name.as_str()).collect();
        let boards = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let who = format!("{}{boards}", party.name);
        let kinds = "det som parten har delat med länet";
        [
            vec![
                "lämnas till".to_owned(),
                who.clone(),
                "det som myndigheten har delat".to_owned(),
                HOW.to_owned(),
                "så snart det delas och partens nod nås".to_owned(),
            ],
            vec![
                "hämtas från".to_owned(),
                who,
                kinds.to_owned(),
                HOW.to_owned(),
                "så snart parten delar det och noderna når varandra".to_owned(),
            ],
        ]
    };
    let mut rows: Vec<Vec<String>> = one.others().flat_map(both).collect();
    let row = |cells: [&str; 5]| cells.map(ToOwned::to_owned).to_vec();
    if one.known.config.web.is_some() {
        let what = "det som är delat med allmänheten, och det offentliga diariet";
        rows.push(row(["lämnas till", "allmänheten", what, "nodens webbsidor", "så snart det delas"]));
    }
    if one.rules.register.numbers == Numbers::FileDrop {
        let case_system = "myndighetens eget ärendesystem";
        let files = "filer i en katalog (XML)";
        rows.push(row(["lämnas till", case_system, "handlingar att registrera", files, "när de ska registreras"]));
        rows.push(row(["hämtas från", case_system, "diarienummer", files, "när ärendesystemet lämnar dem"]));
    }
    Section {
        table: Some(Table { head: vec!["Riktning", "Vem", "Vad", "Hur", "När"], rows }),
        after: vec![
            text(
                "Handlingen är upprättad hos den som delar när den delas, och inkommen hos mottagaren när mottagarens egen nod har lagrat den; båda tiderna sparas",
            ),
            text("En nod som inte nås får det som har delats senare, även genom en annan parts nod"),
            text(
                "Utkast kan skickas till utvalda parter för synpunkter. De är inte allmänna handlingar: de registreras inte och raderas på båda håll när den sista dagen är slut. Svaren är det",
            ),
            text("Vilken av mottagarens myndigheter en handling kommer in till bestämmer mottagarens egna regler"),
        ],
        ..Section::of("Uppgifter som regelbundet lämnas till och hämtas från andra", Vec::new())
    }
}

/// Who says yes before something leaves.
fn sharing(one: &One<'_>) -> Section {
    let row = |of: DocumentKind| {
        let approves = when(|purpose, audience| one.rules.mode(of, purpose, audience) == Mode::Approve);
        let first = match approves {
            When::Always => "alltid".to_owned(),
            When::Never => "nej, den som skriver delar".to_owned(),
            When::Sometimes(when) => format!("när de är {when}"),
        };
        vec![kind(of).to_owned(), first]
    };
    Section {
        table: Some(Table {
            head: vec!["Slag", "En frisläppare godkänner först"],
            rows: KINDS.into_iter().map(row).collect(),
        }),
        ..Section::of(
            "Så delas handlingar",
            vec![text(format!(
                "Där ingen väljer annat delas det {}",
                preselected((one.rules.purpose(), one.rules.audience()))
            ))],
        )
    }
}
