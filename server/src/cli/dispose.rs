//! `samsynd dispose …`

use super::ConfigArgs;
use clap::{Args, Subcommand};
use samsyn_core::id::AuthorityId;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum DisposeCommand {
    /// List what may go, and what stays and why; may run beside the node
    ///
    /// The list has a name, which the decision and 'execute' are about. How long what is kept stands in the authority's
    /// rules ([[retention]]).
    ///
    /// Example: samsynd dispose plan --config node/samsynd.toml --authority ks --paper gallring.html
    Plan(PlanPaperArgs),
    /// Erase what is on a list that the authority has decided on; the node must not run
    ///
    /// What is erased is gone here when the command ends, and at the other parties as their own rules say.
    ///
    /// Example: samsynd dispose execute --config node/samsynd.toml --authority ks --on 2027-01-15 \
    ///   --plan 3f6c2a9be1d07c55 --decision 'KS 2027/3 § 12'
    #[command(verbatim_doc_comment)]
    Execute(ExecuteArgs),
    /// List what has been erased, who has carried it out, and what is kept here of what others have erased; may run
    /// beside the node
    ///
    /// Example: samsynd dispose list --config node/samsynd.toml
    List(ListArgs),
    /// Destroy what is kept here of what another party has had erased; the node must not run
    ///
    /// Example: samsynd dispose destroy-kept --config node/samsynd.toml --authority son --document 5d1f00aa \
    ///   --plan 81f0c2d4a6b8e0f1 --decision 'SON 2027/8'
    #[command(verbatim_doc_comment)]
    DestroyKept(DestroyArgs),
}

#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Whose plan
    #[arg(long, value_name = "ID")]
    pub authority: AuthorityId,
    /// What may go on that day [default: today]
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
    /// Only this document, by its id or the beginning of it; may be repeated [default: all]
    #[arg(long = "document", value_name = "ID")]
    pub documents: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub struct PlanPaperArgs {
    #[command(flatten)]
    pub which: PlanArgs,
    /// Also write it as a page in Swedish that a decision can be made on; the file must not exist
    #[arg(long, value_name = "FILE.html")]
    pub paper: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Also write it as a page in Swedish, for the archive; the file must not exist
    #[arg(long, value_name = "FILE.html")]
    pub paper: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct ExecuteArgs {
    #[command(flatten)]
    pub which: PlanArgs,
    /// The name of the list, as 'plan' printed it
    #[arg(long, value_name = "NAME")]
    pub plan: String,
    /// The decision, as the authority names it
    #[arg(long, value_name = "TEXT")]
    pub decision: String,
}

#[derive(Debug, Clone, Args)]
pub struct DestroyArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Whose decision it is, and who keeps it
    #[arg(long, value_name = "ID")]
    pub authority: AuthorityId,
    /// The document, by its id or the beginning of it
    #[arg(long, value_name = "ID")]
    pub document: String,
    /// The name of what is kept, as 'list' printed it
    #[arg(long, value_name = "NAME")]
    pub plan: String,
    /// The decision, as the authority names it
    #[arg(long, value_name = "TEXT")]
    pub decision: String,
}
