//! The joint note of a work, own or another party's: shown, taken along in a file, written, shared.
//!
//! Whoever writes is based on what she saw: what others have written since stays, and her words join it. For a file that
//! is written in without a connection, the mark of what she saw lies beside it, in a file of its own.

mod editor;

use super::{
    Outcome,
    publish::{self, Manner},
    write::read_text,
};
use crate::{
    cli::NoteArgs,
    config::Config,
    copy::WorkingCopy,
    input, json,
    model::Draft,
    node::Node,
    problem::Problem,
    show::{self, Reader},
    text::{self, Lang, Text},
};
use samsyn_core::{code::Code, id::Path};
use samsyn_wire::v1;
use serde_json::{Value, json};
use std::{
    fs,
    io::{self, IsTerminal},
    path::{Path as File, PathBuf},
};

const NOTE: &str = "/note";

pub(super) async fn note(config: &Config, args: &NoteArgs, json: bool, lang: Lang) -> Result<Outcome, Problem> {
    if let Some(file) = &args.out {
        return take_along(config, args, file, lang).await;
    }
    if !args.edit && args.file.is_none() {
        return show(config, args, lang).await;
    }
    let asks = !args.yes && !args.draft;
    let piped = args.file.as_deref().is_some_and(|f| f.as_os_str() == "-");
    if asks && (json || piped || !io::stdin().is_terminal()) {
        return Err(publish::nobody_to_ask());
    }
    let node = Node::connect(config).await?;
    let mut copy = WorkingCopy::pull(&node, &args.id).await?;
    match &args.file {
        Some(file) => from_file(&node, &mut copy, file).await?,
        None => from_editor(&node, &mut copy).await?,
    }
    // With what others have written meanwhile.
    let copy = WorkingCopy::pull(&node, &copy.id).await?;
    let saved = json!({"working_copy_id": copy.id, "document_id": or_null(&copy.document_id), "commit": null});
    if copy.document_id.is_empty() {
        return Ok(Outcome::new(text::NOTE_IN_DRAFT.say(lang, &[&args.id]), saved));
    }
    if args.draft {
        return Ok(Outcome::new(text::NOTE_SAVED.say(lang, &[&args.id]), saved));
    }
    let request = v1::PublishRequest { paths: vec![NOTE.to_owned()], ..v1::PublishRequest::default() };
    publish::share(&node, &copy, request, Manner { preview: false, asks }, lang).await
}

async fn show(config: &Config, args: &NoteArgs, lang: Lang) -> Result<Outcome, Problem> {
    if args.draft || args.yes {
        return Err(Problem::new(
            Code::Usage,
            Text("Ingen text att spara eller dela är angiven.", "No text to save or share is given."),
            Text("skriv med --edit eller --file", "write with --edit or --file"),
        ));
    }
    let node = Node::connect(config).await?;
    let note = node.note(&args.id).await?;
    let parties = node.parties().await?;
    Ok(Outcome::new(show::note(&note, &args.id, Reader { lang, parties: &parties }), json::note(&note)))
}

/// Writes the text as the own working copy has it into a file, and beside it what it was based on.
async fn take_along(config: &Config, args: &NoteArgs, file: &File, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let copy = WorkingCopy::pull(&node, &args.id).await?;
    editor::create(file, &with_end(&text_of(&copy.draft()?)?))?;
    remember(file, &copy.id, &copy.mark())?;
    let name = file.display().to_string();
    let data = json!({"working_copy_id": copy.id, "file": name, "mark": mark_file(file).display().to_string()});
    Ok(Outcome::new(text::NOTE_OUT.say(lang, &[&name, &args.id, &name]), data))
}

/// A file without a mark beside it stands for the whole text as the node has it now.
async fn from_file(node: &Node, copy: &mut WorkingCopy, file: &File) -> Result<(), Problem> {
    let written = tidy(&read_text(file, "file")?);
    let Some(mark) = recall(file, &copy.id)? else {
        let mark = copy.mark();
        return write(node, copy, &mark, &written).await.map(|_| ());
    };
    let next = write(node, copy, &mark, &written).await?;
    // The file may be written on: its text stands at the new mark.
    remember(file, &copy.id, &next)
}

/// Opens an editor on the text. What was written there is kept in a file if the node does not take it.
async fn from_editor(node: &Node, copy: &mut WorkingCopy) -> Result<(), Problem> {
    let before = text_of(&copy.draft()?)?;
    let mark = copy.mark();
    let file = editor::temporary()?;
    editor::create(&file, &with_end(&before))?;
    remember(&file, &copy.id, &mark)?;
    let outcome = async {
        editor::open(&file)?;
        let written = tidy(&read_text(&file, "edit")?);
        write(node, copy, &mark, &written).await
    };
    match outcome.await {
        Ok(_) => {
            fs::remove_file(mark_file(&file)).ok();
            fs::remove_file(&file).ok();
            Ok(())
        }
        Err(problem) => Err(kept(problem, &file)),
    }
}

