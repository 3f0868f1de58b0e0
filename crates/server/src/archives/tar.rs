//! Just enough of tar (POSIX ustar) for archives whose entries are plain files with short names: `tar` opens what is written here. Read are
//! only archives that were written here.

use kernel::{Error, Result};
use std::io::{Read, Write};

const BLOCK: usize = 512;
const NAME: usize = 100;

pub fn damaged(what: impl std::fmt::Display) -> Error {
    Error::conflict("archive.damaged", format!("This archive is damaged: {what}. Nothing was taken in; fetch or make it again."))
}

fn header(name: &str, size: u64, at: i64) -> Result<[u8; BLOCK]> {
    let mut block = [0u8; BLOCK];
    if name.len() >= NAME || size >= 1 << 33 {
        return Err(Error::internal(format!("{name} does not fit into an archive")));
    }
    let mut put = |from: usize, text: &str| block[from..from + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000600");
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, &format!("{:011o}", (at / 1_000).max(0)));
    put(148, "        ");
    put(156, "0");
    put(257, "ustar");
    put(263, "00");
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(block)
}

pub struct Writer<W: Write> {
    into: W,
    at: i64,
}
impl<W: Write> Writer<W> {
    pub fn new(into: W, at: i64) -> Self {
        Self { into, at }
    }
    pub fn put(&mut self, name: &str, content: &[u8]) -> Result<()> {
        self.stream(name, content.len() as u64, &mut |into| into.write_all(content))
    }
    /// An entry whose bytes are written by `fill`: exactly as many as were said.
    pub fn stream(&mut self, name: &str, size: u64, fill: &mut dyn FnMut(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
        self.into.write_all(&header(name, size, self.at)?).map_err(unwritable)?;
        let mut counted = Counted { into: &mut self.into, count: 0 };
        fill(&mut counted).map_err(unwritable)?;
        if counted.count != size {
            return Err(Error::internal(format!("{name} was said to have {size} bytes and has {}", counted.count)));
        }
        let rest = (BLOCK - (size % BLOCK as u64) as usize) % BLOCK;
        self.into.write_all(&[0u8; BLOCK][..rest]).map_err(unwritable)
    }
    pub fn end(mut self) -> Result<W> {
        self.into.write_all(&[0u8; BLOCK * 2]).map_err(unwritable)?;
        Ok(self.into)
    }
}

struct Counted<'a, W> {
    into: &'a mut W,
    count: u64,
}
impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.into.write(bytes)?;
        self.count += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.into.flush()
    }
}

pub fn unwritable(e: std::io::Error) -> Error {
    Error::unavailable("archive.not_written", format!("The archive cannot be written: {e}."))
}

/// One entry after the other; what is not read of one is skipped.
pub struct Reader<R: Read> {
    from: R,
    left: u64,
    padding: u64,
}
impl<R: Read> Reader<R> {
    pub fn new(from: R) -> Self {
        Self { from, left: 0, padding: 0 }
    }
    /// Name and size of the next entry; none at the end.
    pub fn advance(&mut self) -> Result<Option<(String, u64)>> {
        let mut skip = self.left + self.padding;
        let mut buffer = [0u8; 16 << 10];
        while skip > 0 {
            let n = (skip as usize).min(buffer.len());
            self.from.read_exact(&mut buffer[..n]).map_err(short)?;
            skip -= n as u64;
        }
        (self.left, self.padding) = (0, 0);
        let mut block = [0u8; BLOCK];
        self.from.read_exact(&mut block).map_err(short)?;
        if block.iter().all(|b| *b == 0) {
            return Ok(None);
        }
        let text = |from: usize, to: usize| {
            let raw = &block[from..to];
            let end = raw.iter().position(|b| *b == 0).unwrap_or(raw.len());
            std::str::from_utf8(&raw[..end]).map(str::trim).map_err(damaged)
        };
        let stated = u32::from_str_radix(text(148, 156)?, 8).map_err(damaged)?;
        let sum: u32 = block.iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { u32::from(*b) }).sum();
        if sum != stated {
            return Err(damaged("the head of an entry has changed"));
        }
        let (name, size) = (text(0, NAME)?.to_owned(), u64::from_str_radix(text(124, 136)?, 8).map_err(damaged)?);
        self.left = size;
        self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        Ok(Some((name, size)))
    }
    /// The whole content of this entry, if it is not unreasonably large.
    pub fn whole(&mut self, at_most: u64) -> Result<Vec<u8>> {
        if self.left > at_most {
            return Err(damaged("a part is too large"));
        }
        let mut out = Vec::with_capacity(self.left as usize);
        self.pieces(&mut |piece| {
            out.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(out)
    }
    pub fn pieces(&mut self, each: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut buffer = vec![0u8; 64 << 10];
        while self.left > 0 {
            let n = (self.left).min(buffer.len() as u64) as usize;
            self.from.read_exact(&mut buffer[..n]).map_err(short)?;
            self.left -= n as u64;
            each(&buffer[..n])?;
        }
        Ok(())
    }
    /// Reads to the very end, so that the check of the compression is made.
    pub fn drain(mut self) -> Result<()> {
        std::io::copy(&mut self.from, &mut std::io::sink()).map(drop).map_err(short)
    }
}

fn short(e: std::io::Error) -> Error {
    match e.kind() {
        std::io::ErrorKind::UnexpectedEof => damaged("it ends too early"),
        _ => damaged(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_every_head_is_checked() {
        let mut w = Writer::new(Vec::new(), 1_793_181_600_000);
        w.put("a.txt", b"one").unwrap();
        w.put("empty", b"").unwrap();
        w.put("tables/b/00001.jsonl", &[7u8; 1024]).unwrap();
        assert!(w.stream("short", 5, &mut |into| into.write_all(b"abc")).is_err());
        let mut w = Writer::new(Vec::new(), 0);
        w.put("a.txt", b"one").unwrap();
        w.put("b", &[7u8; 1024]).unwrap();
        let bytes = w.end().unwrap();
        assert_eq!(bytes.len() % BLOCK, 0);
        let mut r = Reader::new(&bytes[..]);
        assert_eq!(r.advance().unwrap(), Some(("a.txt".into(), 3)));
        assert_eq!(r.whole(10).unwrap(), b"one");
        assert_eq!(r.advance().unwrap(), Some(("b".into(), 1024)));
        assert_eq!(r.advance().unwrap(), None, "what was not read is skipped");
        let mut changed = bytes.clone();
        changed[0] ^= 1;
        assert!(Reader::new(&changed[..]).advance().is_err());
        let mut r = Reader::new(&bytes[..600]);
        assert!(r.advance().is_ok() && r.advance().is_err(), "it ends too early");
    }
}
