//! What people read when there is no page: what happened and what to do, in plain words.

mod decision;
mod paper;

use super::{
    Setting, assets,
    page::{Asked, lang_code},
    sign_in,
};
use crate::failure::Failure;
use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, Uri, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use samsyn_client::text::{Lang, Text};
use samsyn_core::code::Code;
use serde_json::json;

/// Why a page or an answer cannot be given.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    status: StatusCode,
    code: Code,
    what: Text,
    remedy: Text,
    lang: Lang,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    lang: &'static str,
    style: String,
    title: &'a str,
    remedy: &'a str,
    back: &'static str,
    /// Where somebody who has not signed in can do so, and what that is called.
    sign_in: Option<(String, &'static str)>,
    code: String,
}

impl Problem {
    pub(super) fn of(failure: Failure, lang: Lang) -> Self {
        if failure.code.as_str().starts_with("store.") {
            // The reader is told to say so: whoever runs the node must find it.
            tracing::error!(code = failure.code.as_str(), "a page could not be made: {failure}");
        }
        let (status, what, remedy) = match failure.code {
            Code::InputNotFound => (
                StatusCode::NOT_FOUND,
                Text("Det finns inget här som du kan visa", "There is nothing here that can be shown"),
                Text(
                    "Arbetet finns inte hos den här noden, eller är inte delat med dig. Sök i portföljen.",
                    "The work is not at this node, or is not shared with you. Search the portfolio.",
                ),
            ),
            Code::InputEmpty if failure.field.as_deref() == Some("arbeten") => (
                StatusCode::NOT_FOUND,
                Text("Det finns inga arbeten att hämta", "There are no works to get"),
                Text(
                    "Inget arbete passar det du har valt. Välj annorlunda på sidan Portfölj och hämta igen.",
                    "No work fits what you have chosen. Choose otherwise on the page Portfolio and get it again.",
                ),
            ),
            Code::InputValue => (
                StatusCode::BAD_REQUEST,
                Text("Adressen har ett värde som inte går att läsa", "The address has a value that cannot be read"),
                Text("Börja om på portföljens första sida.", "Begin again at the portfolio's first page."),
            ),
            Code::InputConflict if failure.field.as_deref() == Some("namn") => (
                StatusCode::CONFLICT,
                Text("Det finns redan något med det namnet", "There is something of that name already"),
                Text(
                    "Inget är sparat. Gå tillbaka och ändra det som finns, eller välj ett annat namn.",
                    "Nothing is saved. Go back and change what there is, or choose another name.",
                ),
            ),
            Code::InputConflict => (
                StatusCode::CONFLICT,
                Text("Sidan är av en äldre lydelse", "The page is of an older version"),
                Text(
                    "Inget är sparat. Öppna sidan igen och skriv in det du ville ändra.",
                    "Nothing is saved. Open the page again and enter what you wanted to change.",
                ),
            ),
            Code::InputDate => (
                StatusCode::BAD_REQUEST,
                Text("Adressen har en dag som inte går att läsa", "The address has a day that cannot be read"),
                Text("Skriv en dag, som ?per=2025-06-15.", "Write a day, as in ?per=2025-06-15."),
            ),
            Code::StoreFull
            | Code::StoreReadOnly
            | Code::StoreUnreachable
            | Code::StoreFailed
            | Code::StoreDamaged
            | Code::Stopping => (
                StatusCode::SERVICE_UNAVAILABLE,
                Text("Noden kan inte läsa sina uppgifter just nu", "The node cannot read its data right now"),
                Text(
                    "Försök igen om en stund. Är det likadant då, säg till den som sköter noden.",
                    "Try again in a while. If it is the same then, tell whoever runs the node.",
                ),
            ),
            code @ (Code::RoleForbidden
            | Code::InputEmpty
            | Code::InputTooLong
            | Code::InputNumber
            | Code::RegisterAlready
            | Code::RegisterNumber
            | Code::RegisterNumberTaken
            | Code::RegisterSecret
            | Code::RegisterSeriesClosed) => of_register(code, failure.field.as_deref().unwrap_or_default()),
            _ => match of_sign_in(failure.code).or_else(|| decision::told(failure.code)) {
                Some(told) => told,
                None => return Self::ours(&failure.to_string(), lang),
            },
        };
        Self { status, code: failure.code, what, remedy, lang }
    }

