//! Every SQL text about contacts and handles.

use super::model::{Contact, ContactHandle, hue};
use super::words;
use crate::teams::Sight;
use db::{Row, Tx, Value, params};
use kernel::channel::Handle;
use kernel::message::HandleEvidence;
use kernel::time::Millis;
use kernel::{Actor, ContactId, HandleId, Ids, Result, id::new_id};
use std::collections::HashMap;

/// The language a person is known to read.
pub fn language(tx: &mut Tx<'_>, id: ContactId) -> Result<Option<String>> {
    let language: Option<Option<String>> = tx.opt("SELECT language FROM contacts WHERE id = $1", params![id], |r| r.get(0))?;
    Ok(language.flatten())
}

const COLUMNS: &str = "c.id, c.name, c.review, c.title, c.company_name, c.notes, c.location, c.language, c.custom_attributes, \
    c.last_contact_at, c.created_at, c.updated_at, (SELECT COUNT(*) FROM conversations v WHERE v.contact_id = c.id AND v.deleted_at IS NULL), c.blocked_at";

fn read(r: &Row<'_>) -> Result<Contact> {
    let id: ContactId = r.next()?;
    Ok(Contact {
        id,
        avatar_hue: hue(id),
        handles: Vec::new(),
        name: r.next()?,
        review: r.next()?,
        title: r.next()?,
        company_name: r.next()?,
        notes: r.next()?,
        location: r.next()?,
        language: r.next()?,
        custom_attributes: serde_json::from_str(&r.next::<String>()?).unwrap_or_default(),
        last_contact_at: Some(r.next::<Millis>()?).filter(|at| *at > 0),
        created_at: r.next()?,
        updated_at: r.next()?,
        conversation_count: r.next()?,
        blocked_at: r.next()?,
    })
}

fn with_handles(tx: &mut Tx<'_>, mut contacts: Vec<Contact>) -> Result<Vec<Contact>> {
    if contacts.is_empty() {
        return Ok(contacts);
    }
    let marks: Vec<String> = (1..=contacts.len()).map(|i| format!("${i}")).collect();
    let args: Vec<Value<'_>> = contacts.iter().map(|c| Value::from(c.id)).collect();
    let sql = format!(
        "SELECT owner_id, id, kind, value, scope, evidence, source, first_seen_at, last_seen_at FROM contact_handles \
         WHERE owner_id IN ({}) ORDER BY first_seen_at, id",
        marks.join(", ")
    );
    let rows = tx.query(&sql, &args, |r| {
        Ok((
            r.next::<ContactId>()?,
            ContactHandle {
                id: r.next()?,
                kind: r.next()?,
                value: r.next()?,
                scope: r.next()?,
                evidence: HandleEvidence::parse(&r.next::<String>()?).unwrap_or(HandleEvidence::Claimed),
                source: r.next()?,
                first_seen_at: r.next()?,
                last_seen_at: r.next()?,
            },
        ))
    })?;
    let mut by_owner: HashMap<ContactId, Vec<ContactHandle>> = HashMap::new();
    for (owner, handle) in rows {
        by_owner.entry(owner).or_default().push(handle);
    }
    for contact in &mut contacts {
        contact.handles = by_owner.remove(&contact.id).unwrap_or_default();
    }
    Ok(contacts)
}

pub fn find(tx: &mut Tx<'_>, id: ContactId) -> Result<Option<Contact>> {
    let rows = tx.query(&format!("SELECT {COLUMNS} FROM contacts c WHERE c.id = $1 AND c.deleted_at IS NULL"), params![id], read)?;
    Ok(with_handles(tx, rows)?.into_iter().next())
}

/// Those of these that are there, in no order.
pub fn find_some(tx: &mut Tx<'_>, ids: &[ContactId]) -> Result<Vec<Contact>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (1..=ids.len()).map(|i| format!("${i}")).collect();
    let args: Vec<Value<'_>> = ids.iter().map(Value::from).collect();
    let sql = format!("SELECT {COLUMNS} FROM contacts c WHERE c.id IN ({}) AND c.deleted_at IS NULL", marks.join(", "));
    let rows = tx.query(&sql, &args, read)?;
    with_handles(tx, rows)
}

