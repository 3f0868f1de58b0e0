//! What agents do with conversations: filter, assign, snooze, tag, take back, send later, search.

use serde_json::{Value, json};
use std::collections::HashSet;
use tests::{ApiDoor, Hook, TestServer, encode};

const HOUR: i64 = 3_600_000;
fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}

/// A program's customers have written one message each, a second apart.
async fn with_conversations(n: usize) -> (TestServer, Hook, ApiDoor, Vec<Value>) {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(Some(&hook.url())).await;
    for i in 0..n {
        let mut body = ApiDoor::message(&format!("m{i}"), &format!("customer-{i}"), &format!("Message number {i}"));
        body["from"]["name"] = json!(format!("Customer {i}"));
        door.post(&s, body).await.is(200);
        s.advance(1_000).await;
    }
    let mut all = s.conversations().await;
    all.reverse();
    assert_eq!(all.len(), n);
    (s, hook, door, all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_tells_who_did_what_and_when() {
    let (s, _hook, door, all) = with_conversations(2).await;
    let path = format!("/conversations/{}", id(&all[0]));
    let token = s.bob.post("/tokens", json!({ "name": "script" })).await.is(201);
    let script = s.anyone().bearer(token["token"].as_str().unwrap());
    let until = s.time(HOUR);
    s.bob.post(&format!("{path}/assign"), json!({ "assignee_id": s.alice_id })).await.ok();
    s.advance(1_000).await;
    s.alice.post(&format!("{path}/tags"), json!({ "tags": ["Urgent", "vip"] })).await.ok();
    s.alice.send("DELETE", &format!("{path}/tags"), Some("application/json"), r#"{"tags":["VIP"]}"#.into()).await.ok();
    script.post(&format!("{path}/unassign"), json!({})).await.ok();
    s.alice.patch(&path, json!({ "priority": "high" })).await.ok();
    s.alice.patch(&format!("{path}/status"), json!({ "status": "snoozed", "snoozed_until": until })).await.ok();
    s.alice.post(&format!("{path}/mark-read"), json!({})).await.ok();
    door.post(&s, ApiDoor::message("again", "customer-0", "I forgot something")).await.is(200);
    s.settle().await;
    let list = s.all(&s.bob, &format!("{path}/events")).await;
    let told: Vec<_> = list.iter().rev().map(|e| (e["kind"].as_str().unwrap(), e["actor_name"].as_str().unwrap_or("-"))).collect();
    assert_eq!(
        told,
        [
            ("conversation.created", "-"),
            ("conversation.assigned", "Bob Agent"),
            ("conversation.status_changed", "Bob Agent"),
            ("conversation.updated", "Alice Admin"),
            ("conversation.updated", "Alice Admin"),
            ("conversation.assigned", "Bob Agent"),
            ("conversation.updated", "Alice Admin"),
            ("conversation.status_changed", "Alice Admin"),
            ("conversation.status_changed", "-"),
        ]
    );
    let by_age: Vec<&Value> = list.iter().rev().collect();
    assert_eq!((&by_age[1]["assignee_name"], &by_age[1]["assignee_before_id"]), (&json!("Alice Admin"), &Value::Null));
    assert_eq!(by_age[1]["at"], json!(s.time(-1_000)));
    assert_eq!((&by_age[2]["status_before"], &by_age[2]["status"]), (&json!("new"), &json!("open")));
    assert_eq!((&by_age[3]["tags_added"], &by_age[4]["tags_removed"]), (&json!(["Urgent", "vip"]), &json!(["vip"])));
    assert_eq!((&by_age[5]["assignee_id"], &by_age[5]["assignee_before_name"]), (&Value::Null, &json!("Alice Admin")));
    assert!(by_age[5]["actor"].as_str().unwrap().starts_with("token:tok_"));
    assert_eq!((&by_age[6]["priority"], &by_age[6]["changed"]), (&json!("high"), &json!(["priority"])));
    assert_eq!((&by_age[7]["status"], &by_age[7]["snoozed_until"]), (&json!("snoozed"), &json!(until)));
    assert_eq!((&by_age[8]["status"], &by_age[8]["because"]), (&json!("open"), &json!("message")));
    // In pages, each entry once.
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = s.bob.get(&format!("{path}/events?limit=2{cursor}")).await.ok();
        paged.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={}", encode(next));
    }
    assert_eq!(paged, list);
    // A note opens a new conversation too, and says so.
    let other = format!("/conversations/{}", id(&all[1]));
    s.bob.post(&format!("{other}/notes"), json!({ "text": "I look at it" })).await.is(201);
    let list = s.all(&s.bob, &format!("{other}/events")).await;
    assert_eq!((&list[0]["status"], &list[0]["actor_name"]), (&json!("open"), &json!("Bob Agent")));
    s.alice.delete(&other).await.is(204);
    s.bob.get(&format!("{other}/events")).await.refused(404, "conversation.not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_by_cursor_cover_everything_once_in_every_order() {
    let (s, _hook, _door, all) = with_conversations(23).await;
    let expected: HashSet<String> = all.iter().map(|c| id(c).to_owned()).collect();
    for sort in ["newest", "oldest", "waiting"] {
        for limit in [1, 4, 23, 100] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = s.bob.get(&format!("/conversations?sort={sort}&limit={limit}{cursor}")).await.ok();
                let rows = page["data"].as_array().unwrap();
                assert!(rows.len() <= limit);
                seen.extend(rows.iter().map(|c| (c["last_message_at"].as_str().unwrap().to_owned(), id(c).to_owned())));
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={}", encode(next));
            }
            let ids: HashSet<String> = seen.iter().map(|(_, id)| id.clone()).collect();
            assert_eq!((seen.len(), &ids), (23, &expected), "{sort} {limit}");
            let mut sorted = seen.clone();
            sorted.sort();
            if sort == "newest" {
                sorted.reverse();
            }
            assert_eq!(seen, sorted, "{sort} {limit}");
        }
    }
    for bad in ["limit=0", "limit=101", "limit=x", "cursor=zzz", "sort=random", "status=closedish", "assignee=me2", "channel=fax"] {
        let status = s.bob.get(&format!("/conversations?{bad}")).await.status;
        assert!((400..500).contains(&status), "{bad}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_show_what_they_say() {
    let (s, _hook, door, all) = with_conversations(5).await;
    let path = |n: usize| format!("/conversations/{}", id(&all[n]));
    s.bob.post(&format!("{}/assign", path(0)), json!({ "assignee_id": "me" })).await.ok();
    s.bob.post(&format!("{}/assign", path(1)), json!({ "assignee_id": s.alice_id })).await.ok();
    s.bob.patch(&format!("{}/status", path(2)), json!({ "status": "pending" })).await.ok();
    s.bob.patch(&format!("{}/status", path(3)), json!({ "status": "spam" })).await.ok();
    s.bob.post(&format!("{}/tags", path(0)), json!({ "tags": ["Urgent", "billing"] })).await.ok();
    s.bob.post(&format!("{}/mark-read", path(0)), json!({})).await.ok();
    let shown = async |query: &str| {
        let mut found: Vec<usize> = s
            .all(&s.bob, &format!("/conversations{query}"))
            .await
            .iter()
            .map(|c| all.iter().position(|a| a["id"] == c["id"]).unwrap())
            .collect();
        found.sort();
        found
    };
    assert_eq!(shown("").await, [0, 1, 2, 4]);
    assert_eq!(shown("?status=all").await, [0, 1, 2, 3, 4]);
    assert_eq!(shown("?status=open").await, [0, 1, 4]);
    assert_eq!(shown("?status=new").await, [4]);
    assert_eq!(shown("?status=new,open").await, [0, 1, 4]);
    assert_eq!(shown("?status=pending,spam").await, [2, 3]);
    assert_eq!(shown("?assignee=me").await, [0]);
    assert_eq!(shown(&format!("?assignee={}", s.alice_id)).await, [1]);
    assert_eq!(shown("?assignee=none").await, [2, 4]);
    assert_eq!(shown("?unread=true&status=all").await, [1, 2, 3, 4]);
    assert_eq!(shown("?tag=urgent").await, [0]);
    assert_eq!(shown("?channel=api").await, [0, 1, 2, 4]);
    assert!(shown("?channel=email").await.is_empty());
    assert_eq!(shown(&format!("?channel_id={}", door.id)).await, [0, 1, 2, 4]);
    assert_eq!(shown(&format!("?contact_id={}", all[4]["contact_id"].as_str().unwrap())).await, [4]);
    assert_eq!(shown("?text=number%204").await, [4]);
    assert_eq!(shown("?text=customer&assignee=me").await, [0]);
    let tags = s.all(&s.bob, "/tags").await;
    assert_eq!(
        tags.iter().map(|t| (t["name"].as_str().unwrap(), t["count"].as_i64().unwrap())).collect::<Vec<_>>(),
        [("billing", 1), ("Urgent", 1)]
    );
    let c = s.bob.json("DELETE", &format!("{}/tags", path(0)), json!({ "tags": ["URGENT"] })).await.ok();
    assert_eq!(c["tags"], json!(["billing"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statistics_add_up() {
    let (s, _hook, door, all) = with_conversations(6).await;
    let path = |n: usize| format!("/conversations/{}", id(&all[n]));
    for (n, status) in [(1, "pending"), (2, "snoozed"), (3, "resolved"), (4, "spam")] {
        s.bob.patch(&format!("{}/status", path(n)), json!({ "status": status })).await.ok();
    }
    s.bob.post(&format!("{}/assign", path(0)), json!({ "assignee_id": "me" })).await.ok();
    s.bob.post(&format!("{}/mark-read", path(0)), json!({})).await.ok();
    let n = s.bob.get("/conversations/statistics").await.ok();
    let by = |what: &str, key: &str| n[what][key].as_i64().unwrap_or(0);
    assert_eq!((n["open"].as_i64(), n["mine"].as_i64(), n["unassigned"].as_i64()), (Some(2), Some(1), Some(1)), "{n:#}");
    assert_eq!((by("by_status", "new"), by("by_status", "open")), (1, 1), "{n:#}");
    assert!(["pending", "snoozed", "resolved", "spam"].iter().all(|s| by("by_status", s) == 1), "{n:#}");
    assert_eq!((by("by_channel", &door.id), by("by_assignee", &s.bob_id)), (2, 1), "{n:#}");
    // What the list shows and what is counted are the same.
    let open = s.all(&s.bob, "/conversations?status=open").await.len() as i64;
    assert_eq!(n["open"].as_i64(), Some(open));
    assert_eq!(n["unread"].as_i64(), Some(s.all(&s.bob, "/conversations?status=open&unread=true").await.len() as i64), "{n:#}");
    for same in ["/stats", "/stats/inbox"] {
        assert_eq!(s.bob.get(same).await.ok(), n);
    }
    assert_eq!(s.alice.get("/stats").await.ok()["mine"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_is_assigned_snoozed_woken_noted_and_read() {
    let (s, hook, door, all) = with_conversations(1).await;
    let path = format!("/conversations/{}", id(&all[0]));
    let c = s.bob.post(&format!("{path}/assign"), json!({ "assignee_id": "me" })).await.ok();
    assert_eq!((&c["assignee_id"], &c["status"]), (&json!(s.bob_id), &json!("open")));
    s.bob.post(&format!("{path}/assign"), json!({ "assignee_id": "mem_00000000000000000000000001" })).await.is(422);
    assert_eq!(s.bob.post(&format!("{path}/unassign"), json!({})).await.ok()["assignee_id"], Value::Null);
    let c = s.bob.get(&format!("{path}?mark_read=true")).await.ok();
    assert_eq!(c["unread_count"], 0);
    let c = s.bob.patch(&format!("{path}/status"), json!({ "status": "snoozed", "snoozed_until": s.time(HOUR) })).await.ok();
    assert_eq!(c["status"], "snoozed");
    s.bob.patch(&format!("{path}/status"), json!({ "status": "snoozed", "snoozed_until": s.time(-1) })).await.is(422);
    s.advance(HOUR - 1_000).await;
    assert_eq!(s.bob.get(&path).await.ok()["status"], "snoozed");
    s.advance(2_000).await;
    let c = s.bob.get(&path).await.ok();
    assert_eq!((&c["status"], &c["snoozed_until"], &c["unread_count"]), (&json!("open"), &Value::Null, &json!(1)));
    // A customer wakes it as well.
    s.bob.patch(&format!("{path}/status"), json!({ "status": "snoozed", "snoozed_until": s.time(HOUR) })).await.ok();
    door.post(&s, ApiDoor::message("again", "customer-0", "Still there?")).await.is(200);
    s.settle().await;
    assert_eq!(s.bob.get(&path).await.ok()["status"], "open");

    let note = s.bob.post(&format!("{path}/notes"), json!({ "text": "Careful with this one" })).await.is(201);
    assert_eq!((&note["is_note"], &note["sender_name"]), (&json!(true), &json!("Bob Agent")));
    s.alice.delete(&format!("/messages/{}", id(&note))).await.refused(403, "message.not_yours");
    s.bob.delete(&format!("/messages/{}", id(&note))).await.is(204);
    s.bob.get(&format!("/messages/{}", id(&note))).await.is(404);
    s.settle().await;
    assert!(hook.requests().is_empty(), "notes never leave");

    let draft = json!({ "text": "Dear custo" });
    s.bob.put(&format!("{path}/draft"), draft).await.is(204);
    assert_eq!(s.bob.get(&path).await.ok()["draft"]["text"], "Dear custo");
    assert_eq!(s.alice.get(&path).await.ok()["draft"], Value::Null);
    s.bob.delete(&format!("{path}/draft")).await.is(204);
    assert_eq!(s.bob.get(&path).await.ok()["draft"], Value::Null);
    for method in ["PUT", "PATCH"] {
        let c =
            s.bob.json(method, &path, json!({ "priority": "urgent", "tags": ["vip"], "custom_attributes": { "plan": "gold" } })).await.ok();
        assert_eq!((&c["priority"], &c["tags"], &c["custom_attributes"]["plan"]), (&json!("urgent"), &json!(["vip"]), &json!("gold")));
    }
    s.bob.post(&format!("{path}/mark-read"), json!({ "read": true })).await.ok();
    assert_eq!(s.bob.post(&format!("{path}/mark-read"), json!({ "read": false })).await.ok()["unread_count"], 1);
    s.bob.delete(&path).await.refused(403, "permission.missing");
    s.alice.delete(&path).await.is(204);
    s.bob.get(&path).await.refused(404, "conversation.not_found");
    assert!(s.conversations().await.is_empty());
    s.alice.post(&format!("{path}/restore"), json!({})).await.ok();
    assert_eq!(s.conversations().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_can_be_taken_back_until_it_leaves() {
    let (s, hook, _door, all) = with_conversations(1).await;
    let path = format!("/conversations/{}/messages", id(&all[0]));
    let first = s.bob.post(&path, json!({ "text": "Oops" })).await.is(201);
    assert_eq!(first["status"], "scheduled");
    s.advance(9_000).await;
    assert_eq!(s.bob.post(&format!("/messages/{}/cancel", id(&first)), json!({})).await.ok()["status"], "cancelled");
    s.advance(20_000).await;
    assert!(hook.requests().is_empty());
    let second = s.bob.post(&path, json!({ "text": "Better" })).await.is(201);
    s.advance(10_500).await;
    assert_eq!(hook.requests().len(), 1);
    s.bob.post(&format!("/messages/{}/cancel", id(&second)), json!({})).await.refused(409, "message.already_sent");
    // Send later.
    let later = s.bob.post(&path, json!({ "text": "Good morning", "send_at": s.time(8 * HOUR) })).await.is(201);
    s.advance(7 * HOUR).await;
    assert!(hook.requests().is_empty());
    // What is written meanwhile does not wait for it.
    s.bob.post(&path, json!({ "text": "Before that", "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    assert_eq!(hook.requests().len(), 1);
    s.advance(HOUR + 1_000).await;
    assert_eq!(hook.requests()[0].json()["text"], "Good morning");
    assert_eq!(s.message(id(&later)).await["status"], "sent");
    for bad in [
        json!({ "text": "" }),
        json!({ "text": "x", "undo_seconds": 61 }),
        json!({ "text": "x", "undo_seconds": -1 }),
        json!({ "text": "x", "send_at": "tomorrow" }),
    ] {
        let status = s.bob.post(&path, bad.clone()).await.status;
        assert!([400, 409, 422].contains(&status), "{bad} {status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_not_seen_everything_is_told_before_sending() {
    let (s, hook, door, all) = with_conversations(1).await;
    let path = format!("/conversations/{}/messages", id(&all[0]));
    door.post(&s, ApiDoor::message("more", "customer-0", "One more thing")).await.is(200);
    s.settle().await;
    let body = json!({ "text": "My answer", "undo_seconds": 0, "seen_message_count": 1 });
    let refused = s.bob.post(&path, body).await.refused(409, "conversation.changed");
    assert!(refused["detail"].as_str().unwrap().ends_with(" wrote since you began. Read it, then send again."), "{refused}");
    let body = json!({ "text": "My answer", "undo_seconds": 0, "seen_message_count": 2, "status_after": "resolved" });
    s.bob.post(&path, body).await.is(201);
    s.settle().await;
    assert_eq!(hook.requests().len(), 1);
    let c = s.only_conversation().await;
    assert_eq!((&c["status"], &c["assignee_id"]), (&json!("resolved"), &json!(s.bob_id)));
    // Two answer at once: the second is told of the first, by name, and may send all the same.
    let second = json!({ "text": "Mine too", "undo_seconds": 0, "seen_message_count": 2 });
    let refused = s.alice.post(&path, second).await.refused(409, "conversation.changed");
    let bob = s.bob.get("/me").await.ok()["account"]["name"].as_str().unwrap().to_owned();
    assert_eq!(refused["detail"], format!("{bob} answered since you began. Read it, then send again."));
    s.bob.post(&format!("/conversations/{}/notes", id(&all[0])), json!({ "text": "Done" })).await.is(201);
    let refused = s.alice.post(&path, json!({ "text": "Mine too", "seen_message_count": 2 })).await.refused(409, "conversation.changed");
    assert!(refused["detail"].as_str().unwrap().starts_with(&format!("{bob} answered and {bob} left a note ")), "{refused}");
    s.alice.post(&path, json!({ "text": "Mine too", "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    assert_eq!(hook.requests().len(), 1, "one more than was looked at");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_does_its_work_once() {
    let (s, hook, _door, all) = with_conversations(1).await;
    let path = format!("/conversations/{}/messages", id(&all[0]));
    let keyed = s.bob.with("idempotency-key", "k-1");
    let body = json!({ "text": "Only once", "undo_seconds": 0 });
    let (a, b) = tokio::join!(keyed.post(&path, body.clone()), keyed.post(&path, body.clone()));
    let (a, b) = (a.is(201), b.is(201));
    assert_eq!(a["id"], b["id"]);
    s.advance(HOUR).await;
    assert_eq!(keyed.post(&path, body.clone()).await.is(201)["id"], a["id"]);
    keyed.post(&path, json!({ "text": "Something else" })).await.refused(409, "idempotency.key_reused");
    // Somebody else's key of that name is theirs.
    assert_ne!(s.alice.with("idempotency-key", "k-1").post(&path, body.clone()).await.is(201)["id"], a["id"]);
    s.settle().await;
    assert_eq!(hook.requests().len(), 2);
    s.advance(24 * HOUR).await;
    assert_ne!(keyed.post(&path, body).await.is(201)["id"], a["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn search_finds_words_beginnings_names_and_other_scripts() {
    let (s, _hook, door, _all) = with_conversations(2).await;
    for (n, text) in
        ["Die Rechnung für die Überweisung", "我的订单什么时候到货", "Où est ma commande ?", "100% of 'quotes\" and \\ signs; DROP TABLE"]
            .iter()
            .enumerate()
    {
        let mut body = ApiDoor::message(&format!("s{n}"), &format!("searcher-{n}"), text);
        body["from"]["name"] = json!(["Jörg Müller", "王小明", "Amélie", "O'Hara"][n]);
        door.post(&s, body).await.is(200);
    }
    s.settle().await;
    let hits = async |q: &str| {
        let answer = s.bob.get(&format!("/search?q={}", encode(q))).await.ok();
        let mut found: Vec<String> = answer["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|h| format!("{}:{}", h["kind"].as_str().unwrap(), h["title"].as_str().unwrap()))
            .collect();
        found.sort();
        found
    };
    for q in ["rechnung", "Rech", "uberweisung", "Überw", "RECHNUNG für"] {
        assert_eq!(hits(q).await, ["message:Jörg Müller"], "{q}");
    }
    assert_eq!(hits("Jörg").await, ["contact:Jörg Müller", "message:Jörg Müller"]);
    assert_eq!(hits("订单").await, ["message:王小明"]);
    assert_eq!(hits("什么时候").await, ["message:王小明"]);
    assert_eq!(hits("ou est").await, ["message:Amélie"]);
    assert_eq!(hits("quotes drop").await, ["message:O'Hara"]);
    assert!(hits("nothing-like-this").await.is_empty());
    for hostile in ["'", "\"", "\\", "a & b | !c", "*", "' OR 1=1 --", "(", "NEAR(a b)", ":*", "\u{0}", "%", "_"] {
        hits(hostile).await;
        s.bob.get(&format!("/conversations?text={}", encode(hostile))).await.ok();
        s.bob.get(&format!("/contacts?text={}", encode(hostile))).await.ok();
    }
    let marked = s.bob.get("/search?q=rechn").await.ok();
    let pieces = marked["data"][0]["snippet"].as_array().unwrap().clone();
    assert!(pieces.iter().any(|p| p["mark"] == true && p["text"] == "Rechnung"), "{pieces:?}");
    // Deleted notes are not found.
    let c = s.conversations().await.remove(0);
    let note = s.bob.post(&format!("/conversations/{}/notes", id(&c)), json!({ "text": "xylophone" })).await.is(201);
    assert_eq!(hits("xylophone").await.len(), 1);
    s.bob.delete(&format!("/messages/{}", id(&note))).await.is(204);
    assert!(hits("xylophone").await.is_empty());
}
