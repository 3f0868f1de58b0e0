//! What a stored file is served as. A sender may claim anything, and a browser runs what it takes for a page: so the bytes
//! decide, and nothing that could run in our origin is ever shown inline.

/// How a browser is told to treat a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    Inline,
    Attachment,
}
impl Disposition {
    /// The word of the `Content-Disposition` header.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::Attachment => "attachment",
        }
    }
}

const BINARY: &str = "application/octet-stream";
const TEXT: &str = "text/plain";

/// The type to store and serve: from the first bytes (some 512 of them), then the name, then the claim.
pub fn safe_content_type(name: &str, first_bytes: &[u8], claimed: &str) -> String {
    let claimed = claimed.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let named = mime_guess::from_path(name).first_raw().unwrap_or_default();
    if looks_active(first_bytes) {
        return BINARY.into();
    }
    if let Some(found) = infer::get(first_bytes).map(|t| t.mime_type()) {
        // Office files and e-books are archives; only their names tell which.
        let archive = found == "application/zip" || found == "application/x-ole-storage";
        let precise = [named, &claimed].into_iter().find(|t| archive && (t.starts_with("application/vnd.") || t.ends_with("+zip")));
        let kind = precise.unwrap_or(match found {
            "video/webm" if is_only_sound(first_bytes) => "audio/webm",
            // Opus in Ogg (RFC 7845 §9); providers know voice messages by this name.
            "audio/opus" => "audio/ogg",
            found => found,
        });
        return if is_active(kind) { BINARY.into() } else { kind.into() };
    }
    let stated = if named.is_empty() { claimed.as_str() } else { named };
    if is_active(stated) || is_active(&claimed) {
        return if is_text(first_bytes) { TEXT.into() } else { BINARY.into() };
    }
    match stated.split('/').next() {
        // These have marks of their own; without them they are not what they say.
        Some("image" | "audio" | "video" | "font") => BINARY.into(),
        Some("text") if !is_text(first_bytes) => BINARY.into(),
        Some("text" | "message" | "application") if stated != "application/pdf" && is_token(stated) => stated.into(),
        _ if stated.is_empty() && is_text(first_bytes) && !first_bytes.is_empty() => TEXT.into(),
        _ => BINARY.into(),
    }
}

/// Only what browsers show without running it is shown in place.
pub fn disposition(content_type: &str) -> Disposition {
    match content_type {
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif" | "image/bmp" => Disposition::Inline,
        "video/mp4" | "video/webm" | "video/quicktime" | "application/pdf" | "text/plain" => Disposition::Inline,
        "audio/mpeg" | "audio/mp4" | "audio/m4a" | "audio/x-m4a" | "audio/ogg" | "audio/opus" | "audio/aac" | "audio/amr"
        | "audio/x-wav" | "audio/wav" | "audio/webm" => Disposition::Inline,
        _ => Disposition::Attachment,
    }
}

/// A recording of sound in a container that may hold films: its tracks are named near the beginning.
fn is_only_sound(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(4_096)];
    let names = |word: &[u8]| start.windows(word.len()).any(|w| w == word);
    (names(b"A_OPUS") || names(b"A_VORBIS")) && !names(b"V_VP8") && !names(b"V_VP9") && !names(b"V_AV1") && !names(b"V_MPEG")
}

/// Types that carry script, by name.
fn is_active(content_type: &str) -> bool {
    ["html", "xml", "svg", "javascript", "ecmascript", "x-shockwave-flash", "xsl", "vbscript", "xhtml", "x-httpd-php", "hta", "mathml"]
        .iter()
        .any(|word| content_type.contains(word))
        && !content_type.starts_with("application/vnd.openxmlformats")
}

