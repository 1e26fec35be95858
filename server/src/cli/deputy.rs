//! `samsynd deputy`.

use super::ConfigArgs;
use crate::sign_in::Role;
use clap::{Args, Subcommand};
use samsyn_core::id::AuthorityId;
use serde::{
    Deserialize,
    de::{IntoDeserializer, value::Error},
};

#[derive(Debug, Subcommand)]
pub enum DeputyCommand {
    /// Let somebody act in another's place from one day to another
    ///
    /// She acts in her own name; the audit log says in whose place. The person's 'subject' stands in the audit log where
    /// she has signed in, or was refused: samsynd audit export.
    ///
    /// Example: samsynd deputy add --who certificate:SE2120000001-A123 --for 'registrator vid kansliet' \
    ///   --authority ks --role registrar --from 2026-12-01 --to 2026-12-14 --decision 'KS 2026:12'
    #[command(verbatim_doc_comment)]
    Add(DeputyAddArgs),
    /// List them, those that are over or to come too
    List(ConfigArgs),
    /// Take one away before its last day; the node need not be restarted
    Remove(DeputyRemoveArgs),
}

#[derive(Debug, Clone, Args)]
pub struct DeputyAddArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Who it is: the person's 'subject' in the audit log
    #[arg(long, value_name = "SUBJECT")]
    pub who: String,
    /// In whose place, as the function is called
    #[arg(long = "for", value_name = "TEXT")]
    pub place_of: String,
    /// The board
    #[arg(long, value_name = "ID")]
    pub authority: AuthorityId,
    /// What she may do there: reader, coordinator, releaser, registrar, archivist, office or admin
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub role: Role,
    /// The first day
    #[arg(long, value_name = "DAY")]
    pub from: String,
    /// The last day, a year after the first at most
    #[arg(long, value_name = "DAY")]
    pub to: String,
    /// The decision, as the authority names it
    #[arg(long, value_name = "TEXT")]
    pub decision: String,
}

#[derive(Debug, Clone, Args)]
pub struct DeputyRemoveArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// What 'list' calls it
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// As the configuration reads it.
fn role(text: &str) -> Result<Role, Error> {
    Role::deserialize(text.into_deserializer())
}
