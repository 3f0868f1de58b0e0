//! A client that costs little: keep-alive, fixed requests, answers read by their length.

use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub async fn connect(address: std::net::SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("connect");
        stream.set_nodelay(true).expect("nodelay");
        Self { stream, buffer: vec![0; 1 << 16] }
    }
    /// Sends raw bytes, gives status and body.
    pub async fn ask(&mut self, request: &[u8]) -> (u16, Vec<u8>) {
        self.stream.write_all(request).await.expect("write");
        let mut got = Vec::new();
        loop {
            let n = self.stream.read(&mut self.buffer).await.expect("read");
            assert!(n > 0, "the server hung up");
            got.extend_from_slice(&self.buffer[..n]);
            if let Some(end) = got.windows(4).position(|w| w == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&got[..end]).to_lowercase();
                let status = head[9..12].parse().expect("status");
                let length: usize =
                    head.lines().find_map(|l| l.strip_prefix("content-length: ")).map_or(0, |v| v.trim().parse().expect("length"));
                if got.len() >= end + 4 + length {
                    return (status, got[end + 4..end + 4 + length].to_vec());
                }
            }
        }
    }
}

pub fn request(method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut out = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out.push_str("\r\n");
    let mut bytes = out.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Requests a second over `connections` for about `seconds`; every answer must be 200.
pub async fn rate(
    address: std::net::SocketAddr,
    connections: usize,
    seconds: f64,
    make: impl Fn(usize, usize) -> Vec<u8> + Send + Sync + Clone + 'static,
) -> (f64, usize) {
    let begun = Instant::now();
    let until = begun + Duration::from_secs_f64(seconds);
    let tasks: Vec<_> = (0..connections)
        .map(|c| {
            let make = make.clone();
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                let mut n = 0;
                while Instant::now() < until {
                    let (status, body) = client.ask(&make(c, n)).await;
                    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
                    n += 1;
                }
                n
            })
        })
        .collect();
    let mut total = 0;
    for t in tasks {
        total += t.await.expect("task");
    }
    (total as f64 / begun.elapsed().as_secs_f64(), total)
}

/// Times in ms of `n` requests one after the other: (median, p99).
pub async fn times(address: std::net::SocketAddr, n: usize, make: impl Fn(usize) -> Vec<u8>) -> (f64, f64) {
    let mut client = Client::connect(address).await;
    let mut all = Vec::with_capacity(n);
    for i in 0..n {
        let request = make(i);
        let begun = Instant::now();
        let (status, body) = client.ask(&request).await;
        all.push(begun.elapsed().as_secs_f64() * 1e3);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    }
    all.sort_by(f64::total_cmp);
    (all[n / 2], all[(n * 99 / 100).min(n - 1)])
}
