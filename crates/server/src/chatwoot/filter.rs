//! Their filters as ours: the words of a query string, and lists of conditions joined by AND and OR.

use super::desk::Desk;
use super::fault::Fault;
use super::given::{moment, number, plain, words};
use kernel::message::Status;
use kernel::time::rfc3339;
use serde_json::{Value, json};

/// Their state as ours; several of ours are one there.
pub fn statuses(there: &str) -> Result<Vec<&'static str>, Fault> {
    match there {
        "open" => Ok(vec!["new", "open"]),
        "pending" => Ok(vec!["pending"]),
        "snoozed" => Ok(vec!["snoozed"]),
        "resolved" => Ok(vec!["resolved", "archived"]),
        other => Err(Fault::field("status", format!("“{other}” is no status. Choose from: open, pending, snoozed, resolved."))),
    }
}
/// Theirs has no usual one; `none` and null are ours.
pub fn priority(there: &Value) -> Result<&'static str, Fault> {
    match there.as_str().unwrap_or("none") {
        "none" | "" | "nil" | "medium" => Ok("normal"),
        "low" => Ok("low"),
        "high" => Ok("high"),
        "urgent" => Ok("urgent"),
        other => Err(Fault::field("priority", format!("“{other}” is no priority. Choose from: none, low, medium, high, urgent."))),
    }
}

pub fn condition(field: &str, op: &str, value: Value) -> Value {
    match value {
        Value::Null => json!({ "field": field, "op": op }),
        value => json!({ "field": field, "op": op, "value": value }),
    }
}

/// What a query string asks for: `(name, value)` as they stand in it.
pub struct Asked {
    pairs: Vec<(String, String)>,
}
impl Asked {
    pub fn of(query: Option<&str>) -> Self {
        Self { pairs: connectors::kit::forms::pairs(query.unwrap_or_default().as_bytes()) }
    }
    pub fn text(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(n, v)| n == name && !v.trim().is_empty()).map(|(_, v)| v.trim())
    }
    pub fn list(&self, name: &str) -> Vec<String> {
        let many = format!("{name}[]");
        self.pairs
            .iter()
            .filter(|(n, _)| n == name || *n == many)
            .flat_map(|(_, v)| v.split(','))
            .map(|v| v.trim().to_owned())
            .filter(|v| !v.is_empty())
            .collect()
    }
    pub fn page(&self) -> i64 {
        self.text("page").and_then(|p| p.parse().ok()).unwrap_or(1)
    }
    /// A number that has to be one where it is given.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Fault> {
        self.text(name).map(|t| t.parse().map_err(|_| Fault::field(name, "This is no number."))).transpose()
    }
}

impl Desk {
    /// The list of conversations that a query string asks for, whoever has them.
    pub async fn asked_for(&self, asked: &Asked) -> Result<Vec<Value>, Fault> {
        let mut all = Vec::new();
        match asked.text("status").unwrap_or("open") {
            "all" => {}
            there => all.push(condition("status", "any_of", json!(statuses(there)?))),
        }
        if let Some(n) = asked.number("inbox_id")? {
            all.push(condition("channel_id", "is", self.id("chn", n).await?.into()));
        }
        if let Some(n) = asked.number("team_id")? {
            all.push(condition("team", "is", self.id("tem", n).await?.into()));
        }
        let labels = asked.list("labels");
        if !labels.is_empty() {
            all.push(condition("tags", "any_of", json!(labels)));
        }
        match asked.text("conversation_type") {
            None => {}
            Some("participating") => all.push(condition("follower", "is", "me".into())),
            Some("unattended") => all.push(condition("waiting_since", "is_set", Value::Null)),
            Some(_) => return Err(Fault::field("conversation_type", "Choose one of: participating, unattended.")),
        }
        Ok(all)
    }

    /// A list of conditions. AND binds closer than OR, as where such a list is turned into SQL word by word.
    pub async fn filter(&self, payload: &Value) -> Result<Value, Fault> {
        let Some(list) = payload.as_array().filter(|l| !l.is_empty()) else {
            return Err(Fault::field("payload", "Give a list of conditions."));
        };
        let (mut groups, mut group) = (Vec::new(), Vec::new());
        for (n, one) in list.iter().enumerate() {
            group.push(self.one(one).await?);
            let joined = one["query_operator"].as_str().unwrap_or_default();
            if joined.eq_ignore_ascii_case("or") && n + 1 < list.len() {
                groups.push(json!({ "and": std::mem::take(&mut group) }));
            }
        }
        groups.push(json!({ "and": group }));
        Ok(json!({ "or": groups }))
    }

