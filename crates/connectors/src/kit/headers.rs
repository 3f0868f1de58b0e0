//! The header section of a mail, read with patience: folded lines joined, 8-bit text decoded, nothing refused.
//!
//! The MIME parser gives addresses and parts; what decides about threads, loops and robots is read here, from
//! every occurrence of a header and not from the last one only.

use std::borrow::Cow;

/// Longest header section we look at. Larger ones are not mail that a person wrote.
pub const LARGEST: usize = 1 << 20;
const MOST_LINES: usize = 5_000;

/// Names in lower case, values unfolded; order kept.
#[derive(Debug, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    pub fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    pub fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }
}

/// Where the header section ends (after its blank line); the whole length when there is no blank line.
pub fn end(raw: &[u8]) -> usize {
    let mut at = 0;
    while at < raw.len() {
        let line_end = raw[at..].iter().position(|b| *b == b'\n').map_or(raw.len(), |n| at + n + 1);
        let blank = matches!(&raw[at..line_end], b"\n" | b"\r\n");
        at = line_end;
        if blank {
            return at;
        }
    }
    raw.len()
}

/// Reads the headers in front of a body, or a bare block of them.
pub fn read(raw: &[u8]) -> Headers {
    let section = &raw[..end(&raw[..raw.len().min(LARGEST)])];
    let mut list: Vec<(String, String)> = Vec::new();
    for line in section.split(|b| *b == b'\n').take(MOST_LINES) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = decode_line(line);
        if text.starts_with([' ', '\t']) {
            if let Some((_, value)) = list.last_mut() {
                value.push(' ');
                value.push_str(text.trim());
            }
        } else if let Some((name, value)) = text.split_once(':') {
            let name = name.trim_end();
            if !name.is_empty() && !name.contains(char::is_whitespace) {
                list.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
    }
    Headers(list)
}

/// Is there a header of this name? Without reading them all.
pub fn has(raw: &[u8], name: &str) -> bool {
    let section = &raw[..end(&raw[..raw.len().min(LARGEST)])];
    section.split(|b| *b == b'\n').take(MOST_LINES).any(|line| {
        let named = line.iter().position(|b| *b == b':').map(|at| line[..at].trim_ascii_end());
        named.is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
    })
}

/// The same mail with header lines that are no UTF-8 taken as windows-1252, which is what they nearly always are.
pub fn repair(raw: &[u8]) -> Cow<'_, [u8]> {
    let body = end(raw);
    if std::str::from_utf8(&raw[..body]).is_ok() {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len() + body / 8);
    for line in raw[..body].split_inclusive(|b| *b == b'\n') {
        out.extend_from_slice(decode_line(line).as_bytes());
    }
    out.extend_from_slice(&raw[body..]);
    Cow::Owned(out)
}

/// UTF-8 when it is that, else windows-1252.
pub fn decode_line(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_and_eight_bit_lines_are_read() {
        let raw = b"From: a@b\r\nSubject: Gr\xfc\xdfe\r\n aus Wien\r\nX: 1\r\nX: 2\r\n\r\nBody: no\r\n";
        let headers = read(raw);
        assert_eq!(headers.first("subject"), Some("Gr\u{fc}\u{df}e aus Wien"));
        assert_eq!(headers.all("x").collect::<Vec<_>>(), ["1", "2"]);
        assert!(!headers.has("body"));
        assert!(has(raw, "SUBJECT") && has(raw, "x") && !has(raw, "body") && !has(raw, "aus Wien"));
        assert!(String::from_utf8_lossy(&repair(raw)).contains("Gr\u{fc}\u{df}e"));
    }
}
