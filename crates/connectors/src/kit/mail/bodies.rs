//! The parts of a mail: which of them are the text, which are files (RFC 2045–2049, RFC 2387, RFC 2392).

use super::tnef::{self, Unpacked};
use crate::kit::markup::escape;
use crate::kit::{html, verdicts::shorten};
use kernel::channel::{FileSource, InboundFile, InboundMessage, ParseError};
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

pub const MOST_PARTS: usize = 200;
pub const MOST_FILES: usize = 100;
pub const DEEPEST: usize = 20;
/// Longest text we keep with the message; the raw mail stays in the journal.
const LONGEST_TEXT: usize = 1_000_000;

#[derive(Default)]
pub struct Bodies {
    pub text: String,
    /// Without history and signature.
    pub stripped: Option<String>,
    /// As it was written; for the marker and nothing else.
    pub raw_html: Option<String>,
    pub html: Option<String>,
    pub html_refused: bool,
    pub text_cut: bool,
    pub has_plain: bool,
    /// What calendar files say, a line each.
    calendars: Vec<String>,
    pub files: Vec<InboundFile>,
}

/// Refuses what would cost unbounded time or memory, before and after the MIME parser has seen it.
pub fn guard_raw(raw: &[u8]) -> Result<(), ParseError> {
    if crate::kit::headers::end(&raw[..raw.len().min(crate::kit::headers::LARGEST + 1)]) > crate::kit::headers::LARGEST {
        return Err(ParseError("The header of this mail is larger than 1 MB.".into()));
    }
    // Every level of nesting needs a Content-Type line, and every part a boundary line.
    let (mut types, mut dashes) = (0usize, 0usize);
    for line in raw.split(|b| *b == b'\n') {
        let line = line.trim_ascii_start();
        if line.starts_with(b"--") {
            dashes += 1;
        } else if line.len() >= 12 && line[..12].eq_ignore_ascii_case(b"content-type") {
            types += 1;
        }
    }
    if types > 5 * MOST_PARTS || dashes > 100_000 {
        return Err(too_many_parts());
    }
    Ok(())
}

fn too_many_parts() -> ParseError {
    ParseError(format!("This mail has more than {MOST_PARTS} parts."))
}

pub fn guard_parsed(message: &Message<'_>) -> Result<(), ParseError> {
    let mut parts = 0;
    let mut stack = vec![(message, 0usize, 1usize)];
    // Cycles cannot occur, yet a limit costs nothing.
    while let Some((message, id, depth)) = stack.pop() {
        parts += 1;
        if parts > MOST_PARTS {
            return Err(too_many_parts());
        }
        if depth > DEEPEST {
            return Err(ParseError(format!("The parts of this mail are nested deeper than {DEEPEST} levels.")));
        }
        match message.parts.get(id).map(|p| &p.body) {
            Some(PartType::Multipart(children)) => stack.extend(children.iter().map(|c| (message, *c as usize, depth + 1))),
            Some(PartType::Message(inner)) => stack.push((inner, 0, depth + 1)),
            _ => {}
        }
    }
    Ok(())
}

/// Sorts the parts of a guarded message, and makes its HTML safe to show.
pub fn read(message: &Message<'_>, raw: &[u8]) -> Result<Bodies, ParseError> {
    let mut out = sort(message, raw)?;
    if let Some(html) = &out.raw_html {
        out.html = html::sanitise(html);
        out.html_refused = out.html.is_none();
    }
    let text = out.html.as_deref().or(out.raw_html.as_deref()).filter(|_| !out.has_plain).map(html::to_text);
    finish(&mut out, text);
    Ok(out)
}

/// The same for who wants the words and shows nothing: the HTML stays as it was written.
pub fn read_words(message: &Message<'_>, raw: &[u8]) -> Result<Bodies, ParseError> {
    let mut out = sort(message, raw)?;
    out.html = out.raw_html.clone();
    let text = out.raw_html.as_deref().filter(|_| !out.has_plain).map(html::to_text);
    finish(&mut out, text);
    Ok(out)
}

