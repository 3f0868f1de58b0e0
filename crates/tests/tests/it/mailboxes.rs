//! Mailboxes at a real mail server (Dovecot): new mail comes in at once, nothing is lost when either side dies, nothing comes twice.

use serde_json::{Value, json};
use tests::{Dovecot, DovecotOptions, Hook, HookAnswer, MAILBOX, MAILBOX_PASSWORD, Options, Sink, TestServer, until};

const MINUTE: i64 = 60_000;

fn mail(n: usize) -> String {
    format!(
        "Message-ID: <m{n}@home.example>\r\nDate: Wed, 28 Oct 2026 09:00:{:02} +0000\r\nFrom: Anna {n} <anna{n}@home.example>\r\n\
         To: {MAILBOX}\r\nSubject: Question {n}\r\n\r\nThis is question {n}.\r\n",
        n % 60
    )
}

/// A server that trusts this Dovecot.
async fn server(dovecot: &Dovecot) -> TestServer {
    let flags = vec![("net-ca-file", dovecot.certificate().to_str().unwrap().to_owned())];
    TestServer::start_with(Options { flags, ..Options::default() }).await
}

fn form(dovecot: &Dovecot, more: Value) -> Value {
    let mut configuration = json!({
        "address": MAILBOX, "receive": "imap", "imap_host": "localhost", "imap_port": dovecot.tls.port(), "imap_password": MAILBOX_PASSWORD,
    });
    configuration.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "provider": "smtp", "name": "Desk", "configuration": configuration })
}

struct Desk<'a> {
    s: &'a TestServer,
    id: String,
}
impl<'a> Desk<'a> {
    async fn connect(s: &'a TestServer, dovecot: &Dovecot, more: Value) -> Self {
        let made = s.alice.post("/channels", form(dovecot, more)).await.is(201);
        Self { s, id: made["id"].as_str().unwrap().to_owned() }
    }
    async fn now(&self) -> Value {
        self.s.alice.get(&format!("/channels/{}", self.id)).await.ok()
    }
    async fn change(&self, configuration: Value) {
        self.s.alice.patch(&format!("/channels/{}", self.id), json!({ "configuration": configuration })).await.ok();
    }
    /// Waits until the channel says this of itself.
    async fn says(&self, words: &str) {
        let what = format!("“{words}” in the channel's health");
        until(&what, || async {
            let now = self.now().await;
            let all = format!("{} {}", now["health_detail"], now["sync_error"]);
            all.contains(words).then_some(())
        })
        .await;
    }
    async fn listens(&self) {
        self.says("INBOX: new mail is announced at once").await;
    }
    /// Waits until so many deliveries have been played.
    async fn brought(&self, count: usize) -> Vec<Value> {
        let what = format!("{count} deliveries");
        let all = until(&what, || async {
            let all = self.s.all(&self.s.alice, "/journal?state=all").await;
            (all.len() >= count).then_some(all)
        })
        .await;
        self.s.settle().await;
        assert_eq!(all.len(), count, "more than was sent: {all:#?}");
        self.s.all(&self.s.alice, "/journal?state=all").await
    }
    /// Subjects of all conversations, sorted.
    async fn subjects(&self) -> Vec<String> {
        let all = self.s.conversations().await;
        let mut subjects: Vec<String> = all.iter().map(|c| c["subject"].as_str().unwrap_or("").to_owned()).collect();
        subjects.sort();
        subjects
    }
    async fn test(&self) -> Vec<(String, bool, String)> {
        let answer = self.s.alice.post(&format!("/channels/{}/test", self.id), json!({})).await.ok();
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        answer["steps"].as_array().unwrap().iter().map(|s| (text(&s["step"]), s["ok"] == true, text(&s["detail"]))).collect()
    }
}

