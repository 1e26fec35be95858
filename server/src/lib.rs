//! samsynd: one organisation's node. Configuration, keys, store, streams to other nodes, working copies, release and
//! the API of its own clients. The rules that all parties share are in `samsyn-core`.

pub mod api;
pub mod cli;
pub mod config;
pub mod demo;
pub mod directory;
pub mod driver;
pub mod failure;
pub mod federation;
pub mod identity;
pub mod logging;
pub mod operate;
pub mod output;
pub mod projection;
pub mod release;
pub mod run;
pub mod secrecy;
pub mod store;
pub mod working;
