//! The v3 mail API and the one for webhooks. Scopes and senders are in other descriptions of theirs.

use super::{ends, said_json};
use crate::messages;
use crate::world::World;
use kernel::channel::SendError;
use serde_json::json;

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn sendgrid() {
    let form = json!({
        "address": "support@acme.example", "display_name": "Acme Süd", "api_key": "SG.abc.def", "inbound_domain": "in.acme.example",
        "webhook_password": "pass/word:1", "signature": "Acme Support",
    });
    let world = World::new("sendgrid", "", form).await;
    let world = world.prism("sendgrid-mail-v3").await.prism_at("/v3/user/webhooks/", "", "sendgrid-webhooks-v3").await;
    world.undescribed("GET", "/v3/scopes");
    world.undescribed("GET", "/v3/verified_senders");
    let mail = messages::mail(world.now());
    world.send("a mail with everything", &mail).await;
    world.send("automatic mail", &messages::automatic_mail(world.now())).await;
    world.send_by(&world.with(json!({"track_opens": true})), "with opens tracked", &mail).await;
    world.refused("code=400", &mail, ends!(SendError::Permanent { .. })).await;
    world.refused("code=401", &mail, ends!(SendError::Account { .. })).await;
    world.refused("code=403", &mail, ends!(SendError::Account { .. })).await;
    world.refused("code=404", &mail, ends!(SendError::Permanent { .. })).await;
    world.refused("code=413", &mail, ends!(SendError::Permanent { .. })).await;
    world.refused("code=500", &mail, ends!(SendError::Retry { .. })).await;
    world.healthy(&world.account).await;
    assert_eq!(world.reach(&world.account).await.len(), 1);
    world.install(&world.account).await;
    // A host that Inbound Parse does not know yet, and an Event Webhook of ours that it does.
    world.passage.own("GET", "/v3/user/webhooks/parse/settings/", |_| said_json(404, json!({"errors": [{"message": "not found"}]})));
    let ours = format!("https://switchboard:x@inbox.acme.example/api/webhooks/sendgrid/{}", world.account.id);
    world.passage.edit("GET", "/v3/user/webhooks/event/settings/all", move |_, body| body["webhooks"][0]["url"] = ours.clone().into());
    world.install(&world.account).await;
    world.done();
}
