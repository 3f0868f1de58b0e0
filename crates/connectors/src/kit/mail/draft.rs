//! A mail of ours as fields, for providers that want JSON and write the mail themselves. The same rules as in `build`: addresses that
//! are none refuse the whole mail, and nothing that a person typed can start a header.

use super::build::{self, AUTOMATIC};
use super::shown;
use crate::kit::tokens;
use kernel::channel::{Account, Outbound, SendError};
use kernel::message::Address;

#[derive(Debug, Clone, PartialEq)]
pub struct Draft<'a> {
    pub from: Address,
    /// Nobody stands twice in the three lists.
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    pub reply_to: Option<Address>,
    pub subject: String,
    /// Message-ID, In-Reply-To, References, and the marks of automatic mail.
    pub headers: Vec<(&'static str, String)>,
    /// With the signature.
    pub text: String,
    /// With the signature and the hidden marker, its `cid:` references renamed to the files' ids.
    pub html: Option<String>,
    pub files: Vec<DraftFile<'a>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DraftFile<'a> {
    pub name: String,
    pub content_type: String,
    pub bytes: &'a [u8],
    /// Set where the HTML shows it.
    pub content_id: Option<String>,
}

impl Draft<'_> {
    /// The text, or the names of the files when there is none: some providers refuse a mail without words.
    pub fn words(&self) -> String {
        match self.text.trim() {
            "" => self.files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join("\n"),
            _ => self.text.clone(),
        }
    }

    pub fn recipients(&self) -> usize {
        self.to.len() + self.cc.len() + self.bcc.len()
    }

    /// Bytes of the mail once its files are in base64.
    pub fn size(&self) -> usize {
        let files: usize = self.files.iter().map(|f| f.bytes.len().div_ceil(3) * 4 + f.name.len() + 200).sum();
        self.text.len() + self.html.as_deref().map_or(0, str::len) + files
    }
}

pub fn draft<'a>(account: &Account, message: &'a Outbound) -> Result<Draft<'a>, SendError> {
    build::recipients(message)?;
    let token = tokens::make(account.mac_key.reveal(), message.conversation_id, account.id);
    let name = account.settings.text("display_name").or(message.sender_name.as_deref()).map(build::one_line);
    let mut seen = Vec::new();
    let to = list(&message.to, &mut seen)?;
    let cc = list(&message.cc, &mut seen)?;
    let bcc = list(&message.bcc, &mut seen)?;
    let signature = build::signature(account, message);
    let renamed = message.html.as_deref().map(|html| shown::rename(html, &message.files, |n| build::content_id(message, n)));
    let (html, shown) = renamed.unzip();
    let shown = shown.unwrap_or_default();
    let files = message.files.iter().enumerate().map(|(n, file)| {
        let content_id = shown.contains(&n).then(|| build::content_id(message, n));
        DraftFile { name: build::one_line(&file.name), content_type: build::file_type(file), bytes: &file.bytes, content_id }
    });
    let files = files.collect();
    Ok(Draft {
        reply_to: build::reply_address(account, &token).map(|address| Address { name: name.clone(), address }),
        from: Address { name, address: build::clean_address(&account.identifier)? },
        to,
        cc,
        bcc,
        subject: build::one_line(message.subject.as_deref().unwrap_or_default()),
        headers: headers(message),
        text: build::signed_text(message, signature),
        html: html.map(|html| build::finish_html(html, signature, &token)),
        files,
    })
}

fn list(given: &[Address], seen: &mut Vec<String>) -> Result<Vec<Address>, SendError> {
    let mut out = Vec::new();
    for one in given {
        let address = build::clean_address(&one.address)?;
        let key = address.to_lowercase();
        if !seen.contains(&key) {
            seen.push(key);
            out.push(Address { name: one.name.as_deref().map(build::one_line).filter(|n| !n.is_empty()), address });
        }
    }
    Ok(out)
}

fn headers(message: &Outbound) -> Vec<(&'static str, String)> {
    let bracketed = |ids: &[String]| ids.iter().map(|id| format!("<{id}>")).collect::<Vec<_>>().join(" ");
    let mut out = vec![("Message-ID", bracketed(&[build::clean_id(&message.external_id)]))];
    if let Some(parent) = build::parent(message) {
        out.push(("In-Reply-To", bracketed(&[parent])));
    }
    let chain = build::references(message);
    if !chain.is_empty() {
        out.push(("References", bracketed(&chain)));
    }
    if message.automatic {
        out.extend(AUTOMATIC.iter().map(|(name, value)| (*name, (*value).to_owned())));
    }
    out
}

/// `Name <address>` as providers read it in a field; the name is quoted where it has to be (RFC 5322 §3.2.4).
pub fn written(address: &Address) -> String {
    match address.name.as_deref().filter(|n| !n.is_empty()) {
        None => address.address.clone(),
        Some(name) if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ' || b >= 0x80) => format!("{name} <{}>", address.address),
        Some(name) => format!("\"{}\" <{}>", name.replace('\\', "\\\\").replace('"', "\\\""), address.address),
    }
}
