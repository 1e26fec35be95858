//! Texts as they are looked for: in small letters, with one space where there are several, letters taken apart from their
//! marks, and without signs that nobody sees. What is copied from a page, or written in another program, is another row of
//! characters.

use crate::secrecy::scan;
use std::ops::Range;
use unicode_normalization::char::decompose_canonical;

/// A folded text, and which character of the original each of its bytes is of.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) text: String,
    places: Vec<usize>,
}

impl Folded {
    pub(super) fn of(text: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(text.len()), places: Vec::with_capacity(text.len()) };
        for (at, character) in text.chars().enumerate() {
            if character.is_whitespace() {
                if !folded.text.ends_with(' ') {
                    folded.push(' ', at);
                }
            } else if !scan::invisible(character) {
                decompose_canonical(character, |part| {
                    for small in part.to_lowercase() {
                        folded.push(small, at);
                    }
                });
            }
        }
        folded
    }

    fn push(&mut self, character: char, at: usize) {
        self.text.push(character);
        self.places.resize(self.text.len(), at);
    }

    /// In characters of the original, of a place in the folded text that is not empty.
    pub(super) fn original(&self, at: Range<usize>) -> Range<usize> {
        let place = |byte: usize| self.places.get(byte).copied().unwrap_or_default();
        place(at.start)..place(at.end.saturating_sub(1)) + 1
    }
}

/// A word or text as it is looked for.
pub(super) fn folded(text: &str) -> String {
    Folded::of(text.trim()).text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same_and_its_place_is_that_of_the_original() {
        for (text, word, expected) in [
            ("Hos A\u{30a}sa idag", "\u{c5}sa", 4..8),
            ("Hos \u{c5}sa idag", "a\u{30a}sa", 4..7),
            ("Anna\r\nBerg", "anna berg", 0..10),
            ("Anna\u{a0} Berg", "Anna  Berg", 0..10),
            ("So\u{ad}l\u{200b}sidan", "Solsidan", 0..10),
        ] {
            let folded_text = Folded::of(text);
            let word = folded(word);
            let at = folded_text.text.find(&word).unwrap_or_else(|| panic!("{word:?} in {:?}", folded_text.text));
            assert_eq!(folded_text.original(at..at + word.len()), expected, "{text:?}");
        }
    }
}
