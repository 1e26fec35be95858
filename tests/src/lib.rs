//! Whole-system tests of samsyn: the harness ([`county`]) over real processes, and what the test programs share.

pub mod county;
