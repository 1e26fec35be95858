//! Where words were found, as people read it on a screen of text.

use super::Reader;
use crate::{county::found::item_label, schema, table::clean, text::Text};
use samsyn_core::entry::DocumentKind;
use samsyn_wire::v1;
use std::fmt::Write as _;

const ID_LETTERS: usize = 12;

pub fn search(found: &v1::SearchResponse, reader: Reader<'_>) -> String {
    let lang = reader.lang;
    let t = |sv, en| Text(sv, en).of(lang);
    let mut shown = String::new();
    let total = Text("Träffar: {}", "Hits: {}").say(lang, &[&found.total.to_string()]);
    match (found.total, found.hits.is_empty()) {
        (0, _) => shown.push_str(t("Ingenting hittades.", "Nothing was found.")),
        (_, true) => shown = format!("{total}. {}", t("Inga på den här sidan.", "None on this page.")),
        (_, false) => shown = total,
    }
    shown.push('\n');
    for hit in &found.hits {
        let kind = DocumentKind::try_from(hit.kind()).unwrap_or(DocumentKind::Work);
        let of = item_label(kind, &hit.item).unwrap_or_else(|| schema::kind_label(kind)).of(lang);
        let id: String = hit.document_id.chars().take(ID_LETTERS).collect();
        let owner = reader.parties.name(&hit.owner);
        let _ = writeln!(shown, "\n{id}  {}  ({of}, {owner})", clean(reader.or_unknown(&hit.title)));
        for passage in &hit.passages {
            let label =
                schema::find(kind, &passage.path).map_or(passage.path.as_str(), |(_, field)| field.label.of(lang));
            let text: String = passage.parts.iter().map(|part| part.text.as_str()).collect();
            let _ = writeln!(shown, "    {label}: {}", clean(&text));
        }
    }
    if !found.next_page_token.is_empty() {
        let _ = writeln!(shown, "\n{}", t("Det finns fler: --page.", "There are more: --page."));
    }
    if found.partial {
        let partial = t(
            "Allt är inte läst än: sök igen om en stund.",
            "Not everything has been read yet: search again in a while.",
        );
        let _ = writeln!(shown, "\n{partial}");
    }
    shown.trim_end().to_owned()
}
