//! Commands with which an operator sets a node up and keeps it: they work on files and need no running node.

pub mod archive;
pub mod audit;
pub mod cert;
pub mod charter;
pub mod deputy;
pub mod describe;
pub mod device;
pub mod dispose;
pub mod example_config;
pub mod init;
pub mod public_register;
pub mod status;
pub mod verify;
pub mod verify_pack;
