//! What can be asked of a kind of row: its fields, their operators, and where each stands in SQL.

use super::grammar::Operator;
use serde::Serialize;

/// What a filter is about. Fields stand in SQL as columns of the one row called `c`.
#[derive(Debug)]
pub struct Subject {
    pub name: &'static str,
    pub fields: &'static [Field],
}

#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    /// English, for scripts and logs; the screen has its own words.
    pub label: &'static str,
    pub kind: Kind,
    pub source: Source,
    /// There may be nothing in it.
    pub nullable: bool,
}

/// What stands in a field, and so what it can be compared with.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One of a fixed list of words; `ordered` lists have a least and a most.
    Choice {
        options: fn() -> Vec<Choice>,
        ordered: bool,
    },
    /// The id of something else.
    Reference(Reference),
    /// A set of names.
    Tags,
    Flag,
    Time,
    Number,
    /// Text of which a part can be looked for.
    Text,
    /// Text of which only words, from their beginning, can be looked for.
    Words,
    /// Any number of fields by name (`custom_attributes.plan`), with whatever in them.
    Attributes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    Member,
    Team,
    Channel,
    Contact,
    SubStatus,
}
impl Reference {
    pub fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Team => "team",
            Self::Channel => "channel",
            Self::Contact => "contact",
            Self::SubStatus => "sub_status",
        }
    }
    /// Where the API lists what may stand here.
    pub fn path(self) -> Option<&'static str> {
        match self {
            Self::Member => Some("/members"),
            Self::Channel => Some("/channels"),
            Self::Contact => Some("/contacts"),
            Self::SubStatus => Some("/sub-statuses"),
            Self::Team => None,
        }
    }
}

/// A word that may stand in a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Choice {
    pub value: String,
    /// English.
    pub label: String,
}

/// How a field is asked for in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Column(&'static str),
    /// A condition that is always true or false.
    Truth(&'static str),
    /// The status, with the column of which lists are made.
    Status {
        column: &'static str,
        bucket: &'static str,
    },
    /// A column with the names as JSON.
    Names(&'static str),
    /// A column of folded text, and the one that says whether there is any.
    Folded {
        column: &'static str,
        original: &'static str,
    },
    /// A column with the id of a person, whose words are looked up.
    PersonWords(&'static str),
    /// A column with a JSON object.
    Object(&'static str),
    /// A column that stands in a list, and what of the list is asked for.
    Among {
        column: &'static str,
        list: &'static str,
        value: &'static str,
    },
}

/// Longest name of an attribute.
const MOST_NAME: usize = 100;

impl Subject {
    /// The field of that name; for `custom_attributes.plan` also the attribute's own name.
    pub fn field(&'static self, name: &str) -> Option<(&'static Field, Option<String>)> {
        if let Some(field) = self.fields.iter().find(|f| f.name == name && !f.is_many()) {
            return Some((field, None));
        }
        let (base, own) = name.split_once('.')?;
        let field = self.fields.iter().find(|f| f.name == base && f.is_many())?;
        let fits = !own.is_empty() && own.chars().count() <= MOST_NAME && !own.contains(['"', '\\', '\0']);
        fits.then(|| (field, Some(own.to_owned())))
    }
}

impl Field {
    /// Stands for many fields by name.
    fn is_many(&self) -> bool {
        matches!(self.kind, Kind::Attributes)
    }
    pub fn operators(&self) -> Vec<Operator> {
        use Operator::*;
        let mut all = match self.kind {
            Kind::Choice { ordered: true, .. } => vec![Is, IsNot, AnyOf, NoneOf, AtLeast, AtMost],
            Kind::Choice { .. } | Kind::Reference(_) => vec![Is, IsNot, AnyOf, NoneOf],
            Kind::Tags => vec![AnyOf, AllOf, NoneOf],
            Kind::Flag => vec![Is],
            Kind::Time => vec![Before, After, On, Between],
            Kind::Number => vec![Is, IsNot, AtLeast, AtMost, Between],
            Kind::Text => vec![Contains, NotContains, StartsWith, Is, IsNot],
            Kind::Words => vec![Contains, NotContains],
            Kind::Attributes => {
                vec![Is, IsNot, AnyOf, NoneOf, Contains, NotContains, StartsWith, AtLeast, AtMost, Between, Before, After, On]
            }
        };
        if self.nullable {
            all.extend([IsSet, IsEmpty]);
        }
        all
    }
    pub fn options(&self) -> Option<Vec<Choice>> {
        match self.kind {
            Kind::Choice { options, .. } => Some(options()),
            _ => None,
        }
    }
}
