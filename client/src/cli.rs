//! The command line of `samsyn`: what can be written. Help is Swedish and static; answers follow `--lang`.

pub mod comment;
pub mod decision;
pub mod document;
pub mod programme;
pub mod register;
pub mod release;
pub mod roadmap;
pub mod search;

use crate::text::Lang;
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::path::PathBuf;

const TEMPLATE: &str = "{about-with-newline}\nAnvändning: {usage}\n\n{all-args}{after-help}";

/// Se och ändra länets utvecklingsarbeten genom den egna organisationens nod.
#[derive(Debug, Parser)]
#[command(name = "samsyn", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "Exempel:\n  samsyn work list --stage pågående\n  samsyn work show sip-pa-distans\n\n\
    Slutkoder: 0 klart, 1 misslyckades, 2 fel skrivet kommando, 3 inställningar, 4 noden nås inte, 5 uppgiften godtas inte.")]
pub struct Cli {
    /// Svara med JSON: {"schema":1,"data":…} eller {"schema":1,"error":{code,message,remedy,field}}
    #[arg(long, global = true)]
    pub json: bool,
    /// Språk för svaren: sv eller en
    #[arg(
        long,
        global = true,
        value_name = "SPRÅK",
        env = "SAMSYN_LANG",
        hide_env = true,
        hide_possible_values = true
    )]
    pub lang: Option<Lang>,
    /// Inställningarna (annars SAMSYN_CONFIG, annars samsyn/client.toml i användarens inställningar)
    #[arg(long, global = true, value_name = "FIL")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Gör nyckel och inställningar för den här datorn
    #[command(after_help = "Exempel:\n  samsyn init --server https://nod.timra.example --server-pin blake3:2f…")]
    Init(InitArgs),
    /// Visa, skriv och dela arbeten
    #[command(subcommand)]
    Work(Box<WorkCommand>),
    /// Färdplan, beslut, indikatorer och program: lista, visa, skriv och ändra
    #[command(subcommand)]
    Document(document::DocumentCommand),
    /// Sök ord i allt som parterna har skrivit och delat: arbeten, beslut, färdplan, program, indikatorer
    #[command(after_help = "Exempel:\n  samsyn search hemsjukvård äldre\n  samsyn search vård --kind beslut")]
    Search(search::SearchArgs),
    /// Godkänn eller avslå det som andra vill dela (för den som är frisläppare)
    #[command(subcommand)]
    Release(release::ReleaseCommand),
    /// Utkast för synpunkter: se vad ni har fått och skickat, och svara
    #[command(subcommand)]
    Comment(comment::CommentCommand),
    /// Länets beslut: förslag, röster, utfall, protokoll och parternas egna beslut
    #[command(subcommand)]
    Decision(Box<decision::DecisionCommand>),
    /// Visa färdplanen: områden, perioder och vad parterna gör
    #[command(subcommand)]
    Roadmap(roadmap::RoadmapCommand),
    /// Visa breddinförandet: vilka parter som använder vilka arbetssätt
    #[command(subcommand)]
    Rollout(roadmap::RolloutCommand),
    /// För diariet: vad som kommit in och skickats, med myndighetens nummer
    #[command(subcommand)]
    Register(register::RegisterCommand),
    /// Programmet: mål, budget, risker och årshjul
    #[command(subcommand)]
    Programme(programme::ProgrammeCommand),
    /// Indikatorer: se måtten, och lämna den egna organisationens värden
    #[command(subcommand)]
    Indicator(programme::IndicatorCommand),
    /// Visa parterna: senaste kontakt, senaste uppgift, vad som väntar
    #[command(after_help = "Exempel:\n  samsyn parties")]
    Parties,
    /// Visa hur den egna noden mår
    #[command(after_help = "Exempel:\n  samsyn status")]
    Status,
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// Den egna nodens adress, https://värd:port
    #[arg(long, value_name = "ADRESS")]
    pub server: String,
    /// Fingeravtrycket av nodens nyckel, blake3:… (fråga den som sköter noden)
    #[arg(long, value_name = "PIN")]
    pub server_pin: String,
    /// Var filerna läggs (annars samsyn i användarens inställningar)
    #[arg(long, value_name = "KATALOG")]
    pub dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum WorkCommand {
    /// Lista arbeten, 100 på varje sida
    #[command(after_help = "Exempel:\n  samsyn work list --party Timrå --target-group äldre")]
    List(ListArgs),
    /// Visa ett arbete med alla uppgifter, vem som lämnat dem och när
    #[command(after_help = "Exempel:\n  samsyn work show sip-pa-distans")]
    Show(IdArgs),
    /// Skriv ett nytt arbete; det är ett utkast tills det delas
    #[command(
        after_help = "Exempel:\n  samsyn work new --title \"Hemmonitorering för äldre\" --form pilot --start \"HT 2025\" --partners \"Timrå, Region Västernorrland\""
    )]
    New(NewArgs),
    /// Ändra ett arbete; ändringen är ett utkast tills den delas
    #[command(
        after_help = "Exempel:\n  samsyn work edit sip-pa-distans --stage avslutad --set contact-unit=Äldreomsorgen"
    )]
    Edit(EditArgs),
    /// Visa eller skriv den gemensamma anteckningen, i egna och andras arbeten
    #[command(
        after_help = "Exempel:\n  samsyn work note sip-pa-distans\n  samsyn work note sip-pa-distans --edit\n\nUtan nät: hämta texten först, skriv i filen, dela när nätet finns. Det som andra har skrivit under tiden står kvar.\n  samsyn work note sip-pa-distans --out anteckning.txt\n  samsyn work note sip-pa-distans --file anteckning.txt"
    )]
    Note(NoteArgs),
    /// Sekretessmarkera en uppgift eller hela arbetet: det som är markerat delas inte
    ///
    /// Markeringen är en varning med bestämmelse, dag och myndighet (OSL 5 kap. 5 §), inget beslut, och den lämnar aldrig noden.
    #[command(
        after_help = "Exempel:\n  samsyn work mark sip-pa-distans --path summary --provision 19:3\n  samsyn work mark sip-pa-distans --path summary --remove"
    )]
    Mark(MarkArgs),
    /// Lämna en lägesrapport: grön, gul eller röd, med kommentar vid gult och rött
    #[command(
        after_help = "Exempel:\n  samsyn work report sip-pa-distans --time gul --cost grön --cooperation grön --benefit grön --comment \"Utbildningen blev försenad.\""
    )]
    Report(ReportArgs),
    /// Dela det som ändrats: det blir allmän handling hos alla parter
    #[command(
        after_help = "Exempel:\n  samsyn work publish sip-pa-distans --preview\n  samsyn work publish sip-pa-distans\n  samsyn work publish sip-pa-distans --path title --path stage\n\nFör synpunkter: utvalda får läsa utkastet och svara. Det registreras inte, och raderas på båda håll efter sista dagen.\n  samsyn work publish sip-pa-distans --purpose synpunkter --to timra --to sundsvall/bun --until 2026-12-01 --preview"
    )]
    Publish(PublishArgs),
    /// Visa arbeten som liknar ett arbete eller ett utkast, hos alla parter, och varför
    #[command(after_help = "Exempel:\n  samsyn work similar sip-pa-distans")]
    Similar(IdArgs),
    /// Visa vad som delats om ett arbete, av vem och när
    #[command(after_help = "Exempel:\n  samsyn work history sip-pa-distans")]
    History(IdArgs),
}

