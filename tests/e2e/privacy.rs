//! What must not leave does not leave: not into another node's files, not into any log (I4).

use samsyn_tests::county::{County, path, prose, text};
use std::{
    fs,
    path::{Path, PathBuf},
};

const DRAFT: &str = "KANARIE-UTKAST-7f3a";
const TYPED: &str = "KANARIE-STRUKET-91c2";
const PRIVATE: &str = "KANARIE-PRIVAT-d04e";
const SHARED: &str = "DELAT-ORD-55aa";

/// Every file under a directory that holds some bytes.
fn files_with(dir: &Path, needle: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(&dir).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if fs::read(&path).is_ok_and(|bytes| bytes.windows(needle.len()).any(|w| w == needle.as_bytes())) {
                found.push(path);
            }
        }
    }
    found
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

    assert!(!files_with(&county.node("timra").dir, SHARED).is_empty(), "what is shared is there");
    assert!(!files_with(&county.node("rvn").dir, DRAFT).is_empty(), "the draft is at home");
    for canary in [DRAFT, TYPED, PRIVATE] {
        for party in ["ange", "timra"] {
            assert_eq!(files_with(&county.node(party).dir, canary), Vec::<PathBuf>::new(), "{canary} at {party}");
        }
        for party in county.parties() {
            assert!(!county.node(&party).log().contains(canary), "{canary} in the log of {party}");
        }
    }
    county.stop_and_verify().await;
}
