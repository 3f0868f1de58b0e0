//! Definitions of attributes, and which values they take.

use jiff::civil::Date;
use kernel::AttributeId;
use kernel::time::{Millis, wire};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What has the attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AppliesTo {
    Conversation,
    Contact,
}
impl AppliesTo {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Contact => "contact",
        }
    }
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Conversation, Self::Contact].into_iter().find(|a| a.as_str() == word)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    Text,
    Number,
    /// A number in the definition's `currency`.
    Currency,
    /// 12.5 is 12.5 %.
    Percent,
    /// An address on the web.
    Link,
    /// `2026-12-24`.
    Date,
    /// One of the definition's `options`.
    List,
    /// True or false.
    Checkbox,
}
impl AttributeKind {
    pub const ALL: [Self; 8] =
        [Self::Text, Self::Number, Self::Currency, Self::Percent, Self::Link, Self::Date, Self::List, Self::Checkbox];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Currency => "currency",
            Self::Percent => "percent",
            Self::Link => "link",
            Self::Date => "date",
            Self::List => "list",
            Self::Checkbox => "checkbox",
        }
    }
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == word)
    }
    pub fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Currency | Self::Percent)
    }
}

/// An attribute that conversations or contacts have.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = AttributeDefinition)]
pub struct Definition {
    #[schema(value_type = String)]
    pub id: AttributeId,
    pub applies_to: AppliesTo,
    /// By which `custom_attributes` and filters (`attribute.plan`) know it; it never changes.
    pub key: String,
    pub name: String,
    /// It never changes.
    pub kind: AttributeKind,
    /// What may stand in a list.
    pub options: Vec<String>,
    /// Three letters (`EUR`), for a currency.
    pub currency: Option<String>,
    /// A conversation is not closed without it.
    pub required_on_close: bool,
    /// Its place among the others, from 0.
    pub position: i64,
    /// Out of forms and filters; values stay.
    pub archived: bool,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[schema(as = NewAttributeDefinition)]
#[serde(deny_unknown_fields)]
pub struct NewDefinition {
    pub applies_to: AppliesTo,
    /// Made of the name when left out: small letters, digits and underscores.
    pub key: Option<String>,
    pub name: String,
    #[serde(rename = "kind")]
    pub of: AttributeKind,
    #[serde(default)]
    pub options: Vec<String>,
    pub currency: Option<String>,
    #[serde(default)]
    pub required_on_close: bool,
}

#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = AttributeDefinitionPatch)]
#[serde(deny_unknown_fields)]
pub struct DefinitionPatch {
    pub name: Option<String>,
    /// Replaces all options. Values that are none any more stay where they are.
    pub options: Option<Vec<String>>,
    pub currency: Option<String>,
    pub required_on_close: Option<bool>,
    /// Where it is to stand among the others, from 0.
    pub position: Option<i64>,
    pub archived: Option<bool>,
}

/// A key out of a name: `Zip code` is `zip_code`.
pub fn key_of(name: &str) -> String {
    let folded = kernel::fold::fold(name);
    let mut out = String::new();
    for c in folded.chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            _ if !out.is_empty() && !out.ends_with('_') => out.push('_'),
            _ => {}
        }
    }
    if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert_str(0, "a_");
    }
    let key: String = out.chars().take(40).collect();
    key.trim_matches('_').to_owned()
}
pub fn is_key(key: &str) -> bool {
    (1..=40).contains(&key.len())
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The value as it is kept, or a code and what is wrong with it. An empty one is null.
pub fn check(d: &Definition, value: &Value) -> Result<Value, (&'static str, String)> {
    if value.is_null() || value.as_str().is_some_and(|t| t.trim().is_empty()) {
        return Ok(Value::Null);
    }
    let text = || value.as_str().map(str::trim).ok_or(("wrong_type", "Give a text.".to_owned()));
    match d.kind {
        AttributeKind::Text => {
            let text = text()?;
            if text.chars().count() > 1_000 || text.contains('\0') {
                return Err(("too_long", "Use at most 1,000 characters.".into()));
            }
            Ok(text.into())
        }
        AttributeKind::Number | AttributeKind::Currency | AttributeKind::Percent => {
            let n = value.as_f64().filter(|n| n.is_finite() && n.abs() < 1e15).ok_or(("wrong_type", "Give a number.".to_owned()))?;
            // Money has cents, and whole numbers are kept as such.
            let n = if d.kind == AttributeKind::Currency { (n * 100.0).round() / 100.0 } else { n };
            Ok(if n.fract() == 0.0 { Value::from(n as i64) } else { Value::from(n) })
        }
        AttributeKind::Link => {
            let text = text()?;
            let whole = ["https://", "http://"].iter().any(|s| text.strip_prefix(s).is_some_and(|rest| !rest.is_empty()));
            if !whole || text.chars().count() > 2_000 || text.contains(char::is_whitespace) || text.contains(char::is_control) {
                return Err(("invalid", "Give an address that begins with https://.".into()));
            }
            Ok(text.into())
        }
        AttributeKind::Date => match text()?.parse::<Date>() {
            Ok(day) if text()?.len() == 10 && day.year() >= 1 => Ok(day.to_string().into()),
            _ => Err(("invalid", "Give a day as 2026-12-24.".into())),
        },
        AttributeKind::List => {
            let text = text()?;
            let known = d.options.iter().find(|o| *o == text);
            known.map(|o| o.clone().into()).ok_or_else(|| ("not_an_option", format!("Choose one of: {}.", d.options.join(", "))))
        }
        AttributeKind::Checkbox => value.as_bool().map(Value::from).ok_or(("wrong_type", "Give true or false.".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(kind: AttributeKind) -> Definition {
        Definition {
            id: AttributeId::from_uuid(Default::default()),
            applies_to: AppliesTo::Conversation,
            key: "x".into(),
            name: "X".into(),
            kind,
            options: vec!["Gold".into(), "Silver".into()],
            currency: None,
            required_on_close: false,
            position: 0,
            archived: false,
            created_at: 0,
        }
    }

    #[test]
    fn each_kind_takes_its_values_only() {
        use AttributeKind::*;
        let good = [
            (Text, json!("  hello "), json!("hello")),
            (Text, json!(" "), Value::Null),
            (Number, json!(2.0), json!(2)),
            (Currency, json!(12.345), json!(12.35)),
            (Percent, json!(12.5), json!(12.5)),
            (Link, json!("https://a.example/x"), json!("https://a.example/x")),
            (Date, json!("2026-12-24"), json!("2026-12-24")),
            (List, json!("Gold"), json!("Gold")),
            (Checkbox, json!(false), json!(false)),
            (List, Value::Null, Value::Null),
        ];
        for (kind, given, kept) in good {
            assert_eq!(check(&of(kind), &given), Ok(kept), "{kind:?} {given}");
        }
        let bad = [
            (Text, json!(5), "wrong_type"),
            (Text, json!("x".repeat(1_001)), "too_long"),
            (Number, json!("5"), "wrong_type"),
            (Number, json!(1e300), "wrong_type"),
            (Link, json!("javascript:alert(1)"), "invalid"),
            (Link, json!("https://a b"), "invalid"),
            (Date, json!("24.12.2026"), "invalid"),
            (Date, json!("2026-02-30"), "invalid"),
            (List, json!("gold"), "not_an_option"),
            (Checkbox, json!("yes"), "wrong_type"),
        ];
        for (kind, given, code) in bad {
            assert_eq!(check(&of(kind), &given).map_err(|e| e.0), Err(code), "{kind:?} {given}");
        }
    }

    #[test]
    fn keys_are_made_of_names() {
        assert_eq!(key_of("Zip code"), "zip_code");
        assert_eq!(key_of("  Größe (cm) "), "grosse_cm");
        assert_eq!(key_of("2nd name"), "a_2nd_name");
        for long in ["4 of something whose name is as long as a name may be", "something whose name is as long, as, a, name may"] {
            assert!(is_key(&key_of(long)), "{}", key_of(long));
        }
        assert!(is_key("zip_code") && !is_key("Zip") && !is_key("") && !is_key("9a") && !is_key("a.b"));
    }
}
