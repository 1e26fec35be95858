//! What a command says when it fails: a stable code, a sentence, what to do about it, and the field that is wrong.

use crate::{
    model::ModelError,
    text::{Lang, Phrase, Text},
};
use samsyn_core::code::Code;
use samsyn_wire::transport::{self, DialError, FileError, IdentityError, Pin};
use serde_json::{Value, json};
use tonic::Status;

/// Why a command failed, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: Code,
    pub message: Phrase,
    pub remedy: Phrase,
    /// The option, or the path of the work, that is wrong.
    pub field: Option<Box<str>>,
    /// The server's own sentence about it, if it says more than ours.
    pub detail: Option<Box<str>>,
}

impl Problem {
    pub fn new(code: Code, message: impl Into<Phrase>, remedy: impl Into<Phrase>) -> Self {
        Self { code, message: message.into(), remedy: remedy.into(), field: None, detail: None }
    }

    /// Names the option or path that is wrong.
    pub fn field(mut self, field: impl Into<Box<str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub fn exit_code(&self) -> u8 {
        self.code.exit_code()
    }

    pub fn to_json(&self, lang: Lang) -> Value {
        json!({"schema": 1, "error": {
            "code": self.code.as_str(),
            "message": self.message.of(lang),
            "remedy": self.remedy.of(lang),
            "field": self.field,
        }})
    }

    /// For people, several lines.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut text = format!("samsyn: {}", self.message.of(lang));
        let mut line = |label: Text, value: &str| {
            if !value.is_empty() {
                text.extend(["\n  ", label.of(lang), ": ", value]);
            }
        };
        line(Text("fält", "field"), self.field.as_deref().unwrap_or_default());
        line(Text("gör så här", "remedy"), self.remedy.of(lang));
        line(Text("noden säger", "the node says"), self.detail.as_deref().unwrap_or_default());
        line(Text("kod", "code"), self.code.as_str());
        crate::table::clean_lines(&text)
    }

    /// What a call to the node failed with. `own` is our pin, for whoever has to admit it.
    pub fn of_status(status: &Status, own: Pin) -> Self {
        if transport::certificate_refused(status) {
            return Self::not_admitted(own);
        }
        let (code, remedy, field) = samsyn_wire::parse_status(status);
        let Some(code) = code else { return Self::of_foreign_status(status) };
        if code == Code::DeviceUnknown {
            return Self::not_admitted(own);
        }
        let message = status.message();
        let said = known(code).map(|(sv, remedy)| (sv.to_owned(), remedy));
        let (sv, sv_remedy) = said.unwrap_or_else(|| (message.to_owned(), ""));
        let sv_remedy = if sv_remedy.is_empty() { remedy.clone() } else { sv_remedy.to_owned() };
        // Where our sentence says all there is, the node's English one adds nothing.
        let detail = (sv != message && code != Code::InputNotFound).then(|| message.into());
        let message = Phrase::pair(sv, message);
        Self { code, message, remedy: Phrase::pair(sv_remedy, remedy), field: field.map(Into::into), detail }
    }

    /// An error that samsyn did not make: the transport's, a proxy's, or a deadline.
    fn of_foreign_status(status: &Status) -> Self {
        let code = match status.code() {
            tonic::Code::Unavailable | tonic::Code::DeadlineExceeded | tonic::Code::Cancelled => Code::Unreachable,
            _ => Code::Failed,
        };
        let message = if code == Code::Unreachable {
            Text("Noden svarar inte.", "The node does not answer.").into()
        } else {
            Phrase::pair(
                format!("Noden kunde inte svara ({}).", status.code()),
                format!("The node could not answer ({}).", status.code()),
            )
        };
        let remedy = Text(
            "försök igen om en stund; hjälper det inte, be den som sköter noden titta i dess logg",
            "try again in a while; if that does not help, ask whoever runs the node to look at its log",
        );
        let detail = Some(status.message()).filter(|m| !m.is_empty()).map(Into::into);
        Self { detail, ..Self::new(code, message, remedy) }
    }

    /// The node's answer to a key that nobody has added.
    pub fn not_admitted(own: Pin) -> Self {
        Self::new(
            Code::DeviceUnknown,
            Text("Noden känner inte igen den här enheten.", "The node does not know this device."),
            Text(
                "be den som sköter noden att köra: samsynd device add --pin {} --name NAMN --role coordinator",
                "ask whoever runs the node to run: samsynd device add --pin {} --name NAME --role coordinator",
            )
            .with(&[&own.to_string()]),
        )
    }
}

