//! Commands that only read.

use super::{Outcome, release};
use crate::{
    cli::ListArgs,
    config::Config,
    copy::WorkingCopy,
    input, json, mark,
    node::{Node, Parties},
    problem::Problem,
    show::{self, Reader},
    table::{clean_lines, pairs, table},
    text::{self, Lang},
    time, vocabulary,
};
use samsyn_wire::v1;
use serde_json::{Value, json};

pub(super) async fn list(config: &Config, args: &ListArgs, lang: Lang) -> Result<Outcome, Problem> {
    // Words are checked before the node is asked.
    let id = |kind: vocabulary::Kind, text: &Option<String>, field: &str| {
        let word = text.as_deref().map(|t| input::word(kind, t, field)).transpose()?;
        Ok::<_, Problem>(word.map(|w| w.id.to_owned()))
    };
    let mut request = v1::ListWorksRequest {
        party: None,
        stage: id(vocabulary::STAGE, &args.stage, "stage")?,
        target_group: id(vocabulary::TARGET_GROUP, &args.target_group, "target-group")?,
        form: id(vocabulary::FORM, &args.form, "form")?,
        text: args.text.clone(),
        include_drafts: args.drafts,
        ..v1::ListWorksRequest::default()
    };
    let node = Node::connect(config).await?;
    let parties = node.parties().await?;
    request.party = args.party.as_deref().map(|t| input::party(&parties, t, "party")).transpose()?;
    let mut list = node.works(request.clone()).await?;
    for _ in 1..args.page {
        if list.next_page_token.is_empty() {
            list.works.clear();
            break;
        }
        request.page_token.clone_from(&list.next_page_token);
        list = node.works(request.clone()).await?;
    }
    let shown = show::works(&list, args.page, Reader { lang, parties: &parties });
    Ok(Outcome::new(shown, json::works(&list, args.page)))
}

pub(super) async fn show(config: &Config, id: &str, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let work = node.work(id).await?;
    let parties = node.parties().await?;
    let copy = match &work.draft {
        // What the own node has not shared is shown where this device may read it.
        Some(draft) => WorkingCopy::pull(&node, &draft.working_copy_id).await.ok(),
        None => None,
    };
    let mut shown = show::work(&work, copy.as_ref(), Reader { lang, parties: &parties })?;
    let mut data = json::work(&work);
    if let Some(copy) = &copy {
        // Only what has been asked for lately is there; a node from before there were requests has none.
        let requests = release::requests(&node).await.unwrap_or_default();
        if let Some(request) = requests.iter().find(|r| r.working_copy_id == copy.id) {
            let state = release::state(request, lang);
            shown.push_str(&format!("\n{}\n", clean_lines(&text::RELEASE_OF_DRAFT.say(lang, &[&state]))));
            data["release_request"] = release::request_json(request);
        }
        let draft = copy.draft()?;
        let marks = mark::marks(&draft);
        let marks =
            marks.iter().map(|(path, mark)| json!({"path": path.as_ref().map(ToString::to_string), "mark": mark}));
        data["marks"] = marks.collect();
        let private = draft.private.iter().filter(|(key, _)| !mark::is_mark(key));
        data["private"] = json!(private.collect::<std::collections::BTreeMap<_, _>>());
    }
    Ok(Outcome::new(shown, data))
}

pub(super) async fn history(config: &Config, id: &str, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let history = node.history(id).await?;
    let parties = node.parties().await?;
    Ok(Outcome::new(show::history(&history, Reader { lang, parties: &parties }), json::history(&history)))
}

pub(super) async fn similar(config: &Config, id: &str, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let found = match node.call(node.portfolio().similar(v1::SimilarRequest { id: id.to_owned() })).await {
        Ok(found) => found,
        Err(problem) => return Err(node.suggest(problem, id).await),
    };
    let parties = node.parties().await?;
    Ok(Outcome::new(show::similar(&found, Reader { lang, parties: &parties }), json::similar(&found)))
}

pub(super) async fn parties(config: &Config, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let parties = node.parties().await?;
    Ok(Outcome::new(parties_table(&parties, lang), json::parties(&parties.0)))
}

