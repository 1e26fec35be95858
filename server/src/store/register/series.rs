//! How far each series of numbers has come (keeps I9).

use crate::{
    failure::Failure,
    register::Series,
    store::{Store, Tx, damaged, failure, seal::Seal, signed, unsigned},
};
use sqlx::{Row, any::AnyRow};

impl Store {
    /// A series goes on from where it was read, closed or open: whoever decides holds the registers' lock, and a restore
    /// that shows meanwhile is seen before (`Pen::came_back`). Anything else would give a number twice (keeps I9).
    pub(super) async fn advance(&self, tx: &mut Tx, series: &Series, last: u64) -> Result<(), Failure> {
        let next = Series { last, closed: false, ..series.clone() };
        let sql = "INSERT INTO register_series (register, template, last, closed, seal) VALUES ($1, $2, $3, 0, $4) \
                   ON CONFLICT (register, template) DO UPDATE SET last = excluded.last, closed = 0, seal = excluded.seal \
                   WHERE register_series.last = $5 AND register_series.closed = $6";
        let put = sqlx::query(sql)
            .bind(next.register.clone())
            .bind(next.template.clone())
            .bind(signed(next.last))
            .bind(series_seal(&next).close())
            .bind(signed(series.last))
            .bind(i64::from(series.closed));
        let done = put.execute(&mut **tx).await.map_err(failure)?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(damaged("a series of numbers is not where it was")) }
    }

    /// Closes every series: this organisation's own entries came back from others, so this database is older than what it
    /// has given out.
    pub async fn close_series(&self, tx: &mut Tx) -> Result<(), Failure> {
        for series in self.register_series().await?.into_iter().filter(|s| !s.closed) {
            let closed = Series { closed: true, ..series };
            let sql = "UPDATE register_series SET closed = 1, seal = $1 WHERE register = $2 AND template = $3";
            let update = sqlx::query(sql)
                .bind(series_seal(&closed).close())
                .bind(closed.register.clone())
                .bind(closed.template.clone());
            update.execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }

    pub async fn register_series(&self) -> Result<Vec<Series>, Failure> {
        let sql = "SELECT register, template, last, closed, seal FROM register_series ORDER BY register, template";
        sqlx::query(sql).fetch_all(&self.read).await.map_err(failure)?.iter().map(series).collect()
    }
}

fn series(row: &AnyRow) -> Result<Series, Failure> {
    let closed: i64 = row.try_get(3).map_err(failure)?;
    let series = Series {
        register: row.try_get(0).map_err(failure)?,
        template: row.try_get(1).map_err(failure)?,
        last: unsigned(row.try_get(2).map_err(failure)?),
        closed: closed != 0,
    };
    let stored: Vec<u8> = row.try_get(4).map_err(failure)?;
    series_seal(&series).check(Some(&stored), &format!("the series '{}'", series.template))?;
    Ok(series)
}

fn series_seal(series: &Series) -> Seal {
    Seal::of("register_series")
        .text(&series.register)
        .text(&series.template)
        .number(signed(series.last))
        .number(i64::from(series.closed))
}
