//! What anybody may look through: the latest public words of what is registered, and when it came in or was drawn up. Asked
//! by anyone, so each question's cost is bounded, or grows by little with the register.
//!
//! SQLite finds texts of three letters or more by an index over all threes of letters (`register_words`, derived);
//! PostgreSQL, which has none without an extension, reads them one after the other.

use super::{ITEM, ItemRow, item, statements::folded};
use crate::{
    failure::Failure,
    projection::fold,
    register::{State, Statement},
    store::{Markers, Store, Tx, check::derived, damaged, failure, query, signed, unsigned},
};
use samsyn_core::id::AuthorityId;
use sqlx::{Any, Row, any::AnyArguments, query::Query};

/// Where something is looked for, no more matches are counted.
pub const MATCHES_COUNTED: u64 = 500;
/// Letters that the index needs.
const LETTERS_MIN: usize = 3;

type AnyQuery<'a> = Query<'a, Any, AnyArguments>;

/// What somebody looks for.
#[derive(Debug, Clone, Default)]
pub struct PublicFilter {
    /// In numbers and subjects. What was registered last comes first then; else what was stored last.
    pub text: Option<String>,
    /// From the first millisecond on, and before the second.
    pub days: Option<(u64, u64)>,
    /// What was stored before this item.
    pub before: Option<u64>,
    /// How many there are, where that is known: what lies nearer to the end is counted from there.
    pub of: Option<u64>,
    pub limit: u64,
    pub offset: u64,
}

impl PublicFilter {
    /// Whether it is read from its end, how many rows, after how many.
    fn range(&self) -> (bool, u64, u64) {
        let all = self.text.is_none() && self.days.is_none() && self.before.is_none();
        match self.of.filter(|of| all && self.offset > of / 2) {
            Some(of) => {
                let rows = self.limit.min(of.saturating_sub(self.offset));
                (true, rows, of.saturating_sub(self.offset).saturating_sub(rows))
            }
            None => (false, self.limit, self.offset),
        }
    }
}

impl Store {
    /// What is registered, in the words for everybody; without titles.
    pub async fn public_items(&self, authority: &AuthorityId, filter: &PublicFilter) -> Result<Vec<ItemRow>, Failure> {
        let found = found(self.markers(), filter);
        // First which, by indexes alone; then their rows.
        let sql = format!(
            "SELECT {ITEM} FROM ({} LIMIT ${} OFFSET ${}) f JOIN register_item i ON i.authority = $1 AND i.position = f.position \
             ORDER BY f.said DESC, f.position DESC",
            found.sql,
            found.next(),
            found.next() + 1
        );
        let (_, rows, after) = filter.range();
        let select = found.bind(query(sql), authority).bind(signed(rows)).bind(signed(after));
        let rows = select.fetch_all(&self.read).await.map_err(failure)?;
        let items = rows.iter().map(item).collect::<Result<Vec<_>, _>>()?;
        let positions: Vec<u64> = items.iter().map(|item| item.position).collect();
        let mut latest = self.latest_statements(authority, &positions).await?;
        let row = |item: crate::register::Item| {
            let statement = latest.remove(&item.position);
            ItemRow { item, statement, title: String::new() }
        };
        Ok(items.into_iter().map(row).collect())
    }

    /// How many there are; where something is looked for, at most one more than [`MATCHES_COUNTED`].
    pub async fn count_public_items(&self, authority: &AuthorityId, filter: &PublicFilter) -> Result<u64, Failure> {
        let found = found(self.markers(), filter);
        let counted = match &found.text {
            Some(_) => format!("({} LIMIT {}) f", found.unordered, MATCHES_COUNTED + 1),
            None => format!("register_item i WHERE {}", found.of_item),
        };
        let sql = format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {counted}");
        let row = found.bind(query(sql), authority).fetch_one(&self.read).await.map_err(failure)?;
        Ok(unsigned(row.try_get(0).map_err(failure)?))
    }

    /// Makes what SQLite looks through anew.
    pub async fn rebuild_words(&self, tx: &mut Tx) -> Result<(), Failure> {
        if self.markers() == Markers::Numbered {
            return Ok(());
        }
        let fill = "INSERT INTO register_words (authority, position, nr, folded) \
                    SELECT authority, position, nr, folded FROM register_entry WHERE state = 'registered' ORDER BY at_ms";
        for sql in ["DELETE FROM register_words", fill] {
            sqlx::query(sql).execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }

    /// Puts the words under which something is registered where SQLite looks.
    pub(super) async fn put_words(
        &self,
        tx: &mut Tx,
        authority: &AuthorityId,
        position: u64,
        statement: &Statement,
    ) -> Result<(), Failure> {
        if self.markers() == Markers::Numbered || statement.state != State::Registered {
            return Ok(());
        }
        let sql = "INSERT INTO register_words (authority, position, nr, folded) VALUES ($1, $2, $3, $4)";
        let insert = sqlx::query(sql)
            .bind(authority.to_string())
            .bind(signed(position))
            .bind(signed(statement.nr))
            .bind(folded(statement));
        insert.execute(&mut **tx).await.map_err(failure)?;
        Ok(())
    }

    /// What SQLite looks through is just what was decided. Its index is checked by the database's own check.
    pub(super) async fn check_words(&self) -> Result<(), Failure> {
        if self.markers() == Markers::Numbered {
            return Ok(());
        }
        let count = async |sql: &'static str| {
            let row = sqlx::query(sql).fetch_one(&self.read).await.map_err(failure)?;
            row.try_get::<i64, _>(0).map_err(failure)
        };
        let said = count("SELECT COUNT(*) FROM register_entry WHERE state = 'registered'").await?;
        let fitting = "SELECT COUNT(*) FROM register_words w JOIN register_entry e ON e.authority = w.authority \
                       AND e.position = w.position AND e.nr = w.nr AND e.folded = w.folded AND e.state = 'registered'";
        if count(fitting).await? == said && count("SELECT COUNT(*) FROM register_words").await? == said {
            return Ok(());
        }
        Err(derived(damaged("what the public register is searched by is not what was registered")))
    }
}