    /// The same, of drafts and what is asked for.
    pub(super) fn of_draft(failure: Failure, lang: Lang) -> Self {
        let field = failure.field.as_deref().unwrap_or_default();
        let Some((status, what, remedy)) = of_release(failure.code, field) else { return Self::of(failure, lang) };
        Self { status, code: failure.code, what, remedy, lang }
    }

    /// The same, of what somebody writes about a decision.
    pub(super) fn of_decision(failure: Failure, lang: Lang) -> Self {
        let Some((status, what, remedy)) = decision::told_of_form(failure.code) else { return Self::of(failure, lang) };
        Self { status, code: failure.code, what, remedy, lang }
    }

    /// The same, of a paper for a meeting.
    pub(super) fn of_paper(failure: Failure, lang: Lang) -> Self {
        let field = failure.field.as_deref().unwrap_or_default();
        let Some((status, what, remedy)) = paper::told(failure.code, field) else {
            return Self::of_draft(failure, lang);
        };
        Self { status, code: failure.code, what, remedy, lang }
    }

    /// The same, of what is handed out.
    pub(super) fn of_handout(failure: Failure, lang: Lang) -> Self {
        let Some((status, what, remedy)) = handing_out(failure.code) else { return Self::of(failure, lang) };
        Self { status, code: failure.code, what, remedy, lang }
    }

    /// A fault of the program: told in the log, not to the reader.
    pub(super) fn ours(insides: &str, lang: Lang) -> Self {
        tracing::error!("a page could not be made: {insides}");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: Code::Failed,
            what: Text("Sidan kunde inte visas", "The page could not be shown"),
            remedy: Text(
                "Felet är inte ditt. Säg till den som sköter noden; orsaken står i nodens logg.",
                "The fault is not yours. Tell whoever runs the node; its log has the reason.",
            ),
            lang,
        }
    }

    pub(super) fn no_such_page(lang: Lang) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            code: Code::InputNotFound,
            what: Text("Det finns ingen sådan sida", "There is no such page"),
            remedy: Text(
                "Kontrollera adressen, eller börja på sidan Läget.",
                "Check the address, or begin at the overview.",
            ),
            lang,
        }
    }

    fn for_whom(self, uri: &Uri) -> Response {
        if uri.path().starts_with("/api/") { self.into_json(None) } else { self.into_response() }
    }

    /// As programs get it (RFC 9457), in the words of what they have asked for where those are known.
    pub(super) fn into_json(self, detail: Option<String>) -> Response {
        let problem = json!({
            "type": "about:blank",
            "title": self.what.1,
            "status": self.status.as_u16(),
            "detail": detail.as_deref().unwrap_or(self.remedy.1),
            "code": self.code.to_string(),
        });
        let headers = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
        (self.status, headers, problem.to_string()).into_response()
    }
}

