//! Out of a stream of bytes, one whole response at a time: a line, and the literals in it (RFC 3501 §4.3).

/// Most of a response that is not literals. The longest honest one answers SEARCH: seven digits for each of a million mails.
const LINES: usize = 8 << 20;
/// Read bytes are dropped when there are so many of them.
const READ: usize = 256 << 10;

#[derive(Default)]
pub struct Frames {
    buffer: Vec<u8>,
    /// Where the response begins.
    start: usize,
    /// Where the line that is looked at begins.
    line: usize,
    /// Up to where that line is known to have no end.
    seen: usize,
    /// Bytes of literals in this response.
    literals: usize,
}

impl Frames {
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start >= READ {
            self.buffer.drain(..self.start);
            self.line -= self.start;
            self.seen -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Nothing waits that was not taken.
    pub fn is_empty(&self) -> bool {
        self.start == self.buffer.len()
    }

    /// The next response with its final CRLF, once it is all there; `most` is how much its literals may hold.
    pub fn take(&mut self, most: usize) -> Result<Option<Vec<u8>>, String> {
        loop {
            // A literal may not have come yet.
            let unseen = self.buffer.get(self.seen..).unwrap_or_default();
            let Some(end) = unseen.windows(2).position(|w| w == b"\r\n").map(|n| self.seen + n) else {
                self.seen = self.seen.max(self.buffer.len().saturating_sub(1));
                let plain = self.buffer.len().saturating_sub(self.start + self.literals);
                return if plain > LINES { Err("the server's answer has no end".into()) } else { Ok(None) };
            };
            let line = self.buffer.get(self.line..end).unwrap_or_default();
            let literal = if is_text(self.buffer.get(self.start..end).unwrap_or_default()) { None } else { literal_of(line) };
            let Some(size) = literal else {
                let response = self.buffer.get(self.start..end + 2).unwrap_or_default().to_vec();
                self.start = end + 2;
                (self.line, self.seen, self.literals) = (self.start, self.start, 0);
                return Ok(Some(response));
            };
            self.literals = self.literals.saturating_add(size);
            if self.literals > most {
                return Err(format!("the server sends {} bytes where at most {most} were asked for", self.literals));
            }
            self.line = end + 2 + size;
            self.seen = self.line;
        }
    }
}

/// Human words, in which braces mean nothing: `* OK …`, `+ …`, and everything with a tag.
fn is_text(response: &[u8]) -> bool {
    let Some(rest) = response.strip_prefix(b"* ") else { return true };
    // The first word of an endless line is not searched to its end each time a piece of it arrives.
    let rest = rest.get(..rest.len().min("PREAUTH ".len())).unwrap_or_default();
    let word = rest.split(|b| *b == b' ').next().unwrap_or_default();
    [&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"].iter().any(|w| word.eq_ignore_ascii_case(w))
}

/// The size of the literal that a line announces at its end: `… {310}`.
fn literal_of(line: &[u8]) -> Option<usize> {
    let inner = line.strip_suffix(b"}")?;
    let inner = inner.strip_suffix(b"+").unwrap_or(inner);
    let open = inner.iter().rposition(|b| *b == b'{')?;
    let digits = inner.get(open + 1..)?;
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // More digits than a size has are a size that is too large.
    Some(std::str::from_utf8(digits).ok()?.parse().unwrap_or(usize::MAX / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], piece: usize, most: usize) -> Result<Vec<String>, String> {
        let mut frames = Frames::default();
        let mut out = Vec::new();
        for bytes in text.chunks(piece) {
            frames.push(bytes);
            while let Some(response) = frames.take(most)? {
                out.push(String::from_utf8_lossy(&response).into_owned());
            }
        }
        Ok(out)
    }

    #[test]
    fn responses_are_cut_alike_however_they_arrive() {
        let text = b"* OK hi {5}\r\n* 1 FETCH (UID 3 BODY[] {11}\r\nab\r\n\r\n{2}\r\n)\r\n* LIST () \"/\" {3}\r\nA\r\n\r\n+ go {1}\r\na1 OK {3}\r\n* 2 EXI";
        let want = [
            "* OK hi {5}\r\n",
            "* 1 FETCH (UID 3 BODY[] {11}\r\nab\r\n\r\n{2}\r\n)\r\n",
            "* LIST () \"/\" {3}\r\nA\r\n\r\n",
            "+ go {1}\r\n",
            "a1 OK {3}\r\n",
        ];
        for piece in [1, 2, 3, 7, 1_000] {
            assert_eq!(all(text, piece, 100).unwrap(), want, "in pieces of {piece}");
        }
        let long: String = (0..40_000).map(|n| format!("* {n} FETCH (UID {n})\r\n")).collect();
        assert_eq!(all(long.as_bytes(), 64 << 10, 0).unwrap().len(), 40_000);
    }

    #[test]
    fn what_is_larger_than_asked_for_is_refused_before_it_is_there() {
        assert!(all(b"* 1 FETCH (BODY[] {101}\r\n", 9, 100).is_err());
        assert!(
            all(
                b"* 1 FETCH (BODY[1] {60}\r\n0123456789012345678901234567890123456789012345678901234567890123456789 BODY[2] {60}\r\n",
                9,
                100
            )
            .is_err()
        );
        assert!(all(b"* 1 FETCH (BODY[] {99999999999999999999999999}\r\n", 9, 100).is_err());
        assert!(all(&vec![b'x'; LINES + 2], 64 << 10, 100).is_err());
        // A word of megabytes with thousands of literals behind it is looked at once, not thousands of times.
        let mut long = b"* ".to_vec();
        long.extend(std::iter::repeat_n(b'x', 4 << 20));
        long.extend(b"{0}\r\n".repeat(100_000));
        assert_eq!(all(&long, 64 << 10, 100).unwrap(), Vec::<String>::new());
        assert!(all(b"* 1 FETCH (BODY[] {-1}\r\n* 1 FETCH ({}\r\n", 64, 100).is_ok());
    }
}
