//! Tests of the whole system: real programs, real files, real connections.

mod by_hand;
mod clients;
mod coordinator;
mod crash;
mod demo;
mod devices;
mod disk;
mod join;
mod links;
mod operator;
mod privacy;
mod prose;
mod purity;
mod readme;
mod restore;
