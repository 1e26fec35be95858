//! Secrecy marks on a draft: put there and taken away.

use super::Outcome;
use crate::{
    cli::MarkArgs,
    config::Config,
    copy::WorkingCopy,
    input,
    mark::{self, Mark},
    model::Draft,
    node::Node,
    problem::Problem,
    show::Reader,
    text::{self, Lang, Text},
    time,
};
use samsyn_core::code::Code;
use serde_json::json;

pub(super) async fn mark(config: &Config, args: &MarkArgs, lang: Lang) -> Result<Outcome, Problem> {
    let path = args.path.as_deref().map(|text| input::path(text, "path")).transpose()?;
    let provisions = if args.remove {
        Vec::new()
    } else {
        let read = mark::provisions(args.provision.iter().map(String::as_str)).map_err(|_| no_provision())?;
        if read.iter().any(mark::Provision::of_the_realm) {
            return Err(of_the_realm());
        }
        read
    };
    if let Some(note) = &args.note {
        input::prose(note, "note")?;
    }
    let node = Node::connect(config).await?;
    let mut copy = WorkingCopy::pull(&node, &args.id).await?;
    let mut draft = copy.draft()?;
    let made = Mark {
        date: time::today(),
        authority: copy.authority.clone(),
        note: args.note.clone().unwrap_or_default(),
        provisions,
    };
    let changed = mark::set(&mut draft, path.as_ref(), (!args.remove).then_some(&made));
    let data = json!({"working_copy_id": copy.id, "path": path.as_ref().map(ToString::to_string), "changed": changed});
    if !changed {
        return Ok(Outcome::new(text::UNCHANGED.of(lang), data));
    }
    copy.change(&draft)?;
    copy.push(&node).await?;
    let mut alone = Draft::default();
    mark::set(&mut alone, path.as_ref(), Some(&made));
    let marks = mark::marks(&alone);
    let covers = draft.values().keys().any(|at| mark::covering(&marks, at).is_some());
    let nobody = crate::node::Parties::default();
    let reader = Reader { lang, parties: &nobody };
    let place = path.as_ref().map_or_else(|| text::MARKED_ALL.of(lang).to_owned(), |p| reader.path(p.as_str()));
    let mut told = if args.remove { text::MARK_REMOVED } else { text::MARKED }.say(lang, &[&place]);
    if made.provisions.iter().any(mark::Provision::of_care) {
        told.push('\n');
        told.push_str(text::MARKED_CARE.of(lang));
    }
    if !args.remove && !covers {
        told.push('\n');
        told.push_str(text::MARK_ON_NOTHING.of(lang));
    }
    Ok(Outcome::new(told, data))
}

fn no_provision() -> Problem {
    Problem::new(
        Code::SecrecyProvision,
        Text("En sekretessmarkering anger en bestämmelse.", "A secrecy mark names a provision."),
        Text("skriv till exempel --provision 19:3 (OSL 19 kap. 3 §)", "write for example --provision 19:3"),
    )
    .field("provision")
}

fn of_the_realm() -> Problem {
    Problem::new(
        Code::SecrecyProvision,
        Text(
            "Det som rör rikets säkerhet får inte finnas i det här systemet, inte heller markerat.",
            "What concerns the security of the realm may not lie in this system, marked or not.",
        ),
        Text(
            "ta bort det, och tala med den som är säkerhetsskyddschef",
            "take it away, and speak to whoever is in charge of protective security",
        ),
    )
    .field("provision")
}