/// Why something cannot be done with a register, and what to do.
fn of_register(code: Code, field: &str) -> (StatusCode, Text, Text) {
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

/// Why a draft cannot be seen or shared, and what to do.
fn of_release(code: Code, field: &str) -> Option<(StatusCode, Text, Text)> {
    const AGAIN: Text = Text(
        "Öppna utkastet igen, läs det som står där nu och besluta sedan.",
        "Open the draft again, read what is there now and decide then.",
    );
    const BACK: Text = Text("Gå tillbaka, fyll i det och försök igen.", "Go back, fill it in and try again.");
    Some(match code {
        Code::RoleForbidden => (
            StatusCode::FORBIDDEN,
            Text(
                "Utkast visas för dem som skriver eller godkänner dem",
                "Drafts are shown to those who write and release them",
            ),
            Text(
                "Är du samordnare eller frisläppare hos myndigheten, logga in. Räcker inte din roll, fråga den som sköter noden.",
                "If you are a coordinator or releaser of the authority, sign in. If your role is not enough, ask whoever runs the node.",
            ),
        ),
        Code::SecrecyProvision => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Bestämmelsen går inte att använda", "The provision cannot be used"),
            Text(
                "Välj minst en i listan, eller skriv den som 19:3. Det som rör rikets säkerhet får inte finnas här alls.",
                "Choose at least one of the list, or write it as 19:3. What concerns the security of the realm may not lie here at all.",
            ),
        ),
        Code::InputNotFound => (
            StatusCode::NOT_FOUND,
            Text("Det finns inget sådant utkast", "There is no such draft"),
            Text("Se listan på sidan Utkast.", "See the list on the page Drafts."),
        ),
        Code::SpaceRecipient => {
            (StatusCode::UNPROCESSABLE_ENTITY, Text("Ingen mottagare är vald", "No recipient is chosen"), BACK)
        }
        Code::SpaceOwn => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Den egna organisationen kan inte vara mottagare", "The own organisation cannot be a recipient"),
            Text("Gå tillbaka och välj andra parter.", "Go back and choose other parties."),
        ),
        Code::InputUnknownParty => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("En mottagare är ingen part", "A recipient is no party"),
            Text("Gå tillbaka och välj i listan.", "Go back and choose in the list."),
        ),
        Code::SpaceAuthority => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text(
                "Mottagaren har ingen sådan nämnd, eller inte längre",
                "The recipient has no such authority, or not any more",
            ),
            Text("Gå tillbaka och välj organisationen.", "Go back and choose the organisation."),
        ),
        Code::SpaceDeadline => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Sista dagen går inte att använda", "The last day cannot be used"),
            Text(
                "Gå tillbaka och välj en dag från i dag, högst 180 dagar fram.",
                "Go back and choose a day from today on, 180 days ahead at most.",
            ),
        ),
        Code::SpaceWide => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text(
                "Kretsen är vid: mer än hälften av de andra parterna",
                "The circle is wide: more than half of the other parties",
            ),
            Text(
                "Gå tillbaka och välj färre, eller kryssa i att ni vet det. Ett utkast som sprids brett kan bli allmän handling.",
                "Go back and choose fewer, or tick that you know. A draft that is spread widely may become an official document.",
            ),
        ),
        Code::SpaceEnded => (
            StatusCode::CONFLICT,
            Text("Sista dagen för synpunkter har passerat", "The last day for comments has passed"),
            Text(
                "Utkastet är raderat. Svara den som frågade på annat sätt.",
                "The draft is erased. Write to whoever asked in another way.",
            ),
        ),
        Code::SpacePublic | Code::SpacePurpose => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text(
                "Syfte eller krets passar inte ihop med mottagarna",
                "Purpose or audience does not fit the recipients",
            ),
            Text("Öppna utkastet igen och välj på nytt.", "Open the draft again and choose anew."),
        ),
        Code::SpaceTooMany => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Alltför mycket är ute för synpunkter samtidigt", "Too much is out for comment at once"),
            Text("Vänta tills något av det är slut.", "Wait until some of it has ended."),
        ),
        Code::InputNotOwner => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Arbetet ägs av en annan part", "The work belongs to another party"),
            Text("Ägaren skickar ut sina egna utkast.", "The owner sends out its own drafts."),
        ),
        Code::ReleaseNotWaiting => (
            StatusCode::CONFLICT,
            Text("Inget väntar på svar här", "Nothing waits for an answer here"),
            Text("Någon har redan svarat. Öppna utkastet igen.", "Somebody has answered. Open the draft again."),
        ),
        Code::ReleaseChanged => (
            StatusCode::CONFLICT,
            Text("Utkastet har ändrats sedan du läste det", "The draft has changed since you read it"),
            AGAIN,
        ),
        Code::AuditUnwritable => (
            StatusCode::SERVICE_UNAVAILABLE,
            Text(
                "Noden kan inte skriva ned vad som görs, och då delar den inget",
                "The node cannot write down what is done, and shares nothing without that",
            ),
            Text(
                "Säg till den som sköter noden; dess logg har orsaken.",
                "Tell whoever runs the node; its log has the reason.",
            ),
        ),
        Code::CommitTooLarge => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Det är mer än en delning rymmer", "It is more than one release can hold"),
            Text("Dela några uppgifter i taget.", "Share some of it at a time."),
        ),
        Code::InputTooLong => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Skälet är för långt", "The reason is too long"),
            Text(
                "Gå tillbaka och korta det till högst 2 000 tecken.",
                "Go back and shorten it to 2,000 characters at most.",
            ),
        ),
        Code::InputEmpty => {
            let missing = match field {
                "reason" => Text("Ett skäl saknas", "A reason is missing"),
                "uppgift" => Text("Ingen uppgift är vald", "Nothing is chosen"),
                "markerat" => Text("Inget av det som är markerat är ikryssat", "Nothing of what is marked is ticked"),
                "intygar" => Text("Försäkran saknas", "The assurance is missing"),
                _ => Text("Något saknas i formuläret", "Something is missing in the form"),
            };
            (StatusCode::UNPROCESSABLE_ENTITY, missing, BACK)
        }
        Code::InputValue | Code::InputPath => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Text("Något i formuläret går inte att läsa", "Something in the form cannot be read"),
            AGAIN,
        ),
        _ => return None,
    })
}

