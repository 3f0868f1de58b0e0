//! Their routes of the account and of whoever calls.

use super::desk::Desk;
use super::fault::Answer;
use super::shapes::seconds;
use crate::app::App;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

pub fn routes() -> Router<App> {
    Router::new().route("/api/v1/profile", get(profile)).route("/api/v1/accounts/{account}", get(account))
}

async fn profile(desk: Desk) -> Answer {
    let me = desk.get("/me").await?;
    let numbers = desk.numbers(&[&me]).await?;
    let (name, email, number) = (&me["account"]["name"], &me["account"]["email"], numbers.of(&me["member_id"]));
    let role = if matches!(me["role"].as_str(), Some("owner" | "admin")) { "administrator" } else { "agent" };
    let account = json!({
        "id": desk.account, "name": me["workspace"]["name"], "status": "active", "role": role, "permissions": [role],
        "availability": "online", "availability_status": "online", "auto_offline": true, "active_at": null,
    });
    Ok(Json(json!({
        "id": number, "provider": "email", "uid": email, "name": name, "display_name": name, "available_name": name, "email": email,
        "account_id": desk.account, "role": role, "confirmed": true, "type": "user", "avatar_url": "", "custom_attributes": {},
        "ui_settings": {}, "message_signature": null, "inviter_id": null, "pubsub_token": null, "accounts": [account],
    })))
}

async fn account(desk: Desk) -> Answer {
    let me = desk.get("/me").await?;
    let workspace = &me["workspace"];
    Ok(Json(json!({
        "id": desk.account, "name": workspace["name"], "locale": workspace["locale"], "status": "active", "domain": null,
        "support_email": null, "features": {}, "custom_attributes": {}, "settings": { "timezone": workspace["time_zone"] },
        "created_at": seconds(&workspace["created_at"]).as_i64().map_or(Value::Null, Value::from),
    })))
}
