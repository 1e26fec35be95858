//! Who may connect to a node, and as what.

use samsyn_core::code::Code;
use samsyn_server::store::Role;
use samsyn_tests::county::{County, Ran, path, text, until};
use samsyn_wire::v1;
use std::path::Path;

async fn samsyn(county: &County, config: &Path, args: &[&str]) -> Ran {
    let config = config.to_str().expect("a path in UTF-8");
    samsyn_tests::county::run("samsyn", county.dir(), &[&["--config", config], args].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_reads_and_may_not_write() {
    let county = County::with(&["rvn", "timra"]).await;
    let reader = county.device("rvn", "reader", Role::Reader).await;
    county.publish("rvn", "Att läsa").await;
    until("the node has seen the new device", || async { samsyn(&county, &reader, &["work", "list"]).await.code == 0 })
        .await;
    samsyn(&county, &reader, &["work", "list"]).await.ok().says("Att läsa");
    let refused = samsyn(&county, &reader, &["work", "new", "--title", "Att skriva", "--json"]).await.exits(5);
    assert_eq!(refused.error()["code"], Code::RoleForbidden.as_str());
    samsyn(&county, &reader, &["work", "list", "--drafts"]).await.ok().says("Att läsa");
    assert!(
        !county.samsyn("rvn", &["work", "list", "--drafts"]).await.ok().says_it("Att skriva"),
        "nothing half-written"
    );
}

/// What is not released is for those who write and release; a register is kept of what is.
#[tokio::test(flavor = "multi_thread")]
async fn i4_devices_that_neither_write_nor_release_see_no_drafts() {
    let county = County::with(&["rvn", "timra"]).await;
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| d.set(path("/facts/title"), text("Delat")));
    desk.push().await;
    let document = desk.publish().await;
    desk.set("/facts/title", text("Inte delat än")).await;
    let new = ["work", "new", "--title", "Bara ett utkast", "--json"];
    let draft = county.samsyn("rvn", &new).await.ok().data()["working_copy_id"].as_str().expect("an id").to_owned();
    for (name, role) in [("reader", Role::Reader), ("registrar", Role::Registrar), ("releaser", Role::Releaser)] {
        let device = county.device("rvn", name, role).await;
        until("the node has seen the new device", || async {
            samsyn(&county, &device, &["work", "list"]).await.code == 0
        })
        .await;
        let sees = role == Role::Releaser;
        let listed = samsyn(&county, &device, &["work", "list", "--drafts"]).await.ok().says("Delat");
        assert_eq!(listed.says_it("Bara ett utkast"), sees, "{name}: {listed:?}");
        let shown = samsyn(&county, &device, &["work", "show", &document]).await.ok().says("Delat");
        assert_eq!(shown.says_it("Inte delat än"), sees, "{name}: {shown:?}");
        let alone = samsyn(&county, &device, &["work", "show", &draft]).await;
        assert_eq!((alone.code == 0, alone.says_it("Bara ett utkast")), (sees, sees), "{name}: {alone:?}");
        let client = county.node("rvn").client_of(&device).await.expect("connects");
        let copies = client.call(client.replica().list_working_copies(v1::ListWorkingCopiesRequest {})).await;
        assert_eq!(copies.expect("answers").working_copies.len(), if sees { 2 } else { 0 }, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_device_is_refused_and_told_how_to_be_added() {
    let county = County::with(&["rvn", "timra"]).await;
    county.publish("rvn", "Hemligt för främlingar").await;
    let (stranger, pin) = county.unknown_device("rvn", "stranger");
    let refused = samsyn(&county, &stranger, &["work", "list", "--json"]).await;
    assert!(matches!(refused.code, 4 | 5), "{refused:?}");
    let error = refused.error();
    let code = error["code"].as_str().expect("a code");
    assert!([Code::DeviceUnknown.as_str(), Code::TlsCertificate.as_str()].contains(&code), "{error}");
    samsyn(&county, &stranger, &["work", "list"]).await.says("device add").says(&pin.to_string());
    // As it was told: without a restart.
    let config = county.node("rvn").config();
    let config = config.to_str().expect("a path in UTF-8");
    let pin = pin.to_string();
    let add = ["device", "add", "--config", config, "--pin", &pin, "--name", "Ny dator", "--role", "coordinator"];
    county.samsynd(&add).await.ok();
    until("the added device is let in", || async { samsyn(&county, &stranger, &["work", "list"]).await.code == 0 })
        .await;
    samsyn(&county, &stranger, &["work", "list"]).await.ok().says("Hemligt för främlingar");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_refused_at_its_next_call_while_others_go_on() {
    let county = County::with(&["rvn", "timra"]).await;
    let lost = county.device("rvn", "lost", Role::Coordinator).await;
    until("the new device is let in", || async { samsyn(&county, &lost, &["work", "list"]).await.code == 0 }).await;
    // A connection that stands already.
    let standing = county.node("rvn").client_of(&lost).await.expect("connects");
    standing.status().await.expect("still welcome");
    let config = county.node("rvn").config();
    let config = config.to_str().expect("a path in UTF-8");
    let list = county.samsynd(&["device", "list", "--config", config, "--json"]).await.ok().data();
    let pin = list.as_array().expect("a list").iter().find(|d| d["name"] == "lost").expect("listed")["pin"].clone();
    county.samsynd(&["device", "revoke", "--config", config, pin.as_str().expect("a pin")]).await.ok();
    until("the standing connection is refused", || async { standing.status().await.is_err() }).await;
    assert_eq!(standing.status().await.expect_err("revoked").code, Code::DeviceRevoked);
    let refused = samsyn(&county, &lost, &["work", "list", "--json"]).await.exits(5);
    assert_eq!(refused.error()["code"], Code::DeviceRevoked.as_str());
    county.samsyn("rvn", &["work", "list"]).await.ok();
    let list = county.samsynd(&["device", "list", "--config", config]).await.ok();
    assert!(list.says_it("revoked"), "{list:?}");
}
