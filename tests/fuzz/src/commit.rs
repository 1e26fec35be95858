//! Commits: whatever log acceptance takes, it takes again when every part is read and written anew, the author's own key
//! has signed it, and it takes effect without fail.
//!
//! Hashes and signatures would turn away nearly every changed byte, so an input may ask for them to be mended: then what
//! lies behind them is reached. What nobody has signed must still be refused.

use crate::{
    county::{self, PARTIES, county},
    plan::Plan,
    time::bounded,
};
use samsyn_core::{
    commit::{RawEntry, SaltedValue, SignedCommit, VerifiedCommit},
    entry::{Header, Link, Outline, outline_hash},
    id::{HeaderHash, LogId},
    ledger::{Ledger, Verified},
    limits,
    sign::{Domain, Signature},
    value::Value,
};

/// Outlines name the values that are there.
const MEND_VALUES: u8 = 1;
/// Headers name the outlines that are there, and each other.
const MEND_HEADERS: u8 = 2;
/// Headers are of this federation.
const MEND_FEDERATION: u8 = 4;
/// The last headers are signed by the party in the two highest bits.
const SIGN: u8 = 8;
/// Values are left out.
const BARE: u8 = 16;

pub fn check(data: &[u8]) {
    let (flags, mut range) = read(&mut Plan::new(data));
    mend(flags, &mut range);
    let ledger = &county().ledger;
    let verified = bounded("log acceptance", || ledger.verify(range.clone()));
    check_verified(ledger, &verified);
    for commit in &verified.commits {
        let author = &commit.log.organisation;
        let signer = (flags & SIGN != 0).then(|| county::org(usize::from(flags >> 6)));
        assert!(signer.as_ref() == Some(author) || was_signed(commit), "nobody but the author signs (I5)");
    }
    let again = ledger.verify(verified.commits.iter().map(signed).collect());
    assert!(again.refusal.is_none() && tips(&again) == tips(&verified), "what was taken is taken again");
    let anew = ledger.verify(verified.commits.iter().map(written_anew).collect());
    assert!(anew.refusal.is_none() && tips(&anew) == tips(&verified), "also when its parts are written anew");
    for commit in range {
        let _ = ledger.restore(commit, samsyn_core::commit::Proof::Chain);
    }
    if !verified.commits.is_empty() {
        bounded("effect", || take_effect(ledger, &verified));
    }
}

/// An input: flags, then commits, each with its entries. Every part has its length before it.
pub fn read(plan: &mut Plan) -> (u8, Vec<SignedCommit>) {
    let flags = plan.byte();
    let count = plan.below(8);
    let range = (0..count).map(|_| read_commit(plan)).collect();
    (flags, range)
}

fn read_commit(plan: &mut Plan) -> SignedCommit {
    let count = plan.below(16);
    let entries = (0..count).map(|_| read_entry(plan)).collect();
    let mut signature = [0; 64];
    let bytes = plan.take(64);
    signature[..bytes.len()].copy_from_slice(bytes);
    SignedCommit { entries, signature: Signature(signature) }
}

fn read_entry(plan: &mut Plan) -> RawEntry {
    let (header, outline) = (plan.piece().to_vec(), plan.piece().to_vec());
    let values = plan.below(16);
    let value = |plan: &mut Plan| {
        let salt = plan.byte();
        (salt != 0).then(|| SaltedValue { salt: [salt; 32], bytes: plan.piece().to_vec() })
    };
    RawEntry { header, outline, values: (0..values).map(|_| value(plan)).collect() }
}

/// The input that says a range; with salts of one byte, so that flags must mend the values.
pub fn write(flags: u8, range: &[SignedCommit]) -> Vec<u8> {
    let small = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
    let piece = |input: &mut Vec<u8>, bytes: &[u8]| {
        input.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes());
        input.extend(bytes);
    };
    let mut input = vec![flags, small(range.len())];
    for commit in range {
        input.push(small(commit.entries.len()));
        for entry in &commit.entries {
            piece(&mut input, &entry.header);
            piece(&mut input, &entry.outline);
            input.push(small(entry.values.len()));
            for value in &entry.values {
                input.push(value.as_ref().map_or(0, |v| v.salt[7].max(1)));
                if let Some(value) = value {
                    piece(&mut input, &value.bytes);
                }
            }
        }
        input.extend(commit.signature.0);
    }
    input
}

/// Mends what the flags say.
pub fn mend(flags: u8, range: &mut [SignedCommit]) {
    let mut before: Option<HeaderHash> = None;
    for commit in range {
        for entry in &mut commit.entries {
            if flags & BARE != 0 {
                entry.values.iter_mut().for_each(|v| *v = None);
            }
            mend_entry(flags, entry, before);
            before = Some(HeaderHash::of(&entry.header));
        }
        if let (true, Some(last)) = (flags & SIGN != 0, commit.entries.last()) {
            commit.signature = county::key(usize::from(flags >> 6), 0).sign(Domain::Commit, &last.header);
        }
    }
}

