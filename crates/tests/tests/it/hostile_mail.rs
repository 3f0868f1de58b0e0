//! Mail made to break whoever reads it: it is refused in the dialogue, or held with its reason and taken in as a file when somebody wants it.

use serde_json::{Value, json};
use tests::{Mail, TestServer};

const DESK: &str = "help@desk.example";

fn multipart(id: &str, body: String) -> Mail {
    let mail = Mail::new("Anna <anna@home.example>", DESK, &format!("Letter {id}"), "").id(&format!("{id}@home.example"));
    let mut mail = mail.header("MIME-Version", "1.0").header("Content-Type", "multipart/mixed; boundary=b");
    mail.body = body;
    mail
}
async fn held(s: &TestServer) -> Vec<Value> {
    s.all(&s.alice, "/journal?state=quarantined").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_of_ten_thousand_parts_is_held_and_can_be_had_as_a_file() {
    let s = TestServer::start().await;
    s.mail_door(DESK, None).await;
    let parts = "--b\nContent-Type: text/plain\n\nx\n".repeat(10_000) + "--b--\n";
    let nested: String = (0..400).map(|n| format!("--b{n}\nContent-Type: multipart/mixed; boundary=b{}\n\n", n + 1)).collect();
    let mut long_header = Mail::new("anna@home.example", DESK, "Long header", "x").id("h@home.example");
    long_header = long_header.header("X-Long", &format!("{}\r\n\t", "y".repeat(900)).repeat(1_500));
    let mut nested = multipart("deep", nested);
    nested = nested.header("Content-Type", "multipart/mixed; boundary=b0");
    for mail in [multipart("many", parts), nested, long_header] {
        assert_eq!(s.deliver(&mail).await.0, 250, "what came whole is kept");
    }
    // Others are not held up.
    s.deliver(&Mail::new("zoe@else.example", DESK, "Plain", "Hello.").id("p@else.example")).await;
    assert_eq!(s.conversations().await.len(), 1);
    s.expect_quarantined(3);
    let rows = held(&s).await;
    let why =
        |word: &str| rows.iter().find(|r| r["outcome"].as_str().unwrap().contains(word)).unwrap_or_else(|| panic!("{word}: {rows:#?}"));
    for word in ["more than 200 parts", "larger than 1 MB"] {
        assert_eq!(why(word)["can_release"], true);
    }
    let path = format!("/journal/{}/release", why("more than 200 parts")["id"].as_str().unwrap());
    s.bob.post(&path, json!({})).await.refused(403, "permission.missing");
    s.alice.post(&path, json!({})).await.is(202);
    s.settle().await;
    let all = s.conversations().await;
    let c = all.iter().find(|c| c["subject"] == "Letter many").unwrap_or_else(|| panic!("{all:#?}"));
    let c = s.conversation(c["id"].as_str().unwrap()).await;
    let m = &c["messages"][0];
    assert!(m["text"].as_str().unwrap().contains("more than 200 parts"), "{m:#}");
    assert_eq!((m["from"].as_str(), m["attachments"][0]["name"].as_str()), (Some("anna@home.example"), Some("Letter many.eml")));
    assert!(m["attachments"][0]["size_bytes"].as_i64().unwrap() > 300_000, "{m:#}");
    // It is done; there is nothing to release twice.
    s.alice.post(&path, json!({})).await.refused(409, "journal.not_held");
    assert_eq!(held(&s).await.len(), rows.len() - 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_of_fifty_megabytes_is_refused_in_the_dialogue() {
    let s = TestServer::start().await;
    s.mail_door(DESK, None).await;
    let mail = Mail::new("anna@home.example", DESK, "x", "x").header("X-Long", &format!("{}\r\n\t", "y".repeat(990)).repeat(52_000));
    let answer = s.deliver(&mail).await;
    assert_eq!(answer.0, 552, "{}", answer.1);
    assert_eq!(s.deliver(&Mail::new("anna@home.example", DESK, "y", "y")).await.0, 250);
    assert_eq!(s.conversations().await.len(), 1);
}
