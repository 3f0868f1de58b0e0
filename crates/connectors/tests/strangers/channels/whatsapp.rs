//! The Cloud API: messages, files, templates, the number, the subscription.

use super::{ends, said};
use crate::messages::{self, answering, asking, film, linking, only, pdf, picture, sound, template, voice, with};
use crate::world::{World, place};
use kernel::channel::{Act, Button, Outbound, Place, SendError, Template};
use serde_json::{Value, json};

const NUMBER: &str = "106540352242922";
const PERSON: &str = "+27821234567";
const WAMID: &str = "wamid.HBgLMjc4MjEyMzQ1NjcVAgASGBQzQTdCNTg5RjY1MEMyRjlGMjRGNgA=";

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn whatsapp() {
    let form = json!({
        "phone_number_id": NUMBER, "waba_id": "102290129340398", "access_token": "EAATOKEN", "app_secret": "app-secret",
        "verify_token": "verify-1",
    });
    let world = World::new("whatsapp", "", form).await.prism("meta-whatsapp-v23").await;
    let text = messages::text(PERSON, world.now());
    world.send("text", &text).await;
    world.send("an answer", &answering(WAMID, &text)).await;
    world.send("text to a person's own id", &messages::text("ZA.1349153102", world.now())).await;
    let known = [("wa_id".to_owned(), Value::from("27821234567"))].into_iter().collect();
    let both = Outbound { last_inbound_metadata: known, ..messages::text("ZA.1349153102", world.now()) };
    world.send("text with both", &both).await;
    let group = Outbound { thread_key: Some("Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD".into()), ..text.clone() };
    world.send("text to a group", &group).await;
    world.send("a place", &Outbound { text: "geo:-33.92,18.42\nAcme\n1 Long Street".into(), ..text.clone() }).await;
    world.send("a picture with words", &with(vec![picture()], &text)).await;
    world.send("a film", &with(vec![film()], &text)).await;
    world.send("sound", &only(vec![sound()], &text)).await;
    world.send("a voice message", &only(vec![voice()], &text)).await;
    world.send("a document", &with(vec![pdf()], &text)).await;
    world.send("two buttons", &asking(&["Small", "Large"], &text)).await;
    world.send("buttons under a picture", &with(vec![picture()], &asking(&["Small", "Large"], &text))).await;
    let many = ["XS", "S", "M", "L", "XL", "Something longer than twenty-four characters"];
    world.send("a list", &asking(&many, &text)).await;
    world.send("a link", &linking(&text)).await;
    world
        .send("a template", &template("", "order_update", &[("1", "Ann"), ("2", "1001"), ("header", "42"), ("button_0", "x/1")], &text))
        .await;
    world.send("a template with names", &template("", "order_update", &[("name", "Ann"), ("header:order", "42")], &text)).await;
    world.send("a template with a file", &with(vec![pdf()], &template("", "order_update", &[], &text))).await;
    let mut linked = template("1192339204654487", "order_update", &[("1", "Ann")], &text);
    linked.template.as_mut().unwrap().header_url = Some("https://acme.example/box.png".into());
    world.send("a template with an address", &linked).await;
    let proven = world.with(json!({"appsecret_proof": true}));
    world.send_by(&proven, "text with a proof", &text).await;

    let there = Place { last_inbound_id: Some(WAMID.into()), ..place(PERSON) };
    world.act("a reaction", &there, Act::React { external_id: WAMID.into(), emoji: Some("👍".into()) }).await;
    world.act("a reaction taken back", &there, Act::React { external_id: WAMID.into(), emoji: None }).await;
    world.act("a read mark", &there, Act::MarkRead { external_id: WAMID.into() }).await;
    world.act("writing", &there, Act::Typing { on: true }).await;

    world.refused("code=400, example=invalid", &text, ends!(SendError::Permanent { .. })).await;
    world.refused("code=400, example=window", &text, ends!(SendError::Policy { .. })).await;
    world.refused("code=400, example=pair_rate", &text, ends!(SendError::Retry { after_ms: Some(6_000..), .. })).await;
    world.refused("code=429, example=throughput", &text, ends!(SendError::Retry { .. })).await;
    world.refused("code=401", &text, ends!(SendError::Account { .. })).await;
    world.refused("code=500", &text, ends!(SendError::Retry { .. })).await;

    world.healthy(&world.account).await;
    world.reach(&world.account).await;
    world.install(&world.account).await;
    world.templates().await;
    let plain = Template {
        id: String::new(),
        name: "order_update".into(),
        language: "en_US".into(),
        category: "utility".into(),
        status: "pending".into(),
        reason: None,
        header: Some("text".into()),
        header_text: Some("Order {{1}}".into()),
        body: "Hello {{1}}, your order {{2}} is on its way.".into(),
        footer: Some("Acme".into()),
        buttons: vec![Button { id: "0".into(), title: "Track".into(), url: Some("https://acme.example/t/{{1}}".into()) }],
        blanks: Vec::new(),
    };
    let made = world.make_template("a new template", &plain).await;
    let named = Template {
        header_text: Some("Order {{order}}".into()),
        body: "Hello {{name}}, it is on its way.".into(),
        buttons: vec![Button { id: "0".into(), title: "Thank you".into(), url: None }],
        ..plain
    };
    world.make_template("one with names", &named).await;
    world.drop_template(&made).await;

    world.passage.edit("GET", "/1003383421387256?", |_, body| {
        *body = json!({"url": "https://lookaside.fbsbx.com/whatsapp/1", "mime_type": "image/png", "messaging_product": "whatsapp", "id": "1"});
    });
    world.passage.rename("https://lookaside.fbsbx.com");
    world.passage.own("GET", "/whatsapp/1", |_| said(200, "image/png", b"png"));
    assert_eq!(world.fetch("a file", "1003383421387256").await.bytes, b"png");
    world.done();
}
