//! One signed-in connection: asks, and hears what is said meanwhile.

use super::frames::Frames;
use super::names::{decode_name, encode_name, quoted, uid_set};
use super::response::{self, Code, Kind, Mail, Said, Words};
use data_encoding::BASE64;
use kernel::Secret;
use kernel::clock::Clock;
use kernel::dial::{Dial, DialError, Heard, Security, Stream, StreamTo, oauthbearer, xoauth2};
use kernel::time::Millis;

/// Longest silence in the middle of an answer. Servers search large folders before they say a word.
const PATIENCE: u64 = 90_000;
/// What answers to small questions may hold in literals.
const SMALL: usize = 256 << 10;
/// What comes in one answer, whatever it is: a list of a million mails fits.
const ANSWER: usize = 128 << 20;
/// Beside the mails that are fetched.
const BESIDE: usize = 1 << 20;
/// Folders that are listed.
const FOLDERS: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    Password(Secret<String>),
    /// An access token.
    Bearer(Secret<String>),
}

/// Why there is no answer, or not the wanted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The address is not allowed.
    Forbidden(String),
    /// No connection, no TLS, no greeting.
    Unreachable(String),
    /// The connection ended, or what came over it made no sense.
    Ended(String),
    /// Signing in was refused.
    SignIn { code: String, text: String },
    /// A command was refused.
    No { command: &'static str, code: String, text: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    pub name: String,
    /// As the server spells it.
    wire: String,
    /// Copies of what was sent (RFC 6154).
    pub sent: bool,
}

impl Folder {
    /// One that is not there yet.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), wire: encode_name(name), sent: false }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selected {
    pub mails: u32,
    pub validity: u32,
    /// The number that the next mail gets, if the server says.
    pub next: Option<u32>,
}

/// One mail of a folder, before it is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    pub uid: u32,
    pub size: usize,
    pub arrived_at: Option<Millis>,
}

pub struct Session {
    stream: Box<dyn Stream>,
    frames: Frames,
    commands: u32,
    capabilities: Vec<String>,
    /// Mails in the selected folder, as far as the server has said.
    mails: u32,
    /// Something came in that was not listed yet.
    pub news: bool,
    /// Responses that could not be read.
    pub unreadable: u32,
    /// Bytes that may still come in the answer to this command: sizes are announced by the server and may be wrong, and what is read is kept.
    budget: usize,
    /// What `budget` begins with where no mails are asked for.
    answer: usize,
    goodbye: Option<String>,
}

