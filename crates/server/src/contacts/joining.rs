//! Two contacts that are one person. Nothing is guessed: the screen says who may be the same, somebody of the team decides, and can take it back.

use super::model::{ContactHandle, ContactRef};
use super::store::{self, Change};
use super::words;
use db::{Row, Tx, params};
use kernel::channel::Handle;
use kernel::message::HandleEvidence;
use kernel::time::Millis;
use kernel::{ContactId, ConversationId, Error, HandleId, Ids, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most suggestions for one person.
const MOST: i64 = 5;

/// Somebody who has, or claims, the same address or number.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MayBe {
    pub contact: ContactRef,
    /// `email`, `phone`, or the id of a channel type.
    pub kind: String,
    pub value: String,
    /// How the other one has it: `verified` and `entered` say more than `claimed`.
    pub evidence: HandleEvidence,
}

/// Who may be the same person: others with the same address or number, the surest first.
pub fn may_be(tx: &mut Tx<'_>, id: ContactId) -> Result<Vec<MayBe>> {
    let all = tx.query(
        "SELECT o.owner_id, c.name, o.kind, o.value, o.evidence FROM contact_handles m \
         JOIN contact_handles o ON o.kind = m.kind AND o.scope = m.scope AND o.value = m.value AND o.owner_id <> m.owner_id \
         JOIN contacts c ON c.id = o.owner_id AND c.deleted_at IS NULL WHERE m.owner_id = $1 AND o.owner_type = 'contact' \
         ORDER BY CASE o.evidence WHEN 'verified' THEN 0 WHEN 'entered' THEN 1 ELSE 2 END, o.first_seen_at, o.id LIMIT 50",
        params![id],
        |r: &Row<'_>| {
            Ok(MayBe {
                contact: ContactRef { id: r.next()?, name: r.next()? },
                kind: r.next()?,
                value: r.next()?,
                evidence: HandleEvidence::parse(&r.next::<String>()?).unwrap_or(HandleEvidence::Claimed),
            })
        },
    )?;
    let mut out: Vec<MayBe> = Vec::new();
    for one in all {
        if out.len() < MOST as usize && !out.iter().any(|o| o.contact.id == one.contact.id) {
            out.push(one);
        }
    }
    Ok(out)
}

/// What went over in a join, for taking it back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Moved {
    #[serde(default)]
    pub conversations: Vec<ConversationId>,
    /// Handles that changed their owner.
    #[serde(default)]
    handles: Vec<HandleId>,
    /// What the other one has anyway: as it was, with its scope and source.
    #[serde(default)]
    dropped: Vec<(Handle, String, String)>,
    /// Handles of the other one that were made surer: how they were before.
    #[serde(default)]
    raised: Vec<Raised>,
    /// Fields by name: before and after.
    #[serde(default)]
    fields: BTreeMap<String, (Option<String>, String)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Raised {
    id: HandleId,
    /// Before and after, each with its source.
    was: (HandleEvidence, String),
    is: (HandleEvidence, String),
}

/// Hands over handles and fields, and takes the contact away. The caller has moved the conversations and says which.
pub fn join(tx: &mut Tx<'_>, from: ContactId, into: ContactId, conversations: Vec<ConversationId>, by: &str, now: Millis) -> Result<()> {
    let (Some(old), Some(kept)) = (store::find(tx, from)?, store::find(tx, into)?) else {
        return Err(Error::not_found("contact.not_found", "There is no such contact."));
    };
    let mut moved = Moved { conversations, ..Moved::default() };
    for h in &old.handles {
        let own = kept.handles.iter().find(|k| (&k.kind, &k.scope, &k.value) == (&h.kind, &h.scope, &h.value));
        if let Some(own) = own {
            store::delete_handle(tx, from, h.id)?;
            // The surer of the two stays.
            if own.evidence == HandleEvidence::Claimed && h.evidence != HandleEvidence::Claimed {
                store::set_evidence(tx, own.id, h.evidence, &h.source)?;
                let (was, is) = ((own.evidence, own.source.clone()), (h.evidence, h.source.clone()));
                moved.raised.push(Raised { id: own.id, was, is });
            }
            let handle = Handle { kind: h.kind.clone(), value: h.value.clone(), evidence: h.evidence };
            moved.dropped.push((handle, h.scope.clone(), h.source.clone()));
        } else {
            store::move_handle(tx, h.id, into)?;
            moved.handles.push(h.id);
        }
    }
    let notes = match (&kept.notes, &old.notes) {
        (Some(a), Some(b)) if a != b => Some(format!("{a}\n\n{b}")),
        (None, Some(b)) => Some(b.clone()),
        _ => None,
    };
    let blank = |mine: &Option<String>, theirs: &Option<String>| theirs.clone().filter(|_| mine.is_none());
    let fields = [
        ("title", &kept.title, blank(&kept.title, &old.title)),
        ("company_name", &kept.company_name, blank(&kept.company_name, &old.company_name)),
        ("location", &kept.location, blank(&kept.location, &old.location)),
        ("language", &kept.language, blank(&kept.language, &old.language)),
        ("notes", &kept.notes, notes),
    ];
    for (name, before, after) in fields {
        if let Some(after) = after {
            moved.fields.insert(name.to_owned(), (before.clone(), after));
        }
    }
    let after = |name: &str| moved.fields.get(name).map(|(_, after)| after.clone());
    store::change(tx, into, &fields_of(after), now)?;
    store::seen(tx, into, old.last_contact_at.unwrap_or(0))?;
    let text = serde_json::to_string(&moved).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec("UPDATE contacts SET deleted_at = $2, updated_at = $2, joined_into = $3 WHERE id = $1", params![from, now, into])?;
    words::refresh(tx, from)?;
    tx.exec(
        "INSERT INTO contact_joins (contact_id, into_id, moved, joined_by, joined_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (contact_id) DO UPDATE SET into_id = excluded.into_id, moved = excluded.moved, joined_by = excluded.joined_by, \
         joined_at = excluded.joined_at",
        params![from, into, text, by, now],
    )
    .map(|_| ())
}

