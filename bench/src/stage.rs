//! A workspace with accounts of many kinds and people who have written on them, and the real binary serving it.

use crate::accept::{Ready, ready_with};
use crate::cases;
use crate::http::{Client, request};
use crate::provider::{Account, Providers};
use connectors::kit::twilio::play;
use kernel::channel::Simulated;
use kernel::clock::{Clock, SystemClock};
use kernel::time::Millis;
use serde_json::{Map, Value, json};
use server::channels::{Entry, NewChannel};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

/// Signatures cover it, so it is the same whatever the port.
const PUBLIC: &str = "https://bench.example";

pub struct Stage {
    pub ready: Ready,
    pub accounts: Arc<Vec<Account>>,
}

/// One account for each of these kinds, in this order.
pub async fn open(folder: &Path, kinds: &[&str]) -> Stage {
    let ready = ready_with(folder, &[("public-url", PUBLIC), ("net-allow", "127.0.0.1")]).await;
    let app = &ready.running.app;
    let providers = Providers::bind();
    let mut entries = Vec::with_capacity(kinds.len());
    for (n, kind) in kinds.iter().enumerate() {
        let connector = connectors::channel(kind).expect("kind");
        let descriptor = connector.descriptor();
        let mut configuration: Map<String, Value> = (cases::of(kind).form)().as_object().expect("form").clone();
        let number = 1_000_000 + n as u32;
        configuration.extend(connector.simulator().expect("simulator").settings(number).into_iter().map(|(k, v)| (k.to_owned(), v.into())));
        if descriptor.fields.iter().any(|f| f.name == "base_url") {
            configuration.insert("base_url".into(), providers.base_url(n).into());
        }
        let new = NewChannel { provider: (*kind).into(), name: format!("{kind} {n}"), configuration, simulated: false };
        let actor = kernel::Actor::system(ready.workspace);
        let id = server::channels::create(app, &actor, new, false).await.unwrap_or_else(|e| panic!("{kind}: {e:?}"));
        entries.push(app.directory.by_id(app, ready.workspace, id).await.expect("entry").expect("entry"));
    }
    Stage { accounts: providers.serve(&entries), ready }
}

/// What person `p` says on this account, as the provider posts it to the account's own address; `None` where nothing is posted.
pub fn posted(entry: &Entry, id: &str, p: u32, text: String, now: Millis) -> Option<Vec<u8>> {
    let say = Simulated {
        external_id: id.to_owned(),
        from: entry.connector.simulated_person(p),
        from_name: Some(format!("Person {p}")),
        subject: Some("Order 8841".into()),
        text,
        ..Default::default()
    };
    let mut made = entry.connector.simulator()?.request(&entry.account, &say, now)?;
    let query = made.url.split_once('?').map_or(String::new(), |(_, q)| format!("?{q}"));
    let path = format!("/api/webhooks/{}/{}{query}", entry.account.provider, entry.key);
    if made.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("x-twilio-signature")) {
        // The address is part of what Twilio signs.
        made.headers = play::signed(&entry.account, path.clone(), made.body.clone(), now).headers;
    }
    Some(request(made.method, &path, &made.headers, &made.body))
}

/// Replies to these conversations, one each, that are to leave at `at`.
pub async fn queue(address: SocketAddr, token: &str, conversations: &[kernel::ConversationId], at: Millis) {
    let all: Arc<Vec<kernel::ConversationId>> = Arc::new(conversations.to_vec());
    let headers =
        Arc::new([("authorization".to_owned(), format!("Bearer {token}")), ("content-type".to_owned(), "application/json".to_owned())]);
    let body = Arc::new(json!({ "text": "It left our house on Friday.", "send_at": kernel::time::rfc3339(at) }).to_string().into_bytes());
    let tasks: Vec<_> = (0..16)
        .map(|t| {
            let (all, headers, body) = (all.clone(), headers.clone(), body.clone());
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                for id in all.iter().skip(t).step_by(16) {
                    let ask = request("POST", &format!("/api/v1/conversations/{id}/messages"), headers.as_slice(), &body);
                    let (status, answer) = client.ask(&ask).await;
                    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&answer));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("queue");
    }
}

/// The conversations of an account, in the order in which they began.
pub async fn conversations(ready: &Ready, entry: &Entry) -> Vec<kernel::ConversationId> {
    let channel = entry.id;
    let read = ready.running.app.db.read(ready.workspace, move |tx| {
        tx.query("SELECT id FROM conversations WHERE channel_id = $1 ORDER BY number", db::params![channel], |r| r.get(0))
    });
    read.await.expect("conversations")
}

/// The optimised binary beside this one, on the same data.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
}
impl Serving {
    pub async fn start(folder: &Path) -> Self {
        let binary = std::env::current_exe().expect("exe").with_file_name("switchboard");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("port").port();
        let address: SocketAddr = format!("127.0.0.1:{port}").parse().expect("address");
        let log = std::fs::File::create(folder.join("server.log")).expect("log");
        let child = Command::new(binary)
            .args(["serve", "--smtp-listen", "off", "--public-url", PUBLIC, "--net-allow", "127.0.0.1", "--listen", &address.to_string()])
            .arg("--data")
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the binary beside this one: cargo build --release -p server");
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        Self { child, address }
    }
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}
impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub fn now() -> Millis {
    SystemClock.now()
}
