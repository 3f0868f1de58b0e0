//! Their routes of conversations.

use super::desk::{Desk, encode, skipped};
use super::fault::{Answer, Fault};
use super::filter::{self, Asked, condition};
use super::given::{Given, moment, number};
use super::opening;
use super::shapes::{seconds, status};
use crate::app::App;
use crate::http::extract::Path;
use axum::extract::RawQuery;
use axum::http::Method;
use axum::routing::{get, post};
use axum::{Json, Router};
use kernel::time::rfc3339;
use serde_json::{Value, json};

const PAGE: i64 = 25;
/// Rows of our own lists at once.
const MOST: i64 = 100;

pub fn routes() -> Router<App> {
    let at = "/api/v1/accounts/{account}/conversations";
    let one = "/api/v1/accounts/{account}/conversations/{id}";
    Router::new()
        .route(at, get(list).post(create))
        .route(&format!("{at}/meta"), get(meta))
        .route(&format!("{at}/search"), get(search))
        .route(&format!("{at}/filter"), post(filtered))
        .route(one, get(show).patch(change).put(change).delete(remove))
        .route(&format!("{one}/toggle_status"), post(toggle_status))
        .route(&format!("{one}/toggle_priority"), post(toggle_priority))
        .route(&format!("{one}/toggle_typing_status"), post(typing))
        .route(&format!("{one}/update_last_seen"), post(seen))
        .route(&format!("{one}/unread"), post(unread))
        .route(&format!("{one}/mute"), post(mute))
        .route(&format!("{one}/unmute"), post(unmute))
        .route(&format!("{one}/transcript"), post(transcript))
        .route(&format!("{one}/custom_attributes"), post(custom_attributes))
        .route(&format!("{one}/assignments"), post(assign))
        .route(&format!("{one}/labels"), get(labels).post(set_labels))
        .route(&format!("{one}/participants"), get(participants))
}

impl Desk {
    /// The conversation with everything that its shape shows.
    pub async fn shown(&self, number: i64) -> Result<Value, Fault> {
        let id = self.conversation(number).await?;
        let c = self.get(&format!("/conversations/{id}")).await?;
        Ok(self.context(&[&c], &[], &[]).await?.conversation(&c))
    }

    /// Shapes of rows that our own API gave.
    pub async fn all_shown(&self, rows: &[Value]) -> Result<Vec<Value>, Fault> {
        let cx = self.context(&rows.iter().collect::<Vec<_>>(), &[], &[]).await?;
        Ok(rows.iter().map(|c| cx.conversation(c)).collect())
    }

    /// One page of a list, as they count pages.
    async fn page(&self, filter: &Value, text: Option<&str>, by: (&str, &str), page: i64) -> Result<Vec<Value>, Fault> {
        let mut skip = skipped(page, PAGE)?;
        let mut cursor = Value::Null;
        loop {
            let limit = if skip == 0 { PAGE } else { skip.min(MOST) };
            let ask = json!({ "filter": filter, "text": text, "sort": by.0, "order": by.1, "limit": limit, "cursor": cursor });
            let mut answer = self.post("/conversations/search", ask).await?;
            let rows = match answer["data"].take() {
                Value::Array(rows) => rows,
                _ => Vec::new(),
            };
            if skip == 0 {
                return Ok(rows);
            }
            skip -= limit;
            cursor = answer["next_cursor"].take();
            if cursor.is_null() {
                return Ok(Vec::new());
            }
        }
    }

    async fn count(&self, conditions: &[Value], text: Option<&str>, more: Option<Value>) -> Result<i64, Fault> {
        let all: Vec<Value> = conditions.iter().cloned().chain(more).collect();
        let answer = self.post("/conversations/count", json!({ "filter": { "and": all }, "text": text })).await?;
        Ok(answer["count"].as_i64().unwrap_or(0))
    }

    async fn counts(&self, conditions: &[Value], text: Option<&str>) -> Result<Value, Fault> {
        let all = self.count(conditions, text, None).await?;
        let unassigned = self.count(conditions, text, Some(condition("assignee", "is_empty", Value::Null))).await?;
        let mine = self.count(conditions, text, Some(condition("assignee", "is", "me".into()))).await?;
        Ok(json!({ "mine_count": mine, "assigned_count": all - unassigned, "unassigned_count": unassigned, "all_count": all }))
    }
}

