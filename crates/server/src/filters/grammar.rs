//! From JSON to a checked filter, and back. Every wrong node is named by its path.

use super::choices::same_word;
use super::fields::{Field, Kind, Reference, Subject};
use super::times::Moment;
use kernel::error::FieldError;
use kernel::{ChannelId, ContactId, Error, MemberId, Result, SubStatusId, TeamId};
use serde_json::{Map, Value as Json, json};

/// Groups within groups.
pub const MOST_DEPTH: usize = 6;
/// Conditions in one filter.
pub const MOST_CONDITIONS: usize = 60;
/// Values in one condition.
pub const MOST_VALUES: usize = 100;
/// Characters of a text.
pub const MOST_TEXT: usize = 200;

#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Without members: everything.
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Is(Condition),
}

#[derive(Debug, Clone)]
pub struct Condition {
    pub field: &'static Field,
    /// Which attribute, where the field stands for many.
    pub attribute: Option<String>,
    pub op: Operator,
    pub value: Value,
}
impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.field.name == other.field.name && self.attribute == other.attribute && self.op == other.op && self.value == other.value
    }
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    None,
    Words(Vec<String>),
    Ids(Vec<Who>),
    Flag(bool),
    Numbers(Vec<f64>),
    Moments(Vec<Moment>),
    Text(String),
}

/// An id, or whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Me,
    Id { text: String, bytes: [u8; 16] },
}

macro_rules! operators {
    ($($variant:ident $text:literal $shape:ident,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Operator { $($variant),* }
        impl Operator {
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),* } }
            pub fn parse(text: &str) -> Option<Self> { match text { $($text => Some(Self::$variant),)* _ => None } }
            pub fn shape(self) -> Shape { match self { $(Self::$variant => Shape::$shape),* } }
        }
    };
}
operators! {
    Is "is" One,
    IsNot "is_not" One,
    AnyOf "any_of" Many,
    AllOf "all_of" Many,
    NoneOf "none_of" Many,
    Contains "contains" One,
    NotContains "not_contains" One,
    StartsWith "starts_with" One,
    Before "before" One,
    After "after" One,
    On "on" One,
    Between "between" Pair,
    AtLeast "at_least" One,
    AtMost "at_most" One,
    IsSet "is_set" Nothing,
    IsEmpty "is_empty" Nothing,
}
/// How many values an operator takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    Nothing,
    One,
    Many,
    Pair,
}

impl Filter {
    /// Leaves nothing out.
    pub const ALL: Filter = Filter::And(Vec::new());

    pub fn condition(subject: &'static Subject, field: &str, op: Operator, value: Value) -> Result<Self> {
        let (field, attribute) = subject.field(field).ok_or_else(|| Error::internal(format!("no field is called {field}")))?;
        Ok(Self::Is(Condition { field, attribute, op, value }))
    }
    /// Both hold.
    pub fn and(self, other: Filter) -> Self {
        match (self, other) {
            (Self::And(mut a), Self::And(b)) => {
                a.extend(b);
                Self::And(a)
            }
            (Self::And(mut a), b) => {
                a.push(b);
                Self::And(a)
            }
            (a, b) => Self::And(vec![a]).and(b),
        }
    }
    /// Calls for every condition, in order.
    pub fn each(&self, f: &mut impl FnMut(&Condition)) {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().for_each(|n| n.each(f)),
            Self::Not(inner) => inner.each(f),
            Self::Is(condition) => f(condition),
        }
    }
    /// What it means changes as time goes by.
    pub fn moves(&self) -> bool {
        let mut moves = false;
        self.each(&mut |c| moves |= matches!(&c.value, Value::Moments(all) if all.iter().any(|m| m.moves())));
        moves
    }
    /// What it means depends on who asks.
    pub fn is_personal(&self) -> bool {
        let mut personal = false;
        self.each(&mut |c| personal |= matches!(&c.value, Value::Ids(all) if all.contains(&Who::Me)));
        personal
    }
    /// The filter as JSON, in one form for all that mean the same.
    pub fn json(&self) -> Json {
        let list = |all: &[Filter]| Json::Array(all.iter().map(Filter::json).collect());
        match self {
            Self::And(all) => json!({ "and": list(all) }),
            Self::Or(all) => json!({ "or": list(all) }),
            Self::Not(inner) => json!({ "not": inner.json() }),
            Self::Is(c) => c.json(),
        }
    }
}

