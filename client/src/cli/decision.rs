//! Decisions: the county's log, one decision, and what a secretary, a seat and a party's own authority state of it.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum DecisionCommand {
    /// Lista länets beslut och ställningstaganden
    #[command(after_help = "Exempel:\n  samsyn decision list --body halsam-lansledning --year 2025")]
    List(ListArgs),
    /// Visa ett beslut: text, röster, utfall med skäl, och vad varje part har beslutat
    #[command(after_help = "Exempel:\n  samsyn decision show 3f9a12bc")]
    Show(IdArgs),
    /// Grunda ett förslag till beslut i ett organ; det är ett utkast tills det delas
    #[command(
        after_help = "Exempel:\n  samsyn decision new --title \"Färdplan Nära vård\" --body halsam-lansledning --text-file fardplan.txt --meeting 2025-01-24\n\nDela sedan med: samsyn work publish NUMMER"
    )]
    New(NewArgs),
    /// Skriv en ny textversion, fryst, och lägg fram den
    #[command(after_help = "Exempel:\n  samsyn decision text 3f9a12bc --id v2 --file med-tillagg.txt")]
    Text(TextArgs),
    /// Skriv ett yrkande om förslaget
    #[command(
        after_help = "Exempel:\n  samsyn decision motion 3f9a12bc --id tillagg-1 --kind tillägg --by \"en ledamot\" --text \"Uppföljning varje år.\""
    )]
    Motion(MotionArgs),
    /// Rösta för en plats som den egna organisationen har i organet
    #[command(after_help = "Exempel:\n  samsyn decision vote 3f9a12bc ja")]
    Vote(VoteArgs),
    /// Skriv protokollet: vilka som var där, vilka röster som räknas, justering
    #[command(
        after_help = "Exempel:\n  samsyn decision minutes 3f9a12bc --date 2025-01-24 --paragraph \"§ 4\" --procedure omröstning --count alla\n  samsyn decision minutes 3f9a12bc --adjusted 2025-02-03 --adjusted-by \"ordförande och en justerare\""
    )]
    Minutes(MinutesArgs),
    /// Ange vad den egna organisationen har beslutat
    #[command(
        after_help = "Exempel:\n  samsyn decision ratify 3f9a12bc --state antagen --authority ks --step namnd --date 2025-03-11 --paragraph \"§ 31\" --number \"KS/2025:77\""
    )]
    Ratify(RatifyArgs),
}

#[derive(Debug, Default, Args)]
pub struct IdArgs {
    /// Beslutets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
}

#[derive(Debug, Default, Args)]
pub struct ListArgs {
    /// Organets id, som halsam-lansledning
    #[arg(long, value_name = "ORGAN")]
    pub body: Option<String>,
    /// Året för mötet
    #[arg(long, value_name = "ÅR")]
    pub year: Option<u16>,
}

#[derive(Debug, Default, Args)]
pub struct NewArgs {
    /// Rubrik
    #[arg(long, value_name = "RUBRIK")]
    pub title: String,
    /// Organets id, som halsam-lansledning
    #[arg(long, value_name = "ORGAN")]
    pub body: String,
    /// Förslagets text; den fryses och läggs fram
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
    /// Texten ur en fil (- läser det som skickas in)
    #[arg(long, value_name = "FIL", conflicts_with = "text")]
    pub text_file: Option<PathBuf>,
    /// Planerat möte
    #[arg(long, value_name = "DATUM")]
    pub meeting: Option<String>,
    /// Parter som berörs, med komma mellan (annars alla)
    #[arg(long, value_name = "PARTER")]
    pub concerns: Option<String>,
    /// Steg hos varje part, i ordning, kan upprepas: namnd=Nämnd
    #[arg(long, value_name = "ID=STEG")]
    pub step: Vec<String>,
    /// Nämnd som beslutet hör till (annars nodens vanliga)
    #[arg(long, value_name = "MYNDIGHET")]
    pub authority: Option<String>,
}

#[derive(Debug, Default, Args)]
pub struct TextArgs {
    /// Beslutets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Versionens id, som v2
    #[arg(long = "id", value_name = "ID")]
    pub version: String,
    /// Benämning
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// Texten ur en fil (- läser det som skickas in)
    #[arg(long, value_name = "FIL")]
    pub file: PathBuf,
    /// Lägg inte fram den än
    #[arg(long)]
    pub not_put: bool,
}

#[derive(Debug, Default, Args)]
pub struct MotionArgs {
    /// Beslutets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Yrkandets id, som tillagg-1
    #[arg(long = "id", value_name = "ID")]
    pub motion: String,
    /// Slag: bifall, tillägg, annat förslag, avslag, återremiss eller bordläggning
    #[arg(long, value_name = "SLAG")]
    pub kind: String,
    /// Vem som yrkar, som organisation eller roll
    #[arg(long, value_name = "VEM")]
    pub by: String,
    /// Vem som stöder det, som organisation eller roll
    #[arg(long, value_name = "VEM")]
    pub supported_by: Option<String>,
    /// Yrkandets text
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
}

