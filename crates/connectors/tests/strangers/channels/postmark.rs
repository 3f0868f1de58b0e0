//! `POST /email`; the rest of the API is not described.

use super::ends;
use crate::messages;
use crate::world::{World, is_held_against};
use connectors::kit::calls;
use kernel::channel::SendError;
use serde_json::{Value, json};

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

    // The stranger does look: the mail that was taken, without its sender, without its token, at another address.
    let request = |path: &str, token: Option<&str>, body: Value| {
        let base = world.account.settings.text("base_url").unwrap();
        let request = calls::json("POST", format!("{base}{path}"), &body);
        token.map_or(request.clone(), |token| request.header("x-postmark-server-token", token))
    };
    let right = json!({"From": "support@acme.example", "To": "ann@customer.example", "TextBody": "Hi"});
    assert!(world.ask(request("/email", Some("1"), right.clone())).await.status == 200);
    let refused = world.ask(request("/email", Some("1"), json!({"To": "ann@customer.example", "TextBody": "Hi"}))).await;
    assert!(refused.status == 422 && is_held_against(&refused), "{refused}");
    let refused = world.ask(request("/email", None, right.clone())).await;
    assert_eq!(refused.status, 401, "{refused}");
    assert_eq!(world.ask(request("/mail", Some("1"), right)).await.status, 404);
    world.done();
}
