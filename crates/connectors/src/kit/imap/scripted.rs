//! A server that follows a script: for each line it expects, what it says. `%` is the command's tag.

use kernel::BoxFuture;
use kernel::dial::{Dial, DialError, Envelope, Heard, SmtpServer, Stream, StreamTo};
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

#[derive(Default)]
struct State {
    steps: VecDeque<(String, Vec<u8>)>,
    said: VecDeque<u8>,
    heard: Vec<String>,
    encrypted: bool,
}

/// Each step: what a command must begin with (after its tag), and the answer. The first step's command is empty: the greeting.
pub struct Server(Arc<Mutex<State>>);

impl Server {
    pub fn new<A: AsRef<[u8]>>(steps: &[(&str, A)]) -> Self {
        let mut steps: VecDeque<(String, Vec<u8>)> = steps.iter().map(|(c, a)| ((*c).to_owned(), a.as_ref().to_vec())).collect();
        let greeting = steps.pop_front().map(|(_, a)| a).unwrap_or_default();
        Self(Arc::new(Mutex::new(State { steps, said: greeting.into(), ..State::default() })))
    }
    /// What was written to it, line by line.
    pub fn heard(&self) -> Vec<String> {
        self.0.lock().unwrap().heard.clone()
    }
    pub fn was_encrypted(&self) -> bool {
        self.0.lock().unwrap().encrypted
    }
}

struct Talk {
    state: Arc<Mutex<State>>,
    line: Vec<u8>,
}

impl Stream for Talk {
    fn hear(&mut self, _wait_ms: u64) -> BoxFuture<'_, Heard> {
        let mut state = self.state.lock().unwrap();
        // In small pieces, as a network would.
        let n = state.said.len().min(1_000);
        let bytes: Vec<u8> = state.said.drain(..n).collect();
        let heard = match (bytes.is_empty(), state.steps.is_empty()) {
            (false, _) => Heard::Bytes(bytes),
            (true, false) => Heard::Silence,
            (true, true) => Heard::Ended("the script is over".into()),
        };
        Box::pin(std::future::ready(heard))
    }
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, Result<(), DialError>> {
        self.line.extend_from_slice(bytes);
        let mut state = self.state.lock().unwrap();
        while let Some(end) = self.line.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.line.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            state.heard.push(line.clone());
            let (tag, command) = line.split_once(' ').unwrap_or(("", line.as_str()));
            let Some((expected, answer)) = state.steps.pop_front() else { continue };
            let fits = command.starts_with(&expected) || line.starts_with(&expected);
            assert!(fits, "the script expects {expected:?} and hears {line:?}");
            let mut said = Vec::new();
            for byte in answer {
                if byte == b'%' { said.extend_from_slice(tag.as_bytes()) } else { said.push(byte) }
            }
            state.said.extend(said);
        }
        Box::pin(std::future::ready(Ok(())))
    }
    fn encrypt(&mut self) -> BoxFuture<'_, Result<(), DialError>> {
        self.state.lock().unwrap().encrypted = true;
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Dial for Server {
    fn stream<'a>(&'a self, _to: &'a StreamTo) -> BoxFuture<'a, Result<Box<dyn Stream>, DialError>> {
        let talk: Box<dyn Stream> = Box::new(Talk { state: self.0.clone(), line: Vec::new() });
        Box::pin(std::future::ready(Ok(talk)))
    }
    fn smtp<'a>(
        &'a self,
        _server: &'a SmtpServer,
        _envelope: &'a Envelope,
        _message: &'a [u8],
    ) -> BoxFuture<'a, Result<String, DialError>> {
        Box::pin(std::future::ready(Ok("250 Ok".into())))
    }
    fn smtp_check<'a>(&'a self, _server: &'a SmtpServer) -> BoxFuture<'a, Result<(), DialError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Polls a future that never waits to its end.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("something waits that a script cannot bring"),
    }
}
