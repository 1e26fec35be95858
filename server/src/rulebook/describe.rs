//! What an authority says of itself for the description of its documents, where a node cannot know it.

use crate::secrecy::scan;
use serde::Deserialize;

/// Characters of one text.
const TEXT_MAX: usize = 1_000;

/// The section `[describe]`. Each text is shown to anybody, so it names functions and no persons.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Describing {
    /// What the authority does.
    pub tasks: Option<String>,
    /// Who tells more of its documents: a function, as the registrar's mailbox.
    pub contact: Option<String>,
    pub data_protection_officer: Option<String>,
    /// By which plan what is kept for how long.
    pub retention: Option<String>,
    /// What the public may use at the authority itself.
    pub terminal: Option<String>,
    /// A right to sell personal data, or that there is none.
    pub sale: Option<String>,
    /// Where servers, database and backups stand, and who runs them.
    pub hosting: Option<String>,
}

impl Describing {
    /// Refuses what is empty, too long or about a private person.
    pub(super) fn check(&self) -> Result<(), String> {
        let texts = [
            ("tasks", &self.tasks),
            ("contact", &self.contact),
            ("data_protection_officer", &self.data_protection_officer),
            ("retention", &self.retention),
            ("terminal", &self.terminal),
            ("sale", &self.sale),
            ("hosting", &self.hosting),
        ];
        for (key, text) in texts.iter().filter_map(|(key, text)| Some((key, text.as_ref()?))) {
            let characters = text.chars().count();
            if text.trim().is_empty() || characters > TEXT_MAX || text.chars().any(char::is_control) {
                return Err(format!("[describe] {key}: one line of 1 to {TEXT_MAX} characters"));
            }
            if !scan::scan(text).is_empty() {
                let what = "here stands what looks like a person's number or private address";
                return Err(format!("[describe] {key}: {what}; name a function, as registrator@kommun.example"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_authority_says_of_itself_names_functions_and_no_persons() {
        let read = |text: &str| toml::from_str::<Describing>(text).map_err(|e| e.to_string()).and_then(|d| d.check());
        let long = format!("tasks = \"{}\"", "å".repeat(TEXT_MAX + 1));
        read("contact = \"Registrator, registrator@timra.example, 060-16 31 00\"\nsale = \"Ingen.\"").expect("read");
        read("").expect("nothing has to be said");
        for (text, told) in [
            ("contact = \" \"", "contact"),
            ("tasks = \"rad\\nrad\"", "one line"),
            (long.as_str(), "1000 characters"),
            ("contact = \"070-123 45 67\"", "a function"),
            ("contact = \"namn@gmail.com\"", "a function"),
            ("data_protection_officer = \"121212-1212\"", "data_protection_officer"),
            ("person = \"x\"", "person"),
        ] {
            let refused = read(text).expect_err(text);
            assert!(refused.contains(told), "{text}: {refused}");
        }
    }
}
