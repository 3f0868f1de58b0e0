//! One conversation with a mail server or client, from greeting to goodbye.
//!
//! Lines end with CR LF and nothing else: who sends a bare LF is cut off, since servers that disagree about where a message
//! ends can be made to smuggle a second one. After STARTTLS everything said before is forgotten.

use crate::smtp_in::{MailHandler, MailRefusal, RcptVerdict, ReceivedMail, SmtpIn};
use crate::tls::BoxStream;
use bytes::{Buf, BytesMut};
use smtp_proto::{Error as Syntax, Request};
use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;

const LINE_BYTES: usize = 2_048;
const MISTAKES: usize = 10;
const HOPS: usize = 100;

#[derive(Default)]
struct Transaction {
    from: Option<Option<String>>,
    to: Vec<String>,
}

/// Why a session ends.
enum End {
    /// Said goodbye already.
    Done,
    /// With these words.
    Say(&'static str),
}
impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Done
    }
}

/// How the text of a message came in.
enum Data {
    Complete(Vec<u8>),
    TooLarge,
}

pub(crate) struct Session {
    stream: BoxStream,
    buffer: BytesMut,
    peer: SocketAddr,
    options: Arc<SmtpIn>,
    handler: Arc<dyn MailHandler>,
    stopping: watch::Receiver<bool>,
    helo: Option<(String, bool)>,
    tls: bool,
    mail: Transaction,
    mistakes: usize,
}

impl Session {
    pub(crate) async fn run(
        stream: BoxStream,
        peer: SocketAddr,
        options: Arc<SmtpIn>,
        handler: Arc<dyn MailHandler>,
        stopping: watch::Receiver<bool>,
    ) {
        let mail = Transaction::default();
        let buffer = BytesMut::with_capacity(4_096);
        let mut session = Self { stream, buffer, peer, options, handler, stopping, helo: None, tls: false, mail, mistakes: 0 };
        if let Err(End::Say(words)) = session.talk().await {
            session.say(words).await.ok();
        }
        session.hang_up().await;
    }

    async fn talk(&mut self) -> Result<(), End> {
        self.say(&format!("220 {} ESMTP Switchboard", self.options.hostname)).await?;
        loop {
            let Some(line) = self.next_line().await? else {
                self.mistake("500 5.5.6 The line is too long").await?;
                continue;
            };
            let request = Request::parse(&mut line.iter());
            match request {
                Ok(request) => self.obey(request.into_owned()).await?,
                Err(error) => self.mistake(&complaint(&error)).await?,
            }
        }
    }

    async fn obey(&mut self, request: Request<String>) -> Result<(), End> {
        match request {
            Request::Ehlo { host } => self.hello(host, true).await?,
            Request::Helo { host } => self.hello(host, false).await?,
            Request::Mail { from } => self.mail_from(from.address, from.size).await?,
            Request::Rcpt { to } => self.recipient(to.address).await?,
            Request::Data => self.data().await?,
            Request::StartTls => self.start_tls().await?,
            Request::Rset => {
                self.mail = Transaction::default();
                self.say("250 2.0.0 Forgotten").await?;
            }
            Request::Noop { .. } => self.say("250 2.0.0 OK").await?,
            Request::Vrfy { .. } => self.say("252 2.1.5 Send some mail and see").await?,
            Request::Help { .. } => self.say("214 2.0.0 EHLO MAIL RCPT DATA RSET NOOP VRFY STARTTLS QUIT").await?,
            Request::Quit => return Err(End::Say("221 2.0.0 Goodbye")),
            // Their next bytes are not commands; going on would read them as such.
            Request::Bdat { .. } | Request::Burl { .. } => return Err(End::Say("502 5.5.1 Not offered here")),
            Request::Auth { .. } => self.mistake("502 5.5.1 Nobody signs in here").await?,
            _ => self.mistake("502 5.5.1 Not offered here").await?,
        }
        Ok(())
    }

    async fn hello(&mut self, host: String, extended: bool) -> Result<(), End> {
        self.mail = Transaction::default();
        let name = &self.options.hostname;
        let answer = if extended {
            let starttls = if self.options.tls.is_some() && !self.tls { "250-STARTTLS\r\n" } else { "" };
            let size = self.options.max_message_bytes;
            format!("250-{name}\r\n250-PIPELINING\r\n250-SIZE {size}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n{starttls}250 ENHANCEDSTATUSCODES")
        } else {
            format!("250 {name}")
        };
        self.helo = Some((host, extended));
        Ok(self.say(&answer).await?)
    }

    async fn mail_from(&mut self, from: String, size: usize) -> Result<(), End> {
        if self.helo.is_none() {
            return self.mistake("503 5.5.1 Say EHLO first").await;
        }
        if self.mail.from.is_some() {
            return self.mistake("503 5.5.1 One mail at a time").await;
        }
        if size > self.options.max_message_bytes {
            return self.mistake("552 5.3.4 The message is too large").await;
        }
        self.mail.from = Some(Some(from).filter(|f| !f.is_empty()));
        Ok(self.say("250 2.1.0 OK").await?)
    }

