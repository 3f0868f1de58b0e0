//! Mail: a sender that speaks to our listener, and a server outside that takes what we send, answering as it is told.

use crate::within;
use mail_parser::MessageParser;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail on its way to us.
#[derive(Debug, Clone)]
pub struct Mail {
    pub envelope_from: String,
    pub envelope_to: Vec<String>,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Mail {
    pub fn new(from: &str, to: &str, subject: &str, body: &str) -> Self {
        let bare = from.rsplit_once('<').map_or(from, |(_, a)| a.trim_end_matches('>'));
        Self {
            envelope_from: bare.to_owned(),
            envelope_to: vec![to.to_owned()],
            headers: vec![("From".into(), from.into()), ("To".into(), to.into()), ("Subject".into(), subject.into())],
            body: body.to_owned(),
        }
    }
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    pub fn id(self, id: &str) -> Self {
        self.header("Message-ID", &format!("<{id}>"))
    }
    pub fn text(&self) -> String {
        let head: String = self.headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        format!("{head}\r\n{}", self.body.replace("\r\n", "\n").replace('\n', "\r\n"))
    }
}

struct Talk {
    read: BufReader<tokio::net::tcp::OwnedReadHalf>,
    write: tokio::net::tcp::OwnedWriteHalf,
}
impl Talk {
    fn new(stream: TcpStream) -> Self {
        let (read, write) = stream.into_split();
        Self { read: BufReader::new(read), write }
    }
    async fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let n = self.read.read_until(b'\n', &mut line).await.ok()?;
        (n > 0).then(|| String::from_utf8_lossy(&line).trim_end().to_owned())
    }
    async fn say(&mut self, line: &str) {
        self.write.write_all(format!("{line}\r\n").as_bytes()).await.ok();
    }
    async fn answer(&mut self) -> (u16, String) {
        let mut all = String::new();
        loop {
            let line = within("an SMTP answer", self.line()).await.expect("the mail server hung up");
            all.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                return (line[..3].parse().unwrap(), all);
            }
        }
    }
}

/// Hands a mail over; gives the last answer: that to the data, or the first refusal.
pub async fn submit(to: SocketAddr, mail: &Mail) -> (u16, String) {
    let mut talk = Talk::new(TcpStream::connect(to).await.unwrap());
    assert_eq!(talk.answer().await.0, 220);
    let mut steps = vec!["EHLO sender.example".to_owned(), format!("MAIL FROM:<{}>", mail.envelope_from)];
    steps.extend(mail.envelope_to.iter().map(|a| format!("RCPT TO:<{a}>")));
    steps.push("DATA".into());
    for step in steps {
        talk.say(&step).await;
        let (code, text) = talk.answer().await;
        if code >= 400 {
            return (code, text);
        }
    }
    for line in mail.text().split("\r\n") {
        let line = if line.starts_with('.') { format!(".{line}") } else { line.to_owned() };
        talk.say(&line).await;
    }
    talk.say(".").await;
    let answer = talk.answer().await;
    talk.say("QUIT").await;
    answer
}

/// A mail that we handed over.
#[derive(Debug, Clone)]
pub struct Submitted {
    pub from: String,
    pub to: Vec<String>,
    pub raw: String,
}
impl Submitted {
    /// A header as it stands, unfolded.
    pub fn header(&self, name: &str) -> String {
        let parsed = MessageParser::default().parse(self.raw.as_bytes()).unwrap();
        parsed.header_raw(name).unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" ")
    }
    pub fn body(&self) -> String {
        let parsed = MessageParser::default().parse(self.raw.as_bytes()).unwrap();
        parsed.body_text(0).unwrap_or_default().into_owned()
    }
    pub fn message_id(&self) -> String {
        self.header("Message-ID").trim_matches(['<', '>']).to_owned()
    }
}

#[derive(Default)]
struct State {
    mails: Vec<Submitted>,
    /// Answers to the data of the next mails; silence when empty text.
    answers: VecDeque<String>,
    password: String,
    tries: usize,
}

/// A submission server that keeps what it gets.
pub struct Sink {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}
impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Sink {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { password: "right".into(), ..Default::default() }));
        let with = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = with.clone();
                tokio::spawn(async move { take(Talk::new(stream), state).await });
            }
        });
        Self { address, state, task }
    }
    /// The answer to the next mail, such as `451 4.3.0 later`; an empty one closes the connection instead.
    pub fn next(&self, answer: &str) {
        self.state.lock().unwrap().answers.push_back(answer.to_owned());
    }
    /// Only this password is let in from now on.
    pub fn only_password(&self, password: &str) {
        self.state.lock().unwrap().password = password.to_owned();
    }
    /// Takes what came.
    pub fn mails(&self) -> Vec<Submitted> {
        std::mem::take(&mut self.state.lock().unwrap().mails)
    }
    /// How many mails were handed over or tried.
    pub fn tries(&self) -> usize {
        self.state.lock().unwrap().tries
    }
}

async fn take(mut talk: Talk, state: Arc<Mutex<State>>) -> Option<()> {
    talk.say("220 sink.example ESMTP").await;
    let (mut from, mut to) = (String::new(), Vec::new());
    let address = |line: &str| line.split_once('<').and_then(|(_, r)| r.split_once('>')).map_or(String::new(), |(a, _)| a.to_owned());
    loop {
        let line = talk.line().await?;
        let verb = line.split([' ', ':']).next().unwrap_or("").to_uppercase();
        match verb.as_str() {
            "EHLO" => talk.say("250-sink.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN").await,
            "AUTH" => {
                let word = line.rsplit(' ').next().unwrap_or("");
                let plain = data_encoding::BASE64.decode(word.as_bytes()).unwrap_or_default();
                let right = plain.rsplit(|b| *b == 0).next() == Some(state.lock().unwrap().password.as_bytes());
                talk.say(if right { "235 2.7.0 welcome" } else { "535 5.7.8 wrong password" }).await;
            }
            "MAIL" => {
                from = address(&line);
                talk.say("250 ok").await;
            }
            "RCPT" => {
                to.push(address(&line));
                talk.say("250 ok").await;
            }
            "DATA" => {
                talk.say("354 go on").await;
                let mut raw = String::new();
                loop {
                    let line = talk.line().await?;
                    if line == "." {
                        break;
                    }
                    raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                    raw.push_str("\r\n");
                }
                let answer = {
                    let mut state = state.lock().unwrap();
                    state.tries += 1;
                    let answer = state.answers.pop_front().unwrap_or_else(|| "250 2.0.0 taken".into());
                    if answer.starts_with('2') || answer.is_empty() {
                        state.mails.push(Submitted { from: std::mem::take(&mut from), to: std::mem::take(&mut to), raw });
                    }
                    answer
                };
                if answer.is_empty() {
                    return None;
                }
                talk.say(&answer).await;
            }
            "QUIT" => {
                talk.say("221 bye").await;
                return None;
            }
            _ => talk.say("250 ok").await,
        }
    }
}
