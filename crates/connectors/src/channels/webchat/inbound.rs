//! What a visitor wrote, as the server's widget routes hand it over.

use crate::kit::{addresses, verdicts::shorten};
use kernel::channel::{Handle, Inbound, InboundMessage, ParseError, Sender, ThreadHint};
use kernel::message::{ContentType, HandleEvidence};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The method of deliveries that our own server builds.
pub const METHOD: &str = "WIDGET";

#[derive(Deserialize)]
struct Said {
    visitor: String,
    /// Made by the page, unique for each thing said: a resend is the same message.
    echo_id: String,
    #[serde(default)]
    text: String,
    name: Option<String>,
    email: Option<String>,
    /// Set by the server after it has checked the identity's proof.
    verified_identifier: Option<String>,
    page_url: Option<String>,
    user_agent: Option<String>,
    #[serde(default)]
    files: Vec<SaidFile>,
}

#[derive(Deserialize)]
struct SaidFile {
    /// Opaque here; the server knows what it stored under it.
    #[serde(alias = "file_id")]
    id: String,
}

pub fn parse(body: &[u8]) -> Result<Vec<Inbound>, ParseError> {
    let said: Said = serde_json::from_slice(body).map_err(|e| ParseError(format!("The widget's message cannot be read: {e}")))?;
    if said.visitor.is_empty() || said.visitor.len() > 200 || said.echo_id.is_empty() || said.echo_id.len() > 200 {
        return Err(ParseError("Visitor and echo id have to be 1 to 200 characters.".into()));
    }
    let text = said.text.replace("\r\n", "\n").replace('\0', "");
    if text.trim().is_empty() && said.files.is_empty() {
        return Ok(vec![Inbound::Ignored { why: "The visitor sent nothing.".into() }]);
    }
    let identifier = said.verified_identifier.filter(|i| !i.is_empty());
    let evidence = if identifier.is_some() { HandleEvidence::Verified } else { HandleEvidence::Claimed };
    let email = said.email.as_deref().and_then(addresses::clean).map(|value| Handle { kind: "email".into(), value, evidence });

    let mut metadata = Map::new();
    note(&mut metadata, "page_url", said.page_url);
    note(&mut metadata, "user_agent", said.user_agent);
    note(&mut metadata, "identifier", identifier);
    if !said.files.is_empty() {
        let ids = said.files.into_iter().take(100).map(|f| Value::from(f.id)).collect();
        metadata.insert("file_ids".into(), Value::Array(ids));
    }
    let message = InboundMessage {
        external_id: format!("{}:{}", said.visitor, said.echo_id),
        thread: ThreadHint { key: Some(said.visitor.clone()), ..ThreadHint::default() },
        sender: Sender {
            handle: Handle { kind: "webchat".into(), value: said.visitor, evidence: HandleEvidence::Verified },
            name: said.name.map(|n| shorten(&n, 200)).filter(|n| !n.is_empty()),
            more: email.into_iter().collect(),
        },
        to: Vec::new(),
        cc: Vec::new(),
        reply_to: None,
        subject: None,
        content_type: ContentType::Text,
        stripped_text: Some(text.clone()),
        text,
        html: None,
        files: Vec::new(),
        sent_at: None,
        automatic: false,
        echo: false,
        attended: false,
        metadata,
    };
    Ok(vec![Inbound::Message(Box::new(message))])
}

fn note(metadata: &mut Map<String, Value>, name: &str, value: Option<String>) {
    if let Some(value) = value.map(|v| shorten(&v, 2_000)).filter(|v| !v.is_empty()) {
        metadata.insert(name.into(), value.into());
    }
}
