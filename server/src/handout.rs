//! *Lämna ut*: what the node holds of some documents, examined passage by passage, as a pack that anybody can check without
//! a node. Own and received material alike, as far as it has been released; drafts are no part of it.
//!
//! Nobody is asked who wants it or why (Freedom of the Press Act 2:18), and nothing is kept between the steps: the audit
//! log gets one line when a pack is made.

mod archive;
mod compose;
pub mod data;
mod desk;
mod fold;
pub(crate) mod gather;
mod judge;
pub(crate) mod pages;
mod passage;
pub mod proof;
mod search;
mod signed;
mod verify;
mod whole;

#[cfg(test)]
pub(crate) use desk::check;
pub(crate) use desk::{Desk, Examination, Made};
pub(crate) use judge::{Answer, Answers, Choice, Fault, seen};
pub(crate) use passage::{Passage, Reason, code_of, counterpart, in_order, label};
pub use verify::{Verified, verify};
pub(crate) use whole::{About, Whole, marks_of};

#[cfg(test)]
mod tests;
