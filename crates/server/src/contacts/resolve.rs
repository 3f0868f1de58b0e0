//! Who is this? Deterministic: the channel's own handle, then contact e-mail, contact phone, lead e-mail, lead phone, else a new
//! person marked for review. Only proved handles find somebody. A claim (an address typed into a form, a mail whose sender is not proved)
//! finds nobody of whom anything is proved; it only comes together with earlier claims of the same address on the same channel, so that
//! whoever writes ten forms is one unverified person and not ten.

use super::store;
use db::Tx;
use kernel::channel::{Handle, Sender};
use kernel::message::HandleEvidence;
use kernel::time::Millis;
use kernel::{ChannelId, ContactId, Ids, Result};

/// Whom intake found.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    pub id: ContactId,
    pub name: String,
    pub created: bool,
    /// Which handle found them, in words.
    pub how: String,
}

/// Lower-cases addresses and brings phone numbers into E.164; `None` when it is no such thing.
pub fn normalise(kind: &str, value: &str, default_country: &str) -> Option<String> {
    let value = value.trim();
    match kind {
        "email" => {
            let v = value.to_lowercase();
            let (local, domain) = v.rsplit_once('@')?;
            let ok = !local.is_empty() && !domain.is_empty() && v.len() <= 320 && !v.chars().any(|c| c.is_whitespace() || c.is_control());
            ok.then_some(v)
        }
        "phone" => {
            let country = default_country.parse::<phonenumber::country::Id>().ok();
            let number = phonenumber::parse(country, value).ok()?;
            phonenumber::is_valid(&number).then(|| number.format().mode(phonenumber::Mode::E164).to_string())
        }
        _ => (!value.is_empty() && value.len() <= 500).then(|| value.to_owned()),
    }
}

fn is_world_wide(kind: &str) -> bool {
    matches!(kind, "email" | "phone")
}

/// Finds or makes the person behind `sender` in one transaction; uniqueness is the index's.
pub fn resolve(tx: &mut Tx<'_>, ids: &dyn Ids, channel: ChannelId, sender: &Sender, default_country: &str, now: Millis) -> Result<Person> {
    let scope = channel.to_string();
    let scope_of = |kind: &str| if is_world_wide(kind) { String::new() } else { scope.clone() };
    let clean = |h: &Handle| {
        normalise(&h.kind, &h.value, default_country).map(|value| Handle { kind: h.kind.clone(), value, evidence: h.evidence })
    };
    let own = clean(&sender.handle).unwrap_or_else(|| sender.handle.clone());
    let more: Vec<Handle> = sender.more.iter().filter_map(clean).collect();
    let source = format!("channel:{channel}");

    let mut found: Option<(ContactId, String)> = None;
    // The handle the channel delivered from; a world-wide one takes part in the order below instead.
    if !is_world_wide(&own.kind) {
        found = store::find_by_handle(tx, "contact", &own.kind, &scope, &own.value)?.map(|id| (id, format!("{} {}", own.kind, own.value)));
    }
    let mut proved: Vec<&Handle> = more.iter().filter(|h| h.evidence != HandleEvidence::Claimed).collect();
    if own.evidence != HandleEvidence::Claimed && is_world_wide(&own.kind) {
        proved.insert(0, &own);
    }
    'search: for owner_type in ["contact", "lead"] {
        for kind in ["email", "phone"] {
            for h in proved.iter().filter(|h| h.kind == kind) {
                if found.is_some() {
                    break 'search;
                }
                found =
                    store::find_by_handle(tx, owner_type, kind, "", &h.value)?.map(|id| (id, format!("{owner_type} {kind} {}", h.value)));
            }
        }
    }

    if found.is_none() && own.evidence == HandleEvidence::Claimed && is_world_wide(&own.kind) {
        found = store::find_claimant(tx, &own.kind, &own.value, &source)?
            .map(|id| (id, format!("the same claim of {} {}", own.kind, own.value)));
    }

    let given = sender.name.as_deref().map(str::trim).filter(|n| !n.is_empty());
    let (id, name, created, how) = match found {
        Some((id, how)) => {
            let name = store::brief(tx, id)?.map(|(name, _)| name).unwrap_or_default();
            // A name made up from a handle gives way to the first real one.
            let better = given.filter(|g| *g != name && placeholder(&name, &own));
            if let Some(better) = better {
                store::rename(tx, id, &truncate(better), now)?;
            }
            (id, better.map(truncate).unwrap_or(name), false, how)
        }
        None => {
            let name = given.map(truncate).unwrap_or_else(|| name_from(&own));
            let id = store::insert(tx, ids, &name, true, false, now)?;
            (id, name, true, "nobody had this handle".into())
        }
    };
    for h in std::iter::once(&own).chain(&more) {
        let scope = scope_of(&h.kind);
        let new = store::insert_handle(tx, ids, id, h, &scope, &source, now)?;
        if !new && !created && h.evidence == HandleEvidence::Verified {
            store::prove(tx, id, &h.kind, &scope, &h.value, &source, now)?;
        }
    }
    Ok(Person { id, name, created, how })
}

fn truncate(name: &str) -> String {
    name.chars().take(200).collect()
}
fn placeholder(name: &str, own: &Handle) -> bool {
    name == name_from(own) || is_made_up(name)
}
/// A name that we gave because none came.
pub fn is_made_up(name: &str) -> bool {
    name.starts_with("Visitor ")
}
/// What to call somebody who gave no name.
fn name_from(own: &Handle) -> String {
    match own.kind.as_str() {
        "email" | "phone" => own.value.clone(),
        _ => {
            let sum = own.value.bytes().fold(7u32, |h, b| h.wrapping_mul(31).wrapping_add(u32::from(b)));
            format!("Visitor {}", 1_000 + sum % 9_000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn handles_have_one_form() {
        assert_eq!(normalise("email", " Anna@Example.COM ", "DE").as_deref(), Some("anna@example.com"));
        assert_eq!(normalise("email", "anna at example", "DE"), None);
        assert_eq!(normalise("phone", "030 123456", "DE").as_deref(), Some("+4930123456"));
        assert_eq!(normalise("phone", "+33 6 12 48 09 77", "DE").as_deref(), Some("+33612480977"));
        assert_eq!(normalise("phone", "12", "DE"), None);
        assert_eq!(normalise("webchat", "abc", "DE").as_deref(), Some("abc"));
    }
}
