//! JSON of others' making, on its way into columns.

use kernel::{Error, Result};
use serde_json::{Map, Value};

/// No text and no name in it may hold a NUL: not every engine can look into such JSON.
pub fn check_nul(field: &str, given: Option<&Map<String, Value>>) -> Result<()> {
    match given.is_some_and(object_has_nul) {
        true => Err(Error::field(field, "invalid", "There is a NUL in a name or a text.")),
        false => Ok(()),
    }
}

fn object_has_nul(m: &Map<String, Value>) -> bool {
    m.iter().any(|(name, value)| name.contains('\0') || has_nul(value))
}
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(has_nul),
        Value::Object(m) => object_has_nul(m),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_nul_is_found_wherever_it_is() {
        let of = |v: Value| check_nul("it", v.as_object()).is_err();
        assert!(of(json!({ "a": "\u{0}" })) && of(json!({ "\u{0}": 1 })) && of(json!({ "a": [{ "b": { "c": "x\u{0}" } }] })));
        assert!(!of(json!({ "a": "\\u0000", "b": 0, "c": null })) && check_nul("it", None).is_ok());
    }
}
