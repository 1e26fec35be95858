//! The numbers of cases and documents: given by hand, or the next of a series that the authority has delegated (keeps
//! I9).

use super::{Case, Decision, Desk, Order, check, older};
use crate::{
    driver::{Composed, Pen, now_ms},
    failure::Failure,
    register::{Item, Number, Series, Written, calendar, pattern::Pattern},
    rulebook::{Numbers, Rules},
    store::ItemRow,
    who::Who,
};
use samsyn_core::{
    code::Code,
    id::{AuthorityId, DocumentId},
};
use std::collections::{BTreeMap, btree_map::Entry};

/// The highest number that a series may have come to.
const NUMBER_OF_SERIES_MAX: u64 = 1_000_000_000;

/// Which number an item would get in the case of its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposal {
    pub(crate) case: String,
    pub(crate) document: u64,
}

impl Desk {
    /// The case that each document is in already, with the next number in it.
    pub(crate) async fn proposals(
        &self,
        authority: &AuthorityId,
        rows: &[ItemRow],
    ) -> Result<BTreeMap<u64, Proposal>, Failure> {
        let mut proposals = BTreeMap::new();
        let mut cases: BTreeMap<DocumentId, Option<Number>> = BTreeMap::new();
        let mut next: BTreeMap<String, u64> = BTreeMap::new();
        let mut waiting: Vec<&Item> = rows.iter().map(|r| &r.item).filter(|i| i.state.waits()).collect();
        // The oldest gets the next number, those after it the numbers after that.
        waiting.sort_by_key(|item| item.position);
        for item in waiting {
            let known = match cases.entry(item.document) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.store.case_of(authority, &item.document).await?),
            };
            let Some(number) = known.clone() else { continue };
            let document = match next.get(&number.case) {
                Some(document) => *document,
                None => self.store.documents_in_case(&number.register, &number.case).await? + 1,
            };
            next.insert(number.case.clone(), document + 1);
            proposals.insert(item.position, Proposal { case: number.case, document });
        }
        Ok(proposals)
    }

    /// The authority's series gives this number next; none where its numbers are written by hand.
    pub(crate) async fn next_number(&self, authority: &AuthorityId) -> Result<Option<String>, Failure> {
        let rules = self.rulebook.of(authority);
        let Some(pattern) = rules.register.pattern.as_ref().filter(|_| rules.register.numbers == Numbers::Series)
        else {
            return Ok(None);
        };
        let year = calendar::day(now_ms()).year();
        let register = rules.register.register(authority);
        let series = self.series(&register, pattern, year).await?;
        if series.closed {
            return Ok(None);
        }
        Ok(Some(pattern.number(year, self.next_of(&register, pattern, year, &series).await?)))
    }

    /// A number that somebody has written by hand is passed over: it is in the register, so there is no gap.
    async fn next_of(&self, register: &str, pattern: &Pattern, year: i16, series: &Series) -> Result<u64, Failure> {
        let mut next = series.last + 1;
        while self.store.documents_in_case(register, &pattern.number(year, next)).await? > 0 {
            next += 1;
        }
        Ok(next)
    }

    /// The series of the registers that somebody keeps, with those that give no number yet.
    pub(crate) async fn all_series(&self, who: Who<'_>) -> Result<Vec<Series>, Failure> {
        let mut kept = Vec::new();
        let known = self.store.register_series().await?;
        for authority in self.authorities().await?.into_iter().filter(|a| who.may_register(a)) {
            let register = self.rulebook.of(&authority).register.register(&authority);
            kept.extend(known.iter().filter(|s| s.register == register).cloned());
            kept.extend(self.closed_series(&authority).await?);
        }
        kept.sort_by(|a, b| (&a.register, &a.template).cmp(&(&b.register, &b.template)));
        kept.dedup();
        Ok(kept)
    }

    /// Says which number of a closed series was given last; it goes on from there.
    pub(crate) async fn confirm_series(
        &self,
        who: Who<'_>,
        authority: &AuthorityId,
        template: &str,
        last: u64,
    ) -> Result<(), Failure> {
        check(who, authority)?;
        let _turn = self.turn.lock().await;
        let came_back = self.came_back().await?;
        let rules = self.rulebook.of(authority);
        let register = rules.register.register(authority);
        let known = self.store.register_series().await?;
        let found = known.into_iter().find(|s| s.register == register && s.template == template);
        // This year's series of the authority may begin with this.
        let year = calendar::day(now_ms()).year();
        let pattern = rules.register.pattern.as_ref().filter(|_| rules.register.numbers == Numbers::Series);
        let begins = pattern.is_some_and(|p| p.template(year) == template);
        let new =
            begins.then(|| Series { register: register.clone(), template: template.to_owned(), last: 0, closed: true });
        let series = found.or(new).ok_or_else(|| {
            let message = format!("the register '{register}' has no series '{template}'");
            Failure::new(Code::InputNotFound, message, "see the series of the register").field("template")
        })?;
        if !series.closed {
            let message = format!("the series '{template}' is open: it goes on from {} by itself", series.last);
            return Err(Failure::new(Code::InputValue, message, "leave it").field("template"));
        }
        if last > NUMBER_OF_SERIES_MAX {
            let message = format!("{last} is no number of a series, {NUMBER_OF_SERIES_MAX} is the most");
            return Err(Failure::new(Code::InputNumber, message, "look in the authority's own papers").field("last"));
        }
        if last < series.last {
            let message = format!("this node itself has given number {}, so {last} was not the last", series.last);
            return Err(Failure::new(Code::InputValue, message, "look in the authority's own papers").field("last"));
        }
        let confirmed = format!("{template} {last}");
        self.note(who, authority, &[], "series-confirmed", Some(&confirmed))?;
        let written = Written { statements: Vec::new(), series: Some((series, last)) };
        let write = move |pen: &Pen<'_>| {
            if pen.came_back != came_back {
                return Err(older());
            }
            Ok(Composed { register: Some(written), ..Composed::default() })
        };
        self.driver.write(write).await.map(drop).inspect_err(|failure| self.failed(authority, failure))
    }

    /// The authority's series of this year where it gives no number until somebody has confirmed its last.
    pub(crate) async fn closed_series(&self, authority: &AuthorityId) -> Result<Option<Series>, Failure> {
        let rules = self.rulebook.of(authority);
        let Some(pattern) = rules.register.pattern.as_ref().filter(|_| rules.register.numbers == Numbers::Series)
        else {
            return Ok(None);
        };
        let year = calendar::day(now_ms()).year();
        Ok(Some(self.series(&rules.register.register(authority), pattern, year).await?).filter(|s| s.closed))
    }

    /// The numbers that the items get, in their order, and how the series goes on.
    pub(super) async fn numbers(
        &self,
        order: &Order,
        rows: &[ItemRow],
        rules: &Rules,
    ) -> Result<(Vec<Option<Number>>, Option<(Series, u64)>), Failure> {
        let Decision::Register(case) = &order.decision else {
            let kept = |row: &ItemRow| row.statement.as_ref().and_then(|s| s.number.clone());
            let corrects = order.decision == Decision::Correct;
            return Ok((rows.iter().map(|row| kept(row).filter(|_| corrects)).collect(), None));
        };
        let register = rules.register.register(&order.authority);
        let year = calendar::day(now_ms()).year();
        let (case, first, series) = match case {
            Case::Given { case, document, elsewhere } => {
                let pattern = rules.register.pattern.as_ref().filter(|_| !elsewhere);
                let next = self.store.documents_in_case(&register, case).await? + 1;
                Self::fits(&register, pattern, rules.register.numbers, case, next)?;
                let document = document.unwrap_or(next);
                let last = document.saturating_add((rows.len() as u64).saturating_sub(1));
                if document < next && self.store.any_in_case(&register, case, (document, last)).await? {
                    let message = format!("{case} has a document with the number {document} already");
                    let remedy = "leave the document's number out, or write one that is free";
                    return Err(Failure::new(Code::RegisterNumberTaken, message, remedy).field("document_number"));
                }
                (case.clone(), document, None)
            }
            Case::Next => {
                let pattern = rules.register.pattern.as_ref();
                let pattern = pattern.filter(|_| rules.register.numbers == Numbers::Series).ok_or_else(|| {
                    let message = format!("'{}' has delegated no series of numbers to this node", order.authority);
                    let remedy =
                        "write the number that the authority's register gave, or set numbers = \"series\" in its rules";
                    Failure::new(Code::RegisterNumber, message, remedy).field("number")
                })?;
                let series = self.series(&register, pattern, year).await?;
                if series.closed {
                    let message =
                        format!("the series '{}' is closed until its last number is confirmed", series.template);
                    let remedy = "look up the last number that was given and confirm it ('samsyn register confirm'); 0 if there is none";
                    return Err(Failure::new(Code::RegisterSeriesClosed, message, remedy).field("number"));
                }
                let next = self.next_of(&register, pattern, year, &series).await?;
                (pattern.number(year, next), 1, Some((series, next)))
            }
        };
        let numbered = (first..).zip(rows);
        let number = |document| Number { register: register.clone(), case: case.clone(), document };
        Ok((numbered.map(|(document, _)| Some(number(document))).collect(), series))
    }

    /// A number that is written by hand is written as the authority writes its numbers, and is of an old case where the
    /// node itself gives the new ones.
    fn fits(register: &str, pattern: Option<&Pattern>, numbers: Numbers, case: &str, next: u64) -> Result<(), Failure> {
        let Some(pattern) = pattern else { return Ok(()) };
        if pattern.read(case).is_none() {
            let message = format!("'{case}' is not written as the register '{register}' writes its numbers: {pattern}");
            let remedy = format!("write it as {}", pattern.number(calendar::day(now_ms()).year(), 14));
            return Err(Failure::new(Code::RegisterNumber, message, remedy).field("number"));
        }
        if numbers == Numbers::Series && next == 1 {
            let message = format!("there is no case {case} here, and this node gives the new numbers itself");
            let remedy = "let the node give the next number; or say that it was registered elsewhere before";
            return Err(Failure::new(Code::RegisterNumber, message, remedy).field("number"));
        }
        Ok(())
    }

    /// A series that is not known is closed: the authority says where it begins, which need not be at the year's first
    /// number. A new year's goes on from an open one of the year before.
    async fn series(&self, register: &str, pattern: &Pattern, year: i16) -> Result<Series, Failure> {
        let (template, before) = (pattern.template(year), pattern.template(year.saturating_sub(1)));
        let known = self.store.register_series().await?;
        let of = |template: &str| known.iter().find(|s| s.register == register && s.template == template);
        let goes_on = before != template && of(&before).is_some_and(|s| !s.closed);
        let new = || Series { register: register.to_owned(), template: template.clone(), last: 0, closed: !goes_on };
        Ok(of(&template).cloned().unwrap_or_else(new))
    }
}
