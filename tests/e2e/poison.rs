//! A device that pushes whatever it likes harms nothing but its own session (I6): every change that is known to make
//! Automerge panic, lose words or not load again is pushed over the wire by a device that the node knows.

mod changes;

use changes::{Victim, large};
use samsyn_client::{model, node::Node as Client, problem::Problem};
use samsyn_core::{code::Code, entry::DocumentKind};
use samsyn_server::store::Role;
use samsyn_tests::county::{County, Desk, path, prose, text, until};
use samsyn_wire::v1;
use std::{fs, time::Duration};

/// How long another device may wait for its own small push while a hostile one is being tried.
const SERVED_WITHIN: Duration = Duration::from_secs(20);
/// Bytes by which the node's memory may have grown at its highest.
const GROWTH_MAX: u64 = 400 * 1024 * 1024;

/// The hostile device's own connection, and the working copy that it pulled.
struct Hostile {
    client: Client,
    copy: String,
    document: automerge::Automerge,
}

impl Hostile {
    async fn pull(client: Client, id: &str) -> Self {
        let request = v1::PullWorkingCopyRequest { id: id.to_owned(), have_heads: Vec::new() };
        let answer = client.call(client.replica().pull_working_copy(request)).await.expect("pulled");
        let document = automerge::Automerge::load(&answer.automerge).expect("loads");
        Self { client, copy: answer.id, document }
    }

    async fn push(&self, changes: Vec<Vec<u8>>) -> Result<v1::PushChangesResponse, Problem> {
        let request = v1::PushChangesRequest { working_copy_id: self.copy.clone(), changes };
        self.client.call(self.client.replica().push_changes(request)).await
    }

    /// What the node says that the copy holds now.
    async fn heads(&self) -> Vec<Vec<u8>> {
        let request = v1::PullWorkingCopyRequest { id: self.copy.clone(), have_heads: Vec::new() };
        let answer = self.client.call(self.client.replica().pull_working_copy(request)).await.expect("pulled");
        let document = automerge::Automerge::load(&answer.automerge).expect("it loads still");
        model::read(&document).expect("it reads still");
        answer.heads
    }
}

async fn hostile(county: &County, party: &str, copy: &str) -> Hostile {
    let settings = county.device(party, "hostile", Role::Coordinator).await;
    until("the new device is let in", || async {
        let Ok(client) = county.node(party).client_of(&settings).await else { return false };
        client.status().await.is_ok()
    })
    .await;
    Hostile::pull(county.node(party).client_of(&settings).await.expect("connects"), copy).await
}

async fn a_work(county: &County) -> Desk {
    let mut desk = county.desk("rvn").await;
    desk.edit(|d| {
        d.set(path("/facts/title"), text("Trygg hemgång"));
        d.set(path("/note"), prose("Möte i mars."));
    });
    desk.push().await;
    desk.publish().await;
    desk
}

/// The most memory that the process has had, in bytes.
fn peak(county: &County, party: &str) -> u64 {
    let pid = county.node(party).pid().expect("it runs");
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("Linux's /proc");
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).expect("the most memory");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).expect("a number") * 1024
}

