//! The command line of `samsynd`. Definitions are here, what the commands do is elsewhere.

#![allow(
    rustdoc::bare_urls,
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    reason = "doc comments here are help texts"
)]

mod archive;
mod charter;
mod deputy;
mod dispatch;
mod dispose;

pub use archive::ArchiveCommand;
pub use charter::CharterCommand;
pub use deputy::DeputyCommand;
pub use dispatch::{main, main_of};
pub use dispose::DisposeCommand;

use crate::store::Role;
use clap::{Args, Parser, Subcommand, ValueEnum};
use samsyn_core::id::{AuthorityId, OrgId};
use samsyn_wire::transport::Pin;
use std::{net::SocketAddr, path::PathBuf};

/// One organisation's node in a samsyn federation.
///
/// Exit codes: 0 ok, 1 failed, 2 usage, 3 configuration or charter, 4 unreachable, 5 input refused, 6 store damaged,
/// 7 in use (lock or port).
#[derive(Debug, Parser)]
#[command(name = "samsynd", version, max_term_width = 100)]
pub struct Cli {
    /// Print one JSON document: {"schema":1,"data":…} or {"schema":1,"error":{code,message,remedy,field}}
    #[arg(long, global = true)]
    pub json: bool,
    /// Log more (-v own details, -vv everything)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start eight nodes on this machine with the county's example data
    Demo(DemoArgs),
    /// Make keys, certificate, configuration and the row for the charter
    ///
    /// Example: samsynd init --organisation sundsvall --name 'Sundsvalls kommun' \
    ///   --kind municipality --dir node --endpoint https://samsyn.sundsvall.example
    #[command(verbatim_doc_comment)]
    Init(InitArgs),
    /// Run this organisation's node until it is told to stop (Ctrl-C or SIGTERM)
    ///
    /// Example: samsynd run --config node/samsynd.toml
    Run(ConfigArgs),
    /// Write, sign, amend and read charters
    #[command(subcommand)]
    Charter(CharterCommand),
    /// Say which clients may connect, and as what
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Say who acts in another's place, and when
    #[command(subcommand)]
    Deputy(DeputyCommand),
    /// Renew this node's TLS certificate
    #[command(subcommand)]
    Cert(CertCommand),
    /// Read the audit log: who did what with this node
    #[command(subcommand)]
    Audit(AuditCommand),
    /// What anybody may read of the authorities' registers
    #[command(subcommand)]
    PublicRegister(PublicRegisterCommand),
    /// Erase what an authority's plan lets go, by its decision
    #[command(subcommand)]
    Dispose(DisposeCommand),
    /// Deliver what an authority keeps to its archive
    #[command(subcommand)]
    Archive(ArchiveCommand),
    /// Check what an authority has handed out; needs nothing but the file
    ///
    /// Says what is proven to have been stated, by whom, and what is masked. Compare the genesis hash with the one that a
    /// party of the federation tells you. Exit code 5 if the file is not as it was made.
    ///
    /// Example: samsynd verify-pack utlamning-ks-2026-11-23.zip
    VerifyPack(VerifyPackArgs),
    /// Describe an authority's official documents and regular exchange of data, and its processing of personal data
    ///
    /// In Swedish, from what this node knows: configuration, rules, charter (chapter 4 section 2 of the Public Access to
    /// Information and Secrecy Act; article 30 of the GDPR). What it cannot know is marked, to be filled in under
    /// [describe] in the authority's rules or by hand. May run beside the node.
    ///
    /// Example: samsynd describe --config node/samsynd.toml --authority ks --out beskrivning
    Describe(DescribeArgs),
    /// Print a commented configuration file
    ///
    /// Example: samsynd example-config > samsynd.toml
    ExampleConfig,
    /// Tell how the running node on this machine is, and what wants attention
    ///
    /// Asks the node by [api] listen, with the node's own TLS key. Exit code 4 if it does not run.
    ///
    /// Example: samsynd status --config node/samsynd.toml --check
    Status(StatusArgs),
    /// Compare what the store derives with the commits that are the truth
    ///
    /// Exit code 6 if something is damaged or differs.
    Verify(ConfigArgs),
    /// Derive everything anew from the commits
    Rebuild(ConfigArgs),
}

#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// The configuration file
    #[arg(long, value_name = "FILE", env = "SAMSYND_CONFIG", default_value = "samsynd.toml")]
    pub config: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct VerifyPackArgs {
    /// The zip file as it was handed out
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// End with exit code 1 if anything wants attention
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// End when all eight show the same; exit code 0 only then
    #[arg(long)]
    pub once: bool,
    /// Where to keep the nodes (must not exist; a temporary directory if not given)
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The first port; each node uses three, ten apart: federation, api, web
    #[arg(long, value_name = "N", default_value_t = 7100)]
    pub port_base: u16,
}

