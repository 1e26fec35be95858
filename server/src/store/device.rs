//! Devices of the organisation's own people: who may open a session with this node, and with which role.

use super::{Store, failure, seal::Seal, signed, unsigned};
use crate::failure::Failure;
use samsyn_core::{code::Code, id::AuthorityId};
use samsyn_wire::transport::Pin;
use sqlx::{Row, any::AnyRow};
use std::{fmt, str::FromStr};

/// What a device's holder may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Reader,
    Coordinator,
    Releaser,
    Registrar,
    Admin,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Coordinator => "coordinator",
            Self::Releaser => "releaser",
            Self::Registrar => "registrar",
            Self::Admin => "admin",
        }
    }
    /// Coordinators and administrators edit and publish.
    pub fn may_edit(self) -> bool {
        matches!(self, Self::Coordinator | Self::Admin)
    }
    /// Releasers approve what others want to share. Running the node gives no right to that.
    pub fn may_release(self) -> bool {
        self == Self::Releaser
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "reader" => Ok(Self::Reader),
            "coordinator" => Ok(Self::Coordinator),
            "releaser" => Ok(Self::Releaser),
            "registrar" => Ok(Self::Registrar),
            "admin" => Ok(Self::Admin),
            other => Err(format!("'{other}' is no role: use reader, coordinator, releaser, registrar or admin")),
        }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub pin: Pin,
    pub name: String,
    pub role: Role,
    pub authority: Option<AuthorityId>,
    pub added_ms: u64,
    pub revoked_ms: Option<u64>,
}

impl Store {
    pub async fn devices(&self) -> Result<Vec<Device>, Failure> {
        let sql = "SELECT pin, name, role, authority, added_ms, revoked_ms, seal FROM device ORDER BY added_ms, pin";
        let rows = sqlx::query(sql).fetch_all(&self.read).await.map_err(failure)?;
        rows.iter().map(device).collect()
    }

    /// Adds a device; one that was revoked stays revoked, since its key may be in wrong hands.
    pub async fn add_device(&self, device: &Device) -> Result<(), Failure> {
        let sql = "INSERT INTO device (pin, name, role, authority, added_ms, seal) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let insert = sqlx::query(sql)
            .bind(device.pin.to_string())
            .bind(device.name.clone())
            .bind(device.role.as_str())
            .bind(device.authority.as_ref().map(ToString::to_string))
            .bind(signed(device.added_ms))
            .bind(seal(device).close());
        let done = insert.execute(&self.write).await.map_err(failure)?;
        if done.rows_affected() == 1 {
            return Ok(());
        }
        let message = format!("a device with the pin {} is there already", device.pin);
        Err(Failure::new(
            Code::DeviceUnknown,
            message,
            "see 'samsynd device list'; a revoked key cannot come back: make a new one",
        ))
    }

    pub async fn revoke_device(&self, pin: &Pin, now_ms: u64) -> Result<(), Failure> {
        let found = self.devices().await?.into_iter().find(|d| d.pin == *pin && d.revoked_ms.is_none());
        if let Some(device) = found {
            let revoked = Device { revoked_ms: Some(now_ms), ..device };
            let update =
                sqlx::query("UPDATE device SET revoked_ms = $1, seal = $2 WHERE pin = $3 AND revoked_ms IS NULL");
            let update = update.bind(signed(now_ms)).bind(seal(&revoked).close()).bind(pin.to_string());
            if update.execute(&self.write).await.map_err(failure)?.rows_affected() == 1 {
                return Ok(());
            }
        }
        let message = format!("no device in use has the pin {pin}");
        Err(Failure::new(Code::DeviceUnknown, message, "see 'samsynd device list'"))
    }
}

fn device(row: &AnyRow) -> Result<Device, Failure> {
    let text = |i: usize| row.try_get::<String, _>(i).map_err(failure);
    let bad = |what: &str| super::damaged(&format!("a device's {what}"));
    let authority: Option<String> = row.try_get(3).map_err(failure)?;
    let revoked: Option<i64> = row.try_get(5).map_err(failure)?;
    let stored: Option<Vec<u8>> = row.try_get(6).map_err(failure)?;
    let device = Device {
        pin: text(0)?.parse().map_err(|_| bad("pin"))?,
        name: text(1)?,
        role: text(2)?.parse().map_err(|_| bad("role"))?,
        authority: authority.map(|a| AuthorityId::new(&a)).transpose().map_err(|_| bad("authority"))?,
        added_ms: unsigned(row.try_get(4).map_err(failure)?),
        revoked_ms: revoked.map(unsigned),
    };
    seal(&device).check(stored.as_deref(), &format!("the device '{}'", device.name))?;
    Ok(device)
}

/// Who may connect, and as what, is believed as it stands here.
fn seal(device: &Device) -> Seal {
    let revoked = device.revoked_ms.map(|ms| signed(ms).to_le_bytes());
    Seal::of("device")
        .text(&device.pin.to_string())
        .text(&device.name)
        .text(device.role.as_str())
        .maybe(device.authority.as_ref().map(|a| a.as_str().as_bytes()))
        .number(signed(device.added_ms))
        .maybe(revoked.as_ref().map(<[u8; 8]>::as_slice))
}
