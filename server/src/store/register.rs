//! The registers of the organisation's authorities: the items and how they are found.

mod public;
mod series;
mod statements;

use super::{Markers, ROWS_PER_STATEMENT, Store, Tx, damaged, failure, query, seal::Seal, signed, unsigned};
use crate::{
    failure::Failure,
    projection::fold,
    register::{Direction, Item, Number, State, Statement},
};
use samsyn_core::{
    entry::{Audience, DocumentKind, Purpose},
    id::{AuthorityId, DocumentId, HeaderHash, OrgId},
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, any::AnyRow};
use std::collections::{BTreeMap, BTreeSet};

/// Which items are wanted.
#[derive(Debug, Clone, Default)]
pub struct RegisterFilter {
    pub states: Vec<State>,
    pub direction: Option<Direction>,
    pub document: Option<DocumentId>,
    /// In numbers, subjects and titles.
    pub text: Option<String>,
    pub limit: u64,
    pub offset: u64,
}

/// An item with what was decided of it last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRow {
    pub item: Item,
    pub statement: Option<Statement>,
    /// As the portfolio has it; empty for what is no work.
    pub title: String,
}

pub use public::{MATCHES_COUNTED, PublicFilter};

const ITEM: &str = "i.authority, i.position, i.tip, i.document, i.direction, i.counterpart, i.kind, i.purpose, i.audience, \
                    i.facts, i.at_ms, i.released_ms, i.rules, i.state, i.seal";
const ITEM_COLUMNS: usize = 15;
/// How many are counted at once.
pub type Counts = BTreeMap<State, u64>;

impl Store {
    /// Writes items; one that is there already stays as it was (keeps I8).
    pub async fn put_register_items(&self, tx: &mut Tx, items: &[Item]) -> Result<(), Failure> {
        for chunk in items.chunks(ROWS_PER_STATEMENT / 2) {
            let sql = "INSERT INTO register_item (authority, position, tip, document, direction, counterpart, kind, purpose, audience, \
                       facts, at_ms, released_ms, rules, state, seal) VALUES ";
            let rows = self.markers().rows(chunk.len(), ITEM_COLUMNS);
            let mut insert = query(format!("{sql}{rows} ON CONFLICT DO NOTHING"));
            for item in chunk {
                insert = insert
                    .bind(item.authority.to_string())
                    .bind(signed(item.position))
                    .bind(item.tip.0.to_vec())
                    .bind(item.document.0.to_vec())
                    .bind(item.direction.as_str())
                    .bind(counterpart(item))
                    .bind(word(item.kind.as_ref()))
                    .bind(word(item.purpose.as_ref()))
                    .bind(word(item.audience.as_ref()))
                    .bind(signed(item.facts))
                    .bind(signed(item.at_ms))
                    .bind(signed(item.released_ms))
                    .bind(item.rules.clone())
                    .bind(item.state.as_str())
                    .bind(item_seal(item).close());
            }
            insert.execute(&mut **tx).await.map_err(failure)?;
            failpoint!(RegisterItems);
        }
        Ok(())
    }

    /// Says what an item of unknown kind is.
    pub async fn settle_register_item(&self, tx: &mut Tx, item: &Item) -> Result<(), Failure> {
        let sql = "UPDATE register_item SET kind = $1, rules = $2, state = $3, seal = $4 WHERE authority = $5 AND position = $6";
        let update = sqlx::query(sql)
            .bind(word(item.kind.as_ref()))
            .bind(item.rules.clone())
            .bind(item.state.as_str())
            .bind(item_seal(item).close())
            .bind(item.authority.to_string())
            .bind(signed(item.position));
        update.execute(&mut **tx).await.map_err(failure)?;
        Ok(())
    }

