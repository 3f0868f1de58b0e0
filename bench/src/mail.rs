//! Mail as it comes: a mixed corpus over SMTP into the journal, then from the journal into conversations, beside the least that could be
//! done with the same bytes: each parsed once and stored by bare rusqlite.

use crate::{fakes, floor, process};
use data_encoding::BASE64_MIME;
use kernel::channel::{Channel, RawDelivery, Verified};
use rusqlite::params;
use server::start::{Edges, start};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Instant;

const PEOPLE: usize = 1_000;
const CONNECTIONS: usize = 8;
const DESK: &str = "help@desk.example";
const WANTED: f64 = 500.0;
const WANTED_RATIO: f64 = 3.0;

/// Shaped like a support mailbox: of ten, four plain, three with plain text and HTML, two with a document of 40 kB besides, one with a photograph
/// of 200 kB. Every second one answers an earlier one of the same person and quotes it.
pub fn mail(n: usize) -> Vec<u8> {
    let (person, turn) = (n % PEOPLE, n / PEOPLE);
    let answers = turn % 2 == 1;
    let mut text =
        "The box says 42, but the boots inside are clearly a 40. What is the quickest way to swap? They are for a walk on Saturday, so \
                    it would be good to know today.\r\n\r\nKind regards\r\n"
            .to_owned();
    text.push_str(&format!("Person {person}\r\n-- \r\nPerson {person}, somewhere\r\n"));
    if answers {
        text.push_str(&format!("\r\nOn Wed, 28 Oct 2026 at 09:00, Desk <{DESK}> wrote:\r\n"));
        (0..12).for_each(|line| text.push_str(&format!("> Line {line} of what the desk had written before, as programs quote it.\r\n")));
    }
    let mut head = format!(
        "Received: from mx{}.customer.example (mx.customer.example [192.0.2.{}]) by mail.desk.example with ESMTPS; Wed, 28 Oct 2026 09:{:02}:{:02} +0000\r\n\
         Message-ID: <m{n}@customer.example>\r\nDate: Wed, 28 Oct 2026 09:{:02}:{:02} +0000\r\nFrom: Person {person} <p{person}@customer.example>\r\nTo: {DESK}\r\n",
        n % 4,
        n % 250,
        n / 60 % 60,
        n % 60,
        n / 60 % 60,
        n % 60
    );
    let before = n.wrapping_sub(PEOPLE);
    if answers {
        head.push_str(&format!(
            "In-Reply-To: <m{before}@customer.example>\r\nReferences: <m{before}@customer.example>\r\nSubject: Re: Order {before}\r\n"
        ));
    } else {
        head.push_str(&format!("Subject: Order {n}\r\n"));
    }
    head.push_str("MIME-Version: 1.0\r\n");
    let plain = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}");
    let html = format!(
        "Content-Type: text/html; charset=utf-8\r\n\r\n<html><head><style>p {{ margin: 0 }}</style></head><body><p>{}</p></body></html>\r\n",
        text.replace("\r\n", "<br>\r\n")
    );
    let both = format!("Content-Type: multipart/alternative; boundary=alt\r\n\r\n--alt\r\n{plain}\r\n--alt\r\n{html}\r\n--alt--\r\n");
    let file = |kind: &str, name: &str, bytes: usize| {
        // Never the same twice, so that nothing is stored once for all.
        let content: Vec<u8> =
            (0..bytes).map(|i| (i as u64).wrapping_mul(2_654_435_761).wrapping_add((n as u64) << 7).to_be_bytes()[5]).collect();
        let lines = BASE64_MIME.encode(&content);
        format!(
            "Content-Type: {kind}; name={name}\r\nContent-Disposition: attachment; filename={name}\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}\r\n"
        )
    };
    let mixed =
        |file: String| format!("Content-Type: multipart/mixed; boundary=mix\r\n\r\n--mix\r\n{both}\r\n--mix\r\n{file}\r\n--mix--\r\n");
    let body = match n % 10 {
        0..=3 => plain,
        4..=6 => both,
        7 | 8 => mixed(file("application/pdf", "order.pdf", 40_000)),
        _ => mixed(file("image/jpeg", "boots.jpg", 200_000)),
    };
    (head + &body).into_bytes()
}