impl Condition {
    /// Its field's name, with the attribute's own.
    pub fn name(&self) -> String {
        match &self.attribute {
            Some(own) => format!("{}.{own}", self.field.name),
            None => self.field.name.to_owned(),
        }
    }
    fn json(&self) -> Json {
        let mut out = Map::new();
        out.insert("field".into(), self.name().into());
        out.insert("op".into(), self.op.as_str().into());
        let all: Vec<Json> = match &self.value {
            Value::None => return Json::Object(out),
            Value::Flag(on) => vec![(*on).into()],
            Value::Text(text) => vec![text.clone().into()],
            Value::Words(all) => all.iter().map(|w| w.clone().into()).collect(),
            Value::Ids(all) => all.iter().map(|w| Json::from(w.text())).collect(),
            Value::Numbers(all) => {
                all.iter().map(|n| if n.fract() == 0.0 && n.abs() < 9e15 { json!(*n as i64) } else { json!(n) }).collect()
            }
            Value::Moments(all) => all.iter().map(|m| m.text().into()).collect(),
        };
        let value = match self.op.shape() {
            Shape::One => all.into_iter().next().unwrap_or(Json::Null),
            _ => Json::Array(all),
        };
        out.insert("value".into(), value);
        Json::Object(out)
    }
}
impl Who {
    pub fn text(&self) -> &str {
        match self {
            Self::Me => "me",
            Self::Id { text, .. } => text,
        }
    }
    pub fn id<K: kernel::id::Kind>(id: kernel::Id<K>) -> Self {
        Self::Id { text: id.to_string(), bytes: *id.as_bytes() }
    }
}

/// A filter from the text of a query parameter or a column.
pub fn parse_text(subject: &'static Subject, text: &str, path: &str) -> Result<Filter> {
    let json: Json = serde_json::from_str(text).map_err(|e| Error::field(path, "malformed", format!("This is not JSON: {e}.")))?;
    parse(subject, &json, path)
}

/// A checked filter; `path` is where it stands in the request, and what is wrong is named from there.
pub fn parse(subject: &'static Subject, json: &Json, path: &str) -> Result<Filter> {
    let mut reader = Reader { subject, wrong: Vec::new(), conditions: 0 };
    let empty = json.as_object().is_some_and(Map::is_empty) || json.is_null();
    let filter = if empty { Some(Filter::ALL) } else { reader.node(json, path, 0) };
    match filter {
        Some(filter) if reader.wrong.is_empty() => Ok(filter),
        _ => Err(Error::fields(reader.wrong)),
    }
}

struct Reader {
    subject: &'static Subject,
    wrong: Vec<FieldError>,
    conditions: usize,
}

impl Reader {
    fn bad<T>(&mut self, path: &str, code: &str, detail: impl Into<String>) -> Option<T> {
        if self.wrong.len() < 20 {
            self.wrong.push(FieldError { field: path.to_owned(), code: code.to_owned(), detail: detail.into() });
        }
        None
    }

    fn node(&mut self, json: &Json, path: &str, depth: usize) -> Option<Filter> {
        let Some(object) = json.as_object() else {
            return self.bad(path, "wrong_type", "Give a condition or a group, as an object.");
        };
        let kinds: Vec<&str> = ["and", "or", "not", "field"].into_iter().filter(|k| object.contains_key(*k)).collect();
        let [kind] = kinds.as_slice() else {
            return self.bad(
                path,
                "invalid",
                "A node is exactly one of: {\"and\": […]}, {\"or\": […]}, {\"not\": …}, {\"field\", \"op\", \"value\"}.",
            );
        };
        if *kind == "field" {
            return self.condition(object, path);
        }
        if let Some(other) = object.keys().find(|k| k != kind) {
            return self.bad(&format!("{path}.{other}"), "unknown", "A group has nothing beside its members.");
        }
        if depth >= MOST_DEPTH {
            return self.bad(path, "too_deep", format!("Groups stand at most {MOST_DEPTH} deep."));
        }
        let inside = format!("{path}.{kind}");
        let members = &object[*kind];
        if *kind == "not" {
            return Some(Filter::Not(Box::new(self.node(members, &inside, depth + 1)?)));
        }
        let Some(list) = members.as_array() else {
            return self.bad(&inside, "wrong_type", "Give a list of conditions and groups.");
        };
        if list.is_empty() && !(depth == 0 && *kind == "and") {
            return self.bad(&inside, "required", "A group needs at least one condition.");
        }
        if list.len() > MOST_CONDITIONS {
            return self.bad(&inside, "too_many", format!("A filter has at most {MOST_CONDITIONS} conditions."));
        }
        let all: Vec<Option<Filter>> = list.iter().enumerate().map(|(i, n)| self.node(n, &format!("{inside}.{i}"), depth + 1)).collect();
        let all: Vec<Filter> = all.into_iter().collect::<Option<_>>()?;
        Some(if *kind == "and" { Filter::And(all) } else { Filter::Or(all) })
    }

