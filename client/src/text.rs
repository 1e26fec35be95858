//! What the program says, Swedish and English side by side. `{}` stands for what is filled in, in order.

/// The language of answers. Codes and `--json` keys are never translated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Sv,
    En,
}

/// One sentence or word in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text(pub &'static str, pub &'static str);

/// A sentence with its gaps filled, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    sv: Box<str>,
    en: Box<str>,
}

impl Text {
    pub fn of(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Sv => self.0,
            Lang::En => self.1,
        }
    }

    /// Fills the gaps, in order.
    pub fn with(self, parts: &[&str]) -> Phrase {
        Phrase { sv: fill(self.0, parts).into(), en: fill(self.1, parts).into() }
    }

    /// Fills the gaps with other words in each language.
    pub fn with_each<const N: usize>(self, sv: [&str; N], en: [&str; N]) -> Phrase {
        Phrase { sv: fill(self.0, &sv).into(), en: fill(self.1, &en).into() }
    }

    pub fn say(self, lang: Lang, parts: &[&str]) -> String {
        fill(self.of(lang), parts)
    }
}

impl From<Text> for Phrase {
    fn from(text: Text) -> Self {
        text.with(&[])
    }
}

impl Phrase {
    /// The same in both languages, or a sentence that exists in one only.
    pub fn pair(sv: impl Into<Box<str>>, en: impl Into<Box<str>>) -> Self {
        Self { sv: sv.into(), en: en.into() }
    }
    pub fn both(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        Self { sv: text.clone(), en: text }
    }
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::Sv => &self.sv,
            Lang::En => &self.en,
        }
    }
}

fn fill(text: &str, parts: &[&str]) -> String {
    let mut pieces = text.split("{}");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for (index, piece) in pieces.enumerate() {
        filled.push_str(parts.get(index).copied().unwrap_or_default());
        filled.push_str(piece);
    }
    filled
}

macro_rules! texts {
    ($($name:ident: $sv:literal, $en:literal;)*) => { $(pub const $name: Text = Text($sv, $en);)* };
}