/// Swedish wording of the codes that a node answers with; the node's own sentences are English.
pub fn known(code: Code) -> Option<(&'static str, &'static str)> {
    Some(match code {
        Code::DeviceRevoked => ("Den här enhetens rätt är återkallad.", "tala med den som sköter noden"),
        Code::RoleForbidden => ("Din roll får inte göra detta.", "be någon med rätt roll, eller be om en annan roll"),
        Code::InputNotFound => ("Det finns inget arbete med det numret.", "se numren med: samsyn work list"),
        Code::InputAmbiguous => ("Flera arbeten börjar så.", "skriv fler tecken av numret"),
        Code::InputNotOwner => ("Arbetet ägs av en annan part.", "be ägaren ändra"),
        Code::InputChange => {
            ("Ändringen kunde inte läsas av noden.", "försök igen; uppdatera samsyn om det inte hjälper")
        }
        Code::InputPushSize => ("Ändringen är för stor för att skickas på en gång.", "dela i mindre steg"),
        Code::InputCopySize => (
            "Arbetskopian skulle bli större än noden tar emot.",
            "korta texterna; hjälper det inte, tala med den som sköter noden",
        ),
        Code::InputDrafts => {
            ("Det finns för många utkast som aldrig delats.", "dela några av dem, eller tala med den som sköter noden")
        }
        Code::DeviceBusy => {
            ("Enheten har för mycket på gång hos noden.", "vänta tills det som pågår är klart, försök sedan igen")
        }
        Code::InputNothing => ("Inget nytt att dela.", "ändra något först"),
        Code::InputConflict => ("Någon annan har ändrat samma sak.", "visa arbetet på nytt och försök igen"),
        Code::InputFuture => {
            ("Dagen har inte varit än, och här sägs något ha hänt.", "skriv dagen när det har hänt, eller okänt")
        }
        Code::InputOverlap => (
            "Två perioder gäller delvis samma tid.",
            "behåll den ena, eller låt den ena sluta dagen innan den andra börjar",
        ),
        Code::InputOrder => ("Det slutar innan det börjar.", "rätta en av de två dagarna"),
        Code::InputUnknownItem => (
            "Färdplanen har inget sådant område eller arbetssätt.",
            "välj ett som finns, eller skriv in det med namn först",
        ),
        Code::InputCommentMissing => ("Gult eller rött behöver en kommentar.", "skriv --comment med orsak och åtgärd"),
        Code::InputPeriod => (
            "Perioden går inte att läsa.",
            "skriv den som 2025, 2025-vt, 2025-ht, 2025-q3 eller 2025-10, för ett kön med -women eller -men efter",
        ),
        Code::InputPeriodFuture => ("Perioden har inte börjat.", "lämna värdet när perioden har börjat"),
        Code::InputUnknownMeasure => ("Det finns inget sådant mått.", "se måtten med: samsyn indicator list"),
        Code::InputBeyondScale => ("Talet ligger utanför skalan.", "skriv ett tal i skalan"),
        Code::InputDateMissing => {
            ("Det som händer behöver ett datum.", "skriv en dag, eller så som ni vet det: 2026-12, HT 2026")
        }
        Code::InputTime => {
            ("Det är ingen tid.", "skriv ett klockslag som 13:00-15:00, eller dag och tid som 2026-11-23 14:05")
        }
        Code::SecrecyPersonalNumber => (
            "Här står något som ser ut som ett personnummer eller samordningsnummer",
            "ta bort det; uppgifter om enskilda delas aldrig här. Ett telefonnummer skrivs i grupper, som 060-19 30 00",
        ),
        Code::SecrecyPrivateAddress => {
            ("Här står en privat e-postadress", "ta bort den, eller skriv organisationens funktionsbrevlåda")
        }
        Code::SecrecyMarked => (
            "Här står något som är sekretessmarkerat",
            "låt det stå kvar hos er, eller ta bort markeringen om den inte längre behövs",
        ),
        Code::SecrecyMobileNumber => (
            "Här står ett mobilnummer, som kan vara en enskilds",
            "skriv växelns eller enhetens nummer, eller en funktionsbrevlåda",
        ),
        Code::SecrecySmallCount => (
            "Här står ett antal från 1 till 4, som kan röja vilka enskilda det gäller",
            "slå ihop grupper eller perioder, eller skriv \"färre än 5\"",
        ),
        Code::SecrecyOwnWord => (
            "Här står ett ord som myndigheten inte släpper ut",
            "skriv det på ett annat sätt, eller fråga den som sköter myndighetens regler",
        ),
        Code::SpaceRecipient => {
            ("Ingen mottagare är vald.", "välj minst en organisation: --to timra, eller --to timra/son")
        }
        Code::SpaceOwn => ("Den egna organisationen kan inte vara mottagare.", "välj en annan part"),
        Code::SpaceAuthority => (
            "Mottagaren har ingen sådan nämnd, eller inte längre.",
            "skriv bara organisationen, eller en nämnd som finns i dag: samsyn parties",
        ),
        Code::SpaceDeadline => {
            ("Sista dagen går inte att använda.", "skriv den som 2026-12-01: från i dag, högst 180 dagar fram")
        }
        Code::SpaceEnded => {
            ("Sista dagen för synpunkter har passerat, och utkastet är raderat.", "svara den som frågade på annat sätt")
        }
        Code::SpacePublic => ("Det som går till utvalda kan inte gå till allmänheten.", "lämna bort --audience"),
        Code::SpacePurpose => (
            "Mottagare och sista dag hör bara till syftet synpunkter.",
            "välj --purpose synpunkter, eller lämna bort --to och --until",
        ),
        Code::SpaceWide => ("Kretsen är vid: mer än hälften av de andra parterna.", "välj färre mottagare"),
        Code::SpaceTooMany => ("Alltför mycket är ute för synpunkter samtidigt.", "vänta tills något av det är slut"),
        Code::DecisionBodyUnknown => (
            "Det är inte angivet vilket organ beslutet gäller, eller så känner ingen till det.",
            "skriv organets id, som --body halsam-lansledning; organen finns beskrivna i programmets dokument",
        ),
        Code::DecisionBodyIncomplete => (
            "Organet är inte färdigt beskrivet, eller så skiljer sig uppgifterna om det.",
            "be programkontoret komplettera beskrivningen av organet",
        ),
        Code::DecisionBodyNotValid => ("Organet fanns inte den dagen.", "välj organet som tog över, eller rätta dagen"),
        Code::DecisionBodyFixed => {
            ("Beslutet hör till det organ som det grundades för.", "grunda ett nytt beslut för det andra organet")
        }
        Code::DecisionNotSecretary => (
            "Bara organets sekreterare grundar dess beslut.",
            "be den organisationen; ett utkast kan skickas till den för synpunkter",
        ),
        Code::DecisionNoSeat => {
            ("Organisationen har ingen sådan plats i organet.", "se platserna med: samsyn decision show")
        }
        Code::DecisionVoted => (
            "Platsen har redan röstat.",
            "blev det fel: ta tillbaka rösten med --withdraw, dela det, och rösta igen; båda sparas",
        ),
        Code::DecisionMinuted => (
            "Protokollet räknar redan rösterna, eller är justerat.",
            "tala med organets sekreterare; det som protokollet har räknat ligger fast",
        ),
        Code::DecisionFrozen => {
            ("Textversionen är fryst och ändras inte.", "skriv en ny textversion och lägg fram den")
        }
        Code::DecisionHash => ("Kontrollsumman hör inte till texten.", "frys texten som den är: samsyn decision text"),
        Code::DecisionText => (
            "Det är en annan text än den som beslutades, eller ingen alls.",
            "se den beslutade textens kontrollsumma med: samsyn decision show",
        ),
        Code::DecisionVoteUnknown => {
            ("Protokollet räknar en röst som platsen inte har lagt.", "se rösterna med: samsyn decision show")
        }
        Code::DecisionFuture => (
            "Dagen har inte kommit än.",
            "det som har hänt anges när det har hänt; en planerad dag anges med läget «på väg»",
        ),
        Code::AuditUnwritable => (
            "Noden kan inte skriva ned vad som görs, och då delar den inget.",
            "säg till den som sköter noden; dess logg har orsaken",
        ),
        Code::ReleaseNotWaiting => {
            ("Inget väntar på svar här, eller så är det redan besvarat.", "se kön med: samsyn release list")
        }
        Code::ReleaseChanged => (
            "Utkastet eller reglerna är inte längre de som visades, eller som begäran gällde.",
            "titta på det igen; väntar det på godkännande, be den som skrivit det att begära delning igen",
        ),
        Code::RegisterAlready => {
            ("Handlingen är redan registrerad, och numret står fast.", "rätta orden med: samsyn register correct")
        }
        Code::RegisterNumber => (
            "Numret passar inte i registret.",
            "skriv det så som myndigheten skriver sina nummer; är det ett äldre nummer, lägg till --elsewhere",
        ),
        Code::RegisterNumberTaken => ("Numret är redan använt.", "utelämna handlingens nummer, så väljs nästa lediga"),
        Code::RegisterSecret => {
            ("Det som är skyddat måste registreras.", "registrera handlingen: samsyn register number")
        }
        Code::RegisterSeriesClosed => (
            "Nummerserien är stängd tills någon har bekräftat vilket nummer som är det senaste.",
            "ta reda på det senast använda numret och bekräfta det: samsyn register confirm",
        ),
        Code::PackMalformed => ("Filen är inget utlämnande.", "hämta filen på nytt, så som den lämnades ut"),
        Code::PackTooLarge => ("Det är mer än ett utlämnande rymmer.", "lämna ut färre handlingar åt gången"),
        Code::PackChanged => ("Utlämnandet är ändrat sedan det gjordes.", "be myndigheten om det på nytt"),
        Code::PackProof => (
            "Utlämnandet säger något annat än det som parterna har signerat.",
            "lita inte på det; be myndigheten om det på nytt",
        ),
        Code::InputEmpty => ("Ett fält som behövs är tomt.", "fyll i det"),
        Code::InputTooLong => ("Texten är för lång.", "korta den"),
        Code::InputCharacter => ("Texten innehåller ett otillåtet tecken (U+0000).", "ta bort tecknet"),
        Code::InputUnknownParty => ("Parten är inte med i samverkan.", "se parterna med: samsyn parties"),
        Code::InputDate => {
            ("Det är inget datum.", "skriv ett år (2023), en termin (HT 2023), en dag (2023-10-25) eller okänt")
        }
        Code::InputNumber => ("Det är inget tillåtet tal.", "skriv ett helt tal från 0"),
        Code::InputValue | Code::EffectValueType => ("Värdet passar inte i fältet.", "skriv ett värde av rätt slag"),
        Code::InputPath | Code::EffectPathUnknown => {
            ("Det finns inget sådant fält.", "se fälten med: samsyn work show")
        }
        Code::EffectPathForbidden => ("Fältet skrivs av en annan part.", "be den parten ändra"),
        Code::StoreFull => {
            ("Nodens disk är full; inget är sparat.", "be den som sköter noden göra plats, försök sedan igen")
        }
        Code::StoreReadOnly => {
            ("Noden kan inte spara just nu; inget är sparat.", "be den som sköter noden titta, försök sedan igen")
        }
        Code::StoreUnreachable => (
            "Noden når inte sin databas. Det du gjorde kan vara sparat eller inte.",
            "vänta en stund, visa arbetet på nytt och försök igen om det behövs",
        ),
        Code::StoreFailed | Code::StoreDamaged => {
            ("Noden kunde inte läsa eller spara.", "be den som sköter noden titta i dess logg")
        }
        Code::Stopping => ("Noden håller på att stanna.", "försök igen om en stund"),
        Code::Failed => ("Noden kunde inte göra det.", "försök igen; be annars den som sköter noden titta i dess logg"),
        _ => return None,
    })
}

