//! The examination: every passage with what points at it, and what is to become of it.

use super::{HERE, Officer, TITLE, documents};
use crate::{
    handout::{Answer, Answers, Choice, Examination, Fault, Passage, Reason, code_of, seen},
    web::{
        Site,
        drafts::item::{Piece, pieces, visible},
        error::Problem,
        page::{Asked, Page},
    },
};
use askama::Template;
use axum::response::Response;
use samsyn_client::{
    mark::{self, Provision},
    problem,
    table::shorten,
    text::{Lang, Text},
};
use samsyn_core::{code::Code, id::DocumentId};
use std::collections::BTreeMap;

/// Letters of a passage that are read without opening it.
const BEGINNING_LETTERS: usize = 200;

#[derive(Template)]
#[template(path = "handout_examine.html")]
pub(super) struct Examine {
    pub(super) page: Page,
    authority: String,
    authority_name: String,
    documents: Vec<(String, String)>,
    /// What something points at.
    to_judge: Vec<Row>,
    others: Vec<Row>,
    everywhere: Answer,
    everywhere_fault: Option<&'static str>,
    /// What is masked in one place stands in another: which places.
    remains: String,
    faults: usize,
    provisions: Vec<(&'static str, &'static str)>,
    listed: &'static str,
    again: String,
}

struct Row {
    key: String,
    label: String,
    /// Who stated it and when; which document, where there are several.
    context: String,
    /// The beginning, for a list.
    begins: String,
    pieces: Vec<Piece>,
    is_text: bool,
    reasons: Vec<String>,
    fault: Option<&'static str>,
    choice: Option<Choice>,
    words: String,
    provisions: String,
}

impl Row {
    fn is(&self, choice: &str) -> bool {
        let chosen = match self.choice {
            Some(Choice::Give) => "ge",
            Some(Choice::Mask) => "hel",
            Some(Choice::Part) => "del",
            None => "",
        };
        chosen == choice
    }
}

pub(super) async fn page(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, HERE, TITLE).await?;
    let officer = Officer::of(&site, &page).await?;
    let (authority, name) = officer.chosen(page.asked.value("myndighet"), &page.asked)?;
    let wanted = documents(page.asked.values("arbete"), &page.asked)?;
    let examination = site.desks.handouts.examine(officer.who(), authority, &wanted).await;
    let examination = examination.map_err(|f| Problem::of_handout(f, lang))?;
    let name = name.clone();
    let shown = Examine::of(page, name, &examination, None, &[]);
    shown.page.answer(&shown)
}

impl Examine {
    /// The page as it is opened, or with the answers that made no pack, and why.
    pub(super) fn of(
        page: Page,
        authority_name: String,
        examination: &Examination,
        answers: Option<&Answers>,
        faults: &[Fault],
    ) -> Self {
        let several = examination.found.len() > 1;
        let untitled = page.t("(utan titel)", "(without a title)");
        let titles: BTreeMap<DocumentId, String> = examination
            .found
            .iter()
            .map(|f| (f.document, if f.title.trim().is_empty() { untitled.to_owned() } else { f.title.clone() }))
            .collect();
        let row = |passage: &Passage| {
            let of = titles.get(&passage.document).filter(|_| several).cloned().unwrap_or_default();
            row(passage, context(passage, of, &page), answers, faults, page.asked.lang)
        };
        let (to_judge, others): (Vec<&Passage>, Vec<&Passage>) =
            examination.passages.iter().partition(|passage| !passage.reasons.is_empty());
        let everywhere_fault = faults.iter().find_map(|fault| match fault {
            Fault::Provision(None) | Fault::Words(None) | Fault::NotThere(None) => {
                Some(told(fault).of(page.asked.lang))
            }
            _ => None,
        });
        Self {
            authority: examination.gathered.authority.to_string(),
            authority_name,
            to_judge: to_judge.into_iter().map(row).collect(),
            others: others.into_iter().map(row).collect(),
            documents: titles.iter().map(|(id, title)| (id.to_string(), title.clone())).collect(),
            everywhere: answers.map(|answers| answers.everywhere.clone()).unwrap_or_default(),
            everywhere_fault,
            remains: seen(faults),
            faults: faults.len(),
            provisions: Provision::listed().map(|(id, about)| (id, about.of(page.asked.lang))).collect(),
            listed: mark::LISTED,
            again: page.link(HERE),
            page,
        }
    }
}

