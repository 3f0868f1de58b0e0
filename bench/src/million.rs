//! Reading at 10 thousand and at a million messages, start to first answer, memory.

use crate::accept::ready;
use crate::http::{Client, request, times};
use crate::process;
use server::search::tokens;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const NOW: i64 = 1_790_000_000_000;

/// Fills a workspace: ten messages to a conversation, spread over two years, in order of time.
pub async fn fill(r: &crate::accept::Ready, messages: usize) {
    let app = &r.running.app;
    let entry = app.directory.by_key(app, r.hook.rsplit('/').next().expect("key")).await.expect("entry").expect("entry");
    let channel = entry.id;
    let conversations = messages / 10;
    let step = 2 * 365 * kernel::time::DAY / messages as i64;
    let id = |kind: u8, n: usize| -> Vec<u8> {
        let mut v = vec![kind; 16];
        v[8..].copy_from_slice(&(n as u64).to_be_bytes());
        v
    };
    for chunk in 0..conversations.div_ceil(2_000) {
        let range = chunk * 2_000..((chunk + 1) * 2_000).min(conversations);
        app.db
            .write(r.workspace, db::Lane::Bulk, move |tx| {
                for c in range.clone() {
                    let last = NOW - (conversations - c) as i64 * 10 * step;
                    let (bucket, status) = if c % 20 == 0 { ("open", "open") } else { ("resolved", "resolved") };
                    tx.exec("INSERT INTO contacts (id, name, review, custom_attributes, sample, last_contact_at, created_at, updated_at) VALUES ($1, $2, FALSE, '{}', FALSE, $3, $3, $3)", db::params![id(1, c), format!("Person {c}"), last])?;
                    tx.exec("INSERT INTO conversations (id, number, channel_id, channel, provider, status, bucket, priority, contact_id, thread_key, thread_live, participants, last_message_at, last_message_preview, last_message_direction, unread_count, message_count, tags, custom_attributes, metadata, sample, created_at, updated_at) VALUES ($1, $2, $3, 'api', 'api', $4, $5, 'normal', $6, $7, TRUE, '[]', $8, 'the last words', 'inbound', $9, 10, '[]', '{}', '{}', FALSE, $8, $8)", db::params![id(3, c), c as i64 + 1, channel, status, bucket, id(1, c), format!("p-{c}"), last, i64::from(c % 40 == 0)])?;
                    for m in 0..10usize {
                        let n = c * 10 + m;
                        let at = last - (9 - m as i64) * step;
                        // One word in everything, one in every thousandth message.
                        let text = format!("Hello, this is message number {n} about order {} {}", n % 977, if n % 1_000 == 0 { "xylophone" } else { "and delivery" });
                        tx.exec("INSERT INTO messages (key, id, conversation_id, channel_id, external_id, direction, sender_type, sender_id, sender_name, recipients, content_type, text, file_count, is_note, status, delivery_uncertain, automatic, verified_sender, sent_at, created_at, metadata) VALUES ($1, $2, $3, $4, $5, 'inbound', 'contact', $6, $7, '{}', 'text', $8, 0, FALSE, 'delivered', FALSE, FALSE, TRUE, $9, $9, '{}')", db::params![at * (1 << 20), id(4, n), id(3, c), channel, format!("x-{n}"), id(1, c), format!("Person {c}"), &text, at])?;
                        let sql = tx.dialect().search_insert();
                        tx.exec(sql, db::params![at * (1 << 20), tokens(&text).join(" ")])?;
                    }
                }
                Ok(())
            })
            .await
            .expect("fill");
    }
    app.db
        .write(r.workspace, db::Lane::Bulk, move |tx| tx.exec("UPDATE counters SET value = $1", db::params![conversations as i64]))
        .await
        .expect("counter");
}

