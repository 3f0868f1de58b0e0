//! Files: how large, who may fetch them, and that nothing a customer sends runs in our page.

use serde_json::json;
use tests::{Options, TestServer};

/// A picture of one red point.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 0x90,
    0x77, 0x53, 0xde, 0, 0, 0, 0x0c, b'I', b'D', b'A', b'T', 0x08, 0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0, 0, 0x03, 0x01, 0x01, 0, 0x18, 0xdd,
    0x8d, 0xb0, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_beyond_the_limit_is_refused_and_one_at_the_limit_taken() {
    let s = TestServer::start_with(Options { flags: vec![("limits-upload-bytes", "2000000".into())], ..Default::default() }).await;
    let fine = s.bob.upload("/files", "fits.bin", "application/octet-stream", &vec![7; 2_000_000]).await.is(201);
    assert_eq!(fine["size_bytes"], 2_000_000);
    s.bob.upload("/files", "big.bin", "application/octet-stream", &vec![7; 2_000_001]).await.refused(413, "file.too_large");
    s.bob.post("/files", json!({})).await.refused(400, "upload.malformed");
    let answer = s.bob.send("POST", "/files", Some("multipart/form-data; boundary=cut"), "--cut\r\nbroken".into()).await;
    answer.refused(400, "upload.malformed");
    let got = s.web.get(fine["url"].as_str().unwrap()).await;
    assert_eq!((got.status, got.bytes.len()), (200, 2_000_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_was_changed_or_is_too_old_opens_nothing() {
    let s = TestServer::start().await;
    let a = s.bob.upload("/files", "a.txt", "text/plain", b"first").await.is(201);
    let b = s.bob.upload("/files", "b.txt", "text/plain", b"second").await.is(201);
    let url = a["url"].as_str().unwrap();
    let answer = s.web.get(url).await;
    assert_eq!((answer.text().as_str(), answer.header("x-content-type-options")), ("first", "nosniff"));
    assert!(answer.header("content-security-policy").contains("sandbox"));
    let (head, query) = url.split_once('?').unwrap();
    let other = url.replace(a["id"].as_str().unwrap(), b["id"].as_str().unwrap());
    let later = url.replacen("exp=1", "exp=2", 1);
    for wrong in [other.as_str(), &later, head, &url.replace("v=full", "v=thumb"), &format!("{head}?{}", query.replace("sig=", "sig=A"))] {
        s.web.get(wrong).await.refused(403, "file.link_invalid");
    }
    s.advance(6 * 86_400_000).await;
    s.web.get(url).await.ok();
    s.advance(3 * 86_400_000).await;
    s.web.get(url).await.refused(403, "file.link_invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_scripts_are_served_as_attachments_whatever_they_are_called() {
    let s = TestServer::start().await;
    let hostile: &[(&str, &str, &[u8])] = &[
        ("page.html", "text/html", b"<html><script>alert(1)</script>"),
        ("picture.png", "image/png", b"<html><script>alert(1)</script>"),
        ("drawing.svg", "image/svg+xml", b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>"),
        ("notes.txt", "text/html; charset=utf-8", b"<!doctype html><b>x</b>"),
        ("data.xml", "application/xml", b"<?xml version=\"1.0\"?><x/>"),
        ("a.js", "text/javascript", b"alert(1)"),
    ];
    for (name, claimed, bytes) in hostile {
        let file = s.bob.upload("/files", name, claimed, bytes).await.is(201);
        let got = s.web.get(file["url"].as_str().unwrap()).await;
        let kind = got.header("content-type");
        let harmless = got.header("content-disposition").starts_with("attachment") || kind.starts_with("text/plain");
        assert!(
            harmless && !kind.contains("html") && !kind.contains("svg") && !kind.contains("javascript") && !kind.contains("xml"),
            "{name}: {kind} {:?}",
            got.headers
        );
    }
    let evil = s.bob.upload("/files", "a\\\"b\r\nset-cookie: x=1.txt", "text/plain", b"x").await;
    assert!(evil.status < 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_a_message_that_was_taken_back_go_with_the_next_one() {
    let s = TestServer::start().await;
    let visitor = s.visitor().await;
    visitor.say("Send me the slip").await;
    let path = format!("/conversations/{}", s.only_conversation().await["id"].as_str().unwrap());
    let slip = s.bob.upload("/files", "slip.pdf", "application/pdf", b"%PDF-1.4 slip").await.is(201);
    let photo = s.bob.upload("/files", "dot.png", "image/png", PNG).await.is(201);
    let both = json!([slip["id"], photo["id"]]);
    // A draft says what its files are.
    s.bob.put(&format!("{path}/draft"), json!({ "text": "Here", "attachments": both })).await.is(204);
    let draft = s.bob.get(&path).await.ok()["draft"].clone();
    assert_eq!((&draft["text"], &draft["attachments"]), (&json!("Here"), &both));
    let names =
        |files: &serde_json::Value| files.as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&draft["files"]), ["slip.pdf", "dot.png"]);
    assert_eq!((&draft["files"][0]["size_bytes"], &draft["files"][0]["content_type"]), (&json!(13), &json!("application/pdf")));
    assert_eq!(s.web.get(draft["files"][0]["url"].as_str().unwrap()).await.text(), "%PDF-1.4 slip");
    assert!(draft["files"][1]["thumbnail_url"].is_string());

    let messages = format!("{path}/messages");
    let first = s.bob.post(&messages, json!({ "text": "Here", "attachments": both })).await.is(201);
    s.bob.put(&format!("{path}/draft"), json!({ "text": "Again", "attachments": both })).await.is(204);
    assert_eq!(s.bob.get(&path).await.ok()["draft"]["files"], json!([]), "they are on their way");
    s.bob.post(&messages, json!({ "text": "again", "attachments": both })).await.is(422);
    s.bob.post(&format!("/messages/{}/cancel", first["id"].as_str().unwrap()), json!({})).await.ok();
    assert_eq!(names(&s.bob.get(&path).await.ok()["draft"]["files"]), ["slip.pdf", "dot.png"]);
    let second = s.bob.post(&messages, json!({ "text": "Here, really", "attachments": both, "undo_seconds": 0 })).await.is(201);
    assert_eq!(names(&second["attachments"]), ["slip.pdf", "dot.png"]);
    s.settle().await;
    let got = visitor.client.get("/messages").await.ok()["data"][1].clone();
    assert_eq!(s.web.get(got["files"][0]["url"].as_str().unwrap()).await.text(), "%PDF-1.4 slip");
    // The one that was taken back still shows what it had; what was sent stays with its message.
    assert_eq!(names(&s.message(first["id"].as_str().unwrap()).await["attachments"]), ["slip.pdf", "dot.png"]);
    let sent = json!([second["attachments"][0]["id"]]);
    s.bob.post(&messages, json!({ "text": "once more", "attachments": sent })).await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_have_a_small_one() {
    let s = TestServer::start().await;
    let file = s.bob.upload("/files", "dot.png", "image/png", PNG).await.is(201);
    assert_eq!((&file["content_type"], &file["width"], &file["height"]), (&json!("image/png"), &json!(1), &json!(1)));
    let small = s.web.get(file["thumbnail_url"].as_str().unwrap()).await;
    assert_eq!(small.status, 200);
    assert!(small.header("content-type").starts_with("image/") && !small.bytes.is_empty());
    let again = s.web.with("if-none-match", small.header("etag")).get(file["thumbnail_url"].as_str().unwrap()).await;
    assert_eq!(again.status, 304);
    assert_eq!(s.bob.upload("/files", "a.txt", "text/plain", b"x").await.is(201)["thumbnail_url"], json!(null));
}
