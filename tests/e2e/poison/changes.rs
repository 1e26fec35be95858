//! Changes that Automerge takes, or chokes on: each would make a document panic, lose what others wrote or not load
//! again, if it were applied as it comes.

use automerge::{
    ActorId, Automerge, Change, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
    legacy::{self, ElementId, Key, ObjectId, Op, OpId, OpType},
    transaction::Transactable,
};
use sha2::{Digest, Sha256};
use std::num::NonZeroU64;

/// What is pushed, under a name for messages.
pub(super) type Case = (&'static str, Vec<Vec<u8>>);

/// The working copy as the hostile device has it: a title in `fields`, a text at `/note`.
pub(super) struct Victim<'a> {
    document: &'a Automerge,
    fields: OpId,
    private: OpId,
    prose: OpId,
    title: OpId,
    note: OpId,
    /// A letter of the note.
    letter: OpId,
    actor: ActorId,
}

impl<'a> Victim<'a> {
    pub(super) fn new(document: &'a Automerge) -> Self {
        let container = |name: &str| document.get(ROOT, name).expect("reads").expect("is there").1;
        let at = |object: &ObjId, key: &str| document.get(object, key).expect("reads").expect("is there").1;
        let (fields, prose) = (container("fields"), container("prose"));
        let note = at(&prose, "/note");
        let letter = document.list_range(&note, ..).next().expect("a letter").id();
        Self {
            document,
            title: op_id(&at(&fields, "/facts/title")),
            private: op_id(&container("private")),
            fields: op_id(&fields),
            prose: op_id(&prose),
            letter: op_id(&letter),
            note: op_id(&note),
            actor: ActorId::from([0xEE; 16]),
        }
    }

    /// The number that an honest next operation has.
    fn next(&self) -> u64 {
        let meta = |h: &ChangeHash| self.document.get_change_meta_by_hash(h).expect("a head").max_op;
        self.document.get_heads().iter().map(meta).max().expect("heads") + 1
    }

    fn own(&self, nth: u64) -> OpId {
        OpId::new(self.next() + nth, &self.actor)
    }

    /// An honest frame around hostile operations.
    fn frame(&self, operations: Vec<Op>) -> legacy::Change {
        legacy::Change {
            operations,
            actor_id: self.actor.clone(),
            hash: None,
            seq: 1,
            start_op: NonZeroU64::new(self.next()).expect("positive"),
            time: 0,
            message: None,
            deps: self.document.get_heads(),
            extra_bytes: Vec::new(),
            author: None,
        }
    }

    fn change(&self, operations: Vec<Op>) -> Vec<Vec<u8>> {
        vec![bytes(self.frame(operations))]
    }

    fn honest(&self) -> Vec<Op> {
        vec![put(&self.private, "k", "v", vec![])]
    }

