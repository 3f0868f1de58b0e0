//! Archives of other programs: a Maildir, a folder of letters, what Google's Takeout gives.

use serde_json::json;
use server::start::Edges;
use std::path::Path;
use tests::TestServer;

const DESK: &str = "help@desk.example";

async fn import(s: &TestServer, path: &Path) {
    let edges = Edges { schema_prefix: s.schema_prefix().to_owned(), clock: s.clock.clone(), ..Default::default() };
    server::imports::mbox_with(s.configuration(), edges, path.to_owned(), DESK.into()).await.unwrap();
}
fn letter(from: &str, to: &str, n: usize, more: &str) -> String {
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: Thing\r\nDate: Mon, 5 Jan 2026 10:{n:02}:00 +0000\r\nMessage-ID: <m{n}@x.example>\r\n{more}\r\nText {n}\r\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_maildir_comes_in_once_however_often_and_what_was_sent_is_ours() {
    let mut s = TestServer::start().await;
    s.mail_door(DESK, None).await;
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, text: String| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("cur/1767607200.a:2,S", letter("Ann <ann@home.example>", DESK, 0, ""));
    put(".Sent/cur/1767607260.b:2,S", letter(DESK, "ann@home.example", 1, "In-Reply-To: <m0@x.example>\r\n"));
    put("new/1767607320.c", letter("Ann <ann@home.example>", DESK, 2, "In-Reply-To: <m1@x.example>\r\n"));
    put(".Trash/cur/1767607380.d", letter("spam@evil.example", DESK, 3, ""));
    s.stop().await;
    import(&s, dir.path()).await;
    import(&s, dir.path()).await;
    put("letters/Another.eml", letter("Ann <ann@home.example>", DESK, 4, "References: <m2@x.example>\r\n"));
    import(&s, dir.path()).await;
    s.start_again().await;
    let c = s.only_conversation().await;
    let said: Vec<_> =
        c["messages"].as_array().unwrap().iter().map(|m| (m["direction"].as_str().unwrap(), m["text"].as_str().unwrap().trim())).collect();
    assert_eq!(said, [("inbound", "Text 0"), ("outbound", "Text 1"), ("inbound", "Text 2"), ("inbound", "Text 4")], "{c:#}");
    assert_eq!((&c["status"], &c["unread_count"], &c["contact"]["name"]), (&json!("resolved"), &json!(0), &json!("Ann")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn labels_of_a_takeout_become_tags_and_its_spam_stays_out() {
    let mut s = TestServer::start().await;
    s.mail_door(DESK, None).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let mail = |n: usize, labels: &str| {
        let text = letter(&format!("c{n}@home.example"), DESK, n, &format!("X-GM-THRID: {n}\r\nX-Gmail-Labels: {labels}\r\n"));
        format!("From {n}@xxx Mon Jan 05 10:00:00 +0000 2026\r\n{text}\r\n")
    };
    let all =
        mail(0, "Inbox,Important,Opened,Customers/VIP,Invoices") + &mail(1, "=?UTF-8?Q?Archived,B=C3=BCro?=") + &mail(2, "Spam,Unread");
    std::fs::write(file.path(), all).unwrap();
    s.stop().await;
    import(&s, file.path()).await;
    s.start_again().await;
    let mut tags: Vec<_> = s.conversations().await.iter().map(|c| c["tags"].clone()).collect();
    tags.sort_by_key(ToString::to_string);
    assert_eq!(tags, [json!(["Büro"]), json!(["Customers/VIP", "Invoices"])]);
}
