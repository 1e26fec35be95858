//! `samsynd archive …`

use super::ConfigArgs;
use crate::operate::archive::Whose;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum ArchiveCommand {
    /// Write what an authority archives as a package for an archive (E-ARK SIP with CITS ERMS); may run beside the node
    ///
    /// Without more, all documents that the authority archives and its plan keeps for ever (keep = true in [[retention]]).
    /// Everything stored of them is in the package, what is marked as secret too, and marked so: keep it as secret. The audit
    /// log gets a line. Nothing that is there is written over, and a failure leaves nothing.
    ///
    /// Example: samsynd archive export --config node/samsynd.toml --authority ks \
    ///   --from 2026-01-01 --until 2027-01-01 --out leverans-ks-2026.zip
    #[command(verbatim_doc_comment)]
    Export(ExportArgs),
}

#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Whose documents: the authority's id, or with the organisation's before it (sundsvall/ks)
    #[arg(long, value_name = "[ORG/]ID")]
    pub authority: Whose,
    /// The folder to make, or the zip file if the name ends in .zip; it must not exist
    #[arg(long, value_name = "PATH", required_unless_present = "list")]
    pub out: Option<PathBuf>,
    /// Say what would be exported, and write nothing
    #[arg(long)]
    pub list: bool,
    /// Only what came in or was drawn up from this day on, by the first entry in the register
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// The day after the last, so that two periods share no document
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// Only this class, of the plan or given in the register; may be repeated
    #[arg(long = "class", value_name = "CODE")]
    pub classes: Vec<String>,
    /// Only this case, by its number in the register; may be repeated
    #[arg(long = "case", value_name = "NUMBER")]
    pub cases: Vec<String>,
    /// Only this document, by its id or the beginning of it; may be repeated
    #[arg(long = "document", value_name = "ID")]
    pub documents: Vec<String>,
    /// What the plan lets go, or says nothing of, too
    #[arg(long)]
    pub everything: bool,
    /// What another party archives and the authority has in its register, too
    #[arg(long)]
    pub received: bool,
    /// The moment of creation that the package names: the same one gives the same bytes [default: now]
    #[arg(long, value_name = "TIME")]
    pub created: Option<String>,
}
