//! Where a stream is cut into chunks. Pages of a file stay where they are, so equal lengths find them again; rows move when one before them
//! grows, so their borders follow the content (a gear hash), and what comes after a change is recognised.

use crate::{Hash, Streamed, Writer};
use kernel::Result;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Every so many bytes.
    Every(usize),
    /// Where the content says so, 64 KiB on average.
    ByContent,
}

const LEAST: usize = 16 << 10;
const MOST: usize = 256 << 10;
/// Sixteen bits that must be zero: once in 64 KiB.
const BORDER: u64 = 0xffff << 48;
const GEAR: [u64; 256] = gear();

/// Any fixed random table does; this one is what SplitMix64 gives from zero. It must never change, or nothing is recognised any more.
const fn gear() -> [u64; 256] {
    let mut table = [0u64; 256];
    let mut state = 0u64;
    let mut i = 0;
    while i < 256 {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        table[i] = z ^ (z >> 31);
        i += 1;
    }
    table
}

/// One stream on its way into chunks.
pub struct Piped {
    cut: Cut,
    buffer: Vec<u8>,
    /// How far the buffer was looked through, and the rolling hash there.
    seen: usize,
    rolling: u64,
    bytes: u64,
    chunks: Vec<Hash>,
}

impl Piped {
    pub fn new(cut: Cut) -> Self {
        Self { cut, buffer: Vec::with_capacity(MOST), seen: 0, rolling: 0, bytes: 0, chunks: Vec::new() }
    }

    pub fn push(&mut self, writer: &mut Writer<'_>, mut bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let most = if let Cut::Every(n) = self.cut { n } else { MOST };
            let (taken, rest) = bytes.split_at(bytes.len().min(most.saturating_sub(self.buffer.len())));
            self.buffer.extend_from_slice(taken);
            bytes = rest;
            while let Some(end) = self.border() {
                self.chunks.push(writer.put(&self.buffer[..end])?);
                self.buffer.drain(..end);
                (self.seen, self.rolling) = (0, 0);
            }
        }
        Ok(())
    }

    /// Where the chunk at the front of the buffer ends, if that is known already.
    fn border(&mut self) -> Option<usize> {
        match self.cut {
            Cut::Every(n) => (self.buffer.len() >= n).then_some(n),
            Cut::ByContent => {
                let start = self.seen.max(LEAST);
                for (i, byte) in self.buffer.iter().enumerate().skip(start) {
                    self.rolling = (self.rolling << 1).wrapping_add(GEAR[usize::from(*byte)]);
                    if self.rolling & BORDER == 0 {
                        return Some(i + 1);
                    }
                }
                self.seen = self.buffer.len().max(start.min(self.buffer.len()));
                (self.buffer.len() >= MOST).then_some(MOST)
            }
        }
    }

    /// What is left becomes the last chunk.
    pub fn end(mut self, writer: &mut Writer<'_>) -> Result<Streamed> {
        if !self.buffer.is_empty() {
            self.chunks.push(writer.put(&self.buffer)?);
        }
        writer.list(self.bytes, &self.chunks)
    }
}
