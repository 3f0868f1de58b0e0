//! What the form of a mail channel says, read.

use crate::kit::addresses;
use crate::kit::imap::Credential;
use crate::kit::mail::authenticity::Writer;
use kernel::channel::{Account, SendError};
use kernel::dial::{Security, SmtpServer, StreamTo};
use kernel::time::{DAY, Millis};

/// Folders that one channel may follow: each is a connection, and providers allow ten to fifteen of one mailbox.
pub const FOLDERS: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receive {
    /// Mail is handed to our own listener.
    Listener,
    Imap,
    Nothing,
}

pub fn receive(account: &Account) -> Receive {
    match account.settings.text("receive") {
        Some("imap") => Receive::Imap,
        Some("none") => Receive::Nothing,
        _ => Receive::Listener,
    }
}

/// Whose word about a sender counts: the server that was named, the provider's, or nobody's in particular.
pub fn receiving_server(account: &Account) -> Writer<'_> {
    if let Some(name) = account.settings.text("receiving_server") {
        return Writer::Named(name);
    }
    match account.settings.text("mail_provider") {
        Some("google") => Writer::Named("mx.google.com"),
        Some("microsoft") => Writer::Nameless,
        Some("fastmail") => Writer::Named("messagingengine.com"),
        Some("yahoo" | "aol") => Writer::Named("yahoo.com"),
        Some("icloud") => Writer::Named("icloud.com"),
        Some("gmx" | "gmx_com") => Writer::Named("gmx.net"),
        Some("webde") => Writer::Named("web.de"),
        Some("zoho") => Writer::Named("mx.zohomail.com"),
        _ => Writer::Topmost,
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    Leave,
    MarkSeen,
    MoveTo(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    FromNowOn,
    Days(i64),
    Everything,
}
impl First {
    /// From when on mail is wanted.
    pub fn since(self, now: Millis) -> Millis {
        match self {
            Self::FromNowOn => now,
            Self::Days(days) => now - days * DAY,
            Self::Everything => 0,
        }
    }
}

/// A mailbox to fetch from.
#[derive(Debug, Clone)]
pub struct Mailbox {
    pub to: StreamTo,
    pub user: String,
    pub credential: Credential,
    pub folders: Vec<String>,
    pub after: After,
    pub first: First,
}
impl Mailbox {
    pub fn place(&self) -> String {
        format!("{}:{}", self.to.host, self.to.port)
    }
}

pub fn folders(account: &Account) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in account.settings.words("folders") {
        let name = if name.eq_ignore_ascii_case("inbox") { "INBOX".to_owned() } else { name };
        if !name.is_empty() && !out.contains(&name) {
            out.push(name);
        }
    }
    if out.is_empty() {
        out.push("INBOX".into());
    }
    out.truncate(FOLDERS);
    out
}

pub fn mailbox(account: &Account) -> Result<Mailbox, SendError> {
    let settings = &account.settings;
    let missing = |what: &str| SendError::Account { detail: format!("{what} is not set. Open the channel's settings and fill it in.") };
    let host = settings.text("imap_host").ok_or_else(|| missing("The incoming server"))?.trim().to_owned();
    let security = security(account, "imap_security", Security::Tls);
    let usual = if security == Security::Tls { 993 } else { 143 };
    let credential = if by_button(account) {
        let token = settings.secret("access_token");
        let unconnected = || SendError::Account { detail: "Not connected yet. Press the connect button in the channel's settings.".into() };
        Credential::Bearer(token.ok_or_else(unconnected)?)
    } else {
        Credential::Password(settings.secret("imap_password").ok_or_else(|| missing("The mailbox's password"))?)
    };
    let after = match (settings.text("after_import"), settings.text("move_to")) {
        (Some("seen"), _) => After::MarkSeen,
        (Some("move"), Some(folder)) => After::MoveTo(folder.trim().to_owned()),
        _ => After::Leave,
    };
    let first = match settings.text("first_import") {
        Some("all") => First::Everything,
        Some("days") => First::Days(settings.number("first_days").unwrap_or(30).clamp(1, 36_500)),
        _ => First::FromNowOn,
    };
    let folders = folders(account);
    if let After::MoveTo(folder) = &after
        && folders.iter().any(|f| same_folder(f, folder))
    {
        return Err(moved_in_circles(folder));
    }
    let to = StreamTo { host, port: port(account, "imap_port", usual), security };
    Ok(Mailbox { to, user: user(account, "imap_username"), credential, folders, after, first })
}

/// Whether two names mean one folder: some servers write a hierarchy with dots and people write it with slashes, and few tell `done` from `Done`.
pub fn same_folder(one: &str, other: &str) -> bool {
    let flat = |text: &str| text.replace('.', "/").to_lowercase();
    flat(one) == flat(other)
}

pub fn moved_in_circles(folder: &str) -> SendError {
    SendError::Account {
        detail: format!("Mail is to be moved to “{folder}” after import, which is fetched from as well. Choose another folder."),
    }
}

/// The account's own submission server, if there is one.
pub fn outgoing(account: &Account) -> Option<SmtpServer> {
    let settings = &account.settings;
    let host = settings.text("smtp_host")?.trim().to_owned();
    let security = security(account, "smtp_security", Security::StartTls);
    let mut server = SmtpServer { host, port: port(account, "smtp_port", 587), security, username: None, password: None, bearer: None };
    let as_mailbox = receive(account) == Receive::Imap && settings.text("smtp_sign_in") != Some("own");
    if by_button(account) && (as_mailbox || receive(account) == Receive::Nothing) {
        server.username = Some(user(account, if as_mailbox { "imap_username" } else { "smtp_username" }));
        server.bearer = settings.secret("access_token");
    } else if as_mailbox {
        // A preset may spell the name otherwise here than there.
        let name = if settings.text("smtp_username").is_some_and(|n| n.starts_with('{')) { "smtp_username" } else { "imap_username" };
        server.username = Some(user(account, name));
        server.password = settings.secret("imap_password");
    } else {
        server.username = settings.text("smtp_username").map(|_| user(account, "smtp_username"));
        server.password = settings.secret("smtp_password");
    }
    Some(server)
}

/// Signed in on the provider's own page instead of with a password.
pub fn by_button(account: &Account) -> bool {
    receive(account) != Receive::Listener && account.settings.text("sign_in") == Some("oauth")
}

/// The user name, or the address where none is given; `{name}` is the part of it before the @.
fn user(account: &Account, field: &str) -> String {
    let Some(text) = account.settings.text(field) else { return account.identifier.clone() };
    let name = addresses::split(&account.identifier).map(|(local, _, _)| local).unwrap_or_default();
    text.trim().replace("{name}", &name).replace("{address}", &account.identifier)
}

fn security(account: &Account, field: &str, usual: Security) -> Security {
    match account.settings.text(field) {
        Some("tls") => Security::Tls,
        Some("starttls") => Security::StartTls,
        Some("none") => Security::None,
        _ => usual,
    }
}

fn port(account: &Account, field: &str, usual: u16) -> u16 {
    account.settings.number(field).and_then(|p| u16::try_from(p).ok()).filter(|p| *p > 0).unwrap_or(usual)
}
