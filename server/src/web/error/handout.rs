//! Why something cannot be handed out, and what to do.

use axum::http::StatusCode;
use samsyn_client::text::Text;
use samsyn_core::code::Code;

/// Why nothing can be handed out, and what to do.
pub(super) fn told(code: Code) -> Option<(StatusCode, Text, Text)> {
    Some(match code {
        Code::RoleForbidden => (
            StatusCode::FORBIDDEN,
            Text(
                "Handlingar lämnas ut av myndighetens registratorer och arkivarier",
                "Documents are handed out by the authority's registrars and archivists",
            ),
            Text(
                "Är du en av dem, logga in. Vill du ha en handling, fråga myndigheten: du behöver inte säga vem du är eller varför.",
                "If you are one of them, sign in. If you want a document, ask the authority: you need not say who you are or why.",
            ),
        ),
        Code::InputNotFound => (
            StatusCode::NOT_FOUND,
            Text("Det finns inget sådant att lämna ut", "There is no such thing to hand out"),
            Text("Sök igen på sidan Lämna ut.", "Search again on the page Hand out."),
        ),
        Code::InputEmpty | Code::InputValue => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Inget dokument är valt", "No document is chosen"),
            Text("Gå tillbaka och välj minst ett.", "Go back and choose at least one."),
        ),
        Code::PackTooLarge => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Det är mer än ett utlämnande rymmer", "It is more than can be handed out at once"),
            Text(
                "Gå tillbaka och välj färre dokument; högst 20 på en gång.",
                "Go back and choose fewer documents; at most 20 at once.",
            ),
        ),
        Code::AuditUnwritable => (
            StatusCode::SERVICE_UNAVAILABLE,
            Text(
                "Noden kan inte skriva ned vad som görs, och då lämnar den inte ut något",
                "The node cannot write down what is done, and hands nothing out without that",
            ),
            Text(
                "Säg till den som sköter noden; dess logg har orsaken.",
                "Tell whoever runs the node; its log has the reason.",
            ),
        ),
        _ => return None,
    })
}
