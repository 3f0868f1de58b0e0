//! Forwarding and what comes of it, answering a certain message, signatures, transcripts.

use serde_json::{Value, json};
use tests::{ApiDoor, Hook, Mail, MailDoor, Sink, TestServer};

const DAY: i64 = 24 * 3_600_000;
const DESK: &str = "help@desk.example";
const SUPPLIER: &str = "sven@supplier.example";

fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}
/// The text as it reads, whatever ends its lines.
fn text(mail: &tests::Submitted) -> String {
    mail.body().replace("\r\n", "\n").trim().to_owned()
}
fn last(c: &Value) -> &Value {
    c["messages"].as_array().unwrap().last().unwrap()
}
fn address(header: &str) -> String {
    header.rsplit_once('<').map_or(header, |(_, a)| a.trim_end_matches('>')).to_owned()
}
async fn desk() -> (TestServer, Sink, MailDoor) {
    let s = TestServer::start().await;
    let sink = Sink::start().await;
    let door = s.mail_door(DESK, Some(&sink)).await;
    (s, sink, door)
}
async fn forward(s: &TestServer, c: &Value, more: Value) -> Value {
    let mut body = json!({ "to": [{ "name": "Sven", "address": SUPPLIER }], "undo_seconds": 0 });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let m = s.alice.post(&format!("/conversations/{}/forward", id(c)), body).await.is(201);
    s.settle().await;
    m
}
/// With a picture in it, one from elsewhere, and a file.
fn with_files() -> Mail {
    let body = "--b\nContent-Type: multipart/related; boundary=r\n\n\
        --r\nContent-Type: text/html; charset=utf-8\n\n<p>The <b>lamp</b> arrived broken.</p><img src=\"cid:photo@home\"><img src=\"https://home.example/logo.png\">\n\
        --r\nContent-Type: image/gif; name=\"photo.gif\"\nContent-ID: <photo@home>\nContent-Disposition: inline; filename=\"photo.gif\"\nContent-Transfer-Encoding: base64\n\n\
        R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7\n--r--\n\
        --b\nContent-Type: application/pdf; name=\"bill.pdf\"\nContent-Disposition: attachment; filename=\"bill.pdf\"\nContent-Transfer-Encoding: base64\n\n\
        JVBERi0xLjQK\n--b--\n";
    Mail::new("Anna Ahlers <anna@home.example>", DESK, "Re: Broken lamp", body)
        .id("a1@home.example")
        .header("MIME-Version", "1.0")
        .header("Cc", "carl@home.example")
        .header("Content-Type", "multipart/mixed; boundary=b")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forwarded_mail_takes_its_pictures_and_files_along_and_its_answers_come_back() {
    let (s, sink, _door) = desk().await;
    s.deliver(&with_files()).await;
    let before = s.only_conversation().await;
    let mail = &before["messages"][0];
    s.alice.put(&format!("/conversations/{}/draft", id(&before)), json!({ "text": "half a sentence" })).await.is(204);
    s.alice.post(&format!("/conversations/{}/forward", id(&before)), json!({ "to": [] })).await.refused(422, "invalid");
    let sent = forward(&s, &before, json!({ "message_id": id(mail), "text": "Can you help?" })).await;
    assert_eq!(
        (&sent["aside_id"], &sent["subject"], &sent["stripped_text"]),
        (&sent["id"], &json!("Fwd: Broken lamp"), &json!("Can you help?"))
    );
    assert_eq!(sent["metadata"]["forward"]["message_id"], mail["id"]);
    let out = sink.mails().remove(0);
    assert_eq!(out.to, [SUPPLIER]);
    assert_eq!((out.header("In-Reply-To"), out.header("References")), (String::new(), String::new()));
    let parsed = mail_parser::MessageParser::default().parse(out.raw.as_bytes()).unwrap();
    let (text, html) = (parsed.body_text(0).unwrap(), parsed.body_html(0).unwrap());
    for words in [
        "Can you help?",
        "Forwarded message",
        "Anna Ahlers <anna@home.example>",
        "Subject: Re: Broken lamp",
        "Cc: carl@home.example",
        "arrived broken",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(
        html.contains("<b>lamp</b>") && html.contains("src=\"https://home.example/logo.png\"") && html.contains("src=\"cid:"),
        "{html}"
    );
    let files: Vec<String> = parsed.attachments().filter_map(|a| mail_parser::MimeHeaders::attachment_name(a).map(str::to_owned)).collect();
    assert!(files.contains(&"photo.gif".to_owned()) && files.contains(&"bill.pdf".to_owned()), "{files:?}");

    // For the customer nothing has happened: they wait on, and what was being written to them is there.
    let c = s.only_conversation().await;
    for field in ["waiting_since", "last_message_preview", "last_message_direction", "participants", "assignee_id"] {
        assert_eq!(c[field], before[field], "{field}");
    }
    assert_eq!((&c["status"], &c["draft"]["text"]), (&json!("open"), &json!("half a sentence")));
    assert!(!c["recipients"].to_string().contains("supplier"), "{}", c["recipients"]);

    // The answer comes back, is told from the customer's, and changes nothing for them either.
    s.alice.patch(&format!("/conversations/{}/status", id(&c)), json!({ "status": "resolved" })).await.ok();
    let answer = Mail::new("Sven <sven@supplier.example>", DESK, "AW: Fwd: Broken lamp", "A new one is on its way")
        .id("s1@supplier.example")
        .header("In-Reply-To", &format!("<{}>", out.message_id()));
    s.deliver(&answer).await;
    let c = s.only_conversation().await;
    let theirs = last(&c);
    assert_eq!((&theirs["aside_id"], &theirs["verified_sender"], &theirs["sender_name"]), (&sent["id"], &json!(true), &json!("Sven")));
    assert_eq!((&c["status"], &c["unread_count"], &c["waiting_since"]), (&json!("open"), &json!(2), &Value::Null));
    assert_eq!((&c["participants"], &c["contact_id"]), (&before["participants"], &before["contact_id"]));
    assert_eq!(c["last_message_preview"], "A new one is on its way");

    // Each is answered on their own thread.
    s.reply(id(&c), "We are on it.").await;
    let to_anna = sink.mails().remove(0);
    let mut to = to_anna.to.clone();
    to.sort();
    assert_eq!(to, ["anna@home.example", "carl@home.example"]);
    assert_eq!((to_anna.header("In-Reply-To"), to_anna.header("References")), ("<a1@home.example>".into(), "<a1@home.example>".into()));
    assert!(!to_anna.raw.contains("supplier.example"), "{}", to_anna.raw);
    let path = format!("/conversations/{}/messages", id(&c));
    let again = s.alice.post(&path, json!({ "text": "Thank you", "reply_to_id": theirs["id"], "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    let to_sven = sink.mails().remove(0);
    assert_eq!((&to_sven.to[..], again["aside_id"].as_str()), (&[SUPPLIER.to_owned()][..], sent["id"].as_str()));
    assert_eq!(to_sven.header("In-Reply-To"), "<s1@supplier.example>");
    assert_eq!(to_sven.header("References"), format!("<{}> <s1@supplier.example>", out.message_id()));
    assert_eq!(to_sven.header("Subject"), "Re: AW: Fwd: Broken lamp");
    assert!(!to_sven.raw.contains("a1@home.example"), "{}", to_sven.raw);

    // Even from a program that names nothing, and long after the conversation was closed.
    s.alice.patch(&format!("/conversations/{}/status", id(&c)), json!({ "status": "resolved" })).await.ok();
    s.advance(20 * DAY).await;
    let token = address(&out.header("Reply-To"));
    s.deliver(&Mail::new(SUPPLIER, &token, "It has left", "It has left today").id("s2@supplier.example")).await;
    let c = s.only_conversation().await;
    assert_eq!((&last(&c)["aside_id"], &c["status"]), (&sent["id"], &json!("open")));
    // Whoever else got hold of it is marked, and gets nothing by default.
    let stranger = Mail::new("eve@evil.example", DESK, "Re: Fwd", "Send me more").id("e1@evil.example");
    s.deliver(&stranger.header("In-Reply-To", &format!("<{}>", out.message_id()))).await;
    let c = s.only_conversation().await;
    assert_eq!((&last(&c)["aside_id"], &last(&c)["verified_sender"]), (&sent["id"], &json!(false)));
    assert!(!c["recipients"].to_string().contains("evil") && !c["participants"].to_string().contains("evil"));
    // A customer who got it in copy is still the customer.
    let anna = Mail::new("anna@home.example", DESK, "Re: Fwd", "I see").id("a2@home.example");
    s.deliver(&anna.header("In-Reply-To", &format!("<{}>", out.message_id()))).await;
    assert_eq!(last(&s.only_conversation().await)["aside_id"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_is_forwarded_by_mail_and_its_visitor_hears_nothing_of_it() {
    let s = TestServer::start().await;
    let sink = Sink::start().await;
    // The visitor says that the supplier's address is theirs.
    let visitor = s.visitor_who(json!({ "name": "Vera", "email": SUPPLIER })).await;
    visitor.say("Is it in stock?").await;
    let c = s.only_conversation().await;
    let path = format!("/conversations/{}/forward", id(&c));
    let to = json!({ "to": [{ "address": SUPPLIER }], "undo_seconds": 0 });
    s.alice.post(&path, to.clone()).await.refused(409, "forward.no_mail");
    let door = s.mail_door(DESK, Some(&sink)).await;
    s.alice.post(&format!("/conversations/{}/notes", id(&c)), json!({ "text": "a secret of ours" })).await.is(201);
    s.reply(id(&c), "I ask the supplier").await;
    let mut live = visitor.live("").await;
    let sent = forward(&s, &c, json!({ "text": "Is it?" })).await;
    let out = sink.mails().remove(0);
    let body = out.body();
    assert!(body.contains("Is it?") && body.contains("Is it in stock?") && body.contains("I ask the supplier"), "{body}");
    assert!(!out.raw.contains("secret"), "{}", out.raw);
    let answer = Mail::new(SUPPLIER, &address(&out.header("Reply-To")), "Re: Fwd", "Yes, 12 of them").id("s1@supplier.example");
    s.deliver(&answer.header("In-Reply-To", &format!("<{}>", out.message_id()))).await;
    let c = s.only_conversation().await;
    assert_eq!((&last(&c)["aside_id"], &last(&c)["text"].as_str().unwrap().trim()), (&sent["id"], &"Yes, 12 of them"));
    assert_ne!(last(&c)["sender_id"], c["contact_id"], "whoever answers is not the visitor");
    let contact = s.alice.get(&format!("/contacts/{}", c["contact_id"].as_str().unwrap())).await.ok();
    let claimed = contact["handles"].as_array().unwrap().iter().find(|h| h["value"] == SUPPLIER).unwrap();
    assert_ne!(claimed["evidence"], "verified", "{contact:#}");
    // An answer to it goes by mail too.
    let reply = json!({ "text": "Great", "reply_to_id": last(&c)["id"], "undo_seconds": 0 });
    s.alice.post(&format!("/conversations/{}/messages", id(&c)), reply).await.is(201);
    s.settle().await;
    assert_eq!(sink.mails().remove(0).to, [SUPPLIER]);
    s.alice.patch(&format!("/conversations/{}/read", id(&c)), json!({ "read": true })).await;
    // The visitor's next word is the next thing they hear of.
    s.reply(id(&c), "It is").await;
    let heard = live.find("the answer", |f| f["message"]["text"] == "It is").await;
    assert_eq!(heard["type"], "message");
    let told = live.so_far();
    let history = visitor.client.get("/messages").await.ok().to_string();
    for words in ["12 of them", "Great", "Is it?"] {
        assert!(!history.contains(words) && !json!(told).to_string().contains(words), "{words}");
    }
    // Nor does it follow them by mail.
    s.advance(10 * 60_000).await;
    let followed: String = sink.mails().iter().map(|m| m.raw.clone()).collect();
    assert!(!followed.contains("12 of them") && !followed.contains("Great"), "{followed}");
    drop(door);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certain_message_is_answered_and_shown() {
    let (s, sink, _door) = desk().await;
    s.deliver(&Mail::new("Anna <anna@home.example>", DESK, "Two things", "First: the lamp.").id("a1@home.example")).await;
    let c = s.only_conversation().await;
    let carl = Mail::new("Carl <carl@home.example>", DESK, "Re: Two things", "Second: the chair.").id("c1@home.example");
    s.deliver(
        &Mail::new("Anna <anna@home.example>", DESK, "Re: Two things", "Carl is here too")
            .id("a2@home.example")
            .header("Cc", "carl@home.example")
            .header("In-Reply-To", "<a1@home.example>"),
    )
    .await;
    s.deliver(&carl.header("In-Reply-To", "<a1@home.example>")).await;
    let c = s.conversation(id(&c)).await;
    let first = &c["messages"][0];
    let path = format!("/conversations/{}/messages", id(&c));
    s.alice.post(&path, json!({ "text": "About the lamp", "reply_to_id": first["id"], "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    let out = sink.mails().remove(0);
    assert_eq!(out.header("In-Reply-To"), "<a1@home.example>");
    assert_eq!(out.to, ["anna@home.example"], "whoever that one was from and to");
    assert!(text(&out).starts_with("About the lamp") && text(&out).contains("wrote:\n> First: the lamp."), "{}", out.body());
    let c = s.conversation(id(&c)).await;
    assert_eq!(
        (&last(&c)["stripped_text"], &last(&c)["reply_to_id"], &c["last_message_preview"]),
        (&json!("About the lamp"), &first["id"], &json!("About the lamp"))
    );
    s.alice.post(&path, json!({ "text": "x", "reply_to_id": "msg_00000000000000000000000001" })).await.refused(404, "message.not_found");

    // Where there are no quotes, the provider gets the id.
    let hook = Hook::start().await;
    let api = s.api_door(Some(&hook.url())).await;
    api.post(&s, ApiDoor::message("m1", "p1", "One")).await.is(200);
    api.post(&s, ApiDoor::message("m2", "p1", "Two")).await.is(200);
    s.settle().await;
    let c = s.conversations().await.into_iter().find(|c| c["channel"] == "api").unwrap();
    let c = s.conversation(id(&c)).await;
    let path = format!("/conversations/{}/messages", id(&c));
    let m = s.alice.post(&path, json!({ "text": "To the first", "reply_to_id": c["messages"][0]["id"], "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    let told = hook.requests().remove(0).json();
    assert!(told.to_string().contains("\"in_reply_to\":\"m1\"") && m["text"] == "To the first", "{told:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_are_signed_as_their_writer_wants() {
    let (s, sink, door) = desk().await;
    assert_eq!(s.alice.get("/me/signature").await.ok()["html"], "");
    let written =
        json!({ "html": "<p>Alice <b>Adler</b></p><img src=\"https://desk.example/logo.png\"><script>x()</script>", "off_channels": [] });
    let kept = s.alice.put("/me/signature", written.clone()).await.ok();
    assert_eq!((kept["text"].as_str(), kept["html"].as_str().unwrap().contains("script")), (Some("Alice Adler"), false));
    assert_eq!(s.bob.get("/me/signature").await.ok()["html"], "", "each has their own");
    s.deliver(&Mail::new("anna@home.example", DESK, "Lamp", "Broken").id("a1@home.example")).await;
    let c = s.only_conversation().await;
    let path = format!("/conversations/{}/messages", id(&c));
    let say = async |who: &tests::Client, more: Value| {
        let mut body = json!({ "text": "On it", "html": "<p>On <i>it</i></p>", "undo_seconds": 0 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let m = who.post(&path, body).await.is(201);
        s.settle().await;
        m
    };
    let m = say(&s.alice, json!({ "signature": true })).await;
    assert_eq!((&m["stripped_text"], &m["metadata"]["signed"]), (&json!("On it"), &json!(true)));
    let out = sink.mails().remove(0);
    assert_eq!(text(&out), "On it\n\n-- \nAlice Adler");
    let parsed = mail_parser::MessageParser::default().parse(out.raw.as_bytes()).unwrap();
    let html = parsed.body_html(0).unwrap();
    assert!(
        html.contains("<p>On <i>it</i></p>")
            && html.contains("Alice <b>Adler</b>")
            && html.contains("src=\"https://desk.example/logo.png\""),
        "{html}"
    );
    assert_eq!(s.conversation(id(&c)).await["last_message_preview"], "On it");
    // Only where it is asked for, and only by whoever has one.
    for (who, more) in [(&s.alice, json!({})), (&s.bob, json!({ "signature": true }))] {
        assert_eq!(say(who, more).await["stripped_text"], Value::Null);
        assert_eq!(sink.mails().remove(0).body().trim(), "On it");
    }
    // One of its own on a channel.
    let own = json!({ "html": written["html"], "channels": [{ "channel_id": door.id, "html": "<p>Your <b>desk</b></p>" }] });
    let kept = s.alice.put("/me/signature", own.clone()).await.ok();
    assert_eq!(kept["channels"], json!([{ "channel_id": door.id, "html": "<p>Your <b>desk</b></p>", "text": "Your desk" }]));
    assert_eq!(s.alice.get("/me/signature").await.ok(), kept);
    say(&s.alice, json!({ "signature": true })).await;
    assert_eq!(text(&sink.mails().remove(0)), "On it\n\n-- \nYour desk");
    let twice = json!({ "html": "", "off_channels": [door.id], "channels": own["channels"] });
    s.alice.put("/me/signature", twice).await.refused(422, "invalid");
    // What the channel adds by itself comes below, and is told.
    s.alice.patch(&format!("/channels/{}", door.id), json!({ "configuration": { "signature": "Desk Ltd" } })).await.ok();
    let told = s.alice.get("/me/signature").await.ok();
    assert_eq!(told["endings"], json!([{ "channel_id": door.id, "text": "Desk Ltd" }]));
    say(&s.alice, json!({ "signature": true })).await;
    assert_eq!(text(&sink.mails().remove(0)), "On it\n\nYour desk\n\n-- \nDesk Ltd");
    s.alice.patch(&format!("/channels/{}", door.id), json!({ "configuration": { "signature": "" } })).await.ok();
    // Left out on a channel, and never in a chat.
    s.alice.put("/me/signature", json!({ "html": written["html"], "off_channels": [door.id] })).await.ok();
    say(&s.alice, json!({ "signature": true })).await;
    assert!(!sink.mails().remove(0).raw.contains("Adler"));
    s.alice.put("/me/signature", written).await.ok();
    s.visitor().await.say("Hello").await;
    let chat = s.conversations().await.into_iter().find(|c| c["channel"] == "webchat").unwrap();
    let said = s.alice.post(&format!("/conversations/{}/messages", id(&chat)), json!({ "text": "Hi", "signature": true })).await.is(201);
    assert_eq!((&said["text"], &said["metadata"]["signed"]), (&json!("Hi"), &Value::Null));
    // What waits and is changed keeps it, once.
    let later = s
        .alice
        .post(&path, json!({ "text": "Tomorrow", "html": "<p>Tomorrow</p>", "signature": true, "send_at": s.time(DAY) }))
        .await
        .is(201);
    s.alice.patch(&format!("/messages/{}/schedule", id(&later)), json!({ "text": "Today", "html": "<p>Today</p>" })).await.ok();
    s.alice.post(&format!("/messages/{}/send-now", id(&later)), json!({})).await.ok();
    s.settle().await;
    let out = sink.mails().remove(0);
    assert_eq!(text(&out), "Today\n\n-- \nAlice Adler");
    assert_eq!(out.raw.matches("Adler").count(), 2, "{}", out.raw);
    // Nothing but a signature is nothing to send.
    s.alice.post(&path, json!({ "text": " ", "signature": true })).await.refused(409, "policy.empty");
    s.alice.put("/me/signature", json!({ "html": "x".repeat(200_000) })).await.refused(422, "invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transcript_has_what_was_said_and_the_teams_own_only_for_the_team() {
    let (s, sink, _door) = desk().await;
    let visitor = s.visitor_who(json!({ "name": "Vera", "email": "vera@home.example" })).await;
    visitor.say("Is <b>it</b> in stock?").await;
    let c = s.only_conversation().await;
    let path = format!("/conversations/{}/transcript", id(&c));
    s.reply(id(&c), "It is").await;
    s.alice.post(&format!("/conversations/{}/notes", id(&c)), json!({ "text": "a secret of ours" })).await.is(201);
    forward(&s, &c, json!({ "text": "Do we have it?" })).await;
    sink.mails();
    let plain = s.bob.get(&path).await;
    assert!(plain.header("content-disposition").contains("conversation-1.txt"), "{}", plain.header("content-disposition"));
    let plain = plain.text();
    assert!(
        plain.contains("Is <b>it</b> in stock?")
            && plain.contains("It is")
            && !plain.contains("secret")
            && !plain.contains("Do we have it"),
        "{plain}"
    );
    let page = s.bob.get(&format!("{path}?format=html")).await;
    assert!(page.header("content-type").starts_with("text/html") && page.header("content-security-policy").contains("sandbox"));
    assert!(page.text().contains("Is &lt;b&gt;it&lt;/b&gt; in stock?") && !page.text().contains("secret"), "{}", page.text());
    let all = s.bob.get(&format!("{path}?internal=true")).await.text();
    assert!(all.contains("a secret of ours") && all.contains("Do we have it?"), "{all}");
    s.bob.get(&format!("{path}?format=pdf")).await.refused(422, "invalid");
    // By mail to the customer, whose answer is theirs.
    s.alice.post(&path, json!({ "undo_seconds": 0 })).await.is(201);
    s.settle().await;
    let out = sink.mails().remove(0);
    assert_eq!(out.to, ["vera@home.example"]);
    assert!(out.body().contains("Is <b>it</b> in stock?") && out.body().contains("It is") && !out.raw.contains("secret"), "{}", out.body());
    s.deliver(
        &Mail::new("vera@home.example", &address(&out.header("Reply-To")), "Re: Your conversation", "Thank you")
            .id("v1@home.example")
            .header("In-Reply-To", &format!("<{}>", out.message_id())),
    )
    .await;
    let c = s.only_conversation().await;
    assert_eq!(
        (&last(&c)["aside_id"], &last(&c)["verified_sender"], &last(&c)["sender_id"]),
        (&Value::Null, &json!(true), &c["contact_id"])
    );
    // Nobody's address is known here.
    s.visitor().await.say("Hello").await;
    let other = s.conversations().await.into_iter().find(|o| o["id"] != c["id"]).unwrap();
    s.alice.post(&format!("/conversations/{}/transcript", id(&other)), json!({})).await.refused(422, "invalid");
}