impl From<DialError> for Problem {
    fn from(error: DialError) -> Self {
        let sv = match &error {
            DialError::Address(text) => format!("'{text}' är ingen adress."),
            DialError::Unreachable { endpoint, .. } | DialError::TooSlow { endpoint } => {
                format!("Noden {endpoint} går inte att nå.")
            }
            DialError::Unpinned { endpoint, pin } => {
                format!("{endpoint} har nyckeln {pin}, inte den som server_pin anger. Det kan vara en annan dator.")
            }
            DialError::Expired { endpoint } => format!("Certifikatet hos {endpoint} har gått ut."),
            DialError::Refused { endpoint } => format!("{endpoint} godtar inte vårt certifikat."),
            DialError::Certificate { endpoint, .. }
            | DialError::Alpn { endpoint }
            | DialError::Protocol { endpoint, .. } => {
                format!("{endpoint} svarar inte som en samsyn-nod.")
            }
        };
        let remedy = match &error {
            DialError::Address(_) => "skriv adressen så här: https://värd:port",
            DialError::Unpinned { .. } => "kontrollera server och server_pin i client.toml med den som sköter noden",
            DialError::Expired { .. } => "be den som sköter noden att köra: samsynd cert renew",
            DialError::Refused { .. } => "be den som sköter noden lägga till enheten (samsynd device add)",
            _ => "kontrollera adressen i client.toml, nätet, och att noden är igång",
        };
        Self::new(error.code(), Phrase::pair(sv, error.to_string()), Phrase::pair(remedy, error.remedy()))
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        let path = error.path().display().to_string();
        let (sv, remedy) = match &error {
            FileError::Missing { .. } => {
                (format!("{path} finns inte."), "kör samsyn init, eller peka ut rätt fil i client.toml".into())
            }
            FileError::Exists { .. } => {
                (format!("{path} finns redan."), "välj en annan katalog med --dir, eller flytta filen först".into())
            }
            FileError::Readable { .. } => {
                (format!("{path} kan läsas av andra än dig."), format!("kör: chmod 600 {path}"))
            }
            _ => (format!("{path} går inte att använda."), "kontrollera att du får läsa och skriva där".to_owned()),
        };
        Self::new(Code::KeyFile, Phrase::pair(sv, error.to_string()), Phrase::pair(remedy, error.remedy())).field(path)
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        let (message, remedy) = (error.to_string(), error.remedy());
        match error {
            IdentityError::File(file) => file.into(),
            _ => Self::new(
                Code::KeyFile,
                Phrase::pair("Enhetens nyckel eller certifikat går inte att använda.", message),
                Phrase::pair("kör samsyn init med en ny katalog (--dir) och låt noden godta den nya nyckeln", remedy),
            ),
        }
    }
}

