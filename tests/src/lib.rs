//! Harness, whole-system tests and simulation of samsyn.

pub mod sim;
