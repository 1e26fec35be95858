//! Which documents are delivered: those that the authority archives, and of these what its plan keeps for ever, unless more
//! is asked for.

use super::Source;
use crate::{
    failure::Failure,
    handout::Whole,
    limits::DELIVERY_DOCUMENTS_MAX,
    projection,
    register::calendar,
    rulebook::{Fate, Rules, What},
    store::{ItemRow, RegisterFilter},
};
use jiff::civil::Date;
use samsyn_client::schema::title_path;
use samsyn_core::{
    code::Code,
    effect::Verdict,
    entry::DocumentKind,
    id::{AuthorityId, DocumentId, HeaderHash, OrgId},
    ledger::{Founded, Ledger},
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// Items of one document that say when it came and which case it is in.
const ITEMS_MAX: u64 = 10_000;

/// What is said of a draft for comment with replies, whose own title was never official.
const REPLIES: &str = "Synpunkter på ett utkast";

/// What is asked for. Where a list is empty, anything fits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// The first day on which a document came in or was drawn up.
    pub(crate) from: Option<Date>,
    /// The day after the last.
    pub(crate) until: Option<Date>,
    pub(crate) classes: Vec<String>,
    pub(crate) cases: Vec<String>,
    pub(crate) documents: BTreeSet<DocumentId>,
    /// What the plan lets go, or says nothing of, too.
    pub(crate) everything: bool,
    /// What another party archives and this authority has in its register, too.
    pub(crate) received: bool,
}

/// Where a document is archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Home {
    /// Here.
    Own,
    /// Its archive owner has had values of it erased, which this authority keeps.
    Kept(OrgId),
    /// At another party; this authority has received it.
    Elsewhere(OrgId),
}

/// A document to deliver.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) document: DocumentId,
    pub(crate) kind: DocumentKind,
    pub(crate) title: String,
    /// When it came in or was drawn up here, in milliseconds since 1970.
    pub(crate) since_ms: u64,
    pub(crate) home: Home,
    /// The case that it is registered in, if it is.
    pub(crate) case: Option<String>,
    pub(crate) row: Option<Row>,
    /// It is over: nothing is expected to come.
    pub(crate) ended: bool,
}

/// What the authority's plan says of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) class: String,
    /// After how long it may go, and by which decision; none where it is kept for ever.
    pub(crate) goes: Option<(String, String)>,
}

/// What is delivered, cases first, and how much else there is.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    pub(crate) documents: Vec<Chosen>,
    /// Documents that fit but for the plan, which does not keep them for ever.
    pub(crate) not_kept: usize,
    /// Documents that fit but are archived by others.
    pub(crate) elsewhere: usize,
}

pub(crate) async fn choose(source: Source<'_>, rules: &Rules, wanted: &Wanted) -> Result<Choice, Failure> {
    let stored = source.store.stored_times().await?;
    let values = source.store.values_of(&crate::retention::headers(source.ledger)).await?;
    let archived = source.store.archived(None).await?;
    let kept: BTreeSet<DocumentId> =
        archived.into_iter().filter(|v| v.authority == *source.authority).map(|v| v.document).collect();
    let look = Look { source, rules, wanted, stored: &stored, values: &values, kept: &kept };
    let mut choice = Choice::default();
    for (id, founded) in source.ledger.documents() {
        if wanted.documents.is_empty() || wanted.documents.contains(&id) {
            look.at(id, &founded, &mut choice).await?;
        }
    }
    let order = |chosen: &Chosen| (chosen.case.is_none(), chosen.case.clone(), chosen.since_ms, chosen.document);
    choice.documents.sort_by_key(order);
    match choice.documents.len() {
        0 => Err(nothing(source.authority, &choice)),
        n if n > DELIVERY_DOCUMENTS_MAX => Err(Failure::new(
            Code::InputTooLong,
            format!("{n} documents are chosen, {DELIVERY_DOCUMENTS_MAX} are the most of one delivery"),
            "choose a shorter period with --from and --until",
        )),
        _ => Ok(choice),
    }
}

fn nothing(authority: &AuthorityId, choice: &Choice) -> Failure {
    let message = format!("nothing of '{authority}' is chosen");
    let mut remedies = Vec::new();
    if choice.not_kept > 0 {
        remedies.push(format!(
            "{} documents fit that the plan does not keep for ever (keep = true in [[retention]]): --everything takes them too",
            choice.not_kept
        ));
    }
    if choice.elsewhere > 0 {
        remedies
            .push(format!("{} documents fit that another party archives: --received takes them too", choice.elsewhere));
    }
    if remedies.is_empty() {
        remedies.push("choose another period, class, case or document".to_owned());
    }
    Failure::new(Code::InputEmpty, message, remedies.join("; "))
}

/// What looking at a document needs.
struct Look<'a> {
    source: Source<'a>,
    rules: &'a Rules,
    wanted: &'a Wanted,
    stored: &'a BTreeMap<HeaderHash, u64>,
    values: &'a projection::Values,
    kept: &'a BTreeSet<DocumentId>,
}

