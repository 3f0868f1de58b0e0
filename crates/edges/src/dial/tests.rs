//! Against our own listener for what goes well, and against a server that follows a script for what does not.

use super::*;
use crate::smtp_in::tests::{Running, start};
use kernel::Secret;
use std::net::SocketAddr;
use tokio::net::TcpListener;

fn dial(allow: &[&str]) -> GuardedDial {
    let guard = NetGuard::new(allow.iter().map(|a| a.parse().unwrap()).collect());
    GuardedDial::new(guard).unwrap().with_helo("me.example").with_timeout(Duration::from_millis(500))
}
fn at(address: SocketAddr, security: SmtpSecurity) -> SmtpServer {
    SmtpServer { host: "127.0.0.1".into(), port: address.port(), security, username: None, password: None, bearer: None }
}
fn signed_in(address: SocketAddr) -> SmtpServer {
    SmtpServer { username: Some("u".into()), password: Some(Secret::new("p".into())), ..at(address, SmtpSecurity::None) }
}
fn envelope(to: &[&str]) -> Envelope {
    Envelope { from: Some("me@me.example".into()), to: to.iter().map(|t| t.to_string()).collect(), report_arrival: false }
}

/// A server that says one line of the script for each line it hears (`-` says nothing, `!` hangs up), beginning with its greeting.
async fn scripted(script: &'static [&'static str]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        for line in script {
            match *line {
                "!" => return,
                "-" => {}
                line => stream.write_all(format!("{line}\r\n").as_bytes()).await.unwrap(),
            }
            let mut heard = String::new();
            loop {
                heard.clear();
                if stream.read_line(&mut heard).await.unwrap_or(0) == 0 {
                    return;
                }
                // Of a message only its end is answered.
                if !line.starts_with("354") || heard == ".\r\n" {
                    break;
                }
            }
        }
        std::future::pending::<()>().await;
    });
    address
}

async fn send(address: SocketAddr) -> Result<String, DialError> {
    dial(&["127.0.0.0/8"]).smtp(&at(address, SmtpSecurity::None), &envelope(&["a@ours.example"]), b"A: b\n\nc\n").await
}

#[tokio::test]
async fn a_mail_goes_out_whole() {
    let running: Running = start(|_| {}).await;
    let to = envelope(&["a@ours.example", "nobody@ours.example", "b@ours.example"]);
    let message = "Subject: x\n\n.\n..two\r\nbare\rcr\nünï\nno end".as_bytes();
    let said = dial(&["127.0.0.0/8"]).smtp(&at(running.at, SmtpSecurity::None), &to, message).await.unwrap();
    assert!(said.starts_with("250 2.0.0 Queued as jrn_1; refused nobody@ours.example: 550 5.1.1"), "{said}");
    let mail = running.sink.mails().remove(0);
    assert_eq!((mail.helo.as_str(), mail.envelope_to.len()), ("me.example", 2));
    let text = String::from_utf8(mail.data).unwrap();
    assert!(text.ends_with("Subject: x\r\n\r\n.\r\n..two\r\nbare\r\ncr\r\nünï\r\nno end\r\n"), "{text:?}");
    let bounce = Envelope { from: None, to: vec!["käse@ours.example".into()], report_arrival: false };
    dial(&["127.0.0.0/8"]).smtp(&at(running.at, SmtpSecurity::None), &bounce, b"x").await.unwrap();
    assert_eq!(running.sink.mails()[1].envelope_from, None);
}

