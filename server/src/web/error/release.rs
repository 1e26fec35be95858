//! Why a draft cannot be seen or shared, and what to do.

use axum::http::StatusCode;
use samsyn_client::text::Text;
use samsyn_core::code::Code;

const AGAIN: Text = Text(
    "Öppna utkastet igen, läs det som står där nu och besluta sedan.",
    "Open the draft again, read what is there now and decide then.",
);
const BACK: Text = Text("Gå tillbaka, fyll i det och försök igen.", "Go back, fill it in and try again.");

pub(super) fn told(code: Code, field: &str) -> Option<(StatusCode, Text, Text)> {
    of_draft(code, field).or_else(|| of_circle(code))
}

fn of_draft(code: Code, field: &str) -> Option<(StatusCode, Text, Text)> {
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

/// Of a draft for comment: whom it goes to, and until when.
fn of_circle(code: Code) -> Option<(StatusCode, Text, Text)> {
    Some(match code {
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
        _ => return None,
    })
}
