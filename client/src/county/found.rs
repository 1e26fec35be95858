//! Looking for words in whatever documents say: an index of their texts, and the passages in which they were found.

use crate::{
    record::Record,
    schema::{self, Group},
    text::Text,
};
use memchr::memmem::Finder;
use samsyn_core::{entry::DocumentKind, value::Value};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Words that are looked for at once; those that come after are not.
pub const WORDS_MAX: usize = 8;
/// Letters that a word must have.
pub const LETTERS_MIN: usize = 2;
/// Passages that are shown of one place.
const PASSAGES_MAX: usize = 3;
/// Letters of a passage that are shown, and how many of them in front of what was found.
const SHOWN: usize = 240;
const IN_FRONT: usize = 60;

/// What somebody looks for: words that must all be there, in whatever order, also as parts of longer words (a Swedish
/// *vård* is mostly in another word).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought(Vec<String>);

impl Sought {
    pub fn new(text: &str) -> Self {
        let words = text.split_whitespace().map(|word| fold(word.trim_matches(|c: char| !c.is_alphanumeric())));
        let mut known = BTreeSet::new();
        let wanted = |word: &String| word.chars().count() >= LETTERS_MIN && known.insert(word.clone());
        Self(words.filter(wanted).take(WORDS_MAX).collect())
    }

    /// True if there is nothing that could be looked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many of the words a text has.
    fn in_text(&self, folded: &str) -> usize {
        self.0.iter().filter(|word| folded.contains(word.as_str())).count()
    }
}

/// Where something is said: a document, or one item of a document that has many.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub document: String,
    /// The item's path; empty for the document itself.
    pub item: String,
}

/// What was found, a page of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Those that are called so first, then what was said last.
    pub places: Vec<Place>,
    /// Of the kind that was asked for.
    pub total: u64,
    /// Of every kind.
    pub by_kind: BTreeMap<DocumentKind, u64>,
}

/// The texts of documents, place by place.
#[derive(Debug, Default)]
pub struct Index {
    places: BTreeMap<Place, Texts>,
}

#[derive(Debug)]
struct Texts {
    kind: DocumentKind,
    /// What is said here was said last.
    at_ms: u64,
    /// What the place is called comes first.
    title_bytes: usize,
    folded: Box<str>,
}

impl Index {
    /// In the place of what was there of the document.
    pub fn put(&mut self, record: &Record) {
        self.remove(&record.id);
        let mut said: BTreeMap<&str, (u64, String)> = BTreeMap::new();
        for text in texts(record) {
            let (at_ms, all) = said.entry(text.item).or_default();
            *at_ms = (*at_ms).max(text.at_ms);
            all.push_str(&fold(text.text));
            all.push('\n');
        }
        for (item, (at_ms, all)) in said {
            let title = fold(&title(record, item).unwrap_or_default());
            let place = Place { document: record.id.clone(), item: item.to_owned() };
            let folded = format!("{title}\n{all}").into_boxed_str();
            self.places.insert(place, Texts { kind: record.kind, at_ms, title_bytes: title.len(), folded });
        }
    }

    /// Nothing of it is kept (keeps I10).
    pub fn remove(&mut self, document: &str) {
        let first = Place { document: document.to_owned(), item: String::new() };
        let of = self.places.range(first..).map(|(place, _)| place).take_while(|place| place.document == document);
        let gone: Vec<Place> = of.cloned().collect();
        for place in &gone {
            self.places.remove(place);
        }
    }

