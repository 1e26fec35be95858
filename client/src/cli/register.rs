//! `samsyn register`: what a registrar can write.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum RegisterCommand {
    /// Lista det som kommit in eller skickats, det senaste först
    #[command(
        after_help = "Exempel:\n  samsyn register list\n  samsyn register list --state registrerade --text hemgång"
    )]
    List(ListArgs),
    /// Registrera handlingar, i ett nytt eller ett befintligt ärende
    #[command(
        after_help = "Exempel:\n  samsyn register number 412 415 --next\n  samsyn register number 412 --number \"KS 2026/14\"\n  samsyn register number 412 --number \"KST 2019:7\" --elsewhere"
    )]
    Number(NumberArgs),
    /// Rätta orden om en registrerad handling; numret står fast
    #[command(
        after_help = "Exempel:\n  samsyn register correct 412 --subject \"Utvecklingsarbete: Trygg hemgång\" --reason \"Felstavat.\""
    )]
    Correct(CorrectArgs),
    /// Håll handlingar ordnade utan nummer
    #[command(after_help = "Exempel:\n  samsyn register order 412 415")]
    Order(ItemsArgs),
    /// Lägg undan handlingar av ringa betydelse, med skäl
    #[command(after_help = "Exempel:\n  samsyn register minor 412 --reason \"Utskick om lunch.\"")]
    Minor(MinorArgs),
    /// Markera att handlingar ska registreras
    #[command(after_help = "Exempel:\n  samsyn register mark 412")]
    Mark(ItemsArgs),
    /// Visa nummerserierna och hur långt de har kommit
    #[command(after_help = "Exempel:\n  samsyn register series")]
    Series,
    /// Bekräfta det senaste numret i en stängd serie, så öppnas den
    #[command(
        after_help = "Exempel:\n  samsyn register confirm \"KS 2026/{n}\" --last 31\n\nEn serie stängs när noden har fått tillbaka egna poster från andra: då är databasen äldre än det som har delats ut."
    )]
    Confirm(ConfirmArgs),
}

#[derive(Debug, Default, Args)]
pub struct ListArgs {
    /// Myndighet, som ks (annars den egna)
    #[arg(long, value_name = "MYNDIGHET")]
    pub authority: Option<String>,
    /// Läge: väntar, registrerade, ordnade, ringa eller alla
    #[arg(long, value_name = "LÄGE", default_value = "väntar", hide_default_value = true)]
    pub state: String,
    /// Riktning: in eller ut
    #[arg(long, value_name = "RIKTNING")]
    pub direction: Option<String>,
    /// Ord i nummer, ärendemening eller titel
    #[arg(long, value_name = "ORD")]
    pub text: Option<String>,
    /// Sida, från 1
    #[arg(long, value_name = "SIDA", default_value_t = 1, hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub page: u32,
}

#[derive(Debug, Default, Args)]
pub struct ItemsArgs {
    /// Posternas nummer i listan
    #[arg(value_name = "POST", required = true)]
    pub items: Vec<u64>,
    /// Myndighet, som ks (annars den egna)
    #[arg(long, value_name = "MYNDIGHET")]
    pub authority: Option<String>,
}

#[derive(Debug, Default, Args)]
pub struct WordArgs {
    /// Ärendemening som alla får läsa (annars slaget, och titeln om den är offentlig)
    #[arg(long, value_name = "TEXT")]
    pub subject: Option<String>,
    /// Ärendemening som bara myndigheten läser
    #[arg(long, value_name = "TEXT")]
    pub protected_subject: Option<String>,
    /// Visa inte motparten för allmänheten
    #[arg(long)]
    pub protect_counterpart: bool,
    /// Visa motparten igen
    #[arg(long, conflicts_with = "protect_counterpart")]
    pub show_counterpart: bool,
    /// Klass enligt informationshanteringsplanen
    #[arg(long, value_name = "KLASS")]
    pub class: Option<String>,
}

#[derive(Debug, Default, Args)]
pub struct NumberArgs {
    #[command(flatten)]
    pub items: ItemsArgs,
    /// Nytt ärende, med nästa nummer i myndighetens serie
    #[arg(long, required_unless_present = "number")]
    pub next: bool,
    /// Ärendets nummer, så som myndigheten skriver det
    #[arg(long, value_name = "NUMMER", conflicts_with = "next")]
    pub number: Option<String>,
    /// Den första handlingens nummer i ärendet (annars nästa lediga)
    #[arg(long, value_name = "TAL", requires = "number", value_parser = clap::value_parser!(u64).range(1..))]
    pub document: Option<u64>,
    /// Redan registrerad i ett annat system: numret får vara skrivet på annat sätt
    #[arg(long, requires = "number")]
    pub elsewhere: bool,
    #[command(flatten)]
    pub words: WordArgs,
}

#[derive(Debug, Default, Args)]
pub struct CorrectArgs {
    /// Postens nummer i listan
    #[arg(value_name = "POST")]
    pub item: u64,
    /// Myndighet, som ks (annars den egna)
    #[arg(long, value_name = "MYNDIGHET")]
    pub authority: Option<String>,
    /// Vad som rättas och varför
    #[arg(long, value_name = "SKÄL")]
    pub reason: String,
    #[command(flatten)]
    pub words: WordArgs,
}

#[derive(Debug, Default, Args)]
pub struct MinorArgs {
    #[command(flatten)]
    pub items: ItemsArgs,
    /// Varför de är av ringa betydelse
    #[arg(long, value_name = "SKÄL")]
    pub reason: String,
}

#[derive(Debug, Default, Args)]
pub struct ConfirmArgs {
    /// Serien, så som «samsyn register series» visar den
    #[arg(value_name = "SERIE")]
    pub template: String,
    /// Det senaste numret som har delats ut
    #[arg(long, value_name = "TAL")]
    pub last: u64,
    /// Myndighet, som ks (annars den egna)
    #[arg(long, value_name = "MYNDIGHET")]
    pub authority: Option<String>,
}
