//! A checked filter as one WHERE for one caller at one time.

use super::fields::{Kind, Source};
use super::grammar::{Condition, Filter, Operator, Value, Who};
use crate::teams::Sight;
use db::{Dialect, like};
use jiff::tz::TimeZone;
use kernel::MemberId;
use kernel::fold::{fold, tokens};
use kernel::time::Millis;

/// Who asks, what they see, and when by whose clock.
#[derive(Debug, Clone)]
pub struct Asker {
    pub me: Option<MemberId>,
    pub now: Millis,
    pub zone: TimeZone,
    pub sight: Sight,
}

/// Collects the parameters of a statement while its parts are written.
pub struct Sql<'a> {
    dialect: Dialect,
    asker: &'a Asker,
    pub args: Vec<db::Value<'static>>,
}

impl<'a> Sql<'a> {
    pub fn new(dialect: Dialect, asker: &'a Asker) -> Self {
        Self { dialect, asker, args: Vec::new() }
    }
    /// `$n` for a value.
    pub fn bind(&mut self, value: impl Into<db::Value<'static>>) -> String {
        self.args.push(value.into());
        format!("${}", self.args.len())
    }
    /// The condition for rows called `c`. It is true or it is not; NULL counts as not.
    pub fn condition(&mut self, filter: &Filter) -> String {
        self.node(filter, false)
    }
    /// The same for those of the conversations `c` that are seen.
    pub fn seen(&mut self, filter: &Filter) -> String {
        let asker = self.asker;
        let condition = self.node(filter, false);
        format!("{condition}{}", asker.sight.and("c", &mut self.args))
    }

    /// NOT goes down to the conditions, where it is known what being empty means.
    fn node(&mut self, filter: &Filter, not: bool) -> String {
        let (list, joint) = match filter {
            Filter::Is(c) => return self.one(c, not),
            Filter::Not(inner) => return self.node(inner, !not),
            Filter::And(all) => (all, if not { " OR " } else { " AND " }),
            Filter::Or(all) => (all, if not { " AND " } else { " OR " }),
        };
        if list.is_empty() {
            let all = matches!(filter, Filter::And(_)) != not;
            return if all { "1 = 1" } else { "1 = 0" }.to_owned();
        }
        let parts: Vec<String> = list.iter().map(|n| self.node(n, not)).collect();
        if parts.len() == 1 { parts.into_iter().next().unwrap_or_default() } else { format!("({})", parts.join(joint)) }
    }

    fn one(&mut self, c: &Condition, not: bool) -> String {
        let (op, opposite) = match c.op {
            Operator::IsNot => (Operator::Is, true),
            Operator::NoneOf => (Operator::AnyOf, true),
            Operator::NotContains => (Operator::Contains, true),
            Operator::IsEmpty => (Operator::IsSet, true),
            op => (op, false),
        };
        let not = not != opposite;
        // "Not set" is asked so often that it gets the form an index knows.
        if op == Operator::IsSet
            && not
            && let Source::Column(column) = c.field.source
        {
            return format!("{column} IS NULL");
        }
        let is = self.positive(c, op);
        let sure = !c.field.nullable && !matches!(c.field.source, Source::PersonWords(_));
        match (not, sure || op == Operator::IsSet) {
            (false, _) => is,
            (true, true) => format!("NOT ({is})"),
            (true, false) => format!("NOT COALESCE({is}, FALSE)"),
        }
    }

