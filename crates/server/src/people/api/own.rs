//! One's own: name, preferences, password, API tokens.

use super::ListQuery;
use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path, Query};
use crate::people::auth::{Authenticated, Client};
use crate::people::model::{Me, Token};
use crate::people::{me, tokens};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::actor::Permission;
use kernel::page::Page;
use kernel::time::{Millis, wire_opt};
use kernel::{Secret, TokenId};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Who is signed in, in which workspace, and with which permissions.
#[utoipa::path(get, path = "/me", tag = "me", responses((status = 200, body = Me)))]
pub(super) async fn get_me(State(app): State<App>, who: Authenticated) -> Result<Json<Me>, Problem> {
    Ok(Json(me::of(&app, &who.actor, who.csrf_token).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct MePatch {
    name: Option<String>,
    /// Merged key by key into what is there; null removes a key. 16 kB in all.
    #[schema(value_type = Option<Object>)]
    preferences: Option<Map<String, Value>>,
}

/// Changes one's own name or preferences; not by a token: 403 `auth.person_needed`.
#[utoipa::path(patch, path = "/me", tag = "me", request_body = MePatch, responses((status = 200, body = Me)))]
pub(super) async fn update_me(State(app): State<App>, who: Authenticated, Body(body): Body<MePatch>) -> Result<Json<Me>, Problem> {
    me::change(&app, &who.actor, body.name, body.preferences).await?;
    Ok(Json(me::of(&app, &who.actor, who.csrf_token).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct PasswordChange {
    #[schema(value_type = String)]
    current_password: Secret<String>,
    /// At least 10 characters, and not one that is easy to guess.
    #[schema(value_type = String)]
    new_password: Secret<String>,
}

/// Changes the password and ends all other sessions.
#[utoipa::path(post, path = "/me/password", tag = "me", request_body = PasswordChange, responses((status = 204)))]
pub(super) async fn change_password(
    State(app): State<App>,
    who: Authenticated,
    client: Client,
    Body(body): Body<PasswordChange>,
) -> Result<StatusCode, Problem> {
    me::change_password(&app, &who, &client, body.current_password, body.new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// API tokens, newest first: one's own, for admins all of the workspace.
#[utoipa::path(get, path = "/tokens", tag = "tokens", params(ListQuery), responses((status = 200, body = Page<Token>)))]
pub(super) async fn list_tokens(State(app): State<App>, caller: Caller, Query(q): Query<ListQuery>) -> Result<Json<Page<Token>>, Problem> {
    let actor = caller.need(Permission::TokensManage)?;
    Ok(Json(tokens::page(&app, actor, q.limit, q.cursor.as_deref()).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct TokenBody {
    name: String,
    /// Without it the token does not end by itself.
    #[serde(default, with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Millis>,
    /// Names of permissions: what it may at most. Without them, all that its maker may.
    permissions: Option<Vec<String>>,
}

/// A new API token; the token itself is in this answer only.
#[utoipa::path(post, path = "/tokens", tag = "tokens", request_body = TokenBody, responses((status = 201, body = Token)))]
pub(super) async fn create_token(
    State(app): State<App>,
    caller: Caller,
    Keyed { body, key }: Keyed<TokenBody>,
) -> Result<(StatusCode, Json<Token>), Problem> {
    let actor = caller.need(Permission::TokensManage)?;
    let token = tokens::create(&app, actor, &body.name, body.expires_at, body.permissions, key.as_ref()).await?;
    Ok((StatusCode::CREATED, Json(token)))
}

/// Ends an API token at once.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "tokens", params(("id" = String, Path)), responses((status = 204)))]
pub(super) async fn delete_token(State(app): State<App>, caller: Caller, Path(id): Path<TokenId>) -> Result<StatusCode, Problem> {
    tokens::delete(&app, caller.need(Permission::TokensManage)?, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
