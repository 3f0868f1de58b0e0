//! Mail over SMTP: nobody signs it, the envelope decides.

use super::*;
use crate::fakes::*;
use serde_json::json;

pub static CASE: Case = Case {
    id: "smtp",
    folder: "email",
    form: || {
        json!({"address": "support@acme.example", "smtp_host": "mail.acme.example", "smtp_username": "u", "smtp_password": "TOPSECRET-password",
               "signature": "Acme Support\n<acme.example>", "display_name": "Acme Support"})
    },
    deliver: |account, _, body| RawDelivery {
        method: "SMTP".into(),
        path: "/".into(),
        headers: vec![("envelope-to".into(), account.identifier.clone())],
        body,
        received_at: NOW,
        peer: None,
    },
    keys: || None,
    forgeries: |_, genuine| {
        let headers = vec![("envelope-to".into(), "other@acme.example".into())];
        vec![Forgery::new("for somebody else", RawDelivery { headers, ..genuine.clone() }, "recipient.unknown")]
    },
    answers: || {
        let say = |code, text: &str| Told::Smtp(Err(DialError::Answer { code, text: text.into() }));
        vec![
            ("queued", Told::Smtp(Ok("250 2.0.0 Ok: queued as 4F".into())), Verdict::Sent),
            ("greylisted", say(451, "4.7.1 Greylisted"), Verdict::Retry(Some(300_000))),
            ("bad password", say(535, "5.7.8 Bad credentials"), Verdict::Account),
            ("no such user", say(550, "5.1.1 No such user"), Verdict::Permanent),
            ("garbage", say(0, "garbage"), Verdict::Uncertain),
            ("cut off", Told::Smtp(Err(DialError::Uncertain("cut".into()))), Verdict::Uncertain),
            ("no connection", Told::Smtp(Err(DialError::Connect("refused".into()))), Verdict::Retry(None)),
        ]
    },
    ill: || vec![Told::Smtp(Err(DialError::Answer { code: 535, text: "no".into() }))],
    more: |mail| {
        let unset = account_with(mail, json!({"smtp_host": ""}));
        let result = send(mail, &unset, &outbound(), FakeHttp(http(500, &[], "")), FakeDial::fine());
        assert!(matches!(result, Err(SendError::Account { detail }) if detail.contains("No outgoing mail server")));
    },
};