fn context(passage: &Passage, of: String, page: &Page) -> String {
    let stated = passage.stated.as_ref().map(|(by, ms, standing)| {
        let standing =
            if *standing { page.t("gäller nu", "stands") } else { page.t("gäller inte nu", "does not stand") };
        format!("{by} {}, {standing}", page.reader().time(*ms))
    });
    stated.into_iter().chain(Some(of).filter(|of| !of.is_empty())).collect::<Vec<_>>().join(" – ")
}

fn row(passage: &Passage, context: String, answers: Option<&Answers>, faults: &[Fault], lang: Lang) -> Row {
    let asked_for = Answer {
        // What nothing points at is given unless somebody says otherwise; what a warning points at is for her to say.
        choice: passage.reasons.is_empty().then_some(Choice::Give),
        ..Answer::default()
    };
    let answer = match answers {
        Some(answers) => answers.passages.get(&passage.key).cloned().unwrap_or_default(),
        None => asked_for,
    };
    let fault = faults.iter().find(|fault| key(fault) == Some(passage.key.as_str()));
    Row {
        key: passage.key.clone(),
        label: passage.label.clone(),
        context,
        begins: visible(&shorten(&passage.shown.replace('\n', " "), BEGINNING_LETTERS)),
        pieces: pieces(&passage.shown, passage.reasons.iter().filter_map(Reason::at).collect()),
        is_text: passage.is_text,
        reasons: passage.reasons.iter().map(|reason| why(reason, lang)).collect(),
        fault: fault.map(|fault| told(fault).of(lang)),
        choice: answer.choice,
        words: answer.words,
        provisions: answer.provisions,
    }
}

fn key(fault: &Fault) -> Option<&str> {
    match fault {
        Fault::Unanswered(key) | Fault::Remains(key) => Some(key),
        Fault::Provision(key) | Fault::Words(key) | Fault::NotThere(key) => key.as_deref(),
    }
}

fn told(fault: &Fault) -> Text {
    match fault {
        Fault::Unanswered(_) => Text("Välj vad som ska ske.", "Choose what is to be done."),
        Fault::Provision(_) => Text(
            "En bestämmelse saknas eller går inte att läsa. Skriv den som 19:3.",
            "A provision is missing or cannot be read. Write it as 19:3.",
        ),
        Fault::Words(_) => Text(
            "Skriv orden som ska maskeras, ett per rad: högst 100, med högst 500 tecken.",
            "Write the words to be masked, one a line: at most 100, of at most 500 characters.",
        ),
        Fault::NotThere(None) => Text(
            "Något av orden finns inte i någon text. Kopiera det härifrån, eller ta bort det.",
            "One of the words stands in no text. Copy it from here, or take it away.",
        ),
        Fault::NotThere(Some(_)) => Text(
            "Något av orden finns inte i texten. Kopiera det härifrån.",
            "One of the words does not stand in the text. Copy it from here.",
        ),
        Fault::Remains(_) => Text(
            "Här står något som du maskerar på ett annat ställe, en annan version av det, eller något mer som granskningen hittar.",
            "Something stands here that you mask in another place, another version of it, or more of what the scan finds.",
        ),
    }
}

/// Why a passage is put to the person.
fn why(reason: &Reason, lang: Lang) -> String {
    let known = |code: Code| match lang {
        Lang::Sv => problem::known(code).map_or_else(|| code.to_string(), |(what, _)| what.to_owned()),
        Lang::En => match code {
            Code::SecrecyPersonalNumber => "What looks like a personal identity or coordination number".to_owned(),
            Code::SecrecyPrivateAddress => "A private e-mail address".to_owned(),
            Code::SecrecyMobileNumber => "A mobile telephone number, which may be a person's".to_owned(),
            _ => "A word that the authority does not let out".to_owned(),
        },
    };
    match reason {
        Reason::Marked(None) => Text(
            "Sekretessmarkerat, men markeringen går inte att läsa",
            "Marked as secret, but the mark cannot be read",
        )
        .of(lang)
        .to_owned(),
        Reason::Marked(Some(mark)) => {
            let cited: Vec<String> = mark.provisions.iter().map(|p| p.cited(lang)).collect();
            let marked = Text("Sekretessmarkerat", "Marked as secret").of(lang);
            format!("{marked} {}: {}", mark.date, cited.join(", "))
        }
        Reason::Found(kind, _) => known(code_of(*kind)),
        Reason::OwnWord(_) => known(Code::SecrecyOwnWord),
        Reason::Protected => {
            Text("Skyddat i diariet: visas inte för allmänheten", "Protected in the register: not shown to the public")
                .of(lang)
                .to_owned()
        }
    }
}
