//! `samsyn document`: documents of any kind.

use super::IdArgs;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum DocumentCommand {
    /// Lista dokument av ett slag, 100 på varje sida
    #[command(after_help = "Exempel:\n  samsyn document list --kind färdplan")]
    List(ListArgs),
    /// Visa ett dokument med alla uppgifter, vem som lämnat dem och när
    #[command(after_help = "Exempel:\n  samsyn document show 3fa9c2d1")]
    Show(IdArgs),
    /// Skriv ett nytt dokument; det är ett utkast tills det delas (samsyn work publish)
    #[command(after_help = "Exempel:\n  samsyn document new --kind indikatorer --set title=\"Indikatorer 2026\"")]
    New(NewArgs),
    /// Ändra ett dokument; ändringen är ett utkast tills den delas (samsyn work publish)
    #[command(
        after_help = "Exempel:\n  samsyn document edit 3fa9c2d1 --set /risks/bemanning/owner=\"Programkontoret\"\n  samsyn document edit 3fa9c2d1 --remove /risks/bemanning/owner"
    )]
    Edit(EditArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Slag: arbete, färdplan, beslut, indikatorer eller program
    #[arg(long, value_name = "SLAG")]
    pub kind: String,
    /// Sida, från 1
    #[arg(long, value_name = "SIDA", default_value_t = 1, hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub page: u32,
    /// Ta även med egna utkast som aldrig delats
    #[arg(long)]
    pub drafts: bool,
}

#[derive(Debug, Args)]
pub struct NewArgs {
    /// Slag: arbete, färdplan, beslut, indikatorer eller program
    #[arg(long, value_name = "SLAG")]
    pub kind: String,
    /// Nämnd som dokumentet hör till, som ks (annars nodens vanliga)
    #[arg(long, value_name = "MYNDIGHET")]
    pub authority: Option<String>,
    /// Fält, kan upprepas: title="Färdplan 2028"
    #[arg(long, value_name = "FÄLT=VÄRDE")]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
pub struct EditArgs {
    /// Dokumentets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Fält, kan upprepas: /areas/tsi/title="TSI i alla kommuner"
    #[arg(long, value_name = "FÄLT=VÄRDE")]
    pub set: Vec<String>,
    /// Ta bort ett fält, kan upprepas
    #[arg(long, value_name = "FÄLT")]
    pub remove: Vec<String>,
}
