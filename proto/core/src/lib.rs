//! The rules that every party of a samsyn federation applies identically: formats, log acceptance, effect, facts,
//! merges and the sync protocol as a state machine.
//!
//! Architecture invariant: no I/O, no clock, no randomness, no async, no network and no database in this crate. Time
//! and randomness are arguments, effects are returned. What comes out depends on nothing but what went in (keeps I3).

pub mod charter;
pub mod charter_book;
pub mod code;
pub mod commit;
pub mod criteria;
pub mod date;
pub mod digest;
pub mod document;
pub mod effect;
pub mod entry;
pub mod few;
pub mod governance;
pub mod id;
pub mod ledger;
pub mod limits;
pub mod prose;
pub mod rules;
pub mod sign;
pub mod sync;
pub mod value;