async fn list(desk: Desk, RawQuery(query): RawQuery) -> Answer {
    let asked = Asked::of(query.as_deref());
    let conditions = desk.asked_for(&asked).await?;
    let whose = match asked.text("assignee_type") {
        None | Some("all") => None,
        Some("me") => Some(condition("assignee", "is", "me".into())),
        Some("unassigned") => Some(condition("assignee", "is_empty", Value::Null)),
        Some("assigned") => Some(condition("assignee", "is_set", Value::Null)),
        Some(_) => return Err(Fault::field("assignee_type", "Choose one of: me, unassigned, assigned, all.")),
    };
    let all: Vec<Value> = conditions.iter().cloned().chain(whose).collect();
    let (filter, text) = (json!({ "and": all }), asked.text("q"));
    let rows = desk.page(&filter, text, filter::order(asked.text("sort_by"))?, asked.page()).await?;
    let meta = desk.counts(&conditions, text).await?;
    Ok(Json(json!({ "data": { "meta": meta, "payload": desk.all_shown(&rows).await? } })))
}

async fn meta(desk: Desk, RawQuery(query): RawQuery) -> Answer {
    let asked = Asked::of(query.as_deref());
    let conditions = desk.asked_for(&asked).await?;
    Ok(Json(json!({ "meta": desk.counts(&conditions, asked.text("q")).await? })))
}

/// By words in messages.
async fn search(desk: Desk, RawQuery(query): RawQuery) -> Answer {
    let asked = Asked::of(query.as_deref());
    let text = asked.text("q").ok_or_else(|| Fault::field("q", "Say what to search for."))?;
    let rows = desk.page(&json!({}), Some(text), ("activity", "desc"), asked.page()).await?;
    let meta = desk.counts(&[], Some(text)).await?;
    Ok(Json(json!({ "meta": meta, "payload": desk.all_shown(&rows).await? })))
}

async fn filtered(desk: Desk, RawQuery(query): RawQuery, given: Given) -> Answer {
    let asked = Asked::of(query.as_deref());
    let filter = desk.filter(given.fields.get("payload").unwrap_or(&Value::Null)).await?;
    let rows = desk.page(&filter, None, ("activity", "desc"), asked.page()).await?;
    let meta = desk.counts(&[filter], None).await?;
    Ok(Json(json!({ "meta": meta, "payload": desk.all_shown(&rows).await? })))
}

async fn show(desk: Desk, Path((_, id)): Path<(i64, i64)>) -> Answer {
    Ok(Json(desk.shown(id).await?))
}

async fn create(desk: Desk, given: Given) -> Answer {
    let number = opening::open(&desk, given).await?;
    Ok(Json(desk.shown(number).await?))
}

/// Only what of it has a place here; asked for even when that is nothing, so that who may not is refused.
async fn change(desk: Desk, Path((_, number)): Path<(i64, i64)>, given: Given) -> Answer {
    let id = desk.conversation(number).await?;
    let body = opening::patch(&desk, &given).await?;
    desk.patch(&format!("/conversations/{id}"), Value::Object(body)).await?;
    Ok(Json(desk.shown(number).await?))
}

async fn remove(desk: Desk, Path((_, number)): Path<(i64, i64)>) -> Answer<()> {
    let id = desk.conversation(number).await?;
    desk.call(Method::DELETE, &format!("/conversations/{id}"), None).await?;
    Ok(())
}

/// Without a status it opens what is closed and closes what is open.
async fn toggle_status(desk: Desk, Path((_, number)): Path<(i64, i64)>, given: Given) -> Answer {
    let id = desk.conversation(number).await?;
    let ours = match given.filled("status") {
        Some("open") => "open",
        Some("resolved") => "resolved",
        Some(there) => filter::statuses(there)?.first().copied().unwrap_or("open"),
        None => {
            let c = desk.get(&format!("/conversations/{id}")).await?;
            if status(&c["status"]) == "open" { "resolved" } else { "open" }
        }
    };
    let until = given.fields.get("snoozed_until").and_then(moment).filter(|_| ours == "snoozed").map(rfc3339);
    let c = desk.patch(&format!("/conversations/{id}/status"), json!({ "status": ours, "snoozed_until": until })).await?;
    let now = status(&c["status"]);
    let done = json!({ "success": true, "conversation_id": number, "current_status": now, "snoozed_until": seconds(&c["snoozed_until"]) });
    Ok(Json(json!({ "meta": {}, "payload": done })))
}

async fn toggle_priority(desk: Desk, Path((_, number)): Path<(i64, i64)>, given: Given) -> Answer<()> {
    let id = desk.conversation(number).await?;
    let priority = filter::priority(given.fields.get("priority").unwrap_or(&Value::Null))?;
    desk.patch(&format!("/conversations/{id}"), json!({ "priority": priority })).await?;
    Ok(())
}

