//! Typed settings forms: a connector describes its fields, the screen draws them, the server checks them.

use crate::error::FieldError;
use serde::Serialize;
use serde_json::{Map, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    Email,
    Url,
    Number,
    /// Stored encrypted, never given back; the API shows only whether it is set.
    Secret,
    Boolean,
    Select,
    Colour,
    TextArea,
    /// A list of short texts, e.g. allowed domains.
    Words,
}

/// One field of a form.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: FieldKind,
    pub required: bool,
    /// What to write here and where to find it.
    pub help: &'static str,
    /// Page of the provider that shows it; empty when there is none.
    pub help_url: &'static str,
    pub placeholder: &'static str,
    /// Value when nothing was given, in the field's text form.
    pub default: &'static str,
    /// (value, label) pairs of a select.
    pub options: &'static [Choice],
    /// Made by the server when empty (keys); shown with a copy button.
    pub generated: bool,
    /// Folded away under "Advanced".
    pub advanced: bool,
}
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Choice {
    pub value: &'static str,
    pub label: &'static str,
}

impl Field {
    /// A field with everything else at rest; use struct update syntax for the rest.
    pub const fn new(name: &'static str, label: &'static str, kind: FieldKind) -> Self {
        Self {
            name,
            label,
            kind,
            required: false,
            help: "",
            help_url: "",
            placeholder: "",
            default: "",
            options: &[],
            generated: false,
            advanced: false,
        }
    }
}

/// Checks values against a form; gives the values with defaults filled in, or every fault at once.
pub fn check(fields: &[Field], given: &Map<String, Value>) -> Result<Map<String, Value>, Vec<FieldError>> {
    let mut out = Map::new();
    let mut faults = Vec::new();
    let mut fault = |field: &str, code: &str, detail: String| {
        faults.push(FieldError { field: format!("configuration.{field}"), code: code.into(), detail })
    };
    for name in given.keys() {
        if !fields.iter().any(|f| f.name == name) {
            fault(name, "unknown", "This channel has no such setting.".into());
        }
    }
    for f in fields {
        let value = given.get(f.name).filter(|v| !v.is_null() && v.as_str() != Some(""));
        let Some(value) = value else {
            if !f.default.is_empty() {
                out.insert(f.name.into(), default_value(f));
            } else if f.required && !f.generated {
                fault(f.name, "required", format!("{} is needed.", f.label));
            }
            continue;
        };
        match typed(f, value) {
            Ok(v) => {
                out.insert(f.name.into(), v);
            }
            Err((code, detail)) => fault(f.name, code, detail),
        }
    }
    if faults.is_empty() { Ok(out) } else { Err(faults) }
}

fn default_value(f: &Field) -> Value {
    match f.kind {
        FieldKind::Boolean => Value::Bool(f.default == "true"),
        FieldKind::Number => f.default.parse::<i64>().map(Value::from).unwrap_or(Value::Null),
        FieldKind::Words => Value::Array(f.default.split_whitespace().map(Value::from).collect()),
        _ => Value::from(f.default),
    }
}

fn typed(f: &Field, value: &Value) -> Result<Value, (&'static str, String)> {
    let text = || value.as_str().map(|s| s.trim().to_owned()).ok_or(("wrong_type", format!("{} is a text.", f.label)));
    match f.kind {
        FieldKind::Text | FieldKind::TextArea | FieldKind::Secret => text().map(Value::from),
        FieldKind::Email => {
            let t = text()?.to_lowercase();
            let ok = t
                .split_once('@')
                .is_some_and(|(l, d)| !l.is_empty() && d.contains('.') | (d == "localhost") && !t.contains(char::is_whitespace));
            if ok { Ok(t.into()) } else { Err(("invalid", "Write an address such as hello@example.com.".into())) }
        }
        FieldKind::Url => {
            let t = text()?;
            let ok = t.starts_with("https://") || t.starts_with("http://");
            if ok { Ok(t.into()) } else { Err(("invalid", "Write an address that begins with https://.".into())) }
        }
        FieldKind::Number => value
            .as_i64()
            .or_else(|| value.as_str().and_then(|s| s.trim().parse().ok()))
            .map(Value::from)
            .ok_or(("wrong_type", format!("{} is a whole number.", f.label))),
        FieldKind::Boolean => value.as_bool().map(Value::from).ok_or(("wrong_type", format!("{} is true or false.", f.label))),
        FieldKind::Select => {
            let t = text()?;
            if f.options.iter().any(|o| o.value == t) {
                return Ok(t.into());
            }
            let all = f.options.iter().map(|o| o.value).collect::<Vec<_>>().join(", ");
            Err(("not_an_option", format!("Choose one of: {all}.")))
        }
        FieldKind::Colour => {
            let t = text()?;
            let ok = t.len() == 7 && t.starts_with('#') && t[1..].bytes().all(|b| b.is_ascii_hexdigit());
            if ok { Ok(t.into()) } else { Err(("invalid", "Write a colour such as #0f766e.".into())) }
        }
        FieldKind::Words => {
            let words: Vec<Value> = match value {
                Value::Array(list) => list.iter().filter_map(|v| v.as_str()).map(|s| s.trim().into()).collect(),
                Value::String(s) => s.split([',', '\n', ' ']).map(str::trim).filter(|s| !s.is_empty()).map(Value::from).collect(),
                _ => return Err(("wrong_type", format!("{} is a list of texts.", f.label))),
            };
            Ok(Value::Array(words))
        }
    }
}
