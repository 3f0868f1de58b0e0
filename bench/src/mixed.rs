//! Mixed: signed webhooks of every channel that is fed over HTTP at a fixed rate, timed from the moment each was due to be sent until its
//! frame has come over a WebSocket; and what the others feel when one provider answers nothing.
//!
//! The server is the optimised binary as a process of its own; the requests are signed beforehand, and their times are fixed, so that
//! a slow answer delays no later measurement.

use crate::http::{Client, request};
use crate::provider::Account;
use crate::stage::{self, Serving, Stage};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Webhooks a second.
const RATE: f64 = 2_000.0;
const SECONDS: f64 = 20.0;
/// People who write on each channel.
const PEOPLE: u32 = 40;
const CONNECTIONS: usize = 96;
/// Wanted: p99 to the event stream, and what an outage may cost the others.
const WANTED_MS: f64 = 250.0;
const WANTED_SLOWER: f64 = 1.15;
/// Pairs of runs with and without the outage, their length, and whose outage it is.
const PAIRS: usize = 5;
const PAIR_SECONDS: f64 = 10.0;
/// Answers a second that leave on each channel meanwhile, where its provider takes as many; `BENCH_ANSWERS` for others. Each brings two or
/// three reports of its own.
const ANSWERS: f64 = 2.0;
const OUT: &str = "whatsapp";

/// One load: requests with the account each is for.
struct Load {
    requests: Vec<(usize, Vec<u8>)>,
    /// Marks of this load begin here.
    first: usize,
}

/// What became of one load.
struct Outcome {
    /// ms by request, from when it was due: to the answer, to the frame.
    answered: Vec<f64>,
    shown: Vec<f64>,
    account: Vec<usize>,
    refused: usize,
    /// How late a request was sent at worst, ms: the load's own trouble.
    late: f64,
    cpu: f64,
    seconds: f64,
}

/// Frames by their mark: when each came.
struct Frames {
    at: Mutex<Vec<Option<Instant>>>,
    seen: AtomicUsize,
}

pub fn run(folder: &Path) {
    // One thread for the load: what is left of the machine is the server's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let folder = folder.join("mixed");
    let marks = AtomicU64::new(0);
    runtime.block_on(async {
        let kinds: Vec<&str> =
            connectors::CHANNELS.iter().map(|c| c.descriptor().id).filter(|id| !matches!(*id, "smtp" | "webchat")).collect();
        let stage = stage::open(&folder, &kinds).await;
        let posting: Vec<usize> = (0..stage.accounts.len())
            .filter(|n| stage::posted(&stage.accounts[*n].entry, "probe", 1, "x".into(), stage::now()).is_some())
            .collect();
        let conversations = begin(&stage, &posting).await;
        let (token, accounts) = (stage.ready.token.clone(), stage.accounts.clone());
        stage.ready.running.stop().await;
        let serving = Serving::start(&folder).await;
        let frames = Arc::new(Frames { at: Mutex::default(), seen: AtomicUsize::new(0) });
        tokio::spawn(follow(socket(serving.address, &token).await, serving.address, token.clone(), frames.clone()));

        let empty = floor(serving.address).await;
        let load = sign(&accounts, &posting, (RATE * SECONDS) as usize, &marks);
        let outcome = offer(&serving, &frames, load, RATE).await;
        tell(&outcome, empty, posting.len());

        pairs(&serving, &token, &frames, &accounts, &posting, &conversations, &marks).await;
        drop(serving);
    });
}

/// Everybody has written once; gives the conversations of each account that can answer over HTTP.
async fn begin(stage: &Stage, posting: &[usize]) -> HashMap<usize, Vec<kernel::ConversationId>> {
    let address = stage.ready.running.address;
    let mut client = Client::connect(address).await;
    for n in posting {
        let entry = &stage.accounts[*n].entry;
        for p in 1..=PEOPLE {
            let ask = stage::posted(entry, &format!("first-{n}-{p}"), p, "Good morning".into(), stage::now()).expect("posted");
            let (status, answer) = client.ask(&ask).await;
            assert!((200..300).contains(&status), "{}: {status} {}", entry.account.provider, String::from_utf8_lossy(&answer));
        }
    }
    stage.ready.running.app.runner.quiet().await;
    let mut all = HashMap::new();
    for n in posting {
        let account = &stage.accounts[*n];
        let list = stage::conversations(&stage.ready, &account.entry).await;
        let descriptor = account.entry.connector.descriptor();
        assert!(!list.is_empty(), "{} has no conversations", descriptor.id);
        // Answers leave over HTTP where there is an address to play.
        if !descriptor.capabilities.inbound_only && account.entry.account.settings.text("base_url").is_some() {
            all.insert(*n, list);
        }
    }
    all
}

