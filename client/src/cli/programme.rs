//! `samsyn programme` and `samsyn indicator`: what people can write.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum ProgrammeCommand {
    /// Visa programmet: mål, organ, styrande dokument och frågor som väntar
    #[command(after_help = "Exempel:\n  samsyn programme show")]
    Show(OneArgs),
    /// Visa budget, utfall, finansiering och resurser
    #[command(after_help = "Exempel:\n  samsyn programme budget --year 2023")]
    Budget(YearArgs),
    /// Visa riskerna, de största först, och det som skulle ha gåtts igenom
    #[command(after_help = "Exempel:\n  samsyn programme risks")]
    Risks(OneArgs),
    /// Visa årshjulet: tolv månader från nu, eller från en annan månad
    #[command(after_help = "Exempel:\n  samsyn programme calendar --from 2023-01")]
    Calendar(CalendarArgs),
}

#[derive(Debug, Default, Args)]
pub struct OneArgs {
    /// Programmets nummer, om det finns flera program
    #[arg(long, value_name = "NUMMER")]
    pub document: Option<String>,
}

#[derive(Debug, Default, Args)]
pub struct YearArgs {
    /// År (annars det senaste)
    #[arg(long, value_name = "ÅR")]
    pub year: Option<String>,
    #[command(flatten)]
    pub one: OneArgs,
}

#[derive(Debug, Default, Args)]
pub struct CalendarArgs {
    /// Första månaden, som 2026-11 (annars den här)
    #[arg(long, value_name = "MÅNAD")]
    pub from: Option<String>,
    #[command(flatten)]
    pub one: OneArgs,
}

#[derive(Debug, Subcommand)]
pub enum IndicatorCommand {
    /// Lista måtten, med hur många parter som har lämnat värden
    #[command(after_help = "Exempel:\n  samsyn indicator list")]
    List(SetArgs),
    /// Visa ett mått med varje parts värden
    #[command(after_help = "Exempel:\n  samsyn indicator show \"Självrapporterad hälsa\"")]
    Show(ShowArgs),
    /// Skriv ett värde för den egna organisationen; det är ett utkast tills det delas
    #[command(
        after_help = "Exempel:\n  samsyn indicator set \"Självrapporterad hälsa\" 2025 81,5\n  samsyn indicator set sjalvrapporterad-halsa \"2025 kvinnor\" 80\n\nÄr det ett antal från 1 till 4 personer, skriv \"färre än 5\"."
    )]
    Set(ValueArgs),
    /// Läs in egna värden ur en fil (CSV eller Excel); är något fel sparas inget
    ///
    /// Första raden har rubrikerna mått, period, värde och, om ni vill, kön. Alla fel visas på en gång.
    #[command(
        after_help = "Exempel:\n  samsyn indicator import --template 2025 > varden.csv\n  samsyn indicator import varden.csv --check\n  samsyn indicator import varden.xlsx"
    )]
    Import(ImportArgs),
}

#[derive(Debug, Default, Args)]
pub struct SetArgs {
    /// Indikatorernas nummer, om det finns flera uppsättningar
    #[arg(long, value_name = "NUMMER")]
    pub document: Option<String>,
}

#[derive(Debug, Default, Args)]
pub struct ShowArgs {
    /// Måttets namn eller id
    #[arg(value_name = "MÅTT")]
    pub measure: String,
    #[command(flatten)]
    pub set: SetArgs,
}

#[derive(Debug, Default, Args)]
pub struct ValueArgs {
    /// Måttets namn eller id
    #[arg(value_name = "MÅTT")]
    pub measure: String,
    /// Period: 2025, HT 2025, 2025-Q3, 2025-10; för ett kön "2025 kvinnor"
    #[arg(value_name = "PERIOD")]
    pub period: String,
    /// Värdet, som 81,5 (tomt tar bort det som står)
    #[arg(value_name = "VÄRDE", allow_negative_numbers = true)]
    pub value: String,
    #[command(flatten)]
    pub set: SetArgs,
}

#[derive(Debug, Default, Args)]
pub struct ImportArgs {
    /// Filen: CSV, eller Excel-arbetsbok (.xlsx)
    #[arg(value_name = "FIL", required_unless_present = "template")]
    pub file: Option<PathBuf>,
    /// Kontrollera bara, spara inget
    #[arg(long, conflicts_with = "template")]
    pub check: bool,
    /// Skriv ut en fil att börja med, för en period
    #[arg(long, value_name = "PERIOD", conflicts_with = "file")]
    pub template: Option<String>,
    #[command(flatten)]
    pub set: SetArgs,
}
