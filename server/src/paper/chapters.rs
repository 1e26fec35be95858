//! What several papers show: each a chapter, or a table of one.

use super::{Material, Order, ROWS_MAX, UNKNOWN};
use samsyn_client::{
    county::{
        decision::{Decision, Summary, words},
        indicators::{Measure, Set, figure::Figure, period::Sex},
        programme::{
            budget::{self, Line, Rest},
            learning, resources,
            risks::{self, Review, Risk},
        },
        work::{FACTORS, Report, Work},
    },
    text::Lang,
    time, vocabulary,
};
use samsyn_core::{
    date::{self, Day, Span},
    value::Value,
};
use samsyn_paper::{Section, Table};
use std::collections::BTreeMap;

const SV: Lang = Lang::Sv;

/// The first of the days that a written date may mean.
pub(super) fn day(written: Option<&str>) -> Option<Day> {
    match date::parse(written?) {
        Ok(Span::Days { first, .. }) => Some(first),
        Ok(Span::Unknown) | Err(_) => None,
    }
}

/// `2026-11-24`.
pub(super) fn written((year, month, day): Day) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

pub(super) fn or_unknown(text: Option<&str>) -> String {
    text.map_or_else(|| UNKNOWN.to_owned(), ToOwned::to_owned)
}

fn on(ms: u64) -> String {
    if ms == 0 { UNKNOWN.to_owned() } else { written(time::day_of(ms)) }
}

fn figure(number: Option<i64>) -> String {
    number.map_or_else(|| UNKNOWN.to_owned(), |n| n.to_string())
}

/// The first rows of a table that would be too long, and a word of how many there are.
fn cut(mut rows: Vec<Vec<String>>, columns: usize) -> Vec<Vec<String>> {
    let more = rows.len().saturating_sub(ROWS_MAX);
    if more > 0 {
        rows.truncate(ROWS_MAX);
        let mut last = vec![String::new(); columns];
        last[0] = format!("… och {more} till: se nodens sidor");
        rows.push(last);
    }
    rows
}

fn table(caption: impl Into<String>, head: &[&str], rows: Vec<Vec<String>>) -> Table {
    Table::new(caption, head).rows(cut(rows, head.len()))
}

fn title(work: &Work) -> String {
    work.title.clone().filter(|title| !title.trim().is_empty()).unwrap_or_else(|| "(utan titel)".to_owned())
}

fn stage(work: &Work) -> String {
    Material::word(vocabulary::STAGE, work.stage.as_deref())
}

fn by_title<'a>(works: impl Iterator<Item = &'a Work>) -> Vec<&'a Work> {
    let mut works: Vec<&Work> = works.collect();
    works.sort_by_cached_key(|work| (crate::projection::fold(&title(work)), work.document_id.clone()));
    works
}

/// Of the portfolio: neither ideas nor what has ended.
fn goes_on(work: &Work) -> bool {
    matches!(work.stage.as_deref(), Some("included" | "ongoing" | "dormant"))
}

/// A number with its noun, in the singular or the plural.
fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// Where the county is in some sentences, made of the same figures as the tables below them.
pub(super) fn headline(order: &Order, county: &Material) -> String {
    let going: Vec<&Work> = county.works.iter().filter(|work| goes_on(work)).collect();
    let reported = going.iter().filter(|work| work.latest().is_some()).count();
    let grave = going.iter().filter(|work| grave(work).is_some()).count();
    let open = undecided(order, county).len();
    let waiting = county.decisions.iter().filter(|d| waits(d, county)).count();
    let works = count(
        going.len(),
        "arbete är inkluderat, pågående eller vilande",
        "arbeten är inkluderade, pågående eller vilande",
    );
    format!(
        "{} av {} parter har uppgifter som är aktuella. {works}; {reported} av dem har lämnat någon statusrapport och \
         {grave} har gult eller rött i den senaste. {} och {}.",
        county.current(),
        county.parties.0.len(),
        count(open, "förslag är inte beslutat", "förslag är inte beslutade"),
        count(waiting, "beslut väntar på någon part", "beslut väntar på någon part"),
    )
}

