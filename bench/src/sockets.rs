//! Sockets: two thousand screens on one workspace. How long from a change's request (its commit lies within) until the last of those who see it
//! has its frame: of few changes that all of them see, and of many that twenty see each; and what a screen costs in memory.
//!
//! The server is the optimised binary as a process of its own; the changes go out at fixed times, so that a slow answer delays no
//! later one. Beside it the same bytes to the same number of sockets by bare tokio.

use crate::accept::{Ready, ready};
use crate::http::{Client, request};
use crate::mixed::{frame, socket};
use crate::process;
use crate::stage::Serving;
use crate::views::id;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Screens in a group: one member's, who may see one channel.
const TOGETHER: usize = 20;
/// Conversations of each channel, so that no change meets the one before it.
const EACH: usize = 20;
const FEW: f64 = 10.0;
const MANY: f64 = 200.0;
const SECONDS: f64 = 20.0;
const CONNECTIONS: usize = 16;
const WANTED_MS: f64 = 250.0;
const WANTED_KB: f64 = 30.0;
const MARK: &str = "Change 0";

/// How many had each change, and when the last one did.
#[derive(Default)]
struct Seen(Mutex<Vec<(usize, Option<Instant>)>>);

struct Group {
    member: kernel::MemberId,
    token: String,
    channel: kernel::ChannelId,
}

pub fn run(folder: &Path, clients: usize) {
    let groups = clients.div_ceil(TOGETHER);
    let clients = groups * TOGETHER;
    // One thread for all the screens: what is left of the machine is the server's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    runtime.block_on(async {
        let r = ready(folder).await;
        let people = fill(&r, groups).await;
        let admin = r.token.clone();
        r.running.stop().await;
        let serving = Serving::start(folder).await;
        let floor = floor(clients).await;

        let before = process::resident_mb(serving.pid());
        let seen = Arc::new(Seen::default());
        let begun = Instant::now();
        for group in &people {
            for _ in 0..TOGETHER {
                tokio::spawn(follow(socket(serving.address, &group.token).await, seen.clone()));
            }
        }
        calm(&serving).await;
        let connected = begun.elapsed().as_secs_f64();
        let each = |mb: f64| (mb - before) * 1024.0 / clients as f64;
        let idle = each(process::resident_mb(serving.pid()));

        let all = offer(&serving, &admin, &seen, groups, FEW, clients).await;
        for group in &people {
            narrow(serving.address, &admin, group).await;
        }
        calm(&serving).await;
        let few = offer(&serving, &admin, &seen, groups, MANY, TOGETHER).await;
        let after = each(process::resident_mb(serving.pid()));

        println!("## Sockets: {clients} screens of {groups} people in one workspace, {SECONDS:.0} s each\n");
        println!("| from the request of a change to the last screen, ms | median | p99 | worst | CPU of the server |\n| --- | --- | --- | --- | --- |");
        println!("| floor: as many bytes to {clients} sockets by bare tokio | {:.1} | {:.1} | {:.1} | |", quantile(&floor, 0.5), quantile(&floor, 0.99), quantile(&floor, 1.0));
        let mut missed = Vec::new();
        for (what, o) in [(format!("{FEW:.0} changes a second, seen by all"), &all), (format!("{MANY:.0} changes a second, each seen by {TOGETHER}"), &few)] {
            println!("| {what} | {:.1} | {:.1} | {:.1} | {:.2} |", quantile(&o.ms, 0.5), quantile(&o.ms, 0.99), quantile(&o.ms, 1.0), o.cpu);
            if quantile(&o.ms, 0.99) > WANTED_MS {
                missed.push(what);
            }
        }
        println!("\n| memory a screen, kB | |\n| --- | --- |");
        println!("| all connected ({connected:.1} s until it was calm) | {idle:.1} |");
        println!("| after all of it | {after:.1} |");
        if idle > WANTED_KB || after > WANTED_KB {
            missed.push("memory".into());
        }
        println!("\nWanted: p99 at most {WANTED_MS:.0} ms, at most {WANTED_KB:.0} kB a screen. Missed: {}.\n", if missed.is_empty() { "none".to_owned() } else { missed.join(", ") });
        drop(serving);
    });
}