fn questions(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let mut all: Vec<String> = numbers.into_iter().map(|n| format!("Question {n}")).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_mail_is_announced_and_the_gap_of_a_restart_is_filled() {
    let dovecot = Dovecot::start().await;
    dovecot.deliver("INBOX", mail(0).as_bytes());
    let mut s = server(&dovecot).await;
    let sink = Sink::start().await;
    let outgoing = json!({ "smtp_host": "127.0.0.1", "smtp_port": sink.address.port(), "smtp_security": "none" });
    let id = {
        let mailbox = Desk::connect(&s, &dovecot, outgoing).await;
        mailbox.listens().await;
        let file = dovecot.deliver("INBOX", mail(1).as_bytes());
        mailbox.brought(1).await;
        let c = s.only_conversation().await;
        assert_eq!((&c["subject"], &c["status"], &c["unread_count"]), (&json!("Question 1"), &json!("new"), &json!(1)));
        // Byte for byte, and in the mailbox nothing has changed.
        let source = s.bob.get(&format!("/messages/{}/source", c["messages"][0]["id"].as_str().unwrap())).await;
        assert_eq!(source.text(), mail(1));
        assert!(dovecot.files("INBOX").iter().any(|f| f.starts_with(&file) && !f.contains('S')), "{:?}", dovecot.files("INBOX"));
        // The answer leaves through the outgoing server, signed in as to the mailbox.
        s.reply(c["id"].as_str().unwrap(), "Here is the answer.").await;
        let sent = sink.mails();
        assert_eq!((sent.len(), sent[0].header("In-Reply-To").as_str()), (1, "<m1@home.example>"));
        // Mail for it is not taken by our own listener as well.
        let listener = tests::submit(s.smtp, &tests::Mail::new("anna@home.example", MAILBOX, "Hi", "Hi")).await;
        assert_eq!(listener.0, 550, "{}", listener.1);
        mailbox.id
    };
    // While we are away, mail goes on coming in.
    s.stop().await;
    (2..=4).for_each(|n| drop(dovecot.deliver("INBOX", mail(n).as_bytes())));
    s.start_again().await;
    let mailbox = Desk { s: &s, id };
    mailbox.brought(4).await;
    assert_eq!(mailbox.subjects().await, questions(1..=4));
    mailbox.listens().await;
    dovecot.deliver("INBOX", mail(5).as_bytes());
    mailbox.brought(5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_in_the_middle_loses_nothing_and_doubles_nothing() {
    const MAILS: usize = 400;
    let mut dovecot = Dovecot::start().await;
    let large = "All work and no play.\r\n".repeat(2_000);
    (1..=MAILS).for_each(|n| drop(dovecot.deliver("INBOX", format!("{}{large}", mail(n)).as_bytes())));
    let s = server(&dovecot).await;
    let mailbox = Desk::connect(&s, &dovecot, json!({ "first_import": "all" })).await;
    let some = until("the first mails", || async {
        let n = s.all(&s.alice, "/journal?state=all").await.len();
        (n >= 50).then_some(n)
    })
    .await;
    dovecot.die();
    assert!(some < MAILS, "it died too late to prove anything");
    (MAILS + 1..=MAILS + 3).for_each(|n| drop(dovecot.deliver("INBOX", mail(n).as_bytes())));
    // For a while nothing comes, and after ten minutes people are told.
    for _ in 0..13 {
        s.advance(MINUTE).await;
    }
    mailbox.says("Nothing has been fetched since").await;
    assert_eq!(mailbox.now().await["status"], "active", "answers leave all the same");
    dovecot.start_again().await;
    until("all the mails", || async {
        s.advance(MINUTE).await;
        (s.conversations().await.len() >= MAILS + 3).then_some(())
    })
    .await;
    mailbox.listens().await;
    assert_eq!(mailbox.subjects().await, questions(1..=MAILS + 3));
    assert_eq!(mailbox.now().await["sync_error"], Value::Null);
    // What was there at first came silently; what came while it was down did not.
    let loud: Vec<Value> = s.conversations().await.into_iter().filter(|c| c["unread_count"] != 0).collect();
    assert_eq!(loud.len(), 3, "{loud:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_was_numbered_anew_brings_only_what_is_missing() {
    let mut dovecot = Dovecot::start().await;
    let s = server(&dovecot).await;
    let mailbox = Desk::connect(&s, &dovecot, json!({})).await;
    mailbox.listens().await;
    let arrived = s.now() as u64 / 1_000;
    (1..=3).for_each(|n| drop(dovecot.deliver_at("INBOX", mail(n).as_bytes(), arrived + n as u64)));
    mailbox.brought(3).await;
    dovecot.die();
    dovecot.renumber("INBOX");
    dovecot.deliver_at("INBOX", mail(4).as_bytes(), arrived + 60);
    // One from before we came, which was not wanted then and is not now.
    dovecot.deliver_at("INBOX", mail(5).as_bytes(), arrived - 100_000);
    dovecot.start_again().await;
    until("the fourth mail", || async {
        s.advance(MINUTE).await;
        (s.conversations().await.len() >= 4).then_some(())
    })
    .await;
    mailbox.listens().await;
    assert_eq!(mailbox.subjects().await, questions(1..=4));
    // The others were not even fetched again.
    assert_eq!(mailbox.brought(4).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_folders_and_mails_that_move() {
    let dovecot = Dovecot::start().await;
    dovecot.folder("Support");
    dovecot.folder("Sent");
    let s = server(&dovecot).await;
    let mailbox = Desk::connect(&s, &dovecot, json!({ "folders": ["INBOX", "Support", "Sent"] })).await;
    for folder in ["INBOX", "Support", "Sent"] {
        mailbox.says(&format!("{folder}: new mail is announced at once")).await;
    }
    let first = dovecot.deliver("INBOX", mail(1).as_bytes());
    dovecot.deliver("Support", mail(2).as_bytes());
    mailbox.brought(2).await;
    // Somebody sorts: the mail comes again under another number, and is the same.
    dovecot.move_mail("INBOX", &first, "Support");
    let all = mailbox.brought(3).await;
    assert_eq!(all.iter().filter(|j| j["state"] == "duplicate").count(), 1, "{all:#?}");
    assert_eq!(mailbox.subjects().await, questions(1..=2));
    // An answer written in another mail program is ours.
    let answer = format!(
        "Message-ID: <a1@desk.example>\r\nDate: Wed, 28 Oct 2026 10:00:00 +0000\r\nIn-Reply-To: <m1@home.example>\r\nFrom: {MAILBOX}\r\n\
         To: anna1@home.example\r\nSubject: Re: Question 1\r\n\r\nFrom my phone.\r\n"
    );
    dovecot.deliver("Sent", answer.as_bytes());
    mailbox.brought(4).await;
    let c = s.conversations().await.into_iter().find(|c| c["subject"] == "Question 1").unwrap();
    let c = s.conversation(c["id"].as_str().unwrap()).await;
    let last = c["messages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["direction"], &last["text"].as_str().map(str::trim)), (&json!("outbound"), &Some("From my phone.")));
    // A folder that is taken away from the list is left alone.
    mailbox.change(json!({ "folders": ["INBOX"] })).await;
    until("one folder", || async { (!mailbox.now().await["health_detail"].to_string().contains("Support")).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_are_explained_and_mended_by_the_next_save() {
    let dovecot = Dovecot::start().await;
    let s = server(&dovecot).await;
    let mailbox = Desk::connect(&s, &dovecot, json!({ "imap_password": "wrong" })).await;
    mailbox.says("refuses this user name and password").await;
    assert_eq!(mailbox.now().await["status"], "error");
    let steps = mailbox.test().await;
    assert_eq!((steps[0].0.as_str(), steps[0].1), ("incoming", false));
    assert!(steps[0].2.contains("It says: ") && steps[0].2.contains("Check both"), "{}", steps[0].2);
    mailbox.change(json!({ "imap_password": MAILBOX_PASSWORD })).await;
    mailbox.listens().await;
    assert_eq!(mailbox.now().await["status"], "active");
    dovecot.deliver("INBOX", mail(1).as_bytes());
    mailbox.brought(1).await;
    let steps = mailbox.test().await;
    let said: Vec<(&str, bool)> = steps.iter().map(|(step, ok, _)| (step.as_str(), *ok)).collect();
    assert_eq!(said, [("incoming", true), ("folders", true), ("outgoing", false), ("receive", true)]);
    assert!(steps[0].2.contains("announces new mail at once") && steps[1].2.contains("INBOX: 1 mail."), "{steps:?}");
    // Other mistakes, in words.
    for (wrong, words) in [
        (json!({ "folders": ["Nowhere"] }), "There is no folder “Nowhere”. There are: INBOX"),
        (json!({ "folders": ["INBOX"], "imap_port": dovecot.plain.port() }), "does not begin with TLS"),
        (json!({ "imap_port": 1 }), "localhost:1 cannot be reached"),
        (json!({ "imap_port": dovecot.tls.port(), "imap_host": "127.0.0.2" }), "certificate is for another name"),
    ] {
        mailbox.change(wrong).await;
        let detail = mailbox.test().await.into_iter().find(|(_, ok, _)| !ok).unwrap().2;
        assert!(detail.contains(words), "{words} is missing in: {detail}");
    }
    // Nobody outside is reached in plain text or at a private address that is not allowed; nothing of it is sent.
    mailbox.change(json!({ "imap_host": "192.0.2.7" })).await;
    assert!(mailbox.test().await[0].2.contains("must not reach"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_nobody_vouches_for_is_refused() {
    let dovecot = Dovecot::start().await;
    let s = TestServer::start().await;
    let mailbox = Desk::connect(&s, &dovecot, json!({})).await;
    let steps = mailbox.test().await;
    assert!(!steps[0].1 && steps[0].2.contains("net.ca_file"), "{steps:?}");
    assert!(!dovecot.log().contains("Login:"), "no password was said");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_idle_it_is_asked_every_minute_over_starttls() {
    let capabilities = Some("IMAP4rev1 SASL-IR LITERAL+ UIDPLUS");
    let dovecot = Dovecot::start_with(DovecotOptions { capabilities, ..DovecotOptions::default() }).await;
    let s = server(&dovecot).await;
    let plain = json!({ "imap_port": dovecot.plain.port(), "imap_security": "starttls", "after_import": "move", "move_to": "Done & gone" });
    let mailbox = Desk::connect(&s, &dovecot, plain).await;
    mailbox.says("INBOX: asked every minute").await;
    dovecot.deliver("INBOX", mail(1).as_bytes());
    assert_eq!(s.all(&s.alice, "/journal?state=all").await.len(), 0);
    until("the mail", || async {
        s.advance(MINUTE).await;
        (!s.all(&s.alice, "/journal?state=all").await.is_empty()).then_some(())
    })
    .await;
    assert_eq!(mailbox.subjects().await, questions([1]));
    // Moved without MOVE, into a folder that was made for it.
    until("an empty inbox", || async { dovecot.files("INBOX").is_empty().then_some(()) }).await;
    assert_eq!(dovecot.files("Done &- gone").len(), 1);
    assert!(dovecot.log().contains("TLS"), "{}", dovecot.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_import_mails_are_marked_or_moved_and_history_is_left_alone() {
    let dovecot = Dovecot::start().await;
    let s = server(&dovecot).await;
    let now = s.now() as u64 / 1_000;
    dovecot.deliver_at("INBOX", mail(1).as_bytes(), now - 40 * 86_400);
    dovecot.deliver_at("INBOX", mail(2).as_bytes(), now - 2 * 86_400);
    let settings = json!({ "first_import": "days", "first_days": 7, "after_import": "seen" });
    let mailbox = Desk::connect(&s, &dovecot, settings).await;
    mailbox.listens().await;
    mailbox.brought(1).await;
    let c = s.only_conversation().await;
    assert_eq!((&c["subject"], &c["status"], &c["unread_count"]), (&json!("Question 2"), &json!("resolved"), &json!(0)));
    let seen = || dovecot.files("INBOX").iter().filter(|f| f.rsplit(',').next().is_some_and(|flags| flags.contains('S'))).count();
    assert_eq!(seen(), 0);
    dovecot.deliver_at("INBOX", mail(3).as_bytes(), now);
    mailbox.brought(2).await;
    until("one mail marked as read", || async { (seen() == 1).then_some(()) }).await;
    // The connection with the settings before has to be gone: it would still mark the next mail instead of moving it.
    let hung_up = || dovecot.log().matches("(IDLE running").count();
    let before = hung_up();
    mailbox.change(json!({ "after_import": "move", "move_to": "Switchboard" })).await;
    until("the end of the connection before", || async { (hung_up() > before).then_some(()) }).await;
    mailbox.listens().await;
    assert_eq!(dovecot.files("INBOX").len(), 3);
    dovecot.deliver_at("INBOX", mail(4).as_bytes(), now);
    mailbox.brought(3).await;
    until("the mail in its folder", || async { (dovecot.files("Switchboard").len() == 1).then_some(()) }).await;
    until("its leaving the other", || async { (dovecot.files("INBOX").len() == 3).then_some(()) }).await;
    assert_eq!(mailbox.subjects().await, questions([2, 3, 4]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_too_large_is_kept_as_a_note_and_large_ones_come_whole() {
    let dovecot = Dovecot::start().await;
    let s = server(&dovecot).await;
    let mailbox = Desk::connect(&s, &dovecot, json!({})).await;
    mailbox.listens().await;
    let large = format!("{}{}", mail(1), "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n".repeat(80_000));
    dovecot.deliver("INBOX", large.as_bytes());
    mailbox.brought(1).await;
    let c = s.only_conversation().await;
    let source = s.bob.get(&format!("/messages/{}/source", c["messages"][0]["id"].as_str().unwrap())).await;
    assert!(source.text() == large, "the mail of {} bytes came as {}", large.len(), source.text().len());
    s.expect_quarantined(1);
    let huge = format!("{}{}", mail(2), "x".repeat(76) + "\r\n").into_bytes();
    let huge = [huge.clone(), b"0123456789abcdef\r\n".repeat(2_700_000)].concat();
    dovecot.deliver("INBOX", &huge);
    dovecot.deliver("INBOX", mail(3).as_bytes());
    let all = mailbox.brought(3).await;
    let kept = all.iter().find(|j| j["state"] == "quarantined").unwrap();
    let words = kept["outcome"].as_str().unwrap();
    assert!(words.contains("45 MB are taken") && words.contains("Question 2") && words.contains("still in the folder INBOX"), "{words}");
    assert_eq!(mailbox.subjects().await, questions([1, 3]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_with_a_token_that_is_refreshed() {
    let provider = Hook::start().await;
    let url = format!("http://{}/info?access_token=", provider.address);
    let dovecot = Dovecot::start_with(DovecotOptions { token_info: Some(url), ..DovecotOptions::default() }).await;
    let s = server(&dovecot).await;
    let token_url = format!("http://{}/token", provider.address);
    let mailbox = Desk::connect(
        &s,
        &dovecot,
        json!({
            "sign_in": "oauth", "client_id": "our-app", "client_secret": "our-secret", "imap_password": "", "oauth_token_url": token_url,
            "oauth_authorize_url": "https://login.provider.example/authorize?access_type=offline", "oauth_scopes": "imap smtp",
        }),
    )
    .await;
    mailbox.says("Press the connect button").await;
    assert_eq!(mailbox.now().await["connected"], false);
    let begun = s.alice.post(&format!("/channels/{}/connect", mailbox.id), json!({})).await.ok();
    let url = begun["url"].as_str().unwrap();
    assert!(url.starts_with("https://login.provider.example/authorize?access_type=offline&response_type=code&client_id=our-app"), "{url}");
    assert!(url.contains("&scope=imap%20smtp"), "{url}");
    let state = url.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let json_answer = |body: Value| HookAnswer::Status(200, vec![], body.to_string());
    provider.next(json_answer(json!({ "access_token": "first", "refresh_token": "again", "expires_in": 3_600 })));
    // Dovecot asks who that is.
    provider.next(json_answer(json!({ "email": MAILBOX, "active": "true" })));
    let callback = s.alice.at("").get(&format!("/oauth/callback?state={state}&code=c0de")).await;
    assert!((200..400).contains(&callback.status), "{}", callback.text());
    mailbox.listens().await;
    assert!(dovecot.log().contains("method=XOAUTH2"), "{}", dovecot.log());
    let asked: Vec<String> = provider.requests().iter().map(|r| r.path.clone()).collect();
    assert_eq!(asked, ["/token", "/info?access_token=first"]);
    dovecot.deliver("INBOX", mail(1).as_bytes());
    mailbox.brought(1).await;
    // An hour later the connection ends, as it does with a token: the next one begins with a fresh one.
    let mut dovecot = dovecot;
    provider.requests();
    provider.next(json_answer(json!({ "access_token": "second", "expires_in": 36_000 })));
    s.clock.advance(65 * MINUTE);
    dovecot.die();
    let refreshed = until("a fresh token", || async {
        s.advance(MINUTE).await;
        provider.requests().into_iter().next()
    })
    .await;
    assert!(String::from_utf8_lossy(&refreshed.body).contains("grant_type=refresh_token&refresh_token=again"), "{refreshed:?}");
    dovecot.deliver("INBOX", mail(2).as_bytes());
    (0..3).for_each(|_| provider.next(json_answer(json!({ "email": MAILBOX, "active": "true" }))));
    dovecot.start_again().await;
    until("the second mail", || async {
        s.advance(MINUTE).await;
        (s.conversations().await.len() == 2).then_some(())
    })
    .await;
    let asked: Vec<String> = provider.requests().iter().map(|r| r.path.clone()).collect();
    assert!(asked.contains(&"/info?access_token=second".to_owned()), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_at_a_time_follows_a_folder() {
    let dovecot = Dovecot::start().await;
    let s = server(&dovecot).await;
    let mailbox = Desk::connect(&s, &dovecot, json!({})).await;
    mailbox.listens().await;
    s.alice.post(&format!("/channels/{}/pause", mailbox.id), json!({})).await.ok();
    let free = || async {
        let taken =
            s.app.db.read(s.workspace, |tx| tx.number("SELECT COUNT(*) FROM mailboxes WHERE lease_holder IS NOT NULL", db::params![]));
        (taken.await.unwrap() == 0).then_some(())
    };
    until("a lease given back", free).await;
    dovecot.deliver("INBOX", mail(1).as_bytes());
    // Somebody else holds it now, and dies without a word.
    let until_then = s.now() + 2 * MINUTE;
    let hold = s.app.db.write(s.workspace, db::Lane::Intake, move |tx| {
        tx.exec("UPDATE mailboxes SET lease_holder = 'another process', lease_until = $1", db::params![until_then])
    });
    hold.await.unwrap();
    s.alice.post(&format!("/channels/{}/resume", mailbox.id), json!({})).await.ok();
    s.advance(MINUTE).await;
    // On SQLite nobody else can work on this folder, so that a lease found there is of a process that is gone.
    if tests::engine_is_postgres() {
        assert_eq!(s.all(&s.alice, "/journal?state=all").await.len(), 0);
        s.advance(MINUTE).await;
    }
    mailbox.brought(1).await;
}
