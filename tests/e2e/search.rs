//! Looking for words: all that was released is found, of whatever kind and just as it stands, and nothing else.

use crate::pages::{start_all, with_pages};
use samsyn_core::{code::Code, entry::DocumentKind};
use samsyn_tests::county::{County, browser::get, path, prose, text, until};
use samsyn_wire::v1::Audience;
use serde_json::{Value, json};

/// What is found with the command, at a party.
async fn found(county: &County, party: &str, words: &[&str]) -> Value {
    county.samsyn(party, &[&["search", "--json"], words].concat()).await.ok().data()
}

/// ```text
///   rvn shares a work and a programme, and a work with the public ──► timra finds them, anybody finds the last
///   rvn's drafts ──► found by nobody
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i4_what_was_released_is_found_of_every_kind_by_those_it_was_released_to() {
    let mut county = County::stopped(&["rvn", "timra"]).await;
    let (pages, open) = (with_pages(&mut county, "timra", "released"), with_pages(&mut county, "rvn", "public"));
    start_all(&mut county).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Trygg <b>hemgång</b>"));
        d.set(path("/facts/summary"), prose("Hemsjukvård i samverkan för de äldre."));
    });
    desk.push().await;
    let work = desk.publish().await;
    desk.set("/facts/summary", prose("Ett utkast om lasarettet.")).await;
    let mut programme = county.desk_of("rvn", DocumentKind::Programme).await;
    programme.edit(|d| {
        d.set(path("/programme/name"), text("Programmet"));
        d.set(path("/risks/list/bemanning/name"), text("Brist på personal"));
        d.set(path("/risks/list/bemanning/handling"), text("Samverkan om hemsjukvård & bemanning"));
        d.set(path("/risks/list/juridik/name"), text("Otydlig juridik"));
    });
    programme.push().await;
    let programme = programme.publish().await;
    let mut public = county.desk("rvn").await;
    public.set("/facts/title", text("Öppen hemsjukvård")).await;
    let public_id = public.publish_to(Audience::Public).await;
    public.set("/facts/summary", prose("Bara för parterna: hemsjukvård i samverkan.")).await;
    public.publish().await;
    county.converge().await;

    let all = found(&county, "timra", &["HEMSJUKVÅRD"]).await;
    let place = |hit: &Value| (hit["document_id"].clone(), hit["item"].clone());
    let places: Vec<_> = all["hits"].as_array().expect("a list").iter().map(place).collect();
    assert_eq!(places[0], (json!(public_id), json!(null)), "what is called so comes first: {all}");
    assert!(places.contains(&(json!(work), json!(null))), "{all}");
    assert!(places.contains(&(json!(programme), json!("/risks/list/bemanning"))), "{all}");
    assert_eq!(found(&county, "rvn", &["HEMSJUKVÅRD"]).await["hits"], all["hits"], "every node says the same");
    assert_eq!((places.len(), &all["kinds"]), (3, &json!({"work": 2, "programme": 1})), "{all}");
    let risk = found(&county, "timra", &["sjukvård", "bemanning", "--kind", "program"]).await;
    let hit = &risk["hits"][0];
    assert_eq!((&hit["title"], &hit["document_title"]), (&json!("Brist på personal"), &json!("Programmet")), "{risk}");
    let parts = json!([
        {"text": "Samverkan om hem", "found": false}, {"text": "sjukvård", "found": true},
        {"text": " & ", "found": false}, {"text": "bemanning", "found": true},
    ]);
    assert_eq!((&hit["passages"][0]["parts"], risk["total"].as_u64()), (&parts, Some(1)), "{risk}");
    // As it stands now, and no draft, not even at home.
    for (party, word) in [("rvn", "lasarettet"), ("timra", "lasarettet"), ("timra", "xyzzy")] {
        assert_eq!(found(&county, party, &[word]).await["hits"], json!([]), "{party} {word}");
    }
    county.samsyn("timra", &["search", "samverkan"]).await.ok().says("Brist på personal");
    county.samsyn("timra", &["search", "samverkan", "--page", "9"]).await.ok().says("Inga på den här sidan");
    county.samsyn("timra", &["search", "x"]).await.exits(5).says("minst 2 bokstäver");
    let short = county.samsyn("timra", &["search", "x", "--json"]).await.exits(5).error();
    assert_eq!((&short["code"], &short["field"]), (&json!(Code::InputValue.as_str()), &json!("text")));

    // The page: links to where it is said, other people's text stays text.
    let page = get(pages, "/sok?sok=hemg%C3%A5ng").await.page();
    assert!(
        page.contains(&format!("/arbete/{work}")) && page.contains("&#60;b&#62;<mark>hemgång</mark>&#60;/b&#62;"),
        "{page}"
    );
    let page = get(pages, "/sok?sok=bemanning&slag=programme").await.page();
    assert!(
        page.contains(&format!("/arbete/{programme}#u_risks_list_bemanning_handling"))
            && page.contains("Risk · Programmet"),
        "{page}"
    );
    assert!(get(pages, "/sok?sok=x").await.page().contains("Skriv minst"), "no word is long enough");
    assert!(get(pages, "/sok?sok=bemanning&sida=9").await.page().contains("Här finns inga fler träffar"));
    assert_eq!(get(pages, &format!("/sok?sok={}", "a".repeat(401))).await.status, 400);
    assert_eq!(get(pages, "/sok?sok=vad&slag=tomte").await.status, 400);
    let answer = get(pages, "/api/v1/search?sok=bemanning").await.data();
    assert_eq!(answer["hits"][0]["document_id"], json!(programme));
    assert_eq!(get(pages, "/api/v1/search").await.status, 400);

    // Anybody finds what is public, and nothing by what is not.
    let open_page = get(open, "/sok?sok=hemsjukv%C3%A5rd").await.page();
    assert!(open_page.contains(&public_id) && !open_page.contains(&work) && !open_page.contains(&programme));
    assert!(!open_page.contains("Bara för parterna"), "{open_page}");
    assert_eq!(get(open, "/api/v1/search?sok=samverkan").await.data()["total"], 0);

    // It follows what changes.
    desk.set("/facts/summary", prose("Nu om vårdcentralen.")).await;
    desk.publish().await;
    county.converge().await;
    until("what is said now is found, and what was said before is not", || async {
        let now = found(&county, "timra", &["vårdcentral"]).await;
        let before = found(&county, "timra", &["samverkan", "äldre"]).await;
        now["total"] == 1 && before["total"] == 0
    })
    .await;
    county.stop_and_verify().await;
}
