//! What the steering group looks at before a decision point: the points of its agenda in their order, each with what there
//! is, or word that there is nothing.

use super::{
    Material, Order,
    chapters::{self, named, written},
    decisions, plans, programme, works,
};
use samsyn_client::{
    county::criteria,
    county::programme::goals,
    text::Lang,
    vocabulary::{AGENDA, CRITERION},
};
use samsyn_paper::{Section, Table};

/// The decision point whose day it is, as it is called; the half-yearly one where none has that day.
pub(super) fn name(order: &Order, county: &Material) -> String {
    point(order, county).unwrap_or_else(|| "b5".to_owned()).to_uppercase()
}

fn point(order: &Order, county: &Material) -> Option<String> {
    let has_day = |point: &&str| {
        let dates = format!("/decision-points/{point}/dates");
        let said = |id: &str| county.programme.text(&format!("{dates}/{id}")) == Some(order.date.as_str());
        county.programme.below(&dates).into_iter().any(said)
    };
    county.programme.below("/decision-points").into_iter().find(has_day).map(ToOwned::to_owned)
}

pub(super) fn sections(order: &Order, county: &Material) -> Vec<Section> {
    let of = point(order, county).unwrap_or_else(|| "b5".to_owned());
    let agenda = county.programme.references(&format!("/decision-points/{of}/agenda"));
    // Where nothing says what is taken up, everything is.
    let taken_up = |id: &str| agenda.is_empty() || agenda.contains(format!("agenda:{id}").as_str());
    let points = AGENDA.words.iter().filter(|word| taken_up(word.id));
    let mut sections = vec![Section::new("Läget i korthet").text(chapters::headline(order, county))];
    sections.extend(points.map(|word| {
        let label = word.label.of(Lang::Sv);
        let mut letters = label.chars();
        let title: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        named(&title, section(word.id, order, county))
    }));
    sections.push(chapters::freshness(county));
    sections
}

fn section(point: &str, order: &Order, county: &Material) -> Section {
    let year = chapters::year(order);
    let (since, _) = order.since(county);
    let empty = Section::new("");
    match point {
        "portfolio" => {
            let unchanged = format!("Pågående arbeten som inte har ändrats sedan {}", written(since));
            let stale = |work: &samsyn_client::county::work::Work| {
                work.stage.as_deref() == Some("ongoing") && samsyn_client::time::day_of(work.updated_ms) < since
            };
            empty
                .table(works::stages(county), "Portföljen är tom.")
                .table(works::deviating(county), "Inget arbete har gult eller rött i sin senaste rapport.")
                .table(works::portfolio(county, stale, &unchanged), "Alla pågående arbeten har ändrats sedan dess.")
        }
        "programme-area-content" => {
            let areas = goals::read(&county.programme).areas.into_iter().map(|area| {
                let valid = match (area.valid_from.as_deref(), area.valid_to.as_deref()) {
                    (None, None) => super::UNKNOWN.to_owned(),
                    (from, to) => format!("{} – {}", from.unwrap_or_default(), to.unwrap_or_default()),
                };
                let lead = area.lead.as_deref().map_or_else(|| super::UNKNOWN.to_owned(), |org| county.name(org));
                vec![chapters::or_unknown(area.name.as_deref()), lead, valid]
            });
            let table = Table::new("Programområden", &["Område", "Ansvarig", "Gäller"]).rows(areas);
            empty.table(table, "Inga programområden är angivna.")
        }
        "selection-criteria" => {
            let rows = criteria::sets(&county.programme).into_iter().map(|set| {
                let label = |id: &samsyn_core::id::Name| CRITERION.show(id.as_str(), Lang::Sv).to_owned();
                let all: Vec<String> = set.mandatory.iter().map(|mandatory| label(&mandatory.id)).collect();
                let one: Vec<String> = set.at_least_one_of.iter().map(label).collect();
                vec![set.version.to_string(), all.join("\n"), one.join("\n")]
            });
            let table =
                Table::new("Kriterier för portföljen", &["Version", "Alla dessa", "Minst ett av dessa"]).rows(rows);
            empty.table(table, "Inga kriterier är angivna: nodens egna, med samverkan region och kommun, gäller.")
        }
        "change-work" => empty
            .table(programme::activities(county, (since, order.made)), "Inga aktiviteter sedan dess.")
            .table(works::lessons(county, Some(since)), "Inga nya lärdomar."),
        "competence-and-roles" => {
            programme::posts(county, &programme::latest_year(county, "resources", &year), order.made)
        }
        "implementation-plan" => empty
            .table(plans::roadmap(county), "Färdplanen har inga områden.")
            .table(plans::rollout(county), "Inget arbetssätt är angivet för breddinförande.")
            .table(decisions::ratifications(county, |_| true), "Inget beslut frågar efter parternas egna."),
        "financing" => programme::budget(county, &programme::latest_year(county, "budget", &year)),
        _ => empty.nothing("Inget att ta upp."),
    }
}
