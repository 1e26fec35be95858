//! Why nothing can be looked for or got as a file, and what to do.

use axum::http::StatusCode;
use samsyn_client::text::Text;
use samsyn_core::code::Code;

pub(super) fn told(code: Code, field: &str) -> Option<(StatusCode, Text, Text)> {
    Some(match (code, field) {
        (Code::InputEmpty, "arbeten") => (
            StatusCode::NOT_FOUND,
            Text("Det finns inga arbeten att hämta", "There are no works to get"),
            Text(
                "Inget arbete passar det du har valt. Välj annorlunda på sidan Portfölj och hämta igen.",
                "No work fits what you have chosen. Choose otherwise on the page Portfolio and get it again.",
            ),
        ),
        (Code::InputEmpty, "oppna-data") => (
            StatusCode::NOT_FOUND,
            Text("Det finns inget att hämta", "There is nothing to get"),
            Text(
                "Inget av det slaget är delat med allmänheten. Sidan Öppna data visar vad som är det.",
                "Nothing of that kind is shared with the public. The page Open data shows what is.",
            ),
        ),
        (Code::InputTooLong, "oppna-data") => (
            StatusCode::PAYLOAD_TOO_LARGE,
            Text("Det är mer än en fil rymmer", "It is more than a file holds"),
            Text(
                "Läs dokumenten ett i taget med /api/v1/documents.",
                "Read the documents one at a time with /api/v1/documents.",
            ),
        ),
        (Code::InputValue, "text" | "slag") => (
            StatusCode::BAD_REQUEST,
            Text("Det går inte att söka så", "That cannot be searched for"),
            Text(
                "Skriv ett eller några ord på sidan Sök, och välj slag bland träffarna.",
                "Write one or a few words on the page Search, and choose a kind among the hits.",
            ),
        ),
        _ => return None,
    })
}
