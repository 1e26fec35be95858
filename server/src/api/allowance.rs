//! How much one device may have under way and leave behind, so that a device out of control holds up nobody but itself
//! (keeps I6).

use crate::{
    failure::Failure,
    limits::{
        DRAFTS_BYTES_MAX, DRAFTS_MAX, DRAFTS_PER_DEVICE_MAX, PUSHES_PER_DEVICE_MAX, PUSHES_TRIED_MAX,
        WATCHES_PER_DEVICE_MAX,
    },
    store::Draft,
};
use samsyn_core::{code::Code, id::Incarnation};
use samsyn_wire::transport::Pin;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Semaphore;

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Allowances {
    devices: Mutex<BTreeMap<Pin, Used>>,
    /// Pushes that are tried now.
    pub(super) trying: Semaphore,
}

#[derive(Debug, Default)]
struct Used {
    pushes: usize,
    watches: usize,
    /// Working copies that it has made since the node started.
    made: BTreeSet<Incarnation>,
}

/// A call under way; ends when dropped.
#[derive(Debug)]
pub(super) struct UnderWay {
    allowances: Arc<Allowances>,
    pin: Pin,
    counted: fn(&mut Used) -> &mut usize,
}

impl Default for Allowances {
    fn default() -> Self {
        Self { devices: Mutex::default(), trying: Semaphore::new(PUSHES_TRIED_MAX) }
    }
}

impl Allowances {
    /// Lets a push of a device begin, or refuses it at once.
    pub(super) fn push(self: &Arc<Self>, pin: Pin) -> Result<UnderWay, Failure> {
        self.begin(pin, |used| &mut used.pushes, PUSHES_PER_DEVICE_MAX).ok_or_else(|| {
            let message = format!("this device has {PUSHES_PER_DEVICE_MAX} pushes under way");
            Failure::new(Code::DeviceBusy, message, "wait for their answers, then send again")
        })
    }

    /// Lets a device watch, or refuses it at once.
    pub(super) fn watch(self: &Arc<Self>, pin: Pin) -> Result<UnderWay, Failure> {
        self.begin(pin, |used| &mut used.watches, WATCHES_PER_DEVICE_MAX).ok_or_else(|| {
            let message = format!("this device watches in {WATCHES_PER_DEVICE_MAX} calls already");
            Failure::new(Code::DeviceBusy, message, "end one of them first")
        })
    }

    fn begin(self: &Arc<Self>, pin: Pin, counted: fn(&mut Used) -> &mut usize, max: usize) -> Option<UnderWay> {
        let mut devices = self.devices();
        let count = counted(devices.entry(pin).or_default());
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(UnderWay { allowances: self.clone(), pin, counted })
    }

    /// Whether a device may make one more draft, given all that were never published.
    pub(super) fn draft(&self, pin: Pin, drafts: &[Draft]) -> Result<(), Failure> {
        if drafts.len() >= DRAFTS_MAX {
            return Err(too_many(format!("this node has {DRAFTS_MAX} drafts that were never published")));
        }
        check_bytes(drafts)?;
        let mut devices = self.devices();
        let made = &mut devices.entry(pin).or_default().made;
        let kept: BTreeSet<Incarnation> = drafts.iter().map(|d| d.id).collect();
        made.retain(|id| kept.contains(id));
        if made.len() >= DRAFTS_PER_DEVICE_MAX {
            let message = format!("this device has made {DRAFTS_PER_DEVICE_MAX} drafts that were never published");
            return Err(too_many(message));
        }
        Ok(())
    }

    /// The device has made one.
    pub(super) fn made(&self, pin: Pin, id: Incarnation) {
        self.devices().entry(pin).or_default().made.insert(id);
    }

    fn devices(&self) -> MutexGuard<'_, BTreeMap<Pin, Used>> {
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether drafts may grow.
pub(super) fn check_bytes(drafts: &[Draft]) -> Result<(), Failure> {
    let bytes: u64 = drafts.iter().map(|d| d.bytes).sum();
    if bytes < DRAFTS_BYTES_MAX {
        return Ok(());
    }
    Err(too_many("the drafts of this node that were never published take 1 GiB".to_owned()))
}

fn too_many(message: String) -> Failure {
    Failure::new(Code::InputDrafts, message, "publish some of them, or ask the administrator of your node")
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut devices = self.allowances.devices();
        if let Some(used) = devices.get_mut(&self.pin) {
            *(self.counted)(used) -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(n: u64) -> Draft {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_be_bytes());
        Draft { id: Incarnation(id), bytes: 1 }
    }

    #[test]
    fn a_device_that_does_not_wait_is_refused_and_others_are_not() {
        let allowances = Arc::new(Allowances::default());
        let (one, other) = (Pin([1; 32]), Pin([2; 32]));
        let mut under_way: Vec<UnderWay> =
            (0..PUSHES_PER_DEVICE_MAX).map(|_| allowances.push(one).expect("may")).collect();
        assert_eq!(allowances.push(one).expect_err("one more").code, Code::DeviceBusy);
        allowances.push(other).expect("another device");
        under_way.pop();
        allowances.push(one).expect("one has ended");
    }

    #[test]
    fn drafts_are_bounded_for_each_device_for_all_and_in_bytes() {
        let allowances = Allowances::default();
        let (one, other) = (Pin([1; 32]), Pin([2; 32]));
        let mut drafts = Vec::new();
        for n in 0..DRAFTS_PER_DEVICE_MAX as u64 {
            allowances.draft(one, &drafts).expect("may");
            allowances.made(one, draft(n).id);
            drafts.push(draft(n));
        }
        assert_eq!(allowances.draft(one, &drafts).expect_err("one more").code, Code::InputDrafts);
        allowances.draft(other, &drafts).expect("another device");
        drafts.pop(); // published
        allowances.draft(one, &drafts).expect("one has been published");
        let many: Vec<Draft> = (0..DRAFTS_MAX as u64).map(draft).collect();
        assert_eq!(allowances.draft(other, &many).expect_err("the node is full").code, Code::InputDrafts);
        let large = [Draft { bytes: DRAFTS_BYTES_MAX, ..draft(1) }];
        assert_eq!(allowances.draft(other, &large).expect_err("the node is full").code, Code::InputDrafts);
    }
}
