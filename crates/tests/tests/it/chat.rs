//! A visitor and an agent talk through the widget.

use serde_json::json;
use tests::TestServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_writes_an_agent_answers_and_the_answer_is_delivered_and_read() {
    let s = TestServer::start().await;
    let mut team = s.events(&s.bob, "").await;
    team.frame("heartbeat").await;
    let visitor = s.visitor().await;
    let said = visitor.say("Do you ship to Norway?").await;
    assert_eq!((&said["from"], &said["text"]), (&json!("visitor"), &json!("Do you ship to Norway?")));

    let created = team.event("conversation.created").await;
    let frame = team.event("message.created").await;
    assert_eq!(frame["message"]["text"], "Do you ship to Norway?");
    assert_eq!(frame["conversation"]["id"], created["conversation_id"]);
    assert_eq!(frame["conversation"]["unread_count"], 1);
    let list = s.bob.get("/conversations").await.ok();
    assert_eq!(list["data"][0]["last_message_preview"], "Do you ship to Norway?");
    let c = s.only_conversation().await;
    assert_eq!((&c["status"], &c["channel"], c["messages"].as_array().unwrap().len()), (&json!("new"), &json!("webchat"), 1));
    let id = c["id"].as_str().unwrap();

    let mut theirs = visitor.live("").await;
    theirs.frame("heartbeat").await;
    let sent = s.reply(id, "We do, in three days.").await;
    let frame = theirs.frame("message").await;
    assert_eq!((&frame["message"]["from"], &frame["message"]["text"]), (&json!("agent"), &json!("We do, in three days.")));
    assert_eq!(frame["message"]["author_name"], "Alice Admin");
    team.find("delivered", |f| f["kind"] == "message.status_updated" && f["message"]["status"] == "delivered").await;
    visitor.client.post("/read", json!({ "up_to": sent["id"] })).await.is(204);
    team.find("read", |f| f["kind"] == "message.status_updated" && f["message"]["status"] == "read").await;
    let m = s.message(sent["id"].as_str().unwrap()).await;
    assert!(m["delivered_at"].is_string() && m["read_at"].is_string(), "{m}");
    assert_eq!(s.conversation(id).await["status"], "open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_sees_up_to_where_the_team_has_read() {
    let s = TestServer::start().await;
    let visitor = s.visitor().await;
    let first = visitor.say("Is anybody there?").await;
    assert_eq!((&first["status"], &first["read_at"]), (&json!("delivered"), &json!(null)));
    let second = visitor.say("Hello?").await;
    let mut theirs = visitor.live("").await;
    theirs.frame("heartbeat").await;
    let c = s.only_conversation().await;
    let path = format!("/conversations/{}/mark-read", c["id"].as_str().unwrap());
    s.bob.post(&path, json!({})).await.ok();
    let frame = theirs.frame("read").await;
    assert_eq!(frame["up_to"], second["id"], "{frame}");
    assert!(frame["cursor"].is_string());
    let states = async || {
        let list = visitor.client.get("/messages").await.ok();
        let all = list["data"].as_array().unwrap().iter().map(|m| (m["status"].as_str().unwrap().to_owned(), m["read_at"].is_string()));
        all.collect::<Vec<_>>()
    };
    let (read, unread) = (("read".to_owned(), true), ("delivered".to_owned(), false));
    assert_eq!(states().await, [read.clone(), read.clone()]);
    // What comes afterwards is not read yet, and marking as unread takes nothing back.
    visitor.say("One more thing").await;
    assert_eq!(states().await, [read.clone(), read.clone(), unread]);
    s.bob.get(&format!("/conversations/{}?mark_read=true", c["id"].as_str().unwrap())).await.ok();
    theirs.frame("read").await;
    s.bob.post(&path, json!({ "read": false })).await.ok();
    assert_eq!(states().await, [read.clone(), read.clone(), read]);
    // Nobody else hears of it.
    let other = s.visitor().await;
    other.say("I am somebody else").await;
    let mut ears = other.live("").await;
    ears.frame("heartbeat").await;
    visitor.say("And again").await;
    s.bob.post(&path, json!({})).await.ok();
    theirs.frame("read").await;
    assert!(!json!(ears.so_far()).to_string().contains("\"read\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_echo_id_is_one_message_and_two_tabs_are_one_conversation() {
    let s = TestServer::start().await;
    let visitor = s.visitor().await;
    // Both tabs at once, and one of them twice.
    let (a, b, c) = tokio::join!(
        visitor.send("e1", "From the first tab"),
        visitor.send("e2", "From the second"),
        visitor.send("e1", "From the first tab")
    );
    let (a, b, c) = (a.ok(), b.ok(), c.ok());
    assert_eq!(a["id"], c["id"]);
    assert_ne!(a["id"], b["id"]);
    let again = visitor.send("e1", "From the first tab").await.is(200);
    assert_eq!((&again["id"], &again["echo_id"]), (&a["id"], &json!("e1")));
    let only = s.only_conversation().await;
    assert_eq!(only["messages"].as_array().unwrap().len(), 2, "{only:#}");
    // Another visitor may use the same echo id.
    let other = s.visitor().await;
    assert_ne!(other.send("e1", "Somebody else").await.is(201)["id"], a["id"]);
    assert_eq!(s.conversations().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proved_identity_is_one_visitor_on_every_device_and_a_wrong_proof_is_refused() {
    let s = TestServer::start().await;
    let chat = s.chat().await;
    let change = json!({ "configuration": { "identity_key": "widget-identity-key" } });
    s.alice.patch(&format!("/channels/{}", chat["id"].as_str().unwrap()), change).await.ok();
    let proof = "d1705f6df6749f5269a0caf6b67dfaec54c33b9318f8d687aa67a8a754bb4ebd";
    let opening = json!({ "identifier": "user-42", "identifier_hash": proof, "name": "Ursula", "email": "ursula@shop.example" });
    let phone = s.visitor_who(opening.clone()).await;
    phone.say("Where is my order?").await;
    let laptop = s.visitor_who(opening).await;
    assert_eq!(laptop.session["visitor"]["verified"], true);
    assert_eq!(laptop.session["messages"][0]["text"], "Where is my order?");
    let page = s.page(&laptop.key);
    for wrong in [json!({ "identifier": "user-43", "identifier_hash": proof }), json!({ "identifier": "user-42" })] {
        page.post("/session", wrong).await.refused(401, "widget.identity_wrong");
    }
    // The token alone is not enough for a proved identity: the next user of the device begins afresh.
    let next = s.visitor_who(json!({ "visitor_token": laptop.token() })).await;
    assert_eq!((&next.session["messages"], &next.session["visitor"]["verified"]), (&json!([]), &json!(false)));
    // Who she is was signed, and not her address: that is what she says.
    let contacts = s.all(&s.alice, "/contacts").await;
    let ursula = contacts.iter().find(|c| c["name"] == "Ursula").unwrap();
    assert!(ursula["handles"].as_array().unwrap().iter().any(|h| h["value"] == "ursula@shop.example" && h["evidence"] == "claimed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claimed_address_of_a_contact_opens_nothing() {
    let s = TestServer::start().await;
    let known = s.alice.post("/contacts", json!({ "name": "Nora North", "emails": ["nora@shop.example"] })).await.is(201);
    let door = s.mail_door("help@desk.example", None).await;
    s.deliver(
        &tests::Mail::new("Nora North <nora@shop.example>", &door.address, "My contract", "The secret is 4711.").id("n1@shop.example"),
    )
    .await;
    let visitor = s.visitor_who(json!({ "name": "Nora North", "email": "nora@shop.example" })).await;
    assert_eq!((&visitor.session["messages"], &visitor.session["conversation_id"]), (&json!([]), &json!(null)));
    assert!(!visitor.session.to_string().contains("4711"));
    visitor.say("It is me").await;
    let chat = s.conversations().await.into_iter().find(|c| c["channel"] == "webchat").unwrap();
    assert_ne!(chat["contact_id"], known["id"]);
    let history = visitor.client.get("/messages").await.ok();
    assert_eq!(history["data"].as_array().unwrap().len(), 1);
    let claim = s.alice.get(&format!("/contacts/{}", chat["contact_id"].as_str().unwrap())).await.ok();
    assert!(claim["handles"].as_array().unwrap().iter().any(|h| h["kind"] == "email" && h["evidence"] == "claimed"), "{claim:#}");
    // Nora's own mail still finds Nora.
    s.deliver(&tests::Mail::new("nora@shop.example", &door.address, "Another thing", "Hello").id("n2@shop.example")).await;
    let mails: Vec<_> = s.conversations().await.into_iter().filter(|c| c["channel"] == "email").collect();
    assert!(mails.iter().all(|c| c["contact_id"] == known["id"]), "{mails:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_who_comes_back_finds_the_history_and_what_was_missed() {
    let s = TestServer::start().await;
    let visitor = s.visitor().await;
    for n in 0..3 {
        visitor.say(&format!("Line {n}")).await;
    }
    let c = s.only_conversation().await;
    let mut live = visitor.live("").await;
    live.frame("heartbeat").await;
    let cursor = live.cursor.clone();
    drop(live);
    let id = c["id"].as_str().unwrap();
    s.reply(id, "While you were away").await;
    s.alice.post(&format!("/conversations/{id}/notes"), json!({ "text": "Never show this" })).await.is(201);
    let back = s.visitor_who(json!({ "visitor_token": visitor.token() })).await;
    let texts: Vec<_> = back.session["messages"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Line 0", "Line 1", "Line 2", "While you were away"]);
    assert_eq!(back.token(), visitor.token());
    let mut live = back.live(&format!("&since={cursor}")).await;
    live.find("what was missed", |f| f["message"]["text"] == "While you were away").await;
    // A made-up token is nobody's.
    let stranger = s.visitor_who(json!({ "visitor_token": "abc.def" })).await;
    assert_eq!(stranger.session["messages"], json!([]));
    let page = s.page(&visitor.key);
    page.with("x-visitor-token", "abc.def").get("/messages").await.refused(401, "widget.no_session");
    page.get("/events?token=abc.def").await.refused(401, "widget.no_session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_who_was_cut_off_gets_exactly_what_was_missed() {
    let s = TestServer::start().await;
    let visitor = s.visitor().await;
    for n in 0..3 {
        visitor.say(&format!("Line {n}")).await;
    }
    let c = s.only_conversation().await;
    let id = c["id"].as_str().unwrap();
    let mut live = visitor.live("").await;
    live.frame("heartbeat").await;
    s.reply(id, "Before the cut").await;
    live.find("delivered", |f| f["type"] == "message_updated" && f["message"]["status"] == "delivered").await;
    let cursor = live.cursor.clone();
    drop(live);
    // More than a page of history, and a thread that is not theirs.
    let missed: Vec<String> = (0..60).map(|n| format!("Answer {n}")).collect();
    for text in &missed {
        s.reply(id, text).await;
    }
    let other = s.visitor().await;
    other.say("Not yours").await;
    s.alice.post(&format!("/conversations/{id}/mark-read"), json!({})).await.ok();
    let mut live = visitor.live(&format!("&since={cursor}")).await;
    let mut texts = Vec::new();
    loop {
        let frame = live.next().await;
        match frame["type"].as_str().unwrap() {
            "message" => texts.push(frame["message"]["text"].as_str().unwrap().to_owned()),
            "read" => break,
            other => panic!("{other}: {frame}"),
        }
        assert!(frame["cursor"].is_string());
    }
    assert_eq!(texts, missed);
    live.frame("heartbeat").await;
    s.reply(id, "Live again").await;
    live.find("what comes then", |f| f["message"]["text"] == "Live again").await;
    drop(live);
    // A cursor that means nothing here: fetch anew.
    let head = s.app.db.read(s.workspace, db::events::head).await.unwrap();
    for since in [format!("{}.{}", head.epoch + 1, head.seq), format!("{}.{}", head.epoch, head.seq + 100)] {
        let mut live = visitor.live(&format!("&since={since}")).await;
        assert!(live.frame("reset").await["cursor"].as_str().unwrap().starts_with(&format!("{}.", head.epoch)));
    }
    visitor.client.get(&format!("/events?token={}&since=nonsense", visitor.token())).await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_both_ways() {
    let s = TestServer::start().await;
    let visitor = s.visitor().await;
    let file = visitor.client.upload("/files", "receipt.txt", "text/plain", b"paid 12.50").await.is(201);
    let body = json!({ "echo_id": "f1", "text": "My receipt", "file_ids": [file["id"]] });
    let said = visitor.client.post("/messages", body).await.is(201);
    assert_eq!(said["files"][0]["name"], "receipt.txt");
    let c = s.only_conversation().await;
    let url = c["messages"][0]["attachments"][0]["url"].as_str().unwrap();
    assert_eq!(s.web.get(url).await.text(), "paid 12.50");
    let ours = s.bob.upload("/files", "invoice.pdf", "application/pdf", b"%PDF-1.4 hello").await.is(201);
    let mut live = visitor.live("").await;
    live.frame("heartbeat").await;
    let path = format!("/conversations/{}/messages", c["id"].as_str().unwrap());
    s.bob.post(&path, json!({ "text": "", "attachments": [ours["id"]], "undo_seconds": 0 })).await.is(201);
    let frame = live.frame("message").await;
    let got = s.web.get(frame["message"]["files"][0]["url"].as_str().unwrap()).await;
    assert_eq!((got.status, got.text().as_str()), (200, "%PDF-1.4 hello"));
    let large = visitor.client.upload("/files", "video.bin", "application/octet-stream", &vec![1; 3_000_000]).await.is(201);
    assert_eq!(large["size_bytes"], 3_000_000);
    // A file belongs to one message only.
    s.bob.post(&path, json!({ "text": "again", "attachments": [ours["id"]] })).await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_is_not_listed_is_refused() {
    let s = TestServer::start().await;
    let chat = s.chat().await;
    let path = format!("/channels/{}", chat["id"].as_str().unwrap());
    s.alice.patch(&path, json!({ "configuration": { "allowed_domains": ["shop.example"] } })).await.ok();
    let page = s.page(chat["key"].as_str().unwrap());
    for (origin, fine) in
        [("https://shop.example", true), ("https://www.shop.example", true), ("https://evilshop.example", false), ("null", false)]
    {
        let answer = page.with("origin", origin).post("/session", json!({})).await;
        assert_eq!(answer.status == 200, fine, "{origin}: {}", answer.text());
        if !fine {
            answer.refused(403, "widget.origin");
        }
    }
    s.page("nosuchkey").post("/session", json!({})).await.refused(404, "widget.unknown");
    s.alice.patch(&path, json!({ "status": "inactive" })).await.ok();
    page.post("/session", json!({})).await.refused(404, "widget.inactive");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_who_writes_too_much_waits_a_minute() {
    let s = TestServer::start().await;
    let visitor = s.visitor().await;
    for n in 0..20 {
        visitor.say(&format!("{n}")).await;
    }
    visitor.send("one more", "too much").await.refused(429, "widget.too_many");
    s.advance(61_000).await;
    visitor.send("one more", "fine now").await.is(201);
    let long = "x".repeat(5_001);
    visitor.send("long", &long).await.is(422);
    visitor.send("", "no echo").await.is(422);
    visitor.send("empty", "  ").await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_follows_by_mail_when_the_visitor_has_left_and_the_mail_answer_proves_the_address() {
    let s = TestServer::start().await;
    let sink = tests::Sink::start().await;
    let door = s.mail_door("help@desk.example", Some(&sink)).await;
    let visitor = s.visitor_who(json!({ "name": "Vera", "email": "vera@home.example" })).await;
    visitor.say("I have to run, please answer").await;
    let c = s.only_conversation().await;
    let id = c["id"].as_str().unwrap();
    s.reply(id, "Here is your answer.").await;
    s.advance(4 * 60_000).await;
    assert!(sink.mails().is_empty(), "too early");
    s.advance(2 * 60_000).await;
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["vera@home.example"]);
    assert!(mails[0].body().contains("Here is your answer."), "{}", mails[0].raw);
    // Said once, not again.
    s.advance(10 * 60_000).await;
    assert!(sink.mails().is_empty());
    // The answer by mail lands in the same conversation and proves the address.
    let reply_to = mails[0].header("Reply-To");
    let to = reply_to.rsplit_once('<').map_or(reply_to.as_str(), |(_, a)| a.trim_end_matches('>')).to_owned();
    assert!(to.contains('+'), "{reply_to}");
    let answer = tests::Mail::new("Vera <vera@home.example>", &to, "Re: Your chat", "Thanks, that helps").id("v1@home.example");
    assert_eq!(s.deliver(&answer).await.0, 250);
    let c = s.only_conversation().await;
    assert_eq!(c["messages"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().trim(), "Thanks, that helps");
    let contact = s.alice.get(&format!("/contacts/{}", c["contact_id"].as_str().unwrap())).await.ok();
    assert!(
        contact["handles"].as_array().unwrap().iter().any(|h| h["value"] == "vera@home.example" && h["evidence"] == "verified"),
        "{contact:#}"
    );
    drop(door);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_mail_follows_while_the_visitor_is_there() {
    let s = TestServer::start().await;
    let sink = tests::Sink::start().await;
    s.mail_door("help@desk.example", Some(&sink)).await;
    let visitor = s.visitor_who(json!({ "name": "Vera", "email": "vera@home.example" })).await;
    visitor.say("I wait here").await;
    let mut live = visitor.live("").await;
    live.frame("heartbeat").await;
    let c = s.only_conversation().await;
    s.reply(c["id"].as_str().unwrap(), "Here I am.").await;
    live.frame("message").await;
    s.advance(30 * 60_000).await;
    assert!(sink.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_zero_minutes_no_mail_ever_follows() {
    let s = TestServer::start().await;
    let sink = tests::Sink::start().await;
    s.mail_door("help@desk.example", Some(&sink)).await;
    let chat = s.chat().await;
    let never = json!({ "configuration": { "continuation_minutes": 0 } });
    s.alice.patch(&format!("/channels/{}", chat["id"].as_str().unwrap()), never).await.ok();
    let visitor = s.visitor_who(json!({ "name": "Vera", "email": "vera@home.example" })).await;
    visitor.say("Bye").await;
    s.reply(s.only_conversation().await["id"].as_str().unwrap(), "Only here.").await;
    s.advance(60 * 60_000).await;
    assert!(sink.mails().is_empty());
}
