//! Getting in and out: sign-in, refresh, sign-out, and joining by invitation.

use super::{WithCookie, with_cookie};
use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Json as Body, Path};
use crate::people::auth::{self, Authenticated, Client};
use crate::people::invitations::{self, Acceptance};
use crate::people::model::{InvitationOffer, Refreshed, SessionAnswer};
use crate::people::trust::{second, sso};
use crate::people::{cookie, open_session, sessions, store};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header::SET_COOKIE};
use db::Scope;
use kernel::{Error, Secret};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct SignIn {
    email: String,
    #[schema(value_type = String)]
    password: Secret<String>,
}

/// 401 `auth.second_step_needed`: the password is right; go on with `challenge` and a code.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct SecondStepNeeded {
    #[serde(flatten)]
    problem: crate::http::error::ProblemBody,
    challenge: Option<String>,
}

/// Opens a session and sets its cookie. 401 `auth.wrong_credentials`, `auth.second_step_needed`; 403 `auth.sso_required`; 429
/// `auth.too_many_tries` with Retry-After.
#[utoipa::path(post, path = "/auth/sign-in", tag = "auth", request_body = SignIn, responses((status = 200, body = SessionAnswer), (status = 401, body = SecondStepNeeded, content_type = "application/problem+json")))]
pub(super) async fn sign_in(
    State(app): State<App>,
    client: Client,
    Body(body): Body<SignIn>,
) -> Result<WithCookie<Json<SessionAnswer>>, Problem> {
    let account = auth::account(&app, &body.email, body.password, &client).await?.id;
    let memberships = app.db.read(Scope::Control, move |tx| store::memberships_of(tx, account)).await?;
    let mut first = None;
    let mut elsewhere = false;
    for m in memberships.into_iter().filter(|m| m.active) {
        if sso::password_allowed(&app, m.workspace, m.role).await? {
            first = Some(m.workspace);
            break;
        }
        elsewhere = true;
    }
    let workspace = match first {
        Some(workspace) => workspace,
        None if elsewhere => {
            return Err(Error::forbidden("auth.sso_required", "Your workspace has its members sign in at its identity provider.").into());
        }
        None => return Err(sessions::no_workspace().into()),
    };
    if second::needed(&app, account).await? {
        let needed = Error::unauthenticated("auth.second_step_needed", "The password is right. Now the code from your app.");
        return Err(Problem::from(needed).with("challenge", second::challenge(&app, account, workspace)?));
    }
    Ok(with_cookie(open_session(&app, account, workspace, &client).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct RefreshTokenBody {
    #[schema(value_type = String)]
    refresh_token: Secret<String>,
}

/// New tokens for a refresh token, which is good for one use. One that was used before ends the session.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = RefreshTokenBody, responses((status = 200, body = Refreshed)))]
pub(super) async fn refresh_session(State(app): State<App>, Body(body): Body<RefreshTokenBody>) -> Result<Json<Refreshed>, Problem> {
    Ok(Json(sessions::refresh(&app, body.refresh_token.reveal()).await?))
}

/// Ends the session: its cookie, access tokens and refresh token.
#[utoipa::path(post, path = "/auth/sign-out", tag = "auth", responses((status = 204)))]
pub(super) async fn sign_out(State(app): State<App>, who: Authenticated) -> Result<WithCookie<StatusCode>, Problem> {
    if let Some(session) = who.session {
        sessions::sign_out(&app, session).await?;
    }
    Ok(([(SET_COOKIE, cookie::clear(&app))], StatusCode::NO_CONTENT))
}

/// What an invitation offers; 404 when it was used, has ended or was withdrawn.
#[utoipa::path(get, path = "/invitations/by-token/{token}", tag = "invitations", params(("token" = String, Path)),
    responses((status = 200, body = InvitationOffer)))]
pub(super) async fn get_invitation_offer(State(app): State<App>, Path(token): Path<String>) -> Result<Json<InvitationOffer>, Problem> {
    Ok(Json(invitations::offer(&app, &token).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct AcceptInvitation {
    /// Not used when the address has an account.
    #[serde(default)]
    name: String,
    email: String,
    /// A new one, or that of the account which the address has.
    #[schema(value_type = String)]
    password: Secret<String>,
}

/// Joins the workspace and signs in.
#[utoipa::path(post, path = "/invitations/by-token/{token}/accept", tag = "invitations", params(("token" = String, Path)),
    request_body = AcceptInvitation, responses((status = 200, body = SessionAnswer)))]
pub(super) async fn accept_invitation(
    State(app): State<App>,
    client: Client,
    Path(token): Path<String>,
    Body(body): Body<AcceptInvitation>,
) -> Result<WithCookie<Json<SessionAnswer>>, Problem> {
    let by = Acceptance { name: body.name, email: body.email, password: body.password };
    Ok(with_cookie(invitations::accept(&app, &token, by, &client).await?))
}
