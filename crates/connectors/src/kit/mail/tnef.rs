//! `winmail.dat` (MS-OXTNEF): what Outlook wraps a mail in when it believes that everybody has Outlook. Files, HTML and text are taken out;
//! anything odd ends the reading, and the file stays what it is.

use encoding_rs::{Encoding, UTF_16LE, WINDOWS_1252};

const SIGNATURE: u32 = 0x223e_9f78;
const MOST_FILES: usize = 100;
const MOST_PROPERTIES: u32 = 4_000;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unpacked {
    pub text: Option<String>,
    pub html: Option<String>,
    pub files: Vec<PackedFile>,
    /// Something in it could not be had, such as a mail within.
    pub incomplete: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct PackedFile {
    pub name: Option<String>,
    pub content_type: Option<String>,
    pub content_id: Option<String>,
    pub bytes: Vec<u8>,
}

/// `None` when it is no such thing, or is cut off.
pub fn unpack(bytes: &[u8]) -> Option<Unpacked> {
    let mut rest = Reader(bytes);
    if rest.u32()? != SIGNATURE {
        return None;
    }
    rest.u16()?;
    let mut out = Unpacked::default();
    let mut charset = WINDOWS_1252;
    while !rest.0.is_empty() {
        let level = rest.u8()?;
        let attribute = rest.u32()?;
        let length = rest.u32()? as usize;
        let data = rest.take(length)?;
        rest.u16()?;
        match (level, attribute) {
            (1, 0x0006_9007) => charset = code_page(Reader(data).u32().unwrap_or(1252)),
            (1, 0x0002_800c) => out.text = Some(decode(charset, data)).filter(|t| !t.trim().is_empty()),
            (1, 0x0006_9003) => {
                for property in properties(data)? {
                    match property.id {
                        0x1013 => out.html = property.words(charset),
                        0x1000 => out.text = property.words(charset).or(out.text),
                        _ => {}
                    }
                }
            }
            (2, 0x0006_9002) if out.files.len() < MOST_FILES => out.files.push(PackedFile::default()),
            (2, _) => {
                let Some(file) = out.files.last_mut() else { continue };
                match attribute {
                    0x0001_8010 => file.name = file.name.take().or_else(|| some(decode(charset, data))),
                    0x0006_800f => file.bytes = data.to_vec(),
                    0x0006_9005 => {
                        for property in properties(data)? {
                            match property.id {
                                0x3707 => file.name = property.words(charset).or(file.name.take()),
                                0x370e => file.content_type = property.words(charset),
                                0x3712 => file.content_id = property.words(charset),
                                _ => {}
                            }
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let all = out.files.len();
    out.files.retain(|f| !f.bytes.is_empty());
    out.incomplete = out.files.len() < all;
    (out.text.is_some() || out.html.is_some() || !out.files.is_empty()).then_some(out)
}

struct Property<'a> {
    id: u16,
    kind: u16,
    value: &'a [u8],
}
impl Property<'_> {
    fn words(&self, charset: &'static Encoding) -> Option<String> {
        match self.kind {
            0x001f => some(decode(UTF_16LE, self.value)),
            0x001e => some(decode(charset, self.value)),
            // HTML is bytes here, in the charset that it names itself; nearly always UTF-8 or the code page.
            0x0102 => some(match std::str::from_utf8(self.value) {
                Ok(text) => text.trim_end_matches('\0').to_owned(),
                Err(_) => decode(charset, self.value),
            }),
            _ => None,
        }
    }
}

fn properties(data: &[u8]) -> Option<Vec<Property<'_>>> {
    let mut rest = Reader(data);
    let count = rest.u32()?.min(MOST_PROPERTIES);
    let mut out = Vec::new();
    for _ in 0..count {
        let (kind, id) = (rest.u16()?, rest.u16()?);
        if id >= 0x8000 {
            rest.take(16)?;
            match rest.u32()? {
                0 => rest.take(4)?,
                _ => {
                    let length = rest.u32()? as usize;
                    rest.padded(length)?
                }
            };
        }
        let several = kind & 0x1000 != 0;
        let kind = kind & 0x0fff;
        let size = match kind {
            0x0002 | 0x0003 | 0x0004 | 0x000a | 0x000b => Some(4),
            0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
            0x0048 => Some(16),
            0x001e | 0x001f | 0x0102 | 0x000d => None,
            _ => return None,
        };
        let values = if several || size.is_none() { rest.u32()? } else { 1 };
        for n in 0..values {
            let value = match size {
                Some(size) => rest.take(size)?,
                None => {
                    let length = rest.u32()? as usize;
                    rest.padded(length)?
                }
            };
            if n == 0 {
                out.push(Property { id, kind, value });
            }
        }
    }
    Some(out)
}

struct Reader<'a>(&'a [u8]);
impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
    /// And what fills it up to four bytes; at the very end that may be missing.
    fn padded(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.take(length)?;
        let padding = length.wrapping_neg() % 4;
        self.0 = self.0.get(padding..).unwrap_or_default();
        Some(taken)
    }
    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }
    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|b| u16::from_le_bytes([b[0], b[1]]))
    }
    fn u32(&mut self) -> Option<u32> {
        self.take(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }
}

