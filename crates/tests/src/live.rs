//! A reader of an event stream, over server-sent events or a WebSocket.

use crate::{Client, within};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use serde_json::Value;
use std::collections::VecDeque;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

pub struct Live {
    frames: mpsc::UnboundedReceiver<Value>,
    /// Read while something else was waited for.
    passed: VecDeque<Value>,
    say: mpsc::UnboundedSender<Value>,
    task: JoinHandle<()>,
    /// Of the last frame that carried one.
    pub cursor: String,
}
impl Drop for Live {
    /// The connection is cut.
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Live {
    /// Server-sent events; returns when the server has begun to answer.
    pub async fn sse(client: &Client, path: &str) -> Self {
        let response = client.with("accept", "text/event-stream").open("GET", path, None, Bytes::new()).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        let mut body = response.into_body();
        let (out, frames) = mpsc::unbounded_channel();
        let (say, _) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            let mut rest = String::new();
            while let Some(Ok(frame)) = body.frame().await {
                let Ok(data) = frame.into_data() else { continue };
                rest.push_str(std::str::from_utf8(&data).unwrap());
                while let Some((event, after)) = rest.split_once("\n\n") {
                    let text: String = event.lines().filter_map(|l| l.strip_prefix("data:")).map(str::trim_start).collect();
                    if !text.is_empty() && out.send(serde_json::from_str(&text).unwrap()).is_err() {
                        return;
                    }
                    rest = after.to_owned();
                }
            }
        });
        Self { frames, passed: VecDeque::new(), say, task, cursor: String::new() }
    }

    pub async fn socket(client: &Client, path: &str) -> Self {
        let mut request = format!("ws://{}{}", client.address(), client.path(path)).into_client_request().unwrap();
        for (name, value) in client.header_list() {
            request.headers_mut().insert(hyper::header::HeaderName::try_from(name.as_str()).unwrap(), value.parse().unwrap());
        }
        let tcp = tokio::net::TcpStream::connect(client.address()).await.unwrap();
        let (socket, _) = tokio_tungstenite::client_async(request, tcp).await.unwrap();
        let (mut write, mut read) = socket.split();
        let (out, frames) = mpsc::unbounded_channel();
        let (say, mut said) = mpsc::unbounded_channel::<Value>();
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    frame = read.next() => match frame {
                        Some(Ok(Message::Text(text))) => if out.send(serde_json::from_str(&text).unwrap()).is_err() { return },
                        Some(Ok(_)) => {}
                        _ => return,
                    },
                    Some(value) = said.recv() => if write.send(Message::Text(value.to_string().into())).await.is_err() { return },
                }
            }
        });
        Self { frames, passed: VecDeque::new(), say, task, cursor: String::new() }
    }

    pub fn say(&self, value: Value) {
        self.say.send(value).unwrap();
    }

    async fn read(&mut self, what: &str) -> Value {
        let frame = within(what, self.frames.recv()).await.unwrap_or_else(|| panic!("the stream ended before {what}"));
        if let Some(cursor) = frame["cursor"].as_str() {
            self.cursor = cursor.to_owned();
        }
        frame
    }
    /// The next frame, whatever it is.
    pub async fn next(&mut self) -> Value {
        match self.passed.pop_front() {
            Some(frame) => frame,
            None => self.read("the next frame").await,
        }
    }
    /// The first frame that fits; others stay for later.
    pub async fn find(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.passed.iter().position(&fits) {
            return self.passed.remove(at).unwrap();
        }
        loop {
            let frame = self.read(what).await;
            if fits(&frame) {
                return frame;
            }
            self.passed.push_back(frame);
        }
    }
    /// The next event of a kind.
    pub async fn event(&mut self, kind: &str) -> Value {
        self.find(kind, |f| f["type"] == "event" && f["kind"] == kind).await
    }
    /// The next frame of a type.
    pub async fn frame(&mut self, of: &str) -> Value {
        self.find(of, |f| f["type"] == of).await
    }
    /// Whether the server ended the stream.
    pub async fn ended(&mut self) {
        within("the end of the stream", async { while self.frames.recv().await.is_some() {} }).await;
    }
    /// Everything that has come so far.
    pub fn so_far(&mut self) -> Vec<Value> {
        while let Ok(frame) = self.frames.try_recv() {
            self.passed.push_back(frame);
        }
        self.passed.drain(..).collect()
    }
}
