//! Records of calls: one, several, or a list.

use super::record::Record;
use super::{csv, voice};
use kernel::channel::{Account, Inbound, ParseError, RawDelivery};
use serde_json::{Map, Value};

const MOST_CALLS: usize = 1_000;

pub fn parse(account: &Account, raw: &RawDelivery) -> Result<Vec<Inbound>, ParseError> {
    if voice::is_from_twilio(raw) {
        return voice::parse(account, raw);
    }
    let kind = raw.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if kind.contains("csv") || kind.contains("tab-separated") { list(account, &raw.body) } else { records(account, &raw.body) }
}

/// One line of a list, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub line: usize,
    /// The values by their headings: the same record as JSON.
    pub record: Map<String, Value>,
    pub read: Result<Vec<Inbound>, ParseError>,
}

/// Every line of a list of calls, those that cannot be read among them.
pub fn read_list(account: &Account, text: &str, most: usize) -> Result<Vec<Listed>, ParseError> {
    let (headings, rows) = csv::read(text, most)?;
    if !Record::names_somebody(&headings) {
        return Err(ParseError("The first line has to name the columns, among them “from” and “to” or “number”.".into()));
    }
    let listed = |row: csv::Row| {
        let mut record = Map::new();
        for (name, value) in &row.cells {
            record.entry(name.clone()).or_insert_with(|| Value::from(value.clone()));
        }
        Listed { line: row.line, record, read: Record::new(row.cells).read(account) }
    };
    Ok(rows.into_iter().map(listed).collect())
}

fn list(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let listed = read_list(account, &String::from_utf8_lossy(body), MOST_CALLS)?;
    gathered("Line", listed.into_iter().map(|l| (l.line, l.read)).collect())
}

fn records(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let value: Value = serde_json::from_slice(body).map_err(|e| ParseError(format!("The body is not JSON: {e}")))?;
    let calls = match value {
        Value::Array(list) => list,
        Value::Object(mut map) => match map.remove("calls") {
            Some(Value::Array(list)) => list,
            Some(_) => return Err(ParseError("“calls” has to be a list.".into())),
            None => vec![Value::Object(map)],
        },
        _ => return Err(ParseError("The body has to be a record of a call, or a list of them.".into())),
    };
    if calls.len() > MOST_CALLS {
        return Err(ParseError(format!("One request may carry {MOST_CALLS} calls.")));
    }
    let read = calls.into_iter().map(|call| match call {
        Value::Object(map) => Record::new(texts(map)).read(account),
        _ => Err(ParseError("The record is not an object.".into())),
    });
    gathered("Record", (1..).zip(read).collect())
}

fn texts(map: Map<String, Value>) -> impl Iterator<Item = (String, String)> {
    map.into_iter().filter_map(|(name, value)| {
        let text = match value {
            Value::String(text) => text,
            Value::Number(n) => n.to_string(),
            Value::Bool(b) => b.to_string(),
            _ => return None,
        };
        Some((name, text))
    })
}

/// One record that cannot be read does not keep the others out.
fn gathered(what: &str, read: Vec<(usize, Result<Vec<Inbound>, ParseError>)>) -> Result<Vec<Inbound>, ParseError> {
    if read.is_empty() {
        return Ok(vec![Inbound::Ignored { why: "The request carried no calls.".into() }]);
    }
    let alone = read.len() == 1;
    if read.iter().all(|(_, r)| r.is_err())
        && let Some((_, Err(error))) = read.first()
    {
        return Err(if alone { error.clone() } else { ParseError(format!("None of the records can be read. The first: {}", error.0)) });
    }
    let mut all = Vec::new();
    for (n, one) in read {
        match one {
            Ok(list) => all.extend(list),
            Err(ParseError(words)) => all.push(Inbound::Ignored { why: format!("{what} {n} cannot be read: {words}") }),
        }
    }
    Ok(all)
}
