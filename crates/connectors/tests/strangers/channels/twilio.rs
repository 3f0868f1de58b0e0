//! Text messages: api v2010 and messaging v1.

use crate::messages::{self, only, picture, sound, with};
use crate::world::World;
use serde_json::{Value, json};

const NUMBER: &str = "+15005550006";
pub const SERVICE: &str = "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

pub fn form() -> Value {
    json!({"account_sid": ACCOUNT, "auth_token": "12345678901234567890123456789012", "sender": NUMBER})
}
pub fn key() -> Value {
    json!({"api_key_sid": "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "api_key_secret": "secret"})
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn twilio() {
    let world = World::new("twilio", "", form()).await;
    let world = world.prism("twilio-api-v2010").await.prism_at("/messaging/", "/messaging", "twilio-messaging-v1").await;
    world.passage.edit("GET", "/IncomingPhoneNumbers.json", |_, body| {
        body["incoming_phone_numbers"] = json!([{"sid": "PNaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "phone_number": NUMBER, "sms_url": "",
            "sms_application_sid": "APaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "capabilities": {"sms": true, "mms": true}}]);
        body["next_page_uri"] = Value::Null;
    });
    world.passage.edit("GET", "/v1/Services?", |_, body| body["meta"]["next_page_url"] = Value::Null);
    let text = messages::text("+27821234567", world.now());
    world.send("text", &text).await;
    world.send("two files", &only(vec![picture(), sound()], &text)).await;
    world.send("text with a picture", &with(vec![picture()], &text)).await;
    world.send("to a short code", &messages::text("43210", world.now())).await;
    let service = world.with(json!({"sender": SERVICE}));
    world.send_by(&service, "from a messaging service", &text).await;
    world.send_by(&world.with(json!({"sender": "Acme Ltd"})), "from a name", &text).await;
    world.send_by(&world.with(key()), "by an API key", &text).await;

    assert!(world.healthy(&world.account).await.contains(NUMBER));
    world.healthy(&service).await;
    world.healthy(&world.with(key())).await;
    assert!(world.reach(&world.account).await.iter().any(|r| r.id == NUMBER));
    assert!(world.install(&world.account).await.contains(NUMBER));
    world.install(&service).await;
    let base = world.account.settings.text("base_url").unwrap();
    let place = "Messages/MMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Media/MEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json";
    world.fetch("a file", &format!("{base}/2010-04-01/Accounts/{ACCOUNT}/{place}")).await;
    world.done();
}
