//! Charters, entries and values: the truth.

use super::{Markers, ROWS_PER_STATEMENT, Store, Tx, damaged, failure, query, seal::Seal, signed, unsigned};
use crate::failure::Failure;
use samsyn_core::{
    charter_book::{CharterBook, Signatures},
    commit::{Proof, RawEntry, SaltedValue, SignedCommit, VerifiedCommit},
    entry::{Header, Link},
    id::{CharterHash, FactId, HeaderHash, OrgId},
    limits,
    sign::Signature,
};
use sqlx::{Row, any::AnyRow};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// A commit as it lies in the store, without values.
#[derive(Debug)]
pub struct LoadedCommit {
    pub commit: SignedCommit,
    pub proof: Proof,
    /// Where its last entry lies.
    pub position: u64,
    pub stored_ms: u64,
}

/// Commits read for sending, and how many headers they used up.
#[derive(Debug)]
pub struct StoredCommits {
    pub commits: Vec<SignedCommit>,
    pub headers: usize,
    /// The last commit's own signature is known to fit.
    pub ends_proven: bool,
}

/// How long one reading of a range waits for another.
const TURN: Duration = Duration::from_millis(250);
/// How many entries are read at once.
const PAGE: i64 = 2_000;
/// Room that a frame needs beside headers, outlines and values.
const FRAME_OVERHEAD_BYTES: usize = 512 * 1024;

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
            failpoint!(CharterPut);
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
            let sql = "INSERT INTO entry (position, hash, organisation, header, outline, signature, proof, stored_ms, seal) VALUES ";
            // A fork inside one commit: another commit has brought the first headers of this one already.
            let mut insert =
                query(format!("{sql}{} ON CONFLICT (hash) DO NOTHING", self.markers().rows(chunk.len(), 9)));
            for (position, entry, organisation, end) in chunk {
                let (signature, proof) = end.clone().unzip();
                let seal = seal(signed(*position), &entry.raw, signature.as_deref(), signed(now_ms));
                insert = insert
                    .bind(signed(*position))
                    .bind(entry.hash.0.to_vec())
                    .bind((*organisation).to_owned())
                    .bind(entry.raw.header.clone())
                    .bind(entry.raw.outline.clone())
                    .bind(signature)
                    .bind(proof)
                    .bind(signed(now_ms))
                    .bind(seal.close());
            }
            insert.execute(&mut **tx).await.map_err(failure)?;
        }
        failpoint!(PersistEntries);
        self.put_values(tx, salted.into_iter()).await?;
        Ok(position)
    }

    /// Writes values that have arrived: they fit their hashes, which one that was there and is asked for again did not.
    pub async fn put_values<'a>(
        &self,
        tx: &mut Tx,
        rows: impl Iterator<Item = (HeaderHash, i64, &'a SaltedValue)>,
    ) -> Result<(), Failure> {
        let rows: Vec<_> = rows.collect();
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            let sql = "INSERT INTO fact_value (header, idx, salt, bytes) VALUES ";
            let replace = "ON CONFLICT (header, idx) DO UPDATE SET salt = excluded.salt, bytes = excluded.bytes";
            let mut insert = query(format!("{sql}{} {replace}", self.markers().rows(chunk.len(), 4)));
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

    /// Writes genuine signatures over spoiled ones.
    pub async fn put_signatures(
        &self,
        tx: &mut Tx,
        signatures: &BTreeMap<HeaderHash, Signature>,
    ) -> Result<(), Failure> {
        for (tip, signature) in signatures {
            let sql = "SELECT hash, header, outline, position, stored_ms FROM entry WHERE hash = $1";
            let row = sqlx::query(sql).bind(tip.0.to_vec()).fetch_optional(&mut **tx).await.map_err(failure)?;
            let Some(row) = row else { continue };
            let (position, stored_ms) = (row.try_get(3).map_err(failure)?, row.try_get(4).map_err(failure)?);
            let seal = seal(position, &raw_entry(&row, 0)?, Some(signature.0.as_slice()), stored_ms);
            let update = sqlx::query("UPDATE entry SET signature = $1, seal = $2 WHERE hash = $3")
                .bind(signature.0.to_vec())
                .bind(seal.close())
                .bind(tip.0.to_vec());
            update.execute(&mut **tx).await.map_err(failure)?;
        }
        Ok(())
    }

    pub async fn put_proofs(&self, tx: &mut Tx, proofs: &BTreeMap<HeaderHash, Proof>) -> Result<(), Failure> {
        for proof in [Proof::Own, Proof::Chain, Proof::Spoiled] {
            let tips: Vec<&HeaderHash> = proofs.iter().filter(|(_, p)| **p == proof).map(|(tip, _)| tip).collect();
            for chunk in tips.chunks(ROWS_PER_STATEMENT) {
                let list = self.markers().list(chunk.len());
                let number = proof_number(proof);
                let mut update = query(format!("UPDATE entry SET proof = {number} WHERE hash IN ({list})"));
                for tip in chunk {
                    update = update.bind(tip.0.to_vec());
                }
                update.execute(&mut **tx).await.map_err(failure)?;
            }
        }
        Ok(())
    }

    /// Commits after a position in order of arrival, whole; with the last position read.
    pub async fn commits_after(&self, position: u64) -> Result<(Vec<LoadedCommit>, u64), Failure> {
        let sql = "SELECT position, hash, header, outline, signature, proof, stored_ms, seal FROM entry WHERE position > $1 ORDER BY position LIMIT $2";
        let rows = sqlx::query(sql).bind(signed(position)).bind(PAGE).fetch_all(&self.read).await.map_err(failure)?;
        let (mut commits, mut entries, mut last) = (Vec::new(), Vec::new(), position);
        let mut ends = BTreeSet::new();
        for row in rows {
            let at: i64 = row.try_get(0).map_err(failure)?;
            let entry = raw_entry(&row, 1)?;
            let signature: Option<Vec<u8>> = row.try_get(4).map_err(failure)?;
            let (stored_ms, sealed): (i64, Option<Vec<u8>>) =
                (row.try_get(6).map_err(failure)?, row.try_get(7).map_err(failure)?);
            seal(at, &entry, signature.as_deref(), stored_ms)
                .check(sealed.as_deref(), &format!("the entry at position {at}"))?;
            entries.push(entry);
            let Some(signature) = signature else { continue };
            self.complete(&mut entries, &ends).await?;
            ends.extend(entries.last().map(|e: &RawEntry| HeaderHash::of(&e.header)));
            let proof: Option<i64> = row.try_get(5).map_err(failure)?;
            commits.push(LoadedCommit {
                commit: SignedCommit {
                    entries: std::mem::take(&mut entries),
                    signature: Signature::from_slice(&signature).map_err(|_| damaged("a signature"))?,
                },
                proof: proof_of(proof.unwrap_or(1)),
                position: unsigned(at),
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

    /// Whole commits for the first of these headers, with values, up to about `bytes_max`. They end at a commit whose
    /// own signature is known to fit, since the receiver believes no further than the last one that does; unless that
    /// would not fit into one frame.
    pub async fn read_commits(&self, headers: &[HeaderHash], bytes_max: usize) -> Result<Arc<StoredCommits>, Failure> {
        if let Some(known) = self.ranges.find(headers, bytes_max) {
            return Ok(known);
        }
        // One reads at a time, and those who wait find what it has read; but nobody waits long for one that hangs.
        let _turn = tokio::time::timeout(TURN, self.reading.lock()).await.ok();
        if let Some(known) = self.ranges.find(headers, bytes_max) {
            return Ok(known);
        }
        let before = self.ranges.before_reading();
        let read = Arc::new(self.read_range(headers, bytes_max).await?);
        self.ranges.keep(before, headers, bytes_max, &read);
        Ok(read)
    }

    /// Forgets what was read for peers: what is stored of it has changed, or may have. Called once that is durable.
    pub fn forget_ranges(&self) {
        self.ranges.forget();
    }

    /// Gives back the memory of what was read for peers some time ago.
    pub fn tidy_ranges(&self) {
        self.ranges.tidy();
    }

    async fn read_range(&self, headers: &[HeaderHash], bytes_max: usize) -> Result<StoredCommits, Failure> {
        let mut read = StoredCommits { commits: Vec::new(), headers: 0, ends_proven: false };
        // Where the last commit that is proven by itself ends: commits, headers.
        let mut proven = None;
        let mut bytes = 0;
        let mut entries: Vec<RawEntry> = Vec::new();
        for chunk in headers.chunks(ROWS_PER_STATEMENT) {
            let mut found = self.entries(chunk).await?;
            let mut salted = self.values_of(chunk).await?;
            for hash in chunk {
                let (mut entry, end) = found.remove(hash).ok_or_else(|| damaged("an entry is missing"))?;
                for (index, value) in salted.remove(hash).unwrap_or_default() {
                    let index = index as usize;
                    entry.values.resize(entry.values.len().max(index + 1), None);
                    entry.values[index] = Some(value);
                }
                entries.push(entry);
                let Some((signature, proof)) = end else { continue };
                let of_commit = entries.len();
                let commit = SignedCommit { entries: std::mem::take(&mut entries), signature };
                bytes += commit.size_bytes();
                if bytes > limits::FRAME_BYTES_MAX - FRAME_OVERHEAD_BYTES && !read.commits.is_empty() {
                    let (commits, headers) = proven.unwrap_or((read.commits.len(), read.headers));
                    read.commits.truncate(commits);
                    return Ok(StoredCommits { headers, ends_proven: proven.is_some(), ..read });
                }
                read.headers += of_commit;
                read.commits.push(commit);
                read.ends_proven = proof == Proof::Own;
                if proof == Proof::Own {
                    proven = Some((read.commits.len(), read.headers));
                    if bytes >= bytes_max {
                        return Ok(read);
                    }
                }
            }
        }
        Ok(read)
    }

    /// Entries by hash; the last of a commit with its signature, and what is known of that.
    async fn entries(
        &self,
        hashes: &[HeaderHash],
    ) -> Result<BTreeMap<HeaderHash, (RawEntry, Option<(Signature, Proof)>)>, Failure> {
        let markers = self.markers().list(hashes.len());
        let mut select =
            query(format!("SELECT hash, header, outline, signature, proof FROM entry WHERE hash IN ({markers})"));
        for hash in hashes {
            select = select.bind(hash.0.to_vec());
        }
        let read = |row: &AnyRow| {
            let entry = raw_entry(row, 0)?;
            let signature: Option<Vec<u8>> = row.try_get(3).map_err(failure)?;
            let proof: Option<i64> = row.try_get(4).map_err(failure)?;
            let signature =
                signature.map(|s| Signature::from_slice(&s)).transpose().map_err(|_| damaged("a signature"))?;
            let end = signature.map(|s| (s, proof_of(proof.unwrap_or(1))));
            Ok((HeaderHash::of(&entry.header), (entry, end)))
        };
        select.fetch_all(&self.read).await.map_err(failure)?.iter().map(read).collect()
    }

    /// The stored values of these headers' facts, by index.
    pub async fn values_of(
        &self,
        headers: &[HeaderHash],
    ) -> Result<BTreeMap<HeaderHash, BTreeMap<u32, SaltedValue>>, Failure> {
        let mut connection = self.read.acquire().await.map_err(failure)?;
        values_on(&mut connection, self.markers(), headers).await
    }

    /// The same inside a transaction, which sees what it has written.
    pub async fn values_in(
        &self,
        tx: &mut Tx,
        headers: &[HeaderHash],
    ) -> Result<BTreeMap<HeaderHash, BTreeMap<u32, SaltedValue>>, Failure> {
        values_on(tx, self.markers(), headers).await
    }

    /// Entries that were stored after a time. They are stored in order of position, so the first of them is looked for by
    /// halves.
    pub async fn stored_after(&self, ms: u64) -> Result<BTreeSet<HeaderHash>, Failure> {
        let ms = i64::try_from(ms).unwrap_or(i64::MAX);
        let mut connection = self.read.acquire().await.map_err(failure)?;
        let mut bounds: (i64, i64) = {
            let sql = "SELECT CAST(COALESCE(MIN(position), 0) AS BIGINT), CAST(COALESCE(MAX(position), 0) AS BIGINT) FROM entry";
            let row = sqlx::query(sql).fetch_one(&mut *connection).await.map_err(failure)?;
            let (first, last): (i64, i64) = (row.try_get(0).map_err(failure)?, row.try_get(1).map_err(failure)?);
            (first, last.saturating_add(1))
        };
        while bounds.0 < bounds.1 {
            let middle = bounds.0 + (bounds.1 - bounds.0) / 2;
            let sql = "SELECT stored_ms FROM entry WHERE position >= $1 ORDER BY position LIMIT 1";
            let row = sqlx::query(sql).bind(middle).fetch_optional(&mut *connection).await.map_err(failure)?;
            let later = row.map(|row| row.try_get::<i64, _>(0)).transpose().map_err(failure)?.is_none_or(|at| at > ms);
            if later {
                bounds.1 = middle;
            } else {
                bounds.0 = middle + 1;
            }
        }
        let sql = "SELECT hash FROM entry WHERE position >= $1";
        let rows = sqlx::query(sql).bind(bounds.0).fetch_all(&mut *connection).await.map_err(failure)?;
        let hash = |row: &AnyRow| {
            let bytes: Vec<u8> = row.try_get(0).map_err(failure)?;
            HeaderHash::from_slice(&bytes).map_err(|_| damaged("a header's hash"))
        };
        rows.iter().map(hash).collect()
    }

    /// Tips of commits whose own signature has not been checked, with the header and the signature.
    pub async fn unproven(&self, limit: i64) -> Result<Vec<(Vec<u8>, Signature)>, Failure> {
        // In no order: the index gives them one by one, where sorting would read all of them each time.
        let sql = "SELECT header, signature FROM entry WHERE proof = 1 LIMIT $1";
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
    markers: Markers,
    headers: &[HeaderHash],
) -> Result<BTreeMap<HeaderHash, BTreeMap<u32, SaltedValue>>, Failure> {
    let mut found: BTreeMap<HeaderHash, BTreeMap<u32, SaltedValue>> = BTreeMap::new();
    for chunk in headers.chunks(ROWS_PER_STATEMENT) {
        let sql =
            format!("SELECT header, idx, salt, bytes FROM fact_value WHERE header IN ({})", markers.list(chunk.len()));
        let mut select = query(sql);
        for hash in chunk {
            select = select.bind(hash.0.to_vec());
        }
        for row in select.fetch_all(&mut *connection).await.map_err(failure)? {
            let (fact, value) = value_row(&row)?;
            found.entry(fact.header).or_default().insert(fact.index, value);
        }
    }
    Ok(found)
}

/// Reads (header, idx, salt, bytes).
pub(super) fn value_row(row: &AnyRow) -> Result<(FactId, SaltedValue), Failure> {
    let salt: Vec<u8> = row.try_get(2).map_err(failure)?;
    let salt: [u8; 32] = salt.try_into().map_err(|_| damaged("a salt"))?;
    Ok((fact_of(row)?, SaltedValue { salt, bytes: row.try_get(3).map_err(failure)? }))
}

pub(super) fn fact_of(row: &AnyRow) -> Result<FactId, Failure> {
    let header: Vec<u8> = row.try_get(0).map_err(failure)?;
    let index: i64 = row.try_get(1).map_err(failure)?;
    let header = HeaderHash::from_slice(&header).map_err(|_| damaged("a value's key"))?;
    Ok(FactId { header, index: u32::try_from(index).map_err(|_| damaged("a value's key"))? })
}

/// Reads (hash, header, outline); a header that does not fit its key is damage, never served on.
pub(super) fn raw_entry(row: &AnyRow, at: usize) -> Result<RawEntry, Failure> {
    let hash: Vec<u8> = row.try_get(at).map_err(failure)?;
    let header: Vec<u8> = row.try_get(at + 1).map_err(failure)?;
    if HeaderHash::of(&header).0.as_slice() != hash {
        return Err(damaged(&format!("the entry {} does not fit its hash", hex::encode(hash))));
    }
    Ok(RawEntry { header, outline: row.try_get(at + 2).map_err(failure)?, values: Vec::new() })
}

/// Of an entry's columns, those that no hash of the log covers: `proof` changes, and is checked again where it matters.
fn seal(position: i64, entry: &RawEntry, signature: Option<&[u8]>, stored_ms: i64) -> Seal {
    Seal::of("entry").number(position).bytes(&entry.header).bytes(&entry.outline).maybe(signature).number(stored_ms)
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
