//! Discord's own description of its API. Changing one's own application is not in the part that is kept here.

use super::{ends, said_json};
use crate::messages::{self, answering, asking, linking, only, pdf, picture, with};
use crate::world::{World, is_held_against, place};
use connectors::kit::{calls, forms};
use kernel::channel::{Act, Outbound, SendError};
use serde_json::{Map, json};

const ROOM: &str = "1100000000000000001";
const MESSAGE: &str = "1100000000000000002";
const PERSON: &str = "1100000000000000003";
const APPLICATION: &str = "1100000000000000004";

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn discord() {
    let key = "ab".repeat(32);
    let form = json!({"bot_token": "MTE.abc.def", "application_id": APPLICATION, "public_key": key});
    let world = World::new("discord", "", form).await.prism("discord-v10").await;
    world.undescribed("PATCH", "/applications/@me");
    world.passage.edit("GET", "/oauth2/applications/@me", move |_, body| {
        body["id"] = APPLICATION.into();
        body["verify_key"] = key.clone().into();
        body["flags"] = (1 << 18).into();
    });
    let text = Outbound { thread_key: Some(ROOM.into()), ..messages::text(PERSON, world.now()) };
    world.send("text", &text).await;
    world.send("text to a person", &Outbound { thread_key: None, ..text.clone() }).await;
    world.send("an answer", &answering(MESSAGE, &text)).await;
    world.send("buttons", &asking(&["S", "M", "L", "XL", "XXL", "Other"], &text)).await;
    world.send("a link", &linking(&text)).await;
    world.send("a file", &only(vec![picture()], &text)).await;
    world.send("two files with words and buttons", &with(vec![picture(), pdf()], &asking(&["Small"], &text))).await;
    // The mock does not look into that form: what stands in it has to be a message by itself.
    let sent = world.last();
    let kind = &sent.headers.iter().find(|(n, _)| n == "content-type").unwrap().1;
    let parts = forms::multipart(kind, &sent.body).unwrap();
    let inner = parts.iter().find(|p| p.name == "payload_json").unwrap();
    let url = format!("{}{}", world.account.settings.text("base_url").unwrap(), sent.path);
    let request = calls::json("POST", url, &serde_json::from_slice(&inner.bytes).unwrap()).header("authorization", "Bot MTE.abc.def");
    let asked = world.ask(request).await;
    assert!(asked.status == 200 && !is_held_against(&asked), "{asked}");
    world.passage.own("POST", "/messages", |_| said_json(400, json!({"code": 50083, "message": "Thread is archived"})));
    world.channel.send(world.edge(), &world.account, &text).await.unwrap_err();
    world.taken("opening an archived thread");
    world.passage.described("POST", "/messages");
    world.refused("code=400", &text, ends!(SendError::Permanent { .. })).await;
    world.refused("code=429", &text, ends!(SendError::Retry { .. })).await;
    let there = kernel::channel::Place { thread_key: Some(ROOM.into()), ..place(PERSON) };
    world.passage.edit("GET", "/messages/", |_, body| body["reactions"] = json!([{"me": true, "emoji": {"name": "party", "id": "42"}}]));
    for (what, act) in [
        ("writing", Act::Typing { on: true }),
        ("a reaction instead of another", Act::React { external_id: MESSAGE.into(), emoji: Some("👍".into()) }),
        ("a reaction taken back", Act::React { external_id: MESSAGE.into(), emoji: None }),
        ("an edit", Act::Edit { external_id: MESSAGE.into(), text: "It left on Thursday.".into() }),
        ("taken back", Act::Delete { external_id: MESSAGE.into() }),
    ] {
        world.act(what, &there, act).await;
    }
    world.healthy(&world.account).await;
    assert_eq!(world.reach(&world.account).await[0].id, APPLICATION);
    world.install(&world.account).await;
    world.profile(PERSON).await;
    world.passage.edit("GET", "/gateway/bot", |_, body| body["url"] = "wss://gateway.discord.gg".into());
    let gateway = world.channel.gateway().unwrap();
    let opened = gateway.open(world.edge(), &world.account, &Map::new()).await;
    world.taken("where the connection goes");
    opened.unwrap();
    world.done();
}
