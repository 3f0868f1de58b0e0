//! Every kind of channel, connected to its simulator: the customer writes, an agent answers, states come back, pictures go both ways,
//! and what breaks over there is said here and loses nothing.

use serde_json::{Value, json};
use tests::{Hook, HookAnswer, TestServer};

fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}

/// Kinds that take deliveries of their own making and have a provider's API to send to.
async fn kinds(s: &TestServer) -> Vec<Value> {
    let all = s.alice.get("/channel-types").await.ok()["data"].as_array().unwrap().clone();
    all.into_iter().filter(|d| d["fields"].as_array().unwrap().iter().any(|f| f["name"] == "base_url")).collect()
}

async fn connect(s: &TestServer, kind: &Value) -> Value {
    let name = kind["name"].clone();
    s.alice.post("/channels", json!({ "provider": kind["id"], "name": name, "simulated": true })).await.is(201)
}

async fn say(s: &TestServer, channel: &Value, body: Value) -> Value {
    let answer = s.alice.post(&format!("/channels/{}/simulate", id(channel)), body).await;
    let said = answer.is(202);
    s.settle().await;
    said
}

/// The conversation on this channel.
async fn conversation(s: &TestServer, channel: &Value) -> Value {
    let all = s.alice.get(&format!("/conversations?channel_id={}&status=all", id(channel))).await.ok();
    let list: Vec<_> = all["data"].as_array().unwrap().iter().filter(|c| c["channel_id"] == channel["id"]).cloned().collect();
    assert_eq!(list.len(), 1, "{}: {list:#?}", channel["provider"]);
    s.conversation(id(&list[0])).await
}

