//! The end of a workspace: asked for by its owner, silent and undone for a time, then gone, with a certificate that counts what there was.

use crate::moving::put_out;
use db::{Scope, params};
use kernel::time::{DAY, HOUR};
use kernel::{Secret, WorkspaceId};
use serde_json::{Value, json};
use server::backups::Installation;
use server::people::{NewAdmin, create_workspace};
use server::start::Edges;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tests::{ApiDoor, Client, Hook, PASSWORD, TestServer, engine_is_postgres};

async fn sign_in(s: &TestServer, email: &str, password: &str) -> Client {
    let anyone = s.anyone();
    let session = anyone.post("/auth/sign-in", json!({ "email": email, "password": password })).await;
    let client = anyone.signed_in(&session);
    session.ok();
    client
}
async fn member(s: &TestServer, name: &str, role: &str) -> Client {
    let session = s.invite(name, &format!("{}@desk.example", name.to_lowercase()), role).await;
    let client = s.anyone().signed_in(&session);
    session.ok();
    client
}
fn hash(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}
fn place(s: &TestServer, bytes: &[u8]) -> PathBuf {
    let h = hash(bytes);
    s.dir.path().join("files").join(&h[..2]).join(&h[2..4]).join(h)
}
async fn second_workspace(s: &TestServer) -> WorkspaceId {
    let new = NewAdmin {
        name: "Mallory".into(),
        email: "mallory@else.example".into(),
        password: Secret::new("a different river".into()),
        workspace_name: "Elsewhere".into(),
        locale: "en".into(),
        time_zone: "UTC".into(),
        default_country: "US".into(),
    };
    create_workspace(&s.app, new).await.unwrap().1
}
/// Whatever of the workspace is left in the database.
async fn left(s: &TestServer, workspace: WorkspaceId) -> (bool, i64) {
    let there = match engine_is_postgres() {
        false => s.dir.path().join(format!("db/workspaces/{workspace}.db")).exists(),
        true => {
            let schema = format!("{}{workspace}", s.schema_prefix());
            let sql = "SELECT COUNT(*) FROM pg_namespace WHERE nspname = $1";
            s.app.db.read(Scope::Control, move |tx| tx.number(sql, params![&schema])).await.unwrap() > 0
        }
    };
    let rows = s.app.db.read(Scope::Control, move |tx| {
        let mut n = tx.number("SELECT COUNT(*) FROM workspaces WHERE id = $1", params![workspace])?;
        for table in ["sessions", "tokens", "invitations", "memberships", "channel_index", "audit_pending"] {
            n += tx.number(&format!("SELECT COUNT(*) FROM {table} WHERE workspace_id = $1"), params![workspace])?;
        }
        Ok(n)
    });
    (there, rows.await.unwrap())
}
/// The bytes stand in no file of this folder.
fn nowhere(folder: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(folder).into_iter().flatten().flatten().all(|e| match e.path().is_dir() {
        true => nowhere(&e.path(), bytes),
        false => !std::fs::read(e.path()).unwrap_or_default().windows(bytes.len()).any(|w| w == bytes),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_owner_ends_a_workspace_and_only_with_its_name() {
    let s = TestServer::start().await;
    second_workspace(&s).await;
    let mallory = sign_in(&s, "mallory@else.example", "a different river").await;
    let (admin, lead) = (member(&s, "Ada", "admin").await, member(&s, "Lena", "lead").await);
    let body = json!({ "name": "The Desk" });
    s.anyone().post("/workspace/deletion", body.clone()).await.refused(401, "auth.required");
    s.bob.post("/workspace/deletion", body.clone()).await.refused(403, "permission.missing");
    lead.post("/workspace/deletion", body.clone()).await.refused(403, "permission.missing");
    admin.post("/workspace/deletion", body.clone()).await.refused(403, "workspace.owner_needed");
    let token = s.alice.post("/tokens", json!({ "name": "script" })).await.is(201)["token"].as_str().unwrap().to_owned();
    s.anyone().bearer(&token).post("/workspace/deletion", body.clone()).await.refused(403, "workspace.owner_needed");
    // A stranger's deletion is about their own, whose name is another.
    let wrong = mallory.post("/workspace/deletion", body.clone()).await.is(422);
    assert_eq!(wrong["fields"][0]["field"], "name", "{wrong}");
    for typed in ["", "the desk", "The Des"] {
        s.alice.post("/workspace/deletion", json!({ "name": typed })).await.is(422);
    }
    assert!(s.alice.get("/workspace/deletion").await.ok()["deletion"].is_null());
    assert_eq!(s.bob.get("/workspace/deletion").await.ok()["may"], false);
    s.alice.delete("/workspace/deletion").await.refused(404, "deletion.not_found");
    s.alice.post("/workspace/resume", json!({})).await.refused(409, "workspace.not_moved");

    // Where a second step is on, it is asked for.
    let offer = s.alice.post("/me/second-step", json!({ "password": PASSWORD })).await.ok();
    let secret = offer["secret"].as_str().unwrap().to_owned();
    s.alice.post("/me/second-step/confirm", json!({ "code": crate::trust::app_code(&secret, s.now()) })).await.ok();
    assert_eq!(s.alice.get("/workspace/deletion").await.ok()["needs_code"], true);
    let missing = s.alice.post("/workspace/deletion", body.clone()).await.is(422);
    assert_eq!(missing["fields"][0]["field"], "code", "{missing}");
    s.alice.post("/workspace/deletion", json!({ "name": "The Desk", "code": "000000" })).await.is(422);
    s.clock.advance(60_000);
    let code = crate::trust::app_code(&secret, s.now());
    let made = s.alice.post("/workspace/deletion", json!({ "name": " The  Desk ", "code": code })).await.is(201);
    assert_eq!((&made["state"], &made["due_at"]), (&json!("pending"), &json!(s.time(14 * DAY))));
    s.alice.post("/workspace/deletion", json!({ "name": "The Desk", "code": code })).await;
    assert_eq!(s.alice.get("/me/deletions").await.ok()["data"].as_array().unwrap().len(), 1);
    assert!(s.bob.get("/me/deletions").await.ok()["data"].as_array().unwrap().is_empty());
    // The certificate's link is the owner's, and works once it is done.
    let others = s.bob.get("/workspace/deletion").await.ok();
    assert!(others["deletion"]["certificate_url"].is_null() && others["deletion"]["due_at"].is_string());
    let url = made["certificate_url"].as_str().unwrap().split("/api/v1").nth(1).unwrap().to_owned();
    s.anyone().get(&url).await.refused(409, "deletion.not_done");
    s.anyone().get(url.split('?').next().unwrap()).await.refused(404, "deletion.not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_is_about_to_go_is_quiet_and_goes_on_when_that_is_taken_back() {
    let mut s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(Some(&hook.url())).await;
    s.alice.post("/webhook-subscriptions", json!({ "name": "Ledger", "url": hook.url(), "events": ["*"] })).await.is(201);
    door.post(&s, ApiDoor::message("m1", "p1", "hello")).await.is(200);
    s.settle().await;
    let c = s.only_conversation().await["id"].as_str().unwrap().to_owned();
    let path = format!("/conversations/{c}/messages");
    s.alice.post(&path, json!({ "text": "Leaves in an hour", "send_at": s.time(HOUR) })).await.is(201);
    s.advance(1_000).await;
    drop(hook.requests());
    s.alice.post("/workspace/deletion", json!({ "name": "The Desk" })).await.is(201);
    let mut words = Value::Null;
    for who in [&s.alice, &s.bob] {
        words = who.get("/workspace/standstill").await.ok()["standstill"].clone();
        assert_eq!((&words["reason"], &words["by_name"]), (&json!("deletion"), &json!("Alice Admin")), "{words}");
        who.post(&path, json!({ "text": "x" })).await.refused(409, "workspace.deleting");
        who.get("/conversations?status=all").await.ok();
    }
    assert_eq!(words["due_at"], json!(s.time(14 * DAY)));
    // Signing in goes on, and says so; so does leaving.
    let again = sign_in(&s, "bob@desk.example", PASSWORD).await;
    again.post("/auth/sign-out", json!({})).await.is(204);
    // What comes in is kept, what was due does not leave, not after a restart either.
    door.post(&s, ApiDoor::message("m2", "p1", "still there?")).await.is(200);
    s.advance(2 * HOUR).await;
    s.restart().await;
    s.advance(HOUR).await;
    s.advance(DAY).await;
    let left = hook.requests();
    assert!(left.is_empty(), "{:?}", left.iter().map(|r| String::from_utf8_lossy(&r.body).into_owned()).collect::<Vec<_>>());
    assert_eq!(s.only_conversation().await["message_count"], 3);
    s.bob.delete("/workspace/deletion").await.refused(403, "permission.missing");
    assert_eq!(server::deletion::round(&s.app).await.unwrap(), 0, "it is not due");

    s.alice.delete("/workspace/deletion").await.is(204);
    s.settle().await;
    s.advance(1_000).await;
    let told: Vec<String> = hook.requests().iter().map(|r| String::from_utf8_lossy(&r.body).into_owned()).collect();
    assert!(told.iter().any(|b| b.contains("Leaves in an hour")), "{told:?}");
    assert!(s.alice.get("/workspace/standstill").await.ok()["standstill"].is_null());
    s.bob.post(&format!("/conversations/{c}/notes"), json!({ "text": "On we go" })).await.is(201);
    s.advance(20 * DAY).await;
    assert_eq!(server::deletion::round(&s.app).await.unwrap(), 0);
    assert_eq!(s.app.workspaces().await.unwrap().len(), 1);
    let audit = s.all(&s.alice, "/audit").await;
    for action in ["workspace.deletion_asked", "workspace.deletion_cancelled"] {
        assert!(audit.iter().any(|a| a["action"] == action), "{action}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_is_gone_and_the_certificate_counts_it() {
    let mut s = TestServer::start().await;
    let hook = Hook::start().await;
    let door = s.api_door(Some(&hook.url())).await;
    let word = b"cormorant-in-the-harbour";
    for n in 0..12 {
        door.post(&s, ApiDoor::message(&format!("m{n}"), &format!("p{}", n % 3), &format!("{n} cormorant-in-the-harbour"))).await.is(200);
    }
    s.settle().await;
    let (own, both) = (b"only of this workspace ".repeat(2_000), b"both workspaces have it ".repeat(2_000));
    for (name, bytes) in [("own.txt", &own), ("both.txt", &both)] {
        s.alice.upload("/files", name, "text/plain", bytes).await.is(201);
    }
    let token = s.alice.post("/tokens", json!({ "name": "script" })).await.is(201)["token"].as_str().unwrap().to_owned();
    let other = second_workspace(&s).await;
    let mallory = sign_in(&s, "mallory@else.example", "a different river").await;
    mallory.upload("/files", "mine.txt", "text/plain", &both).await.is(201);
    // Alice belongs to both; Bob to this one alone.
    server::people::add_user(&s.app, other, "alice@desk.example", "Alice Admin", Secret::new(PASSWORD.into()), kernel::Role::Agent)
        .await
        .unwrap();
    let made = s.alice.post("/workspace/deletion", json!({ "name": "The Desk" })).await.is(201);
    let certificate = made["certificate_url"].as_str().unwrap().split("/api/v1").nth(1).unwrap().to_owned();
    s.settle().await;
    // What there is, as an archive counts it.
    let shelf = TempDir::new().unwrap();
    let edges = Edges { clock: s.clock.clone(), schema_prefix: s.schema_prefix().to_owned(), ..Default::default() };
    let here = Installation::of(&s.configuration(), &edges);
    s.advance(14 * DAY - HOUR).await;
    assert_eq!(server::deletion::round(&s.app).await.unwrap(), 0, "an hour is left");
    let archive = put_out(here, s.workspace, &shelf.path().join("last"), None).await.unwrap();
    s.clock.advance(HOUR);
    assert_eq!(server::deletion::round(&s.app).await.unwrap(), 1);
    assert_eq!(server::deletion::round(&s.app).await.unwrap(), 0, "once");

    assert_eq!(left(&s, s.workspace).await, (false, 0));
    assert!(!place(&s, &own).exists() && place(&s, &both).exists(), "what another workspace has too stays");
    if !engine_is_postgres() {
        assert!(nowhere(s.dir.path(), word), "the words stand somewhere still");
    }
    for who in [&s.alice, &s.bob, &s.anyone().bearer(&token)] {
        who.get("/me").await.is(401);
    }
    let accounts =
        s.app.db.read(Scope::Control, |tx| tx.query("SELECT email FROM accounts ORDER BY email", params![], |r| r.get::<String>(0)));
    assert_eq!(accounts.await.unwrap(), ["alice@desk.example", "mallory@else.example"], "Bob belonged nowhere else");
    let late = door.post(&s, ApiDoor::message("late", "p1", "anybody?")).await;
    assert_eq!(late.status, 404, "{}", late.text());
    s.app.db.read(s.workspace, |tx| tx.number("SELECT COUNT(*) FROM messages", params![])).await.unwrap_err();
    mallory.get("/conversations").await.ok();

    // The certificate, by its link and by the account that asked, who is still somebody elsewhere.
    let got = s.anyone().get(&certificate).await;
    let text = got.text();
    let proof = got.ok();
    assert_eq!((&proof["workspace"]["name"], &proof["asked_by"]["email"]), (&json!("The Desk"), &json!("alice@desk.example")));
    assert_eq!((&proof["asked_at"], &proof["removed_at"]), (&made["asked_at"], &json!(s.time(0))));
    let alice = sign_in(&s, "alice@desk.example", PASSWORD).await;
    let mine = alice.get("/me/deletions").await.ok()["data"][0].clone();
    assert_eq!((&mine["state"], &mine["sha256"]), (&json!("done"), &json!(hash(text.as_bytes()))));
    let counted =
        |name: &str| proof["tables"].as_array().unwrap().iter().find(|t| t["name"] == name).unwrap_or_else(|| panic!("{name}")).clone();
    assert_eq!(
        (&counted("messages")["rows"], &counted("conversations")["rows"], &counted("files")["rows"]),
        (&json!(12), &json!(3), &json!(2))
    );
    let mut compared = 0;
    for t in &archive.manifest.tables {
        let c = counted(&t.name);
        assert_eq!(c["rows"], json!(t.rows), "{}", t.name);
        // One part is the whole table: the same bytes.
        if let [part] = &t.parts[..] {
            assert_eq!(c["sha256"], json!(part.sha256), "{}", t.name);
            compared += 1;
        }
    }
    assert!(compared > 10, "{compared}");
    let total: i64 = proof["tables"].as_array().unwrap().iter().map(|t| t["rows"].as_i64().unwrap()).sum();
    assert_eq!(proof["rows"], json!(total));
    assert_eq!((&proof["files"]["count"], &proof["files"]["bytes"]), (&json!(1), &json!(own.len())));
    assert_eq!(proof["files"]["kept_for_others"], 1);
    assert_eq!(proof["files"]["sha256"], json!(hash(format!("{} {}\n", hash(&own), own.len()).as_bytes())));
    let control = |name: &str| proof["control"].as_array().unwrap().iter().find(|t| t["name"] == name).unwrap()["rows"].as_i64().unwrap();
    assert_eq!((control("tokens"), control("memberships"), control("accounts")), (1, 2, 1));
    assert!(control("sessions") >= 2);

    // And it stays gone.
    s.workspace = other;
    s.restart().await;
    assert_eq!(s.app.workspaces().await.unwrap(), [other]);
    assert_eq!(s.anyone().get(&certificate).await.text(), text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_that_was_cut_off_is_finished_by_the_next_process() {
    let mut s = TestServer::start().await;
    let own = b"only of this workspace ".repeat(500);
    s.alice.upload("/files", "own.txt", "text/plain", &own).await.is(201);
    let other = second_workspace(&s).await;
    let made = s.alice.post("/workspace/deletion", json!({ "name": "The Desk" })).await.is(201);
    let certificate = made["certificate_url"].as_str().unwrap().split("/api/v1").nth(1).unwrap().to_owned();
    s.settle().await;
    let workspace = s.workspace;
    // As a process leaves it that dies right after it began.
    let begun = s.app.db.write(Scope::Control, db::Lane::Bulk, move |tx| {
        tx.exec("UPDATE workspace_deletions SET state = 'removing' WHERE workspace_id = $1", params![workspace])
    });
    begun.await.unwrap();
    s.alice.delete("/workspace/deletion").await.refused(404, "deletion.not_found");
    s.workspace = other;
    s.restart().await;
    tests::until("the end of the workspace", async || (s.app.workspaces().await.unwrap() == [other]).then_some(())).await;
    assert!(!left(&s, workspace).await.0 && !place(&s, &own).exists());
    tests::until("the certificate", async || (s.anyone().get(&certificate).await.status == 200).then_some(())).await;
    let proof = s.anyone().get(&certificate).await.ok();
    assert_eq!(proof["files"]["count"], 1);
}