/// Works by stage.
pub(super) fn stages(county: &Material) -> Table {
    let mut counts: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for work in &county.works {
        *counts.entry(work.stage.as_deref()).or_default() += 1;
    }
    let known = vocabulary::STAGE.words.iter().map(|word| (Some(word.id), word.label.of(SV)));
    let all = known.chain([(None, "okänt eller motstridigt")]);
    let rows = all.filter_map(|(id, label)| Some(vec![label.to_owned(), counts.get(&id)?.to_string()]));
    let total = vec!["Alla".to_owned(), county.works.len().to_string()];
    let caption = "Arbeten per skede. Räknar varje arbete en gång, hos den part som äger det.";
    Table::new(caption, &["Skede", "Antal"]).figures(&[1]).rows(rows.chain([total]))
}

/// The works of the portfolio.
pub(super) fn portfolio(county: &Material, wanted: impl Fn(&Work) -> bool, caption: &str) -> Table {
    let partners = |work: &Work| {
        let said = Some(work.partners.clone()).filter(|partners| !partners.is_empty());
        said.map_or_else(|| UNKNOWN.to_owned(), |partners| county.reader().value(&Value::References(partners)))
    };
    let row =
        |work: &Work| vec![title(work), county.name(&work.owner), partners(work), stage(work), on(work.updated_ms)];
    let works = by_title(county.works.iter().filter(|work| wanted(work)));
    let head = ["Arbete", "Ägare", "Parter", "Skede", "Senast ändrat"];
    table(caption, &head, works.into_iter().map(row).collect())
}

/// The latest report, where it is yellow or red and the work goes on.
fn grave(work: &Work) -> Option<&Report> {
    let report = work.latest().filter(|_| goes_on(work))?;
    matches!(report.gravest(), Some("yellow" | "red")).then_some(report)
}

/// Works whose latest report has yellow or red in it.
pub(super) fn deviating(county: &Material) -> Table {
    let row = |work: &&Work| {
        let report = grave(work)?;
        let says =
            |factor: &&str| Some(format!("{}: {}", vocabulary_factor(factor), status(report.factors.get(*factor)?)));
        let factors = FACTORS.iter().filter_map(says).collect::<Vec<_>>().join("\n");
        let (date, comment) = (or_unknown(report.date.as_deref()), or_unknown(report.comment.as_deref()));
        Some(vec![title(work), county.name(&work.owner), factors, comment, date])
    };
    let works = by_title(county.works.iter());
    let head = ["Arbete", "Ägare", "Självskattning", "Kommentar", "Rapport"];
    table("Arbeten med gult eller rött i sin senaste rapport", &head, works.iter().filter_map(row).collect())
}

fn vocabulary_factor(factor: &str) -> &'static str {
    match factor {
        "time" => "tid",
        "cost" => "kostnad",
        "cooperation" => "samverkan",
        _ => "nytta",
    }
}

fn status(colour: &str) -> &str {
    vocabulary::STATUS.show(colour, SV)
}

/// Works and decisions that have changed since a day.
pub(super) fn changed(county: &Material, since: Day) -> Section {
    let later = |ms: u64| ms > 0 && time::day_of(ms) >= since;
    let works = portfolio(county, |work| later(work.updated_ms), "Arbeten som har ändrats");
    let decisions: Vec<&Decision> = county.decisions.iter().filter(|d| later(d.updated_ms)).collect();
    let row = |d: &&Decision| vec![name(d), body(d), concluded(d), on(d.updated_ms)];
    let head = ["Ärende", "Organ", "Läge", "Senast ändrat"];
    Section::new("").table(works, "Inga arbeten har ändrats.").table(
        table("Ärenden som har ändrats", &head, decisions.iter().map(row).collect()),
        "Inga ärenden har ändrats.",
    )
}

fn name(decision: &Decision) -> String {
    decision.title.clone().unwrap_or_else(|| "(utan rubrik)".to_owned())
}

fn body(decision: &Decision) -> String {
    or_unknown(decision.body_name.as_deref())
}

fn concluded(decision: &Decision) -> String {
    decision.concluded().map_or_else(
        || "inte beslutat".to_owned(),
        |(outcome, stated)| {
            let label = vocabulary::OUTCOME.show(outcome, SV);
            if stated { format!("{label} (enligt källan)") } else { label.to_owned() }
        },
    )
}

/// What the body has before it: proposals that nothing has come of; of every body where none is asked for.
fn undecided<'a>(order: &Order, county: &'a Material) -> Vec<&'a Decision> {
    let asked = |d: &&Decision| {
        order.body.is_none() || d.body.as_ref().is_some_and(|body| Some(body.id.as_str()) == order.body.as_deref())
    };
    county.decisions.iter().filter(asked).filter(|decision| decision.is_open()).collect()
}

