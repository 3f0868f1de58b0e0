//! Templates of requests: blanks in braces, filled in by the rules of the place where they stand.

use super::settings::{self, Body};
use crate::kit::calls::encode;
use crate::kit::sms;
use kernel::channel::{Account, Outbound, SendError};
use kernel::http::HttpRequest;
use kernel::time::Millis;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub type Values = BTreeMap<&'static str, String>;

/// Every blank there is.
const NAMES: &[&str] = &[
    "to",
    "to_digits",
    "to_00",
    "from",
    "from_digits",
    "text",
    "text_hex",
    "id",
    "unicode",
    "parts",
    "username",
    "password",
    "callback_url",
    "time",
];

pub fn values(account: &Account, message: &Outbound, to: &str, now: Millis) -> Values {
    let text = &message.text;
    let sender = account.settings.text("sender").unwrap_or_default();
    let digits = |number: &str| number.trim_start_matches('+').to_owned();
    let hex: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    let setting = |name: &str| account.settings.text(name).unwrap_or_default().to_owned();
    let zeros = to.strip_prefix('+').map_or_else(|| to.to_owned(), |rest| format!("00{rest}"));
    BTreeMap::from([
        ("to", to.to_owned()),
        ("to_digits", digits(to)),
        ("to_00", zeros),
        ("from", sender.to_owned()),
        ("from_digits", digits(sender)),
        ("text", text.clone()),
        ("text_hex", hex),
        ("id", message.message_id.clone()),
        ("unicode", if sms::is_unicode(text) { "1" } else { "0" }.to_owned()),
        ("parts", sms::parts(text).to_string()),
        ("username", setting("username")),
        ("password", setting("password")),
        ("callback_url", settings::callback_url(account, &message.message_id)),
        ("time", now.div_euclid(1000).to_string()),
    ])
}

/// Fills the blanks of a text; other braces stay.
pub fn fill(template: &str, values: &Values, escape: fn(&str) -> String) -> String {
    let mut out = String::with_capacity(template.len());
    for piece in pieces(template) {
        match piece {
            Piece::Words(words) => out.push_str(words),
            Piece::Blank(name) => out.push_str(&escape(values.get(name).map(String::as_str).unwrap_or_default())),
        }
    }
    out
}

enum Piece<'a> {
    Words(&'a str),
    Blank(&'static str),
}

fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(open) = template.get(at..).and_then(|rest| rest.find('{')).map(|n| at + n) {
        let rest = &template[open + 1..];
        let name = NAMES.iter().find(|name| rest.strip_prefix(**name).is_some_and(|after| after.starts_with('}')));
        match name {
            Some(name) => {
                out.push(Piece::Words(&template[start..open]));
                out.push(Piece::Blank(name));
                start = open + name.len() + 2;
                at = start;
            }
            None => at = open + 1,
        }
    }
    out.push(Piece::Words(template.get(start..).unwrap_or_default()));
    out
}

/// The other way round: what stood in the blanks. For the simulator, which plays a gateway that was described by its templates.
pub fn capture(template: &str, filled: &str) -> Option<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    let mut rest = filled;
    let mut open: Option<&'static str> = None;
    let pieces = pieces(template);
    let last = pieces.len().saturating_sub(1);
    for (n, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Blank(name) => open = Some(name),
            Piece::Words(words) => {
                let at = if n == last && open.is_some() { rest.len().checked_sub(words.len())? } else { rest.find(words)? };
                if open.is_none() && at != 0 || rest.get(at..)?.strip_prefix(words).is_none() {
                    return None;
                }
                if let Some(name) = open.take() {
                    found.push((name, rest[..at].to_owned()));
                }
                rest = &rest[at + words.len()..];
            }
        }
    }
    rest.is_empty().then_some(found)
}

pub fn plain(text: &str) -> String {
    text.to_owned()
}
pub fn xml(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r')).collect();
    clean.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}

/// The lines of a form template.
pub fn lines(template: &str) -> Vec<(&str, &str)> {
    let lines = template.lines().map(str::trim).filter(|l| !l.is_empty());
    lines.map(|line| line.split_once('=').map_or((line, ""), |(name, value)| (name.trim(), value.trim()))).collect()
}

fn json(template: &Value, values: &Values) -> Value {
    match template {
        Value::String(text) => Value::String(fill(text, values, plain)),
        Value::Array(list) => list.iter().map(|one| json(one, values)).collect(),
        Value::Object(map) => map.iter().map(|(name, one)| (name.clone(), json(one, values))).collect::<Map<_, _>>().into(),
        other => other.clone(),
    }
}

/// The template of a JSON body.
pub fn json_template(account: &Account) -> Result<Value, SendError> {
    serde_json::from_str(&settings::body(account)).map_err(|e| SendError::Account {
        detail: format!("The template of the body is not JSON ({e}). Put blanks inside quotation marks."),
    })
}

/// The request that hands the message to the gateway, without its sign-in.
pub fn request(account: &Account, values: &Values) -> Result<HttpRequest, SendError> {
    let get = settings::is_get(account);
    let mut url = fill(&settings::send_url(account)?, values, encode);
    let kind = settings::body_type(account);
    let mut form = form_urlencoded::Serializer::new(String::new());
    if kind == Body::Form {
        for (name, value) in lines(&settings::body(account)) {
            form.append_pair(name, &fill(value, values, plain));
        }
    }
    let form = form.finish();
    if get {
        if !form.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&form);
        }
        return Ok(HttpRequest::new("GET", url));
    }
    let request = HttpRequest::new("POST", url);
    Ok(match kind {
        Body::Form => request.header("content-type", "application/x-www-form-urlencoded").body(form.into_bytes()),
        Body::Json => {
            let body = json(&json_template(account)?, values);
            request.header("content-type", "application/json").body(body.to_string().into_bytes())
        }
        Body::Xml => {
            let body = fill(&settings::body(account), values, xml);
            request.header("content-type", "text/xml; charset=utf-8").body(body.into_bytes())
        }
        Body::None => request,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_filled_and_found_again() {
        let values = Values::from([("to", "+27 & 1".to_owned()), ("text", "a<b".to_owned())]);
        assert_eq!(fill("x={to}&{unknown}{{text}}{", &values, encode), "x=%2B27%20%26%201&{unknown}{a%3Cb}{");
        assert_eq!(fill("<t>{text}</t>", &values, xml), "<t>a&lt;b</t>");
        assert_eq!(capture("a {to}: {text}!", "a +27: hi: you!"), Some(vec![("to", "+27".into()), ("text", "hi: you".into())]));
        assert_eq!(capture("{text}", "whole"), Some(vec![("text", "whole".into())]));
        assert_eq!(capture("fixed", "fixed"), Some(Vec::new()));
        assert_eq!((capture("fixed", "other"), capture("a{to}b", "b"), capture("a{to}", "xa1")), (None, None, None));
    }

    #[test]
    fn a_form_template_has_one_value_in_each_line() {
        assert_eq!(lines("to = {to}\n\n text={text}=x\nflag"), [("to", "{to}"), ("text", "{text}=x"), ("flag", "")]);
    }
}
