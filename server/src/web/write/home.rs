//! Groups whose items lie in other items: an area's activities, what a party says of a working method. Such an item begins
//! where the thing that it lies in is there already.

use samsyn_client::schema::Group;
use samsyn_core::{id::Path, value::Value};
use std::collections::{BTreeMap, BTreeSet};

/// Things that one more may lie in, and that have a form of their own.
const HOMES_MAX: usize = 60;

/// Where the things lie that a group's first chosen name is one of; none where the group's own items are those things.
fn home_of(group: &Group) -> Option<&'static str> {
    let (first, rest) = group.path.split_once("/{id}")?;
    match first {
        "/rollout" => Some("/activities/methods"),
        _ => rest.contains('{').then_some(first),
    }
}

/// True for a group with one item of an organisation's own in each thing.
pub(super) fn is_one_each(group: &Group) -> bool {
    home_of(group).is_some() && group.path.ends_with("/{org}")
}

/// True for a group of many items in each thing.
pub(super) fn is_nested(group: &Group) -> bool {
    home_of(group).is_some() && !is_one_each(group)
}

/// The things that are there: their names.
pub(super) fn homes(group: &Group, values: &BTreeMap<Path, Value>) -> Vec<String> {
    let Some(home) = home_of(group) else { return Vec::new() };
    let name = |path: &Path| Some(path.as_str().strip_prefix(home)?.strip_prefix('/')?.split('/').next()?.to_owned());
    let names: BTreeSet<String> = values.keys().filter_map(name).collect();
    // Parts of a municipality are asked for where an area wants local groups.
    let asks = |name: &String| {
        let grid = Path::new(&format!("{home}/{name}/grid"));
        !group.path.contains("/parts/") || grid.is_ok_and(|grid| values.contains_key(&grid))
    };
    names.into_iter().filter(asks).take(HOMES_MAX).collect()
}

/// The own organisation's item in each thing.
pub(super) fn own_places(group: &Group, homes: &[String], own: &str) -> Vec<String> {
    if !is_one_each(group) {
        return Vec::new();
    }
    homes.iter().map(|home| group.path.replacen("{id}", home, 1).replace("{org}", own)).collect()
}

/// One more in each thing: its place.
pub(super) fn fresh_in(group: &Group, homes: &[String], own: &str) -> Vec<String> {
    let place = |home: &String| {
        let id = hex::encode(crate::driver::random::<6>().ok()?);
        Some(group.path.replacen("{id}", home, 1).replacen("{id}", &id, 1).replace("{org}", own))
    };
    homes.iter().filter_map(place).collect()
}

/// What the thing is called that an item lies in.
pub(super) fn title(group: &Group, place: &str, values: &BTreeMap<Path, Value>) -> Option<String> {
    let home = home_of(group)?;
    let at = group.path[1..].split('/').position(|part| part == "{id}")?;
    let name = place[1..].split('/').nth(at)?;
    let said = |field: &str| {
        let value = values.get(&Path::new(&format!("{home}/{name}/{field}")).ok()?)?;
        value.as_text().filter(|text| !text.trim().is_empty())
    };
    // A place whose names are still to be chosen lies in nothing.
    Path::new(&format!("{home}/{name}")).ok()?;
    Some(said("title").or_else(|| said("name")).unwrap_or(name).to_owned())
}

/// True for two items of one thing.
pub(super) fn beside(one: &str, other: &str) -> bool {
    one.rsplit_once('/').map(|(home, _)| home) == other.rsplit_once('/').map(|(home, _)| home)
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_client::schema;
    use samsyn_core::entry::DocumentKind;

    fn group(path: &str) -> &'static Group {
        schema::groups(DocumentKind::Roadmap).iter().find(|group| group.path == path).expect("a group")
    }

    fn values(paths: &[&str]) -> BTreeMap<Path, Value> {
        paths.iter().map(|path| (Path::new(path).expect("a path"), Value::Text("Namn".to_owned()))).collect()
    }

    #[test]
    fn a_party_has_a_form_for_each_area_and_method_that_the_roadmap_names() {
        let values =
            values(&["/areas/tsi/title", "/areas/lsg/note", "/activities/methods/sip/title", "/rollout/old/ange"]);
        let own = |path: &str| own_places(group(path), &homes(group(path), &values), "timra");
        assert_eq!(own("/areas/{id}/parties/{org}"), ["/areas/lsg/parties/timra", "/areas/tsi/parties/timra"]);
        assert_eq!(own("/rollout/{id}/{org}"), ["/rollout/sip/timra"]);
        assert_eq!(title(group("/rollout/{id}/{org}"), "/rollout/sip/timra", &values).as_deref(), Some("Namn"));
        assert_eq!(
            title(group("/areas/{id}/parties/{org}"), "/areas/lsg/parties/timra", &values).as_deref(),
            Some("lsg")
        );
    }

    #[test]
    fn one_more_of_what_lies_in_an_area_has_a_place_in_each() {
        let values = values(&["/areas/tsi/title", "/areas/lsg/title", "/areas/tsi/grid", "/areas/lsg/grid"]);
        for path in ["/areas/{id}/activities/{id}", "/areas/{id}/parties/{org}/parts/{id}"] {
            let fresh = fresh_in(group(path), &homes(group(path), &values), "timra");
            assert_eq!(fresh.len(), 2);
            assert!(is_nested(group(path)) && fresh.iter().all(|place| Path::new(place).is_ok()), "{fresh:?}");
            assert!(beside(&fresh[0], &format!("{}x", fresh[0])) && !beside(&fresh[0], &fresh[1]));
        }
        assert!(!is_nested(group("/areas/{id}")) && !is_one_each(group("/areas/{id}")));
    }
}
