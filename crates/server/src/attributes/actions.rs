//! The verbs: define, change, remove; and what conversations and contacts ask when values are given to them.

use super::model::{self, AppliesTo, AttributeKind, Definition, DefinitionPatch, NewDefinition};
use super::store;
use crate::app::found;
use crate::audit::{self, Act};
use db::Tx;
use kernel::error::FieldError;
use kernel::event::NewEvent;
use kernel::id::new_id;
use kernel::time::Millis;
use kernel::{Actor, AttributeId, Error, Ids, Result};
use serde_json::{Map, Value, json};

const MOST: usize = 100;
const MOST_OPTIONS: usize = 200;
/// Characters of all values of one thing, as JSON.
const MOST_BYTES: usize = 64_000;

fn changed(tx: &mut Tx<'_>, actor: &Actor, now: Millis) {
    tx.emit(NewEvent::new("attributes.updated", actor.label(), now));
}
fn fault(all: &mut Vec<FieldError>, field: &str, code: &str, detail: &str) {
    all.push(FieldError { field: field.into(), code: code.into(), detail: detail.into() });
}

/// What is wrong with a definition, all of it at once.
fn check(d: &Definition) -> Result<()> {
    let mut wrong = Vec::new();
    if d.name.is_empty() || d.name.chars().count() > 60 || d.name.chars().any(char::is_control) {
        fault(&mut wrong, "name", "invalid", "A name has 1 to 60 characters.");
    }
    if !model::is_key(&d.key) {
        fault(&mut wrong, "key", "invalid", "A key has 1 to 40 small letters, digits and underscores, and begins with a letter.");
    }
    if d.kind == AttributeKind::List {
        let long = d.options.iter().any(|o| o.is_empty() || o.chars().count() > 100 || o.chars().any(char::is_control));
        let twice = d.options.iter().enumerate().any(|(i, o)| d.options[..i].contains(o));
        if d.options.is_empty() || d.options.len() > MOST_OPTIONS || long || twice {
            let help = format!("A list has 1 to {MOST_OPTIONS} options, each once and of 1 to 100 characters.");
            fault(&mut wrong, "options", "invalid", &help);
        }
    } else if !d.options.is_empty() {
        fault(&mut wrong, "options", "unknown", "Only lists have options.");
    }
    match (&d.currency, d.kind) {
        (Some(c), AttributeKind::Currency) if c.len() == 3 && c.bytes().all(|b| b.is_ascii_uppercase()) => {}
        (_, AttributeKind::Currency) => fault(&mut wrong, "currency", "invalid", "Name the currency by three letters, such as EUR."),
        (Some(_), _) => fault(&mut wrong, "currency", "unknown", "Only amounts of money have a currency."),
        (None, _) => {}
    }
    if d.required_on_close && d.applies_to != AppliesTo::Conversation {
        fault(&mut wrong, "required_on_close", "invalid", "Only conversations are closed.");
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::fields(wrong)) }
}

fn tidy(options: &[String]) -> Vec<String> {
    options.iter().map(|o| o.trim().to_owned()).collect()
}

pub fn create(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, n: &NewDefinition, now: Millis) -> Result<Definition> {
    let all: Vec<Definition> = store::list(tx)?.into_iter().filter(|d| d.applies_to == n.applies_to).collect();
    if all.len() >= MOST {
        return Err(Error::conflict("attribute.too_many", format!("There are at most {MOST} attributes. Delete one first.")));
    }
    let name = n.name.trim().to_owned();
    let key = n.key.as_deref().map_or_else(|| model::key_of(&name), |k| k.trim().to_owned());
    let d = Definition {
        id: new_id(ids, now),
        applies_to: n.applies_to,
        // A name without a letter of ours, such as one in Greek, gets the first that is free.
        key: match key.is_empty() && n.key.is_none() {
            true => (1..).map(|n| format!("attribute_{n}")).find(|k| all.iter().all(|d| d.key != *k)).unwrap_or_default(),
            false => key,
        },
        name,
        kind: n.of,
        options: tidy(&n.options),
        currency: n.currency.as_deref().map(|c| c.trim().to_uppercase()).filter(|c| !c.is_empty()),
        required_on_close: n.required_on_close,
        position: all.iter().map(|d| d.position + 1).max().unwrap_or(0),
        archived: false,
        created_at: now,
    };
    check(&d)?;
    if !store::insert(tx, &d)? {
        return Err(Error::field("key", "taken", "There is an attribute with this key already."));
    }
    changed(tx, actor, now);
    audit::note(tx, actor, &Act::new("attribute.created", d.id).named(&d.name).after(json!(d)), now)?;
    Ok(d)
}

