//! Log acceptance: what makes a commit durable and count in `Have`. Nothing here looks at what an entry wants to do.

use super::Ledger;
use crate::{
    code::Code,
    commit::{self, DecodedCommit, Proof, SignedCommit, VerifiedCommit},
    entry::{Kind, Link, Outline},
    id::{HeaderHash, LogId},
    limits,
    sign::{Domain, PublicKey},
};
use std::collections::BTreeMap;

/// Commits of a contiguous range that were accepted, and why the rest were not.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    pub commits: Vec<VerifiedCommit>,
    pub refusal: Option<Refusal>,
}

/// Why log acceptance stopped, and at which header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: Code,
    pub log: Option<LogId>,
    pub header: Option<HeaderHash>,
}

struct Placed {
    log: LogId,
    key: PublicKey,
    commit: DecodedCommit,
}

impl Ledger {
    /// Log acceptance of a range of one log, oldest first:
    /// - each commit is well formed by itself (sizes, hashes, chain inside, kinds that may stand together);
    /// - it is of this federation, and follows the end of a stored commit or of the one before it in the range;
    /// - a log's first header names a key that the charter gives, or gave, its author;
    /// - the author is a member of the space, and the log has not more tips than a node reads;
    /// - the last signature fits. It covers, by the chain and by the one key of the log, all before it. Where it does
    ///   not, those before it are tried, but no more than [`limits::SIGNATURES_TRIED_MAX`]: each costs as much as the
    ///   rest of a small commit, and a hostile relay can put thousands into one frame (keeps I6).
    ///
    /// Commits already stored are left out. Values that do not fit their hash are left out: a relay may have spoiled
    /// them, and they can be had elsewhere. A wrong signature refuses the range from there on: the author has said
    /// nothing by it.
    pub fn verify(&self, range: Vec<SignedCommit>) -> Verified {
        let mut placed: Vec<Placed> = Vec::with_capacity(range.len());
        let mut refusal = None;
        for signed in range {
            match self.place_in_range(signed, &placed) {
                Ok(Some(next)) => placed.push(next),
                Ok(None) => {}
                Err(why) => {
                    refusal = Some(why);
                    break;
                }
            }
        }
        // The longest prefix that a valid signature covers.
        let fits = |p: &Placed| {
            let tip = &p.commit.entries[p.commit.entries.len() - 1];
            p.key.verify(Domain::Commit, &tip.raw.header, &p.commit.signature)
        };
        let untried = placed.len().saturating_sub(limits::SIGNATURES_TRIED_MAX);
        let covered = placed[untried..].iter().rposition(fits).map_or(0, |i| untried + i + 1);
        if let Some(bad) = placed.get(covered) {
            let header = bad.commit.entries.last().map(|e| e.hash);
            refusal = Some(Refusal { code: Code::ChainSignature, log: Some(bad.log.clone()), header });
            placed.truncate(covered);
        }
        let last = placed.len().saturating_sub(1);
        let commits = placed.into_iter().enumerate().map(|(i, p)| p.verified(i == last)).collect();
        Verified { commits, refusal }
    }