    async fn recipient(&mut self, to: String) -> Result<(), End> {
        if self.mail.from.is_none() {
            return self.mistake("503 5.5.1 Say MAIL FROM first").await;
        }
        if self.mail.to.contains(&to) {
            return Ok(self.say("250 2.1.5 OK").await?);
        }
        if self.mail.to.len() >= self.options.max_recipients {
            return self.mistake("452 4.5.3 Too many recipients").await;
        }
        match self.handler.recipient(&to).await {
            RcptVerdict::Accept => {
                self.mail.to.push(to);
                Ok(self.say("250 2.1.5 OK").await?)
            }
            RcptVerdict::Unknown => self.mistake("550 5.1.1 There is no such mailbox here").await,
            RcptVerdict::NotOurs => self.mistake("550 5.7.1 We do not relay mail").await,
            RcptVerdict::TemporarilyUnavailable => Ok(self.say("451 4.3.0 Cannot tell now, try again later").await?),
        }
    }

    async fn data(&mut self) -> Result<(), End> {
        let Some(from) = self.mail.from.clone() else {
            return self.mistake("503 5.5.1 Say MAIL FROM first").await;
        };
        if self.mail.to.is_empty() {
            return self.mistake("554 5.5.1 There is no valid recipient").await;
        }
        self.say("354 Go ahead, end with a line that holds a single dot").await?;
        let received = self.message().await?;
        let to = std::mem::take(&mut self.mail).to;
        let Data::Complete(text) = received else {
            return Ok(self.say("552 5.3.4 The message is too large").await?);
        };
        if hops(&text) > HOPS {
            return Ok(self.say("554 5.4.6 This mail goes round in circles").await?);
        }
        let mut data = self.trace(&to).into_bytes();
        data.extend_from_slice(&text);
        drop(text);
        let helo = self.helo.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
        let mail = ReceivedMail { envelope_from: from, envelope_to: to, peer: self.peer, helo, tls: self.tls, data };
        let answer = match self.handler.accept(mail).await {
            Ok(id) => format!("250 2.0.0 Queued as {}", words(&id)),
            Err(MailRefusal::Temporary(why)) => format!("451 4.3.0 {}", words(&why)),
            Err(MailRefusal::Permanent(why)) => format!("554 5.6.0 {}", words(&why)),
        };
        Ok(self.say(&answer).await?)
    }

    async fn start_tls(&mut self) -> Result<(), End> {
        let Some(config) = self.options.tls.clone().filter(|_| !self.tls) else {
            return self.mistake("502 5.5.1 Not offered here").await;
        };
        if !self.buffer.is_empty() {
            return Err(End::Say("501 5.5.4 Nothing may follow STARTTLS before the handshake"));
        }
        self.say("220 2.0.0 Go ahead").await?;
        let (idle, _) = tokio::io::duplex(1);
        let plain = std::mem::replace(&mut self.stream, Box::new(idle));
        let handshake = TlsAcceptor::from(config).accept(plain);
        self.stream = Box::new(timeout(self.options.command_timeout, handshake).await.map_err(|_| End::Done)??);
        (self.tls, self.helo, self.mail) = (true, None, Transaction::default());
        Ok(())
    }

    /// Says what is wrong, and ends the session of somebody who gets nothing right.
    async fn mistake(&mut self, words: &str) -> Result<(), End> {
        self.mistakes += 1;
        if self.mistakes >= MISTAKES {
            return Err(End::Say("421 4.7.0 Too many mistakes"));
        }
        Ok(self.say(words).await?)
    }

