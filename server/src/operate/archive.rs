//! `samsynd archive export`: what an authority archives, as a package for an archive. May run beside the node.

use super::dispose;
use crate::{
    audit::{Act, Audit},
    config::Config,
    delivery::{self, Choice, Chosen, Home, Source, Wanted, choose},
    driver::{self, now_ms},
    failure::Failure,
    identity::NodeIdentity,
    output::Output,
    register::calendar,
    store::{Access, Store},
};
use jiff::{Timestamp, civil::Date};
use samsyn_client::table;
use samsyn_core::{
    code::Code,
    id::{AuthorityId, OrgId},
    ledger::Ledger,
};
use serde_json::{Value, json};
use std::{path::PathBuf, str::FromStr};

/// An authority, perhaps with its organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    organisation: Option<OrgId>,
    authority: AuthorityId,
}

impl FromStr for Whose {
    type Err = samsyn_core::id::IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((organisation, authority)) => {
                Ok(Self { organisation: Some(OrgId::new(organisation)?), authority: AuthorityId::new(authority)? })
            }
            None => Ok(Self { organisation: None, authority: AuthorityId::new(text)? }),
        }
    }
}

/// What was asked for on the command line.
#[derive(Debug, Clone)]
pub struct Asked {
    pub whose: Whose,
    /// Where the package is to be; none: only say what would be in it.
    pub out: Option<PathBuf>,
    pub from: Option<String>,
    pub until: Option<String>,
    pub classes: Vec<String>,
    pub cases: Vec<String>,
    pub documents: Vec<String>,
    pub everything: bool,
    pub received: bool,
    pub created: Option<String>,
}

pub async fn export(config: &Config, asked: Asked) -> Result<Output, Failure> {
    let store = Store::open(&config.store.backend, Access::Tool).await?;
    let done = export_from(config, &store, asked).await;
    store.close().await;
    done
}

async fn export_from(config: &Config, store: &Store, asked: Asked) -> Result<Output, Failure> {
    let identity = NodeIdentity::load(&config.identity)?;
    let own = &config.federation.organisation;
    let loaded = driver::load(store, own.clone(), identity.log_key).await?;
    let ledger = loaded.machine.ledger();
    let authority = own_authority(ledger, own, &asked.whose)?;
    let wanted = wanted(ledger, &asked)?;
    let created_ms = created(asked.created.as_deref())?;
    let rulebook = dispose::rules(config, ledger)?;
    let rules = rulebook.of(authority);
    let source = Source { ledger, own, store, authority, rules: &rules.version, created_ms };
    let choice = choose(source, &rules, &wanted).await?;
    let Some(out) = asked.out else { return Ok(Output::new(text(&choice), json_of(&choice, authority))) };

    let written = delivery::write(source, &choice, &out).await?;
    let (name, mets, files, bytes, secret) =
        (written.name.clone(), written.mets.clone(), written.files, written.bytes, written.secret);
    let act = Act::Archived {
        authority: authority.as_str(),
        package: &name,
        mets: &mets,
        documents: choice.documents.len(),
        secret,
    };
    // Nobody has it before that is written down.
    let noted = Audit::beside(&config.audit.directory).and_then(|audit| audit.write(act, None));
    if let Err(failure) = noted {
        written.discard();
        return Err(failure.field("audit.directory"));
    }
    written.put_in_place()?;
    let handle = match secret {
        0 => "nothing in it is marked as secret".to_owned(),
        n => format!(
            "{n} of them hold what is marked as secret or protected in the register: keep the package as secret"
        ),
    };
    let text = format!(
        "{}: {} documents in {files} files, {bytes} bytes\n{handle}\npackage {name}\nMETS.xml has the SHA-256 {mets}: tell it to the archive by another way",
        out.display(),
        choice.documents.len(),
    );
    let mut data = json_of(&choice, authority);
    data["package"] =
        json!({"name": name, "mets_sha256": mets, "files": files, "bytes": bytes, "secret": secret, "out": out});
    Ok(Output::new(text, data))
}

