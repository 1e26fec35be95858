//! Why somebody is not let in, or not signed out, and what to do.

use axum::http::StatusCode;
use samsyn_client::text::Text;
use samsyn_core::code::Code;

pub(super) fn told(code: Code) -> Option<(StatusCode, Text, Text)> {
    at_the_service(code).or_else(|| by_certificate(code))
}

fn at_the_service(code: Code) -> Option<(StatusCode, Text, Text)> {
    Some(match code {
        Code::SignInState => (
            StatusCode::BAD_REQUEST,
            Text("Inloggningen gick inte att slutföra", "The sign-in could not be finished"),
            Text(
                "Den tog för lång tid, eller började i en annan webbläsare. Logga in igen.",
                "It took too long, or began in another browser. Sign in again.",
            ),
        ),
        Code::SignInProvider => (
            StatusCode::SERVICE_UNAVAILABLE,
            Text("Inloggningstjänsten svarar inte just nu", "The sign-in service does not answer right now"),
            Text(
                "Det som är offentligt går att läsa ändå. Försök logga in om en stund. Är det likadant då, säg till it-avdelningen.",
                "What is public can be read all the same. Try to sign in in a while. If it is the same then, tell the IT department.",
            ),
        ),
        Code::SignInToken => (
            StatusCode::FORBIDDEN,
            Text("Inloggningen kunde inte godkännas", "The sign-in could not be accepted"),
            Text(
                "Felet är inte ditt. Säg till it-avdelningen; orsaken står i nodens logg.",
                "The fault is not yours. Tell the IT department; the node's log has the reason.",
            ),
        ),
        Code::SignInRefused => (
            StatusCode::FORBIDDEN,
            Text("Inloggningstjänsten släppte inte in dig", "The sign-in service did not let you in"),
            Text(
                "Avbröt du inloggningen, börja om. Annars: fråga it-avdelningen om du får använda samsyn.",
                "If you broke the sign-in off, begin again. Otherwise: ask the IT department whether you may use samsyn.",
            ),
        ),
        Code::SignInNoRole => (
            StatusCode::FORBIDDEN,
            Text("Du har ingen roll här", "You have no role here"),
            Text(
                "Din organisation känner dig, men har inte gett dig någon roll i samsyn. Be it-avdelningen om en. Det som är offentligt går att läsa ändå.",
                "Your organisation knows you, but has given you no role in samsyn. Ask the IT department for one. What is public can be read all the same.",
            ),
        ),
        Code::SignInGroupOverage => (
            StatusCode::FORBIDDEN,
            Text("Det går inte att se vilken roll du har", "What role you have cannot be seen"),
            Text(
                "Du hör till fler grupper än inloggningstjänsten skickar med. Säg det till it-avdelningen: approller i stället för grupper löser det.",
                "You belong to more groups than the sign-in service sends. Tell the IT department: app roles instead of groups solve it.",
            ),
        ),
        Code::SignInForged => (
            StatusCode::FORBIDDEN,
            Text("Formuläret gäller inte längre", "The form is no longer valid"),
            Text("Gå tillbaka, läs om sidan och försök igen.", "Go back, load the page again and try once more."),
        ),
        Code::AuditUnwritable => (
            StatusCode::SERVICE_UNAVAILABLE,
            Text("Det går inte att göra just nu", "This cannot be done right now"),
            Text(
                "Noden kan inte skriva ned vem som loggar in eller beslutar, och då släpper den inte in någon och gör inget. Säg till den som sköter noden.",
                "The node cannot write down who signs in or decides, and then it lets nobody in and does nothing. Tell whoever runs the node.",
            ),
        ),
        _ => return None,
    })
}

fn by_certificate(code: Code) -> Option<(StatusCode, Text, Text)> {
    Some(match code {
        Code::SignInNoCertificate => (
            StatusCode::FORBIDDEN,
            Text("Webbläsaren visade inget certifikat", "The browser showed no certificate"),
            Text(
                "Sätt i kortet, stäng alla fönster i webbläsaren, öppna sidan igen och välj ditt certifikat när webbläsaren frågar. Det som är offentligt går att läsa ändå.",
                "Put your card in, close all windows of the browser, open the page again and choose your certificate when the browser asks. What is public can be read all the same.",
            ),
        ),
        Code::SignInCertificateExpired => (
            StatusCode::FORBIDDEN,
            Text("Ditt certifikat gäller inte nu", "Your certificate is not valid now"),
            Text(
                "Tiden för det har gått ut, eller har inte börjat. Be den som ger ut korten i din organisation om ett nytt. Det som är offentligt går att läsa ändå.",
                "Its time is over, or has not begun. Ask whoever issues cards in your organisation for a new one. What is public can be read all the same.",
            ),
        ),
        Code::SignInCertificateRevoked => (
            StatusCode::FORBIDDEN,
            Text("Ditt certifikat är spärrat", "Your certificate has been revoked"),
            Text(
                "Använd ett annat kort, eller fråga den som ger ut korten i din organisation. Det som är offentligt går att läsa ändå.",
                "Use another card, or ask whoever issues cards in your organisation. What is public can be read all the same.",
            ),
        ),
        Code::SignInCertificateUnknown => (
            StatusCode::FORBIDDEN,
            Text("Certifikatet godtas inte här", "The certificate is not accepted here"),
            Text(
                "Det är inte utgivet för inloggning av den som din organisation litar på. Stäng webbläsaren, öppna sidan igen och välj certifikatet för inloggning på ditt tjänstekort. Det som är offentligt går att läsa ändå.",
                "It has not been issued for signing in by whom your organisation trusts. Close the browser, open the page again and choose the certificate for signing in on your card. What is public can be read all the same.",
            ),
        ),
        Code::SignInCertificateUnmapped => (
            StatusCode::FORBIDDEN,
            Text("Du har ingen roll här", "You have no role here"),
            Text(
                "Certifikatet är godkänt, men det finns ingen roll i samsyn för den som det är utgivet till. Be it-avdelningen om en. Det som är offentligt går att läsa ändå.",
                "The certificate is accepted, but there is no role in samsyn for whom it was issued to. Ask the IT department for one. What is public can be read all the same.",
            ),
        ),
        Code::SignInRevocationList => (
            StatusCode::SERVICE_UNAVAILABLE,
            Text(
                "Det går inte att se om certifikatet är spärrat",
                "Whether the certificate has been revoked cannot be seen",
            ),
            Text(
                "Felet är inte ditt. Säg till it-avdelningen: listan över spärrade certifikat behöver hämtas på nytt. Det som är offentligt går att läsa ändå.",
                "The fault is not yours. Tell the IT department: the list of revoked certificates has to be fetched anew. What is public can be read all the same.",
            ),
        ),
        _ => return None,
    })
}
