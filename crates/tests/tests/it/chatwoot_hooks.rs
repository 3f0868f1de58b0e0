//! A bot written for Chatwoot: it registers itself, is told in the shapes it knows, believes only what is signed, and answers once.

use crate::chatwoot::{Bot, bot, fits, n};
use serde_json::{Value, json};
use tests::{ApiDoor, Hook, HookRequest, TestServer};

/// As such bots reckon it, from the documentation they were written after: HMAC-SHA256 over "{timestamp}.{body}", in hex.
fn is_signed(secret: &str, r: &HookRequest, now: i64) -> bool {
    let at = r.header("x-chatwoot-timestamp");
    let sum = connectors::kit::signatures::mac_sha256(secret.as_bytes(), &[at.as_bytes(), b".", &r.body]);
    let wanted = format!("sha256={}", data_encoding::HEXLOWER.encode(&sum));
    at.parse::<i64>().is_ok_and(|s| (now / 1_000 - s).abs() <= 300) && r.header("x-chatwoot-signature") == wanted
}

/// A bot that repeats what customers write, and leaves a note about it.
struct Echo {
    bot: Bot,
    hook: Hook,
    secret: String,
    seen: Vec<String>,
}
impl Echo {
    /// Does what is to be done for whatever it was told meanwhile; gives that.
    async fn work(&mut self, s: &TestServer) -> Vec<Value> {
        let mut told = Vec::new();
        for r in self.hook.requests() {
            assert!(is_signed(&self.secret, &r, s.now()), "{r:?}");
            assert!(!is_signed("whsec_another", &r, s.now()));
            let body = r.json();
            told.push(body.clone());
            let delivery = r.header("x-chatwoot-delivery").to_owned();
            assert!(delivery.len() == 36 && delivery.bytes().filter(|b| *b == b'-').count() == 4, "{delivery}");
            if self.seen.contains(&delivery) {
                continue;
            }
            self.seen.push(delivery);
            if body["event"] != "message_created" || body["message_type"] != "incoming" || body["private"] == true {
                continue;
            }
            let (account, c) = (body["account"]["id"].as_i64().unwrap(), n(&body["conversation"]));
            let at = self.bot.root.at(&format!("/chatwoot/api/v1/accounts/{account}/conversations/{c}/messages"));
            let words = format!("You wrote: {}", body["content"].as_str().unwrap());
            at.post("", json!({ "content": words, "message_type": "outgoing" })).await.is(200);
            at.post("", json!({ "content": "Echoed.", "message_type": "outgoing", "private": true })).await.is(200);
        }
        told
    }
}

