//! Why a paper cannot be made or shown, and what to do.

use axum::http::StatusCode;
use samsyn_client::text::Text;
use samsyn_core::code::Code;

pub(super) fn told(code: Code, field: &str) -> Option<(StatusCode, Text, Text)> {
    Some(match (code, field) {
        (Code::InputValue, "dag") => (
            StatusCode::BAD_REQUEST,
            Text("Dagen går inte att läsa", "The day cannot be read"),
            Text(
                "Gå tillbaka och skriv mötets dag, som 2025-12-15, eller för en årsrapport året, som 2025.",
                "Go back and write the day of the meeting, as 2025-12-15, or the year of an annual report, as 2025.",
            ),
        ),
        (Code::InputValue, _) => (
            StatusCode::BAD_REQUEST,
            Text("Underlaget finns inte att välja", "There is no such paper to choose"),
            Text("Välj på nytt på sidan Rapporter.", "Choose again on the page Reports."),
        ),
        (Code::InputNotFound, "pdf") => (
            StatusCode::NOT_FOUND,
            Text("Den här noden gör ingen PDF", "This node makes no PDF"),
            Text(
                "Hämta webbsidan eller Word-filen, eller be den som sköter noden installera samsyn-pdf.",
                "Get the web page or the Word file, or ask whoever runs the node to install samsyn-pdf.",
            ),
        ),
        (Code::InputNotFound, _) => (
            StatusCode::NOT_FOUND,
            Text("Det finns inget program att göra underlag av", "There is no programme to make papers of"),
            Text(
                "Vänta tills programkontoret har delat programmet.",
                "Wait until the programme office has shared the programme.",
            ),
        ),
        (Code::ValueMissing, _) => (
            StatusCode::CONFLICT,
            Text(
                "Noden har inte allt som underlaget står på än",
                "This node does not have all that the paper stands on yet",
            ),
            Text(
                "Vänta tills noderna har hörts, eller hämta filen hos den som har tagit fram den.",
                "Wait until the nodes have met, or get the file from whoever has made it.",
            ),
        ),
        (Code::RoleForbidden | Code::EffectPathForbidden, _) => (
            StatusCode::FORBIDDEN,
            Text("Underlag tas fram av programkontoret", "Papers are made by the programme office"),
            Text(
                "Be någon av dess samordnare. Du kan alltid titta på hur underlaget skulle se ut.",
                "Ask one of its coordinators. You can always look at what the paper would be.",
            ),
        ),
        (Code::InputTooLong, "pdf") => (
            StatusCode::CONFLICT,
            Text("Underlaget är för stort för en PDF", "The paper is too large for a PDF"),
            Text("Hämta webbsidan eller Word-filen.", "Get the web page or the Word file."),
        ),
        (Code::InUse, _) => (
            StatusCode::CONFLICT,
            Text(
                "Något annat i programmet väntar på att en frisläppare godkänner",
                "Something else of the programme waits for a releaser's approval",
            ),
            Text(
                "Inget underlag är framtaget. Försök igen när det är besvarat: se Utkast.",
                "No paper is made. Try again once it is answered: see Drafts.",
            ),
        ),
        (Code::InputTooLong, _) => (
            StatusCode::CONFLICT,
            Text("Underlaget står på för många loggar", "The paper stands on too many logs"),
            Text("Inget är sparat. Säg till den som sköter noden.", "Nothing is kept. Tell whoever runs the node."),
        ),
        _ => return None,
    })
}