async fn typing(desk: Desk, Path((_, number)): Path<(i64, i64)>, given: Given) -> Answer<()> {
    let id = desk.conversation(number).await?;
    // What is typed for colleagues is not told to the customer.
    if !given.flag("is_private") {
        let typing = given.text("typing_status") == Some("on");
        desk.post(&format!("/conversations/{id}/typing"), json!({ "typing": typing })).await?;
    }
    Ok(())
}

async fn seen(desk: Desk, Path((_, number)): Path<(i64, i64)>) -> Answer {
    read(&desk, number, true).await
}
async fn unread(desk: Desk, Path((_, number)): Path<(i64, i64)>) -> Answer {
    read(&desk, number, false).await
}
async fn read(desk: &Desk, number: i64, read: bool) -> Answer {
    let id = desk.conversation(number).await?;
    desk.post(&format!("/conversations/{id}/mark-read"), json!({ "read": read })).await?;
    Ok(Json(desk.shown(number).await?))
}

/// There it is the contact that is blocked, too.
async fn mute(desk: Desk, Path((_, number)): Path<(i64, i64)>) -> Answer<()> {
    block(&desk, number, Method::POST).await
}
async fn unmute(desk: Desk, Path((_, number)): Path<(i64, i64)>) -> Answer<()> {
    block(&desk, number, Method::DELETE).await
}
async fn block(desk: &Desk, number: i64, method: Method) -> Answer<()> {
    let id = desk.conversation(number).await?;
    let c = desk.get(&format!("/conversations/{id}")).await?;
    let contact = c["contact_id"].as_str().ok_or_else(Fault::not_found)?;
    desk.call(method, &format!("/contacts/{}/block", encode(contact)), None).await?;
    Ok(())
}

async fn transcript(desk: Desk, Path((_, number)): Path<(i64, i64)>, given: Given) -> Answer<()> {
    let id = desk.conversation(number).await?;
    let to = given.filled("email").ok_or_else(|| Fault::field("email", "Say whom to send it to."))?;
    desk.post(&format!("/conversations/{id}/transcript"), json!({ "to": [{ "address": to }] })).await?;
    Ok(())
}

/// Replaces them, as there.
async fn custom_attributes(desk: Desk, Path((_, number)): Path<(i64, i64)>, given: Given) -> Answer {
    let id = desk.conversation(number).await?;
    let map = given.object("custom_attributes").ok_or_else(|| Fault::field("custom_attributes", "Give an object."))?;
    let c = desk.patch(&format!("/conversations/{id}"), json!({ "custom_attributes": map })).await?;
    Ok(Json(json!({ "custom_attributes": c["custom_attributes"] })))
}

/// To a team where one is named, else to a member; zero or null is nobody.
async fn assign(desk: Desk, Path((_, n)): Path<(i64, i64)>, given: Given) -> Answer {
    let id = desk.conversation(n).await?;
    let named = |name: &str| given.fields.get(name).map(|v| number(v).unwrap_or(0));
    let (field, kind, number) = match (named("team_id"), named("assignee_id")) {
        (Some(team), None) => ("team_id", "tem", team),
        (_, Some(member)) => ("assignee_id", "mem", member),
        (None, None) => return Err(Fault::field("assignee_id", "Say who is to have it: assignee_id or team_id.")),
    };
    let to = if number == 0 { String::new() } else { desk.id(kind, number).await? };
    let c = desk.post(&format!("/conversations/{id}/assign"), json!({ field: to })).await?;
    let cx = desk.context(&[&c], &[], &[]).await?;
    let shown = cx.conversation(&c);
    Ok(Json(shown["meta"][if field == "team_id" { "team" } else { "assignee" }].clone()))
}

async fn labels(desk: Desk, Path((_, number)): Path<(i64, i64)>) -> Answer {
    let id = desk.conversation(number).await?;
    let c = desk.get(&format!("/conversations/{id}")).await?;
    Ok(Json(json!({ "payload": c["tags"] })))
}
/// Replaces all of them.
async fn set_labels(desk: Desk, Path((_, number)): Path<(i64, i64)>, given: Given) -> Answer {
    let id = desk.conversation(number).await?;
    let labels = given.words("labels").ok_or_else(|| Fault::field("labels", "Give a list of labels."))?;
    let c = desk.patch(&format!("/conversations/{id}"), json!({ "tags": labels })).await?;
    Ok(Json(json!({ "payload": c["tags"] })))
}

async fn participants(desk: Desk, Path((_, number)): Path<(i64, i64)>) -> Answer {
    let id = desk.conversation(number).await?;
    let c = desk.get(&format!("/conversations/{id}")).await?;
    let cx = desk.context(&[&c], &[], &[]).await?;
    let all = c["followers"].as_array().into_iter().flatten().filter_map(|f| cx.members.get(f.as_str()?));
    Ok(Json(all.map(|m| cx.agent(m)).collect()))
}
