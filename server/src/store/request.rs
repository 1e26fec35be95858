//! Releases that wait for a releaser, and what was answered last.

use super::{Store, Tx, damaged, failure, seal::Seal, signed, unsigned};
use crate::{failure::Failure, release::circle::Circle};
use samsyn_core::{
    entry::{Audience, Purpose},
    id::{AuthorityId, Incarnation, Path},
};
use serde::{Deserialize, Serialize};
use sqlx::{Row, any::AnyRow};
use std::collections::BTreeSet;

/// One row: the latest request for a working copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    pub working_copy: Incarnation,
    pub asked_ms: u64,
    pub request: ReleaseRequest,
}

/// What was asked for, of whom, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequest {
    pub purpose: Purpose,
    pub audience: Audience,
    pub authority: AuthorityId,
    /// Only what differs at these paths; none: all that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paths: Option<BTreeSet<Path>>,
    /// A hash over what was to leave: another content is another request.
    pub content: String,
    /// The device that asked, as the operator has named it.
    pub asked_by: String,
    /// Which rules asked for an answer.
    pub rules: String,
    /// Named recipients of a draft for comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circle: Option<Circle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<ReleaseAnswer>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseAnswer {
    pub approved: bool,
    pub at_ms: u64,
    pub by: String,
    /// Why not; empty where it was approved.
    pub reason: String,
}

impl Store {
    /// The oldest first.
    pub async fn release_requests(&self) -> Result<Vec<RequestRow>, Failure> {
        let sql = "SELECT working_copy, asked_ms, body, seal FROM release_request ORDER BY asked_ms, working_copy";
        sqlx::query(sql).fetch_all(&self.read).await.map_err(failure)?.iter().map(read).collect()
    }

    pub async fn release_request(&self, working_copy: &Incarnation) -> Result<Option<RequestRow>, Failure> {
        let sql = "SELECT working_copy, asked_ms, body, seal FROM release_request WHERE working_copy = $1";
        let found = sqlx::query(sql).bind(working_copy.0.to_vec()).fetch_optional(&self.read).await.map_err(failure)?;
        found.as_ref().map(read).transpose()
    }

    pub(super) async fn release_request_in(
        &self,
        tx: &mut Tx,
        working_copy: &Incarnation,
    ) -> Result<Option<RequestRow>, Failure> {
        let sql = "SELECT working_copy, asked_ms, body, seal FROM release_request WHERE working_copy = $1";
        let found = sqlx::query(sql).bind(working_copy.0.to_vec()).fetch_optional(&mut **tx).await.map_err(failure)?;
        found.as_ref().map(read).transpose()
    }

    pub async fn put_release_request(&self, tx: &mut Tx, row: &RequestRow) -> Result<(), Failure> {
        let sql = "INSERT INTO release_request (working_copy, asked_ms, body, seal) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (working_copy) DO UPDATE SET asked_ms = excluded.asked_ms, body = excluded.body, seal = excluded.seal";
        let body = serde_json::to_string(&row.request).map_err(|_| damaged("a release request"))?;
        let seal = seal(&row.working_copy, row.asked_ms, &body).close();
        let put = sqlx::query(sql).bind(row.working_copy.0.to_vec()).bind(signed(row.asked_ms)).bind(body).bind(seal);
        put.execute(&mut **tx).await.map_err(failure)?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<RequestRow, Failure> {
    let bad = || damaged("a release request");
    let id: Vec<u8> = row.try_get(0).map_err(failure)?;
    let working_copy = Incarnation::from_slice(&id).map_err(|_| bad())?;
    let asked_ms = unsigned(row.try_get(1).map_err(failure)?);
    let body: String = row.try_get(2).map_err(failure)?;
    let stored: Vec<u8> = row.try_get(3).map_err(failure)?;
    seal(&working_copy, asked_ms, &body).check(Some(&stored), "a release request")?;
    Ok(RequestRow { working_copy, asked_ms, request: serde_json::from_str(&body).map_err(|_| bad())? })
}

/// A request that says something else would release what nobody has approved.
fn seal(working_copy: &Incarnation, asked_ms: u64, body: &str) -> Seal {
    Seal::of("release_request").bytes(&working_copy.0).number(signed(asked_ms)).text(body)
}
