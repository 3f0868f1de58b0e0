//! Their routes of webhooks: a bot that registers itself there does so here. What it makes is a subscription of ours in their format.

use super::desk::Desk;
use super::fault::{Answer, Fault};
use super::given::{Given, words};
use super::hooks::EVENTS;
use crate::app::App;
use crate::http::extract::Path;
use axum::http::Method;
use axum::routing::{get, patch};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

/// Names that are accepted and never told: nothing of the kind is in the log. The answer to a subscription leaves them out.
const NEVER: [&str; 3] = ["webwidget_triggered", "conversation_typing_on", "conversation_typing_off"];

pub fn routes() -> Router<App> {
    let at = "/api/v1/accounts/{account}/webhooks";
    Router::new().route(at, get(list).post(create)).route(&format!("{at}/{{id}}"), patch(change).put(change).delete(remove))
}

/// Fields stand in `webhook`, or by themselves.
fn fields(given: &Given) -> Map<String, Value> {
    given.object("webhook").unwrap_or_else(|| given.fields.clone())
}

/// Our kinds for their names.
fn kinds(fields: &Map<String, Value>) -> Result<Option<Vec<&'static str>>, Fault> {
    let Some(asked) = fields.get("subscriptions").and_then(words) else { return Ok(None) };
    let mut kinds = Vec::new();
    for name in asked.iter().map(String::as_str).filter(|n| !NEVER.contains(n)) {
        let known = EVENTS.iter().find(|(there, _)| *there == name);
        let (_, ours) = known.ok_or_else(|| Fault::field("subscriptions", format!("There is no event “{name}”.")))?;
        kinds.extend_from_slice(ours);
    }
    if kinds.is_empty() {
        let names: Vec<&str> = EVENTS.iter().map(|(there, _)| *there).collect();
        return Err(Fault::field("subscriptions", format!("Choose at least one of: {}.", names.join(", "))));
    }
    Ok(Some(kinds))
}

/// Of a host, when nobody named it: `bot.example`.
fn name_of(url: &str) -> String {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default();
    let name: String = host.chars().take(80).collect();
    if name.is_empty() { "Webhook".to_owned() } else { name }
}

fn means(events: &Value, kind: &str) -> bool {
    let all = events.as_array().into_iter().flatten().filter_map(Value::as_str);
    all.into_iter().any(|e| e == kind || e.strip_suffix('*').is_some_and(|start| kind.starts_with(start)))
}

async fn shown(desk: &Desk, rows: &[Value]) -> Result<Vec<Value>, Fault> {
    let numbers = desk.numbers(&rows.iter().collect::<Vec<_>>()).await?;
    let shape = |w: &Value| {
        let told = EVENTS.iter().filter(|(_, ours)| ours.iter().any(|kind| means(&w["events"], kind)));
        let mut out = json!({
            "id": numbers.of(&w["id"]), "name": w["name"], "url": w["url"], "account_id": desk.account,
            "subscriptions": told.map(|(there, _)| *there).collect::<Vec<_>>(),
            "webhook_type": if w["channel_id"].is_null() { "account_type" } else { "inbox_type" },
        });
        if w["channel_id"].is_string() {
            out["inbox"] = json!({ "id": numbers.of(&w["channel_id"]), "name": w["channel_name"] });
        }
        if w["secret"].is_string() {
            out["secret"] = w["secret"].clone();
        }
        out
    };
    Ok(rows.iter().map(shape).collect())
}
async fn one(desk: &Desk, row: Value) -> Answer {
    Ok(Json(json!({ "payload": { "webhook": shown(desk, &[row]).await?.swap_remove(0) } })))
}

/// Those in this format that the caller may know of.
pub async fn all(desk: &Desk) -> Result<Vec<Value>, Fault> {
    let mut rows = desk.all("/webhook-subscriptions?limit=100").await?;
    rows.retain(|w| w["format"] == "chatwoot");
    Ok(rows)
}

async fn list(desk: Desk) -> Answer {
    let rows = all(&desk).await?;
    Ok(Json(json!({ "payload": { "webhooks": shown(&desk, &rows).await? } })))
}

