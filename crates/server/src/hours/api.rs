//! Routes of hours, holidays and automatic answers.

use super::actions::{self, Imported, show};
use super::model::{Holiday, HolidayBody, Place, PlaceBody, Where};
use super::store;
use crate::app::App;
use crate::channels;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Keyed, Path};
use crate::http::once::once;
use crate::people;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::{Lane, Tx};
use jiff::tz::TimeZone;
use kernel::actor::Permission;
use kernel::http::HttpRequest;
use kernel::page::Page;
use kernel::{Error, HolidayId, Result};
use serde::Deserialize;
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_hours))
        .routes(routes!(put_hours, reset_hours))
        .routes(routes!(list_holidays, create_holiday))
        .routes(routes!(import_holidays))
        .routes(routes!(update_holiday, delete_holiday))
}

/// `workspace`, or a channel that there is.
fn place_in(tx: &mut Tx<'_>, text: &str) -> Result<Where> {
    let there = match Where::parse(text) {
        Some(Where::Channel(id)) => channels::find(tx, id)?.map(|c| Where::Channel(c.id)),
        other => other,
    };
    there.ok_or_else(|| Error::not_found("channel.not_found", "There is no such channel."))
}
fn place_of(tx: &mut Tx<'_>, body: &Option<String>) -> Result<Where> {
    place_in(tx, body.as_deref().unwrap_or("workspace")).map_err(|e| Error::field("place", "not_found", e.detail))
}

/// The workspace's hours and answers first, then those of each channel that has some of its own.
#[utoipa::path(get, path = "/hours", tag = "hours", responses((status = 200, body = Page<Place>)))]
async fn list_hours(State(app): State<App>, caller: Caller) -> Result<Json<Page<Place>>, Problem> {
    let actor = caller.need(Permission::ChannelsRead)?;
    let zone = people::workspace(&app, actor.workspace).await?.time_zone.clone();
    let now = app.now();
    let data = app.db.read(actor.workspace, move |tx| {
        let book = store::book(tx)?;
        let own: Vec<Where> = channels::list(tx)?.into_iter().map(|c| Where::Channel(c.id)).filter(|w| book.own(*w).is_some()).collect();
        Ok(std::iter::once(Where::Workspace).chain(own).map(|w| show(&book, w, &zone, now)).collect())
    });
    Ok(Json(Page { data: data.await?, next_cursor: None }))
}

/// Sets all of a place's hours and answers; what is null comes from the workspace.
#[utoipa::path(put, path = "/hours/{id}", tag = "hours", params(("id" = String, Path, description = "`workspace`, or a channel's id.")), request_body = PlaceBody, responses((status = 200, body = Place)))]
async fn put_hours(
    State(app): State<App>,
    caller: Caller,
    Path(place): Path<String>,
    Body(body): Body<PlaceBody>,
) -> Result<Json<Place>, Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?.clone();
    let zone = people::workspace(&app, actor.workspace).await?.time_zone.clone();
    let now = app.now();
    let shown = app.db.write(actor.workspace, Lane::Interactive, move |tx| {
        let place = place_in(tx, &place)?;
        actions::put(tx, &actor, place, body.clone(), now)?;
        Ok(show(&store::book(tx)?, place, &zone, now))
    });
    Ok(Json(shown.await?))
}

/// A channel goes back to what the workspace has, the workspace to being always open.
#[utoipa::path(delete, path = "/hours/{id}", tag = "hours", params(("id" = String, Path, description = "`workspace`, or a channel's id.")), responses((status = 204)))]
async fn reset_hours(State(app): State<App>, caller: Caller, Path(place): Path<String>) -> Result<StatusCode, Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?.clone();
    let now = app.now();
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            let place = place_in(tx, &place)?;
            actions::reset(tx, &actor, place, now)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All holidays by day, of the workspace and of its channels.
#[utoipa::path(get, path = "/holidays", tag = "hours", responses((status = 200, body = Page<Holiday>)))]
async fn list_holidays(State(app): State<App>, caller: Caller) -> Result<Json<Page<Holiday>>, Problem> {
    let actor = caller.need(Permission::ChannelsRead)?;
    let data = app.db.read(actor.workspace, |tx| {
        let there: Vec<String> = channels::list(tx)?.into_iter().map(|c| c.id.to_string()).collect();
        let all = store::holidays(tx)?;
        Ok(all.into_iter().filter(|h| h.place == "workspace" || there.contains(&h.place)).collect())
    });
    Ok(Json(Page { data: data.await?, next_cursor: None }))
}

