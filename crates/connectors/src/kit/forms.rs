//! Bodies of forms that providers post: `application/x-www-form-urlencoded` and `multipart/form-data`.

use kernel::channel::{ParseError, RawDelivery};

/// The pairs of a urlencoded body or query, in order.
pub fn pairs(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

/// The first value of that name.
pub fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
}

/// The query of a delivery's path as pairs.
pub fn query(raw: &RawDelivery) -> Vec<(String, String)> {
    raw.path.split_once('?').map(|(_, q)| pairs(q.as_bytes())).unwrap_or_default()
}

/// One part of a multipart form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    pub filename: Option<String>,
    pub content_type: Option<String>,
    pub bytes: Vec<u8>,
}
impl Part {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// The most parts of one form.
const MOST_PARTS: usize = 1_000;

/// The parts of a `multipart/form-data` body (RFC 7578).
pub fn multipart(content_type: &str, body: &[u8]) -> Result<Vec<Part>, ParseError> {
    let none = || ParseError("The form has no boundary.".into());
    let boundary = parameter(content_type, "boundary").filter(|b| !b.is_empty() && b.len() <= 200).ok_or_else(none)?;
    let mark = format!("--{boundary}").into_bytes();
    let mut parts = Vec::new();
    let mut rest = match find(body, &mark) {
        Some(at) => &body[at + mark.len()..],
        None => return Err(ParseError("The form does not hold its boundary.".into())),
    };
    let inner = [b"\r\n".as_slice(), &mark].concat();
    while !rest.starts_with(b"--") {
        let start = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest);
        let Some(end) = find(start, &inner) else { return Err(ParseError("The form breaks off.".into())) };
        if parts.len() == MOST_PARTS {
            return Err(ParseError(format!("A form takes {MOST_PARTS} parts.")));
        }
        parts.extend(part(&start[..end]));
        rest = &start[end + inner.len()..];
    }
    Ok(parts)
}

fn part(raw: &[u8]) -> Option<Part> {
    let (head, bytes) = match find(raw, b"\r\n\r\n") {
        Some(at) => (&raw[..at], &raw[at + 4..]),
        None => return None,
    };
    let head = String::from_utf8_lossy(head);
    let line = |name: &str| {
        head.lines().find_map(|l| l.split_once(':').filter(|(n, _)| n.trim().eq_ignore_ascii_case(name)).map(|(_, v)| v.trim().to_owned()))
    };
    let disposition = line("content-disposition")?;
    Some(Part {
        name: parameter(&disposition, "name")?,
        filename: parameter(&disposition, "filename").filter(|f| !f.is_empty()),
        content_type: line("content-type"),
        bytes: bytes.to_vec(),
    })
}

/// A parameter of a header value, quoted or not.
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value;
    while let Some(at) = rest.find(';') {
        rest = rest[at + 1..].trim_start();
        let (key, after) = rest.split_once('=')?;
        let (found, after) = match after.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find('"')?;
                (&quoted[..end], &quoted[end + 1..])
            }
            None => after.split_at(after.find(';').unwrap_or(after.len())),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(found.trim().replace("%22", "\""));
        }
        rest = after;
    }
    None
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = 0;
    while let Some(step) = haystack.get(at..)?.iter().position(|b| *b == first) {
        at += step;
        if haystack[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_a_file_is_read() {
        let body = b"preamble\r\n--X\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\na@b.example\r\n--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a;b.txt\"\r\nContent-Type: text/plain\r\n\r\n\r\n--Y\r\n\r\n--X--\r\n";
        let parts = multipart("multipart/form-data; charset=utf-8; boundary=\"X\"", body).unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].name.as_str(), parts[0].text().as_str()), ("to", "a@b.example"));
        assert_eq!(parts[1].filename.as_deref(), Some("a;b.txt"));
        assert_eq!(parts[1].bytes, b"\r\n--Y\r\n");
        assert!(multipart("multipart/form-data", body).is_err());
        assert!(multipart("multipart/form-data; boundary=Z", body).is_err());
        assert!(multipart("multipart/form-data; boundary=X", b"--X\r\nbroken").is_err());
    }

    #[test]
    fn pairs_keep_their_order_and_letters() {
        assert_eq!(pairs(b"a=H%C3%A9llo+%26&b="), [("a".into(), "Héllo &".into()), ("b".into(), String::new())]);
        assert_eq!(first(&pairs(b"b=&b=2"), "b"), None);
    }
}
