//! Why something cannot be done with a register, and what is wrong with a form.

use axum::http::StatusCode;
use samsyn_client::text::Text;
use samsyn_core::code::Code;

/// Why something cannot be done with a register, and what to do.
pub(super) fn told(code: Code, field: &str) -> (StatusCode, Text, Text) {
    match code {
        Code::RoleForbidden => (
            StatusCode::FORBIDDEN,
            Text("Diariet förs av myndighetens registratorer", "The register is kept by the authority's registrars"),
            Text(
                "Är du registrator, logga in. Det offentliga diariet får alla läsa: det finns på sidan Diarium.",
                "If you are a registrar, sign in. Anybody may read the public register: it is on the page Register.",
            ),
        ),
        Code::RegisterAlready => (
            StatusCode::CONFLICT,
            Text("Handlingen är redan registrerad", "The document is registered already"),
            Text(
                "Numret står fast. Öppna posten om orden ska rättas.",
                "The number stands. Open the item if its words are to be corrected.",
            ),
        ),
        Code::RegisterNumber => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Numret passar inte i registret", "The number does not fit the register"),
            Text(
                "Skriv det så som myndigheten skriver sina nummer. Är det ett äldre nummer, markera att handlingen redan är registrerad i ett annat system.",
                "Write it as the authority writes its numbers. If it is an older number, mark that the document is registered in another system already.",
            ),
        ),
        Code::RegisterNumberTaken => (
            StatusCode::CONFLICT,
            Text("Handlingens nummer är redan använt i ärendet", "The document's number is used in the case already"),
            Text(
                "Gå tillbaka och lämna det tomt, så väljs nästa lediga.",
                "Go back and leave it empty: the next free one is chosen.",
            ),
        ),
        Code::RegisterSeriesClosed => (
            StatusCode::CONFLICT,
            Text("Nummerserien är stängd", "The series of numbers is closed"),
            Text(
                "Gå tillbaka till diariet, ta reda på det senast använda numret och bekräfta det överst på sidan.",
                "Go back to the register, find out the last number used and confirm it at the top of the page.",
            ),
        ),
        Code::RegisterSecret => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Det som är skyddat måste registreras", "What is protected must be registered"),
            Text(
                "Posten har en skyddad ärendemening eller motpart. Gå tillbaka och registrera den med ett nummer.",
                "The item has a protected subject or counterpart. Go back and register it with a number.",
            ),
        ),
        _ => of_form(code, field),
    }
}

/// What is wrong with a form, and what to do.
fn of_form(code: Code, field: &str) -> (StatusCode, Text, Text) {
    const BACK: Text = Text("Gå tillbaka, fyll i det och försök igen.", "Go back, fill it in and try again.");
    match code {
        Code::InputNumber => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Handlingens nummer är inget helt tal", "The document's number is no whole number"),
            BACK,
        ),
        Code::InputTooLong => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text(
                "Något är för långt, eller för många poster är valda",
                "Something is too long, or too many items are chosen",
            ),
            Text(
                "Gå tillbaka och korta det; högst 100 poster på en gång.",
                "Go back and shorten it; at most 100 items at once.",
            ),
        ),
        _ => {
            let missing = match field {
                "reason" => Text("Ett skäl saknas", "A reason is missing"),
                "items" => Text("Ingen post är vald", "No item is chosen"),
                "beslut" => Text("Inget beslut är valt", "No decision is chosen"),
                "number" => Text("Ärendets nummer saknas", "The case's number is missing"),
                _ => Text("Något saknas i formuläret", "Something is missing in the form"),
            };
            (StatusCode::UNPROCESSABLE_ENTITY, missing, BACK)
        }
    }
}