#[utoipa::path(post, path = "/holidays", tag = "hours", request_body = HolidayBody, responses((status = 201, body = Holiday)))]
async fn create_holiday(State(app): State<App>, caller: Caller, b: Keyed<HolidayBody>) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?.clone();
    let (ids, now) = (app.ids.clone(), app.now());
    let value = app.db.write(actor.workspace, Lane::Interactive, move |tx| {
        once(tx, &actor, b.key.as_ref(), now, |tx| {
            let place = place_of(tx, &b.body.place)?;
            actions::add_holiday(tx, ids.as_ref(), &actor, place, &b.body, now)
        })
    });
    Ok((StatusCode::CREATED, Json(value.await?)))
}

/// Replaces everything about a holiday.
#[utoipa::path(put, path = "/holidays/{id}", tag = "hours", params(("id" = String, Path)), request_body = HolidayBody, responses((status = 200, body = Holiday)))]
async fn update_holiday(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<HolidayId>,
    Body(body): Body<HolidayBody>,
) -> Result<Json<Holiday>, Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?.clone();
    let now = app.now();
    let holiday = app.db.write(actor.workspace, Lane::Interactive, move |tx| {
        let place = place_of(tx, &body.place)?;
        actions::change_holiday(tx, &actor, id, place, &body, now)
    });
    Ok(Json(holiday.await?))
}

#[utoipa::path(delete, path = "/holidays/{id}", tag = "hours", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_holiday(State(app): State<App>, caller: Caller, Path(id): Path<HolidayId>) -> Result<StatusCode, Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?.clone();
    let now = app.now();
    app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::delete_holiday(tx, &actor, id, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct HolidayImport {
    /// `workspace` when left out, else a channel's id.
    place: Option<String>,
    /// The content of an iCalendar file (`.ics`).
    calendar: Option<String>,
    /// Where such a file can be fetched, instead of its content; `webcal:` is taken as `https:`.
    url: Option<String>,
    /// Only say what it would do.
    #[serde(default)]
    only_look: bool,
}

const LARGEST_CALENDAR: usize = 2 << 20;

/// A calendar from its address, through the client that reaches nothing inside.
async fn fetch(app: &App, url: &str) -> Result<String> {
    let wrong = |detail: String| Error::field("url", "unreachable", detail);
    let url = match url.trim().split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("webcal") || scheme.eq_ignore_ascii_case("webcals") => {
            format!("https://{rest}")
        }
        _ => url.trim().to_owned(),
    };
    if url.len() > 2_000 || !(url.starts_with("https://") || url.starts_with("http://")) {
        return Err(Error::field("url", "invalid", "Give the address of a calendar. It begins with https:// or webcal://."));
    }
    let mut request = HttpRequest::new("GET", url).header("accept", "text/calendar, text/plain;q=0.5");
    request.max_response_bytes = LARGEST_CALENDAR;
    let answer = app.http.send(request).await.map_err(|e| wrong(format!("The calendar cannot be fetched: {e}.")))?;
    match answer.status {
        200 => Ok(String::from_utf8_lossy(&answer.body).into_owned()),
        status => Err(wrong(format!("The address answers {status} and gives no calendar."))),
    }
}

/// Takes the whole-day entries of an iCalendar file in as holidays. The same file again changes what it brought before.
#[utoipa::path(post, path = "/holidays/import", tag = "hours", request_body = HolidayImport, responses((status = 200, body = Imported)))]
async fn import_holidays(State(app): State<App>, caller: Caller, Body(b): Body<HolidayImport>) -> Result<Json<Imported>, Problem> {
    let actor = caller.need(Permission::WorkspaceManage)?.clone();
    let info = people::workspace(&app, actor.workspace).await?;
    let calendar = match (&b.calendar, &b.url) {
        (Some(text), None) => text.clone(),
        (None, Some(url)) => fetch(&app, url).await?,
        _ => return Err(Error::field("calendar", "one_of", "Give either the calendar or where it can be fetched.").into()),
    };
    let (ids, now, workspace) = (app.ids.clone(), app.now(), actor.workspace);
    let zone = TimeZone::get(&info.time_zone).unwrap_or(TimeZone::UTC);
    let place = b.place;
    let today = jiff::Timestamp::from_millisecond(now).unwrap_or_default().to_zoned(zone).date();
    let calendar = actions::read_calendar(&calendar, today)?;
    let imported = if b.only_look {
        app.db
            .read(actor.workspace, move |tx| {
                let place = place_of(tx, &place)?;
                actions::look(tx, ids.as_ref(), place, &calendar, now)
            })
            .await?
    } else {
        let take = move |tx: &mut Tx<'_>| {
            let place = place_of(tx, &place)?;
            actions::import(tx, ids.as_ref(), &actor, place, &calendar, now)
        };
        app.db.write(workspace, Lane::Interactive, take).await?
    };
    Ok(Json(imported))
}
