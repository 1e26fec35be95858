//! The projection that lists are read from: one row per work, terms for filters. A cache.

use super::{ROWS_PER_STATEMENT, Store, Tx, check::derived, failure, query, seal::Seal, signed, unsigned};
use crate::failure::Failure;
use samsyn_core::id::DocumentId;
use sqlx::{AnyPool, Row, any::AnyRow};
use std::collections::{BTreeMap, BTreeSet};

/// One work as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkRow {
    pub document: DocumentId,
    pub owner: String,
    pub public_number: String,
    pub title: String,
    /// For sorting and searching in Swedish: lower case, å ä ö after z.
    pub folded: String,
    /// Title, summary and public number, folded, for searching.
    pub search: String,
    pub stage: String,
    pub form: String,
    pub start: String,
    /// Year, month, day as one number; unknown sorts last.
    pub start_key: u64,
    pub conflicts: u64,
    pub updated_ms: u64,
    /// True if all that the row shows has been released to the public.
    pub public: bool,
    /// (kind, term): `party`, `target-group`, `criterion`.
    pub terms: BTreeSet<(String, String)>,
}

/// What a list shows. Absent means all.
#[derive(Debug, Clone, Default)]
pub struct WorkFilter {
    pub party: Option<String>,
    pub stage: Option<String>,
    pub form: Option<String>,
    pub target_group: Option<String>,
    pub criterion: Option<String>,
    /// Only what has been released to the public.
    pub public: bool,
    /// The latest change first, instead of by title.
    pub latest: bool,
    /// Found in title, summary or public number, folded.
    pub text: Option<String>,
    pub limit: u32,
    pub offset: u64,
}

const COLUMNS: [&str; 15] = [
    "document",
    "owner",
    "public_number",
    "title",
    "folded",
    "stage",
    "form",
    "start",
    "start_key",
    "conflicts",
    "updated_ms",
    "search",
    "seal",
    "public",
    "terms",
];

impl Store {
    /// Writes rows, each in the place of the one before.
    pub async fn put_works(&self, tx: &mut Tx, rows: &[WorkRow]) -> Result<(), Failure> {
        let columns = COLUMNS.join(", ");
        let new = COLUMNS[1..].iter().map(|name| format!("{name} = excluded.{name}")).collect::<Vec<_>>().join(", ");
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let markers = self.markers().rows(chunk.len(), COLUMNS.len());
            let sql =
                format!("INSERT INTO work ({columns}) VALUES {markers} ON CONFLICT (document) DO UPDATE SET {new}");
            let mut insert = query(sql);
            for row in chunk {
                insert = insert
                    .bind(row.document.0.to_vec())
                    .bind(row.owner.clone())
                    .bind(row.public_number.clone())
                    .bind(row.title.clone())
                    .bind(row.folded.clone())
                    .bind(row.stage.clone())
                    .bind(row.form.clone())
                    .bind(row.start.clone())
                    .bind(signed(row.start_key))
                    .bind(signed(row.conflicts))
                    .bind(signed(row.updated_ms))
                    .bind(row.search.clone())
                    .bind(seal(row).close())
                    .bind(i64::from(row.public))
                    .bind(written(&row.terms));
            }
            insert.execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }

