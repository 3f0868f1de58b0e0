//! The audit log: every administrative act, what it changed, and that nobody changed the log.

use crate::rights::{ADMIN, Things, ask, is_in, routes};
use db::params;
use serde_json::{Value, json};
use std::process::Command;
use tests::{TestServer, encode};

async fn all(s: &TestServer, query: &str) -> Vec<Value> {
    s.all(&s.alice, &format!("/audit{query}")).await
}
async fn last(s: &TestServer) -> Value {
    s.alice.get("/audit?limit=1").await.ok()["data"][0].clone()
}
async fn check(s: &TestServer) -> Value {
    s.alice.get("/audit/check").await.ok()
}
async fn tamper(s: &TestServer, sql: &'static str) {
    s.app.db.write(s.workspace, db::Lane::Bulk, move |tx| tx.exec(sql, params![])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_an_admin_does_or_anybody_deletes_leaves_a_row() {
    let s = TestServer::start().await;
    let (list, document) = routes(&s).await;
    // Things that are gone or spent are made anew for each route.
    let mut done = 0;
    for r in list.iter().filter(|r| r.method != "get" && (is_in(ADMIN, r) || r.method == "delete")) {
        if r.path.contains("/me/") || r.path.starts_with("/auth/") || r.path.ends_with("/draft") || r.path == "/me/preview" {
            continue;
        }
        let things = Things::of(&s).await;
        if r.path.ends_with("/restore") {
            s.alice.delete(&things.fill("/conversations/{id}")).await.is(204);
        }
        let things = if r.path.starts_with("/members/{id}") { things.with("members", &s.bob_id) } else { things };
        let before = check(&s).await["rows"].as_i64().unwrap();
        let answer = ask(&s.alice, r, &things.fill(&r.path), &document, &things).await;
        let after = check(&s).await["rows"].as_i64().unwrap();
        if (200..300).contains(&answer.status) {
            assert!(after > before, "{} {} leaves nothing in the audit log", r.method, r.path);
            let row = last(&s).await;
            assert_eq!(row["actor"], format!("user:{}", s.alice_id), "{} {}", r.method, r.path);
            done += 1;
        } else {
            assert_eq!(after, before, "{} {} was refused and leaves a row", r.method, r.path);
        }
        for c in s.conversations().await {
            s.alice.delete(&format!("/conversations/{}", c["id"].as_str().unwrap())).await.is(204);
        }
        s.alice.patch(&format!("/members/{}", s.bob_id), json!({ "role": "agent", "active": true })).await.ok();
        for role in s.alice.get("/roles").await.ok()["data"].as_array().unwrap().iter().filter(|r| r["built_in"] == false) {
            s.alice.delete(&format!("/roles/{}", role["id"].as_str().unwrap())).await;
        }
        for webhook in s.alice.get("/webhook-subscriptions").await.ok()["data"].as_array().unwrap() {
            s.alice.delete(&format!("/webhook-subscriptions/{}", webhook["id"].as_str().unwrap())).await;
        }
        for team in s.alice.get("/teams").await.ok()["data"].as_array().unwrap() {
            s.alice.delete(&format!("/teams/{}", team["id"].as_str().unwrap())).await;
        }
    }
    assert!(done > 20, "{done}");
    assert_eq!(check(&s).await["intact"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_says_who_what_and_from_what_to_what() {
    let s = TestServer::start().await;
    let here = s.alice.with("x-forwarded-for", "203.0.113.9");
    here.patch(&format!("/members/{}", s.bob_id), json!({ "role": "lead" })).await.ok();
    let row = last(&s).await;
    assert_eq!((&row["action"], &row["subject"], &row["subject_name"]), (&json!("member.updated"), &json!(s.bob_id), &json!("Bob Agent")));
    assert_eq!((&row["before"], &row["after"]), (&json!({ "role": "agent" }), &json!({ "role": "lead" })));
    assert_eq!((&row["actor_name"], &row["address"], &row["at"]), (&json!("Alice Admin"), &json!("203.0.113.9"), &json!(s.time(0))));
    let team = s.alice.post("/teams", json!({ "name": "Care", "hue": 30 })).await.is(201);
    let path = format!("/teams/{}", team["id"].as_str().unwrap());
    s.bob.patch(&path, json!({ "name": "Customer care" })).await.ok();
    let row = last(&s).await;
    assert_eq!(
        (&row["actor_name"], &row["before"]["name"], &row["after"]["name"]),
        (&json!("Bob Agent"), &json!("Care"), &json!("Customer care"))
    );
    assert!(row["after"].get("hue").is_none(), "only what changed: {row:#}");
    s.alice.patch("/workspace", json!({ "time_zone": "Europe/Vienna" })).await.ok();
    assert_eq!(last(&s).await["after"], json!({ "time_zone": "Europe/Vienna" }));
    // A program is named by its maker; secrets are nowhere.
    let token = s.alice.post("/tokens", json!({ "name": "script" })).await.is(201);
    let script = s.anyone().bearer(token["token"].as_str().unwrap());
    script.delete(&path).await.is(204);
    let row = last(&s).await;
    assert_eq!(
        (&row["action"], &row["actor_name"], &row["before"]["name"]),
        (&json!("team.deleted"), &json!("Alice Admin"), &json!("Customer care"))
    );
    assert!(row["actor"].as_str().unwrap().starts_with("token:tok_"));
    let door = s.api_door(None).await;
    s.alice.patch(&format!("/channels/{}", door.id), json!({ "configuration": { "secret": "another-secret-of-ours" } })).await.ok();
    let log = json!(all(&s, "").await).to_string();
    assert!(!log.contains("secret-of-ours") && !log.contains("a-secret-between-us") && !log.contains(token["token"].as_str().unwrap()));
    for action in ["session.opened", "invitation.created", "member.joined", "token.created", "channel.created", "channel.updated"] {
        assert!(log.contains(action), "{action}");
    }
    // What somebody does to their own account, and a repeat under the same key, once.
    s.bob.post("/me/password", json!({ "current_password": "quiet river stones", "new_password": "a brand new river" })).await.is(204);
    assert_eq!(last(&s).await["action"], "password.changed");
    let keyed = s.alice.with("idempotency-key", "k1");
    keyed.post("/teams", json!({ "name": "Once" })).await.is(201);
    let n = last(&s).await["n"].clone();
    keyed.post("/teams", json!({ "name": "Once" })).await.is(201);
    assert_eq!(last(&s).await["n"], n);
    // Found again by who, what and when.
    let by = async |query: String| all(&s, &query).await.len();
    assert_eq!(by(format!("?subject={}", s.bob_id)).await, all(&s, "").await.iter().filter(|r| r["subject"] == s.bob_id.as_str()).count());
    assert_eq!(by("?action=team.".into()).await, 4);
    assert_eq!(by("?action=team.deleted".into()).await, 1);
    assert_eq!(by(format!("?actor=user:{}&action=team.", s.bob_id)).await, 1);
    assert_eq!(by(format!("?since={}", encode(&s.time(1)))).await, 0);
    assert_eq!(
        by(format!("?until={}", encode(&s.time(0)))).await + by(format!("?since={}", encode(&s.time(0)))).await,
        all(&s, "").await.len()
    );
    s.bob.get("/audit").await.refused(403, "permission.missing");
    s.bob.get("/audit/export").await.refused(403, "permission.missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_taken_along_whole() {
    let s = TestServer::start().await;
    for n in 0..30 {
        s.alice.post("/teams", json!({ "name": format!("Team, \"{n}\"") })).await.is(201);
    }
    let rows = all(&s, "").await;
    let csv = s.alice.get("/audit/export?format=csv").await;
    assert!(csv.header("content-type").starts_with("text/csv") && csv.header("content-disposition").contains("audit.csv"));
    assert_eq!(csv.text().lines().count(), rows.len() + 1);
    assert!(csv.text().contains(r#""Team, ""7""""#), "{}", csv.text());
    let lines = s.alice.get("/audit/export?format=jsonl&action=team.created").await.text();
    let parsed: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let expected: Vec<Value> = rows.iter().filter(|r| r["action"] == "team.created").cloned().collect();
    assert_eq!(parsed, expected);
    s.alice.get("/audit/export?format=pdf").await.is(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_changes_the_log_is_found_out() {
    let s = TestServer::start().await;
    for n in 0..5 {
        s.alice.post("/teams", json!({ "name": format!("Team {n}") })).await.is(201);
    }
    let good = check(&s).await;
    let rows = good["rows"].as_i64().unwrap();
    assert_eq!((&good["intact"], &good["broken_at"]), (&json!(true), &Value::Null));
    assert_eq!(good["hash"], last(&s).await["hash"]);
    // Details of somebody who was erased are gone; the chain is whole.
    tamper(&s, "UPDATE audit SET salt = NULL, details = NULL WHERE n = 4").await;
    let after = check(&s).await;
    assert_eq!((&after["intact"], &after["hash"]), (&json!(true), &good["hash"]));
    assert_eq!(all(&s, "").await.iter().find(|r| r["n"] == 4).unwrap()["erased"], true);
    for (sql, back, at) in [
        (
            "UPDATE audit SET actor = actor || 'x' WHERE n = 3",
            "UPDATE audit SET actor = substr(actor, 1, length(actor) - 1) WHERE n = 3",
            3,
        ),
        (
            "UPDATE audit SET details = details || ' ' WHERE n = 5",
            "UPDATE audit SET details = substr(details, 1, length(details) - 1) WHERE n = 5",
            5,
        ),
        ("UPDATE audit SET at = at + 1 WHERE n = 2", "UPDATE audit SET at = at - 1 WHERE n = 2", 2),
        ("UPDATE audit SET n = n + 1000 WHERE n = 6", "UPDATE audit SET n = n - 1000 WHERE n = 1006", 6),
        ("UPDATE audit_head SET n = n + 1", "UPDATE audit_head SET n = n - 1", rows + 1),
    ] {
        tamper(&s, sql).await;
        let broken = check(&s).await;
        assert_eq!((&broken["intact"], &broken["broken_at"]), (&json!(false), &json!(at)), "{sql}: {broken:#}");
        tamper(&s, back).await;
        assert_eq!(check(&s).await["intact"], true, "{back}");
    }
    // The newest rows taken away.
    tamper(&s, "DELETE FROM audit WHERE n = (SELECT MAX(n) FROM audit)").await;
    assert_eq!(check(&s).await["broken_at"], rows);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_that_a_crash_left_in_control_are_carried_over_once() {
    let mut s = TestServer::start().await;
    let before = check(&s).await["rows"].as_i64().unwrap();
    let actor = kernel::Actor::system(s.workspace);
    let now = s.now();
    let act = server::audit::Act::new("invitation.deleted", "inv_x");
    s.app.db.write(db::Scope::Control, db::Lane::Bulk, move |tx| server::audit::leave(tx, &actor, &act, now)).await.unwrap();
    assert_eq!(check(&s).await["rows"], before);
    s.restart().await;
    let after = tests::until("the row", async || Some(check(&s).await).filter(|c| c["rows"] == before + 1)).await;
    assert_eq!(after["intact"], true);
    assert_eq!(last(&s).await["action"], "invitation.deleted");
    server::audit::carry_all(&s.app).await.unwrap();
    assert_eq!(check(&s).await["rows"], before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_checks_it_too() {
    if tests::engine_is_postgres() {
        // The schemas of a test have a prefix that the command does not know.
        return;
    }
    let mut s = TestServer::start().await;
    s.alice.post("/teams", json!({ "name": "Care" })).await.is(201);
    let binary = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("switchboard");
    if !binary.exists() {
        panic!("build the server's binary first: {}", binary.display());
    }
    s.stop().await;
    let run = |dir: &std::path::Path| Command::new(&binary).args(["audit", "verify", "--data", dir.to_str().unwrap()]).output().unwrap();
    let good = run(s.dir.path());
    let words = String::from_utf8_lossy(&good.stdout).into_owned();
    assert!(good.status.success() && words.starts_with("intact") && words.contains("rows"), "{words}");
    s.start_again().await;
    tamper(&s, "UPDATE audit SET subject = 'x' WHERE n = 2").await;
    s.stop().await;
    let bad = run(s.dir.path());
    let words = String::from_utf8_lossy(&bad.stdout).into_owned();
    assert!(!bad.status.success() && words.contains("BROKEN") && words.contains("row 2"), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chain_is_whole_while_it_grows() {
    let s = TestServer::start().await;
    let writing = async {
        for n in 0..150 {
            s.alice.patch("/workspace", json!({ "name": format!("The Desk {n}") })).await.ok();
        }
    };
    let checking = async {
        for _ in 0..150 {
            let now = check(&s).await;
            assert_eq!((&now["intact"], &now["broken_at"]), (&json!(true), &Value::Null), "{now}");
        }
    };
    tokio::join!(writing, checking);
    assert_eq!(check(&s).await["intact"], true);
}
