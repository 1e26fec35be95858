//! What documents about the county mean: plain structures read from a [`crate::record::Record`], the same for the command
//! line and for pages. They know no I/O; what is contradictory or missing stays so.

pub mod body;
pub mod decision;
pub mod freshness;
