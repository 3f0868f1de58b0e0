//! Submits one finished mail over SMTP (RFC 6409). Written on the socket, because the one thing that matters here, whether
//! the server may have taken the mail when a connection breaks, is known only to whoever writes the final dot.

use crate::guard::{NetGuard, NoAddress};
use crate::net::connect_any;
use crate::tls::{self, BoxStream};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::BoxFuture;
use kernel::dial::{Dial, DialError, Envelope, Line, SmtpSecurity, SmtpServer, Stream, StreamTo};
use rustls::pki_types::{CertificateDer, ServerName};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

const REPLY_LINES: usize = 100;
const REPLY_LINE_BYTES: u64 = 2_000;
/// Servers scan a message before they answer it; RFC 5321 asks for ten minutes, patience here is shorter.
const ANSWER_FACTOR: u32 = 4;
/// A signed-in connection waits this long for the next mail.
const IDLE: Duration = Duration::from_secs(10);
const IDLE_PER_SERVER: usize = 4;

pub struct GuardedDial {
    guard: NetGuard,
    tls: TlsConnector,
    timeout: Duration,
    helo: String,
    idle: Arc<Mutex<Vec<Idle>>>,
}

/// A connection between two mails.
struct Idle {
    server: SmtpServer,
    session: Session,
    since: Instant,
}

/// What the server said: `250`, and its lines joined with a space.
#[derive(Debug)]
struct Reply {
    code: u16,
    text: String,
}
impl Reply {
    fn refused(self) -> DialError {
        DialError::Answer { code: self.code, text: self.text }
    }
}

/// What EHLO announced.
#[derive(Debug, Default)]
struct Extensions {
    starttls: bool,
    eight_bit: bool,
    utf8: bool,
    reports: bool,
    size: Option<Option<usize>>,
    auth: Vec<String>,
}

struct Session {
    stream: BufReader<BoxStream>,
    timeout: Duration,
    extensions: Extensions,
}

