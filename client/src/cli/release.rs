//! `samsyn release`: what a releaser can write.

use super::IdArgs;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum ReleaseCommand {
    /// Lista det som väntar på svar, det äldsta först
    #[command(after_help = "Exempel:\n  samsyn release list\n  samsyn release list --all")]
    List(ListArgs),
    /// Visa vad som skulle delas, med vem och vad det innebär
    #[command(after_help = "Exempel:\n  samsyn release show sip-pa-distans")]
    Show(IdArgs),
    /// Godkänn: det delas nu
    #[command(after_help = "Exempel:\n  samsyn release approve sip-pa-distans")]
    Approve(ApproveArgs),
    /// Avslå, med skäl till den som frågat
    #[command(
        after_help = "Exempel:\n  samsyn release refuse sip-pa-distans --reason \"Kostnaden är inte beslutad än.\""
    )]
    Refuse(RefuseArgs),
    /// Dela trots det som granskningen har hittat, med skäl
    ///
    /// Bara det som granskningen hittar kan prövas så, aldrig det som är sekretessmarkerat. Skälet står i nodens granskningslogg.
    #[command(
        after_help = "Exempel:\n  samsyn release overrule sip-pa-distans --path summary --preview\n  samsyn release overrule sip-pa-distans --path summary --reason \"Ärendets nummer, inget personnummer.\" --assure\n\nUtan att någon kan svara: --yes, med det som --preview visade sist.\n  samsyn release overrule sip-pa-distans --path summary --reason \"Ärendets nummer.\" --assure --yes --looked-at 5d1f…"
    )]
    Overrule(OverruleArgs),
}

#[derive(Debug, Default, Args)]
pub struct ListArgs {
    /// Ta även med det som är besvarat
    #[arg(long)]
    pub all: bool,
}

#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// Arbetets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Godkänn utan att fråga
    #[arg(long, short = 'y')]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct RefuseArgs {
    /// Arbetets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Varför inte; stannar hos den egna organisationen
    #[arg(long, value_name = "SKÄL")]
    pub reason: String,
}

#[derive(Debug, Default, Args)]
pub struct OverruleArgs {
    /// Arbetets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Uppgift som delas, som summary eller /reports/…; kan upprepas
    #[arg(long, value_name = "FÄLT", required = true)]
    pub path: Vec<String>,
    /// Varför det delas ändå; stannar hos den egna organisationen
    #[arg(long, value_name = "SKÄL", required_unless_present = "preview")]
    pub reason: Option<String>,
    /// Jag har läst det som är hittat, och inget av det gäller någons hälsa eller socialtjänst
    #[arg(long, required_unless_present = "preview")]
    pub assure: bool,
    /// Syfte: kännedom, beslut, gemensamt eller synpunkter (annars nodens val)
    #[arg(long, value_name = "SYFTE")]
    pub purpose: Option<String>,
    /// Krets: parterna eller allmänheten (annars nodens val)
    #[arg(long, value_name = "KRETS")]
    pub audience: Option<String>,
    /// Visa bara vad som är hittat och vad som skulle delas
    #[arg(long, conflicts_with_all = ["yes", "reason", "assure", "looked_at"])]
    pub preview: bool,
    /// Det som --preview visade sist: har något ändrats sedan dess delas inget
    #[arg(long, value_name = "VÄRDE")]
    pub looked_at: Option<String>,
    /// Dela utan att fråga
    #[arg(long, short = 'y', requires = "looked_at")]
    pub yes: bool,
}