/// A channel with some conversations and a member for each group.
async fn fill(r: &Ready, groups: usize) -> Vec<Group> {
    let app = &r.running.app;
    let now = app.now();
    app.db
        .write(r.workspace, db::Lane::Bulk, move |tx| {
            for g in 0..groups {
                tx.exec("INSERT INTO channels (id, channel_key, provider, channel, name, account_identifier, status, configuration, secrets, read_only, created_at, updated_at) VALUES ($1, $2, 'api', 'api', $3, $2, 'inactive', '{}', $1, FALSE, 0, 0)", db::params![id(7, g), format!("k{g}"), format!("Channel {g}")])?;
                for c in g * EACH..(g + 1) * EACH {
                    tx.exec("INSERT INTO contacts (id, name, review, custom_attributes, sample, last_contact_at, created_at, updated_at) VALUES ($1, $2, FALSE, '{}', FALSE, $3, $3, $3)", db::params![id(1, c), format!("Person {c}"), now])?;
                    tx.exec("INSERT INTO conversations (id, number, channel_id, channel, provider, status, bucket, priority, subject, subject_folded, contact_id, thread_key, thread_live, participants, last_message_at, last_message_preview, last_message_direction, unread_count, message_count, tags, custom_attributes, metadata, sample, created_at, updated_at) VALUES ($1, $2, $3, 'api', 'api', 'open', 'open', 'normal', 'About an order', 'about an order', $4, $5, TRUE, '[]', $6, 'Thanks for the quick answer, the parcel came this morning', 'inbound', 1, 3, '[]', '{}', '{}', FALSE, $6, $6)", db::params![id(3, c), c as i64 + 1, id(7, g), id(1, c), format!("p-{c}"), now])?;
                }
            }
            tx.exec("UPDATE counters SET value = $1", db::params![(groups * EACH) as i64])
        })
        .await
        .expect("fill");
    let here = server::people::Client { address: std::net::Ipv4Addr::LOCALHOST.into(), user_agent: "bench".into() };
    let mut all = Vec::with_capacity(groups);
    for g in 0..groups {
        let password = kernel::Secret::new("correct-horse-7".into());
        let (email, name) = (format!("m{g}@example.com"), format!("Member {g}"));
        let member = server::people::add_user(app, r.workspace, &email, &name, password, kernel::Role::Agent).await.expect("member");
        let account = app.db.read(db::Scope::Control, move |tx| {
            tx.query("SELECT account_id FROM memberships WHERE member_id = $1", db::params![member], |r| r.get(0))
        });
        let account = account.await.expect("read")[0];
        let (_, session) = server::people::open_session(app, account, r.workspace, &here).await.expect("session");
        let token = serde_json::to_value(session).expect("json")["access_token"].as_str().expect("token").to_owned();
        all.push(Group { member, token, channel: kernel::ChannelId::from_slice(&id(7, g)).expect("id") });
    }
    all
}

/// From now on these see their channel only.
async fn narrow(address: SocketAddr, admin: &str, group: &Group) {
    let body = json!({ "visibility": "inbox", "channel_ids": [group.channel] }).to_string();
    let ask = request("PATCH", &format!("/api/v1/members/{}", group.member), &headers(admin), body.as_bytes());
    let (status, answer) = Client::connect(address).await.ask(&ask).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
}

fn headers(token: &str) -> Vec<(String, String)> {
    vec![("authorization".to_owned(), format!("Bearer {token}")), ("content-type".to_owned(), "application/json".to_owned())]
}

/// Until the server has nothing to do any more.
async fn calm(serving: &Serving) {
    for _ in 0..120 {
        let before = process::cpu_seconds_of(serving.pid());
        tokio::time::sleep(Duration::from_millis(500)).await;
        if process::cpu_seconds_of(serving.pid()) - before < 0.03 {
            return;
        }
    }
    eprintln!("the server did not come to rest");
}

struct Outcome {
    ms: Vec<f64>,
    /// Of one core.
    cpu: f64,
}

