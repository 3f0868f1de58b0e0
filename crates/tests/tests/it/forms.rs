//! Web forms: anybody can type anybody's address, so nothing of the one it belongs to opens; and ten forms are not ten people.

use connectors::channels::form::stamp;
use serde_json::{Value, json};
use tests::{Mail, Sink, TestServer, encode};

struct Form {
    id: String,
    path: String,
}
impl Form {
    async fn connect(s: &TestServer) -> Self {
        let made = s.alice.post("/channels", json!({ "provider": "form", "name": "Contact form", "configuration": {} })).await.is(201);
        Self { id: text(&made["id"]), path: format!("/api/webhooks/form/{}", text(&made["key"])) }
    }
    /// Somebody fills it in and takes a minute for it.
    async fn send(&self, s: &TestServer, fields: &[(&str, &str)]) {
        let entry = s.app.directory.by_id(&s.app, s.workspace, self.id.parse().unwrap()).await.unwrap().unwrap();
        let token = stamp(&entry.account, s.now() - 60_000);
        let body: Vec<String> = fields.iter().chain(&[("_token", token.as_str())]).map(|(n, v)| format!("{n}={}", encode(v))).collect();
        let web = s.web.with("origin", "https://shop.example").with("accept", "text/html");
        web.send("POST", &self.path, Some("application/x-www-form-urlencoded"), body.join("&").into_bytes().into()).await.is(200);
        s.settle().await;
    }
}
fn text(v: &Value) -> String {
    v.as_str().unwrap_or_else(|| panic!("no text: {v}")).to_owned()
}
async fn of_form(s: &TestServer, form: &Form) -> Vec<Value> {
    let mut all = s.conversations().await;
    all.retain(|c| c["channel_id"] == form.id.as_str());
    all.sort_by_key(|c| c["number"].as_i64());
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_forms_of_one_address_are_one_unverified_person() {
    let s = TestServer::start().await;
    let form = Form::connect(&s).await;
    for n in 0..10 {
        form.send(&s, &[("name", "Ann Lee"), ("email", "Ann@customer.example"), ("message", &format!("Question {n}"))]).await;
    }
    let all = of_form(&s, &form).await;
    assert_eq!(all.len(), 10, "each form is a conversation of its own");
    assert!(all.iter().all(|c| c["contact_id"] == all[0]["contact_id"]), "and all are of one person");
    let ann = s.alice.get(&format!("/contacts/{}", text(&all[0]["contact_id"]))).await.ok();
    assert_eq!((ann["review"].as_bool(), ann["handles"][0]["evidence"].as_str()), (Some(true), Some("claimed")));
    // Another address is another person, no address is nobody known, and another form does not know what was typed into this one.
    form.send(&s, &[("name", "Ann Lee"), ("email", "ann@other.example"), ("message", "Me too")]).await;
    form.send(&s, &[("message", "No address")]).await;
    form.send(&s, &[("message", "No address either")]).await;
    let second = Form::connect(&s).await;
    second.send(&s, &[("email", "ann@customer.example"), ("message", "On the other form")]).await;
    let people: std::collections::HashSet<String> = s.conversations().await.iter().map(|c| text(&c["contact_id"])).collect();
    assert_eq!(people.len(), 5);
    // By phone alone, however it is spelled.
    form.send(&s, &[("phone", "030 123456"), ("message", "Call me")]).await;
    form.send(&s, &[("phone", "+49 30 123456"), ("message", "Call me, please")]).await;
    let all = of_form(&s, &form).await;
    assert_eq!(all[all.len() - 1]["contact_id"], all[all.len() - 2]["contact_id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_types_the_address_of_a_customer_opens_nothing_of_theirs() {
    let s = TestServer::start().await;
    let sink = Sink::start().await;
    s.mail_door("help@desk.example", Some(&sink)).await;
    s.deliver(&Mail::new("vera@customer.example", "help@desk.example", "My address", "I live at 7 Secret Lane.")).await;
    let hers = s.only_conversation().await;
    let vera = text(&hers["contact_id"]);
    let form = Form::connect(&s).await;
    form.send(
        &s,
        &[
            ("name", "Mallory"),
            ("email", "vera@customer.example"),
            ("subject", "My address"),
            ("message", "Which address do you have of me?"),
        ],
    )
    .await;
    let [theirs] = &of_form(&s, &form).await[..] else { panic!("one conversation") };
    let mallory = text(&theirs["contact_id"]);
    assert_ne!(mallory, vera, "a claim is not the customer");
    // Nothing of hers has changed, and nothing of hers hangs on the one who only typed.
    assert_eq!(s.conversation(&text(&hers["id"])).await, hers);
    let list = s.bob.get(&format!("/contacts/{mallory}/conversations")).await.ok();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    let refused = s.bob.post(&format!("/conversations/{}/messages", text(&theirs["id"])), json!({ "text": "7 Secret Lane" })).await;
    refused.refused(409, "policy.no_replies");
    // The agent is told, surest first, from both sides.
    let may = s.bob.get(&format!("/contacts/{mallory}/duplicates")).await.ok();
    assert_eq!((may["data"][0]["contact"]["id"].as_str(), may["data"][0]["evidence"].as_str()), (Some(vera.as_str()), Some("verified")));
    let may = s.bob.get(&format!("/contacts/{vera}/duplicates")).await.ok();
    assert_eq!(may["data"][0]["contact"]["id"], mallory.as_str());
    // Her own next mail is still hers.
    s.deliver(&Mail::new("vera@customer.example", "help@desk.example", "Another thing", "Hello again")).await;
    let again = s.conversations().await.into_iter().find(|c| c["subject"] == "Another thing").unwrap();
    assert_eq!(again["contact_id"], vera.as_str());
    // An answer goes to the address that was typed: it reaches Vera, not Mallory; and her answer proves nothing for the form's person.
    let mail =
        s.alice.get("/channels").await.ok()["data"].as_array().unwrap().iter().find(|c| c["channel"] == "email").unwrap()["id"].clone();
    let begun = s
        .bob
        .post(
            "/conversations",
            json!({ "channel_id": mail, "contact_id": mallory, "subject": "Your form", "text": "Was that you?", "undo_seconds": 0 }),
        )
        .await
        .is(201);
    s.settle().await;
    let sent = sink.mails().pop().unwrap();
    assert_eq!(sent.to, ["vera@customer.example"]);
    let answer = Mail::new("vera@customer.example", "help@desk.example", "Re: Your form", "No, that was not me.");
    s.deliver(&answer.header("In-Reply-To", &format!("<{}>", sent.message_id()))).await;
    let c = s.conversation(&text(&begun["id"])).await;
    assert_eq!(c["messages"].as_array().unwrap().len(), 2);
    let m = s.bob.get(&format!("/contacts/{mallory}")).await.ok();
    assert!(m["handles"].as_array().unwrap().iter().all(|h| h["evidence"] == "claimed"), "{m:#}");
    // Typed again: still the same unverified person, still not her.
    form.send(&s, &[("email", "vera@customer.example"), ("message", "And now?")]).await;
    assert!(of_form(&s, &form).await.iter().all(|c| c["contact_id"] == mallory.as_str()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_are_one_are_joined_and_parted_again() {
    let s = TestServer::start().await;
    s.mail_door("help@desk.example", None).await;
    s.deliver(&Mail::new("ann@customer.example", "help@desk.example", "Order", "Where is it?")).await;
    let ann = text(&s.only_conversation().await["contact_id"]);
    let form = Form::connect(&s).await;
    form.send(&s, &[("name", "Ann Lee"), ("email", "ann@customer.example"), ("phone", "030 123456"), ("message", "By the form")]).await;
    let from_form = of_form(&s, &form).await.remove(0);
    let typed = text(&from_form["contact_id"]);
    s.bob.patch(&format!("/contacts/{typed}"), json!({ "company_name": "Lee Ltd", "notes": "Likes tea" })).await.ok();
    s.bob.patch(&format!("/contacts/{ann}"), json!({ "notes": "Pays late" })).await.ok();
    let before = (s.bob.get(&format!("/contacts/{ann}")).await.ok(), s.bob.get(&format!("/contacts/{typed}")).await.ok());
    s.bob.post(&format!("/contacts/{ann}/join"), json!({ "into": ann })).await.is(422);
    s.bob.post(&format!("/contacts/{typed}/join"), json!({ "into": "con_00000000000000000000000001" })).await.is(422);
    let now = s.now();
    let mut live = s.events(&s.bob, "").await;
    let joined = s.bob.post(&format!("/contacts/{typed}/join"), json!({ "into": ann })).await.ok();
    live.event("contact.joined").await;
    assert_eq!((joined["id"].as_str(), joined["conversation_count"].as_i64()), (Some(ann.as_str()), Some(2)));
    assert_eq!((joined["company_name"].as_str(), joined["notes"].as_str()), (Some("Lee Ltd"), Some("Pays late\n\nLikes tea")));
    let emails = joined["handles"].as_array().unwrap().iter().filter(|h| h["kind"] == "email").count();
    assert_eq!(emails, 1, "the proved one stands for both: {joined:#}");
    assert!(joined["handles"].as_array().unwrap().iter().any(|h| h["value"] == "+4930123456" && h["evidence"] == "claimed"));
    assert_eq!(s.conversation(&text(&from_form["id"])).await["contact_id"], ann.as_str());
    assert_eq!(s.bob.get(&format!("/contacts/{typed}")).await.ok()["id"], ann.as_str(), "old links lead to the one who stays");
    assert!(s.all(&s.bob, "/contacts").await.iter().all(|c| c["id"] != typed.as_str()));
    // The next form is a claim like the first: it is not hers by itself.
    form.send(&s, &[("email", "ann@customer.example"), ("message", "Once more")]).await;
    assert_ne!(of_form(&s, &form).await[1]["contact_id"], ann.as_str());
    // Taken back, everything stands as it stood.
    s.bob.delete(&format!("/contacts/{typed}/join")).await.ok();
    assert_eq!(s.now(), now);
    let after = (s.bob.get(&format!("/contacts/{ann}")).await.ok(), s.bob.get(&format!("/contacts/{typed}")).await.ok());
    let plain = |c: &Value| {
        let mut handles: Vec<String> =
            c["handles"].as_array().unwrap().iter().map(|h| format!("{} {}", h["value"], h["evidence"])).collect();
        handles.sort();
        (c["id"].clone(), c["name"].clone(), c["company_name"].clone(), c["notes"].clone(), c["conversation_count"].clone(), handles)
    };
    assert_eq!((plain(&after.0), plain(&after.1)), (plain(&before.0), plain(&before.1)));
    assert_eq!(s.conversation(&text(&from_form["id"])).await["contact_id"], typed.as_str());
    s.bob.delete(&format!("/contacts/{typed}/join")).await.refused(404, "contact.not_joined");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_that_came_by_a_join_goes_back_with_it() {
    let s = TestServer::start().await;
    s.mail_door("help@desk.example", None).await;
    s.deliver(&Mail::new("ann@customer.example", "help@desk.example", "Order", "Where is it?")).await;
    let ann = text(&s.only_conversation().await["contact_id"]);
    let form = Form::connect(&s).await;
    form.send(&s, &[("name", "Ann Lee"), ("email", "ann@customer.example"), ("message", "By the form")]).await;
    let typed = text(&of_form(&s, &form).await.remove(0)["contact_id"]);
    let handles = async |id: &str| {
        let c = s.bob.get(&format!("/contacts/{id}")).await.ok();
        let of = |h: &Value| format!("{} {} {}", text(&h["value"]), text(&h["evidence"]), text(&h["source"]));
        c["handles"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let before = (handles(&ann).await, handles(&typed).await);
    assert!(before.0[0].contains(" verified ") && before.1[0].contains(" claimed "), "{before:?}");
    // The one who is proved goes into the one who only said so, and back.
    s.bob.post(&format!("/contacts/{ann}/join"), json!({ "into": typed })).await.ok();
    let joined = handles(&typed).await;
    assert!(joined.len() == 1 && joined[0].contains(" verified "), "{joined:?}");
    s.bob.delete(&format!("/contacts/{ann}/join")).await.ok();
    assert_eq!((handles(&ann).await, handles(&typed).await), before);
    s.deliver(&Mail::new("ann@customer.example", "help@desk.example", "Another", "And this?")).await;
    let all = s.conversations().await;
    assert_eq!(all.iter().find(|c| c["subject"] == "Another").unwrap()["contact_id"], ann.as_str(), "her mail is hers");
    // What was proved in between stays with whom it was proved.
    s.bob.post(&format!("/contacts/{typed}/join"), json!({ "into": ann })).await.ok();
    s.bob.delete(&format!("/contacts/{typed}/join")).await.ok();
    assert_eq!((handles(&ann).await, handles(&typed).await), before);
}
