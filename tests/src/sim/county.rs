//! Parties, keys and charters of the simulated county, and the desk where amendments are drawn up and signed.

use super::random::Random;
use samsyn_core::{
    charter::{self, Charter, Cut, Disclosure, Kept, LogTag, Party, PartyKind, Threshold},
    charter_book::Signatures,
    id::{CharterHash, HeaderHash, LogId, Name, OrgId},
    ledger::Ledger,
    sign::{Domain, LogKey},
};
use std::collections::{BTreeMap, BTreeSet};

/// Eight founders; the ninth may join.
pub(super) const NAMES: [&str; 9] =
    ["rvn", "sundsvall", "timra", "harnosand", "kramfors", "solleftea", "ornskoldsvik", "ange", "ragunda"];
pub(super) const FOUNDERS: usize = 8;

pub(super) fn name(text: &str) -> Name {
    Name::new(text).expect("a legal name")
}

pub(super) fn org(number: usize) -> OrgId {
    name(NAMES[number])
}

pub(super) fn number_of(org: &OrgId) -> Option<usize> {
    NAMES.iter().position(|n| *n == org.as_str())
}

/// A party's log key; each generation replaces the one before.
pub(super) fn key(number: usize, generation: u8) -> LogKey {
    let mut secret = [7; 32];
    secret[0] = u8::try_from(number).expect("few parties");
    secret[1] = generation;
    LogKey::from_secret(&secret)
}

fn party(number: usize, generation: u8) -> Party {
    let kind = if number == 0 { PartyKind::Region } else { PartyKind::Municipality };
    Party {
        id: org(number),
        name: NAMES[number].to_owned(),
        kind,
        organisation_number: None,
        log_key: key(number, generation).public(),
        pins: BTreeSet::from([format!("blake3:{number:064}")]),
        endpoints: Vec::new(),
        authorities: Vec::new(),
    }
}

/// A charter file with its signatures.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) charter: Charter,
    pub(super) bytes: Vec<u8>,
    pub(super) signatures: Signatures,
}

impl File {
    pub(super) fn hash(&self) -> CharterHash {
        charter::hash(&self.bytes)
    }
}

/// Where amendments are drawn up: it knows every version and whose key is whose.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) files: Vec<File>,
    pub(super) generations: [u8; 9],
    head: usize,
    rivals: Option<(usize, usize)>,
}

impl Desk {
    pub(super) fn open() -> Self {
        let charter = Charter {
            format: 1,
            name: "Västernorrland".to_owned(),
            version: 1,
            previous: None,
            rules: 1,
            threshold: Threshold::default(),
            programme_office: BTreeSet::from([org(0)]),
            rejects: BTreeSet::new(),
            vocabulary: BTreeMap::new(),
            parties: (0..FOUNDERS).map(|n| party(n, 0)).collect(),
            cuts: Vec::new(),
            disclosures: Vec::new(),
        };
        let mut desk = Self { files: Vec::new(), generations: [0; 9], head: 0, rivals: None };
        desk.sign(&charter, None);
        desk
    }

    pub(super) fn head(&self) -> &File {
        &self.files[self.head]
    }
    pub(super) fn member(&self, number: usize) -> bool {
        self.head().charter.party(&org(number)).is_some()
    }
    pub(super) fn key(&self, number: usize) -> LogKey {
        key(number, self.generations[number])
    }

    fn sign(&mut self, charter: &Charter, before: Option<&Charter>) -> File {
        let bytes = charter.to_toml().expect("a charter is TOML").into_bytes();
        let mut signatures = Signatures::new();
        for (number, name) in NAMES.iter().enumerate() {
            let id = OrgId::new(name).expect("a name");
            let rows = [before.and_then(|c| c.party(&id)), charter.party(&id)];
            for public in rows.into_iter().flatten().map(|p| p.log_key) {
                let own = (0..=self.generations[number]).map(|g| key(number, g)).find(|k| k.public() == public);
                signatures.extend(own.map(|k| (id.clone(), k.sign(Domain::Charter, &bytes))));
            }
        }
        let file = File { charter: charter.clone(), bytes, signatures };
        self.files.push(file.clone());
        file
    }

    fn next(&self) -> Charter {
        amendment(self.head())
    }

