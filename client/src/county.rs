//! What documents about the county mean: plain structures read from a [`crate::record::Record`], the same for the command
//! line and for pages. They know no I/O; what is contradictory or missing stays so.

pub mod body;
pub mod cell;
pub mod criteria;
pub mod decision;
pub mod found;
pub mod freshness;
pub mod indicators;
pub mod programme;
pub mod roadmap;
pub mod rollout;
pub mod similar;
pub mod work;
