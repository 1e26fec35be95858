//! What a body looks at when it meets.

use super::{
    Material, Order,
    chapters::{self, named, written},
    decisions, programme, works,
};
use samsyn_client::county::programme::risks::Review;
use samsyn_paper::Section;

pub(super) fn sections(order: &Order, county: &Material) -> Vec<Section> {
    let (since, met) = order.since(county);
    let changed = if met {
        format!("Ändrat sedan förra mötet {}", written(since))
    } else {
        format!("Ändrat sedan {} (inget tidigare möte finns i årshjulet)", written(since))
    };
    let overdue =
        |risk: &samsyn_client::county::programme::risks::Risk| matches!(risk.review, Review::Never | Review::Overdue);
    vec![
        Section::new("Läget i korthet").text(chapters::headline(order, county)),
        decisions::proposals(order, county),
        decisions::waiting(county),
        named(&changed, chapters::changed(county, since)),
        Section::new("Gula och röda arbeten")
            .table(works::deviating(county), "Inget arbete har gult eller rött i sin senaste rapport."),
        programme::signals(county),
        Section::new("Risker att gå igenom")
            .table(programme::risks(county, order.made, overdue), "Alla öppna risker är bedömda i tid."),
        chapters::freshness(county),
        programme::calendar(order, county),
    ]
}