    fn positive(&mut self, c: &Condition, op: Operator) -> String {
        match (c.field.source, &c.value) {
            (Source::Column(column), Value::Words(words)) => {
                let words = match (op, c.field.kind) {
                    (Operator::AtLeast | Operator::AtMost, Kind::Choice { options, .. }) => ranked(&options(), words, op),
                    _ => words.clone(),
                };
                self.among(column, words)
            }
            (Source::Status { column, bucket }, Value::Words(words)) => self.status(column, bucket, words),
            (Source::Column(column), Value::Ids(ids)) => {
                let bytes: Vec<Option<Vec<u8>>> = ids.iter().map(|w| self.bytes(w)).collect();
                self.among(column, bytes)
            }
            (Source::Column(column), Value::Numbers(numbers)) => self.numbers(column, op, numbers),
            (Source::Column(column), Value::Moments(moments)) => {
                let ranges: Vec<(Millis, Millis)> = moments.iter().map(|m| m.range(self.asker.now, &self.asker.zone)).collect();
                self.times(column, op, &ranges)
            }
            (Source::Column(column), _) => format!("{column} IS NOT NULL"),
            (Source::Truth(condition), Value::Flag(false)) => format!("NOT ({condition})"),
            (Source::Truth(condition), _) => format!("({condition})"),
            (Source::Names(column), Value::Words(words)) => self.names(column, op, words),
            (Source::Names(column), _) => format!("{column} <> '[]'"),
            (Source::Folded { column, .. }, Value::Text(text)) => self.folded(column, op, text),
            (Source::Folded { original, .. }, _) => format!("COALESCE({original}, '') <> ''"),
            (Source::PersonWords(column), Value::Text(text)) => self.person(column, text),
            (Source::Object(column), value) => self.attribute(column, c.attribute.as_deref().unwrap_or_default(), op, value),
            (Source::Among { column, list, value }, Value::Ids(ids)) => {
                let bytes: Vec<Option<Vec<u8>>> = ids.iter().map(|w| self.bytes(w)).collect();
                format!("{column} IN ({list} AND {})", self.among(value, bytes))
            }
            (Source::Among { column, list, .. }, _) => format!("{column} IN ({list})"),
            _ => "1 = 0".to_owned(),
        }
    }

