//! Commands that change a working copy. Everything is checked before the node is asked to keep anything.

use super::Outcome;
use crate::{
    cli::{EditArgs, FieldArgs, NewArgs, ReportArgs},
    config::Config,
    copy::{WorkingCopy, random_id},
    input, mark,
    model::Draft,
    node::{Node, Parties},
    problem::Problem,
    schema,
    show::Reader,
    text::{self, Lang, Phrase, Text},
    time, vocabulary,
};
use samsyn_core::{
    code::Code,
    entry::DocumentKind,
    id::Path,
    limits,
    rules::{self, Writer},
    value::Value,
};
use serde_json::json;
use std::{
    fs::File,
    io::{self, Read},
};

/// What is to be changed, checked.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Changes {
    pub(super) set: Vec<(Path, Value)>,
    pub(super) remove: Vec<Path>,
    /// An empty text takes the key away.
    private: Vec<(String, String)>,
}

impl Changes {
    pub(super) fn apply(&self, draft: &mut Draft) {
        for (path, value) in &self.set {
            draft.set(path.clone(), value.clone());
        }
        for path in &self.remove {
            draft.remove(path);
        }
        for (key, text) in &self.private {
            if text.is_empty() {
                draft.private.remove(key);
            } else {
                draft.private.insert(key.clone(), text.clone());
            }
        }
    }

    fn put(&mut self, path: &str, value: Value) -> Result<(), Problem> {
        self.set.push((input::path(path, "set")?, value));
        Ok(())
    }