impl Look<'_> {
    async fn at(&self, id: DocumentId, founded: &Founded<'_>, choice: &mut Choice) -> Result<(), Failure> {
        let Source { own, store, authority, .. } = self.source;
        let genesis = founded.genesis;
        let ledger = self.source.ledger;
        // A draft for comment is no official document; what was replied to it is.
        let comment = ledger.asker(&founded.space).is_some();
        if comment && ledger.entries_of(&id).all(|header| ledger.is_draft(header)) {
            return self.must_not_be_named(&id, "it is a draft for comment that nobody has replied to");
        }
        let filter = RegisterFilter { document: Some(id), limit: ITEMS_MAX, ..RegisterFilter::default() };
        let items = store.register_items(authority, &filter).await?;
        if items.len() as u64 == ITEMS_MAX {
            let message = format!("{id} has more than {ITEMS_MAX} versions in the register");
            let remedy = "leave it out by choosing others with --document, and tell the makers";
            return Err(Failure::new(Code::InputTooLong, message, remedy));
        }
        let ours = genesis.archive_owner == *own && genesis.owner == *own && genesis.authority == *authority;
        let home = match (ours, self.kept.contains(&id)) {
            (true, _) => Home::Own,
            (false, true) => Home::Kept(genesis.archive_owner.clone()),
            (false, false) if items.is_empty() => {
                return self.must_not_be_named(&id, "this authority has no part in it");
            }
            (false, false) => Home::Elsewhere(genesis.archive_owner.clone()),
        };
        if founded.verdict != Verdict::Admitted {
            return self.must_not_be_named(&id, "it has no effect");
        }
        let since_ms = items.iter().map(|row| row.item.at_ms).min();
        let since_ms = since_ms.or_else(|| self.stored.get(&HeaderHash(id.0)).copied()).unwrap_or_default();
        let row = self.rules.retention.row(genesis.kind, What::Document).map(|row| Row {
            class: row.class.clone(),
            goes: match &row.fate {
                Fate::Keep => None,
                Fate::Dispose(term) => Some((term.after().to_owned(), term.basis.clone())),
            },
        });
        if !self.fits(&items, row.as_ref(), calendar::day(since_ms)) {
            return self.must_not_be_named(&id, "it is not of that period, class or case");
        }
        if matches!(home, Home::Elsewhere(_)) && !self.wanted.received {
            choice.elsewhere += 1;
            return self.must_not_be_named(&id, "another party archives it (--received takes it too)");
        }
        let keeps = row.as_ref().is_some_and(|row| row.goes.is_none()) || matches!(home, Home::Kept(_));
        if !keeps && !self.wanted.everything {
            choice.not_kept += 1;
            return self.must_not_be_named(&id, "the plan does not keep it for ever (--everything takes it too)");
        }
        choice.documents.push(Chosen {
            document: id,
            kind: genesis.kind,
            title: if comment { REPLIES.to_owned() } else { title(founded, self.values) },
            since_ms,
            home,
            case: case(&items),
            row,
            ended: !comment && ended(founded, self.values),
        });
        Ok(())
    }

    fn fits(&self, items: &[ItemRow], row: Option<&Row>, since: Date) -> bool {
        let Wanted { from, until, classes, cases, .. } = self.wanted;
        let words = || items.iter().filter_map(|row| row.statement.as_ref());
        let in_class = |class: &String| {
            row.is_some_and(|row| row.class == *class) || words().any(|statement| statement.words.class == *class)
        };
        let in_case = |case: &String| {
            words().filter_map(|statement| statement.number.as_ref()).any(|number| number.case == case.trim())
        };
        from.is_none_or(|from| since >= from)
            && until.is_none_or(|until| since < until)
            && (classes.is_empty() || classes.iter().any(in_class))
            && (cases.is_empty() || cases.iter().any(in_case))
    }

    /// What somebody has named is not left out in silence.
    fn must_not_be_named(&self, id: &DocumentId, why: &str) -> Result<(), Failure> {
        if !self.wanted.documents.contains(id) {
            return Ok(());
        }
        let message = format!("{id} is not delivered for '{}': {why}", self.source.authority);
        Err(Failure::new(Code::InputValue, message, "leave it out, or ask for it as the message says")
            .field("document"))
    }
}

/// The case that the latest registered item is in.
fn case(items: &[ItemRow]) -> Option<String> {
    let number = items.iter().find_map(|row| row.statement.as_ref()?.number.as_ref());
    number.map(|number| number.case.clone())
}

fn title(founded: &Founded<'_>, values: &projection::Values) -> String {
    projection::title(founded, values).unwrap_or_default()
}

/// As an archive shows it, also where it is erased here and kept by the authority alone.
pub(super) fn titled(ledger: &Ledger, whole: &Whole) -> String {
    let founded = whole.object().and_then(|object| ledger.document(&object.document));
    if founded.is_some_and(|founded| ledger.asker(&founded.space).is_some()) {
        return REPLIES.to_owned();
    }
    let facts = whole.object().into_iter().flat_map(|object| &object.facts);
    let path = founded.map_or("/facts/title", |founded| title_path(founded.genesis.kind));
    let mut titles = facts.filter(|fact| fact.standing && fact.outline.path.as_str() == path);
    let found = titles.find_map(|fact| match &fact.value {
        Ok(Some(value)) => projection::first_line(value),
        Err(Code::ValueErased) => Some("(gallrat)".to_owned()),
        _ => None,
    });
    let kind = founded.map(|founded| founded.genesis.kind);
    found.unwrap_or_else(|| kind.map_or_else(String::new, |kind| crate::handout::pages::kind(kind).to_owned()))
}

fn ended(founded: &Founded<'_>, values: &projection::Values) -> bool {
    let stage = projection::settled(founded, "/facts/stage", values);
    matches!(stage, Some(Value::Reference(stage)) if crate::retention::ENDS.contains(&stage.as_str()))
}
