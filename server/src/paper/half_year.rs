//! What the executive level is told twice a year.

use super::{
    Material, Order,
    chapters::{self, named, written},
    decisions, plans, programme, works,
};
use samsyn_paper::Section;

pub(super) fn sections(order: &Order, county: &Material) -> Vec<Section> {
    let since = super::half_a_year_before(order.day().unwrap_or(order.made).min(order.made));
    let year = chapters::year(order);
    let budget = programme::budget(county, &programme::latest_year(county, "budget", &year));
    vec![
        Section::new("Läget i korthet").text(chapters::headline(order, county)),
        programme::signals(county),
        Section::new("Portföljen")
            .table(works::stages(county), "Portföljen är tom.")
            .table(works::deviating(county), "Inget arbete har gult eller rött i sin senaste rapport."),
        named(&format!("Ändrat sedan {}", written(since)), chapters::changed(county, since)),
        decisions::waiting(county),
        Section::new("Färdplan och breddinförande")
            .table(plans::roadmap(county), "Färdplanen har inga områden.")
            .table(plans::rollout(county), "Inget arbetssätt är angivet för breddinförande."),
        plans::measures(county),
        Section::new("Risker").table(programme::risks(county, order.made, |_| true), "Inga öppna risker."),
        named("Ekonomi", budget),
        chapters::freshness(county),
    ]
}