    /// Operations that mean nothing, or something else than they say.
    pub(super) fn operations(&self) -> Vec<Case> {
        let nowhere = |n: u64| OpId::new(n, &self.actor);
        let op = |action, object: &OpId, key: Key, pred, insert| Op {
            action,
            obj: ObjectId::Id(object.clone()),
            key,
            pred: sorted(pred),
            insert,
        };
        let text = |t: &str| OpType::Put(ScalarValue::Str(t.into()));
        let key = |k: &str| Key::Map(k.into());
        let after = |e: &OpId| Key::Seq(ElementId::Id(e.clone()));
        let head = || Key::Seq(ElementId::Head);
        let make = OpType::Make;
        let counter = OpType::Put(ScalarValue::counter(i64::MAX));
        let more = || OpType::Increment(i64::MAX);
        let mark = legacy::MarkData { name: "b".into(), value: ScalarValue::Boolean(true), expand: false };
        let cases: Vec<(&'static str, Vec<Op>)> = vec![
            ("predecessor of another key", vec![put(&self.private, "k", "v", vec![self.title.clone()])]),
            ("predecessor that made a container", vec![put(&self.private, "k", "v", vec![self.fields.clone()])]),
            (
                "deletion by another key's operation",
                vec![op(OpType::Delete, &self.private, key("k"), vec![self.title.clone()], false)],
            ),
            ("object that is not there", vec![put(&nowhere(999), "k", "v", vec![])]),
            ("object that is a value", vec![put(&self.title, "k", "v", vec![])]),
            ("object with the largest number", vec![put(&OpId::new(u64::MAX, &self.actor), "k", "v", vec![])]),
            ("predecessor that is not there", vec![put(&self.private, "k", "v", vec![nowhere(77_777)])]),
            (
                "insertion after a letter that is not there",
                vec![op(text("z"), &self.note, after(&nowhere(777)), vec![], true)],
            ),
            (
                "value at a letter that is not there",
                vec![op(text("z"), &self.note, after(&nowhere(777)), vec![], false)],
            ),
            (
                "value over a letter",
                vec![op(text("z"), &self.note, after(&self.letter), vec![self.letter.clone()], false)],
            ),
            ("key in a text", vec![put(&self.note, "k", "v", vec![])]),
            ("place in a map", vec![op(text("z"), &self.private, head(), vec![], true)]),
            ("insertion at a key", vec![op(text("v"), &self.private, key("k"), vec![], true)]),
            (
                "increment of a text",
                vec![op(more(), &self.fields, key("/facts/title"), vec![self.title.clone()], false)],
            ),
            (
                "counter that overflows",
                vec![
                    op(counter, &self.private, key("c"), vec![], false),
                    op(more(), &self.private, key("c"), vec![self.own(0)], false),
                    op(more(), &self.private, key("c"), vec![self.own(0)], false),
                ],
            ),
            ("mark that does not end", vec![op(OpType::MarkBegin(mark), &self.note, head(), vec![], true)]),
            ("object in itself", vec![op(make(ObjType::Map), &self.own(0), key("me"), vec![], false)]),
            (
                "objects in each other",
                vec![
                    op(make(ObjType::Map), &self.own(1), key("a"), vec![], false),
                    op(make(ObjType::Map), &self.own(0), key("b"), vec![], false),
                ],
            ),
            ("page as a letter", vec![op(text(&"z".repeat(1_024)), &self.note, head(), vec![], true)]),
            ("map in a text", vec![op(make(ObjType::Map), &self.note, head(), vec![], true)]),
            ("number in a text", vec![op(OpType::Put(ScalarValue::Int(-1)), &self.note, head(), vec![], true)]),
            ("predecessor of itself", vec![put(&self.private, "k", "v", vec![self.own(0)])]),
            ("blind write", vec![put(&self.fields, "/facts/title", "text:BLIND", vec![])]),
            ("deletion of nothing", vec![op(OpType::Delete, &self.fields, key("/facts/title"), vec![], false)]),
            (
                "deletion of a container",
                vec![Op {
                    obj: ObjectId::Root,
                    ..op(OpType::Delete, &self.fields, key("fields"), vec![self.fields.clone()], false)
                }],
            ),
            (
                "another container",
                vec![Op {
                    obj: ObjectId::Root,
                    ..op(make(ObjType::Map), &self.fields, key("fields"), vec![self.fields.clone()], false)
                }],
            ),
            ("list under prose", vec![op(make(ObjType::List), &self.prose, key("/facts/x"), vec![], false)]),
            ("value that is none", vec![put(&self.fields, "/facts/stage", "nonsense", vec![])]),
        ];
        cases.into_iter().map(|(name, operations)| (name, self.change(operations))).collect()
    }

    /// Frames that do not continue what is there.
    pub(super) fn frames(&self) -> Vec<Case> {
        let other = self.document.get_changes_meta(&[]).first().expect("a change").actor.clone().into_owned();
        let with = |edit: &dyn Fn(&mut legacy::Change)| {
            let mut change = self.frame(self.honest());
            edit(&mut change);
            vec![bytes(change)]
        };
        let number = |n: u64| NonZeroU64::new(n).expect("positive");
        // The author's second change beside the first, with operations of the same names.
        let first = bytes(self.frame(self.honest()));
        let beside = with(&|c| {
            c.seq = 2;
            c.operations = vec![put(&self.private, "other", "v", vec![])];
        });
        let huge = "0".repeat(20_000_000);
        let mut bomb = Change::from(self.frame(vec![put(&self.private, "k", &huge, vec![])]));
        vec![
            ("numbers at their end", with(&|c| c.start_op = number(u64::from(u32::MAX)))),
            ("numbers past their end", with(&|c| c.start_op = number(u64::from(u32::MAX) + 7))),
            ("numbers that were used", with(&|c| c.start_op = number(1))),
            ("numbers that leave a gap", with(&|c| c.start_op = number(self.next() + 5))),
            ("another author's sequence number", with(&|c| c.actor_id = other.clone())),
            ("sequence number with a gap", with(&|c| c.seq = 7)),
            ("sequence number at its end", with(&|c| c.seq = u64::MAX)),
            ("author who forks himself", [vec![first.clone()], beside].concat()),
            ("nothing that it depends on", with(&|c| c.deps.clear())),
            ("something unknown that it depends on", with(&|c| c.deps = vec![ChangeHash([9; 32])])),
            ("time before time", with(&|c| c.time = i64::MIN)),
            ("time after time", with(&|c| c.time = i64::MAX)),
            ("bytes behind the operations", with(&|c| c.extra_bytes = vec![7; 1_000])),
            ("long message", with(&|c| c.message = Some("x".repeat(100_000)))),
            ("chunk that inflates a thousandfold", vec![bomb.bytes().to_vec()]),
            ("document instead of a change", vec![self.document.save()]),
            ("runs of a billion operations", vec![self.runs(1 << 40, 0)]),
            ("runs of a billion predecessors", vec![self.runs(1, 1 << 40)]),
            ("one good change and one bad", vec![first.clone(), vec![0; 40]]),
            ("half a change", vec![first[..first.len() / 2].to_vec()]),
            ("no bytes", vec![Vec::new()]),
        ]
    }

