//! What a package says in Swedish.

use super::{Delivered, Home, Parties, Source};
use crate::{failure::Failure, handout::About, register::calendar, rulebook::in_swedish};
use askama::Template;
use samsyn_client::{mark::Mark, text::Lang, time};
use samsyn_core::code::Code;

#[derive(Template)]
#[template(path = "archive_read_me.html")]
struct ReadMe<'a> {
    style: &'static str,
    organisation: &'a str,
    authority: &'a str,
    federation: &'a str,
    genesis: String,
    made: String,
}

/// For whoever opens the package in a hundred years.
pub(super) fn read_me(parties: &Parties<'_>, source: Source<'_>) -> Result<String, Failure> {
    let page = ReadMe {
        style: include_str!("../../templates/pack.css"),
        organisation: parties.organisation,
        authority: parties.authority,
        federation: parties.federation,
        genesis: source.ledger.federation().to_string(),
        made: time::local(source.created_ms),
    };
    page.render().map_err(|e| Failure::new(Code::Failed, e.to_string(), "this is a fault in samsynd"))
}

/// What is to be read of a document beside its facts.
pub(super) fn about(delivered: &Delivered<'_>, source: Source<'_>) -> About {
    let Some(object) = delivered.whole.object() else { return About::new() };
    let reader = delivered.whole.reader();
    let owner = object.genesis.owner.as_str();
    let board = reader.authority(owner, object.genesis.authority.as_str());
    let mut about = vec![
        ("Dokument", object.document.to_string()),
        ("Ägare", format!("{board}, {}", reader.parties.name(owner))),
        ("Arkivägare", archive_owner(delivered)),
        ("Inkommet eller upprättat här", calendar::day(delivered.chosen.since_ms).to_string()),
        ("Ärende", delivered.chosen.case.clone().unwrap_or_else(|| "Inget".to_owned())),
        ("Klass och bevarande", kept(delivered, source)),
    ];
    let marks = object.marks.iter().map(|(path, mark)| {
        let place = path.as_ref().map_or_else(|| "hela dokumentet".to_owned(), |path| reader.path(path.as_str()));
        ("Sekretessmarkering", format!("{place}: {}", marked(mark.as_ref())))
    });
    about.extend(marks);
    let protected = delivered
        .statements
        .values()
        .flatten()
        .any(|statement| statement.words.counterpart_protected || !statement.words.protected_subject.is_empty());
    if protected {
        about.push((
            "Skyddat i diariet",
            "Motpart eller ärendemening visas inte för allmänheten (OSL 5 kap. 2 §)".to_owned(),
        ));
    }
    about.extend(delivered.erasures.iter().map(|erased| ("Gallring", erasure(erased, delivered))));
    about
}

pub(super) fn archive_owner(delivered: &Delivered<'_>) -> String {
    let name = |org: &samsyn_core::id::OrgId| delivered.whole.reader().parties.name(org.as_str()).to_owned();
    match &delivered.chosen.home {
        Home::Own => delivered.whole.data.organisation.name.clone(),
        Home::Kept(by) => format!("{}, som har gallrat; myndigheten bevarar", name(by)),
        Home::Elsewhere(by) => format!("{}; myndigheten har tagit emot dokumentet", name(by)),
    }
}

pub(super) fn kept(delivered: &Delivered<'_>, source: Source<'_>) -> String {
    let rules = if source.rules.is_empty() { String::new() } else { format!(" (regler {})", source.rules) };
    match &delivered.chosen.row {
        None => "Nämns inte i myndighetens plan".to_owned(),
        Some(row) => match &row.goes {
            None => format!("{}: bevaras{rules}", row.class),
            Some((after, basis)) => format!("{}: gallras {}, {basis}{rules}", row.class, in_swedish(after)),
        },
    }
}

/// A mark is a warning and no decision.
pub(super) fn marked(mark: Option<&Mark>) -> String {
    let Some(mark) = mark else { return "markeringen kan inte läsas".to_owned() };
    let note = if mark.note.is_empty() { String::new() } else { format!("; {}", mark.note) };
    format!("{}; {}; {}{note}", cited(mark), mark.date, mark.authority)
}

pub(super) fn cited(mark: &Mark) -> String {
    mark.provisions.iter().map(|provision| provision.cited(Lang::Sv)).collect::<Vec<_>>().join(", ")
}

pub(super) fn erasure(erased: &super::Erased, delivered: &Delivered<'_>) -> String {
    let reader = delivered.whole.reader();
    let organisation = erased.organisation.as_str();
    let board = reader.authority(organisation, erased.authority.as_str());
    let decision = erased.why.as_ref().map_or_else(
        || "beslutet finns hos den som har gallrat".to_owned(),
        |why| {
            let basis = if why.basis.is_empty() { String::new() } else { format!(" ({})", why.basis) };
            format!("beslut {}{basis}", why.decision)
        },
    );
    let values = match erased.facts.len() {
        1 => "1 uppgift".to_owned(),
        n => format!("{n} uppgifter"),
    };
    let day = calendar::day(erased.at_ms);
    format!("{values}, {day}, {board}, {}; {decision}", reader.parties.name(organisation))
}
