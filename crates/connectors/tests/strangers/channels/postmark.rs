//! `POST /email`; the rest of the API is not described.

use super::ends;
use crate::messages;
use crate::world::World;
use kernel::channel::SendError;
use serde_json::json;

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn postmark() {
    let form = json!({
        "address": "support@acme.example", "display_name": "Acme, Süd", "server_token": "00000000-0000-4000-8000-000000000000",
        "webhook_password": "pass/word:1", "inbound_domain": "in.acme.example",
    });
    let world = World::new("postmark", "", form).await.prism("postmark").await;
    for (method, part) in [("GET", "/server"), ("PUT", "/server"), ("GET", "/webhooks"), ("POST", "/webhooks")] {
        world.undescribed(method, part);
    }
    let mail = messages::mail(world.now());
    world.send("a mail with everything", &mail).await;
    world.send("automatic mail", &messages::automatic_mail(world.now())).await;
    world.send_by(&world.with(json!({"track_opens": true})), "with opens tracked", &mail).await;
    world.refused("code=401", &mail, ends!(SendError::Account { .. })).await;
    world.refused("code=422, example=inactive", &mail, ends!(SendError::Permanent { .. })).await;
    world.refused("code=422, example=invalid", &mail, ends!(SendError::Permanent { .. })).await;
    world.refused("code=429", &mail, ends!(SendError::Retry { .. })).await;
    world.healthy(&world.account).await;
    world.reach(&world.account).await;
    world.install(&world.account).await;
    world.done();
}