    /// Refuses what the own organisation may not state in a work that another one owns. The node has the last word
    /// when it publishes; this is so that nobody writes what can never be shared.
    fn may_write(&self, kind: DocumentKind, own: &str, owner: &str, owner_name: &str) -> Result<(), Problem> {
        for path in self.set.iter().map(|(path, _)| path).chain(&self.remove) {
            let writer = rules::rule(input::RULES, kind, path).map(|r| r.writer);
            let may = match writer {
                Some(Writer::Owner) => own == owner,
                Some(Writer::Named | Writer::NamedOffice) => path.segments().contains(&own),
                _ => true,
            };
            if !may {
                return Err(Problem::new(
                    Code::InputNotOwner,
                    Text("Fältet skrivs av {}, som äger arbetet.", "The field is written by {}, which owns the work.")
                        .with(&[owner_name]),
                    Text(
                        "be dem ändra; i --note kan alla parter skriva",
                        "ask them to change it; in --note every party may write",
                    ),
                )
                .field(path.as_str()));
            }
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

pub(super) async fn new(config: &Config, args: &NewArgs, lang: Lang) -> Result<Outcome, Problem> {
    let mut changes = Changes::default();
    changes.put("/facts/title", input::required(&args.title, "title")?)?;
    add_fields(&mut changes, &args.fields)?;
    let mut draft = Draft::default();
    changes.apply(&mut draft);
    draft.check()?;
    let node = Node::connect(config).await?;
    add_partners(&mut changes, &args.fields, &node).await?;
    let mut copy =
        WorkingCopy::create(&node, DocumentKind::Work, args.authority.as_deref().unwrap_or_default()).await?;
    let mut draft = copy.draft()?;
    changes.apply(&mut draft);
    copy.change(&draft)?;
    copy.push(&node).await?;
    let short = copy.id.chars().take(8).collect::<String>();
    let data = json!({"working_copy_id": copy.id, "published": false});
    Ok(Outcome::new(text::CREATED.say(lang, &[&copy.id, &short]), data))
}

pub(super) async fn edit(config: &Config, args: &EditArgs, lang: Lang) -> Result<Outcome, Problem> {
    let mut changes = Changes::default();
    if let Some(title) = &args.title {
        changes.put("/facts/title", input::required(title, "title")?)?;
    }
    for path in &args.remove {
        changes.remove.push(removable(path)?);
    }
    add_fields(&mut changes, &args.fields)?;
    if changes.is_empty() && args.fields.partners.is_none() {
        return Err(Problem::new(
            Code::Usage,
            Text("Inget att ändra är angivet.", "Nothing to change is given."),
            Text(
                "ange vad som ska ändras, som --stage avslutad; se samsyn work edit --help",
                "say what to change, as in --stage completed; see samsyn work edit --help",
            ),
        ));
    }
    let node = Node::connect(config).await?;
    add_partners(&mut changes, &args.fields, &node).await?;
    save(&node, &args.id, &changes, lang).await
}

/// A work without a title cannot be shown to anyone.
fn removable(path: &str) -> Result<Path, Problem> {
    let path = input::path(path, "remove")?;
    if path.as_str() == "/facts/title" {
        return Err(Problem::new(
            Code::InputEmpty,
            Text("Ett arbete måste ha en titel.", "A work must have a title."),
            Text("skriv en annan titel med --title", "write another title with --title"),
        )
        .field("remove"));
    }
    Ok(path)
}

pub(super) async fn report(config: &Config, args: &ReportArgs, lang: Lang) -> Result<Outcome, Problem> {
    let changes = report_changes(args, &random_id()?)?;
    let node = Node::connect(config).await?;
    save(&node, &args.id, &changes, lang).await
}

/// The report as facts under `/reports/{id}`. Yellow and red need a comment.
fn report_changes(args: &ReportArgs, id: &str) -> Result<Changes, Problem> {
    let mut changes = Changes::default();
    let mut worried = Vec::new();
    let factors =
        [("time", &args.time), ("cost", &args.cost), ("cooperation", &args.cooperation), ("benefit", &args.benefit)];
    for (factor, colour) in factors {
        let word = input::word(vocabulary::STATUS, colour, factor)?;
        if word.id != "green" {
            worried.push((factor, word));
        }
        changes.put(&format!("/reports/{id}/{factor}"), Value::Reference(vocabulary::STATUS.reference(word)))?;
    }
    let comment = args.comment.as_deref().map(str::trim).filter(|c| !c.is_empty());
    if comment.is_none() && !worried.is_empty() {
        return Err(comment_missing(&worried));
    }
    if let Some(comment) = comment {
        changes.put(&format!("/reports/{id}/comment"), input::prose(comment, "comment")?)?;
    }
    if let Some(outlook) = args.outlook.as_deref().filter(|o| !o.trim().is_empty()) {
        changes.put(&format!("/reports/{id}/outlook"), input::required(outlook, "outlook")?)?;
    }
    let date = args.date.clone().unwrap_or_else(time::today);
    changes.put(&format!("/reports/{id}/date"), input::date(&date, "date")?)?;
    Ok(changes)
}

fn comment_missing(worried: &[(&str, &vocabulary::Word)]) -> Problem {
    let say = |lang: Lang| {
        let label = |factor: &str| text::report_part(factor).map_or(factor.to_owned(), |t| t.of(lang).to_owned());
        let each = worried.iter().map(|(factor, word)| format!("{} {}", label(factor), word.label.of(lang)));
        each.collect::<Vec<_>>().join(", ")
    };
    Problem::new(
        Code::InputCommentMissing,
        Phrase::pair(
            format!("Kommentar saknas: {}.", say(Lang::Sv)),
            format!("A comment is missing: {}.", say(Lang::En)),
        ),
        Text("skriv orsak och åtgärd med --comment", "write cause and action with --comment"),
    )
    .field("comment")
}

/// Pulls the working copy, changes it, pushes the changes.
async fn save(node: &Node, id: &str, changes: &Changes, lang: Lang) -> Result<Outcome, Problem> {
    let copy = WorkingCopy::pull(node, id).await?;
    save_in(node, copy, id, changes, lang).await
}

/// The same of a working copy that has been pulled.
pub(super) async fn save_in(
    node: &Node,
    mut copy: WorkingCopy,
    id: &str,
    changes: &Changes,
    lang: Lang,
) -> Result<Outcome, Problem> {
    if !copy.document_id.is_empty() {
        let (work, parties) = (node.work(&copy.document_id).await?, node.parties().await?);
        let own = parties.own().map_or("", |p| p.id.as_str());
        changes.may_write(copy.kind, own, &work.owner, parties.name(&work.owner))?;
    }
    let before = copy.draft()?;
    let mut draft = before.clone();
    changes.apply(&mut draft);
    if !copy.change(&draft)? {
        let data = json!({"working_copy_id": copy.id, "changed": []});
        return Ok(Outcome::new(text::UNCHANGED.of(lang), data));
    }
    copy.push(node).await?;
    let (old, new) = (before.values(), draft.values());
    let mut changed: Vec<String> =
        old.keys().chain(new.keys()).filter(|p| old.get(*p) != new.get(*p)).map(ToString::to_string).collect();
    changed.sort();
    changed.dedup();
    let reader = Reader { lang, parties: &Parties::default() };
    let label = |path: &String| {
        let known = Path::new(path).ok().and_then(|path| schema::label(copy.kind, &path, lang));
        known.map_or_else(|| reader.path(path), ToOwned::to_owned)
    };
    let mut labels: Vec<String> = changed.iter().map(label).collect();
    if before.private != draft.private {
        labels.push(text::PRIVATE.of(lang).to_owned());
    }
    let data =
        json!({"working_copy_id": copy.id, "changed": changed, "private_changed": before.private != draft.private});
    Ok(Outcome::new(text::SAVED.say(lang, &[&copy.id, &labels.join(", "), id]), data))
}

/// Who takes part is checked against the charter's parties, which the node knows.
async fn add_partners(changes: &mut Changes, args: &FieldArgs, node: &Node) -> Result<(), Problem> {
    let Some(text) = &args.partners else { return Ok(()) };
    let parties = node.parties().await?;
    changes.put("/facts/partners", input::partners(&parties, text, "partners")?)
}

/// Everything that can be checked here.
fn add_fields(changes: &mut Changes, args: &FieldArgs) -> Result<(), Problem> {
    if let Some(text) = &args.summary {
        changes.put("/facts/summary", input::prose(text, "summary")?)?;
    }
    if let Some(file) = &args.summary_file {
        changes.put("/facts/summary", input::prose(&read_text(file, "summary-file")?, "summary-file")?)?;
    }
    for (path, kind, text, field) in [
        ("/facts/form", vocabulary::FORM, &args.form, "form"),
        ("/facts/stage", vocabulary::STAGE, &args.stage, "stage"),
    ] {
        if let Some(text) = text {
            let word = input::word(kind, text, field)?;
            changes.put(path, Value::Reference(kind.reference(word)))?;
        }
    }
    for (path, text, field) in [("/facts/start", &args.start, "start"), ("/facts/end", &args.end, "end")] {
        if let Some(text) = text {
            changes.put(path, input::date(text, field)?)?;
        }
    }
    if let Some(text) = &args.target_groups {
        changes.put("/facts/target-groups", input::words(vocabulary::TARGET_GROUP, text, "target-groups")?)?;
    }
    if let Some(text) = &args.note {
        changes.put("/note", input::prose(text, "note")?)?;
    }
    for text in &args.set {
        changes.set.push(input::assignment(DocumentKind::Work, text, None)?);
    }
    for text in &args.private {
        changes.private.push(private(text)?);
    }
    Ok(())
}

fn private(text: &str) -> Result<(String, String), Problem> {
    let (key, value) = text.split_once('=').filter(|(key, _)| !key.trim().is_empty()).ok_or_else(|| {
        Problem::new(
            Code::InputValue,
            Text("'{}' saknar namn eller likhetstecken.", "'{}' has no name or equals sign.").with(&[text]),
            Text("skriv namn=text", "write name=text"),
        )
        .field("private")
    })?;
    if mark::is_mark(key.trim()) {
        return Err(Problem::new(
            Code::InputValue,
            Text("'{}' är namnet på en sekretessmarkering.", "'{}' is the name of a secrecy mark.").with(&[key]),
            Text("använd samsyn work mark", "use samsyn work mark"),
        )
        .field("private"));
    }
    // The same bounds as for shared text, so that one message serves.
    input::prose(value, "private")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

/// A text file, or standard input for `-`; no more than may be kept is read.
pub(super) fn read_text(path: &std::path::Path, field: &str) -> Result<String, Problem> {
    let unreadable = |error: io::Error| {
        Problem::new(
            Code::InputNotFound,
            Text("{} går inte att läsa: {}", "{} cannot be read: {}")
                .with(&[&path.display().to_string(), &error.to_string()]),
            Text(
                "kontrollera filens namn, och att den är text (UTF-8)",
                "check the file's name, and that it is text (UTF-8)",
            ),
        )
        .field(field)
    };
    let source: Box<dyn Read> =
        if path.as_os_str() == "-" { Box::new(io::stdin()) } else { Box::new(File::open(path).map_err(unreadable)?) };
    let mut text = String::new();
    source.take(limits::PROSE_BYTES_MAX as u64 + 4).read_to_string(&mut text).map_err(unreadable)?;
    // A mark of byte order that some editors begin files with is no text.
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}

#[cfg(test)]
mod tests;
