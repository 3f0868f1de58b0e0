//! The first start: one form makes the first account, its workspace, a web chat channel and, if wished, a sample to look at.
//! It works exactly once; the sample can be removed in one act.

use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body};
use crate::people::{Client, NewAdmin, SessionAnswer};
use crate::{channels, demo, people};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, SET_COOKIE};
use kernel::actor::{Permission, Who};
use kernel::{Actor, Result, Secret};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_setup, set_up)).routes(routes!(remove_sample_data))
}

#[derive(Serialize, utoipa::ToSchema)]
struct SetupState {
    /// Nobody has an account yet.
    needed: bool,
}

/// Whether this server waits for its first account.
#[utoipa::path(get, path = "/setup", tag = "setup", responses((status = 200, body = SetupState)))]
async fn get_setup(State(app): State<App>) -> Result<Json<SetupState>, Problem> {
    Ok(Json(SetupState { needed: !people::is_set_up(&app).await? }))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct Setup {
    name: String,
    email: String,
    /// At least 10 characters, and not one that is easy to guess.
    #[schema(value_type = String)]
    password: Secret<String>,
    workspace_name: String,
    locale: String,
    time_zone: String,
    /// Two letters.
    default_country: String,
    /// Fill the workspace with a sample that can be removed again.
    #[serde(default)]
    sample_data: bool,
}
impl From<Setup> for NewAdmin {
    fn from(s: Setup) -> Self {
        Self {
            name: s.name,
            email: s.email,
            password: s.password,
            workspace_name: s.workspace_name,
            locale: s.locale,
            time_zone: s.time_zone,
            default_country: s.default_country,
        }
    }
}

type SignedIn = (StatusCode, [(HeaderName, String); 1], Json<SessionAnswer>);

/// Makes the first account and its workspace, and signs in. 409 `setup.done` when somebody was first.
#[utoipa::path(post, path = "/setup", tag = "setup", request_body = Setup, responses((status = 201, body = SessionAnswer)))]
async fn set_up(State(app): State<App>, client: Client, Body(body): Body<Setup>) -> Result<SignedIn, Problem> {
    let sample = body.sample_data;
    let (account, workspace, member) = people::create_first_workspace(&app, body.into()).await?;
    let actor = Actor { who: Who::Person { account, member }, ..Actor::system(workspace) };
    furnish(&app, &actor, sample).await;
    let (cookie, answer) = people::open_session(&app, account, workspace, &client).await?;
    Ok((StatusCode::CREATED, [(SET_COOKIE, cookie)], Json(answer)))
}

/// From here on setup is done and cannot be repeated. What fails now can be made up for in the settings, so the person gets in.
async fn furnish(app: &App, actor: &Actor, sample: bool) {
    if let Err(error) = first_channel(app, actor).await {
        tracing::error!(error = %error, "the first web chat channel could not be made");
    }
    if let Err(error) = channels::environment::ensure(app).await {
        tracing::error!(error = %error, "channels from the environment are not there");
    }
    if !sample {
        return;
    }
    if let Err(error) = fill_sample(app, actor).await {
        tracing::error!(error = %error, "the sample could not be made whole");
    }
}

async fn first_channel(app: &App, actor: &Actor) -> Result<()> {
    let name = people::workspace(app, actor.workspace).await?.name.clone();
    channels::create_first_widget(app, actor, &name).await.map(drop)
}

/// Marked first, so that even half a sample can be removed.
async fn fill_sample(app: &App, actor: &Actor) -> Result<()> {
    people::set_sample_data(app, actor, true).await?;
    demo::fill_sample(app, actor.workspace).await
}

/// Removes the sample; what the team made itself stays.
#[utoipa::path(delete, path = "/workspace/sample-data", tag = "workspace", responses((status = 204)))]
async fn remove_sample_data(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?;
    demo::remove_sample(&app, actor.workspace).await?;
    people::set_sample_data(&app, actor, false).await?;
    Ok(StatusCode::NO_CONTENT)
}
