//! A change's bytes, read without Automerge: how much they would become once decoded.
//!
//! Columns of a change are run-length encoded, so that a plain change of a hundred bytes can say that it holds 2^40
//! operations, and Automerge would walk through all of them before it found anything wrong. This reads the frame and
//! the runs, and nothing else: whether the operations mean anything is not asked here.
//!
//! Source of the format: Automerge's binary format, "change chunks" (automerge.org/automerge-binary-format-spec).

/// Operations of all changes in one push.
pub(super) const PUSH_OPERATIONS_MAX: usize = 200_000;
/// Bytes of an actor's name; ours have 16.
const ACTOR_BYTES_MAX: usize = 128;
/// Changes that one change may depend on, and other actors that it may name.
const NAMED_MAX: usize = 1_024;
/// Bytes of the message of a change; ours have none.
const MESSAGE_BYTES_MAX: usize = 1_024;
/// Milliseconds or seconds since 1970 that a program might write; ours write 0. Larger ones are not kept exactly.
const TIME_MAX: i64 = 1 << 53;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const PLAIN_CHANGE: u8 = 1;

/// The columns that a change of a working copy may have, as identifier and type: object, key, insert, action, value,
/// predecessors, and those of marks.
const COLUMNS: [(u32, Column); 14] = [
    (0x01, Column::Numbers), // object, actor
    (0x02, Column::Numbers), // object, counter
    (0x11, Column::Numbers), // key, actor
    (0x13, Column::Signed),  // key, counter
    (0x15, Column::Texts),   // key, text
    (0x34, Column::Booleans),
    (0x42, Column::Numbers), // action
    (0x56, Column::Numbers), // value, type and length
    (0x57, Column::Raw),     // value, bytes
    (0x70, Column::Groups),  // predecessors, how many
    (0x71, Column::Numbers),
    (0x73, Column::Signed),
    (0x94, Column::Booleans),
    (0xa5, Column::Texts),
];
const ACTION: u32 = 0x42;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Numbers,
    Signed,
    Texts,
    Booleans,
    /// Numbers that say how many items of the next columns belong together.
    Groups,
    Raw,
}

/// How many operations the change holds, or what is odd about it. No column may hold more than `operations_max` items.
pub(super) fn operations(bytes: &[u8], operations_max: usize) -> Result<usize, &'static str> {
    let mut chunk = Bytes(bytes);
    if chunk.take(4)? != MAGIC {
        return Err("it does not begin as a change does");
    }
    chunk.take(4)?; // a checksum, which Automerge compares
    if chunk.take(1)? != [PLAIN_CHANGE] {
        return Err("it is compressed or no change");
    }
    if chunk.length()? != chunk.0.len() {
        return Err("it is cut short, or something follows");
    }
    head(&mut chunk)?;
    let mut columns = Vec::new();
    for _ in 0..chunk.length_up_to(COLUMNS.len())? {
        let spec = chunk.number()?;
        let known = COLUMNS.iter().find(|(id, _)| u64::from(*id) == spec).ok_or("it has a column that is unknown")?;
        if columns.last().is_some_and(|(last, _, _)| *last >= known.0) {
            return Err("its columns are out of order");
        }
        columns.push((known.0, known.1, chunk.length()?));
    }
    let mut operations = 0;
    for (id, column, length) in columns {
        let items = Bytes(chunk.take(length)?).items(column, operations_max)?;
        if id == ACTION {
            operations = items;
        }
    }
    if chunk.0.is_empty() { Ok(operations) } else { Err("it carries more than operations") }
}

/// What stands before the columns.
fn head(chunk: &mut Bytes<'_>) -> Result<(), &'static str> {
    for _ in 0..chunk.length_up_to(NAMED_MAX)? {
        chunk.take(32)?;
    }
    let actor = chunk.length_up_to(ACTOR_BYTES_MAX)?;
    chunk.take(actor)?;
    let (sequence, start) = (chunk.number()?, chunk.number()?);
    if sequence == 0 || u32::try_from(sequence).is_err() || start == 0 || u32::try_from(start).is_err() {
        return Err("its numbers are out of range");
    }
    if !(0..=TIME_MAX).contains(&chunk.signed()?) {
        return Err("its time is out of range");
    }
    let message = chunk.length_up_to(MESSAGE_BYTES_MAX)?;
    chunk.take(message)?;
    for _ in 0..chunk.length_up_to(NAMED_MAX)? {
        let actor = chunk.length_up_to(ACTOR_BYTES_MAX)?;
        chunk.take(actor)?;
    }
    Ok(())
}

struct Bytes<'a>(&'a [u8]);