#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// The organisation's id in the charter: 1 to 32 of a-z, 0-9 and -
    #[arg(long, value_name = "ID")]
    pub organisation: OrgId,
    /// The organisation's name as people write it [default: the id]
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// What the organisation is
    #[arg(long, value_enum, default_value_t = Kind::Other)]
    pub kind: Kind,
    /// The organisation number
    #[arg(long, value_name = "NUMBER")]
    pub organisation_number: Option<String>,
    /// The directory to make; nothing in it is overwritten
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// Where other nodes connect
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7000")]
    pub federation_listen: SocketAddr,
    /// Where this organisation's clients connect
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7001")]
    pub api_listen: SocketAddr,
    /// Where pages are shown; without sign-in, so anything but this machine sees only what is public [default: nowhere]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub web_listen: Option<SocketAddr>,
    /// The address by which other nodes reach this one, https://host:port; may be repeated [default: the listener]
    #[arg(long = "endpoint", value_name = "URL")]
    pub endpoints: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Region,
    Municipality,
    Other,
}

#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// Let a client connect, known by its key
    ///
    /// Example: samsynd device add --config node/samsynd.toml --pin blake3:… \
    ///   --name 'Kansliets dator' --role coordinator
    #[command(verbatim_doc_comment)]
    Add(DeviceAddArgs),
    /// List the clients, revoked ones too
    List(ConfigArgs),
    /// Let a client no longer connect; the node need not be restarted
    Revoke(DeviceRevokeArgs),
}

#[derive(Debug, Clone, Args)]
pub struct DeviceAddArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The client's key, as 'samsyn' prints it
    #[arg(long, value_name = "blake3:HEX")]
    pub pin: Pin,
    /// Whose it is, or which
    #[arg(long, value_name = "TEXT")]
    pub name: String,
    /// What it may do: reader (read the county's view), coordinator (edit this organisation's works, and publish them
    /// where the authority's rules let it), releaser (approve what others want to share), registrar (reads, until there
    /// is a register) or admin (as coordinator)
    #[arg(long, value_name = "ROLE")]
    pub role: Role,
    /// The board it acts for [default: the whole organisation]
    #[arg(long, value_name = "ID")]
    pub authority: Option<AuthorityId>,
}

#[derive(Debug, Clone, Args)]
pub struct DeviceRevokeArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The client's key
    #[arg(value_name = "PIN")]
    pub pin: Pin,
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Say whether the log is what was written (exit code 6 if it is not)
    ///
    /// Example: samsynd audit verify --config node/samsynd.toml
    Verify(ConfigArgs),
    /// Print the lines of some days, as they were written (JSON, one a line)
    ///
    /// Example: samsynd audit export --config node/samsynd.toml --from 2026-11-01 --until 2026-12-01
    Export(AuditExportArgs),
}

#[derive(Debug, Clone, Args)]
pub struct AuditExportArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The first day [default: from the beginning]
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// The day after the last [default: to the end]
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum PublicRegisterCommand {
    /// Write them as pages and files (CSV) that need no program, in Swedish; may run beside the node
    ///
    /// An earlier export in the same directory is replaced when the new one is whole.
    ///
    /// Example: samsynd public-register export --config node/samsynd.toml --out /var/www/diarium
    Export(PublicRegisterExportArgs),
}

#[derive(Debug, Clone, Args)]
pub struct PublicRegisterExportArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The directory of the pages; made where it does not exist
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct DescribeArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The board to describe [default: all of the organisation's]
    #[arg(long, value_name = "ID")]
    pub authority: Option<AuthorityId>,
    /// A directory for a page (HTML) and a text (Markdown) of each authority [default: the texts to standard output]
    ///
    /// What an earlier run has made there is replaced, unless somebody has written in it.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum CertCommand {
    /// Make a new certificate for the same key, so that the pin that others know stands
    ///
    /// Example: samsynd cert renew --config node/samsynd.toml
    Renew(CertRenewArgs),
}

#[derive(Debug, Clone, Args)]
pub struct CertRenewArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// A host name or address to put into it beside those of the charter; may be repeated
    #[arg(long = "name", value_name = "HOST")]
    pub names: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn definitions_are_sound_and_everything_has_a_help_text() {
        let command = Cli::command();
        command.clone().debug_assert();
        let mut waiting = vec![command];
        while let Some(command) = waiting.pop() {
            assert!(command.get_about().is_some(), "{} has no help", command.get_name());
            for argument in command.get_arguments().filter(|a| !["help", "version"].contains(&a.get_id().as_str())) {
                assert!(argument.get_help().is_some(), "{} {} has no help", command.get_name(), argument.get_id());
            }
            waiting.extend(command.get_subcommands().cloned());
        }
    }

    #[test]
    fn a_pin_is_checked_on_the_command_line() {
        let device = ["samsynd", "device", "revoke", "sha256:00"];
        Cli::try_parse_from(device).expect_err("refused");
    }
}