texts! {
    // Words.
    UNKNOWN: "okänt", "unknown";
    YES: "ja", "yes";
    NO: "nej", "no";
    NEVER: "aldrig", "never";
    NOW: "nu", "now";
    NONE: "inget", "none";
    REMOVED: "(borttaget)", "(removed)";
    CONFLICT: "OLIKA UPPGIFTER", "DIFFERENT STATEMENTS";
    DRAFT: "utkast", "draft";
    CHANGED: "ändrat", "changed";
    OWN: "(egen)", "(own)";
    // Headings of tables.
    ID: "Nummer", "Number";
    TITLE: "Titel", "Title";
    OWNER: "Ägare", "Owner";
    STAGE: "Skede", "Stage";
    FORM: "Form", "Form";
    START: "Start", "Start";
    PARTNERS: "Parter", "Partners";
    UPDATED: "Uppdaterat", "Updated";
    NOTES: "Anm.", "Notes";
    PARTY: "Part", "Party";
    NAME: "Namn", "Name";
    CONNECTED: "Ansluten", "Connected";
    LAST_CONTACT: "Senaste kontakt", "Last contact";
    LAST_CONTENT: "Senaste uppgift", "Last content";
    COMMITS: "Poster", "Commits";
    BEHIND: "Väntar", "Behind";
    // Work list and work.
    NO_WORKS: "Inga arbeten passar.", "No works fit.";
    WORKS_SHOWN: "{} av {} arbeten.", "{} of {} works.";
    NEXT_PAGE: "Nästa sida: --page {}", "Next page: --page {}";
    CONFLICTS: "{} olika", "{} differ";
    DOCUMENT: "Dokument", "Document";
    WORKING_COPY: "Arbetskopia", "Working copy";
    AUTHORITY: "Myndighet", "Authority";
    FACTS: "Uppgifter", "Facts";
    STATED_BY: "{}, {}", "{}, {}";
    ELIGIBLE: "Uppfyller kriterierna {}", "Meets the criteria of {}";
    UNPUBLISHED: "Ändrat hos oss, inte delat", "Changed here, not shared";
    PRIVATE: "Privat (lämnar aldrig noden)", "Private (never leaves the node)";
    MARKS: "Sekretessmarkerat (delas inte)", "Marked as secret (is not shared)";
    MARKED: "Sekretessmarkerat: {}. Det delas inte så länge markeringen står.",
        "Marked as secret: {}. It is not shared as long as the mark stands.";
    MARKED_ALL: "hela arbetet", "the whole work";
    MARK_REMOVED: "Markeringen är borttagen: {}.", "The mark is taken away: {}.";
    MARKED_CARE: "Uppgifter om enskilda i vård och omsorg hör inte hemma här, inte heller markerade: ta bort dem, och använd Säker digital kommunikation.",
        "Data on single persons in care have no place here, marked or not: take them away, and use Säker digital kommunikation.";
    MARK_ON_NOTHING: "Där står inget i utkastet än: kontrollera stavningen.", "Nothing stands there in the draft yet: check the spelling.";
    MARK_UNREADABLE: "markeringen går inte att läsa", "the mark cannot be read";
    CONTESTED: "Två har ändrat samtidigt, kontrollera: {}", "Two have changed this at the same time, check: {}";
    VALUE_MISSING: "(värdet har inte kommit)", "(the value has not arrived)";
    VALUE_ERASED: "(gallrat)", "(erased)";
    VALUE_DAMAGED: "(värdet är skadat)", "(the value is damaged)";
    NOT_PUBLISHED: "Utkast: har aldrig delats.", "Draft: has never been shared.";
    CREATED: "Arbetskopian {} är skapad. Inget är delat. Dela med: samsyn work publish {}",
        "Working copy {} has been made. Nothing is shared. Share with: samsyn work publish {}";
    SAVED: "Sparat i arbetskopian {}: {}. Inget är delat. Dela med: samsyn work publish {}",
        "Saved in working copy {}: {}. Nothing is shared. Share with: samsyn work publish {}";
    UNCHANGED: "Inget skiljer sig från det som redan står där.", "Nothing differs from what is there already.";
    // The joint note.
    NOTE: "Gemensam anteckning: {}", "Joint note: {}";
    NOTE_EMPTY: "Ingen har skrivit något här än.", "Nobody has written anything here yet.";
    NOTE_BY: "Skrivet av {}, {}.", "Written by {}, {}.";
    NOTE_WHO: "Vem skrev vad:", "Who wrote what:";
    NOTE_MERGED: "{} har skrivit samtidigt. Texten ovan är hopfogad av deras versioner; nästa som delar gör den till en.",
        "{} have written at the same time. The text above is joined from their versions; whoever shares next makes it one.";
    NOTE_APART: "Versionerna nedan är inte hopfogade: {}", "The versions below are not joined: {}";
    NOTE_APART_GONE: "en text som de bygger på är gallrad eller har inte kommit.",
        "a text that they build on is erased or has not arrived.";
    NOTE_APART_BASE: "de bygger inte på någon gemensam text.", "they build on no text in common.";
    NOTE_APART_MUCH: "de är för många eller för olika.", "they are too many or too different.";
    NOTE_APART_OTHER: "det gick inte.", "it could not be done.";
    NOTE_SETTLE: "Skriv en text av dem med: samsyn work note {} --edit", "Make one text of them with: samsyn work note {} --edit";
    NOTE_LONG: "Texten är längre än vad som kan delas. Korta den med: samsyn work note {} --edit",
        "The text is longer than can be shared. Shorten it with: samsyn work note {} --edit";
    NOTE_UNSHARED: "Skrivet hos oss, inte delat:", "Written here, not shared:";
    NOTE_TAKEN_AWAY: "Borttaget hos oss, inte delat.", "Taken away here, not shared.";
    NOTE_IN_DRAFT: "Sparat i utkastet. Anteckningen delas när arbetet delas, med: samsyn work publish {}",
        "Saved in the draft. The note is shared when the work is, with: samsyn work publish {}";
    NOTE_SAVED: "Sparat hos oss, inte delat. Dela med: samsyn work publish {}",
        "Saved here, not shared. Share with: samsyn work publish {}";
    NOTE_OUT: "Texten ligger i {}. Skriv i den, och dela med: samsyn work note {} --file {}",
        "The text is in {}. Write in it, and share with: samsyn work note {} --file {}";
    NOTE_MORE: "({}; vem skrev vad: samsyn work note)", "({}; who wrote what: samsyn work note)";
    NOTE_VERSIONS: "VERSIONER SOM INTE ÄR HOPFOGADE", "VERSIONS THAT ARE NOT JOINED";
    HISTORY_ADDED: "tillagt: {}", "added: {}";
    HISTORY_STRUCK: "struket: {}", "struck: {}";
    HISTORY_JOINED: "{} versioner blev en: {}", "{} versions became one: {}";
    HISTORY_LINE: "{}  {}  {}", "{}  {}  {}";
    HISTORY_EMPTY: "Inget har delats.", "Nothing has been shared.";
    FOUNDED: "grundade arbetet", "founded the work";
    SHARED: "delade", "shared";
    ERASED: "gallrade", "erased";
    WHOLE_COUNTY: "hela länet", "the whole county";
    // Publishing.
    SHARE_PARTIES: "Dela med länet: blir allmän handling hos {} organisationer.",
        "Share with the county: becomes an official document of {} organisations.";
    SHARE_PUBLIC: "Dela med alla: blir allmän handling hos {} organisationer och visas öppet för allmänheten.",
        "Share with everyone: becomes an official document of {} organisations and is shown openly to the public.";
    SHARE_PURPOSE: "Syfte: {}.", "Purpose: {}.";
    SHARE_PATHS: "Detta delas:", "This is shared:";
    SHARE_ASK: "Dela nu? [j/N] ", "Share now? [y/N] ";
    SHARE_NOTHING: "Inget nytt att dela.", "Nothing new to share.";
    SHARE_PREVIEWED: "Inget är delat än.", "Nothing has been shared yet.";
    SHARE_STOPPED: "Avbrutet: inget är delat.", "Stopped: nothing has been shared.";
    SHARED_DONE: "Delat. Post {}, {} uppgifter.", "Shared. Commit {}, {} facts.";
    SHARE_WOULD_WAIT: "Myndighetens regler kräver att en frisläppare godkänner först.",
        "The authority's rules want a releaser to approve first.";
    SHARE_WAITS: "Inget är delat än: det väntar på att en frisläppare godkänner.",
        "Nothing has been shared yet: it waits for a releaser to approve.";
    COMMENT_TO: "Dela för synpunkter med {}, till och med {}.", "Share for comment with {}, until {}.";
    COMMENT_EFFECT: "De får en kopia. Den är ett utkast hos er och hos dem: den registreras inte, ingen annan ser den, och den raderas på båda håll när den sista dagen är slut. Ert eget utkast ligger kvar. Svaren kommer in till er och är allmänna handlingar.",
        "They get a copy. It is a draft here and there: it is not registered, nobody else sees it, and it is erased at both ends when the last day is over. Your own draft stays. The replies are received here and are official documents.";
    COMMENT_WIDE: "Kretsen är vid: mer än hälften av de andra parterna. Ett utkast som sprids så brett kan räknas som expedierat, och är då allmän handling.",
        "The circle is wide: more than half of the other parties. A draft that is spread so widely may count as dispatched, and is an official document then.";
    COMMENT_SENT: "Skickat för synpunkter till {}, till och med {}.", "Sent for comment to {}, until {}.";
    REPLY_EFFECT: "Svaret går bara till {}: det är expedierat hos er och inkommet där, och blir allmän handling på båda håll.",
        "The reply goes to {} alone: it is dispatched here and received there, and becomes an official document at both ends.";
    REPLY_SENT: "Svaret är skickat till {}.", "The reply has been sent to {}.";
    REPLY_ASK: "Skicka svaret nu? [j/N] ", "Send the reply now? [y/N] ";
    COMMENTS_NONE: "Inget är skickat för synpunkter.", "Nothing has been sent for comment.";
    COMMENT_IN: "från {}", "from {}";
    COMMENT_OUT: "till {}", "to {}";
    COMMENT_UNTIL: "Sista dag", "Last day";
    COMMENT_WHOM: "Från eller till", "From or to";
    COMMENT_REPLIES: "Svar", "Replies";
    COMMENT_ENDED: "slut, utkastet är raderat", "over, the draft is erased";
    COMMENT_NO_REPLIES: "Inga svar än.", "No replies yet.";
    COMMENT_QUESTION: "Fråga", "Question";
    RELEASE_NONE: "Inget väntar.", "Nothing waits.";
    RELEASE_ASKED: "Begärt", "Asked";
    RELEASE_AGE: "Väntat", "Waited";
    RELEASE_BY: "Av", "By";
    RELEASE_STATE: "Läge", "State";
    RELEASE_DAYS: "{} dygn", "{} days";
    RELEASE_TODAY: "under ett dygn", "less than a day";
    RELEASE_WAITS: "väntar", "waits";
    RELEASE_APPROVED: "godkänt {} av {}", "approved {} by {}";
    RELEASE_REFUSED: "avslaget {} av {}: {}", "refused {} by {}: {}";
    RELEASE_ASK: "Godkänn och dela nu? [j/N] ", "Approve and share now? [y/N] ";
    RELEASE_STOPPED: "Avbrutet: inget är delat, och det väntar fortfarande.",
        "Stopped: nothing has been shared, and it still waits.";
    RELEASE_REFUSED_DONE: "Avslaget. Inget är delat; den som skrivit det ser skälet i: samsyn work show {}",
        "Refused. Nothing has been shared; whoever wrote it sees the reason in: samsyn work show {}";
    REGISTER: "Diarium", "Register";
    REGISTER_NONE: "Inget passar det du har valt.", "Nothing fits what you have chosen.";
    REGISTER_ITEM: "Post", "Item";
    REGISTER_DATE: "Datum", "Date";
    REGISTER_DIRECTION: "Riktning", "Direction";
    REGISTER_COUNTERPART: "Från", "From";
    REGISTER_STATE: "Läge", "State";
    REGISTER_NUMBER: "Nummer", "Number";
    REGISTER_IN: "in", "in";
    REGISTER_OUT: "ut", "out";
    REGISTER_OVERDUE: "försenad", "overdue";
    REGISTER_PROPOSED: "förslag {}", "proposed {}";
    REGISTER_NEXT: "Nästa nummer i serien: {}", "Next number of the series: {}";
    REGISTER_MORE: "Det finns fler: lägg till --page {}", "There are more: add --page {}";
    REGISTER_UNSETTLED: "väntar på sitt dokument", "waits for its document";
    REGISTER_TO_REGISTER: "ska registreras", "to be registered";
    REGISTER_IN_ORDER: "hålls ordnad", "kept in order";
    REGISTER_REGISTERED: "registrerad", "registered";
    REGISTER_MINOR: "ringa betydelse", "minor importance";
    REGISTER_SERIES: "Serie", "Series";
    REGISTER_LAST: "Senaste", "Last";
    REGISTER_OPEN: "öppen", "open";
    REGISTER_CLOSED: "stängd: bekräfta det senaste numret", "closed: confirm the last number";
    REGISTER_NO_SERIES: "Noden har inte delat ut något nummer.", "The node has given no number.";
    REGISTER_CONFIRMED: "Serien är öppen. Nästa nummer: {}", "The series is open. Next number: {}";
    RELEASE_OF_DRAFT: "Delning: {}", "Release: {}";
    HELD_BACK: "Detta kan inte delas som det är:", "This cannot be shared as it is:";
    HELD_MAY_BE_JUDGED: "En frisläppare kan pröva det: samsyn release overrule\n",
        "A releaser may judge it: samsyn release overrule\n";
    OVERRULE_NOTHING: "Granskningen hittar inget i det som du har valt.", "The scan finds nothing in what you have chosen.";
    OVERRULE_NOTHING_REMEDY: "dela det som vanligt: samsyn work publish",
        "share it as usual: samsyn work publish";
    OVERRULE_FOUND: "Granskningen har hittat detta, [[så markerat]] nedan:", "The scan has found this, [[marked so]] below:";
    OVERRULE_WARNING: "Uppgifter om enskildas hälsa och om socialtjänst (25 och 26 kap. offentlighets- och sekretesslagen) delas aldrig här: använd Säker digital kommunikation.",
        "Data on anybody's health or social services (chapters 25 and 26 of the Public Access to Information and Secrecy Act) are never shared here: use Säker digital kommunikation.";
    OVERRULE_LOOKED_AT: "Det som visas: {}", "What is shown: {}";
    OVERRULE_ASK: "Dela trots det som är hittat? [j/N] ", "Share in spite of what is found? [y/N] ";
    AT_CHARACTERS: ", tecken {}–{}", ", characters {}–{}";
    // Status.
    STATUS_NODE: "Nod", "Node";
    STATUS_FEDERATION: "Samverkan", "Federation";
    STATUS_CHARTER: "Avtal", "Charter";
    STATUS_CHARTER_DISPUTED: "OMTVISTAT: två giltiga efterföljare finns", "DISPUTED: there are two valid successors";
    STATUS_DIGEST: "Lägets kontrollsumma", "State digest";
    STATUS_COUNTS: "Innehåll", "Content";
    STATUS_COUNTS_LINE: "{} arbeten, {} dokument, {} poster, {} olika uppgifter",
        "{} works, {} documents, {} commits, {} conflicts";
    STATUS_WAITING: "Väntar eller utan verkan", "Waiting or without effect";
    STATUS_WAITING_LINE: "{} väntar, {} utan verkan, {} grenade loggar, {} värden saknas, {} obevisade",
        "{} pending, {} refused, {} forks, {} values missing, {} unproven";
    STATUS_UPTIME: "Igång sedan", "Up since";
    STATUS_STORE: "Lagring", "Store";
    STATUS_CLOCK: "Klockan hos {} skiljer {} s från vår", "The clock of {} differs from ours by {} s";
    CHARTER_LINE: "version {} ({})", "version {} ({})";
    // Setting up.
    INIT_DONE: "Nyckel, certifikat och inställningar ligger i {}.", "Key, certificate and settings are in {}.";
    INIT_NEXT: "Ge den här raden till den som sköter noden, och byt namn och roll om de är fel:",
        "Give this line to whoever runs the node, and change name and role if they are wrong:";
    INIT_CHECK: "Pröva sedan: samsyn status", "Then try: samsyn status";
}

