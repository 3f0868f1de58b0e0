//! A mailbox of 10,000 mails at a real Dovecot, brought in as history over TLS; beside it the same mails read by a bare client.

use crate::process;
use db::params;
use server::start::{Edges, start};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};
use tests::{Dovecot, MAILBOX, MAILBOX_PASSWORD};

const MAILS: usize = 10_000;
const PEOPLE: usize = 1_000;

/// Half of them plain text, half with HTML and a small picture, as mailboxes are.
fn mail(n: usize) -> Vec<u8> {
    let person = n % PEOPLE;
    let head = format!(
        "Message-ID: <b{n}@customer.example>\r\nDate: Wed, 28 Oct 2026 09:{:02}:{:02} +0000\r\nFrom: Person {person} <p{person}@customer.example>\r\n\
         To: {MAILBOX}\r\nSubject: Order {n}\r\nMIME-Version: 1.0\r\n",
        n / 60 % 60,
        n % 60
    );
    let words = "The box says 42, but the boots inside are clearly a 40. What is the quickest way to swap?\r\n".repeat(6);
    if n.is_multiple_of(2) {
        return format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{words}").into_bytes();
    }
    let picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    format!(
        "{head}Content-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>{words}</p>\r\n\
         --cut\r\nContent-Type: image/png; name=boots.png\r\nContent-Transfer-Encoding: base64\r\n\r\n{picture}\r\n--cut--\r\n"
    )
    .into_bytes()
}

pub fn run(runtime: &tokio::runtime::Runtime, folder: &Path) {
    process::fresh(folder);
    runtime.block_on(async {
        let dovecot = Dovecot::start().await;
        for n in 0..MAILS {
            dovecot.deliver("INBOX", &mail(n));
        }
        let (bare, bytes) = bare(&dovecot);
        let flags = config::Flags::default()
            .set("data", &folder.display().to_string())
            .set("listen", "127.0.0.1:0")
            .set("smtp-listen", "off")
            .set("net-allow", "127.0.0.0/8 ::1/128")
            .set("net-ca-file", &dovecot.certificate().display().to_string());
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
        let settings = serde_json::json!({
            "address": MAILBOX, "receive": "imap", "imap_host": "localhost", "imap_port": dovecot.tls.port(),
            "imap_password": MAILBOX_PASSWORD, "first_import": "all",
        });
        let configuration = settings.as_object().cloned().expect("object");
        let new = server::channels::NewChannel { provider: "smtp".into(), name: "Bench".into(), configuration, simulated: false };
        let (cpu, begun) = (process::cpu_seconds(), Instant::now());
        server::channels::create(&app, &kernel::Actor::system(workspace), new, false).await.expect("channel");
        let wait = async |sql: &'static str| {
            while app.db.read(workspace, move |tx| tx.number(sql, params![])).await.expect("count") < MAILS as i64 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            begun.elapsed().as_secs_f64()
        };
        let journalled = wait("SELECT COUNT(*) FROM journal").await;
        let played = wait("SELECT COUNT(*) FROM messages").await;
        let cpu = process::cpu_seconds() - cpu;
        println!("## A mailbox of {MAILS} mails, {:.0} MB, as history (Dovecot, TLS, SQLite at FULL)\n", bytes as f64 / 1e6);
        println!("| what | figure |\n| --- | --- |");
        println!("| a bare client reads them, one command, no TLS | {bare:.1} s |");
        println!("| fetched and durable in the journal | {journalled:.1} s, {:.0} mails/s |", MAILS as f64 / journalled);
        println!("| each a message in a conversation | {played:.1} s, {:.0} mails/s (wanted: at most 60 s) |", MAILS as f64 / played);
        println!("| CPU per mail, all in | {:.2} ms |\n", cpu * 1e3 / MAILS as f64);
        running.stop().await;
    });
}

/// Seconds that reading all of them takes, and how many bytes they are.
fn bare(dovecot: &Dovecot) -> (f64, usize) {
    let stream = TcpStream::connect(dovecot.plain).expect("connect");
    let mut write = stream.try_clone().expect("stream");
    let mut read = BufReader::new(stream);
    let mut ask = |command: &str| {
        write.write_all(format!("a {command}\r\n").as_bytes()).expect("write");
        let mut bytes = 0;
        loop {
            let mut line = Vec::new();
            read.read_until(b'\n', &mut line).expect("read");
            if line.starts_with(b"a ") {
                return bytes;
            }
            let text = String::from_utf8_lossy(&line);
            let size = text.trim_end().strip_suffix('}').and_then(|t| t.rsplit_once('{')).and_then(|(_, n)| n.parse::<usize>().ok());
            if let Some(size) = size {
                let mut body = vec![0; size];
                read.read_exact(&mut body).expect("body");
                bytes += size;
            }
        }
    };
    ask(&format!("LOGIN {MAILBOX} {MAILBOX_PASSWORD}"));
    ask("EXAMINE INBOX");
    let begun = Instant::now();
    let bytes = ask("UID FETCH 1:* (UID BODY.PEEK[])");
    (begun.elapsed().as_secs_f64(), bytes)
}
