//! Routes of the second step, of lost passwords, of sessions, and of signing in at an identity provider.

use super::{WithCookie, with_cookie};
use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Path, Query};
use crate::people::auth::{Authenticated, Client, Sent};
use crate::people::cookie;
use crate::people::model::SessionAnswer;
use crate::people::sessions;
use crate::people::trust::devices::{self, Device};
use crate::people::trust::reset::{self, ResetLink};
use crate::people::trust::second::{self, RecoveryCodes, SecondStep, SecondStepOffer};
use crate::people::trust::sso::{self, Finished, SignInMethods, SsoConnection, SsoSettings};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::actor::Permission;
use kernel::page::Page;
use kernel::{MemberId, Secret, SessionId, WorkspaceId};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::ToSchema)]
pub(in crate::people) struct PasswordBody {
    #[schema(value_type = String)]
    password: Secret<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(in crate::people) struct CodeBody {
    code: String,
}

/// Whether signing in takes a second step.
#[utoipa::path(get, path = "/me/second-step", tag = "me", responses((status = 200, body = SecondStep)))]
pub(in crate::people) async fn get_second_step(State(app): State<App>, who: Authenticated) -> Result<Json<SecondStep>, Problem> {
    Ok(Json(second::standing(&app, &who).await?))
}

/// A secret for an authenticator app, with its picture. It counts from the first right code on. 409 `second_step.enabled`.
#[utoipa::path(post, path = "/me/second-step", tag = "me", request_body = PasswordBody, responses((status = 200, body = SecondStepOffer)))]
pub(in crate::people) async fn begin_second_step(
    State(app): State<App>,
    who: Authenticated,
    client: Client,
    Body(b): Body<PasswordBody>,
) -> Result<Json<SecondStepOffer>, Problem> {
    Ok(Json(second::offer(&app, &who, &client, b.password).await?))
}

/// Switches it on with the first right code; gives the recovery codes.
#[utoipa::path(post, path = "/me/second-step/confirm", tag = "me", request_body = CodeBody, responses((status = 200, body = RecoveryCodes)))]
pub(in crate::people) async fn confirm_second_step(
    State(app): State<App>,
    who: Authenticated,
    client: Client,
    Body(b): Body<CodeBody>,
) -> Result<Json<RecoveryCodes>, Problem> {
    Ok(Json(second::confirm(&app, &who, &client, &b.code).await?))
}

/// New recovery codes; the old ones end.
#[utoipa::path(post, path = "/me/second-step/recovery-codes", tag = "me", request_body = PasswordBody, responses((status = 200, body = RecoveryCodes)))]
pub(in crate::people) async fn renew_recovery_codes(
    State(app): State<App>,
    who: Authenticated,
    client: Client,
    Body(b): Body<PasswordBody>,
) -> Result<Json<RecoveryCodes>, Problem> {
    Ok(Json(second::renew_codes(&app, &who, &client, b.password).await?))
}

/// Switches the second step off.
#[utoipa::path(delete, path = "/me/second-step", tag = "me", request_body = PasswordBody, responses((status = 204)))]
pub(in crate::people) async fn end_second_step(
    State(app): State<App>,
    who: Authenticated,
    client: Client,
    Body(b): Body<PasswordBody>,
) -> Result<StatusCode, Problem> {
    second::switch_off(&app, &who, &client, b.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(in crate::people) struct SecondStepAnswer {
    /// As the refused sign-in gave it.
    challenge: String,
    /// Six digits of the app, or a recovery code.
    code: String,
}

/// The second step: opens the session. 401 `auth.wrong_code`, `auth.challenge_ended`.
#[utoipa::path(post, path = "/auth/second-step", tag = "auth", request_body = SecondStepAnswer, responses((status = 200, body = SessionAnswer)))]
pub(in crate::people) async fn sign_in_second_step(
    State(app): State<App>,
    client: Client,
    Body(b): Body<SecondStepAnswer>,
) -> Result<WithCookie<Json<SessionAnswer>>, Problem> {
    let (account, workspace) = second::answer(&app, &client, &b.challenge, &b.code).await?;
    Ok(with_cookie(sessions::open_session(&app, account, workspace, &client).await?))
}

/// What the sign-in page can offer.
#[utoipa::path(get, path = "/auth/methods", tag = "auth", responses((status = 200, body = SignInMethods)))]
pub(in crate::people) async fn get_sign_in_methods(State(app): State<App>) -> Result<Json<SignInMethods>, Problem> {
    Ok(Json(sso::methods(&app).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(in crate::people) struct ResetAsk {
    email: String,
}

/// Sends a link for a new password, if the address has an account. 409 `reset.no_mail`.
#[utoipa::path(post, path = "/auth/password-resets", tag = "auth", request_body = ResetAsk, responses((status = 202)))]
pub(in crate::people) async fn ask_password_reset(
    State(app): State<App>,
    client: Client,
    Body(b): Body<ResetAsk>,
) -> Result<StatusCode, Problem> {
    reset::by_mail(&app, &b.email, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::people) struct ResetOffer {
    email: String,
}

/// Whose password a link changes; 404 when it was used or has ended.
#[utoipa::path(get, path = "/auth/password-resets/{token}", tag = "auth", params(("token" = String, Path)), responses((status = 200, body = ResetOffer)))]
pub(in crate::people) async fn get_password_reset(State(app): State<App>, Path(token): Path<String>) -> Result<Json<ResetOffer>, Problem> {
    Ok(Json(ResetOffer { email: reset::email_of(&app, &token).await? }))
}

/// Sets the new password, once, and ends every session.
#[utoipa::path(post, path = "/auth/password-resets/{token}", tag = "auth", params(("token" = String, Path)), request_body = PasswordBody, responses((status = 204)))]
pub(in crate::people) async fn finish_password_reset(
    State(app): State<App>,
    Path(token): Path<String>,
    Body(b): Body<PasswordBody>,
) -> Result<StatusCode, Problem> {
    reset::finish(&app, &token, b.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A link with which a member chooses a new password, good for a day; to be handed over. 409 `reset.shared_account`.
#[utoipa::path(post, path = "/members/{id}/password-reset", tag = "members", params(("id" = String, Path)), responses((status = 201, body = ResetLink)))]
pub(in crate::people) async fn create_password_reset(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<MemberId>,
) -> Result<(StatusCode, Json<ResetLink>), Problem> {
    let actor = caller.need(Permission::MembersManage)?;
    Ok((StatusCode::CREATED, Json(reset::by_admin(&app, actor, id).await?)))
}

/// Where one is signed in, last used first.
#[utoipa::path(get, path = "/me/sessions", tag = "me", responses((status = 200, body = Page<Device>)))]
pub(in crate::people) async fn list_sessions(State(app): State<App>, who: Authenticated) -> Result<Json<Page<Device>>, Problem> {
    Ok(Json(Page { data: devices::list(&app, &who).await?, next_cursor: None }))
}

/// Signs out everywhere else.
#[utoipa::path(delete, path = "/me/sessions", tag = "me", responses((status = 204)))]
pub(in crate::people) async fn end_other_sessions(State(app): State<App>, who: Authenticated) -> Result<StatusCode, Problem> {
    devices::end_others(&app, &who).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one of one's sessions.
#[utoipa::path(delete, path = "/me/sessions/{id}", tag = "me", params(("id" = String, Path)), responses((status = 204)))]
pub(in crate::people) async fn end_session(
    State(app): State<App>,
    who: Authenticated,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    devices::end(&app, &who, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The workspace's identity provider; empty fields when there is none.
#[utoipa::path(get, path = "/workspace/sso", tag = "workspace", responses((status = 200, body = SsoConnection)))]
pub(in crate::people) async fn get_sso(State(app): State<App>, caller: Caller) -> Result<Json<SsoConnection>, Problem> {
    Ok(Json(sso::get(&app, caller.need(Permission::WorkspaceManage)?).await?))
}

/// Connects an identity provider (OpenID Connect); it is asked before this is stored. 403 `sso.owner_needed`.
#[utoipa::path(put, path = "/workspace/sso", tag = "workspace", request_body = SsoSettings, responses((status = 200, body = SsoConnection)))]
pub(in crate::people) async fn put_sso(
    State(app): State<App>,
    caller: Caller,
    Body(b): Body<SsoSettings>,
) -> Result<Json<SsoConnection>, Problem> {
    Ok(Json(sso::put(&app, caller.need(Permission::WorkspaceManage)?, b).await?))
}

/// Disconnects it. 403 `sso.owner_needed`.
#[utoipa::path(delete, path = "/workspace/sso", tag = "workspace", responses((status = 204)))]
pub(in crate::people) async fn delete_sso(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    sso::delete(&app, caller.need(Permission::WorkspaceManage)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::people) struct BeginQuery {
    /// The page to come back to.
    next: Option<String>,
}

/// Sends the browser to the workspace's identity provider. 429 `auth.too_many_tries`.
#[utoipa::path(get, path = "/auth/sso/{workspace}", tag = "auth", params(("workspace" = String, Path), BeginQuery), responses((status = 303)))]
pub(in crate::people) async fn begin_sso(
    State(app): State<App>,
    Sent(client): Sent,
    Path(workspace): Path<WorkspaceId>,
    Query(q): Query<BeginQuery>,
) -> Result<Response, Problem> {
    let (url, cookie) = sso::begin(&app, workspace, q.next.as_deref().unwrap_or("/inbox"), &client).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&url)).into_response())
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::people) struct ReturnQuery {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// The browser comes back from the identity provider: signed in, or to the sign-in page with the reason, or for an owner's second step.
#[utoipa::path(get, path = "/auth/sso/callback", tag = "auth", params(ReturnQuery), responses((status = 303)))]
pub(in crate::people) async fn finish_sso(
    State(app): State<App>,
    Sent(client): Sent,
    headers: HeaderMap,
    Query(q): Query<ReturnQuery>,
) -> Response {
    let kept = cookie::named(&headers, sso::COOKIE).map(str::to_owned);
    let done = match (q.state, q.code) {
        (Some(state), Some(code)) => sso::finish(&app, &client, &state, kept.as_deref(), &code).await.map_err(|e| e.detail),
        _ => Err(q.error_description.or(q.error).unwrap_or_else(|| "The identity provider sent nothing back.".into())),
    };
    match done {
        Ok(Finished::In { cookie, next }) => ([(header::SET_COOKIE, cookie)], Redirect::to(&next)).into_response(),
        // After the number sign, so that it stands in no log on the way.
        Ok(Finished::SecondStep { challenge, next }) => {
            Redirect::to(&format!("/sign-in?next={}#challenge={challenge}", connectors::kit::calls::encode(&next))).into_response()
        }
        Err(why) => {
            let why: String = why.chars().take(300).collect();
            Redirect::to(&format!("/sign-in?sso_error={}", connectors::kit::calls::encode(&why))).into_response()
        }
    }
}