/// Gives the text its last form; `of_html` stands in where there is no plain text.
fn finish(out: &mut Bodies, of_html: Option<String>) {
    if let Some(text) = of_html {
        out.text = text;
    }
    for line in std::mem::take(&mut out.calendars) {
        append(&mut out.text, &line, "\n");
    }
    out.text = tidy(&out.text);
    if out.text.len() > LONGEST_TEXT {
        out.text.truncate(out.text.floor_char_boundary(LONGEST_TEXT));
        out.text_cut = true;
    }
    mark_inline(out);
}

fn sort(message: &Message<'_>, raw: &[u8]) -> Result<Bodies, ParseError> {
    let mut out = Bodies::default();
    let mut html = String::new();
    let mut html_parts = 0;
    let mut plain = String::new();
    let mut packed = Vec::new();
    for (id, part) in message.parts.iter().enumerate() {
        let id = id as u32;
        match &part.body {
            PartType::Multipart(_) => {}
            // A multipart whose boundary never comes: everything is the text.
            PartType::Text(_) | PartType::Binary(_)
                if id == 0 && part.content_type().is_some_and(|c| c.ctype().eq_ignore_ascii_case("multipart")) =>
            {
                append(&mut plain, &crate::kit::headers::decode_line(part.contents()), "\n");
            }
            PartType::Text(_) | PartType::Html(_) if is_body(message, part, id) => {
                let text = decode(part, raw);
                if matches!(part.body, PartType::Html(_)) {
                    append(&mut html, &text, "<hr>");
                    html_parts += 1;
                } else {
                    // A plain part between HTML parts belongs to the HTML body too.
                    if message.html_body.contains(&id) && message.html_body.len() > 1 {
                        append(&mut html, &format!("<div style=\"white-space:pre-wrap\">{}</div>", escape(&text)), "");
                    }
                    if message.text_body.contains(&id) {
                        append(&mut plain, &unflowed(part, text), "\n");
                    }
                }
            }
            _ => {
                if is_type(part, "text", "calendar") {
                    out.calendars.extend(summarise_calendar(&String::from_utf8_lossy(part.contents())));
                }
                if let Some(unpacked) = outlooks(part) {
                    packed.push((id, unpacked));
                }
                if out.files.len() >= MOST_FILES {
                    return Err(ParseError(format!("This mail has more than {MOST_FILES} attachments.")));
                }
                out.files.push(read_file(part, raw, id));
            }
        }
    }
    for (id, unpacked) in packed {
        take_out(&mut out, id, unpacked, &mut html, &mut html_parts, &mut plain);
    }
    if html_parts > 0 {
        out.raw_html = Some(html);
    }
    out.has_plain = !plain.trim().is_empty();
    out.text = plain;
    Ok(out)
}

/// What Outlook packed into a `winmail.dat`.
fn outlooks(part: &MessagePart<'_>) -> Option<Unpacked> {
    let named = part.attachment_name().is_some_and(|n| n.eq_ignore_ascii_case("winmail.dat"));
    let is_one = named || is_type(part, "application", "ms-tnef") || is_type(part, "application", "vnd.ms-tnef");
    if is_one { tnef::unpack(part.contents()) } else { None }
}

/// Its files stand beside the others, its words where the mail has none. The package goes when all came out of it.
fn take_out(out: &mut Bodies, id: u32, unpacked: Unpacked, html: &mut String, html_parts: &mut usize, plain: &mut String) {
    if *html_parts == 0
        && let Some(words) = unpacked.html
    {
        html.push_str(&words);
        *html_parts = 1;
    }
    if plain.trim().is_empty()
        && let Some(words) = unpacked.text
    {
        plain.push_str(&words);
    }
    let mut files: Vec<InboundFile> = unpacked.files.into_iter().enumerate().map(|(n, file)| from_package(file, id, n)).collect();
    files.truncate(MOST_FILES.saturating_sub(out.files.len()));
    if !unpacked.incomplete {
        out.files.retain(|f| !(f.name.eq_ignore_ascii_case("winmail.dat") || f.content_type.ends_with("ms-tnef")));
    }
    out.files.append(&mut files);
}

