//! Stating what no command states yet, as the party's own node would: its process is stopped, the harness opens its
//! store with its key, writes one commit, and starts the process again.

use super::County;
use samsyn_core::{
    commit::CommitBuilder,
    id::{DocumentId, HeaderHash},
};
use samsyn_server::{
    directory::Directory,
    driver::{self, Composed, Handle, Pen},
    identity::NodeIdentity,
    store::{Access, Store},
};
use std::sync::Arc;

impl County {
    /// Writes a commit of a party's in the county's space; gives its last header. The node must run, and runs afterwards.
    pub async fn state(
        &mut self,
        party: &str,
        compose: impl FnOnce(&Pen<'_>, &mut CommitBuilder) + Send + 'static,
    ) -> HeaderHash {
        self.stop(party).await;
        let header = self
            .with_driver(party, async |handle| {
                let written = handle.write(move |pen| {
                    let mut builder = CommitBuilder::new(pen.position(pen.ledger.county()), pen.hlc_ms);
                    compose(pen, &mut builder);
                    Ok(Composed { commit: Some(builder.sign(pen.key)), ..Composed::default() })
                });
                written.await.expect("it is written").expect("a commit")
            })
            .await;
        self.restart(party).await;
        header
    }

    /// Keeps a file of a paper in the store of a party whose process is stopped, as making the paper does.
    pub async fn keep_paper(&self, party: &str, document: &DocumentId, paper: &str, bytes: &[u8]) {
        let store = Store::open(&self.settings(party).store.backend, Access::Node).await.expect("the node's store");
        let files = [("html".to_owned(), bytes.to_vec())].into();
        store.keep_paper(document, paper, &files, 1).await.expect("it is kept");
        store.close().await;
    }

    /// Runs the driver of a party whose process is stopped, and was started once before, in this program.
    pub async fn with_driver<T>(&self, party: &str, work: impl AsyncFnOnce(&Handle) -> T) -> T {
        let config = self.settings(party);
        let identity = NodeIdentity::load(&config.identity).expect("the node's keys");
        let store = Arc::new(Store::open(&config.store.backend, Access::Node).await.expect("the node's store"));
        let own = config.federation.organisation.clone();
        let loaded = driver::load(&store, own.clone(), identity.log_key.clone()).await.expect("it loads");
        let incarnation = driver::fresh_incarnation().expect("random bytes");
        let (handle, driver) = driver::start(
            store.clone(),
            Directory::new(own),
            identity.log_key.clone(),
            loaded,
            incarnation,
            Arc::default(),
        );
        let done = work(&handle).await;
        handle.stop().await;
        driver.await.expect("the driver ends");
        store.close().await;
        // The database is the next process's alone.
        drop((handle, store));
        done
    }
}
