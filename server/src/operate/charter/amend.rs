//! `charter amend`: the next version of a charter, to be read and signed like the first.

use super::{files, read_party, to_text, write_out};
use crate::{failure::Failure, output::Output};
use samsyn_core::{
    charter::{Charter, Cut, Disclosure, Kept},
    code::Code,
    id::{AuthorityId, CharterHash, OrgId},
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    str::FromStr,
};

/// What changes. At least one thing must.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Rows of joining parties.
    pub join: Vec<PathBuf>,
    pub leave: Vec<OrgId>,
    /// Rows that take the place of a party's old one.
    pub replace_key: Vec<ReplaceKey>,
    /// Parties that become, or cease to be, hosts of the programme office.
    pub office: Vec<OrgId>,
    pub no_office: Vec<OrgId>,
    pub cuts: Vec<CutArgument>,
    pub disclosures: Vec<DisclosureArgument>,
    /// Rival versions that this one sets aside.
    pub reject: Vec<CharterHash>,
}

/// `ORG=party.toml`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplaceKey {
    pub organisation: OrgId,
    pub row: PathBuf,
}

/// `ORG` (nothing is kept) or `ORG=LOG:HEADER,LOG:HEADER`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutArgument(pub Cut);

/// `ORG/AUTHORITY=DECISION`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosureArgument(pub Disclosure);

/// Writes the next version of the charter at `from` to `out`.
pub fn amend(from: &Path, changes: &Changes, out: &Path) -> Result<Output, Failure> {
    let file = files::read(from)?;
    let mut next = file.charter.clone();
    next.version += 1;
    next.previous = Some(file.hash);
    next.cuts = changes.cuts.iter().map(|c| c.0.clone()).collect();
    next.disclosures = changes.disclosures.iter().map(|d| d.0.clone()).collect();
    next.rejects = changes.reject.iter().copied().collect();
    change_parties(&mut next, changes)?;
    change_office(&mut next, changes)?;
    let same = next.parties == file.charter.parties && next.programme_office == file.charter.programme_office;
    if same && next.rejects.is_empty() {
        let remedy = "say what changes: --join, --leave, --replace-key, --office, --no-office or --reject";
        return Err(Failure::usage("the amendment changes nothing", remedy));
    }
    refuse_without_cuts(&file.charter, &next)?;
    write_out(&to_text(&next)?, out)
}

fn change_parties(next: &mut Charter, changes: &Changes) -> Result<(), Failure> {
    for org in &changes.leave {
        let index = position(next, org, "leave")?;
        next.parties.remove(index);
        next.programme_office.remove(org);
    }
    for replace in &changes.replace_key {
        let index = position(next, &replace.organisation, "replace-key")?;
        let mut row = read_party(&replace.row)?;
        if row.id != replace.organisation {
            let message =
                format!("{} is the row of '{}', not of '{}'", replace.row.display(), row.id, replace.organisation);
            return Err(
                Failure::new(Code::InputValue, message, "give that party's new party.toml").field("replace-key")
            );
        }
        // `init` knows no boards: those that the charter names stay.
        if row.authorities.is_empty() {
            row.authorities = std::mem::take(&mut next.parties[index].authorities);
        }
        next.parties[index] = row;
    }
    for file in &changes.join {
        next.parties.push(read_party(file)?);
    }
    next.parties.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(())
}

fn change_office(next: &mut Charter, changes: &Changes) -> Result<(), Failure> {
    for org in &changes.office {
        position(next, org, "office")?;
        next.programme_office.insert(org.clone());
    }
    for org in &changes.no_office {
        if !next.programme_office.remove(org) {
            let message = format!("'{org}' is no host of the programme office");
            return Err(Failure::new(Code::InputUnknownParty, message, "see 'samsynd charter show'").field("no-office"));
        }
    }
    Ok(())
}

fn position(charter: &Charter, org: &OrgId, field: &str) -> Result<usize, Failure> {
    charter.parties.iter().position(|p| p.id == *org).ok_or_else(|| {
        let known: Vec<&str> = charter.parties.iter().map(|p| p.id.as_str()).collect();
        let message = format!("'{org}' is no party of this charter");
        Failure::new(Code::InputUnknownParty, message, format!("give one of {}", known.join(", "))).field(field)
    })
}

/// Said here already, since the parties would otherwise sign a version that can never be in force.
fn refuse_without_cuts(before: &Charter, after: &Charter) -> Result<(), Failure> {
    let cut: BTreeSet<&OrgId> = after.cuts.iter().map(|c| &c.organisation).collect();
    for party in &before.parties {
        let office = |c: &Charter| c.programme_office.contains(&party.id);
        let loses =
            after.party(&party.id).is_none_or(|p| p.log_key != party.log_key) || office(before) && !office(after);
        if loses && !cut.contains(&party.id) {
            let id = &party.id;
            let message =
                format!("'{id}' loses its membership, key or office, and no cut says what is kept of its logs");
            let remedy = format!("add --cut {id} (nothing kept) or --cut {id}=LOG:HEADER,… for each log that is kept");
            return Err(Failure::new(Code::CharterCut, message, remedy).field("cut"));
        }
    }
    Ok(())
}

fn org(text: &str) -> Result<OrgId, String> {
    OrgId::new(text).map_err(|e| e.to_string())
}

impl FromStr for ReplaceKey {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (id, row) = text.split_once('=').ok_or("write ORG=party.toml")?;
        Ok(Self { organisation: org(id)?, row: PathBuf::from(row) })
    }
}

impl FromStr for CutArgument {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (id, kept) = text.split_once('=').unwrap_or((text, ""));
        let read = |pair: &str| {
            let (log, last) = pair.split_once(':').ok_or("write ORG or ORG=LOG:HEADER,LOG:HEADER")?;
            let wrong = |e: samsyn_core::id::IdError| format!("'{pair}': {e}");
            Ok::<_, String>(Kept { log: log.parse().map_err(wrong)?, last: last.parse().map_err(wrong)? })
        };
        let kept = kept.split(',').filter(|p| !p.is_empty()).map(read).collect::<Result<_, _>>()?;
        Ok(Self(Cut { organisation: org(id)?, kept }))
    }
}

impl FromStr for DisclosureArgument {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "write ORG/AUTHORITY=DECISION";
        let (who, decision) = text.split_once('=').ok_or(FORM)?;
        let (id, authority) = who.split_once('/').ok_or(FORM)?;
        if decision.trim().is_empty() {
            return Err(FORM.to_owned());
        }
        let authority = AuthorityId::new(authority).map_err(|e| e.to_string())?;
        Ok(Self(Disclosure { organisation: org(id)?, authority, decision: decision.trim().to_owned() }))
    }
}
