//! Their routes of what a workspace is made of: inboxes, agents, teams, labels, canned responses.

use super::desk::{Desk, encode};
use super::fault::{Answer, Fault};
use super::filter::Asked;
use super::given::Given;
use super::messages::parse;
use super::shapes::{channel_type_of, colour, hue_of};
use super::subscriptions;
use crate::app::App;
use crate::conversations;
use crate::http::extract::Path;
use crate::people;
use crate::teams::{Seat, Sight};
use axum::extract::RawQuery;
use axum::http::Method;
use axum::routing::get;
use axum::{Json, Router};
use db::Lane;
use kernel::ChannelId;
use kernel::actor::Permission::{ConversationsWrite, MembersRead, RepliesShare, WorkspaceManage};
use kernel::event::NewEvent;
use serde_json::{Value, json};

pub fn routes() -> Router<App> {
    let at = "/api/v1/accounts/{account}";
    Router::new()
        .route(&format!("{at}/inboxes"), get(inboxes).post(create_inbox))
        .route(&format!("{at}/inboxes/{{id}}"), get(inbox).patch(rename_inbox))
        .route(&format!("{at}/inbox_members/{{id}}"), get(inbox_members))
        .route(&format!("{at}/agents"), get(agents))
        .route(&format!("{at}/agents/{{id}}"), get(agent))
        .route(&format!("{at}/teams"), get(teams))
        .route(&format!("{at}/teams/{{id}}"), get(team))
        .route(&format!("{at}/teams/{{id}}/team_members"), get(team_members))
        .route(&format!("{at}/labels"), get(labels).post(create_label))
        .route(&format!("{at}/labels/{{id}}"), get(label).patch(colour_label))
        .route(&format!("{at}/canned_responses"), get(canned).post(create_canned))
        .route(&format!("{at}/canned_responses/{{id}}"), get(one_canned).patch(change_canned).put(change_canned).delete(remove_canned))
}

// ---- inboxes ----

async fn shown_inboxes(desk: &Desk, rows: &[Value]) -> Result<Vec<Value>, Fault> {
    let zone = people::workspace(&desk.app, desk.actor.workspace).await?.time_zone.clone();
    let teams = desk.all("/teams").await?;
    let numbers = desk.numbers(&rows.iter().collect::<Vec<_>>()).await?;
    // Whoever may not know of webhooks is shown none.
    let hooks = if desk.actor.may(WorkspaceManage) { subscriptions::all(desk).await? } else { Vec::new() };
    let told_at = |id: &Value| hooks.iter().find(|w| w["channel_id"] == *id).map(|w| w["url"].clone());
    let shape = |c: &Value| {
        let number = numbers.of(&c["id"]);
        let (word, provider) = (c["channel"].as_str().unwrap_or_default(), c["provider"].as_str().unwrap_or_default());
        let own = |wanted: bool| if wanted { c["account_identifier"].clone() } else { Value::Null };
        let key = |wanted: bool| if wanted { c["key"].clone() } else { Value::Null };
        let theirs = |t: &&Value| t["channel_ids"].as_array().is_some_and(|ids| ids.contains(&c["id"]));
        let given_out = teams.iter().find(theirs).is_some_and(|t| t["distribution"] != "manual");
        let one_thread = connectors::channel(provider).is_some_and(|c| c.descriptor().capabilities.continuous);
        json!({
            "id": number, "channel_id": number, "name": c["name"], "channel_type": channel_type_of(word), "provider": provider, "avatar_url": "",
            "email": own(word == "email"), "phone_number": own(matches!(word, "sms" | "whatsapp" | "phone")),
            "website_token": key(word == "webchat"), "inbox_identifier": key(provider == "api"), "webhook_url": told_at(&c["id"]),
            "enable_auto_assignment": given_out, "lock_to_single_conversation": one_thread && provider != "api", "timezone": zone,
            "greeting_enabled": false, "greeting_message": null, "working_hours_enabled": false, "working_hours": [],
            "out_of_office_message": null, "csat_survey_enabled": false, "enable_email_collect": false,
            "allow_messages_after_resolved": true, "hmac_mandatory": false, "callback_webhook_url": null,
        })
    };
    Ok(rows.iter().map(shape).collect())
}
async fn one_inbox(desk: &Desk, id: &str) -> Answer {
    let row = desk.get(&format!("/channels/{id}")).await?;
    Ok(Json(shown_inboxes(desk, &[row]).await?.swap_remove(0)))
}

async fn inboxes(desk: Desk) -> Answer {
    let rows = desk.all("/channels").await?;
    Ok(Json(json!({ "payload": shown_inboxes(&desk, &rows).await? })))
}
async fn inbox(desk: Desk, Path((_, n)): Path<(i64, i64)>) -> Answer {
    one_inbox(&desk, &desk.id("chn", n).await?).await
}