impl GuardedDial {
    pub fn new(guard: NetGuard) -> kernel::Result<Self> {
        Self::with_roots(guard, &[])
    }
    /// Trusts these certificate authorities besides the public ones.
    pub fn with_roots(guard: NetGuard, roots: &[CertificateDer<'static>]) -> kernel::Result<Self> {
        let tls = TlsConnector::from(tls::client_config(roots)?);
        Ok(Self { guard, tls, timeout: Duration::from_secs(30), helo: "localhost".into(), idle: Arc::default() })
    }
    /// The time each step may take.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
    /// The name we greet with, usually the host of the public address.
    pub fn with_helo(mut self, name: &str) -> Self {
        self.helo = name.chars().filter(|c| c.is_ascii_alphanumeric() || ".-[]:".contains(*c)).collect();
        self
    }

    async fn open(&self, server: &SmtpServer) -> Result<Session, DialError> {
        let lost = |e: String| DialError::Connect(format!("{}: {e}", server.host));
        let addresses = match timeout(self.timeout, self.guard.addresses(&server.host, server.port)).await {
            Err(_) => return Err(lost("the name does not resolve in time".into())),
            Ok(Err(NoAddress::Refused(why))) => return Err(DialError::Refused(why)),
            Ok(Err(NoAddress::Unknown(why))) => return Err(DialError::Connect(why)),
            Ok(Ok(addresses)) => addresses,
        };
        if server.security == SmtpSecurity::None && !addresses.iter().all(|a| self.guard.is_allowed(&server.host, *a)) {
            return Err(DialError::Refused(format!("{} may only be reached encrypted", server.host)));
        }
        let tcp = timeout(self.timeout, connect_any(&addresses)).await.map_err(|_| lost("no connection in time".into()))?.map_err(lost)?;
        let mut stream: BoxStream = Box::new(tcp);
        if server.security == SmtpSecurity::Tls {
            stream = self.encrypt(server, stream).await?;
        }
        let mut session = Session { stream: BufReader::new(stream), timeout: self.timeout, extensions: Extensions::default() };
        session.expect(2).await?;
        session.greet(&self.helo).await?;
        if server.security == SmtpSecurity::StartTls {
            if !session.extensions.starttls {
                return Err(lost("the server does not offer STARTTLS".into()));
            }
            session.command("STARTTLS").await?;
            if !session.stream.buffer().is_empty() {
                return Err(lost("the server spoke out of turn before TLS".into()));
            }
            let stream = self.encrypt(server, session.stream.into_inner()).await?;
            session = Session { stream: BufReader::new(stream), timeout: self.timeout, extensions: Extensions::default() };
            session.greet(&self.helo).await?;
        }
        self.sign_in(&mut session, server).await?;
        Ok(session)
    }

    async fn encrypt(&self, server: &SmtpServer, stream: BoxStream) -> Result<BoxStream, DialError> {
        let lost = |e: String| DialError::Connect(format!("{}: TLS: {e}", server.host));
        let name = ServerName::try_from(server.host.trim_matches(['[', ']']).to_owned()).map_err(|e| lost(e.to_string()))?;
        let encrypted = timeout(self.timeout, self.tls.connect(name, stream)).await;
        Ok(Box::new(encrypted.map_err(|_| lost("not in time".into()))?.map_err(|e| lost(e.to_string()))?))
    }

    async fn sign_in(&self, session: &mut Session, server: &SmtpServer) -> Result<(), DialError> {
        let offers = |name: &str| session.extensions.auth.iter().any(|m| m == name);
        if let (Some(user), Some(token)) = (&server.username, &server.bearer) {
            let (mechanism, said) = if offers("OAUTHBEARER") && !offers("XOAUTH2") {
                ("OAUTHBEARER", kernel::dial::oauthbearer(user, &server.host, server.port, token.reveal()))
            } else {
                ("XOAUTH2", kernel::dial::xoauth2(user, token.reveal()))
            };
            session.line(&format!("AUTH {mechanism} {}", STANDARD.encode(said))).await?;
            let mut reply = session.reply().await?;
            if reply.code == 334 {
                // A challenge here says why not, in JSON; the refusal itself comes after an empty answer (one that only says \x01 by RFC 7628).
                session.line(if mechanism == "XOAUTH2" { "" } else { "AQ==" }).await?;
                reply = session.reply().await?;
            }
            return if reply.code / 100 == 2 { Ok(()) } else { Err(reply.refused()) };
        }
        let (Some(user), Some(password)) = (&server.username, &server.password) else { return Ok(()) };
        let password = password.reveal();
        if offers("PLAIN") {
            session.command(&format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{user}\0{password}")))).await?;
        } else if offers("LOGIN") {
            session.line("AUTH LOGIN").await?;
            session.expect(3).await?;
            session.line(&STANDARD.encode(user)).await?;
            session.expect(3).await?;
            session.command(&STANDARD.encode(password)).await?;
        } else {
            return Err(DialError::Answer {
                code: 504,
                text: "5.5.4 The server offers no way to sign in that we know (PLAIN, LOGIN)".into(),
            });
        }
        Ok(())
    }

    async fn submit(&self, server: &SmtpServer, envelope: &Envelope, message: &[u8]) -> Result<String, DialError> {
        check_addresses(envelope)?;
        if let Some(mut session) = self.take_idle(server) {
            match session.submit(envelope, message).await {
                // The server had enough of this connection; it took nothing over it. Once more, afresh.
                Err(DialError::Connect(_) | DialError::Answer { code: 421, .. }) => {}
                outcome => return self.keep_after(server, session, outcome),
            }
        }
        let mut session = self.open(server).await?;
        let outcome = session.submit(envelope, message).await;
        self.keep_after(server, session, outcome)
    }

    fn take_idle(&self, server: &SmtpServer) -> Option<Session> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let at = idle.iter().rposition(|kept| kept.since.elapsed() < IDLE && same(&kept.server, server))?;
        Some(idle.swap_remove(at).session)
    }

    /// Only a connection over which all went well is used again.
    fn keep_after(&self, server: &SmtpServer, session: Session, outcome: Result<String, DialError>) -> Result<String, DialError> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if outcome.is_ok() && idle.iter().filter(|kept| same(&kept.server, server)).count() < IDLE_PER_SERVER {
            idle.push(Idle { server: server.clone(), session, since: Instant::now() });
            tokio::spawn(say_goodbye(self.idle.clone()));
        }
        outcome
    }
}

