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
    /// The same where spaces belong to the texts, e.g. names of folders.
    Names,
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
    /// Asked only while one of these lists holds in full; empty: always. Each names a field that stands before this one.
    pub when: &'static [&'static [Is]],
    /// What choosing an option of a select fills in elsewhere.
    pub presets: &'static [Preset],
}
/// A condition on another field of the same form.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Is {
    pub field: &'static str,
    /// It has one of these values, in text form.
    pub one_of: &'static [&'static str],
}
/// What belongs to an option of a select besides its label.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Preset {
    /// The option's value.
    pub choice: &'static str,
    /// What to know when it is chosen; empty when there is nothing to say.
    pub note: &'static str,
    /// Page that belongs to the note; empty when there is none.
    pub note_url: &'static str,
    pub sets: &'static [Set],
}
/// A value, in text form, that a preset gives a field of the same form.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Set {
    pub field: &'static str,
    pub value: &'static str,
    /// Nobody needs to look at it: the field is folded away under "Advanced".
    pub settled: bool,
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
            when: &[],
            presets: &[],
        }
    }
}

/// Whether one of these lists of conditions holds. A field that is not asked has no value.
pub fn holds(when: &[&[Is]], fields: &[Field], values: &Map<String, Value>) -> bool {
    when.is_empty() || when.iter().any(|all| all.iter().all(|is| is.one_of.contains(&said(is.field, fields, values).as_str())))
}

/// The value of a field in text form; empty when it has none or is not asked.
fn said(name: &str, fields: &[Field], values: &Map<String, Value>) -> String {
    // Conditions look back only, so this ends; a form that breaks the rule shows nothing.
    let Some(at) = fields.iter().position(|f| f.name == name) else { return String::new() };
    let (before, from) = fields.split_at(at);
    let Some(field) = from.first().filter(|f| holds(f.when, before, values)) else { return String::new() };
    let value = values.get(name).filter(|v| !v.is_null() && v.as_str() != Some(""));
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => field.default.to_owned(),
    }
}

/// What the chosen options fill in, for fields that have no value of their own.
fn preset<'a>(fields: &'a [Field], name: &str, given: &Map<String, Value>) -> Option<&'a str> {
    fields.iter().filter(|f| !f.presets.is_empty() && f.name != name).find_map(|f| {
        let chosen = given.get(f.name).and_then(Value::as_str).unwrap_or(f.default);
        let preset = f.presets.iter().find(|p| p.choice == chosen)?;
        preset.sets.iter().find(|s| s.field == name).map(|s| s.value)
    })
}

/// Checks values against a form; gives the values with presets and defaults filled in, or every fault at once.
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
            if let Some(text) = preset(fields, f.name, given).or(Some(f.default)).filter(|t| !t.is_empty()) {
                out.insert(f.name.into(), value_of(f, text));
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
    // What is needed depends on what the other fields say.
    for f in fields.iter().filter(|f| f.required && !f.generated && !out.contains_key(f.name)) {
        let faulty = faults.iter().any(|known| known.field.strip_prefix("configuration.") == Some(f.name));
        if !faulty && holds(f.when, fields, &out) {
            let (field, detail) = (format!("configuration.{}", f.name), format!("{} is needed.", f.label));
            faults.push(FieldError { field, code: "required".into(), detail });
        }
    }
    if faults.is_empty() { Ok(out) } else { Err(faults) }
}

/// A value in text form (a default, a preset) as it is stored.
fn value_of(f: &Field, text: &str) -> Value {
    match f.kind {
        FieldKind::Boolean => Value::Bool(text == "true"),
        FieldKind::Number => text.parse::<i64>().map(Value::from).unwrap_or(Value::Null),
        FieldKind::Words => Value::Array(text.split_whitespace().map(Value::from).collect()),
        FieldKind::Names => Value::Array(text.split(',').map(|s| s.trim().into()).collect()),
        _ => Value::from(text),
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
        FieldKind::Words | FieldKind::Names => {
            let ends = |c: char| matches!(c, ',' | '\n') || (c == ' ' && f.kind == FieldKind::Words);
            let words: Vec<Value> = match value {
                Value::Array(list) => list.iter().filter_map(|v| v.as_str()).map(|s| s.trim().into()).collect(),
                Value::String(s) => s.split(ends).map(str::trim).filter(|s| !s.is_empty()).map(Value::from).collect(),
                _ => return Err(("wrong_type", format!("{} is a list of texts.", f.label))),
            };
            Ok(Value::Array(words))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FORM: &[Field] = &[
        Field {
            options: &[Choice { value: "near", label: "Near" }, Choice { value: "far", label: "Far" }],
            presets: &[Preset {
                choice: "near",
                note: "",
                note_url: "",
                sets: &[
                    Set { field: "way", value: "post", settled: true },
                    Set { field: "host", value: "near.example", settled: true },
                    Set { field: "port", value: "993", settled: true },
                ],
            }],
            ..Field::new("place", "Place", FieldKind::Select)
        },
        Field {
            default: "visit",
            options: &[Choice { value: "visit", label: "Visit" }, Choice { value: "post", label: "Post" }],
            ..Field::new("way", "Way", FieldKind::Select)
        },
        Field { required: true, when: &[&[Is { field: "way", one_of: &["post"] }]], ..Field::new("host", "Host", FieldKind::Text) },
        Field { default: "25", ..Field::new("port", "Port", FieldKind::Number) },
        Field { when: &[&[Is { field: "way", one_of: &["post"] }]], ..Field::new("stamp", "Stamp", FieldKind::Boolean) },
        Field {
            required: true,
            when: &[
                &[Is { field: "stamp", one_of: &["true"] }],
                &[Is { field: "place", one_of: &["far"] }, Is { field: "way", one_of: &["post"] }],
            ],
            ..Field::new("price", "Price", FieldKind::Text)
        },
    ];
    fn checked(value: Value) -> Result<Value, Vec<String>> {
        let values = value.as_object().cloned().unwrap_or_default();
        check(FORM, &values).map(Value::Object).map_err(|faults| faults.into_iter().map(|f| format!("{} {}", f.field, f.code)).collect())
    }
    fn needs(name: &str) -> Result<Value, Vec<String>> {
        Err(vec![format!("configuration.{name} required")])
    }

    #[test]
    fn a_field_that_is_not_asked_is_not_needed() {
        assert_eq!(checked(json!({})), Ok(json!({ "way": "visit", "port": 25 })));
        assert_eq!(checked(json!({ "way": "post" })), needs("host"));
        assert_eq!(checked(json!({ "way": "post", "host": "h", "stamp": true })), needs("price"));
        // A stamp of earlier days says nothing while it is not asked for.
        assert_eq!(checked(json!({ "stamp": true })), Ok(json!({ "way": "visit", "port": 25, "stamp": true })));
        assert_eq!(checked(json!({ "place": "far" })), Ok(json!({ "place": "far", "way": "visit", "port": 25 })));
        assert_eq!(checked(json!({ "place": "far", "way": "post", "host": "h" })), needs("price"));
        assert_eq!(checked(json!({ "way": "post", "host": 5 })), Err(vec!["configuration.host wrong_type".into()]));
    }

    #[test]
    fn an_option_fills_in_what_was_not_given() {
        assert_eq!(checked(json!({ "place": "near" })), Ok(json!({ "place": "near", "way": "post", "host": "near.example", "port": 993 })));
        let given = json!({ "place": "near", "host": "mine.example", "port": 1 });
        assert_eq!(checked(given), Ok(json!({ "place": "near", "way": "post", "host": "mine.example", "port": 1 })));
    }
}
