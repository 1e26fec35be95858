//! How wide the columns of a table are, and how small its letters: reckoned from the text, since the typesetting could only
//! find out by setting each table many times. Widths are in thousandths of the letters' size (an em is 1000).

use crate::letters::BREAK;
use serde::Serialize;

/// A4 less its margins of 20 mm, in tenths of a point.
const PAGE_WIDTH: u64 = 4_818;
/// What a cell keeps free at its sides, both together, in tenths of a point; the template says it too.
const INSET: u64 = 70;
/// Sizes of letters, in tenths of a point: the first in which the words have room.
const SIZES: [u64; 4] = [95, 88, 80, 72];

/// A word is hyphenated when it is longer than this: about nine letters.
const WORD_MAX: u64 = 5_000;
/// Figures up to this width are kept on one line.
const FIGURE_MAX: u64 = 7_000;
/// No column asks for more: a long text is set on several lines.
const LINE_MAX: u64 = 24_000;
/// Words of more letters may be broken anywhere, and those with figures in them sooner.
const WORD_LETTERS_MAX: usize = 36;
const UNKNOWN_LETTERS_MAX: usize = 12;
/// Into pieces of so many.
const BROKEN_LETTERS: usize = 3;

/// How a table stands on the page.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Columns {
    /// Of the letters, in tenths of a point.
    size: u64,
    /// Of the page's width.
    shares: Vec<u64>,
}

/// What a column needs and what it would like.
struct Wish {
    least: u64,
    most: u64,
}

impl Columns {
    /// Every row is as long as `figures`.
    pub(crate) fn new(head: &[Vec<String>], rows: &[Vec<Vec<String>>], figures: &[bool]) -> Self {
        let wishes: Vec<Wish> = figures
            .iter()
            .enumerate()
            .map(|(column, &figures)| wish(&head[column], rows.iter().map(|row| row[column].as_slice()), figures))
            .collect();
        let fits = |size: &&u64| wishes.iter().map(|wish| points(wish.least, **size)).sum::<u64>() <= PAGE_WIDTH;
        let size = *SIZES.iter().find(fits).unwrap_or(&SIZES[SIZES.len() - 1]);
        Self { size, shares: shares(&wishes, size, figures) }
    }

    /// How high about a row is, in lines.
    pub(crate) fn height(&self, row: &[Vec<String>]) -> u64 {
        let cell = |(cell, share): (&Vec<String>, &u64)| {
            let across = share.saturating_sub(INSET).max(1);
            cell.iter().map(|line| (breadth(line) * self.size / 1000).div_ceil(across)).sum()
        };
        row.iter().zip(&self.shares).map(cell).max().unwrap_or(0)
    }
}

/// Each has what it needs; the rest goes first to what is wished, then to columns of text.
fn shares(wishes: &[Wish], size: u64, figures: &[bool]) -> Vec<u64> {
    let mut shares: Vec<u64> = wishes.iter().map(|wish| points(wish.least, size)).collect();
    let wanted: Vec<u64> = wishes.iter().map(|wish| points(wish.most, size) - points(wish.least, size)).collect();
    let room = PAGE_WIDTH.saturating_sub(shares.iter().sum());
    let all = wanted.iter().sum::<u64>();
    if all > room {
        hand_out(&mut shares, room, &wanted);
        return shares;
    }
    hand_out(&mut shares, all, &wanted);
    let text: Vec<u64> = shares.iter().zip(figures).map(|(share, figures)| if *figures { 0 } else { *share }).collect();
    let by = if text.iter().any(|share| *share > 0) { text } else { shares.clone() };
    hand_out(&mut shares, room - all, &by);
    shares
}

fn hand_out(shares: &mut [u64], room: u64, by: &[u64]) {
    let all = by.iter().sum::<u64>().max(1);
    for (share, part) in shares.iter_mut().zip(by) {
        *share += room * part / all;
    }
}

fn points(width: u64, size: u64) -> u64 {
    width * size / 1000 + INSET
}

/// From every line of a column: a column of figures wants its figures whole, one of text its words up to a syllable or
/// three, and lines as long as most are.
fn wish<'a>(head: &[String], rows: impl Iterator<Item = &'a [String]>, figures: bool) -> Wish {
    // Heads are bold.
    let mut least = head.iter().map(|line| longest_word(line) * 9 / 8).max().unwrap_or(0);
    let (mut longest, mut total, mut lines) = (0, 0, 0);
    for line in rows.flatten() {
        let width = breadth(line);
        let kept = if figures && width <= FIGURE_MAX { width } else { longest_word(line) };
        least = least.max(kept);
        longest = longest.max(width);
        total += width;
        lines += 1;
    }
    let usual = total / u64::max(lines, 1);
    let named = head.iter().map(|line| breadth(line)).max().unwrap_or(0).min(LINE_MAX / 2);
    Wish { least, most: longest.min(LINE_MAX).max(usual).max(named).max(least) }
}

fn longest_word(line: &str) -> u64 {
    line.split(' ').map(breadth).max().unwrap_or(0).min(WORD_MAX)
}

/// Room for the longest of these names in bold, but not the whole page.
pub(crate) fn names<'a>(names: impl Iterator<Item = &'a String>) -> u64 {
    names.map(|name| breadth(name) * 9 / 8).max().unwrap_or(0).min(LINE_MAX / 2)
}

/// About as wide as it is set.
fn breadth(text: &str) -> u64 {
    text.chars()
        .map(|letter| match letter {
            BREAK => 0,
            'f' | 'i' | 'j' | 'l' | 't' | 'I' | ' ' | '\u{a0}' | '.' | ',' | ':' | ';' | '!' | '|' | '\'' | '('
            | ')' | '-' => 310,
            'm' | 'w' | 'M' | 'W' | '@' | '%' | '—' | '…' => 850,
            _ if letter.is_ascii_digit() || letter.is_lowercase() => 480,
            _ if letter < '\u{370}' => 680,
            _ => 900,
        })
        .sum()
}

/// Whether a word in it is wider than a page has room for, even as a heading.
pub(crate) fn is_too_long(line: &str) -> bool {
    line.split(' ').any(|word| word.chars().count() > WORD_LETTERS_MAX)
}

/// With places to break a line after the marks in a long word (an address, a path), and anywhere in one that no hyphenation
/// knows (a digest, a key).
pub(crate) fn breakable(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for word in line.split_inclusive(' ') {
        if word.chars().count() <= UNKNOWN_LETTERS_MAX {
            text.push_str(word);
            continue;
        }
        for piece in word.split_inclusive(|letter: char| !letter.is_alphanumeric()) {
            let known = !piece.contains(|letter: char| letter.is_ascii_digit());
            let broken = piece.chars().count() > if known { WORD_LETTERS_MAX } else { UNKNOWN_LETTERS_MAX };
            for (at, letter) in piece.chars().enumerate() {
                if broken && at > 0 && at % BROKEN_LETTERS == 0 {
                    text.push(BREAK);
                }
                text.push(letter);
            }
            if !piece.ends_with(|letter: char| letter.is_alphanumeric() || letter == ' ') {
                text.push(BREAK);
            }
        }
    }
    text
}
