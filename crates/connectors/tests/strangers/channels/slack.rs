//! The Web API. The places of files and the reactions on a message are not described.

use super::{ends, said, said_json};
use crate::messages::{self, asking, linking, only, pdf, picture, with};
use crate::world::{World, place};
use kernel::channel::{Act, Outbound, SendError};
use serde_json::json;

const ROOM: &str = "C0123456789";
const TS: &str = "1700000000.000200";

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn slack() {
    let form = json!({
        "signing_secret": "8f742231b10e8888abcd99yyyzzz85a5", "access_token": "xoxb-1-1-abc", "team_id": "T0123456789",
        "client_id": "1.2", "client_secret": "client-secret", "bot_user_id": "U0BOT00001",
    });
    let world = World::new("slack", "", form).await.prism("slack-web-api").await;
    world.undescribed("GET", "/reactions.get");
    world.passage.own("POST", "/upload/", |_| said(200, "text/plain", b"OK - 9"));
    world.passage.own("GET", "/files-pri/", |_| said(200, "image/png", b"png"));
    world.passage.edit("GET", "/auth.test", |_, body| {
        body["team_id"] = "T0123456789".into();
        body["bot_id"] = "B0123456789".into();
    });
    let text = Outbound { thread_key: Some(ROOM.into()), ..messages::text("U0123456789", world.now()) };
    let thread = Outbound { thread_key: Some(format!("{ROOM}:{TS}")), ..text.clone() };
    world.send("text", &text).await;
    world.send("text in a thread", &thread).await;
    world.send("text to a person", &Outbound { thread_key: None, ..text.clone() }).await;
    world.send_by(&world.with(json!({"show_names": true})), "text with a name", &text).await;
    world.send("buttons", &asking(&["Small", "Large"], &text)).await;
    world.send("a link", &linking(&thread)).await;
    world.send("a file", &only(vec![picture()], &text)).await;
    world.send("two files with words in a thread", &with(vec![picture(), pdf()], &thread)).await;
    // Looks first whether it has arrived.
    world.send("a second try", &Outbound { attempt: 2, ..text.clone() }).await;
    world.send("a second try in a thread", &Outbound { attempt: 2, ..thread.clone() }).await;
    world.passage.own("POST", "/chat.postMessage", |_| said_json(200, json!({"ok": false, "error": "not_in_channel"})));
    world.channel.send(world.edge(), &world.account, &text).await.unwrap_err();
    world.taken("joining a channel");
    world.passage.described("POST", "/chat.postMessage");
    world.refused("code=429", &text, ends!(SendError::Retry { .. })).await;

    let (there, name) = (place("U0123456789"), format!("{ROOM}:{TS}"));
    for (what, act) in [
        ("a reaction", Act::React { external_id: name.clone(), emoji: Some("👍".into()) }),
        ("an edit", Act::Edit { external_id: name.clone(), text: "It left on Thursday.".into() }),
        ("taken back", Act::Delete { external_id: name.clone() }),
    ] {
        world.act(what, &there, act).await;
    }
    let reacted = json!({"ok": true, "message": {"reactions": [{"name": "+1", "users": ["U0BOT00001"]}]}});
    world.passage.own("GET", "/reactions.get", move |_| said_json(200, reacted.clone()));
    world.act("a reaction taken back", &there, Act::React { external_id: name, emoji: None }).await;
    // A message that is known by its file only.
    world.passage.edit("GET", "/files.info", |_, body| {
        body["file"]["shares"] = json!({"public": {ROOM: [{"ts": TS}]}});
        body["file"]["url_private"] = "https://files.slack.com/files-pri/T0123456789-F0123456789/box.png".into();
        body["file"]["url_private_download"] = body["file"]["url_private"].clone();
    });
    world.act("taken back by its file", &there, Act::Delete { external_id: format!("{ROOM}:F0123456789") }).await;
    assert_eq!(world.fetch("a file", "F0123456789 image/png").await.bytes, b"png");
    world.healthy(&world.account).await;
    assert_eq!(world.reach(&world.account).await[0].id, "T0123456789");
    world.profile("U0123456789").await;
    world.done();
}
