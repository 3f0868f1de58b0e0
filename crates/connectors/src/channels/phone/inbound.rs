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

fn list(account: &Account, body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let (headings, rows) = csv::read(&String::from_utf8_lossy(body), MOST_CALLS)?;
    if !Record::names_somebody(&headings) {
        return Err(ParseError("The first line has to name the columns, among them “from” and “to” or “number”.".into()));
    }
    let read = rows.into_iter().map(|row| Record::new(row).read(account)).collect();
    gathered("Line", 2, read)
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
    gathered("Record", 1, read.collect())
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
fn gathered(what: &str, first: usize, read: Vec<Result<Vec<Inbound>, ParseError>>) -> Result<Vec<Inbound>, ParseError> {
    if read.is_empty() {
        return Ok(vec![Inbound::Ignored { why: "The request carried no calls.".into() }]);
    }
    let alone = read.len() == 1;
    if read.iter().all(Result::is_err)
        && let Some(Err(error)) = read.iter().find(|r| r.is_err())
    {
        return Err(if alone { error.clone() } else { ParseError(format!("None of the records can be read. The first: {}", error.0)) });
    }
    let mut all = Vec::new();
    for (n, one) in read.into_iter().enumerate() {
        match one {
            Ok(list) => all.extend(list),
            Err(ParseError(words)) => all.push(Inbound::Ignored { why: format!("{what} {} cannot be read: {words}", n + first) }),
        }
    }
    Ok(all)
}
