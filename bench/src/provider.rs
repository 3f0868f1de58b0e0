//! The providers, played on the loopback by the connectors' own simulators: one listener, an account below each number in the path.
//! They count what arrives and keep their limits as strictly as the descriptors say; one can be made to hang.

use kernel::channel::{Fault, Limits};
use kernel::clock::{Clock, SystemClock};
use kernel::http::{HttpRequest, HttpResponse};
use server::channels::Entry;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A bucket that is full at first: the allowed burst, then the allowed rate and not a message more.
struct Strict {
    tokens: f64,
    at: Instant,
}

pub struct Account {
    pub entry: Arc<Entry>,
    pub limits: Limits,
    strict: Mutex<Strict>,
    /// When messages came, taken and refused.
    taken: Mutex<Vec<Instant>>,
    refused: AtomicU64,
    hangs: AtomicBool,
}
impl Account {
    fn new(entry: Arc<Entry>) -> Self {
        let limits = entry.limits();
        let strict = Strict { tokens: f64::from(limits.burst), at: Instant::now() };
        Self {
            limits,
            entry,
            strict: Mutex::new(strict),
            taken: Mutex::default(),
            refused: AtomicU64::new(0),
            hangs: AtomicBool::new(false),
        }
    }
    fn may(&self) -> bool {
        let mut strict = self.strict.lock().expect("lock");
        let now = Instant::now();
        let grown = now.duration_since(strict.at).as_secs_f64() * self.limits.sends_per_second;
        strict.tokens = (strict.tokens + grown).min(f64::from(self.limits.burst));
        strict.at = now;
        let may = strict.tokens >= 1.0;
        if may {
            strict.tokens -= 1.0;
        }
        may
    }
    pub fn taken(&self) -> Vec<Instant> {
        self.taken.lock().expect("lock").clone()
    }
    pub fn count(&self) -> usize {
        self.taken.lock().expect("lock").len()
    }
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
    pub fn hang(&self, hangs: bool) {
        self.hangs.store(hangs, Ordering::Relaxed);
    }
}

pub struct Providers {
    listener: std::net::TcpListener,
    pub address: SocketAddr,
}
impl Providers {
    pub fn bind() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
        listener.set_nonblocking(true).expect("nonblocking");
        Self { address: listener.local_addr().expect("address"), listener }
    }
    /// The `base_url` of the account with this number.
    pub fn base_url(&self, number: usize) -> String {
        format!("http://{}/{number}", self.address)
    }
    /// Answers on a thread of its own until the process ends.
    pub fn serve(self, entries: &[Arc<Entry>]) -> Arc<Vec<Account>> {
        let accounts: Arc<Vec<Account>> = Arc::new(entries.iter().cloned().map(Account::new).collect());
        let all = accounts.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(self.listener).expect("listener");
                let serial = Arc::new(AtomicU64::new(1));
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(connection(stream, all.clone(), serial.clone()));
                }
            });
        });
        accounts
    }
}

async fn connection(mut stream: TcpStream, accounts: Arc<Vec<Account>>, serial: Arc<AtomicU64>) {
    drop(stream.set_nodelay(true));
    let mut got = Vec::with_capacity(8 << 10);
    let mut piece = vec![0; 16 << 10];
    loop {
        let (end, length) = loop {
            if let Some(end) = got.windows(4).position(|w| w == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&got[..end]).to_lowercase();
                let length = head.lines().find_map(|l| l.strip_prefix("content-length:")).map_or(0, |v| v.trim().parse().unwrap_or(0));
                break (end + 4, length);
            }
            match stream.read(&mut piece).await {
                Ok(n) if n > 0 => got.extend_from_slice(&piece[..n]),
                _ => return,
            }
        };
        while got.len() < end + length {
            match stream.read(&mut piece).await {
                Ok(n) if n > 0 => got.extend_from_slice(&piece[..n]),
                _ => return,
            }
        }
        let (number, request) = read(&got[..end], &got[end..end + length]);
        got.drain(..end + length);
        let Some(account) = accounts.get(number) else { return };
        if account.hangs.load(Ordering::Relaxed) {
            while account.hangs.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            // As a connection ends that nobody answered on.
            return;
        }
        let response = answer(account, &request, serial.fetch_add(1, Ordering::Relaxed));
        let mut out = format!("HTTP/1.1 {} X\r\ncontent-length: {}\r\n", response.status, response.body.len());
        for (name, value) in &response.headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str("\r\n");
        let mut bytes = out.into_bytes();
        bytes.extend_from_slice(&response.body);
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

fn read(head: &[u8], body: &[u8]) -> (usize, HttpRequest) {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    let method = match first.next().unwrap_or_default() {
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "GET",
    };
    let target = first.next().unwrap_or_default().trim_start_matches('/');
    let cut = target.find(['/', '?']).unwrap_or(target.len());
    let mut request = HttpRequest::new(method, target[cut..].to_owned()).body(body.to_vec());
    request.headers = lines.filter_map(|l| l.split_once(':')).map(|(n, v)| (n.to_owned(), v.trim().to_owned())).collect();
    (target[..cut].parse().unwrap_or(usize::MAX), request)
}

fn answer(account: &Account, request: &HttpRequest, serial: u64) -> HttpResponse {
    let simulator = account.entry.connector.simulator().expect("simulator");
    let now = SystemClock.now();
    // Unique over the runs on one data folder.
    let answered = simulator.provider(&account.entry.account, request, (now as u64).wrapping_mul(1_000).wrapping_add(serial % 1_000), now);
    if answered.seen.is_none() {
        return answered.response;
    }
    if !account.may() {
        account.refused.fetch_add(1, Ordering::Relaxed);
        return simulator.fault(Fault::RateLimit);
    }
    account.taken.lock().expect("lock").push(Instant::now());
    answered.response
}