#[derive(Debug, Args)]
pub struct IdArgs {
    /// Arbetets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
}

#[derive(Debug, Default, Args)]
pub struct ListArgs {
    /// Part som äger eller deltar, som Timrå
    #[arg(long, value_name = "PART")]
    pub party: Option<String>,
    /// Skede, som pågående
    #[arg(long, value_name = "SKEDE")]
    pub stage: Option<String>,
    /// Målgrupp, som äldre
    #[arg(long, value_name = "MÅLGRUPP")]
    pub target_group: Option<String>,
    /// Form, som pilot
    #[arg(long, value_name = "FORM")]
    pub form: Option<String>,
    /// Ord i titel eller beskrivning
    #[arg(long, value_name = "ORD")]
    pub text: Option<String>,
    /// Sida, från 1
    #[arg(long, value_name = "SIDA", default_value_t = 1, hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub page: u32,
    /// Ta även med egna utkast som aldrig delats
    #[arg(long)]
    pub drafts: bool,
}

/// Fält som både nya och ändrade arbeten har.
#[derive(Debug, Default, Args)]
pub struct FieldArgs {
    /// Beskrivning
    #[arg(long, value_name = "TEXT")]
    pub summary: Option<String>,
    /// Beskrivning ur en fil (- läser det som skickas in)
    #[arg(long, value_name = "FIL", conflicts_with = "summary")]
    pub summary_file: Option<PathBuf>,
    /// Form: projekt, pilot, sprint, process, förstudie, breddinförande, kartläggning, uppdrag
    #[arg(long, value_name = "FORM")]
    pub form: Option<String>,
    /// Start: 2025, HT 2025, 2025-Q3, 2025-10, 2025-10-25 eller okänt
    #[arg(long, value_name = "DATUM")]
    pub start: Option<String>,
    /// Slut, skrivet som start
    #[arg(long, value_name = "DATUM")]
    pub end: Option<String>,
    /// Skede: idé, förstudie, ansökan, bedömd, inkluderad, pågående, vilande, avslutad, breddinförd, avbruten
    #[arg(long, value_name = "SKEDE")]
    pub stage: Option<String>,
    /// Parter, med komma mellan; alla betyder hela länet, partner:namn någon utanför
    #[arg(long, value_name = "PARTER")]
    pub partners: Option<String>,
    /// Målgrupper, med komma mellan
    #[arg(long, value_name = "MÅLGRUPPER")]
    pub target_groups: Option<String>,
    /// Annat fält, kan upprepas: contact-unit=Äldreomsorgen
    #[arg(long, value_name = "FÄLT=VÄRDE")]
    pub set: Vec<String>,
    /// Gemensam anteckning, som alla parter kan skriva i
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Privat anteckning, kan upprepas; lämnar aldrig noden (tom text tar bort den)
    #[arg(long, value_name = "NAMN=TEXT")]
    pub private: Vec<String>,
}