/// Ends, after a while, the connections nobody wanted again.
async fn say_goodbye(idle: Arc<Mutex<Vec<Idle>>>) {
    tokio::time::sleep(IDLE).await;
    let expired: Vec<Idle> = {
        let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extract_if(.., |kept| kept.since.elapsed() >= IDLE).collect()
    };
    for mut kept in expired {
        kept.session.line("QUIT").await.ok();
    }
}

fn same(one: &SmtpServer, other: &SmtpServer) -> bool {
    let place = |s: &SmtpServer| (s.host.clone(), s.port, s.security, s.username.clone());
    place(one) == place(other) && one.password == other.password && one.bearer == other.bearer
}

impl Dial for GuardedDial {
    fn stream<'a>(&'a self, to: &'a StreamTo) -> BoxFuture<'a, Result<Box<dyn Stream>, DialError>> {
        Box::pin(crate::stream::open(&self.guard, &self.tls, self.timeout, to))
    }
    fn websocket<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Box<dyn Line>, DialError>> {
        Box::pin(crate::line::open(&self.guard, &self.tls, url))
    }
    fn smtp<'a>(&'a self, server: &'a SmtpServer, envelope: &'a Envelope, message: &'a [u8]) -> BoxFuture<'a, Result<String, DialError>> {
        Box::pin(self.submit(server, envelope, message))
    }
    fn smtp_check<'a>(&'a self, server: &'a SmtpServer) -> BoxFuture<'a, Result<(), DialError>> {
        Box::pin(async move {
            let mut session = self.open(server).await?;
            session.line("QUIT").await.ok();
            Ok(())
        })
    }
}

