//! The workspace's tags.

use crate::app::{App, found};
use crate::conversations::{counts, store};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Json as Body, Path};
use crate::teams::Sight;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use db::Lane;
use kernel::actor::Permission::{ConversationsRead, ConversationsWrite};
use kernel::event::NewEvent;
use kernel::page::Page;
use kernel::{Error, TagId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Tag {
    #[schema(value_type = String)]
    pub id: TagId,
    pub name: String,
    /// Degrees on the colour circle.
    pub hue: i64,
    /// Conversations that carry it, of those the caller sees.
    pub count: i64,
}
#[utoipa::path(get, path = "/tags", tag = "tags", responses((status = 200, body = Page<Tag>)))]
pub(super) async fn list_tags(State(app): State<App>, caller: Caller) -> Result<Json<Page<Tag>>, Problem> {
    let actor = caller.need(ConversationsRead)?;
    let who = actor.clone();
    let data = app
        .db
        .read(actor.workspace, move |tx| {
            let sight = Sight::of(tx, &who)?;
            counts::tags(tx, &sight)
        })
        .await?;
    Ok(Json(Page { data, next_cursor: None }))
}
#[derive(Deserialize, utoipa::ToSchema)]
pub struct TagPatch {
    hue: i64,
}
#[utoipa::path(patch, path = "/tags/{id}", tag = "tags", params(("id" = String, Path)), request_body = TagPatch, responses((status = 204)))]
pub(super) async fn update_tag(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TagId>,
    Body(b): Body<TagPatch>,
) -> Result<StatusCode, Problem> {
    let actor = caller.need(ConversationsWrite)?.clone();
    if !(0..360).contains(&b.hue) {
        return Err(Error::field("hue", "out_of_range", "A hue is 0 to 359 degrees.").into());
    }
    let now = app.now();
    app.db
        .write(actor.workspace, Lane::Interactive, move |tx| {
            found(store::set_tag_hue(tx, id, b.hue)?.then_some(()), "tag.not_found", "tag")?;
            tx.emit(NewEvent::new("tag.updated", actor.label(), now).payload(serde_json::json!({ "tag_id": id })));
            Ok(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
