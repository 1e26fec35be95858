//! The projection that lists are read from: one row per work, terms for filters. A cache.

use super::{ROWS_PER_STATEMENT, Store, Tx, failure, query, signed, unsigned, values};
use crate::failure::Failure;
use samsyn_core::id::DocumentId;
use sqlx::{Row, any::AnyRow};
use std::collections::BTreeSet;

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
    /// Found in title, summary or public number, folded.
    pub text: Option<String>,
    pub limit: u32,
    pub offset: u64,
}

impl Store {
    pub async fn put_works(&self, tx: &mut Tx, rows: &[WorkRow]) -> Result<(), Failure> {
        for row in rows {
            self.drop_work(tx, &row.document).await?;
        }
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let sql = "INSERT INTO work (document, owner, public_number, title, folded, stage, form, start, start_key, conflicts, updated_ms, search) VALUES ";
            let mut insert = query(format!("{sql}{}", values(chunk.len(), 12)));
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
                    .bind(row.search.clone());
            }
            insert.execute(&mut **tx).await.map_err(failure)?;
        }
        let terms: Vec<_> = rows.iter().flat_map(|r| r.terms.iter().map(move |(k, t)| (r.document, k, t))).collect();
        for chunk in terms.chunks(ROWS_PER_STATEMENT) {
            let mut insert =
                query(format!("INSERT INTO work_term (document, kind, term) VALUES {}", values(chunk.len(), 3)));
            for (document, kind, term) in chunk {
                insert = insert.bind(document.0.to_vec()).bind((*kind).clone()).bind((*term).clone());
            }
            insert.execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }

    pub async fn drop_work(&self, tx: &mut Tx, document: &DocumentId) -> Result<(), Failure> {
        for sql in ["DELETE FROM work WHERE document = $1", "DELETE FROM work_term WHERE document = $1"] {
            sqlx::query(sql).bind(document.0.to_vec()).execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }

    /// A page of works by Swedish title, and how many there are in all.
    pub async fn works(&self, filter: &WorkFilter) -> Result<(Vec<WorkRow>, u64), Failure> {
        let (mut conditions, mut bound) = (vec!["1 = 1".to_owned()], Vec::new());
        let mut by = |sql: &str, value: &Option<String>| {
            if let Some(value) = value {
                bound.push(value.clone());
                conditions.push(sql.replace("$n", &format!("${}", bound.len())));
            }
        };
        let term = |kind: &str| {
            format!(
                "EXISTS (SELECT 1 FROM work_term t WHERE t.document = work.document AND t.kind = '{kind}' AND t.term = $n)"
            )
        };
        by(&term("party"), &filter.party);
        by(&term("target-group"), &filter.target_group);
        by("stage = $n", &filter.stage);
        by("form = $n", &filter.form);
        // instr and strpos differ between the databases; LIKE with escaped wildcards is one for both.
        by("search LIKE $n ESCAPE '\\'", &filter.text.as_ref().map(|t| pattern(t, "%")));
        let conditions = conditions.join(" AND ");
        let mut count = query(format!("SELECT COUNT(*) FROM work WHERE {conditions}"));
        let mut select = query(format!(
            "SELECT document, owner, public_number, title, folded, stage, form, start, start_key, conflicts, updated_ms, search \
             FROM work WHERE {conditions} ORDER BY folded, document LIMIT {} OFFSET {}",
            filter.limit, filter.offset
        ));
        for value in &bound {
            count = count.bind(value.clone());
            select = select.bind(value.clone());
        }
        let total: i64 = count.fetch_one(&self.read).await.map_err(failure)?.try_get(0).map_err(failure)?;
        let rows = select.fetch_all(&self.read).await.map_err(failure)?;
        let mut works = rows.iter().map(work).collect::<Result<Vec<_>, _>>()?;
        for work in &mut works {
            let sql = "SELECT kind, term FROM work_term WHERE document = $1";
            let terms = sqlx::query(sql).bind(work.document.0.to_vec()).fetch_all(&self.read).await.map_err(failure)?;
            for row in terms {
                work.terms.insert((row.try_get(0).map_err(failure)?, row.try_get(1).map_err(failure)?));
            }
        }
        Ok((works, unsigned(total)))
    }

    /// Documents with this public number; if there is none, those whose number begins so.
    pub async fn numbered(&self, public_number: &str) -> Result<Vec<DocumentId>, Failure> {
        for (condition, bound) in [
            ("public_number = $1", public_number.to_owned()),
            ("public_number LIKE $1 ESCAPE '\\'", pattern(public_number, "")),
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

/// A LIKE pattern for text that holds (or, with nothing before it, begins with) exactly this.
fn pattern(text: &str, before: &str) -> String {
    format!("{before}{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

fn document(row: &AnyRow) -> Result<DocumentId, Failure> {
    let id: Vec<u8> = row.try_get(0).map_err(failure)?;
    DocumentId::from_slice(&id).map_err(|_| super::damaged("a work's id"))
}

fn work(row: &AnyRow) -> Result<WorkRow, Failure> {
    let text = |i: usize| row.try_get::<String, _>(i).map_err(failure);
    let number = |i: usize| row.try_get::<i64, _>(i).map(unsigned).map_err(failure);
    Ok(WorkRow {
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
        terms: BTreeSet::new(),
    })
}
