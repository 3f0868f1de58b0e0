//! The Gmail API from Google's own description. Uploads of large mail go to another address, which it does not have.

use super::{ends, said_json};
use crate::messages;
use crate::world::World;
use data_encoding::BASE64URL;
use kernel::channel::{Outbound, SendError};
use serde_json::json;

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn gmail() {
    let form = json!({
        "address": "support@acme.example", "display_name": "Acme Support", "client_id": "1.apps.googleusercontent.com",
        "client_secret": "client-secret", "access_token": "ya29.token", "refresh_token": "1//refresh",
        "pubsub_topic": "projects/acme/topics/gmail", "push_service_account": "push@acme.iam.gserviceaccount.com",
    });
    let world = World::new("gmail", "", form).await.prism("gmail-v1").await;
    let mail = messages::mail(world.now());
    world.send("a mail with everything", &mail).await;
    world.send("automatic mail", &messages::automatic_mail(world.now())).await;
    world.send("an answer in its thread", &Outbound { thread_key: Some("18c5d0f5a1b2c3d4".into()), ..mail.clone() }).await;
    // Looks first whether it has left.
    world.send("a second try", &Outbound { attempt: 2, ..mail.clone() }).await;
    world.undescribed("POST", "/upload/gmail/");
    let big = messages::named("plan.bin", "application/octet-stream", &vec![7; 4_000_000]);
    world.send("a large mail", &messages::with(vec![big], &mail)).await;
    world.refused("code=401", &mail, ends!(SendError::Account { .. })).await;
    world.refused("code=429", &mail, ends!(SendError::Retry { .. })).await;
    world.refused("code=500", &mail, ends!(SendError::Retry { .. })).await;
    world.healthy(&world.account).await;
    world.passage.edit("GET", "/settings/sendAs", |_, body| body["sendAs"] = json!([{"sendAsEmail": "support@acme.example"}]));
    assert_eq!(world.reach(&world.account).await.len(), 1);
    world.install(&world.account).await;

    world.passage.edit("GET", "/profile", |_, body| body["historyId"] = "1000".into());
    let begun = world.poll("the first question", None).await;
    world.passage.edit("GET", "/history?", |_, body| {
        *body = json!({"history": [{"id": "1001", "messagesAdded": [{"message": {"id": "m1", "labelIds": ["INBOX"]}}]}], "historyId": "1001"});
    });
    world.passage.edit("GET", "/messages/m1?format=raw", |_, body| {
        *body = json!({"id": "m1", "threadId": "t1", "labelIds": ["INBOX"], "raw": BASE64URL.encode(b"Subject: Hello\r\n\r\nHi")});
    });
    assert_eq!(world.poll("new mail", begun.cursor.as_deref()).await.deliveries.len(), 1);
    // Google no longer knows the place: the last days are listed.
    world
        .passage
        .own("GET", "/history?", |_| said_json(404, json!({"error": {"code": 404, "message": "Requested entity was not found."}})));
    let lost = world.poll("a place that is too old", begun.cursor.as_deref()).await;
    world.passage.edit("GET", "/messages?q=newer", |_, body| *body = json!({"messages": [{"id": "m1", "threadId": "t1"}]}));
    assert_eq!(world.poll("the last days", lost.cursor.as_deref()).await.deliveries.len(), 1);
    world.done();
}