    fn condition(&mut self, object: &Map<String, Json>, path: &str) -> Option<Filter> {
        self.conditions += 1;
        if self.conditions > MOST_CONDITIONS {
            return self.bad(path, "too_many", format!("A filter has at most {MOST_CONDITIONS} conditions."));
        }
        if let Some(other) = object.keys().find(|k| !["field", "op", "value"].contains(&k.as_str())) {
            return self.bad(&format!("{path}.{other}"), "unknown", "A condition is made of field, op and value.");
        }
        let name = object["field"].as_str().unwrap_or_default();
        let Some((field, attribute)) = self.subject.field(name) else {
            return self.bad(&format!("{path}.field"), "not_an_option", format!("No field is called `{name}`."));
        };
        let allowed = field.operators();
        let asked = object.get("op").and_then(Json::as_str).unwrap_or_default();
        let Some(op) = Operator::parse(asked).filter(|op| allowed.contains(op)) else {
            let names: Vec<&str> = allowed.iter().map(|op| op.as_str()).collect();
            return self.bad(&format!("{path}.op"), "not_an_option", format!("Choose one of: {}.", names.join(", ")));
        };
        let value = self.value(field, op, object.get("value").unwrap_or(&Json::Null), &format!("{path}.value"))?;
        Some(Filter::Is(Condition { field, attribute, op, value }))
    }

    fn value(&mut self, field: &'static Field, op: Operator, json: &Json, path: &str) -> Option<Value> {
        let one = [json.clone()];
        let (list, many): (&[Json], bool) = match (op.shape(), json) {
            (Shape::Nothing, Json::Null) => return Some(Value::None),
            (Shape::Nothing, _) => return self.bad(path, "unknown", "This operator takes no value."),
            (_, Json::Null) => return self.bad(path, "required", "This is needed."),
            (Shape::One, Json::Array(_)) => return self.bad(path, "wrong_type", "Give one value."),
            (Shape::One, _) => (&one, false),
            (Shape::Pair, Json::Array(list)) if list.len() == 2 => (list, true),
            (Shape::Pair, _) => return self.bad(path, "wrong_type", "Give a list of two values: from and to."),
            (Shape::Many, Json::Array(list)) if list.is_empty() => return self.bad(path, "required", "Give at least one value."),
            (Shape::Many, Json::Array(list)) if list.len() > MOST_VALUES => {
                return self.bad(path, "too_many", format!("Give at most {MOST_VALUES} values."));
            }
            (Shape::Many, Json::Array(list)) => (list, true),
            (Shape::Many, _) => return self.bad(path, "wrong_type", "Give a list of values."),
        };
        let at = |i: usize| if many { format!("{path}.{i}") } else { path.to_owned() };
        match field.kind {
            Kind::Choice { options, .. } => {
                let options = options();
                let all: Vec<Option<String>> = (0..list.len()).map(|i| self.word(&list[i], &options, &at(i))).collect();
                Some(Value::Words(all.into_iter().collect::<Option<_>>()?))
            }
            Kind::Reference(of) => {
                let all: Vec<Option<Who>> = (0..list.len()).map(|i| self.who(&list[i], of, &at(i))).collect();
                Some(Value::Ids(all.into_iter().collect::<Option<_>>()?))
            }
            Kind::Tags => {
                let all: Vec<Option<String>> = (0..list.len()).map(|i| self.text(&list[i], &at(i))).collect();
                Some(Value::Words(all.into_iter().collect::<Option<_>>()?))
            }
            Kind::Flag => match json.as_bool() {
                Some(on) => Some(Value::Flag(on)),
                None => self.bad(path, "wrong_type", "Give true or false."),
            },
            Kind::Number => self.numbers(list, &at),
            Kind::Time => self.moments(op, list, &at),
            Kind::Attributes if matches!(op, Operator::AtLeast | Operator::AtMost) => self.numbers(list, &at),
            // Numbers or days, whatever is given.
            Kind::Attributes if op == Operator::Between && list.iter().all(Json::is_number) => self.numbers(list, &at),
            Kind::Attributes if matches!(op, Operator::Before | Operator::After | Operator::On | Operator::Between) => {
                self.moments(op, list, &at)
            }
            Kind::Attributes if matches!(op, Operator::AnyOf | Operator::NoneOf) => {
                let all: Vec<Option<String>> = (0..list.len()).map(|i| self.text(&list[i], &at(i))).collect();
                Some(Value::Words(all.into_iter().collect::<Option<_>>()?))
            }
            // By its older name only where it says so.
            Kind::Attributes
                if matches!(op, Operator::Is | Operator::IsNot) && json.as_bool() == Some(false) && field.name != "custom_attributes" =>
            {
                Some(Value::Flag(false))
            }
            // A number or a truth is compared as it is written.
            Kind::Attributes if json.is_number() || json.is_boolean() => Some(Value::Text(json.to_string())),
            Kind::Text | Kind::Words | Kind::Attributes => self.text(json, path).map(Value::Text),
        }
    }

