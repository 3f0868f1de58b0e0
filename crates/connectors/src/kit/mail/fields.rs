//! A mail that a provider took apart, put together again (RFC 5322, RFC 2045), so that one reader reads all mail.
//!
//! Headers stay as they were; the parts become base64 under one boundary of ours, which base64 cannot contain. The same fields always
//! give the same bytes.

use super::bodies::is_plain_type;
use crate::kit::headers;
use data_encoding::BASE64_MIME;

const MIXED: &str = "=_switchboard_mixed";
const ALTERNATIVE: &str = "=_switchboard_alternative";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    head: Vec<u8>,
    pub text: Option<Text>,
    pub html: Option<Text>,
    pub files: Vec<File>,
}

/// A text in its own character set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub charset: String,
    pub bytes: Vec<u8>,
}
impl Text {
    pub fn utf8(text: &str) -> Self {
        Self { charset: "utf-8".into(), bytes: text.as_bytes().to_vec() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub content_type: String,
    /// With or without brackets.
    pub content_id: Option<String>,
    pub bytes: Vec<u8>,
}

impl Fields {
    /// From the header section as it stood in the mail.
    pub fn from_block(block: &[u8]) -> Self {
        Self { head: block[..headers::end(block)].trim_ascii_end().to_vec(), ..Self::default() }
    }
    /// From names and values.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut out = Self::default();
        pairs.into_iter().for_each(|(name, value)| out.push(name, value));
        out
    }
    pub fn has(&self, name: &str) -> bool {
        headers::has(&self.head, name)
    }
    /// Adds a header that is missing.
    pub fn fill(&mut self, name: &str, value: &str) {
        if !value.trim().is_empty() && !self.has(name) {
            self.push(name, value);
        }
    }
    fn push(&mut self, name: &str, value: &str) {
        let proper = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        if proper {
            let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            if !self.head.is_empty() {
                self.head.extend_from_slice(b"\r\n");
            }
            self.head.extend_from_slice(format!("{name}: {}", value.trim()).as_bytes());
        }
    }

    /// The mail.
    pub fn write(&self) -> Vec<u8> {
        let mut out = kept(&self.head);
        out.extend_from_slice(b"MIME-Version: 1.0\r\n");
        if self.files.is_empty() {
            self.write_texts(&mut out);
            return out;
        }
        out.extend_from_slice(format!("Content-Type: {}; boundary=\"{MIXED}\"\r\n\r\n", self.kind()).as_bytes());
        if self.text.is_some() || self.html.is_some() {
            out.extend_from_slice(format!("--{MIXED}\r\n").as_bytes());
            self.write_texts(&mut out);
        }
        for file in &self.files {
            out.extend_from_slice(format!("--{MIXED}\r\n").as_bytes());
            write_file(&mut out, file);
        }
        out.extend_from_slice(format!("--{MIXED}--\r\n").as_bytes());
        out
    }

    /// A report stays one (RFC 6522); everything else is mixed.
    fn kind(&self) -> String {
        let head = headers::read(&self.head);
        let given = head.first("content-type").unwrap_or_default().to_ascii_lowercase();
        if !given.starts_with("multipart/report") {
            return "multipart/mixed".into();
        }
        let report = given.split("report-type=").nth(1).unwrap_or_default();
        let report: String =
            report.trim_start_matches('"').chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').take(60).collect();
        if report.is_empty() { "multipart/report".into() } else { format!("multipart/report; report-type={report}") }
    }

    fn write_texts(&self, out: &mut Vec<u8>) {
        match (&self.text, &self.html) {
            (Some(text), Some(html)) => {
                out.extend_from_slice(format!("Content-Type: multipart/alternative; boundary=\"{ALTERNATIVE}\"\r\n\r\n").as_bytes());
                for (kind, one) in [("text/plain", text), ("text/html", html)] {
                    out.extend_from_slice(format!("--{ALTERNATIVE}\r\n").as_bytes());
                    write_text(out, kind, one);
                }
                out.extend_from_slice(format!("--{ALTERNATIVE}--\r\n").as_bytes());
            }
            (None, Some(html)) => write_text(out, "text/html", html),
            (Some(text), None) => write_text(out, "text/plain", text),
            (None, None) => write_text(out, "text/plain", &Text::utf8("")),
        }
    }
}

/// The headers without those that describe parts which are no more.
fn kept(head: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(head.len() + 64);
    let mut keeping = false;
    for line in head.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|b| *b == b':').next().unwrap_or_default().trim_ascii();
            let starts = |with: &[u8]| name.get(..with.len()).is_some_and(|n| n.eq_ignore_ascii_case(with));
            keeping = line.contains(&b':') && !name.is_empty() && !starts(b"content-") && !name.eq_ignore_ascii_case(b"mime-version");
        }
        if keeping && !line.is_empty() {
            out.extend_from_slice(line);
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

fn write_text(out: &mut Vec<u8>, kind: &str, text: &Text) {
    let charset: String =
        text.charset.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':')).take(40).collect();
    let charset = if charset.is_empty() { "utf-8".to_owned() } else { charset };
    out.extend_from_slice(format!("Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n").as_bytes());
    write_base64(out, &text.bytes);
}