fn decode(charset: &'static Encoding, bytes: &[u8]) -> String {
    charset.decode_without_bom_handling(bytes).0.trim_end_matches('\0').to_owned()
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|t| !t.trim().is_empty())
}

fn code_page(number: u32) -> &'static Encoding {
    let label = match number {
        932 => "shift_jis".to_owned(),
        936 => "gb18030".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        65001 => "utf-8".to_owned(),
        20866 => "koi8-r".to_owned(),
        28591..=28606 => format!("iso-8859-{}", number - 28590),
        _ => format!("windows-{number}"),
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(WINDOWS_1252)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(level: u8, tag: u32, data: &[u8]) -> Vec<u8> {
        let sum = data.iter().fold(0u16, |sum, b| sum.wrapping_add(u16::from(*b)));
        [&[level][..], &tag.to_le_bytes(), &(data.len() as u32).to_le_bytes(), data, &sum.to_le_bytes()].concat()
    }
    fn property(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
        let mut out =
            [&kind.to_le_bytes()[..], &id.to_le_bytes(), &1u32.to_le_bytes(), &(value.len() as u32).to_le_bytes(), value].concat();
        out.resize(out.len() + value.len().wrapping_neg() % 4, 0);
        out
    }
    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }
    fn packed() -> Vec<u8> {
        let named = [
            &0x001fu16.to_le_bytes()[..],
            &0x8001u16.to_le_bytes(),
            &[7; 16],
            &0u32.to_le_bytes(),
            &9u32.to_le_bytes(),
            &1u32.to_le_bytes(),
            &2u32.to_le_bytes(),
            &[b'x', 0],
            &[0, 0],
        ]
        .concat();
        let number = [&0x0003u16.to_le_bytes()[..], &0x0e21u16.to_le_bytes(), &5u32.to_le_bytes()].concat();
        let message = [&3u32.to_le_bytes()[..], &number, &named, &property(0x0102, 0x1013, b"<p>Hello \xc3\xa4</p>\0")].concat();
        let file = [
            &2u32.to_le_bytes()[..],
            &property(0x001f, 0x3707, &utf16("Übersicht 2026.pdf")),
            &property(0x001e, 0x370e, b"application/pdf\0"),
        ]
        .concat();
        [
            &SIGNATURE.to_le_bytes()[..],
            &[1, 0],
            &attribute(1, 0x0006_9007, &[0xe3, 4, 0, 0, 0, 0, 0, 0]),
            &attribute(1, 0x0002_800c, b"\xcf\xf0\xe8\xe2\xe5\xf2\0"),
            &attribute(1, 0x0006_9003, &message),
            &attribute(2, 0x0006_9002, &[0; 14]),
            &attribute(2, 0x0001_8010, b"UBERSI~1.PDF\0"),
            &attribute(2, 0x0006_800f, b"%PDF-1.7"),
            &attribute(2, 0x0006_9005, &file),
            &attribute(2, 0x0006_9002, &[0; 14]),
        ]
        .concat()
    }

    #[test]
    fn files_and_words_come_out() {
        let out = unpack(&packed()).unwrap();
        assert_eq!((out.text.as_deref(), out.html.as_deref()), (Some("Привет"), Some("<p>Hello ä</p>")));
        let file = PackedFile {
            name: Some("Übersicht 2026.pdf".into()),
            content_type: Some("application/pdf".into()),
            content_id: None,
            bytes: b"%PDF-1.7".to_vec(),
        };
        assert_eq!((out.files, out.incomplete), (vec![file], true));
    }

    #[test]
    fn cut_off_and_odd_ones_are_left_alone() {
        let whole = packed();
        for end in 0..whole.len() {
            // Never a panic; what is cut off within an attribute is none.
            unpack(&whole[..end]);
        }
        for at in 0..whole.len() {
            let mut odd = whole.clone();
            odd[at] ^= 0xff;
            unpack(&odd);
        }
        assert_eq!(unpack(b"%PDF"), None);
        assert_eq!(unpack(&[&SIGNATURE.to_le_bytes()[..], &[0, 0], &[1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]].concat()), None);
    }
}
