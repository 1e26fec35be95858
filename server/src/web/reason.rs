//! Why an entry waits or has no effect, and what whoever runs the node should know, in Swedish. The English words come
//! with the answer itself; where there are no Swedish ones, those are shown.

use samsyn_client::text::Lang;
use samsyn_core::code::Code;

/// What has happened, and what to do about it.
type Told = (&'static str, &'static str);

/// Words with the language that they are in.
pub(super) struct Words {
    pub(super) lang: &'static str,
    pub(super) text: String,
}

/// The reason behind a code.
pub(super) fn why(code: &str, english: &str, lang: Lang) -> Words {
    words(swedish(code).map(|told| told.0), english, lang)
}

/// What to do about it.
pub(super) fn remedy(code: &str, english: &str, lang: Lang) -> Words {
    words(swedish(code).map(|told| told.1), english, lang)
}

fn words(swedish: Option<&'static str>, english: &str, lang: Lang) -> Words {
    match swedish.filter(|_| lang == Lang::Sv) {
        Some(text) => Words { lang: "sv", text: text.to_owned() },
        None => Words { lang: "en", text: english.to_owned() },
    }
}

fn swedish(code: &str) -> Option<Told> {
    const ASK: &str = "Inget här är skadat. Fortsätter det, fråga parten vad dess nod skickar.";
    const ITSELF: &str = "Det löser sig när det som saknas kommer. Står det kvar, fråga parten.";
    const TELL: &str = "Inget här är skadat. Säg till den part vars nod har skickat det.";
    Some(match code.parse::<Code>().ok()? {
        Code::ChainFork => (
            "Två poster står på samma plats i en logg.",
            "Båda gäller. Fråga parten om en maskin har klonats eller återställts. Är nyckeln stulen: ändra avtalet, med en ny nyckel och ett snitt.",
        ),
        Code::ChainCameBack => (
            "Det som den här organisationen har skrivit kom tillbaka från en annan part: databasen är äldre än den har varit.",
            "Har ingen lagt tillbaka en säkerhetskopia, ta reda på om en kopia av noden körs någon annanstans.",
        ),
        Code::ChainSignature => (
            "En post kom med fel underskrift.",
            "Den hämtas på annat håll av sig själv. Händer det flera gånger med samma part: be den köra samsynd verify.",
        ),
        Code::ChainGap | Code::ChainBroken => ("En post passar inte efter den som står före i loggen.", ASK),
        Code::ChainKey => ("En post är skriven med en nyckel som avtalet inte känner till.", ASK),
        Code::ChainTips => ("En logg har så många grenar att den inte läses längre.", ASK),
        Code::ChainNotMember | Code::EffectNotMember => {
            ("En post är skriven av någon som inte är med i samverkansytan.", TELL)
        }
        Code::ChainSpace | Code::EffectSpace => ("Samverkansytan som posten hör till är inte rätt grundad.", TELL),
        Code::CommitMalformed | Code::CommitShape => ("Det som kom har inte rätt form.", ASK),
        Code::CommitTooLarge => ("Det som kom är för stort.", ASK),
        Code::CommitFederation | Code::CharterForeign | Code::PeerFederation => {
            ("Det som kom hör till en annan samverkan.", ASK)
        }
        Code::EffectNotAParty => ("Den som har skrivit posten är inte part i avtalet som den hänvisar till.", TELL),
        Code::EffectKey => ("Posten är skriven med en annan nyckel än den som avtalet ger parten.", TELL),
        Code::EffectCut => ("Posten kom efter det snitt som avtalet gör i loggen.", TELL),
        Code::EffectCharterBack => ("Posten hänvisar till ett äldre avtal än loggen har gjort förut.", TELL),
        Code::EffectCharterRejected => ("Posten hänvisar till en avtalsändring som parterna har avvisat.", TELL),
        Code::EffectForeignDocument => ("Det som posten rör är inget dokument.", TELL),
        Code::EffectGenesis | Code::EffectAncestor => {
            ("Det som posten bygger på gäller inte, så posten gäller inte heller.", TELL)
        }
        Code::EffectPathForbidden => ("Fältet skrivs av en annan part.", TELL),
        Code::EffectPathUnknown => ("Det finns inget sådant fält.", TELL),
        Code::EffectValueType => ("Värdet är av fel slag för fältet.", TELL),
        Code::EffectValueSize => ("Värdet är för stort för fältet.", TELL),
        Code::PendingCharter => ("Avtalet som posten hänvisar till har inte kommit hit.", ITSELF),
        Code::PendingDisputed => (
            "Två olika ändringar av avtalet finns, och parterna har inte valt.",
            "Parterna avgör det med en ändring som avvisar den ena: samsynd charter amend --reject.",
        ),
        Code::PendingRules => {
            ("Avtalet kräver regler som den här versionen av programmet inte har.", "Uppgradera noden.")
        }
        Code::PendingGenesis => ("Dokumentet som posten hör till har inte kommit hit.", ITSELF),
        Code::PendingCut => ("Det som avtalets snitt behåller har inte kommit hit.", ITSELF),
        Code::StateDiffers => (
            "En annan nod har samma loggar och regler men visar något annat.",
            "Kör samsynd verify på båda noderna. Är båda hela, säg till dem som gör programmet.",
        ),
        Code::PeerClock => (
            "En annan nods klocka går fel, eller den här.",
            "Kontrollera tidssynkroniseringen (NTP) här och där. Inget går förlorat.",
        ),
        Code::CharterMalformed
        | Code::CharterTooLarge
        | Code::CharterVersion
        | Code::CharterParties
        | Code::CharterDuplicate
        | Code::CharterThreshold
        | Code::CharterSignature
        | Code::CharterPrevious
        | Code::CharterCut => (
            "En avtalsfil som kom togs inte emot.",
            "Avtalet som gäller står kvar. Fråga parten var filen kommer ifrån.",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i11_every_reason_to_wait_or_to_have_no_effect_has_swedish_words() {
        let reasons = ["chain.", "commit.", "effect.", "pending."];
        let codes = Code::ALL.iter().map(|code| code.as_str());
        let codes: Vec<&str> = codes.filter(|code| reasons.iter().any(|prefix| code.starts_with(prefix))).collect();
        assert!(codes.len() > 25, "{codes:?}");
        for code in codes {
            assert_eq!(why(code, "because", Lang::Sv).lang, "sv", "{code}");
            assert_eq!(why(code, "because", Lang::En).text, "because");
        }
        assert_eq!(remedy("tls.alpn", "look", Lang::Sv).lang, "en", "what has no Swedish words is marked as English");
    }
}