/// An address is told once, as there: bots that register at each start rely on the refusal.
async fn free(desk: &Desk, url: &str, but: Option<&str>) -> Result<(), Fault> {
    let taken = all(desk).await?.iter().any(|w| w["url"] == url && w["id"].as_str() != but);
    if taken { Err(Fault::field("url", "Url has already been taken.")) } else { Ok(()) }
}

async fn create(desk: Desk, given: Given) -> Answer {
    let fields = fields(&given);
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty());
    let url = text("url").ok_or_else(|| Fault::field("url", "Give the address that is told."))?;
    let inbox = fields.get("inbox_id").and_then(super::given::number);
    let kinds = match kinds(&fields)? {
        Some(kinds) => kinds,
        // What it means there to leave them out.
        None => EVENTS.iter().filter(|(there, _)| !there.starts_with("inbox_")).flat_map(|(_, ours)| ours.iter().copied()).collect(),
    };
    free(&desk, url, None).await?;
    let channel = match inbox {
        Some(number) => Some(desk.id("chn", number).await?),
        None => None,
    };
    one(&desk, subscribe(&desk, text("name"), url, channel.as_deref(), &kinds).await?).await
}

async fn subscribe(desk: &Desk, name: Option<&str>, url: &str, channel: Option<&str>, kinds: &[&str]) -> Result<Value, Fault> {
    let name = name.map_or_else(|| name_of(url), str::to_owned);
    let body = json!({ "name": name, "url": url, "format": "chatwoot", "channel_id": channel, "events": kinds });
    desk.post("/webhook-subscriptions", body).await
}

/// What an API inbox tells of at its `webhook_url`.
pub async fn of_inbox(desk: &Desk, url: &str, channel: &Value) -> Result<(), Fault> {
    let about = |name: &str| name.starts_with("conversation_") || name.starts_with("message_");
    let kinds: Vec<&str> = EVENTS.iter().filter(|(there, _)| about(there)).flat_map(|(_, ours)| ours.iter().copied()).collect();
    subscribe(desk, channel["name"].as_str(), url, channel["id"].as_str(), &kinds).await.map(drop)
}

async fn at(desk: &Desk, number: i64) -> Result<(String, Value), Fault> {
    let id = desk.id("whk", number).await?;
    let path = format!("/webhook-subscriptions/{id}");
    let row = desk.get(&path).await?;
    if row["format"] == "chatwoot" { Ok((path, row)) } else { Err(Fault::not_found()) }
}

async fn change(desk: Desk, Path((_, number)): Path<(i64, i64)>, given: Given) -> Answer {
    let (path, row) = at(&desk, number).await?;
    let fields = fields(&given);
    let mut body = Map::new();
    for name in ["name", "url"] {
        if let Some(text) = fields.get(name).and_then(Value::as_str) {
            body.insert(name.into(), text.trim().into());
        }
    }
    if let Some(url) = body.get("url").and_then(Value::as_str) {
        free(&desk, url, row["id"].as_str()).await?;
    }
    if let Some(kinds) = kinds(&fields)? {
        body.insert("events".into(), json!(kinds));
    }
    let row = desk.patch(&path, Value::Object(body)).await?;
    one(&desk, row).await
}

async fn remove(desk: Desk, Path((_, number)): Path<(i64, i64)>) -> Answer<()> {
    let (path, _) = at(&desk, number).await?;
    desk.call(Method::DELETE, &path, None).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_there_become_kinds_of_ours() {
        let fields = |v: Value| v.as_object().cloned().unwrap();
        let some =
            kinds(&fields(json!({ "subscriptions": ["message_created", "conversation_typing_on", "conversation_updated"] }))).unwrap();
        assert_eq!(some.unwrap(), ["message.created", "conversation.updated", "conversation.assigned"]);
        assert!(kinds(&fields(json!({ "subscriptions": ["message_made"] }))).is_err());
        assert!(kinds(&fields(json!({ "subscriptions": ["webwidget_triggered"] }))).is_err(), "it would never be told of anything");
        assert!(kinds(&fields(json!({}))).unwrap().is_none());
        assert_eq!((name_of("https://bot.example/in?x=1"), name_of("")), ("bot.example".into(), "Webhook".into()));
    }
}
