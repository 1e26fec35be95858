//! *Liknande arbeten*: works of any party that are like one, with why; so that those who want the same learn of each other.

use super::{Alike, AlikeRow};
use crate::{
    failure::Failure,
    web::{Site, page::Page},
};
use samsyn_client::{
    county::{
        similar::{self, Profile},
        work,
    },
    record::Record,
    vocabulary,
};
use samsyn_core::code::Code;
use std::collections::BTreeSet;

/// Works that one page looks up by their links.
const LINKS_MAX: usize = 40;

/// What is like a shared work, without itself, what its owner has linked, and what was found to be unlike.
pub(super) async fn of(
    site: &Site,
    record: &Record,
    unlike: BTreeSet<String>,
    acts: bool,
    page: &Page,
) -> Result<Alike, Failure> {
    let linked = work::read(record).related;
    let mut without = unlike;
    without.insert(record.id.clone());
    let mut related = Vec::new();
    for reference in linked.iter().take(LINKS_MAX) {
        let number = reference.split_once(':').map_or(reference.as_str(), |(_, number)| number);
        let found = match site.view.record(number, site.eyes, &site.moment).await {
            Ok(found) => Some(found),
            Err(failure) if failure.code == Code::InputNotFound => None,
            Err(failure) => return Err(failure),
        };
        without.extend(found.as_ref().map(|found| found.id.clone()));
        let title = found.as_ref().and_then(|found| found.text("/facts/title")).unwrap_or(number).to_owned();
        related.push((title, found.map(|found| page.link(&format!("/arbete/{}", found.id)))));
    }
    let (rows, partial) = rows(site, &work::profile(record), &without, page).await?;
    Ok(Alike { rows, partial, related, acts })
}

/// What is like something that is written, with why.
pub(in crate::web) async fn rows(
    site: &Site,
    asked: &Profile,
    without: &BTreeSet<String>,
    page: &Page,
) -> Result<(Vec<AlikeRow>, bool), Failure> {
    let found = site.view.alike(asked, without, site.eyes).await?;
    let row = |(alike, record): &(similar::Alike, std::sync::Arc<Record>)| {
        let read = work::read(record);
        let none = page.t("(utan titel)", "(without a title)");
        let stage = read.stage.as_deref().map(|stage| vocabulary::STAGE.show(stage, page.asked.lang));
        AlikeRow {
            id: alike.id.clone(),
            title: read.title.clone().unwrap_or_else(|| none.to_owned()),
            link: page.link(&format!("/arbete/{}", alike.id)),
            owner: page.parties.name(&read.owner).to_owned(),
            stage: stage.unwrap_or_else(|| page.t("okänt skede", "unknown stage")).to_owned(),
            why: why(alike, page),
        }
    };
    Ok((found.works.iter().map(row).collect(), found.partial))
}

/// Why a work is proposed, in words.
fn why(alike: &similar::Alike, page: &Page) -> Vec<String> {
    let reader = page.reader();
    let list = |label: &str, of: &[String]| {
        (!of.is_empty())
            .then(|| format!("{label} {}", of.iter().map(|r| reader.reference(r)).collect::<Vec<_>>().join(", ")))
    };
    let words = format!("{} {}", page.t("samma ord:", "the same words:"), alike.words.join(", "));
    let all = alike.partners.len() > 2 && alike.partners.len() >= page.parties.0.len();
    let partners = if all {
        Some(page.t("hela länet deltar i båda", "the whole county takes part in both").to_owned())
    } else {
        list(page.t("samma parter:", "the same parties:"), &alike.partners)
    };
    let groups = list(page.t("samma målgrupp:", "the same target group:"), &alike.target_groups);
    [Some(words), partners, groups].into_iter().flatten().collect()
}