#[derive(Debug, Default, Args)]
pub struct MarkArgs {
    /// Arbetets nummer, eller början av det
    #[arg(value_name = "ARBETE")]
    pub id: String,
    /// Uppgiften, som summary eller /reports/… (annars hela arbetet)
    #[arg(long, value_name = "FÄLT")]
    pub path: Option<String>,
    /// Bestämmelse i offentlighets- och sekretesslagen, som 19:3; kan upprepas
    #[arg(long, value_name = "KAP:§", required_unless_present = "remove", conflicts_with = "remove")]
    pub provision: Vec<String>,
    /// Anteckning för dem som skriver; lämnar aldrig noden
    #[arg(long, value_name = "TEXT", conflicts_with = "remove")]
    pub note: Option<String>,
    /// Ta bort markeringen
    #[arg(long)]
    pub remove: bool,
}

#[derive(Debug, Default, Args)]
pub struct NewArgs {
    /// Titel
    #[arg(long, value_name = "TITEL")]
    pub title: String,
    /// Nämnd som arbetet hör till, som ks (annars nodens vanliga)
    #[arg(long, value_name = "MYNDIGHET")]
    pub authority: Option<String>,
    #[command(flatten)]
    pub fields: FieldArgs,
}

#[derive(Debug, Default, Args)]
pub struct EditArgs {
    /// Arbetets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Titel
    #[arg(long, value_name = "TITEL")]
    pub title: Option<String>,
    /// Ta bort ett fält, kan upprepas: end
    #[arg(long, value_name = "FÄLT")]
    pub remove: Vec<String>,
    #[command(flatten)]
    pub fields: FieldArgs,
}

#[derive(Debug, Default, Args)]
pub struct ReportArgs {
    /// Arbetets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Tid: grön, gul eller röd
    #[arg(long, value_name = "FÄRG")]
    pub time: String,
    /// Kostnad: grön, gul eller röd
    #[arg(long, value_name = "FÄRG")]
    pub cost: String,
    /// Samverkan: grön, gul eller röd
    #[arg(long, value_name = "FÄRG")]
    pub cooperation: String,
    /// Nytta: grön, gul eller röd
    #[arg(long, value_name = "FÄRG")]
    pub benefit: String,
    /// Orsak och åtgärd; behövs när något är gult eller rött
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,
    /// Utsikt till nästa rapport
    #[arg(long, value_name = "TEXT")]
    pub outlook: Option<String>,
    /// Rapportens datum (annars i dag)
    #[arg(long, value_name = "DATUM")]
    pub date: Option<String>,
}

#[derive(Debug, Default, Args)]
pub struct NoteArgs {
    /// Arbetets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Skriv i den redigerare som VISUAL eller EDITOR anger, och dela
    #[arg(long, conflicts_with_all = ["file", "out"])]
    pub edit: bool,
    /// Ta texten ur en fil (- läser det som skickas in), och dela
    #[arg(long, value_name = "FIL", conflicts_with = "out")]
    pub file: Option<PathBuf>,
    /// Spara texten i en fil att skriva i, även utan nät; dela den sedan med --file
    #[arg(long, value_name = "FIL", conflicts_with_all = ["draft", "yes"])]
    pub out: Option<PathBuf>,
    /// Spara bara i arbetskopian, dela inte
    #[arg(long, conflicts_with = "yes")]
    pub draft: bool,
    /// Dela utan att fråga
    #[arg(long, short = 'y')]
    pub yes: bool,
}

