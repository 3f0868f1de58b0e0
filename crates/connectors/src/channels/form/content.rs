//! What stands in a form, however the browser or a program has packed it.

use crate::kit::forms;
use crate::kit::signatures::sha256_hex;
use kernel::channel::{ParseError, RawDelivery};
use serde_json::Value;

/// Fields with a meaning, and the names under which forms have them.
pub const KNOWN: &[(&str, &[&str])] = &[
    ("name", &["name", "full_name", "fullname", "your-name", "your_name"]),
    ("first_name", &["first_name", "firstname", "first-name"]),
    ("last_name", &["last_name", "lastname", "last-name", "surname"]),
    ("email", &["email", "e-mail", "mail", "email_address", "your-email", "your_email"]),
    ("phone", &["phone", "tel", "telephone", "mobile", "phone_number"]),
    ("subject", &["subject", "topic", "your-subject"]),
    ("message", &["message", "text", "body", "your-message", "your_message"]),
];
/// The signed time.
pub const TOKEN: &str = "_token";
/// The page's address.
pub const PAGE: &str = "_page";
/// A program's own id of what it sends: sent twice, it is the same.
pub const ID: &str = "_id";

const MOST_FIELDS: usize = 200;
const MOST_FILES: usize = 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// Fields in order, several values of one name joined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    pub fields: Vec<(String, String)>,
    pub files: Vec<File>,
}

impl Content {
    pub fn read(raw: &RawDelivery) -> Result<Self, ParseError> {
        let kind = raw.header("content-type").unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let mut out = Self::default();
        if essence == "multipart/form-data" {
            for part in forms::multipart(kind, &raw.body)? {
                match part.filename {
                    Some(_) if part.bytes.is_empty() => {}
                    Some(name) => out.put_file(name, part.content_type, part.bytes)?,
                    None => out.put(&part.name, part.text())?,
                }
            }
            return Ok(out);
        }
        // Pages may post JSON to another site only as plain text, unless that site is asked first.
        let braced = raw.body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
        if essence.ends_with("json") || (braced && essence != "application/x-www-form-urlencoded") {
            let value: Value = serde_json::from_slice(&raw.body).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
            let Value::Object(map) = value else { return Err(ParseError("The body has to be an object.".into())) };
            for (name, value) in map {
                out.put(&name, flat(value))?;
            }
            return Ok(out);
        }
        for (name, value) in forms::pairs(&raw.body) {
            out.put(&name, value)?;
        }
        Ok(out)
    }

    fn put(&mut self, name: &str, value: String) -> Result<(), ParseError> {
        let value = value.replace("\r\n", "\n").replace('\0', "").trim().to_owned();
        let name = name.trim();
        if value.is_empty() || name.is_empty() || name.len() > 200 {
            return Ok(());
        }
        if let Some((_, known)) = self.fields.iter_mut().find(|(n, _)| n == name) {
            known.push_str(", ");
            known.push_str(&value);
            return Ok(());
        }
        if self.fields.len() == MOST_FIELDS {
            return Err(ParseError(format!("A form may have {MOST_FIELDS} fields.")));
        }
        self.fields.push((name.to_owned(), value));
        Ok(())
    }

    fn put_file(&mut self, name: String, content_type: Option<String>, bytes: Vec<u8>) -> Result<(), ParseError> {
        if self.files.len() == MOST_FILES {
            return Err(ParseError(format!("A form may bring {MOST_FILES} files.")));
        }
        let content_type = content_type.filter(|t| !t.is_empty() && t.len() <= 127).unwrap_or_else(|| "application/octet-stream".into());
        self.files.push(File { name, content_type, bytes });
        Ok(())
    }

    /// The value of exactly this name.
    pub fn exact(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The value of a field with a meaning.
    pub fn known(&self, meaning: &str) -> Option<&str> {
        let names = KNOWN.iter().find(|(m, _)| *m == meaning).map(|(_, names)| *names)?;
        names.iter().find_map(|name| self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))).map(|(_, v)| v.as_str())
    }

    /// The other fields; names that begin with an underscore, and answers to puzzles, are for machines.
    pub fn further(&self) -> impl Iterator<Item = &(String, String)> {
        self.fields.iter().filter(|(name, _)| {
            let lower = name.to_ascii_lowercase();
            let machine = lower.starts_with('_') || lower.ends_with("captcha-response") || lower.ends_with("turnstile-response");
            !machine && !KNOWN.iter().any(|(_, names)| names.contains(&lower.as_str()))
        })
    }

    /// One line that is different for each different content.
    pub fn digest(&self) -> String {
        let mut all = String::new();
        for (name, value) in &self.fields {
            all.push_str(&format!("{}:{name}{}:{value}", name.len(), value.len()));
        }
        for file in &self.files {
            all.push_str(&sha256_hex(&file.bytes));
        }
        sha256_hex(all.as_bytes())
    }
}

fn flat(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Array(list) => list.into_iter().map(flat).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
