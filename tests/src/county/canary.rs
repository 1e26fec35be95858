//! Looks for words that must not be somewhere: in a node's files and in every row of its database, as they are, in
//! hexadecimal, in base64, and inside Automerge documents, whose columns are compressed.

use super::Node;
use automerge::Automerge;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use sqlx::{AssertSqlSafe, Connection, Row, sqlite::SqliteConnection};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What stands before each part of an Automerge document.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// Letters of a word in base64 that depend on what stands before and after it.
const EDGE: usize = 4;

/// The forms in which a word could lie somewhere.
#[derive(Debug)]
struct Canary {
    forms: Vec<(&'static str, Vec<u8>)>,
}

impl Canary {
    fn new(word: &str) -> Self {
        let hex = hex::encode(word);
        let mut forms = vec![
            ("", word.as_bytes().to_vec()),
            (" (in hexadecimal)", hex.clone().into_bytes()),
            (" (in hexadecimal)", hex.to_uppercase().into_bytes()),
        ];
        for before in 0..3 {
            let encoded = STANDARD_NO_PAD.encode([vec![0; before], word.as_bytes().to_vec()].concat());
            // Short words would be found by chance.
            let inner = encoded.as_bytes().get(EDGE..encoded.len() - EDGE).filter(|inner| inner.len() >= 8);
            forms.extend(inner.map(|inner| (" (in base64)", inner.to_vec())));
        }
        Self { forms }
    }

    /// In which form it stands in some bytes; also in a compressed document among them.
    fn found(&self, bytes: &[u8]) -> Option<String> {
        let plain = |bytes: &[u8]| {
            let holds = |form: &[u8]| bytes.windows(form.len()).any(|w| w == form);
            self.forms.iter().find(|(_, form)| holds(form)).map(|(name, _)| (*name).to_owned())
        };
        plain(bytes).or_else(|| {
            let starts = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&MAGIC));
            let documents = starts.filter_map(|at| Automerge::load(&bytes[at..]).ok());
            let mut inside = documents.filter_map(|document| plain(&document.save_nocompress()));
            inside.next().map(|form| format!("{form} (inside Automerge)"))
        })
    }
}

impl Node {
    /// Where a word stands among what the node has: files, and rows of its database.
    pub fn places_with(&self, word: &str) -> Vec<String> {
        let canary = Canary::new(word);
        let mut found = Vec::new();
        for file in files(&self.dir) {
            let Ok(bytes) = fs::read(&file) else { continue };
            found.extend(canary.found(&bytes).map(|form| format!("{}{form}", file.display())));
        }
        found.extend(self.tables_with(word));
        if self.database.is_none() && self.database().exists() {
            let database = self.database();
            let rows = rows(&database);
            let rows = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(rows));
            found.extend(
                rows.iter().filter_map(|(table, bytes)| Some(format!("table {table}{}", canary.found(bytes)?))),
            );
        }
        found.dedup();
        found
    }
}

/// Every file under a directory.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(&dir).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found
}

/// Every text and blob of a SQLite database, with its table: in the file a long one lies in pieces.
async fn rows(database: &Path) -> Vec<(String, Vec<u8>)> {
    let url = format!("sqlite://{}?mode=ro", database.display());
    let mut connection = SqliteConnection::connect(&url).await.expect("a database");
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connection).await.expect("tables");
    let mut found = Vec::new();
    for table in tables {
        let columns = AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')"));
        let columns: Vec<String> = sqlx::query_scalar(columns).fetch_all(&mut connection).await.expect("columns");
        let blobs: Vec<String> = columns.iter().map(|c| format!("CAST(\"{c}\" AS BLOB)")).collect();
        let sql = AssertSqlSafe(format!("SELECT {} FROM \"{table}\"", blobs.join(", ")));
        for row in sqlx::query(sql).fetch_all(&mut connection).await.expect("rows") {
            let cells = (0..columns.len()).filter_map(|at| row.get::<Option<Vec<u8>>, _>(at));
            found.extend(cells.map(|bytes| (table.clone(), bytes)));
        }
    }
    connection.close().await.ok();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::{ObjType, ROOT, transaction::Transactable};

    /// A search that finds nothing says nothing unless it finds what has been planted.
    #[test]
    fn what_is_planted_is_found_in_every_form() {
        const WORD: &str = "KANARIE-å-7f3a91";
        let canary = Canary::new(WORD);
        let mut document = Automerge::new();
        let mut tx = document.transaction();
        let text = tx.put_object(ROOT, "text", ObjType::Text).expect("a text");
        // Repeated, so that the document is compressed, and struck again, so that only its history has it.
        let long = WORD.repeat(200);
        tx.splice_text(&text, 0, 0, &long).expect("written");
        tx.commit();
        let mut tx = document.transaction();
        tx.splice_text(&text, 0, isize::try_from(long.chars().count()).expect("small"), "").expect("struck");
        tx.commit();
        let saved = document.save();
        assert!(!String::from_utf8_lossy(&saved).contains(WORD), "it is compressed");
        let around = |bytes: &[u8]| [b"before".to_vec(), bytes.to_vec(), b"after".to_vec()].concat();
        for bytes in [
            around(WORD.as_bytes()),
            around(hex::encode_upper(WORD).as_bytes()),
            STANDARD_NO_PAD.encode(around(WORD.as_bytes())).into_bytes(),
            STANDARD_NO_PAD.encode([b"x".to_vec(), around(WORD.as_bytes())].concat()).into_bytes(),
            [b"before".to_vec(), saved].concat(),
        ] {
            assert!(canary.found(&bytes).is_some(), "{:?}", String::from_utf8_lossy(&bytes));
        }
        assert_eq!(canary.found(&around(b"KANARIE-b-7f3a91")), None);
    }
}
