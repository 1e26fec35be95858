//! A node with a work of its own, what another party has said of it, and an erased fact: handed out, checked, and changed.

mod bench;
mod packs;
mod tampering;
