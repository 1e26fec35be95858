//! Charters, entries and values: the truth.

use super::{ROWS_PER_STATEMENT, Store, Tx, damaged, failure, markers, query, signed, unsigned, values};
use crate::failure::Failure;
use samsyn_core::{
    charter_book::{CharterBook, Signatures},
    commit::{Proof, RawEntry, SaltedValue, SignedCommit, VerifiedCommit},
    entry::{Header, Link},
    id::{CharterHash, FactId, HeaderHash, OrgId},
    sign::Signature,
};
use sqlx::{Row, any::AnyRow};
use std::collections::{BTreeMap, BTreeSet};

/// A commit as it lies in the store, without values.
#[derive(Debug)]
pub struct LoadedCommit {
    pub commit: SignedCommit,
    pub proof: Proof,
    pub stored_ms: u64,
}

/// Commits read for sending, and how many headers they used up.
#[derive(Debug)]
pub struct StoredCommits {
    pub commits: Vec<SignedCommit>,
    pub headers: usize,
}

/// How many entries are read at once.
const PAGE: i64 = 2_000;

impl Store {
    /// Every charter file with its signatures, oldest first.
    pub async fn charters(&self) -> Result<Vec<(Vec<u8>, Signatures)>, Failure> {
        let mut signatures: BTreeMap<Vec<u8>, Signatures> = BTreeMap::new();
        let rows =
            sqlx::query("SELECT charter, organisation, signature FROM charter_signature").fetch_all(&self.read).await;
        for row in rows.map_err(failure)? {
            let organisation: String = row.try_get(1).map_err(failure)?;
            let signature: Vec<u8> = row.try_get(2).map_err(failure)?;
            let pair = OrgId::new(&organisation).ok().zip(Signature::from_slice(&signature).ok());
            let pair = pair.ok_or_else(|| damaged("a charter signature"))?;
            signatures.entry(row.try_get(0).map_err(failure)?).or_default().insert(pair);
        }
        let rows = sqlx::query("SELECT hash, bytes FROM charter ORDER BY version, hash").fetch_all(&self.read).await;
        let read = |row: AnyRow| {
            let hash: Vec<u8> = row.try_get(0).map_err(failure)?;
            Ok((row.try_get(1).map_err(failure)?, signatures.remove(&hash).unwrap_or_default()))
        };
        rows.map_err(failure)?.into_iter().map(read).collect()
    }

    /// Writes versions of the book.
    pub async fn put_charters(
        &self,
        tx: &mut Tx,
        book: &CharterBook,
        hashes: &BTreeSet<CharterHash>,
    ) -> Result<(), Failure> {
        for hash in hashes {
            let Some(version) = book.get(hash) else { continue };
            let insert =
                sqlx::query("INSERT INTO charter (hash, version, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
                    .bind(hash.0.to_vec())
                    .bind(i64::from(version.charter.version))
                    .bind(version.bytes.clone());
            insert.execute(&mut **tx).await.map_err(failure)?;
            for (organisation, signature) in version.signatures() {
                let sql = "INSERT INTO charter_signature (charter, organisation, signature) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
                let insert =
                    sqlx::query(sql).bind(hash.0.to_vec()).bind(organisation.to_string()).bind(signature.0.to_vec());
                insert.execute(&mut **tx).await.map_err(failure)?;
            }
        }
        Ok(())
    }

    /// Writes commits, each whole, and returns the last position used.
    pub async fn put_commits(
        &self,
        tx: &mut Tx,
        commits: &[VerifiedCommit],
        after: u64,
        now_ms: u64,
    ) -> Result<u64, Failure> {
        let mut position = after;
        let mut rows = Vec::new();
        let mut salted = Vec::new();
        for commit in commits {
            let last = commit.entries.len() - 1;
            for (i, entry) in commit.entries.iter().enumerate() {
                position += 1;
                let end = (i == last).then_some((commit.signature.0.to_vec(), proof_number(commit.proof)));
                rows.push((position, entry, commit.log.organisation.as_str(), end));
                for (index, value) in (0i64..).zip(&entry.raw.values) {
                    salted.extend(value.as_ref().map(|v| (entry.hash, index, v)));
                }
            }
        }
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let sql = "INSERT INTO entry (position, hash, organisation, header, outline, signature, proof, stored_ms) VALUES ";
            // A fork inside one commit: another commit has brought the first headers of this one already.
            let mut insert = query(format!("{sql}{} ON CONFLICT (hash) DO NOTHING", values(chunk.len(), 8)));
            for (position, entry, organisation, end) in chunk {
                let (signature, proof) = end.clone().unzip();
                insert = insert
                    .bind(signed(*position))
                    .bind(entry.hash.0.to_vec())
                    .bind((*organisation).to_owned())
                    .bind(entry.raw.header.clone())
                    .bind(entry.raw.outline.clone())
                    .bind(signature)
                    .bind(proof)
                    .bind(signed(now_ms));
            }
            insert.execute(&mut **tx).await.map_err(failure)?;
        }
        self.put_values(tx, salted.into_iter()).await?;
        Ok(position)
    }