fn from_package(file: tnef::PackedFile, id: u32, n: usize) -> InboundFile {
    let content_type = file.content_type.map(|t| t.to_ascii_lowercase()).filter(|t| is_plain_type(t));
    let content_type = content_type.unwrap_or_else(|| "application/octet-stream".into());
    let name = clean_name(file.name.as_deref()).unwrap_or_else(|| format!("attachment-{id}-{n}{}", extension(&content_type)));
    let content_id = file.content_id.map(|c| c.trim_matches(['<', '>', ' ']).to_owned()).filter(|c| !c.is_empty());
    InboundFile { name, content_type, source: FileSource::Bytes(file.bytes), content_id, inline: false }
}

/// One kind of line end, no NUL, no white space at the ends.
pub fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\r', '\0'], "").trim_matches(['\n', ' ', '\t']).to_owned()
}

fn append(to: &mut String, text: &str, between: &str) {
    if !to.is_empty() {
        to.push_str(between);
    }
    to.push_str(text);
}

fn is_type(part: &MessagePart<'_>, main: &str, sub: &str) -> bool {
    part.content_type().is_some_and(|c| c.ctype().eq_ignore_ascii_case(main) && c.subtype().is_some_and(|s| s.eq_ignore_ascii_case(sub)))
}

fn is_body(message: &Message<'_>, part: &MessagePart<'_>, id: u32) -> bool {
    let listed = message.text_body.contains(&id) || message.html_body.contains(&id);
    let readable = part.content_type().is_none() || is_type(part, "text", "plain") || is_type(part, "text", "html");
    let attached = part.content_disposition().is_some_and(|d| d.is_attachment());
    listed && readable && !attached
}

/// The text of a part. Where no charset (or an unknown one) was named and UTF-8 does not fit, it is windows-1252.
fn decode(part: &MessagePart<'_>, raw: &[u8]) -> String {
    let text = part.text_contents().unwrap_or_default();
    if !text.contains('\u{fffd}') {
        return text.to_owned();
    }
    let charset = part.content_type().and_then(|c| c.attribute("charset")).unwrap_or_default().to_ascii_lowercase();
    let unknown = matches!(charset.as_str(), "" | "x-unknown" | "unknown" | "unknown-8bit" | "us-ascii" | "default") || !is_known(&charset);
    if !unknown {
        return text.to_owned();
    }
    let body = raw.get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default();
    let decoded = match part.encoding {
        Encoding::None => Some(body.to_vec()),
        Encoding::QuotedPrintable => mail_parser::decoders::quoted_printable::quoted_printable_decode(body),
        Encoding::Base64 => mail_parser::decoders::base64::base64_decode(body),
    };
    match decoded {
        Some(bytes) => crate::kit::headers::decode_line(&bytes).into_owned(),
        None => text.to_owned(),
    }
}

/// A paragraph that was wrapped for the way is one line again.
fn unflowed(part: &MessagePart<'_>, text: String) -> String {
    let says = |name: &str, word: &str| part.content_type().and_then(|c| c.attribute(name)).is_some_and(|v| v.eq_ignore_ascii_case(word));
    if says("format", "flowed") { super::flowed::unflow(&text, says("delsp", "yes")) } else { text }
}

fn is_known(charset: &str) -> bool {
    encoding_rs::Encoding::for_label(charset.as_bytes()).is_some()
        || mail_parser::decoders::charsets::map::charset_decoder(charset.as_bytes()).is_some()
}

fn read_file(part: &MessagePart<'_>, raw: &[u8], id: u32) -> InboundFile {
    let declared = part.content_type().map(|c| match c.subtype() {
        Some(sub) => format!("{}/{}", c.ctype(), sub).to_ascii_lowercase(),
        None => c.ctype().to_ascii_lowercase(),
    });
    let content_type = declared.filter(|t| is_plain_type(t)).unwrap_or_else(|| "application/octet-stream".into());
    let (given, bytes) = match &part.body {
        PartType::Message(inner) => {
            let subject = inner.subject().filter(|s| !s.trim().is_empty()).unwrap_or("message");
            (Some(format!("{}.eml", shorten(subject, 120).replace(['/', '\\'], "-"))), nested_bytes(part, inner, raw))
        }
        // Files of text keep their own charset.
        PartType::Text(_) | PartType::Html(_) if part.encoding == Encoding::None => (None, slice(part, raw).to_vec()),
        _ => (None, part.contents().to_vec()),
    };
    let name = match part.body {
        PartType::Message(_) => given,
        _ => part.attachment_name().map(str::to_owned),
    };
    let name = clean_name(name.as_deref()).unwrap_or_else(|| format!("attachment-{id}{}", extension(&content_type)));
    let content_id = part.content_id().map(|c| c.trim_matches(['<', '>', ' ']).to_owned()).filter(|c| !c.is_empty());
    InboundFile { name, content_type, source: FileSource::Bytes(bytes), content_id, inline: false }
}

