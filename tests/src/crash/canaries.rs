//! Words that must not leave a node, looked for everywhere else after all the deaths (I4): in a private text, in a field
//! that is marked as secret, typed and struck again. Looked for in files, rows, the database's log and Automerge documents.

use super::{
    history::Told,
    rig::{PARTIES, Rig, VICTIM},
};
use crate::{
    county::{path, prose, text},
    sim::random::Random,
};
use samsyn_client::{
    copy::WorkingCopy,
    mark::{self, Mark},
    problem::Problem,
};
use samsyn_core::entry::DocumentKind;

/// The words of one county.
#[derive(Debug)]
pub(crate) struct Canaries {
    /// With what each is.
    words: [(&'static str, String); 3],
    /// The work that they are written into, and what of it is shared.
    title: String,
}

impl Canaries {
    /// Writes them at the victim's running node into a work that is shared, and into what of it is not.
    pub(crate) async fn release(rig: &Rig, random: &mut Random) -> Result<Self, String> {
        let word = |random: &mut Random| format!("Kanarie-{:016x}", random.number());
        let words = ["a private text", "a marked field", "typed and struck"].map(|what| (what, word(random)));
        let canaries = Self { words, title: format!("Med {}", word(random)) };
        canaries.write(rig).await.map_err(|problem| format!("{problem:?}"))?;
        Ok(canaries)
    }

    async fn write(&self, rig: &Rig) -> Result<(), Problem> {
        let [private, marked, typed] = self.words.each_ref().map(|(_, word)| word);
        let client = rig.county.client(VICTIM).await;
        let mut copy = WorkingCopy::create(&client, DocumentKind::Work, "").await?;
        rig.history
            .work(&self.title, |w| (w.copy, w.pushed, w.published) = (copy.id.clone(), Told::Tried, Told::Tried));
        let mut draft = copy.draft()?;
        draft.set(path("/facts/title"), text(&self.title));
        draft.set(path("/facts/summary"), prose(&format!("Först {typed}, sedan inte.")));
        draft.private.insert("minne".to_owned(), private.clone());
        copy.change(&draft)?;
        copy.push(&client).await?;
        let mut draft = copy.draft()?;
        draft.set(path("/facts/summary"), prose("Något annat."));
        copy.change(&draft)?;
        copy.push(&client).await?;
        super::load::publish(&client, &copy.id).await?;
        // What is marked is written once the rest is out: what is shared after that leaves it behind.
        let mut draft = copy.draft()?;
        draft.set(path("/note"), prose(marked));
        let provisions = mark::provisions(["19:3"]).unwrap_or_default();
        let made = Mark { provisions, date: "2026-11-23".to_owned(), authority: "ks".to_owned(), note: String::new() };
        mark::set(&mut draft, Some(&path("/note")), Some(&made));
        copy.change(&draft)?;
        copy.push(&client).await?;
        rig.history.work(&self.title, |w| (w.pushed, w.published) = (Told::Kept, Told::Kept));
        Ok(())
    }

    /// None of them is anywhere but in the victim's database; what was shared is everywhere, or nothing was looked for.
    pub(crate) fn stayed(&self, rig: &Rig) -> Result<(), String> {
        for (what, word) in &self.words {
            if rig.victim().places_with(word).is_empty() {
                return Err(format!("{what} is not even at home"));
            }
            if rig.victim().log().contains(word) {
                return Err(format!("{what} is in the log of {VICTIM}"));
            }
            Self::away(rig, word).map_err(|place| format!("{what} has left: {place}"))?;
        }
        match Self::away(rig, &self.title) {
            Ok(()) => Err("what is shared is nowhere: the search finds nothing".to_owned()),
            Err(_) => Ok(()),
        }
    }

    fn away(rig: &Rig, word: &str) -> Result<(), String> {
        for party in PARTIES.iter().filter(|party| **party != VICTIM) {
            if let Some(place) = rig.county.node(party).places_with(word).into_iter().next() {
                return Err(format!("{party}: {place}"));
            }
        }
        Ok(())
    }

    /// A planted leak, at the end of a county: one of the words is shared after all, and is to be found.
    pub(crate) async fn leak(&self, rig: &mut Rig) -> Result<(), String> {
        let word = &self.words[0].1;
        rig.county.publish(VICTIM, word).await;
        rig.county.converge().await;
        match self.stayed(rig) {
            Err(why) if why.contains("has left") => Ok(()),
            other => Err(format!("a leak that was planted is not found: {other:?}")),
        }
    }
}