    /// Some of an authority's items of unknown kind of one document, inside a transaction that may have written some.
    pub async fn unsettled_items(
        &self,
        tx: &mut Tx,
        authority: &AuthorityId,
        document: &DocumentId,
        limit: usize,
    ) -> Result<Vec<Item>, Failure> {
        let sql = format!(
            "SELECT {ITEM} FROM register_item i WHERE i.document = $1 AND i.authority = $2 AND i.kind = '' LIMIT $3"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = query(sql).bind(document.0.to_vec()).bind(authority.to_string()).bind(limit);
        rows.fetch_all(&mut **tx).await.map_err(failure)?.iter().map(item).collect()
    }

    /// An authority's items of one document, inside a transaction that may have written some.
    pub async fn register_items_of(
        &self,
        tx: &mut Tx,
        authority: &AuthorityId,
        document: &DocumentId,
    ) -> Result<Vec<Item>, Failure> {
        let sql = format!("SELECT {ITEM} FROM register_item i WHERE i.authority = $1 AND i.document = $2");
        let rows = query(sql).bind(authority.to_string()).bind(document.0.to_vec());
        rows.fetch_all(&mut **tx).await.map_err(failure)?.iter().map(item).collect()
    }

    /// Where the registers begin: nothing stored before that is in them.
    pub async fn first_register_item(&self) -> Result<Option<u64>, Failure> {
        let found = sqlx::query("SELECT CAST(MIN(position) AS BIGINT) FROM register_item").fetch_one(&self.read).await;
        let first: Option<i64> = found.map_err(failure)?.try_get(0).map_err(failure)?;
        Ok(first.map(unsigned))
    }

    /// The documents that items of unknown kind wait for, with the authorities whose items they are.
    pub async fn unsettled_documents(&self) -> Result<BTreeSet<(DocumentId, AuthorityId)>, Failure> {
        let sql = "SELECT DISTINCT document, authority FROM register_item WHERE kind = ''";
        let rows = sqlx::query(sql).fetch_all(&self.read).await.map_err(failure)?;
        let bad = |_| damaged("an item of the register");
        let read = |row: &AnyRow| {
            let document: Vec<u8> = row.try_get(0).map_err(failure)?;
            let authority: String = row.try_get(1).map_err(failure)?;
            let document = DocumentId::from_slice(&document).map_err(|_| damaged("an item of the register"))?;
            Ok((document, AuthorityId::new(&authority).map_err(bad)?))
        };
        rows.iter().map(read).collect()
    }

    /// One authority's items, the latest first.
    pub async fn register_items(
        &self,
        authority: &AuthorityId,
        filter: &RegisterFilter,
    ) -> Result<Vec<ItemRow>, Failure> {
        let (condition, texts) = condition(self.markers(), filter, 2);
        // Few are anything but kept in order, or of one document: they are found by their own index and sorted then. By
        // the primary key SQLite would go through all that was ever stored.
        let few = filter.document.is_some() || filter.states.iter().any(|s| s.waits());
        let order = if few { "+i.position" } else { "i.position" };
        let next = 2 + texts.len() + usize::from(filter.document.is_some());
        let sql = format!(
            "SELECT {ITEM}, COALESCE(w.title, '') FROM register_item i LEFT JOIN work w ON w.document = i.document \
             WHERE i.authority = $1{condition} ORDER BY {order} DESC LIMIT ${next} OFFSET ${}",
            next + 1
        );
        let mut select = query(sql).bind(authority.to_string());
        for text in texts {
            select = select.bind(text);
        }
        if let Some(document) = filter.document {
            select = select.bind(document.0.to_vec());
        }
        let rows = select.bind(signed(filter.limit)).bind(signed(filter.offset));
        let rows = rows.fetch_all(&self.read).await.map_err(failure)?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let title = row.try_get(ITEM_COLUMNS).map_err(failure)?;
            found.push(ItemRow { item: item(row)?, statement: None, title });
        }
        let positions: Vec<u64> =
            found.iter().filter(|r| !matches!(r.item.state, State::Unsettled)).map(|r| r.item.position).collect();
        let mut latest = self.latest_statements(authority, &positions).await?;
        for row in &mut found {
            row.statement = latest.remove(&row.item.position);
        }
        Ok(found)
    }