/// Why nothing can be handed out, and what to do.
fn handing_out(code: Code) -> Option<(StatusCode, Text, Text)> {
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

/// Why somebody is not let in, or not signed out, and what to do.
fn of_sign_in(code: Code) -> Option<(StatusCode, Text, Text)> {
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

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut page = self.page(None);
        page.extensions_mut().insert(self);
        page
    }
}

/// What is not there for everybody may be there for who signs in; and what is there for one who has signed in stays on
/// no disk, whether it is a page or JSON.
pub(super) async fn by_who_asks(State(setting): State<Setting>, request: Request, next: Next) -> Response {
    let session = setting.session(request.extensions(), request.headers());
    let here = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let mut answer = next.run(request).await;
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("cookie"));
    if session.is_some() && !here.starts_with("/static/") {
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    match answer.extensions().get::<Problem>() {
        Some(problem) if session.is_none() && matches!(problem.code, Code::InputNotFound | Code::RoleForbidden) => {
            problem.page(Some(sign_in::link(&here)))
        }
        _ => answer,
    }
}

impl Problem {
    fn page(&self, sign_in: Option<String>) -> Response {
        let page = ErrorPage {
            lang: lang_code(self.lang),
            style: assets::style_path(),
            title: self.what.of(self.lang),
            remedy: self.remedy.of(self.lang),
            back: Text("Till Läget", "To the overview").of(self.lang),
            sign_in: sign_in.map(|link| (link, Text("Logga in", "Sign in").of(self.lang))),
            code: self.code.to_string(),
        };
        let html = page.render().unwrap_or_else(|_| format!("{}. {}", page.title, page.remedy));
        (self.status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
    }
}

pub(super) async fn no_such_page(asked: Asked, uri: Uri) -> Response {
    Problem::no_such_page(asked.lang).for_whom(&uri)
}

pub(super) async fn only_reading(asked: Asked, uri: Uri) -> Response {
    let problem = Problem {
        status: StatusCode::METHOD_NOT_ALLOWED,
        code: Code::InputValue,
        what: Text("Här går det bara att läsa", "Here one can only read"),
        remedy: Text("Ändra med programmet samsyn.", "Make changes with the program samsyn."),
        lang: asked.lang,
    };
    problem.for_whom(&uri)
}

pub(super) fn wrong_host() -> Problem {
    Problem {
        status: StatusCode::MISDIRECTED_REQUEST,
        code: Code::InputValue,
        what: Text("Sidan visas bara på den här datorn", "The page is shown on this computer only"),
        remedy: Text(
            "Öppna den som http://localhost med portens nummer. Ska andra nå den, sätt [web] listen till en annan adress: där visas det som är offentligt.",
            "Open it as http://localhost with the port's number. If others are to reach it, set [web] listen to another address: what is public is shown there.",
        ),
        lang: Lang::Sv,
    }
}
