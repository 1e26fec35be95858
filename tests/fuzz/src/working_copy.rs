//! Changes that a device pushes to a working copy: taken or refused, soon, and what is taken harms nobody afterwards.
//!
//! Automerge trusts its input, so the node tries a push on a copy, where panics are caught. An input is a push: pieces of
//! bytes that get a checksum which fits, or changes made of operations as no honest program makes them. What counts is
//! what the node does with the result where nothing is caught any more.

use crate::{plan::Plan, time::bounded};
use automerge::{
    ActorId, Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
    legacy::{self, ElementId, Key, ObjectId, Op, OpId, OpType},
};
use samsyn_client::model::{self, Draft};
use samsyn_core::{
    entry::DocumentKind,
    id::{FactId, HeaderHash, Path},
    value::Value,
};
use samsyn_server::working::{self, Bridge, Standing};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    num::NonZeroU64,
    panic::{self, AssertUnwindSafe},
    sync::{Mutex, Once, OnceLock, PoisonError},
};

/// Changes in one push, and operations in one change.
const CHANGES_MAX: usize = 4;
const OPERATIONS_MAX: usize = 16;
const BYTES: u8 = 1;
/// The checksum of a piece is left as it is.
const SPOILED: u8 = 2;
/// An honest device pushes with the hostile one.
const COMPANY: u8 = 4;
const RICH: u8 = 8;

static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// The node catches panics of Automerge, which libFuzzer's hook would end the process at. So this target has a hook of
/// its own, and ends the process at those that nothing caught.
pub fn check(data: &[u8]) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        panic::set_hook(Box::new(|info| {
            *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
        }));
    });
    if panic::catch_unwind(AssertUnwindSafe(|| check_push(data))).is_err() {
        eprintln!("{}", LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner));
        std::process::abort();
    }
}

/// A working copy as it is stored, and what its bridge is.
struct Stored {
    document: Automerge,
    bytes: Vec<u8>,
    bridge: Bridge,
    pool: Pool,
}

fn stored(rich: bool) -> &'static Stored {
    static FRESH: OnceLock<Stored> = OnceLock::new();
    static WRITTEN: OnceLock<Stored> = OnceLock::new();
    if rich { WRITTEN.get_or_init(|| make(true)) } else { FRESH.get_or_init(|| make(false)) }
}

fn make(rich: bool) -> Stored {
    let mut document = model::found(DocumentKind::Work).with_actor(actor(1));
    let bridge = Bridge::at(&document);
    if rich {
        edit(&mut document, |draft| {
            draft.set(path("/facts/title"), Value::Text("Hemmonitorering".into()));
            draft.set(path("/note"), Value::Prose("Äldre på väg hem 🇸🇪.".into()));
            draft.set(path("/facts/partners"), Value::References(["org:rvn".into(), "org:timra".into()].into()));
            draft.private.insert("budget".into(), "Oklart än".into());
        });
        let mut other = document.fork().with_actor(actor(2));
        edit(&mut other, |draft| draft.set(path("/note"), Value::Prose("Äldre och sjuka på väg hem 🇸🇪.".into())));
        edit(&mut document, |draft| draft.set(path("/learnings/timra/x/text"), Value::Prose("Lärdom".into())));
        document.merge(&mut other).expect("two honest copies merge");
        edit(&mut document, |draft| assert!(draft.remove(&path("/facts/partners"))));
    }
    let pool = Pool::of(&document);
    Stored { bytes: document.save(), document, bridge, pool }
}

fn check_push(data: &[u8]) {
    let mut plan = Plan::new(data);
    let flags = plan.byte();
    let stored = stored(flags & RICH != 0);
    let mut pushed = if flags & BYTES != 0 { pieces(flags, &mut plan) } else { changes(stored, &mut plan) };
    if flags & COMPANY != 0 {
        pushed.extend(honest(&stored.document, 3, "Tillagt. ").1);
    }
    let taken = bounded("taking a push", || working::take_changes(&stored.document, pushed.clone()));
    assert!(stored.document.save() == stored.bytes, "the stored copy is as it was");
    match taken {
        Err(failure) => {
            let told = failure.to_text();
            assert!(matches!(failure.code.exit_code(), 1 | 5) && !failure.remedy.is_empty(), "{told}");
        }
        Ok((copy, new)) => {
            assert!(new <= pushed.len());
            bounded("what comes after a push", || check_taken(stored, copy, pushed));
        }
    }
}