pub fn change(tx: &mut Tx<'_>, actor: &Actor, id: AttributeId, p: &DefinitionPatch, now: Millis) -> Result<Definition> {
    let before = found(store::find(tx, id)?, "attribute.not_found", "attribute")?;
    let after = Definition {
        name: p.name.as_deref().map_or_else(|| before.name.clone(), |n| n.trim().to_owned()),
        options: p.options.as_deref().map_or_else(|| before.options.clone(), tidy),
        currency: p.currency.as_deref().map_or_else(|| before.currency.clone(), |c| Some(c.trim().to_uppercase())),
        required_on_close: p.required_on_close.unwrap_or(before.required_on_close),
        archived: p.archived.unwrap_or(before.archived),
        ..before.clone()
    };
    check(&after)?;
    store::update(tx, &after)?;
    if let Some(to) = p.position {
        place(tx, &after, to)?;
    }
    let after = found(store::find(tx, id)?, "attribute.not_found", "attribute")?;
    if before != after {
        changed(tx, actor, now);
        audit::note(tx, actor, &Act::new("attribute.updated", id).named(&after.name).changed(json!(before), json!(after)), now)?;
    }
    Ok(after)
}

/// The others of its kind of thing make room.
fn place(tx: &mut Tx<'_>, d: &Definition, to: i64) -> Result<()> {
    let mut all: Vec<AttributeId> =
        store::list(tx)?.into_iter().filter(|o| o.applies_to == d.applies_to && o.id != d.id).map(|o| o.id).collect();
    all.insert(usize::try_from(to).unwrap_or(0).min(all.len()), d.id);
    for (position, id) in all.into_iter().enumerate() {
        store::set_position(tx, id, position as i64)?;
    }
    Ok(())
}

/// The definition goes; values that conversations and contacts have stay with them, as those of a program.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, id: AttributeId, now: Millis) -> Result<()> {
    let before = found(store::find(tx, id)?, "attribute.not_found", "attribute")?;
    store::delete(tx, id)?;
    changed(tx, actor, now);
    audit::note(tx, actor, &Act::new("attribute.deleted", id).named(&before.name).before(json!(before)), now)
}

/// The values there are with those that are given; null takes one away. Gives the keys that changed besides.
pub fn merge(
    tx: &mut Tx<'_>,
    of: AppliesTo,
    now: &Map<String, Value>,
    given: &Map<String, Value>,
) -> Result<(Map<String, Value>, Vec<String>)> {
    let known = store::list(tx)?;
    let (mut out, mut wrong, mut changed) = (now.clone(), Vec::new(), Vec::new());
    for (key, value) in given {
        let field = format!("custom_attributes.{key}");
        if key.is_empty() || key.chars().count() > 100 || key.contains(['"', '\\', '\0']) {
            fault(&mut wrong, &field, "invalid", "A key has 1 to 100 characters, without quotes.");
            continue;
        }
        let value = match known.iter().find(|d| d.applies_to == of && d.key == *key) {
            None => value.clone(),
            Some(d) => match model::check(d, value) {
                Ok(value) => value,
                Err((code, detail)) => {
                    fault(&mut wrong, &field, code, &detail);
                    continue;
                }
            },
        };
        let before = out.get(key).unwrap_or(&Value::Null);
        if *before != value {
            changed.push(key.clone());
        }
        if value.is_null() {
            out.remove(key);
        } else {
            out.insert(key.clone(), value);
        }
    }
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    if Value::Object(out.clone()).to_string().len() > MOST_BYTES {
        return Err(Error::too_large("attributes.too_large", "Attributes take at most 64 kB."));
    }
    Ok((out, changed))
}

/// Refuses to close a conversation that lacks what it needs for that.
pub fn missing(tx: &mut Tx<'_>, values: &Map<String, Value>) -> Result<()> {
    let needed = store::list(tx)?.into_iter().filter(|d| d.applies_to == AppliesTo::Conversation && d.required_on_close && !d.archived);
    let wrong: Vec<FieldError> = needed
        // A box that is not ticked is an answer only once somebody has looked at it.
        .filter(|d| values.get(&d.key).is_none_or(Value::is_null))
        .map(|d| FieldError {
            field: format!("custom_attributes.{}", d.key),
            code: "required_on_close".into(),
            detail: format!("Fill in {} before closing.", d.name),
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(Error::fields(wrong)) }
}
