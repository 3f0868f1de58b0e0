//! Routes of domains that mail leaves from.

use super::model::{self, Key, MailDomain, NewMailDomain};
use super::{actions, store};
use crate::app::App;
use crate::channels;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Keyed, Path};
use crate::http::once::once;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::actor::Permission::{ChannelsManage, ChannelsRead};
use kernel::page::Page;
use kernel::{ChannelId, Result as Outcome, WorkspaceId};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_mail_domains, create_mail_domain))
        .routes(routes!(check_mail_domain))
        .routes(routes!(delete_mail_domain))
}

/// Domains from which mail leaves directly, and whether it is signed.
#[utoipa::path(get, path = "/mail-domains", tag = "mail-domains", responses((status = 200, body = Page<MailDomain>)))]
async fn list_mail_domains(State(app): State<App>, caller: Caller) -> Result<Json<Page<MailDomain>>, Problem> {
    let actor = caller.need(ChannelsRead)?;
    let mut senders = senders(&app, actor.workspace).await?;
    let mut data = Vec::new();
    for key in app.db.read(actor.workspace, store::list).await? {
        let channels = senders.remove(&key.domain).unwrap_or_default();
        data.push(MailDomain::new(&key.domain, Some(&key), channels));
    }
    data.extend(senders.into_iter().map(|(domain, channels)| MailDomain::new(&domain, None, channels)));
    data.sort_by(|a, b| a.domain.cmp(&b.domain));
    Ok(Json(Page { data, next_cursor: None }))
}

/// Makes a key for a domain; mail is signed when its record is published and checked.
#[utoipa::path(post, path = "/mail-domains", tag = "mail-domains", request_body = NewMailDomain, responses((status = 201, body = MailDomain)))]
async fn create_mail_domain(State(app): State<App>, caller: Caller, b: Keyed<NewMailDomain>) -> Result<(StatusCode, Json<Value>), Problem> {
    let actor = caller.need(ChannelsManage)?.clone();
    let domain = model::clean(&b.body.domain)?;
    let key = actions::make(&app, actor.workspace, &domain).await?;
    let channels = senders(&app, actor.workspace).await?.remove(&domain).unwrap_or_default();
    let now = app.now();
    let value = app.db.write(actor.workspace, Lane::Interactive, move |tx| {
        once(tx, &actor, b.key.as_ref(), now, |tx| {
            actions::keep(tx, &actor, &key, now)?;
            Ok(MailDomain::new(&key.domain, Some(&key), channels.clone()))
        })
    });
    Ok((StatusCode::CREATED, Json(value.await?)))
}

/// Looks for the record in the DNS.
#[utoipa::path(post, path = "/mail-domains/{domain}/check", tag = "mail-domains", params(("domain" = String, Path)), responses((status = 200, body = MailDomain)))]
async fn check_mail_domain(State(app): State<App>, caller: Caller, Path(domain): Path<String>) -> Result<Json<MailDomain>, Problem> {
    let actor = caller.need(ChannelsManage)?;
    let key: Key = actions::check(&app, actor, &domain.to_lowercase()).await?;
    let channels = senders(&app, actor.workspace).await?.remove(&key.domain).unwrap_or_default();
    Ok(Json(MailDomain::new(&key.domain, Some(&key), channels)))
}

/// Takes the key away; mail leaves unsigned from then on.
#[utoipa::path(delete, path = "/mail-domains/{domain}", tag = "mail-domains", params(("domain" = String, Path)), responses((status = 204)))]
async fn delete_mail_domain(State(app): State<App>, caller: Caller, Path(domain): Path<String>) -> Result<StatusCode, Problem> {
    let actor = caller.need(ChannelsManage)?.clone();
    let now = app.now();
    app.db.write(actor.workspace, Lane::Interactive, move |tx| actions::delete(tx, &actor, &domain.to_lowercase(), now)).await?;
    app.directory.forget_all();
    Ok(StatusCode::NO_CONTENT)
}

/// Channels whose mail leaves through a mail server, by domain.
async fn senders(app: &App, workspace: WorkspaceId) -> Outcome<BTreeMap<String, Vec<ChannelId>>> {
    let mut out = BTreeMap::<String, Vec<ChannelId>>::new();
    for row in app.db.read(workspace, channels::list).await? {
        let Some(entry) = app.directory.by_id(app, workspace, row.id).await? else { continue };
        let sends_itself = entry.connector.fed_by_mail() && entry.connector.descriptor().capabilities.recipients && !entry.is_simulated();
        if let (true, Some((_, domain))) = (sends_itself, entry.account.identifier.rsplit_once('@')) {
            out.entry(domain.to_lowercase()).or_default().push(row.id);
        }
    }
    Ok(out)
}
