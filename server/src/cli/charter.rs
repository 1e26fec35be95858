//! Definitions of `samsynd charter`.

use crate::operate::charter::amend::{CutArgument, DisclosureArgument, ReplaceKey};
use clap::{Args, Subcommand};
use samsyn_core::id::{CharterHash, OrgId};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum CharterCommand {
    /// Write the first charter of a federation from the parties' rows (two or more)
    ///
    /// Example: samsynd charter new --name 'Samverkan Y-län' \
    ///   --party a/party.toml --party b/party.toml --out charter.toml
    #[command(verbatim_doc_comment)]
    New(NewArgs),
    /// Sign a charter file as this party; writes <charter>.<organisation>.sig beside it
    ///
    /// Example: samsynd charter sign --config node/samsynd.toml charter.toml
    Sign(SignArgs),
    /// Write the next version of a charter, to be signed by the parties
    ///
    /// Example: samsynd charter amend --from charter.toml --join new/party.toml \
    ///   --disclosure 'sundsvall/ks=KS 2026:12' --out charter-2.toml
    #[command(verbatim_doc_comment)]
    Amend(AmendArgs),
    /// Print the --cut that keeps what this node has of a party's logs, for 'charter amend'
    ///
    /// Look at the list first: what a stolen key has written is in it too. The node may be running.
    /// Example: samsynd charter cut --config node/samsynd.toml timra
    #[command(verbatim_doc_comment)]
    Cut(CutArgs),
    /// Tell whose signatures are there, missing or wrong, and whether the charter is in force (exit code 3 if not)
    Verify(FileArgs),
    /// Show parties, keys, pins, threshold, hash and federation id
    Show(FileArgs),
}

#[derive(Debug, Clone, Args)]
pub struct FileArgs {
    /// The charter file; signatures and earlier versions lie beside it
    #[arg(value_name = "CHARTER")]
    pub charter: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct CutArgs {
    #[command(flatten)]
    pub config: super::ConfigArgs,
    /// The party whose logs are cut
    #[arg(value_name = "ORG")]
    pub organisation: OrgId,
}

#[derive(Debug, Clone, Args)]
pub struct NewArgs {
    /// What the parties call their cooperation
    #[arg(long, value_name = "TEXT")]
    pub name: String,
    /// A party's row, as 'samsynd init' wrote it; once for each party
    #[arg(long = "party", value_name = "FILE", required = true)]
    pub parties: Vec<PathBuf>,
    /// A party that hosts staff of the programme office; may be repeated
    #[arg(long = "office", value_name = "ORG")]
    pub office: Vec<OrgId>,
    /// The file to write; it must not exist
    #[arg(long, value_name = "FILE", default_value = "charter.toml")]
    pub out: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct SignArgs {
    /// The node's configuration, which names organisation and key
    #[arg(long, value_name = "FILE", required_unless_present = "key", conflicts_with_all = ["key", "organisation"])]
    pub config: Option<PathBuf>,
    /// The log key file, where there is no configuration
    #[arg(long, value_name = "FILE", requires = "organisation")]
    pub key: Option<PathBuf>,
    /// The party that signs, with --key
    #[arg(long, value_name = "ID", requires = "key")]
    pub organisation: Option<OrgId>,
    /// The charter file
    #[arg(value_name = "CHARTER")]
    pub charter: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct AmendArgs {
    /// The version to amend
    #[arg(long, value_name = "CHARTER")]
    pub from: PathBuf,
    /// The row of a joining party; needs --disclosure of those who sign
    #[arg(long = "join", value_name = "FILE")]
    pub join: Vec<PathBuf>,
    /// A party that leaves; needs --cut
    #[arg(long = "leave", value_name = "ORG")]
    pub leave: Vec<OrgId>,
    /// A party's new row; needs --cut if its log key changes
    #[arg(long = "replace-key", value_name = "ORG=FILE")]
    pub replace_key: Vec<ReplaceKey>,
    /// A party that becomes a host of the programme office
    #[arg(long = "office", value_name = "ORG")]
    pub office: Vec<OrgId>,
    /// A party that ceases to be one; needs --cut
    #[arg(long = "no-office", value_name = "ORG")]
    pub no_office: Vec<OrgId>,
    /// What is kept of a party's logs: the last header of each log that is kept, nothing else
    #[arg(long = "cut", value_name = "ORG[=LOG:HEADER,…]")]
    pub cuts: Vec<CutArgument>,
    /// An authority's decision to let a joining party read the county's history
    #[arg(long = "disclosure", value_name = "ORG/AUTHORITY=DECISION")]
    pub disclosures: Vec<DisclosureArgument>,
    /// The hash of a rival version that this one sets aside
    #[arg(long = "reject", value_name = "HASH")]
    pub reject: Vec<CharterHash>,
    /// The file to write; it must not exist
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}
