//! Looks at the inbox that people keep: whose they are, who sees them, in which order; and counts that stay right whatever happens.

use serde_json::{Value, json};
use tests::{ApiDoor, Client, Mail, TestServer};

const HOUR: i64 = 3_600_000;

fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}
async fn names(who: &Client) -> Vec<String> {
    let all = who.get("/views").await.ok();
    all["data"].as_array().unwrap().iter().map(|v| v["name"].as_str().unwrap().to_owned()).collect()
}
fn urgent() -> Value {
    json!({ "and": [{ "field": "status", "op": "any_of", "value": ["open", "new"] }, { "field": "priority", "op": "at_least", "value": "high" }] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_is_its_makers_until_it_is_shared() {
    let s = TestServer::start().await;
    let mut live = s.events(&s.bob, "").await;
    let body = json!({ "name": " Pressing ", "icon": "flame", "hue": 20, "filter": urgent(), "sort": "waiting", "columns": ["tags", "waiting_since", "tags"] });
    let keyed = s.bob.with("idempotency-key", "v1");
    let own = keyed.post("/views", body.clone()).await.is(201);
    assert_eq!(keyed.post("/views", body).await.is(201)["id"], own["id"]);
    assert_eq!(
        (&own["name"], &own["scope"], &own["descending"], &own["editable"]),
        (&json!("Pressing"), &json!("mine"), &json!(false), &json!(true))
    );
    assert_eq!((&own["columns"], &own["owner_id"], &own["team_id"]), (&json!(["tags", "waiting_since"]), &json!(s.bob_id), &Value::Null));
    assert_eq!(own["filter"], urgent());
    let told = live.event("view.created").await;
    assert_eq!(told["payload"], json!({ "view_id": own["id"], "scope": "mine" }));
    // Nobody else knows of it.
    let path = format!("/views/{}", id(&own));
    assert!(names(&s.alice).await.is_empty());
    for answer in [
        s.alice.get(&path).await,
        s.alice.patch(&path, json!({ "name": "Mine now" })).await,
        s.alice.delete(&path).await,
        s.alice.get(&format!("{path}/conversations")).await,
    ] {
        answer.refused(404, "view.not_found");
    }
    // Sharing takes a permission.
    s.bob.patch(&path, json!({ "scope": "all" })).await.refused(403, "permission.missing");
    s.bob.post("/views", json!({ "name": "For all", "scope": "all" })).await.refused(403, "permission.missing");
    s.advance(1).await;
    let shared = s.alice.post("/views", json!({ "name": "For all", "scope": "all" })).await.is(201);
    assert_eq!(names(&s.bob).await, ["Pressing", "For all"]);
    let shared_path = format!("/views/{}", id(&shared));
    assert_eq!(s.bob.get(&shared_path).await.ok()["editable"], false);
    s.bob.patch(&shared_path, json!({ "name": "x" })).await.refused(403, "permission.missing");
    s.bob.delete(&shared_path).await.refused(403, "permission.missing");
    // Taken back, it is whoever took it back who keeps it.
    let mine = s.alice.patch(&shared_path, json!({ "scope": "mine", "hue": null, "columns": null })).await.ok();
    assert_eq!((&mine["scope"], &mine["owner_id"], &mine["hue"]), (&json!("mine"), &json!(s.alice_id), &Value::Null));
    assert_eq!(names(&s.bob).await, ["Pressing"]);
    // What is not named stays.
    let changed = s.bob.patch(&path, json!({ "sort": "created" })).await.ok();
    assert_eq!(
        (&changed["sort"], &changed["descending"], &changed["icon"], &changed["hue"]),
        (&json!("created"), &json!(true), &json!("flame"), &json!(20))
    );
    assert_eq!(s.bob.patch(&path, json!({ "descending": false })).await.ok()["descending"], false);
    s.bob.delete(&path).await.is(204);
    assert!(names(&s.bob).await.is_empty());
    s.bob.get(&path).await.refused(404, "view.not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_has_an_order_of_their_own() {
    let s = TestServer::start().await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(id(&s.alice.post("/views", json!({ "name": name, "scope": "all" })).await.is(201)).to_owned());
        s.advance(1).await;
    }
    let own = s.alice.post("/views", json!({ "name": "own" })).await.is(201);
    let order = s.bob.put("/views/order", json!({ "ids": [ids[2], ids[0], ids[2]] })).await.ok();
    assert_eq!(order["data"].as_array().unwrap().len(), 3);
    assert_eq!(names(&s.bob).await, ["c", "a", "b"]);
    assert_eq!(names(&s.alice).await, ["a", "b", "c", "own"]);
    s.alice.post("/views", json!({ "name": "d", "scope": "all" })).await.is(201);
    assert_eq!(names(&s.bob).await, ["c", "a", "b", "d"]);
    s.bob.put("/views/order", json!({ "ids": [own["id"]] })).await.refused(422, "invalid");
    s.bob.put("/views/order", json!({ "ids": [] })).await.ok();
    assert_eq!(names(&s.bob).await, ["c", "a", "b", "d"]);
    let columns = ["name", "icon", "hue", "columns.1", "filter.and.0.field"];
    let wrong = json!({ "name": " ", "icon": "unicorn", "hue": 360, "columns": ["tags", "x"], "filter": { "and": [{ "field": "y" }] } });
    let problem = s.bob.post("/views", wrong).await.refused(422, "invalid");
    let told: Vec<&str> = problem["fields"].as_array().unwrap().iter().map(|f| f["field"].as_str().unwrap()).collect();
    assert_eq!(told, columns);
    for _ in 0..100 {
        s.bob.post("/views", json!({ "name": "many" })).await.is(201);
    }
    s.bob.post("/views", json!({ "name": "one too many" })).await.refused(409, "view.too_many");
}

fn flag(field: &str) -> Value {
    json!({ "field": field, "op": "is", "value": true })
}

/// Every count against a walk through the list itself.
async fn compare(s: &TestServer, who: &Client, me: &str, after: &str) {
    let told = who.get("/views/counts").await.ok();
    let count = |key: &str| told["counts"][key].as_i64();
    let walk = async |query: &str| Some(s.all(who, &format!("/conversations{query}")).await.len() as i64);
    for (key, query) in [
        ("mine", "?status=open&assignee=me"),
        ("unassigned", "?status=open&assignee=none"),
        ("open", "?status=open"),
        ("following", "?status=open&following=true"),
        ("unread", "?status=open&unread=true"),
        ("snoozed", "?status=snoozed"),
        ("spam", "?status=spam"),
    ] {
        assert_eq!(count(key), walk(query).await, "{key} after {after}");
    }
    assert_eq!(count(me), count("mine"), "{after}");
    for channel in s.alice.get("/channels").await.ok()["data"].as_array().unwrap() {
        let c = id(channel);
        assert_eq!(count(c), walk(&format!("?status=open&channel_id={c}")).await, "{c} after {after}");
    }
    for view in who.get("/views").await.ok()["data"].as_array().unwrap() {
        let held = s.all(who, &format!("/views/{}/conversations", id(view))).await;
        let direct = who.post("/conversations/count", json!({ "filter": view["filter"] })).await.ok();
        assert_eq!(count(id(view)), direct["count"].as_i64(), "{} after {after}", view["name"]);
        if view["sort"] != "waiting" {
            assert_eq!(count(id(view)), Some(held.len() as i64), "{} after {after}", view["name"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_are_right_after_whatever_happens() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    let views = [
        ("pressing", urgent(), "activity"),
        (
            "mine or tagged",
            json!({ "or": [{ "field": "assignee", "op": "is", "value": "me" }, { "field": "tags", "op": "any_of", "value": ["vip"] }] }),
            "priority",
        ),
        (
            "quiet",
            json!({ "and": [{ "field": "last_message_at", "op": "before", "value": "-3h" }, { "not": { "field": "unread", "op": "is", "value": true } }] }),
            "created",
        ),
        ("followed by some", json!({ "field": "follower", "op": "is_set" }), "activity"),
        ("not followed by me", json!({ "field": "follower", "op": "is_not", "value": "me" }), "activity"),
        ("planned or pinned", json!({ "or": [flag("scheduled"), flag("pinned_note")] }), "activity"),
        ("not blocked", json!({ "not": flag("contact_blocked") }), "activity"),
        ("of Ann", json!({ "field": "contact", "op": "contains", "value": "ann" }), "activity"),
        ("everything", json!({}), "waiting"),
        ("none of it", json!({ "not": { "and": [] } }), "activity"),
    ];
    for (name, filter, sort) in views {
        let filter = if name == "none of it" { json!({ "field": "message_count", "op": "at_most", "value": 0 }) } else { filter };
        s.bob.post("/views", json!({ "name": name, "filter": filter, "sort": sort })).await.is(201);
    }
    s.alice
        .post("/views", json!({ "name": "shared", "scope": "all", "filter": { "field": "status", "op": "is", "value": "pending" } }))
        .await
        .is(201);
    compare(&s, &s.bob, &s.bob_id, "nothing").await;
    let mut dice = 7usize;
    let mut roll = |n: usize| {
        dice = dice.wrapping_mul(1_103_515_245).wrapping_add(12_345) % (1 << 31);
        (dice >> 8) % n
    };
    for step in 0..90 {
        let all = s.conversations().await;
        let some = (!all.is_empty()).then(|| all[roll(all.len())].clone());
        let (what, c) = match (roll(18), &some) {
            (0..=2, _) | (_, None) => {
                let n = roll(9);
                let mut body = ApiDoor::message(&format!("m{step}"), &format!("customer-{n}"), "Hello again");
                body["from"]["name"] = json!(["Ann Other", "Änne", "Bert"][n % 3]);
                door.post(&s, body).await.is(200);
                s.settle().await;
                ("a message", None)
            }
            (n, Some(c)) => {
                let whats = [
                    "",
                    "",
                    "",
                    "status",
                    "snooze",
                    "assign",
                    "priority",
                    "tag",
                    "untag",
                    "read",
                    "delete",
                    "rename",
                    "follow",
                    "leave",
                    "later",
                    "take back",
                    "pin",
                    "block",
                ];
                (whats[n], Some(c))
            }
        };
        let path = c.map(|c| format!("/conversations/{}", id(c))).unwrap_or_default();
        match what {
            "status" => drop(
                s.alice
                    .patch(&format!("{path}/status"), json!({ "status": (["open", "pending", "resolved", "spam"][roll(4)]) }))
                    .await
                    .ok(),
            ),
            "snooze" => {
                drop(s.alice.patch(&format!("{path}/status"), json!({ "status": "snoozed", "snoozed_until": s.time(2 * HOUR) })).await.ok())
            }
            "assign" => {
                drop(s.alice.post(&format!("{path}/assign"), json!({ "assignee_id": ([&s.alice_id, &s.bob_id][roll(2)]) })).await.ok())
            }
            "priority" => drop(s.alice.patch(&path, json!({ "priority": (["low", "high", "urgent"][roll(3)]) })).await.ok()),
            "tag" => drop(s.alice.post(&format!("{path}/tags"), json!({ "tags": ["vip"] })).await.ok()),
            "untag" => drop(s.alice.json("DELETE", &format!("{path}/tags"), json!({ "tags": ["VIP"] })).await.ok()),
            "read" => drop(s.bob.post(&format!("{path}/mark-read"), json!({ "read": roll(2) == 0 })).await.ok()),
            "delete" => {
                s.alice.delete(&path).await.is(204);
                if roll(2) == 0 {
                    compare(&s, &s.bob, &s.bob_id, "a removal").await;
                    s.alice.post(&format!("{path}/restore"), json!({})).await.ok();
                }
            }
            "follow" => drop(s.bob.post(&format!("{path}/followers"), json!({})).await.ok()),
            "leave" => drop(s.bob.delete(&format!("{path}/followers/{}", s.bob_id)).await.ok()),
            "later" => {
                let body = json!({ "text": "Soon", "send_at": s.time(3 * HOUR) });
                drop(s.alice.post(&format!("{path}/messages"), body).await.is(201));
            }
            "take back" => {
                for m in s.conversation(id(c.unwrap())).await["scheduled"].as_array().unwrap() {
                    s.alice.post(&format!("/messages/{}/cancel", id(m)), json!({})).await.ok();
                }
            }
            "pin" => {
                let pinned = s.conversation(id(c.unwrap())).await["pinned"].as_array().unwrap().first().map(|n| id(n).to_owned());
                match pinned {
                    Some(note) => drop(s.bob.delete(&format!("/messages/{note}/pin")).await.ok()),
                    None => {
                        let note = s.bob.post(&format!("{path}/notes"), json!({ "text": "Mind this" })).await.is(201);
                        s.bob.post(&format!("/messages/{}/pin", id(&note)), json!({})).await.ok();
                    }
                }
            }
            "block" => {
                let path = format!("/contacts/{}/block", c.unwrap()["contact_id"].as_str().unwrap());
                s.alice.post(&path, json!({ "keep_conversations": roll(2) == 0 })).await.ok();
                if roll(3) > 0 {
                    compare(&s, &s.bob, &s.bob_id, "a block").await;
                    s.alice.delete(&path).await.ok();
                }
            }
            "rename" => {
                let person = c.unwrap()["contact_id"].as_str().unwrap();
                drop(s.alice.patch(&format!("/contacts/{person}"), json!({ "name": (["Anna Lund", "Carl"][roll(2)]) })).await.ok());
            }
            _ => {}
        }
        if step % 7 == 6 {
            s.advance(HOUR).await;
        }
        compare(&s, &s.bob, &s.bob_id, what).await;
    }
    // Alice has other views, and the same numbers where the filters are the same.
    compare(&s, &s.alice, &s.alice_id, "all of it").await;
    // Any filter can be counted like this, and a wrong one is told.
    let asked = s.bob.post("/views/counts", json!({ "filters": { "a": {}, "b": urgent() } })).await.ok();
    assert_eq!(asked["counts"]["a"].as_i64(), Some(s.conversations().await.len() as i64));
    let problem = s.bob.post("/views/counts", json!({ "filters": { "x": { "or": [] } } })).await.refused(422, "invalid");
    assert_eq!(problem["fields"][0]["field"], "filters.x.or");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_follow_what_is_merged_split_and_joined() {
    let s = TestServer::start().await;
    s.mail_door("help@desk.example", None).await;
    let file = |of: &str, subject: &str, n: &str| {
        let parts = "--x\nContent-Type: text/plain\n\nPlease look\n--x\nContent-Type: text/csv\nContent-Disposition: attachment; filename=\"scan.csv\"\n\n\
                     a,b\n--x--\n";
        Mail::new(of, "help@desk.example", subject, parts)
            .id(n)
            .header("Content-Type", "multipart/mixed; boundary=x")
            .header("MIME-Version", "1.0")
    };
    for (name, filter) in [
        ("files", flag("has_attachment")),
        ("Ann's", json!({ "field": "contact", "op": "contains", "value": "ann" })),
        ("followed", json!({ "field": "follower", "op": "is", "value": "me" })),
    ] {
        s.bob.post("/views", json!({ "name": name, "filter": filter })).await.is(201);
    }
    s.deliver(&Mail::new("Ann <ann@home.example>", "help@desk.example", "Lamp", "Broken").id("a1@home.example")).await;
    s.deliver(&file("Ben <ben@home.example>", "The same lamp", "b1@home.example")).await;
    let all = s.conversations().await;
    let by = |subject: &str| id(all.iter().find(|c| c["subject"] == subject).unwrap()).to_owned();
    let (lamp, other) = (by("Lamp"), by("The same lamp"));
    let names = ["files", "Ann's", "followed"];
    let figures = async || {
        let views = s.bob.get("/views").await.ok();
        let counts = s.bob.get("/views/counts").await.ok()["counts"].clone();
        let all = views["data"].as_array().unwrap();
        names.map(|name| counts[id(all.iter().find(|v| v["name"] == name).unwrap())].as_i64().unwrap())
    };
    assert_eq!(figures().await, [1, 1, 0]);
    s.bob.post(&format!("/conversations/{other}/followers"), json!({})).await.ok();
    assert_eq!(figures().await, [1, 1, 1]);
    let merged = s.bob.post(&format!("/conversations/{lamp}/merge"), json!({ "from": [other] })).await.ok();
    compare(&s, &s.bob, &s.bob_id, "a merge").await;
    assert_eq!(figures().await, [1, 1, 1], "the file and the follower have gone over");
    assert_eq!(s.bob.get("/views/counts").await.ok()["counts"]["open"], 1);
    // What was merged is not in the trash: no act on many brings it back.
    let bulk = s.alice.post("/bulk", json!({ "act": { "do": "restore" }, "ids": [other] })).await.is(201);
    s.settle().await;
    assert_eq!(s.alice.get(&format!("/bulk/{}", id(&bulk))).await.ok()["changed"], 0);
    s.bob.get(&format!("/conversations/{other}")).await.refused(404, "conversation.merged");
    s.bob.post(&format!("/merges/{}/undo", id(&merged["merges"][0])), json!({})).await.ok();
    compare(&s, &s.bob, &s.bob_id, "its undoing").await;
    assert_eq!(s.bob.get("/views/counts").await.ok()["counts"]["open"], 2);
    let files = s.all(&s.bob, "/conversations?filter=%7B%22field%22:%22has_attachment%22,%22op%22:%22is%22,%22value%22:true%7D").await;
    assert_eq!(files.iter().map(id).collect::<Vec<_>>(), [other.as_str()], "the file is back where it was");

    // Two that are one person: found under either name's words until they are two again.
    let person = |c: &str| all.iter().find(|x| id(x) == c).unwrap()["contact_id"].as_str().unwrap().to_owned();
    let (ann, ben) = (person(&lamp), person(&other));
    s.alice.post(&format!("/contacts/{ben}/join"), json!({ "into": ann })).await.ok();
    compare(&s, &s.bob, &s.bob_id, "a join").await;
    assert_eq!(figures().await[1], 2);
    let found =
        async |text: &str| s.all(&s.bob, &format!("/contacts?text={text}")).await.iter().map(|c| id(c).to_owned()).collect::<Vec<_>>();
    assert_eq!(found("ben@home").await, std::slice::from_ref(&ann));
    s.alice.delete(&format!("/contacts/{ben}/join")).await.ok();
    compare(&s, &s.bob, &s.bob_id, "two again").await;
    assert_eq!((figures().await[1], found("ben").await, found("ann").await), (1, vec![ben], vec![ann]));
}