    async fn say(&mut self, words: &str) -> io::Result<()> {
        let answer = format!("{words}\r\n");
        let write = async {
            self.stream.write_all(answer.as_bytes()).await?;
            self.stream.flush().await
        };
        timeout(self.options.command_timeout, write).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// One command line with its end; `None` for one that was too long and has been skipped.
    async fn next_line(&mut self) -> Result<Option<BytesMut>, End> {
        let deadline = Instant::now() + self.options.command_timeout;
        let mut too_long = false;
        loop {
            if let Some(end) = self.buffer.iter().position(|b| *b == b'\n') {
                let line = self.buffer.split_to(end + 1);
                if !line.ends_with(b"\r\n") {
                    return Err(End::Say("521 5.5.2 Lines end with CR LF"));
                }
                return Ok(Some(line).filter(|l| !too_long && l.len() <= LINE_BYTES));
            }
            if self.buffer.len() > LINE_BYTES {
                too_long = true;
                let skip = self.buffer.len() - 1;
                self.buffer.advance(skip);
            }
            self.buffer.reserve(LINE_BYTES);
            let mut stopping = self.stopping.clone();
            let stop = stopping.wait_for(|stop| *stop);
            let read = tokio::select! {
                read = timeout_at(deadline, self.stream.read_buf(&mut self.buffer)) => read,
                _ = stop => return Err(End::Say("421 4.3.2 Shutting down, try again later")),
            };
            match read {
                Err(_) => return Err(End::Say("421 4.4.2 Nothing heard for too long")),
                Ok(Ok(0)) => return Err(End::Done),
                Ok(read) => read?,
            };
        }
    }

    /// The text up to the final dot, dots unstuffed. What is too large is read to its end all the same (within reason), so
    /// that the refusal is heard as an answer to the mail and not as a broken connection.
    async fn message(&mut self) -> Result<Data, End> {
        let limit = self.options.max_message_bytes;
        let deadline = Instant::now() + self.options.message_timeout;
        let (mut text, mut read, mut inside_line, mut searched) = (Vec::new(), 0usize, false, 0usize);
        loop {
            while let Some(end) = self.buffer[searched..].iter().position(|b| *b == b'\n').map(|at| at + searched) {
                searched = 0;
                let line = self.buffer.split_to(end + 1);
                if !line.ends_with(b"\r\n") {
                    return Err(End::Say("521 5.5.2 Lines end with CR LF"));
                }
                if !inside_line && &line[..] == b".\r\n" {
                    return Ok(if read > limit { Data::TooLarge } else { Data::Complete(text) });
                }
                keep(&mut text, &line, !inside_line, &mut read, limit);
                inside_line = false;
            }
            searched = self.buffer.len();
            if self.buffer.len() > 32 << 10 {
                // A line without an end in sight: all but the last byte, which may be half of a CR LF.
                let piece = self.buffer.split_to(self.buffer.len() - 1);
                keep(&mut text, &piece, !inside_line, &mut read, limit);
                (inside_line, searched) = (true, 0);
            }
            if read > limit.saturating_mul(3) {
                return Err(End::Say("552 5.3.4 The message is far too large"));
            }
            self.buffer.reserve(32 << 10);
            let until = deadline.min(Instant::now() + self.options.data_timeout);
            match timeout_at(until, self.stream.read_buf(&mut self.buffer)).await {
                Err(_) => return Err(End::Say("421 4.4.2 The message did not arrive in time")),
                Ok(Ok(0)) => return Err(End::Done),
                Ok(read) => read?,
            };
        }
    }

    /// RFC 5321 §4.4: who gave us this mail, how, and when.
    fn trace(&self, to: &[String]) -> String {
        let (helo, extended) = self.helo.as_ref().map_or(("", false), |(name, extended)| (name.as_str(), *extended));
        let with = if extended { if self.tls { "ESMTPS" } else { "ESMTP" } } else { "SMTP" };
        let helo: String = helo.chars().filter(|c| c.is_ascii_graphic() && !"()<>\\\"".contains(*c)).take(255).collect();
        let to = match to {
            [one] if one.is_ascii() => format!("\r\n\tfor <{one}>"),
            _ => String::new(),
        };
        let at = jiff::Timestamp::from_millisecond(self.options.clock.now()).unwrap_or_default().strftime("%a, %d %b %Y %H:%M:%S +0000");
        format!(
            "Received: from {helo} ([{}])\r\n\tby {} with {with}{to};\r\n\t{at}\r\n",
            self.peer.ip().to_canonical(),
            self.options.hostname
        )
    }

    /// Closing with unread bytes would reset the connection and swallow our last words; so the rest is read for a moment.
    async fn hang_up(&mut self) {
        let goodbye = async {
            self.stream.shutdown().await?;
            let mut rest = [0u8; 4_096];
            for _ in 0..64 {
                if self.stream.read(&mut rest).await? == 0 {
                    break;
                }
            }
            io::Result::Ok(())
        };
        timeout(Duration::from_secs(1), goodbye).await.ok();
    }
}

/// Adds a piece of text; once over the limit nothing is kept, only counted.
fn keep(text: &mut Vec<u8>, piece: &[u8], starts_line: bool, read: &mut usize, limit: usize) {
    let piece = if starts_line { piece.strip_prefix(b".").unwrap_or(piece) } else { piece };
    *read += piece.len();
    if *read > limit {
        *text = Vec::new();
    } else {
        text.extend_from_slice(piece);
    }
}

/// How many servers this mail has passed.
fn hops(text: &[u8]) -> usize {
    let head = text.split(|b| *b == b'\n').take_while(|line| !line.trim_ascii().is_empty());
    head.filter(|line| line.get(..9).is_some_and(|name| name.eq_ignore_ascii_case(b"received:"))).count()
}

/// One line of printable words, for an answer.
fn words(text: &str) -> Cow<'_, str> {
    if text.len() <= 400 && text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).take(400).collect())
}

fn complaint(error: &Syntax) -> String {
    match error {
        Syntax::InvalidSenderAddress => "501 5.1.7 This is not an address".into(),
        Syntax::InvalidRecipientAddress => "501 5.1.3 This is not an address".into(),
        Syntax::SyntaxError { syntax } => format!("501 5.5.2 Expected {syntax}"),
        Syntax::InvalidParameter { param } => format!("501 5.5.4 {param} has a wrong value"),
        Syntax::UnsupportedParameter { .. } => "555 5.5.4 A parameter is not offered here".into(),
        _ => "500 5.5.1 No such command".into(),
    }
}