fn sign(accounts: &[Account], posting: &[usize], count: usize, marks: &AtomicU64) -> Load {
    let first = marks.fetch_add(count as u64, Ordering::Relaxed) as usize;
    let now = stage::now();
    let requests = (0..count)
        .map(|i| {
            let n = posting[i % posting.len()];
            let mark = first + i;
            let p = (i / posting.len()) as u32 % PEOPLE + 1;
            let text =
                format!("Order {mark:07}# the box says 42, but the boots inside are clearly a 40. What is the quickest way to swap?");
            // Not all in one millisecond: where an id is made of a time and a few bits, two of so many would be the same.
            let at = now - 1_000 + (i % 1_000) as i64;
            (n, stage::posted(&accounts[n].entry, &format!("m-{mark}"), p, text, at).expect("posted"))
        })
        .collect();
    Load { requests, first }
}

/// Sends a load at its fixed times and waits for its frames.
async fn offer(serving: &Serving, frames: &Frames, load: Load, rate: f64) -> Outcome {
    let count = load.requests.len();
    frames.at.lock().expect("lock").resize(load.first + count, None);
    frames.seen.store(0, Ordering::Relaxed);
    let account = load.requests.iter().map(|(n, _)| *n).collect();
    let requests = Arc::new(load.requests);
    let cpu = crate::process::cpu_seconds_of(serving.pid());
    let start = Instant::now() + Duration::from_millis(200);
    let due = move |i: usize| start + Duration::from_secs_f64(i as f64 / rate);
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|c| {
            let (requests, address) = (requests.clone(), serving.address);
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                let (mut answers, mut refused, mut late) = (Vec::new(), 0, 0.0_f64);
                for i in (c..requests.len()).step_by(CONNECTIONS) {
                    tokio::time::sleep_until(due(i).into()).await;
                    late = late.max(due(i).elapsed().as_secs_f64() * 1e3);
                    let (status, _) = client.ask(&requests[i].1).await;
                    answers.push((i, due(i).elapsed().as_secs_f64() * 1e3));
                    refused += usize::from(!(200..300).contains(&status));
                }
                (answers, refused, late)
            })
        })
        .collect();
    let (mut answered, mut refused, mut late) = (vec![0.0; count], 0, 0.0_f64);
    for task in tasks {
        let (answers, no, worst) = task.await.expect("load");
        answers.into_iter().for_each(|(i, ms)| answered[i] = ms);
        refused += no;
        late = late.max(worst);
    }
    let seconds = start.elapsed().as_secs_f64();
    let cpu = crate::process::cpu_seconds_of(serving.pid()) - cpu;
    let end = Instant::now() + Duration::from_secs(60);
    while frames.seen.load(Ordering::Relaxed) < count && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let at = frames.at.lock().expect("lock");
    let shown =
        (0..count).map(|i| at[load.first + i].map_or(f64::INFINITY, |t| t.saturating_duration_since(due(i)).as_secs_f64() * 1e3)).collect();
    Outcome { answered, shown, account, refused, late, cpu, seconds }
}

fn quantile(all: &[f64], q: f64) -> f64 {
    let mut sorted = all.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len() as f64 * q) as usize).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

/// The same load and client against a handler that does nothing: what the machine and the measuring cost by themselves.
async fn floor(address: SocketAddr) -> f64 {
    let count = (RATE * 5.0) as usize;
    let start = Instant::now() + Duration::from_millis(200);
    let due = move |i: usize| start + Duration::from_secs_f64(i as f64 / RATE);
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|c| {
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                let ask = request("GET", "/healthz", &[], b"");
                let mut all = Vec::new();
                for i in (c..count).step_by(CONNECTIONS) {
                    tokio::time::sleep_until(due(i).into()).await;
                    client.ask(&ask).await;
                    all.push(due(i).elapsed().as_secs_f64() * 1e3);
                }
                all
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("floor"));
    }
    quantile(&all, 0.99)
}

