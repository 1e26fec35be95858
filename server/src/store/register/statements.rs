//! What was decided of items, and the numbers that are used: rows that are added and never changed (keeps I8).

use super::{ITEM, item, read_word};
use crate::{
    failure::Failure,
    projection::fold,
    register::{Item, Number, Statement, Written},
    store::{ROWS_PER_STATEMENT, Store, Tx, damaged, failure, query, seal::Seal, signed, unsigned},
};
use samsyn_core::id::AuthorityId;
use sqlx::{Row, any::AnyRow};
use std::collections::BTreeMap;

const STATEMENT: &str = "position, nr, at_ms, state, register, number, document_number, folded, body, seal, folded_own";

impl Store {
    /// Writes what was decided, with the numbers that it uses and the series that goes on.
    pub async fn put_register(&self, tx: &mut Tx, written: &Written) -> Result<(), Failure> {
        if let Some((series, last)) = &written.series {
            self.advance(tx, series, *last).await?;
        }
        for (authority, position, statement) in &written.statements {
            let sql = format!("SELECT {ITEM} FROM register_item i WHERE i.authority = $1 AND i.position = $2");
            let found = query(sql).bind(authority.to_string()).bind(signed(*position));
            let found = found.fetch_optional(&mut **tx).await.map_err(failure)?;
            let item = item(&found.ok_or_else(|| damaged("an item of the register is missing"))?)?;
            self.settle_register_item(tx, &Item { state: statement.state, ..item }).await?;
            put_statement(tx, authority, *position, statement).await?;
            self.put_words(tx, authority, *position, statement).await?;
            if let Some(number) = &statement.number {
                put_number(tx, authority, *position, number).await?;
            }
            failpoint!(RegisterStatement);
        }
        Ok(())
    }

    /// How many decisions there have been of an item, inside a transaction.
    pub async fn statements_in(&self, tx: &mut Tx, authority: &AuthorityId, position: u64) -> Result<u64, Failure> {
        let sql =
            "SELECT CAST(COALESCE(MAX(nr), 0) AS BIGINT) FROM register_entry WHERE authority = $1 AND position = $2";
        let row = sqlx::query(sql).bind(authority.to_string()).bind(signed(position)).fetch_one(&mut **tx).await;
        Ok(unsigned(row.map_err(failure)?.try_get(0).map_err(failure)?))
    }

    pub(super) async fn latest_statements(
        &self,
        authority: &AuthorityId,
        positions: &[u64],
    ) -> Result<BTreeMap<u64, Statement>, Failure> {
        let mut latest = BTreeMap::new();
        for chunk in positions.chunks(ROWS_PER_STATEMENT) {
            let list = self.markers().of(2, chunk.len());
            let marker = self.markers().of(1, 1);
            let sql = format!(
                "SELECT {STATEMENT} FROM register_entry WHERE authority = {marker} AND position IN ({list}) ORDER BY nr"
            );
            let mut select = query(sql).bind(authority.to_string());
            for position in chunk {
                select = select.bind(signed(*position));
            }
            for row in select.fetch_all(&self.read).await.map_err(failure)? {
                let (position, statement) = statement(authority, &row)?;
                latest.insert(position, statement);
            }
        }
        Ok(latest)
    }

    /// All that was decided of one item, the first first.
    pub async fn register_statements(&self, authority: &AuthorityId, position: u64) -> Result<Vec<Statement>, Failure> {
        let sql = format!("SELECT {STATEMENT} FROM register_entry WHERE authority = $1 AND position = $2 ORDER BY nr");
        let rows = query(sql).bind(authority.to_string()).bind(signed(position));
        let rows = rows.fetch_all(&self.read).await.map_err(failure)?;
        rows.iter().map(|row| Ok(statement(authority, row)?.1)).collect()
    }

    /// The highest document number used in a case; 0 where the case is new.
    pub async fn documents_in_case(&self, register: &str, case: &str) -> Result<u64, Failure> {
        let sql = "SELECT CAST(COALESCE(MAX(document_number), 0) AS BIGINT) FROM register_number WHERE register = $1 AND number = $2";
        let row = sqlx::query(sql).bind(register.to_owned()).bind(case.to_owned());
        Ok(unsigned(row.fetch_one(&self.read).await.map_err(failure)?.try_get(0).map_err(failure)?))
    }

    /// True if any number from the first to the last is used in a case.
    pub async fn any_in_case(&self, register: &str, case: &str, (first, last): (u64, u64)) -> Result<bool, Failure> {
        let sql = "SELECT 1 FROM register_number WHERE register = $1 AND number = $2 AND document_number BETWEEN $3 AND $4 LIMIT 1";
        let row =
            sqlx::query(sql).bind(register.to_owned()).bind(case.to_owned()).bind(signed(first)).bind(signed(last));
        Ok(row.fetch_optional(&self.read).await.map_err(failure)?.is_some())
    }

