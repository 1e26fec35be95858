//! Why something about a decision cannot be done, and what to do.

use axum::http::StatusCode;
use samsyn_client::text::Text;
use samsyn_core::code::Code;

pub(super) fn told(code: Code) -> Option<(StatusCode, Text, Text)> {
    let (what, remedy) = match code {
        Code::DecisionBodyUnknown => (
            Text("Det är inte känt vilket organ beslutet gäller", "It is not known which body the decision is for"),
            Text(
                "Gå tillbaka och välj ett organ i listan. Saknas det, be programkontoret beskriva det.",
                "Go back and choose a body in the list. If it is missing, ask the programme office to describe it.",
            ),
        ),
        Code::DecisionBodyIncomplete => (
            Text("Organet är inte färdigt beskrivet", "The body is not fully described"),
            Text(
                "Be programkontoret komplettera uppgifterna om organet. Försök sedan igen.",
                "Ask the programme office to complete what is said of the body. Then try again.",
            ),
        ),
        Code::DecisionBodyNotValid => (
            Text("Organet fanns inte den dagen", "The body did not exist that day"),
            Text(
                "Välj det organ som tog över, eller rätta dagen för mötet.",
                "Choose the body that took over, or correct the day of the meeting.",
            ),
        ),
        Code::DecisionBodyFixed => (
            Text("Beslutet hör till ett annat organ", "The decision belongs to another body"),
            Text("Grunda ett nytt beslut för det andra organet.", "Found a new decision for the other body."),
        ),
        Code::DecisionNotSecretary => (
            Text("Er organisation är inte organets sekreterare", "Your organisation is not the body's secretary"),
            Text(
                "Be den organisation som är sekreterare att grunda beslutet och föra protokollet.",
                "Ask the organisation that is the secretary to found the decision and keep its minutes.",
            ),
        ),
        Code::DecisionNoSeat => (
            Text("Er organisation har ingen sådan plats i organet", "Your organisation has no such seat in the body"),
            Text("Se platserna på beslutets sida.", "See the seats on the decision's page."),
        ),
        Code::DecisionVoted => (
            Text("Platsen har redan röstat", "The seat has voted already"),
            Text(
                "Blev det fel: ta tillbaka rösten, dela det, och rösta sedan igen. Båda rösterna sparas.",
                "If it was a mistake: take the vote back, share that, and vote again. Both votes are kept.",
            ),
        ),
        Code::DecisionMinuted => (
            Text("Protokollet räknar redan rösterna", "The minutes count the votes already"),
            Text(
                "Det som protokollet har räknat ligger fast. Tala med organets sekreterare om något är fel.",
                "What the minutes have counted stands. Talk to the body's secretary if something is wrong.",
            ),
        ),
        Code::DecisionFrozen => (
            Text("Textversionen är fryst och ändras inte", "The text version is frozen and does not change"),
            Text("Skriv en ny textversion och lägg fram den.", "Write a new text version and put that one."),
        ),
        Code::DecisionHash => (
            Text("Kontrollsumman hör inte till texten", "The hash does not belong to the text"),
            Text("Frys texten på nytt, så som den är.", "Freeze the text anew, as it is."),
        ),
        Code::DecisionText => (
            Text(
                "Det är en annan text än den som beslutades, eller ingen alls",
                "It is another text than the one that was decided, or none at all",
            ),
            Text(
                "Öppna beslutets sida igen: där står den beslutade textens kontrollsumma.",
                "Open the decision's page again: the hash of the text that was decided is there.",
            ),
        ),
        Code::DecisionVoteUnknown => (
            Text(
                "Protokollet räknar en röst som platsen inte har lagt",
                "The minutes count a vote that the seat has not given",
            ),
            Text(
                "Öppna beslutets sida igen och räkna de röster som står där.",
                "Open the decision's page again and count the votes that stand there.",
            ),
        ),
        Code::DecisionFuture => (
            Text("Dagen har inte kommit än", "The day has not come yet"),
            Text(
                "Det som har hänt anges när det har hänt. En planerad dag anges med läget «på väg».",
                "What has happened is stated once it has. A planned day is stated with the state «scheduled».",
            ),
        ),
        _ => return None,
    };
    Some((StatusCode::UNPROCESSABLE_ENTITY, what, remedy))
}

/// The same of a form: what is wrong was written there, and not in the address.
pub(super) fn told_of_form(code: Code) -> Option<(StatusCode, Text, Text)> {
    let (what, remedy) = match code {
        Code::InputDate => (
            Text("En dag går inte att läsa", "A day cannot be read"),
            Text(
                "Gå tillbaka och skriv den som 2025-01-24, eller så exakt den är känd: 2025-01, HT 2025.",
                "Go back and write it as 2025-01-24, or as exactly as it is known: 2025-01, HT 2025.",
            ),
        ),
        Code::InputValue | Code::InputCharacter => (
            Text("Något i formuläret går inte att använda", "Something in the form cannot be used"),
            Text("Gå tillbaka, öppna sidan igen och försök på nytt.", "Go back, open the page again and try anew."),
        ),
        _ => return told(code),
    };
    Some((StatusCode::UNPROCESSABLE_ENTITY, what, remedy))
}