#[tokio::test]
async fn one_connection_carries_several_mails_and_a_tired_one_is_replaced() {
    let running = start(|o| o.max_connections_per_peer = 1).await;
    let (dial, server) = (dial(&["127.0.0.0/8"]), at(running.at, SmtpSecurity::None));
    for _ in 0..3 {
        dial.smtp(&server, &envelope(&["a@ours.example"]), b"x").await.unwrap();
    }
    assert_eq!(running.sink.mails().len(), 3);
    // Another user never gets it, and here there is no place for a second one.
    let other = SmtpServer { username: Some("u".into()), ..server.clone() };
    assert!(dial.smtp(&other, &envelope(&["a@ours.example"]), b"x").await.is_err());
    // A refusal ends the connection, and the next mail opens one.
    assert!(dial.smtp(&server, &envelope(&["nobody@ours.example"]), b"x").await.is_err());
    while dial.smtp(&server, &envelope(&["a@ours.example"]), b"x").await.is_err() {}
    // The server says 421 to a connection it finds idle for too long; the mail goes out all the same, once.
    let impatient = start(|o| o.command_timeout = Duration::from_millis(100)).await;
    let server = at(impatient.at, SmtpSecurity::None);
    dial.smtp(&server, &envelope(&["a@ours.example"]), b"x").await.unwrap();
    tokio::time::timeout(Duration::from_millis(250), std::future::pending::<()>()).await.unwrap_err();
    dial.smtp(&server, &envelope(&["a@ours.example"]), b"x").await.unwrap();
    assert_eq!(impatient.sink.mails().len(), 2);
}