enum Piece<'a> {
    Text(&'a str),
    Literal(&'a [u8]),
}

impl Session {
    /// Connects, encrypts and signs in.
    pub async fn open(dial: &dyn Dial, to: &StreamTo, user: &str, credential: &Credential) -> Result<Self, Failure> {
        let stream = dial.stream(to).await.map_err(|e| match e {
            DialError::Refused(why) => Failure::Forbidden(why),
            DialError::Connect(why) | DialError::Uncertain(why) => Failure::Unreachable(why),
            DialError::Answer { text, .. } => Failure::Unreachable(text),
        })?;
        let mut session = Self {
            stream,
            frames: Frames::default(),
            commands: 0,
            capabilities: Vec::new(),
            mails: 0,
            news: false,
            unreadable: 0,
            budget: ANSWER,
            answer: ANSWER,
            goodbye: None,
        };
        let signed_in = session.greet().await?;
        if to.security == Security::StartTls {
            session.start_tls(signed_in).await?;
        }
        if session.capabilities.is_empty() {
            session.ask_capabilities().await?;
        }
        if !signed_in {
            session.sign_in(to, user, credential).await?;
        }
        if session.can("ID") {
            // Some providers let nobody in who does not say what they are (RFC 2971).
            drop(session.command("ID", "ID (\"name\" \"Switchboard\")").await);
        }
        Ok(session)
    }

    /// The greeting; true when it says that we are signed in already.
    async fn greet(&mut self) -> Result<bool, Failure> {
        let greeting = match self.response(PATIENCE, SMALL).await {
            Ok(Said::Status(words)) => words,
            Ok(_) => return Err(Failure::Unreachable("what answers there is no IMAP server".into())),
            Err(Failure::Ended(why)) => return Err(Failure::Unreachable(why)),
            Err(other) => return Err(other),
        };
        match greeting.kind {
            Kind::Ok => Ok(false),
            Kind::PreAuth => Ok(true),
            Kind::Bye | Kind::No | Kind::Bad => Err(Failure::Unreachable(format!("the server turns us away: {}", greeting.text))),
        }
    }

    async fn start_tls(&mut self, signed_in: bool) -> Result<(), Failure> {
        if signed_in {
            // Whoever greets like this in plain text keeps us from encrypting (RFC 8314, CVE-2020-12398).
            return Err(Failure::Unreachable("the server does not offer STARTTLS".into()));
        }
        self.ask_capabilities().await?;
        if !self.can("STARTTLS") {
            return Err(Failure::Unreachable("the server does not offer STARTTLS".into()));
        }
        self.command("STARTTLS", "STARTTLS").await.map_err(|e| match e {
            Failure::No { text, .. } => Failure::Unreachable(format!("the server does not begin TLS: {text}")),
            other => other,
        })?;
        if !self.frames.is_empty() {
            return Err(Failure::Unreachable("the server spoke out of turn before TLS".into()));
        }
        self.stream.encrypt().await.map_err(|e| match e {
            DialError::Connect(why) | DialError::Refused(why) | DialError::Uncertain(why) => Failure::Unreachable(why),
            DialError::Answer { text, .. } => Failure::Unreachable(text),
        })?;
        // What was said in plain text counts no more.
        self.capabilities.clear();
        Ok(())
    }

    async fn ask_capabilities(&mut self) -> Result<(), Failure> {
        self.capabilities.clear();
        self.command("CAPABILITY", "CAPABILITY").await?;
        Ok(())
    }

    /// Whether the server announced this, in capitals.
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|c| c == capability)
    }

    async fn sign_in(&mut self, to: &StreamTo, user: &str, credential: &Credential) -> Result<(), Failure> {
        let before = std::mem::take(&mut self.capabilities);
        let can = |name: &str| before.iter().any(|c| c == name);
        let result = match credential {
            Credential::Bearer(token) if can("AUTH=OAUTHBEARER") && !can("AUTH=XOAUTH2") => {
                let first = oauthbearer(user, &to.host, to.port, token.reveal());
                self.authenticate("OAUTHBEARER", &first, "AQ==", can("SASL-IR")).await
            }
            Credential::Bearer(token) => self.authenticate("XOAUTH2", &xoauth2(user, token.reveal()), "", can("SASL-IR")).await,
            Credential::Password(password) if can("AUTH=PLAIN") => {
                let first = format!("\0{user}\0{}", password.reveal());
                self.authenticate("PLAIN", &first, "*", can("SASL-IR")).await
            }
            Credential::Password(_) if can("LOGINDISABLED") => {
                return Err(Failure::SignIn { code: "LOGINDISABLED".into(), text: "The server takes no passwords here.".into() });
            }
            Credential::Password(password) => self.login(user, password.reveal()).await,
        };
        match result {
            Ok(()) => {}
            Err(Failure::No { code, text, .. }) => return Err(Failure::SignIn { code, text }),
            Err(other) => return Err(other),
        }
        if self.capabilities.is_empty() {
            self.ask_capabilities().await?;
        }
        Ok(())
    }

    /// One SASL exchange in which we speak first; a second challenge explains a refusal and is answered with `then`.
    async fn authenticate(&mut self, how: &str, first: &str, then: &str, at_once: bool) -> Result<(), Failure> {
        let first = BASE64.encode(first.as_bytes());
        let mut answers = if at_once { vec![then] } else { vec![then, first.as_str()] };
        let line = if at_once { format!("AUTHENTICATE {how} {first}") } else { format!("AUTHENTICATE {how}") };
        let tag = self.begin(&line).await?;
        loop {
            match self.response(PATIENCE, SMALL).await? {
                Said::Go => {
                    let answer = answers.pop().unwrap_or("*");
                    self.write(format!("{answer}\r\n").as_bytes()).await?;
                }
                Said::Done(done, words) if done == tag => return self.ended("AUTHENTICATE", words),
                _ => {}
            }
        }
    }

    async fn login(&mut self, user: &str, password: &str) -> Result<(), Failure> {
        let user = quoted(user).ok_or(user);
        let password = quoted(password).ok_or(password);
        let mut pieces = vec![Piece::Text("LOGIN")];
        for word in [&user, &password] {
            pieces.push(Piece::Text(" "));
            pieces.push(match word {
                Ok(text) => Piece::Text(text),
                Err(raw) => Piece::Literal(raw.as_bytes()),
            });
        }
        self.run("LOGIN", &pieces, SMALL, |_| {}).await.map(|_| ())
    }

    // ---- folders ----

    pub async fn folders(&mut self) -> Result<Vec<Folder>, Failure> {
        let mut found: Vec<Folder> = Vec::new();
        self.run("LIST", &[Piece::Text("LIST \"\" \"*\"")], SMALL, |said| {
            if let Said::Folder { name, selectable: true, sent } = said
                && found.len() < FOLDERS
            {
                found.push(Folder { name: decode_name(&name), wire: name, sent });
            }
        })
        .await?;
        Ok(found)
    }

    /// Opens a folder; `reading` leaves it untouched.
    pub async fn select(&mut self, folder: &Folder, reading: bool) -> Result<Selected, Failure> {
        let command = if reading { "EXAMINE" } else { "SELECT" };
        let line = format!("{command} {}", mailbox(&folder.wire));
        let mut selected = Selected { mails: 0, validity: 1, next: None };
        self.run(command, &[Piece::Text(&line)], SMALL, |said| match said {
            Said::Exists(n) => selected.mails = n,
            Said::Status(Words { code: Code::UidValidity(n), .. }) => selected.validity = n,
            Said::Status(Words { code: Code::UidNext(n), .. }) => selected.next = Some(n),
            _ => {}
        })
        .await?;
        self.news = false;
        Ok(selected)
    }

    /// Every mail from this number on, in order.
    pub async fn list(&mut self, from: u32) -> Result<Vec<Listed>, Failure> {
        self.news = false;
        let mut found = Vec::new();
        if self.mails == 0 {
            return Ok(found);
        }
        let line = format!("UID FETCH {from}:* (UID RFC822.SIZE INTERNALDATE)");
        self.run("FETCH", &[Piece::Text(&line)], SMALL, |said| {
            // `n:*` names the last mail even when its number is smaller.
            if let Said::Mail(Mail { uid: Some(uid), size, arrived_at, .. }) = said
                && uid >= from
                && size.is_some()
            {
                found.push(Listed { uid, size: size.unwrap_or_default() as usize, arrived_at });
            }
        })
        .await?;
        found.sort_unstable_by_key(|m| m.uid);
        found.dedup_by_key(|m| m.uid);
        Ok(found)
    }

    /// The smallest number among the mails that came on this day or later.
    pub async fn first_since(&mut self, at: Millis) -> Result<Option<u32>, Failure> {
        let day =
            jiff::Timestamp::from_millisecond(at).map(|t| t.strftime("%-d-%b-%Y").to_string()).unwrap_or_else(|_| "1-Jan-1970".into());
        let line = format!("UID SEARCH SINCE {day}");
        let mut first: Option<u32> = None;
        self.run("SEARCH", &[Piece::Text(&line)], SMALL, |said| {
            if let Said::Found(list) = said {
                first = list.into_iter().chain(first).min();
            }
        })
        .await?;
        Ok(first)
    }

    // ---- mails ----

    /// These mails, whole, as far as they are still there; none larger than `most`, and four times that in all.
    pub async fn fetch(&mut self, uids: &[u32], most: usize) -> Result<Vec<(u32, Vec<u8>)>, Failure> {
        self.bodies(&format!("UID FETCH {} (UID BODY.PEEK[])", uid_set(uids)), most).await
    }
    /// A part of one; `None` when it is gone.
    pub async fn fetch_part(&mut self, uid: u32, offset: usize, count: usize) -> Result<Option<Vec<u8>>, Failure> {
        let found = self.bodies(&format!("UID FETCH {uid} (UID BODY.PEEK[]<{offset}.{count}>)"), count + SMALL).await?;
        Ok(found.into_iter().find(|(n, _)| *n == uid).map(|(_, body)| body))
    }
    /// The header of one; `None` when it is gone.
    pub async fn fetch_header(&mut self, uid: u32, most: usize) -> Result<Option<Vec<u8>>, Failure> {
        let found = self.bodies(&format!("UID FETCH {uid} (UID BODY.PEEK[HEADER])"), most).await?;
        Ok(found.into_iter().find(|(n, _)| *n == uid).map(|(_, body)| body))
    }
    /// Message-ID and Date of these.
    pub async fn fetch_marks(&mut self, uids: &[u32]) -> Result<Vec<(u32, Vec<u8>)>, Failure> {
        self.bodies(&format!("UID FETCH {} (UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)])", uid_set(uids)), SMALL).await
    }
    async fn bodies(&mut self, line: &str, most: usize) -> Result<Vec<(u32, Vec<u8>)>, Failure> {
        let mut found = Vec::new();
        self.budget = most.saturating_mul(4).saturating_add(BESIDE);
        self.run_within_budget("FETCH", &[Piece::Text(line)], most, |said| {
            if let Said::Mail(Mail { uid: Some(uid), body: Some(body), .. }) = said {
                found.push((uid, body));
            }
        })
        .await?;
        Ok(found)
    }
    /// Which of these are still there.
    pub async fn still_there(&mut self, uids: &[u32]) -> Result<Vec<u32>, Failure> {
        let mut found = Vec::new();
        let line = format!("UID FETCH {} (UID)", uid_set(uids));
        self.run("FETCH", &[Piece::Text(&line)], SMALL, |said| {
            if let Said::Mail(Mail { uid: Some(uid), .. }) = said {
                found.push(uid);
            }
        })
        .await?;
        found.retain(|uid| uids.contains(uid));
        Ok(found)
    }

    pub async fn mark_seen(&mut self, uids: &[u32]) -> Result<(), Failure> {
        self.command("STORE", &format!("UID STORE {} +FLAGS.SILENT (\\Seen)", uid_set(uids))).await.map(|_| ())
    }

    /// Into a folder, made if it is not there. Without MOVE and UIDPLUS the old copies stay, marked as deleted: to
    /// remove them would remove what others marked as well.
    pub async fn move_to(&mut self, uids: &[u32], folder: &Folder) -> Result<(), Failure> {
        let (set, target) = (uid_set(uids), mailbox(&folder.wire));
        let verb = if self.can("MOVE") { "MOVE" } else { "COPY" };
        let line = format!("UID {verb} {set} {target}");
        match self.command(verb, &line).await {
            Err(Failure::No { code, .. }) if code == "TRYCREATE" => {
                self.command("CREATE", &format!("CREATE {target}")).await?;
                self.command(verb, &line).await?;
            }
            other => drop(other?),
        }
        if verb == "COPY" {
            self.command("STORE", &format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)")).await?;
            if self.can("UIDPLUS") {
                self.command("EXPUNGE", &format!("UID EXPUNGE {set}")).await?;
            }
        }
        Ok(())
    }

    // ---- waiting ----

    /// Waits until something comes in, at most so long (RFC 2177).
    pub async fn idle(&mut self, clock: &dyn Clock, most_ms: Millis) -> Result<(), Failure> {
        let tag = self.begin("IDLE").await?;
        let begun = clock.now();
        let mut going = false;
        loop {
            let left = most_ms - (clock.now() - begun);
            if left <= 0 {
                break;
            }
            let wait = if going { left as u64 } else { PATIENCE };
            match self.next_response(wait, SMALL).await? {
                None if going => break,
                None => return Err(Failure::Ended("the server does not answer".into())),
                Some(Said::Go) => going = true,
                Some(Said::Done(done, words)) if done == tag => return self.ended("IDLE", words),
                Some(_) => {}
            }
            if self.news && going {
                break;
            }
        }
        self.write(b"DONE\r\n").await?;
        loop {
            if let Said::Done(done, words) = self.response(PATIENCE, SMALL).await?
                && done == tag
            {
                return self.ended("IDLE", words);
            }
        }
    }

    /// Keeps the connection awake, and lets the server say what is new.
    pub async fn noop(&mut self) -> Result<(), Failure> {
        self.command("NOOP", "NOOP").await.map(|_| ())
    }

    pub async fn leave(mut self) {
        drop(self.command("LOGOUT", "LOGOUT").await);
    }

    // ---- underneath ----

    async fn command(&mut self, name: &'static str, line: &str) -> Result<(), Failure> {
        self.run(name, &[Piece::Text(line)], SMALL, |_| {}).await
    }

    /// One command to its end; everything said meanwhile is shown to `each`.
    async fn run(&mut self, name: &'static str, pieces: &[Piece<'_>], most: usize, each: impl FnMut(Said)) -> Result<(), Failure> {
        self.budget = self.answer;
        self.run_within_budget(name, pieces, most, each).await
    }

    async fn run_within_budget(
        &mut self,
        name: &'static str,
        pieces: &[Piece<'_>],
        most: usize,
        mut each: impl FnMut(Said),
    ) -> Result<(), Failure> {
        self.commands += 1;
        let tag = format!("a{}", self.commands);
        let mut out = format!("{tag} ").into_bytes();
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Literal(raw) => {
                    out.extend_from_slice(format!("{{{}}}\r\n", raw.len()).as_bytes());
                    self.write(&std::mem::take(&mut out)).await?;
                    loop {
                        match self.response(PATIENCE, most).await? {
                            Said::Go => break,
                            Said::Done(done, words) if done == tag => return self.ended(name, words),
                            said => each(said),
                        }
                    }
                    out.extend_from_slice(raw);
                }
            }
        }
        out.extend_from_slice(b"\r\n");
        self.write(&out).await?;
        loop {
            match self.response(PATIENCE, most).await? {
                Said::Done(done, words) if done == tag => return self.ended(name, words),
                said => each(said),
            }
        }
    }

    async fn begin(&mut self, line: &str) -> Result<String, Failure> {
        (self.commands, self.budget) = (self.commands + 1, self.answer);
        let tag = format!("a{}", self.commands);
        self.write(format!("{tag} {line}\r\n").as_bytes()).await?;
        Ok(tag)
    }

    fn ended(&mut self, command: &'static str, words: Words) -> Result<(), Failure> {
        match words.kind {
            Kind::Ok | Kind::PreAuth => Ok(()),
            Kind::No | Kind::Bad | Kind::Bye => {
                let code = if let Code::Word(word) = words.code { word } else { String::new() };
                Err(Failure::No { command, code, text: words.text })
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.stream.write(bytes).await.map_err(|e| match e {
            DialError::Connect(why) | DialError::Refused(why) | DialError::Uncertain(why) => self.over(why),
            DialError::Answer { text, .. } => self.over(text),
        })
    }

    fn over(&mut self, why: String) -> Failure {
        Failure::Ended(self.goodbye.take().map_or(why, |words| format!("the server said goodbye: {words}")))
    }

    async fn response(&mut self, wait_ms: u64, most: usize) -> Result<Said, Failure> {
        match self.next_response(wait_ms, most).await? {
            Some(said) => Ok(said),
            None => Err(Failure::Ended("the server does not answer".into())),
        }
    }

    /// What is said next; `None` after a silence.
    async fn next_response(&mut self, wait_ms: u64, most: usize) -> Result<Option<Said>, Failure> {
        loop {
            if let Some(raw) = self.frames.take(most).map_err(Failure::Ended)? {
                let said = response::read(&raw);
                self.note(&said);
                return Ok(Some(said));
            }
            match self.stream.hear(wait_ms).await {
                Heard::Bytes(bytes) => {
                    let left = self.budget.checked_sub(bytes.len());
                    self.budget = left.ok_or_else(|| Failure::Ended("the server sends far more than it was asked for".into()))?;
                    self.frames.push(&bytes);
                }
                Heard::Silence => return Ok(None),
                Heard::Ended(why) => return Err(self.over(why)),
            }
        }
    }

    fn note(&mut self, said: &Said) {
        match said {
            Said::Capabilities(list) => self.capabilities = list.clone(),
            Said::Status(words) | Said::Done(_, words) => {
                if let Code::Capabilities(list) = &words.code {
                    self.capabilities = list.clone();
                }
                if words.kind == Kind::Bye {
                    self.goodbye = Some(words.text.clone());
                }
            }
            Said::Exists(n) => {
                self.news |= *n > self.mails;
                self.mails = *n;
            }
            Said::Expunged => self.mails = self.mails.saturating_sub(1),
            Said::Unreadable => self.unreadable += 1,
            _ => {}
        }
    }
}

/// A folder's name in a command. Names that cannot stand in quotes (raw UTF-8 of some servers) stand there all the same: RFC 6855.
fn mailbox(wire: &str) -> String {
    quoted(wire).unwrap_or_else(|| format!("\"{}\"", wire.replace(['\0', '\r', '\n'], "").replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests;
