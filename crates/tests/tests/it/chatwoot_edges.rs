//! The door for programs written for Chatwoot, at its edges: who is believed, what is refused before anything is made, what comes twice.

use crate::chatwoot::{bot, n};
use connectors::kit::signatures::mac_sha256;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{ApiDoor, Client, Mail, TestServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn text(v: &Value) -> &str {
    v.as_str().unwrap_or_else(|| panic!("no text: {v}"))
}
fn signed(key: &str, identifier: &str) -> String {
    data_encoding::HEXLOWER.encode(&mac_sha256(key.as_bytes(), &[identifier.as_bytes()]))
}
/// The client API of an API channel, and the secret that signs for it.
async fn app(s: &TestServer) -> (Client, ApiDoor) {
    let door = s.api_door(None).await;
    let key = door.path.rsplit('/').next().unwrap().to_owned();
    (s.web.at(&format!("/chatwoot/public/api/v1/inboxes/{key}")), door)
}
async fn contacts(s: &TestServer) -> Vec<Value> {
    s.all(&s.alice, "/contacts").await
}
/// From now on Bob may do all of this except that.
async fn without(s: &TestServer, missing: &str) {
    let mut permissions = s.alice.get("/me").await.ok()["permissions"].clone();
    permissions.as_array_mut().unwrap().retain(|p| p != missing);
    let role = json!({ "name": format!("Without {missing}"), "permissions": permissions, "visibility": "all" });
    let role = s.alice.post("/roles", role).await.is(201);
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": role["id"] })).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_name_proves_no_address_but_itself() {
    let s = TestServer::start().await;
    s.mail_door("help@desk.example", None).await;
    for who in ["anna", "uma"] {
        let mail = Mail::new(&format!("{who}@home.example"), "help@desk.example", "Private", "My account number");
        s.deliver(&mail.id(&format!("{who}@home.example"))).await;
    }
    let of = async |address: &str| {
        let all = contacts(&s).await;
        let own = |c: &&Value| c["handles"].as_array().unwrap().iter().any(|h| h["value"] == address && h["evidence"] == "verified");
        all.iter().filter(own).map(|c| text(&c["id"]).to_owned()).collect::<Vec<_>>()
    };
    let (anna, uma) = (of("anna@home.example").await, of("uma@home.example").await);
    assert_eq!((anna.len(), uma.len()), (1, 1));
    let evidence = async |contact: &str, address: &str| {
        let c = s.alice.get(&format!("/contacts/{contact}")).await.ok();
        let known = c["handles"].as_array().unwrap().iter().find(|h| h["value"] == address).cloned();
        known.map(|h| text(&h["evidence"]).to_owned())
    };
    // A program's user.
    let (app, door) = app(&s).await;
    let said = |identifier: &str, email: &str| json!({ "identifier": identifier, "identifier_hash": signed(&door.secret, identifier), "name": "Eve", "email": email });
    app.post("/contacts", said("user-1", "anna@home.example")).await.is(200);
    let eve = contacts(&s).await.into_iter().find(|c| c["name"] == "Eve").expect("somebody of their own");
    assert_eq!(evidence(text(&eve["id"]), "anna@home.example").await.as_deref(), Some("claimed"));
    assert_eq!(of("anna@home.example").await, anna, "nobody else has it as theirs");
    // The visitor of a chat, whose site signs names as well.
    let chat = s.chat().await;
    let change = json!({ "configuration": { "identity_key": "a key" } });
    s.alice.patch(&format!("/channels/{}", text(&chat["id"])), change).await.ok();
    let opening = |identifier: &str, email: &str, name: &str| json!({ "identifier": identifier, "identifier_hash": signed("a key", identifier), "name": name, "email": email });
    s.visitor_who(opening("user-2", "anna@home.example", "Zoe")).await.say("Hello").await;
    let zoe = contacts(&s).await.into_iter().find(|c| c["name"] == "Zoe").expect("somebody of their own");
    assert_eq!(evidence(text(&zoe["id"]), "anna@home.example").await.as_deref(), Some("claimed"));
    // Where the address is what was signed, it is theirs.
    let count = contacts(&s).await.len();
    s.visitor_who(opening("Uma@home.example", "uma@home.example", "Uma")).await.say("Hello").await;
    assert_eq!((contacts(&s).await.len(), of("uma@home.example").await), (count, uma));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_asked_for_a_body_before_it_is_known_who_they_are() {
    let s = TestServer::start().await;
    let (app, door) = app(&s).await;
    let key = door.path.rsplit('/').next().unwrap();
    for path in [
        format!("/chatwoot/public/api/v1/inboxes/{key}/contacts/x.forged/conversations/1/messages"),
        format!("/chatwoot/public/api/v1/inboxes/{key}/contacts/x.forged"),
        "/chatwoot/public/api/v1/inboxes/nobody/contacts".to_owned(),
    ] {
        let method = if path.ends_with("x.forged") { "PATCH" } else { "POST" };
        let mut line = tokio::net::TcpStream::connect(s.web.address()).await.unwrap();
        // Announced, and never sent.
        let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\n\r\n{{");
        line.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0u8; 12];
        let heard = tokio::time::timeout(Duration::from_secs(20), line.read_exact(&mut answer)).await;
        heard.unwrap_or_else(|_| panic!("{path} waits for the body")).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 404", "{path}");
    }
    assert_eq!(app.get("").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_of_a_persons_own_is_one_of_their_addresses() {
    let s = TestServer::start().await;
    let own = bot(&s, &s.alice).await;
    let inbox = own.at.post("/inboxes", json!({ "name": "App", "channel": { "type": "api" } })).await.ok();
    let known = own.at.post("/contacts", json!({ "name": "Kim", "inbox_id": n(&inbox), "source_id": "kim-1" })).await.ok();
    let kim = n(&known["payload"]["contact"]);
    without(&s, "contacts.write").await;
    let bob = bot(&s, &s.bob).await;
    let open = async |more: Value| {
        let mut body = json!({ "inbox_id": n(&inbox), "contact_id": kim });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        bob.at.post("/conversations", body).await.status
    };
    assert_eq!(open(json!({ "source_id": "kim-2" })).await, 401, "a new one changes the contact");
    assert_eq!((open(json!({ "source_id": "kim-1" })).await, open(json!({})).await), (200, 200));
    let handles = contacts(&s).await[0]["handles"].clone();
    assert!(!handles.to_string().contains("kim-2"), "{handles:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identifier_goes_with_its_person() {
    let s = TestServer::start().await;
    let own = bot(&s, &s.alice).await;
    let make = async |name: &str, identifier: &str| own.at.post("/contacts", json!({ "name": name, "identifier": identifier })).await;
    let id_of = async |name: &str| {
        let all = contacts(&s).await;
        text(&all.iter().find(|c| c["name"] == name).unwrap()["id"]).to_owned()
    };
    let found = async |identifier: &str| {
        let condition = json!({ "attribute_key": "identifier", "filter_operator": "equal_to", "values": [identifier] });
        let rows = own.at.post("/contacts/filter", json!({ "payload": [condition] })).await.ok()["payload"].clone();
        rows.as_array().unwrap().iter().map(|c| text(&c["name"]).to_owned()).collect::<Vec<_>>()
    };
    make("First", "crm-1").await.ok();
    assert_eq!(make("Again", "crm-1").await.status, 422);
    // Removed where the door knows nothing of it: the identifier is nobody's, and can be given anew.
    s.alice.delete(&format!("/contacts/{}", id_of("First").await)).await.is(204);
    assert_eq!(found("crm-1").await, [""; 0]);
    make("Second", "crm-1").await.ok();
    assert_eq!(found("crm-1").await, ["Second"]);
    // Joined: whoever bore it goes on as the other.
    let third = n(&make("Third", "crm-3").await.ok()["payload"]["contact"]);
    let join = json!({ "into": id_of("Third").await });
    s.alice.post(&format!("/contacts/{}/join", id_of("Second").await), join).await.ok();
    assert_eq!((found("crm-1").await, found("crm-3").await), (vec!["Third".to_owned()], vec!["Third".to_owned()]));
    assert_eq!(make("Fourth", "crm-1").await.status, 422, "it is somebody's");
    own.at.put(&format!("/contacts/{third}"), json!({ "identifier": "crm-1" })).await.ok();
    assert_eq!(found("crm-1").await, ["Third"]);
    // Whoever may know nobody is told so, and not that there is nobody.
    without(&s, "contacts.read").await;
    let bob = bot(&s, &s.bob).await;
    let condition = json!({ "attribute_key": "identifier", "filter_operator": "equal_to", "values": ["crm-1"] });
    assert_eq!(bob.at.post("/contacts/filter", json!({ "payload": [condition] })).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_leaves_nothing_behind() {
    let s = TestServer::start().await;
    for of in ["conversation", "contact"] {
        let plan = json!({ "applies_to": of, "name": "Plan", "kind": "list", "options": ["Gold"] });
        s.alice.post("/attribute-definitions", plan).await.is(201);
    }
    let own = bot(&s, &s.alice).await;
    let inbox = n(&own.at.post("/inboxes", json!({ "name": "App", "channel": { "type": "api" } })).await.ok());
    let made = own.at.post("/contacts", json!({ "name": "Kim", "inbox_id": inbox, "source_id": "kim-1" })).await.ok();
    let kim = n(&made["payload"]["contact"]);
    for more in [
        json!({ "status": "sideways" }),
        json!({ "priority": "sideways" }),
        json!({ "assignee_id": 4711 }),
        json!({ "custom_attributes": { "plan": "Tin" } }),
        json!({ "message": { "content": " " } }),
        json!({ "message": { "content": "Hi", "message_type": "sideways" } }),
    ] {
        let mut body = json!({ "inbox_id": inbox, "contact_id": kim });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = own.at.post("/conversations", body).await;
        assert!(matches!(refused.status, 404 | 422), "{more} {}", refused.text());
    }
    assert!(s.conversations().await.is_empty(), "{:#?}", s.conversations().await);
    for more in [
        json!({ "custom_attributes": { "plan": "Tin" } }),
        json!({ "identifier": "x".repeat(256) }),
        json!({ "inbox_id": inbox, "source_id": "kim-1" }),
        json!({ "inbox_id": inbox, "source_id": "x".repeat(256) }),
    ] {
        let mut body = json!({ "name": "Lee" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = own.at.post("/contacts", body).await;
        assert_eq!(refused.status, 422, "{more} {}", refused.text());
    }
    assert_eq!(contacts(&s).await.len(), 1);
    let good = json!({ "inbox_id": inbox, "contact_id": kim, "custom_attributes": { "plan": "Gold" }, "message": { "content": "Hi", "message_type": "incoming" } });
    own.at.post("/conversations", good).await.ok();
    assert_eq!(s.only_conversation().await["message_count"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_twice_is_one_message_and_what_nobody_carried_has_no_fate() {
    let s = TestServer::start().await;
    let own = bot(&s, &s.alice).await;
    let (app, door) = app(&s).await;
    let me = app.post("/contacts", json!({ "name": "Lea" })).await.is(200);
    let key = door.path.rsplit('/').next().unwrap();
    let mine = app.at(&format!("/chatwoot/public/api/v1/inboxes/{key}/contacts/{}", text(&me["source_id"])));
    let talk = async || n(&mine.post("/conversations", json!({})).await.ok());
    let first = talk().await;
    let say = async |c: i64, words: &str, echo: &str| {
        n(&mine.post(&format!("/conversations/{c}/messages"), json!({ "content": words, "echo_id": echo })).await.is(200))
    };
    // The answer was lost, and the program tries again.
    let (a, again) = (say(first, "Hello?", "1").await, say(first, "Hello?", "1").await);
    assert_eq!(a, again);
    assert_ne!(say(first, "Anybody?", "2").await, a);
    // In another conversation the same echo is another message.
    let second = talk().await;
    assert_ne!(second, first);
    assert_ne!(say(second, "Hello?", "1").await, a);
    let heard = async |c: i64| mine.get(&format!("/conversations/{c}/messages")).await.ok().as_array().unwrap().len();
    assert_eq!((heard(first).await, heard(second).await), (2, 1));
    let all = mine.get("/conversations").await.ok();
    let shown: Vec<(i64, usize)> = all.as_array().unwrap().iter().map(|c| (n(c), c["messages"].as_array().unwrap().len())).collect();
    assert_eq!(shown, [(second, 1), (first, 2)]);
    // A bridge brings in the same way.
    let at = format!("/conversations/{first}/messages");
    let bring = async || n(&own.at.post(&at, json!({ "content": "From afar", "message_type": "incoming", "echo_id": "9" })).await.ok());
    assert_eq!(bring().await, bring().await);
    assert_eq!(heard(first).await, 3);
    // A note was carried by nobody.
    let note = own.at.post(&at, json!({ "content": "For us", "private": true })).await.ok();
    let refused = own.at.patch(&format!("{at}/{}", n(&note)), json!({ "status": "delivered" })).await;
    assert_eq!((refused.status, &refused.json["attributes"]), (422, &json!(["status"])));
    let quarantined = "SELECT COUNT(*) FROM journal WHERE state = 'quarantined'";
    assert_eq!(s.app.db.read(s.workspace, move |tx| tx.number(quarantined, db::params![])).await.unwrap(), 0);
}
