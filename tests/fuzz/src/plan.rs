//! A reader of small numbers and pieces, for inputs that say what to build. It never ends: past the last byte all is zero.

/// What is left of an input.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a>(&'a [u8]);

impl<'a> Plan<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }
    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }
    /// A number below `end`, which is at most 256 (0 where `end` is 0).
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end.max(1)
    }
    /// One of a list that is not empty.
    pub fn pick<'b, T>(&mut self, of: &'b [T]) -> &'b T {
        &of[usize::from(self.u16()) % of.len()]
    }
    /// At most `count` bytes.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (piece, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        piece
    }
    /// A piece with its length before it.
    pub fn piece(&mut self) -> &'a [u8] {
        let length = usize::from(self.u16());
        self.take(length)
    }
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}
