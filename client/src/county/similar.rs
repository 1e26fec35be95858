//! Works that are like each other, across parties: so that two who want the same thing learn of each other before they
//! start. By the words of titles and descriptions, with what both say of partners and target groups beside.
//!
//! Words weigh by how rare they are among all works, and a word also meets its own other forms (`demensteam`,
//! `demensteamet`): a soft TF-IDF, as Cohen, Ravikumar and Fienberg describe it (2003), with the Jaro-Winkler measure of
//! the crate `strsim`. It proposes and decides nothing: people link works, or say why they are not alike.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

/// Two forms of one word are at least this alike, from 0 to 1.
const FORMS_ALIKE: f64 = 0.91;
/// Letters that two forms of one word begin with alike.
const START_LETTERS: usize = 3;
/// A word of a title counts as so many of a description.
const TITLE_WEIGHT: f64 = 2.5;
/// From here on a work is proposed. Measured on the labelled pairs of the tests.
pub const ALIKE: f64 = 0.2;
/// Works that are proposed for one.
pub const PROPOSED_MAX: usize = 5;
/// Words of a description that are read; more say nothing new.
const WORDS_MAX: usize = 400;
/// Shared words that are told.
const TOLD_MAX: usize = 8;

/// Words that say nothing of what a work is about: small ones, and those that any work in the county may use.
const SAYS_NOTHING: &[&str] = &[
    "alla", "allt", "andra", "arbete", "arbetet", "arbetssätt", "att", "bra", "där", "dess", "det", "den", "dem", "dessa",
    "detta", "för", "från", "första", "genom", "ger", "god", "går", "han", "har", "hela", "här", "hos", "hur", "ihop",
    "inom", "inte", "kan", "kommun", "kommunen", "kommunens", "kommuner", "län", "länet", "länets", "med", "mellan", "men",
    "mer", "mot", "när", "nära", "och", "olika", "om", "oss", "projekt", "projektet", "på", "region", "regionen",
    "regionens", "rätt", "samarbete", "samt", "samverkan", "ska", "skall", "som", "sig", "sin", "sina", "sitt", "stöd",
    "till", "under", "ut", "utan", "utveckla", "utvecklad", "utvecklar", "var", "varje", "vid", "vård", "vårdens", "vill",
    "våra", "åren", "är", "även", "över", "the", "and",
];

/// What of a work is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    pub title: String,
    /// Other names.
    pub aliases: String,
    pub summary: String,
    /// References with their kinds.
    pub partners: BTreeSet<String>,
    pub target_groups: BTreeSet<String>,
}

/// A work that is like another, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    pub id: String,
    /// From 0 to 1.
    pub score: f64,
    /// Words of both, as the asked one writes them, what weighs most first.
    pub words: Vec<String>,
    pub partners: Vec<String>,
    pub target_groups: Vec<String>,
}

/// All works, ready to be asked.
#[derive(Debug, Default)]
pub struct Index {
    works: Vec<Work>,
    words: Vec<Word>,
    by_word: BTreeMap<String, usize>,
    /// Words by the letters that they begin with.
    by_start: BTreeMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Work {
    id: String,
    partners: BTreeSet<String>,
    target_groups: BTreeSet<String>,
    /// Of the weights of its words.
    length: f64,
}

#[derive(Debug)]
struct Word {
    text: String,
    /// How often in which work, title words more.
    works: Vec<(usize, f64)>,
}

impl Index {
    pub fn new(works: impl IntoIterator<Item = (String, Profile)>) -> Self {
        let mut index = Self::default();
        for (id, profile) in works {
            let work = index.works.len();
            for (text, count) in counted(&profile) {
                index.add(text, work, count);
            }
            let Profile { partners, target_groups, .. } = profile;
            index.works.push(Work { id, partners, target_groups, length: 0.0 });
        }
        let mut squares = vec![0.0; index.works.len()];
        for word in &index.words {
            let rare = index.rare(word);
            for (work, count) in &word.works {
                squares[*work] += weight(*count, rare).powi(2);
            }
        }
        for (work, square) in index.works.iter_mut().zip(squares) {
            work.length = f64::sqrt(square);
        }
        index
    }

    fn add(&mut self, text: String, work: usize, count: f64) {
        let at = *self.by_word.entry(text).or_insert_with_key(|text| {
            self.by_start.entry(start(text)).or_default().push(self.words.len());
            self.words.push(Word { text: text.clone(), works: Vec::new() });
            self.words.len() - 1
        });
        self.words[at].works.push((work, count));
    }

