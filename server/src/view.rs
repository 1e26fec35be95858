//! The read model: what devices, pages and programs are shown, each answer from this node's own projection and store.
//!
//! It hands out the messages of the wire contract, which are documented there, and knows neither gRPC nor HTTP.

mod alike;
mod followed;
mod freshness;
mod history;
mod list;
mod merges;
mod node;
mod prose;
mod records;
mod resolve;
mod search;
mod work;

pub(crate) use records::Moment;
pub(crate) use resolve::copy_id;

use crate::{
    driver::Handle,
    failure::Failure,
    store::{Device, Store, WorkingCopyRow},
    who::Who,
};
use merges::Merges;
use samsyn_core::{entry::Audience, id::HeaderHash, ledger::Ledger};
use std::{collections::BTreeMap, sync::Arc};

/// Reads for others.
#[derive(Debug, Clone)]
pub struct View {
    driver: Handle,
    store: Arc<Store>,
    merges: Arc<Merges>,
    kept: Arc<records::Kept>,
    clocks: Arc<freshness::Known>,
    alike: Arc<alike::Alikes>,
    texts: Arc<search::Texts>,
    /// Who asks, where it is a device: it sees the drafts that it may write or release.
    device: Option<Device>,
}

/// Whose eyes see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Eyes {
    /// A device of the own organisation: also its working copies.
    Device,
    /// The own organisation without working copies: what has been released to it.
    Released,
    /// Anybody: what has been released to the public.
    Public,
}

impl Eyes {
    /// True if what the entry states has been released to these eyes.
    fn may_see(self, ledger: &Ledger, header: &HeaderHash) -> bool {
        self.sees(ledger.release_of(header).map(|release| release.audience))
    }

    /// The same of what has been released so.
    pub(crate) fn sees(self, audience: Option<Audience>) -> bool {
        self != Self::Public || audience == Some(Audience::Public)
    }
}

impl View {
    pub fn new(driver: Handle, store: Arc<Store>) -> Self {
        Self {
            driver,
            store,
            merges: Arc::default(),
            kept: Arc::default(),
            clocks: Arc::default(),
            alike: Arc::default(),
            texts: Arc::default(),
            device: None,
        }
    }

    /// The same for a device: drafts that it neither writes nor releases are not there (keeps I4).
    pub(crate) fn of(&self, device: &Device) -> Self {
        Self { device: Some(device.clone()), ..self.clone() }
    }

    async fn working_copies(&self) -> Result<Vec<WorkingCopyRow>, Failure> {
        let mut rows = self.store.working_copies().await?;
        rows.retain(|row| self.device.as_ref().is_some_and(|d| Who::Device(d).sees_drafts(&row.authority)));
        Ok(rows)
    }

    /// What the federation calls itself.
    pub(crate) async fn federation_name(&self) -> Result<String, Failure> {
        self.driver.query(|machine, _| machine.ledger().charters().in_force().1.name.clone()).await
    }

    /// How many works have changed after a time, by the clocks of those who state.
    pub(crate) async fn works_after(&self, ms: u64, eyes: Eyes) -> Result<u64, Failure> {
        self.store.works_after(ms, eyes == Eyes::Public).await
    }

    /// How many works each stage has.
    pub(crate) async fn stages(&self, eyes: Eyes) -> Result<BTreeMap<String, u64>, Failure> {
        self.store.stages(eyes == Eyes::Public).await
    }
}