fn write_file(out: &mut Vec<u8>, file: &File) {
    let given = file.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let kind = if is_plain_type(&given) && !given.starts_with("multipart/") { given } else { "application/octet-stream".into() };
    // A name may hold anything; RFC 2231 writes it in ASCII.
    let name: String = file.name.chars().filter(|c| !c.is_control()).take(200).collect();
    let disposition = if name.is_empty() {
        "Content-Disposition: attachment\r\n".to_owned()
    } else {
        format!("Content-Disposition: attachment; filename*=utf-8''{}\r\n", crate::kit::calls::encode(&name))
    };
    let id: String = file.content_id.iter().flat_map(|id| id.chars()).filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>')).collect();
    let id = if id.is_empty() { id } else { format!("Content-ID: <{id}>\r\n") };
    out.extend_from_slice(format!("Content-Type: {kind}\r\n{disposition}{id}Content-Transfer-Encoding: base64\r\n\r\n").as_bytes());
    write_base64(out, &file.bytes);
}

fn write_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(BASE64_MIME.encode(bytes).as_bytes());
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_one_mail_again() {
        let block = b"From: Ann <ann@customer.example>\r\nContent-Type: multipart/mixed;\r\n boundary=x\r\nMIME-Version: 1.0\r\nSubject: Gr\xfc\xdfe\r\n aus Wien\r\n";
        let mut fields = Fields::from_block(block);
        fields.fill("Subject", "another");
        fields.fill("To", "support@acme.example\r\nBcc: eve@evil.example");
        fields.text = Some(Text { charset: "iso-8859-1".into(), bytes: b"Gr\xfc\xdfe".to_vec() });
        fields.html = Some(Text::utf8("<p>Gr\u{fc}\u{df}e <img src=\"cid:logo\"></p>"));
        fields.files.push(File {
            name: "M\u{e4}rz.png".into(),
            content_type: "image/png; name=x".into(),
            content_id: Some("<logo>".into()),
            bytes: vec![1, 2, 3],
        });
        let mail = fields.write();
        assert_eq!(mail, fields.write());
        let head = headers::read(&mail);
        assert_eq!(head.first("subject"), Some("Gr\u{fc}\u{df}e aus Wien"));
        assert_eq!(head.all("content-type").count(), 1);
        assert!(!head.has("bcc"));
        let mail = headers::repair(&mail).into_owned();
        let parsed = mail_parser::MessageParser::default().parse(&mail).unwrap();
        assert_eq!(parsed.body_text(0).unwrap(), "Gr\u{fc}\u{df}e");
        assert_eq!(parsed.attachment_count(), 1);
    }

    #[test]
    fn a_report_stays_a_report() {
        let kind = |given: &str| Fields::from_block(format!("Content-Type: {given}\r\n").as_bytes()).kind();
        assert_eq!(kind("multipart/report; report-type=\"delivery-status\"; boundary=x"), "multipart/report; report-type=delivery-status");
        assert_eq!(kind("Multipart/Report"), "multipart/report");
        assert_eq!(kind("multipart/related; type=x"), "multipart/mixed");
    }
}
