//! What single providers have of their own: respond.io's two shapes and its switch, Meta's callbacks, headers of templates, the
//! numbers of an account.

use connectors::kit::meta::callbacks::signed;
use connectors::kit::signatures::mac_sha256;
use serde_json::{Value, json};
use tests::{Answer, TestServer};

fn text(v: &Value) -> String {
    v.as_str().unwrap_or_else(|| panic!("no text: {v}")).to_owned()
}
/// One pixel.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15,
    0xc4, 0x89, 0, 0, 0, 13, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x62, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0, 5, 5, 1, 2, 0xcf, 0xf9, 0x7c, 0x5b,
    0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

async fn simulated(s: &TestServer, provider: &str) -> (Value, String) {
    let made = s.alice.post("/channels", json!({ "provider": provider, "name": provider, "simulated": true })).await.is(201);
    let path = format!("/channels/{}", text(&made["id"]));
    (made, path)
}
async fn setting(s: &TestServer, channel: &Value, name: &str) -> String {
    let entry = s.app.directory.by_id(&s.app, s.workspace, text(&channel["id"]).parse().unwrap()).await.unwrap().unwrap();
    entry.account.settings.text(name).unwrap_or_else(|| panic!("no {name}")).to_owned()
}
async fn conversation_of(s: &TestServer, channel: &Value) -> Value {
    let all = s.conversations().await;
    all.into_iter().find(|c| c["channel_id"] == channel["id"]).unwrap()
}

struct RespondIo<'a> {
    s: &'a TestServer,
    key: String,
    path: String,
}
impl<'a> RespondIo<'a> {
    async fn of(s: &'a TestServer, channel: &Value) -> Self {
        let key = setting(s, channel, "signing_keys").await.split(' ').next_back().unwrap().to_owned();
        Self { s, key, path: format!("/api/webhooks/respondio/{}", text(&channel["key"])) }
    }
    async fn post(&self, body: &Value, key: &str) -> Answer {
        let body = body.to_string().into_bytes();
        let signature = data_encoding::BASE64.encode(&mac_sha256(key.as_bytes(), &[&body]));
        let web = self.s.web.with("x-webhook-signature", &signature);
        web.send("POST", &self.path, Some("application/json"), body.into()).await
    }
    async fn sends(&self, body: Value) {
        self.post(&body, &self.key).await.is(200);
        self.s.settle().await;
    }
}

