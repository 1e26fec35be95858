//! The programme's annual report: chapters that people write, with the tables that belong to them.

use super::{Material, Order, chapters, decisions, plans, programme, works};
use samsyn_client::county::programme::learning;
use samsyn_paper::Section;

pub(super) fn sections(order: &Order, county: &Material) -> Vec<Section> {
    let year = chapters::year(order);
    let number: u16 = year.parse().unwrap_or(order.made.0);
    let (first, last) = ((number, 1, 1), (number, 12, 31));
    let learning = learning::read(&county.programme);
    let included = |work: &samsyn_client::county::work::Work| !work.is_idea();
    let begin = |title: &str, part: &str, unwritten: &str| match programme::chapter(county, &year, part) {
        Some(text) => Section::new(title).text(text),
        None if unwritten.is_empty() => Section::new(title),
        None => Section::new(title).nothing(unwritten),
    };
    let with = |mut section: Section, more: Section| {
        section.blocks.extend(more.blocks);
        section
    };
    vec![
        begin("Förord", "foreword", "Förordet är inte skrivet än."),
        begin("Sammanfattning", "summary", "").text(chapters::headline(order, county)),
        begin("Aktiviteter", "activities", "")
            .table(programme::activities(county, (first, last)), "Inga aktiviteter är angivna för året.")
            .table(works::lessons(county, Some(first)), "Inga lärdomar är angivna för året."),
        begin("Utvecklingsportfölj", "portfolio", "")
            .table(works::portfolio(county, included, "Arbeten i portföljen"), "Portföljen är tom.")
            .table(works::stages(county), "Portföljen är tom."),
        begin("Beslut", "decisions", "")
            .table(decisions::ratifications(county, |_| true), "Inget beslut frågar efter parternas egna."),
        with(begin("Organisation", "organisation", ""), programme::posts(county, &year, last)),
        with(begin("Ekonomi", "budget", ""), programme::budget(county, &year)),
        with(begin("Uppföljning", "follow-up", ""), plans::measures(county)),
        begin("Trender", "trends", "")
            .list(programme::notes(&learning.trends, &year), "Inga trender är angivna för året."),
        begin("Utvecklingsområden nästa år", "next", "")
            .list(programme::notes(&learning.next, &year), "Inga utvecklingsområden är angivna."),
    ]
}
