//! A conversation that somebody does not see is not there for them: not through replies, macros, calls, merges, the trash, what waits
//! for its time, the bell, letters, or what belongs to its person.

use crate::rights::{Route, Things, ask, routes};
use serde_json::{Value, json};
use tests::{Client, Mail, Options, Sink, TestServer};

const DESK: &str = "help@desk.example";
const SECRET: &str = "heliotrope";
const DAY: i64 = 86_400_000;

/// Bob sees his own only. Alice's are about heliotrope, and he must not meet that word, nor their ids.
struct House {
    s: TestServer,
    sink: Sink,
    /// Alice's and Bob's.
    hidden: Value,
    own: Value,
}

fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}
fn path(c: &Value, rest: &str) -> String {
    format!("/conversations/{}{rest}", id(c))
}

impl House {
    async fn open() -> Self {
        let sink = Sink::start().await;
        let flags = vec![
            ("mail-host", "127.0.0.1".to_owned()),
            ("mail-port", sink.address.port().to_string()),
            ("mail-security", "none".to_owned()),
            ("mail-username", "desk".to_owned()),
            ("mail-password", "right".to_owned()),
            ("mail-from", "The Desk <no-reply@desk.example>".to_owned()),
        ];
        let s = TestServer::start_with(Options { flags, ..Default::default() }).await;
        s.mail_door(DESK, Some(&sink)).await;
        let hidden = came(&s, "erin@home.example", "Secret", SECRET).await;
        let own = came(&s, "bea@home.example", "Plain", "Nothing special").await;
        s.alice.post(&path(&hidden, "/assign"), json!({ "assignee_id": s.alice_id })).await.ok();
        s.alice.post(&path(&own, "/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
        // Bob may do everything, so that nothing but his sight stands between him and a conversation.
        let permissions = s.alice.get("/me").await.ok()["permissions"].clone();
        let role = json!({ "name": "Everything but sight", "permissions": permissions, "visibility": "own" });
        let role = s.alice.post("/roles", role).await.is(201);
        s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": role["id"] })).await.ok();
        Self { s, sink, hidden, own }
    }
    fn bob(&self) -> &Client {
        &self.s.bob
    }
}

/// A mail that begins a conversation.
async fn came(s: &TestServer, from: &str, subject: &str, text: &str) -> Value {
    s.deliver(&Mail::new(from, DESK, subject, text).id(&format!("{}-{}", subject.replace(' ', "-"), from))).await;
    let all = s.conversations().await;
    let found = all.iter().find(|c| c["subject"] == subject).unwrap_or_else(|| panic!("{subject}: {all:#?}"));
    s.conversation(id(found)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_hangs_on_an_unseen_conversation_is_not_there() {
    let h = House::open().await;
    let s = &h.s;
    let tagging = json!({ "name": "Tagging", "scope": "all", "actions": { "add_tags": ["done"] } });
    let one = s.alice.post("/macros", tagging).await.is(201);
    let run = s.alice.post(&path(&h.hidden, &format!("/macros/{}/run", id(&one))), json!({})).await.is(201);
    let canned =
        s.alice.post("/canned-replies", json!({ "title": "Hello", "text": "Hello {{contact.name}}", "scope": "all" })).await.is(201);
    let other = came(s, "erin@home.example", "Secret too", "more heliotrope").await;
    s.alice.post(&path(&other, "/assign"), json!({ "assignee_id": s.alice_id })).await.ok();
    let merged = s.alice.post(&path(&h.hidden, "/merge"), json!({ "from": [id(&other)] })).await.ok();
    let trashed = came(s, "erin@home.example", "Thrown away", SECRET).await;
    s.alice.post(&path(&trashed, "/assign"), json!({ "assignee_id": s.alice_id })).await.ok();
    s.alice.delete(&path(&trashed, "")).await.is(204);
    // Bob was told while it was his.
    let lost = came(s, "erin@home.example", "Once his", SECRET).await;
    s.alice.post(&path(&lost, "/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
    s.advance(0).await;
    let bell = s.all(h.bob(), "/notifications").await;
    let told = bell.iter().find(|n| n["conversation_id"] == lost["id"]).unwrap_or_else(|| panic!("{bell:#?}")).clone();
    s.alice.post(&path(&lost, "/assign"), json!({ "assignee_id": s.alice_id })).await.ok();

    let message = s.conversation(id(&h.hidden)).await["messages"][0]["id"].as_str().unwrap().to_owned();
    let things = Things::of_nothing()
        .with("conversations", id(&h.hidden))
        .with("messages", &message)
        .with("macros", id(&one))
        .with("macro-runs", id(&run))
        .with("merges", id(&merged["merges"][0]))
        .with("trash", id(&trashed))
        .with("notifications", id(&told))
        .with("canned-replies", id(&canned))
        .with("members", &s.bob_id);
    let (all, document) = routes(s).await;
    let hangs_on = |r: &&Route| {
        let of = ["/conversations/{id}", "/messages/{id}", "/macro-runs/{id}", "/merges/{id}", "/trash/{id}", "/notifications/{id}"];
        of.iter().any(|p| r.path.starts_with(p)) || r.path == "/canned-replies/{id}/use"
    };
    let before = s.alice.get(&path(&h.hidden, "")).await.ok();
    let history = s.alice.get(&path(&h.hidden, "/events")).await.ok();
    let mut asked = 0;
    for r in all.iter().filter(hangs_on) {
        let answer = ask(h.bob(), r, &things.fill(&r.path), &document, &things).await;
        assert_eq!(answer.status, 404, "{} {} → {}", r.method, r.path, answer.text());
        assert!(!answer.text().contains(SECRET) && !answer.text().contains(id(&h.hidden)), "{} {} → {}", r.method, r.path, answer.text());
        asked += 1;
    }
    assert!(asked >= 45, "{asked}");
    // What was merged says so to those who see where it went, and to nobody else.
    s.alice.get(&path(&other, "")).await.refused(404, "conversation.merged");
    for r in all.iter().filter(|r| r.path.starts_with("/conversations/{id}")) {
        let gone = Things::of_nothing().with("conversations", id(&other)).with("macros", id(&one)).with("members", &s.bob_id);
        let answer = ask(h.bob(), r, &gone.fill(&r.path), &document, &gone).await;
        let quiet = answer.code() == "conversation.not_found" && !answer.text().contains(id(&h.hidden));
        assert!(answer.status == 404 && quiet, "{} {} → {}", r.method, r.path, answer.text());
    }
    assert_eq!(s.alice.get(&path(&h.hidden, "")).await.ok(), before);
    assert_eq!(s.alice.get(&path(&h.hidden, "/events")).await.ok(), history);
    // Named in a body it is not there either.
    let call = json!({ "conversation_id": id(&h.hidden), "direction": "inbound", "outcome": "missed" });
    h.bob().post("/calls", call).await.refused(404, "conversation.not_found");
    h.bob().post(&path(&h.own, "/merge"), json!({ "from": [id(&h.hidden)] })).await.refused(404, "conversation.not_found");
    h.bob().post(&path(&h.hidden, "/merge"), json!({ "from": [id(&h.own)] })).await.refused(404, "conversation.not_found");
    let follow = s.alice.post(&path(&h.hidden, "/followers"), json!({ "member_id": s.bob_id })).await.is(422);
    assert_eq!(follow["fields"][0]["code"], "cannot_see");
    // Given back, everything is there again.
    s.alice.post(&path(&h.hidden, "/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
    h.bob().get(&path(&other, "")).await.refused(404, "conversation.merged");
    h.bob().post(&format!("/macro-runs/{}/undo", id(&run)), json!({})).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_list_count_bell_or_letter_tells_of_it() {
    let h = House::open().await;
    let s = &h.s;
    let settings = json!({ "kinds": [{ "kind": "mentioned", "in_app": true, "email": true, "push": false }], "quiet": { "enabled": false, "from": "22:00", "to": "07:00", "time_zone": "UTC" } });
    h.bob().put("/notifications/settings", settings).await.ok();
    // A note that names him, in what he sees and in what he does not.
    s.alice.post(&path(&h.hidden, "/notes"), json!({ "text": "@Bob Agent look at this heliotrope" })).await.is(201);
    s.alice.post(&path(&h.own, "/notes"), json!({ "text": "@Bob Agent look at this" })).await.is(201);
    let waits = json!({ "text": "heliotrope tomorrow", "send_at": s.time(DAY) });
    s.alice.post(&path(&h.hidden, "/messages"), waits).await.is(201);
    let trashed = came(s, "erin@home.example", "Thrown away", SECRET).await;
    s.alice.post(&path(&trashed, "/assign"), json!({ "assignee_id": s.alice_id })).await.ok();
    s.alice.delete(&path(&trashed, "")).await.is(204);
    s.settle().await;
    s.advance(0).await;
    let bell = s.all(h.bob(), "/notifications").await;
    assert!(bell.iter().all(|n| n["conversation_id"] == h.own["id"]) && !bell.is_empty(), "{bell:#?}");
    assert_eq!(h.bob().get("/notifications/count").await.ok()["unread"], bell.len());
    assert_eq!(h.bob().get("/stats").await.ok()["scheduled"], 0);
    assert_eq!(s.alice.get("/stats").await.ok()["scheduled"], 1);
    for list in ["/scheduled-messages", "/trash", "/search?q=heliotrope", "/conversations?status=all&text=heliotrope"] {
        assert_eq!(h.bob().get(list).await.ok()["data"], json!([]), "{list}");
        assert!(!s.alice.get(list).await.ok()["data"].as_array().unwrap().is_empty(), "{list}");
    }
    let of_one = format!("/scheduled-messages?conversation_id={}", id(&h.hidden));
    assert_eq!(h.bob().get(&of_one).await.ok()["data"], json!([]));
    // The letter carries the mention that he may see, and only that.
    s.advance(10 * 60_000).await;
    s.advance(0).await;
    let letters = h.sink.mails();
    assert!(letters.iter().any(|m| m.header("To").contains("bob@")), "no letter");
    assert!(letters.iter().filter(|m| m.header("To").contains("bob@")).all(|m| !m.raw.contains(SECRET)));
    // Told while it was his, taken away before the letter leaves.
    let lost = came(s, "erin@home.example", "Once his", SECRET).await;
    s.alice.post(&path(&lost, "/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
    s.alice.post(&path(&lost, "/notes"), json!({ "text": "@Bob Agent heliotrope again" })).await.is(201);
    s.settle().await;
    s.advance(0).await;
    let unread = h.bob().get("/notifications/count").await.ok()["unread"].as_i64().unwrap();
    s.alice.post(&path(&lost, "/assign"), json!({ "assignee_id": s.alice_id })).await.ok();
    assert_eq!(h.bob().get("/notifications/count").await.ok()["unread"], unread - 1);
    s.advance(10 * 60_000).await;
    s.advance(0).await;
    assert!(h.sink.mails().iter().filter(|m| m.header("To").contains("bob@")).all(|m| !m.raw.contains(SECRET)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_on_a_person_reach_only_what_is_seen_of_them() {
    let h = House::open().await;
    let s = &h.s;
    // One person, one conversation with each of us.
    let theirs = came(s, "erin@home.example", "For Bob", "A plain question").await;
    s.alice.post(&path(&theirs, "/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
    let person = theirs["contact_id"].as_str().unwrap();
    assert_eq!(h.hidden["contact_id"], person);
    let blocked = h.bob().post(&format!("/contacts/{person}/block"), json!({})).await.ok();
    assert_eq!(
        (&blocked["conversations"], &blocked["contact"]["conversation_count"]),
        (&json!([{ "id": id(&theirs), "status": "open", "snoozed_until": null }]), &json!(1))
    );
    assert_eq!(s.conversation(id(&h.hidden)).await["status"], "open", "what he does not see stays where it is");
    assert_eq!(h.bob().delete(&format!("/contacts/{person}/block")).await.ok()["conversation_count"], 1);
    let bea = h.own["contact_id"].as_str().unwrap();
    let joined = h.bob().post(&format!("/contacts/{bea}/join"), json!({ "into": person })).await.ok();
    assert_eq!(joined["conversation_count"], 2, "his two, not the third");
    assert_eq!(s.alice.get(&format!("/contacts/{person}")).await.ok()["conversation_count"], 3);
    // A call with somebody whose running calls are a colleague's is not put into them blindly.
    let configuration = json!({ "number": "+27211234567", "secret": "a secret of the telephone system", "country_code": "27" });
    s.alice.post("/channels", json!({ "provider": "phone", "name": "Calls", "configuration": configuration })).await.is(201);
    let call = json!({ "number": "+27825550001", "direction": "inbound", "outcome": "missed" });
    let logged = s.alice.post("/calls", call.clone()).await.is(201);
    assert_eq!(s.conversation(logged["conversation_id"].as_str().unwrap()).await["assignee_id"], s.alice_id.as_str());
    h.bob().post("/calls", call).await.refused(409, "conversation.elsewhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_takes_the_team_along_and_gives_it_back() {
    let h = House::open().await;
    let s = &h.s;
    let team = s.alice.post("/teams", json!({ "name": "Lamps", "member_ids": [s.alice_id] })).await.is(201);
    let (a, b) = (came(s, "ann@home.example", "Lamp", "Broken").await, came(s, "ann@home.example", "Lamp two", "Broken too").await);
    s.alice.post(&path(&b, "/assign"), json!({ "team_id": team["id"], "assignee_id": s.alice_id })).await.ok();
    let merged = s.alice.post(&path(&a, "/merge"), json!({ "from": [id(&b)] })).await.ok();
    let one = s.conversation(id(&a)).await;
    assert_eq!((&one["team_id"], &one["assignee_id"]), (&team["id"], &json!(s.alice_id)));
    let rows = s.all(&s.alice, &path(&a, "/assignments")).await;
    assert_eq!((&rows[0]["team_name"], &rows[0]["member_name"]), (&json!("Lamps"), &json!("Alice Admin")));
    s.alice.post(&format!("/merges/{}/undo", id(&merged["merges"][0])), json!({})).await.ok();
    let one = s.conversation(id(&a)).await;
    assert_eq!((&one["team_id"], &one["assignee_id"]), (&Value::Null, &Value::Null));
    let back = s.conversation(id(&b)).await;
    assert_eq!((&back["team_id"], &back["assignee_id"]), (&team["id"], &json!(s.alice_id)));
    // What is split off stays with who has it, and starts its own history.
    s.alice.post(&path(&b, "/notes"), json!({ "text": "x" })).await.is(201);
    s.deliver(
        &Mail::new("ann@home.example", DESK, "Re: Lamp two", "And a chair")
            .id("chair@home.example")
            .header("In-Reply-To", "<Lamp-two-ann@home.example>"),
    )
    .await;
    let both = s.conversation(id(&b)).await;
    let chair = both["messages"].as_array().unwrap().iter().find(|m| m["text"].as_str().unwrap().contains("chair")).unwrap();
    let split = s.alice.post(&path(&b, "/split"), json!({ "message_ids": [id(chair)] })).await.is(201);
    assert_eq!((&split["team_id"], &split["assignee_id"]), (&team["id"], &json!(s.alice_id)));
    assert_eq!(s.all(&s.alice, &path(&split, "/assignments")).await.len(), 1);
}

/// What somebody asks to be done to many, when it has been done.
async fn act(h: &House, body: Value) -> Value {
    let bulk = h.bob().post("/bulk", body).await.is(201);
    h.s.settle().await;
    h.bob().get(&format!("/bulk/{}", id(&bulk))).await.ok()
}
async fn undo(h: &House, bulk: &Value) -> Value {
    h.bob().post(&format!("/bulk/{}/undo", id(bulk)), json!({})).await.ok();
    h.s.settle().await;
    h.bob().get(&format!("/bulk/{}", id(bulk))).await.ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_on_many_and_their_undo_touch_only_what_is_seen() {
    let h = House::open().await;
    let s = &h.s;
    let thrown = came(s, "erin@home.example", "Thrown away", SECRET).await;
    s.alice.post(&path(&thrown, "/assign"), json!({ "assignee_id": s.alice_id })).await.ok();
    s.alice.delete(&path(&thrown, "")).await.is(204);
    let whole = async |c: &Value| (s.alice.get(&path(c, "")).await.ok(), s.alice.get(&path(c, "/events")).await.ok());
    let before = whole(&h.hidden).await;
    // By filter it is not among them; by id it is as if there were none.
    let urgent = json!({ "do": "set_priority", "priority": "urgent" });
    let by_filter = act(&h, json!({ "act": urgent, "filter": {} })).await;
    assert_eq!((&by_filter["total"], &by_filter["changed"]), (&json!(1), &json!(1)), "{by_filter:#}");
    let words = json!({ "act": { "do": "add_tags", "tags": ["found"] }, "filter": {}, "text": SECRET });
    let by_words = act(&h, words).await;
    assert_eq!((&by_words["total"], &by_words["changed"]), (&json!(0), &json!(0)), "{by_words:#}");
    for one in [
        urgent.clone(),
        json!({ "do": "assign", "assignee_id": "me" }),
        json!({ "do": "set_status", "status": "resolved" }),
        json!({ "do": "add_tags", "tags": ["found"] }),
        json!({ "do": "remove_tags", "tags": ["heliotrope"] }),
        json!({ "do": "mark_read" }),
        json!({ "do": "mark_unread" }),
        json!({ "do": "delete" }),
        json!({ "do": "restore" }),
    ] {
        let done = act(&h, json!({ "act": one, "ids": [id(&h.hidden), id(&thrown)] })).await;
        let nothing = act(&h, json!({ "act": one, "ids": ["cnv_00000000000000000000000001", "cnv_00000000000000000000000002"] })).await;
        let told = |b: &Value| (b["state"].clone(), b["total"].clone(), b["done"].clone(), b["changed"].clone());
        assert_eq!((told(&done), &done["changed"]), (told(&nothing), &json!(0)), "{one}");
    }
    assert_eq!(whole(&h.hidden).await, before);
    assert!(s.all(&s.alice, "/trash").await.iter().any(|t| t.to_string().contains(id(&thrown))));
    // Taken out of his sight, it is not put back either.
    s.alice.post(&path(&h.own, "/assign"), json!({ "assignee_id": s.alice_id })).await.ok();
    let undone = undo(&h, &by_filter).await;
    assert_eq!((&undone["state"], &undone["restored"]), (&json!("undone"), &json!(0)), "{undone:#}");
    assert_eq!(s.conversation(id(&h.own)).await["priority"], "urgent");
    // What he gave away himself he takes back, unless somebody has moved it on.
    s.alice.post(&path(&h.own, "/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
    let given = act(&h, json!({ "act": { "do": "assign", "assignee_id": s.alice_id }, "ids": [id(&h.own)] })).await;
    assert_eq!(given["changed"], 1);
    h.bob().get(&path(&h.own, "")).await.is(404);
    assert_eq!(undo(&h, &given).await["restored"], 1);
    assert_eq!(s.conversation(id(&h.own)).await["assignee_id"], s.bob_id.as_str());
    let given = act(&h, json!({ "act": { "do": "assign", "assignee_id": s.alice_id }, "ids": [id(&h.own)] })).await;
    s.alice.post(&path(&h.own, "/unassign"), json!({})).await.ok();
    assert_eq!(undo(&h, &given).await["restored"], 0);
    assert!(s.conversation(id(&h.own)).await["assignee_id"].is_null());
    // Nobody is given in bulk what they would not see one by one.
    let given = act(&h, json!({ "act": { "do": "assign", "assignee_id": "me" }, "ids": [id(&h.own)] })).await;
    assert_eq!(given["changed"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_many_an_act_was_done_to_is_told_to_those_who_see_them_all() {
    let h = House::open().await;
    let s = &h.s;
    let (mut alice, mut bob) = (s.events(&s.alice, "").await, s.events(h.bob(), "").await);
    alice.frame("heartbeat").await;
    bob.frame("heartbeat").await;
    let since = h.bob().get("/me").await.ok()["cursor"].as_str().unwrap().to_owned();
    let body = json!({ "act": { "do": "set_priority", "priority": "urgent" }, "filter": {} });
    let bulk = s.alice.post("/bulk", body).await.is(201);
    let (hers, his) = (alice.event("bulk.finished").await, bob.event("bulk.finished").await);
    assert_eq!((&hers["payload"]["total"], &hers["payload"]["changed"]), (&json!(2), &json!(2)), "{hers:#}");
    assert_eq!(his["payload"], json!({ "bulk_id": bulk["id"], "state": "done" }), "he sees one of them");
    // Of his own acts he hears how far they are.
    let own = h.bob().post("/bulk", json!({ "act": { "do": "set_priority", "priority": "low" }, "filter": {} })).await.is(201);
    let his = bob.event("bulk.finished").await;
    assert_eq!((&his["payload"]["bulk_id"], &his["payload"]["changed"]), (&own["id"], &json!(1)), "{his:#}");
    // Nor does he learn it by listening from before.
    let mut missed = s.events(h.bob(), &format!("?since={since}")).await;
    assert_eq!(missed.event("bulk.finished").await["payload"], json!({ "bulk_id": bulk["id"], "state": "done" }));
}