/// Number words as Swedish text writes small numbers.
pub fn number_word(number: usize, lang: Lang) -> String {
    const SV: [&str; 13] =
        ["noll", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv"];
    const EN: [&str; 13] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let words = if lang == Lang::Sv { SV } else { EN };
    words.get(number).map_or_else(|| number.to_string(), |w| (*w).to_owned())
}

/// Labels of the paths that people meet most, in the order in which they are shown.
const PATHS: [(&str, Text); 32] = [
    ("/facts/title", TITLE),
    ("/facts/public-number", ID),
    ("/facts/aliases", Text("Kallas även", "Also called")),
    ("/facts/summary", Text("Beskrivning", "Summary")),
    ("/facts/form", FORM),
    ("/facts/stage", STAGE),
    ("/facts/start", START),
    ("/facts/end", Text("Slut", "End")),
    ("/facts/partners", PARTNERS),
    ("/facts/target-groups", Text("Målgrupper", "Target groups")),
    ("/facts/lead-role", Text("Ledning, roll", "Lead, role")),
    ("/facts/lead-organisation", Text("Ledning, organisation", "Lead, organisation")),
    ("/facts/lead-vacant", Text("Ledning vakant", "Lead vacant")),
    ("/facts/contact-unit", Text("Kontakt, enhet", "Contact, unit")),
    ("/facts/contact-mailbox", Text("Kontakt, funktionsbrevlåda", "Contact, mailbox")),
    ("/facts/in-portfolio", Text("I portföljen", "In the portfolio")),
    ("/facts/included", Text("Inkluderat", "Included")),
    ("/facts/criteria", Text("Kriterier", "Criteria")),
    ("/facts/goals", Text("Mål", "Goals")),
    ("/facts/benefits", Text("Nyttor", "Benefits")),
    ("/facts/novelty", Text("Nyhetsgrad", "Novelty")),
    ("/facts/benefit-time", Text("Nyttan kommer", "Benefit comes")),
    ("/facts/financing-secured", Text("Finansiering klar", "Financing secured")),
    ("/facts/builds-on", Text("Bygger på", "Builds on")),
    ("/facts/pilot-site", Text("Pilot hos", "Pilot site")),
    ("/facts/ordered-by", Text("Beställt av", "Ordered by")),
    ("/facts/reference", Text("Referens", "Reference")),
    ("/facts/later", Text("Senare uppgift", "Later statement")),
    ("/facts/source", Text("Källa", "Source")),
    ("/facts/owner-basis", Text("Ägare enligt", "Owner by")),
    ("/note", Text("Gemensam anteckning", "Joint note")),
    // Reports come last, each in the order of its parts.
    ("/reports", Text("Rapport", "Report")),
];

/// Parts of a report, in the order in which they are shown.
const REPORT_PARTS: [(&str, Text); 7] = [
    ("date", Text("datum", "date")),
    ("time", Text("tid", "time")),
    ("cost", Text("kostnad", "cost")),
    ("cooperation", Text("samverkan", "cooperation")),
    ("benefit", Text("nytta", "benefit")),
    ("comment", Text("kommentar", "comment")),
    ("outlook", Text("utsikt", "outlook")),
];

/// The label of a path; others are shown as they are.
pub fn path_label(path: &str) -> Option<Text> {
    PATHS.iter().find(|(known, _)| *known == path).map(|(_, label)| *label)
}

pub fn report_part(part: &str) -> Option<Text> {
    REPORT_PARTS.iter().find(|(known, _)| *known == part).map(|(_, label)| *label)
}

/// Sorts paths as people read them: known ones by their place, then others, then reports by id and part.
pub fn path_order(path: &str) -> (usize, &str, usize) {
    if let Some(report) = path.strip_prefix("/reports/") {
        let (id, part) = report.split_once('/').unwrap_or((report, ""));
        let place = REPORT_PARTS.iter().position(|(known, _)| *known == part).unwrap_or(REPORT_PARTS.len());
        return (PATHS.len(), id, place);
    }
    let place = PATHS.iter().position(|(known, _)| *known == path).unwrap_or(PATHS.len() - 1);
    (place, path, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_in_order_in_both_languages() {
        let phrase = WORKS_SHOWN.with(&["2", "10"]);
        assert_eq!((phrase.of(Lang::Sv), phrase.of(Lang::En)), ("2 av 10 arbeten.", "2 of 10 works."));
        assert_eq!(fill("{} och {}", &["a"]), "a och ", "a missing part is no panic");
    }

    #[test]
    fn what_is_filled_in_is_never_a_gap() {
        assert_eq!(WORKS_SHOWN.say(Lang::Sv, &["{}", "x"]), "{} av x arbeten.");
    }

    #[test]
    fn a_title_comes_first_and_reports_last() {
        let mut paths = ["/reports/a/time", "/x/y", "/facts/stage", "/reports/a/date", "/note", "/facts/title"];
        paths.sort_by_key(|p| path_order(p));
        assert_eq!(paths, ["/facts/title", "/facts/stage", "/note", "/x/y", "/reports/a/date", "/reports/a/time"]);
    }

    #[test]
    fn small_numbers_are_words() {
        assert_eq!((number_word(8, Lang::Sv), number_word(13, Lang::Sv)), ("åtta".to_owned(), "13".to_owned()));
    }
}