    /// Where all the words are, of one kind or of all, from one on.
    pub fn search(&self, sought: &Sought, kind: Option<DocumentKind>, from: usize, most: usize) -> Found {
        let mut found = Found::default();
        if sought.is_empty() {
            return found;
        }
        let words: Vec<Finder<'_>> = sought.0.iter().map(|word| Finder::new(word.as_bytes())).collect();
        let all_in = |text: &[u8]| words.iter().all(|word| word.find(text).is_some());
        let mut fitting = Vec::new();
        for (place, texts) in self.places.iter().filter(|(_, texts)| all_in(texts.folded.as_bytes())) {
            *found.by_kind.entry(texts.kind).or_default() += 1;
            if kind.is_none_or(|kind| kind == texts.kind) {
                let called_so = all_in(&texts.folded.as_bytes()[..texts.title_bytes]);
                fitting.push((Reverse(called_so), Reverse(texts.at_ms), place));
            }
        }
        found.total = fitting.len() as u64;
        // Only those that are shown are put in order: a common word is said in most places.
        let end = from.saturating_add(most);
        if end < fitting.len() {
            fitting.select_nth_unstable(end);
            fitting.truncate(end);
        }
        fitting.sort_unstable();
        found.places = fitting.into_iter().skip(from).take(most).map(|(_, _, place)| place.clone()).collect();
        found
    }
}

/// A part of a text: what was looked for, or what is between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub text: String,
    pub found: bool,
}

/// Where words were found, as much of the text as is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    pub path: String,
    pub parts: Vec<Part>,
    pub by: String,
    pub at_ms: u64,
}

/// The passages of a place that have most of the words; none where only what it is called has them.
pub fn passages(record: &Record, item: &str, sought: &Sought) -> Vec<Passage> {
    let called = title(record, item);
    let has = |text: &Said<'_>| sought.in_text(&fold(text.text));
    let here = texts(record).into_iter().filter(|text| text.item == item && called.as_deref() != Some(text.text));
    let mut with: Vec<(Reverse<usize>, Said<'_>)> = here.map(|text| (Reverse(has(&text)), text)).collect();
    with.retain(|(Reverse(words), _)| *words > 0);
    with.sort_by_key(|(words, _)| *words); // stable: in the order of paths
    let passage = |(_, said): (_, Said<'_>)| Passage {
        path: said.path.to_owned(),
        parts: excerpt(said.text, sought),
        by: said.by.to_owned(),
        at_ms: said.at_ms,
    };
    with.into_iter().take(PASSAGES_MAX).map(passage).collect()
}

/// What a place is called: the item's first text, or the document's title. None where it is unknown or in conflict.
pub fn title(record: &Record, item: &str) -> Option<String> {
    titled(record, item).map(|(_, title)| title)
}

/// The same, and where it is stated.
pub fn titled(record: &Record, item: &str) -> Option<(String, String)> {
    let first_line = |path: String| match record.value(&path) {
        Some(Value::Text(text) | Value::Prose(text)) => {
            let line = text.lines().next().unwrap_or_default().to_owned();
            Some((path, line))
        }
        _ => None,
    };
    if item.is_empty() {
        return first_line(schema::title_path(record.kind).to_owned());
    }
    let fields = groups_of(record.kind, item).flat_map(|group| group.fields);
    let mut texts = fields.filter_map(|field| match field.name {
        "" => first_line(item.to_owned()),
        name => first_line(format!("{item}/{name}")),
    });
    texts.next()
}

/// What such an item is called, as *risk*.
pub fn item_label(kind: DocumentKind, item: &str) -> Option<Text> {
    groups_of(kind, item).map(|group| group.one).find(|one| !one.0.is_empty())
}

fn groups_of(kind: DocumentKind, item: &str) -> impl Iterator<Item = &'static Group> + '_ {
    let groups = schema::groups(kind).iter().filter(|group| group.is_collection());
    groups.filter(move |group| group.item(item).is_some_and(|(at, rest)| at == item && rest.is_empty()))
}

/// A text with what was looked for in it set apart, all of it.
pub fn marked(text: &str, sought: &Sought) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut end = 0;
    for range in places(text, sought) {
        if range.start > end {
            parts.push(Part { text: text[end..range.start].to_owned(), found: false });
        }
        parts.push(Part { text: text[range.clone()].to_owned(), found: true });
        end = range.end;
    }
    if end < text.len() {
        parts.push(Part { text: text[end..].to_owned(), found: false });
    }
    parts
}

