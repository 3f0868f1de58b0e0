//! Whether a mail is from whom it says, and our own signature below what leaves. The whole DNS is a table.

use mailproof::{Came, KeyPair, Resolver, SigningKey};
use serde_json::{Value, json};
use tests::{Mail, Names, Options, Sink, TestServer};

const DESK: &str = "help@desk.example";

/// Our loopback counts as the open internet, so that SPF is asked.
async fn desk(names: &Names) -> TestServer {
    let flags = vec![("net-dns", names.address.to_string()), ("smtp-relays", "192.0.2.0/24".into())];
    TestServer::start_with(Options { flags, ..Default::default() }).await
}
fn letter(from: &str, id: &str) -> Mail {
    let mail = Mail::new(from, DESK, "About my account", "Please change the address.\n").id(id);
    mail.header("Date", "Wed, 28 Oct 2026 09:00:00 +0000").header("MIME-Version", "1.0").header("Content-Type", "text/plain")
}
async fn arrived(s: &TestServer, mail: &Mail) -> Value {
    let answer = s.deliver(mail).await;
    assert_eq!(answer.0, 250, "{}", answer.1);
    let id = mail.headers.iter().find(|(n, _)| n == "Message-ID").unwrap().1.trim_matches(['<', '>']).to_owned();
    for c in s.conversations().await {
        let c = s.conversation(c["id"].as_str().unwrap()).await;
        if let Some(m) = c["messages"].as_array().unwrap().iter().find(|m| m["external_id"] == id.as_str()) {
            return m.clone();
        }
    }
    panic!("{id} is not there");
}
fn word<'a>(m: &'a Value, of: &str) -> &'a str {
    m["metadata"]["authentication"][of]["result"].as_str().unwrap_or("")
}
fn verdict(m: &Value) -> &str {
    m["metadata"]["authentication"]["verdict"].as_str().unwrap_or("")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_dns_says_about_a_sender_stays_with_the_message() {
    let names = Names::start().await;
    names.txt("home.example", "v=spf1 ip4:127.0.0.1 -all").txt("_dmarc.home.example", "v=DMARC1; p=reject");
    names.txt("bank.example", "v=spf1 ip4:192.0.2.7 -all").txt("_dmarc.bank.example", "v=DMARC1; p=reject");
    names.txt("loose.example", "v=spf1 ip4:192.0.2.7 -all").txt("_dmarc.loose.example", "v=DMARC1; p=none");
    let s = desk(&names).await;
    s.mail_door(DESK, None).await;

    let good = arrived(&s, &letter("Anna <anna@home.example>", "a1@home.example")).await;
    assert_eq!((word(&good, "spf"), word(&good, "dmarc"), verdict(&good)), ("pass", "pass", "pass"), "{good:#}");
    assert_eq!(good["verified_sender"], true);

    // Somebody who is not the bank, and had never written before: the domain disowns it.
    let forged = arrived(&s, &letter("Your bank <service@bank.example>", "b1@bank.example")).await;
    assert_eq!((word(&forged, "spf"), word(&forged, "dmarc"), verdict(&forged)), ("fail", "fail", "fail"), "{forged:#}");
    assert_eq!(forged["metadata"]["authentication"]["policy"], "reject");
    let source = s.bob.get(&format!("/messages/{}/source", forged["id"].as_str().unwrap())).await;
    let source = source.text();
    assert!(
        source.starts_with("Authentication-Results: ") && source.contains("dmarc=fail header.from=bank.example policy.dmarc=reject"),
        "{source}"
    );
    // Who claims to be a customer and is disowned does not get into that customer's history.
    let shown = s.bob.get(&format!("/contacts/{}", forged["sender_id"].as_str().unwrap())).await.ok();
    assert!(shown["handles"].as_array().unwrap().iter().all(|h| h["evidence"] != "verified" && h["verified"] != true), "{shown:#}");

    // A domain that asks for nothing to be refused: a doubt, and no more.
    let loose = arrived(&s, &letter("loose@loose.example", "l1@loose.example")).await;
    assert_eq!((word(&loose, "dmarc"), verdict(&loose)), ("fail", "doubtful"));
    // Nobody published anything.
    let unknown = arrived(&s, &letter("zoe@nowhere.example", "z1@nowhere.example")).await;
    assert_eq!((word(&unknown, "spf"), verdict(&unknown), unknown["verified_sender"].as_bool()), ("none", "unknown", Some(true)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_that_the_sender_wrote_is_believed_by_nobody() {
    let names = Names::start().await;
    names.txt("bank.example", "v=spf1 -all").txt("_dmarc.bank.example", "v=DMARC1; p=quarantine");
    let s = desk(&names).await;
    s.mail_door(DESK, None).await;
    let host = s.app.mail_host();
    let mail = letter("service@bank.example", "f1@bank.example").header(
        "Authentication-Results",
        &format!("{host}; spf=pass; dkim=pass header.d=bank.example; dmarc=pass header.from=bank.example"),
    );
    assert_eq!(verdict(&arrived(&s, &mail).await), "fail");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_survives_a_forward_and_not_a_change() {
    let names = Names::start().await;
    let pair = KeyPair::make().unwrap();
    names.txt("k1._domainkey.shop.example", &KeyPair::record(&pair.public));
    names.txt("shop.example", "v=spf1 ip4:192.0.2.7 -all").txt("_dmarc.shop.example", "v=DMARC1; p=reject");
    let s = desk(&names).await;
    s.mail_door(DESK, None).await;
    let key = SigningKey::new(pair.private, "shop.example", "k1");
    let signed = |id: &str| {
        let mail = letter("Shop <orders@shop.example>", id);
        let text = String::from_utf8(key.sign(mail.text().as_bytes()).unwrap()).unwrap();
        let header = text.split_once(": ").unwrap().1.split("\r\nFrom: ").next().unwrap().to_owned();
        let mut mail = mail;
        mail.headers.insert(0, ("DKIM-Signature".into(), header));
        // As a forward does it: another envelope.
        mail.envelope_from = "forward@relay.example".into();
        mail
    };
    let good = arrived(&s, &signed("s1@shop.example")).await;
    assert_eq!((word(&good, "dmarc"), verdict(&good)), ("pass", "pass"), "{:#}", good["metadata"]);
    assert_eq!(good["metadata"]["authentication"]["dkim"], json!([{ "result": "pass", "domain": "shop.example" }]));
    let mut changed = signed("s2@shop.example");
    changed.body = "Please change the address to Elm Street.\n".into();
    let changed = arrived(&s, &changed).await;
    assert_eq!((verdict(&changed), changed["metadata"]["authentication"]["dkim"][0]["result"].as_str()), ("fail", Some("fail")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_of_ours_is_not_asked_for_spf_and_a_silent_dns_holds_up_nothing() {
    let names = Names::start().await;
    names.txt("bank.example", "v=spf1 -all").txt("_dmarc.bank.example", "v=DMARC1; p=reject");
    let flags = vec![("net-dns", names.address.to_string())];
    let s = TestServer::start_with(Options { flags, ..Default::default() }).await;
    s.mail_door(DESK, None).await;
    let m = arrived(&s, &letter("service@bank.example", "r1@bank.example")).await;
    assert_eq!((word(&m, "spf"), verdict(&m), m["verified_sender"].as_bool()), ("none", "unknown", Some(true)), "{m:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_is_signed_from_when_the_record_is_published_until_it_is_gone() {
    let names = Names::start().await;
    let s = desk(&names).await;
    let sink = Sink::start().await;
    s.mail_door(DESK, Some(&sink)).await;
    let list = s.bob.get("/mail-domains").await.ok();
    assert_eq!((&list["data"][0]["domain"], &list["data"][0]["state"]), (&json!("desk.example"), &json!("off")), "{list:#}");
    s.alice.post("/mail-domains", json!({ "domain": "not a domain" })).await.refused(422, "invalid");
    s.bob.post("/mail-domains", json!({ "domain": "desk.example" })).await.refused(403, "permission.missing");
    let made = s.alice.post("/mail-domains", json!({ "domain": "Desk.example" })).await.is(201);
    assert_eq!(made["state"], "waiting");
    let (name, value) = (made["record_name"].as_str().unwrap(), made["record_value"].as_str().unwrap());
    assert!(name.ends_with("._domainkey.desk.example") && value.starts_with("v=DKIM1; k=rsa; p=MII"), "{made:#}");
    s.alice.post("/mail-domains", json!({ "domain": "desk.example" })).await.refused(409, "mail_domain.exists");
    let check = async || s.alice.post("/mail-domains/desk.example/check", json!({})).await.ok();
    let waiting = check().await;
    assert!(waiting["state"] == "waiting" && waiting["trouble"].as_str().unwrap().contains("no TXT record"), "{waiting:#}");

    s.deliver(&letter("anna@home.example", "a1@home.example")).await;
    let c = s.only_conversation().await;
    s.reply(c["id"].as_str().unwrap(), "Unsigned.").await;
    assert!(!sink.mails()[0].raw.contains("DKIM-Signature"));

    names.txt(name, "v=DKIM1; k=rsa; p=MIIBother");
    assert!(check().await["trouble"].as_str().unwrap().contains("another key"));
    names.forget(name);
    names.txt(name, value);
    let on = check().await;
    assert_eq!((&on["state"], &on["trouble"]), (&json!("on"), &Value::Null), "{on:#}");
    s.reply(c["id"].as_str().unwrap(), "Signed, with an umlaut: ä.").await;
    let sent = sink.mails().remove(0);
    let judged = Resolver::at(names.address).unwrap();
    let came = Came { peer: None, helo: "x", from: Some(DESK), host: "there.example" };
    let judgement = judged.judge(sent.raw.as_bytes(), came).await;
    assert_eq!(
        (judgement.dkim.len(), judgement.dkim[0].result.as_str(), judgement.dkim[0].domain.as_str()),
        (1, "pass", "desk.example"),
        "{}",
        sent.raw
    );
    let broken = sent.raw.replace("Signed, with", "Signed, without");
    assert_eq!(judged.judge(broken.as_bytes(), came).await.dkim[0].result, "fail");

    // A record that is gone would make every mail look forged.
    names.forget(name);
    assert_eq!(check().await["state"], "waiting");
    s.reply(c["id"].as_str().unwrap(), "Unsigned again.").await;
    assert!(!sink.mails()[0].raw.contains("DKIM-Signature"));
    assert_eq!(s.alice.delete("/mail-domains/desk.example").await.status, 204);
    s.alice.delete("/mail-domains/desk.example").await.refused(404, "mail_domain.not_found");
}