fn tell(o: &Outcome, empty: f64, kinds: usize) {
    let missing = o.shown.iter().filter(|ms| ms.is_infinite()).count();
    println!(
        "## Mixed: {RATE:.0} signed webhooks a second on {kinds} kinds of channels, {} people, for {SECONDS:.0} s\n",
        kinds as u32 * PEOPLE
    );
    println!("| what | median | p99 | worst |\n| --- | --- | --- | --- |");
    println!("| the same rate to an empty handler, ms | | {empty:.1} | |");
    for (what, all) in [("durable and answered, ms", &o.answered), ("frame at the WebSocket, ms", &o.shown)] {
        println!("| {what} | {:.1} | {:.1} | {:.1} |", quantile(all, 0.5), quantile(all, 0.99), quantile(all, 1.0));
    }
    println!(
        "\n{} webhooks were sent in {:.1} s, {} of them refused, {missing} never shown; the load itself was at most {:.1} ms late. The server used \
         {:.2} of two cores. Wanted: p99 of the frame at most {WANTED_MS:.0} ms ({}).\n",
        o.shown.len(),
        o.seconds,
        o.refused,
        o.late,
        o.cpu / o.seconds,
        if missing == 0 && o.refused == 0 && quantile(&o.shown, 0.99) <= WANTED_MS { "reached" } else { "not reached" }
    );
}

/// What the accounts besides the one with the outage feel of it.
struct Felt {
    median: f64,
    p99: f64,
    sends: f64,
}

async fn pairs(
    serving: &Serving,
    token: &str,
    frames: &Frames,
    accounts: &[Account],
    posting: &[usize],
    conversations: &HashMap<usize, Vec<kernel::ConversationId>>,
    marks: &AtomicU64,
) {
    let out = accounts.iter().position(|a| a.entry.account.provider == OUT).expect("whose outage");
    let mut felt: [Vec<Felt>; 2] = [Vec::new(), Vec::new()];
    let mut sending = 0;
    let answers = std::env::var("BENCH_ANSWERS").ok().and_then(|n| n.parse().ok()).unwrap_or(ANSWERS);
    for round in 0..PAIRS * 2 {
        // With and without in turn, and in the other order every second time.
        let outage = (round % 2 == 1) != (round / 2 % 2 == 1);
        let load = sign(accounts, posting, (RATE * PAIR_SECONDS) as usize, marks);
        let start = Instant::now();
        let mut replies = Vec::new();
        for (n, list) in conversations {
            let limits = accounts[*n].limits;
            let wanted = (limits.sends_per_second.min(answers) * PAIR_SECONDS) as usize;
            replies.extend(list.iter().cycle().take(wanted).copied());
        }
        // In turns over the accounts, so that no one of them is always first.
        let step = 7_919 % replies.len().max(1);
        let mixed: Vec<_> = (0..replies.len()).map(|i| replies[i * step % replies.len()]).collect();
        let due = stage::now() + 2_000 + mixed.len() as i64 * 3 / 2;
        stage::queue(serving.address, token, &mixed, due).await;
        if stage::now() > due {
            eprintln!("queueing took {:.1} s: the answers begin to leave before the webhooks come", start.elapsed().as_secs_f64());
        }
        accounts[out].hang(outage);
        tokio::time::sleep(Duration::from_millis((due - stage::now()).max(0) as u64)).await;
        let (from, before) = (Instant::now(), accounts.iter().map(Account::count).collect::<Vec<_>>());
        let o = offer(serving, frames, load, RATE).await;
        let others: Vec<f64> = o.shown.iter().zip(&o.account).filter(|(_, n)| **n != out).map(|(ms, _)| *ms).collect();
        let until = from + Duration::from_secs_f64(PAIR_SECONDS);
        let sent: usize = accounts
            .iter()
            .zip(&before)
            .enumerate()
            .filter(|(n, _)| *n != out)
            .map(|(_, (a, before))| a.taken()[*before..].iter().filter(|t| **t <= until).count())
            .sum();
        sending = accounts.iter().zip(&before).filter(|(a, before)| a.count() > **before).count().max(sending);
        let one = Felt { median: quantile(&others, 0.5), p99: quantile(&others, 0.99), sends: sent as f64 / PAIR_SECONDS };
        eprintln!(
            "{}: median {:.1} ms, p99 {:.1} ms, {:.0} sends/s, {} refused, {} never shown, CPU {:.2}",
            if outage { "outage" } else { "all well" },
            one.median,
            one.p99,
            one.sends,
            o.refused,
            o.shown.iter().filter(|ms| ms.is_infinite()).count(),
            o.cpu / o.seconds
        );
        felt[usize::from(outage)].push(one);
        accounts[out].hang(false);
        rest(accounts).await;
    }
    let median = |of: fn(&Felt) -> f64, which: usize| quantile(&felt[which].iter().map(of).collect::<Vec<_>>(), 0.5);
    let ratio = |of: fn(&Felt) -> f64| quantile(&felt[1].iter().zip(&felt[0]).map(|(w, o)| of(w) / of(o)).collect::<Vec<_>>(), 0.5);
    println!(
        "## Outage of one provider: what the other channels feel (`{OUT}` answers nothing; {RATE:.0} webhooks a second, answers leaving on {sending} \
         channels)\n"
    );
    println!("| the others | all well | outage | ratio, median of {PAIRS} pairs |\n| --- | --- | --- | --- |");
    println!(
        "| frame at the WebSocket, median ms | {:.1} | {:.1} | {:.2} |",
        median(|f| f.median, 0),
        median(|f| f.median, 1),
        ratio(|f| f.median)
    );
    println!("| frame at the WebSocket, p99 ms | {:.1} | {:.1} | {:.2} |", median(|f| f.p99, 0), median(|f| f.p99, 1), ratio(|f| f.p99));
    println!("| answers sent a second | {:.0} | {:.0} | {:.2} |", median(|f| f.sends, 0), median(|f| f.sends, 1), ratio(|f| f.sends));
    let reached = ratio(|f| f.median) <= WANTED_SLOWER && ratio(|f| f.p99) <= WANTED_SLOWER && ratio(|f| f.sends) >= 1.0 / WANTED_SLOWER;
    println!(
        "\nWanted: no more than {:.0} % slower ({}).\n",
        (WANTED_SLOWER - 1.0) * 100.0,
        if reached { "reached" } else { "not reached" }
    );
}

