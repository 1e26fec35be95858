//! `samsyn comment`: what a coordinator can write about drafts for comment.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum CommentCommand {
    /// Lista utkast som ni har fått eller skickat för synpunkter, det senaste först
    #[command(after_help = "Exempel:\n  samsyn comment list")]
    List,
    /// Visa ett utkast som är ute för synpunkter, och svaren
    #[command(after_help = "Exempel:\n  samsyn comment show 3fa9c2")]
    Show(ShowArgs),
    /// Svara på ett utkast; svaret kommer in till den som frågade och blir allmän handling
    #[command(
        after_help = "Exempel:\n  samsyn comment reply 3fa9c2 --text \"Vi ser gärna en pilot först.\" --preview\n  samsyn comment reply 3fa9c2 --file svar.txt"
    )]
    Reply(ReplyArgs),
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Numret i listan, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
}

#[derive(Debug, Default, Args)]
pub struct ReplyArgs {
    /// Numret i listan, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Svaret
    #[arg(long, value_name = "TEXT", required_unless_present = "file")]
    pub text: Option<String>,
    /// Ta svaret ur en fil (- läser det som skickas in)
    #[arg(long, value_name = "FIL", conflicts_with = "text")]
    pub file: Option<PathBuf>,
    /// Spara svaret hos er och visa bara vad som skulle skickas
    #[arg(long, conflicts_with = "yes")]
    pub preview: bool,
    /// Skicka utan att fråga
    #[arg(long, short = 'y')]
    pub yes: bool,
}
