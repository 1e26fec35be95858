//! What clients have tried and what they were told, and nothing else: what the auditor judges a node by.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How much a client knows of one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Told {
    #[default]
    Untried,
    /// Sent, and no answer: it may have happened once or not at all.
    Tried,
    /// The node has said that it is kept.
    Kept,
}

/// One work of one coordinator.
#[derive(Debug, Clone, Default)]
pub(crate) struct Work {
    /// The working copy's id.
    pub(crate) copy: String,
    pub(crate) pushed: Told,
    pub(crate) published: Told,
    /// Values of one field, oldest first: as pushed, as published.
    pub(crate) values: Vec<(String, Told, Told)>,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// By title: each is given once.
    pub(crate) works: BTreeMap<String, Work>,
    /// The working copy that all write into, and the words that each has added.
    pub(crate) shared: String,
    pub(crate) words: BTreeMap<String, Told>,
    /// Numbers that a registrar was told, by the item.
    pub(crate) numbers: BTreeMap<u64, String>,
}

/// The history that several coordinators write.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<History>>);

impl Shared {
    pub(crate) fn get(&self) -> MutexGuard<'_, History> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn work(&self, title: &str, change: impl FnOnce(&mut Work)) {
        change(self.get().works.entry(title.to_owned()).or_default());
    }

    /// Changes that were acknowledged.
    pub(crate) fn kept(&self) -> usize {
        let history = self.get();
        let one = |told: Told| usize::from(told == Told::Kept);
        let of_work = |w: &Work| {
            one(w.pushed) + one(w.published) + w.values.iter().map(|(_, p, q)| one(*p) + one(*q)).sum::<usize>()
        };
        history.works.values().map(of_work).sum::<usize>()
            + history.words.values().map(|t| one(*t)).sum::<usize>()
            + history.numbers.len()
    }
}

impl Work {
    /// What the field may say in the working copy: the last kept value, or one tried after it. `None` is no value.
    pub(crate) fn may_be_pushed(&self, value: Option<&str>) -> bool {
        allowed(&self.values, |(_, pushed, _)| *pushed, value)
    }

    /// The same for what is published.
    pub(crate) fn may_be_published(&self, value: Option<&str>) -> bool {
        allowed(&self.values, |(_, _, published)| *published, value)
    }
}

fn allowed(values: &[(String, Told, Told)], told: impl Fn(&(String, Told, Told)) -> Told, value: Option<&str>) -> bool {
    for entry in values.iter().rev() {
        match told(entry) {
            Told::Kept => return value == Some(entry.0.as_str()),
            Told::Tried if value == Some(entry.0.as_str()) => return true,
            Told::Tried | Told::Untried => {}
        }
    }
    value.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_kept_value_or_a_later_try_is_allowed_and_nothing_else() {
        let value = |text: &str, told| (text.to_owned(), told, Told::Untried);
        let work = Work {
            values: vec![
                value("a", Told::Kept),
                value("b", Told::Tried),
                value("c", Told::Kept),
                value("d", Told::Tried),
            ],
            ..Work::default()
        };
        assert!(work.may_be_pushed(Some("c")) && work.may_be_pushed(Some("d")));
        assert!(!work.may_be_pushed(Some("a")) && !work.may_be_pushed(Some("b")) && !work.may_be_pushed(None));
        assert!(work.may_be_published(None) && !work.may_be_published(Some("d")), "never tried to publish");
    }
}
