//! Mail programs of others at our doors: a real Postfix that hands mail to the listener and takes what we submit, and swaks with every
//! extension that a listener has. `scripts/strangers mail` installs them and runs these; Postfix wants root.

use serde_json::{Value, json};
use std::net::SocketAddr;
use tests::{Mail, Postfix, Sink, TestServer, until};
use tokio::process::Command;

const DESK: &str = "help@desk.example";

async fn messages(s: &TestServer, count: usize, postfix: &Postfix) -> Vec<Value> {
    until("the mail through Postfix", || async {
        s.settle().await;
        let mut all = Vec::new();
        for c in s.conversations().await {
            all.extend(s.conversation(c["id"].as_str().unwrap()).await["messages"].as_array().unwrap().clone());
        }
        // But for the one mailbox that is not there.
        let refused = |line: &str| line.contains("status=bounced") && !line.contains("to=<nobody@");
        if all.len() < count && postfix.log().lines().any(refused) {
            panic!("{}", postfix.log());
        }
        (all.len() >= count).then_some(all)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postfix and root: scripts/strangers mail"]
async fn postfix_hands_mail_to_the_listener_encrypted_and_whole() {
    let s = TestServer::start().await;
    s.mail_door(DESK, None).await;
    let elsewhere = Sink::start().await;
    let postfix = Postfix::start("desk.example", s.smtp, elsewhere.address).await;
    let long = "x".repeat(2_500);
    let body = format!(".\r\n..two dots\r\nUmlaut: äöü €\r\n{long}\r\nlast line");
    let mail = Mail::new("Anna <anna@home.example>", DESK, "Ünïcode subject", &body).id("p1@home.example");
    let mail =
        mail.header("MIME-Version", "1.0").header("Content-Type", "text/plain; charset=utf-8").header("Content-Transfer-Encoding", "8bit");
    postfix.post(&mail).await;
    // Several at once over the connection that Postfix keeps.
    for n in 2..=12 {
        let mail = Mail::new("Anna <anna@home.example>", DESK, &format!("Letter {n}"), "Short.").id(&format!("p{n}@home.example"));
        postfix.post(&mail).await;
    }
    // To two of ours and one that does not exist: it comes once, and who sent it hears of the third.
    let mut many = Mail::new("Anna <anna@home.example>", DESK, "Several", "For all of you.").id("p13@home.example");
    many.envelope_to = vec![DESK.into(), "help+x@desk.example".into(), "nobody@desk.example".into()];
    postfix.post(&many).await;
    let all = messages(&s, 13, &postfix).await;
    assert_eq!(all.len(), 13, "none twice");
    let first = all.iter().find(|m| m["external_id"] == "p1@home.example").unwrap();
    let text = first["text"].as_str().unwrap();
    assert!(text.starts_with(".\n..two dots\nUmlaut: äöü €\n") && text.ends_with("last line"), "{text}");
    assert_eq!(text.matches('x').count(), 2_500, "{text}");
    let source = s.bob.get(&format!("/messages/{}/source", first["id"].as_str().unwrap())).await.text();
    assert!(source.contains("with ESMTPS") || source.contains("with UTF8SMTPS"), "{source}");
    let log = postfix.log();
    assert!(log.contains("TLS connection established to 127.0.0.1"), "{log}");
    until("the bounce", || async {
        elsewhere.mails().into_iter().find(|m| m.to == ["anna@home.example"] && m.raw.contains("nobody@desk.example"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postfix and root: scripts/strangers mail"]
async fn postfix_takes_what_we_submit_both_ways_over_few_connections() {
    let elsewhere = Sink::start().await;
    // Postfix trusts the certificate that it has itself, and so do we; the listener's port is known only when the server stands.
    let probe = Sink::start().await;
    let first = Postfix::start("desk.example", probe.address, elsewhere.address).await;
    let flags = vec![("net-ca-file", first.certificate().to_str().unwrap().to_owned())];
    let s = TestServer::start_with(tests::Options { flags, ..Default::default() }).await;
    for (security, port, name) in [("starttls", first.submission.port(), "one"), ("tls", first.submissions.port(), "two")] {
        let address = format!("{name}@desk.example");
        let configuration = json!({ "address": address, "smtp_security": security, "smtp_host": "127.0.0.1", "smtp_port": port,
            "smtp_username": tests::MAILBOX, "smtp_password": tests::MAILBOX_PASSWORD, "delivery_reports": true });
        let made = s.alice.post("/channels", json!({ "provider": "smtp", "name": name, "configuration": configuration })).await.is(201);
        let id = made["id"].as_str().unwrap();
        let checked = s.alice.post(&format!("/channels/{id}/check"), json!({})).await.ok();
        assert!(checked.to_string().contains("lets us in"), "{security}: {checked:#}\n{}", first.log());
        let mail = Mail::new("Anna <anna@home.example>", &address, &format!("By {security}"), "Hello.").id(&format!("{name}@home.example"));
        assert_eq!(s.deliver(&mail).await.0, 250);
        let c = s.conversations().await.into_iter().find(|c| c["channel_id"] == id).unwrap();
        // Three over one connection.
        for n in 0..3 {
            let m = s.reply(c["id"].as_str().unwrap(), &format!("Answer {n} by {security}")).await;
            let m = s.message(m["id"].as_str().unwrap()).await;
            assert_eq!(m["status"], "sent", "{m:#}\n{}", first.log());
        }
        let left = passed_on(&elsewhere, 3).await;
        assert!(left.iter().all(|m| m.contains("Authenticated sender: help@desk.example") && m.contains("ESMTPSA")), "{left:#?}");
    }
    let log = first.log();
    let signed_in = log.matches("sasl_username=help@desk.example").count();
    assert_eq!(signed_in, 6, "{log}");
    let connections = log.lines().filter(|l| l.contains("smtpd[") && l.contains(": connect from")).count();
    // One for the waiting of this story, two for each check and its channel's three answers.
    assert!(connections <= 6, "{connections}\n{log}");
}

/// What arrives outside, until there is so much.
async fn passed_on(sink: &Sink, count: usize) -> Vec<String> {
    let all = std::cell::RefCell::new(Vec::new());
    until("what Postfix passes on", || async {
        all.borrow_mut().extend(sink.mails().into_iter().filter(|m| m.to == ["anna@home.example"]).map(|m| m.raw));
        (all.borrow().len() >= count).then_some(())
    })
    .await;
    all.into_inner()
}

async fn swaks(to: SocketAddr, more: &[&str]) -> (bool, String) {
    let common =
        ["--server", &to.to_string(), "--from", "anna@home.example", "--helo", "home.example", "--timeout", "20"].map(str::to_owned);
    let out = Command::new("swaks").args(common).args(more).output();
    let out = tests::within("swaks", out).await.unwrap();
    (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs swaks: scripts/strangers mail"]
async fn swaks_tries_every_extension_of_the_listener() {
    let s = TestServer::start().await;
    s.mail_door(DESK, None).await;
    let (good, said) =
        swaks(s.smtp, &["--to", DESK, "--tls", "--header", "Message-Id: <s1@home.example>", "--h-Subject", "First", "--body", "Over TLS."])
            .await;
    assert!(good && said.contains("TLS started"), "{said}");
    for word in ["PIPELINING", "SIZE 47185920", "8BITMIME", "SMTPUTF8", "STARTTLS", "ENHANCEDSTATUSCODES"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    // What is not offered is not announced.
    assert!(!said.contains("CHUNKING") && !said.contains("AUTH"), "{said}");
    let (good, said) = swaks(
        s.smtp,
        &["--to", DESK, "--pipeline", "--header", "Message-Id: <s2@home.example>", "--h-Subject", "Second", "--body", "All at once."],
    )
    .await;
    assert!(good, "{said}");
    let (good, said) = swaks(s.smtp, &["--to", "nobody@desk.example", "--body", "x"]).await;
    assert!(!good && said.contains("550 5.1.1"), "{said}");
    let (good, said) = swaks(s.smtp, &["--to", DESK, "--auth", "PLAIN", "--auth-user", "x", "--auth-password", "y", "--body", "x"]).await;
    assert!(!good && said.contains("advertise"), "{said}");
    s.settle().await;
    assert_eq!(s.conversations().await.len(), 2);
}