    fn amend(&mut self, next: &Charter) -> File {
        let before = self.head().charter.clone();
        let file = self.sign(next, Some(&before));
        self.head = self.files.len() - 1;
        file
    }

    pub(super) fn join(&mut self, number: usize) -> File {
        let mut next = self.next();
        next.parties.push(party(number, self.generations[number]));
        let disclose =
            |p: &Party| Disclosure { organisation: p.id.clone(), authority: name("ks"), decision: "KS 7".to_owned() };
        next.disclosures = self.head().charter.parties.iter().map(disclose).collect();
        self.amend(&next)
    }

    pub(super) fn leave(&mut self, number: usize, cut: Cut) -> File {
        let mut next = self.next();
        next.parties.retain(|p| p.id != org(number));
        next.programme_office.remove(&org(number));
        next.cuts = vec![cut];
        self.amend(&next)
    }

    pub(super) fn replace_key(&mut self, number: usize, cut: Cut) -> File {
        self.generations[number] += 1;
        let public = self.key(number).public();
        let mut next = self.next();
        next.parties.iter_mut().filter(|p| p.id == org(number)).for_each(|p| p.log_key = public);
        next.cuts = vec![cut];
        self.amend(&next)
    }

    pub(super) fn office(&mut self, number: usize, cut: Cut) -> File {
        let mut next = self.next();
        if !next.programme_office.insert(org(number)) {
            next.programme_office.remove(&org(number));
            next.cuts = vec![cut];
        }
        self.amend(&next)
    }

    /// Two valid successors of one version; the desk goes on from the first. None while two are open.
    pub(super) fn dispute(&mut self) -> Option<[File; 2]> {
        if self.rivals.is_some() {
            return None;
        }
        let before = self.head().charter.clone();
        let (mut one, mut other) = (self.next(), self.next());
        one.name.push_str(" (A)");
        other.name.push_str(" (B)");
        let files = [self.sign(&one, Some(&before)), self.sign(&other, Some(&before))];
        self.head = self.files.len() - 2;
        self.rivals = Some((self.files.len() - 2, self.files.len() - 1));
        Some(files)
    }

    /// Sets the second of two successors aside.
    pub(super) fn settle(&mut self) -> Option<File> {
        let (kept, set_aside) = self.rivals.take()?;
        let before = self.files[kept].charter.clone();
        let mut next = amendment(&self.files[kept]);
        next.rejects = BTreeSet::from([self.files[set_aside].hash()]);
        let file = self.sign(&next, Some(&before));
        self.head = self.files.len() - 1;
        Some(file)
    }

    pub(super) fn disputed(&self) -> bool {
        self.rivals.is_some()
    }
}

fn amendment(of: &File) -> Charter {
    Charter {
        version: of.charter.version + 1,
        previous: Some(of.hash()),
        rejects: BTreeSet::new(),
        cuts: Vec::new(),
        disclosures: Vec::new(),
        ..of.charter.clone()
    }
}

/// A cut as one node sees a party's logs: mostly their ends, now and then an earlier commit, rarely nothing.
pub(super) fn cut(ledger: &Ledger, number: usize, random: &mut Random) -> Cut {
    let mut kept = Vec::new();
    let logs = ledger.logs().filter(|(id, _)| id.organisation == org(number));
    for (id, log) in logs {
        for tip in log.tips().keys() {
            if random.chance(5) {
                continue;
            }
            let back = if random.chance(30) { random.below(3) } else { 0 };
            kept.push(Kept { log: LogTag::of(id), last: earlier(ledger, id, *tip, back) });
        }
    }
    Cut { organisation: org(number), kept }
}

/// The end of the commit so many before a tip, or of the log's first.
fn earlier(ledger: &Ledger, log: &LogId, tip: HeaderHash, back: usize) -> HeaderHash {
    let mut ends = vec![tip];
    let mut at = ledger.record(&tip).and_then(|r| r.previous);
    while let Some((hash, record)) = at.and_then(|h| Some((h, ledger.record(&h)?))).filter(|(_, r)| *r.log == *log) {
        if record.end_of_commit {
            ends.push(hash);
        }
        at = record.previous;
    }
    ends[back.min(ends.len() - 1)]
}
