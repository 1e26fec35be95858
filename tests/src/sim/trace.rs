//! The last things that happened before a failure.

use super::world::kind;
use samsyn_core::sync::Frame;
use std::collections::VecDeque;

/// Lines kept.
const LINES: usize = 60;

#[derive(Debug, Default)]
pub(super) struct Trace(VecDeque<String>);

impl Trace {
    pub(super) fn add(&mut self, now_ms: u64, what: String) {
        if self.0.len() == LINES {
            self.0.pop_front();
        }
        self.0.push_back(format!("{:>9} {what}", now_ms % 1_000_000_000));
    }

    pub(super) fn frame(&mut self, now_ms: u64, from: usize, to: usize, frame: &Frame) {
        if !matches!(frame, Frame::Contacts(_) | Frame::Hello(_)) {
            self.add(now_ms, format!("{from} -> {to}: {}", kind(frame)));
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}