const SHORT: &str = "it is cut short";
const NUMBER: &str = "a number in it is too long";
/// What is told where a bound on how much is met.
pub(super) const MANY: &str = "it holds more than one push may";

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    /// An unsigned LEB128 number.
    fn number(&mut self) -> Result<u64, &'static str> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(NUMBER);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(NUMBER)
    }

    /// A signed LEB128 number.
    fn signed(&mut self) -> Result<i64, &'static str> {
        let mut number = 0i64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = i64::from(byte & 0x7f);
            if shift == 63 && bits != 0 && bits != 0x7f {
                return Err(NUMBER);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                let filled = shift + 7;
                let negative = byte & 0x40 != 0 && filled < 64;
                return Ok(if negative { number | (-1 << filled) } else { number });
            }
        }
        Err(NUMBER)
    }

    /// A length of what follows; never more than there is room for in memory.
    fn length(&mut self) -> Result<usize, &'static str> {
        usize::try_from(self.number()?).map_err(|_| NUMBER)
    }

    fn length_up_to(&mut self, max: usize) -> Result<usize, &'static str> {
        self.length().and_then(|length| if length <= max { Ok(length) } else { Err(MANY) })
    }

    /// Items that a column would be decoded to.
    fn items(mut self, column: Column, max: usize) -> Result<usize, &'static str> {
        let mut items = 0usize;
        let mut grouped = 0usize;
        let add = |sum: &mut usize, more: usize| {
            *sum = sum.checked_add(more).filter(|sum| *sum <= max).ok_or(MANY)?;
            Ok::<_, &'static str>(())
        };
        while !self.0.is_empty() {
            match column {
                Column::Raw => break,
                Column::Booleans => add(&mut items, self.length()?)?,
                _ => {
                    let run = self.signed()?;
                    let count = usize::try_from(run.unsigned_abs()).map_err(|_| MANY)?;
                    match run {
                        // So many without a value.
                        0 => add(&mut items, self.length()?)?,
                        // So many of one value.
                        1.. => {
                            add(&mut items, count)?;
                            let value = self.value(column)?;
                            add(&mut grouped, value.checked_mul(count).ok_or(MANY)?)?;
                        }
                        // So many values.
                        _ => {
                            add(&mut items, count)?;
                            for _ in 0..count {
                                let value = self.value(column)?;
                                add(&mut grouped, value)?;
                            }
                        }
                    }
                }
            }
        }
        Ok(items)
    }

    /// Steps over one value; for a group it gives its size.
    fn value(&mut self, column: Column) -> Result<usize, &'static str> {
        match column {
            Column::Groups => return self.length(),
            Column::Signed => drop(self.signed()?),
            Column::Texts => {
                let length = self.length()?;
                self.take(length)?;
            }
            _ => drop(self.number()?),
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::{Automerge, ROOT, transaction::Transactable};
    use proptest::prelude::*;

    fn change(text: &str) -> automerge::Change {
        let mut document = Automerge::new();
        let mut tx = document.transaction();
        let object = tx.put_object(ROOT, "text", automerge::ObjType::Text).expect("puts");
        tx.splice_text(&object, 0, 0, text).expect("inserts");
        tx.splice_text(&object, 0, isize::from(!text.is_empty()), "å").expect("replaces");
        tx.put(ROOT, "n", -5).expect("puts");
        tx.commit();
        document.get_changes(&[]).pop().expect("a change")
    }

    /// The bytes of a change that says it holds so many operations, without being any longer for it.
    fn runs(operations: i64, predecessors: u64) -> Vec<u8> {
        let number = |mut n: u64| {
            let mut bytes = Vec::new();
            while n >= 0x80 {
                bytes.push(u8::try_from(n & 0x7f).expect("seven bits") | 0x80);
                n >>= 7;
            }
            bytes.push(u8::try_from(n).expect("seven bits"));
            bytes
        };
        // A leading zero group keeps the sign positive.
        let run = |value: &[u8]| {
            let mut bytes = number(u64::try_from(operations).expect("positive"));
            if bytes.last().is_some_and(|b| b & 0x40 != 0) {
                *bytes.last_mut().expect("not empty") |= 0x80;
                bytes.push(0);
            }
            [bytes, value.to_vec()].concat()
        };
        let columns: Vec<(u8, Vec<u8>)> = vec![
            (0x15, run(&[1, b'x'])),
            (0x34, number(u64::try_from(operations).expect("positive"))),
            (0x42, run(&[1])),
            (0x56, run(&[0])),
            (0x70, run(&number(predecessors))),
        ];
        let mut data = vec![0, 16];
        data.extend([7; 16]);
        data.extend([1, 1, 0, 0, 0, u8::try_from(columns.len()).expect("few")]);
        for (spec, column) in &columns {
            // 0x94 and above would need two bytes; none is used here.
            data.push(*spec);
            data.push(u8::try_from(column.len()).expect("short"));
        }
        data.extend(columns.into_iter().flat_map(|(_, column)| column));
        let mut bytes = [&MAGIC[..], &[0; 4], &[PLAIN_CHANGE]].concat();
        bytes.extend(number(data.len() as u64));
        bytes.extend(data);
        bytes
    }

    #[test]
    fn runs_are_counted_without_being_walked() {
        assert_eq!(operations(&runs(1_000, 0), 1_000), Ok(1_000));
        assert_eq!(operations(&runs(1_001, 0), 1_000), Err(MANY));
        assert_eq!(operations(&runs(1 << 40, 0), PUSH_OPERATIONS_MAX), Err(MANY));
        assert_eq!(operations(&runs(1, 1 << 40), PUSH_OPERATIONS_MAX), Err(MANY));
        assert_eq!(operations(&runs(1_000, 1_000), PUSH_OPERATIONS_MAX), Err(MANY), "a thousand each");
    }

    proptest! {
        #[test]
        fn what_automerge_writes_is_counted_as_automerge_does(text in "[a-zåäö🇸🇪]{0,300}") {
            let change = change(&text);
            prop_assert_eq!(operations(change.raw_bytes(), PUSH_OPERATIONS_MAX), Ok(change.len()));
        }

        #[test]
        fn foreign_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..200, n in any::<u8>()) {
            operations(&bytes, PUSH_OPERATIONS_MAX).ok();
            let mut spoiled = change("text").raw_bytes().to_vec();
            if let Some(byte) = spoiled.get_mut(at) {
                *byte = n;
            }
            operations(&spoiled, PUSH_OPERATIONS_MAX).ok();
        }
    }
}