/// What the node and other devices do with a copy that was taken; nothing is caught here.
fn check_taken(stored: &Stored, copy: Automerge, pushed: Vec<Vec<u8>>) {
    let draft = model::read(&copy).expect("it reads as a working copy");
    draft.check().expect("its values are legal");
    let saved = copy.save();
    let loaded = working::load(&saved).unwrap_or_else(|f| panic!("it loads: {f}"));
    assert_eq!(model::read(&loaded).expect("reads"), draft, "stored and read, it says the same");
    assert_eq!(loaded.get_heads(), copy.get_heads());
    let _ = model::contested(&loaded).expect("reads");
    let again = working::take_changes(&loaded, pushed).unwrap_or_else(|f| panic!("it comes again: {f}"));
    assert_eq!(again.1, 0, "a push that comes again changes nothing");

    // A device that was away pulls what is new.
    let mut device = stored.document.clone();
    device.load_incremental(&loaded.save_after(&stored.document.get_heads())).expect("a device pulls");
    assert_eq!(model::read(&device).expect("reads"), draft);

    // A coordinator goes on writing, and so does one who had the copy as it was before.
    let (after, changes) = honest(&loaded, 4, "Efteråt. ");
    let (next, new) = working::take_changes(&loaded, changes).unwrap_or_else(|f| panic!("work goes on: {f}"));
    assert_eq!(new, 1);
    assert_eq!(model::read(&next).expect("reads"), after);
    // Whether the words of somebody offline are kept is up to what was pushed, which may take the text away; not whether
    // they come in.
    let (_, changes) = honest(&stored.document, 5, "Samtidigt. ");
    let (mut next, _) =
        working::take_changes(&next, changes).unwrap_or_else(|f| panic!("those offline come back: {f}"));

    // The node publishes, and brings in what others state.
    let mut bridge = Bridge::decode(&stored.bridge.encode()).expect("a bridge");
    let _ = bridge.difference(&draft);
    let id = FactId { header: HeaderHash([7; 32]), index: 0 };
    let standing = |value| Standing { facts: vec![id], value: Some(value), contested: false };
    let stated = BTreeMap::from([
        (path("/note"), standing(Value::Prose("En annan part. ".into()))),
        (path("/facts/stage"), standing(Value::Reference("stage:ongoing".into()))),
    ]);
    bridge.import(&mut next, &stated, || Ok(actor(9))).unwrap_or_else(|f| panic!("it imports: {f}"));
    let stored = working::load(&next.save()).unwrap_or_else(|f| panic!("it loads: {f}"));
    let imported = model::read(&stored).expect("reads");
    assert!(imported.value(&path("/facts/stage")).is_some(), "{imported:?}");
}

fn note(draft: &Draft) -> String {
    draft.prose.get(&path("/note")).cloned().unwrap_or_default()
}

/// What an honest device pushes that writes at the beginning of the note, and what it sees then.
fn honest(of: &Automerge, who: u8, words: &str) -> (Draft, Vec<Vec<u8>>) {
    let mut copy = of.fork().with_actor(actor(who));
    edit(&mut copy, |draft| draft.set(path("/note"), Value::Prose(format!("{words}{}", note(draft)))));
    let changes = copy.get_changes(&of.get_heads()).iter().map(|c| c.raw_bytes().to_vec()).collect();
    (model::read(&copy).expect("reads"), changes)
}

fn edit(document: &mut Automerge, edit: impl FnOnce(&mut Draft)) {
    let old = model::read(document).expect("reads");
    let mut new = old.clone();
    edit(&mut new);
    // A hostile push may have brought texts that are longer than honest ones may get.
    if new.check().is_ok() {
        model::write(document, &old, &new).expect("writes");
    }
}

fn path(text: &str) -> Path {
    Path::new(text).expect("a path")
}

fn actor(number: u8) -> ActorId {
    ActorId::from([number; 16])
}

