//! Harness, whole-system tests and simulation of samsyn.

#[cfg(feature = "system")]
pub mod bench;
#[cfg(feature = "system")]
pub mod county;
#[cfg(feature = "failpoints")]
pub mod crash;
pub mod hostile;
#[cfg(feature = "system")]
pub mod network;
pub mod sim;
