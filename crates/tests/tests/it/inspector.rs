//! Why is this conversation here, and what happened to it: one list, for those who see the conversation, and no more than they may know.

use serde_json::{Value, json};
use tests::{ApiDoor, Client, Hook, TestServer};

fn text(v: &Value) -> String {
    v.as_str().unwrap_or_else(|| panic!("no text: {v}")).to_owned()
}
/// All of it, so many at a time.
async fn paged(who: &Client, c: &str, query: &str, limit: usize) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("/conversations/{c}/inspector?limit={limit}{query}{cursor}")).await.ok();
        let rows = page["data"].as_array().unwrap();
        assert!(rows.len() <= limit);
        all.extend(rows.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={}", tests::encode(next)),
            None => return all,
        }
    }
}
async fn entries(who: &Client, c: &str) -> Vec<Value> {
    paged(who, c, "", 100).await
}
fn of<'a>(all: &'a [Value], kind: &str) -> Vec<&'a Value> {
    all.iter().filter(|e| e["kind"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_happened_to_a_conversation_stands_in_one_list() {
    let s = TestServer::start().await;
    let (provider, hook) = (Hook::start().await, Hook::start().await);
    let door = s.api_door(Some(&provider.url())).await;
    let made = json!({ "name": "Ledger", "url": hook.url(), "events": ["message.created"] });
    s.alice.post("/webhook-subscriptions", made).await.is(201);
    door.post(&s, ApiDoor::message("m1", "customer-7", "Where is my lamp?")).await.is(200);
    s.settle().await;
    let c = text(&s.only_conversation().await["id"]);
    let path = format!("/conversations/{c}");
    s.alice.post(&format!("{path}/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
    s.alice.patch(&path, json!({ "tags": ["lamp"], "priority": "high" })).await.ok();
    door.post(&s, ApiDoor::message("m2", "customer-7", "Hello?")).await.is(200);
    s.settle().await;
    // The first try fails, the second is taken.
    provider.next_status(500);
    s.bob.post(&format!("{path}/messages"), json!({ "text": "It leaves today." })).await;
    for wait in [0, 11_000, 60_000, 300_000, 600_000] {
        s.advance(wait).await;
    }
    s.alice.patch(&path, json!({ "status": "resolved" })).await.ok();
    s.settle().await;
    s.advance(0).await;

    let all = entries(&s.alice, &c).await;
    let times: Vec<&str> = all.iter().map(|e| e["at"].as_str().unwrap()).collect();
    assert!(times.windows(2).all(|w| w[0] >= w[1]), "the latest first: {times:?}");
    // Where its messages came from, why they stand here, who was recognised.
    let messages = of(&all, "message");
    let (first, second) = (
        messages.iter().find(|e| e["preview"] == "Where is my lamp?").unwrap(),
        messages.iter().find(|e| e["preview"] == "Hello?").unwrap(),
    );
    assert_eq!(first["message"]["person"]["code"], "new", "{first:#}");
    assert_eq!(
        (&second["message"]["thread"]["code"], &second["message"]["person"]["code"]),
        (&json!("channel_thread"), &json!("handle")),
        "{second:#}"
    );
    assert_eq!(first["message"]["thread"]["code"], "first_of_thread");
    assert!(text(&second["message"]["person"]["detail"]).contains("customer-7"));
    let journal = s.alice.get(&format!("/journal/{}", text(&first["message"]["journal_id"]))).await.ok();
    assert!(text(&journal["body"]).contains("Where is my lamp?"), "the link leads to the delivery that brought it");
    // Each event with its number, who did it, and what it changed.
    let events = of(&all, "event");
    let find = |kind: &str| events.iter().find(|e| e["event"]["kind"] == kind).unwrap_or_else(|| panic!("no {kind} in {events:#?}"));
    let assigned = find("conversation.assigned");
    assert_eq!(
        (&assigned["event"]["actor_name"], &assigned["event"]["change"]["assignee_name"]),
        (&json!("Alice Admin"), &json!("Bob Agent"))
    );
    let closed = events.iter().find(|e| e["event"]["change"]["status"] == "resolved").unwrap();
    assert!(closed["event"]["change"]["status_before"].is_string());
    assert!(events.iter().any(|e| e["event"]["change"]["tags_added"] == json!(["lamp"])));
    assert!(find("conversation.created")["event"]["seq"].is_i64() && find("message.created")["event"]["payload"]["direction"].is_string());
    // Tries at sending, with what was answered.
    let mut tries: Vec<String> = of(&all, "attempt").iter().map(|e| text(&e["attempt"]["outcome"])).collect();
    tries.reverse();
    assert_eq!(tries, ["retry", "sent"], "{all:#?}");
    assert!(of(&all, "attempt").iter().all(|e| e["preview"] == "It leaves today."));
    // Who heard of it, here and outside.
    let heard = of(&all, "notification");
    assert!(
        heard.iter().any(|e| e["notification"]["kind"] == "customer_replied" && e["notification"]["member_name"] == "Bob Agent"),
        "{heard:#?}"
    );
    let told = of(&all, "webhook");
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told.iter().all(|e| e["webhook"]["name"] == "Ledger" && e["webhook"]["state"] == "delivered"), "{told:#?}");

    // Page by page it is the same list, however much happened at one moment.
    for limit in [1, 2, 7] {
        assert_eq!(paged(&s.alice, &c, "", limit).await, all, "by {limit}");
    }
    assert_eq!(paged(&s.alice, &c, "&kind=attempt", 100).await.len(), 2);
    assert_eq!(paged(&s.alice, &c, "&kind=event", 3).await.len(), events.len());
    s.alice.get(&format!("{path}/inspector?kind=gossip")).await.is(400);
    s.alice.get(&format!("{path}/inspector?cursor=x")).await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_inspector_shows_nobody_more_than_they_may_know() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(None).await;
    s.alice.post("/webhook-subscriptions", json!({ "name": "Ledger", "url": hook.url(), "events": ["*"] })).await.is(201);
    door.post(&s, ApiDoor::message("m1", "customer-7", "Hello")).await.is(200);
    s.settle().await;
    s.advance(0).await;
    let c = text(&s.only_conversation().await["id"]);
    // An agent reads no journal and manages no webhooks.
    let his = entries(&s.bob, &c).await;
    let message = &of(&his, "message")[0]["message"];
    assert_eq!(
        (&message["journal_id"], &message["journal_outcome"], &message["person"]["code"]),
        (&Value::Null, &Value::Null, &json!("new"))
    );
    assert!(of(&his, "webhook").is_empty() && !of(&his, "event").is_empty());
    assert!(!of(&entries(&s.alice, &c).await, "webhook").is_empty());
    // Somebody who may do all that, and sees only what is theirs: the conversation, not the journal, nor others' webhooks.
    let permissions = s.alice.get("/me").await.ok()["permissions"].clone();
    let role = s.alice.post("/roles", json!({ "name": "Own only", "permissions": permissions, "visibility": "own" })).await.is(201);
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": role["id"] })).await.ok();
    s.bob.get(&format!("/conversations/{c}/inspector")).await.refused(404, "conversation.not_found");
    s.alice.post(&format!("/conversations/{c}/assign"), json!({ "assignee_id": s.bob_id })).await.ok();
    let his = entries(&s.bob, &c).await;
    assert!(of(&his, "message")[0]["message"]["journal_id"].is_null() && of(&his, "webhook").is_empty(), "{his:#?}");
    // Nobody else's conversation, nobody's at all.
    s.anyone().get(&format!("/conversations/{c}/inspector")).await.is(401);
    s.alice.get("/conversations/cnv_01h2xcejqtf2nbrexx3vqjhp41/inspector").await.refused(404, "conversation.not_found");
    s.alice.delete(&format!("/conversations/{c}")).await.is(204);
    s.alice.get(&format!("/conversations/{c}/inspector")).await.refused(404, "conversation.not_found");
}
