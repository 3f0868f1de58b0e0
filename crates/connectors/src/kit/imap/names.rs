//! How names and sets stand in a command: modified UTF-7 (RFC 3501 §5.1.3), quoted strings, sets of numbers.

use data_encoding::{Encoding, Specification};
use std::sync::LazyLock;

/// Base64 with `,` in place of `/` and no padding.
static BASE64: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,");
    spec.check_trailing_bits = false;
    spec.encoding().ok()
});

pub fn encode_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut wide: Vec<u8> = Vec::new();
    let flush = |wide: &mut Vec<u8>, out: &mut String| {
        if !wide.is_empty() {
            let text = BASE64.as_ref().map(|b| b.encode(wide)).unwrap_or_default();
            out.push_str(&format!("&{text}-"));
            wide.clear();
        }
    };
    for c in name.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            flush(&mut wide, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0u16; 2];
            wide.extend(c.encode_utf16(&mut units).iter().flat_map(|u| u.to_be_bytes()));
        }
    }
    flush(&mut wide, &mut out);
    out
}

/// What cannot be decoded stays as it is: some servers send UTF-8.
pub fn decode_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let Some((inner, tail)) = after.split_once('-') else {
            out.push('&');
            out.push_str(after);
            return out;
        };
        match (inner.is_empty(), wide(inner)) {
            (true, _) => out.push('&'),
            (false, Some(text)) => out.push_str(&text),
            (false, None) => out.push_str(&format!("&{inner}-")),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn wide(inner: &str) -> Option<String> {
    let bytes = BASE64.as_ref()?.decode(inner.as_bytes()).ok()?;
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}

/// A quoted string; `None` when the text cannot stand in one.
pub fn quoted(text: &str) -> Option<String> {
    if !text.is_ascii() || text.chars().any(|c| matches!(c, '\0' | '\r' | '\n')) {
        return None;
    }
    Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// `1:4,7` of ascending numbers.
pub fn uid_set(uids: &[u32]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while let Some(first) = uids.get(at) {
        let run = uids[at..].windows(2).take_while(|w| w[1] == w[0] + 1).count();
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(&first.to_string());
        if run > 0 {
            out.push_str(&format!(":{}", uids[at + run]));
        }
        at += run + 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_they_stand_on_the_wire() {
        // The examples of RFC 3501, and folders of real mailboxes.
        for (name, wire) in [
            ("INBOX", "INBOX"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("R&D", "R&-D"),
            ("Gelöscht & fertig 😀", "Gel&APY-scht &- fertig &2D3eAA-"),
            ("\u{1}", "&AAE-"),
        ] {
            assert_eq!(encode_name(name), wire);
            assert_eq!(decode_name(wire), name);
        }
        assert_eq!(decode_name("a & b"), "a & b");
        assert_eq!(decode_name("&!!!-x &"), "&!!!-x &");
        assert_eq!(decode_name("Entwürfe"), "Entwürfe");
        assert_eq!(quoted("a \"b\" \\c").unwrap(), r#""a \"b\" \\c""#);
        assert_eq!((quoted("a\r\nb"), quoted("ü")), (None, None));
    }

    #[test]
    fn sets_are_short() {
        assert_eq!(uid_set(&[1, 2, 3, 4, 7, 9, 10]), "1:4,7,9:10");
        assert_eq!((uid_set(&[5]), uid_set(&[])), ("5".into(), String::new()));
    }
}