async fn exchanges(s: &TestServer, channel: &Value) -> Vec<Value> {
    s.alice.get(&format!("/channels/{}/simulator", id(channel))).await.ok()["exchanges"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_every_channel_a_message_comes_in_a_reply_goes_out_and_its_states_come_back() {
    let s = TestServer::start().await;
    for kind in kinds(&s).await {
        let name = kind["id"].as_str().unwrap();
        let channel = connect(&s, &kind).await;
        assert_eq!((&channel["simulated"], &channel["status"]), (&json!(true), &json!("active")), "{name}");
        say(&s, &channel, json!({ "text": "Where is my order?", "customer": 1, "subject": "Order 1001" })).await;
        // The same delivery five times more is the same message.
        say(&s, &channel, json!({ "text": "And the invoice?", "customer": 1, "subject": "Order 1001", "times": 5 })).await;
        let all = s.alice.get(&format!("/conversations?channel_id={}&status=all", id(&channel))).await.ok();
        let messages: i64 = all["data"].as_array().unwrap().iter().map(|c| c["message_count"].as_i64().unwrap()).sum();
        assert_eq!(messages, 2, "{name}: {all:#}");
        let c = s.conversation(id(&all["data"][0])).await;
        assert_eq!(c["provider"], kind["id"], "{name}");
        assert_eq!(
            c["policy"]["verdict"],
            json!(if channel["sending_forbidden"] == true { "refuse" } else { "allow" }),
            "{name}: {}",
            c["policy"]
        );
        let mut channel = channel;
        if channel["sending_forbidden"] == true {
            let refused = s.alice.post(&format!("/conversations/{}/messages", id(&c)), json!({ "text": "No" })).await;
            refused.refused(409, "policy.read_only");
            let field = kind["read_only_field"].as_str().unwrap();
            channel = s.alice.patch(&format!("/channels/{}", id(&channel)), json!({ "configuration": { field: false } })).await.is(200);
        }
        let sent = s
            .alice
            .post(&format!("/conversations/{}/messages", id(&c)), json!({ "text": "It left our house on Friday.", "undo_seconds": 0 }))
            .await
            .is(201);
        s.settle().await;
        s.advance(1_000).await;
        let m = s.message(id(&sent)).await;
        let seen: Vec<Value> = exchanges(&s, &channel).await.into_iter().filter(|x| !x["seen"].is_null()).collect();
        assert_eq!(seen.len(), 1, "{name}: {m:#} {:#?}", exchanges(&s, &channel).await);
        assert!(seen[0]["seen"]["text"].as_str().unwrap().contains("It left our house on Friday."), "{name}: {}", seen[0]);
        let reports = &kind["capabilities"];
        assert_eq!(m["status"], if reports["delivery_reports"] == true { "delivered" } else { "sent" }, "{name}: {m:#}");
        if reports["read_reports"] == true {
            let report = json!({ "external_id": seen[0]["seen"]["external_id"], "to": seen[0]["seen"]["to"], "status": "read" });
            s.alice.post(&format!("/channels/{}/simulate/report", id(&channel)), report).await.is(204);
            s.settle().await;
            assert_eq!(s.message(id(&sent)).await["status"], "read", "{name}");
        }
        let shown = serde_json::to_string(&exchanges(&s, &channel).await).unwrap();
        assert!(!shown.contains("simulated-secret"), "{name}");
        let test = s.alice.post(&format!("/channels/{}/check", id(&channel)), json!({})).await.is(200);
        assert_eq!(test["ok"], true, "{name}: {test}");
    }
}

const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15,
    0xc4, 0x89, 0, 0, 0, 13, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x62, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0, 5, 5, 1, 2, 0xcf, 0xf9, 0x7c, 0x5b,
    0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_go_both_ways_where_the_channel_has_them() {
    let s = TestServer::start().await;
    for kind in kinds(&s).await {
        if kind["capabilities"]["attachments"] != true {
            continue;
        }
        let name = kind["id"].as_str().unwrap();
        let mut channel = connect(&s, &kind).await;
        if channel["sending_forbidden"] == true {
            let field = kind["read_only_field"].as_str().unwrap();
            channel = s.alice.patch(&format!("/channels/{}", id(&channel)), json!({ "configuration": { field: false } })).await.is(200);
        }
        let file = s.alice.upload("/files", "box.png", "image/png", PNG).await.is(201);
        say(&s, &channel, json!({ "text": "Look at this", "customer": 1, "subject": "A picture", "file_id": file["id"] })).await;
        let c = conversation(&s, &channel).await;
        let messages = c["messages"].as_array().unwrap();
        let with: Vec<_> = messages.iter().flat_map(|m| m["attachments"].as_array().unwrap().clone()).collect();
        assert_eq!(with.len(), 1, "{name}: {messages:#?}");
        assert_eq!(with[0]["content_type"], "image/png", "{name}: {}", with[0]);
        let file = s.alice.upload("/files", "label.png", "image/png", PNG).await.is(201);
        let body = json!({ "text": "Here is ours", "attachments": [file["id"]], "undo_seconds": 0 });
        s.alice.post(&format!("/conversations/{}/messages", id(&c)), body).await.is(201);
        s.settle().await;
        s.advance(10_000).await;
        let seen: Vec<Value> = exchanges(&s, &channel).await.into_iter().map(|x| x["seen"].clone()).filter(|x| !x.is_null()).collect();
        assert!(seen.iter().any(|x| !x["files"].as_array().unwrap().is_empty()), "{name}: {:#?}", exchanges(&s, &channel).await);
        assert!(seen.iter().any(|x| x["text"].as_str().unwrap().contains("Here is ours")), "{name}: {seen:#?}");
        let c = s.conversation(id(&c)).await;
        for m in c["messages"].as_array().unwrap().iter().filter(|m| m["direction"] == "outbound") {
            assert!(matches!(m["status"].as_str().unwrap(), "sent" | "delivered"), "{name}: {m:#}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_providers_trouble_is_told_and_no_message_is_lost() {
    let s = TestServer::start().await;
    for kind in kinds(&s).await {
        let name = kind["id"].as_str().unwrap();
        let mut channel = connect(&s, &kind).await;
        if channel["sending_forbidden"] == true {
            let field = kind["read_only_field"].as_str().unwrap();
            channel = s.alice.patch(&format!("/channels/{}", id(&channel)), json!({ "configuration": { field: false } })).await.is(200);
        }
        say(&s, &channel, json!({ "text": "Hello", "customer": 2, "subject": "Hello" })).await;
        let c = conversation(&s, &channel).await;
        let simulator = format!("/channels/{}/simulator", id(&channel));
        let path = format!("/conversations/{}/messages", id(&c));
        s.alice.put(&simulator, json!({ "fault": "outage" })).await.is(200);
        let sent = s.alice.post(&path, json!({ "text": "During the outage", "undo_seconds": 0 })).await.is(201);
        s.settle().await;
        assert_eq!(s.message(id(&sent)).await["status"], "pending", "{name}");
        s.alice.put(&simulator, json!({ "fault": null })).await.is(200);
        s.advance(120_000).await;
        let m = s.message(id(&sent)).await;
        assert!(matches!(m["status"].as_str().unwrap(), "sent" | "delivered"), "{name}: {m:#}");
        // Credentials that ended stop the account, say so, and burn nothing.
        s.alice.put(&simulator, json!({ "fault": "expired_token" })).await.is(200);
        let held = s.alice.post(&path, json!({ "text": "While the token is gone", "undo_seconds": 0 })).await.is(201);
        // Slow accounts send one a second; the clock stands still until it is moved.
        s.advance(1_000).await;
        assert_eq!(s.message(id(&held)).await["status"], "pending", "{name}");
        let broken = s.alice.get(&format!("/channels/{}", id(&channel))).await.ok();
        assert_eq!(broken["status"], "error", "{name}");
        assert!(broken["sync_error"].as_str().is_some_and(|e| !e.is_empty()), "{name}");
        // What a colleague's channel does is not held up by it, and what comes in still does.
        say(&s, &channel, json!({ "text": "Are you there?", "customer": 2, "subject": "Re: Hello" })).await;
        s.alice.put(&simulator, json!({ "fault": null })).await.is(200);
        s.alice.post(&format!("/channels/{}/resume", id(&channel)), json!({})).await.is(200);
        s.advance(10_000).await;
        let m = s.message(id(&held)).await;
        assert!(matches!(m["status"].as_str().unwrap(), "sent" | "delivered"), "{name}: {m:#}");
        let seen: Vec<String> =
            exchanges(&s, &channel).await.iter().filter_map(|x| x["seen"]["text"].as_str().map(str::to_owned)).collect();
        for text in ["During the outage", "While the token is gone"] {
            assert_eq!(seen.iter().filter(|t| t.contains(text)).count(), 1, "{name}: {seen:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_from_elsewhere_plays_with_a_channel_and_a_real_one_has_no_simulator() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    s.alice.get(&format!("/channels/{}/simulator", door.id)).await.refused(409, "channel.not_simulated");
    let kind = kinds(&s).await.into_iter().next().expect("a channel with an API");
    let channel = connect(&s, &kind).await;
    s.bob.get(&format!("/channels/{}/simulator", id(&channel))).await.refused(403, "permission.missing");
    s.alice.post(&format!("/channels/{}/simulate", id(&channel)), json!({ "text": "  " })).await.refused(422, "invalid");
    s.alice.post("/channels", json!({ "provider": kind["id"], "name": "Real", "configuration": { "nonsense": 1 } })).await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connect_button_brings_tokens_and_only_to_the_workspace_that_pressed_it() {
    let s = TestServer::start().await;
    let provider = Hook::start().await;
    let base = provider.url().trim_end_matches("/hook").to_owned();
    let configuration = json!({ "client_id": "app-1", "client_secret": "app-secret", "signing_secret": "sign", "base_url": base });
    let channel = s.alice.post("/channels", json!({ "provider": "slack", "name": "Slack", "configuration": configuration })).await.is(201);
    assert_eq!(channel["connected"], false);
    let path = format!("/channels/{}/connect", id(&channel));
    let state = |url: &str| url.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let begun = s.alice.post(&path, json!({})).await.is(200)["url"].as_str().unwrap().to_owned();
    assert!(begun.contains("client_id=app-1") && !begun.contains("app-secret"), "{begun}");
    let back = format!("/oauth/callback?code=c-1&state={}", state(&begun));
    let at_root = |who: &tests::Client| who.at("");
    // Nobody signed in, nobody without the right, and no state that was not given out.
    s.web.get(&back).await.refused(401, "auth.required");
    at_root(&s.bob).get(&back).await.refused(403, "permission.missing");
    let unknown = at_root(&s.alice).get("/oauth/callback?code=c-1&state=made-up").await;
    assert!(unknown.status == 303 && unknown.header("location").contains("connect_error"), "{}", unknown.header("location"));
    assert!(provider.requests().is_empty());
    let answer = json!({ "ok": true, "access_token": "xoxb-1", "refresh_token": "xoxe-1", "expires_in": 3600, "team": { "id": "T0123" }, "bot_user_id": "U1" });
    provider.next(HookAnswer::Status(200, vec![], answer.to_string()));
    let done = at_root(&s.alice).get(&back).await;
    assert!(done.status == 303 && done.header("location").contains("connected=1"), "{}", done.header("location"));
    let asked = provider.requests();
    assert!(String::from_utf8_lossy(&asked[0].body).contains("grant_type=authorization_code"), "{asked:?}");
    let now = s.alice.get(&format!("/channels/{}", id(&channel))).await.ok();
    assert_eq!((&now["connected"], &now["account_identifier"]), (&json!(true), &json!("t0123")));
    assert!(!now.to_string().contains("xoxb-1") && !now.to_string().contains("xoxe-1"));
    // The same way back works once.
    let again = at_root(&s.alice).get(&back).await;
    assert!(again.header("location").contains("connect_error"));
    // Near its end the token is renewed once, by whoever needs it first, and the refresh token that came with it is kept.
    s.advance(3_590_000).await;
    provider.requests();
    let answer = json!({ "ok": true, "access_token": "xoxb-2", "refresh_token": "xoxe-2", "expires_in": 3600 });
    provider.next(HookAnswer::Status(200, vec![], answer.to_string()));
    let check = format!("/channels/{}/check", id(&channel));
    tokio::join!(s.alice.post(&check, json!({})), s.alice.post(&check, json!({})), s.alice.post(&check, json!({})));
    let refreshes = provider.requests().iter().filter(|r| String::from_utf8_lossy(&r.body).contains("refresh_token=xoxe-1")).count();
    assert_eq!(refreshes, 1);
}