/// API inboxes only: what other kinds need is asked in our own settings. Its `webhook_url` is told of what happens in it.
async fn create_inbox(desk: Desk, given: Given) -> Answer {
    let channel = given.object("channel").unwrap_or_default();
    if channel.get("type").and_then(Value::as_str) != Some("api") {
        return Err(Fault::field("channel", "Only inboxes of the type “api” can be made here. Connect others in Settings, Channels."));
    }
    let made = desk.post("/channels", json!({ "provider": "api", "name": given.text("name").unwrap_or_default() })).await?;
    let id = made["id"].as_str().unwrap_or_default();
    if let Some(url) = channel.get("webhook_url").and_then(Value::as_str).map(str::trim).filter(|u| !u.is_empty()) {
        subscriptions::of_inbox(&desk, url, &made).await?;
    }
    one_inbox(&desk, id).await
}
async fn rename_inbox(desk: Desk, Path((_, n)): Path<(i64, i64)>, given: Given) -> Answer {
    let id = desk.id("chn", n).await?;
    desk.patch(&format!("/channels/{id}"), json!({ "name": given.text("name") })).await?;
    one_inbox(&desk, &id).await
}

/// Those who see its conversations.
async fn inbox_members(desk: Desk, Path((_, n)): Path<(i64, i64)>) -> Answer {
    let channel = parse::<ChannelId>(&desk.id("chn", n).await?)?;
    desk.actor.need(MembersRead)?;
    let seers = desk.app.db.read(desk.actor.workspace, move |tx| {
        let seat = Seat { channel, assignee: None, team: None };
        let mut seers = Vec::new();
        for m in people::active_members(tx)? {
            if Sight::of_member(tx, m.id, m.role)?.sees(&seat) {
                seers.push(m.id.to_string());
            }
        }
        Ok(seers)
    });
    let seers = seers.await?;
    let cx = desk.context(&[], &[], &[]).await?;
    let all: Vec<Value> = seers.iter().filter_map(|id| cx.members.get(id)).map(|m| cx.agent(m)).collect();
    Ok(Json(json!({ "payload": all })))
}

// ---- people ----

/// Members who are not gone, first joined first.
async fn members(desk: &Desk, wanted: impl Fn(&Value) -> bool) -> Result<Vec<Value>, Fault> {
    let rows = desk.all("/members").await?;
    let cx = desk.context(&[], &[], &[]).await?;
    Ok(rows.iter().filter(|m| m["active"] == true && wanted(m)).map(|m| cx.agent(m)).collect())
}
async fn agents(desk: Desk) -> Answer {
    Ok(Json(members(&desk, |_| true).await?.into()))
}
async fn agent(desk: Desk, Path((_, n)): Path<(i64, i64)>) -> Answer {
    let id = desk.id("mem", n).await?;
    members(&desk, |m| m["id"] == id.as_str()).await?.pop().map(Json).ok_or_else(Fault::not_found)
}

async fn shown_teams(desk: &Desk, rows: &[Value]) -> Result<Vec<Value>, Fault> {
    let numbers = desk.numbers(&rows.iter().collect::<Vec<_>>()).await?;
    let me = desk.actor.member().map(|m| Value::from(m.to_string())).unwrap_or_default();
    let shape = |t: &Value| {
        json!({
            "id": numbers.of(&t["id"]), "name": t["name"], "description": null, "account_id": desk.account,
            "allow_auto_assign": t["distribution"] != "manual",
            "is_member": t["member_ids"].as_array().is_some_and(|all| all.contains(&me)),
        })
    };
    Ok(rows.iter().map(shape).collect())
}
async fn teams(desk: Desk) -> Answer {
    let rows = desk.all("/teams").await?;
    Ok(Json(shown_teams(&desk, &rows).await?.into()))
}
async fn team(desk: Desk, Path((_, n)): Path<(i64, i64)>) -> Answer {
    let row = desk.get(&format!("/teams/{}", desk.id("tem", n).await?)).await?;
    Ok(Json(shown_teams(&desk, &[row]).await?.swap_remove(0)))
}
async fn team_members(desk: Desk, Path((_, n)): Path<(i64, i64)>) -> Answer {
    let team = desk.get(&format!("/teams/{}", desk.id("tem", n).await?)).await?;
    let ids = team["member_ids"].as_array().cloned().unwrap_or_default();
    Ok(Json(members(&desk, |m| ids.contains(&m["id"])).await?.into()))
}

// ---- labels ----

