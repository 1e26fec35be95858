//! The device rows in memory, read anew when another process has changed them.

use crate::store::Role;
use crate::{
    failure::Failure,
    store::{Device, Store},
};
use samsyn_wire::transport::{Pin, PinPolicy};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

/// How soon an added or revoked device is seen.
const REFRESH: Duration = Duration::from_millis(500);

/// See the module's documentation.
#[derive(Debug)]
pub struct Devices {
    store: Arc<Store>,
    rows: RwLock<BTreeMap<Pin, Device>>,
    /// The node itself: 'samsynd status' on this machine, run by who can read the node's TLS key.
    node: Device,
}

impl Devices {
    pub async fn load(store: Arc<Store>, node: Pin) -> Result<Arc<Self>, Failure> {
        let node = Device {
            pin: node,
            name: "samsynd".to_owned(),
            role: Role::Reader,
            authority: None,
            added_ms: 0,
            revoked_ms: None,
        };
        let devices = Arc::new(Self { store, rows: RwLock::default(), node });
        devices.refresh().await?;
        Ok(devices)
    }

    /// Revoked devices may connect, so that they are told why they may do nothing.
    pub fn policy(self: &Arc<Self>) -> Arc<dyn PinPolicy> {
        self.clone()
    }

    pub fn find(&self, pin: &Pin) -> Option<Device> {
        if *pin == self.node.pin {
            return Some(self.node.clone());
        }
        self.rows.read().unwrap_or_else(PoisonError::into_inner).get(pin).cloned()
    }

    /// Keeps the rows fresh for as long as the node runs.
    pub async fn watch(&self) {
        loop {
            tokio::time::sleep(REFRESH).await;
            if let Err(failure) = self.refresh().await {
                tracing::warn!(code = %failure.code, "the devices could not be read: {failure}");
            }
        }
    }

    async fn refresh(&self) -> Result<(), Failure> {
        let rows = self.store.devices().await?.into_iter().map(|d| (d.pin, d)).collect();
        *self.rows.write().unwrap_or_else(PoisonError::into_inner) = rows;
        Ok(())
    }
}

impl PinPolicy for Devices {
    fn admits(&self, pin: &Pin) -> bool {
        self.find(pin).is_some()
    }
}