fn own_authority<'a>(ledger: &Ledger, own: &OrgId, whose: &'a Whose) -> Result<&'a AuthorityId, Failure> {
    if let Some(other) = whose.organisation.as_ref().filter(|organisation| *organisation != own) {
        let message = format!("this is the node of '{own}'; what '{other}' archives is exported at its own");
        let remedy = format!("write an authority of '{own}', or use the other node's configuration");
        return Err(Failure::new(Code::InputNotFound, message, remedy).field("authority"));
    }
    dispose::known(ledger, own, &whose.authority)?;
    Ok(&whose.authority)
}

fn wanted(ledger: &Ledger, asked: &Asked) -> Result<Wanted, Failure> {
    let documents = asked.documents.iter().map(|text| dispose::document(ledger, text)).collect::<Result<_, _>>()?;
    Ok(Wanted {
        from: day("from", asked.from.as_deref())?,
        until: day("until", asked.until.as_deref())?,
        classes: asked.classes.clone(),
        cases: asked.cases.clone(),
        documents,
        everything: asked.everything,
        received: asked.received,
    })
}

fn day(option: &str, text: Option<&str>) -> Result<Option<Date>, Failure> {
    let read = |text: &str| {
        let failure = || Failure::new(Code::InputDate, format!("'{text}' is no day"), "write for example 2026-11-22");
        text.parse().map_err(|_| failure().field(option))
    };
    text.map(read).transpose()
}

/// In whole seconds.
fn created(text: Option<&str>) -> Result<u64, Failure> {
    let Some(text) = text else { return Ok(now_ms() / 1_000 * 1_000) };
    let seconds = text.parse::<Timestamp>().ok().and_then(|at| u64::try_from(at.as_second()).ok());
    let seconds = seconds.filter(|seconds| *seconds > 0).ok_or_else(|| {
        let message = format!("'{text}' is no moment");
        Failure::new(Code::InputDate, message, "write for example 2026-11-22T10:00:00Z").field("created")
    })?;
    Ok(seconds * 1_000)
}

fn fate(chosen: &Chosen) -> String {
    match &chosen.row {
        None => "the plan says nothing of it".to_owned(),
        Some(row) => match &row.goes {
            None => format!("class {}, kept for ever", row.class),
            Some((after, basis)) => format!("class {}, goes after {after} ({basis})", row.class),
        },
    }
}

fn home(chosen: &Chosen) -> String {
    match &chosen.home {
        Home::Own => String::new(),
        Home::Kept(by) => format!("; '{by}' has had it erased, and it is kept here"),
        Home::Elsewhere(by) => format!("; received, archived by '{by}'"),
    }
}

fn text(choice: &Choice) -> String {
    let mut lines = Vec::new();
    for chosen in &choice.documents {
        let title = if chosen.title.is_empty() { "(no title)" } else { &chosen.title };
        lines.push(format!("{}  {title}", chosen.document));
        lines.push(format!(
            "  {}, {}; {}; {}{}",
            calendar::day(chosen.since_ms),
            chosen.case.as_deref().unwrap_or("no case"),
            if chosen.ended { "over" } else { "not over" },
            fate(chosen),
            home(chosen)
        ));
    }
    lines.push(format!("{} documents", choice.documents.len()));
    if choice.not_kept > 0 {
        lines.push(format!(
            "{} more that the plan does not keep for ever: --everything takes them too",
            choice.not_kept
        ));
    }
    if choice.elsewhere > 0 {
        lines.push(format!("{} more that another party archives: --received takes them too", choice.elsewhere));
    }
    // What others have written goes to a terminal.
    table::clean_lines(&lines.join("\n"))
}

fn json_of(choice: &Choice, authority: &AuthorityId) -> Value {
    let documents = choice.documents.iter().map(|chosen| {
        let (home, by) = match &chosen.home {
            Home::Own => ("own", None),
            Home::Kept(by) => ("kept", Some(by)),
            Home::Elsewhere(by) => ("received", Some(by)),
        };
        json!({
            "document": chosen.document, "kind": chosen.kind, "title": chosen.title, "case": chosen.case,
            "since": calendar::day(chosen.since_ms).to_string(), "ended": chosen.ended, "home": home, "archive_owner": by,
            "class": chosen.row.as_ref().map(|row| &row.class),
            "keeps": chosen.row.as_ref().map(|row| row.goes.is_none()),
        })
    });
    json!({
        "authority": authority, "documents": documents.collect::<Vec<_>>(), "not_kept": choice.not_kept,
        "elsewhere": choice.elsewhere,
    })
}