    /// Writes values that have arrived; one that is there already stays as it is.
    pub async fn put_values<'a>(
        &self,
        tx: &mut Tx,
        rows: impl Iterator<Item = (HeaderHash, i64, &'a SaltedValue)>,
    ) -> Result<(), Failure> {
        let rows: Vec<_> = rows.collect();
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let sql = "INSERT INTO fact_value (header, idx, salt, bytes) VALUES ";
            let mut insert = query(format!("{sql}{} ON CONFLICT DO NOTHING", values(chunk.len(), 4)));
            for (header, index, value) in chunk {
                insert =
                    insert.bind(header.0.to_vec()).bind(*index).bind(value.salt.to_vec()).bind(value.bytes.clone());
            }
            insert.execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }

    /// Deletes the values of erased facts.
    pub async fn erase_values(&self, tx: &mut Tx, facts: &BTreeSet<FactId>) -> Result<(), Failure> {
        for fact in facts {
            let delete = sqlx::query("DELETE FROM fact_value WHERE header = $1 AND idx = $2");
            let delete = delete.bind(fact.header.0.to_vec()).bind(i64::from(fact.index));
            delete.execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }

    pub async fn put_proofs(&self, tx: &mut Tx, proofs: &BTreeMap<HeaderHash, Proof>) -> Result<(), Failure> {
        for (tip, proof) in proofs {
            let update = sqlx::query("UPDATE entry SET proof = $1 WHERE hash = $2")
                .bind(proof_number(*proof))
                .bind(tip.0.to_vec());
            update.execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }

    /// Commits after a position in order of arrival, whole; with the last position read.
    pub async fn commits_after(&self, position: u64) -> Result<(Vec<LoadedCommit>, u64), Failure> {
        let sql = "SELECT position, hash, header, outline, signature, proof, stored_ms FROM entry WHERE position > $1 ORDER BY position LIMIT $2";
        let rows = sqlx::query(sql).bind(signed(position)).bind(PAGE).fetch_all(&self.read).await.map_err(failure)?;
        let (mut commits, mut entries, mut last) = (Vec::new(), Vec::new(), position);
        let mut ends = BTreeSet::new();
        for row in rows {
            let at: i64 = row.try_get(0).map_err(failure)?;
            entries.push(raw_entry(&row, 1)?);
            let Some(signature) = row.try_get::<Option<Vec<u8>>, _>(4).map_err(failure)? else { continue };
            self.complete(&mut entries, &ends).await?;
            ends.extend(entries.last().map(|e: &RawEntry| HeaderHash::of(&e.header)));
            let proof: Option<i64> = row.try_get(5).map_err(failure)?;
            let stored_ms: i64 = row.try_get(6).map_err(failure)?;
            commits.push(LoadedCommit {
                commit: SignedCommit {
                    entries: std::mem::take(&mut entries),
                    signature: Signature::from_slice(&signature).map_err(|_| damaged("a signature"))?,
                },
                proof: proof_of(proof.unwrap_or(1)),
                stored_ms: unsigned(stored_ms),
            });
            last = unsigned(at);
        }
        Ok((commits, last))
    }

    /// Puts before a commit's entries those that it shares with another commit, which are stored once. `ends` are tips
    /// already seen, so that the ordinary commit costs no look-up.
    async fn complete(&self, entries: &mut Vec<RawEntry>, ends: &BTreeSet<HeaderHash>) -> Result<(), Failure> {
        while let Some(first) = entries.first() {
            let header = Header::decode(&first.header).map_err(|_| damaged("a header cannot be read"))?;
            let Link::Next(previous) = header.link else { return Ok(()) };
            if ends.contains(&previous) {
                return Ok(());
            }
            match self.entries(&[previous]).await?.remove(&previous) {
                Some((shared, None)) => entries.insert(0, shared),
                // The end of the commit before; or a gap, which whoever reads the log will tell.
                Some((_, Some(_))) | None => return Ok(()),
            }
        }
        Ok(())
    }

    /// The facts whose values are stored.
    pub async fn held_values(&self) -> Result<Vec<FactId>, Failure> {
        let rows = sqlx::query("SELECT header, idx FROM fact_value").fetch_all(&self.read).await.map_err(failure)?;
        rows.iter().map(fact_of).collect()
    }

    /// Whole commits for the first of these headers, with values, up to about `bytes_max`.
    pub async fn read_commits(&self, headers: &[HeaderHash], bytes_max: usize) -> Result<StoredCommits, Failure> {
        let (mut commits, mut used, mut bytes) = (Vec::new(), 0, 0);
        let mut entries: Vec<RawEntry> = Vec::new();
        for chunk in headers.chunks(ROWS_PER_STATEMENT) {
            let found = self.entries(chunk).await?;
            let mut salted = self.values_of(chunk).await?;
            for hash in chunk {
                let Some((mut entry, signature)) = found.get(hash).cloned() else {
                    return Err(damaged("an entry is missing"));
                };
                for (index, value) in salted.remove(hash).unwrap_or_default() {
                    let index = index as usize;
                    entry.values.resize(entry.values.len().max(index + 1), None);
                    entry.values[index] = Some(value);
                }
                entries.push(entry);
                if let Some(signature) = signature {
                    used += entries.len();
                    let commit = SignedCommit { entries: std::mem::take(&mut entries), signature };
                    bytes += commit.size_bytes();
                    commits.push(commit);
                    if bytes >= bytes_max {
                        return Ok(StoredCommits { commits, headers: used });
                    }
                }
            }
        }
        Ok(StoredCommits { commits, headers: used })
    }

    async fn entries(
        &self,
        hashes: &[HeaderHash],
    ) -> Result<BTreeMap<HeaderHash, (RawEntry, Option<Signature>)>, Failure> {
        let sql =
            format!("SELECT hash, header, outline, signature FROM entry WHERE hash IN ({})", markers(1, hashes.len()));
        let mut select = query(sql);
        for hash in hashes {
            select = select.bind(hash.0.to_vec());
        }
        let read = |row: &AnyRow| {
            let entry = raw_entry(row, 0)?;
            let signature: Option<Vec<u8>> = row.try_get(3).map_err(failure)?;
            let signature =
                signature.map(|s| Signature::from_slice(&s)).transpose().map_err(|_| damaged("a signature"))?;
            Ok((HeaderHash::of(&entry.header), (entry, signature)))
        };
        select.fetch_all(&self.read).await.map_err(failure)?.iter().map(read).collect()
    }

    /// The stored values of these headers' facts, by index.
    pub async fn values_of(
        &self,
        headers: &[HeaderHash],
    ) -> Result<BTreeMap<HeaderHash, BTreeMap<u32, SaltedValue>>, Failure> {
        let mut connection = self.read.acquire().await.map_err(failure)?;
        values_on(&mut connection, headers).await
    }

    /// The same inside a transaction, which sees what it has written.
    pub async fn values_in(
        &self,
        tx: &mut Tx,
        headers: &[HeaderHash],
    ) -> Result<BTreeMap<HeaderHash, BTreeMap<u32, SaltedValue>>, Failure> {
        values_on(tx, headers).await
    }

    /// Tips of commits whose own signature has not been checked, with the header and the signature.
    pub async fn unproven(&self, limit: i64) -> Result<Vec<(Vec<u8>, Signature)>, Failure> {
        let sql = "SELECT header, signature FROM entry WHERE proof = 1 ORDER BY position LIMIT $1";
        let rows = sqlx::query(sql).bind(limit).fetch_all(&self.read).await.map_err(failure)?;
        let read = |row: &AnyRow| {
            let signature: Vec<u8> = row.try_get(1).map_err(failure)?;
            Ok((
                row.try_get(0).map_err(failure)?,
                Signature::from_slice(&signature).map_err(|_| damaged("a signature"))?,
            ))
        };
        rows.iter().map(read).collect()
    }
}

async fn values_on(
    connection: &mut sqlx::AnyConnection,
    headers: &[HeaderHash],
) -> Result<BTreeMap<HeaderHash, BTreeMap<u32, SaltedValue>>, Failure> {
    let mut found: BTreeMap<HeaderHash, BTreeMap<u32, SaltedValue>> = BTreeMap::new();
    for chunk in headers.chunks(ROWS_PER_STATEMENT) {
        let sql =
            format!("SELECT header, idx, salt, bytes FROM fact_value WHERE header IN ({})", markers(1, chunk.len()));
        let mut select = query(sql);
        for hash in chunk {
            select = select.bind(hash.0.to_vec());
        }
        for row in select.fetch_all(&mut *connection).await.map_err(failure)? {
            let fact = fact_of(&row)?;
            let salt: Vec<u8> = row.try_get(2).map_err(failure)?;
            let salt: [u8; 32] = salt.try_into().map_err(|_| damaged("a salt"))?;
            let value = SaltedValue { salt, bytes: row.try_get(3).map_err(failure)? };
            found.entry(fact.header).or_default().insert(fact.index, value);
        }
    }
    Ok(found)
}

fn fact_of(row: &AnyRow) -> Result<FactId, Failure> {
    let header: Vec<u8> = row.try_get(0).map_err(failure)?;
    let index: i64 = row.try_get(1).map_err(failure)?;
    let header = HeaderHash::from_slice(&header).map_err(|_| damaged("a value's key"))?;
    Ok(FactId { header, index: u32::try_from(index).map_err(|_| damaged("a value's key"))? })
}

/// Reads (hash, header, outline); a header that does not fit its key is damage, never served on.
fn raw_entry(row: &AnyRow, at: usize) -> Result<RawEntry, Failure> {
    let hash: Vec<u8> = row.try_get(at).map_err(failure)?;
    let header: Vec<u8> = row.try_get(at + 1).map_err(failure)?;
    if HeaderHash::of(&header).0.as_slice() != hash {
        return Err(damaged(&format!("the entry {} does not fit its hash", hex::encode(hash))));
    }
    Ok(RawEntry { header, outline: row.try_get(at + 2).map_err(failure)?, values: Vec::new() })
}

fn proof_number(proof: Proof) -> i64 {
    match proof {
        Proof::Own => 0,
        Proof::Chain => 1,
        Proof::Spoiled => 2,
    }
}

fn proof_of(number: i64) -> Proof {
    match number {
        0 => Proof::Own,
        2 => Proof::Spoiled,
        _ => Proof::Chain,
    }
}