/// ```text
///   hostile device ──┐
///                    ├──► rvn ─── timra
///   coordinator ─────┘
/// ```
#[tokio::test(flavor = "multi_thread")]
async fn i6_no_change_that_a_device_pushes_harms_anything_but_its_session() {
    let mut county = County::with(&["rvn", "timra"]).await;
    let mut honest = a_work(&county).await;
    let hostile = hostile(&county, "rvn", honest.id()).await;
    let victim = Victim::new(&hostile.document);
    // Well-formed as far as Automerge can tell: only the number is hostile.
    let (bytes, operations) = victim.taken_from_a_run(50_000);
    assert!(bytes < 250 && operations == 50_000, "{operations} operations in {bytes} bytes");
    let (before, memory, pid) = (hostile.heads().await, peak(&county, "rvn"), county.node("rvn").pid());
    let cases = [victim.operations(), victim.frames()].concat();
    assert!(cases.len() >= 45, "{} cases", cases.len());
    for (name, changes) in cases {
        let refused = hostile.push(changes).await.expect_err(name);
        assert!([Code::InputChange, Code::InputPushSize].contains(&refused.code), "{name}: {refused:?}");
        assert_eq!(hostile.heads().await, before, "{name}");
        honest.client_answers(SERVED_WITHIN).await;
    }
    // Past the bounds of one push.
    let one = victim.harmless().remove(0);
    for (name, changes) in [("many", vec![one.clone(); 1_025]), ("long", vec![vec![0; 4 * 1024 * 1024 + 1]])] {
        let refused = hostile.push(changes).await.expect_err(name);
        assert_eq!(refused.code, Code::InputPushSize, "{name}: {refused:?}");
    }
    assert_eq!(county.node("rvn").pid(), pid);
    let grown = peak(&county, "rvn").saturating_sub(memory);
    assert!(grown < GROWTH_MAX, "{} MiB more", grown / 1024 / 1024);

    // Nothing of it is refused for how it is sent: an honest change in the same frame is taken, and the other
    // coordinator goes on with the same working copy.
    hostile.push(victim.harmless()).await.expect("an honest change");
    honest.pull().await;
    assert_eq!(honest.draft().private["k"], "v");
    honest.set("/note", prose("Möte i mars i Timrå.")).await;
    honest.publish().await;
    county.converge().await;
    let note = county.client("timra").await.note(&honest.document().await).await.expect("a note");
    assert_eq!(note.text, "Möte i mars i Timrå.");
    county.stop_and_verify().await;
}

/// A device has so many pushes under way and no more, and the rest of them does not stop another device. (That a working
/// copy stops growing is tested beside the code: `a_working_copy_stops_growing_with_its_own_code`.)
#[tokio::test(flavor = "multi_thread")]
async fn i6_a_device_that_does_not_wait_is_stopped_with_a_code_and_others_are_not() {
    let county = County::with(&["rvn", "timra"]).await;
    let mut honest = a_work(&county).await;
    let own = county.desk("rvn").await;
    let many = hostile(&county, "rvn", own.id()).await;
    // As many at once as it can: some are refused at once, the rest are answered.
    let change = large(&many.document, 20_000);
    let pushes: Vec<_> = (0..24)
        .map(|_| {
            let (client, copy, changes) = (many.client.clone(), many.copy.clone(), change.clone());
            tokio::spawn(async move {
                let request = v1::PushChangesRequest { working_copy_id: copy, changes };
                client.call(client.replica().push_changes(request)).await
            })
        })
        .collect();
    honest.client_answers(SERVED_WITHIN).await;
    let mut codes = Vec::new();
    for push in pushes {
        codes.push(push.await.expect("ends").map_err(|p| p.code));
    }
    assert!(codes.iter().any(Result::is_ok), "{codes:?}");
    assert!(codes.contains(&Err(Code::DeviceBusy)), "{codes:?}");
    assert!(codes.iter().all(|c| c.as_ref().err().is_none_or(|c| *c == Code::DeviceBusy)), "{codes:?}");
    honest.set("/note", prose("Det går bra här.")).await;
    honest.publish().await;
    county.stop_and_verify().await;
}

/// Drafts that are never shared: so many of one device and no more; another device may go on.
#[tokio::test(flavor = "multi_thread")]
async fn i6_a_device_makes_so_many_drafts_and_no_more() {
    let county = County::with(&["rvn", "timra"]).await;
    let own = county.desk("rvn").await;
    let hostile = hostile(&county, "rvn", own.id()).await;
    let make = async |client: &Client, n: usize| {
        let mut request_id = vec![7; 16];
        request_id[..8].copy_from_slice(&n.to_be_bytes());
        let kind = v1::DocumentKind::from(DocumentKind::Work).into();
        let request = v1::CreateWorkingCopyRequest { kind, authority: String::new(), request_id };
        client.call(client.replica().create_working_copy(request)).await
    };
    let mut made = 0;
    let refused = loop {
        match make(&hostile.client, made).await {
            Ok(_) => made += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!((refused.code, made), (Code::InputDrafts, samsyn_server::limits::DRAFTS_PER_DEVICE_MAX));
    make(&hostile.client, 0).await.expect("the same again is the same draft");
    let mut desk = county.desk("rvn").await;
    desk.set("/facts/title", text("En till")).await;
    desk.publish().await;
    county.stop_and_verify().await;
}