pub fn slice<'r>(part: &MessagePart<'_>, raw: &'r [u8]) -> &'r [u8] {
    raw.get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default()
}

/// The bytes of an attached mail; parts that were not encoded lie in the outer mail as they are.
pub fn nested_bytes(part: &MessagePart<'_>, inner: &Message<'_>, raw: &[u8]) -> Vec<u8> {
    if part.encoding == Encoding::None { slice(part, raw).to_vec() } else { inner.raw_message().to_vec() }
}

/// A name without paths, control characters or excess.
pub fn clean_name(name: Option<&str>) -> Option<String> {
    let last = name?.rsplit(['/', '\\']).next()?;
    let clean: String =
        last.chars().filter(|c| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')).take(200).collect();
    let clean = clean.trim().trim_start_matches('.').to_owned();
    (!clean.is_empty()).then_some(clean)
}

pub fn is_plain_type(text: &str) -> bool {
    let word = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b'_'));
    text.len() <= 127 && text.split_once('/').is_some_and(|(a, b)| word(a) && word(b))
}

fn extension(content_type: &str) -> &'static str {
    match content_type {
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "application/pdf" => ".pdf",
        "text/calendar" => ".ics",
        "text/plain" => ".txt",
        "text/html" => ".html",
        "message/delivery-status" => ".txt",
        _ => "",
    }
}

/// Files that came beside the mail (they have to be fetched): they join those that were in it.
pub fn add_files(message: &mut InboundMessage, files: Vec<InboundFile>) {
    message.files.extend(files);
    mark_shown(message.html.as_deref(), &mut message.files);
}

fn mark_inline(bodies: &mut Bodies) {
    mark_shown(bodies.html.as_deref(), &mut bodies.files);
}

/// Files that the HTML shows by `cid:` are inline.
fn mark_shown(html: Option<&str>, files: &mut [InboundFile]) {
    let Some(html) = html else { return };
    for file in files {
        file.inline = file.content_id.as_ref().is_some_and(|id| html.contains(&format!("data-cid=\"{}\"", escape(id))));
    }
}

/// `Invitation: Planning (2026-11-23 09:00 UTC)` out of a calendar file (RFC 5545).
fn summarise_calendar(text: &str) -> Option<String> {
    let unfolded = text.replace("\r\n ", "").replace("\n ", "");
    let event = unfolded.find("BEGIN:VEVENT").map_or(unfolded.as_str(), |at| &unfolded[at..]);
    let value = |name: &str| {
        event.lines().find_map(|line| {
            let rest = line.strip_prefix(name)?;
            rest.starts_with([':', ';']).then(|| rest.split_once(':').map(|(_, v)| v.trim()))?
        })
    };
    let summary = value("SUMMARY").map(|s| shorten(&s.replace("\\,", ",").replace("\\;", ";").replace("\\n", " "), 200))?;
    let start = value("DTSTART").map(read_calendar_time).unwrap_or_default();
    Some(if start.is_empty() { format!("Invitation: {summary}") } else { format!("Invitation: {summary} ({start})") })
}

fn read_calendar_time(value: &str) -> String {
    let digits = |range: std::ops::Range<usize>| value.get(range).filter(|s| s.bytes().all(|b| b.is_ascii_digit()));
    match (digits(0..4), digits(4..6), digits(6..8), digits(9..11), digits(11..13)) {
        (Some(y), Some(m), Some(d), Some(h), Some(min)) => {
            let zone = if value.ends_with('Z') { " UTC" } else { "" };
            format!("{y}-{m}-{d} {h}:{min}{zone}")
        }
        (Some(y), Some(m), Some(d), _, _) => format!("{y}-{m}-{d}"),
        _ => String::new(),
    }
}