    /// How many there are in each state, of those that fit.
    pub async fn count_register_items(
        &self,
        authority: &AuthorityId,
        filter: &RegisterFilter,
    ) -> Result<Counts, Failure> {
        let (condition, texts) = condition(self.markers(), filter, 2);
        // Titles are needed only where they are looked through.
        let join = if filter.text.is_some() { "LEFT JOIN work w ON w.document = i.document " } else { "" };
        let sql = format!(
            "SELECT i.state, CAST(COUNT(*) AS BIGINT) FROM register_item i {join}WHERE i.authority = $1{condition} GROUP BY i.state"
        );
        let mut select = query(sql).bind(authority.to_string());
        for text in texts {
            select = select.bind(text);
        }
        if let Some(document) = filter.document {
            select = select.bind(document.0.to_vec());
        }
        let rows = select.fetch_all(&self.read).await.map_err(failure)?;
        rows.iter().map(|row| Ok((read_word(row, 0)?, unsigned(row.try_get(1).map_err(failure)?)))).collect()
    }

    /// When what waits came in or was drawn up, for every authority, the oldest first.
    pub async fn waiting_since(&self) -> Result<Vec<(AuthorityId, u64)>, Failure> {
        let sql = "SELECT authority, at_ms FROM register_item WHERE state IN ('unsettled', 'to-register') AND state <> 'in-order' \
                   ORDER BY at_ms";
        let rows = sqlx::query(sql).fetch_all(&self.read).await.map_err(failure)?;
        let read = |row: &AnyRow| {
            let authority: String = row.try_get(0).map_err(failure)?;
            let authority = AuthorityId::new(&authority).map_err(|_| damaged("an authority in the register"))?;
            Ok((authority, unsigned(row.try_get(1).map_err(failure)?)))
        };
        rows.iter().map(read).collect()
    }

    /// One item, if the authority has it.
    pub async fn register_item(&self, authority: &AuthorityId, position: u64) -> Result<Option<ItemRow>, Failure> {
        let sql = format!(
            "SELECT {ITEM}, COALESCE(w.title, '') FROM register_item i LEFT JOIN work w ON w.document = i.document \
             WHERE i.authority = $1 AND i.position = $2"
        );
        let found = query(sql).bind(authority.to_string()).bind(signed(position));
        let Some(row) = found.fetch_optional(&self.read).await.map_err(failure)? else { return Ok(None) };
        let statement = self.register_statements(authority, position).await?.pop();
        Ok(Some(ItemRow { item: item(&row)?, statement, title: row.try_get(ITEM_COLUMNS).map_err(failure)? }))
    }

    /// The case that a document's earlier versions are registered in, the latest.
    pub async fn case_of(&self, authority: &AuthorityId, document: &DocumentId) -> Result<Option<Number>, Failure> {
        let filter = RegisterFilter {
            states: vec![State::Registered],
            document: Some(*document),
            limit: 1,
            ..RegisterFilter::default()
        };
        let found = self.register_items(authority, &filter).await?;
        Ok(found.into_iter().next().and_then(|row| row.statement).and_then(|s| s.number))
    }

    /// Looks through all that the registers hold. A row that does not fit its seal is damage.
    pub async fn check_register(&self) -> Result<(), Failure> {
        const PAGE: i64 = 2_000;
        let (mut authority, mut position) = (String::new(), 0);
        loop {
            let sql = format!(
                "SELECT {ITEM} FROM register_item i WHERE (i.authority, i.position) > ($1, $2) \
                 ORDER BY i.authority, i.position LIMIT $3"
            );
            let rows = query(sql).bind(authority.clone()).bind(position).bind(PAGE);
            let rows = rows.fetch_all(&self.read).await.map_err(failure)?;
            for row in &rows {
                let item = item(row)?;
                (authority, position) = (item.authority.to_string(), signed(item.position));
            }
            if rows.len() < usize::try_from(PAGE).unwrap_or(0) {
                break;
            }
        }
        self.check_statements().await?;
        self.check_words().await?;
        self.register_series().await.map(drop)
    }
}