/// Counts anew the conversations of these people, those only that this sight shows.
pub fn recount(tx: &mut Tx<'_>, sight: &Sight, contacts: &mut [Contact]) -> Result<()> {
    if contacts.is_empty() {
        return Ok(());
    }
    let mut args: Vec<Value<'static>> = contacts.iter().map(|c| Value::from(c.id)).collect();
    let marks: Vec<String> = (1..=contacts.len()).map(|i| format!("${i}")).collect();
    let seen = sight.and("v", &mut args);
    let sql = format!(
        "SELECT v.contact_id, COUNT(*) FROM conversations v WHERE v.contact_id IN ({}) AND v.deleted_at IS NULL{seen} GROUP BY v.contact_id",
        marks.join(", ")
    );
    let counts: HashMap<ContactId, i64> = tx.query(&sql, &args, |r| Ok((r.next()?, r.next()?)))?.into_iter().collect();
    for c in contacts {
        c.conversation_count = counts.get(&c.id).copied().unwrap_or(0);
    }
    Ok(())
}

/// Whoever sees only some conversations is told the number of those.
pub fn seen_by(tx: &mut Tx<'_>, actor: &Actor, rows: &mut [Contact]) -> Result<()> {
    let sight = Sight::of(tx, actor)?;
    if sight.sees_all() { Ok(()) } else { recount(tx, &sight, rows) }
}
/// The contact as this actor sees it.
pub fn find_seen(tx: &mut Tx<'_>, actor: &Actor, id: ContactId) -> Result<Contact> {
    let mut row = crate::app::found(find(tx, id)?, "contact.not_found", "contact")?;
    seen_by(tx, actor, std::slice::from_mut(&mut row))?;
    Ok(row)
}

/// Name and review mark only.
pub fn brief(tx: &mut Tx<'_>, id: ContactId) -> Result<Option<(String, bool)>> {
    tx.opt("SELECT name, review FROM contacts WHERE id = $1 AND deleted_at IS NULL", params![id], |r| Ok((r.next()?, r.next()?)))
}

pub struct Filter {
    pub text: Option<String>,
    pub review: bool,
    pub by_name: bool,
}

/// One page; `after` is the last row's (sort value, id): time as text for `last_contact`, the name for `name`.
pub fn list(tx: &mut Tx<'_>, f: &Filter, after: Option<(String, ContactId)>, limit: i64) -> Result<Vec<Contact>> {
    let mut args: Vec<Value<'static>> = Vec::new();
    let mut conditions = vec!["c.deleted_at IS NULL".to_owned()];
    if f.review {
        conditions.push("c.review".into());
    }
    if let Some(text) = &f.text {
        match words::condition(tx, text, &mut args)? {
            Some(condition) => conditions.push(condition),
            None => return Ok(Vec::new()),
        }
    }
    let order = if f.by_name { "c.name ASC, c.id ASC" } else { "c.last_contact_at DESC, c.id DESC" };
    if let Some((value, id)) = after {
        let n = args.len();
        if f.by_name {
            args.push(value.into());
            conditions.push(format!("(c.name, c.id) > (${}, ${})", n + 1, n + 2));
        } else {
            args.push(value.parse::<i64>().unwrap_or(i64::MAX).into());
            conditions.push(format!("(c.last_contact_at, c.id) < (${}, ${})", n + 1, n + 2));
        }
        args.push(id.into());
    }
    args.push(limit.into());
    let sql = format!("SELECT {COLUMNS} FROM contacts c WHERE {} ORDER BY {order} LIMIT ${}", conditions.join(" AND "), args.len());
    let rows = tx.query(&sql, &args, read)?;
    with_handles(tx, rows)
}

/// How many there are, of those found by these words if there are some.
pub fn count(tx: &mut Tx<'_>, text: Option<&str>) -> Result<i64> {
    let mut args: Vec<Value<'static>> = Vec::new();
    let found = match text {
        None => String::new(),
        Some(text) => match words::condition(tx, text, &mut args)? {
            Some(condition) => format!(" AND {condition}"),
            None => return Ok(0),
        },
    };
    tx.number(&format!("SELECT COUNT(*) FROM contacts c WHERE c.deleted_at IS NULL{found}"), &args)
}

/// People by the beginnings of their words, for search and the recipient field.
pub fn search(tx: &mut Tx<'_>, text: &str, limit: i64) -> Result<Vec<Contact>> {
    list(tx, &Filter { text: Some(text.to_owned()), review: false, by_name: false }, None, limit)
}

