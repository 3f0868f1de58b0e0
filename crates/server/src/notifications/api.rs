//! Routes of notifications: each person's own, for nobody else.

use super::model::{KindWays, Notification, PushDevice};
use super::quiet::Quiet;
use super::store::{self, NewDevice};
use super::webpush::BrowserKeys;
use super::{actions, keys, letters, pushes};
use crate::app::{App, Sealer, found};
use crate::http::error::Problem;
use crate::http::extract::{Json as Body, Path, Query};
use crate::mailer::{self, Letter};
use crate::people::{self, Authenticated, Client};
use crate::teams::Sight;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use edges::NetGuard;
use kernel::actor::Permission;
use kernel::id::new_id;
use kernel::page::{self, Page};
use kernel::time::Millis;
use kernel::{ConversationId, Error, JobId, MemberId, NotificationId, PushId, Result};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(count))
        .routes(routes!(mark_read))
        .routes(routes!(mark_all_read))
        .routes(routes!(get_settings, put_settings))
        .routes(routes!(list_devices, add_device, remove_this_device))
        .routes(routes!(remove_device))
        .routes(routes!(test))
}

/// Who is asking, as a member who may look into the inbox.
fn member(who: &Authenticated) -> Result<MemberId> {
    who.actor.need(Permission::ConversationsRead)?;
    if who.actor.previewed_by.is_some() {
        return Err(Error::forbidden("preview.personal", "What somebody is told of is theirs alone."));
    }
    who.actor.member().ok_or_else(|| Error::unauthenticated("auth.required", "Sign in first."))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ListNotifications {
    limit: Option<i64>,
    cursor: Option<String>,
    /// Only those that were not read.
    #[serde(default)]
    unread: bool,
}

/// One's notifications, the latest first.
#[utoipa::path(get, path = "/notifications", tag = "notifications", params(ListNotifications), responses((status = 200, body = Page<Notification>)))]
async fn list(State(app): State<App>, who: Authenticated, Query(q): Query<ListNotifications>) -> Result<Json<Page<Notification>>, Problem> {
    let member = member(&who)?;
    let limit = page::limit(q.limit)?;
    let position: Option<(Millis, NotificationId)> = q.cursor.as_deref().map(page::decode).transpose()?;
    let (at, id) = position.unwrap_or((i64::MAX, NotificationId::from_uuid(Default::default())));
    let actor = who.actor.clone();
    let rows = app.db.read(actor.workspace, move |tx| {
        let sight = Sight::of(tx, &actor)?;
        store::list(tx, &sight, member, q.unread, (at, id), limit + 1)
    });
    let rows = rows.await?;
    Ok(Json(Page::cut(rows, limit, |n| (n.updated_at, n.id))))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = UnreadNotifications)]
struct Unread {
    unread: i64,
}

/// How many of one's notifications were not read.
#[utoipa::path(get, path = "/notifications/count", tag = "notifications", responses((status = 200, body = Unread)))]
async fn count(State(app): State<App>, who: Authenticated) -> Result<Json<Unread>, Problem> {
    let member = member(&who)?;
    let actor = who.actor.clone();
    let unread = app.db.read(actor.workspace, move |tx| {
        let sight = Sight::of(tx, &actor)?;
        store::unread(tx, &sight, member)
    });
    let unread = unread.await?;
    Ok(Json(Unread { unread }))
}

