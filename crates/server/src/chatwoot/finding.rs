//! Finding contacts by conditions: those by which bridges look for somebody they know already.

use super::contacts::{PAGE, texts};
use super::desk::{Desk, encode, skipped};
use super::fault::{Answer, Fault};
use super::filter::Asked;
use super::given::Given;
use axum::Json;
use axum::extract::RawQuery;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Conditions in one request; each is a look of its own.
const MOST: usize = 20;

type Found = BTreeMap<String, Value>;

/// AND binds closer than OR.
pub async fn filtered(desk: Desk, RawQuery(query): RawQuery, given: Given) -> Answer {
    let asked = Asked::of(query.as_deref());
    let list = given.fields.get("payload").and_then(Value::as_array).filter(|l| !l.is_empty() && l.len() <= MOST);
    let list = list.ok_or_else(|| Fault::field("payload", format!("Give a list of 1 to {MOST} conditions.")))?;
    let (mut all, mut group): (Found, Option<Found>) = (Found::new(), None);
    for one in list {
        let found = look(&desk, one).await?;
        group = Some(match group {
            Some(before) => before.into_iter().filter(|(id, _)| found.contains_key(id)).collect(),
            None => found,
        });
        if one["query_operator"].as_str().is_some_and(|o| o.eq_ignore_ascii_case("or")) {
            all.extend(group.take().unwrap_or_default());
        }
    }
    all.extend(group.unwrap_or_default());
    let mut rows: Vec<Value> = all.into_values().collect();
    rows.sort_by(|a, b| b["last_contact_at"].as_str().cmp(&a["last_contact_at"].as_str()).then(b["id"].as_str().cmp(&a["id"].as_str())));
    let skip = skipped(asked.page(), PAGE)? as usize;
    let meta = json!({ "count": rows.len(), "current_page": asked.page() });
    let page: Vec<Value> = rows.into_iter().skip(skip).take(PAGE as usize).collect();
    Ok(Json(json!({ "meta": meta, "payload": desk.contacts_shown(&page).await? })))
}

async fn look(desk: &Desk, c: &Value) -> Result<Found, Fault> {
    let (key, op) = (c["attribute_key"].as_str().unwrap_or_default(), c["filter_operator"].as_str().unwrap_or_default());
    if !matches!(op, "equal_to" | "contains") {
        return Err(Fault::field(
            "filter_operator",
            format!("“{op}” cannot be asked of contacts here. Choose one of: equal_to, contains."),
        ));
    }
    let mut found = Found::new();
    for value in texts(&c["values"]) {
        if key == "identifier" && op == "equal_to" {
            if let Some(contact) = desk.contact_called(&value).await? {
                found.insert(contact["id"].as_str().unwrap_or_default().to_owned(), contact);
            }
            continue;
        }
        let kind = match key {
            "name" => None,
            "email" => Some("email"),
            "phone_number" => Some("phone"),
            other => {
                return Err(Fault::field("attribute_key", format!("“{other}” cannot be asked of contacts here. See docs/chatwoot.md.")));
            }
        };
        let wanted = value.to_lowercase();
        let fits = |text: &str| if op == "equal_to" { text.to_lowercase() == wanted } else { text.to_lowercase().contains(&wanted) };
        for contact in desk.all(&format!("/contacts?limit=100&text={}", encode(&value))).await? {
            let matches = match kind {
                None => contact["name"].as_str().is_some_and(fits),
                Some(kind) => {
                    let mut own = contact["handles"].as_array().into_iter().flatten().filter(|h| h["kind"] == kind);
                    own.any(|h| h["value"].as_str().is_some_and(fits))
                }
            };
            if let Some(id) = contact["id"].as_str().filter(|_| matches) {
                found.insert(id.to_owned(), contact.clone());
            }
        }
    }
    Ok(found)
}
