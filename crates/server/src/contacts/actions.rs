//! Verbs on contacts: each checks, changes and appends its event.

use super::model::{ContactRef, NewContact};
use super::resolve::normalise;
use super::{store, words};
use db::Tx;
use kernel::actor::Permission;
use kernel::channel::Handle;
use kernel::error::FieldError;
use kernel::event::NewEvent;
use kernel::message::HandleEvidence;
use kernel::time::Millis;
use kernel::{Actor, ContactId, Error, Ids, Result};

/// Addresses of one person, and numbers.
const MOST_HANDLES: usize = 50;

fn too_many(kind: &str) -> String {
    format!("A contact has at most {MOST_HANDLES} {}.", if kind == "email" { "addresses" } else { "numbers" })
}

/// A contact entered by a member.
pub fn create(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, new: &NewContact, country: &str, now: Millis) -> Result<ContactId> {
    let name = new.name.trim();
    let mut faults = Vec::new();
    let mut fault = |field: &str, code: &str, detail: &str| {
        faults.push(FieldError { field: field.into(), code: code.into(), detail: detail.into() });
    };
    if name.is_empty() || name.chars().count() > 200 {
        fault("name", "invalid", "Give a name of 1 to 200 characters.");
    }
    let mut handles = Vec::new();
    for (kind, field, list) in [("email", "emails", &new.emails), ("phone", "phones", &new.phones)] {
        if list.len() > MOST_HANDLES {
            fault(field, "too_many", &too_many(kind));
            continue;
        }
        for value in list {
            match normalise(kind, value, country) {
                Some(value) => handles.push(Handle { kind: kind.into(), value, evidence: HandleEvidence::Entered }),
                None if kind == "email" => fault(field, "invalid", "Write an address such as anna@example.com."),
                None => fault(field, "invalid", "This is no phone number; write it with its country code."),
            }
        }
    }
    if !faults.is_empty() {
        return Err(Error::fields(faults));
    }
    let id = store::insert(tx, ids, name, false, false, now)?;
    // The words are made once, at the end, with the other fields.
    for h in &handles {
        add(tx, ids, actor, id, h, now)?;
    }
    let change = store::Change {
        name: None,
        title: new.title.clone(),
        company_name: new.company_name.clone(),
        notes: new.notes.clone(),
        location: None,
        language: None,
        custom_attributes: None,
    };
    store::change(tx, id, &change, now)?;
    tx.emit(NewEvent::new("contact.created", actor.label(), now).contact(id));
    Ok(id)
}

/// The refusal of an address or number that is somebody's.
pub const TAKEN: &str = "handle.taken";

/// Who has one of these already, other than `but`.
pub fn taken_by(tx: &mut Tx<'_>, handles: &[(&str, &str)], country: &str, but: Option<ContactId>) -> Result<Option<ContactRef>> {
    for (kind, value) in handles {
        let Some(value) = normalise(kind, value, country) else { continue };
        let Some(id) = store::find_by_handle(tx, "contact", kind, "", &value)?.filter(|owner| Some(*owner) != but) else { continue };
        return Ok(store::brief(tx, id)?.map(|(name, _)| ContactRef { id, name }));
    }
    Ok(None)
}

fn add(tx: &mut Tx<'_>, ids: &dyn Ids, actor: &Actor, id: ContactId, h: &Handle, now: Millis) -> Result<()> {
    if let Some(owner) = store::find_by_handle(tx, "contact", &h.kind, "", &h.value)? {
        if owner == id {
            return Ok(());
        }
        let name = match actor.may(Permission::ContactsRead) {
            true => format!("{} ({owner})", store::brief(tx, owner)?.map(|(n, _)| n).unwrap_or_default()),
            false => "another contact".to_owned(),
        };
        return Err(Error::conflict(TAKEN, format!("{} already belongs to {name}.", h.value)));
    }
    store::insert_handle_only(tx, ids, id, h, "", &actor.label(), now)?;
    Ok(())
}

/// A member adds an e-mail address or phone number.
#[expect(clippy::too_many_arguments, reason = "two call sites; a struct would only repeat the names")]
pub fn add_handle(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    actor: &Actor,
    id: ContactId,
    kind: &str,
    value: &str,
    country: &str,
    now: Millis,
) -> Result<()> {
    if !matches!(kind, "email" | "phone") {
        return Err(Error::field("kind", "not_an_option", "Choose one of: email, phone."));
    }
    let value = normalise(kind, value, country)
        .ok_or_else(|| Error::field("value", "invalid", "Write an e-mail address, or a phone number with its country code."))?;
    if store::handles_of_kind(tx, id, kind)? >= MOST_HANDLES as i64 {
        return Err(Error::field("value", "too_many", too_many(kind)));
    }
    add(tx, ids, actor, id, &Handle { kind: kind.into(), value, evidence: HandleEvidence::Entered }, now)?;
    words::refresh(tx, id)?;
    tx.emit(NewEvent::new("contact.updated", actor.label(), now).contact(id));
    Ok(())
}
