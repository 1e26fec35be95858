//! Fuzz targets: what comes from outside a node, and what must hold of it whatever it is.
//!
//! Each module has a function `check` that takes bytes and panics where something does not hold. `fuzz_targets/` hands
//! it to libFuzzer; [`seeds`] writes the corpus to begin with, from real bytes. `tests/fuzz/run` runs them.

#![forbid(unsafe_code)]

pub mod charter;
pub mod commit;
pub mod config;
pub mod county;
pub mod frame;
pub mod header;
pub mod outline;
pub mod plan;
pub mod prose;
pub mod seeds;
pub mod sync;
pub mod time;
pub mod value;
pub mod working_copy;

#[allow(clippy::pedantic, unreachable_pub, reason = "the tests of samsyn-core use it")]
#[path = "../../../proto/core/tests/support/mod.rs"]
mod support;
