//! WhatsApp through Twilio: api v2010, messaging v1, content v1. Messaging v2 (senders, the sign of writing) is not described.

use super::twilio::{SERVICE, key};
use crate::messages::{self, film, only, pdf, picture, template, voice, with};
use crate::world::{World, place};
use kernel::channel::{Act, Button, Outbound, Place, Template};
use serde_json::{Value, json};

const NUMBER: &str = "+15005550006";

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn twilio_whatsapp() {
    let world = World::new("twilio_whatsapp", "", super::twilio::form()).await;
    let world = world.prism("twilio-api-v2010").await.prism_at("/messaging/", "/messaging", "twilio-messaging-v1").await;
    let world = world.prism_at("/content/", "/content", "twilio-content-v1").await;
    world.undescribed("GET", "/messaging/v2/Channels/Senders");
    world.undescribed("POST", "/messaging/v2/Channels/Senders");
    world.undescribed("POST", "/messaging/v2/Indicators/Typing.json");
    world.passage.edit("GET", "/v1/Services?", |_, body| body["meta"]["next_page_url"] = Value::Null);
    world.passage.edit("GET", "/v1/ContentAndApprovals", |_, body| body["meta"]["next_page_url"] = Value::Null);
    let text = messages::text("+27821234567", world.now());
    world.send("text", &text).await;
    world.send("to an id of WhatsApp's", &messages::text("ZA.1349153102", world.now())).await;
    world.send("a place", &Outbound { text: "geo:-33.92,18.42\nAcme\n1 Long Street".into(), ..text.clone() }).await;
    world.send("a picture with words", &with(vec![picture()], &text)).await;
    for (what, file) in [("a film", film()), ("a voice message", voice()), ("a document", pdf())] {
        world.send(what, &only(vec![file], &text)).await;
    }
    let hello = "HXaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    world.send("a template", &template(hello, "order_update", &[("1", "Ann"), ("2", "1001 \n today")], &text)).await;
    let service = world.with(json!({"sender": SERVICE}));
    world.send_by(&service, "from a messaging service", &text).await;
    world.send_by(&world.with(key()), "by an API key", &text).await;

    let there = Place { last_inbound_id: Some("SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".into()), ..place("+27821234567") };
    world.act("writing", &there, Act::Typing { on: true }).await;
    world.healthy(&world.account).await;
    world.healthy(&service).await;
    assert!(world.reach(&world.account).await.iter().any(|r| r.id == NUMBER));
    world.install(&world.account).await;
    world.install(&service).await;

    world.passage.prefer(Some("example=readResults"));
    assert!(!world.templates().await.is_empty());
    world.passage.prefer(None);
    let plain = Template {
        id: String::new(),
        name: "order_update".into(),
        language: "en".into(),
        category: "utility".into(),
        status: "pending".into(),
        reason: None,
        header: None,
        header_text: None,
        body: "Hello {{1}}, your order {{2}} is on its way.".into(),
        footer: None,
        buttons: Vec::new(),
        blanks: vec!["1".into(), "2".into()],
    };
    let made = world.make_template("a new template", &plain).await;
    assert!(made.id.starts_with("HX"), "{made:?}");
    let button = |title: &str, url: Option<&str>| Button { id: title.into(), title: title.into(), url: url.map(str::to_owned) };
    let replies = Template { buttons: vec![button("Thanks", None), button("Stop", None)], ..plain.clone() };
    world.make_template("one with quick replies", &replies).await;
    let links = vec![button("Track", Some("https://acme.example/t/{{3}}")), button("Call", Some("tel:+15005550006"))];
    world.make_template("one with links", &Template { buttons: links.clone(), ..plain.clone() }).await;
    let card = Template {
        header: Some("text".into()),
        header_text: Some("Order {{4}}".into()),
        footer: Some("Acme".into()),
        buttons: [links, vec![button("Thanks", None)]].concat(),
        ..plain
    };
    world.make_template("a card", &card).await;
    world.drop_template(&made).await;
    world.done();
}