pub(super) fn proposals(order: &Order, county: &Material) -> Section {
    let proposals = undecided(order, county);
    let mut section = Section::new("Att besluta");
    for decision in &proposals {
        section = section.heading(name(decision));
        let text = decision.decided_text().and_then(|version| version.text.clone());
        section = match text {
            Some(text) => section.text(text),
            None => section.nothing("Ingen text är ställd till beslut än."),
        };
        let motions = decision.motions.iter().filter_map(|m| {
            let by = m.by.as_deref().map(|by| format!("{}: ", county.name(by))).unwrap_or_default();
            Some(format!("Yrkande. {by}{}", m.text.as_deref()?))
        });
        let motions: Vec<String> = motions.collect();
        if !motions.is_empty() {
            section = section.list(motions, "");
        }
    }
    if proposals.is_empty() { section.nothing("Inget förslag väntar på beslut.") } else { section }
}

/// True if it is adopted and some party has not said what it does.
fn waits(decision: &Decision, county: &Material) -> bool {
    decision.awaited(county.orgs()).is_some()
}

/// What the parties have decided of what a body has.
pub(super) fn ratifications(county: &Material, wanted: impl Fn(&Decision) -> bool) -> Table {
    let row = |d: &&Decision| {
        let progress = d.progress(county.orgs());
        // Parties that say the same in one line.
        let mut alike: BTreeMap<Summary, Vec<String>> = BTreeMap::new();
        for org in county.orgs().filter(|org| d.concerns(org)) {
            alike.entry(d.cell(org).summary()).or_default().push(county.name(org));
        }
        let line = |(summary, parties): (&Summary, &Vec<String>)| {
            let (sign, label) = words::summary(*summary);
            format!("{sign} {}: {}", label.of(SV), parties.join(", "))
        };
        let adopted = format!("{} av {}", progress.adopted, progress.parties);
        vec![name(d), concluded(d), adopted, alike.iter().map(line).collect::<Vec<_>>().join("\n")]
    };
    let decisions: Vec<&Decision> = county.decisions.iter().filter(|d| d.asks_parties() && wanted(d)).collect();
    let head = ["Ärende", "Organets beslut", "Antaget av", "Parternas egna beslut"];
    table("Vad parterna har beslutat var för sig", &head, decisions.iter().map(row).collect())
}

pub(super) fn waiting(county: &Material) -> Section {
    Section::new("Beslut som väntar på parterna")
        .table(ratifications(county, |d| waits(d, county)), "Inget beslut väntar på någon part.")
}

/// What the executive level should know and has not closed.
pub(super) fn signals(county: &Material) -> Section {
    let learning = learning::read(&county.programme);
    let open = learning.signals.iter().filter(|signal| signal.state.as_deref() != Some("closed"));
    let row = |signal: &learning::Signal| {
        let state = Material::word(vocabulary::SIGNAL, signal.state.as_deref());
        vec![or_unknown(signal.text.as_deref()), or_unknown(signal.date.as_deref()), state]
    };
    let rows = open.map(row).collect();
    Section::new("Signaler till högsta tjänsteledningen")
        .table(table("Signaler som inte är avslutade", &["Signal", "Datum", "Läge"], rows), "Ingen signal är öppen.")
}

/// The risks that are open, the gravest first; those without a value last.
pub(super) fn risks(county: &Material, today: Day, wanted: impl Fn(&Risk) -> bool) -> Table {
    let read = risks::read(&county.programme, today);
    let mut open: Vec<&Risk> = read.risks.iter().filter(|r| r.review != Review::Closed && wanted(r)).collect();
    open.sort_by_cached_key(|risk| (std::cmp::Reverse(risk.value), risk.name.clone()));
    let row = |risk: &&Risk| {
        let review = match risk.review {
            Review::Never => "aldrig bedömd".to_owned(),
            Review::Overdue => format!("skulle ha setts över {}", or_unknown(risk.next_review.as_deref())),
            _ => or_unknown(risk.next_review.as_deref()),
        };
        let value = risk.value.map_or_else(|| "inte bedömd".to_owned(), |v| v.to_string());
        let owner = risk.owner.as_deref().map_or_else(|| UNKNOWN.to_owned(), |org| county.name(org));
        vec![or_unknown(risk.name.as_deref()), value, or_unknown(risk.handling.as_deref()), owner, review]
    };
    let caption =
        format!("Öppna risker, högst riskvärde först (sannolikhet × konsekvens, var och en 1–{})", read.scale);
    let head = ["Risk", "Riskvärde", "Hantering", "Ansvarig", "Nästa genomgång"];
    table(caption, &head, open.iter().map(row).collect()).figures(&[1])
}