    /// How much a word says: the rarer the more.
    fn rare(&self, word: &Word) -> f64 {
        rarity(self.works.len(), word.works.len())
    }

    /// The works that are most like one, without those that are named.
    pub fn alike(&self, asked: &Profile, without: &BTreeSet<&str>) -> Vec<Alike> {
        let mut shared: BTreeMap<usize, Vec<(f64, String)>> = BTreeMap::new();
        let mut square = 0.0;
        for (text, count) in counted(asked) {
            let own = self.by_word.get(&text).map(|at| &self.words[*at]);
            // One that no work has says the most, and nobody shares it.
            let rare = own.map_or_else(|| rarity(self.works.len(), 0), |word| self.rare(word));
            let weighs = weight(count, rare);
            square += weighs.powi(2);
            let mut best: BTreeMap<usize, f64> = BTreeMap::new();
            for (word, alike) in self.forms(&text) {
                for (work, count) in &word.works {
                    let product = weighs * weight(*count, self.rare(word)) * alike;
                    let best = best.entry(*work).or_default();
                    *best = best.max(product);
                }
            }
            for (work, product) in best {
                shared.entry(work).or_default().push((product, text.clone()));
            }
        }
        let length = f64::sqrt(square);
        let mut found: Vec<Alike> = shared
            .into_iter()
            .filter(|(work, _)| !without.contains(self.works[*work].id.as_str()))
            .filter_map(|(work, words)| self.told(&self.works[work], words, length, asked))
            .collect();
        found.sort_by(|a, b| b.score.partial_cmp(&a.score).unwrap_or(Ordering::Equal).then_with(|| a.id.cmp(&b.id)));
        found.truncate(PROPOSED_MAX);
        found
    }

    fn told(&self, work: &Work, mut words: Vec<(f64, String)>, length: f64, asked: &Profile) -> Option<Alike> {
        let together: f64 = words.iter().map(|(product, _)| product).sum();
        let score = (together / (length * work.length)).min(1.0);
        if !score.is_finite() || score < ALIKE {
            return None;
        }
        words.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap_or(Ordering::Equal).then_with(|| a.1.cmp(&b.1)));
        let both = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.intersection(b).cloned().collect();
        Some(Alike {
            id: work.id.clone(),
            score,
            words: words.into_iter().take(TOLD_MAX).map(|(_, word)| word).collect(),
            partners: both(&asked.partners, &work.partners),
            target_groups: both(&asked.target_groups, &work.target_groups),
        })
    }

    /// A word and its other forms, with how alike they are.
    fn forms<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'a Word, f64)> {
        let same_start = self.by_start.get(&start(text)).map_or(&[][..], Vec::as_slice);
        same_start.iter().map(|at| &self.words[*at]).filter_map(move |word| {
            let alike = if word.text == text { 1.0 } else { strsim::jaro_winkler(&word.text, text) };
            (alike >= FORMS_ALIKE).then_some((word, alike))
        })
    }
}

fn rarity(works: usize, having: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of works are small")]
    let (works, having) = (works as f64, having as f64);
    f64::ln(1.0 + works / (1.0 + having))
}

fn weight(count: f64, rare: f64) -> f64 {
    (1.0 + f64::ln(count.max(1.0))) * rare
}

fn start(text: &str) -> String {
    text.chars().take(START_LETTERS).collect()
}

/// The words of a profile that say something, each with how often it is there.
fn counted(profile: &Profile) -> BTreeMap<String, f64> {
    let mut counted = BTreeMap::new();
    let titles = [&profile.title, &profile.aliases];
    let title: BTreeSet<String> = titles.into_iter().flat_map(|text| words(text)).collect();
    for word in title {
        *counted.entry(word).or_default() += TITLE_WEIGHT;
    }
    for word in words(&profile.summary).take(WORDS_MAX) {
        *counted.entry(word).or_default() += 1.0;
    }
    counted
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    parts.map(str::to_lowercase).filter(|word| {
        let letters = word.chars().count() >= START_LETTERS && !word.chars().all(char::is_numeric);
        letters && !SAYS_NOTHING.contains(&word.as_str())
    })
}

#[cfg(test)]
mod tests;
