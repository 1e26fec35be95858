//! Streams between nodes: in order within one, with any delay against others; frames come twice now and then; a stream
//! that ends takes with it what was still on its way to the one that has gone.

use super::random::Random;
use samsyn_core::sync::{Frame, SessionId};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// What travels.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Frame(Arc<Frame>),
    End,
}

/// One stream. Index 0 and 1 are its two ends; `ways[i]` leads to `ends[i]`.
#[derive(Debug)]
struct Link {
    ends: [usize; 2],
    ways: [VecDeque<(u64, Item)>; 2],
}

/// All streams, and who is cut off from whom.
#[derive(Debug, Default)]
pub(super) struct Network {
    links: BTreeMap<u64, Link>,
    next: u64,
    /// Nodes of different groups cannot reach each other.
    groups: Vec<usize>,
}

/// Something that arrives.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) at_ms: u64,
    pub(super) node: usize,
    pub(super) from: usize,
    pub(super) session: SessionId,
    pub(super) item: Item,
}

impl Network {
    pub(super) fn reachable(&self, a: usize, b: usize) -> bool {
        let group = |n: usize| self.groups.get(n).copied().unwrap_or(0);
        group(a) == group(b)
    }

    pub(super) fn connected(&self, a: usize, b: usize) -> bool {
        self.links.values().any(|l| l.ends == [a, b] || l.ends == [b, a])
    }

    /// Opens a stream; the number serves both ends.
    pub(super) fn connect(&mut self, a: usize, b: usize) -> SessionId {
        self.next += 1;
        self.links.insert(self.next, Link { ends: [a, b], ways: [VecDeque::new(), VecDeque::new()] });
        SessionId(self.next)
    }

    /// Puts a frame on its way, after what is already on it.
    pub(super) fn send(&mut self, session: SessionId, from: usize, item: Item, now_ms: u64, random: &mut Random) {
        let Some(link) = self.links.get_mut(&session.0) else { return };
        let to = usize::from(link.ends[0] == from);
        let after = link.ways[to].back().map_or(now_ms, |(at, _)| *at).max(now_ms);
        let slow = if random.chance(10) { 2_000 } else { 60 };
        let at = after + u64::try_from(random.below(slow)).unwrap_or(0);
        link.ways[to].push_back((at, item));
    }

    /// The sessions of a node.
    pub(super) fn sessions_of(&self, node: usize) -> Vec<(SessionId, usize)> {
        let own = self.links.iter().filter(|(_, l)| l.ends.contains(&node));
        own.map(|(id, l)| (SessionId(*id), if l.ends[0] == node { l.ends[1] } else { l.ends[0] })).collect()
    }

    /// A node has gone, or closes a stream: what it has sent still arrives, then the end; what was on its way to it is lost.
    pub(super) fn leave(&mut self, session: SessionId, node: usize, now_ms: u64) {
        let Some(link) = self.links.get_mut(&session.0) else { return };
        let own = usize::from(link.ends[1] == node);
        link.ways[own].clear();
        let other = 1 - own;
        let after = link.ways[other].back().map_or(now_ms, |(at, _)| *at);
        link.ways[other].push_back((after, Item::End));
        // Nothing more comes to the one that has left.
        link.ends[own] = usize::MAX;
    }

    /// Cuts the county in two; streams across break, what is on them is lost.
    pub(super) fn partition(&mut self, groups: Vec<usize>, now_ms: u64) {
        self.groups = groups;
        for link in self.links.values_mut() {
            let group = |n: usize| self.groups.get(n).copied().unwrap_or(0);
            if link.ends[0] != usize::MAX && link.ends[1] != usize::MAX && group(link.ends[0]) != group(link.ends[1]) {
                for way in &mut link.ways {
                    way.clear();
                    way.push_back((now_ms + 500, Item::End));
                }
            }
        }
    }

    pub(super) fn heal(&mut self) {
        self.groups.clear();
    }

    pub(super) fn quiet(&self) -> bool {
        self.links.values().all(|l| l.ways.iter().all(VecDeque::is_empty))
    }

    /// The frame that arrives next. It may be sent again.
    pub(super) fn arrive(&mut self, random: &mut Random) -> Option<Arrival> {
        let first = |l: &Link, way: usize| l.ways[way].front().map(|(at, _)| *at);
        let next = self.links.iter().flat_map(|(id, l)| (0..2).filter_map(|way| Some((first(l, way)?, *id, way))));
        let (at_ms, id, way) = next.min()?;
        let link = self.links.get_mut(&id)?;
        let again = random.chance(3);
        let (_, item) = link.ways[way].pop_front()?;
        if let Item::Frame(frame) = &item
            && again
            && !matches!(**frame, Frame::Hello(_))
        {
            link.ways[way].push_front((at_ms, item.clone()));
        }
        let (node, from) = (link.ends[way], link.ends[1 - way]);
        if matches!(item, Item::End) {
            link.ends[way] = usize::MAX;
        }
        if link.ends == [usize::MAX, usize::MAX] || matches!(item, Item::End) && link.ways[1 - way].is_empty() {
            self.links.remove(&id);
        }
        Some(Arrival { at_ms, node, from, session: SessionId(id), item })
    }
}
