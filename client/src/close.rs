//! Which works somebody may have meant with an id that does not exist.

use crate::{table::shorten, vocabulary::fold};
use samsyn_wire::v1::WorkRow;

/// Suggestions at most.
const SUGGESTIONS_MAX: usize = 3;
/// Characters of an id that are compared.
const COMPARED_MAX: usize = 64;

/// How people name a work in a command: its number, else the beginning of its id.
pub fn handle(work: &WorkRow) -> String {
    let id = if work.document_id.is_empty() { &work.working_copy_id } else { &work.document_id };
    if work.public_number.is_empty() { id.chars().take(8).collect() } else { work.public_number.clone() }
}

/// Works whose number, id or title comes close, the closest first, as `number (title)`.
pub fn closest(wanted: &str, works: &[WorkRow]) -> Vec<String> {
    let wanted: String = fold(wanted).chars().take(COMPARED_MAX).collect();
    let mut near: Vec<(usize, String)> = works
        .iter()
        .filter_map(|work| {
            let handle = handle(work);
            let distance = distance(&wanted, &fold(&handle)).min(distance(&wanted, &fold(&work.title)));
            let inside =
                wanted.chars().count() > 2 && (fold(&work.title).contains(&wanted) || fold(&handle).contains(&wanted));
            let distance = if inside { 0 } else { distance };
            let close = distance <= (wanted.chars().count() / 3).max(1);
            close.then(|| (distance, format!("{handle} ({})", shorten(&work.title, 40))))
        })
        .collect();
    near.sort();
    near.into_iter().map(|(_, text)| text).take(SUGGESTIONS_MAX).collect()
}

/// Letters to insert, take away or change to make one text of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(COMPARED_MAX).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn works() -> Vec<WorkRow> {
        let work = |number: &str, title: &str| WorkRow {
            public_number: number.into(),
            title: title.into(),
            document_id: "ab".repeat(32),
            ..WorkRow::default()
        };
        vec![
            work("sip-pa-distans", "SIP på distans"),
            work("barnsakert", "Barnsäkert"),
            work("", "Hemmonitorering för äldre"),
        ]
    }

    #[test]
    fn a_slip_of_the_finger_is_suggested() {
        assert_eq!(closest("barnsakret", &works()), ["barnsakert (Barnsäkert)"]);
        assert_eq!(closest("SIP på distanz", &works()), ["sip-pa-distans (SIP på distans)"]);
        assert_eq!(closest("hemmonitorering", &works()), ["abababab (Hemmonitorering för äldre)"]);
        assert!(closest("något helt annat", &works()).is_empty());
    }

    #[test]
    fn distances_are_counted_in_letters() {
        assert_eq!((distance("", "abc"), distance("åäö", "åö"), distance("abc", "abc")), (3, 1, 0));
    }
}
