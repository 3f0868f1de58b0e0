//! Acts on many conversations at once: what they do, how far they are, and how all of it is taken back.

use serde_json::{Value, json};
use tests::{ApiDoor, Client, TestServer, until};

const HOUR: i64 = 3_600_000;

/// An act, how many it changes, and what holds for all afterwards.
type Case<'a> = (Value, i64, Box<dyn Fn(&Value) -> bool + 'a>);

fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}

async fn with_conversations(n: usize) -> (TestServer, ApiDoor, Vec<String>) {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    for i in 0..n {
        door.post(&s, ApiDoor::message(&format!("m{i}"), &format!("customer-{i}"), &format!("Message {i}"))).await.is(200);
    }
    s.settle().await;
    let mut all: Vec<Value> = s.conversations().await;
    all.sort_by_key(|c| c["number"].as_i64());
    assert_eq!(all.len(), n);
    let ids = all.iter().map(|c| id(c).to_owned()).collect();
    (s, door, ids)
}
async fn done(s: &TestServer, who: &Client, bulk: &Value) -> Value {
    s.settle().await;
    who.get(&format!("/bulk/{}", id(bulk))).await.ok()
}
async fn act(s: &TestServer, who: &Client, body: Value) -> Value {
    let bulk = who.post("/bulk", body).await.is(201);
    let after = done(s, who, &bulk).await;
    assert_eq!((&after["state"], &after["done"]), (&json!("done"), &after["total"]), "{after:#}");
    after
}
async fn undo(s: &TestServer, who: &Client, bulk: &Value) -> Value {
    who.post(&format!("/bulk/{}/undo", id(bulk)), json!({})).await.ok();
    let after = done(s, who, bulk).await;
    assert_eq!((&after["state"], &after["done"], &after["can_undo"]), (&json!("undone"), &after["total"], &json!(false)), "{after:#}");
    after
}
/// What of a conversation an act may change.
fn state(c: &Value) -> Value {
    let keys = ["id", "status", "assignee_id", "priority", "tags", "unread_count", "snoozed_until", "resolved_at", "waiting_since"];
    Value::Object(keys.iter().map(|k| ((*k).to_owned(), c[*k].clone())).collect())
}
async fn states(s: &TestServer) -> Vec<Value> {
    let mut all: Vec<Value> = s.conversations().await.iter().map(state).collect();
    all.sort_by_key(|c| c["id"].as_str().unwrap().to_owned());
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_act_is_done_to_all_and_taken_back_as_one() {
    let (s, _door, ids) = with_conversations(9).await;
    // Of every kind, so that undoing has something to tell apart.
    for (n, c) in ids.iter().enumerate() {
        let path = format!("/conversations/{c}");
        if n % 3 == 1 {
            s.alice.post(&format!("{path}/assign"), json!({ "assignee_id": s.alice_id })).await.ok();
        }
        let status = [None, None, None, Some("pending"), Some("resolved"), Some("snoozed"), None, Some("spam"), None][n];
        if let Some(status) = status {
            let until = (status == "snoozed").then(|| s.time(5 * HOUR));
            s.alice.patch(&format!("{path}/status"), json!({ "status": status, "snoozed_until": until })).await.ok();
        }
        if n % 2 == 0 {
            s.alice.post(&format!("{path}/tags"), json!({ "tags": ["VIP"] })).await.ok();
            s.alice.post(&format!("{path}/mark-read"), json!({})).await.ok();
        }
    }
    let before = states(&s).await;
    let check = |name: &str, after: &[Value], holds: &dyn Fn(&Value) -> bool| assert!(after.iter().all(holds), "{name}: {after:#?}");
    let until = s.time(3 * HOUR);
    let acts: Vec<Case<'_>> = vec![
        (json!({ "do": "assign", "assignee_id": "me" }), 9, Box::new(|c| c["assignee_id"] == json!(s.bob_id))),
        (json!({ "do": "assign", "assignee_id": s.alice_id }), 6, Box::new(|c| c["assignee_id"] == json!(s.alice_id))),
        (json!({ "do": "assign", "assignee_id": null }), 3, Box::new(|c| c["assignee_id"].is_null())),
        (json!({ "do": "set_status", "status": "resolved" }), 8, Box::new(|c| c["status"] == "resolved" && !c["resolved_at"].is_null())),
        (
            json!({ "do": "set_status", "status": "snoozed", "snoozed_until": until }),
            9,
            Box::new(|c| c["status"] == "snoozed" && c["snoozed_until"] == json!(until)),
        ),
        (json!({ "do": "set_priority", "priority": "urgent" }), 9, Box::new(|c| c["priority"] == "urgent")),
        (json!({ "do": "add_tags", "tags": ["vip", "Black Friday"] }), 9, Box::new(|c| c["tags"] == json!(["Black Friday", "VIP"]))),
        (json!({ "do": "remove_tags", "tags": ["vip"] }), 5, Box::new(|c| c["tags"] == json!([]))),
        (json!({ "do": "mark_read" }), 4, Box::new(|c| c["unread_count"] == 0)),
        (json!({ "do": "mark_unread" }), 5, Box::new(|c| c["unread_count"] == 1)),
    ];
    for (n, (what, changed, holds)) in acts.iter().enumerate() {
        let body = if n % 2 == 0 { json!({ "act": what, "ids": ids }) } else { json!({ "act": what, "filter": {} }) };
        let bulk = act(&s, &s.bob, body).await;
        assert_eq!((bulk["total"].as_i64(), bulk["changed"].as_i64()), (Some(9), Some(*changed)), "{what}");
        check(&what.to_string(), &states(&s).await, holds);
        let bulk = undo(&s, &s.bob, &bulk).await;
        assert_eq!(bulk["restored"].as_i64(), Some(*changed), "{what}");
        assert_eq!(states(&s).await, before, "{what}");
    }
    // Asked for once more, it stays undone.
    let all = s.all(&s.bob, "/bulk").await;
    assert_eq!(all.len(), acts.len());
    s.bob.post(&format!("/bulk/{}/undo", id(&all[0])), json!({})).await.ok();
    s.settle().await;
    assert_eq!(states(&s).await, before);
    // Removal and return, for those who may.
    let gone =
        act(&s, &s.alice, json!({ "act": { "do": "delete" }, "filter": { "field": "tags", "op": "any_of", "value": ["vip"] } })).await;
    assert_eq!((gone["changed"].as_i64(), s.conversations().await.len()), (Some(5), 4));
    undo(&s, &s.alice, &gone).await;
    assert_eq!(states(&s).await, before);
    act(&s, &s.alice, json!({ "act": { "do": "delete" }, "ids": [ids[0], ids[1]] })).await;
    let back = act(&s, &s.alice, json!({ "act": { "do": "restore" }, "ids": ids })).await;
    assert_eq!(back["changed"], 2);
    assert_eq!(states(&s).await, before);
    undo(&s, &s.alice, &back).await;
    assert_eq!(s.conversations().await.len(), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_means_what_it_held_when_it_was_asked() {
    let (s, door, _ids) = with_conversations(150).await;
    let open = json!({ "field": "tags", "op": "is_empty" });
    let mut live = s.events(&s.bob, "").await;
    let bulk = act(&s, &s.bob, json!({ "act": { "do": "add_tags", "tags": ["seen"] }, "filter": open })).await;
    assert_eq!((bulk["total"].as_i64(), bulk["changed"].as_i64()), (Some(150), Some(150)));
    let count = async || s.bob.post("/conversations/count", json!({ "filter": open })).await.ok()["count"].clone();
    assert_eq!(count().await, 0);
    // Nobody hears of each, everybody of all of them.
    let told = live.event("bulk.finished").await;
    assert_eq!((&told["payload"]["bulk_id"], &told["payload"]["changed"]), (&bulk["id"], &json!(150)));
    door.post(&s, ApiDoor::message("late", "late", "After all that")).await.is(200);
    live.event("message.created").await;
    let heard: Vec<Value> = live.so_far();
    assert!(!heard.iter().any(|f| f["kind"] == "conversation.updated"), "{heard:#?}");
    assert!(heard.iter().filter(|f| f["kind"] == "bulk.progressed").count() >= 2);
    // Yet the history of each says who did it.
    let some = s.conversations().await.into_iter().find(|c| c["tags"] == json!(["seen"])).unwrap();
    let history = s.all(&s.bob, &format!("/conversations/{}/events", id(&some))).await;
    assert_eq!(
        (&history[0]["kind"], &history[0]["actor_name"], &history[0]["tags_added"]),
        (&json!("conversation.updated"), &json!("Bob Agent"), &json!(["seen"]))
    );
    assert_eq!(count().await, 1);
    undo(&s, &s.bob, &bulk).await;
    assert_eq!(count().await, 151);
    // With words in the messages.
    let bulk = act(&s, &s.bob, json!({ "act": { "do": "mark_read" }, "filter": {}, "text": "after all" })).await;
    assert_eq!((bulk["total"].as_i64(), bulk["changed"].as_i64()), (Some(1), Some(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_changed_since_is_left_alone() {
    let (s, door, ids) = with_conversations(4).await;
    let path = |n: usize| format!("/conversations/{}", ids[n]);
    let closed = act(&s, &s.bob, json!({ "act": { "do": "set_status", "status": "resolved" }, "ids": ids })).await;
    s.alice.patch(&format!("{}/status", path(0)), json!({ "status": "spam" })).await.ok();
    s.alice.delete(&path(1)).await.is(204);
    door.post(&s, ApiDoor::message("again", "customer-2", "One more thing")).await.is(200);
    s.settle().await;
    let after = undo(&s, &s.bob, &closed).await;
    assert_eq!((after["changed"].as_i64(), after["restored"].as_i64()), (Some(4), Some(1)));
    let status = async |n: usize| s.alice.get(&path(n)).await.json["status"].clone();
    assert_eq!((status(0).await, status(2).await, status(3).await), (json!("spam"), json!("open"), json!("new")));
    s.alice.get(&path(1)).await.refused(404, "conversation.not_found");
    // Somebody else has got it since.
    let given = act(&s, &s.bob, json!({ "act": { "do": "assign", "assignee_id": "me" }, "ids": [ids[3]] })).await;
    s.alice.post(&format!("{}/assign", path(3)), json!({ "assignee_id": s.alice_id })).await.ok();
    assert_eq!(undo(&s, &s.bob, &given).await["restored"], 0);
    assert_eq!(s.alice.get(&path(3)).await.ok()["assignee_id"], json!(s.alice_id));
    // The thread of a conversation that comes back goes on in it, unless it has begun anew.
    let gone = act(&s, &s.alice, json!({ "act": { "do": "delete" }, "ids": [ids[2], ids[3]] })).await;
    door.post(&s, ApiDoor::message("anew", "customer-2", "Hello?")).await.is(200);
    s.settle().await;
    undo(&s, &s.alice, &gone).await;
    door.post(&s, ApiDoor::message("anew-2", "customer-2", "Hello??")).await.is(200);
    door.post(&s, ApiDoor::message("goes-on", "customer-3", "Hello again")).await.is(200);
    s.settle().await;
    let count = async |n: usize| s.alice.get(&path(n)).await.ok()["message_count"].clone();
    assert_eq!((count(2).await, count(3).await), (json!(2), json!(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_goes_on_after_a_restart_and_can_be_stopped() {
    let (mut s, _door, _ids) = with_conversations(130).await;
    let count = async |s: &TestServer| {
        let filter = json!({ "field": "tags", "op": "any_of", "value": ["half"] });
        s.bob.post("/conversations/count", json!({ "filter": filter })).await.ok()["count"].as_i64().unwrap()
    };
    // Stands as if the process had ended in the middle: one chosen and not begun, one half done.
    let bulk = s.bob.post("/bulk", json!({ "act": { "do": "add_tags", "tags": ["half"] }, "filter": {} })).await.is(201);
    s.settle().await;
    let set_back = s.app.db.write(s.workspace, db::Lane::Interactive, |tx| {
        tx.exec("UPDATE bulk_acts SET state = 'running', position = 70, finished_at = NULL", db::params![])?;
        tx.exec("UPDATE bulk_items SET before = NULL WHERE position >= 70", db::params![])
    });
    set_back.await.unwrap();
    s.restart().await;
    let after = until("the end of it", async || {
        let now = s.bob.get(&format!("/bulk/{}", id(&bulk))).await.ok();
        (now["state"] == "done").then_some(now)
    });
    assert_eq!(after.await["done"], 130);
    assert_eq!(count(&s).await, 130);
    // Undone while it has not even begun.
    let chosen = s.app.db.write(s.workspace, db::Lane::Interactive, |tx| {
        tx.exec("UPDATE bulk_acts SET state = 'choosing', position = 0, chosen = 'x'", db::params![])
    });
    chosen.await.unwrap();
    let stopped = s.bob.post(&format!("/bulk/{}/undo", id(&bulk)), json!({})).await.ok();
    assert_eq!(stopped["state"], "undone");
    s.settle().await;
    assert_eq!(count(&s).await, 130);
    // Seven days later nothing can be put back any more.
    let late = act(&s, &s.bob, json!({ "act": { "do": "mark_read" }, "filter": {} })).await;
    s.advance(7 * 24 * HOUR + 1).await;
    s.bob.post(&format!("/bulk/{}/undo", id(&late)), json!({})).await.refused(409, "bulk.too_old");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_act_on_one_may_not_act_on_many() {
    let (s, _door, ids) = with_conversations(2).await;
    let post = async |who: &Client, body: Value| who.post("/bulk", body).await;
    let read = json!({ "do": "mark_read" });
    post(&s.bob, json!({ "act": { "do": "delete" }, "ids": ids })).await.refused(403, "permission.missing");
    post(&s.bob, json!({ "act": { "do": "restore" }, "ids": ids })).await.refused(403, "permission.missing");
    for (body, field) in [
        (json!({ "act": read }), "ids"),
        (json!({ "act": read, "ids": [] }), "ids"),
        (json!({ "act": read, "ids": ids, "filter": {} }), "filter"),
        (json!({ "act": read, "filter": { "or": [] } }), "filter.or"),
        (json!({ "act": { "do": "add_tags", "tags": [] }, "ids": ids }), "act.tags"),
        (json!({ "act": { "do": "add_tags", "tags": ["ok", " "] }, "ids": ids }), "act.tags.1"),
        (json!({ "act": { "do": "assign", "assignee_id": "mem_00000000000000000000000001" }, "ids": ids }), "act.assignee_id"),
        (json!({ "act": { "do": "set_status", "status": "snoozed", "snoozed_until": s.time(-1) }, "ids": ids }), "act.snoozed_until"),
    ] {
        let problem = post(&s.bob, body.clone()).await.refused(422, "invalid");
        assert_eq!(problem["fields"][0]["field"], field, "{body}");
    }
    post(&s.bob, json!({ "act": { "do": "explode" }, "ids": ids })).await.refused(400, "json.wrong_type");
    // The same key does it once.
    let keyed = s.bob.with("idempotency-key", "b1");
    let body = json!({ "act": { "do": "add_tags", "tags": ["once"] }, "ids": ids });
    let first = keyed.post("/bulk", body.clone()).await.is(201);
    assert_eq!(keyed.post("/bulk", body).await.is(201)["id"], first["id"]);
    s.settle().await;
    assert_eq!(s.all(&s.bob, "/bulk").await.len(), 1);
    // It is nobody else's, not even to look at.
    for answer in
        [s.alice.get(&format!("/bulk/{}", id(&first))).await, s.alice.post(&format!("/bulk/{}/undo", id(&first)), json!({})).await]
    {
        answer.refused(404, "bulk.not_found");
    }
    assert!(s.all(&s.alice, "/bulk").await.is_empty());
    // Ids of nothing change nothing.
    let nothing = act(&s, &s.bob, json!({ "act": read, "ids": ["cnv_00000000000000000000000001"] })).await;
    assert_eq!((nothing["total"].as_i64(), nothing["changed"].as_i64()), (Some(1), Some(0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_by_words_misses_nobody_and_a_count_says_when_it_is_cut() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    // Six hundred conversations, each with eight messages of the same word.
    for part in 0..24 {
        let mut batch = Vec::new();
        for c in part * 25..(part + 1) * 25 {
            batch.extend((0..8).map(|m| ApiDoor::message(&format!("m{c}-{m}"), &format!("customer-{c}"), &format!("Marble {m} of {c}"))));
        }
        door.post(&s, Value::Array(batch)).await.is(200);
    }
    s.settle().await;
    let count = async |text: &str| s.alice.post("/conversations/count", json!({ "text": text })).await.ok();
    let counted = count("marble").await;
    assert!(counted["exact"] == false || counted["count"] == 600, "{counted}");
    assert!(counted["count"].as_i64().unwrap() >= 200, "{counted}");
    assert_eq!(count("marble 599").await, json!({ "count": 1, "exact": true }));
    let bulk = act(&s, &s.bob, json!({ "filter": {}, "text": "marble", "act": { "do": "add_tags", "tags": ["stone"] } })).await;
    assert_eq!((&bulk["total"], &bulk["changed"]), (&json!(600), &json!(600)));
    assert_eq!(s.alice.get("/tags").await.ok()["data"][0]["count"], 600);
}
