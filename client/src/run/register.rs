//! The registrar's work on the command line: what has come in and gone out, and what becomes of it.

use super::Outcome;
use crate::{
    cli::register::{ConfirmArgs, CorrectArgs, ItemsArgs, ListArgs, MinorArgs, NumberArgs, WordArgs},
    config::Config,
    node::Node,
    problem::Problem,
    show::{Reader, audience_id, purpose_id},
    table::{shorten, table},
    text::{self, Lang},
    time,
    vocabulary::fold,
};
use samsyn_core::code::Code;
use samsyn_wire::v1::{self, RegisterState as State, decide_register_request::Decision};
use serde_json::{Value, json};

const TITLE_MAX: usize = 50;
const PAGE: u32 = 100;
/// Days of an ISO time.
const DAY_LETTERS: usize = 10;

pub(super) async fn list(config: &Config, args: &ListArgs, lang: Lang) -> Result<Outcome, Problem> {
    let request = v1::ListRegisterRequest {
        authority: args.authority.clone().unwrap_or_default(),
        states: states(&args.state)?.iter().map(|s| i32::from(*s)).collect(),
        direction: direction(args.direction.as_deref())?.into(),
        text: args.text.clone().unwrap_or_default(),
        page_size: PAGE,
        page_token: if args.page > 1 { ((args.page - 1) * PAGE).to_string() } else { String::new() },
    };
    let node = Node::connect(config).await?;
    let found = node.call(node.register().list_register(request)).await?;
    let data = json!({
        "items": found.items.iter().map(item_json).collect::<Vec<_>>(),
        "counts": found.counts.iter().map(|c| (state_id(c.state()).to_owned(), json!(c.count))).collect::<serde_json::Map<_, _>>(),
        "next_number": found.next_number,
        "more": !found.next_page_token.is_empty(),
    });
    if found.items.is_empty() {
        return Ok(Outcome::new(text::REGISTER_NONE.of(lang), data));
    }
    let parties = node.parties().await?;
    let reader = Reader { lang, parties: &parties };
    let headings = [
        text::REGISTER_ITEM,
        text::REGISTER_DATE,
        text::REGISTER_DIRECTION,
        text::REGISTER_COUNTERPART,
        text::TITLE,
        text::REGISTER_STATE,
        text::REGISTER_NUMBER,
    ];
    let rows: Vec<Vec<String>> = found.items.iter().map(|item| row(item, reader)).collect();
    let mut shown = table(&headings.map(|h| h.of(lang)), &rows);
    if !found.next_number.is_empty() {
        shown = format!("{shown}\n{}", text::REGISTER_NEXT.say(lang, &[&found.next_number]));
    }
    if !found.next_page_token.is_empty() {
        shown = format!("{shown}\n{}", text::REGISTER_MORE.say(lang, &[&(args.page + 1).to_string()]));
    }
    Ok(Outcome::new(shown, data))
}

fn row(item: &v1::RegisterItem, reader: Reader<'_>) -> Vec<String> {
    let lang = reader.lang;
    let decision = item.decision.clone().unwrap_or_default();
    let said = if decision.protected_subject.is_empty() { &decision.subject } else { &decision.protected_subject };
    let title = if item.title.is_empty() || !decision.protected_subject.is_empty() { said } else { &item.title };
    let number = match (decision.number.as_str(), item.proposed_number.as_str()) {
        ("", "") => String::new(),
        ("", proposed) => {
            text::REGISTER_PROPOSED.say(lang, &[&format!("{proposed}-{}", item.proposed_document_number)])
        }
        (case, _) => format!("{case}-{}", decision.document_number),
    };
    let state = state_text(item.state()).of(lang);
    vec![
        item.id.to_string(),
        reader.time(item.at_ms).chars().take(DAY_LETTERS).collect(),
        match item.direction() {
            v1::RegisterDirection::Dispatched => text::REGISTER_OUT,
            _ => text::REGISTER_IN,
        }
        .of(lang)
        .to_owned(),
        if item.counterpart.is_empty() { String::new() } else { reader.parties.name(&item.counterpart).to_owned() },
        shorten(reader.or_unknown(title), TITLE_MAX),
        if item.overdue { format!("{state} ({})", text::REGISTER_OVERDUE.of(lang)) } else { state.to_owned() },
        number,
    ]
}

