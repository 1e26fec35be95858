//! Where one more item lies: in a collection under a new name, and in a collection within another under the names that its
//! form asks for.

use super::sheet::title_of;
use crate::{
    release::desk::write::Writing,
    web::{
        form::{Fields, field},
        work::capital,
    },
};
use samsyn_client::{
    county::indicators::period::Period,
    schema::{self, Group},
    text::{Lang, Text},
    vocabulary,
};
use samsyn_core::{id::Path, limits, value::Value};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a place: no path is longer.
const PLACE_BYTES_MAX: usize = limits::PATH_SEGMENTS_MAX * (limits::NAME_BYTES_MAX + 1);

/// A name in an item's path that is chosen in its form.
pub(super) struct Chosen {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) label: String,
    /// Among what there is; nothing where it is written freely.
    pub(super) choices: Vec<(String, String)>,
}

/// Where one more item lies. Within another, its form asks which, and `place_of` puts the names where `{id}` stands.
pub(super) fn fresh(group: &Group, own: &str) -> Option<String> {
    let place = group.path.replace("{org}", own);
    if is_within(group) { Some(place) } else { Some(place.replace("{id}", &fresh_name()?)) }
}

pub(super) fn is_within(group: &Group) -> bool {
    group.path.matches("{id}").count() > 1
}

fn fresh_name() -> Option<String> {
    Some(hex::encode(crate::driver::random::<6>().ok()?))
}

/// Where the item of a form lies: the names that were chosen in it stand for `{id}`; a last one that was left empty is new.
pub(super) fn place_of(form: &Fields) -> Option<String> {
    let mut place = field(form, "plats").to_owned();
    if place.len() > PLACE_BYTES_MAX || place.matches("{id}").count() > limits::PATH_SEGMENTS_MAX {
        return None;
    }
    for n in 0..place.matches("{id}").count() {
        let last = place.matches("{id}").count() == 1;
        let written = field(form, &format!("namn-{n}"));
        let name = match Period::parse(written).filter(|_| last && place.starts_with("/values/")) {
            Some(period) => period.segment(),
            None if last && written.trim().is_empty() => fresh_name()?,
            None => vocabulary::fold(&written.chars().take(limits::NAME_BYTES_MAX + 1).collect::<String>()),
        };
        place = place.replacen("{id}", &name, 1);
    }
    Some(place)
}

/// What a form for one more asks: the item that it belongs to, among those that there are, and its own name.
pub(super) fn names(
    group: &Group,
    place: &str,
    form: &str,
    writing: &Writing,
    values: &BTreeMap<Path, Value>,
    lang: Lang,
) -> Vec<Chosen> {
    let count = place.matches("{id}").count();
    let end = |(at, found): (usize, &str)| at + found.len();
    let prefixes = group.path.match_indices("{id}").map(end).map(|end| &group.path[..end]);
    let name = |(n, prefix): (usize, &str)| {
        let among = schema::chosen_among(prefix);
        let others = schema::groups(writing.kind).iter().find(|other| other.path == among && n + 1 < count);
        let choice = |other: &&'static Group| {
            let places: BTreeSet<&str> =
                values.keys().filter_map(|path| other.item(path.as_str())).map(|(item, _)| item).collect();
            let named = |place: &str| {
                (place.rsplit('/').next().unwrap_or_default().to_owned(), title_of(other, place, values, lang))
            };
            places.into_iter().map(named).collect::<Vec<_>>()
        };
        let label = match others {
            Some(other) => capital(other.one.of(lang)),
            None if place.starts_with("/values/") => {
                Text("Period, som 2025 eller HT 2025", "Period, as 2025 or 2025-Q3").of(lang).to_owned()
            }
            None if n + 1 < count => Text("År, eller annat namn", "Year, or another name").of(lang).to_owned(),
            None => Text("Eget namn (kan lämnas tomt)", "A name of its own (may be left empty)").of(lang).to_owned(),
        };
        let choices = others.as_ref().map(choice).unwrap_or_default();
        Chosen { name: format!("namn-{n}"), id: format!("{form}-namn-{n}"), label, choices }
    };
    if count == 0 { Vec::new() } else { prefixes.enumerate().map(name).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(of: &str, names: &[&str]) -> String {
        let mut form: Fields = vec![("plats".to_owned(), of.to_owned())];
        form.extend((0..).zip(names).map(|(n, name): (usize, _)| (format!("namn-{n}"), (*name).to_owned())));
        place_of(&form).expect("random bytes")
    }

    #[test]
    fn one_more_lies_where_its_form_says() {
        assert_eq!(place("/values/timra/{id}/{id}", &["sip", "HT 2025"]), "/values/timra/sip/2025-ht");
        assert_eq!(place("/values/timra/{id}/{id}", &["sip", "2025, kvinnor"]), "/values/timra/sip/2025-women");
        assert_eq!(place("/budget/{id}/lines/{id}", &["2027", "Resor"]), "/budget/2027/lines/resor");
        let new = place("/budget/{id}/lines/{id}", &["2027", " "]);
        assert!(new.starts_with("/budget/2027/lines/") && Path::new(&new).is_ok(), "{new}");
        assert_eq!(place("/risks/list/01", &[]), "/risks/list/01", "an item that is there stays where it is");
        assert!(Path::new(&place("/budget/{id}/lines/{id}", &["", "x"])).is_err(), "and nothing is put nowhere");
        let endless = vec![("plats".to_owned(), "{id}".repeat(100_000))];
        assert!(place_of(&endless).is_none(), "and nobody waits for a place without end");
    }
}
