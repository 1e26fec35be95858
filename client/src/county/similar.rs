//! Works that are like each other, across parties: so that two who want the same thing learn of each other before they
//! start. By the words of titles and descriptions, with what both say of partners and target groups beside.
//!
//! Words weigh by how rare they are among all works, and a word also meets its own other forms (`demensteam`,
//! `demensteamet`): a soft TF-IDF, as Cohen, Ravikumar and Fienberg describe it (2003), with the Jaro-Winkler measure of
//! the crate `strsim`. It proposes and decides nothing: people link works, or say why they are not alike.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
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
/// Works that are weighed for one: those that share most.
const WEIGHED_MAX: usize = 300;
/// Words of a description that are read; more say nothing new.
const WORDS_MAX: usize = 400;
/// Shared words that are told.
const TOLD_MAX: usize = 8;

/// Words that say nothing of what a work is about: small ones, and those that any work in the county may use.
const SAYS_NOTHING: &[&str] = &[
    "alla",
    "allt",
    "andra",
    "arbete",
    "arbetet",
    "arbetssätt",
    "att",
    "bra",
    "där",
    "dess",
    "det",
    "den",
    "dem",
    "dessa",
    "detta",
    "för",
    "från",
    "första",
    "genom",
    "ger",
    "god",
    "går",
    "han",
    "har",
    "hela",
    "här",
    "hos",
    "hur",
    "ihop",
    "inom",
    "inte",
    "kan",
    "kommun",
    "kommunen",
    "kommunens",
    "kommuner",
    "län",
    "länet",
    "länets",
    "med",
    "mellan",
    "men",
    "mer",
    "mot",
    "när",
    "nära",
    "och",
    "olika",
    "om",
    "oss",
    "projekt",
    "projektet",
    "på",
    "region",
    "regionen",
    "regionens",
    "rätt",
    "samarbete",
    "samt",
    "samverkan",
    "ska",
    "skall",
    "som",
    "sig",
    "sin",
    "sina",
    "sitt",
    "stöd",
    "till",
    "under",
    "ut",
    "utan",
    "utveckla",
    "utvecklad",
    "utvecklar",
    "var",
    "varje",
    "vid",
    "vård",
    "vårdens",
    "vill",
    "våra",
    "åren",
    "är",
    "även",
    "över",
    "the",
    "and",
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

/// All works, ready to be asked; one that has changed is put anew.
#[derive(Debug, Default)]
pub struct Index {
    by_id: BTreeMap<String, usize>,
    works: Vec<Option<Work>>,
    free: Vec<usize>,
    /// How often a word is in which work, title words more. In order of their letters: forms of a word begin alike.
    words: BTreeMap<Arc<str>, BTreeMap<usize, f64>>,
}

/// A shared word, and how much it weighs for both.
type Weighed = (f64, String);

/// A form of a word that is asked about: the works that have it, and how much it says of them.
struct Form<'a> {
    works: &'a BTreeMap<usize, f64>,
    rare: f64,
    alike: f64,
}

/// A word that is asked about.
struct Ask<'a> {
    text: String,
    weighs: f64,
    forms: Vec<Form<'a>>,
}

#[derive(Debug)]
struct Work {
    id: String,
    partners: BTreeSet<String>,
    target_groups: BTreeSet<String>,
    words: Vec<(Arc<str>, f64)>,
}

impl Ask<'_> {
    /// How much a form weighs that is in a work so often.
    fn product(&self, form: &Form<'_>, count: f64) -> f64 {
        self.weighs * weight(count, form.rare) * form.alike
    }
}

