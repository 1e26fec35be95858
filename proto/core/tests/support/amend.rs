//! How a history's charters come about: joining, leaving, new keys, offices, disputes and their settling.

use super::{
    world::{Amend, World, pick},
    *,
};

impl World {
    pub(super) fn amend(&mut self, amend: &Amend) {
        let head = self.charters[self.head].clone();
        let mut next = amendment(&head);
        match amend {
            Amend::Join => {
                let Some(newcomer) = (0..NAMES.len()).find(|n| head.charter.party(&org(*n)).is_none()) else { return };
                next.parties.push(party(newcomer, self.generations[newcomer]));
                next.disclosures = (0..NAMES.len()).map(disclosure).collect();
                self.process(newcomer, self.spaces[0]);
            }
            Amend::Leave { party, cuts } => {
                let leaver = Self::party_of(&head, *party);
                if head.charter.parties.len() <= 3 {
                    return;
                }
                next.parties.retain(|p| p.id != org(leaver));
                next.programme_office.remove(&org(leaver));
                next.cuts = vec![self.cut(leaver, cuts)];
            }
            Amend::Key { party, cuts } => {
                let holder = Self::party_of(&head, *party);
                self.generations[holder] += 1;
                let public = key(holder, self.generations[holder]).public();
                next.parties.iter_mut().filter(|p| p.id == org(holder)).for_each(|p| p.log_key = public);
                next.cuts = vec![self.cut(holder, cuts)];
            }
            Amend::Office { party, cuts } => {
                let host = Self::party_of(&head, *party);
                if !next.programme_office.insert(org(host)) {
                    next.programme_office.remove(&org(host));
                    next.cuts = vec![self.cut(host, cuts)];
                }
            }
            Amend::Dispute { party, cuts } => {
                let mut rival = next.clone();
                rival.name = format!("{} 2", next.name);
                let loser = Self::party_of(&head, *party);
                rival.cuts = vec![self.cut(loser, cuts)];
                self.offer(&next, &head);
                let first = self.charters.len() - 1;
                self.offer(&rival, &head);
                self.rivals = Some((first, self.charters.len() - 1));
                self.head = first + usize::from(party % 2);
                return;
            }
            Amend::Settle => {
                let Some((one, other)) = self.rivals.take() else { return };
                let (kept, set_aside) = if self.head == one { (one, other) } else { (other, one) };
                next = amendment(&self.charters[kept]);
                next.rejects = BTreeSet::from([self.charters[set_aside].hash()]);
                let kept = self.charters[kept].clone();
                return self.offer(&next, &kept);
            }
        }
        self.offer(&next, &head);
    }

    fn party_of(head: &File, number: u8) -> usize {
        let id = &head.charter.parties[pick(&head.charter.parties, number)].id;
        NAMES.iter().position(|n| *n == id.as_str()).expect("a known party")
    }

    /// A cut that keeps some of the party's commits: of each log the last, an earlier one, or none.
    fn cut(&self, party: usize, picks: &[u8]) -> Cut {
        let ends: Vec<(LogId, HeaderHash)> =
            self.ends.iter().filter(|(p, _, _)| *p == party).map(|(_, log, end)| (log.clone(), *end)).collect();
        let kept: Vec<(LogId, HeaderHash)> =
            picks.iter().filter(|_| !ends.is_empty()).map(|p| ends[pick(&ends, *p)].clone()).collect();
        cut(party, &kept)
    }

    /// Every party of the version before signs, and whoever joins.
    fn offer(&mut self, next: &Charter, before: &File) {
        let mut signers: Vec<(OrgId, LogKey)> = Vec::new();
        for (number, name) in NAMES.iter().enumerate() {
            let id = OrgId::new(name).expect("a name");
            let keys = [before.charter.party(&id), next.party(&id)].into_iter().flatten().map(|p| p.log_key);
            for public in keys {
                let key = (0..=self.generations[number]).map(|g| key(number, g)).find(|k| k.public() == public);
                signers.extend(key.map(|k| (id.clone(), k)));
            }
        }
        self.charters.push(signed(next, &signers));
        self.head = self.charters.len() - 1;
    }
}