#[derive(Debug, Default, Args)]
pub struct VoteArgs {
    /// Beslutets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// ja, nej eller avstår
    #[arg(value_name = "RÖST", required_unless_present = "withdraw", conflicts_with = "withdraw")]
    pub vote: Option<String>,
    /// Platsen, om organisationen har flera
    #[arg(long, value_name = "PLATS")]
    pub seat: Option<String>,
    /// Ta tillbaka rösten (för att rätta: dela det, och rösta sedan igen)
    #[arg(long)]
    pub withdraw: bool,
    /// Reservation, som protokollet kan ta in
    #[arg(long, value_name = "TEXT")]
    pub reservation: Option<String>,
}

#[derive(Debug, Default, Args)]
pub struct MinutesArgs {
    /// Beslutets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Mötesdag
    #[arg(long, value_name = "DATUM")]
    pub date: Option<String>,
    /// Paragraf
    #[arg(long, value_name = "§")]
    pub paragraph: Option<String>,
    /// Organets eller sekreterarens diarienummer
    #[arg(long, value_name = "NUMMER")]
    pub number: Option<String>,
    /// acklamation eller omröstning
    #[arg(long, value_name = "SÄTT")]
    pub procedure: Option<String>,
    /// Platser som var där, med komma mellan; alla
    #[arg(long, value_name = "PLATSER")]
    pub present: Option<String>,
    /// Jäviga platser, med komma mellan
    #[arg(long, value_name = "PLATSER")]
    pub recused: Option<String>,
    /// Platser vars reservation tas in, med komma mellan
    #[arg(long, value_name = "PLATSER")]
    pub reservations: Option<String>,
    /// Platser vars röst räknas, med komma mellan; alla som har röstat
    #[arg(long, value_name = "PLATSER")]
    pub count: Option<String>,
    /// Yrkanden som bifölls, med komma mellan
    #[arg(long, value_name = "YRKANDEN")]
    pub carried: Option<String>,
    /// Yrkanden som föll, med komma mellan
    #[arg(long, value_name = "YRKANDEN")]
    pub lost: Option<String>,
    /// Yrkanden som drogs tillbaka, med komma mellan
    #[arg(long, value_name = "YRKANDEN")]
    pub withdrawn: Option<String>,
    /// Textversionen som beslutades, som v2
    #[arg(long, value_name = "VERSION")]
    pub text: Option<String>,
    /// Ordförandens avgörande vid oenighet: ja, nej eller avstår
    #[arg(long, value_name = "RÖST")]
    pub chair: Option<String>,
    /// Dagen då protokollet justerades
    #[arg(long, value_name = "DATUM")]
    pub adjusted: Option<String>,
    /// Vilka som justerade, som roller
    #[arg(long, value_name = "ROLLER")]
    pub adjusted_by: Option<String>,
    /// Anslag, kan upprepas: timra=2025-02-04
    #[arg(long, value_name = "PART=DATUM")]
    pub posted: Vec<String>,
}

#[derive(Debug, Default, Args)]
pub struct RatifyArgs {
    /// Beslutets nummer, eller början av det
    #[arg(value_name = "NUMMER")]
    pub id: String,
    /// Läge: inte beredd, på väg, antagen, antagen med tillägg, avslagen, inte berörd, endast informerad
    #[arg(long, value_name = "LÄGE")]
    pub state: String,
    /// Myndighet, som ks (annars nodens vanliga)
    #[arg(long, value_name = "MYNDIGHET")]
    pub authority: Option<String>,
    /// Steget, som namnd
    #[arg(long, value_name = "STEG", default_value = "namnd")]
    pub step: String,
    /// Vad instansen heter
    #[arg(long, value_name = "NAMN")]
    pub instance: Option<String>,
    /// Beslutets dag, eller den planerade
    #[arg(long, value_name = "DATUM")]
    pub date: Option<String>,
    /// Paragraf
    #[arg(long, value_name = "§")]
    pub paragraph: Option<String>,
    /// Det egna diarienumret
    #[arg(long, value_name = "NUMMER")]
    pub number: Option<String>,
    /// Tillägg eller ändring
    #[arg(long, value_name = "TEXT")]
    pub amendment: Option<String>,
    /// Kontrollsumman för den text som antogs (annars den som beslutades)
    #[arg(long, value_name = "SUMMA")]
    pub text: Option<String>,
    /// Dagen då det anslogs
    #[arg(long, value_name = "DATUM")]
    pub posted: Option<String>,
}