impl Index {
    pub fn new(works: impl IntoIterator<Item = (String, Profile)>) -> Self {
        let mut index = Self::default();
        works.into_iter().for_each(|(id, profile)| index.put(id, &profile));
        index
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// In the place of what was there by this id.
    pub fn put(&mut self, id: String, profile: &Profile) {
        self.remove(&id);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.works.push(None);
            self.works.len() - 1
        });
        let mut words = Vec::new();
        for (text, count) in counted(profile) {
            let text: Arc<str> = match self.words.get_key_value(text.as_str()) {
                Some((known, _)) => Arc::clone(known),
                None => text.into(),
            };
            self.words.entry(Arc::clone(&text)).or_default().insert(slot, count);
            words.push((text, count));
        }
        let (partners, target_groups) = (profile.partners.clone(), profile.target_groups.clone());
        self.by_id.insert(id.clone(), slot);
        self.works[slot] = Some(Work { id, partners, target_groups, words });
    }

    /// Nothing of it is kept (I10: what has been erased is gone here too).
    pub fn remove(&mut self, id: &str) {
        let Some(slot) = self.by_id.remove(id) else { return };
        for (word, _) in self.works[slot].take().into_iter().flat_map(|work| work.words) {
            if let Some(of) = self.words.get_mut(&word) {
                of.remove(&slot);
                if of.is_empty() {
                    self.words.remove(&word);
                }
            }
        }
        self.free.push(slot);
    }

    /// How much a word says: the rarer the more.
    fn rare(&self, word: &str) -> f64 {
        rarity(self.len(), self.words.get(word).map_or(0, BTreeMap::len))
    }

    /// The works that are most like one, without those that are named.
    pub fn alike(&self, asked: &Profile, without: &BTreeSet<String>) -> Vec<Alike> {
        let asks: Vec<Ask<'_>> = counted(asked).into_iter().map(|(text, count)| self.ask(text, count)).collect();
        let length = f64::sqrt(asks.iter().map(|ask| ask.weighs.powi(2)).sum());
        let mut found: Vec<Alike> = self
            .sharing_most(&asks)
            .into_iter()
            .filter_map(|(together, slot)| Some((together, slot, self.works[slot].as_ref()?)))
            .filter(|(_, _, work)| !without.contains(&work.id))
            .filter_map(|(together, slot, work)| self.told(work, (together / length, shared(&asks, slot)), asked))
            .collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
        found.truncate(PROPOSED_MAX);
        found
    }

    fn ask(&self, text: String, count: f64) -> Ask<'_> {
        Ask { weighs: weight(count, self.rare(&text)), forms: self.forms(&text), text }
    }

    /// The works that share most, with how much that is. A common word is in most works: sums alone are kept of all.
    fn sharing_most(&self, asks: &[Ask<'_>]) -> Vec<(f64, usize)> {
        let mut together = vec![0.0; self.works.len()];
        let mut best = vec![0.0; self.works.len()];
        let mut having = Vec::new();
        for ask in asks {
            for form in &ask.forms {
                for (slot, count) in form.works {
                    if best[*slot] == 0.0 {
                        having.push(*slot);
                    }
                    best[*slot] = f64::max(best[*slot], ask.product(form, *count));
                }
            }
            for slot in having.drain(..) {
                together[slot] += std::mem::take(&mut best[slot]);
            }
        }
        let mut most: Vec<(f64, usize)> =
            together.into_iter().zip(0..).filter(|(together, _)| *together > 0.0).collect();
        most.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        most.truncate(WEIGHED_MAX);
        most
    }

    fn told(&self, work: &Work, (share, mut words): (f64, Vec<Weighed>), asked: &Profile) -> Option<Alike> {
        let square: f64 = work.words.iter().map(|(word, count)| weight(*count, self.rare(word)).powi(2)).sum();
        let score = (share / f64::sqrt(square)).min(1.0);
        if !score.is_finite() || score < ALIKE {
            return None;
        }
        words.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let both = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.intersection(b).cloned().collect();
        Some(Alike {
            id: work.id.clone(),
            score,
            words: words.into_iter().take(TOLD_MAX).map(|(_, word)| word).collect(),
            partners: both(&asked.partners, &work.partners),
            target_groups: both(&asked.target_groups, &work.target_groups),
        })
    }

    /// A word and its other forms.
    fn forms(&self, text: &str) -> Vec<Form<'_>> {
        let start: String = text.chars().take(START_LETTERS).collect();
        let from = self.words.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        from.take_while(|(word, _)| word.starts_with(&start))
            .filter_map(|(word, works)| {
                let alike = if &**word == text { 1.0 } else { strsim::jaro_winkler(word, text) };
                (alike >= FORMS_ALIKE).then(|| Form { works, rare: rarity(self.len(), works.len()), alike })
            })
            .collect()
    }
}

/// The words that a work shares.
fn shared(asks: &[Ask<'_>], slot: usize) -> Vec<Weighed> {
    let weighed = |ask: &Ask<'_>| {
        let products = ask.forms.iter().filter_map(|form| Some(ask.product(form, *form.works.get(&slot)?)));
        Some((products.reduce(f64::max)?, ask.text.clone()))
    };
    asks.iter().filter_map(weighed).collect()
}

fn rarity(works: usize, having: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of works are small")]
    let (works, having) = (works as f64, having as f64);
    f64::ln(1.0 + works / (1.0 + having))
}

fn weight(count: f64, rare: f64) -> f64 {
    (1.0 + f64::ln(count.max(1.0))) * rare
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

/// Letters of a word that count.
const WORD_LETTERS_MAX: usize = 40;

fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    // A word without end is compared with others letter by letter: no more of it than of any word (keeps I6).
    parts.map(|word| word.chars().take(WORD_LETTERS_MAX).collect::<String>().to_lowercase()).filter(|word| {
        let letters = word.chars().count() >= START_LETTERS && !word.chars().all(char::is_numeric);
        letters && !SAYS_NOTHING.contains(&word.as_str())
    })
}

#[cfg(test)]
mod tests;