impl From<ModelError> for Problem {
    fn from(error: ModelError) -> Self {
        let code = error.code();
        let (sv, remedy) = known(code).unwrap_or(("Arbetskopian kan inte läsas eller ändras.", ""));
        let problem = match &error {
            ModelError::Illegal { .. } | ModelError::Stale(_) => {
                Self::new(code, Phrase::pair(sv, error.to_string()), Phrase::pair(remedy, "correct it and try again"))
            }
            _ => Self::new(
                code,
                Phrase::pair("Arbetskopian kan inte läsas.", error.to_string()),
                Text(
                    "uppdatera samsyn; hjälper det inte, tala med den som sköter noden",
                    "update samsyn; else ask whoever runs the node",
                ),
            ),
        };
        Self { field: error.place().map(Into::into), ..problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_by_the_node_is_told_in_swedish_with_its_code_and_field() {
        let status = samsyn_wire::status(Code::InputDate, "'i höst' is no date", "write a year", Some("/facts/start"));
        let problem = Problem::of_status(&status, Pin([0; 32]));
        assert_eq!((problem.code, problem.exit_code()), (Code::InputDate, 5));
        assert!(problem.to_text(Lang::Sv).contains("Det är inget datum."));
        assert!(problem.to_text(Lang::Sv).contains("noden säger: 'i höst' is no date"));
        let json = problem.to_json(Lang::En);
        assert_eq!(json["error"]["field"], "/facts/start");
        assert_eq!(json["error"]["remedy"], "write a year");
    }

    #[test]
    fn a_node_that_is_gone_is_unreachable() {
        let problem = Problem::of_status(&Status::unavailable("tcp connect error"), Pin([0; 32]));
        assert_eq!((problem.code, problem.exit_code()), (Code::Unreachable, 4));
    }

    #[test]
    fn an_unknown_device_is_told_what_to_ask_for() {
        let status = samsyn_wire::status(Code::DeviceUnknown, "unknown", "", None);
        let problem = Problem::of_status(&status, Pin([7; 32]));
        assert!(problem.to_text(Lang::Sv).contains(&format!("device add --pin {}", Pin([7; 32]))));
    }
}