impl Session {
    /// One mail, from MAIL FROM to the answer to its final dot.
    async fn submit(&mut self, envelope: &Envelope, message: &[u8]) -> Result<String, DialError> {
        let from = self.mail_from(envelope, message)?;
        self.command(&from).await?;
        let mut refused: Vec<(&String, Reply)> = Vec::new();
        for to in &envelope.to {
            let notify = match (self.extensions.reports, envelope.report_arrival) {
                (true, true) => " NOTIFY=SUCCESS,FAILURE,DELAY",
                (true, false) => " NOTIFY=FAILURE,DELAY",
                (false, _) => "",
            };
            self.line(&format!("RCPT TO:<{to}>{notify}")).await?;
            let reply = self.reply().await?;
            if reply.code / 100 != 2 {
                refused.push((to, reply));
            }
        }
        if refused.len() == envelope.to.len() {
            let first = refused.into_iter().next().map(|(_, reply)| reply.refused());
            return Err(first.unwrap_or_else(|| DialError::Refused("the mail has no recipient".into())));
        }
        self.line("DATA").await?;
        self.expect(3).await?;
        self.body(message).await?;
        let answer = self.last_answer().await?;
        let mut text = format!("{} {}", answer.code, answer.text);
        for (to, reply) in refused {
            text.push_str(&format!("; refused {to}: {} {}", reply.code, reply.text));
        }
        Ok(text)
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), DialError> {
        let write = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match timeout(self.timeout, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(e)) => Err(DialError::Connect(e.to_string())),
            Err(_) => Err(DialError::Connect("the server takes nothing more".into())),
        }
    }

    async fn line(&mut self, line: &str) -> Result<(), DialError> {
        self.write(format!("{line}\r\n").as_bytes()).await
    }

    /// A command that the server must answer with success.
    async fn command(&mut self, line: &str) -> Result<Reply, DialError> {
        self.line(line).await?;
        self.expect(2).await
    }

    /// A reply whose code begins with this digit.
    async fn expect(&mut self, class: u16) -> Result<Reply, DialError> {
        let reply = self.reply().await?;
        if reply.code / 100 == class { Ok(reply) } else { Err(reply.refused()) }
    }

    async fn reply(&mut self) -> Result<Reply, DialError> {
        match timeout(self.timeout, self.read_reply()).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(why)) => Err(DialError::Connect(why)),
            Err(_) => Err(DialError::Connect("no answer in time".into())),
        }
    }

    async fn read_reply(&mut self) -> Result<Reply, String> {
        let mut text = String::new();
        for _ in 0..REPLY_LINES {
            let mut line = Vec::new();
            (&mut self.stream).take(REPLY_LINE_BYTES).read_until(b'\n', &mut line).await.map_err(|e| e.to_string())?;
            if line.last() != Some(&b'\n') {
                return Err(if line.is_empty() { "the server hung up".into() } else { "a line without an end".into() });
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end();
            let code = line.get(..3).and_then(|c| c.parse::<u16>().ok()).filter(|c| (200..600).contains(c)).ok_or("not an SMTP answer")?;
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line.get(4..).unwrap_or_default());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { code, text });
            }
        }
        Err("an answer without an end".into())
    }

    async fn greet(&mut self, name: &str) -> Result<(), DialError> {
        self.line(&format!("EHLO {name}")).await?;
        let reply = self.reply().await?;
        if reply.code / 100 != 2 {
            self.command(&format!("HELO {name}")).await?;
            return Ok(());
        }
        for line in reply.text.lines().skip(1) {
            let upper = line.to_ascii_uppercase();
            let mut words = upper.split([' ', '=']);
            match words.next().unwrap_or_default() {
                "STARTTLS" => self.extensions.starttls = true,
                "8BITMIME" => self.extensions.eight_bit = true,
                "SMTPUTF8" => self.extensions.utf8 = true,
                "DSN" => self.extensions.reports = true,
                "SIZE" => self.extensions.size = Some(words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0)),
                "AUTH" => self.extensions.auth.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        Ok(())
    }

    fn mail_from(&self, envelope: &Envelope, message: &[u8]) -> Result<String, DialError> {
        let mut line = format!("MAIL FROM:<{}>", envelope.from.as_deref().unwrap_or_default());
        if let Some(limit) = self.extensions.size {
            if limit.is_some_and(|limit| message.len() > limit) {
                return Err(DialError::Answer { code: 552, text: "5.3.4 The message is larger than the server takes".into() });
            }
            line.push_str(&format!(" SIZE={}", message.len()));
        }
        if self.extensions.eight_bit && !message.is_ascii() {
            line.push_str(" BODY=8BITMIME");
        }
        if !envelope.from.iter().chain(&envelope.to).all(|a| a.is_ascii()) {
            if !self.extensions.utf8 {
                return Err(DialError::Answer { code: 553, text: "5.6.7 The server does not take addresses beyond ASCII".into() });
            }
            line.push_str(" SMTPUTF8");
        }
        if self.extensions.reports {
            // The headers of a mail that comes back are enough to know it by.
            line.push_str(" RET=HDRS");
        }
        Ok(line)
    }

    /// The message without its final dot: as long as that has not left, the server cannot take the mail.
    async fn body(&mut self, message: &[u8]) -> Result<(), DialError> {
        for chunk in stuffed(message).chunks(64 << 10) {
            if let Err(error) = self.write(chunk).await {
                // A server that has had enough says so before it hangs up.
                let said = timeout(Duration::from_secs(1), self.read_reply()).await;
                return Err(said.ok().and_then(Result::ok).map_or(error, Reply::refused));
            }
        }
        Ok(())
    }

    async fn last_answer(&mut self) -> Result<Reply, DialError> {
        let unknown = |why: &str| DialError::Uncertain(format!("after the message was written: {why}"));
        self.write(b".\r\n").await.map_err(|_| unknown("the connection broke"))?;
        match timeout(self.timeout * ANSWER_FACTOR, self.read_reply()).await {
            Err(_) => Err(unknown("no answer in time")),
            Ok(Err(why)) => Err(unknown(&why)),
            Ok(Ok(reply)) if reply.code / 100 == 2 => Ok(reply),
            Ok(Ok(reply)) => Err(reply.refused()),
        }
    }
}

/// Nothing in an address may end the command it stands in.
fn check_addresses(envelope: &Envelope) -> Result<(), DialError> {
    for address in envelope.from.iter().chain(&envelope.to) {
        if address.is_empty() || address.len() > 320 || address.chars().any(|c| c.is_control() || c.is_whitespace() || c == '<' || c == '>')
        {
            return Err(DialError::Answer { code: 553, text: format!("5.1.3 {address:?} is not an address") });
        }
    }
    if envelope.to.is_empty() {
        return Err(DialError::Answer { code: 554, text: "5.5.1 The mail has no recipient".into() });
    }
    Ok(())
}

/// Every line ends with CRLF, and a leading dot is doubled.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 50 + 2);
    let mut rest = message;
    while !rest.is_empty() {
        let end = rest.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(rest.len());
        let (line, tail) = rest.split_at(end);
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        rest = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..)).unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests;
