//! Harness, whole-system tests and simulation of samsyn.

#[cfg(feature = "system")]
pub mod county;
pub mod sim;
