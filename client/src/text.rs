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
    HELD_BACK: "Detta kan inte delas som det är:", "This cannot be shared as it is:";
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
