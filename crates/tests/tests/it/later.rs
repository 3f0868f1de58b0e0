//! Sending later: the queue, another time, other words, now after all, and the customer who writes first.

use serde_json::{Value, json};
use tests::{ApiDoor, Hook, Mail, Sink, TestServer};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}

async fn desk() -> (TestServer, Hook, ApiDoor, Value) {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(Some(&hook.url())).await;
    door.post(&s, ApiDoor::message("m1", "p1", "When is it ready?")).await.is(200);
    s.settle().await;
    let c = s.only_conversation().await;
    (s, hook, door, c)
}
async fn later(s: &TestServer, c: &Value, text: &str, ahead: i64, more: Value) -> Value {
    let mut body = json!({ "text": text, "send_at": s.time(ahead) });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    s.bob.post(&format!("/conversations/{}/messages", id(c)), body).await.is(201)
}
async fn queue(s: &TestServer, query: &str) -> Vec<String> {
    s.all(&s.alice, &format!("/scheduled-messages{query}"))
        .await
        .iter()
        .map(|r| r["message"]["text"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_waits_for_its_day_and_is_said_then() {
    let (s, hook, door, c) = desk().await;
    later(&s, &c, "In two days", 2 * DAY, json!({})).await;
    let soon = later(&s, &c, "Tomorrow", DAY, json!({})).await;
    s.alice
        .post(&format!("/conversations/{}/messages", id(&c)), json!({ "text": "In three days", "send_at": s.time(3 * DAY) }))
        .await
        .is(201);
    assert_eq!(queue(&s, "").await, ["Tomorrow", "In two days", "In three days"]);
    assert_eq!(queue(&s, "?mine=true").await, ["In three days"]);
    assert_eq!(queue(&s, &format!("?conversation_id={}", id(&c))).await.len(), 3);
    assert_eq!(s.alice.get("/stats").await.ok()["scheduled"], 3);
    let now = s.conversation(id(&c)).await;
    assert_eq!(now["scheduled"].as_array().unwrap().len(), 3);
    // Until it is said the customer waits, and the list shows what they said.
    assert_eq!((&now["last_message_preview"], &now["last_message_direction"]), (&json!("When is it ready?"), &json!("inbound")));
    assert!(!now["waiting_since"].is_null());
    // What is said meanwhile stands before it.
    s.advance(HOUR).await;
    door.post(&s, ApiDoor::message("m2", "p1", "Hello?")).await.is(200);
    s.settle().await;
    s.reply(id(&c), "We are on it").await;
    s.advance(DAY).await;
    assert_eq!(hook.requests().len(), 2);
    let sent = s.message(id(&soon)).await;
    assert_eq!(sent["status"], "sent");
    let now = s.conversation(id(&c)).await;
    let said: Vec<&str> =
        now["messages"].as_array().unwrap().iter().filter(|m| m["status"] != "scheduled").map(|m| m["text"].as_str().unwrap()).collect();
    assert_eq!(said, ["When is it ready?", "Hello?", "We are on it", "Tomorrow"]);
    assert_eq!((&now["last_message_preview"], &now["waiting_since"]), (&json!("Tomorrow"), &Value::Null));
    assert_eq!(queue(&s, "").await, ["In two days", "In three days"]);
    // It is found where it stands now.
    let found = s.alice.get("/search?q=tomorrow").await.ok();
    assert_eq!(found["data"].as_array().unwrap().iter().filter(|h| h["message_id"] == soon["id"]).count(), 1, "{found:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_and_words_can_be_changed_until_it_leaves() {
    let (s, hook, _door, c) = desk().await;
    let m = later(&s, &c, "Tomorrow", DAY, json!({})).await;
    let path = format!("/messages/{}/schedule", id(&m));
    let moved = s.alice.patch(&path, json!({ "send_at": s.time(3 * DAY), "text": "On Saturday" })).await.ok();
    assert_eq!(
        (&moved["send_at"], &moved["text"], &moved["status"]),
        (&json!(s.time(3 * DAY)), &json!("On Saturday"), &json!("scheduled"))
    );
    s.alice.patch(&path, json!({ "send_at": s.time(-HOUR) })).await.refused(422, "invalid");
    s.alice.patch(&path, json!({ "text": "  " })).await.refused(409, "policy.empty");
    s.alice.patch(&path, json!({ "text": "x".repeat(200_000) })).await.refused(409, "policy.text_too_long");
    assert_eq!(s.message(id(&m)).await["text"], "On Saturday", "what was refused has changed nothing");
    s.advance(2 * DAY).await;
    assert!(hook.requests().is_empty());
    let other = later(&s, &c, "Far away", 8 * DAY, json!({})).await;
    s.bob.post(&format!("/messages/{}/send-now", id(&other)), json!({})).await.ok();
    s.settle().await;
    assert_eq!(hook.requests().len(), 1);
    s.bob.post(&format!("/messages/{}/send-now", id(&other)), json!({})).await.refused(409, "message.already_sent");
    s.bob
        .patch(&format!("/messages/{}/schedule", id(&other)), json!({ "send_at": s.time(DAY) }))
        .await
        .refused(409, "message.already_sent");
    s.alice.post(&format!("/messages/{}/cancel", id(&m)), json!({})).await.ok();
    s.advance(6 * DAY).await;
    assert!(hook.requests().is_empty(), "what was taken back does not leave");
    assert!(queue(&s, "").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_who_writes_first_takes_back_what_was_to_wait_for_silence() {
    let (s, hook, door, c) = desk().await;
    let nudge = later(&s, &c, "Still interested?", DAY, json!({ "cancel_on_reply": true })).await;
    let plan = later(&s, &c, "It is ready", DAY, json!({})).await;
    assert_eq!(nudge["metadata"]["cancel_on_reply"], true);
    s.bob.patch(&format!("/messages/{}/schedule", id(&plan)), json!({ "cancel_on_reply": true })).await.ok();
    s.bob.patch(&format!("/messages/{}/schedule", id(&plan)), json!({ "cancel_on_reply": false })).await.ok();
    let mut live = s.events(&s.alice, "").await;
    door.post(&s, ApiDoor::message("m2", "p1", "Yes, please")).await.is(200);
    s.settle().await;
    let frame = live.event("message.status_updated").await;
    assert_eq!((&frame["payload"]["because"], &frame["message"]["status"]), (&json!("answered"), &json!("cancelled")));
    let held = s.message(id(&nudge)).await;
    assert_eq!((&held["status"], &held["metadata"]["cancelled_because"]), (&json!("cancelled"), &json!("answered")));
    assert_eq!(queue(&s, "").await, ["It is ready"]);
    s.advance(2 * DAY).await;
    assert_eq!(hook.requests().len(), 1);
    // Another one's silence is their own: a machine's mail is no answer.
    let sink = Sink::start().await;
    s.mail_door("help@desk.example", Some(&sink)).await;
    s.deliver(&Mail::new("anna@home.example", "help@desk.example", "Lamp", "Broken").id("a1@home.example")).await;
    let mail = s.conversations().await.into_iter().find(|c| c["channel"] == "email").unwrap();
    let nudge = later(&s, &mail, "Any news?", DAY, json!({ "cancel_on_reply": true })).await;
    let away = Mail::new("anna@home.example", "help@desk.example", "Re: Lamp", "I am away").id("a2@home.example");
    s.deliver(&away.header("In-Reply-To", "<a1@home.example>").header("Auto-Submitted", "auto-replied")).await;
    assert_eq!(s.message(id(&nudge)).await["status"], "scheduled");
    s.advance(2 * DAY).await;
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    // It answers what was said last, though it was written before that.
    assert_eq!(mails[0].header("In-Reply-To"), "<a2@home.example>");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_said_any_more_is_not_said() {
    let (s, hook, _door, c) = desk().await;
    let m = later(&s, &c, "Tomorrow", DAY, json!({ "status_after": "resolved" })).await;
    assert_eq!(s.conversation(id(&c)).await["status"], "resolved", "the status is set at once");
    s.alice.patch(&format!("/conversations/{}/status", id(&c)), json!({ "status": "spam" })).await.ok();
    assert_eq!(s.message(id(&m)).await["metadata"]["cancelled_because"], "spam");
    s.alice.patch(&format!("/conversations/{}/status", id(&c)), json!({ "status": "open" })).await.ok();
    let m = later(&s, &c, "Tomorrow", DAY, json!({})).await;
    s.alice.delete(&format!("/conversations/{}", id(&c))).await.is(204);
    s.alice.post(&format!("/conversations/{}/restore", id(&c)), json!({})).await.ok();
    let back = s.message(id(&m)).await;
    assert_eq!((&back["status"], &back["metadata"]["cancelled_because"]), (&json!("scheduled"), &Value::Null));
    // The person does not want messages any more when its time comes.
    let (workspace, channel) =
        (s.workspace, s.conversation(id(&c)).await["channel_id"].as_str().unwrap().parse::<kernel::ChannelId>().unwrap());
    let now = s.now();
    s.app
        .db
        .write(workspace, db::Lane::Interactive, move |tx| server::channels::people::set_opted_out(tx, channel, "p1", true, now))
        .await
        .unwrap();
    s.advance(2 * DAY).await;
    assert!(hook.requests().is_empty());
    let held = s.message(id(&m)).await;
    assert_eq!(held["status"], "failed");
    assert!(held["error"].as_str().unwrap().contains("no more messages"), "{}", held["error"]);
}