fn event(event: &str, contact: Value, message: Value) -> Value {
    json!({ "event_id": format!("e-{event}-{}", message["messageId"]), "event_type": event, "contact": contact, "message": message,
            "channel": { "id": 12_345, "name": "Main WhatsApp", "source": "whatsapp_cloud" } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn respond_io_is_read_along_in_both_shapes_and_answered_once_that_is_allowed() {
    let s = TestServer::start().await;
    let (channel, path) = simulated(&s, "respondio").await;
    let hub = RespondIo::of(&s, &channel).await;
    // The shape it sends: only an id and a number at first.
    let nobody = json!({ "id": 204_218_886, "firstName": null, "lastName": null, "phone": null, "email": null });
    let said = |id: i64, words: &str| json!({ "messageId": id, "channelId": 12_345, "traffic": "incoming", "message": { "type": "text", "text": words }, "timestamp": 1_768_300_200_000i64 });
    // Who that is cannot be asked just now.
    s.alice.put(&format!("{path}/simulator"), json!({ "fault": "outage" })).await.ok();
    let hello = event("message.received", nobody, said(1_768_300_200_000_001, "Is it there?"));
    assert_eq!(hub.post(&hello, "another key").await.status, 401);
    hub.sends(hello.clone()).await;
    hub.sends(hello).await;
    let c = s.only_conversation().await;
    let id = text(&c["id"]);
    assert_eq!((c["messages"].as_array().unwrap().len(), c["messages"][0]["text"].as_str()), (1, Some("Is it there?")), "twice is once");
    assert!(text(&c["contact"]["name"]).starts_with("Visitor "), "{c:#}");
    s.alice.put(&format!("{path}/simulator"), json!({ "fault": null })).await.ok();
    // What changes in their address book is known here, by the id and not by the name.
    let known = json!({ "id": 204_218_886, "firstName": "Nomsa", "lastName": "Dube", "phone": "+27821234567", "email": "nomsa@shop.example", "language": "en" });
    hub.sends(json!({ "event_id": "e-updated", "event_type": "contact.updated", "contact": known })).await;
    let contact = s.alice.get(&format!("/contacts/{}", text(&c["contact"]["id"]))).await.ok();
    assert_eq!(contact["name"], "Nomsa Dube");
    assert!(contact.to_string().contains("nomsa@shop.example") && contact.to_string().contains("+27821234567"), "{contact:#}");
    let stranger = json!({ "id": 99, "firstName": "Never", "lastName": "Wrote", "phone": "+27829999999" });
    hub.sends(json!({ "event_id": "e-created", "event_type": "contact.created", "contact": stranger })).await;
    assert!(!s.alice.get("/contacts?limit=100").await.ok().to_string().contains("Never Wrote"), "nobody is made of an address book");

    // Until an administrator allows it nothing leaves, whoever asks; the composer knows it before anything is written.
    let messages = format!("/conversations/{id}/messages");
    let policy = s.conversation(&id).await["policy"].clone();
    assert_eq!((policy["verdict"].as_str(), policy["reason"]["code"].as_str()), (Some("refuse"), Some("policy.read_only")));
    assert!(text(&policy["reason"]["detail"]).contains("read only"), "{policy}");
    s.bob.post(&messages, json!({ "text": "Yes", "undo_seconds": 0 })).await.refused(409, "policy.read_only");
    s.alice.post(&messages, json!({ "text": "Yes", "undo_seconds": 0 })).await.refused(409, "policy.read_only");
    s.bob.post(&format!("/conversations/{id}/notes"), json!({ "text": "Only for us." })).await.is(201);
    assert_eq!(s.alice.get(&path).await.ok()["sending_forbidden"], true);
    s.bob.patch(&path, json!({ "configuration": { "read_only": false } })).await.refused(403, "permission.missing");
    s.alice.patch(&path, json!({ "configuration": { "read_only": false } })).await.ok();
    assert_eq!(s.conversation(&id).await["policy"]["verdict"], "allow");
    let m = s.bob.post(&messages, json!({ "text": "Yes, since noon.", "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    assert_eq!(s.message(&text(&m["id"])).await["status"], "sent");

    // The nested shape, by the same address; its states come by webhook.
    let john = json!({ "id": "204218999", "name": "John Doe", "email": "john@shop.example", "phone": "+27821110000" });
    let around = json!({ "id": "conv_123", "channel": "whatsapp", "status": "open", "participants": [john] });
    let nested = json!({ "event": "message.received", "conversation": around,
        "message": { "id": "msg_789", "content": "I'm interested", "type": "text", "direction": "inbound", "sent_at": "2026-01-13T10:30:00Z", "attachments": [] } });
    hub.sends(nested).await;
    let all = s.conversations().await;
    let theirs = all.iter().find(|c| c["contact"]["name"] == "John Doe").unwrap_or_else(|| panic!("{all:#?}"));
    assert_eq!(theirs["last_message_preview"], "I'm interested");
    let theirs = text(&theirs["id"]);
    let m = s.bob.post(&format!("/conversations/{theirs}/messages"), json!({ "text": "Good", "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    let seen = s.alice.get(&format!("{path}/simulator")).await.ok();
    let sent = seen["exchanges"].as_array().unwrap().iter().find_map(|x| x["seen"]["external_id"].as_str()).unwrap().to_owned();
    hub.sends(json!({ "event": "message.status", "message": { "id": sent }, "status": "Read", "timestamp": 1_768_300_500 })).await;
    assert_eq!(s.message(&text(&m["id"])).await["status"], "read");
    // Switched back, the next one is refused again.
    s.alice.patch(&path, json!({ "configuration": { "read_only": true } })).await.ok();
    s.bob.post(&messages, json!({ "text": "And?", "undo_seconds": 0 })).await.refused(409, "policy.read_only");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_removes_the_app_disconnects_the_channel_and_a_wish_for_deletion_is_confirmed() {
    let s = TestServer::start().await;
    for provider in ["messenger", "instagram", "whatsapp"] {
        let (channel, path) = simulated(&s, provider).await;
        let secret = setting(&s, &channel, "app_secret").await;
        let hook = format!("/api/webhooks/{provider}/{}", text(&channel["key"]));
        let paste = channel["paste"].to_string();
        assert!(
            paste.contains("callback=deauthorize") && paste.contains("callback=deletion"),
            "both addresses are there to paste: {paste}"
        );
        let body = |secret: &str| signed(secret, &json!({ "algorithm": "HMAC-SHA256", "issued_at": s.now() / 1_000, "user_id": "218471" }));
        let ask = async |which: &str, body: Vec<u8>| {
            let url = format!("{hook}?callback={which}");
            s.web.send("POST", &url, Some("application/x-www-form-urlencoded"), body.into()).await
        };
        assert_eq!(ask("deauthorize", body("another secret")).await.status, 401, "{provider}");
        s.settle().await;
        assert_eq!(s.alice.get(&path).await.ok()["status"], "active", "{provider}");

        assert_eq!(ask("deauthorize", body(&secret)).await.ok()["success"], true, "{provider}");
        s.settle().await;
        let now = s.alice.get(&path).await.ok();
        assert_eq!(now["status"], "error", "{provider}: {now:#}");
        assert!(text(&now["sync_error"]).contains("removed the app"), "{provider}: {now:#}");
        // Connected again, it works as before.
        s.alice.post(&format!("{path}/check"), json!({})).await.ok();
        assert_eq!(s.alice.get(&path).await.ok()["status"], "active", "{provider}");

        let answer = ask("deletion", body(&secret)).await.ok();
        let (url, code) = (text(&answer["url"]), text(&answer["confirmation_code"]));
        assert!(url.starts_with(&s.app.config.server.public_url) && url.contains(&code) && !url.contains("218471"), "{answer}");
        s.settle().await;
        let now = s.alice.get(&path).await.ok();
        assert!(text(&now["sync_error"]).contains(&code), "the team knows which request it is: {now:#}");
        let page = s.web.get(&url[s.app.config.server.public_url.len()..]).await;
        assert_eq!(page.status, 200);
        assert!(page.header("content-type").starts_with("text/html"), "{}", page.header("content-type"));
        assert!(page.text().contains(&code) && !page.text().contains("218471"), "{}", page.text());
        // A code that nobody was given confirms nothing.
        let made_up = url.replace(&code, "0123456789abcdef");
        let page = s.web.get(&made_up[s.app.config.server.public_url.len()..]).await;
        assert!(page.status == 404 && !page.text().contains("was received"), "{}", page.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_header_of_a_template_is_a_file_that_was_uploaded_or_an_address() {
    let s = TestServer::start().await;
    let (channel, path) = simulated(&s, "whatsapp").await;
    s.alice.post(&format!("{path}/simulate"), json!({ "text": "Hello", "customer": 1 })).await.ok();
    s.settle().await;
    let listed = s.alice.post(&format!("{path}/templates/sync"), json!({})).await.ok();
    let with = |header: &str| listed["data"].as_array().unwrap().iter().find(|t| t["header"] == header).cloned();
    let template = with("image").unwrap_or_else(|| panic!("a template with a picture: {listed:#}"));
    let blanks: serde_json::Map<String, Value> = template["blanks"].as_array().unwrap().iter().map(|b| (text(b), json!("words"))).collect();
    let messages = format!("/conversations/{}/messages", text(&conversation_of(&s, &channel).await["id"]));
    let file = s.bob.upload("/files", "offer.png", "image/png", PNG).await.is(201);
    let used = |more: Value| {
        let mut used = json!({ "id": template["id"], "parameters": blanks });
        used.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        used
    };
    s.bob.post(&messages, json!({ "template": used(json!({})), "undo_seconds": 0 })).await.is(422);
    let m = s.bob.post(&messages, json!({ "template": used(json!({})), "attachments": [file["id"]], "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    let m = s.message(&text(&m["id"])).await;
    assert_ne!(m["status"], "failed", "{m:#}");
    assert_eq!((m["content_type"].as_str(), m["attachments"][0]["name"].as_str()), (Some("template"), Some("offer.png")));
    let seen = s.alice.get(&format!("{path}/simulator")).await.ok()["exchanges"].clone();
    let uploaded = seen.as_array().unwrap().iter().any(|x| text(&x["path"]).contains("/media"));
    let sent = seen.as_array().unwrap().iter().find(|x| text(&x["body"]).contains("\"template\"")).unwrap().clone();
    let body: Value = serde_json::from_str(sent["body"].as_str().unwrap()).unwrap();
    let header = body["template"]["components"].as_array().unwrap().iter().find(|c| c["type"] == "header").unwrap().clone();
    assert!(uploaded && header["parameters"][0]["image"]["id"].is_string(), "the picture was uploaded and is named: {header}");
    let by_address = used(json!({ "header_url": "https://shop.example/offer.png" }));
    let m = s.bob.post(&messages, json!({ "template": by_address, "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    assert_ne!(s.message(&text(&m["id"])).await["status"], "failed");
    let seen = s.alice.get(&format!("{path}/simulator")).await.ok()["exchanges"].to_string();
    assert!(seen.contains("https://shop.example/offer.png"), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buttons_leave_on_every_channel_that_has_them_and_come_back_pressed() {
    let s = TestServer::start().await;
    let kinds = s.alice.get("/channel-types").await.ok();
    let kinds: Vec<Value> =
        kinds["data"].as_array().unwrap().iter().filter(|k| k["capabilities"]["buttons"].as_u64() > Some(0)).cloned().collect();
    let names: Vec<&str> = kinds.iter().filter_map(|k| k["id"].as_str()).collect();
    for known in ["whatsapp", "messenger", "instagram", "telegram", "line", "viber"] {
        assert!(names.contains(&known), "{known} has buttons: {names:?}");
    }
    for kind in &kinds {
        let name = text(&kind["id"]);
        let (channel, path) = simulated(&s, &name).await;
        if name == "respondio" {
            s.alice.patch(&path, json!({ "configuration": { "read_only": false } })).await.ok();
        }
        s.alice.post(&format!("{path}/simulate"), json!({ "text": "Do you have it in blue?", "customer": 3 })).await.ok();
        s.settle().await;
        let c = text(&conversation_of(&s, &channel).await["id"]);
        let messages = format!("/conversations/{c}/messages");
        let most = kind["capabilities"]["buttons"].as_u64().unwrap() as usize;
        let chars = kind["limits"]["button_chars"].as_u64().unwrap() as usize;
        let buttons = |n: usize, title: &str| -> Vec<Value> {
            (1..=n).map(|i| json!({ "id": format!("b{i}"), "title": format!("{title}{i}") })).collect()
        };
        // As many and as long as the description of the channel says, and not one more.
        for n in [2, most.min(12)] {
            let sent =
                s.bob.post(&messages, json!({ "text": "Which one?", "buttons": buttons(n, "Blue "), "undo_seconds": 0 })).await.is(201);
            s.settle().await;
            s.advance(7_000).await;
            let m = s.message(&text(&sent["id"])).await;
            assert_ne!(m["status"], "failed", "{name}, {n} buttons: {m:#}");
            assert_eq!(
                (m["content_type"].as_str(), m["metadata"]["buttons"].as_array().map(Vec::len)),
                (Some("interactive"), Some(n)),
                "{name}"
            );
        }
        let longest = json!([{ "id": "b1", "title": "x".repeat(chars) }]);
        let m = s.bob.post(&messages, json!({ "text": "This one?", "buttons": longest, "undo_seconds": 0 })).await.is(201);
        s.settle().await;
        s.advance(7_000).await;
        let m = s.message(&text(&m["id"])).await;
        assert_ne!(m["status"], "failed", "{name}: {m:#}");
        let refused = |answer: Answer, code: &str| drop(answer.refused(409, code));
        refused(s.bob.post(&messages, json!({ "text": "?", "buttons": buttons(most + 1, "B") })).await, "policy.too_many_buttons");
        let longer = json!([{ "id": "b1", "title": "x".repeat(chars + 1) }]);
        refused(s.bob.post(&messages, json!({ "text": "?", "buttons": longer })).await, "policy.button_too_long");
        // What is being written is kept, with its buttons.
        let draft = json!({ "text": "Or this?", "buttons": buttons(2, "Red ") });
        s.bob.put(&format!("/conversations/{c}/draft"), draft).await.ok();
        assert_eq!(s.bob.get(&format!("/conversations/{c}")).await.ok()["draft"]["buttons"][1]["title"], "Red 2", "{name}");
        let seen = s.alice.get(&format!("{path}/simulator")).await.ok()["exchanges"].to_string();
        assert!(seen.contains("Blue 1") && seen.contains("Blue 2"), "{name}: {seen}");
    }
    // Mail has none.
    let (channel, path) = simulated(&s, "sendgrid").await;
    s.alice.post(&format!("{path}/simulate"), json!({ "text": "Hello", "customer": 1, "subject": "Hello" })).await.ok();
    s.settle().await;
    let c = text(&conversation_of(&s, &channel).await["id"]);
    let one = json!([{ "id": "b1", "title": "Yes" }]);
    s.bob
        .post(&format!("/conversations/{c}/messages"), json!({ "text": "?", "buttons": one }))
        .await
        .refused(409, "policy.too_many_buttons");
}