/// Changes at their fixed times, each seen by so many.
async fn offer(serving: &Serving, admin: &str, seen: &Arc<Seen>, groups: usize, rate: f64, audience: usize) -> Outcome {
    let count = (rate * SECONDS) as usize;
    let first = seen.0.lock().expect("lock").len();
    seen.0.lock().expect("lock").resize(first + count, (0, None));
    let cpu = process::cpu_seconds_of(serving.pid());
    let start = Instant::now() + Duration::from_millis(200);
    let due = move |n: usize| start + Duration::from_secs_f64(n as f64 / rate);
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|c| {
            let (address, headers) = (serving.address, headers(admin));
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                for n in (c..count).step_by(CONNECTIONS) {
                    // Of another group each time.
                    let of = (n % groups) * EACH + n / groups % EACH;
                    let conversation = kernel::ConversationId::from_slice(&id(3, of)).expect("id");
                    let body = json!({ "subject": format!("{MARK}{:07}", first + n) }).to_string();
                    let ask = request("PATCH", &format!("/api/v1/conversations/{conversation}"), &headers, body.as_bytes());
                    tokio::time::sleep_until(due(n).into()).await;
                    let (status, answer) = client.ask(&ask).await;
                    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("changes");
    }
    let seconds = start.elapsed().as_secs_f64();
    let cpu = (process::cpu_seconds_of(serving.pid()) - cpu) / seconds;
    let end = Instant::now() + Duration::from_secs(30);
    while missing(&seen.0.lock().expect("lock")[first..], audience) > 0 && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let all = seen.0.lock().expect("lock");
    assert_eq!(missing(&all[first..], audience), 0, "of {count} changes so many did not come to just {audience} screens");
    let ms = all[first..]
        .iter()
        .enumerate()
        .map(|(n, (_, at))| at.expect("seen").saturating_duration_since(due(n)).as_secs_f64() * 1e3)
        .collect();
    Outcome { ms, cpu }
}

fn missing(all: &[(usize, Option<Instant>)], audience: usize) -> usize {
    all.iter().filter(|(n, _)| *n != audience).count()
}

async fn follow(mut stream: TcpStream, seen: Arc<Seen>) {
    let mut got: Vec<u8> = Vec::new();
    // Small, since there are many.
    let mut piece = [0; 8 << 10];
    loop {
        let n = stream.read(&mut piece).await.unwrap_or(0);
        assert!(n > 0, "a screen was cut off");
        got.extend_from_slice(&piece[..n]);
        let mut at = 0;
        while let Some((head, length)) = frame(&got[at..]) {
            let mark = mark(&got[at + head..at + head + length]);
            at += head + length;
            if let Some(mark) = mark
                && let Some(slot) = seen.0.lock().expect("lock").get_mut(mark)
            {
                *slot = (slot.0 + 1, Some(Instant::now()));
            }
        }
        got.drain(..at);
    }
}

fn mark(text: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(text).ok()?;
    let after = &text[text.find(MARK)? + MARK.len()..];
    after.get(..7)?.parse().ok()
}

/// A frame's bytes to so many sockets by bare tokio, read by as many tasks as the screens are: what the machine and the measuring cost.
async fn floor(clients: usize) -> Vec<f64> {
    const BYTES: usize = 1_400;
    let (rounds, pause) = (40, Duration::from_millis(100));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
    let address = listener.local_addr().expect("address");
    let last: Arc<Mutex<(usize, Instant)>> = Arc::new(Mutex::new((0, Instant::now())));
    let mut there = Vec::with_capacity(clients);
    let mut tasks = Vec::with_capacity(clients);
    for _ in 0..clients {
        let (here, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        there.push(accepted.expect("accept").0);
        let (mut here, last) = (here.expect("connect"), last.clone());
        tasks.push(tokio::spawn(async move {
            let mut got = [0; BYTES];
            while here.read_exact(&mut got).await.is_ok() {
                let mut last = last.lock().expect("lock");
                *last = (last.0 + 1, Instant::now());
            }
        }));
    }
    let mut all = Vec::with_capacity(rounds);
    let bytes = vec![b'x'; BYTES];
    for _ in 0..rounds {
        last.lock().expect("lock").0 = 0;
        let begun = Instant::now();
        for stream in &mut there {
            stream.write_all(&bytes).await.expect("write");
        }
        while last.lock().expect("lock").0 < clients {
            tokio::task::yield_now().await;
        }
        all.push((last.lock().expect("lock").1 - begun).as_secs_f64() * 1e3);
        tokio::time::sleep(pause).await;
    }
    drop(there);
    for task in tasks {
        task.await.expect("floor");
    }
    all
}

fn quantile(all: &[f64], q: f64) -> f64 {
    let mut sorted = all.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len() as f64 * q) as usize).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
}
