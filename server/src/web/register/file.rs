//! A register as a file for a spreadsheet.

use super::{
    Registrar, authorities, chosen, list,
    public::{asked_for, public_row},
};
use crate::{
    store::{PublicFilter, RegisterFilter},
    web::{
        Site,
        error::Problem,
        page::{Asked, Page},
        spreadsheet::unreckoned,
    },
};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use samsyn_client::text::Text;
use std::collections::BTreeMap;

/// Rows of one file.
const EXTRACT: u64 = 100_000;
/// What a spreadsheet needs to read UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

pub(super) async fn public(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, "/diarium/offentligt", Text("Offentligt diarium", "Public register")).await?;
    let all = authorities(&site, &page).await?;
    let (id, _) = chosen(&page.asked, &all)?;
    let _turn = site.desks.register.extract_turn().await;
    let filter = PublicFilter { limit: EXTRACT, ..asked_for(&page.asked)? };
    let (found, _) = site.desks.register.public(id, &filter).await.map_err(|f| Problem::of(f, lang))?;
    let rows = found.iter().map(|row| {
        let row = public_row(row, &page);
        vec![row.date, row.number, row.direction.to_owned(), row.counterpart, row.subject]
    });
    let headings = ["Datum", "Nummer", "Riktning", "Motpart", "Ärendemening"].map(str::to_owned).to_vec();
    Ok(csv(&format!("diarium-{id}.csv"), std::iter::once(headings).chain(rows)))
}

pub(super) async fn whole(site: Site, asked: Asked) -> Result<Response, Problem> {
    let lang = asked.lang;
    let page = Page::new(&site, asked, "/diarium", Text("Diarium", "Register")).await?;
    let registrar = Registrar::of(&site, &page).await?;
    let (id, _) = chosen(&page.asked, &registrar.authorities)?;
    let _turn = site.desks.register.extract_turn().await;
    let filter = RegisterFilter { limit: EXTRACT, offset: 0, ..list::filter(&page.asked)?.0 };
    let (found, _) = site.desks.register.items(registrar.who(), id, &filter).await.map_err(|f| Problem::of(f, lang))?;
    let none = BTreeMap::new();
    let rows = found.iter().map(|item| {
        let words = item.statement.as_ref().map(|s| s.words.clone()).unwrap_or_default();
        let row = list::shown(item, &none, &page);
        vec![
            row.date,
            row.state,
            row.number,
            row.direction.to_owned(),
            row.counterpart,
            row.what,
            row.title,
            words.subject,
            words.protected_subject,
            if words.counterpart_protected { page.t("ja", "yes") } else { page.t("nej", "no") }.to_owned(),
            words.class,
            words.reason,
            item.item.tip.to_string(),
        ]
    });
    let headings = [
        "Datum",
        "Läge",
        "Nummer",
        "Riktning",
        "Motpart",
        "Slag",
        "Titel",
        "Offentlig ärendemening",
        "Skyddad ärendemening",
        "Motpart dold",
        "Klass",
        "Skäl",
        "Version",
    ];
    Ok(csv(
        &format!("diarium-{id}-alla-uppgifter.csv"),
        std::iter::once(headings.map(str::to_owned).to_vec()).chain(rows),
    ))
}

/// A file for a spreadsheet: semicolons, and no cell that it would reckon with.
fn csv(name: &str, rows: impl Iterator<Item = Vec<String>>) -> Response {
    let mut text = BYTE_ORDER_MARK.to_owned();
    for row in rows {
        let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
        text.push_str(&cells.join(";"));
        text.push_str("\r\n");
    }
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    (headers, text).into_response()
}

/// One cell of such a file.
pub(crate) fn cell(cell: &str) -> String {
    let cell = unreckoned(cell);
    if cell.contains([';', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_reckoned_with_and_none_breaks_its_row() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("a;\"b\"\nc"), "\"a;\"\"b\"\"\nc\"");
        assert_eq!(cell("KS 2026/1-2"), "KS 2026/1-2");
    }
}
