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
const WEIGHED_MAX: usize = 100;
/// Works that the words which weigh most are looked for in, before the rest only counts for those that were found.
const LOOKED_AT_MAX: usize = 50_000;
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
    free_works: Vec<usize>,
    /// In order of their letters: forms of a word begin alike.
    words: BTreeMap<Arc<str>, usize>,
    terms: Vec<Term>,
    free_terms: Vec<usize>,
}

/// A word: the works that have it in order, and what it weighs by how often it is there, in titles more.
#[derive(Debug, Default)]
struct Term {
    text: Arc<str>,
    works: Vec<(usize, f64)>,
}

/// A shared word, and how much it weighs for both.
type Weighed = (f64, String);

/// A form of a word that is asked about, and how much it says of the works that have it.
struct Form {
    term: usize,
    rare: f64,
    alike: f64,
}

/// A word that is asked about.
struct Ask {
    text: String,
    weighs: f64,
    forms: Vec<Form>,
}

#[derive(Debug)]
struct Work {
    id: String,
    partners: BTreeSet<String>,
    target_groups: BTreeSet<String>,
    /// In order of term, with the same weights.
    words: Vec<(usize, f64)>,
}

impl Ask {
    /// How much a form weighs in a work where it weighs so much by how often it is there.
    fn product(&self, form: &Form, often: f64) -> f64 {
        self.weighs * often * form.rare * form.alike
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
        let slot = place(&mut self.works, &mut self.free_works);
        let mut words: Vec<(usize, f64)> =
            counted(profile).into_iter().map(|(text, count)| (self.term(text), often(count))).collect();
        words.sort_by_key(|(term, _)| *term);
        for (term, often) in &words {
            let works = &mut self.terms[*term].works;
            let at = works.partition_point(|(other, _)| *other < slot);
            works.insert(at, (slot, *often));
        }
        let (partners, target_groups) = (profile.partners.clone(), profile.target_groups.clone());
        self.by_id.insert(id.clone(), slot);
        self.works[slot] = Some(Work { id, partners, target_groups, words });
    }

    /// Nothing of it is kept (I10: what has been erased is gone here too).
    pub fn remove(&mut self, id: &str) {
        let Some(slot) = self.by_id.remove(id) else { return };
        let words = self.works[slot].take().map(|work| work.words).unwrap_or_default();
        self.free_works.push(slot);
        for (at, _) in words {
            let term = &mut self.terms[at];
            if let Ok(work) = term.works.binary_search_by_key(&slot, |(other, _)| *other) {
                term.works.remove(work);
            }
            if term.works.is_empty() {
                self.words.remove(&term.text);
                *term = Term::default();
                self.free_terms.push(at);
            }
        }
    }

    fn term(&mut self, text: String) -> usize {
        if let Some(term) = self.words.get(text.as_str()) {
            return *term;
        }
        let term = place(&mut self.terms, &mut self.free_terms);
        let text: Arc<str> = text.into();
        self.terms[term].text = Arc::clone(&text);
        self.words.insert(text, term);
        term
    }

    /// How much a word says: the rarer the more.
    fn rare(&self, term: usize) -> f64 {
        rarity(self.len(), self.terms[term].works.len())
    }

    /// The works that are most like one, without those that are named.
    pub fn alike(&self, asked: &Profile, without: &BTreeSet<String>) -> Vec<Alike> {
        let asks: Vec<Ask> = counted(asked).into_iter().map(|(text, count)| self.ask(text, count)).collect();
        let mut by_term: Vec<(usize, usize, &Form)> = Vec::new();
        for (ask, at) in asks.iter().zip(0..) {
            by_term.extend(ask.forms.iter().map(|form| (form.term, at, form)));
        }
        by_term.sort_by_key(|(term, at, _)| (*term, *at));
        let mut found: Vec<Alike> = self
            .sharing_most(&asks)
            .into_iter()
            .filter_map(|slot| self.works[slot].as_ref())
            .filter(|work| !without.contains(&work.id))
            .filter_map(|work| self.told(work, &asks, &by_term, asked))
            .collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
        found.truncate(PROPOSED_MAX);
        found
    }

    fn ask(&self, text: String, count: f64) -> Ask {
        let having = self.words.get(text.as_str()).map_or(0, |term| self.terms[*term].works.len());
        Ask { weighs: often(count) * rarity(self.len(), having), forms: self.forms(&text), text }
    }

    /// The works that share most, by the words that weigh most: where a county's works all use one word, it finds none of
    /// them.
    fn sharing_most(&self, asks: &[Ask]) -> Vec<usize> {
        let mut heaviest: Vec<&Ask> = asks.iter().collect();
        heaviest.sort_by(|a, b| b.weighs.total_cmp(&a.weighs).then_with(|| a.text.cmp(&b.text)));
        let mut together = vec![0.0; self.works.len()];
        let mut best = vec![0.0; self.works.len()];
        let mut having = Vec::new();
        let mut looked_at = 0;
        for ask in heaviest {
            if looked_at > LOOKED_AT_MAX {
                break;
            }
            for form in &ask.forms {
                let works = &self.terms[form.term].works;
                looked_at += works.len();
                for (slot, often) in works {
                    if best[*slot] == 0.0 {
                        having.push(*slot);
                    }
                    best[*slot] = f64::max(best[*slot], ask.product(form, *often));
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
        most.into_iter().map(|(_, slot)| slot).collect()
    }

    /// A work with all that it shares, if that is enough.
    fn told(&self, work: &Work, asks: &[Ask], by_term: &[(usize, usize, &Form)], asked: &Profile) -> Option<Alike> {
        let mut best = vec![0.0; asks.len()];
        let mut forms = by_term.iter().peekable();
        let mut square = 0.0;
        for (term, often) in &work.words {
            square += (often * self.rare(*term)).powi(2);
            while forms.next_if(|(of, _, _)| of < term).is_some() {}
            while let Some((_, at, form)) = forms.next_if(|(of, _, _)| of == term) {
                best[*at] = f64::max(best[*at], asks[*at].product(form, *often));
            }
        }
        let length: f64 = asks.iter().map(|ask| ask.weighs.powi(2)).sum();
        let score = (best.iter().sum::<f64>() / f64::sqrt(length * square)).min(1.0);
        if !score.is_finite() || score < ALIKE {
            return None;
        }
        let shared = best.into_iter().zip(asks).filter(|(weighs, _)| *weighs > 0.0);
        let mut words: Vec<Weighed> = shared.map(|(weighs, ask)| (weighs, ask.text.clone())).collect();
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
    fn forms(&self, text: &str) -> Vec<Form> {
        let start: String = text.chars().take(START_LETTERS).collect();
        let from = self.words.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        from.take_while(|(word, _)| word.starts_with(&start))
            .filter_map(|(word, term)| {
                let alike = if &**word == text { 1.0 } else { strsim::jaro_winkler(word, text) };
                (alike >= FORMS_ALIKE).then(|| Form { term: *term, rare: self.rare(*term), alike })
            })
            .collect()
    }
}

/// Where one more is put: where one was taken away, or last.
fn place<T: Default>(all: &mut Vec<T>, free: &mut Vec<usize>) -> usize {
    free.pop().unwrap_or_else(|| {
        all.push(T::default());
        all.len() - 1
    })
}

fn rarity(works: usize, having: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of works are small")]
    let (works, having) = (works as f64, having as f64);
    f64::ln(1.0 + works / (1.0 + having))
}

fn often(count: f64) -> f64 {
    1.0 + f64::ln(count.max(1.0))
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