    fn place_in_range(&self, signed: SignedCommit, before: &[Placed]) -> Result<Option<Placed>, Refusal> {
        let plain = |code| Refusal { code, log: None, header: None };
        let commit = commit::decode(signed).map_err(plain)?;
        let (first, tip) = (&commit.entries[0], &commit.entries[commit.entries.len() - 1]);
        let log = first.header.log(first.hash);
        let refuse = |code| Refusal { code, log: Some(log.clone()), header: Some(first.hash) };
        if self.records.contains_key(&tip.hash) {
            return Ok(None);
        }
        if first.header.federation != self.federation() {
            return Err(refuse(Code::CommitFederation));
        }
        // The last signature covers only what it is chained to: a commit that does not follow the one before it in the
        // range would be believed without any signature of its author (keeps I5).
        if before.last().is_some_and(|p| first.header.link != Link::Next(p.tip())) {
            return Err(refuse(Code::ChainBroken));
        }
        let key = match &first.header.link {
            Link::First { key, .. } => {
                let known = self.book.keys_of(&log.organisation).contains(key);
                known.then_some(*key).ok_or_else(|| refuse(Code::ChainKey))?
            }
            Link::Next(previous) => self.follow(previous, &log, first.header.seq, before).map_err(refuse)?,
        };
        // Within a range the log, and so its author, are those of the commit before.
        if before.is_empty() {
            self.check_membership(&log, &commit).map_err(refuse)?;
        }
        let extends_tip = match (&first.header.link, self.logs.get(&log)) {
            (Link::Next(previous), Some(stored)) => stored.tips.contains_key(previous),
            (_, None) => true,
            (Link::First { .. }, Some(_)) => false,
        };
        let tips = self.logs.get(&log).map_or(0, |l| l.tips.len());
        if !extends_tip && before.is_empty() && tips >= limits::TIPS_PER_LOG_MAX {
            return Err(refuse(Code::ChainTips));
        }
        Ok(Some(Placed { log, key, commit }))
    }

    /// The key of the log, if `previous` ends a commit at the position before.
    fn follow(&self, previous: &HeaderHash, log: &LogId, seq: u64, before: &[Placed]) -> Result<PublicKey, Code> {
        if let Some(placed) = before.last().filter(|p| p.tip() == *previous) {
            let tip_seq = placed.commit.entries[placed.commit.entries.len() - 1].header.seq;
            return if placed.log == *log && tip_seq + 1 == seq { Ok(placed.key) } else { Err(Code::ChainBroken) };
        }
        let record = self.records.get(previous).ok_or(Code::ChainGap)?;
        let follows = *record.log == *log && record.seq + 1 == seq && record.end_of_commit;
        if follows { Ok(record.key) } else { Err(Code::ChainBroken) }
    }

    fn check_membership(&self, log: &LogId, commit: &DecodedCommit) -> Result<(), Code> {
        if log.space == self.county() {
            return Ok(()); // the key is one that the charter gives a party
        }
        if let Outline::Space(founding) = &commit.entries[0].outline {
            let member = founding.members.contains(&log.organisation);
            return if member && commit.entries[0].header.kind == Kind::Space {
                Ok(())
            } else {
                Err(Code::ChainNotMember)
            };
        }
        let founding = self.space(&log.space).ok_or(Code::ChainSpace)?;
        if founding.members.contains(&log.organisation) { Ok(()) } else { Err(Code::ChainNotMember) }
    }

    /// Reads a commit back from this node's own store, where it was put after it had been verified.
    pub fn restore(&self, signed: SignedCommit, proof: Proof) -> Result<Option<VerifiedCommit>, Refusal> {
        let Some(placed) = self.place_in_range(signed, &[])? else { return Ok(None) };
        let mut commit = placed.verified(true);
        commit.proof = proof;
        Ok(Some(commit))
    }
}

impl Placed {
    fn tip(&self) -> HeaderHash {
        self.commit.entries[self.commit.entries.len() - 1].hash
    }

    fn verified(self, last: bool) -> VerifiedCommit {
        let mut entries = self.commit.entries;
        for entry in &mut entries {
            let fits: BTreeMap<usize, bool> = entry
                .outline
                .facts()
                .iter()
                .enumerate()
                .map(|(i, fact)| {
                    let value = entry.raw.values.get(i).and_then(Option::as_ref);
                    let fits = |v: &commit::SaltedValue, o: &crate::entry::ValueOutline| {
                        crate::value::Value::hash(&v.salt, &v.bytes) == o.hash && v.bytes.len() == o.bytes as usize
                    };
                    (i, value.zip(fact.value.as_ref()).is_some_and(|(v, o)| fits(v, o)))
                })
                .collect();
            for (index, value) in entry.raw.values.iter_mut().enumerate() {
                if !fits.get(&index).copied().unwrap_or(false) {
                    *value = None;
                }
            }
        }
        let proof = if last { Proof::Own } else { Proof::Chain };
        VerifiedCommit { log: self.log, key: self.key, entries, signature: self.commit.signature, proof }
    }
}