struct Figures {
    rows: Vec<(&'static str, f64, f64)>,
}

async fn measure(address: SocketAddr, token: &str, conversations: usize) -> Figures {
    let headers = vec![("authorization".to_owned(), format!("Bearer {token}"))];
    let get = |path: String| request("GET", &path, &headers, b"");
    let id = |c: usize| {
        let mut v = [3u8; 16];
        v[8..].copy_from_slice(&(c as u64).to_be_bytes());
        kernel::ConversationId::from_slice(&v).expect("id")
    };
    let mut rows = Vec::new();
    let mut add = |name: &'static str, t: (f64, f64)| rows.push((name, t.0, t.1));
    add("list, first page, all", times(address, 400, |_| get("/api/v1/conversations".into())).await);
    add("list, first page, open", times(address, 400, |_| get("/api/v1/conversations?status=open".into())).await);
    add("list, first page, unread", times(address, 400, |_| get("/api/v1/conversations?status=open&unread=true".into())).await);
    add("list, unassigned", times(address, 400, |_| get("/api/v1/conversations?status=open&assignee=none".into())).await);
    add(
        "conversation with its messages",
        times(address, 400, |i| get(format!("/api/v1/conversations/{}", id(i * 7919 % conversations)))).await,
    );
    add("search, rare word", times(address, 200, |_| get("/api/v1/search?q=xylophone&limit=20".into())).await);
    add("search, word in every message", times(address, 200, |_| get("/api/v1/search?q=message&limit=20".into())).await);
    add("search, two words", times(address, 200, |i| get(format!("/api/v1/search?q=order%20{}%20&limit=20", i % 977))).await);
    Figures { rows }
}

pub fn run(runtime: &tokio::runtime::Runtime, folder: &Path) {
    let mut all = Vec::new();
    for messages in [10_000usize, 1_000_000] {
        let data = folder.join(format!("m{messages}"));
        runtime.block_on(async {
            let r = ready(&data).await;
            let begun = Instant::now();
            fill(&r, messages).await;
            eprintln!("filled {messages} messages in {:.0} s", begun.elapsed().as_secs_f64());
            let figures = measure(r.running.address, &r.token, messages / 10).await;
            all.push((messages, figures));
            r.running.stop().await;
        });
    }
    println!("## Reading (times at the client over loopback, one request after the other, ms)\n");
    println!(
        "| request | 10 k median | p99 | 1 M median | p99 | growth of the median (log n grows 1.5) |\n| --- | --- | --- | --- | --- | --- |"
    );
    for i in 0..all[0].1.rows.len() {
        let (small, large) = (&all[0].1.rows[i], &all[1].1.rows[i]);
        println!("| {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |", small.0, small.1, small.2, large.1, large.2, large.1 / small.1);
    }
    println!("\nWanted at 1 M: lists and conversation ≤ 5 ms p99, searches ≤ 30 ms.\n");
    start_and_memory(runtime, folder);
}

fn start_and_memory(runtime: &tokio::runtime::Runtime, folder: &Path) {
    let binary = std::env::current_exe().expect("exe").with_file_name("switchboard");
    println!("## Start and memory ({})\n", binary.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default());
    println!("| what | figure |\n| --- | --- |");
    for (name, data) in [("empty", folder.join("empty")), ("1 M messages", folder.join("m1000000"))] {
        if name == "empty" {
            process::fresh(&data);
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("port").port();
        let begun = Instant::now();
        let mut child = Command::new(&binary)
            .args(["serve", "--smtp-listen", "off", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary beside this one: cargo build --release -p server");
        let address: SocketAddr = format!("127.0.0.1:{port}").parse().expect("address");
        runtime.block_on(async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            let mut client = Client::connect(address).await;
            let (status, _) = client.ask(&request("GET", "/readyz", &[], b"")).await;
            assert_eq!(status, 200);
            println!("| {name}: start to first answer | {:.0} ms (wanted ≤ 200) |", begun.elapsed().as_secs_f64() * 1e3);
            tokio::time::sleep(std::time::Duration::from_secs(3)).await;
            println!("| {name}: resident memory after 3 s | {:.0} MB |", process::resident_mb(child.id()));
            if name != "empty" {
                let body = serde_json::json!({ "email": "bench@example.com", "password": "correct-horse-7" }).to_string().into_bytes();
                let headers = [("content-type".to_owned(), "application/json".to_owned())];
                let (status, answer) = client.ask(&request("POST", "/api/v1/auth/sign-in", &headers, &body)).await;
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
                let token =
                    serde_json::from_slice::<serde_json::Value>(&answer).expect("json")["access_token"].as_str().expect("token").to_owned();
                measure(address, &token, 100_000).await;
                println!(
                    "| {name}: resident memory after 2,800 reads over it | {:.0} MB (wanted ≤ 250) |",
                    process::resident_mb(child.id())
                );
            }
        });
        drop(child.kill());
        drop(child.wait());
    }
    println!();
}