pub fn run(runtime: &tokio::runtime::Runtime, folder: &Path, mails: usize) {
    process::fresh(folder);
    let corpus: Vec<Vec<u8>> = (0..mails).map(mail).collect();
    let megabytes = corpus.iter().map(Vec::len).sum::<usize>() as f64 / 1e6;
    runtime.block_on(async {
        let flags = config::Flags::default()
            .set("data", &folder.display().to_string())
            .set("listen", "127.0.0.1:0")
            .set("smtp-listen", "127.0.0.1:0");
        let config = config::Config::load(&flags, Vec::new(), folder).expect("config");
        let running = start(config, Edges::default()).await.expect("start");
        let app = running.app.clone();
        let admin = server::people::NewAdmin {
            name: "Bench".into(),
            email: "bench@example.com".into(),
            password: kernel::Secret::new("correct-horse-7".into()),
            workspace_name: "Bench".into(),
            locale: "en".into(),
            time_zone: "UTC".into(),
            default_country: "DE".into(),
        };
        let (_, workspace, _) = server::people::create_workspace(&app, admin).await.expect("workspace");
        let configuration = serde_json::json!({ "address": DESK }).as_object().cloned().expect("object");
        let new = server::channels::NewChannel { provider: "smtp".into(), name: "Bench".into(), configuration, simulated: false };
        server::channels::create(&app, &kernel::Actor::system(workspace), new, false).await.expect("channel");
        // First into the journal alone, then out of it alone.
        app.runner.stop().await;
        let address = running.smtp_address.expect("listener");
        let begun = Instant::now();
        let corpus = std::sync::Arc::new(corpus);
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|c| {
                let corpus = corpus.clone();
                tokio::task::spawn_blocking(move || deliver(address, corpus.iter().skip(c).step_by(CONNECTIONS)))
            })
            .collect();
        for sender in senders {
            sender.await.expect("sender");
        }
        let accepted = mails as f64 / begun.elapsed().as_secs_f64();
        let (cpu, begun) = (process::cpu_seconds(), Instant::now());
        let played = server::intake::drain(&app, workspace).await.expect("drain");
        let (seconds, cpu) = (begun.elapsed().as_secs_f64(), (process::cpu_seconds() - cpu) * 1e3 / mails as f64);
        assert_eq!(played, mails);
        let threads = app.db.read(workspace, |tx| tx.number("SELECT COUNT(*) FROM conversations", db::params![])).await.expect("count");
        let (bare_rate, bare_cpu) = bare(&folder.join("floor.db"), &corpus);
        println!("## Mail ({mails} mails of {PEOPLE} people, {megabytes:.0} MB, a third with files; SQLite)\n");
        println!("| what | figure |\n| --- | --- |");
        println!("| by SMTP over {CONNECTIONS} connections, durable before each 250 | {accepted:.0} mails/s |");
        println!("| each parsed once and stored by bare rusqlite, one thread | {bare_rate:.0} mails/s |");
        println!(
            "| journal → sanitised, threaded, in {threads} conversations, files stored | {:.0} mails/s (wanted ≥ {WANTED:.0}) |",
            mails as f64 / seconds
        );
        println!("| CPU per mail: parsed and stored bare | {bare_cpu:.2} ms |");
        println!("| CPU per mail: intake, all in | {cpu:.2} ms |");
        println!("| ratio | {:.2} (wanted ≤ {WANTED_RATIO:.0}) |\n", cpu / bare_cpu);
        running.stop().await;
    });
}

