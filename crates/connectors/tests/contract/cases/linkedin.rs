//! LinkedIn by its notification mails: the envelope decides, nothing is sent.

use super::*;
use crate::fakes::*;
use serde_json::json;

pub static CASE: Case = Case {
    id: "linkedin",
    folder: "linkedin",
    form: || json!({"address": "linkedin@inbound.acme.example"}),
    deliver: |account, _, body| mail(&account.identifier, body),
    keys: || None,
    forgeries: |_, genuine| {
        let to = |address: &str| RawDelivery { headers: vec![("envelope-to".into(), address.into())], ..genuine.clone() };
        vec![
            Forgery::new("for somebody else", to("other@inbound.acme.example"), "recipient.unknown"),
            Forgery::new("for nobody", RawDelivery { headers: Vec::new(), ..genuine.clone() }, "recipient.missing"),
            Forgery::new("posted", RawDelivery { method: "POST".into(), ..genuine.clone() }, "transport.wrong"),
        ]
    },
    answers: || vec![("anything", Told::Smtp(Ok("250 2.0.0 Ok".into())), Verdict::Policy("policy.read_only"))],
    ill: Vec::new,
    more: |linkedin| {
        proofs(linkedin);
        journey(linkedin);
        // Nothing leaves, whatever the switch says.
        for read_only in [true, false] {
            let account = account_with(linkedin, json!({"read_only": read_only}));
            let result = run(linkedin.send(edge(&Script::new(vec![]), &FakeDial::fine()), &account, &outbound_for(linkedin)));
            assert!(matches!(&result, Err(SendError::Policy { detail, .. }) if detail.contains("no API")), "{result:?}");
        }
        assert!(linkedin.fed_by_mail() && connectors::channel("smtp").unwrap().fed_by_mail());
        assert!(!connectors::channel("api").unwrap().fed_by_mail());
    },
};

fn mail(to: &str, body: Vec<u8>) -> RawDelivery {
    let headers = vec![("envelope-from".into(), "m-1@bounce.linkedin.com".into()), ("envelope-to".into(), to.into())];
    RawDelivery { method: "SMTP".into(), path: "smtp".into(), headers, body, received_at: NOW, peer: None }
}

/// With the name of a mail server that checks DKIM, its word is needed.
fn proofs(linkedin: &dyn Channel) {
    let body = |words: &str, from: &str| format!("{words}From: {from}\r\nMessage-ID: <a@b>\r\nSubject: x\r\n\r\nx\r\n").into_bytes();
    let check = |words: &str, from: &str| {
        let account = account_with(linkedin, json!({"mail_server": "mx.acme.example"}));
        let raw = mail(&account.identifier, body(words, from));
        linkedin.verify(&account, Unverified::new(raw), Proof::at(NOW)).map(|v| v.how()).map_err(|r| r.code)
    };
    let theirs = "Ann <inmail-hit-reply@linkedin.com>";
    let says = |result: &str| format!("Authentication-Results: {result}\r\n");
    assert_eq!(check(&says("mx.acme.example; spf=pass; dkim=pass header.d=linkedin.com"), theirs), Ok("dkim"));
    assert_eq!(check(&says("MX.acme.example 1; dkim=pass (2048-bit; x) header.i=@mailb.linkedin.com"), theirs), Ok("dkim"));
    let several = format!(
        "{}{}",
        says("mx.acme.example; dkim=fail header.d=evil.example"),
        says("mx.acme.example; dkim=pass header.i=@linkedin.com")
    );
    assert_eq!(check(&several, theirs), Ok("dkim"));
    assert_eq!(check("", theirs), Err("signature.missing"));
    assert_eq!(check(&says("mx.evil.example; dkim=pass header.d=linkedin.com"), theirs), Err("signature.missing"));
    for wrong in [
        "mx.acme.example; dkim=fail header.d=linkedin.com",
        "mx.acme.example; dkim=pass header.d=evil.example",
        "mx.acme.example; dkim=pass header.d=linkedin.com.evil.example",
        "mx.acme.example; dkim=pass header.d=evillinkedin.com",
        "mx.acme.example; spf=pass reason=\"dkim=pass header.d=linkedin.com\"",
        "mx.acme.example; (dkim=pass header.d=linkedin.com) dkim=none",
    ] {
        assert_eq!(check(&says(wrong), theirs), Err("signature.wrong"), "{wrong}");
    }
    // Who asks whether mail may be forwarded is no member who writes.
    assert_eq!(check("", "Gmail Team <forwarding-noreply@google.com>"), Ok("dkim"));
    // A `+` form of the address is the account's, too.
    let account = account(linkedin);
    let raw = mail("linkedin+sam@inbound.acme.example", body("", theirs));
    assert!(linkedin.verify(&account, Unverified::new(raw), Proof::at(NOW)).is_ok());
}

/// What one person says in several mails is one conversation; another person's is another.
fn journey(linkedin: &dyn Channel) {
    let account = account_with(linkedin, json!({"mail_server": "mx.acme.example"}));
    let simulator = linkedin.simulator().unwrap();
    let said = |n: u32, id: &str| {
        let say = Simulated { from: linkedin.simulated_person(n), external_id: id.into(), ..said(linkedin) };
        let verified = prove(linkedin, &account, simulator.delivery(&account, &say, NOW), NOW).unwrap();
        match linkedin.parse(&account, &verified).unwrap().remove(0) {
            Inbound::Message(m) => *m,
            other => panic!("{other:?}"),
        }
    };
    let (first, second, other) = (said(1, "a"), said(1, "b"), said(2, "c"));
    assert_eq!(first.thread.key, second.thread.key);
    assert_ne!(first.external_id, second.external_id);
    assert_ne!(first.thread.key, other.thread.key);
    assert_eq!(first.sender.name.as_deref(), Some("Ann Lee"));
    let url = format!("https://www.linkedin.com/messaging/thread/{}/", linkedin.simulated_person(1));
    assert_eq!(first.metadata["thread_url"], url);
}