/// Marks one as read.
#[utoipa::path(post, path = "/notifications/{id}/read", tag = "notifications", params(("id" = String, Path)), responses((status = 200, body = Unread)))]
async fn mark_read(State(app): State<App>, who: Authenticated, Path(id): Path<NotificationId>) -> Result<Json<Unread>, Problem> {
    let unread = actions::mark_read(&app, &who.actor, member(&who)?, id).await?;
    Ok(Json(Unread { unread }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadAll {
    /// Only those about this conversation.
    #[schema(value_type = Option<String>)]
    conversation_id: Option<ConversationId>,
}

/// Marks all as read, or those about one conversation.
#[utoipa::path(post, path = "/notifications/read-all", tag = "notifications", request_body = ReadAll, responses((status = 200, body = Unread)))]
async fn mark_all_read(State(app): State<App>, who: Authenticated, Body(body): Body<ReadAll>) -> Result<Json<Unread>, Problem> {
    let unread = actions::mark_all_read(&app, &who.actor, member(&who)?, body.conversation_id).await?;
    Ok(Json(Unread { unread }))
}

#[derive(Serialize, utoipa::ToSchema)]
struct EmailState {
    /// This server can send letters.
    set_up: bool,
    /// Where they go.
    address: String,
    /// What to do when it cannot.
    detail: Option<String>,
}
#[derive(Serialize, utoipa::ToSchema)]
struct NotificationSettings {
    /// Each kind that one may be told of, and how.
    kinds: Vec<KindWays>,
    quiet: Quiet,
    email: EmailState,
    /// What browsers subscribe with, in base64url.
    push_key: String,
}

/// What one wants to be told of, how, and when not.
#[utoipa::path(get, path = "/notifications/settings", tag = "notifications", responses((status = 200, body = NotificationSettings)))]
async fn get_settings(State(app): State<App>, who: Authenticated) -> Result<Json<NotificationSettings>, Problem> {
    Ok(Json(settings(&app, &who).await?))
}

async fn settings(app: &App, who: &Authenticated) -> Result<NotificationSettings> {
    let (member, workspace) = (member(who)?, who.actor.workspace);
    let (kinds, quiet) = actions::wishes(app, &who.actor, member).await?;
    let row = found(app.db.read(workspace, move |tx| people::member(tx, member)).await?, "member.not_found", "member")?;
    let set_up = app.config.mail.is_some();
    let detail = (!set_up).then(|| mailer::NOT_SET_UP.to_owned());
    Ok(NotificationSettings { kinds, quiet, email: EmailState { set_up, address: row.email, detail }, push_key: keys::public(app).await? })
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewNotificationSettings)]
struct NewSettings {
    /// Kinds that are not named stay as they are.
    kinds: Vec<KindWays>,
    quiet: Quiet,
}

/// Changes what one wants to be told of.
#[utoipa::path(put, path = "/notifications/settings", tag = "notifications", request_body = NewSettings, responses((status = 200, body = NotificationSettings)))]
async fn put_settings(
    State(app): State<App>,
    who: Authenticated,
    Body(body): Body<NewSettings>,
) -> Result<Json<NotificationSettings>, Problem> {
    actions::put_wishes(&app, who.actor.workspace, member(&who)?, body.kinds, body.quiet).await?;
    Ok(Json(settings(&app, &who).await?))
}

#[derive(Serialize, utoipa::ToSchema)]
struct PushDevices {
    data: Vec<PushDevice>,
}

/// One's browsers that take pushes.
#[utoipa::path(get, path = "/notifications/push-subscriptions", tag = "notifications", responses((status = 200, body = PushDevices)))]
async fn list_devices(State(app): State<App>, who: Authenticated) -> Result<Json<PushDevices>, Problem> {
    let member = member(&who)?;
    let data = app.db.read(who.actor.workspace, move |tx| store::devices(tx, member)).await?;
    Ok(Json(PushDevices { data }))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewSubscription {
    /// Address at the browser's push service.
    endpoint: String,
    keys: BrowserKeys,
}

/// Browsers that one person may have.
const MOST_DEVICES: usize = 20;

/// Lets this browser take pushes, as long as one is signed in there; the body is what `PushSubscription.toJSON()` gives.
#[utoipa::path(post, path = "/notifications/push-subscriptions", tag = "notifications", request_body = NewSubscription, responses((status = 201, body = PushDevice)))]
async fn add_device(
    State(app): State<App>,
    who: Authenticated,
    client: Client,
    Body(body): Body<NewSubscription>,
) -> Result<(StatusCode, Json<PushDevice>), Problem> {
    let (member, workspace) = (member(&who)?, who.actor.workspace);
    let session = who.session.ok_or_else(|| {
        Error::forbidden(
            "auth.person_needed",
            "Pushes go to the browser that somebody signed in with, not to programs. Use webhooks for those.",
        )
    })?;
    check_endpoint(&app, &body.endpoint)?;
    if body.keys.reader().is_none() {
        return Err(Error::field("keys", "invalid", "These are not the keys of a browser's subscription.").into());
    }
    let info = people::workspace(&app, workspace).await?;
    let plain = serde_json::to_vec(&body.keys).map_err(|e| Error::internal(e.to_string()))?;
    let keys = Sealer::new(&app, &info.data_key)?.seal(&plain, &body.endpoint)?;
    let device = client.user_agent.chars().filter(|c| !c.is_control()).take(300).collect();
    let now = app.now();
    let new = NewDevice { id: new_id(app.ids.as_ref(), now), member, session, endpoint: body.endpoint, keys, device, at: now };
    let made = app
        .db
        .write(workspace, Lane::Interactive, move |tx| {
            let have = store::devices(tx, member)?;
            if have.len() >= MOST_DEVICES && !have.iter().any(|d| d.endpoint == new.endpoint) {
                return Err(Error::conflict("push.too_many", format!("{MOST_DEVICES} browsers take pushes already. Remove one first.")));
            }
            store::put_device(tx, &new)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// An address that we will post to: encrypted, or on a network that the administrator allowed.
fn check_endpoint(app: &App, endpoint: &str) -> Result<()> {
    let wrong = |why: String| Error::field("endpoint", "invalid", format!("This is no address of a push service: {why}"));
    let guard = NetGuard::from_words(&app.config.net.allow)?;
    let url = guard.check_url(endpoint).map_err(|e| wrong(e.to_string()))?;
    let host = url.host_str().unwrap_or_default();
    let inside = host
        .trim_matches(['[', ']'])
        .parse()
        .is_ok_and(|ip: std::net::IpAddr| guard.is_allowed(host, std::net::SocketAddr::new(ip, url.port_or_known_default().unwrap_or(0))));
    if url.scheme() != "https" && !inside {
        return Err(wrong("it is not encrypted.".into()));
    }
    if endpoint.len() > 2_000 {
        return Err(wrong("it is too long.".into()));
    }
    Ok(())
}

#[derive(Deserialize, utoipa::ToSchema)]
struct OldSubscription {
    endpoint: String,
}

/// This browser takes no more pushes.
#[utoipa::path(delete, path = "/notifications/push-subscriptions", tag = "notifications", request_body = OldSubscription, responses((status = 204)))]
async fn remove_this_device(State(app): State<App>, who: Authenticated, Body(body): Body<OldSubscription>) -> Result<StatusCode, Problem> {
    let member = member(&who)?;
    let gone = app.db.write(who.actor.workspace, Lane::Interactive, move |tx| store::forget_device(tx, member, &body.endpoint)).await?;
    found(gone.then_some(()), "push.not_found", "browser that takes pushes")?;
    Ok(StatusCode::NO_CONTENT)
}

/// One of one's browsers takes no more pushes.
#[utoipa::path(delete, path = "/notifications/push-subscriptions/{id}", tag = "notifications", params(("id" = String, Path)), responses((status = 204)))]
async fn remove_device(State(app): State<App>, who: Authenticated, Path(id): Path<PushId>) -> Result<StatusCode, Problem> {
    let member = member(&who)?;
    let gone = app.db.write(who.actor.workspace, Lane::Interactive, move |tx| store::forget_device_by_id(tx, member, id)).await?;
    found(gone.then_some(()), "push.not_found", "browser that takes pushes")?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NotificationWay)]
enum Way {
    Email,
    Push,
}
#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = NotificationTest)]
struct Test {
    way: Way,
}
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = NotificationTestResult)]
struct TestResult {
    ok: bool,
    /// What happened, in words.
    detail: String,
}

/// Sends oneself a letter, or a push to all of one's browsers, and says what became of it.
#[utoipa::path(post, path = "/notifications/test", tag = "notifications", request_body = Test, responses((status = 200, body = TestResult)))]
async fn test(State(app): State<App>, who: Authenticated, Body(body): Body<Test>) -> Result<Json<TestResult>, Problem> {
    let (member, workspace) = (member(&who)?, who.actor.workspace);
    let answer = match body.way {
        Way::Email => {
            let row = found(app.db.read(workspace, move |tx| people::member(tx, member)).await?, "member.not_found", "member")?;
            let info = people::workspace(&app, workspace).await?;
            let id: JobId = new_id(app.ids.as_ref(), app.now());
            let public_url = &app.config.server.public_url;
            let written = letters::test(&info.name, public_url);
            let letter = Letter {
                id: id.to_string(),
                to: row.email.clone(),
                to_name: row.name,
                subject: written.subject,
                text: written.text,
                html: written.html,
                settings_url: Some(format!("{public_url}/settings/notifications")),
                at: app.now(),
            };
            match mailer::send(&app, &letter).await {
                Ok(()) => TestResult { ok: true, detail: format!("A letter is on its way to {}.", row.email) },
                Err(why) => TestResult { ok: false, detail: why.words() },
            }
        }
        Way::Push => {
            let devices = app.db.read(workspace, move |tx| store::devices(tx, member)).await?;
            let mut failed = Vec::new();
            for device in &devices {
                if let Err(why) = pushes::push_now(&app, workspace, device.id, &pushes::test_message()).await? {
                    failed.push(why);
                }
            }
            match (devices.len(), failed.into_iter().next()) {
                (0, _) => TestResult { ok: false, detail: "No browser of yours takes pushes yet. Turn them on in this one first.".into() },
                (_, Some(why)) => TestResult { ok: false, detail: why },
                (1, None) => TestResult { ok: true, detail: "The push service has taken it for one browser.".into() },
                (n, None) => TestResult { ok: true, detail: format!("The push services have taken it for {n} browsers.") },
            }
        }
    };
    Ok(Json(answer))
}