/// Until nothing leaves any more.
async fn rest(accounts: &[Account]) {
    let count = || accounts.iter().map(Account::count).sum::<usize>();
    let mut before = usize::MAX;
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let now = count();
        if now == before {
            return;
        }
        before = now;
    }
}

// ---------- the event stream ----------

pub async fn socket(address: SocketAddr, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("connect");
    stream.set_nodelay(true).expect("nodelay");
    let ask = format!(
        "GET /api/v1/events HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).await.expect("write");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("answer"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    stream
}

/// Notes when each marked message came; connects again as a screen does when it was cut off.
async fn follow(mut stream: TcpStream, address: SocketAddr, token: String, frames: Arc<Frames>) {
    let mut got: Vec<u8> = Vec::new();
    let mut piece = vec![0; 256 << 10];
    loop {
        let n = stream.read(&mut piece).await.unwrap_or(0);
        if n == 0 {
            eprintln!("the event stream was cut off");
            got.clear();
            stream = socket(address, &token).await;
            continue;
        }
        let now = Instant::now();
        got.extend_from_slice(&piece[..n]);
        let mut at = 0;
        while let Some((head, length)) = frame(&got[at..]) {
            let text = &got[at + head..at + head + length];
            at += head + length;
            if let Some(mark) = mark(text) {
                let mut all = frames.at.lock().expect("lock");
                if let Some(slot @ None) = all.get_mut(mark) {
                    *slot = Some(now);
                    frames.seen.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        got.drain(..at);
    }
}

/// Length of the head and of the content of a frame that is there as a whole.
pub fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (head, length) = match *bytes.get(1)? & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?) as usize),
        n => (2, usize::from(n)),
    };
    (bytes.len() >= head + length).then_some((head, length))
}

/// The mark of a new message. The conversation beside it may already show a later one: the message stands last.
fn mark(text: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(text).ok()?;
    if !text.contains("\"kind\":\"message.created\"") {
        return None;
    }
    let message = &text[text.rfind("\"message\":{")?..];
    let after = message.find("Order 0").map(|at| &message[at + 6..])?;
    after.get(..7)?.parse().ok()
}