fn parties_table(parties: &Parties, lang: Lang) -> String {
    let headings =
        [text::PARTY, text::NAME, text::CONNECTED, text::LAST_CONTACT, text::LAST_CONTENT, text::COMMITS, text::BEHIND];
    let when = |ms: Option<u64>| ms.map_or_else(|| text::UNKNOWN.of(lang).to_owned(), time::local);
    let row = |p: &v1::Party| {
        let connected = if p.connected { text::YES } else { text::NO };
        let (connected, contact) = if p.own {
            (text::OWN.of(lang), text::NOW.of(lang).to_owned())
        } else {
            (connected.of(lang), when(p.last_contact_ms))
        };
        let numbers = [p.commits.to_string(), p.commits_behind.to_string()];
        let mut cells = vec![p.id.clone(), p.name.clone(), connected.to_owned(), contact, when(p.last_content_ms)];
        cells.extend(numbers);
        cells
    };
    let rows: Vec<Vec<String>> = parties.0.iter().map(row).collect();
    table(&headings.map(|h| h.of(lang)), &rows)
}

pub(super) async fn status(config: &Config, lang: Lang) -> Result<Outcome, Problem> {
    let node = Node::connect(config).await?;
    let status = node.status().await?;
    let data: Value = json::status(&status);
    Ok(Outcome::new(status_text(&status, lang), data))
}

fn status_text(s: &v1::StatusResponse, lang: Lang) -> String {
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut row = |label: text::Text, value: String| rows.push((label.of(lang).to_owned(), value));
    let short = |hash: &str| hash.chars().take(12).collect::<String>();
    row(text::STATUS_NODE, format!("{} (samsyn {})", s.organisation, s.version));
    let name = if s.federation_name.is_empty() { String::new() } else { format!("{} ", s.federation_name) };
    row(text::STATUS_FEDERATION, format!("{name}{}", short(&s.federation_id)));
    row(text::STATUS_CHARTER, text::CHARTER_LINE.say(lang, &[&s.charter_version.to_string(), &short(&s.charter_hash)]));
    if s.charter_disputed {
        row(text::STATUS_CHARTER, text::STATUS_CHARTER_DISPUTED.of(lang).to_owned());
    }
    let counts = [s.works, s.documents, s.commits, s.conflicts].map(|n| n.to_string());
    row(text::STATUS_COUNTS, text::STATUS_COUNTS_LINE.say(lang, &counts.each_ref().map(String::as_str)));
    let waiting = [s.pending, s.refused, s.forks, s.missing_values, s.unproven].map(|n| n.to_string());
    row(text::STATUS_WAITING, text::STATUS_WAITING_LINE.say(lang, &waiting.each_ref().map(String::as_str)));
    if let Some(county) = s.spaces.iter().find(|space| space.county) {
        row(text::STATUS_DIGEST, county.digest.clone());
    }
    row(text::STATUS_STORE, s.store.clone());
    row(text::STATUS_UPTIME, time::local(time::now_ms().saturating_sub(s.uptime_ms)));
    let mut shown = pairs(&rows);
    for clock in &s.clock_warnings {
        let seconds = (clock.differs_ms / 1_000).to_string();
        shown.push_str(&text::STATUS_CLOCK.say(lang, &[&clock.party, &seconds]));
        shown.push('\n');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parties_show_who_has_been_silent() {
        let party = |id: &str, own, contact| v1::Party {
            id: id.into(),
            name: format!("{id} kommun"),
            own,
            last_contact_ms: contact,
            commits: 3,
            ..v1::Party::default()
        };
        let parties = Parties(vec![party("ange", true, None), party("timra", false, None)]);
        let shown = parties_table(&parties, Lang::Sv);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[2].contains("(egen)") && lines[2].contains(" nu "), "{shown}");
        assert!(lines[3].contains("nej") && lines[3].contains("okänt"), "{shown}");
    }

    #[test]
    fn status_tells_of_a_dispute_and_of_clocks() {
        let status = v1::StatusResponse {
            charter_disputed: true,
            clock_warnings: vec![v1::ClockWarning { party: "timra".into(), differs_ms: 3_600_000 }],
            ..v1::StatusResponse::default()
        };
        let shown = status_text(&status, Lang::Sv);
        assert!(shown.contains("OMTVISTAT") && shown.contains("Klockan hos timra skiljer 3600 s"), "{shown}");
    }
}
