//! Which letters can be shown. PDF/A and PDF/UA allow none that a font lacks or that has no meaning of its own (controls,
//! private use): one such letter in what somebody wrote would otherwise cost the whole file.

use std::cell::Cell;
use typst::layout::Abs;
use typst::text::{Font, FontInstance, FontVariant, FontVariations};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Stands for a letter that cannot be shown.
pub(crate) const STAND_IN: char = '□';

/// Where a line may be broken within a word, without a mark.
pub(crate) const BREAK: char = '\u{200b}';

pub(crate) struct Letters {
    fonts: Vec<FontInstance>,
    replaced: Cell<bool>,
}

impl Letters {
    pub(crate) fn new(fonts: &[Font]) -> Self {
        let set =
            |font: &Font| font.clone().instantiate(FontVariant::default(), Abs::zero(), &FontVariations::default());
        Self { fonts: fonts.iter().map(set).collect(), replaced: Cell::new(false) }
    }

    /// Whether a letter has been replaced since the beginning.
    pub(crate) fn replaced(&self) -> bool {
        self.replaced.get()
    }

    /// As one line.
    pub(crate) fn line(&self, text: &str) -> String {
        let shown: String = text.nfc().filter_map(|letter| self.shown(letter)).collect();
        shown.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Line by line, without empty ones.
    pub(crate) fn lines(&self, text: &str) -> Vec<String> {
        let lines = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
        lines.map(|line| self.line(line)).filter(|line| !line.is_empty()).collect()
    }

    fn shown(&self, letter: char) -> Option<char> {
        match letter {
            ' '..='~' | '\u{a0}' => Some(letter),
            _ if letter.is_whitespace() => Some(' '),
            _ if invisible(letter) => None,
            _ if !is_combining_mark(letter) && !private(letter) && self.covered(letter) => Some(letter),
            _ => {
                self.replaced.set(true);
                Some(STAND_IN)
            }
        }
    }

    /// Some fonts name letters that they have no picture of, and then no other font is asked.
    fn covered(&self, letter: char) -> bool {
        let mut naming =
            self.fonts.iter().filter(|set| set.font().info().coverage.contains(u32::from(letter))).peekable();
        naming.peek().is_some() && naming.all(|set| set.ttf().glyph_index(letter).is_some())
    }
}

/// Controls, and marks that only say how others are shown: left out, nothing that can be read is lost. Those that turn the
/// direction of writing could make a text look like another.
fn invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(u32::from(letter),
            0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e
            | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1bca0..=0x1bca3
            | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

fn private(letter: char) -> bool {
    matches!(u32::from(letter), 0xe000..=0xf8ff | 0xf0000..=0x0010_ffff)
}
