//! The Bot API. Files themselves and taking back in a business account's chats are not described.

use super::{ends, said, said_json};
use crate::messages::{self, answering, asking, film, linking, only, pdf, picture, sound, voice, with};
use crate::world::{World, place};
use kernel::channel::{Act, Outbound, Place, SendError};
use serde_json::json;

const PERSON: &str = "700000001";

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn telegram() {
    let form = json!({
        "bot_token": "123456789:AAEabcdefghijklmnopqrstuvwxyz012345", "username": "acme_support_bot", "webhook_secret": "s-1", "groups": true,
    });
    let world = World::new("telegram", "", form).await.prism("telegram-bot-api").await;
    world.undescribed("POST", "/deleteBusinessMessages");
    world.passage.own("GET", "/file/bot", |_| said(200, "application/octet-stream", b"jpg"));
    world.passage.edit("POST", "/getMe", |_, body| body["result"]["username"] = "acme_support_bot".into());
    world.passage.edit("POST", "/getWebhookInfo", |_, body| {
        body["result"] = json!({"url": "https://inbox.acme.example/api/webhooks/telegram", "has_custom_certificate": false, "pending_update_count": 0});
    });
    let text = messages::text(PERSON, world.now());
    world.send("text", &text).await;
    world.send("an answer", &answering(&format!("{PERSON}:42"), &text)).await;
    world.send("text in a topic of a group", &Outbound { thread_key: Some("-1001234567890/7".into()), ..text.clone() }).await;
    world.send("text for a business account", &Outbound { thread_key: Some(format!("{PERSON}@bc1")), ..text.clone() }).await;
    world.send("buttons", &asking(&["Small", "Large"], &text)).await;
    world.send("a link", &linking(&text)).await;
    let gif = || messages::named("dance.gif", "image/gif", b"GIF89a");
    for (what, file) in [
        ("a picture", picture()),
        ("an animation", gif()),
        ("a film", film()),
        ("sound", sound()),
        ("a voice message", voice()),
        ("a document", pdf()),
    ] {
        world.send(what, &only(vec![file], &text)).await;
    }
    let all = answering("-1001234567890:42", &asking(&["Small"], &text));
    let all = Outbound { thread_key: Some("-1001234567890/7".into()), ..with(vec![picture()], &all) };
    world.send("a picture with words and buttons, as an answer", &all).await;
    world.refused("code=400", &text, ends!(SendError::Permanent { .. })).await;
    // Their example says 400 whatever the status: what is meant by the status is the contract's business.

    let there = Place { thread_key: Some("-1001234567890/7".into()), ..place(PERSON) };
    let name = || format!("{PERSON}:42");
    for (what, act) in [
        ("writing", Act::Typing { on: true }),
        ("a reaction", Act::React { external_id: name(), emoji: Some("👍".into()) }),
        ("a reaction taken back", Act::React { external_id: name(), emoji: None }),
        ("an edit", Act::Edit { external_id: name(), text: "It left on Thursday.".into() }),
        ("an edit for a business account", Act::Edit { external_id: format!("{PERSON}:42:bc1"), text: "On Thursday.".into() }),
        ("taken back", Act::Delete { external_id: name() }),
        ("taken back for a business account", Act::Delete { external_id: format!("{PERSON}:42:bc1") }),
    ] {
        world.act(what, &there, act).await;
    }
    // The text of a file is its caption; a picture that is none goes as a document.
    let refusal = |words: &'static str| move |_: &_| said_json(400, json!({"ok": false, "error_code": 400, "description": words}));
    world.passage.own("POST", "/editMessageText", refusal("Bad Request: there is no text in the message to edit"));
    world.act("an edit of words under a file", &there, Act::Edit { external_id: name(), text: "On Thursday.".into() }).await;
    world.passage.own("POST", "/sendPhoto", refusal("Bad Request: PHOTO_INVALID_DIMENSIONS"));
    world.send("a picture too narrow for one", &only(vec![picture()], &text)).await;
    world.healthy(&world.account).await;
    assert_eq!(world.reach(&world.account).await[0].id, "acme_support_bot");
    world.install(&world.account).await;
    world.install(&world.with(json!({"mode": "polling"}))).await;
    world.passage.edit("POST", "/getUpdates", |_, body| {
        body["result"] = json!([{"update_id": 7, "callback_query": {"id": "42", "data": "choice-0"}}]);
    });
    assert_eq!(world.poll("updates", None).await.cursor.as_deref(), Some("8"));
    world.poll("further updates", Some("8")).await;
    world.passage.edit("POST", "/getFile", |_, body| body["result"]["file_path"] = "photos/file_0.jpg".into());
    assert_eq!(world.fetch("a file", "AgACAgIAAxkBAAI").await.bytes, b"jpg");
    world.done();
}