pub(super) async fn number(config: &Config, args: &NumberArgs, lang: Lang) -> Result<Outcome, Problem> {
    let decision = match &args.number {
        Some(number) => Decision::GivenNumber(v1::GivenNumber {
            number: number.clone(),
            document_number: args.document.unwrap_or(0),
            elsewhere: args.elsewhere,
        }),
        None => Decision::NextNumber(v1::NextNumber {}),
    };
    decide(config, request(&args.items, decision, Some(&args.words), ""), lang).await
}

pub(super) async fn correct(config: &Config, args: &CorrectArgs, lang: Lang) -> Result<Outcome, Problem> {
    let items = ItemsArgs { items: vec![args.item], authority: args.authority.clone() };
    let decision = Decision::Correct(v1::CorrectWords {});
    decide(config, request(&items, decision, Some(&args.words), &args.reason), lang).await
}

pub(super) async fn state(config: &Config, args: &ItemsArgs, state: State, lang: Lang) -> Result<Outcome, Problem> {
    decide(config, request(args, Decision::State(state.into()), None, ""), lang).await
}

pub(super) async fn minor(config: &Config, args: &MinorArgs, lang: Lang) -> Result<Outcome, Problem> {
    let decision = Decision::State(State::Minor.into());
    decide(config, request(&args.items, decision, None, &args.reason), lang).await
}

fn request(items: &ItemsArgs, decision: Decision, words: Option<&WordArgs>, reason: &str) -> v1::DecideRegisterRequest {
    let said = |pick: fn(&WordArgs) -> &Option<String>| words.and_then(|w| pick(w).clone());
    let counterpart = |w: &WordArgs| match (w.protect_counterpart, w.show_counterpart) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    };
    v1::DecideRegisterRequest {
        authority: items.authority.clone().unwrap_or_default(),
        items: items.items.clone(),
        decision: Some(decision),
        subject: said(|w| &w.subject),
        protected_subject: said(|w| &w.protected_subject),
        counterpart_protected: words.and_then(counterpart),
        class: said(|w| &w.class),
        reason: reason.to_owned(),
    }
}

async fn decide(config: &Config, request: v1::DecideRegisterRequest, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let done = node.call(node.register().decide_register(request)).await?.items;
    let line = |item: &v1::DecidedItem| {
        let state = state_text(item.state()).of(lang);
        let number =
            if item.number.is_empty() { String::new() } else { format!(" {}-{}", item.number, item.document_number) };
        format!("{}: {state}{number}", item.id)
    };
    let data = json!({"items": done.iter().map(|item| json!({
        "id": item.id,
        "state": state_id(item.state()),
        "number": or_null(&item.number),
        "document_number": if item.number.is_empty() { Value::Null } else { json!(item.document_number) },
    })).collect::<Vec<_>>()});
    Ok(Outcome::new(done.iter().map(line).collect::<Vec<_>>().join("\n"), data))
}

