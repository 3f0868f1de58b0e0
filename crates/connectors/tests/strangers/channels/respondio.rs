//! The Developer API v2.

use super::{ends, said};
use crate::messages::{self, asking, film, only, pdf, picture, sound, template, with};
use crate::world::World;
use kernel::channel::{Outbound, SendError};
use serde_json::{Map, Value, json};

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn respondio() {
    let form = json!({"space_id": "123456", "signing_keys": "in out", "access_token": "token-1", "read_only": false});
    let world = World::new("respondio", "", form).await.prism("respondio-v2").await;
    let text = messages::text("204218886", world.now());
    world.send("text", &text).await;
    world.send("text to a number", &messages::text("+27821234567", world.now())).await;
    world.send("text to an address", &messages::text("ann@customer.example", world.now())).await;
    world.send("text by a channel", &Outbound { thread_key: Some("204218886:42".into()), ..text.clone() }).await;
    for (what, file) in [("a picture", picture()), ("a film", film()), ("sound", sound()), ("a document", pdf())] {
        world.send(what, &only(vec![file], &text)).await;
    }
    world.send("quick replies", &asking(&["Small", "Large"], &text)).await;
    let by_mail: Map<String, Value> =
        [("channel", "email"), ("subject", "Order 1001")].into_iter().map(|(n, v)| (n.to_owned(), Value::from(v))).collect();
    let mail = Outbound { last_inbound_metadata: by_mail, last_inbound_id: Some("1262965213".into()), ..text.clone() };
    world.send("mail behind it", &with(vec![picture(), pdf()], &mail)).await;
    world.passage.edit("GET", "/mtm", |_, body| {
        body["pagination"] = json!({});
        body["items"] = json!([{"id": 7, "name": "order_update", "languageCode": "en_US", "category": "UTILITY", "status": "approved", "components": [
            {"type": "header", "format": "text", "text": "Order {{1}}"},
            {"type": "body", "text": "Hello {{1}}, your order {{2}} is on its way."},
            {"type": "footer", "text": "Acme"},
            {"type": "buttons", "buttons": [{"type": "url", "text": "Track", "url": "https://acme.example/t/{{1}}"}, {"type": "quick_reply", "text": "Thanks"}]},
        ]}]);
    });
    world.passage.edit("GET", "/space/channel?", |_, body| {
        body["pagination"] = json!({});
        body["items"] = json!([{"id": 42, "name": "WhatsApp", "source": "whatsapp_cloud"}]);
    });
    world
        .send("a template", &template("42:7", "order_update", &[("1", "Ann"), ("2", "1001"), ("header", "1001"), ("button_0", "x")], &text))
        .await;
    world.send("a template that is not listed", &template("", "order_update", &[("1", "Ann"), ("2", "1001")], &text)).await;
    assert_eq!(world.templates().await.len(), 1);
    world.refused("code=400", &text, ends!(SendError::Permanent { .. })).await;
    world.refused("code=401", &text, ends!(SendError::Account { .. })).await;
    world.refused("code=404", &text, ends!(SendError::Permanent { .. })).await;
    world.refused("code=429", &text, ends!(SendError::Retry { .. })).await;
    world.refused("code=449", &text, ends!(SendError::Retry { after_ms: Some(60_000..), .. })).await;
    world.refused("code=500", &text, ends!(SendError::Retry { .. })).await;
    world.healthy(&world.account).await;
    world.profile("204218886").await;
    world.passage.edit("GET", "/message/", |_, body| {
        body["message"] = json!({"type": "attachment", "attachment": {"type": "image", "url": "https://files.respond.example/box.png", "fileName": "box.png"}});
    });
    world.passage.rename("https://files.respond.example");
    world.passage.own("GET", "/box.png", |_| said(200, "image/png", b"png"));
    assert_eq!(world.fetch("a file", "204218886 1262965213 0").await.bytes, b"png");
    world.done();
}
