//! What a person does with their notifications: read them, say what they want.

use super::model::{Kind, KindWays, Wishes};
use super::quiet::Quiet;
use super::{reader, store};
use crate::app::{App, found};
use crate::people::roles;
use crate::teams::Sight;
use crate::{people, realtime};
use db::Lane;
use kernel::{Actor, ConversationId, Error, MemberId, NotificationId, Result, WorkspaceId};
use serde_json::Value;

pub async fn mark_read(app: &App, actor: &Actor, member: MemberId, id: NotificationId) -> Result<i64> {
    let (now, workspace, who) = (app.now(), actor.workspace, actor.clone());
    let unread = app
        .db
        .write(workspace, Lane::Interactive, move |tx| {
            let sight = Sight::of(tx, &who)?;
            let there = store::mark_read(tx, &sight, member, id, now)?;
            found(there.then_some(()), "notification.not_found", "notification")?;
            store::unread(tx, &sight, member)
        })
        .await?;
    app.hub.send(workspace, realtime::notification(member, Value::Null, unread));
    Ok(unread)
}

/// All, or those about one conversation.
pub async fn mark_all_read(app: &App, actor: &Actor, member: MemberId, about: Option<ConversationId>) -> Result<i64> {
    let (now, workspace, who) = (app.now(), actor.workspace, actor.clone());
    let (changed, unread) = app
        .db
        .write(workspace, Lane::Interactive, move |tx| {
            let changed = store::mark_all_read(tx, member, about, now)?;
            let sight = Sight::of(tx, &who)?;
            Ok((changed, store::unread(tx, &sight, member)?))
        })
        .await?;
    if changed > 0 {
        app.hub.send(workspace, realtime::notification(member, Value::Null, unread));
    }
    Ok(unread)
}

/// What a person wants, kind by kind; of what they may not hear of nothing is said.
pub async fn wishes(app: &App, actor: &Actor, member: MemberId) -> Result<(Vec<KindWays>, Quiet)> {
    let workspace = actor.workspace;
    let zone = people::workspace(app, workspace).await?.time_zone.clone();
    let wishes = app.db.read(workspace, move |tx| reader::wishes(tx, member, &zone)).await?;
    let may = roles::permissions(app, workspace, actor.role).await?;
    let kinds = Kind::ALL.into_iter().filter(|k| may.has(k.needs()));
    Ok((kinds.map(|kind| KindWays { kind, ways: wishes.of(kind) }).collect(), wishes.quiet))
}

/// Kinds that are not named stay as they are.
pub async fn put_wishes(app: &App, workspace: WorkspaceId, member: MemberId, kinds: Vec<KindWays>, quiet: Quiet) -> Result<()> {
    let quiet = quiet.checked()?;
    if kinds.iter().enumerate().any(|(i, k)| kinds[..i].iter().any(|o| o.kind == k.kind)) {
        return Err(Error::field("kinds", "invalid", "Name each kind once."));
    }
    let now = app.now();
    app.db
        .write(workspace, Lane::Interactive, move |tx| {
            let mut all: Wishes = store::wishes(tx, member)?.unwrap_or_default();
            all.kinds.extend(kinds.iter().map(|k| (k.kind, k.ways)));
            all.quiet = quiet.clone();
            store::put_wishes(tx, member, &all, now)
        })
        .await
}