#[tokio::test]
async fn starttls_is_required_and_the_certificate_checked() {
    let running = start(|_| {}).await;
    let server = SmtpServer { host: "localhost".into(), ..at(running.at, SmtpSecurity::StartTls) };
    let guard = NetGuard::new(vec!["127.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()]);
    let roots = tls::read_certificates(&running.data.path().join("tls/smtp.crt")).unwrap();
    let trusting = GuardedDial::with_roots(guard.clone(), &roots).unwrap();
    trusting.smtp_check(&server).await.unwrap();
    trusting.smtp(&server, &envelope(&["a@ours.example"]), b"x").await.unwrap();
    assert!(running.sink.mails()[0].tls);
    let strict = GuardedDial::new(guard).unwrap().smtp_check(&server).await;
    assert!(matches!(strict, Err(DialError::Connect(_))), "{strict:?}");
    let bare = start(|o| o.tls = None).await;
    let refused = trusting.smtp_check(&SmtpServer { port: bare.at.port(), ..server.clone() }).await;
    assert!(matches!(&refused, Err(DialError::Connect(why)) if why.contains("STARTTLS")), "{refused:?}");
}

#[tokio::test]
async fn private_servers_and_plain_text_need_permission() {
    let running = start(|_| {}).await;
    for security in [SmtpSecurity::None, SmtpSecurity::StartTls, SmtpSecurity::Tls] {
        let refused = dial(&[]).smtp_check(&at(running.at, security)).await;
        assert!(matches!(refused, Err(DialError::Refused(_))), "{refused:?}");
    }
    let public = SmtpServer { host: "192.0.0.9".into(), ..at(running.at, SmtpSecurity::None) };
    assert!(matches!(dial(&["127.0.0.0/8"]).smtp_check(&public).await, Err(DialError::Refused(_))));
    let public = SmtpServer { host: "8.8.8.8".into(), ..at(running.at, SmtpSecurity::None) };
    assert!(matches!(dial(&[]).smtp_check(&public).await, Err(DialError::Refused(why)) if why.contains("encrypted")));
}

#[tokio::test]
async fn signing_in_by_plain_or_login() {
    let plain = scripted(&["220 hi", "250-hi\r\n250 AUTH LOGIN PLAIN", "235 2.7.0 welcome", "221 bye"]).await;
    dial(&["127.0.0.0/8"]).smtp_check(&signed_in(plain)).await.unwrap();
    let login = scripted(&["220 hi", "250-hi\r\n250 AUTH=LOGIN", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 welcome", "221 bye"]).await;
    dial(&["127.0.0.0/8"]).smtp_check(&signed_in(login)).await.unwrap();
    let wrong = scripted(&["220 hi", "250-hi\r\n250 AUTH PLAIN", "535 5.7.8 no"]).await;
    let refused = dial(&["127.0.0.0/8"]).smtp_check(&signed_in(wrong)).await;
    assert_eq!(refused, Err(DialError::Answer { code: 535, text: "5.7.8 no".into() }));
    let none = scripted(&["220 hi", "250 hi"]).await;
    assert!(matches!(dial(&["127.0.0.0/8"]).smtp_check(&signed_in(none)).await, Err(DialError::Answer { code: 504, .. })));
}

#[tokio::test]
async fn failures_say_whether_the_mail_may_have_been_taken() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert!(matches!(send(gone).await, Err(DialError::Connect(_))));
    for script in [
        &["!"][..],
        &["-"],
        &["HTTP/1.1 400 Bad Request"],
        &["220 hi", "!"],
        &["220 hi", "250 hi", "!"],
        &["220 hi", "250 hi", "250 ok", "250 ok", "!"],
    ] {
        let failed = send(scripted(script).await).await;
        assert!(matches!(failed, Err(DialError::Connect(_))), "{script:?} {failed:?}");
    }
    for (script, expected) in [
        (&["554 5.7.1 go away"][..], 554),
        (&["220 hi", "250 hi", "451 4.7.1 later"], 451),
        (&["220 hi", "250 hi", "250 ok", "550-5.1.1 no\r\n550 5.1.1 such user"], 550),
        (&["220 hi", "250 hi", "250 ok", "250 ok", "452 4.3.1 full"], 452),
        (&["220 hi", "250 hi", "250 ok", "250 ok", "354 go", "554 5.6.0 spam"], 554),
        (&["220 hi", "250-hi\r\n250 SIZE 3"], 552),
    ] {
        let failed = send(scripted(script).await).await;
        assert!(matches!(failed, Err(DialError::Answer { code, .. }) if code == expected), "{script:?} {failed:?}");
    }
    for script in [&["220 hi", "250 hi", "250 ok", "250 ok", "354 go", "!"][..], &["220 hi", "250 hi", "250 ok", "250 ok", "354 go", "-"]] {
        let failed = send(scripted(script).await).await;
        assert!(matches!(failed, Err(DialError::Uncertain(_))), "{script:?} {failed:?}");
    }
    assert_eq!(
        send(scripted(&["220 hi", "502 what", "250 helo", "250 ok", "250 ok", "354 go", "250 taken"]).await).await.unwrap(),
        "250 taken"
    );
}

#[tokio::test]
async fn nothing_can_be_slipped_into_the_envelope() {
    for to in ["a@b>\r\nRCPT TO:<c@d", "a b@c", "", "a@b\0"] {
        let refused = dial(&["127.0.0.0/8"]).smtp(&signed_in("127.0.0.1:1".parse().unwrap()), &envelope(&[to]), b"x").await;
        assert!(matches!(refused, Err(DialError::Answer { code: 553, .. })), "{to:?} {refused:?}");
    }
}

#[test]
fn dots_are_doubled_and_lines_end_right() {
    assert_eq!(stuffed(b".\r\n..\na\rb\r\n\r\nc"), b"..\r\n...\r\na\r\nb\r\n\r\nc\r\n");
    assert_eq!(stuffed(b""), b"");
}

#[tokio::test]
async fn signing_in_with_a_token() {
    let with = |address| SmtpServer {
        username: Some("me@me.example".into()),
        bearer: Some(Secret::new("ya29.token".into())),
        ..at(address, SmtpSecurity::None)
    };
    let good = scripted(&["220 hi", "250-hi\r\n250 AUTH PLAIN XOAUTH2", "235 2.7.0 welcome", "221 bye"]).await;
    dial(&["127.0.0.0/8"]).smtp_check(&with(good)).await.unwrap();
    // The challenge that explains a refusal is answered, so that the refusal itself is heard.
    let stale = scripted(&["220 hi", "250-hi\r\n250 AUTH XOAUTH2", "334 eyJzdGF0dXMiOiI0MDAifQ==", "535 5.7.8 expired", "-"]).await;
    let refused = dial(&["127.0.0.0/8"]).smtp_check(&with(stale)).await;
    assert_eq!(refused, Err(DialError::Answer { code: 535, text: "5.7.8 expired".into() }));
    let bearer = scripted(&["220 hi", "250-hi\r\n250 AUTH OAUTHBEARER", "235 welcome", "221 bye"]).await;
    dial(&["127.0.0.0/8"]).smtp_check(&with(bearer)).await.unwrap();
}
