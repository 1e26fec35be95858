//! What must hold after the lines have healed.

use super::{
    HEALED_WITHIN, PARTIES, edits,
    play::{Batch, FILES_MAX, PEAK_KIB_MAX, Said},
};
use crate::county::{Footprint, county_digest};
use samsyn_wire::v1;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    time::{Duration, Instant},
};

const POLL: Duration = Duration::from_millis(50);
const PAGE: u32 = 500;

impl Batch {
    /// Waits until all nodes have the same charter, commits and digest, and nothing waits.
    pub(super) async fn equal(&mut self, since: Instant) -> Result<(), String> {
        loop {
            let states = self.states().await;
            let known: Vec<&v1::StatusResponse> = states.values().filter_map(|s| s.as_ref().ok()).collect();
            let settled = known.iter().all(|s| s.pending == 0 && s.missing_values == 0 && s.unproven == 0);
            let keys: BTreeSet<_> = known.iter().map(|s| (&s.charter_hash, s.commits, county_digest(s))).collect();
            if known.len() == PARTIES.len() && settled && keys.len() == 1 {
                return Ok(());
            }
            self.nobody_fell()?;
            if since.elapsed() > HEALED_WITHIN {
                return Err(format!("not equal {HEALED_WITHIN:?} after the healing\n{}", self.describe(&states)));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn states(&self) -> BTreeMap<&'static str, Result<v1::StatusResponse, String>> {
        let ask = |party: &'static str| {
            let client = self.clients[party].clone();
            tokio::spawn(async move { (party, client.status().await.map_err(|p| format!("{p:?}"))) })
        };
        let mut states = BTreeMap::new();
        for asked in PARTIES.map(ask) {
            let (party, state) = asked.await.expect("asking does not panic");
            states.insert(party, state);
        }
        states
    }

    fn describe(&self, states: &BTreeMap<&'static str, Result<v1::StatusResponse, String>>) -> String {
        let mut text = String::new();
        for (party, state) in states {
            let line = match state {
                Ok(s) => format!(
                    "{} commits, digest {:.16}, pending {}, refused {}, missing {}, unproven {}",
                    s.commits,
                    county_digest(s),
                    s.pending,
                    s.refused,
                    s.missing_values,
                    s.unproven
                ),
                Err(why) => format!("no answer: {why}"),
            };
            writeln!(text, "{party:12} {line}\n{}", self.county.node(party).tail()).expect("writes to a string");
        }
        text
    }

    /// Everything that was acknowledged is at every node (I2, I3).
    pub(super) async fn check_said(&self, said: &[Said]) -> Result<(), String> {
        for party in PARTIES {
            let client = &self.clients[party];
            let request = v1::ListWorksRequest { page_size: PAGE, ..v1::ListWorksRequest::default() };
            let list = client.works(request).await.map_err(|p| format!("{party}: {p:?}"))?;
            let titles: BTreeSet<&str> = list.works.iter().map(|w| w.title.as_str()).collect();
            let note = edits::note(client, &self.shared).await.map_err(|p| format!("{party}: {p:?}"))?;
            for words in said {
                let times = match words {
                    Said::Work(title) => usize::from(titles.contains(title.as_str())),
                    Said::Word(word) => note.matches(word.as_str()).count(),
                };
                if times != 1 {
                    let history =
                        edits::note_history(client, &self.shared).await.map_err(|p| format!("{party}: {p:?}"))?;
                    let shown = format!("{party} shows {words:?}, which was acknowledged, {times} times");
                    return Err(format!("{shown}\nthe note: {note:?}\n{history}"));
                }
            }
        }
        Ok(())
    }

    /// Nobody has ended by itself, complained of an error, or grown; gives the largest of each.
    pub(super) fn check_processes(&mut self) -> Result<Footprint, String> {
        self.nobody_fell()?;
        let mut most = Footprint::default();
        for party in PARTIES {
            let log = self.county.node(party).log();
            let read = self.log_read.entry(party).or_default();
            let wrong = log[*read..].lines().find(|line| line.contains(" ERROR ") || line.contains("panicked"));
            if let Some(line) = wrong {
                return Err(format!("{party} has logged: {line}"));
            }
            *read = log.len();
            let taken = self.county.footprint(party);
            if taken.peak_kib > PEAK_KIB_MAX || taken.files > FILES_MAX {
                return Err(format!("{party} has grown: {taken:?}"));
            }
            most.peak_kib = most.peak_kib.max(taken.peak_kib);
            most.files = most.files.max(taken.files);
        }
        Ok(most)
    }

    fn nobody_fell(&mut self) -> Result<(), String> {
        self.county.fallen().map_or(Ok(()), |who| Err(format!("the node of {who} has ended by itself")))
    }

    /// Waits until every node has a stream with every other, though others could relay.
    pub(super) async fn connected(&mut self, since: Instant) -> Result<(), String> {
        for party in PARTIES {
            loop {
                let parties = self.clients[party].parties().await.map_err(|p| format!("{party}: {p:?}"))?;
                let apart: Vec<&str> = parties.0.iter().filter(|p| !p.connected).map(|p| p.id.as_str()).collect();
                if apart.is_empty() {
                    break;
                }
                if since.elapsed() > HEALED_WITHIN {
                    return Err(format!(
                        "{party} has no stream with {} {HEALED_WITHIN:?} after the healing",
                        apart.join(", ")
                    ));
                }
                tokio::time::sleep(POLL).await;
            }
        }
        Ok(())
    }
}
