//! The program itself, killed while it works: what happened to somebody is told to them once, however often the server dies.
#![expect(clippy::unwrap_used, reason = "a test fails at once")]

use edges::{GuardedClient, NetGuard};
use kernel::http::{HttpClient, HttpRequest};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

struct Server {
    child: Child,
    url: String,
}
impl Drop for Server {
    fn drop(&mut self) {
        // `kill` is SIGKILL.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

struct Caller {
    client: GuardedClient,
}
impl Caller {
    /// `None` when the server has died over it.
    async fn ask(&self, method: &'static str, url: String, token: &str, body: Value) -> Option<Value> {
        let request = HttpRequest::new(method, url.clone())
            .header("Authorization", format!("Bearer {token}"))
            .header("Content-Type", "application/json")
            .body(if method == "GET" { Vec::new() } else { body.to_string().into_bytes() });
        let answer = self.client.send(request).await.ok()?;
        assert!(answer.status < 300, "{url}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        Some(serde_json::from_slice(&answer.body).unwrap_or_default())
    }
    async fn sure(&self, method: &'static str, url: String, token: &str, body: Value) -> Value {
        self.ask(method, url.clone(), token, body).await.unwrap_or_else(|| panic!("{method} {url} was not answered"))
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn start(data: &Path, port: u16, caller: &Caller) -> Server {
    let child = Command::new(env!("CARGO_BIN_EXE_switchboard"))
        .args(["serve", "--smtp-listen", "off", "--listen", &format!("127.0.0.1:{port}"), "--data", data.to_str().unwrap()])
        .env_remove("SWITCHBOARD_CONFIG")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server { child, url: format!("http://127.0.0.1:{port}") };
    for _ in 0..400 {
        let ready = caller.client.send(HttpRequest::new("GET", format!("{}/readyz", server.url))).await;
        if ready.is_ok_and(|a| a.status == 200) {
            return server;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server did not begin to answer");
}

/// How often this conversation was handed to this member, by its history.
async fn handed(caller: &Caller, base: &str, alice: &str, conversation: &str, member: &str) -> i64 {
    let (mut n, mut cursor) = (0, String::new());
    loop {
        let page = caller.sure("GET", format!("{base}/conversations/{conversation}/events?limit=100{cursor}"), alice, Value::Null).await;
        n += page["data"].as_array().unwrap().iter().filter(|e| e["kind"] == "conversation.assigned" && e["assignee_id"] == member).count()
            as i64;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return n,
        }
    }
}

/// How often somebody was told of it.
async fn told(caller: &Caller, base: &str, bob: &str) -> i64 {
    let page = caller.sure("GET", format!("{base}/notifications?limit=100"), bob, Value::Null).await;
    page["data"].as_array().unwrap().iter().map(|n| n["times"].as_i64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_told_twice_and_nothing_is_lost_when_the_server_is_killed() {
    let data = tempfile::tempdir().unwrap();
    let port = free_port();
    let guard = NetGuard::from_words(&["127.0.0.0/8".into()]).unwrap();
    let caller = Arc::new(Caller { client: GuardedClient::new(guard).unwrap() });
    let mut server = start(data.path(), port, &caller).await;
    let base = format!("{}/api/v1", server.url);
    let set_up = json!({
        "name": "Alice Admin", "email": "alice@desk.example", "password": "quiet river stones", "workspace_name": "The Desk", "locale": "en",
        "time_zone": "Europe/Berlin", "default_country": "DE", "sample_data": false,
    });
    let session = caller.sure("POST", format!("{base}/setup"), "", set_up).await;
    let signed_in = session["access_token"].as_str().unwrap().to_owned();
    let token = async |session: &str, name: &str| {
        let made = caller.sure("POST", format!("{base}/tokens"), session, json!({ "name": name })).await;
        made["token"].as_str().unwrap().to_owned()
    };
    let alice = token(&signed_in, "alice").await;
    let invited = caller.sure("POST", format!("{base}/invitations"), &alice, json!({ "role": "agent", "email": "bob@desk.example" })).await;
    let invitation = invited["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let accept = json!({ "name": "Bob Agent", "email": "bob@desk.example", "password": "quiet river stones" });
    let joined = caller.sure("POST", format!("{base}/invitations/by-token/{invitation}/accept"), "", accept).await;
    let bob_id = joined["me"]["member_id"].as_str().unwrap().to_owned();
    let bob = token(joined["access_token"].as_str().unwrap(), "bob").await;

    let bot = json!({ "provider": "telegram", "name": "Support bot", "simulated": true });
    let channel = caller.sure("POST", format!("{base}/channels"), &alice, bot).await["id"].as_str().unwrap().to_owned();
    const CUSTOMERS: usize = 8;
    for customer in 1..=CUSTOMERS {
        let hello = json!({ "text": "Hello", "customer": customer });
        caller.sure("POST", format!("{base}/channels/{channel}/simulate"), &alice, hello).await;
    }
    let mut conversations: Vec<String> = Vec::new();
    for _ in 0..400 {
        let all = caller.sure("GET", format!("{base}/conversations?limit=100"), &alice, Value::Null).await;
        conversations = all["data"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect();
        if conversations.len() == CUSTOMERS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(conversations.len(), CUSTOMERS);

    for round in 0..4u64 {
        // Each conversation goes to Bob and back, over and over, until the server dies under it.
        let busy: Vec<_> = conversations
            .iter()
            .map(|conversation| {
                let (caller, url, alice, bob_id) =
                    (caller.clone(), format!("{base}/conversations/{conversation}"), alice.clone(), bob_id.clone());
                tokio::spawn(async move {
                    loop {
                        for (verb, to) in [("assign", json!({ "assignee_id": bob_id })), ("unassign", json!({}))] {
                            if caller.ask("POST", format!("{url}/{verb}"), &alice, to).await.is_none() {
                                return;
                            }
                        }
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(120 + 70 * round)).await;
        drop(server);
        for task in busy {
            task.await.unwrap();
        }
        server = start(data.path(), port, &caller).await;
    }
    let mut happened = 0;
    for conversation in &conversations {
        happened += handed(&caller, &base, &alice, conversation, &bob_id).await;
    }
    assert!(happened > 20, "{happened} assignments are too few to prove anything");
    let mut heard = 0;
    for _ in 0..400 {
        heard = told(&caller, &base, &bob).await;
        if heard >= happened {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(heard, happened);
    // And once more: what was read of the log stays read, and the next thing is told.
    drop(server);
    let server = start(data.path(), port, &caller).await;
    for verb in ["unassign", "assign"] {
        let url = format!("{base}/conversations/{}/{verb}", conversations[0]);
        caller.sure("POST", url, &alice, json!({ "assignee_id": bob_id })).await;
    }
    for _ in 0..400 {
        heard = told(&caller, &base, &bob).await;
        if heard > happened {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(heard, happened + 1);
    drop(server);
}
