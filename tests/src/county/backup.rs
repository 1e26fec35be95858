//! Old copies of a node's database.

use super::Node;
use std::fs;

const FILES: [&str; 3] = ["node.db", "node.db-wal", "node.db-shm"];

/// Copies a stopped node's database somewhere, as a VM snapshot would.
pub fn keep(node: &Node, name: &str) {
    if let Some(database) = &node.database {
        return database.keep(name);
    }
    fs::create_dir(node.dir.join(name)).expect("a directory");
    for file in FILES.iter().filter(|f| node.dir.join(f).exists()) {
        fs::copy(node.dir.join(file), node.dir.join(name).join(file)).expect("copied");
    }
}

/// Puts such a copy in the place of what is there. The node must not run.
pub fn put_back(node: &Node, name: &str) {
    if let Some(database) = &node.database {
        return database.put_back(name);
    }
    for file in FILES {
        // A file that the copy lacks must not stay from the newer state.
        fs::remove_file(node.dir.join(file)).ok();
        if node.dir.join(name).join(file).exists() {
            fs::copy(node.dir.join(name).join(file), node.dir.join(file)).expect("copied");
        }
    }
}
