//! How far two texts are apart, found within bounds, and what is left to spend on finding it.

use super::{
    BLOCK_CHARACTERS_PER_MERGE_MAX, EDITS_PER_FACT_MAX, EDITS_PER_MERGE_MAX, REGIONAL_INDICATORS_MAX,
    STEPS_PER_FACT_MAX, STEPS_PER_MERGE_MAX, WhyApart,
};

/// What is left to spend on differences, so that a merge ends in bounded time on any texts (keeps I6).
pub(super) struct Budget {
    edits: usize,
    block_characters: usize,
    steps: u64,
}

impl Budget {
    pub(super) const FULL: Self = Self {
        edits: EDITS_PER_MERGE_MAX,
        block_characters: BLOCK_CHARACTERS_PER_MERGE_MAX,
        steps: STEPS_PER_MERGE_MAX,
    };

    pub(super) fn spend(&mut self, differences: &Differences) -> Result<(), WhyApart> {
        let left = |have: usize, used: usize| have.checked_sub(used).ok_or(WhyApart::TooMuch);
        self.steps = self.steps.checked_sub(differences.steps).ok_or(WhyApart::TooMuch)?;
        match differences.made {
            Made::Edits(edits) => self.edits = left(self.edits, edits)?,
            Made::Block(characters) => self.block_characters = left(self.block_characters, characters)?,
        }
        Ok(())
    }
}

/// What differs once equal beginnings and ends are taken away, and after how many characters it begins.
pub(super) fn middles(old: &str, new: &str) -> (Vec<char>, Vec<char>, usize) {
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let before = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[before..], &new[before..]);
    let after = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    (old[..old.len() - after].to_vec(), new[..new.len() - after].to_vec(), before)
}

/// How far two texts are apart, and what it cost to find out.
///
/// Automerge's own difference (Myers 1986, linear space) is quadratic in what differs and has no bound; measuring
/// first, with one, costs about as much as that difference and decides whether it is made at all.
pub(super) struct Differences {
    pub(super) made: Made,
    steps: u64,
}

/// How a change is made.
pub(super) enum Made {
    /// This many characters inserted and deleted, wherever they stand.
    Edits(usize),
    /// All that differs, of this many characters, replaced at once: one insertion, one deletion, or past the bounds.
    Block(usize),
}

impl Differences {
    /// Between two texts without their equal beginnings and ends.
    pub(super) fn between(old: &[char], new: &[char]) -> Self {
        if old.is_empty() || new.is_empty() {
            return Self::block(old, new, 0);
        }
        let mut steps = 0;
        // `farthest[1 + EDITS + d]`: how many old characters are consumed on diagonal d (old minus new consumed).
        let bound = EDITS_PER_FACT_MAX.min(old.len() + new.len());
        let mut farthest = vec![0usize; 2 * bound + 3];
        for edits in 0..=bound {
            for diagonal in (0..=edits).map(|half| bound + 1 + 2 * half - edits) {
                let (lower, upper) = (farthest[diagonal - 1], farthest[diagonal + 1]);
                let first = diagonal == bound + 1 - edits;
                let last = diagonal == bound + 1 + edits;
                let mut x = if edits == 0 {
                    0
                } else if first || (!last && lower < upper) {
                    upper
                } else {
                    lower + 1
                };
                // Diagonals outside the table have nothing to compare.
                let Some(mut y) = (x + bound + 1).checked_sub(diagonal) else { continue };
                steps += 1;
                while x < old.len() && y < new.len() && old[x] == new[y] {
                    x += 1;
                    y += 1;
                    steps += 1;
                }
                farthest[diagonal] = x;
                if x >= old.len() && y >= new.len() {
                    return Self { made: Made::Edits(edits), steps };
                }
            }
            if steps > STEPS_PER_FACT_MAX {
                break;
            }
        }
        Self::block(old, new, steps)
    }

    pub(super) fn block(old: &[char], new: &[char], steps: u64) -> Self {
        Self { made: Made::Block(old.len() + new.len()), steps }
    }
}

/// True where the measure above could be far from what Automerge compares, which is letters as people see them: one
/// regional indicator more or less pairs all that follow anew into other flags. All other letters are told apart by
/// their nearest neighbours.
pub(super) fn full_of_flags(text: &str) -> bool {
    text.chars().filter(|c| ('\u{1F1E6}'..='\u{1F1FF}').contains(c)).count() > REGIONAL_INDICATORS_MAX
}
