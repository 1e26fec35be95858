//! `samsyn roadmap` and `samsyn rollout`: what can be asked about what the parties plan together. It is written with
//! `samsyn document edit`.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum RoadmapCommand {
    /// Visa en färdplan: versioner, områden efter period, och vad varje part har sagt
    #[command(
        after_help = "Exempel:\n  samsyn roadmap show\n  samsyn document edit 3fa9c2 --set /areas/tsi/parties/timra/plan=finns\n  samsyn work publish 3fa9c2"
    )]
    Show(ShowArgs),
}

#[derive(Debug, Subcommand)]
pub enum RolloutCommand {
    /// Visa arbetssätt och parter; en part som inget har sagt är okänd, och det är inte nej
    #[command(
        after_help = "Exempel:\n  samsyn rollout show\n  samsyn document edit 3fa9c2 --set /rollout/sip-distans/timra=infört"
    )]
    Show(ShowArgs),
}

#[derive(Debug, Default, Args)]
pub struct ShowArgs {
    /// Färdplanens nummer, eller början av det (annars den som ändrades senast)
    #[arg(value_name = "NUMMER")]
    pub id: Option<String>,
}
