//! Meeting a peer: greeting, charters, level 1 of `Have`, contact times, and the alarm when equal logs give unequal state.

use super::{Machine, Notice, Output, Send, SessionId};
use crate::{
    charter::{self, CharterError},
    charter_book::{Offered, Signatures},
    code::Code,
    id::{Digest, DocumentId, HeaderHash, OrgId, SpaceId},
    limits, rules,
    sync::frame::{CharterFile, Contact, Frame, Hello, OrgHave, OrgTips, SpaceHave},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

impl Machine {
    pub(super) fn charters_digest(&self) -> Digest {
        let mut hasher = blake3::Hasher::new_derive_key("samsyn v1 charters");
        for (hash, version) in self.ledger.charters().versions() {
            hasher.update(&hash.0);
            for (org, key) in version.signatures.keys() {
                hasher.update(org.as_str().as_bytes()).update(&[0]).update(&key.0);
            }
        }
        Digest(*hasher.finalize().as_bytes())
    }

    pub(super) fn on_hello(&mut self, session: SessionId, hello: &Hello, now_ms: u64, out: &mut Output) {
        if hello.federation != self.ledger.federation() {
            return self.close(session, Code::PeerFederation, out);
        }
        let same_charters = hello.charters == self.charters_digest();
        let Some(state) = self.sessions.get_mut(&session) else { return };
        state.greeted = true;
        state.same_rules = hello.rule_sets == rules::SUPPORTED;
        state.same_charters = same_charters;
        let differs_ms = hello.now_ms.abs_diff(now_ms);
        if differs_ms > limits::CLOCK_WARNING_MS {
            out.notices.push(Notice::Clock { peer: state.peer.clone(), differs_ms });
        }
        if !same_charters {
            self.send_charters(&[session], out);
        }
    }

    /// Every charter file, oldest first, in as many frames as they need.
    fn send_charters(&self, sessions: &[SessionId], out: &mut Output) {
        let mut versions: Vec<_> = self.ledger.charters().versions().map(|(_, v)| v).collect();
        versions.sort_by_key(|v| v.charter.version);
        let mut frames: Vec<Vec<CharterFile>> = Vec::new();
        let mut room = 0;
        for version in versions {
            let bytes = version.bytes.len();
            if room < bytes {
                frames.push(Vec::new());
                room = limits::CHARTERS_FRAME_BYTES;
            }
            room -= bytes;
            let file = CharterFile { bytes: version.bytes.clone(), signatures: version.signatures() };
            if let Some(frame) = frames.last_mut() {
                frame.push(file);
            }
        }
        for frame in frames.into_iter().map(|files| Arc::new(Frame::Charters(files))) {
            out.sends.extend(sessions.iter().map(|session| Send::Frame(*session, frame.clone())));
        }
    }

    pub(super) fn on_charters(&mut self, session: SessionId, files: &[CharterFile], out: &mut Output) {
        let peer = self.sessions[&session].peer.clone();
        for file in files {
            if let Err(error) = self.take_charter(&file.bytes, &file.signatures, out) {
                out.notices.push(Notice::CharterRefused {
                    peer: peer.clone(),
                    code: error.code,
                    message: error.message,
                });
            }
        }
        let book = self.ledger.charters();
        let Some(state) = self.sessions.get_mut(&session) else { return };
        for file in files {
            let hash = charter::hash(&file.bytes);
            match book.get(&hash) {
                Some(_) => drop(state.charters.shared.insert(hash, signatures_digest(&file.signatures))),
                None => state.charters.other = true,
            }
        }
        let shared = &state.charters.shared;
        let same = book.versions().all(|(hash, v)| shared.get(hash) == Some(&signatures_digest(&v.signatures())));
        state.same_charters = same && !state.charters.other;
    }

    pub(super) fn take_charter(
        &mut self,
        bytes: &[u8],
        signatures: &Signatures,
        out: &mut Output,
    ) -> Result<(), CharterError> {
        let (offered, changes) = self.ledger.offer_charter(bytes, signatures)?;
        if offered == Offered::Known {
            return Ok(());
        }
        out.persist.charters.insert(charter::hash(bytes));
        out.changes.merge(changes);
        // Until a peer says that it has them too, its state may differ from ours.
        self.sessions.values_mut().for_each(|state| state.same_charters = false);
        let greeted = self.greeted();
        self.send_charters(&greeted, out);
        if offered == Offered::Changed {
            for session in greeted {
                self.send_have(session, out);
            }
        }
        if offered == Offered::Changed {
            self.part_with_leavers(out);
            let disputed = !self.ledger.charters().disputed().is_empty();
            out.notices.push(Notice::CharterChanged { in_force: self.ledger.charters().in_force().0, disputed });
        }
        Ok(())
    }

    /// Ends the streams of who is no party any more; it has been sent the amendment that says so.
    pub(super) fn part_with_leavers(&mut self, out: &mut Output) {
        let (_, charter) = self.ledger.charters().in_force();
        let left: Vec<SessionId> =
            self.sessions.iter().filter(|(_, s)| charter.party(&s.peer).is_none()).map(|(id, _)| *id).collect();
        for session in left {
            self.close(session, Code::EffectNotAParty, out);
        }
    }

    /// Level 1 of the spaces that the peer is a member of: nothing else is ever named to it (keeps I4).
    pub(super) fn send_have(&self, session: SessionId, out: &mut Output) {
        let Some(state) = self.sessions.get(&session) else { return };
        // The county first, then what either of the two has founded: a third party that founds without end must keep them
        // from nothing (keeps I6). What is not named is told by its tips.
        let founder = |space: &SpaceId| self.ledger.record(&HeaderHash(space.0)).map(|record| &record.log.organisation);
        let mut shared: Vec<SpaceId> = self.shared_spaces(&state.peer).into_iter().collect();
        shared.sort_by_cached_key(|space| {
            let theirs = founder(space).is_some_and(|by| *by != self.own && *by != state.peer);
            (*space != self.ledger.county(), theirs, *space)
        });
        shared.truncate(limits::HAVE_SPACES_MAX);
        let have = |space: SpaceId| SpaceHave {
            space,
            organisations: self
                .ledger
                .level1(&space)
                .into_iter()
                .map(|(org, logs)| {
                    let commits = self.ledger.commits_of(&org, &space);
                    (org, OrgHave { logs, commits })
                })
                .collect(),
            state: self.ledger.digest(&space),
        };
        out.frame(session, Frame::Have(shared.into_iter().map(have).collect()));
    }

    pub(super) fn shared_spaces(&self, peer: &OrgId) -> BTreeSet<SpaceId> {
        let theirs = self.ledger.spaces_of(peer);
        theirs.into_iter().filter(|s| self.ledger.member(s, &self.own)).collect()
    }

    pub(super) fn on_have(&mut self, session: SessionId, spaces: Vec<SpaceHave>, out: &mut Output) {
        let peer = self.sessions[&session].peer.clone();
        let shared = self.shared_spaces(&peer);
        let county = self.ledger.county();
        let mut lists = Vec::new();
        let named: BTreeMap<SpaceId, &SpaceHave> = spaces.iter().map(|s| (s.space, s)).collect();
        for space in &shared {
            let theirs = named.get(space);
            let own = self.ledger.level1(space);
            let their_logs = |org: &OrgId| theirs.and_then(|t| t.organisations.get(org)).map(|h| h.logs);
            let differing: Vec<OrgId> = own
                .iter()
                .filter(|(org, digest)| their_logs(org) != Some(**digest))
                .map(|(org, _)| org.clone())
                .collect();
            for organisation in differing {
                let tips = self.ledger.level2(space, &organisation);
                lists.push(OrgTips { space: *space, organisation, tips });
            }
        }
        // Organisations of which only the peer has logs, and spaces that only it knows yet: it sends those tips itself.
        if let Some(state) = self.sessions.get_mut(&session) {
            state.theirs.clear(); // what it said before may stem from other charters
            for space in spaces {
                if space.space == county {
                    state.claims = space.organisations.iter().map(|(org, h)| (org.clone(), h.commits)).collect();
                }
                let level1 = space.organisations.into_iter().map(|(org, h)| (org, h.logs)).collect();
                if shared.contains(&space.space) {
                    state.theirs.insert(space.space, (level1, space.state));
                }
            }
        }
        for chunk in chunk_tips(lists) {
            out.frame(session, Frame::Tips(chunk));
        }
        self.compare_state(session, out);
    }

    /// Same logs, charters and rules must mean the same state (I3).
    pub(super) fn compare_state(&self, session: SessionId, out: &mut Output) {
        let Some(state) = self.sessions.get(&session).filter(|s| s.same_rules && s.same_charters) else { return };
        for (space, (level1, digest)) in &state.theirs {
            if *level1 == self.ledger.level1(space) && *digest != self.ledger.digest(space) {
                out.notices.push(Notice::StateDiffers {
                    peer: state.peer.clone(),
                    space: *space,
                    documents: Vec::new(),
                });
                let digests = self.ledger.document_digests(space);
                out.frame(session, Frame::DocumentDigests { space: *space, digests });
            }
        }
    }

    pub(super) fn on_digests(
        &mut self,
        session: SessionId,
        space: SpaceId,
        theirs: &BTreeMap<DocumentId, Digest>,
        out: &mut Output,
    ) {
        let peer = self.sessions[&session].peer.clone();
        if !self.shared_spaces(&peer).contains(&space) {
            return;
        }
        let own = self.ledger.document_digests(&space);
        let ids: BTreeSet<&DocumentId> = own.keys().chain(theirs.keys()).collect();
        let documents = ids.into_iter().filter(|id| own.get(id) != theirs.get(id)).copied().collect();
        out.notices.push(Notice::StateDiffers { peer, space, documents });
    }

    pub(super) fn on_contacts(&mut self, contacts: Vec<Contact>, now_ms: u64) {
        let (_, charter) = self.ledger.charters().in_force();
        for contact in contacts {
            let Some(party) = charter.party(&contact.organisation) else { continue };
            let known = self.contacts.get(&contact.organisation).map_or(0, |c| c.at_ms);
            let plausible = contact.at_ms <= now_ms.saturating_add(limits::CLOCK_WARNING_MS);
            if contact.at_ms > known && plausible && contact.fits(self.ledger.federation(), party.log_key) {
                self.contacts.insert(contact.organisation.clone(), contact);
            }
        }
    }

    pub(super) fn refresh_contact(&mut self, now_ms: u64) {
        let contact = Contact::sign(self.ledger.federation(), self.own.clone(), now_ms, &self.key);
        self.contacts.insert(self.own.clone(), contact);
    }
}

/// Who has signed a file, and with which bytes.
fn signatures_digest(signatures: &Signatures) -> Digest {
    let mut hasher = blake3::Hasher::new_derive_key("samsyn v1 charter signatures");
    for (organisation, signature) in signatures {
        hasher.update(organisation.as_str().as_bytes()).update(&[0]).update(&signature.0);
    }
    Digest(*hasher.finalize().as_bytes())
}

/// Splits lists of tips into frames within the protocol's bound.
fn chunk_tips(lists: Vec<OrgTips>) -> Vec<Vec<OrgTips>> {
    let mut frames: Vec<Vec<OrgTips>> = Vec::new();
    let mut room = 0;
    for list in lists {
        for tips in list.tips.chunks(limits::TIPS_FRAME_LOGS_MAX) {
            if tips.len() > room {
                frames.push(Vec::new());
                room = limits::TIPS_FRAME_LOGS_MAX;
            }
            room -= tips.len();
            let part = OrgTips { space: list.space, organisation: list.organisation.clone(), tips: tips.to_vec() };
            if let Some(frame) = frames.last_mut() {
                frame.push(part);
            }
        }
    }
    frames
}