/// What a filter asks for beside the authority, with its texts in the order of their markers from `from`; the document
/// comes after them.
fn condition(markers: Markers, filter: &RegisterFilter, from: usize) -> (String, Vec<String>) {
    let (mut sql, mut texts) = (String::new(), Vec::new());
    if !filter.states.is_empty() {
        let list: Vec<String> = filter.states.iter().map(|s| format!("'{s}'")).collect();
        // A document's few items are found by it; said so that the state's index is not taken instead.
        let state = if filter.document.is_some() { "(i.state || '')" } else { "i.state" };
        sql.push_str(&format!(" AND {state} IN ({})", list.join(", ")));
        // Said so that the databases know the index that leaves out what is kept in order.
        if filter.document.is_none() && !filter.states.contains(&State::InOrder) {
            sql.push_str(" AND i.state <> 'in-order'");
        }
    }
    if let Some(direction) = filter.direction {
        sql.push_str(&format!(" AND i.direction = '{direction}'"));
    }
    if let Some(text) = &filter.text {
        let marker = format!("${}", from + texts.len());
        texts.push(fold(text));
        let decided = format!(
            "EXISTS (SELECT 1 FROM register_entry e WHERE e.authority = i.authority AND e.position = i.position AND {} \
             AND e.nr = (SELECT MAX(l.nr) FROM register_entry l WHERE l.authority = e.authority AND l.position = e.position))",
            markers.contains("e.folded_own", &marker)
        );
        let title = markers.contains("w.search", &marker);
        sql.push_str(&format!(" AND ({decided} OR {title})"));
    }
    if filter.document.is_some() {
        sql.push_str(&format!(" AND i.document = ${}", from + texts.len()));
    }
    (sql, texts)
}

fn item(row: &AnyRow) -> Result<Item, Failure> {
    let bad = || damaged("an item of the register");
    let text = |i: usize| row.try_get::<String, _>(i).map_err(failure);
    let number = |i: usize| row.try_get::<i64, _>(i).map_err(failure).map(unsigned);
    let bytes = |i: usize| row.try_get::<Vec<u8>, _>(i).map_err(failure);
    let counterpart = text(5)?;
    let item = Item {
        authority: AuthorityId::new(&text(0)?).map_err(|_| bad())?,
        position: number(1)?,
        tip: HeaderHash::from_slice(&bytes(2)?).map_err(|_| bad())?,
        document: DocumentId::from_slice(&bytes(3)?).map_err(|_| bad())?,
        direction: read_word(row, 4)?,
        counterpart: if counterpart.is_empty() { None } else { Some(OrgId::new(&counterpart).map_err(|_| bad())?) },
        kind: said::<DocumentKind>(&text(6)?)?,
        purpose: said::<Purpose>(&text(7)?)?,
        audience: said::<Audience>(&text(8)?)?,
        facts: number(9)?,
        at_ms: number(10)?,
        released_ms: number(11)?,
        rules: text(12)?,
        state: read_word(row, 13)?,
    };
    let what = format!("item {} of the register", item.position);
    item_seal(&item).check(Some(&bytes(14)?), &what)?;
    Ok(item)
}

fn counterpart(item: &Item) -> String {
    item.counterpart.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// A word of the core's, as its own serialisation writes it; nothing where it is unknown.
pub(crate) fn word(word: Option<&impl Serialize>) -> String {
    let value = word.and_then(|word| serde_json::to_value(word).ok());
    value.and_then(|v| v.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}

fn said<T: DeserializeOwned>(text: &str) -> Result<Option<T>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    serde_json::from_value(text.into()).map(Some).map_err(|_| damaged("a word of the register"))
}

fn read_word<T: std::str::FromStr>(row: &AnyRow, at: usize) -> Result<T, Failure> {
    let text: String = row.try_get(at).map_err(failure)?;
    text.parse().map_err(|_| damaged("a word of the register"))
}

fn item_seal(item: &Item) -> Seal {
    Seal::of("register_item")
        .text(item.authority.as_str())
        .number(signed(item.position))
        .bytes(&item.tip.0)
        .bytes(&item.document.0)
        .text(item.direction.as_str())
        .text(item.counterpart.as_ref().map_or("", OrgId::as_str))
        .text(&word(item.kind.as_ref()))
        .text(&word(item.purpose.as_ref()))
        .text(&word(item.audience.as_ref()))
        .number(signed(item.facts))
        .number(signed(item.at_ms))
        .number(signed(item.released_ms))
        .text(&item.rules)
        .text(item.state.as_str())
}