    pub async fn drop_works(&self, tx: &mut Tx, documents: &[DocumentId]) -> Result<(), Failure> {
        for chunk in documents.chunks(ROWS_PER_STATEMENT) {
            let list = self.markers().list(chunk.len());
            let delete = query(format!("DELETE FROM work WHERE document IN ({list})"));
            let delete = chunk.iter().fold(delete, |delete, document| delete.bind(document.0.to_vec()));
            delete.execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }

    /// A page of works by Swedish title, and how many there are in all.
    pub async fn works(&self, filter: &WorkFilter) -> Result<(Vec<WorkRow>, u64), Failure> {
        let (mut conditions, mut bound) = (vec!["1 = 1".to_owned()], Vec::new());
        let mut by = |sql: &str, value: Option<String>| {
            if let Some(value) = value {
                bound.push(value);
                conditions.push(sql.replace("$n", &format!("${}", bound.len())));
            }
        };
        let (terms, search) = (self.markers().contains("terms", "$n"), self.markers().contains("search", "$n"));
        for (kind, term) in
            [("party", &filter.party), ("target-group", &filter.target_group), ("criterion", &filter.criterion)]
        {
            by(&terms, term.as_ref().map(|term| written(&BTreeSet::from([(kind.to_owned(), term.clone())]))));
        }
        // Not as they stand, or a database would begin with these, look each work up in its table and sort them all.
        by("COALESCE(stage, '') = $n", filter.stage.clone());
        by("COALESCE(form, '') = $n", filter.form.clone());
        by(&search, filter.text.clone());
        if filter.public {
            conditions.push("public = 1".to_owned());
        }
        let terms = [&filter.party, &filter.target_group, &filter.criterion];
        if terms.into_iter().flatten().any(|term| term.contains('\n')) || bound.iter().any(|value| value.contains('\0'))
        {
            // No term holds an end of line, nothing stored the other character, and PostgreSQL refuses that.
            return Ok((Vec::new(), 0));
        }
        let conditions = conditions.join(" AND ");
        // By an index; where a text is searched all rows are read anyway, and better one after the other.
        let order = match (filter.latest, &filter.text) {
            (true, _) => "updated_ms DESC, document",
            (false, None) => "folded, document",
            (false, Some(_)) => "COALESCE(folded, ''), document",
        };
        let bind = |sql: String| bound.iter().fold(query(sql), |query, value| query.bind(value.clone()));
        // First which ones, from an index alone wherever it can be: rows are wide. Not beside the count: SQLite's
        // connections share a lock over their pages, and two that scan hold each other up.
        let page = format!("ORDER BY {order} LIMIT {} OFFSET {}", filter.limit, filter.offset);
        let counted = if filter.text.is_some() { "COUNT(*) OVER ()" } else { "0" }; // one scan of the rows, not two
        let which = bind(format!("SELECT document, {counted} FROM work WHERE {conditions} {page}"));
        let which = which.fetch_all(&self.read).await.map_err(failure)?;
        let total: i64 = match which.first() {
            Some(row) if filter.text.is_some() => row.try_get(1).map_err(failure)?,
            _ => {
                let count = bind(format!("SELECT COUNT(*) FROM work WHERE {conditions}"));
                count.fetch_one(&self.read).await.map_err(failure)?.try_get(0).map_err(failure)?
            }
        };
        let ids = which.iter().map(document).collect::<Result<Vec<_>, _>>()?;
        let columns = COLUMNS.join(", ");
        let mut works = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(ROWS_PER_STATEMENT) {
            let list = self.markers().list(chunk.len());
            let select = query(format!("SELECT {columns} FROM work WHERE document IN ({list})"));
            let select = chunk.iter().fold(select, |select, id| select.bind(id.0.to_vec()));
            for row in select.fetch_all(&self.read).await.map_err(failure)? {
                works.push(work(&row)?);
            }
        }
        // A row that has gone meanwhile is not shown.
        let place: BTreeMap<DocumentId, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        works.sort_by_key(|work| place.get(&work.document).copied());
        Ok((works, unsigned(total)))
    }

    /// How many works each stage has; an empty stage is one that is unknown or in conflict.
    pub async fn stages(&self, public: bool) -> Result<BTreeMap<String, u64>, Failure> {
        let condition = if public { "public = 1" } else { "1 = 1" };
        let select = query(format!("SELECT stage, COUNT(*) FROM work WHERE {condition} GROUP BY stage"));
        let rows = select.fetch_all(&self.read).await.map_err(failure)?;
        let count =
            |row: &AnyRow| Ok((row.try_get(0).map_err(failure)?, unsigned(row.try_get::<i64, _>(1).map_err(failure)?)));
        rows.iter().map(count).collect()
    }

    /// How many works say something that was stated after a time.
    pub async fn works_after(&self, ms: u64, public: bool) -> Result<u64, Failure> {
        let condition = if public { " AND public = 1" } else { "" };
        let count = query(format!("SELECT COUNT(*) FROM work WHERE updated_ms > $1{condition}")).bind(signed(ms));
        let row = count.fetch_one(&self.read).await.map_err(failure)?;
        Ok(unsigned(row.try_get(0).map_err(failure)?))
    }

    /// Takes every row away, whatever it says.
    pub async fn clear_works(&self, tx: &mut Tx) -> Result<(), Failure> {
        sqlx::query("DELETE FROM work").execute(&mut **tx).await.map(drop).map_err(failure)
    }

    /// Documents with this public number; if there is none, those whose number begins so.
    pub async fn numbered(&self, public_number: &str) -> Result<Vec<DocumentId>, Failure> {
        if public_number.contains('\0') {
            return Ok(Vec::new());
        }
        for (condition, bound) in [
            ("public_number = $1", public_number.to_owned()),
            // SQLite's LIKE knows no difference between a and A, PostgreSQL's does.
            ("LOWER(public_number) LIKE $1 ESCAPE '\\'", pattern(&public_number.to_ascii_lowercase())),
        ] {
            let select =
                query(format!("SELECT document FROM work WHERE {condition} ORDER BY document LIMIT 10")).bind(bound);
            let rows = select.fetch_all(&self.read).await.map_err(failure)?;
            if !rows.is_empty() {
                return rows.iter().map(document).collect();
            }
        }
        Ok(Vec::new())
    }
}

/// Reads every row, for its seal.
pub(super) async fn check_works(pool: &AnyPool) -> Result<(), Failure> {
    let rows = query(format!("SELECT {} FROM work", COLUMNS.join(", "))).fetch_all(pool).await.map_err(failure)?;
    rows.iter().try_for_each(|row| work(row).map(drop))
}

/// Terms as one text, each between two ends of line, so that a whole one can be looked for. None holds an end of line:
/// it is a word of a reference.
fn written(terms: &BTreeSet<(String, String)>) -> String {
    let begin = if terms.is_empty() { "" } else { "\n" };
    terms.iter().fold(begin.to_owned(), |text, (kind, term)| text + kind + ":" + term + "\n")
}

fn terms(text: &str) -> Option<BTreeSet<(String, String)>> {
    let term = |line: &str| line.split_once(':').map(|(kind, term)| (kind.to_owned(), term.to_owned()));
    text.lines().filter(|line| !line.is_empty()).map(term).collect()
}

/// Lists are read from these rows, and from nothing else.
fn seal(row: &WorkRow) -> Seal {
    let mut seal = Seal::of("work").bytes(&row.document.0);
    for text in
        [&row.owner, &row.public_number, &row.title, &row.folded, &row.search, &row.stage, &row.form, &row.start]
    {
        seal = seal.text(text);
    }
    for number in [row.start_key, row.conflicts, row.updated_ms] {
        seal = seal.number(signed(number));
    }
    if row.public {
        seal = seal.text("public");
    }
    row.terms.iter().fold(seal, |seal, (kind, term)| seal.text(kind).text(term))
}

/// A LIKE pattern for text that begins with exactly this.
fn pattern(text: &str) -> String {
    format!("{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

fn document(row: &AnyRow) -> Result<DocumentId, Failure> {
    let id: Vec<u8> = row.try_get(0).map_err(failure)?;
    DocumentId::from_slice(&id).map_err(|_| super::damaged("a work's id"))
}

/// A row as it was written, or it is damaged.
fn work(row: &AnyRow) -> Result<WorkRow, Failure> {
    let text = |i: usize| row.try_get::<String, _>(i).map_err(failure);
    let number = |i: usize| row.try_get::<i64, _>(i).map(unsigned).map_err(failure);
    let work = WorkRow {
        document: document(row)?,
        owner: text(1)?,
        public_number: text(2)?,
        title: text(3)?,
        folded: text(4)?,
        stage: text(5)?,
        form: text(6)?,
        start: text(7)?,
        start_key: number(8)?,
        conflicts: number(9)?,
        updated_ms: number(10)?,
        search: text(11)?,
        public: number(13)? == 1,
        terms: terms(&text(14)?).ok_or_else(|| derived(super::damaged("a work's terms")))?,
    };
    let stored: Option<Vec<u8>> = row.try_get(12).map_err(failure)?;
    seal(&work).check(stored.as_deref(), &format!("the row of the work {}", work.document)).map_err(derived)?;
    Ok(work)
}
