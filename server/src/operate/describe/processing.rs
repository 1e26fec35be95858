//! What this node can say for the record of processing activities (GDPR, article 30). It claims no measure that it has not.

use super::{
    known::One,
    page::{Part, Said, Section, text, told},
    words::{KINDS, When, kind, listed, when},
};
use crate::{
    config::{Shows, Web},
    rulebook::{Fate, Mode, Numbers, OnRequest, Retention, Row, Since, What, in_swedish},
    secrecy::scan::Words,
    store::Backend,
};

pub(super) fn part(one: &One<'_>) -> Part {
    Part {
        heading: "Utdrag till registret över behandling (artikel 30 i dataskyddsförordningen)",
        lead: "Det här är vad noden vet om behandlingen. Myndigheten fyller i det som återstår och för in det i sitt \
               eget register."
            .to_owned(),
        sections: vec![
            controller(one),
            Section::of(
                "Ändamål",
                vec![
                    text("Att följa och samordna länets utvecklingsarbeten tillsammans med de andra parterna"),
                    text("Att registrera eller hålla ordnat det som myndigheten har delat och fått"),
                    text("Att styra behörighet, och att kunna visa vem som har gjort vad"),
                ],
            ),
            persons(one),
            recipients(one),
            third_countries(one),
            limits(one),
            measures(one),
        ],
    }
}

fn controller(one: &One<'_>) -> Section {
    let number = one.own.organisation_number.as_ref().map(|n| format!(" ({n})")).unwrap_or_default();
    let describe = &one.rules.describe;
    Section::of(
        "Personuppgiftsansvarig",
        vec![
            text(format!("{}, {}{number}", one.name, one.own.name)),
            told(describe.contact.as_ref(), "funktion och e-post"),
            told(describe.data_protection_officer.as_ref(), "dataskyddsombudets funktionsbrevlåda"),
            Said::Blank("gemensamt ansvar med andra parter, om det är avtalat (artikel 26)"),
        ],
    )
}

fn persons(one: &One<'_>) -> Section {
    let mut said = vec![
        text(
            "Tjänstepersoner i sin roll: enhet, funktionsbrevlåda och roll i ett arbete. Namn efterfrågas inte, men fri \
             text kan innehålla dem",
        ),
        text(
            "De som använder organisationens enheter: enhetens namn så som den som sköter noden har skrivit det, dess \
             nyckel, roll och myndighet; stannar på noden",
        ),
    ];
    if one.known.config.sign_in.is_some() {
        said.push(text(
            "De som loggar in: identitet och namn från inloggningstjänsten eller certifikatet, roller, och vad de har \
             gjort; i minnet så länge de är inloggade, och i granskningsloggen, ingen annanstans",
        ));
        said.push(text("Ersättare: identitet, roll, period och beslut, i en fil på noden och i granskningsloggen"));
    }
    let words = one.rules.words().map_or(0, Words::count);
    let own = if words == 0 { String::new() } else { format!(", och {words} ord som myndigheten själv har valt") };
    said.push(text(format!(
        "Granskningen stoppar personnummer och samordningsnummer, privata e-postadresser, mobilnummer och antal från 1 \
         till 4 bland indikatorer{own}, innan något lämnar myndigheten. En frisläppare kan med skäl släppa ut det som \
         är hittat. Granskningen är ett program och hittar inte allt"
    )));
    said.push(text("Uppgifter om patienter, brukare och andra enskilda ska inte finnas i samsyn"));
    Section::of("Kategorier av registrerade och av uppgifter", said)
}

fn recipients(one: &One<'_>) -> Section {
    let names: Vec<&str> = one.others().map(|party| party.name.as_str()).collect();
    let mut said = Vec::new();
    if !names.is_empty() {
        said.push(text(format!("Det som är delat: {}", listed(&names, "och"))));
    }
    if one.known.config.web.is_some() {
        said.push(text("Det som är delat med allmänheten: alla som läser nodens webbsidor"));
    }
    if one.rules.register.numbers == Numbers::FileDrop {
        said.push(text("Handlingar att registrera: myndighetens eget ärendesystem"));
    }
    said.push(text("Utkast, sekretessmarkeringar, granskningslogg och skyddade ärendemeningar: ingen annan part"));
    Section::of("Mottagare", said)
}

fn third_countries(one: &One<'_>) -> Section {
    let mut said = vec![text(
        "Programmet skickar uppgifter bara till de andra parternas noder och till dem som ansluter till noden; det för \
         inte av sig självt över något till ett tredje land",
    )];
    if let Some(service) = one.known.config.sign_in.as_ref().and_then(|sign_in| sign_in.service.as_ref()) {
        said.push(text(format!("Inloggning sker hos {}", service.issuer)));
        said.push(Said::Blank("var inloggningstjänsten behandlar uppgifter"));
    }
    if one.known.config.sign_in.as_ref().is_some_and(|sign_in| sign_in.certificates.is_some()) {
        said.push(text("Inloggning sker också med certifikat, som noden själv kontrollerar"));
    }
    said.push(told(
        one.rules.describe.hosting.as_ref(),
        "var nodens server, databas och säkerhetskopior står, och vem som sköter dem",
    ));
    Section::of("Överföring till tredje land", said)
}