/// Pieces that say what stands behind the length of a chunk.
fn pieces(flags: u8, plan: &mut Plan) -> Vec<Vec<u8>> {
    let mut pushed = Vec::new();
    while !plan.is_empty() && pushed.len() < CHANGES_MAX {
        let body = plan.piece();
        pushed.push(if flags & SPOILED == 0 { chunk(body) } else { body.to_vec() });
    }
    pushed
}

/// A plain change with this body.
pub fn chunk(body: &[u8]) -> Vec<u8> {
    let mut length = Vec::new();
    let mut left = body.len();
    loop {
        let low = u8::try_from(left & 0x7F).unwrap_or_default();
        left >>= 7;
        length.push(if left == 0 { low } else { low | 0x80 });
        if left == 0 {
            break;
        }
    }
    let hash = Sha256::new().chain_update([1]).chain_update(&length).chain_update(body).finalize();
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &[1], length.as_slice(), body].concat()
}

/// Bodies of what honest devices push, for the corpus.
pub fn honest_bodies() -> Vec<(bool, Vec<u8>)> {
    let mut bodies = Vec::new();
    for rich in [false, true] {
        for change in honest(&stored(rich).document, 3, "Tillagt. ").1 {
            let length = change[9..].iter().take_while(|b| **b >= 0x80).count() + 1;
            assert_eq!(chunk(&change[9 + length..]), change, "the chunk is built as Automerge builds it");
            bodies.push((rich, change[9 + length..].to_vec()));
        }
    }
    bodies
}

/// What operations may name: what is there, and what is not.
struct Pool {
    objects: Vec<ObjectId>,
    operations: Vec<OpId>,
    elements: Vec<ElementId>,
    max_op: u64,
}

impl Pool {
    fn of(document: &Automerge) -> Self {
        let heads = document.get_heads();
        let max_op = heads.iter().filter_map(|h| document.get_change_by_hash(h)).map(|c| c.max_op()).max().unwrap_or(0);
        let mut pool =
            Self { objects: vec![ObjectId::Root], operations: Vec::new(), elements: vec![ElementId::Head], max_op };
        pool.visit(document, &ROOT);
        let next = |ahead: u64| OpId::new(max_op + ahead, &actor(0xEE));
        for id in [
            next(1),
            next(2),
            next(3),
            OpId::new(999, &actor(0xEE)),
            OpId::new(u64::from(u32::MAX), &actor(1)),
            OpId::new(0, &actor(1)),
        ] {
            pool.objects.push(ObjectId::Id(id.clone()));
            pool.elements.push(ElementId::Id(id.clone()));
            pool.operations.push(id);
        }
        pool
    }

    fn visit(&mut self, document: &Automerge, map: &ObjId) {
        for key in document.keys(map) {
            for (value, id) in document.get_all(map, key.as_str()).expect("reads") {
                let Some(op) = op_of(&id) else { continue };
                self.operations.push(op.clone());
                self.objects.push(ObjectId::Id(op));
                match value.to_objtype() {
                    Some(ObjType::Map) => self.visit(document, &id),
                    Some(ObjType::Text) => {
                        let ops: Vec<OpId> =
                            document.list_range(&id, ..).filter_map(|item| op_of(&item.id())).collect();
                        self.elements.extend(ops.iter().take(6).cloned().map(ElementId::Id));
                        self.operations.extend(ops.into_iter().take(3));
                    }
                    _ => {}
                }
            }
        }
    }
}

fn op_of(id: &ObjId) -> Option<OpId> {
    if let ObjId::Id(counter, actor, _) = id { Some(OpId::new(*counter, actor)) } else { None }
}

