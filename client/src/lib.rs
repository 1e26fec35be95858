//! What a coordinator's device does: edit working copies, talk to the organisation's own node, and show the county's
//! portfolio. The model of a working copy ([`model`]) is shared with the node.
//!
//! Architecture invariant: a device talks to its own node only, and never to another party.

pub mod calendar;
pub mod cli;
pub mod close;
pub mod config;
pub mod copy;
pub mod county;
pub mod input;
pub mod json;
pub mod mark;
pub mod model;
pub mod node;
pub mod problem;
pub mod record;
pub mod run;
pub mod schema;
pub mod show;
pub mod table;
pub mod text;
pub mod time;
pub mod vocabulary;