fn limits(one: &One<'_>) -> Section {
    let mut said = plan(&one.rules.retention);
    if let Some(sign_in) = &one.known.config.sign_in {
        let hours = sign_in.session.as_secs() / 3_600;
        said.push(text(format!("En inloggning glöms senast efter {hours} timmar")));
    }
    if one.known.audited() {
        said.push(text("Granskningsloggen är en fil för varje månad; programmet tar inte bort någon"));
    }
    said.push(told(one.rules.describe.retention.as_ref(), "tidsfrister, och enligt vilken plan"));
    Section::of("Tidsfrister för gallring", said)
}

/// The authority's plan, row by row.
fn plan(retention: &Retention) -> Vec<Said> {
    let row = |row: &Row| {
        let of = format!("{}, klass {}", row.kind.map_or("Alla slags dokument", kind), row.class);
        let what = match row.what {
            What::Superseded => "tidigare versioner",
            What::Document => "allt som står i dem",
        };
        text(match &row.fate {
            Fate::Keep => format!("{of}: {what} bevaras"),
            Fate::Dispose(term) => {
                let from = match term.since {
                    Since::Replaced => "sedan de ersattes",
                    Since::Ended => "sedan arbetet avslutades",
                    Since::LastChange => "sedan dokumentet senast ändrades",
                };
                let after = in_swedish(term.after());
                format!("{of}: {what} gallras {after}, räknat {from} ({})", term.basis)
            }
        })
    };
    let mut said: Vec<Said> = retention.rows.iter().map(row).collect();
    if said.is_empty() {
        said.push(text(
            "Myndighetens regelfil har ingen plan: programmet gallrar inget som myndigheten själv arkiverar",
        ));
    } else {
        said.push(text(
            "Inget gallras förrän myndigheten har beslutat om just den förteckning som programmet gör av planen",
        ));
    }
    said.push(text(match retention.on_request {
        OnRequest::Hold => {
            "Det som en annan part har gallrat visas inte längre, men bevaras hos myndigheten tills den själv beslutar"
                .to_owned()
        }
        OnRequest::Execute => {
            format!("Det som en annan part har gallrat förstörs här också ({})", retention.request_basis)
        }
    }));
    said
}

fn measures(one: &One<'_>) -> Section {
    let mut said = vec![
        text("Noder och enheter ansluter bara med TLS 1.3, där båda visar en nyckel som den andra känner på förhand"),
        text("Det som delas är signerat av organisationen och hänger ihop med hashar, så att en ändring märks"),
        text("Utkast och diarier är skilda åt mellan myndigheterna efter roll; utkast lämnar aldrig organisationen"),
        text("Det som är sekretessmarkerat kan inte delas, och allt som ska delas granskas först"),
    ];
    let approves = |of| when(|purpose, audience| one.rules.mode(of, purpose, audience) == Mode::Approve);
    if KINDS.into_iter().all(|of| approves(of) == When::Always) {
        said.push(text("En frisläppare godkänner allt innan det delas"));
    } else if KINDS.into_iter().any(|of| approves(of) != When::Never) {
        said.push(text("En frisläppare godkänner en del innan det delas (se «Så delas handlingar»)"));
    }
    said.push(text(if one.known.audited() {
        "Noden för en granskningslogg vars rader hänger ihop med hashar; det som inte kan skrivas ned görs inte"
    } else {
        "Noden för ingen granskningslogg: den har varken inloggning eller regelfiler"
    }));
    match &one.known.config.web {
        None => said.push(text("Noden har inga webbsidor")),
        Some(web) => said.extend(pages(web, one.known.config.sign_in.is_some())),
    }
    said.push(text(match one.known.config.store.backend {
        Backend::Sqlite { .. } => "Databasen är en fil på nodens egen disk, som gås igenom när noden startar",
        Backend::Postgres { .. } => "Databasen är en PostgreSQL-databas, som gås igenom när noden startar",
    }));
    said.push(Said::Blank("kryptering av disk och säkerhetskopior, tillträde till servern, utbildning"));
    Section::of("Säkerhetsåtgärder", said)
}

fn pages(web: &Web, signs_in: bool) -> Vec<Said> {
    let way = if web.tls.is_some() {
        "Webbsidorna visas med HTTPS"
    } else if web.listen.ip().is_loopback() {
        "Webbsidorna visas bara på nodens egen dator, eller genom en webbserver där"
    } else if web.trusted_proxies.is_empty() {
        "Webbsidorna visas utan kryptering, och bara det som är offentligt"
    } else {
        "Webbsidorna visas bara genom utpekade webbservrar"
    };
    let who = match (signs_in, web.shows) {
        (true, _) => "Den som inte har loggat in ser bara det som är delat med allmänheten",
        (false, Shows::Public) => "Alla ser bara det som är delat med allmänheten; ingen kan logga in",
        (false, Shows::Released) => {
            "Den som använder nodens egen dator ser allt som är delat med organisationen, utan att logga in"
        }
    };
    vec![text(way), text(who)]
}
