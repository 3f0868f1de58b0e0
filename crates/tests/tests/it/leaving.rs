//! What leaves: once, in order, and with what is true of it at the end; and what taking it back takes back.

use serde_json::{Value, json};
use std::sync::Arc;
use tests::{ApiDoor, Hook, HookAnswer, Mail, Sink, TestServer, until};
use tokio::sync::Notify;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
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
async fn write(s: &TestServer, c: &Value, body: Value) -> Value {
    s.bob.post(&format!("/conversations/{}/messages", id(c)), body).await.is(201)
}
async fn request(hook: &Hook) -> Value {
    until("the request", || async { hook.requests().pop() }).await.json()
}
async fn becomes(s: &TestServer, m: &Value, status: &str) {
    until(status, || async { (s.message(id(m)).await["status"] == status).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_provider_reports_while_it_is_asked_is_the_truth() {
    let (s, hook, door, c) = desk().await;
    let report = |external: &str, status: &str| json!({ "type": "status", "id": external, "status": status, "error": "No such person." });
    // It was delivered, and then the line went dead.
    let bell = Arc::new(Notify::new());
    hook.next(HookAnswer::HangUp(bell.clone()));
    let m = write(&s, &c, json!({ "text": "Tomorrow.", "undo_seconds": 0 })).await;
    let ours = request(&hook).await["id"].as_str().unwrap().to_owned();
    door.post(&s, report(&ours, "delivered")).await.is(200);
    becomes(&s, &m, "delivered").await;
    bell.notify_one();
    s.settle().await;
    s.advance(10 * MINUTE).await;
    assert!(hook.requests().is_empty(), "it left twice");
    let now = s.message(id(&m)).await;
    assert_eq!((&now["status"], &now["delivery_uncertain"]), (&json!("delivered"), &json!(false)));
    s.bob.post(&format!("/messages/{}/retry", id(&m)), json!({})).await.refused(409, "message.not_failed");
    let tries = s.bob.get(&format!("/messages/{}/attempts", id(&m))).await.ok();
    assert!(tries["data"][0]["detail"].as_str().unwrap().contains("reported it as delivered"), "{tries:#}");

    // It was refused before the answer said it was taken.
    let bell = Arc::new(Notify::new());
    hook.next(HookAnswer::Hang(bell.clone()));
    let m = write(&s, &c, json!({ "text": "Or later.", "undo_seconds": 0 })).await;
    let ours = request(&hook).await["id"].as_str().unwrap().to_owned();
    door.post(&s, report(&ours, "failed")).await.is(200);
    becomes(&s, &m, "failed").await;
    bell.notify_one();
    s.settle().await;
    let now = s.message(id(&m)).await;
    assert_eq!((&now["status"], &now["error"]), (&json!("failed"), &json!("No such person.")));
    // Sent again it is as new.
    s.bob.post(&format!("/messages/{}/retry", id(&m)), json!({})).await.ok();
    s.settle().await;
    assert_eq!((hook.requests().len(), &s.message(id(&m)).await["status"]), (1, &json!("sent")));

    // It waits for its second try when the report on the first comes.
    hook.next(HookAnswer::Silence);
    let m = write(&s, &c, json!({ "text": "Really.", "undo_seconds": 0 })).await;
    let ours = request(&hook).await["id"].as_str().unwrap().to_owned();
    s.settle().await;
    door.post(&s, report(&ours, "sent")).await.is(200);
    s.settle().await;
    s.advance(10 * MINUTE).await;
    assert!(hook.requests().is_empty(), "it left twice");
    assert_eq!(s.message(id(&m)).await["status"], "sent");
    // What is reported as failed after all was well can be sent again.
    door.post(&s, report(&ours, "failed")).await.is(200);
    s.settle().await;
    s.bob.post(&format!("/messages/{}/retry", id(&m)), json!({})).await.ok();
    s.settle().await;
    assert_eq!(hook.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_in_one_moment_leaves_in_its_order() {
    let (s, hook, _door, c) = desk().await;
    let due = s.time(5_000);
    for n in 0..9 {
        write(&s, &c, json!({ "text": format!("Part {n}"), "send_at": due })).await;
    }
    s.advance(6_000).await;
    s.settle().await;
    let left: Vec<String> = hook.requests().iter().map(|r| r.json()["text"].as_str().unwrap().to_owned()).collect();
    let wanted: Vec<String> = (0..9).map(|n| format!("Part {n}")).collect();
    assert_eq!(left, wanted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_in_parts_does_what_was_asked_once() {
    let s = TestServer::start().await;
    let made = s.alice.post("/channels", json!({ "provider": "telegram", "name": "Bot", "simulated": true })).await.is(201);
    s.alice.post(&format!("/channels/{}/simulate", id(&made)), json!({ "text": "Two pictures, please" })).await.ok();
    s.settle().await;
    let c = s.only_conversation().await;
    let mut files = Vec::new();
    for n in 0..3 {
        let file = s.bob.upload("/files", &format!("n{n}.txt"), "text/plain", format!("number {n}").as_bytes()).await.is(201);
        files.push(file["id"].clone());
    }
    let body = json!({ "text": "Here", "attachments": files, "undo_seconds": 0, "status_after": "resolved" });
    write(&s, &c, body).await;
    s.settle().await;
    let now = s.conversation(id(&c)).await;
    assert_eq!(now["messages"].as_array().unwrap().len(), 4, "{now:#}");
    assert_eq!((&now["status"], &now["waiting_since"]), (&json!("resolved"), &Value::Null));
    let had = s.bob.get(&format!("/conversations/{}/assignments", id(&c))).await.ok();
    let given: Vec<&Value> = had["data"].as_array().unwrap().iter().filter(|a| a["how"] == "reply").collect();
    assert_eq!(given.len(), 1, "{had:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taking_an_answer_back_takes_back_what_it_did() {
    let (s, hook, _door, c) = desk().await;
    let waiting = s.conversation(id(&c)).await["waiting_since"].clone();
    assert!(!waiting.is_null());
    for after in ["resolved", "snoozed"] {
        let m = write(&s, &c, json!({ "text": "Done.", "undo_seconds": 10, "status_after": after })).await;
        assert_eq!(s.conversation(id(&c)).await["status"], after);
        s.bob.post(&format!("/messages/{}/cancel", id(&m)), json!({})).await.ok();
        let now = s.conversation(id(&c)).await;
        assert_eq!((&now["status"], &now["waiting_since"]), (&json!("new"), &waiting), "{after}: nobody has answered");
    }
    // What somebody decided meanwhile stays.
    let m = write(&s, &c, json!({ "text": "Done.", "undo_seconds": 10, "status_after": "resolved" })).await;
    s.alice.patch(&format!("/conversations/{}/status", id(&c)), json!({ "status": "archived" })).await.ok();
    s.bob.post(&format!("/messages/{}/cancel", id(&m)), json!({})).await.ok();
    assert_eq!(s.conversation(id(&c)).await["status"], "archived");
    s.advance(MINUTE).await;
    assert!(hook.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_planned_is_planned_again_when_spam_or_trash_was_a_mistake() {
    let (s, hook, _door, c) = desk().await;
    let m = write(&s, &c, json!({ "text": "In two days", "send_at": s.time(2 * DAY) })).await;
    let planned = async || s.bob.get("/stats").await.ok()["scheduled"].clone();
    let act = async |act: Value| {
        let made = s.alice.post("/bulk", json!({ "act": act, "filter": {} })).await.is(201);
        s.settle().await;
        id(&made).to_owned()
    };
    for what in [json!({ "do": "delete" }), json!({ "do": "set_status", "status": "spam" })] {
        let bulk = act(what.clone()).await;
        assert_eq!(planned().await, json!(0), "{what}");
        s.alice.post(&format!("/bulk/{bulk}/undo"), json!({})).await.ok();
        s.settle().await;
        assert_eq!((&s.message(id(&m)).await["status"], planned().await), (&json!("scheduled"), json!(1)), "{what}");
    }
    s.advance(2 * DAY + MINUTE).await;
    assert_eq!(hook.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_to_wait_for_silence_stays_away_where_there_was_none() {
    let (s, hook, door, c) = desk().await;
    let nudge = write(&s, &c, json!({ "text": "Still interested?", "send_at": s.time(DAY), "cancel_on_reply": true })).await;
    let plan = write(&s, &c, json!({ "text": "It is ready", "send_at": s.time(DAY) })).await;
    let set = async |status: &str| s.alice.patch(&format!("/conversations/{}/status", id(&c)), json!({ "status": status })).await.ok();
    // Nobody wrote: both wait again.
    set("spam").await;
    assert_eq!(s.message(id(&nudge)).await["status"], "cancelled");
    set("open").await;
    assert_eq!((&s.message(id(&nudge)).await["status"], &s.message(id(&plan)).await["status"]), (&json!("scheduled"), &json!("scheduled")));
    set("spam").await;
    door.post(&s, ApiDoor::message("m2", "p1", "Yes, please")).await.is(200);
    s.settle().await;
    assert_eq!(s.only_conversation().await["status"], "spam");
    set("open").await;
    let held = s.message(id(&nudge)).await;
    assert_eq!((&held["status"], &held["metadata"]["cancelled_because"]), (&json!("cancelled"), &json!("answered")));
    assert_eq!(s.message(id(&plan)).await["status"], "scheduled");
    // Taken out of spam by mistake, and put back: then nothing leaves either.
    set("spam").await;
    let made = s.alice.post("/bulk", json!({ "act": { "do": "set_status", "status": "open" }, "ids": [id(&c)] })).await.is(201);
    s.settle().await;
    assert_eq!(s.message(id(&plan)).await["status"], "scheduled");
    s.alice.post(&format!("/bulk/{}/undo", id(&made)), json!({})).await.ok();
    s.settle().await;
    assert_eq!((&s.message(id(&plan)).await["status"], &s.only_conversation().await["status"]), (&json!("cancelled"), &json!("spam")));
    s.advance(2 * DAY).await;
    assert!(hook.requests().is_empty(), "nothing is written into spam");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_did_is_not_taken_back_with_it() {
    let (s, _hook, _door, c) = desk().await;
    let a = write(&s, &c, json!({ "text": "One moment.", "undo_seconds": 60 })).await;
    assert_eq!(s.conversation(id(&c)).await["status"], "open");
    let b = write(&s, &c, json!({ "text": "Tomorrow.", "undo_seconds": 60 })).await;
    let cancel = async |m: &Value| s.bob.post(&format!("/messages/{}/cancel", id(m)), json!({})).await.ok();
    cancel(&a).await;
    assert_eq!(s.conversation(id(&c)).await["status"], "open", "the other answer stands");
    cancel(&b).await;
    // With nothing else said, it is as it was.
    s.alice.patch(&format!("/conversations/{}/status", id(&c)), json!({ "status": "new" })).await.ok();
    let a = write(&s, &c, json!({ "text": "One moment.", "undo_seconds": 60 })).await;
    cancel(&a).await;
    assert_eq!(s.conversation(id(&c)).await["status"], "new");
    // Merged: it stands where it changed nothing.
    let sink = Sink::start().await;
    s.mail_door("help@desk.example", Some(&sink)).await;
    for subject in ["Lamp", "Chair"] {
        s.deliver(&Mail::new("ann@home.example", "help@desk.example", subject, "When?").id(&format!("{subject}@home.example"))).await;
    }
    let all = s.conversations().await;
    let [c, into] = ["Lamp", "Chair"].map(|subject| all.iter().find(|c| c["subject"] == subject).unwrap());
    s.alice.patch(&format!("/conversations/{}/status", id(into)), json!({ "status": "open" })).await.ok();
    let a = write(&s, c, json!({ "text": "One moment.", "send_at": s.time(DAY), "status_after": "open" })).await;
    s.bob.post(&format!("/conversations/{}/merge", id(into)), json!({ "from": [id(c)] })).await.ok();
    assert_eq!(s.message(id(&a)).await["conversation_id"], into["id"]);
    cancel(&a).await;
    assert_eq!(s.conversation(id(into)).await["status"], "open", "this one was open before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_again_to_somebody_who_wants_no_more() {
    let (s, hook, _door, c) = desk().await;
    hook.next(HookAnswer::Status(422, vec![], json!({ "error": "not now" }).to_string()));
    let m = write(&s, &c, json!({ "text": "Not yet.", "undo_seconds": 0 })).await;
    s.settle().await;
    assert_eq!((hook.requests().len(), &s.message(id(&m)).await["status"]), (1, &json!("failed")));
    let wants_none = async |none: bool| {
        let channel = c["channel_id"].as_str().unwrap().parse::<kernel::ChannelId>().unwrap();
        let now = s.now();
        let set = move |tx: &mut db::Tx<'_>| server::channels::people::set_opted_out(tx, channel, "p1", none, now);
        s.app.db.write(s.workspace, db::Lane::Interactive, set).await.unwrap();
    };
    wants_none(true).await;
    s.bob.post(&format!("/messages/{}/retry", id(&m)), json!({})).await.refused(409, "policy.opted_out");
    wants_none(false).await;
    s.bob.post(&format!("/messages/{}/retry", id(&m)), json!({})).await.ok();
    s.settle().await;
    assert_eq!((hook.requests().len(), &s.message(id(&m)).await["status"]), (1, &json!("sent")));
}