/// How fresh each party's part is. When its node was heard from leaves no trace, and so stands in no paper.
pub(super) fn freshness(county: &Material) -> Section {
    let row = |party: &samsyn_wire::v1::Party| {
        let clocks = county.clocks.get(&party.id).cloned().unwrap_or_default();
        let state = clocks.state(county.at_ms, county.interval_days());
        let time = |ms: Option<u64>| ms.map_or_else(|| "ingen uppgift".to_owned(), on);
        let state = format!("{} {}", state.sign(), state.label().of(SV));
        vec![party.name.clone(), time(clocks.content_ms), time(clocks.attested_ms), state]
    };
    let caption =
        format!("Aktuell är den som har ändrat eller bekräftat något de senaste {} dagarna", county.interval_days());
    let head = ["Part", "Senast ändrat", "Senast bekräftat oförändrat", "Läge"];
    let rows = county.parties.0.iter().map(row).collect();
    Section::new("Hur färska uppgifterna är").table(table(caption, &head, rows), "Ingen part är känd.")
}

/// Seminars, conferences and courses whose day is within a time.
pub(super) fn activities(county: &Material, (from, to): (Day, Day)) -> Table {
    let learning = learning::read(&county.programme);
    let within = |a: &&learning::Activity| day(a.date.as_deref()).is_some_and(|day| from <= day && day <= to);
    let row = |a: &learning::Activity| {
        let kind = Material::word(vocabulary::ACTIVITY, a.kind.as_deref());
        vec![or_unknown(a.title.as_deref()), kind, or_unknown(a.date.as_deref()), figure(a.participants)]
    };
    let mut rows: Vec<Vec<String>> = learning.activities.iter().filter(within).map(row).collect();
    rows.reverse(); // the earliest first
    let known: Vec<i64> = learning.activities.iter().filter(within).filter_map(|a| a.participants).collect();
    let caption = format!(
        "Aktiviteter {} till {}. Deltagare är kända för {} av {}: sammanlagt {}",
        written(from),
        written(to),
        known.len(),
        rows.len(),
        known.iter().sum::<i64>()
    );
    table(caption, &["Aktivitet", "Slag", "Datum", "Deltagare"], rows).figures(&[3])
}

/// The posts of a year, in per cent of full time.
pub(super) fn posts(county: &Material, year: &str, today: Day) -> Section {
    let staff = resources::read(&county.programme, year, today);
    let row = |post: &resources::Post| {
        let vacant = post.vacant.map_or_else(|| UNKNOWN.to_owned(), |n| n.to_string());
        let cells = [or_unknown(post.name.as_deref()), figure(post.posts), figure(post.percent), vacant];
        cells.into_iter().chain([post.note.clone().unwrap_or_default()]).collect()
    };
    let rows: Vec<Vec<String>> = staff.posts.iter().map(row).collect();
    let sum = format!("Procent av heltid, {year}. Rollerna är tillsammans {} procent", staff.percent);
    let missing = if staff.missing > 0 { format!("; för {} saknas uppgift", staff.missing) } else { String::new() };
    let published = staff.published.filter(|p| *p != staff.percent);
    let published = published.map(|p| format!("; publicerad summa är {p}")).unwrap_or_default();
    let head = ["Roll", "Antal", "Procent av heltid", "Varav vakanta", "Kommentar"];
    let nothing = format!("Inga roller är angivna för {year}.");
    let section = Section::new("").table(table(sum + &missing + &published, &head, rows).figures(&[1, 2, 3]), &nothing);
    match staff.note {
        Some(note) => section.text(note),
        None => section,
    }
}

