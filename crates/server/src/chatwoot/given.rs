//! What such a program sends: JSON, a form, or a form with files; and numbers as numbers or as texts.

use super::fault::Fault;
use crate::app::App;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use kernel::Error;
use kernel::time::{Millis, SECOND, parse_rfc3339};
use serde_json::{Map, Value};

pub struct Upload {
    pub name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// A body, whichever way it came.
#[derive(Default)]
pub struct Given {
    pub fields: Map<String, Value>,
    pub files: Vec<Upload>,
}

const MOST_FILES: usize = 20;
/// A form's fields beside its files.
const MOST_TEXT: usize = 1 << 20;

impl FromRequest<App> for Given {
    type Rejection = Fault;
    async fn from_request(request: Request, app: &App) -> Result<Self, Fault> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("multipart/form-data") {
            return read_form(Multipart::from_request(request, app).await.map_err(|_| broken())?, app).await;
        }
        let bytes = axum::body::to_bytes(request.into_body(), app.config.limits.body_bytes as usize).await;
        let bytes = bytes.map_err(|_| Error::too_large("request.too_large", "The request body is too large."))?;
        let mut given = Self::default();
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(given);
        }
        if kind.starts_with("application/x-www-form-urlencoded") {
            for (name, value) in connectors::kit::forms::pairs(&bytes) {
                put(&mut given.fields, &name, Value::String(value));
            }
            return Ok(given);
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => given.fields = fields,
            Ok(_) => return Err(Error::bad_request("json.wrong_type", "The body has to be an object.").into()),
            Err(e) => return Err(Error::bad_request("json.malformed", format!("The body is not JSON: {e}.")).into()),
        }
        Ok(given)
    }
}

fn broken() -> Fault {
    Error::bad_request("upload.malformed", "The multipart form cannot be read.").into()
}

async fn read_form(mut form: Multipart, app: &App) -> Result<Given, Fault> {
    let most = app.config.limits.upload_bytes as usize;
    let (mut given, mut files, mut texts) = (Given::default(), 0usize, 0usize);
    while let Some(mut field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let content_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
        let mut bytes = Vec::new();
        while let Some(piece) = field.chunk().await.map_err(|_| broken())? {
            let (size, limit) = if file.is_some() { (&mut files, most) } else { (&mut texts, MOST_TEXT) };
            *size += piece.len();
            if *size > limit {
                return Err(Error::too_large("file.too_large", format!("A message takes {most} bytes of files here.")).into());
            }
            bytes.extend_from_slice(&piece);
        }
        match file {
            Some(name) if given.files.len() < MOST_FILES => given.files.push(Upload { name, content_type, bytes }),
            Some(_) => return Err(Fault::field("attachments", format!("A message takes {MOST_FILES} files."))),
            None => put(&mut given.fields, &name, Value::String(String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    Ok(given)
}

/// `labels[]` is a list, `message[content]` an object in it.
fn put(fields: &mut Map<String, Value>, name: &str, value: Value) {
    if let Some(list) = name.strip_suffix("[]") {
        if let Value::Array(all) = fields.entry(list).or_insert_with(|| Value::Array(Vec::new())) {
            all.push(value);
        }
    } else if let Some((object, key)) = name.strip_suffix(']').and_then(|n| n.split_once('[')) {
        if let Value::Object(map) = fields.entry(object).or_insert_with(|| Value::Object(Map::new())) {
            map.insert(key.to_owned(), value);
        }
    } else {
        fields.insert(name.to_owned(), value);
    }
}

impl Given {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }
    /// A text that says something.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).map(str::trim).filter(|t| !t.is_empty())
    }
    pub fn number(&self, name: &str) -> Option<i64> {
        number(self.fields.get(name)?)
    }
    pub fn flag(&self, name: &str) -> bool {
        match self.fields.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => matches!(text.as_str(), "true" | "1"),
            Some(Value::Number(n)) => n.as_i64() == Some(1),
            _ => false,
        }
    }
    /// An object; in forms it may come as JSON in a text.
    pub fn object(&self, name: &str) -> Option<Map<String, Value>> {
        match self.fields.get(name)? {
            Value::Object(map) => Some(map.clone()),
            Value::String(text) => serde_json::from_str(text).ok(),
            _ => None,
        }
    }
    /// A list of texts, or one text with commas.
    pub fn words(&self, name: &str) -> Option<Vec<String>> {
        words(self.fields.get(name)?)
    }
    /// A named but empty value clears; one that is not named leaves.
    pub fn names(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }
}

pub fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str().and_then(|t| t.trim().parse().ok()))
}
pub fn words(value: &Value) -> Option<Vec<String>> {
    let tidy = |t: &str| Some(t.trim().to_owned()).filter(|t| !t.is_empty());
    match value {
        Value::Array(list) => Some(list.iter().filter_map(|v| tidy(&plain(v))).collect()),
        Value::String(text) => Some(text.split(',').filter_map(tidy).collect()),
        Value::Null => Some(Vec::new()),
        _ => None,
    }
}
/// A value as people would write it.
pub fn plain(value: &Value) -> String {
    value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string())
}
/// Unix seconds, or a time in RFC 3339.
pub fn moment(value: &Value) -> Option<Millis> {
    number(value).map(|s| s.saturating_mul(SECOND)).or_else(|| value.as_str().and_then(parse_rfc3339))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn forms_say_the_same_as_json() {
        let mut given = Given::default();
        for (name, value) in
            [("labels[]", "vip"), ("labels[]", "bug"), ("message[content]", "Hi"), ("private", "true"), ("assignee_id", "7")]
        {
            put(&mut given.fields, name, Value::from(value));
        }
        assert_eq!(given.words("labels").unwrap(), ["vip", "bug"]);
        assert_eq!(given.object("message").unwrap()["content"], "Hi");
        assert!(given.flag("private") && given.number("assignee_id") == Some(7));
        assert_eq!((words(&json!("a@b.example, c@d.example")).unwrap().len(), words(&json!(null)).unwrap().len()), (2, 0));
        assert_eq!((moment(&json!(5)), moment(&json!("1970-01-01T00:00:07Z"))), (Some(5_000), Some(7_000)));
    }
}