pub fn insert(tx: &mut Tx<'_>, ids: &dyn Ids, name: &str, review: bool, sample: bool, now: Millis) -> Result<ContactId> {
    let id: ContactId = new_id(ids, now);
    tx.exec(
        "INSERT INTO contacts (id, name, review, custom_attributes, sample, last_contact_at, created_at, updated_at) VALUES ($1, $2, $3, '{}', $4, 0, $5, $5)",
        params![id, name, review, sample, now],
    )?;
    words::refresh(tx, id)?;
    Ok(id)
}

/// Somebody of whom nothing is proved, who has typed this address on this channel before.
pub fn find_claimant(tx: &mut Tx<'_>, kind: &str, value: &str, source: &str) -> Result<Option<ContactId>> {
    tx.opt(
        "SELECT h.owner_id FROM contact_handles h JOIN contacts c ON c.id = h.owner_id AND c.deleted_at IS NULL \
         WHERE h.kind = $1 AND h.scope = '' AND h.value = $2 AND h.evidence = 'claimed' AND h.source = $3 AND h.owner_type = 'contact' \
         AND NOT EXISTS (SELECT 1 FROM contact_handles o WHERE o.owner_id = h.owner_id AND o.evidence <> 'claimed') \
         ORDER BY h.first_seen_at, h.id LIMIT 1",
        params![kind, value, source],
        |r| r.get(0),
    )
}

/// The handle is another person's from now on.
pub fn move_handle(tx: &mut Tx<'_>, id: HandleId, owner: ContactId) -> Result<()> {
    tx.exec("UPDATE contact_handles SET owner_id = $2 WHERE id = $1", params![id, owner]).map(|_| ())
}
pub fn set_evidence(tx: &mut Tx<'_>, id: HandleId, evidence: HandleEvidence, source: &str) -> Result<()> {
    tx.exec("UPDATE contact_handles SET evidence = $2, source = $3 WHERE id = $1", params![id, evidence.as_str(), source]).map(|_| ())
}

/// Inserts unless this owner has it, or somebody has proved it. Gives whether it was new.
pub fn insert_handle(tx: &mut Tx<'_>, ids: &dyn Ids, owner: ContactId, h: &Handle, scope: &str, source: &str, now: Millis) -> Result<bool> {
    let new = insert_handle_only(tx, ids, owner, h, scope, source, now)?;
    if new {
        words::refresh(tx, owner)?;
    }
    Ok(new)
}

/// The same for several at once: the words are made anew by the caller, at the end.
pub fn insert_handle_only(
    tx: &mut Tx<'_>,
    ids: &dyn Ids,
    owner: ContactId,
    h: &Handle,
    scope: &str,
    source: &str,
    now: Millis,
) -> Result<bool> {
    let id: HandleId = new_id(ids, now);
    let n = tx.exec(
        "INSERT INTO contact_handles (id, owner_type, owner_id, kind, scope, value, evidence, source, first_seen_at, last_seen_at) \
         VALUES ($1, 'contact', $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING",
        params![id, owner, &h.kind, scope, &h.value, h.evidence.as_str(), source, now],
    )?;
    Ok(n > 0)
}

pub fn handles_of_kind(tx: &mut Tx<'_>, owner: ContactId, kind: &str) -> Result<i64> {
    tx.number("SELECT COUNT(*) FROM contact_handles WHERE owner_id = $1 AND kind = $2", params![owner, kind])
}

/// The owner of a proved handle.
pub fn find_by_handle(tx: &mut Tx<'_>, owner_type: &str, kind: &str, scope: &str, value: &str) -> Result<Option<ContactId>> {
    tx.opt(
        "SELECT h.owner_id FROM contact_handles h JOIN contacts c ON c.id = h.owner_id AND c.deleted_at IS NULL \
         WHERE h.kind = $1 AND h.scope = $2 AND h.value = $3 AND h.evidence <> 'claimed' AND h.owner_type = $4",
        params![kind, scope, value, owner_type],
        |r| r.get(0),
    )
}

