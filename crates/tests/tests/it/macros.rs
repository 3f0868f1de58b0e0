//! Macros: shown beforehand, done as one, taken back as a whole.

use serde_json::{Value, json};
use tests::{ApiDoor, Client, Mail, Sink, TestServer};

const HOUR: i64 = 3_600_000;
fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}

/// A mail by Anna, and a macro of Alice's that does everything.
async fn desk() -> (TestServer, Sink, Value, Value) {
    let s = TestServer::start().await;
    let sink = Sink::start().await;
    s.mail_door("help@desk.example", Some(&sink)).await;
    s.deliver(&Mail::new("Anna Ahlers <anna@home.example>", "help@desk.example", "Broken lamp", "It broke.").id("a1@home.example")).await;
    let c = s.only_conversation().await;
    s.alice.post(&format!("/conversations/{}/tags", id(&c)), json!({ "tags": ["Waiting", "vip"] })).await.ok();
    let everything = json!({ "name": "Refund approved", "scope": "all", "actions": {
        "reply": { "text": "Hi {{contact.first_name}}, your money is on its way. {{agent.first_name}}" },
        "note": "Refund for #{{conversation.number}}", "add_tags": ["refund", "VIP"], "remove_tags": ["waiting", "never"],
        "priority": "low", "assign": "nobody", "status": "resolved" } });
    let made = s.alice.post("/macros", everything).await.is(201);
    (s, sink, c, made)
}
async fn preview(who: &Client, c: &Value, m: &Value) -> Value {
    who.get(&format!("/conversations/{}/macros/{}/preview", id(c), id(m))).await.ok()
}
async fn run(who: &Client, c: &Value, m: &Value, body: Value) -> tests::Answer {
    who.post(&format!("/conversations/{}/macros/{}/run", id(c), id(m)), body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_shown_done_and_taken_back_as_one() {
    let (s, sink, c, made) = desk().await;
    let before = s.conversation(id(&c)).await;
    let shown = preview(&s.bob, &c, &made).await;
    assert_eq!(shown["reply"]["text"], "Hi Anna, your money is on its way. Bob");
    assert_eq!(
        (&shown["reply"]["to"][0]["address"], &shown["reply"]["missing"], &shown["reply"]["refused"]),
        (&json!("anna@home.example"), &json!([]), &Value::Null)
    );
    assert_eq!(
        (&shown["note"], &shown["tags_added"], &shown["tags_removed"]),
        (&json!("Refund for #1"), &json!(["refund"]), &json!(["Waiting"]))
    );
    assert_eq!(
        (&shown["priority"], &shown["status"]),
        (&json!({ "before": "normal", "after": "low" }), &json!({ "before": "new", "after": "resolved" }))
    );
    assert_eq!(s.conversation(id(&c)).await, before, "looking changes nothing");

    let done = run(&s.bob, &c, &made, json!({ "undo_seconds": 10, "seen_message_count": 1 })).await.is(201);
    let now = s.conversation(id(&c)).await;
    assert_eq!(
        (&now["status"], &now["priority"], &now["assignee_id"], &now["tags"]),
        (&json!("resolved"), &json!("low"), &Value::Null, &json!(["refund", "vip"]))
    );
    assert_eq!((&now["waiting_since"], &now["message_count"]), (&Value::Null, &json!(3)));
    assert_eq!(done["conversation"]["status"], "resolved");
    assert_eq!(s.message(id(&done["message"])).await["status"], "scheduled");
    assert_eq!(s.message(id(&done["note"])).await["text"], "Refund for #1");
    assert_eq!(s.alice.get(&format!("/macros/{}", id(&made))).await.ok()["used_count"], 1);

    let undo = format!("/macro-runs/{}/undo", id(&done));
    s.alice.post(&undo, json!({})).await.ok();
    let after = s.conversation(id(&c)).await;
    for field in [
        "status",
        "priority",
        "assignee_id",
        "tags",
        "waiting_since",
        "last_message_preview",
        "last_message_direction",
        "last_message_at",
        "snoozed_until",
        "resolved_at",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(s.message(id(&done["message"])).await["status"], "cancelled");
    s.alice.get(&format!("/messages/{}", id(&done["note"]))).await.refused(404, "message.not_found");
    s.advance(HOUR).await;
    assert!(sink.mails().is_empty(), "nothing left");
    assert_eq!(s.alice.get(&format!("/macros/{}", id(&made))).await.ok()["used_count"], 0);
    s.alice.post(&undo, json!({})).await.refused(409, "macro_run.undone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_has_left_stays_and_the_rest_can_still_be_taken_back() {
    let (s, sink, c, made) = desk().await;
    let done = run(&s.bob, &c, &made, json!({ "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    assert_eq!(sink.mails()[0].body().trim(), "Hi Anna, your money is on its way. Bob");
    // Somebody else has gone on meanwhile: what they did stays.
    s.alice.patch(&format!("/conversations/{}", id(&c)), json!({ "priority": "urgent" })).await.ok();
    let undo = format!("/macro-runs/{}/undo", id(&done));
    s.bob.post(&undo, json!({})).await.refused(409, "macro_run.reply_left");
    assert_eq!(s.conversation(id(&c)).await["status"], "resolved", "a refused undo has changed nothing");
    s.bob.post(&undo, json!({ "keep_reply": true })).await.ok();
    let after = s.conversation(id(&c)).await;
    assert_eq!((&after["status"], &after["priority"], &after["tags"]), (&json!("new"), &json!("urgent"), &json!(["vip", "Waiting"])));
    assert_eq!(s.message(id(&done["message"])).await["status"], "sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_all_or_nothing() {
    let (s, sink, c, made) = desk().await;
    let before = s.conversation(id(&c)).await;
    run(&s.bob, &c, &made, json!({ "seen_message_count": 0 })).await.refused(409, "conversation.changed");
    let open = json!({ "name": "Call", "actions": { "reply": { "text": "We call {{contact.phone}}" }, "add_tags": ["call"] } });
    let open = s.bob.post("/macros", open).await.is(201);
    assert_eq!(preview(&s.bob, &c, &open).await["reply"]["missing"], json!(["contact.phone"]));
    run(&s.bob, &c, &open, json!({})).await.refused(409, "macro.missing");
    assert_eq!(s.conversation(id(&c)).await, before);
    run(&s.bob, &c, &open, json!({ "text": "We call you", "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    assert_eq!(sink.mails()[0].body().trim(), "We call you");
    run(&s.bob, &c, &open, json!({ "allow_missing": true, "undo_seconds": 0 })).await.is(201);
    // The same key runs it once.
    let keyed = s.bob.with("idempotency-key", "only-once");
    let (a, b) = (run(&keyed, &c, &made, json!({})).await.is(201), run(&keyed, &c, &made, json!({})).await.is(201));
    assert_eq!(a["id"], b["id"]);
    // On a channel that is switched off nothing is done either, and the preview says why.
    let door = s.api_door(None).await;
    door.post(&s, ApiDoor::message("m1", "p1", "hello")).await.is(200);
    s.settle().await;
    let other = s.conversations().await.into_iter().find(|c| c["channel"] == "api").unwrap();
    s.alice.post(&format!("/channels/{}/pause", door.id), json!({})).await.ok();
    assert_eq!(preview(&s.bob, &other, &made).await["reply"]["refused"]["code"], "policy.channel_inactive");
    run(&s.bob, &other, &made, json!({ "allow_missing": true })).await.refused(409, "policy.channel_inactive");
    assert_eq!((&s.conversation(id(&other)).await["tags"], &s.conversation(id(&other)).await["message_count"]), (&json!([]), &json!(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_snoozes_until_a_morning_or_an_answer() {
    let (s, _sink, c, _) = desk().await;
    let snooze = async |until: Value| {
        let made = s.bob.post("/macros", json!({ "name": "Later", "actions": { "snooze": until } })).await.is(201);
        run(&s.bob, &c, &made, json!({})).await.is(201)["conversation"].clone()
    };
    // Nine in Berlin.
    assert_eq!(snooze(json!({ "kind": "morning", "days": 1 })).await["snoozed_until"], "2026-10-29T08:00:00.000Z");
    let c2 = snooze(json!({ "kind": "reply" })).await;
    assert_eq!((&c2["status"], &c2["snoozed_until"]), (&json!("snoozed"), &Value::Null));
    s.advance(9 * 24 * HOUR).await;
    assert_eq!(s.conversation(id(&c)).await["status"], "snoozed", "it waits as long as it takes");
    s.deliver(
        &Mail::new("anna@home.example", "help@desk.example", "Re: Broken lamp", "Hello?")
            .id("a2@home.example")
            .header("In-Reply-To", "<a1@home.example>"),
    )
    .await;
    assert_eq!(s.conversation(id(&c)).await["status"], "open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_is_refused_and_what_is_only_mine_is_hidden() {
    let s = TestServer::start().await;
    let fields = async |name: &str, actions: Value| {
        let refused = s.bob.post("/macros", json!({ "name": name, "actions": actions })).await.refused(422, "invalid");
        refused["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| format!("{}:{}", f["field"].as_str().unwrap(), f["code"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(fields("x", json!({})).await, ["actions:required"]);
    assert_eq!(fields("x", json!({ "reply": { "text": "  " }, "note": " ", "add_tags": [""] })).await, ["actions:required"]);
    assert_eq!(fields("", json!({ "note": "n" })).await, ["name:invalid"]);
    assert_eq!(fields("x", json!({ "assign": "mem_00000000000000000000000001" })).await, ["actions.assign:not_found"]);
    assert_eq!(fields("x", json!({ "status": "snoozed" })).await, ["actions.status:not_an_option"]);
    assert_eq!(fields("x", json!({ "status": "open", "snooze": { "kind": "reply" } })).await, ["actions.snooze:contradiction"]);
    assert_eq!(fields("x", json!({ "snooze": { "kind": "hours", "count": 0 } })).await, ["actions.snooze:out_of_range"]);
    assert_eq!(fields("x", json!({ "add_tags": ["a"], "remove_tags": ["A"] })).await, ["actions.remove_tags:contradiction"]);
    assert_eq!(fields("x", json!({ "reply": { "text": "{{nobody}}" } })).await, ["actions.reply.text:unknown_variable"]);
    let mine = s.bob.post("/macros", json!({ "name": "Mine", "actions": { "note": "x", "add_tags": ["a", "A", " a "] } })).await.is(201);
    assert_eq!(mine["actions"], json!({ "note": "x", "add_tags": ["a"] }));
    s.alice.get(&format!("/macros/{}", id(&mine))).await.refused(404, "macro.not_found");
    assert!(s.all(&s.alice, "/macros").await.is_empty());
    assert_eq!(s.all(&s.bob, "/macros?text=min&sort=name&scope=mine").await.len(), 1);
    let changed = s.bob.patch(&format!("/macros/{}", id(&mine)), json!({ "actions": { "priority": "high" }, "scope": "all" })).await.ok();
    assert_eq!(changed["actions"], json!({ "priority": "high" }));
    assert_eq!(s.all(&s.alice, "/macros").await.len(), 1);
    s.alice.delete(&format!("/macros/{}", id(&mine))).await.is(204);
    // Its files stay with it.
    let file = s.bob.upload("/files", "terms.txt", "text/plain", b"terms").await.is(201);
    let made = s.bob.post("/macros", json!({ "name": "Terms", "attachments": [id(&file)], "actions": {} })).await.is(201);
    let door = s.api_door(None).await;
    door.post(&s, ApiDoor::message("m1", "p1", "hello")).await.is(200);
    s.settle().await;
    let c = s.only_conversation().await;
    for _ in 0..2 {
        let done = run(&s.bob, &c, &made, json!({})).await.is(201);
        assert_eq!(done["message"]["attachments"][0]["name"], "terms.txt");
        assert_ne!(done["message"]["attachments"][0]["id"], file["id"]);
    }
}