/// The same of some of a text, from a little in front of where the first of the words is.
fn excerpt(text: &str, sought: &Sought) -> Vec<Part> {
    let first = places(text, sought).first().map_or(0, |range| range.start);
    let before = text[..first].char_indices().rev().take(IN_FRONT).last().map_or(first, |(at, _)| at);
    // Not in the middle of a word, if one ends nearby.
    let begin = match text[before..first].find(char::is_whitespace) {
        Some(space) if before > 0 => before + space + 1,
        _ => before,
    };
    let begin = if text.is_char_boundary(begin) { begin } else { before };
    let rest = &text[begin..];
    let length = rest.char_indices().nth(SHOWN).map_or(rest.len(), |(at, _)| at);
    let end = match rest[..length].rfind(char::is_whitespace) {
        Some(space) if length < rest.len() && space > length / 2 => space,
        _ => length,
    };
    let mut parts = marked(&rest[..end], sought);
    if begin > 0 {
        parts.insert(0, Part { text: "… ".to_owned(), found: false });
    }
    if end < rest.len() {
        parts.push(Part { text: " …".to_owned(), found: false });
    }
    parts
}

/// Where the words are in a text, in order, those that touch or overlap as one.
fn places(text: &str, sought: &Sought) -> Vec<Range<usize>> {
    let mut folded = String::with_capacity(text.len());
    // For each byte of the folded text the letter that it comes of.
    let mut of = Vec::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        fold_letter(letter, &mut folded);
        of.resize(folded.len(), at..at + letter.len_utf8());
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    for word in &sought.0 {
        found.extend(folded.match_indices(word.as_str()).map(|(at, word)| of[at].start..of[at + word.len() - 1].end));
    }
    found.sort_by_key(|range| range.start);
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

struct Said<'a> {
    path: &'a str,
    item: &'a str,
    text: &'a str,
    by: &'a str,
    at_ms: u64,
}

/// Every text that stands: what people have written, not what they have chosen among words, nor what it was taken from:
/// the same report is the source of most that a county has written in a year, and says nothing of each.
fn texts(record: &Record) -> Vec<Said<'_>> {
    let mut texts = Vec::new();
    for (path, said) in record.paths() {
        let path = path.as_str();
        if path.ends_with("/source") {
            continue;
        }
        for said in said {
            if let Some(Value::Text(text) | Value::Prose(text)) = &said.value {
                texts.push(Said { path, item: item(record.kind, path), text, by: &said.by, at_ms: said.at_ms });
            }
        }
    }
    texts
}

/// Which item of its document a path lies in: works and decisions are found as a whole, of the others each risk, goal or
/// area by itself.
fn item(kind: DocumentKind, path: &str) -> &str {
    match kind {
        DocumentKind::Work | DocumentKind::Decision => "",
        DocumentKind::Roadmap | DocumentKind::Indicators | DocumentKind::Programme => {
            let group = schema::find(kind, path).map(|(group, _)| group).filter(|group| group.is_collection());
            group.and_then(|group| group.item(path)).map_or("", |(item, _)| item)
        }
    }
}

/// For comparing: without capitals, and without accents that Swedish does not have.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    text.chars().for_each(|letter| fold_letter(letter, &mut folded));
    folded
}