async fn caught_up(s: &TestServer) {
    s.settle().await;
    s.advance(0).await;
    s.advance(0).await;
}
fn events(told: &[Value]) -> Vec<&str> {
    told.iter().map(|t| t["event"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_registers_itself_is_told_believes_what_is_signed_and_answers_once() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    let bot = bot(&s, &s.alice).await;
    let hook = Hook::start().await;
    // It registers as it always did, with everything it knows of.
    let names = [
        "message_created",
        "conversation_created",
        "conversation_status_changed",
        "conversation_updated",
        "conversation_typing_on",
        "webwidget_triggered",
    ];
    let body = json!({ "webhook": { "url": hook.url(), "name": "Echo", "subscriptions": names } });
    let made = bot.at.post("/webhooks", body.clone()).await.is(200)["payload"]["webhook"].clone();
    fits("webhook", &made);
    assert_eq!(
        made["subscriptions"],
        json!(["conversation_created", "conversation_status_changed", "conversation_updated", "message_created"]),
        "what is never told is not promised"
    );
    let secret = made["secret"].as_str().unwrap().to_owned();
    // Started again it registers again, and is told that it is known.
    let again = bot.at.post("/webhooks", body).await;
    assert_eq!((again.status, &again.json["attributes"]), (422, &json!(["url"])));
    let list = bot.at.get("/webhooks").await.ok();
    let all = list["payload"]["webhooks"].as_array().unwrap();
    assert_eq!((all.len(), n(&all[0]), all[0]["secret"].is_null()), (1, n(&made), true), "{list:#}");

    let mut echo = Echo { bot, hook, secret, seen: Vec::new() };
    let mut first = ApiDoor::message("m1", "customer-7", "Where is my lamp?");
    first["from"]["name"] = json!("Lea Wax");
    door.post(&s, first).await.is(200);
    caught_up(&s).await;
    let mut told = echo.work(&s).await;
    told.sort_by_key(|t| t["event"].as_str().map(str::to_owned));
    assert_eq!(events(&told), ["conversation_created", "message_created"]);
    fits("told_conversation", &told[0]);
    fits("told_message", &told[1]);
    let message = &told[1];
    assert_eq!((&message["sender"]["name"], &message["sender"]["type"]), (&json!("Lea Wax"), &json!("contact")));
    assert_eq!((&message["account"]["id"], &told[0]["id"]), (&json!(echo.bot.account), &message["conversation"]["id"]));
    assert_eq!(message["conversation"]["meta"]["sender"]["id"], message["sender"]["id"]);
    assert_eq!(message["conversation"]["contact_inbox"]["source_id"], "customer-7");
    // Its numbers are those by which it can ask.
    let inbox = echo.bot.at.get(&format!("/inboxes/{}", n(&message["inbox"]))).await.ok();
    assert_eq!(inbox["name"], message["inbox"]["name"]);

    // It hears itself, and is wise enough not to answer that.
    caught_up(&s).await;
    let told = echo.work(&s).await;
    let said: Vec<_> = told
        .iter()
        .filter(|t| t["event"] == "message_created")
        .map(|t| (t["message_type"].as_str().unwrap(), t["private"].as_bool().unwrap()))
        .collect();
    assert_eq!(said.len(), 2, "{told:#?}");
    assert!(said.contains(&("outgoing", false)) && said.contains(&("outgoing", true)), "{said:?}");
    let user = told.iter().find(|t| t["private"] == true).unwrap();
    assert_eq!((&user["sender"]["name"], &user["sender"]["type"]), (&json!("Alice Admin"), &json!("user")), "{user:#}");
    // A receiver that died before it answered is told again, with the same id; it does not answer twice.
    echo.hook.next_status(500);
    door.post(&s, ApiDoor::message("m2", "customer-7", "Hello?")).await.is(200);
    caught_up(&s).await;
    echo.work(&s).await;
    s.advance(7_000).await;
    caught_up(&s).await;
    let told = echo.work(&s).await;
    assert!(told.iter().any(|t| t["content"] == "Hello?"), "{told:#?}");
    let c = s.only_conversation().await;
    let texts: Vec<&str> = c["messages"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Where is my lamp?", "You wrote: Where is my lamp?", "Echoed.", "Hello?", "You wrote: Hello?", "Echoed."]);

    // States, with what they were.
    let path = format!("/conversations/{}", c["id"].as_str().unwrap());
    echo.work(&s).await;
    s.alice.patch(&path, json!({ "status": "resolved", "tags": ["lamp"] })).await.ok();
    caught_up(&s).await;
    let told = echo.work(&s).await;
    let status = told.iter().find(|t| t["event"] == "conversation_status_changed").unwrap();
    assert_eq!((&status["status"], &status["changed_attributes"][0]["status"]["current_value"]), (&json!("resolved"), &json!("resolved")));
    assert_eq!(status["changed_attributes"][0]["status"]["previous_value"], "open");
    let labels = told.iter().find(|t| t["event"] == "conversation_updated").unwrap();
    assert_eq!(labels["changed_attributes"][0]["label_list"]["current_value"], json!(["lamp"]));

    // It changes its mind, and goes.
    let at = format!("/webhooks/{}", n(&made));
    let changed = echo.bot.at.patch(&at, json!({ "subscriptions": ["contact_updated"] })).await.ok();
    assert_eq!(changed["payload"]["webhook"]["subscriptions"], json!(["contact_updated"]));
    let contact = c["contact"]["id"].as_str().unwrap();
    s.alice.patch(&format!("/contacts/{contact}"), json!({ "name": "Lea Wachs" })).await.ok();
    caught_up(&s).await;
    let told = echo.work(&s).await;
    assert_eq!(events(&told), ["contact_updated"]);
    fits("contact", &told[0]);
    assert_eq!(told[0]["name"], "Lea Wachs");
    assert_eq!(echo.bot.at.delete(&at).await.status, 200);
    assert_eq!(echo.bot.at.delete(&at).await.status, 404);
    s.alice.patch(&format!("/contacts/{contact}"), json!({ "name": "Lea" })).await.ok();
    caught_up(&s).await;
    assert!(echo.work(&s).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbox_that_a_bridge_makes_tells_the_bridge_of_itself_alone() {
    let s = TestServer::start().await;
    let other = s.api_door(None).await;
    let bot = bot(&s, &s.alice).await;
    let hook = Hook::start().await;
    let body = json!({ "name": "Bridge", "channel": { "type": "api", "webhook_url": hook.url() } });
    let inbox = bot.at.post("/inboxes", body).await.ok();
    assert_eq!(inbox["webhook_url"], hook.url());
    let contact = bot.at.post("/contacts", json!({ "name": "Ann", "inbox_id": n(&inbox), "phone_number": "+4915112345678" })).await.ok();
    let source = contact["payload"]["contact_inbox"]["source_id"].as_str().unwrap();
    let talk = bot
        .at
        .post("/conversations", json!({ "source_id": source, "inbox_id": n(&inbox), "contact_id": n(&contact["payload"]["contact"]) }))
        .await
        .ok();
    let at = format!("/conversations/{}/messages", n(&talk));
    bot.at.post(&at, json!({ "content": "From the phone", "message_type": "incoming" })).await.ok();
    other.post(&s, ApiDoor::message("m1", "customer-7", "Elsewhere")).await.is(200);
    bot.at.post(&at, json!({ "content": "To the phone", "message_type": "outgoing" })).await.ok();
    caught_up(&s).await;
    let told: Vec<Value> = hook.requests().iter().map(HookRequest::json).collect();
    let said = |kind: &str| told.iter().any(|t| t["event"] == "message_created" && t["message_type"] == kind);
    assert!(said("incoming") && said("outgoing"), "{told:#?}");
    assert!(told.iter().all(|t| t["content"] != "Elsewhere"), "{told:#?}");
    let of = |t: &Value| if t["inbox"].is_object() { t["inbox"]["id"].clone() } else { t["inbox_id"].clone() };
    assert!(told.iter().all(|t| of(t) == inbox["id"]), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_format_is_chosen_once_and_its_log_shows_what_was_sent() {
    let s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(None).await;
    let body = |events: Value| json!({ "name": "Bot", "url": hook.url(), "format": "chatwoot", "events": events });
    let refused = s.alice.post("/webhook-subscriptions", body(json!(["message.created", "tag.updated"]))).await.refused(422, "invalid");
    assert_eq!(refused["fields"][0]["field"], "events");
    let other = json!({ "name": "Bot", "url": hook.url(), "events": ["*"], "channel_id": "chn_01h2xcejqtf2nbrexx3vqjhp41" });
    assert_eq!(s.alice.post("/webhook-subscriptions", other).await.refused(422, "invalid")["fields"][0]["field"], "channel_id");
    let made = s.alice.post("/webhook-subscriptions", body(json!(["*"]))).await.is(201);
    let path = format!("/webhook-subscriptions/{}", made["id"].as_str().unwrap());
    s.alice.patch(&path, json!({ "events": ["team.*"] })).await.refused(422, "invalid");
    // Every kind that the format has words for has an example in them, and the test receiver knows the signature.
    let receiver = s.alice.put("/webhook-receiver", json!({})).await.ok();
    s.alice.patch(&path, json!({ "url": receiver["url"] })).await.ok();
    let kinds = s.alice.get("/webhook-events").await.ok();
    let mut spoken = 0;
    for kind in kinds["data"].as_array().unwrap() {
        let answer = s.alice.post(&format!("{path}/test"), json!({ "event": kind["name"] })).await;
        let Some(name) = kind["chatwoot"].as_str() else {
            answer.refused(422, "invalid");
            continue;
        };
        let tried = answer.ok();
        let sent: Value = serde_json::from_str(tried["body"].as_str().unwrap()).unwrap();
        assert_eq!((&sent["event"], &sent["test"]), (&json!(name), &json!(true)));
        assert!(sent["account"]["id"].is_i64() && sent["id"].is_i64(), "{sent:#}");
        let shown = s.alice.get("/webhook-receiver").await.ok()["requests"][0].clone();
        assert_eq!((&shown["verified"], &shown["body"]), (&json!(true), &tried["body"]), "{shown:#}");
        spoken += 1;
    }
    assert_eq!(spoken, 13);
    // There is room for one signature: the new secret alone signs.
    s.alice.post(&format!("{path}/rotate-secret"), json!({ "overlap_hours": 2 })).await.refused(422, "invalid");
    let secret = s.alice.post(&format!("{path}/rotate-secret"), json!({})).await.ok()["secret"].as_str().unwrap().to_owned();
    s.alice.patch(&path, json!({ "url": hook.url() })).await.ok();
    caught_up(&s).await;
    hook.requests();
    // Kinds without words are passed over; what is told is kept as it was sent.
    door.post(&s, ApiDoor::message("m1", "customer-7", "Hello")).await.is(200);
    s.alice.post("/teams", json!({ "name": "Night" })).await.is(201);
    caught_up(&s).await;
    let told = hook.requests();
    let mut names: Vec<String> = told.iter().map(|r| r.json()["event"].as_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["contact_created", "conversation_created", "message_created"]);
    let log = s.all(&s.alice, &format!("{path}/deliveries?event=message.created")).await;
    let real = log.iter().find(|d| d["sequence"].is_i64()).unwrap();
    let detail = s.alice.get(&format!("{path}/deliveries/{}", real["id"].as_str().unwrap())).await.ok();
    let sent = told.iter().find(|r| r.json()["event"] == "message_created").unwrap();
    assert_eq!(detail["body"].as_str().unwrap().as_bytes(), &sent.body[..]);
    assert!(is_signed(&secret, sent, s.now()));
    assert_eq!(sent.header("webhook-id"), "", "the other format's headers stay away");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_its_owner_does_not_see_a_bot_is_not_told_and_others_webhooks_are_not_there() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    let hers = bot(&s, &s.alice).await;
    let (hook, other) = (Hook::start().await, Hook::start().await);
    // An agent manages no webhooks.
    let his = bot(&s, &s.bob).await;
    let body = json!({ "url": hook.url(), "subscriptions": ["message_created", "contact_created"] });
    for answer in [his.at.get("/webhooks").await, his.at.post("/webhooks", body.clone()).await] {
        assert_eq!((answer.status, answer.json["error"].is_string()), (401, true), "{}", answer.text());
    }
    // Somebody who manages the workspace, and sees what is theirs alone, without knowing people.
    let permissions: Vec<Value> = s.alice.get("/me").await.ok()["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| !p.as_str().unwrap().starts_with("contacts."))
        .cloned()
        .collect();
    let role = s.alice.post("/roles", json!({ "name": "Own only", "permissions": permissions, "visibility": "own" })).await.is(201);
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": role["id"] })).await.ok();
    let all = hers.at.post("/webhooks", json!({ "url": other.url(), "subscriptions": ["message_created"] })).await.ok();
    let his = bot(&s, &s.bob).await;
    assert_eq!(his.at.get("/webhooks").await.ok()["payload"]["webhooks"], json!([]));
    let at = format!("/webhooks/{}", n(&all["payload"]["webhook"]));
    for answer in [his.at.patch(&at, json!({ "name": "x" })).await, his.at.delete(&at).await] {
        assert_eq!(answer.status, 404, "{}", answer.text());
    }
    his.at.post("/webhooks", body).await.is(200);
    door.post(&s, ApiDoor::message("m1", "customer-1", "Not his")).await.is(200);
    door.post(&s, ApiDoor::message("m2", "customer-2", "His")).await.is(200);
    caught_up(&s).await;
    assert_eq!(hook.count(), 0);
    let conversations = s.conversations().await;
    let one = conversations.iter().find(|c| c["last_message_preview"] == "His").unwrap();
    s.alice.post(&format!("/conversations/{}/assign", one["id"].as_str().unwrap()), json!({ "assignee_id": s.bob_id })).await.ok();
    door.post(&s, ApiDoor::message("m3", "customer-2", "His too")).await.is(200);
    door.post(&s, ApiDoor::message("m4", "customer-1", "Nor this")).await.is(200);
    caught_up(&s).await;
    let told: Vec<Value> = hook.requests().iter().map(HookRequest::json).collect();
    assert_eq!(told.iter().map(|t| t["content"].as_str().unwrap()).collect::<Vec<_>>(), ["His too"], "{told:#?}");
    assert!(told[0]["sender"]["phone_number"].is_null() && told[0]["sender"]["custom_attributes"].is_null(), "{told:#?}");
}
