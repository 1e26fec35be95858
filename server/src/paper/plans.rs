//! The roadmap, the spread of working methods and the measures, in papers: how many parties have said what.

use super::{
    Material, UNKNOWN,
    chapters::{or_unknown, table},
};
use samsyn_client::county::indicators::{Measure, Set, figure::Figure, period::Sex};
use samsyn_paper::{Section, Table};

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