async fn shown_labels(desk: &Desk) -> Result<Vec<Value>, Fault> {
    let rows = desk.all("/tags").await?;
    let numbers = desk.numbers(&rows.iter().collect::<Vec<_>>()).await?;
    let shape = |t: &Value| {
        json!({
            "id": numbers.of(&t["id"]), "title": t["name"], "description": null, "color": colour(t["hue"].as_i64().unwrap_or(0)),
            "show_on_sidebar": true,
        })
    };
    Ok(rows.iter().map(shape).collect())
}
async fn labels(desk: Desk) -> Answer {
    Ok(Json(json!({ "payload": shown_labels(&desk).await? })))
}
async fn one_label(desk: &Desk, wanted: impl Fn(&Value) -> bool) -> Answer {
    shown_labels(desk).await?.into_iter().find(wanted).map(Json).ok_or_else(Fault::not_found)
}
async fn label(desk: Desk, Path((_, n)): Path<(i64, i64)>) -> Answer {
    one_label(&desk, |l| l["id"] == n).await
}
fn hue(given: &Given) -> Result<Option<i64>, Fault> {
    let asked = given.filled("color");
    asked.map(|c| hue_of(c).ok_or_else(|| Fault::field("color", "A colour is written as #1F93FF."))).transpose()
}
async fn create_label(desk: Desk, given: Given) -> Answer {
    desk.actor.need(ConversationsWrite)?;
    let hue = hue(&given)?;
    let title = given.filled("title").ok_or_else(|| Fault::field("title", "Give the label a title."))?.to_owned();
    let (ids, now, label) = (desk.app.ids.clone(), desk.app.now(), desk.actor.label());
    let work = move |tx: &mut db::Tx<'_>| {
        let id = conversations::make_tag(tx, ids.as_ref(), &title, hue, now)?;
        tx.emit(NewEvent::new("tag.updated", label.clone(), now).payload(json!({ "tag_id": id })));
        Ok(id.to_string())
    };
    let id = desk.app.db.write(desk.actor.workspace, Lane::Interactive, work).await?;
    let numbers = desk.numbers(&[&json!({ "id": id })]).await?;
    let number = numbers.of_text(&id);
    one_label(&desk, |l| l["id"].as_i64() == number).await
}
/// Of a label only its colour can be changed: its title is what it is.
async fn colour_label(desk: Desk, Path((_, n)): Path<(i64, i64)>, given: Given) -> Answer {
    let hue = hue(&given)?.ok_or_else(|| Fault::field("color", "Only the colour of a label can be changed."))?;
    desk.patch(&format!("/tags/{}", desk.id("tag", n).await?), json!({ "hue": hue })).await?;
    one_label(&desk, |l| l["id"] == n).await
}

// ---- canned responses ----

async fn shown_canned(desk: &Desk, rows: &[Value]) -> Result<Vec<Value>, Fault> {
    let numbers = desk.numbers(&rows.iter().collect::<Vec<_>>()).await?;
    let shape = |r: &Value| {
        let code = if r["shortcut"].is_string() { &r["shortcut"] } else { &r["title"] };
        json!({
            "id": numbers.of(&r["id"]), "account_id": desk.account, "short_code": code, "content": r["text"],
            "created_at": r["created_at"], "updated_at": r["updated_at"],
        })
    };
    Ok(rows.iter().map(shape).collect())
}
async fn canned(desk: Desk, RawQuery(query): RawQuery) -> Answer {
    let asked = Asked::of(query.as_deref());
    let text = asked.text("search").map(|t| format!("&text={}", encode(t))).unwrap_or_default();
    let rows = desk.all(&format!("/canned-replies?limit=100{text}")).await?;
    Ok(Json(shown_canned(&desk, &rows).await?.into()))
}
async fn canned_at(desk: &Desk, n: i64) -> Result<String, Fault> {
    Ok(format!("/canned-replies/{}", desk.id("crp", n).await?))
}
async fn one_canned(desk: Desk, Path((_, n)): Path<(i64, i64)>) -> Answer {
    let row = desk.get(&canned_at(&desk, n).await?).await?;
    Ok(Json(shown_canned(&desk, &[row]).await?.swap_remove(0)))
}
/// For everybody, where the caller may write for everybody; else for themselves.
async fn create_canned(desk: Desk, given: Given) -> Answer {
    let code = given.text("short_code").unwrap_or_default();
    let scope = if desk.actor.may(RepliesShare) { "all" } else { "mine" };
    let new = json!({ "title": code, "shortcut": code, "text": given.text("content").unwrap_or_default(), "scope": scope });
    let row = desk.post("/canned-replies", new).await?;
    Ok(Json(shown_canned(&desk, &[row]).await?.swap_remove(0)))
}
async fn change_canned(desk: Desk, Path((_, n)): Path<(i64, i64)>, given: Given) -> Answer {
    let at = canned_at(&desk, n).await?;
    let code = given.filled("short_code");
    let mut body = json!({ "title": code, "shortcut": code, "text": given.text("content") });
    if given.names("content") {
        // The formatted form would go on saying what it said.
        body["html"] = "".into();
    }
    let row = desk.patch(&at, body).await?;
    Ok(Json(shown_canned(&desk, &[row]).await?.swap_remove(0)))
}
async fn remove_canned(desk: Desk, Path((_, n)): Path<(i64, i64)>) -> Answer<()> {
    desk.call(Method::DELETE, &canned_at(&desk, n).await?, None).await?;
    Ok(())
}
