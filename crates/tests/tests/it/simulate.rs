//! `switchboard simulate`, against a running server and on a data folder.

use serde_json::{Value, json};
use tests::{TestServer, engine_is_postgres};

/// What the command prints, or the words it ends with.
async fn say(words: &[&str]) -> Result<String, String> {
    let all = ["simulate"].iter().chain(words).copied();
    let matches = server::simulate::command().try_get_matches_from(all).map_err(|e| e.to_string())?;
    let mut out = Vec::new();
    let done = server::simulate::run(&matches, &|_| None, &mut out).await;
    let text = String::from_utf8(out).unwrap();
    done.map(|()| text.clone()).map_err(|e| format!("{text}{}", e.detail))
}

struct Shell {
    url: String,
    token: String,
}
impl Shell {
    async fn of(s: &TestServer) -> Self {
        let token = s.alice.post("/tokens", json!({ "name": "simulate" })).await.ok();
        Self { url: format!("http://{}", s.address), token: token["token"].as_str().unwrap().to_owned() }
    }
    async fn run(&self, words: &[&str]) -> Result<String, String> {
        say(&[&["--url", &self.url, "--token", &self.token], words].concat()).await
    }
}

async fn bot(s: &TestServer, name: &str) -> Value {
    s.alice.post("/channels", json!({ "provider": "telegram", "name": name, "simulated": true })).await.is(201)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_played_from_the_command_line() {
    let s = TestServer::start().await;
    let shell = Shell::of(&s).await;
    assert!(shell.run(&["list"]).await.unwrap().contains("No channel is simulated"));
    let channel = bot(&s, "Support bot").await;
    let id = channel["id"].as_str().unwrap();
    let listed = shell.run(&["list"]).await.unwrap();
    assert!(listed.contains(id) && listed.contains("Support bot"), "{listed}");

    let said = shell.run(&["say", "--channel", "support bot", "--as", "2", "Where is my order?"]).await.unwrap();
    let c = s.only_conversation().await;
    assert!(said.starts_with("done") && said.contains(c["id"].as_str().unwrap()), "{said}");
    assert_eq!(c["messages"][0]["text"], "Where is my order?");
    let file = s.dir.path().join("box.txt");
    std::fs::write(&file, "a box").unwrap();
    shell.run(&["say", "--channel", id, "--as", "2", "--file", file.to_str().unwrap(), "Look"]).await.unwrap();
    let c = s.only_conversation().await;
    assert_eq!(c["messages"][1]["attachments"][0]["name"], "box.txt", "{:#}", c["messages"][1]);

    // Our answer: what the provider saw of it, a reaction to it, and that it was read.
    let sent = s.reply(c["id"].as_str().unwrap(), "It left on Friday").await;
    let ours = sent["id"].as_str().unwrap();
    s.advance(1_000).await;
    let seen = shell.run(&["seen", "--channel", id]).await.unwrap();
    assert!(seen.contains("It left on Friday") && seen.contains("sendMessage"), "{seen}");
    shell.run(&["react", "--channel", id, "--as", "2", "--message", ours, "\u{1F44D}"]).await.unwrap();
    assert_eq!(s.message(ours).await["reactions"][0]["emoji"], "\u{1F44D}");
    let theirs = c["messages"][0]["id"].as_str().unwrap();
    shell.run(&["edit", "--channel", id, "--as", "2", "--message", theirs, "Where is my second order?"]).await.unwrap();
    assert_eq!(s.message(theirs).await["text"], "Where is my second order?");

    // The same delivery four times is one message; two in the wrong order are two.
    let before = s.only_conversation().await["message_count"].as_i64().unwrap();
    let out = shell.run(&["duplicate", "--channel", id, "--as", "2", "--times", "4", "Again?"]).await.unwrap();
    assert_eq!((out.matches("done").count(), out.matches("duplicate").count()), (1, 3), "{out}");
    shell.run(&["shuffle", "--channel", id, "--as", "2", "first", "second"]).await.unwrap();
    let after = s.only_conversation().await["message_count"].as_i64().unwrap();
    assert_eq!(after - before, 3);

    // The provider breaks, and is well again.
    shell.run(&["fault", "--channel", id, "expired-token"]).await.unwrap();
    assert_eq!(s.alice.get(&format!("/channels/{id}/simulator")).await.ok()["fault"], "expired_token");
    assert!(shell.run(&["list"]).await.unwrap().contains("expired-token"));
    shell.run(&["fault", "--channel", id, "none"]).await.unwrap();
    assert_eq!(s.alice.get(&format!("/channels/{id}/simulator")).await.ok()["fault"], Value::Null);

    let out = shell.run(&["traffic", "--rate", "50", "--seconds", "1", "--customers", "7", "--channel", id]).await.unwrap();
    assert!(out.contains("50 taken, 0 refused"), "{out}");
    s.settle().await;
    assert_eq!(s.conversations().await.len(), 7, "customer 2 goes on, six are new");
    let raw: Value = serde_json::from_str(&shell.run(&["--json", "list"]).await.unwrap()).unwrap();
    assert_eq!(raw[0]["id"], id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_told_by_our_id_or_the_providers() {
    let s = TestServer::start().await;
    let shell = Shell::of(&s).await;
    let channel = s.alice.post("/channels", json!({ "provider": "twilio", "name": "Texts", "simulated": true })).await.is(201);
    let id = channel["id"].as_str().unwrap();
    s.alice.put(&format!("/channels/{id}/simulator"), json!({ "fault": null, "silent": true })).await.is(200);
    shell.run(&["say", "--channel", "Texts", "--as", "+491701234567", "Hi"]).await.unwrap();
    let c = s.only_conversation().await;
    assert_eq!(c["messages"][0]["from"], "+491701234567");
    let first = s.reply(c["id"].as_str().unwrap(), "one").await;
    let second = s.reply(c["id"].as_str().unwrap(), "two").await;
    s.advance(5_000).await;
    let (first, second) = (first["id"].as_str().unwrap(), second["id"].as_str().unwrap());
    assert_eq!(s.message(second).await["status"], "sent");
    shell.run(&["report", "--message", first, "--status", "delivered"]).await.unwrap();
    s.settle().await;
    assert_eq!((&s.message(first).await["status"], &s.message(second).await["status"]), (&json!("delivered"), &json!("sent")));
    let seen: Value = serde_json::from_str(&shell.run(&["--json", "seen", "--channel", "Texts"]).await.unwrap()).unwrap();
    let theirs = seen.as_array().unwrap().iter().find(|x| x["seen"]["text"].as_str().is_some_and(|t| t.contains("two"))).unwrap();
    let theirs = theirs["seen"]["external_id"].as_str().unwrap();
    shell.run(&["report", "--channel", "Texts", "--message", theirs, "--status", "failed"]).await.unwrap();
    s.settle().await;
    assert_eq!(s.message(second).await["status"], "failed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_done_is_said_in_plain_words() {
    let s = TestServer::start().await;
    let shell = Shell::of(&s).await;
    bot(&s, "Support bot").await;
    bot(&s, "Support line").await;
    let door = s.api_door(None).await;
    let expect = async |words: &[&str], part: &str| {
        let said = shell.run(words).await.expect_err(part);
        assert!(said.contains(part), "{words:?}: {said}");
        assert!(!said.contains("panicked") && !said.contains("Error {"), "{said}");
    };
    expect(&["say", "--channel", "Sales", "Hi"], "There is no channel called Sales. These can be played: Support").await;
    expect(&["say", "--channel", "support", "Hi"], "Several channels").await;
    expect(&["say", "--channel", &door.id, "Hi"], "real provider").await;
    expect(&["say", "--channel", "Support bot", "  "], "Say what the customer writes").await;
    expect(&["say", "--channel", "Support bot", "--file", "/no/such/file", "Hi"], "/no/such/file cannot be read").await;
    expect(&["say", "--channel", "Support bot"], "TEXT").await;
    expect(&["edit", "--channel", "Support bot", "--message", "msg_00000000000000000000000001", "x"], "no such message").await;
    expect(&["report", "--message", "nosuch", "--status", "delivered"], "--channel").await;
    expect(&["report", "--message", "nosuch", "--status", "delivered", "--channel", "Support bot"], "has seen no message nosuch").await;
    expect(&["report", "--message", "nosuch", "--status", "lost"], "delivered").await;
    expect(&["fault", "--channel", "Support bot", "flood"], "429").await;
    expect(&["traffic", "--rate", "0"], "1..=500").await;
    expect(&["dance"], "dance").await;
    assert!(say(&["list"]).await.unwrap_err().contains("SWITCHBOARD_TOKEN"));
    let wrong = say(&["--url", &shell.url, "--token", "sbt_nonsense", "list"]).await.unwrap_err();
    assert!(wrong.contains("does not take this token"), "{wrong}");
    let nobody = say(&["--url", "http://127.0.0.1:9", "--token", "x", "list"]).await.unwrap_err();
    assert!(nobody.contains("No server answers at http://127.0.0.1:9"), "{nobody}");
    // An agent may not play.
    let token = s.bob.post("/tokens", json!({ "name": "agent" })).await.ok();
    let refused = say(&["--url", &shell.url, "--token", token["token"].as_str().unwrap(), "say", "--channel", "Support bot", "Hi"]).await;
    assert!(refused.unwrap_err().contains("channels.manage"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_folder_is_played_without_a_server() {
    if engine_is_postgres() {
        // The command reads where the database is from the environment, which a test does not change.
        return;
    }
    let mut s = TestServer::start().await;
    bot(&s, "Support bot").await;
    let folder = s.dir.path().to_str().unwrap().to_owned();
    let locked = say(&["--data", &folder, "list"]).await.unwrap_err();
    assert!(locked.contains("A server works on"), "{locked}");
    s.stop().await;
    let said = say(&["--data", &folder, "say", "--channel", "Support bot", "Anybody there?"]).await.unwrap();
    assert!(said.starts_with("done"), "{said}");
    let refused = say(&["--data", &folder, "fault", "--channel", "Support bot", "429"]).await.unwrap_err();
    assert!(refused.contains("as long as the server"), "{refused}");
    s.start_again().await;
    assert_eq!(s.only_conversation().await["messages"][0]["text"], "Anybody there?");
    let empty = tempfile::tempdir().unwrap();
    let none = say(&["--data", empty.path().to_str().unwrap(), "list"]).await.unwrap_err();
    assert!(none.contains("There is no Switchboard data in"), "{none}");
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0, "and none was made");
}