    async fn one(&self, c: &Value) -> Result<Value, Fault> {
        let (key, op) = (c["attribute_key"].as_str().unwrap_or_default(), c["filter_operator"].as_str().unwrap_or_default());
        let values: Vec<Value> = match &c["values"] {
            Value::Array(list) => list.iter().map(|v| v.get("id").unwrap_or(v).clone()).collect(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        let no = || Fault::field("filter_operator", format!("“{op}” cannot be asked of {key} here."));
        let several = |field: &str, list: Value| match op {
            "equal_to" => Ok(condition(field, "any_of", list)),
            "not_equal_to" => Ok(condition(field, "none_of", list)),
            "is_present" => Ok(condition(field, "is_set", Value::Null)),
            "is_not_present" => Ok(condition(field, "is_empty", Value::Null)),
            _ => Err(no()),
        };
        match key {
            "status" => {
                if values.iter().any(|v| v == "all") {
                    return Ok(condition("status", "any_of", json!(Status::ALL.iter().map(|s| s.as_str()).collect::<Vec<_>>())));
                }
                let mut list = Vec::new();
                for v in &values {
                    list.extend(statuses(&plain(v))?);
                }
                if !matches!(op, "equal_to" | "not_equal_to") { Err(no()) } else { several("status", json!(list)) }
            }
            "priority" => {
                let list = values.iter().map(priority).collect::<Result<Vec<_>, _>>()?;
                if !matches!(op, "equal_to" | "not_equal_to") { Err(no()) } else { several("priority", json!(list)) }
            }
            "assignee_id" => several("assignee", self.ids("mem", &values).await?),
            "team_id" => several("team", self.ids("tem", &values).await?),
            "inbox_id" => several("channel_id", self.ids("chn", &values).await?),
            "labels" => several("tags", json!(words(&Value::Array(values)).unwrap_or_default())),
            "created_at" | "last_activity_at" => {
                let field = if key == "created_at" { "created_at" } else { "last_message_at" };
                let value = values.first().cloned().unwrap_or_default();
                // A day as people write it, or a moment.
                let at = match value.as_str().filter(|t| t.len() == 10 && t.contains('-')) {
                    Some(day) => Some(day.to_owned()),
                    None => moment(&value).map(rfc3339),
                };
                match (op, at, number(&value)) {
                    ("is_greater_than", Some(at), _) => Ok(condition(field, "after", at.into())),
                    ("is_less_than", Some(at), _) => Ok(condition(field, "before", at.into())),
                    ("days_before", _, Some(days)) => Ok(condition(field, "before", format!("-{days}d").into())),
                    _ => Err(no()),
                }
            }
            "mail_subject" | "contact_name" | "name" => {
                let (field, text) =
                    (if key == "mail_subject" { "subject" } else { "contact" }, values.first().map(plain).unwrap_or_default());
                match op {
                    "contains" | "equal_to" => Ok(condition(field, "contains", text.into())),
                    "does_not_contain" | "not_equal_to" => Ok(condition(field, "not_contains", text.into())),
                    _ => Err(no()),
                }
            }
            "" => Err(Fault::field("attribute_key", "Say what is asked for.")),
            other if c["custom_attribute_type"].is_string() => {
                let (field, text) = (format!("custom_attributes.{other}"), values.first().cloned().unwrap_or_default());
                let op = match op {
                    "equal_to" => "is",
                    "not_equal_to" => "is_not",
                    "contains" => "contains",
                    "does_not_contain" => "not_contains",
                    "is_present" => return Ok(condition(&field, "is_set", Value::Null)),
                    "is_not_present" => return Ok(condition(&field, "is_empty", Value::Null)),
                    _ => return Err(no()),
                };
                Ok(condition(&field, op, text))
            }
            other => Err(Fault::field("attribute_key", format!("“{other}” cannot be asked for here. See docs/chatwoot.md."))),
        }
    }

    async fn ids(&self, kind: &'static str, values: &[Value]) -> Result<Value, Fault> {
        let mut out = Vec::new();
        for value in values {
            let n = number(value).ok_or_else(|| Fault::field("values", "These are numbers."))?;
            out.push(Value::from(self.id(kind, n).await?));
        }
        Ok(Value::Array(out))
    }
}

/// How a list is sorted, by their word for it: `(sort, order)`.
pub fn order(there: Option<&str>) -> Result<(&'static str, &'static str), Fault> {
    match there {
        None | Some("latest" | "last_activity_at_desc") => Ok(("activity", "desc")),
        Some("last_activity_at_asc") => Ok(("activity", "asc")),
        Some("created_at_desc") => Ok(("created", "desc")),
        Some("created_at_asc") => Ok(("created", "asc")),
        Some("priority_desc" | "priority_desc_created_at_asc") => Ok(("priority", "desc")),
        Some("priority_asc") => Ok(("priority", "asc")),
        Some("waiting_since_asc") => Ok(("waiting", "asc")),
        Some("waiting_since_desc") => Ok(("waiting", "desc")),
        Some(other) => Err(Fault::field("sort_by", format!("“{other}” is no order."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_string_is_read_as_they_write_it() {
        let asked = Asked::of(Some("status=all&labels[]=vip&labels[]=bug&page=3&q=&inbox_id=x&labels=a,b"));
        assert_eq!((asked.text("status"), asked.text("q"), asked.page()), (Some("all"), None, 3));
        assert_eq!(asked.list("labels"), ["vip", "bug", "a", "b"]);
        assert!(asked.number("inbox_id").is_err() && asked.number("team_id").is_ok_and(|n| n.is_none()));
        let encoded = Asked::of(Some("labels%5B%5D=vip"));
        assert_eq!(encoded.list("labels"), ["vip"]);
    }

    #[test]
    fn their_words_for_states_are_ours() {
        assert_eq!(statuses("open").unwrap(), ["new", "open"]);
        assert!(statuses("closed").is_err());
        assert_eq!(
            (priority(&Value::Null).unwrap(), priority(&json!("medium")).unwrap(), priority(&json!("urgent")).unwrap()),
            ("normal", "normal", "urgent")
        );
        assert!(priority(&json!("top")).is_err() && order(Some("size")).is_err());
    }
}
