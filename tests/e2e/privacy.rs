//! What must not leave does not leave: not into another node's files, not into any log (I4).

use samsyn_tests::county::{County, path, prose, text};
use serde_json::{Value, json};
const DRAFT: &str = "KANARIE-UTKAST-7f3a";
const TYPED: &str = "KANARIE-STRUKET-91c2";
const PRIVATE: &str = "KANARIE-PRIVAT-d04e";
const SHARED: &str = "DELAT-ORD-55aa";

/// Files of a node and rows of its database, in whatever form.
pub(crate) fn places_with(county: &County, party: &str, needle: &str) -> Vec<String> {
    county.node(party).places_with(needle)
}

/// ```text
///   rvn (drafts, private notes, a word typed and struck out) ─── timra ─── ange
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn drafts_private_notes_and_struck_words_reach_no_other_node_and_no_log() {
    let mut county = County::with(&["ange", "rvn", "timra"]).await;
    for party in county.parties() {
        county.stop(&party).await;
        county.node_mut(&party).environment.push(("SAMSYN__LOG__LEVEL".into(), "trace".into()));
        county.restart(&party).await;
    }
    // A work that is shared, with a private note and with a text that had another word in it before.
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text(SHARED));
        d.set(path("/facts/summary"), prose(&format!("Först stod här {TYPED}.")));
        d.private.insert("minne".to_owned(), format!("ring om {PRIVATE}"));
    });
    desk.push().await;
    desk.set("/facts/summary", prose("Nu står här något annat.")).await;
    desk.publish().await;
    // And one that never is, with refused and accepted calls around it.
    let mut draft = county.desk("rvn").await;
    draft.edit(|d| d.set(path("/facts/contact-unit"), text(DRAFT)));
    draft.push().await;
    let answer = draft.try_publish().await.expect("answers");
    assert!(!answer.held_back.is_empty(), "a work without a title is held back");
    draft.set("/facts/start", samsyn_core::value::Value::Date("HT 2025".into())).await;
    county.samsyn("rvn", &["work", "show", draft.id()]).await.ok().says(DRAFT);
    county.samsyn("rvn", &["work", "list", "--drafts"]).await.ok();
    county.samsyn("rvn", &["work", "publish", draft.id(), "--preview"]).await;
    county.converge().await;
    county.crash("timra").await;
    county.restart("timra").await;
    county.converge().await;

    assert!(!places_with(&county, "timra", SHARED).is_empty(), "what is shared is there");
    assert!(!places_with(&county, "rvn", DRAFT).is_empty(), "the draft is at home");
    for canary in [DRAFT, TYPED, PRIVATE] {
        for party in ["ange", "timra"] {
            assert_eq!(places_with(&county, party, canary), Vec::<String>::new(), "{canary} at {party}");
        }
        for party in county.parties() {
            assert!(!county.node(&party).log().contains(canary), "{canary} in the log of {party}");
        }
    }
    county.stop_and_verify().await;
}

const NUMBER: &str = "19121212-1212";

/// ```text
///   rvn (a number of a person in a text) ─── timra
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i4_a_personal_number_is_held_back_with_its_place_and_reaches_nobody() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Trygg hemgång"));
        d.set(path("/facts/summary"), prose(&format!("Börjar med {NUMBER}, i mars.")));
    });
    desk.push().await;
    let told = county.samsyn("rvn", &["work", "publish", desk.id(), "--preview"]).await.exits(5);
    assert!(told.says_it("personnummer") && told.says_it("tecken 12–24") && told.says_it("ta bort det"), "{told:?}");
    let held = county.samsyn("rvn", &["work", "publish", desk.id(), "--yes", "--json"]).await.exits(5).data();
    let found = &held["held_back"][0];
    assert_eq!(
        (&found["code"], &found["path"]),
        (&json!("secrecy.personal_number"), &json!("/facts/summary")),
        "{held}"
    );
    assert_eq!((&found["at"], &held["commit"]), (&json!({"from": 11, "to": 24}), &Value::Null), "{held}");
    assert!(!held.to_string().contains(NUMBER), "it is not repeated: {held}");

    desk.set("/facts/summary", prose("Börjar i mars.")).await;
    let document = desk.publish().await;
    county.converge().await;
    county.samsyn("timra", &["work", "show", &document]).await.ok().says("Börjar i mars.");
    assert_eq!(places_with(&county, "timra", NUMBER), Vec::<String>::new());
    for party in county.parties() {
        assert!(!county.node(&party).log().contains(NUMBER), "in the log of {party}");
    }
    county.stop_and_verify().await;
}
