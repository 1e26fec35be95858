//! What a node knows of an authority: configuration, charter, the authorities' rules, and which roles are given.

use super::words::version;
use crate::{
    config::Config,
    rulebook::{Rulebook, Rules},
    store::Device,
};
use samsyn_core::{
    charter::{Authority, Charter, Party},
    id::AuthorityId,
};
use std::sync::Arc;

/// All that is known here.
pub(super) struct Known<'a> {
    pub(super) config: &'a Config,
    pub(super) charter: &'a Charter,
    /// The organisation's row in it.
    pub(super) own: &'a Party,
    /// Of the organisation, as the charter lists them; never none.
    pub(super) authorities: &'a [(AuthorityId, String)],
    pub(super) rulebook: &'a Rulebook,
    /// Those in use.
    pub(super) devices: &'a [Device],
    /// When the description is made.
    pub(super) day: String,
}

/// What is known of one authority.
pub(super) struct One<'a> {
    pub(super) known: &'a Known<'a>,
    pub(super) own: &'a Party,
    pub(super) authority: &'a AuthorityId,
    pub(super) name: &'a str,
    /// Its row in the charter, if it has one.
    pub(super) listed: Option<&'a Authority>,
    pub(super) rules: Arc<Rules>,
}

impl Known<'_> {
    /// One of `authorities`.
    pub(super) fn of<'a>(&'a self, authority: &'a AuthorityId) -> One<'a> {
        let name = self.authorities.iter().find(|(id, _)| id == authority).map_or("", |(_, name)| name);
        let listed = self.own.authorities.iter().find(|listed| listed.id == *authority);
        One { known: self, own: self.own, authority, name, listed, rules: self.rulebook.of(authority) }
    }

    /// True if the node writes down who has done what.
    pub(super) fn audited(&self) -> bool {
        self.config.audited()
    }

    /// The address of a page, where the configuration says how browsers reach them.
    pub(super) fn page(&self, path: &str) -> Option<String> {
        let url = self.config.web.as_ref()?.url.as_ref()?;
        Some(format!("{url}{path}"))
    }
}

impl One<'_> {
    /// From what and when a description is made.
    pub(super) fn basis(&self) -> Vec<String> {
        let rules = match self.rules.version.as_str() {
            "" => "Myndigheten har ingen regelfil på noden".to_owned(),
            version => format!("Myndighetens regelfil, version {version}"),
        };
        vec![
            format!("Gjord av noden {}", self.known.day),
            rules,
            format!("Samverkansavtalet «{}», version {}", self.known.charter.name, self.known.charter.version),
            format!("Programmet {}", version()),
            "Bara det som finns i samsyn beskrivs; myndighetens andra handlingar beskrivs på annat ställe".to_owned(),
        ]
    }

    /// The other parties.
    pub(super) fn others(&self) -> impl Iterator<Item = &Party> {
        self.known.charter.parties.iter().filter(|party| party.id != self.own.id)
    }
}
