//! The Send API of Instagram accounts by both logins, the subscription, people, fresh tokens.

use super::messenger::{PERSON, send_everything};
use crate::messages;
use crate::world::World;
use serde_json::json;

const ME: &str = "17841400000000000";

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn instagram() {
    let form = json!({
        "app_id": "1003383421387256", "app_secret": "app-secret", "instagram_id": ME, "access_token": "IGAATOKEN",
        "verify_token": "verify-1",
    });
    let world = World::new("instagram", "", form).await.prism("meta-instagram").await;
    for (method, part) in [("GET", "/subscribed_apps"), ("GET", "/access_token"), ("GET", "/me/accounts"), ("POST", "/oauth/access_token")]
    {
        world.undescribed(method, part);
    }
    world.passage.edit("GET", "/me?", |_, body| {
        body["user_id"] = ME.into();
        body["username"] = "acme".into();
    });
    send_everything(&world, &messages::text(PERSON, world.now())).await;
    world.healthy(&world.account).await;
    assert_eq!(world.reach(&world.account).await[0].id, ME);
    world.install(&world.account).await;
    world.profile(PERSON).await;
    // The rule above for exchanging tokens fits this address too; the description has it.
    world.passage.described("GET", "/refresh_access_token");
    let renewed = world.channel.renew(world.edge(), &world.account).await.unwrap();
    world.taken("a fresh token");
    assert!(renewed.unwrap().contains_key("access_token"));

    let page = json!({"login": "facebook", "page_id": "106540352242922"});
    let by_facebook = world.with(page);
    for (method, part) in [("GET", "/106540352242922/subscribed_apps"), ("GET", "/me/accounts"), ("POST", "/oauth/access_token")] {
        world.undescribed_by(&by_facebook, method, part);
    }
    world.passage.edit("GET", "/106540352242922?", |_, body| body["instagram_business_account"] = json!({"id": ME, "username": "acme"}));
    world.send_by(&by_facebook, "text by Facebook login", &messages::text(PERSON, world.now())).await;
    world.healthy(&by_facebook).await;
    world.reach(&by_facebook).await;
    world.install(&by_facebook).await;
    world.done();
}