/// Budget and outcome of a year. Parts need not add up: what is left is said, and nothing is corrected.
pub(super) fn budget(county: &Material, year: &str) -> Section {
    let municipalities: Vec<String> =
        county.parties.0.iter().filter(|p| p.kind == "municipality").map(|p| p.id.clone()).collect();
    let read = budget::read(&county.programme, year, &municipalities);
    let kronor = |ore: Option<i64>| ore.map_or_else(|| UNKNOWN.to_owned(), |o| county.reader().value(&Value::Money(o)));
    let mut rows = Vec::new();
    for line in &read.lines {
        add_line(&mut rows, line, 0, &kronor);
    }
    let mut remarks = Vec::new();
    for (what, total) in [("budget", &read.budget), ("utfall", &read.outcome)] {
        if !rows.is_empty() && total.missing == 0 {
            remarks.push(format!("Summan av posternas {what} är {}.", kronor(Some(total.sum))));
        }
        if let Some(published) = total.published {
            let rest = rest(&total.rest, &kronor).map(|rest| format!(" ({rest})")).unwrap_or_default();
            remarks.push(format!("Publicerad summa, {what}: {}{rest}.", kronor(Some(published))));
        }
    }
    for share in &read.key {
        let bearer = if share.bearer == "region" { "Regionen" } else { "Kommunerna" };
        remarks.push(format!(
            "{bearer} bär {} procent: budget {}, utfall {}.",
            figure(share.percent),
            kronor(share.budget),
            kronor(share.outcome)
        ));
    }
    let head = ["Post", "Budget", "Utfall", "Kommentar"];
    let nothing = format!("Ingen budget är angiven för {year}.");
    let section =
        Section::new("").table(table(format!("Budget och utfall {year}"), &head, rows).figures(&[1, 2]), &nothing);
    if remarks.is_empty() { section } else { section.list(remarks, "") }
}

fn add_line(rows: &mut Vec<Vec<String>>, line: &Line, depth: usize, kronor: &impl Fn(Option<i64>) -> String) {
    let name = or_unknown(line.name.as_deref());
    let name = if depth > 0 { format!("varav {name}") } else { name };
    let left = [("budget", &line.rest_of_budget), ("utfall", &line.rest_of_outcome)];
    let left = left.into_iter().filter_map(|(of, left)| Some(format!("{of}: {}", rest(left, kronor)?)));
    let note = line.note.iter().cloned().chain(left).collect::<Vec<_>>().join("\n");
    rows.push(vec![name, kronor(line.budget), kronor(line.outcome), note]);
    for part in &line.parts {
        add_line(rows, part, depth + 1, kronor);
    }
}

/// What parts leave of their whole, in words; none where there is nothing to say.
fn rest(rest: &Rest, kronor: &impl Fn(Option<i64>) -> String) -> Option<String> {
    match rest {
        Rest::Nothing => None,
        Rest::Rounding(ore) => Some(format!("{} av avrundning", kronor(Some(*ore)))),
        Rest::Unallocated(ore) => Some(format!("{} är inte fördelat", kronor(Some(*ore)))),
        Rest::Exceeds(ore) => Some(format!("delarna är {} mer än det hela", kronor(Some(*ore)))),
        Rest::Unknown => Some("kan inte jämföras".to_owned()),
    }
}

/// The areas of the roadmaps, with how many parties have said what.
pub(super) fn roadmap(county: &Material) -> Table {
    let all = county.parties.0.len();
    let rows = county.roadmaps.iter().flat_map(|roadmap| &roadmap.areas).map(|area| {
        let period =
            area.period.clone().unwrap_or_else(|| if area.continuing { "påbörjat" } else { UNKNOWN }.to_owned());
        let counted = |n: usize| format!("{n} av {all}");
        vec![or_unknown(area.title.as_deref()), period, counted(area.answered()), counted(area.with_plan())]
    });
    let head = ["Område", "Period", "Parter som har svarat", "Parter med lokal plan"];
    table("Färdplanens områden", &head, rows.collect()).figures(&[2, 3])
}

/// Working methods, with how many parties have said what and how many have introduced them.
pub(super) fn rollout(county: &Material) -> Table {
    let all = county.parties.0.len();
    let rows = county.rollouts.iter().flat_map(|rollout| &rollout.methods).map(|method| {
        let counted = |n: usize| format!("{n} av {all}");
        vec![or_unknown(method.title.as_deref()), counted(method.answered()), counted(method.introduced())]
    });
    let head = ["Arbetssätt", "Parter som har svarat", "Parter som har infört"];
    table("Breddinförande av arbetssätt. Den som inte har svarat räknas inte som nej", &head, rows.collect())
        .figures(&[1, 2])
}