/// Writes the whole text as the difference to what stood at the mark, and hands it to the node; gives the new mark.
async fn write(node: &Node, copy: &mut WorkingCopy, mark: &[String], text: &str) -> Result<Vec<String>, Problem> {
    let value = if text.is_empty() { None } else { Some(input::prose(text, "note")?) };
    let path = note_path()?;
    let change = |draft: &mut Draft| match value {
        // A text that only differs in how it ends has not been changed by anybody.
        Some(_) if draft.prose.get(&path).is_some_and(|before| tidy(before) == text) => {}
        Some(value) => draft.set(path, value),
        None => drop(draft.remove(&path)),
    };
    let next = copy.change_since(mark, change)?.ok_or_else(mark_unknown)?;
    copy.push(node).await?;
    Ok(next)
}

fn note_path() -> Result<Path, Problem> {
    input::path(NOTE, "note")
}

fn text_of(draft: &Draft) -> Result<String, Problem> {
    Ok(draft.prose.get(&note_path()?).cloned().unwrap_or_default())
}

/// As editors leave files: lines end with one sign, and the last one too.
fn with_end(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// The text without what editors add to it.
fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

fn mark_file(file: &File) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".samsyn");
    name.into()
}

/// Keeps what the text in a file is based on.
fn remember(file: &File, working_copy: &str, mark: &[String]) -> Result<(), Problem> {
    let content = json!({"schema": 1, "working_copy_id": working_copy, "mark": mark}).to_string();
    let at = mark_file(file);
    fs::write(&at, content).map_err(|e| editor::not_written(&at, &e))
}

/// What the text in a file is based on; nothing if it was not taken along from here.
fn recall(file: &File, working_copy: &str) -> Result<Option<Vec<String>>, Problem> {
    if file.as_os_str() == "-" || !mark_file(file).exists() {
        return Ok(None);
    }
    let content: Value = serde_json::from_str(&read_text(&mark_file(file), "file")?).unwrap_or_default();
    let mark = content["mark"].as_array().map(|m| m.iter().filter_map(|h| h.as_str().map(str::to_owned)).collect());
    if content["working_copy_id"] == working_copy {
        return mark.map(Some).ok_or_else(mark_unknown);
    }
    Err(Problem::new(
        Code::InputConflict,
        Text("Filen {} hör till ett annat arbete.", "The file {} belongs to another work.")
            .with(&[&file.display().to_string()]),
        Text("välj den fil som hämtades för det här arbetet", "choose the file that was taken along for this work"),
    )
    .field("file"))
}

fn mark_unknown() -> Problem {
    Problem::new(
        Code::InputConflict,
        Text(
            "Noden har inte längre den text som du började från.",
            "The node no longer has the text that you began with.",
        ),
        Text(
            "visa anteckningen, för in din text i den, ta bort filen som slutar på .samsyn och skicka igen",
            "show the note, bring your text into it, remove the file that ends with .samsyn and send again",
        ),
    )
    .field("file")
}

/// A failure after somebody has written: says where the words are.
fn kept(problem: Problem, file: &File) -> Problem {
    let name = file.display().to_string();
    let add = |remedy: &str, lang: Lang| {
        let kept = Text("din text ligger i {}; skicka den med --file", "your text is in {}; send it with --file");
        format!("{remedy}; {}", kept.say(lang, &[&name]))
    };
    let (sv, en) = (problem.remedy.of(Lang::Sv).to_owned(), problem.remedy.of(Lang::En).to_owned());
    Problem { remedy: crate::text::Phrase::pair(add(&sv, Lang::Sv), add(&en, Lang::En)), ..problem }
}

fn or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_add_is_no_change() {
        for text in ["", "En rad", "Två\nrader"] {
            assert_eq!(tidy(&with_end(text)), text);
            assert_eq!(tidy(&with_end(text).replace('\n', "\r\n")), text);
        }
    }

    #[test]
    fn a_mark_is_for_its_own_work_and_file() {
        let dir = tempfile::TempDir::new().expect("a directory");
        let file = dir.path().join("anteckning.txt");
        assert_eq!(recall(&file, "a1").expect("no mark"), None);
        remember(&file, "a1", &["00".to_owned()]).expect("written");
        assert_eq!(recall(&file, "a1").expect("a mark"), Some(vec!["00".to_owned()]));
        assert_eq!(recall(&file, "b2").expect_err("another work").code, Code::InputConflict);
        fs::write(mark_file(&file), "{\"working_copy_id\":\"a1\"}").expect("written");
        assert_eq!(recall(&file, "a1").expect_err("spoiled").code, Code::InputConflict);
    }
}