/// Takes a join back: gives whom it had been joined into and which conversations go back.
pub fn unjoin(tx: &mut Tx<'_>, ids: &dyn Ids, id: ContactId, now: Millis) -> Result<(ContactId, Vec<ConversationId>)> {
    let gone = || Error::not_found("contact.not_joined", "This contact was not joined with another, or that one is gone.");
    let row = tx.opt("SELECT into_id, moved FROM contact_joins WHERE contact_id = $1", params![id], |r| {
        Ok((r.next::<ContactId>()?, r.next::<String>()?))
    })?;
    let (into, text) = row.ok_or_else(gone)?;
    let moved: Moved = serde_json::from_str(&text).map_err(|e| Error::internal(e.to_string()))?;
    let kept = store::find(tx, into)?.ok_or_else(gone)?;
    tx.exec("UPDATE contacts SET deleted_at = NULL, joined_into = NULL, updated_at = $2 WHERE id = $1", params![id, now])?;
    tx.exec("DELETE FROM contact_joins WHERE contact_id = $1", params![id])?;
    for handle in moved.handles.iter().filter(|h| kept.handles.iter().any(|k| k.id == **h)) {
        store::move_handle(tx, *handle, id)?;
    }
    // First the proof goes from the one, then it is the other's again: nobody's is two people's. What was proved since stays.
    for raised in &moved.raised {
        let unchanged = |k: &&ContactHandle| k.id == raised.id && (k.evidence, k.source.as_str()) == (raised.is.0, raised.is.1.as_str());
        if kept.handles.iter().any(|k| unchanged(&k)) {
            store::set_evidence(tx, raised.id, raised.was.0, &raised.was.1)?;
        }
    }
    for (handle, scope, source) in &moved.dropped {
        if !store::insert_handle(tx, ids, id, handle, scope, source, now)? {
            // Proved by somebody meanwhile: a claim it still is.
            store::insert_handle(tx, ids, id, &Handle { evidence: HandleEvidence::Claimed, ..handle.clone() }, scope, source, now)?;
        }
    }
    let current = [
        ("title", &kept.title),
        ("company_name", &kept.company_name),
        ("location", &kept.location),
        ("language", &kept.language),
        ("notes", &kept.notes),
    ];
    // What somebody has changed since stays.
    let before = |name: &str| {
        let (before, after) = moved.fields.get(name)?;
        let now = current.iter().find(|(n, _)| *n == name)?.1.as_deref();
        (now == Some(after.as_str())).then(|| before.clone().unwrap_or_default())
    };
    store::change(tx, into, &fields_of(before), now)?;
    words::refresh(tx, id)?;
    Ok((into, moved.conversations))
}

fn fields_of(value: impl Fn(&str) -> Option<String>) -> Change {
    Change {
        name: None,
        title: value("title"),
        company_name: value("company_name"),
        notes: value("notes"),
        location: value("location"),
        language: value("language"),
        custom_attributes: None,
    }
}

/// They, and whoever was joined into them, directly or by way of another.
pub fn with_joined(tx: &mut Tx<'_>, id: ContactId) -> Result<Vec<ContactId>> {
    let (mut all, mut at) = (vec![id], 0);
    while let Some(one) = all.get(at).copied() {
        let joined: Vec<ContactId> = tx.query("SELECT id FROM contacts WHERE joined_into = $1", params![one], |r| r.get(0))?;
        all.extend(joined.into_iter().filter(|c| !all.contains(c)).collect::<Vec<_>>());
        at += 1;
    }
    Ok(all)
}

/// Who a contact that was joined is now.
pub fn joined_into(tx: &mut Tx<'_>, id: ContactId) -> Result<Option<ContactId>> {
    let mut at = id;
    for _ in 0..10 {
        match tx.opt("SELECT joined_into FROM contacts WHERE id = $1", params![at], |r| r.get::<Option<ContactId>>(0))?.flatten() {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok((at != id).then_some(at))
}