/// The measures that somebody has a value of, with how many report; and how many nobody has.
pub(super) fn measures(county: &Material) -> Section {
    let members = county.members();
    let all: Vec<&Measure> = county.sets.iter().flat_map(Set::measures).collect();
    let valued = all.iter().filter(|measure| measure.reporting(&members) > 0);
    let row = |measure: &&Measure| {
        let reporting = format!("{} av {}", measure.reporting(&members), measure.concerned(&members).len());
        let columns = measure.columns(&members, Sex::All);
        let latest = columns.last().map_or_else(|| "per kön".to_owned(), |column| column.period.segment());
        let whole = columns.last().and_then(|column| column.county);
        let written = |figure: Option<Figure>| figure.map_or_else(|| "–".to_owned(), |figure| figure.to_string());
        vec![or_unknown(measure.name.as_deref()), reporting, latest, written(whole), written(measure.target)]
    };
    let rows: Vec<Vec<String>> = valued.map(row).collect();
    let without = all.len() - rows.len();
    let caption =
        "Mått med värden. Länets värde visas när alla som berörs har rapporterat och ett sätt att räkna är bestämt";
    let head = ["Mått", "Parter som har rapporterat", "Senaste period", "Länets värde", "Mål"];
    let section = Section::new("Uppföljning")
        .table(table(caption, &head, rows).figures(&[1, 3, 4]), "Inget mått har något värde än.");
    match (all.len(), without) {
        (0, _) => section.nothing("Inga mått är angivna."),
        (all, without) if without == 0 || without == all => section,
        (all, without) => section.text(format!("{without} av {all} mått har inget värde än.")),
    }
}

/// What the parties have learnt.
pub(super) fn lessons(county: &Material, since: Option<Day>) -> Table {
    let later = |written: Option<&str>| since.is_none_or(|since| day(written).is_some_and(|day| day >= since));
    let rows = county.lessons.iter().filter(|lesson| later(lesson.date.as_deref())).map(|lesson| {
        let text = or_unknown(lesson.lesson.as_deref());
        vec![text, or_unknown(lesson.title.as_deref()), county.name(&lesson.party), or_unknown(lesson.date.as_deref())]
    });
    table("Lärdomar", &["Lärdom", "Arbete", "Part", "Datum"], rows.collect())
}

/// Meetings and days of decision to come.
pub(super) fn calendar(order: &Order, county: &Material) -> Section {
    let from = order.day().unwrap_or(order.made);
    let events = samsyn_client::county::programme::calendar::read(&county.programme);
    let coming = events.iter().filter(|event| event.days.is_some_and(|(first, _)| first > from)).take(10);
    let row = |event: &samsyn_client::county::programme::calendar::Event| {
        let body = county.body_name(event.body.as_deref(), order.made).unwrap_or_default();
        let kind = vocabulary::EVENT.show(&event.kind, SV).to_owned();
        vec![event.title.clone(), or_unknown(event.date.as_deref()), kind, body]
    };
    let head = ["Vad", "När", "Slag", "Organ"];
    Section::new("Kommande dagar i årshjulet")
        .table(table("De tio närmaste", &head, coming.map(row).collect()), "Inget är inplanerat.")
}

/// A chapter of its own name with what another has.
pub(super) fn named(title: &str, section: Section) -> Section {
    Section { title: title.to_owned(), ..section }
}

/// What somebody has written for a chapter of an annual report.
pub(super) fn chapter(county: &Material, year: &str, part: &str) -> Option<String> {
    let text = county.programme.text(&format!("/annual/{year}/{part}"))?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Trends or areas to develop of a year.
pub(super) fn notes(notes: &[learning::Note], year: &str) -> Vec<String> {
    notes.iter().filter(|note| note.year == year).filter_map(|note| note.text.clone()).collect()
}

/// The year that a report is of, or that a meeting is in.
pub(super) fn year(order: &Order) -> String {
    let (year, ..) = order.day().unwrap_or(order.made);
    year.to_string()
}

/// The latest year that a part of the programme says something of, and not later than the one asked for.
pub(super) fn latest_year(county: &Material, part: &str, year: &str) -> String {
    let years = samsyn_client::county::programme::years(&county.programme, part);
    years.into_iter().filter(|other| other.as_str() <= year).max().unwrap_or_else(|| year.to_owned())
}
