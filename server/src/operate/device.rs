//! `samsynd device`: which clients may open a session. Rows in the node's database; a running node sees a change within
//! a second.

use crate::{
    config::Config,
    driver::now_ms,
    failure::Failure,
    output::Output,
    store::{Access, Backend, Device, Role, Store},
};
use samsyn_core::id::AuthorityId;
use samsyn_wire::transport::Pin;
use serde_json::json;
use std::fmt::Write;

/// `device add`.
pub async fn add(
    config: &Config,
    pin: Pin,
    name: &str,
    role: Role,
    authority: Option<AuthorityId>,
) -> Result<Output, Failure> {
    let store = open(config).await?;
    let device = Device { pin, name: name.to_owned(), role, authority, added_ms: now_ms(), revoked_ms: None };
    store.add_device(&device).await?;
    store.close().await;
    let text = format!("added {pin}\n  {name}, {role}\nA running node lets it connect within a second.");
    Ok(Output::new(text, row(&device)))
}

/// `device list`.
pub async fn list(config: &Config) -> Result<Output, Failure> {
    let store = open(config).await?;
    let devices = store.devices().await?;
    store.close().await;
    let mut text = String::new();
    for device in &devices {
        let state = if device.revoked_ms.is_some() { "revoked" } else { "in use" };
        let authority = device.authority.as_ref().map_or("-", |a| a.as_str());
        writeln!(text, "{}  {:<11} {:<8} {:<7} {}", device.pin, device.role.as_str(), authority, state, device.name)
            .ok();
    }
    if devices.is_empty() {
        text = "no devices: add one with 'samsynd device add'".into();
    }
    Ok(Output::new(text, devices.iter().map(row).collect()))
}

/// `device revoke`.
pub async fn revoke(config: &Config, pin: Pin) -> Result<Output, Failure> {
    let store = open(config).await?;
    store.revoke_device(&pin, now_ms()).await?;
    store.close().await;
    Ok(Output::new(
        format!("revoked {pin}: a running node refuses its calls within a second"),
        json!({"pin": pin, "revoked": true}),
    ))
}

/// Before the node's first start there is no database file yet: the same schema is made here.
async fn open(config: &Config) -> Result<Store, Failure> {
    if let Backend::Sqlite { path } = &config.store.backend
        && !path.exists()
    {
        Store::open(&config.store.backend, Access::Node).await?.close().await;
    }
    Store::open(&config.store.backend, Access::Tool).await
}

fn row(device: &Device) -> serde_json::Value {
    json!({
        "pin": device.pin, "name": device.name, "role": device.role.as_str(), "authority": device.authority,
        "added_ms": device.added_ms, "revoked_ms": device.revoked_ms,
    })
}