    /// Which item has a number, inside a transaction.
    pub async fn holder_of(&self, tx: &mut Tx, number: &Number) -> Result<Option<(String, u64)>, Failure> {
        let sql = "SELECT authority, position FROM register_number WHERE register = $1 AND number = $2 AND document_number = $3";
        let row = sqlx::query(sql)
            .bind(number.register.clone())
            .bind(number.case.clone())
            .bind(signed(number.document))
            .fetch_optional(&mut **tx)
            .await
            .map_err(failure)?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some((row.try_get(0).map_err(failure)?, unsigned(row.try_get(1).map_err(failure)?))))
    }

    /// Looks through what was decided: every row fits its seal, and every number that an item has is that item's.
    pub(super) async fn check_statements(&self) -> Result<(), Failure> {
        let mut holders: BTreeMap<Number, (String, i64)> = BTreeMap::new();
        let sql = "SELECT register, number, document_number, authority, position, seal FROM register_number";
        for row in sqlx::query(sql).fetch_all(&self.read).await.map_err(failure)? {
            let text = |at: usize| row.try_get::<String, _>(at).map_err(failure);
            let number =
                Number { register: text(0)?, case: text(1)?, document: unsigned(row.try_get(2).map_err(failure)?) };
            let (authority, position): (String, i64) = (text(3)?, row.try_get(4).map_err(failure)?);
            let stored: Vec<u8> = row.try_get(5).map_err(failure)?;
            number_seal(&authority, position, &number).check(Some(&stored), "a number in the register")?;
            holders.insert(number, (authority, position));
        }
        let sql = format!("SELECT authority, {STATEMENT} FROM register_entry ORDER BY authority, position, nr");
        for row in query(sql).fetch_all(&self.read).await.map_err(failure)? {
            let authority: String = row.try_get(0).map_err(failure)?;
            let authority = AuthorityId::new(&authority).map_err(|_| damaged("an authority in the register"))?;
            let (position, statement) = statement_at(&authority, &row, 1)?;
            let Some(number) = statement.number else { continue };
            if holders.get(&number) != Some(&(authority.to_string(), signed(position))) {
                return Err(damaged(&format!("the register's number {number} is not that of item {position}")));
            }
        }
        Ok(())
    }
}

async fn put_statement(tx: &mut Tx, authority: &AuthorityId, position: u64, s: &Statement) -> Result<(), Failure> {
    let sql = "INSERT INTO register_entry (authority, position, nr, at_ms, state, register, number, document_number, folded, folded_own, body, seal) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let body = serde_json::to_string(&s.words).map_err(|_| damaged("a statement of the register"))?;
    let (register, case, document) = number_columns(s.number.as_ref());
    let folded = folded(s);
    let folded_own = format!("{folded} {}", fold(&s.words.protected_subject));
    let seal = statement_seal(authority, position, s, (&folded, &folded_own), &body);
    let insert = sqlx::query(sql)
        .bind(authority.to_string())
        .bind(signed(position))
        .bind(signed(s.nr))
        .bind(signed(s.at_ms))
        .bind(s.state.as_str())
        .bind(register)
        .bind(case)
        .bind(signed(document))
        .bind(folded)
        .bind(folded_own)
        .bind(body)
        .bind(seal.close());
    insert.execute(&mut **tx).await.map_err(failure)?;
    Ok(())
}

/// What anybody may look for: the number as people write it, the case with the document's, and the subject.
pub(super) fn folded(s: &Statement) -> String {
    let number = s.number.as_ref().map(ToString::to_string).unwrap_or_default();
    fold(&format!("{number} {}", s.words.subject))
}

async fn put_number(tx: &mut Tx, authority: &AuthorityId, position: u64, number: &Number) -> Result<(), Failure> {
    // The same number for the same item again is a correction of something else.
    let sql = "INSERT INTO register_number (register, number, document_number, authority, position, seal) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let insert = sqlx::query(sql)
        .bind(number.register.clone())
        .bind(number.case.clone())
        .bind(signed(number.document))
        .bind(authority.to_string())
        .bind(signed(position))
        .bind(number_seal(authority.as_str(), signed(position), number).close());
    insert.execute(&mut **tx).await.map_err(failure)?;
    Ok(())
}

fn statement(authority: &AuthorityId, row: &AnyRow) -> Result<(u64, Statement), Failure> {
    statement_at(authority, row, 0)
}

fn statement_at(authority: &AuthorityId, row: &AnyRow, at: usize) -> Result<(u64, Statement), Failure> {
    let text = |i: usize| row.try_get::<String, _>(at + i).map_err(failure);
    let number = |i: usize| row.try_get::<i64, _>(at + i).map_err(failure).map(unsigned);
    let (case, body, folded, folded_own) = (text(5)?, text(8)?, text(7)?, text(10)?);
    let position = number(0)?;
    let statement = Statement {
        nr: number(1)?,
        at_ms: number(2)?,
        state: read_word(row, at + 3)?,
        number: if case.is_empty() { None } else { Some(Number { register: text(4)?, case, document: number(6)? }) },
        words: serde_json::from_str(&body).map_err(|_| damaged("a statement of the register"))?,
    };
    let stored: Vec<u8> = row.try_get(at + 9).map_err(failure)?;
    let what = format!("a statement on item {position} of the register");
    statement_seal(authority, position, &statement, (&folded, &folded_own), &body).check(Some(&stored), &what)?;
    Ok((position, statement))
}

fn number_columns(number: Option<&Number>) -> (String, String, u64) {
    number.map_or_else(Default::default, |n| (n.register.clone(), n.case.clone(), n.document))
}

fn statement_seal(authority: &AuthorityId, position: u64, s: &Statement, folded: (&str, &str), body: &str) -> Seal {
    let (register, case, document) = number_columns(s.number.as_ref());
    Seal::of("register_entry")
        .text(authority.as_str())
        .number(signed(position))
        .number(signed(s.nr))
        .number(signed(s.at_ms))
        .text(s.state.as_str())
        .text(&register)
        .text(&case)
        .number(signed(document))
        .text(folded.0)
        .text(folded.1)
        .text(body)
}

fn number_seal(authority: &str, position: i64, number: &Number) -> Seal {
    Seal::of("register_number")
        .text(&number.register)
        .text(&number.case)
        .number(signed(number.document))
        .text(authority)
        .number(position)
}
