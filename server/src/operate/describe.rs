//! `samsynd describe`: the description of an authority's official documents and its regular exchange of data (OSL 4:2),
//! and an extract for its record of processing (GDPR, article 30), as far as this node knows. May run beside the node.
//!
//! Nothing is said that the node does not do or has not been told. What it cannot know is left to be filled in: in the
//! section `[describe]` of the authority's rules, or by hand in what is written, which is then not written over.

mod duties;
mod known;
mod osl;
mod page;
mod processing;
#[cfg(test)]
mod tests;
mod words;

use crate::{
    config::Config,
    failure::{Doing, Failure},
    operate::public_register,
    output::Output,
    rulebook::Rulebook,
    store::{Access, Store},
};
use known::Known;
use page::Description;
use samsyn_core::{charter::Party, code::Code, id::AuthorityId};
use serde_json::json;
use std::{fs, path::Path};

/// Describes one authority or all of the organisation's: to files, or as text.
pub async fn run(config: &Config, authority: Option<&AuthorityId>, out: Option<&Path>) -> Result<Output, Failure> {
    let store = Store::open(&config.store.backend, Access::Tool).await?;
    let charter = public_register::charter(&store).await;
    let devices = store.devices().await;
    store.close().await;
    let charter = charter?;
    let mut devices = devices?;
    devices.retain(|device| device.revoked_ms.is_none());
    let own = charter.party(&config.federation.organisation).ok_or_else(|| {
        let message = format!("the charter has no party '{}'", config.federation.organisation);
        Failure::config(message, "write the id that the charter has").field("federation.organisation")
    })?;
    let authorities = authorities(own)?;
    let ids = authorities.iter().map(|(id, _)| id.clone()).collect();
    let rulebook = Rulebook::open(config.rules.directory.as_deref(), &ids)?;
    let day = samsyn_client::time::local(samsyn_client::time::now_ms());
    let (charter, authorities, rulebook, devices) = (&charter, &authorities, &rulebook, &devices);
    let known = Known { config, charter, own, authorities, rulebook, devices, day };
    let wanted: Vec<&AuthorityId> = match authority {
        None => authorities.iter().map(|(id, _)| id).collect(),
        Some(one) if ids.contains(one) => vec![one],
        Some(other) => {
            let names: Vec<&str> = ids.iter().map(AuthorityId::as_str).collect();
            let message = format!("'{other}' is none of this organisation's authorities");
            let failure = Failure::new(Code::InputValue, message, format!("use one of {}", names.join(", ")));
            return Err(failure.field("authority"));
        }
    };
    let described: Vec<Description> = wanted.into_iter().map(|id| description(&known, id)).collect();
    if let Some(dir) = out {
        return written(&described, dir);
    }
    let text: Vec<String> = described.iter().map(Description::markdown).collect();
    Ok(Output::new(text.join("\n"), json!({"descriptions": described})))
}

/// The organisation's authorities; one without any in the charter is one itself.
fn authorities(own: &Party) -> Result<Vec<(AuthorityId, String)>, Failure> {
    if own.authorities.is_empty() {
        return Ok(vec![(AuthorityId::new("main")?, own.name.clone())]);
    }
    Ok(own.authorities.iter().map(|a| (a.id.clone(), a.name.clone())).collect())
}

fn description(known: &Known<'_>, authority: &AuthorityId) -> Description {
    let one = known.of(authority);
    Description {
        authority: authority.clone(),
        name: one.name.to_owned(),
        organisation: one.own.name.clone(),
        service: known.charter.name.clone(),
        basis: one.basis(),
        parts: vec![osl::part(&one), processing::part(&one)],
    }
}

/// Two files for each authority: one to read and print, one to work on in another program.
fn written(described: &[Description], dir: &Path) -> Result<Output, Failure> {
    let mut files = Vec::new();
    for one in described {
        files.push((dir.join(format!("beskrivning-{}.html", one.authority)), page::sealed(&one.html()?)));
        files.push((dir.join(format!("beskrivning-{}.md", one.authority)), page::sealed(&one.markdown())));
    }
    for (file, _) in &files {
        // Before any is written: all or none.
        if file.exists() && !page::untouched(&fs::read_to_string(file).doing("reading", file)?) {
            let message = format!("{} has been changed since it was made", file.display());
            let remedy = "move it away, or name another directory: what somebody has filled in is not written over";
            return Err(Failure::new(Code::InputValue, message, remedy).field("out"));
        }
    }
    fs::create_dir_all(dir).doing("making", dir)?;
    for (file, text) in &files {
        let mut part = file.clone().into_os_string();
        part.push(".ny");
        fs::write(&part, text).doing("writing", file)?;
        fs::rename(&part, file).doing("putting in place", file)?;
    }
    let blanks: usize = described.iter().map(Description::blanks).sum();
    let names: Vec<String> = files.iter().map(|(file, _)| file.display().to_string()).collect();
    let text =
        format!("{} authorities described in {}; {blanks} places are left to fill in", described.len(), dir.display());
    Ok(Output::new(text, json!({"authorities": described.len(), "blanks": blanks, "files": names})))
}
