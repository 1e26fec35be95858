//! x

pub mod cli;
pub mod config;
pub mod failure;
pub mod identity;
pub mod logging;
pub mod operate;
pub mod output;
pub mod store;
pub mod directory;
pub mod projection;
pub mod driver;
pub mod federation;
pub mod secrecy;
pub mod working;
pub mod release;
pub mod run;
pub mod api;
pub mod demo;