/// What a mail server does: one connection, one mail after the other.
fn deliver<'a>(address: SocketAddr, mails: impl Iterator<Item = &'a Vec<u8>>) {
    let stream = TcpStream::connect(address).expect("connect");
    stream.set_nodelay(true).expect("nodelay");
    let mut write = stream.try_clone().expect("stream");
    let mut read = BufReader::new(stream);
    let mut hear = |wanted: &str| {
        let mut line = String::new();
        loop {
            line.clear();
            read.read_line(&mut line).expect("read");
            assert!(line.starts_with(wanted), "{line}");
            if line.as_bytes().get(3) == Some(&b' ') {
                break;
            }
        }
    };
    hear("220");
    write.write_all(b"EHLO mx.customer.example\r\n").expect("write");
    hear("250");
    for mail in mails {
        // In one go, as the listener says it may be.
        write.write_all(format!("MAIL FROM:<bounce@customer.example>\r\nRCPT TO:<{DESK}>\r\nDATA\r\n").as_bytes()).expect("write");
        hear("250");
        hear("250");
        hear("354");
        write.write_all(mail).expect("write");
        write.write_all(b"\r\n.\r\n").expect("write");
        hear("250");
    }
    write.write_all(b"QUIT\r\n").expect("write");
}

/// Mails a second and ms of CPU for each: parsed as the connector does and written as a journal row, a search row and an event,
/// 256 to a commit; files larger than a row should be lie beside.
fn bare(path: &Path, corpus: &[Vec<u8>]) -> (f64, f64) {
    let channel: &dyn Channel = *connectors::CHANNELS.iter().find(|c| c.descriptor().id == "smtp").expect("smtp");
    let account = fakes::account(channel);
    let conn = floor::open(path);
    let files = path.with_extension("files");
    process::fresh(&files);
    let (cpu, begun, now) = (process::cpu_seconds(), Instant::now(), 1_790_000_000_000i64);
    for (batch, mails) in corpus.chunks(256).enumerate() {
        conn.execute_batch("BEGIN IMMEDIATE").expect("begin");
        for (n, mail) in mails.iter().enumerate() {
            let n = batch * 256 + n;
            let raw = RawDelivery {
                method: "SMTP".into(),
                path: "/".into(),
                headers: vec![("envelope-to".into(), account.identifier.clone())],
                body: mail.clone(),
                received_at: now,
                peer: None,
            };
            let parsed = channel.parse(&account, &Verified::from_journal(raw)).expect("parsed");
            assert!(!parsed.is_empty());
            let small = mail.len() < 32_768;
            if !small {
                std::fs::write(files.join(n.to_string()), mail).expect("file");
            }
            let stored: &[u8] = if small { mail } else { b"" };
            conn.prepare_cached(floor::JOURNAL)
                .expect("prepare")
                .query_row(params![&[7u8; 16][..], now, "SMTP", "/", "[]", stored, None::<String>, mail.len() as i64, false], |r| {
                    r.get::<_, i64>(0)
                })
                .expect("journal");
            let text = String::from_utf8_lossy(&mail[..mail.len().min(2_000)]);
            let key = now + n as i64;
            let mut id = vec![4u8; 16];
            id[8..].copy_from_slice(&(n as u64).to_be_bytes());
            conn.prepare_cached("INSERT INTO message_search (rowid, words) VALUES (?1, ?2)")
                .expect("prepare")
                .execute(params![key, text])
                .expect("search");
            conn.prepare_cached("INSERT INTO events (seq, at, kind, version, actor, depth, message_id, payload) VALUES (?1, ?2, 'message.created', 1, 'contact:x', 0, ?3, '{}')")
                .expect("prepare")
                .execute(params![n as i64 + 1, now, id])
                .expect("event");
        }
        conn.execute_batch("COMMIT").expect("commit");
    }
    let seconds = begun.elapsed().as_secs_f64();
    (corpus.len() as f64 / seconds, (process::cpu_seconds() - cpu) * 1e3 / corpus.len() as f64)
}