fn fold_letter(letter: char, folded: &mut String) {
    for lower in letter.to_lowercase() {
        folded.push(match lower {
            'é' | 'è' | 'ê' => 'e',
            'á' | 'à' => 'a',
            'ü' => 'u',
            'æ' => 'ä',
            'ø' => 'ö',
            other => other,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_core::id::Path;

    fn record(id: &str, kind: DocumentKind, said: &[(&str, &str)]) -> Record {
        let values =
            said.iter().map(|(path, text)| (Path::new(path).expect("a path"), Value::Text((*text).to_owned())));
        let mut record = Record::of_values(kind, "rvn", values);
        record.id = id.to_owned();
        record
    }

    fn county() -> Index {
        let mut index = Index::default();
        index.put(&record(
            "a",
            DocumentKind::Work,
            &[
                ("/facts/title", "SIP på distans"),
                ("/facts/summary", "Samordnad vård för ÄLDRE."),
                ("/facts/source", "Årsrapport om vård"),
            ],
        ));
        index.put(&record("b", DocumentKind::Work, &[("/facts/title", "Hemsjukvård för äldre")]));
        let risks = [
            ("/risks/list/1/name", "Brist på personal i äldrevården"),
            ("/risks/list/2/name", "Juridik"),
            ("/programme/name", "God och nära vård"),
        ];
        index.put(&record("p", DocumentKind::Programme, &risks));
        index
    }

    fn found(index: &Index, text: &str) -> Vec<String> {
        let found = index.search(&Sought::new(text), None, 0, 10);
        assert_eq!(found.total, found.places.len() as u64);
        found.places.into_iter().map(|place| format!("{}{}", place.document, place.item)).collect()
    }

    #[test]
    fn all_words_are_found_within_longer_ones_whatever_their_case_and_order() {
        let index = county();
        assert_eq!(found(&index, "vård Äldre"), ["b", "p/risks/list/1", "a"], "what is called so comes first");
        assert_eq!(found(&index, "distans sip"), ["a"]);
        assert_eq!(found(&index, "vård"), ["b", "p", "p/risks/list/1", "a"]);
        assert!(found(&index, "årsrapport").is_empty(), "where it was taken from is not what it says");
        assert_eq!(found(&index, "vard"), Vec::<String>::new(), "å is a letter of its own");
        assert_eq!(found(&index, "(SIP)"), ["a"], "what stands around a word is not looked for");
        assert!(found(&index, "x").is_empty() && found(&index, "").is_empty());
    }

    #[test]
    fn counts_are_of_every_kind_and_a_page_of_one() {
        let index = county();
        let found = index.search(&Sought::new("vård"), Some(DocumentKind::Work), 1, 1);
        assert_eq!((found.total, found.places.len(), found.places[0].document.as_str()), (2, 1, "a"));
        assert_eq!(found.by_kind, BTreeMap::from([(DocumentKind::Work, 2), (DocumentKind::Programme, 2)]));
    }

    #[test]
    fn i10_what_is_removed_is_found_no_more() {
        let mut index = county();
        index.remove("p");
        assert_eq!(found(&index, "vård"), ["b", "a"]);
        index.put(&record("b", DocumentKind::Work, &[("/facts/title", "Något annat")]));
        assert_eq!(found(&index, "hemsjukvård"), Vec::<String>::new());
    }

    #[test]
    fn a_passage_shows_what_was_found_and_a_little_around_it() {
        let long = format!("{} Äldres vård och ÄLDRE igen {}", "före ".repeat(100), "efter ".repeat(100));
        let record = record("a", DocumentKind::Work, &[("/facts/title", "Äldre"), ("/facts/summary", &long)]);
        let passages = passages(&record, "", &Sought::new("äldre"));
        let [passage] = passages.as_slice() else { panic!("one passage: {passages:?}") };
        let found: Vec<&str> = passage.parts.iter().filter(|p| p.found).map(|p| p.text.as_str()).collect();
        assert_eq!((passage.path.as_str(), found), ("/facts/summary", vec!["Äldre", "ÄLDRE"]));
        let shown: String = passage.parts.iter().map(|p| p.text.as_str()).collect();
        assert!(shown.starts_with("… före ") && shown.ends_with("efter …"), "{shown}");
        assert!(shown.chars().count() <= SHOWN + 4, "{}", shown.chars().count());
    }

    proptest::proptest! {
        #[test]
        fn a_marked_text_is_the_text(text in "[aAåÅİßﬁé \n…]{0,60}", words in "[aåié ß]{0,12}") {
            let sought = Sought::new(&words);
            let parts = marked(&text, &sought);
            proptest::prop_assert_eq!(parts.iter().map(|p| p.text.as_str()).collect::<String>(), text.clone());
            proptest::prop_assert_eq!(parts.iter().any(|p| p.found), sought.in_text(&fold(&text)) > 0);
            let shown: usize = excerpt(&text, &sought).iter().map(|p| p.text.chars().count()).sum();
            proptest::prop_assert!(shown <= SHOWN + 4);
        }
    }
}