fn changes(stored: &Stored, plan: &mut Plan) -> Vec<Vec<u8>> {
    let mut pushed: Vec<Vec<u8>> = Vec::new();
    let mut deps = stored.document.get_heads();
    let mut max_op = stored.pool.max_op;
    for seq in 1..=CHANGES_MAX as u64 {
        if plan.is_empty() {
            break;
        }
        let flags = plan.byte();
        let operations: Vec<Op> = (0..plan.below(OPERATIONS_MAX)).map(|_| operation(&stored.pool, plan)).collect();
        let start = match flags & 0x0C {
            0x04 => max_op.wrapping_add(u64::from(plan.u16())),
            0x08 => u64::from(u32::MAX) - u64::from(plan.byte()),
            _ => max_op + 1,
        };
        max_op = start.saturating_add(operations.len().max(1) as u64) - 1;
        let change = legacy::Change {
            operations,
            actor_id: actor([0xEE, 0xEE, 1, 3][usize::from(flags & 3)]),
            hash: None,
            seq: if flags & 0x10 == 0 { seq } else { u64::from(plan.u16()) },
            start_op: NonZeroU64::new(start).unwrap_or(NonZeroU64::MIN),
            time: i64::from(flags),
            message: (flags & 0x20 != 0).then(|| "meddelande".to_owned()),
            deps: if flags & 0xC0 == 0xC0 { Vec::new() } else { deps.clone() },
            extra_bytes: vec![flags; usize::from(flags & 0xC0 == 0x40) * 9],
            author: None,
        };
        // What Automerge cannot even write, no device can push.
        let Ok(change) = panic::catch_unwind(AssertUnwindSafe(|| Change::from(change))) else { break };
        deps = vec![change.hash()];
        pushed.push(change.raw_bytes().to_vec());
    }
    pushed
}

fn operation(pool: &Pool, plan: &mut Plan) -> Op {
    let (what, how) = (plan.byte(), plan.byte());
    let obj = pool.objects[plan.below(pool.objects.len())].clone();
    let key = match how & 7 {
        0..=4 => Key::Map(map_key(plan).into()),
        _ => Key::Seq(pool.elements[plan.below(pool.elements.len())].clone()),
    };
    let preds = match how >> 3 & 3 {
        3 => 2,
        other => other,
    };
    let pred: Vec<OpId> = (0..preds).map(|_| pool.operations[plan.below(pool.operations.len())].clone()).collect();
    Op { action: action(what, plan), obj, key, pred: pred.into(), insert: how & 0x20 != 0 }
}

fn map_key(plan: &mut Plan) -> String {
    const KEYS: [&str; 16] = [
        "kind",
        "format",
        "meta",
        "fields",
        "members",
        "prose",
        "private",
        "/note",
        "/facts/title",
        "/facts/summary",
        "/facts/partners",
        "/facts/partners org:rvn",
        "/x",
        "budget",
        "",
        "/facts/title ",
    ];
    let number = plan.byte();
    match KEYS.get(usize::from(number)) {
        Some(key) => (*key).to_owned(),
        None => String::from_utf8_lossy(plan.take(usize::from(number % 16))).into_owned(),
    }
}

fn action(what: u8, plan: &mut Plan) -> OpType {
    const TEXTS: [&str; 10] =
        ["text:Hej", "prose:", "references:", "integer:7", "date:HT 2023", "work", "x", "", "å🇸🇪", "text:\0"];
    let text = |plan: &mut Plan| {
        let number = plan.byte();
        match TEXTS.get(usize::from(number)) {
            Some(text) => (*text).to_owned(),
            None => String::from_utf8_lossy(plan.take(usize::from(number % 32))).into_owned(),
        }
    };
    match what % 20 {
        0..=4 => OpType::Put(ScalarValue::Str(text(plan).into())),
        5 => OpType::Put(ScalarValue::Int(i64::from(plan.byte()) - 1)),
        6 => OpType::Put(ScalarValue::Boolean(true)),
        7 => OpType::Put(ScalarValue::Null),
        8 => OpType::Put(ScalarValue::counter(i64::MAX - i64::from(plan.byte()))),
        9 => OpType::Put(ScalarValue::Bytes(vec![plan.byte(); 40])),
        10 => OpType::Put(ScalarValue::Str(text(plan).repeat(usize::from(plan.u16()) % 3_000).into())),
        11 => OpType::Make(ObjType::Map),
        12 => OpType::Make(ObjType::Text),
        13 => OpType::Make(ObjType::List),
        14 => OpType::Make(ObjType::Table),
        15 | 16 => OpType::Delete,
        17 => OpType::Increment(i64::MAX),
        18 => OpType::MarkBegin(legacy::MarkData {
            name: "b".into(),
            value: ScalarValue::Boolean(true),
            expand: what > 127,
        }),
        _ => OpType::MarkEnd(what > 127),
    }
}
