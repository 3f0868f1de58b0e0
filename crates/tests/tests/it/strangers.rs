//! Libraries of others that talk to the real server. `scripts/strangers` installs them and runs these.

use serde_json::{Value, json};
use tests::TestServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Chatwoot's Python library: scripts/strangers"]
async fn chatwoots_own_library_reads_every_answer() {
    let s = TestServer::start().await;
    s.alice.post("/teams", json!({ "name": "Repairs", "member_ids": [s.alice_id] })).await.is(201);
    let token = s.alice.post("/tokens", json!({ "name": "bot" })).await.is(201)["token"].as_str().unwrap().to_owned();
    let account = s.alice.get("/chatwoot").await.ok()["account_id"].to_string();
    let python = std::env::var("STRANGERS_PYTHON").expect("run scripts/strangers");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/with_chatwoot.py");
    let run = tokio::process::Command::new(python)
        .arg(script)
        .env("ADDRESS", format!("http://{}/chatwoot", s.address))
        .env("ACCOUNT", &account)
        .env("TOKEN", &token)
        .output();
    let out = tests::within("the library's program", run).await.unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let said: Value = serde_json::from_slice(&out.stdout).unwrap();
    let want = json!({
        "profile": ["alice@desk.example", true], "agents": ["alice@desk.example", "bob@desk.example"], "agent": "alice@desk.example",
        "teams": [["Repairs", true]], "inboxes": [["Bridge", "Channel::Api"]], "found": ["Rosa Example"], "contact": "rosa-1",
        "renamed": "Rosa E.", "ids": true, "open": [[true, "open", "Rosa E."]], "labels": ["lamp"], "assigned": "alice@desk.example",
        "messages": [["Where is my lamp?", 0, false, "contact"], ["On its way.", 1, false, "user"], ["Checked", 1, true, "user"]],
        "counts": said["counts"], "toggled": "resolved", "shown": "resolved", "hers": [true],
        "missing": said["missing"], "stranger": said["stranger"],
    });
    assert_eq!(said, want);
    assert!(said["counts"].to_string().contains("\"all_count\":1"), "{}", said["counts"]);
    assert!(said["missing"].as_str().is_some_and(|w| w.contains("Nothing")) && said["stranger"].is_string(), "{said}");
}
