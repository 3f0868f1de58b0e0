//! LINE's own description of the Messaging API.

use super::ends;
use crate::messages::{self, asking, linking, only, pdf, picture};
use crate::world::{World, place};
use kernel::channel::{Act, Outbound, Place, SendError};
use serde_json::{Map, Value, json};

const PERSON: &str = "U0123456789abcdef0123456789abcdef";
const GROUP: &str = "C0123456789abcdef0123456789abcdef";

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn line() {
    let form = json!({"basic_id": "@123abcde", "channel_access_token": "token-1", "channel_secret": "channel-secret", "groups": true});
    let world = World::new("line", "", form).await.prism("line-messaging-api").await;
    // Files lie at another host, which the description names for that one path.
    world.passage.route("/data/", "/data", world.mock("line-messaging-api").address);
    world.passage.edit("GET", "/v2/bot/info", |_, body| body["basicId"] = "@123abcde".into());
    world.passage.edit("GET", "/webhook/endpoint", |_, body| {
        *body = json!({"endpoint": "https://inbox.acme.example/api/webhooks/line", "active": true});
    });
    let text = messages::text(PERSON, world.now());
    world.send("text", &text).await;
    world.send("a picture", &only(vec![picture()], &text)).await;
    world.send("a document as a link", &only(vec![pdf()], &text)).await;
    world.send("quick replies", &asking(&["Small", "Large", "Something longer than twenty"], &text)).await;
    world.send("a link", &linking(&text)).await;
    let known = |name: &str, value: &str| -> Map<String, Value> { [(name.to_owned(), Value::from(value))].into_iter().collect() };
    let quoting = Outbound { thread_key: Some(GROUP.into()), last_inbound_metadata: known("quote_token", "q3Plxr4AgKd"), ..text.clone() };
    world.send("text in a group that quotes", &quoting).await;
    let at_once = Outbound {
        last_inbound_at: Some(world.now() - 5_000),
        last_inbound_metadata: known("reply_token", "nHuyWiB7yP5Zw52FIkcQobQuGDXCTA"),
        ..text.clone()
    };
    world.send("an answer by the reply token", &at_once).await;
    world.refused("code=400", &text, ends!(SendError::Permanent { .. })).await;
    world.refused("code=403", &text, ends!(SendError::Account { .. })).await;
    world.refused("code=429", &text, ends!(SendError::Retry { .. })).await;
    world.act("writing", &place(PERSON), Act::Typing { on: true }).await;
    let read = Place { last_inbound_metadata: known("mark_as_read_token", "30yhdy232"), ..place(PERSON) };
    world.act("a read mark", &read, Act::MarkRead { external_id: "1".into() }).await;
    world.healthy(&world.account).await;
    assert_eq!(world.reach(&world.account).await[0].id, "@123abcde");
    world.install(&world.account).await;
    world.profile(PERSON).await;
    world.fetch("a file", "354718705033693861").await;
    world.done();
}
