//! A program outside that takes our webhooks, answering as it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// How the next request is answered.
#[derive(Clone)]
pub enum HookAnswer {
    Status(u16, Vec<(&'static str, String)>, String),
    /// The request is read, and the connection closed without a word.
    Silence,
    /// The request is read, and nothing is said until the bell rings.
    Hang(Arc<Notify>),
    /// The same, and then the connection is closed without a word.
    HangUp(Arc<Notify>),
}

#[derive(Debug, Clone)]
pub struct HookRequest {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}
impl HookRequest {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, v)| v)
    }
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Default)]
struct State {
    answers: VecDeque<HookAnswer>,
    requests: Vec<HookRequest>,
}

/// Answers 200 with an id unless told otherwise.
pub struct Hook {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}
impl Drop for Hook {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Hook {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let with = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = with.clone();
                tokio::spawn(async move { serve(stream, state).await });
            }
        });
        Self { address, state, task }
    }
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }
    pub fn next(&self, answer: HookAnswer) {
        self.state.lock().unwrap().answers.push_back(answer);
    }
    pub fn next_status(&self, status: u16) {
        self.next(HookAnswer::Status(status, vec![], "{}".into()));
    }
    /// Takes what came.
    pub fn requests(&self) -> Vec<HookRequest> {
        std::mem::take(&mut self.state.lock().unwrap().requests)
    }
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    loop {
        let mut line = String::new();
        read.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, path) = (words.next()?, words.next()?);
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            read.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(n, _)| n == "content-length").and_then(|(_, v)| v.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        read.read_exact(&mut body).await.ok()?;
        let answer = {
            let mut state = state.lock().unwrap();
            state.requests.push(HookRequest { method, path, headers, body });
            let n = state.requests.len();
            state.answers.pop_front().unwrap_or_else(|| HookAnswer::Status(200, vec![], format!("{{\"id\":\"theirs-{n}\"}}")))
        };
        let (status, extra, body) = match answer {
            HookAnswer::Status(status, extra, body) => (status, extra, body),
            HookAnswer::Silence => return None,
            HookAnswer::HangUp(bell) => {
                bell.notified().await;
                return None;
            }
            HookAnswer::Hang(bell) => {
                bell.notified().await;
                (200, Vec::new(), "{}".into())
            }
        };
        let extra: String = extra.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let answer =
            format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{extra}\r\n{body}", body.len());
        write.write_all(answer.as_bytes()).await.ok()?;
    }
}
