//! samsynd: one organisation's node. Configuration, keys, store, streams to other nodes, working copies, release and
//! the API of its own clients. The rules that all parties share are in `samsyn-core`.

/// Marks a place where crash tests kill the process; nothing without the feature `failpoints`.
macro_rules! failpoint {
    ($point:ident) => {
        #[cfg(feature = "failpoints")]
        crate::failpoint::hit(crate::failpoint::Point::$point);
    };
}

pub mod api;
mod audit;
pub mod cli;
mod comment;
pub mod config;
mod delivery;
pub mod demo;
pub mod directory;
pub mod driver;
#[cfg(feature = "failpoints")]
pub mod failpoint;
pub mod failure;
pub mod federation;
pub mod handout;
pub mod identity;
pub mod limits;
pub mod logging;
pub mod metrics;
pub mod operate;
pub mod output;
mod paper;
#[cfg(test)]
mod policy;
pub mod projection;
pub mod register;
pub mod release;
pub mod retention;
pub mod rulebook;
pub mod run;
pub mod secrecy;
pub mod sign_in;
pub mod store;
pub mod timing;
mod view;
pub mod web;
mod who;
pub mod working;
mod xml;