    /// One value is an equality, so that an index that begins with the column gives the order too.
    fn among<T: Into<db::Value<'static>>>(&mut self, column: &str, values: Vec<T>) -> String {
        let marks: Vec<String> = values.into_iter().map(|v| self.bind(v)).collect();
        match marks.as_slice() {
            [] => "1 = 0".to_owned(),
            [one] => format!("{column} = {one}"),
            many => format!("{column} IN ({})", many.join(", ")),
        }
    }

    fn status(&mut self, column: &str, bucket: &str, words: &[String]) -> String {
        let has = |word: &str| words.iter().any(|w| w == word);
        let mut buckets: Vec<String> = words.iter().filter(|w| *w != "new" && *w != "open").cloned().collect();
        match (has("new"), has("open")) {
            (true, true) => buckets.push("open".into()),
            (false, false) => {}
            // One of the two that share a bucket.
            _ if buckets.is_empty() => {
                let (b, s) = (self.bind("open".to_owned()), self.among(column, words[..1].to_vec()));
                return format!("({bucket} = {b} AND {s})");
            }
            _ => return self.among(column, words.to_vec()),
        }
        buckets.sort();
        buckets.dedup();
        self.among(bucket, buckets)
    }

    fn bytes(&self, who: &Who) -> Option<Vec<u8>> {
        match who {
            Who::Me => self.asker.me.map(|m| m.as_bytes().to_vec()),
            Who::Id { bytes, .. } => Some(bytes.to_vec()),
        }
    }

    /// The type stands in the text, since statements are kept by their text.
    fn number(&mut self, n: f64) -> String {
        if n.fract() == 0.0 && n.abs() < 9e15 { self.bind(n as i64) } else { format!("CAST({} AS DOUBLE PRECISION)", self.bind(n)) }
    }
    fn numbers(&mut self, column: &str, op: Operator, numbers: &[f64]) -> String {
        let marks: Vec<String> = numbers.iter().map(|n| self.number(*n)).collect();
        match (op, marks.as_slice()) {
            (Operator::AtLeast, [n]) => format!("{column} >= {n}"),
            (Operator::AtMost, [n]) => format!("{column} <= {n}"),
            (Operator::Between, [from, to]) => format!("{column} BETWEEN {from} AND {to}"),
            (_, [n, ..]) => format!("{column} = {n}"),
            (_, []) => "1 = 0".to_owned(),
        }
    }

    fn times(&mut self, column: &str, op: Operator, ranges: &[(Millis, Millis)]) -> String {
        let Some((from, to)) = ranges.first().copied() else { return "1 = 0".to_owned() };
        match op {
            Operator::Before => format!("{column} < {}", self.bind(from)),
            Operator::After => format!("{column} >= {}", self.bind(to)),
            _ => {
                let end = ranges.last().map_or(to, |(_, end)| *end);
                let (from, end) = (self.bind(from), self.bind(end));
                format!("({column} >= {from} AND {column} < {end})")
            }
        }
    }

    fn names(&mut self, column: &str, op: Operator, words: &[String]) -> String {
        let parts: Vec<String> = words
            .iter()
            .map(|name| {
                let key = self.bind(name.trim().to_lowercase());
                let quoted = format!("(SELECT {} FROM tags t WHERE t.name_key = {key})", self.dialect.json_quoted("t.name"));
                format!("COALESCE({}, 0) > 0", self.dialect.position(column, &quoted))
            })
            .collect();
        format!("({})", parts.join(if op == Operator::AllOf { " AND " } else { " OR " }))
    }

    fn folded(&mut self, column: &str, op: Operator, text: &str) -> String {
        let text = fold(text);
        match op {
            Operator::Is => format!("{column} = {}", self.bind(text)),
            Operator::StartsWith => format!("{column} LIKE {} ESCAPE '!'", self.bind(format!("{}%", like(&text)))),
            _ => format!("{column} LIKE {} ESCAPE '!'", self.bind(format!("%{}%", like(&text)))),
        }
    }

    /// Each word is the beginning of one of the person's words. People are found by the word that is likely to be the rarest (one with a digit,
    /// else the longest), and looked at for the others.
    fn person(&mut self, column: &str, text: &str) -> String {
        let mut words: Vec<String> = tokens(text).into_iter().take(8).collect();
        words.sort_by_key(|w| (!w.contains(|c: char| c.is_ascii_digit()), std::cmp::Reverse(w.chars().count())));
        let ranges: Vec<(String, String)> =
            words.into_iter().map(|word| (self.bind(word.clone()), self.bind(format!("{word}\u{10FFFF}")))).collect();
        let Some(((from, to), others)) = ranges.split_first() else { return "1 = 0".to_owned() };
        let mut sql = format!("{column} IN (SELECT w.contact_id FROM contact_words w WHERE w.word >= {from} AND w.word < {to}");
        for (from, to) in others {
            sql.push_str(&format!(
                " AND EXISTS (SELECT 1 FROM contact_words o WHERE o.contact_id = w.contact_id AND o.word >= {from} AND o.word < {to})"
            ));
        }
        sql + ")"
    }

    fn attribute(&mut self, column: &str, name: &str, op: Operator, value: &Value) -> String {
        let name = self.bind(name.to_owned());
        let text = self.dialect.member_text(column, &name);
        match value {
            Value::Numbers(numbers) => {
                let number = self.dialect.member_number(column, &name);
                self.numbers(&number, op, numbers)
            }
            // A box that nobody has looked at is not ticked.
            Value::Flag(_) => format!("COALESCE({text}, 'false') = 'false'"),
            Value::Words(words) => self.among(&text, words.clone()),
            Value::Moments(moments) => {
                let day = |at: Millis, zone: &TimeZone| {
                    jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(zone.clone()).date().to_string()
                };
                let ranges: Vec<(Millis, Millis)> = moments.iter().map(|m| m.range(self.asker.now, &self.asker.zone)).collect();
                let zone = self.asker.zone.clone();
                let (from, to) = (ranges.first().map_or(0, |r| r.0), ranges.last().map_or(0, |r| r.1));
                // The last day is the one before the moment at which the next begins.
                let (first, last) = (day(from, &zone), day(to.max(from + 1) - 1, &zone));
                match op {
                    Operator::Before => format!("{text} < {}", self.bind(first)),
                    Operator::After => format!("{text} > {}", self.bind(last)),
                    _ => {
                        let (first, last) = (self.bind(first), self.bind(last));
                        format!("({text} >= {first} AND {text} <= {last})")
                    }
                }
            }
            Value::Text(wanted) if op == Operator::StartsWith => {
                let like = self.bind(format!("{}%", like(&wanted.to_ascii_lowercase())));
                format!("LOWER({text}) LIKE {like} ESCAPE '!'")
            }
            Value::Text(wanted) if op == Operator::Is => format!("{text} = {}", self.bind(wanted.clone())),
            Value::Text(wanted) => {
                let part = self.bind(format!("%{}%", like(&wanted.to_ascii_lowercase())));
                format!("LOWER({text}) LIKE {part} ESCAPE '!'")
            }
            _ => format!("COALESCE({text}, '') <> ''"),
        }
    }
}

/// From the named word on upwards, or down to it.
fn ranked(options: &[super::fields::Choice], words: &[String], op: Operator) -> Vec<String> {
    let at = options.iter().position(|o| words.first() == Some(&o.value)).unwrap_or(0);
    let part = if op == Operator::AtLeast { &options[at..] } else { &options[..=at] };
    part.iter().map(|o| o.value.clone()).collect()
}