/// Bytes that a browser left to guess would take for a page (the WHATWG list, and a little more).
fn looks_active(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // UTF-16 pages: the zero bytes are all that hides the tag.
    let text: Vec<u8> = text.iter().filter(|b| **b != 0 && **b < 0xfe).take(1_024).map(u8::to_ascii_lowercase).collect();
    let text = text.trim_ascii_start();
    const TAGS: [&[u8]; 21] = [
        b"<!doctype",
        b"<html",
        b"<head",
        b"<script",
        b"<iframe",
        b"<h1",
        b"<div",
        b"<font",
        b"<table",
        b"<a ",
        b"<style",
        b"<title",
        b"<b>",
        b"<body",
        b"<br",
        b"<p",
        b"<!--",
        b"<?xml",
        b"<svg",
        b"<math",
        b"<img",
    ];
    TAGS.iter().any(|tag| text.starts_with(tag)) || text.windows(4).any(|w| w == b"<svg") || text.windows(7).any(|w| w == b"<script")
}

fn is_text(bytes: &[u8]) -> bool {
    !bytes.iter().any(|b| *b < 0x20 && !matches!(*b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
}

/// Two words and a slash, fit for a header.
fn is_token(content_type: &str) -> bool {
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    content_type.len() <= 127 && content_type.split_once('/').is_some_and(|(a, b)| word(a) && word(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[test]
    fn bytes_decide_over_names_and_claims() {
        for (name, bytes, claimed, expected) in [
            ("a.png", PNG, "image/png", "image/png"),
            ("a.html", PNG, "text/html", "image/png"),
            ("voice.webm", b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm\x86\x86A_OPUS", "video/webm", "audio/webm"),
            ("film.webm", b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm\x86\x85V_VP8\x86\x86A_OPUS", "video/webm", "video/webm"),
            ("a.png", b"<html><script>alert(1)</script>", "image/png", BINARY),
            ("a.txt", b"  \n<!DOCTYPE html>", "text/plain", BINARY),
            ("a.txt", b"\xef\xbb\xbf<svg onload=alert(1)>", "text/plain", BINARY),
            ("a.png", b"\xff\xfe<\0s\0c\0r\0i\0p\0t\0>\0", "image/png", BINARY),
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", BINARY),
            ("a.xml", b"<?xml version='1.0'?>", "text/xml", BINARY),
            ("a.js", b"alert(1)", "text/javascript", TEXT),
            ("a.html", b"hello", "text/html", TEXT),
            ("a", b"hello", "text/html; charset=utf-8", TEXT),
            ("a.png", b"hello", "image/png", BINARY),
            ("a.csv", b"a,b\n1,2\n", "", "text/csv"),
            ("notes.txt", b"hello", "", TEXT),
            ("notes", b"hello", "", TEXT),
            ("a.pdf", b"%PDF-1.7\n", "application/pdf", "application/pdf"),
            ("a.pdf", b"hello", "application/pdf", BINARY),
            ("a.txt", b"\0\x01\x02", "text/plain", BINARY),
            ("a.zip", b"PK\x03\x04\x14\0", "", "application/zip"),
            ("a.eml", b"Subject: x\r\n\r\nx", "message/rfc822", "message/rfc822"),
            ("a", b"x", "application/x\r\nSet-Cookie: a=b", BINARY),
        ] {
            assert_eq!(safe_content_type(name, bytes, claimed), expected, "{name} {claimed}");
        }
        let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        assert_eq!(safe_content_type("a.docx", b"PK\x03\x04\x14\0", ""), docx);
        assert_eq!(disposition(docx), Disposition::Attachment);
    }

    #[test]
    fn nothing_that_runs_is_inline() {
        for kind in
            ["text/html", "image/svg+xml", "text/xml", "application/xhtml+xml", "text/javascript", "application/json", BINARY, "text/css"]
        {
            assert_eq!(disposition(kind), Disposition::Attachment, "{kind}");
        }
        assert_eq!(disposition("image/png"), Disposition::Inline);
        assert_eq!(disposition("image/png").word(), "inline");
    }
}