/// A claim turns into a proof when the channel itself says so and nobody else has proved it.
pub fn prove(tx: &mut Tx<'_>, owner: ContactId, kind: &str, scope: &str, value: &str, source: &str, now: Millis) -> Result<bool> {
    let n = tx.exec(
        "UPDATE contact_handles SET evidence = 'verified', source = $5, last_seen_at = $6 WHERE owner_id = $1 AND kind = $2 AND scope = $3 AND value = $4 \
         AND evidence = 'claimed' AND NOT EXISTS (SELECT 1 FROM contact_handles o WHERE o.kind = $2 AND o.scope = $3 AND o.value = $4 AND o.evidence <> 'claimed')",
        params![owner, kind, scope, value, source, now],
    )?;
    Ok(n > 0)
}

/// Notes that the person was heard from.
pub fn seen(tx: &mut Tx<'_>, owner: ContactId, at: Millis) -> Result<()> {
    tx.exec("UPDATE contacts SET last_contact_at = $2 WHERE id = $1 AND last_contact_at < $2", params![owner, at]).map(|_| ())
}
pub fn rename(tx: &mut Tx<'_>, id: ContactId, name: &str, now: Millis) -> Result<()> {
    tx.exec("UPDATE contacts SET name = $2, updated_at = $3 WHERE id = $1", params![id, name, now])?;
    words::refresh(tx, id)
}

#[derive(Clone)]
pub struct Change {
    pub name: Option<String>,
    pub title: Option<String>,
    pub company_name: Option<String>,
    pub notes: Option<String>,
    pub location: Option<String>,
    pub language: Option<String>,
    pub custom_attributes: Option<serde_json::Map<String, serde_json::Value>>,
}
/// An empty text clears a field.
pub fn change(tx: &mut Tx<'_>, id: ContactId, c: &Change, now: Millis) -> Result<()> {
    tx.exec(
        "UPDATE contacts SET name = COALESCE($2, name), title = NULLIF(COALESCE($3, title), ''), company_name = NULLIF(COALESCE($4, company_name), ''), \
         notes = NULLIF(COALESCE($5, notes), ''), location = NULLIF(COALESCE($6, location), ''), language = NULLIF(COALESCE($7, language), ''), \
         custom_attributes = COALESCE($8, custom_attributes), updated_at = $9 WHERE id = $1",
        params![
            id,
            &c.name,
            &c.title,
            &c.company_name,
            &c.notes,
            &c.location,
            &c.language,
            c.custom_attributes.clone().map(|m| serde_json::Value::Object(m).to_string()),
            now
        ],
    )?;
    words::refresh(tx, id)
}
pub fn set_reviewed(tx: &mut Tx<'_>, id: ContactId, now: Millis) -> Result<()> {
    tx.exec("UPDATE contacts SET review = FALSE, updated_at = $2 WHERE id = $1", params![id, now]).map(|_| ())
}
/// The person goes; the handles are free again.
pub fn delete(tx: &mut Tx<'_>, id: ContactId, now: Millis) -> Result<()> {
    tx.exec("DELETE FROM contact_handles WHERE owner_id = $1", params![id])?;
    tx.exec("UPDATE contacts SET deleted_at = $2, updated_at = $2 WHERE id = $1", params![id, now])?;
    words::refresh(tx, id)
}
pub fn delete_handle(tx: &mut Tx<'_>, owner: ContactId, handle: HandleId) -> Result<bool> {
    let gone = tx.exec("DELETE FROM contact_handles WHERE id = $1 AND owner_id = $2", params![handle, owner])? > 0;
    words::refresh(tx, owner)?;
    Ok(gone)
}

/// The handle to write to on a channel: the channel's own id first, then a world-wide kind; proved before claimed.
pub fn best_handle(tx: &mut Tx<'_>, owner: ContactId, kinds: &[&str], scope: &str) -> Result<Option<(String, String)>> {
    for kind in kinds {
        let world = matches!(*kind, "email" | "phone");
        let found = tx.opt(
            "SELECT kind, value FROM contact_handles WHERE owner_id = $1 AND kind = $2 AND scope = $3 \
             ORDER BY CASE evidence WHEN 'verified' THEN 0 WHEN 'entered' THEN 1 ELSE 2 END, last_seen_at DESC LIMIT 1",
            params![owner, *kind, if world { "" } else { scope }],
            |r| Ok((r.next()?, r.next()?)),
        )?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