    /// A change of some hundred bytes with a right checksum that says it holds so many operations.
    fn runs(&self, operations: u64, predecessors: u64) -> Vec<u8> {
        let run = |value: Vec<u8>| [signed(operations), value].concat();
        let founder = self.private.actor().to_bytes().to_vec();
        let columns: Vec<(u8, Vec<u8>)> = vec![
            (0x01, run(vec![1])),
            (0x02, run(unsigned(self.private.counter()))),
            (0x15, run(vec![1, b'k'])),
            (0x34, unsigned(operations)),
            (0x42, run(vec![1])),
            (0x56, run(vec![6])), // an empty text
            (0x70, run(unsigned(predecessors))),
        ];
        let heads = self.document.get_heads();
        let mut data = unsigned(heads.len() as u64);
        data.extend(heads.iter().flat_map(|h| h.0));
        data.extend([&[16][..], &[0xEE; 16], &[1]].concat());
        data.extend(unsigned(self.next()));
        data.extend([0, 0, 1]);
        data.extend(unsigned(founder.len() as u64));
        data.extend(founder);
        data.push(u8::try_from(columns.len()).expect("few"));
        for (spec, column) in &columns {
            data.extend([*spec, u8::try_from(column.len()).expect("short")]);
        }
        data.extend(columns.into_iter().flat_map(|(_, column)| column));
        let framed = [&[1][..], &unsigned(data.len() as u64), &data].concat();
        [&[0x85, 0x6f, 0x4a, 0x83][..], &Sha256::digest(&framed)[..4], &framed].concat()
    }

    /// One that is well-formed in everything but says it is empty pages: to show that the others are refused for what
    /// they are.
    pub(super) fn harmless(&self) -> Vec<Vec<u8>> {
        self.change(self.honest())
    }

    /// What Automerge itself makes of a change of so many operations in a hundred bytes: it takes them all.
    pub(super) fn taken_from_a_run(&self, operations: u64) -> (usize, usize) {
        let bytes = self.runs(operations, 0);
        let length = bytes.len();
        (length, Change::from_bytes(bytes).expect("Automerge reads it").len())
    }
}

/// A change of many operations in one text: honest in shape, large in effect.
pub(super) fn large(document: &Automerge, letters: usize) -> Vec<Vec<u8>> {
    let mut copy = document.fork().with_actor(ActorId::random());
    let mut tx = copy.transaction();
    let prose = tx.get(ROOT, "prose").expect("reads").expect("is there").1;
    let note = tx.get(&prose, "/note").expect("reads").expect("is there").1;
    let length = isize::try_from(tx.length(&note)).expect("fits");
    tx.splice_text(&note, 0, length, &"x".repeat(letters)).expect("writes");
    tx.splice_text(&note, 0, isize::try_from(letters).expect("fits") - 1, "").expect("strikes");
    tx.commit();
    copy.get_changes(&document.get_heads()).iter().map(|c| c.raw_bytes().to_vec()).collect()
}

fn bytes(change: legacy::Change) -> Vec<u8> {
    Change::from(change).raw_bytes().to_vec()
}

fn put(object: &OpId, key: &str, value: &str, pred: Vec<OpId>) -> Op {
    Op {
        action: OpType::Put(ScalarValue::Str(value.into())),
        obj: ObjectId::Id(object.clone()),
        key: Key::Map(key.into()),
        pred: sorted(pred),
        insert: false,
    }
}

fn sorted(ids: Vec<OpId>) -> legacy::SortedVec<OpId> {
    ids.into_iter().collect::<Vec<_>>().into()
}

fn op_id(object: &ObjId) -> OpId {
    match object {
        ObjId::Id(counter, actor, _) => OpId::new(*counter, actor),
        ObjId::Root => panic!("the root is no operation"),
    }
}

fn unsigned(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).expect("seven bits"));
    bytes
}

/// A positive number as a signed one is written.
fn signed(number: u64) -> Vec<u8> {
    let mut bytes = unsigned(number);
    if let Some(last) = bytes.last_mut().filter(|last| **last & 0x40 != 0) {
        *last |= 0x80;
        bytes.push(0);
    }
    bytes
}
