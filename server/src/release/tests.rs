//! What leaves does not depend on what stays: two runs that differ in a secret alone send the same bytes (I4). Salts, keys,
//! clock and incarnation are given, so that there is nothing else in which they could differ.

use super::*;
use prost::Message;
use samsyn_core::{
    charter::{Charter, Party, PartyKind},
    charter_book::CharterBook,
    ledger::Ledger,
    sign::{Domain, LogKey},
    sync::{Frame, Machine, Output, Send, SessionId},
};
use samsyn_wire::v1;

const NOW_MS: u64 = 1_795_000_000_000;
/// Of equal length and not: neither may show.
const SECRETS: [&str; 3] =
    ["Q7xk-hemligt-V2mz", "W4pd-hemligt-T8rn", "Något helt annat, och mycket längre än de andra två."];

fn org(id: &str) -> OrgId {
    Name::new(id).expect("an id")
}

fn path(text: &str) -> Path {
    Path::new(text).expect("a path")
}

fn keys() -> [(OrgId, LogKey); 2] {
    [(org("ange"), LogKey::from_secret(&[1; 32])), (org("timra"), LogKey::from_secret(&[2; 32]))]
}

fn book() -> CharterBook {
    let party = |(id, key): &(OrgId, LogKey)| Party {
        id: id.clone(),
        name: format!("{id} kommun"),
        kind: PartyKind::Municipality,
        organisation_number: None,
        log_key: key.public(),
        pins: BTreeSet::from([format!("blake3:{}", hex::encode(key.public().0))]),
        endpoints: Vec::new(),
        authorities: Vec::new(),
    };
    let text = crate::operate::charter::genesis("prov", keys().iter().map(party).collect(), BTreeSet::new());
    let text = text.expect("a charter");
    let signatures = keys().iter().map(|(id, key)| (id.clone(), key.sign(Domain::Charter, text.as_bytes()))).collect();
    CharterBook::found(text.into_bytes(), &signatures).expect("all have signed")
}

/// Where the secret of a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// A private text of the draft.
    Private,
    /// A field that is marked, and so left out of what is shared.
    Marked,
    /// The provision's note on a mark.
    Mark,
    /// A field of which only another is shared.
    LeftOut,
    /// Typed into what is shared, and struck again.
    Struck,
    /// In what is shared: the negative control.
    Shared,
}

/// What `ange` sends to `timra` over two publications of a draft with this secret, as it is written on the wire.
fn sent(at: At, secret: &str) -> Vec<u8> {
    let book = book();
    let mut ange = Machine::new(org("ange"), keys()[0].1.clone(), Ledger::new(book.clone()));
    let mut timra = Machine::new(org("timra"), keys()[1].1.clone(), Ledger::new(book.clone()));
    let mut wire = Vec::new();
    let (here, there) = (SessionId(1), SessionId(2));
    let greeting = ange.opened(here, org("timra"), NOW_MS);
    let answer = timra.opened(there, org("ange"), NOW_MS);
    talk((&mut ange, here), (&mut timra, there), vec![greeting], vec![answer], &mut wire);
    let mut opened = draft(at, secret, &book);
    for round in 0..2u8 {
        let which = Which::Only(BTreeSet::from([path("/facts/title"), path("/facts/summary")]));
        let disclosed = opened.assess(&which, (None, &Overruled::default())).expect("nothing is held back");
        let salts = vec![[7 + round; 32]; disclosed.get().len()];
        let act = Act {
            purpose: Purpose::ForInformation,
            audience: Audience::Parties,
            authority: org("ks"),
            role: org("coordinator"),
            circle: None,
        };
        let (own, key) = (org("ange"), keys()[0].1.clone());
        let composed = {
            let pen = Pen::fixed(ange.ledger(), &own, &key, NOW_MS + u64::from(round));
            opened.compose(&pen, &act, &disclosed, salts).expect("composes")
        };
        let out = ange.write(composed.commit.expect("a commit"), NOW_MS).expect("its own commit");
        talk((&mut ange, here), (&mut timra, there), vec![out], Vec::new(), &mut wire);
        for ms in [300, 70_000] {
            let ticked = ange.tick(NOW_MS + ms);
            talk((&mut ange, here), (&mut timra, there), vec![ticked], Vec::new(), &mut wire);
        }
        let row = composed.working_copy.expect("the draft has moved on");
        let document = working::load(&row.automerge).expect("loads");
        opened = Opened { bridge: Bridge::decode(&row.bridge).expect("reads"), row, ..reopened(document, &book) };
        change(&mut opened.document, |draft| {
            draft.set(path("/facts/title"), Value::Text("Trygg hemgång i hela länet".into()));
        });
        opened.draft = model::read(&opened.document).expect("reads");
    }
    wire
}

