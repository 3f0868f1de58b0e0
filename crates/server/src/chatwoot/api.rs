//! What the settings page shows of this door.

use super::desk::account_of;
use crate::app::App;
use crate::http::extract::Caller;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_chatwoot_door))
}

/// Where programs written for Chatwoot find this workspace.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChatwootDoor {
    /// What such a program takes for the address of the installation.
    address: String,
    account_id: i64,
}

/// Address and account id for programs written for Chatwoot; their token is an API token.
#[utoipa::path(get, path = "/chatwoot", tag = "workspace", responses((status = 200, body = ChatwootDoor)))]
async fn get_chatwoot_door(State(app): State<App>, caller: Caller) -> Json<ChatwootDoor> {
    Json(ChatwootDoor {
        address: format!("{}/chatwoot", app.config.server.public_url.trim_end_matches('/')),
        account_id: account_of(caller.0.workspace),
    })
}