#[derive(Debug, Default, Args)]
pub struct PublishArgs {
    /// Arbetets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Syfte: kännedom, beslut, gemensamt eller synpunkter (annars nodens val)
    #[arg(long, value_name = "SYFTE")]
    pub purpose: Option<String>,
    /// Krets: parterna eller allmänheten (annars nodens val)
    #[arg(long, value_name = "KRETS")]
    pub audience: Option<String>,
    /// Dela bara den här uppgiften, som title eller /reports/…; kan upprepas (annars allt som är ändrat)
    #[arg(long, value_name = "FÄLT")]
    pub path: Vec<String>,
    /// Syfte synpunkter: vem som får utkastet, som timra eller timra/son; kan upprepas
    #[arg(long, value_name = "PART")]
    pub to: Vec<String>,
    /// Syfte synpunkter: sista dagen, som 2026-12-01 (annars så många dagar som myndighetens regler säger)
    #[arg(long, value_name = "DAG")]
    pub until: Option<String>,
    /// Syfte synpunkter: vad ni vill ha synpunkter på
    #[arg(long, value_name = "TEXT")]
    pub question: Option<String>,
    /// Visa bara vad som skulle delas
    #[arg(long, conflicts_with = "yes")]
    pub preview: bool,
    /// Dela utan att fråga
    #[arg(long, short = 'y')]
    pub yes: bool,
}

/// The command with Swedish headings everywhere.
pub fn command() -> clap::Command {
    let mut command = swedish(Cli::command());
    // Gives each command its full name, which the usage line shows.
    command.build();
    swedish_usage(command)
}

fn swedish_usage(mut command: clap::Command) -> clap::Command {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").replace("[OPTIONS]", "[FLAGGOR]");
    command.override_usage(usage).mut_subcommands(swedish_usage)
}

fn swedish(command: clap::Command) -> clap::Command {
    let headed = |arg: clap::Arg| {
        if arg.is_positional() { arg.help_heading("Argument") } else { arg.help_heading("Flaggor") }
    };
    let help = clap::Arg::new("help")
        .short('h')
        .long("help")
        .action(clap::ArgAction::Help)
        .help("Visa den här hjälpen")
        .help_heading("Flaggor");
    let mut command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("Kommandon")
        .subcommand_value_name("KOMMANDO")
        .disable_help_flag(true)
        .mut_args(headed)
        .arg(help);
    if command.get_version().is_some() {
        let version = clap::Arg::new("version")
            .short('V')
            .long("version")
            .action(clap::ArgAction::Version)
            .help("Visa programmets version")
            .help_heading("Flaggor");
        command = command.disable_version_flag(true).arg(version);
    }
    command.mut_subcommands(swedish)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches;

    fn parse(line: &[&str]) -> Result<Cli, clap::Error> {
        let matches = command().try_get_matches_from([&["samsyn"], line].concat())?;
        Cli::from_arg_matches(&matches)
    }

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example_and_swedish_help() {
        fn check(command: &clap::Command) {
            for sub in command.get_subcommands() {
                assert!(sub.get_about().is_some(), "{}", sub.get_name());
                if sub.has_subcommands() {
                    check(sub);
                } else {
                    let example = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
                    assert!(example.contains("samsyn"), "{}", sub.get_name());
                }
            }
        }
        let mut command = command();
        command.build();
        check(&command);
        let help = command.render_long_help().to_string();
        assert!(!["Usage", "ptions", "OPTIONS", "Print", "possible"].iter().any(|w| help.contains(w)), "{help}");
    }

    #[test]
    fn global_options_may_stand_last() {
        let cli = parse(&["work", "show", "x", "--json", "--lang", "en"]).expect("parses");
        assert!(cli.json);
        assert_eq!(cli.lang, Some(Lang::En));
        assert!(parse(&["work", "publish", "x", "--preview", "--yes"]).is_err());
        assert!(parse(&["work", "list", "--page", "0"]).is_err());
        let overrule = |rest: &[&str]| parse(&[&["release", "overrule", "x"], rest].concat()).is_ok();
        let said = ["--path", "summary", "--reason", "Ett ärende.", "--assure"];
        assert!(overrule(&said) && overrule(&["--path", "summary", "--preview"]));
        for left_out in [0..2, 2..4, 4..5] {
            let rest: Vec<&str> =
                said.iter().enumerate().filter(|(i, _)| !left_out.contains(i)).map(|(_, w)| *w).collect();
            assert!(!overrule(&rest), "{rest:?}");
        }
        assert!(!overrule(&[&said[..], &["--yes"]].concat()), "what was looked at is to be named");
        assert!(overrule(&[&said[..], &["--yes", "--looked-at", "5d1f"]].concat()));
        assert!(parse(&["work", "report", "x", "--time", "gul"]).is_err(), "four colours are needed");
    }
}
