//! A program written for Chatwoot, moved over: the same requests, the same shapes back.

use serde_json::{Value, json};
use std::sync::OnceLock;
use tests::{ApiDoor, Client, TestServer};

fn shapes() -> &'static Value {
    static SHAPES: OnceLock<Value> = OnceLock::new();
    SHAPES.get_or_init(|| serde_json::from_str(include_str!("chatwoot.shapes.json")).unwrap())
}

/// Whether a value has every field of a shape, each of the kind it has to be.
#[track_caller]
fn fits(shape: &str, value: &Value) {
    let mut wrong = Vec::new();
    check(&json!(shape), value, shape, &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}\nin {value:#}");
}
fn check(shape: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    match shape {
        Value::Object(fields) => {
            if !value.is_object() {
                wrong.push(format!("{at} is no object but {value}"));
            }
            for (name, inner) in fields {
                match value.get(name) {
                    Some(v) => check(inner, v, &format!("{at}.{name}"), wrong),
                    None => wrong.push(format!("{at}.{name} is missing")),
                }
            }
        }
        Value::Array(one) => match value.as_array() {
            Some(list) => list.iter().enumerate().for_each(|(n, v)| check(&one[0], v, &format!("{at}[{n}]"), wrong)),
            None => wrong.push(format!("{at} is no list but {value}")),
        },
        Value::String(kind) => {
            let (kind, may_be_null) = kind.strip_suffix('?').map_or((kind.as_str(), false), |k| (k, true));
            if value.is_null() && may_be_null {
                return;
            }
            let good = match kind {
                // Such programs keep ids in 32 bits.
                "int" => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
                "string" => value.is_string(),
                "bool" => value.is_boolean(),
                named => return check(&shapes()[named], value, at, wrong),
            };
            if !good {
                wrong.push(format!("{at} is no {kind} but {value}"));
            }
        }
        _ => wrong.push(format!("{at} has no shape")),
    }
}

/// A member's program, at the account's address.
pub struct Bot {
    pub at: Client,
    pub root: Client,
    pub account: i64,
}
pub async fn bot(s: &TestServer, whose: &Client) -> Bot {
    let token = whose.post("/tokens", json!({ "name": "bot" })).await.is(201)["token"].as_str().unwrap().to_owned();
    let door = whose.get("/chatwoot").await.ok();
    let address = door["address"].as_str().unwrap();
    assert!(address.ends_with("/chatwoot"), "{address}");
    let account = door["account_id"].as_i64().unwrap();
    let root = s.web.at("/chatwoot").with("api_access_token", &token);
    Bot { at: root.at(&format!("/chatwoot/api/v1/accounts/{account}")), root, account }
}
pub fn n(v: &Value) -> i64 {
    v["id"].as_i64().unwrap_or_else(|| panic!("no id in {v}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_that_reads_answers_and_closes_works_as_it_did() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    door.post(&s, ApiDoor::message("m1", "customer-7", "Where is my lamp?")).await.is(200);
    s.settle().await;
    let bot = bot(&s, &s.bob).await;

    let profile = bot.root.get("/api/v1/profile").await.ok();
    fits("profile", &profile);
    assert_eq!(
        (profile["account_id"].as_i64(), &profile["email"], &profile["role"]),
        (Some(bot.account), &json!("bob@desk.example"), &json!("agent"))
    );

    // Open conversations; with a slash at the end it is the same address.
    let list = bot.at.get("/conversations?status=open&assignee_type=unassigned&page=1").await.ok();
    fits("counts", &list["data"]["meta"]);
    assert_eq!(list["data"]["meta"], json!({ "mine_count": 0, "assigned_count": 0, "unassigned_count": 1, "all_count": 1 }));
    let open = list["data"]["payload"].as_array().unwrap();
    assert_eq!(open.len(), 1);
    fits("conversation", &open[0]);
    assert_eq!(bot.at.get("/conversations/?status=open").await.ok()["data"]["payload"], list["data"]["payload"]);
    let c = n(&open[0]);
    assert_eq!((&open[0]["status"], &open[0]["messages"][0]["content"]), (&json!("open"), &json!("Where is my lamp?")));
    assert_eq!(open[0]["meta"]["channel"], "Channel::Api");

    // Its messages, and a reply and a private note.
    let talk = bot.at.get(&format!("/conversations/{c}/messages")).await.ok();
    let said = talk["payload"].as_array().unwrap();
    fits("message", &said[0]);
    assert_eq!(
        (&said[0]["message_type"], &said[0]["sender"]["type"], said[0]["sender_type"].as_str()),
        (&json!(0), &json!("contact"), Some("Contact"))
    );
    let reply = json!({ "content": "It leaves today.", "message_type": "outgoing", "private": false, "echo_id": "e1",
        "content_attributes": { "in_reply_to": n(&said[0]) }, "source_id": "theirs-1" });
    let sent = bot.at.post(&format!("/conversations/{c}/messages"), reply).await.is(200);
    fits("message", &sent);
    assert_eq!((&sent["content"], &sent["message_type"], &sent["private"]), (&json!("It leaves today."), &json!(1), &json!(false)));
    assert_eq!(
        (&sent["echo_id"], &sent["source_id"], &sent["content_attributes"]["in_reply_to"]),
        (&json!("e1"), &json!("theirs-1"), &said[0]["id"])
    );
    assert_eq!((&sent["sender"]["name"], &sent["sender"]["type"]), (&json!("Bob Agent"), &json!("user")));
    let note =
        bot.at.post(&format!("/conversations/{c}/messages"), json!({ "content": "Checked with the store", "private": true })).await.is(200);
    fits("message", &note);
    assert_eq!((&note["private"], &note["message_type"]), (&json!(true), &json!(1)));
    s.settle().await;
    let ours = s.only_conversation().await;
    let texts: Vec<_> =
        ours["messages"].as_array().unwrap().iter().map(|m| (m["text"].as_str().unwrap(), m["is_note"].as_bool().unwrap())).collect();
    assert_eq!(texts, [("Where is my lamp?", false), ("It leaves today.", false), ("Checked with the store", true)]);
    // Before and after a message.
    let before = bot.at.get(&format!("/conversations/{c}/messages?before={}", n(&sent))).await.ok();
    assert_eq!(before["payload"].as_array().unwrap().iter().map(n).collect::<Vec<_>>(), [n(&said[0])]);
    let after = bot.at.get(&format!("/conversations/{c}/messages?after={}", n(&said[0]))).await.ok();
    assert_eq!(after["payload"].as_array().unwrap().iter().map(n).collect::<Vec<_>>(), [n(&sent), n(&note)]);
    assert!(n(&said[0]) < n(&sent) && n(&sent) < n(&note), "numbers grow");

    // Labels, assignment, priority, attributes, state.
    let labels = bot.at.post(&format!("/conversations/{c}/labels"), json!({ "labels": ["lamp", "vip"] })).await.ok();
    assert_eq!(labels, json!({ "payload": ["lamp", "vip"] }));
    assert_eq!(
        bot.at.post(&format!("/conversations/{c}/labels"), json!({ "labels": ["lamp"] })).await.ok(),
        json!({ "payload": ["lamp"] })
    );
    assert_eq!(bot.at.get(&format!("/conversations/{c}/labels")).await.ok(), json!({ "payload": ["lamp"] }));
    let agents = bot.at.get("/agents").await.ok();
    agents.as_array().unwrap().iter().for_each(|a| fits("agent", a));
    let alice = agents.as_array().unwrap().iter().find(|a| a["email"] == "alice@desk.example").unwrap();
    assert_eq!(alice["role"], "administrator");
    let to = bot.at.post(&format!("/conversations/{c}/assignments"), json!({ "assignee_id": n(alice) })).await.ok();
    assert_eq!(n(&to), n(alice));
    assert_eq!(s.only_conversation().await["assignee_id"], s.alice_id.as_str());
    assert_eq!(bot.at.post(&format!("/conversations/{c}/assignments"), json!({ "assignee_id": 0 })).await.ok(), Value::Null);
    bot.at.post(&format!("/conversations/{c}/toggle_priority"), json!({ "priority": "high" })).await.is(200);
    let custom =
        bot.at.post(&format!("/conversations/{c}/custom_attributes"), json!({ "custom_attributes": { "order": "A-7" } })).await.ok();
    assert_eq!(custom["custom_attributes"]["order"], "A-7");
    bot.at.post(&format!("/conversations/{c}/toggle_typing_status"), json!({ "typing_status": "on" })).await.is(200);
    bot.at.post(&format!("/conversations/{c}/update_last_seen"), json!({})).await.is(200);
    let done = bot.at.post(&format!("/conversations/{c}/toggle_status"), json!({ "status": "resolved" })).await.ok();
    assert_eq!(
        (&done["payload"]["success"], &done["payload"]["current_status"], &done["payload"]["conversation_id"]),
        (&json!(true), &json!("resolved"), &json!(c))
    );
    assert_eq!(bot.at.post(&format!("/conversations/{c}/toggle_status"), json!({})).await.ok()["payload"]["current_status"], "open");
    let until = s.now() / 1_000 + 3_600;
    let snoozed =
        bot.at.post(&format!("/conversations/{c}/toggle_status"), json!({ "status": "snoozed", "snoozed_until": until })).await.ok();
    assert_eq!((&snoozed["payload"]["current_status"], &snoozed["payload"]["snoozed_until"]), (&json!("snoozed"), &json!(until)));
    let now = bot.at.get(&format!("/conversations/{c}")).await.ok();
    fits("conversation", &now);
    assert_eq!((&now["priority"], &now["labels"], &now["unread_count"]), (&json!("high"), &json!(["lamp"]), &json!(0)));
    assert_eq!((&now["status"], &now["custom_attributes"]), (&json!("snoozed"), &json!({ "order": "A-7" })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bridge_makes_its_inbox_contact_and_conversation_and_brings_in_what_was_said() {
    let s = TestServer::start().await;
    let bot = bot(&s, &s.alice).await;
    let inbox = bot.at.post("/inboxes/", json!({ "name": "Bridge", "channel": { "type": "api", "webhook_url": "" } })).await.is(200);
    fits("inbox", &inbox);
    assert_eq!(inbox["channel_type"], "Channel::Api");
    let all = bot.at.get("/inboxes").await.ok();
    assert!(all["payload"].as_array().unwrap().iter().any(|i| i["id"] == inbox["id"] && i["name"] == "Bridge"));
    assert_eq!(n(&bot.at.get(&format!("/inboxes/{}/", n(&inbox))).await.ok()), n(&inbox));

    let new = json!({ "inbox_id": n(&inbox), "name": "Rosa Example", "phone_number": "+4930123456", "email": "rosa@home.example",
        "identifier": "4930123456@bridge", "custom_attributes": { "plan": "gold" }, "additional_attributes": { "company_name": "Example Ltd" } });
    let made = bot.at.post("/contacts", new.clone()).await.is(200)["payload"].clone();
    fits("contact", &made["contact"]);
    fits("contact_inbox", &made["contact_inbox"]);
    let (contact, source) = (n(&made["contact"]), made["contact_inbox"]["source_id"].as_str().unwrap().to_owned());
    assert_eq!((&made["contact"]["identifier"], &made["contact"]["phone_number"]), (&json!("4930123456@bridge"), &json!("+4930123456")));
    assert_eq!(
        (&made["contact"]["custom_attributes"]["plan"], &made["contact"]["additional_attributes"]["company_name"]),
        (&json!("gold"), &json!("Example Ltd"))
    );

    // The same again is told by field, as where it comes from.
    let again = bot.at.post("/contacts", new).await;
    assert_eq!((again.status, &again.json["attributes"]), (422, &json!(["identifier"])), "{}", again.text());
    let other = bot.at.post("/contacts", json!({ "name": "Rosa Two", "email": "rosa@home.example" })).await;
    assert_eq!((other.status, &other.json["attributes"]), (422, &json!(["email"])), "{}", other.text());
    assert!(other.json["message"].as_str().is_some() && other.json["error"].as_str().is_some());

    // Found by name, number and identifier; by filters too.
    for q in ["Rosa", "%2B4930123456", "4930123456%40bridge", "rosa%40home.example"] {
        let found = bot.at.get(&format!("/contacts/search?q={q}")).await.ok();
        assert_eq!(found["payload"].as_array().unwrap().iter().map(n).collect::<Vec<_>>(), [contact], "{q}");
        assert_eq!(found["meta"]["count"], 1, "{q}");
        fits("contact", &found["payload"][0]);
    }
    let condition = |key: &str, value: &str, op: Value| json!({ "attribute_key": key, "filter_operator": "equal_to", "values": [value], "query_operator": op });
    let payload = json!([condition("phone_number", "+5511", json!("OR")), condition("phone_number", "+4930123456", Value::Null)]);
    let found = bot.at.post("/contacts/filter", json!({ "payload": payload })).await.ok();
    assert_eq!(found["payload"].as_array().unwrap().iter().map(n).collect::<Vec<_>>(), [contact]);
    let none = bot.at.post("/contacts/filter", json!({ "payload": [condition("identifier", "nobody", Value::Null)] })).await.ok();
    assert_eq!(none["payload"], json!([]));

    // An empty conversation first, then both sides of what was said elsewhere.
    let c = bot
        .at
        .post("/conversations", json!({ "source_id": source, "inbox_id": n(&inbox), "contact_id": contact, "status": "open" }))
        .await
        .is(200);
    fits("conversation", &c);
    let c = n(&c);
    let said = bot
        .at
        .post(
            &format!("/conversations/{c}/messages"),
            json!({ "content": "Hi, my lamp broke", "message_type": "incoming", "source_id": "WA:1" }),
        )
        .await
        .is(200);
    fits("message", &said);
    assert_eq!((&said["message_type"], &said["source_id"], &said["conversation_id"]), (&json!(0), &json!("WA:1"), &json!(c)));
    assert_eq!((&said["sender"]["id"], &said["sender"]["type"]), (&json!(contact), &json!("contact")));
    // Brought in twice it is there once.
    let twice = bot
        .at
        .post(
            &format!("/conversations/{c}/messages"),
            json!({ "content": "Hi, my lamp broke", "message_type": "incoming", "source_id": "WA:1" }),
        )
        .await
        .ok();
    assert_eq!(n(&twice), n(&said));
    let mut form = b"--cut\r\ncontent-disposition: form-data; name=\"content\"\r\n\r\nA picture\r\n--cut\r\ncontent-disposition: form-data; name=\"message_type\"\r\n\r\nincoming\r\n\
        --cut\r\ncontent-disposition: form-data; name=\"attachments[]\"; filename=\"lamp.txt\"\r\ncontent-type: text/plain\r\n\r\n".to_vec();
    form.extend_from_slice(b"broken\r\n--cut--\r\n");
    let at = format!("/conversations/{c}/messages");
    let picture = bot.at.send("POST", &at, Some("multipart/form-data; boundary=cut"), form.clone().into()).await.is(200);
    fits("message", &picture);
    assert_eq!((&picture["content"], &picture["attachments"][0]["file_type"]), (&json!("A picture"), &json!("file")));
    let url = picture["attachments"][0]["data_url"].as_str().unwrap();
    let file = s.web.get(&url[url.find("/api/").unwrap()..]).await;
    assert_eq!((file.status, file.text().as_str()), (200, "broken"));
    // With an answer a file goes too.
    let form = String::from_utf8(form).unwrap().replace("incoming", "outgoing").replace("A picture", "Our guide");
    let sent = bot.at.send("POST", &at, Some("multipart/form-data; boundary=cut"), form.into()).await.is(200);
    assert_eq!((&sent["message_type"], &sent["attachments"][0]["file_size"]), (&json!(1), &json!(6)));
    s.settle().await;
    let ours = s.only_conversation().await;
    assert_eq!((&ours["message_count"], &ours["contact"]["name"]), (&json!(3), &json!("Rosa Example")));
    // The bridge knows whether it arrived.
    let report = bot.at.patch(&format!("{at}/{}", n(&sent)), json!({ "status": "delivered" })).await.ok();
    assert_eq!(report["status"], "delivered");

    // Hers, by the contact; and another one when the first is done, as there.
    let hers = bot.at.get(&format!("/contacts/{contact}/conversations")).await.ok();
    assert_eq!(hers["payload"].as_array().unwrap().iter().map(n).collect::<Vec<_>>(), [c]);
    bot.at.post(&format!("/conversations/{c}/toggle_status"), json!({ "status": "resolved" })).await.is(200);
    let next = bot
        .at
        .post("/conversations", json!({ "source_id": source, "inbox_id": n(&inbox), "message": { "content": "Anything else?" } }))
        .await
        .is(200);
    assert!(n(&next) > c && next["messages"][0]["content"] == "Anything else?", "{next}");
    let back =
        bot.at.post(&format!("/conversations/{}/messages", n(&next)), json!({ "content": "No", "message_type": "incoming" })).await.ok();
    assert_eq!(back["conversation_id"], next["id"]);
    let open = bot.at.get("/conversations?status=open").await.ok();
    assert_eq!(open["data"]["payload"].as_array().unwrap().iter().map(n).collect::<Vec<_>>(), [n(&next)]);

    // The contact changes, by the number that it keeps.
    let changed = bot
        .at
        .put(
            &format!("/contacts/{contact}"),
            json!({ "name": "Rosa E.", "email": "rosa@work.example", "custom_attributes": { "city": "Bonn" } }),
        )
        .await
        .ok();
    assert_eq!((&changed["payload"]["name"], &changed["payload"]["email"]), (&json!("Rosa E."), &json!("rosa@work.example")));
    assert_eq!(changed["payload"]["custom_attributes"], json!({ "plan": "gold", "city": "Bonn" }));
    bot.at.delete(&format!("/contacts/{contact}")).await.is(200);
    assert_eq!(bot.at.get(&format!("/contacts/{contact}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_goes_out_with_a_subject_and_its_copies() {
    let s = TestServer::start().await;
    let sink = tests::Sink::start().await;
    let mail = s.mail_door("help@desk.example", Some(&sink)).await;
    let bot = bot(&s, &s.bob).await;
    let inboxes = bot.at.get("/inboxes").await.ok();
    let inbox = inboxes["payload"].as_array().unwrap().iter().find(|i| i["channel_type"] == "Channel::Email").unwrap();
    assert_eq!(inbox["email"], "help@desk.example");
    let contact = bot
        .at
        .post("/contacts", json!({ "name": "Kim Example", "email": "kim@home.example", "inbox_id": inbox["id"] }))
        .await
        .ok()["payload"]
        .clone();
    assert_eq!(contact["contact_inbox"]["source_id"], "kim@home.example");
    let c = bot
        .at
        .post(
            "/conversations",
            json!({ "inbox_id": inbox["id"], "contact_id": n(&contact["contact"]), "additional_attributes": { "mail_subject": "Your lamp" },
                "message": { "content": "It is ready.", "cc_emails": "boss@home.example, two@home.example" } }),
        )
        .await
        .is(200);
    assert_eq!(
        (&c["additional_attributes"]["mail_subject"], &c["meta"]["sender"]["email"]),
        (&json!("Your lamp"), &json!("kim@home.example"))
    );
    s.settle().await;
    let out = sink.mails().remove(0);
    assert_eq!(out.header("subject"), "Your lamp");
    assert!(out.body().contains("It is ready.") && out.header("cc").contains("boss@home.example"), "{}", out.header("cc"));
    assert!(out.header("cc").contains("two@home.example"));
    drop(mail);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_filters_and_settings_are_read_as_there() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    for n in 0..30 {
        door.post(&s, ApiDoor::message(&format!("m{n}"), &format!("person-{n}"), &format!("Question {n}"))).await.is(200);
    }
    s.settle().await;
    let bot = bot(&s, &s.bob).await;
    let (first, second) = (bot.at.get("/conversations").await.ok(), bot.at.get("/conversations?page=2").await.ok());
    let ids = |v: &Value| v["payload"].as_array().unwrap().iter().map(n).collect::<Vec<_>>();
    let (one, two) = (ids(&first["data"]), ids(&second["data"]));
    assert_eq!((one.len(), two.len(), first["data"]["meta"]["all_count"].as_i64()), (25, 5, Some(30)));
    assert!(two.iter().all(|id| !one.contains(id)));
    assert_eq!(bot.at.get("/conversations?page=9").await.ok()["data"]["payload"], json!([]));
    assert_eq!(bot.at.get("/conversations?page=100000").await.status, 422);
    let people = bot.at.get("/contacts?page=2").await.ok();
    assert_eq!((ids(&people).len(), &people["meta"]), (15, &json!({ "count": 30, "current_page": 2 })));

    bot.at.post(&format!("/conversations/{}/labels", one[0]), json!({ "labels": ["vip"] })).await.ok();
    bot.at.post(&format!("/conversations/{}/toggle_status", one[1]), json!({ "status": "pending" })).await.ok();
    bot.at.post(&format!("/conversations/{}/toggle_status", one[2]), json!({ "status": "resolved" })).await.ok();
    let asked = async |query: &str| ids(&bot.at.get(&format!("/conversations?{query}")).await.ok()["data"]);
    assert_eq!(asked("labels[]=vip").await, [one[0]]);
    assert_eq!(asked("status=pending").await, [one[1]]);
    assert_eq!(asked("status=resolved").await, [one[2]]);
    assert_eq!(asked("status=all&q=Question+29").await.len(), 1);
    let meta = bot.at.get("/conversations/meta?status=open").await.ok();
    fits("counts", &meta["meta"]);
    assert_eq!(meta["meta"]["all_count"], 28);
    let filter = json!({ "payload": [
        { "attribute_key": "status", "filter_operator": "equal_to", "values": ["pending"], "query_operator": "or" },
        { "attribute_key": "labels", "filter_operator": "equal_to", "values": ["vip"], "query_operator": "and" },
        { "attribute_key": "status", "filter_operator": "equal_to", "values": ["open"], "query_operator": null },
    ]});
    let found = bot.at.post("/conversations/filter", filter).await.ok();
    let mut both = ids(&found);
    both.sort_unstable();
    let mut want = vec![one[0], one[1]];
    want.sort_unstable();
    assert_eq!((both, found["meta"]["all_count"].as_i64()), (want, Some(2)));
    let wrong = bot
        .at
        .post(
            "/conversations/filter",
            json!({ "payload": [{ "attribute_key": "shoe_size", "filter_operator": "equal_to", "values": [1] }] }),
        )
        .await;
    assert_eq!((wrong.status, &wrong.json["attributes"]), (422, &json!(["attribute_key"])));
    assert_eq!(ids(&bot.at.get("/conversations/search?q=Question+7").await.ok()).len(), 1);

    // What a workspace is made of.
    let labels = bot.at.get("/labels").await.ok();
    labels["payload"].as_array().unwrap().iter().for_each(|l| fits("label", l));
    let made = bot.at.post("/labels", json!({ "title": "urgent", "color": "#1F93FF" })).await.ok();
    fits("label", &made);
    assert_eq!(made["title"], "urgent");
    let team = s.alice.post("/teams", json!({ "name": "Repairs", "member_ids": [s.bob_id] })).await.is(201);
    let teams = bot.at.get("/teams").await.ok();
    fits("team", &teams[0]);
    assert_eq!((&teams[0]["name"], &teams[0]["is_member"]), (&json!("Repairs"), &json!(true)));
    assert_eq!(bot.at.get(&format!("/teams/{}/team_members", n(&teams[0]))).await.ok()[0]["email"], "bob@desk.example");
    let to = bot.at.post(&format!("/conversations/{}/assignments", one[3]), json!({ "team_id": n(&teams[0]) })).await.ok();
    assert_eq!((&to["id"], &to["name"]), (&teams[0]["id"], &json!("Repairs")));
    assert_eq!(asked(&format!("team_id={}", n(&teams[0]))).await, [one[3]]);
    drop(team);
    let canned = bot.at.post("/canned_responses", json!({ "short_code": "hello", "content": "Good day!" })).await.ok();
    fits("canned", &canned);
    assert_eq!(bot.at.get("/canned_responses?search=hello").await.ok(), json!([canned]));
    let canned = bot.at.patch(&format!("/canned_responses/{}", n(&canned)), json!({ "content": "Good evening!" })).await.ok();
    assert_eq!((&canned["short_code"], &canned["content"]), (&json!("hello"), &json!("Good evening!")));
    bot.at.delete(&format!("/canned_responses/{}", n(&canned))).await.is(200);
    assert_eq!(bot.at.get("/canned_responses").await.ok(), json!([]));
    let account = bot.at.get("").await.ok();
    assert_eq!((account["id"].as_i64(), &account["status"]), (Some(bot.account), &json!("active")));
    // What is not there says so, and where to read on.
    let missing = bot.at.get("/automation_rules").await;
    assert_eq!((missing.status, missing.json["code"].as_str()), (404, Some("chatwoot.not_there")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_and_who_may_not_get_nothing() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    door.post(&s, ApiDoor::message("m1", "customer-7", "Secret")).await.is(200);
    s.settle().await;
    let own = bot(&s, &s.alice).await;
    let c = n(&own.at.get("/conversations").await.ok()["data"]["payload"][0]);
    let inbox = n(&own.at.get("/inboxes").await.ok()["payload"][0]);
    let contact = n(&own.at.get("/contacts").await.ok()["payload"][0]);
    let account = format!("/chatwoot/api/v1/accounts/{}", own.account);
    let routes = [
        ("GET", "/conversations".to_owned()),
        ("GET", "/conversations/meta".into()),
        ("POST", "/conversations/filter".into()),
        ("GET", "/conversations/search?q=Secret".into()),
        ("GET", format!("/conversations/{c}")),
        ("PATCH", format!("/conversations/{c}")),
        ("DELETE", format!("/conversations/{c}")),
        ("GET", format!("/conversations/{c}/messages")),
        ("POST", format!("/conversations/{c}/messages")),
        ("POST", format!("/conversations/{c}/toggle_status")),
        ("POST", format!("/conversations/{c}/toggle_priority")),
        ("POST", format!("/conversations/{c}/toggle_typing_status")),
        ("POST", format!("/conversations/{c}/update_last_seen")),
        ("POST", format!("/conversations/{c}/unread")),
        ("POST", format!("/conversations/{c}/mute")),
        ("POST", format!("/conversations/{c}/unmute")),
        ("POST", format!("/conversations/{c}/custom_attributes")),
        ("POST", format!("/conversations/{c}/assignments")),
        ("GET", format!("/conversations/{c}/labels")),
        ("POST", format!("/conversations/{c}/labels")),
        ("GET", format!("/conversations/{c}/participants")),
        ("POST", format!("/conversations/{c}/transcript")),
        ("POST", "/conversations".into()),
        ("GET", "/contacts".into()),
        ("POST", "/contacts".into()),
        ("GET", "/contacts/search?q=a".into()),
        ("POST", "/contacts/filter".into()),
        ("GET", format!("/contacts/{contact}")),
        ("PUT", format!("/contacts/{contact}")),
        ("DELETE", format!("/contacts/{contact}")),
        ("GET", format!("/contacts/{contact}/conversations")),
        ("GET", format!("/contacts/{contact}/contactable_inboxes")),
        ("POST", format!("/contacts/{contact}/contact_inboxes")),
        ("POST", "/actions/contact_merge".into()),
        ("GET", "/inboxes".into()),
        ("POST", "/inboxes".into()),
        ("GET", format!("/inboxes/{inbox}")),
        ("PATCH", format!("/inboxes/{inbox}")),
        ("GET", format!("/inbox_members/{inbox}")),
        ("GET", "/agents".into()),
        ("GET", "/teams".into()),
        ("GET", "/labels".into()),
        ("POST", "/labels".into()),
        ("GET", "/canned_responses".into()),
        ("POST", "/canned_responses".into()),
        ("GET", String::new()),
    ];
    let body = json!({ "content": "x", "labels": ["x"], "assignee_id": 1, "name": "x", "payload": [], "custom_attributes": {}, "email": "a@b.example",
        "status": "open", "title": "x", "short_code": "x", "inbox_id": inbox, "contact_id": contact, "base_contact_id": contact, "mergee_contact_id": contact });
    // Nobody, a wrong token, and a cookie instead of a token.
    let anyone = s.web.at(&account);
    let cookie = s.alice.at(&account);
    let wrong = anyone.with("api_access_token", "sbt_wrong");
    // Another workspace's own admin.
    let new = server::people::NewAdmin {
        name: "Eve".into(),
        email: "eve@elsewhere.example".into(),
        password: kernel::Secret::new("a different river".into()),
        workspace_name: "Elsewhere".into(),
        locale: "en".into(),
        time_zone: "UTC".into(),
        default_country: "US".into(),
    };
    server::people::create_workspace(&s.app, new).await.unwrap();
    let session = s.anyone().post("/auth/sign-in", json!({ "email": "eve@elsewhere.example", "password": "a different river" })).await;
    let eve = bot(&s, &s.anyone().signed_in(&session)).await;
    let across = eve.root.at(&account);
    for (method, path) in &routes {
        for who in [&anyone, &cookie, &wrong, &across] {
            let answer = who.json(method, path, body.clone()).await;
            assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
            assert!(answer.json["error"].as_str().is_some_and(|e| !e.is_empty()), "{method} {path}");
        }
        // At her own account the same numbers are nobody's.
        if path.contains(&format!("/{c}")) || path.contains(&format!("/{contact}")) {
            let answer = eve.at.json(method, path, body.clone()).await;
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
        }
    }
    assert_eq!(eve.at.get("/conversations?status=all").await.ok()["data"]["payload"], json!([]));

    // Within the workspace the rule of sight holds, and so do permissions.
    s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "visibility": "own" })).await.ok();
    let bob = bot(&s, &s.bob).await;
    assert_eq!(bob.at.get("/conversations?status=all").await.ok()["data"]["meta"]["all_count"], 0);
    for (method, path) in routes.iter().filter(|(_, p)| p.contains(&format!("/conversations/{c}"))) {
        // An agent may not delete at all; everything else is simply not there.
        let answer = bob.at.json(method, path, body.clone()).await;
        let want = if *method == "DELETE" { 401 } else { 404 };
        assert_eq!(answer.status, want, "{method} {path}: {}", answer.text());
    }
    let refused = bob.at.post("/inboxes", json!({ "name": "x", "channel": { "type": "api" } })).await;
    assert_eq!((refused.status, refused.json["error"].is_string()), (401, true));
    assert_eq!(s.only_conversation().await["message_count"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_api_serves_who_holds_the_source_id() {
    let s = TestServer::start().await;
    let own = bot(&s, &s.alice).await;
    let inbox = own.at.post("/inboxes", json!({ "name": "App", "channel": { "type": "api" } })).await.ok();
    let key = inbox["inbox_identifier"].as_str().unwrap();
    let app = s.web.at(&format!("/chatwoot/public/api/v1/inboxes/{key}"));
    assert_eq!(app.get("").await.ok()["name"], "App");
    // A page anywhere may ask; the account's own API is for programs.
    let before = app.send("OPTIONS", "/contacts", None, Default::default()).await;
    assert_eq!(
        (before.status, before.header("access-control-allow-origin"), before.header("access-control-allow-headers")),
        (204, "*", "content-type")
    );
    assert_eq!(app.get("").await.header("access-control-allow-origin"), "*");
    assert_eq!(own.at.get("").await.header("access-control-allow-origin"), "");
    let me = app.post("/contacts", json!({ "name": "Lea", "email": "lea@home.example" })).await.is(200);
    fits("visitor", &me);
    let source = me["source_id"].as_str().unwrap();
    let mine = app.at(&format!("/chatwoot/public/api/v1/inboxes/{key}/contacts/{source}"));
    let talk = mine.post("/conversations", json!({})).await.is(200);
    fits("talk", &talk);
    let c = n(&talk);
    assert_eq!(n(&mine.post("/conversations", json!({})).await.ok()), c, "an empty one serves again");
    let said = mine.post(&format!("/conversations/{c}/messages"), json!({ "content": "Hello?", "echo_id": "7" })).await.is(200);
    fits("spoken", &said);
    assert_eq!((&said["message_type"], &said["echo_id"]), (&json!(0), &json!("7")));
    // The team answers, and leaves a note that stays inside.
    own.at.post(&format!("/conversations/{c}/messages"), json!({ "content": "Good day" })).await.ok();
    own.at.post(&format!("/conversations/{c}/messages"), json!({ "content": "A new one", "private": true })).await.ok();
    s.settle().await;
    let all = mine.get(&format!("/conversations/{c}/messages")).await.ok();
    let heard: Vec<_> = all.as_array().unwrap().iter().map(|m| m["content"].as_str().unwrap()).collect();
    assert_eq!(heard, ["Hello?", "Good day"]);
    mine.post(&format!("/conversations/{c}/update_last_seen"), json!({})).await.is(200);
    mine.post(&format!("/conversations/{c}/toggle_typing"), json!({ "typing_status": "on" })).await.is(200);
    s.settle().await;
    let read = own.at.get(&format!("/conversations/{c}/messages")).await.ok();
    assert_eq!(read["payload"][1]["status"], "read");
    assert_eq!(ids(&mine.get("/conversations").await.ok()), [c]);

    // Another name of the same person, another person, a forged and a foreign name: nothing of it is theirs.
    let other = app.post("/contacts", json!({ "name": "Lea", "email": "lea@home.example" })).await.ok();
    assert_ne!(other["id"], me["id"], "an address that was only said proves nobody");
    let theirs = |source: &str| app.at(&format!("/chatwoot/public/api/v1/inboxes/{key}/contacts/{source}"));
    let other = theirs(other["source_id"].as_str().unwrap());
    assert_eq!(other.get("/conversations").await.ok(), json!([]));
    assert_eq!(other.get(&format!("/conversations/{c}")).await.status, 404);
    for forged in ["customer-7", "x.y", &format!("{source}x")] {
        assert_eq!(theirs(forged).get("/conversations").await.status, 404, "{forged}");
    }
    // A name by which a program knows somebody opens nothing, however it was given.
    let door = s.api_door(None).await;
    door.post(&s, ApiDoor::message("m1", "customer-7", "From a program")).await.is(200);
    s.settle().await;
    let shop = door.path.rsplit('/').next().unwrap();
    assert_eq!(s.web.get(&format!("/chatwoot/public/api/v1/inboxes/{shop}/contacts/customer-7/conversations")).await.status, 404);
    let chat = s.chat().await;
    assert_eq!(
        s.web.get(&format!("/chatwoot/public/api/v1/inboxes/{}", chat["key"].as_str().unwrap())).await.status,
        404,
        "API inboxes only"
    );

    // Who proves an identifier is the same on every device; who proves it wrongly is nobody.
    let app = s.web.at(&format!("/chatwoot/public/api/v1/inboxes/{shop}"));
    let hash = data_encoding::HEXLOWER.encode(&connectors::kit::signatures::mac_sha256(door.secret.as_bytes(), &[b"user-1"]));
    let proved = json!({ "identifier": "user-1", "identifier_hash": hash, "name": "Uma" });
    let (one, two) = (app.post("/contacts", proved.clone()).await.ok(), app.post("/contacts", proved).await.ok());
    assert_eq!((&one["source_id"], &one["id"]), (&two["source_id"], &two["id"]));
    assert_eq!(app.post("/contacts", json!({ "identifier": "user-1", "identifier_hash": "00" })).await.status, 401);
    // Whoever asks too often waits.
    let mut last = 200;
    for _ in 0..40 {
        last = mine.post(&format!("/conversations/{c}/messages"), json!({ "content": "!" })).await.status;
    }
    assert_eq!(last, 429);
}
fn ids(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(n).collect()
}
