//! Watching nodes' databases from outside, so that watching costs the nodes nothing.
//!
//! SQLite syncs a transaction to its write-ahead log and only then changes the index header in the `-shm` file, by which
//! other readers see it (walformat.html, section 2.1; `synchronous=FULL`). Lists are read from a projection that is part
//! of the same transaction: so the change of the header is the instant from which a node shows what it has received.

use crate::county::{County, Node};
use sqlx::{AnyConnection, Connection, Row};
use std::{
    fs::File,
    os::unix::fs::FileExt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// Bytes of the index header, which holds a counter of transactions.
const HEADER_BYTES: usize = 48;
/// How often headers are looked at.
const BLINK: Duration = Duration::from_micros(40);
/// How often the number of entries is asked for.
const LOOK: Duration = Duration::from_millis(4);
const PATIENCE: Duration = Duration::from_mins(5);

/// Sees when each of some nodes commits.
pub(super) struct Eyes {
    indexes: Vec<File>,
}

/// Being looked at until told to stop.
pub(super) struct Watch {
    stop: Arc<AtomicBool>,
    seen: JoinHandle<(Vec<Vec<Instant>>, Vec<File>)>,
}

impl Eyes {
    pub(super) fn on(county: &County, parties: &[&str]) -> Self {
        let index = |party: &&str| File::open(county.node(party).dir.join("node.db-shm")).expect("the node runs");
        Self { indexes: parties.iter().map(index).collect() }
    }

    /// Notes every transaction from now on, on a thread of its own.
    pub(super) fn watch(self) -> Watch {
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        let mut last: Vec<_> = self.indexes.iter().map(header).collect();
        let seen = tokio::task::spawn_blocking(move || {
            let mut seen = vec![Vec::new(); last.len()];
            while !told.load(Ordering::Relaxed) {
                for (i, index) in self.indexes.iter().enumerate() {
                    let now = header(index);
                    if now != last[i] {
                        last[i] = now;
                        seen[i].push(Instant::now());
                    }
                }
                std::thread::sleep(BLINK);
            }
            (seen, self.indexes)
        });
        Watch { stop, seen }
    }
}

impl Watch {
    /// When each node committed.
    pub(super) async fn stop(self) -> (Vec<Vec<Instant>>, Eyes) {
        self.stop.store(true, Ordering::Relaxed);
        let (seen, indexes) = self.seen.await.expect("watching does not panic");
        (seen, Eyes { indexes })
    }
}

fn header(index: &File) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    index.read_exact_at(&mut bytes, 0).expect("the index of a running node can be read");
    bytes
}

/// A reader beside a node.
pub(super) async fn reader(node: &Node) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=ro", node.database().display());
    AnyConnection::connect(&url).await.expect("a running node's database can be read")
}

/// Entries that a node has stored: positions are given one by one.
pub(super) async fn entries(reader: &mut AnyConnection) -> i64 {
    let row = sqlx::query("SELECT COALESCE(MAX(position), 0) FROM entry").fetch_one(reader).await.expect("it reads");
    row.try_get(0).expect("a number")
}

/// Waits until all of them have stored so many entries; when the last one had.
pub(super) async fn until_stored(readers: &mut [AnyConnection], expected: i64) -> Instant {
    let deadline = Instant::now() + PATIENCE;
    let mut done = 0;
    while done < readers.len() {
        if entries(&mut readers[done]).await >= expected {
            done += 1;
            continue;
        }
        assert!(Instant::now() < deadline, "not all nodes have stored {expected} entries in {PATIENCE:?}");
        tokio::time::sleep(LOOK).await;
    }
    Instant::now()
}
