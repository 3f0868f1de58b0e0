//! Mail in through the listener, mail out through a submission server, and everything that keeps a thread together.

use serde_json::{Value, json};
use tests::{Mail, MailDoor, Sink, TestServer};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const DESK: &str = "help@desk.example";

async fn desk() -> (TestServer, Sink, MailDoor) {
    let s = TestServer::start().await;
    let sink = Sink::start().await;
    let door = s.mail_door(DESK, Some(&sink)).await;
    (s, sink, door)
}
fn anna(subject: &str, body: &str, id: &str) -> Mail {
    Mail::new("Anna Ahlers <anna@home.example>", DESK, subject, body).id(id)
}
fn last(c: &Value) -> &Value {
    c["messages"].as_array().unwrap().last().unwrap()
}
fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}
fn address(header: &str) -> String {
    header.rsplit_once('<').map_or(header, |(_, a)| a.trim_end_matches('>')).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_comes_in_and_unknown_recipients_are_refused() {
    let (s, _sink, door) = desk().await;
    let answer = s.deliver(&anna("Broken lamp", "The lamp arrived broken.", "a1@home.example")).await;
    assert_eq!(answer.0, 250, "{}", answer.1);
    let c = s.only_conversation().await;
    assert_eq!((&c["subject"], &c["channel"], &c["channel_id"]), (&json!("Broken lamp"), &json!("email"), &json!(door.id)));
    assert_eq!((&c["contact"]["name"], &c["status"]), (&json!("Anna Ahlers"), &json!("new")));
    assert_eq!(c["participants"][0]["address"], "anna@home.example");
    let m = &c["messages"][0];
    assert_eq!((m["text"].as_str().unwrap().trim(), &m["from"]), ("The lamp arrived broken.", &json!("anna@home.example")));
    let source = s.bob.get(&format!("/messages/{}/source", id(m))).await;
    assert!(source.text().contains("Message-ID: <a1@home.example>"), "{}", source.text());
    // The same mail again is the same message.
    assert_eq!(s.deliver(&anna("Broken lamp", "The lamp arrived broken.", "a1@home.example")).await.0, 250);
    assert_eq!(s.only_conversation().await["message_count"], 1);
    let strange = Mail::new("anna@home.example", "nobody@desk.example", "Hi", "Hi");
    assert_eq!(s.deliver(&strange).await.0, 550);
    assert_eq!(s.all(&s.alice, "/journal?state=all").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_carries_what_keeps_the_thread_together() {
    let (s, sink, _door) = desk().await;
    s.deliver(&anna("Broken lamp", "It is broken.", "a1@home.example").header("Cc", "carl@home.example")).await;
    let c = s.only_conversation().await;
    let sent = s.reply(id(&c), "We send a new one.").await;
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    let m = &mails[0];
    assert_eq!(m.header("In-Reply-To"), "<a1@home.example>");
    assert_eq!(m.header("References"), "<a1@home.example>");
    assert_eq!(m.header("Subject"), "Re: Broken lamp");
    assert!(m.message_id().ends_with("@desk.example"), "{}", m.message_id());
    assert_eq!(s.message(id(&sent)).await["external_id"], m.message_id());
    assert!(address(&m.header("Reply-To")).starts_with("help+"), "{}", m.header("Reply-To"));
    assert!(m.header("From").contains(DESK) && m.header("To").contains("anna@home.example"));
    assert!(m.header("Cc").contains("carl@home.example"), "{}", m.raw);
    let mut to = m.to.clone();
    to.sort();
    assert_eq!(to, ["anna@home.example", "carl@home.example"]);
    assert!(!m.raw.to_lowercase().contains("\nbcc:"));
    // The second answer goes on from both.
    let answer = anna("Re: Broken lamp", "Thanks!", "a2@home.example").header("In-Reply-To", &format!("<{}>", m.message_id()));
    s.deliver(&answer.header("References", &format!("<a1@home.example> <{}>", m.message_id()))).await;
    s.reply(id(&c), "You are welcome.").await;
    let second = sink.mails().remove(0);
    assert_eq!(second.header("In-Reply-To"), "<a2@home.example>");
    assert_eq!(second.header("References"), format!("<a1@home.example> <{}> <a2@home.example>", m.message_id()));
    assert_eq!(s.message(id(&sent)).await["status"], "sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_finds_its_conversation_by_token_by_headers_and_by_subject_and_person() {
    let (s, sink, _door) = desk().await;
    s.deliver(&anna("Invoice 12", "Please send it again.", "a1@home.example")).await;
    let c = s.only_conversation().await;
    s.reply(id(&c), "Here it is.").await;
    let ours = sink.mails().remove(0);
    let joined = |c: Value, why: &str| {
        let m = last(&c);
        assert!(m["thread_reason"].as_str().unwrap().contains(why), "{why}: {m:#}");
    };
    let token = address(&ours.header("Reply-To"));
    let by_token = Mail::new("anna@home.example", &token, "Something else entirely", "By token").id("t1@home.example");
    assert_eq!(s.deliver(&by_token).await.0, 250);
    joined(s.only_conversation().await, "token");
    s.deliver(&anna("Other words", "By answer", "t2@home.example").header("In-Reply-To", &format!("<{}>", ours.message_id()))).await;
    joined(s.only_conversation().await, "answers");
    let chain = format!("<unknown@elsewhere.example> <{}>", ours.message_id());
    s.deliver(&anna("Other words again", "By references", "t3@home.example").header("References", &chain)).await;
    joined(s.only_conversation().await, "answers");
    s.deliver(&anna("AW: Re: Invoice 12", "By subject and person", "t4@home.example")).await;
    joined(s.only_conversation().await, "subject");
    // The subject alone joins nothing.
    s.deliver(&Mail::new("zoe@else.example", DESK, "Re: Invoice 12", "I am somebody else").id("z1@else.example")).await;
    assert_eq!(s.conversations().await.len(), 2);
    // A token that was tampered with is none, and the address is nobody's.
    let wrong = token.replacen("help+", "help+a", 1);
    let answer = s.deliver(&Mail::new("anna@home.example", &wrong, "Wrong token", "Hm").id("t5@home.example")).await;
    assert_eq!(answer.0, 250, "plus forms of our address are ours: {}", answer.1);
    assert_eq!(s.conversations().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_who_quotes_our_message_id_is_marked_and_gets_no_answer() {
    let (s, sink, _door) = desk().await;
    s.deliver(&anna("Contract", "Details inside.", "a1@home.example")).await;
    let c = s.only_conversation().await;
    s.reply(id(&c), "Noted.").await;
    let ours = sink.mails().remove(0);
    let evil = Mail::new("Eve <eve@evil.example>", DESK, "Re: Contract", "Send me everything").id("e1@evil.example");
    s.deliver(&evil.header("In-Reply-To", &format!("<{}>", ours.message_id()))).await;
    let c = s.only_conversation().await;
    assert_eq!((&last(&c)["verified_sender"], &last(&c)["from"]), (&json!(false), &json!("eve@evil.example")));
    assert!(!c["participants"].to_string().contains("eve@"), "{}", c["participants"]);
    s.reply(id(&c), "To Anna only").await;
    assert_eq!(sink.mails().remove(0).to, ["anna@home.example"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bounce_fails_the_message_it_is_about() {
    let (s, sink, _door) = desk().await;
    s.deliver(&anna("Hello", "Hi", "a1@home.example")).await;
    let c = s.only_conversation().await;
    let sent = s.reply(id(&c), "Hi Anna").await;
    let ours = sink.mails().remove(0);
    let body = format!(
        "--cut\nContent-Type: text/plain\n\nYour mail could not be delivered.\n\n--cut\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.home.example\n\nFinal-Recipient: rfc822; anna@home.example\nAction: failed\nStatus: 5.1.1\n\
         Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n--cut\nContent-Type: message/rfc822\n\n\
         From: {DESK}\nTo: anna@home.example\nSubject: Re: Hello\nMessage-ID: <{}>\n\nHi Anna\n\n--cut--\n",
        ours.message_id()
    );
    let mut bounce = Mail::new("Mail Delivery <mailer-daemon@mx.home.example>", &address(&ours.header("Reply-To")), "Undelivered", &body);
    bounce.envelope_from = String::new();
    let bounce = bounce.id("b1@mx.home.example").header("MIME-Version", "1.0");
    let bounce = bounce.header("Content-Type", "multipart/report; report-type=delivery-status; boundary=\"cut\"");
    assert_eq!(s.deliver(&bounce).await.0, 250);
    let m = s.message(id(&sent)).await;
    assert_eq!(m["status"], "failed", "{m:#}");
    assert!(m["error"].as_str().unwrap().contains("no such user"), "{}", m["error"]);
    assert_eq!(s.only_conversation().await["message_count"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_conversations_reopen_within_two_weeks_and_go_on_in_a_new_one_later() {
    let (s, _sink, _door) = desk().await;
    s.deliver(&anna("Sofa", "When does it come?", "a1@home.example")).await;
    let c = s.only_conversation().await;
    let close = format!("/conversations/{}/status", id(&c));
    let answers =
        |n: u32| anna("Re: Sofa", &format!("Answer {n}"), &format!("r{n}@home.example")).header("In-Reply-To", "<a1@home.example>");
    s.bob.patch(&close, json!({ "status": "closed" })).await.ok();
    // A machine answers a day later: noted, not reopened.
    s.advance(25 * HOUR).await;
    s.deliver(&answers(1).header("Auto-Submitted", "auto-replied")).await;
    let c = s.only_conversation().await;
    assert_eq!((&c["status"], &last(&c)["automatic"]), (&json!("resolved"), &json!(true)));
    // A person within two weeks opens it again.
    s.advance(10 * DAY).await;
    s.deliver(&answers(2)).await;
    assert_eq!(s.only_conversation().await["status"], "open");
    // Later a new one begins, which says where it comes from.
    s.bob.patch(&close, json!({ "status": "resolved" })).await.ok();
    s.advance(15 * DAY).await;
    s.deliver(&answers(3)).await;
    let all = s.conversations().await;
    assert_eq!(all.len(), 2);
    let new = all.iter().find(|n| n["id"] != c["id"]).unwrap();
    assert_eq!((&new["previous_id"], &new["status"]), (&c["id"], &json!("new")));
    // Spam stays spam.
    s.bob.patch(&format!("/conversations/{}/status", id(new)), json!({ "status": "spam" })).await.ok();
    s.deliver(&anna("Re: Sofa", "More", "r4@home.example").header("In-Reply-To", "<r3@home.example>")).await;
    let new = s.conversation(id(new)).await;
    assert_eq!((&new["status"], &new["message_count"]), (&json!("spam"), &json!(2)));
    let shown = s.all(&s.bob, "/conversations").await;
    assert!(shown.iter().all(|c| c["id"] != new["id"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_kept_with_its_reason_and_played_again_on_request() {
    let (s, _sink, door) = desk().await;
    // No sender at all.
    let mut broken = Mail::new("x@home.example", DESK, "x", "x");
    broken.headers.clear();
    broken.envelope_from = String::new();
    broken.body = "\u{1}\u{2} no header, no sense".into();
    assert_eq!(s.deliver(&broken).await.0, 250);
    let held = s.all(&s.alice, "/journal?state=all").await;
    assert_eq!(held.len(), 1);
    let row = &held[0];
    s.expect_quarantined(2);
    assert_eq!(row["state"], "quarantined", "{row:#}");
    assert!(!row["outcome"].as_str().unwrap().is_empty());
    let one = s.alice.get(&format!("/journal/{}", id(row))).await.ok();
    assert!(one["body"].as_str().unwrap().contains("no sense"));
    s.alice.post(&format!("/journal/{}/replay", id(row)), json!({})).await.is(202);
    s.settle().await;
    let again = s.alice.get(&format!("/journal/{}", id(row))).await.ok();
    assert_eq!((&again["state"], &again["channel_id"]), (&json!("quarantined"), &json!(door.id)));
    assert!(again["attempts"].as_i64().unwrap() > row["attempts"].as_i64().unwrap(), "{again:#}");
    // It held up no other, and replaying what arrived doubles nothing.
    s.deliver(&anna("Fine", "Readable", "a1@home.example")).await;
    let done = s.all(&s.alice, "/journal?state=done").await;
    s.alice.post(&format!("/journal/{}/replay", id(&done[0])), json!({})).await.is(202);
    s.settle().await;
    assert_eq!(s.only_conversation().await["message_count"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_temporary_refusal_is_tried_again_and_a_final_one_fails_until_somebody_retries() {
    let (s, sink, _door) = desk().await;
    s.deliver(&anna("Hello", "Hi", "a1@home.example")).await;
    let c = s.only_conversation().await;
    sink.next("451 4.3.0 come back later");
    sink.next("451 4.3.0 still busy");
    let sent = s.reply(id(&c), "Hello Anna").await;
    assert_eq!((sink.tries(), sink.mails().len()), (1, 0));
    assert_eq!(s.message(id(&sent)).await["status"], "pending");
    s.advance(10_000).await;
    assert_eq!(sink.tries(), 2);
    s.advance(60_000).await;
    let mails = sink.mails();
    assert_eq!((sink.tries(), mails.len()), (3, 1));
    assert_eq!(s.message(id(&sent)).await["status"], "sent");
    let attempts = s.all(&s.bob, &format!("/messages/{}/attempts", id(&sent))).await;
    let outcomes: Vec<_> = attempts.iter().map(|a| a["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["retry", "retry", "sent"]);
    assert!(attempts[0]["detail"].as_str().unwrap().contains("come back later"));

    sink.next("550 5.7.1 we do not like you");
    let refused = s.reply(id(&c), "One more thing").await;
    let m = s.message(id(&refused)).await;
    assert_eq!(m["status"], "failed");
    assert!(m["error"].as_str().unwrap().contains("we do not like you"), "{}", m["error"]);
    s.advance(HOUR).await;
    assert!(sink.mails().is_empty());
    s.bob.post(&format!("/messages/{}/retry", id(&refused)), json!({})).await.ok();
    s.settle().await;
    let again = sink.mails();
    assert_eq!(again.len(), 1);
    assert_eq!(
        (&s.message(id(&refused)).await["status"], again[0].message_id()),
        (&json!("sent"), m["external_id"].as_str().unwrap().into())
    );
    s.bob.post(&format!("/messages/{}/retry", id(&refused)), json!({})).await.refused(409, "message.not_failed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_temporary_refusal_is_given_up_after_six_tries() {
    let (s, sink, _door) = desk().await;
    s.deliver(&anna("Hello", "Hi", "a1@home.example")).await;
    let c = s.only_conversation().await;
    for _ in 0..10 {
        sink.next("451 4.3.0 never");
    }
    let sent = s.reply(id(&c), "Hello Anna").await;
    for _ in 0..12 {
        s.advance(5 * 60_000).await;
    }
    let m = s.message(id(&sent)).await;
    assert_eq!((&m["status"], sink.tries()), (&json!("failed"), 6), "{m:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_connection_after_the_mail_was_written_is_told_honestly() {
    let (s, sink, _door) = desk().await;
    s.deliver(&anna("Hello", "Hi", "a1@home.example")).await;
    let c = s.only_conversation().await;
    sink.next("");
    let sent = s.reply(id(&c), "Did this arrive?").await;
    let m = s.message(id(&sent)).await;
    assert_eq!((&m["delivery_uncertain"], sink.mails().len()), (&json!(true), 1), "{m:#}");
    s.advance(HOUR).await;
    assert!(sink.mails().is_empty(), "it must not leave twice by itself");
    s.bob.post(&format!("/messages/{}/retry", id(&sent)), json!({})).await.ok();
    s.settle().await;
    assert_eq!(sink.mails().len(), 1);
    let m = s.message(id(&sent)).await;
    assert_eq!((&m["delivery_uncertain"], &m["status"]), (&json!(false), &json!("sent")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_cannot_sign_in_says_so_and_sends_what_waited_when_it_is_put_right() {
    let (s, sink, door) = desk().await;
    s.deliver(&anna("Hello", "Hi", "a1@home.example")).await;
    let c = s.only_conversation().await;
    sink.only_password("changed");
    let sent = s.reply(id(&c), "Hello Anna").await;
    let path = format!("/channels/{}", door.id);
    let channel = s.alice.get(&path).await.ok();
    assert_eq!(channel["status"], "error", "{channel:#}");
    assert!(channel["sync_error"].as_str().unwrap().contains("wrong password"), "{}", channel["sync_error"]);
    assert_eq!(s.message(id(&sent)).await["status"], "pending");
    s.advance(HOUR).await;
    assert_eq!(s.message(id(&sent)).await["status"], "pending");
    assert_eq!(s.alice.post(&format!("{path}/check"), json!({})).await.ok()["ok"], false);
    let put_right = json!({ "status": "active", "configuration": { "smtp_password": "changed" } });
    let channel = s.alice.patch(&path, put_right).await.ok();
    assert_eq!((&channel["status"], &channel["configuration"]["smtp_password"]), (&json!("active"), &json!({ "set": true })));
    s.settle().await;
    assert_eq!(sink.mails().len(), 1);
    assert_eq!(s.message(id(&sent)).await["status"], "sent");
    assert_eq!(s.alice.post(&format!("{path}/check"), json!({})).await.ok()["ok"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_settings_alone_bring_a_broken_channel_back() {
    let (s, sink, door) = desk().await;
    s.deliver(&anna("Hello", "Hi", "a1@home.example")).await;
    let c = s.only_conversation().await;
    sink.only_password("changed");
    s.reply(id(&c), "Hello Anna").await;
    let path = format!("/channels/{}", door.id);
    assert_eq!(s.alice.get(&path).await.ok()["status"], "error");
    s.alice.patch(&path, json!({ "configuration": { "smtp_password": "changed" } })).await.ok();
    s.settle().await;
    assert_eq!(sink.mails().len(), 1);
    assert_eq!(s.alice.get(&path).await.ok()["status"], "active");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_conversation_can_be_begun_from_here() {
    let (s, sink, door) = desk().await;
    let body = json!({ "channel_id": door.id, "to": [{ "name": "Kim", "address": "Kim@Client.example" }], "subject": "Your order", "text": "It is ready.", "undo_seconds": 0 });
    let c = s.bob.with("idempotency-key", "begin-1").post("/conversations", body.clone()).await.is(201);
    let again = s.bob.with("idempotency-key", "begin-1").post("/conversations", body).await.is(201);
    assert_eq!(c["id"], again["id"]);
    s.settle().await;
    let mails = sink.mails();
    assert_eq!((mails.len(), mails[0].to.as_slice()), (1, &["kim@client.example".to_owned()][..]));
    assert_eq!(mails[0].header("Subject"), "Your order");
    let answer = Mail::new("kim@client.example", DESK, "Re: Your order", "Great").id("k1@client.example");
    s.deliver(&answer.header("In-Reply-To", &format!("<{}>", mails[0].message_id()))).await;
    let c = s.only_conversation().await;
    assert_eq!((&c["message_count"], &c["contact"]["name"], &last(&c)["verified_sender"]), (&json!(2), &json!("Kim"), &json!(true)));
    let no_subject = json!({ "channel_id": door.id, "to": [{ "address": "kim@client.example" }], "text": "x" });
    assert_eq!(s.bob.post("/conversations", no_subject).await.is(422)["fields"][0]["field"], "subject");
    let evil =
        json!({ "channel_id": door.id, "to": [{ "address": "kim@client.example\r\nBcc: x@y.example" }], "subject": "s", "text": "x" });
    s.bob.post("/conversations", evil).await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_wrong_buries_nothing_and_pins_nothing() {
    let (s, _sink, _door) = desk().await;
    let at = |days: i64| mail_parser::DateTime::from_timestamp((s.now() + days * DAY) / 1_000).to_rfc822();
    for (n, (subject, days)) in
        [("Of now", 0), ("Of long ago", -9_000), ("Of tomorrow", 1), ("Of next year", 400), ("A bit late", -2)].iter().enumerate()
    {
        let mail = Mail::new(&format!("p{n}@home.example"), DESK, subject, "Hello").header("Date", &at(*days));
        s.deliver(&mail).await;
        s.advance(60_000).await;
    }
    let order: Vec<String> = s.conversations().await.iter().map(|c| c["subject"].as_str().unwrap().to_owned()).collect();
    assert_eq!(order, ["Of next year", "Of tomorrow", "Of long ago", "Of now", "A bit late"]);
}