    fn word(&mut self, json: &Json, options: &[super::fields::Choice], path: &str) -> Option<String> {
        match json.as_str().and_then(|w| same_word(options, w)) {
            Some(word) => Some(word),
            None => {
                let names: Vec<&str> = options.iter().map(|o| o.value.as_str()).collect();
                self.bad(path, "not_an_option", format!("Choose from: {}.", names.join(", ")))
            }
        }
    }

    fn who(&mut self, json: &Json, of: Reference, path: &str) -> Option<Who> {
        let text = json.as_str().unwrap_or_default();
        if text == "me" && of == Reference::Member {
            return Some(Who::Me);
        }
        let id = match of {
            Reference::Member => text.parse::<MemberId>().ok().map(Who::id),
            Reference::Team => text.parse::<TeamId>().ok().map(Who::id),
            Reference::Channel => text.parse::<ChannelId>().ok().map(Who::id),
            Reference::Contact => text.parse::<ContactId>().ok().map(Who::id),
            Reference::SubStatus => text.parse::<SubStatusId>().ok().map(Who::id),
        };
        match id {
            Some(id) => Some(id),
            None => self.bad(path, "invalid", format!("This is no id of a {}.", of.name())),
        }
    }

    fn text(&mut self, json: &Json, path: &str) -> Option<String> {
        match json.as_str().map(str::trim) {
            None => self.bad(path, "wrong_type", "Give a text."),
            Some("") => self.bad(path, "required", "Give some text."),
            Some(text) if text.chars().count() > MOST_TEXT => self.bad(path, "too_long", format!("At most {MOST_TEXT} characters.")),
            Some(text) if text.contains('\0') => self.bad(path, "invalid", "There is a NUL in this text."),
            Some(text) => Some(text.to_owned()),
        }
    }

    fn numbers(&mut self, list: &[Json], at: &impl Fn(usize) -> String) -> Option<Value> {
        let mut all = Vec::new();
        for (i, json) in list.iter().enumerate() {
            match json.as_f64().filter(|n| n.is_finite()) {
                Some(n) => all.push(n),
                None => return self.bad(&at(i), "wrong_type", "Give a number."),
            }
        }
        match all.as_slice() {
            [from, to] if from > to => self.bad(&at(1), "out_of_order", "The second number is the larger one."),
            _ => Some(Value::Numbers(all)),
        }
    }

    fn moments(&mut self, op: Operator, list: &[Json], at: &impl Fn(usize) -> String) -> Option<Value> {
        let mut all = Vec::new();
        for (i, json) in list.iter().enumerate() {
            match json.as_str().and_then(Moment::parse) {
                Some(m) if op == Operator::On && !m.is_range() => {
                    return self.bad(&at(i), "invalid", "Give a day or a period, such as 2026-11-21, today or this_week.");
                }
                Some(m) => all.push(m),
                None => {
                    let help = "Give a time (2026-11-21T09:30:00Z), a day (2026-11-21), so long ago or ahead (-3d, +2h), or a period (today, this_week).";
                    return self.bad(&at(i), "invalid", help);
                }
            }
        }
        Some(Value::Moments(all))
    }
}
