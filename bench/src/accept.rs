//! Accept: a signed delivery on the API channel over 64 connections, durable in the journal before its 200.

use crate::http::{rate, request};
use crate::{floor, process};
use connectors::kit::signatures::sign_timestamped;
use kernel::clock::Clock;
use server::start::{Edges, Running, start};
use std::path::Path;
use std::sync::Arc;

async fn server(folder: &Path, options: &[(&str, &str)]) -> Running {
    process::fresh(folder);
    let flags = config::Flags::default().set("data", &folder.display().to_string()).set("listen", "127.0.0.1:0").set("smtp-listen", "off");
    let flags = match std::env::var("BENCH_DATABASE") {
        Ok(url) => flags.set("database", &url),
        Err(_) => flags,
    };
    let flags = options.iter().fold(flags, |flags, (name, value)| flags.set(name, value));
    let config = config::Config::load(&flags, Vec::new(), folder).expect("config");
    start(config, Edges::default()).await.expect("start")
}

pub struct Ready {
    pub running: Running,
    pub workspace: kernel::WorkspaceId,
    pub hook: String,
    pub secret: String,
    pub token: String,
}

/// A server with one workspace, one API channel and one API token.
pub async fn ready(folder: &Path) -> Ready {
    ready_with(folder, &[]).await
}

/// The same with further options.
pub async fn ready_with(folder: &Path, options: &[(&str, &str)]) -> Ready {
    let running = server(folder, options).await;
    let app = &running.app;
    let admin = server::people::NewAdmin {
        name: "Bench".into(),
        email: "bench@example.com".into(),
        password: kernel::Secret::new("correct-horse-7".into()),
        workspace_name: "Bench".into(),
        locale: "en".into(),
        time_zone: "UTC".into(),
        default_country: "DE".into(),
    };
    let (account, workspace, _) = server::people::create_workspace(app, admin).await.expect("workspace");
    let secret = "bench-secret-bench-secret-bench".to_owned();
    let mut configuration = serde_json::Map::new();
    configuration.insert("secret".into(), secret.clone().into());
    let new = server::channels::NewChannel { provider: "api".into(), name: "Bench".into(), configuration, simulated: false };
    let id = server::channels::create(app, &kernel::Actor::system(workspace), new, false).await.expect("channel");
    let entry = app.directory.by_id(app, workspace, id).await.expect("entry").expect("entry");
    let here = server::people::Client { address: std::net::Ipv4Addr::LOCALHOST.into(), user_agent: "bench".into() };
    let (_, session) = server::people::open_session(app, account, workspace, &here).await.expect("session");
    let token = serde_json::to_value(session).expect("json")["access_token"].as_str().expect("token").to_owned();
    Ready { hook: format!("/api/webhooks/api/{}", entry.key), secret, token, workspace, running }
}

pub fn delivery(hook: &str, secret: &str, id: &str, person: usize) -> Vec<u8> {
    signed("POST", hook, secret, id, person)
}

/// The same bytes to any address.
fn signed(method: &str, path: &str, secret: &str, id: &str, person: usize) -> Vec<u8> {
    let body =
        serde_json::json!({ "type": "message", "id": id, "from": { "id": format!("p-{person}"), "name": format!("Person {person}") },
        "text": "Order 8841: the box says 42, but the boots inside are clearly a 40. What is the quickest way to swap?" })
        .to_string()
        .into_bytes();
    let headers = sign_timestamped(secret, &body, kernel::clock::SystemClock.now());
    request(method, path, &headers, &body)
}

pub fn run(runtime: &tokio::runtime::Runtime, folder: &Path) {
    runtime.block_on(async {
        let r = ready(folder).await;
        let address = r.running.address;
        // The same headers and body, to a handler that does nothing with them.
        let nothing = signed("GET", "/healthz", &r.secret, "a-0-0", 0);
        let (empty, _) = rate(address, 64, 3.0, move |_, _| nothing.clone()).await;
        let insert = floor::journal_inserts(&folder.join("floor.db"), 3.0);
        let (hook, secret) = (r.hook.clone(), r.secret.clone());
        let (beside, m) = rate(address, 64, 4.0, move |c, n| delivery(&hook, &secret, &format!("b-{c}-{n}"), c * 16 + n % 16)).await;
        // Accept itself: deliveries are journalled and answered, and nobody plays them yet.
        r.running.app.runner.stop().await;
        let (hook, secret) = (r.hook.clone(), r.secret.clone());
        // Signed beforehand: what the sender does is not the server's work.
        let ready: Arc<Vec<Vec<Vec<u8>>>> = Arc::new(
            (0..64).map(|c| (0..6_000).map(|n| delivery(&hook, &secret, &format!("a-{c}-{n}"), c * 16 + n % 16)).collect()).collect(),
        );
        let (accepted, n) = rate(address, 64, 6.0, move |c, n| ready[c][n].clone()).await;
        let lower = empty.min(insert);
        println!("## Accept (64 connections, signed, durable before 200)\n");
        println!("| what | per second |\n| --- | --- |");
        println!("| same server, the same bytes to an empty handler | {empty:.0} |");
        println!("| bare rusqlite, group commit of 64 journal rows at FULL | {insert:.0} |");
        println!("| accepted and durable ({n} deliveries) | {accepted:.0} |");
        println!("| ratio to the lower floor | {:.2} (wanted ≥ 0.50) |", accepted / lower);
        println!("| accepted while intake plays them on the same cores ({m} deliveries) | {beside:.0} |\n");
        r.running.stop().await;
    });
}
