//! Tests of the whole system: real programs, real files, real connections.