/// Which items fit: statements of columns `position` and `said`, by which they are ordered, without a limit.
struct Found {
    sql: String,
    unordered: String,
    /// Which items are meant, without words.
    of_item: String,
    /// `$2` and on.
    numbers: Vec<i64>,
    /// The parameter after these, where there is one.
    text: Option<String>,
}

impl Found {
    /// The parameter that comes next.
    fn next(&self) -> usize {
        2 + self.numbers.len() + usize::from(self.text.is_some())
    }

    fn bind<'a>(&self, select: AnyQuery<'a>, authority: &AuthorityId) -> AnyQuery<'a> {
        let select =
            self.numbers.iter().fold(select.bind(authority.to_string()), |select, number| select.bind(*number));
        self.text.iter().fold(select, |select, text| select.bind(text.clone()))
    }
}

fn found(markers: Markers, filter: &PublicFilter) -> Found {
    let mut numbers = Vec::new();
    let mut of_item = "i.authority = $1 AND i.state = 'registered' AND i.state <> 'in-order'".to_owned();
    let (from, to) = filter.days.unzip();
    for (condition, number) in [("i.at_ms >=", from), ("i.at_ms <", to), ("i.position <", filter.before)] {
        let Some(number) = number else { continue };
        numbers.push(signed(number));
        of_item.push_str(&format!(" AND {condition} ${}", 1 + numbers.len()));
    }
    let text = filter.text.as_deref().map(fold).filter(|text| !text.is_empty());
    let Some(text) = text else {
        let (said, order) =
            if from.is_some() { ("i.at_ms", "i.at_ms DESC, i.position DESC") } else { ("0", "i.position DESC") };
        let order = if filter.range().0 { "i.position" } else { order };
        let unordered = format!("SELECT i.position, {said} AS said FROM register_item i WHERE {of_item}");
        return Found { sql: format!("{unordered} ORDER BY {order}"), unordered, of_item, numbers, text };
    };
    let marker = format!("${}", 2 + numbers.len());
    // Of words the latest alone, and of what is still registered.
    let counts = |of: &str| {
        format!(
            "NOT EXISTS (SELECT 1 FROM register_entry l WHERE l.authority = $1 AND l.position = {of}.position AND l.nr > {of}.nr) \
             AND EXISTS (SELECT 1 FROM register_item i WHERE i.position = {of}.position AND {of_item})"
        )
    };
    if markers == Markers::Plain && text.chars().count() >= LETTERS_MIN {
        let unordered = format!(
            "SELECT w.position, w.rowid AS said FROM register_words w \
             WHERE w.folded MATCH {marker} AND w.authority = $1 AND {}",
            counts("w")
        );
        // In quotes it is a row of letters and nothing else.
        let text = Some(format!("\"{}\"", text.replace('"', "\"\"")));
        return Found { sql: format!("{unordered} ORDER BY w.rowid DESC"), unordered, of_item, numbers, text };
    }
    let unordered = format!(
        "SELECT e.position, e.at_ms AS said FROM register_entry e WHERE e.authority = $1 AND e.state = 'registered' AND {} AND {}",
        markers.contains("e.folded", &marker),
        counts("e")
    );
    let sql = format!("{unordered} ORDER BY e.at_ms DESC, e.position DESC");
    Found { sql, unordered, of_item, numbers, text: Some(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_nearer_to_the_end_is_counted_from_there() {
        let range = |of, limit, offset| PublicFilter { of, limit, offset, ..PublicFilter::default() }.range();
        assert_eq!(range(None, 10, 90), (false, 10, 90));
        assert_eq!(range(Some(100), 10, 50), (false, 10, 50));
        assert_eq!(range(Some(100), 10, 60), (true, 10, 30));
        assert_eq!(range(Some(100), 11, 90), (true, 10, 0));
        assert_eq!(range(Some(100), 10, 200), (true, 0, 0));
    }

    #[test]
    fn what_is_looked_for_is_letters_and_no_query() {
        let filter = PublicFilter { text: Some("a\" OR \"b".to_owned()), ..PublicFilter::default() };
        let text = |markers| found(markers, &filter).text.expect("it is looked for");
        assert_eq!(text(Markers::Plain), "\"a\"\" or \"\"b\"");
        assert_eq!(text(Markers::Numbered), "a\" or \"b");
    }
}
