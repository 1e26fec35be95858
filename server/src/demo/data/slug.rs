//! Path segments from Swedish words.

use samsyn_core::limits::NAME_BYTES_MAX;

/// A path segment that reads like the Swedish words, cut between words where it grows too long.
pub(super) fn slug(words: &str) -> String {
    let mut slug = String::new();
    let folded = words.to_lowercase().replace(['å', 'ä'], "a").replace('ö', "o");
    for word in folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let separator = usize::from(!slug.is_empty());
        if slug.len() + separator + word.len() > NAME_BYTES_MAX {
            // A first word that is too long alone is cut inside.
            if slug.is_empty() {
                slug.extend(word.chars().take(NAME_BYTES_MAX));
            }
            break;
        }
        if separator == 1 {
            slug.push('-');
        }
        slug.push_str(word);
    }
    slug
}

/// The same, and another one where it is taken: with a number after it.
pub(super) fn another(words: &str, taken: impl Fn(&str) -> bool) -> String {
    let first = slug(words);
    let numbered = (2..).map(|n: u32| {
        let ending = format!("-{n}");
        let kept = first.get(..NAME_BYTES_MAX - ending.len()).unwrap_or(&first);
        format!("{}{ending}", kept.trim_end_matches('-'))
    });
    std::iter::once(first.clone()).chain(numbered).find(|slug| !taken(slug)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_legal_and_cut_between_words() {
        assert_eq!(slug("Förändringsledare"), "forandringsledare");
        assert_eq!(slug("Hälsofrämjande, primärprevention och egenvård"), "halsoframjande-primarprevention");
        assert_eq!(slug("Personcentrerat förhållningssätt"), "personcentrerat-forhallningssatt");
        assert_eq!(slug(&"å".repeat(50)).len(), NAME_BYTES_MAX);
    }

    #[test]
    fn a_taken_name_gets_a_number_and_stays_legal() {
        assert_eq!(another("SIP", |s| s == "sip"), "sip-2");
        let long = "Patientrapporterad delaktighet barn/unga";
        assert_eq!(another(long, |s| s == slug(long)), "patientrapporterad-delaktighet-2");
    }
}
