//! Routes of people: signing in and out, oneself, the team, tokens and the workspace.

mod own;
mod roles;
mod sign_in;
mod team;
mod trust;

use crate::app::App;
use axum::Json;
use axum::http::header::{HeaderName, SET_COOKIE};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_in::refresh_session))
        .routes(routes!(sign_in::sign_out))
        .routes(routes!(sign_in::get_invitation_offer))
        .routes(routes!(sign_in::accept_invitation))
        .routes(routes!(own::get_me, own::update_me))
        .routes(routes!(own::change_password))
        .routes(routes!(own::list_tokens, own::create_token))
        .routes(routes!(own::delete_token))
        .routes(routes!(team::get_workspace, team::update_workspace))
        .routes(routes!(team::list_members))
        .routes(routes!(team::update_member))
        .routes(routes!(team::list_invitations, team::create_invitation))
        .routes(routes!(team::delete_invitation))
        .routes(routes!(roles::list_roles, roles::create_role))
        .routes(routes!(roles::update_role, roles::delete_role))
        .routes(routes!(roles::start_preview, roles::end_preview))
        .routes(routes!(trust::get_second_step, trust::begin_second_step, trust::end_second_step))
        .routes(routes!(trust::confirm_second_step))
        .routes(routes!(trust::renew_recovery_codes))
        .routes(routes!(trust::sign_in_second_step))
        .routes(routes!(trust::get_sign_in_methods))
        .routes(routes!(trust::ask_password_reset))
        .routes(routes!(trust::get_password_reset, trust::finish_password_reset))
        .routes(routes!(trust::create_password_reset))
        .routes(routes!(trust::list_sessions, trust::end_other_sessions))
        .routes(routes!(trust::end_session))
        .routes(routes!(trust::get_sso, trust::put_sso, trust::delete_sso))
        .routes(routes!(trust::finish_sso))
        .routes(routes!(trust::begin_sso))
}

/// An answer together with a `Set-Cookie` header.
type WithCookie<T> = ([(HeaderName, String); 1], T);

fn with_cookie<T>((cookie, answer): (String, T)) -> WithCookie<Json<T>> {
    ([(SET_COOKIE, cookie)], Json(answer))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}