pub(super) async fn series(config: &Config, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let found = node.call(node.register().list_series(v1::ListSeriesRequest {})).await?.series;
    let data = json!({"series": found.iter().map(|s| json!({
        "register": s.register, "template": s.template, "last": s.last, "closed": s.closed,
    })).collect::<Vec<_>>()});
    if found.is_empty() {
        return Ok(Outcome::new(text::REGISTER_NO_SERIES.of(lang), data));
    }
    let headings = [text::REGISTER, text::REGISTER_SERIES, text::REGISTER_LAST, text::REGISTER_STATE];
    let row = |s: &v1::NumberSeries| {
        let state = if s.closed { text::REGISTER_CLOSED } else { text::REGISTER_OPEN };
        vec![s.register.clone(), s.template.clone(), s.last.to_string(), state.of(lang).to_owned()]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    Ok(Outcome::new(table(&headings.map(|h| h.of(lang)), &rows), data))
}

pub(super) async fn confirm(config: &Config, args: &ConfirmArgs, lang: Lang) -> Result<Outcome, Problem> {
    let request = v1::ConfirmSeriesRequest {
        authority: args.authority.clone().unwrap_or_default(),
        template: args.template.clone(),
        last: args.last,
    };
    let node = Node::connect(config).await?;
    node.call(node.register().confirm_series(request)).await?;
    let next = (args.last + 1).to_string();
    let said = text::REGISTER_CONFIRMED.say(lang, &[&args.template.replace("{n}", &next)]);
    Ok(Outcome::new(said, json!({"template": args.template, "last": args.last})))
}

fn states(word: &str) -> Result<Vec<State>, Problem> {
    Ok(match fold(word).as_str() {
        "vantar" | "waiting" => vec![State::Unsettled, State::ToRegister],
        "registrerade" | "registrerad" | "registered" => vec![State::Registered],
        "ordnade" | "ordnad" | "in-order" => vec![State::InOrder],
        "ringa" | "minor" => vec![State::Minor],
        "alla" | "all" => Vec::new(),
        _ => {
            return Err(unknown(
                word,
                text::Text(
                    "skriv väntar, registrerade, ordnade, ringa eller alla",
                    "write waiting, registered, in-order, minor or all",
                ),
            ));
        }
    })
}

fn direction(word: Option<&str>) -> Result<v1::RegisterDirection, Problem> {
    Ok(match word.map(fold).as_deref() {
        None => v1::RegisterDirection::Unspecified,
        Some("in") => v1::RegisterDirection::Received,
        Some("ut" | "out") => v1::RegisterDirection::Dispatched,
        Some(_) => {
            return Err(unknown(word.unwrap_or_default(), text::Text("skriv in eller ut", "write in or out")));
        }
    })
}

fn unknown(word: &str, remedy: text::Text) -> Problem {
    let what = text::Text("'{}' går inte att välja.", "'{}' cannot be chosen.");
    Problem::new(Code::InputValue, what.with(&[word]), remedy)
}

fn state_id(state: State) -> &'static str {
    match state {
        State::Unspecified => "unknown",
        State::Unsettled => "unsettled",
        State::ToRegister => "to-register",
        State::InOrder => "in-order",
        State::Registered => "registered",
        State::Minor => "minor",
    }
}

fn state_text(state: State) -> text::Text {
    match state {
        State::Unspecified | State::Unsettled => text::REGISTER_UNSETTLED,
        State::ToRegister => text::REGISTER_TO_REGISTER,
        State::InOrder => text::REGISTER_IN_ORDER,
        State::Registered => text::REGISTER_REGISTERED,
        State::Minor => text::REGISTER_MINOR,
    }
}

fn or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

fn item_json(item: &v1::RegisterItem) -> Value {
    let decision = item.decision.as_ref().map(|d| {
        json!({
            "at": time::iso(d.at_ms),
            "count": d.count,
            "number": or_null(&d.number),
            "document_number": if d.number.is_empty() { Value::Null } else { json!(d.document_number) },
            "subject": d.subject,
            "protected_subject": d.protected_subject,
            "counterpart_protected": d.counterpart_protected,
            "class": d.class,
            "reason": d.reason,
        })
    });
    json!({
        "id": item.id,
        "authority": item.authority,
        "direction": match item.direction() {
            v1::RegisterDirection::Dispatched => "dispatched",
            _ => "received",
        },
        "counterpart": or_null(&item.counterpart),
        "document_id": item.document_id,
        "title": item.title,
        "purpose": purpose_id(item.purpose()),
        "audience": audience_id(item.audience()),
        "version": item.version,
        "at": time::iso(item.at_ms),
        "released": time::iso(item.released_ms),
        "state": state_id(item.state()),
        "overdue": item.overdue,
        "decision": decision,
        "proposed_number": or_null(&item.proposed_number),
        "proposed_document_number":
            if item.proposed_number.is_empty() { Value::Null } else { json!(item.proposed_document_number) },
    })
}
