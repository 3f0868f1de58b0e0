//! Sending MIME; domains, routes and webhooks are not described.

use super::said_json;
use crate::messages;
use crate::world::World;
use kernel::channel::Health;
use serde_json::json;

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn mailgun() {
    let form = json!({
        "address": "support@acme.example", "display_name": "Acme Süd", "domain": "mg.acme.example", "api_key": "key-1",
        "signing_key": "signing-1", "inbound_domain": "in.acme.example",
    });
    let world = World::new("mailgun", "", form).await.prism("mailgun").await;
    for (method, part) in [("GET", "/v3/domains"), ("POST", "/v3/domains"), ("GET", "/v3/routes"), ("POST", "/v3/routes")] {
        world.undescribed(method, part);
    }
    let mail = messages::mail(world.now());
    world.send("a mail with everything", &mail).await;
    world.send("automatic mail", &messages::automatic_mail(world.now())).await;
    world.send_by(&world.with(json!({"track_opens": true})), "with opens tracked", &mail).await;
    world.healthy(&world.account).await;
    assert_eq!(world.reach(&world.account).await[0].id, "support@mg.acme.example");
    world.install(&world.account).await;

    // A sending key may not look at the domain. The mail without anything that proves it is refused as one, not as unknown.
    world.passage.own("GET", "/v3/domains/", |_| said_json(403, json!({"message": "Forbidden"})));
    let health = world.channel.health(world.edge(), &world.account).await;
    let asked = world.passage.take();
    assert!(matches!(health, Health::Ok { .. }), "{health:?}\n{}", asked[1]);
    assert!(asked[1].judged && asked[1].status == 400 && asked[1].is("POST", "/v3/mg.acme.example/messages"), "{}", asked[1]);
    world.done();
}