/// Hands frames over until nobody has more to say, and writes down those of the first.
fn talk(
    (first, here): (&mut Machine, SessionId),
    (second, there): (&mut Machine, SessionId),
    mut from_first: Vec<Output>,
    mut from_second: Vec<Output>,
    wire: &mut Vec<u8>,
) {
    while !from_first.is_empty() || !from_second.is_empty() {
        for frame in std::mem::take(&mut from_first).iter().flat_map(frames) {
            wire.extend(v1::Frame::from(&frame).encode_length_delimited_to_vec());
            from_second.push(second.received(there, frame, NOW_MS));
        }
        for frame in std::mem::take(&mut from_second).iter().flat_map(frames) {
            from_first.push(first.received(here, frame, NOW_MS));
        }
    }
}

fn frames(out: &Output) -> Vec<Frame> {
    let frame = |send: &Send| match send {
        Send::Frame(_, frame) => Some(Frame::clone(frame)),
        Send::Range { .. } | Send::Values { .. } | Send::Close { .. } => None,
    };
    out.sends.iter().filter_map(frame).collect()
}

fn change(document: &mut Automerge, change: impl FnOnce(&mut Draft)) {
    let before = model::read(document).expect("reads");
    let mut after = before.clone();
    change(&mut after);
    model::write(document, &before, &after).expect("writes");
}

fn draft(at: At, secret: &str, book: &CharterBook) -> Opened {
    let mut document = model::found(DocumentKind::Work);
    change(&mut document, |draft| {
        draft.set(path("/facts/title"), Value::Text("Trygg hemgång".into()));
        let summary = if at == At::Struck || at == At::Shared { secret } else { "Beskrivning." };
        draft.set(path("/facts/summary"), Value::Prose(summary.into()));
        match at {
            At::Private => drop(draft.private.insert("minne".to_owned(), secret.to_owned())),
            At::Marked | At::LeftOut => {
                draft.set(path("/note"), Value::Prose(secret.into()));
            }
            At::Mark | At::Struck | At::Shared => {}
        }
        if at == At::Marked || at == At::Mark {
            let provisions = mark::provisions(["19:3"]).expect("a provision");
            let note = if at == At::Mark { secret.to_owned() } else { String::new() };
            let mark = mark::Mark { provisions, date: "2026-11-23".to_owned(), authority: "ks".to_owned(), note };
            mark::set(draft, Some(&path("/note")), Some(&mark));
        }
    });
    if at == At::Struck {
        change(&mut document, |draft| {
            draft.set(path("/facts/summary"), Value::Prose("Beskrivning.".into()));
        });
    }
    reopened(document, book)
}

fn reopened(document: Automerge, book: &CharterBook) -> Opened {
    let bridge = Bridge::at(&document);
    let draft = model::read(&document).expect("reads");
    let row = WorkingCopyRow {
        id: Incarnation([9; 16]),
        document: None,
        authority: org("ks"),
        kind: String::new(),
        title: String::new(),
        automerge: document.save(),
        bridge: bridge.encode(),
        updated_ms: 0,
    };
    let own = org("ange");
    let genesis = Genesis {
        kind: DocumentKind::Work,
        owner: own.clone(),
        authority: org("ks"),
        archive_owner: own.clone(),
        body: None,
    };
    let charter: Charter = book.in_force().1.clone();
    Opened {
        row,
        document,
        bridge,
        draft,
        reply_to: None,
        charter,
        own,
        genesis,
        decision: None,
        defined: BTreeSet::new(),
    }
}

#[test]
fn i4_two_runs_that_differ_in_a_secret_alone_send_the_same_bytes() {
    for at in [At::Private, At::Marked, At::Mark, At::LeftOut, At::Struck] {
        let runs = SECRETS.map(|secret| sent(at, secret));
        assert!(runs[0].len() > 500, "two commits were sent: {} bytes", runs[0].len());
        for (run, secret) in runs.iter().zip(SECRETS) {
            assert!(*run == runs[0], "{at:?} shows in what is sent");
            assert!(!run.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "{at:?}");
        }
    }
}

/// A comparison that finds nothing says nothing unless it finds what has been planted.
#[test]
fn i4_a_secret_that_is_shared_is_found_by_the_same_comparison() {
    let runs = SECRETS.map(|secret| sent(At::Shared, secret));
    assert!(runs[0] != runs[1] && runs[0] != runs[2]);
    assert!(runs[0].windows(SECRETS[0].len()).any(|bytes| bytes == SECRETS[0].as_bytes()));
}
