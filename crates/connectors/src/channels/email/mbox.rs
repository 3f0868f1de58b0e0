//! Archives in mbox format (RFC 4155; the mboxo and mboxrd ways of quoting `From `), read one message at a time
//! from a reader of any size. Each message tells where the next begins, so that an import can go on after a stop.

use std::io::{self, BufRead};

/// Larger messages are given cut, and marked.
pub const LARGEST_MESSAGE: usize = 64 << 20;
const LONGEST_LINE: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MboxMessage {
    /// Where its `From ` line starts in the archive.
    pub offset: u64,
    /// Where to go on after it.
    pub next_offset: u64,
    /// The mail, without the `From ` line and with that quoting undone.
    pub raw: Vec<u8>,
    /// It was larger than [`LARGEST_MESSAGE`].
    pub cut: bool,
}

/// Reads from the reader's place, which lies `offset` bytes into the archive.
pub fn parse_mbox<R: BufRead>(reader: R, offset: u64) -> Mbox<R> {
    Mbox { reader, at: offset, pending: None, done: false }
}

pub struct Mbox<R> {
    reader: R,
    at: u64,
    /// Offset of a `From ` line already read.
    pending: Option<u64>,
    done: bool,
}

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = io::Result<MboxMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        match self.read_message() {
            Ok(Some(message)) => Some(Ok(message)),
            Ok(None) => {
                self.done = true;
                None
            }
            Err(error) => {
                self.done = true;
                Some(Err(error))
            }
        }
    }
}

impl<R: BufRead> Mbox<R> {
    fn read_message(&mut self) -> io::Result<Option<MboxMessage>> {
        let mut line = Vec::new();
        let offset = match self.pending.take() {
            Some(offset) => offset,
            None => match self.find_start(&mut line)? {
                Some(offset) => offset,
                None => return Ok(None),
            },
        };
        let mut out = MboxMessage { offset, next_offset: self.at, raw: Vec::new(), cut: false };
        let mut blank_before = false;
        let mut line_start = true;
        loop {
            let before = self.at;
            let whole = self.read_line(&mut line)?;
            if line.is_empty() {
                out.next_offset = self.at;
                self.done = true;
                break;
            }
            if line_start && blank_before && is_separator(&line) {
                out.next_offset = before;
                self.pending = Some(before);
                // The blank line before a separator belongs to the archive.
                let end = out.raw.len() - if out.raw.ends_with(b"\r\n") { 2 } else { usize::from(out.raw.ends_with(b"\n")) };
                out.raw.truncate(end);
                break;
            }
            let content = if line_start { unquote(&line) } else { &line[..] };
            blank_before = line_start && matches!(content, b"\n" | b"\r\n");
            line_start = whole;
            if out.raw.len() + content.len() <= LARGEST_MESSAGE {
                out.raw.extend_from_slice(content);
            } else {
                out.cut = true;
            }
        }
        Ok(Some(out))
    }

    /// The first `From ` line; what stands before it is no mail.
    fn find_start(&mut self, line: &mut Vec<u8>) -> io::Result<Option<u64>> {
        loop {
            let before = self.at;
            self.read_line(line)?;
            if line.is_empty() {
                return Ok(None);
            }
            if line.starts_with(b"From ") {
                return Ok(Some(before));
            }
        }
    }

    /// One line, or a piece of a very long one; true when it ended. An empty line buffer is the end of the archive.
    fn read_line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(true);
            }
            let room = LONGEST_LINE - line.len();
            let limit = buffer.len().min(room);
            let (take, ended) = match buffer[..limit].iter().position(|b| *b == b'\n') {
                Some(n) => (n + 1, true),
                None => (limit, false),
            };
            line.extend_from_slice(&buffer[..take]);
            self.reader.consume(take);
            self.at += take as u64;
            if ended {
                return Ok(true);
            }
            if line.len() >= LONGEST_LINE {
                return Ok(false);
            }
        }
    }
}

/// `From somebody Mon Jan  1 10:00:00 2024`: a sender and a time of day, so that prose after a blank line is not taken for one.
fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    line.len() < 1_000
        && rest
            .windows(5)
            .any(|w| w[0].is_ascii_digit() && w[1].is_ascii_digit() && w[2] == b':' && w[3].is_ascii_digit() && w[4].is_ascii_digit())
}

/// `>From ` loses one `>` (mboxo), `>>From ` too (mboxrd).
fn unquote(line: &[u8]) -> &[u8] {
    let marks = line.iter().take_while(|b| **b == b'>').count();
    if marks > 0 && line[marks..].starts_with(b"From ") { &line[1..] } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARCHIVE: &str = "From a@b Mon Jan  1 10:00:00 2024\nSubject: one\n\n>From here\n>>From there\n\nFrom now on\nprose\n\nFrom c@d Mon Jan  1 10:00:01 2024\nSubject: two\n\nbody\n";

    #[test]
    fn messages_come_one_by_one_and_reading_can_go_on_in_the_middle() {
        let all: Vec<_> = parse_mbox(ARCHIVE.as_bytes(), 0).map(Result::unwrap).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(String::from_utf8_lossy(&all[0].raw), "Subject: one\n\nFrom here\n>From there\n\nFrom now on\nprose\n");
        assert_eq!(String::from_utf8_lossy(&all[1].raw), "Subject: two\n\nbody\n");
        let rest = &ARCHIVE.as_bytes()[all[0].next_offset as usize..];
        let again: Vec<_> = parse_mbox(rest, all[0].next_offset).map(Result::unwrap).collect();
        assert_eq!(again, all[1..]);
        assert_eq!(all[1].next_offset, ARCHIVE.len() as u64);
        assert_eq!(parse_mbox(&b"no archive"[..], 0).count(), 0);
        assert_eq!(parse_mbox(&b""[..], 0).count(), 0);
    }
}
