//! The ways in: a visitor's widget, a program's signed webhook, a mailbox.

use crate::{Answer, Client, Live, Mail, Sink, TestServer};
use connectors::kit::signatures::sign_timestamped;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

static COUNT: AtomicUsize = AtomicUsize::new(0);
fn count() -> usize {
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// Somebody on a web site with our widget.
pub struct Visitor {
    pub client: Client,
    pub key: String,
    /// What the session answered.
    pub session: Value,
}

impl Visitor {
    pub fn token(&self) -> &str {
        self.session["visitor_token"].as_str().unwrap()
    }
    pub async fn say(&self, text: &str) -> Value {
        self.send(&format!("echo-{}", count()), text).await.is(201)
    }
    pub async fn send(&self, echo: &str, text: &str) -> Answer {
        self.client.post("/messages", json!({ "echo_id": echo, "text": text })).await
    }
    /// Their event stream.
    pub async fn live(&self, since: &str) -> Live {
        Live::sse(&self.client, &format!("/events?token={}{since}", self.token())).await
    }
}

impl TestServer {
    /// The web chat that setup made.
    pub async fn chat(&self) -> Value {
        let all = self.alice.get("/channels").await.ok();
        all["data"].as_array().unwrap().iter().find(|c| c["channel"] == "webchat").unwrap().clone()
    }
    /// A widget as a page opens it, from an address of its own.
    pub fn page(&self, key: &str) -> Client {
        let n = count() + 1;
        self.web.at(&format!("/widget/api/{key}")).with("x-forwarded-for", &format!("10.9.{}.{}", n / 200 % 200, n % 200 + 1))
    }
    pub async fn visitor(&self) -> Visitor {
        self.visitor_who(json!({})).await
    }
    pub async fn visitor_who(&self, opening: Value) -> Visitor {
        let key = self.chat().await["key"].as_str().unwrap().to_owned();
        let page = self.page(&key);
        let session = page.post("/session", opening).await.ok();
        let client = page.with("x-visitor-token", session["visitor_token"].as_str().unwrap());
        Visitor { client, key, session }
    }

    /// A program that is connected.
    pub async fn api_door(&self, webhook: Option<&str>) -> ApiDoor {
        let secret = "a-secret-between-us";
        let mut configuration = json!({ "public_name": format!("shop-{}", count()), "secret": secret });
        if let Some(url) = webhook {
            configuration["webhook_url"] = json!(url);
        }
        let made = self.alice.post("/channels", json!({ "provider": "api", "name": "Shop", "configuration": configuration })).await.is(201);
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        ApiDoor { web: self.web.clone(), id: text("id"), path: format!("/api/webhooks/api/{}", text("key")), secret: secret.into() }
    }

    /// A mailbox, sending through `sink`.
    pub async fn mail_door(&self, address: &str, sink: Option<&Sink>) -> MailDoor {
        let mut configuration = json!({ "address": address, "smtp_security": "none" });
        if let Some(sink) = sink {
            configuration["smtp_host"] = json!("127.0.0.1");
            configuration["smtp_port"] = json!(sink.address.port());
            configuration["smtp_username"] = json!("desk");
            configuration["smtp_password"] = json!("right");
        }
        let made =
            self.alice.post("/channels", json!({ "provider": "smtp", "name": "Mail", "configuration": configuration })).await.is(201);
        MailDoor { id: made["id"].as_str().unwrap().to_owned(), address: address.to_owned() }
    }
    /// Hands a mail to the listener as the world does, and waits until it is played.
    pub async fn deliver(&self, mail: &Mail) -> (u16, String) {
        let answer = crate::smtp::submit(self.smtp, mail).await;
        self.settle().await;
        answer
    }
}

pub struct ApiDoor {
    web: Client,
    pub id: String,
    pub path: String,
    pub secret: String,
}

impl ApiDoor {
    /// A message as the program posts it.
    pub fn message(id: &str, from: &str, text: &str) -> Value {
        json!({ "type": "message", "id": id, "from": { "id": from }, "text": text })
    }
    pub async fn post(&self, server: &TestServer, body: Value) -> Answer {
        self.post_at(&self.secret, server.now(), body.to_string().into_bytes()).await
    }
    pub async fn post_at(&self, secret: &str, at: i64, body: Vec<u8>) -> Answer {
        self.signed(secret, at, &body).send("POST", &self.path, Some("application/json"), body.into()).await
    }
    /// A client whose requests carry the proof for this body.
    pub fn signed(&self, secret: &str, at: i64, body: &[u8]) -> Client {
        let [(t, timestamp), (s, signature)] = sign_timestamped(secret, body, at);
        self.web.with(&t, &timestamp).with(&s, &signature)
    }
    /// The same after the server has started again, elsewhere.
    pub fn moved(self, server: &TestServer) -> Self {
        Self { web: server.web.clone(), ..self }
    }
    pub fn web(&self) -> &Client {
        &self.web
    }
}

pub struct MailDoor {
    pub id: String,
    pub address: String,
}