fn mend_entry(flags: u8, entry: &mut RawEntry, before: Option<HeaderHash>) {
    let Ok(mut header) = Header::decode(&entry.header) else { return };
    if flags & MEND_VALUES != 0
        && let Ok(Outline::Facts(mut facts)) = Outline::decode(header.kind, &entry.outline)
    {
        for (fact, value) in facts.iter_mut().zip(&entry.values) {
            if let (Some(outline), Some(value)) = (&mut fact.value, value) {
                outline.hash = Value::hash(&value.salt, &value.bytes);
                outline.bytes = u32::try_from(value.bytes.len()).unwrap_or(u32::MAX);
            }
        }
        entry.outline = Outline::Facts(facts).encode();
    }
    if flags & MEND_FEDERATION != 0 {
        (header.federation, header.charter) = (county::federation(), county::charter_hash());
    }
    if flags & MEND_HEADERS != 0 {
        header.outline_hash = outline_hash(&entry.outline);
        header.outline_bytes = u32::try_from(entry.outline.len()).unwrap_or(u32::MAX);
        if let (Link::Next(previous), Some(before)) = (&mut header.link, before) {
            *previous = before;
        }
    }
    entry.header = header.encode();
}

/// What a verified commit promises, checked by hand.
fn check_verified(ledger: &Ledger, verified: &Verified) {
    check_commits(ledger, &verified.commits);
    if let Some(last) = verified.commits.last() {
        assert!(last.signature_fits(), "the last signature covers all");
    }
}

/// Each part is what its header says, and each header what the one before it leads to.
pub fn check_commits(ledger: &Ledger, commits: &[VerifiedCommit]) {
    let mut before: Option<(LogId, HeaderHash, u64)> = None;
    for commit in commits {
        let headers = commit.entries.len();
        assert!(
            (1..=limits::COMMIT_HEADERS_MAX).contains(&headers)
                && signed(commit).size_bytes() <= limits::COMMIT_BYTES_MAX
        );
        let keys = ledger.charters().keys_of(&commit.log.organisation);
        assert!(keys.contains(&commit.key), "a key of the author's");
        for (at, entry) in commit.entries.iter().enumerate() {
            assert_eq!(entry.hash, HeaderHash::of(&entry.raw.header));
            assert_eq!(entry.header.encode(), entry.raw.header);
            assert_eq!(entry.outline.encode(), entry.raw.outline);
            assert_eq!(outline_hash(&entry.raw.outline), entry.header.outline_hash);
            assert_eq!(entry.header.log(entry.hash), commit.log);
            assert_eq!(entry.header.end_of_commit, at + 1 == headers);
            if let Some((log, hash, seq)) = &before {
                assert!(*log == commit.log && entry.header.link == Link::Next(*hash) && entry.header.seq == seq + 1);
            }
            check_values(&entry.raw, &entry.outline);
            before = Some((commit.log.clone(), entry.hash, entry.header.seq));
        }
    }
}

fn check_values(raw: &RawEntry, outline: &Outline) {
    assert!(raw.values.len() <= outline.facts().len());
    for (fact, value) in outline.facts().iter().zip(&raw.values) {
        let Some(value) = value else { continue };
        let named = fact.value.as_ref().map(|o| (o.hash, o.bytes as usize));
        assert_eq!(named, Some((Value::hash(&value.salt, &value.bytes), value.bytes.len())));
    }
}

/// True if the county's own parties have made these very signed bytes.
fn was_signed(commit: &VerifiedCommit) -> bool {
    let made = county().stored.iter().chain(county().ranges.iter().flatten());
    made.filter_map(|c| c.entries.last()).any(|last| last.header == commit.tip().raw.header)
}

pub fn signed(commit: &VerifiedCommit) -> SignedCommit {
    SignedCommit { entries: commit.entries.iter().map(|e| e.raw.clone()).collect(), signature: commit.signature }
}

fn written_anew(commit: &VerifiedCommit) -> SignedCommit {
    let entry = |e: &samsyn_core::commit::Entry| RawEntry {
        header: e.header.encode(),
        outline: e.outline.encode(),
        values: e.raw.values.clone(),
    };
    SignedCommit { entries: commit.entries.iter().map(entry).collect(), signature: commit.signature }
}

fn tips(verified: &Verified) -> Vec<HeaderHash> {
    verified.commits.iter().map(|c| c.tip().hash).collect()
}

fn take_effect(ledger: &Ledger, verified: &Verified) {
    let mut ledger = ledger.clone();
    let county = ledger.county();
    for commit in &verified.commits {
        ledger.apply(commit);
        assert!(ledger.verdict(&commit.tip().hash).is_some());
    }
    let digest = ledger.digest(&county);
    for commit in &verified.commits {
        let changes = ledger.apply(commit);
        assert!(changes.verdicts.is_empty() && changes.documents.is_empty() && changes.forks.is_empty());
        assert!(ledger.verify(vec![signed(commit)]).commits.is_empty(), "what is stored is left out");
    }
    assert_eq!(ledger.digest(&county), digest, "taken in twice, counted once");
    for number in 0..PARTIES {
        let _ = ledger.level2(&county, &county::org(number));
    }
}
