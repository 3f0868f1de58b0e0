//! Templates: Twilio's Content, approved for WhatsApp. Blanks are named as they stand between double braces.
//!
//! Source: the provider's OpenAPI description (content v1).

use crate::kit::calls::{self, encode};
use crate::kit::twilio::{call, list, product_url, text};
use crate::kit::verdicts::shorten;
use kernel::BoxFuture;
use kernel::channel::{Account, Button, Edge, SendError, Template, TemplateUse, Templates};
use kernel::http::HttpRequest;
use serde_json::{Map, Value, json};

/// Kinds of content, the one that WhatsApp is given first.
const KINDS: &[&str] = &[
    "whatsapp/card",
    "whatsapp/authentication",
    "whatsapp/flows",
    "twilio/card",
    "twilio/carousel",
    "twilio/quick-reply",
    "twilio/call-to-action",
    "twilio/list-picker",
    "twilio/media",
    "twilio/catalog",
    "twilio/flows",
    "twilio/location",
    "twilio/text",
];

pub struct Content;

impl Templates for Content {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Template>, SendError>> {
        Box::pin(async move {
            let all = list(edge, account, &product_url(account, "content", "/v1/ContentAndApprovals?PageSize=100"), "contents").await?;
            Ok(all.iter().filter_map(read).collect())
        })
    }

    fn create<'a>(&'a self, edge: Edge<'a>, account: &'a Account, template: &'a Template) -> BoxFuture<'a, Result<Template, SendError>> {
        Box::pin(async move {
            let made = call(edge, account, calls::json("POST", product_url(account, "content", "/v1/Content"), &write(template)?)).await?;
            let sid =
                text(&made, "sid").map(str::to_owned).ok_or_else(|| SendError::Permanent { detail: "Twilio made no template.".into() })?;
            let approval = json!({"name": approval_name(&template.name), "category": template.category.to_uppercase()});
            let place = product_url(account, "content", &format!("/v1/Content/{}/ApprovalRequests/whatsapp", encode(&sid)));
            match call(edge, account, calls::json("POST", place, &approval)).await {
                Ok(answer) => {
                    // What was just handed in says “received” or still “unsubmitted”.
                    let (status, reason) = match status(text(&answer, "status").unwrap_or("received")) {
                        "disabled" => ("pending", None),
                        status => (status, text(&answer, "rejection_reason").map(|r| shorten(r, 500))),
                    };
                    Ok(Template { id: sid, status: status.into(), reason, ..template.clone() })
                }
                Err(error) => {
                    // Nobody could use what was never handed in.
                    let _ = call(edge, account, delete(account, &sid)).await;
                    Err(error)
                }
            }
        })
    }

    fn delete<'a>(&'a self, edge: Edge<'a>, account: &'a Account, template: &'a Template) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move { call(edge, account, delete(account, &template.id)).await.map(|_| ()) })
    }
}

fn delete(account: &Account, sid: &str) -> HttpRequest {
    let url = product_url(account, "content", &format!("/v1/Content/{}", encode(sid)));
    HttpRequest::new("DELETE", url).header("accept", "application/json")
}

/// The parameters of a message that is a template.
pub fn filled(used: &TemplateUse) -> Result<Vec<(&'static str, String)>, SendError> {
    if !used.id.starts_with("HX") {
        return Err(SendError::Permanent { detail: "The template is not known at Twilio. Fetch the list of templates again.".into() });
    }
    let mut pairs = vec![("ContentSid", used.id.clone())];
    if !used.parameters.is_empty() {
        // Neither line breaks nor runs of blanks are allowed in them.
        let flat = |value: &str| Value::String(value.split_whitespace().collect::<Vec<_>>().join(" "));
        let values: Map<String, Value> = used.parameters.iter().map(|(name, value)| (name.clone(), flat(value))).collect();
        pairs.push(("ContentVariables", Value::Object(values).to_string()));
    }
    Ok(pairs)
}

fn status(word: &str) -> &'static str {
    match word {
        "approved" => "approved",
        "received" | "pending" | "in_appeal" => "pending",
        "rejected" => "rejected",
        "paused" => "paused",
        _ => "disabled",
    }
}

/// A template as Twilio lists it.
fn read(value: &Value) -> Option<Template> {
    let types = value.get("types")?.as_object()?;
    let (kind, content) = KINDS.iter().find_map(|kind| types.get(*kind).map(|c| (*kind, c))).or_else(|| {
        let (kind, content) = types.iter().next()?;
        Some((kind.as_str(), content))
    })?;
    let approval = value.get("approval_requests").unwrap_or(&Value::Null);
    let word = text(approval, "status").unwrap_or("unsubmitted");
    let reason = match word {
        "unsubmitted" => Some("It was not handed in for approval by WhatsApp.".to_owned()),
        _ => text(approval, "rejection_reason").map(|r| shorten(r, 500)),
    };
    let header = media(content).map(header_of);
    let header_text = text(content, "header_text").map(str::to_owned);
    let body = ["body", "title"].iter().find_map(|name| text(content, name)).unwrap_or(match kind {
        "whatsapp/authentication" => "{{1}} is your verification code.",
        "twilio/location" => "(a place)",
        _ => "",
    });
    Some(Template {
        id: text(value, "sid")?.to_owned(),
        name: text(approval, "name").or_else(|| text(value, "friendly_name")).unwrap_or("(without a name)").to_owned(),
        language: text(value, "language").unwrap_or_default().to_owned(),
        category: text(approval, "category").unwrap_or_default().to_lowercase(),
        status: status(word).into(),
        reason,
        header: header.map(str::to_owned).or_else(|| header_text.is_some().then(|| "text".to_owned())),
        header_text,
        body: body.to_owned(),
        footer: ["footer", "subtitle"].iter().find_map(|name| text(content, name)).map(str::to_owned),
        buttons: buttons(content),
        blanks: blanks_of(value, content),
    })
}

fn media(content: &Value) -> Option<&str> {
    match content.get("media")? {
        Value::Array(list) => list.first()?.as_str(),
        one => one.as_str(),
    }
}
fn header_of(url: &str) -> &'static str {
    let end = url.split(['?', '#']).next().unwrap_or_default().rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match end.as_str() {
        "mp4" | "3gp" | "mov" => "video",
        "pdf" | "doc" | "docx" | "xlsx" | "pptx" => "document",
        _ => "image",
    }
}

fn buttons(content: &Value) -> Vec<Button> {
    let list = ["actions", "items"].iter().find_map(|name| content.get(name)?.as_array());
    let one = |(n, action): (usize, &Value)| {
        let title = ["title", "item", "copy_code_text"].iter().find_map(|name| text(action, name))?;
        let url = text(action, "url").map(str::to_owned).or_else(|| text(action, "phone").map(|p| format!("tel:{p}")));
        Some(Button { id: text(action, "id").map_or_else(|| n.to_string(), str::to_owned), title: title.to_owned(), url })
    };
    list.into_iter().flatten().enumerate().filter_map(one).collect()
}

/// Those that Twilio names, and whatever else stands between double braces; numbers in their order first.
fn blanks_of(value: &Value, content: &Value) -> Vec<String> {
    let mut all: Vec<String> = value.get("variables").and_then(Value::as_object).map(|v| v.keys().cloned().collect()).unwrap_or_default();
    for name in blanks(&content.to_string()) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all.sort_by_key(|name| name.parse::<u32>().unwrap_or(u32::MAX));
    all
}

/// The names between double braces, in order, each once.
fn blanks(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in text.split("{{").skip(1) {
        let Some((name, _)) = part.split_once("}}") else { continue };
        let name = name.trim();
        if !name.is_empty() && name.len() <= 60 && !out.iter().any(|o| o == name) {
            out.push(name.to_owned());
        }
    }
    out
}

/// Names of templates at WhatsApp are small letters, digits and underscores.
fn approval_name(name: &str) -> String {
    name.to_lowercase().chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '_' }).collect()
}

/// A new template as Twilio wants it. Each blank needs an example for the people who approve.
fn write(template: &Template) -> Result<Value, SendError> {
    let refuse = |detail: &str| Err(SendError::Permanent { detail: detail.into() });
    if template.name.is_empty() || template.name.len() > 450 {
        return refuse("A template needs a name of small letters, digits and underscores.");
    }
    if template.body.trim().is_empty() || template.body.chars().count() > 1_024 {
        return refuse("A template’s text has 1 to 1,024 characters.");
    }
    if !matches!(template.header.as_deref(), None | Some("" | "text")) {
        return refuse("A template with a picture, film or document above it is made in Twilio’s Content Template Builder.");
    }
    if template.buttons.iter().any(|b| b.title.is_empty() || b.title.chars().count() > 25) {
        return refuse("A template’s button has 1 to 25 characters.");
    }
    let header = template.header_text.as_deref().filter(|h| !h.is_empty());
    let footer = template.footer.as_deref().filter(|f| !f.is_empty());
    if header.is_some_and(|h| h.chars().count() > 60) || footer.is_some_and(|f| f.chars().count() > 60) {
        return refuse("A template’s header and footer have at most 60 characters.");
    }
    let actions: Vec<Value> = template.buttons.iter().map(action).collect();
    let links = template.buttons.iter().filter(|b| b.url.is_some()).count();
    let mixed = links > 0 && links < actions.len();
    let mut content = json!({"body": template.body});
    let kind = if header.is_some() || footer.is_some() || mixed {
        for (name, value) in [("header_text", header), ("footer", footer)] {
            if let Some(value) = value {
                content[name] = value.into();
            }
        }
        "whatsapp/card"
    } else if actions.is_empty() {
        "twilio/text"
    } else if links > 0 {
        "twilio/call-to-action"
    } else {
        "twilio/quick-reply"
    };
    if !actions.is_empty() {
        content["actions"] = actions.into();
    }
    let sample = |blank: String| {
        let value = if blank.bytes().all(|b| b.is_ascii_digit()) { format!("example {blank}") } else { blank.replace('_', " ") };
        (blank, Value::String(value))
    };
    let variables: Map<String, Value> = blanks(&content.to_string()).into_iter().map(sample).collect();
    Ok(json!({"friendly_name": template.name, "language": template.language, "variables": variables, "types": {kind: content}}))
}

fn action(button: &Button) -> Value {
    match button.url.as_deref() {
        Some(url) => match url.strip_prefix("tel:") {
            Some(phone) => json!({"type": "PHONE_NUMBER", "title": button.title, "phone": phone}),
            None => json!({"type": "URL", "title": button.title, "url": url}),
        },
        None => json!({"type": "QUICK_REPLY", "title": button.title, "id": if button.id.is_empty() { &button.title } else { &button.id }}),
    }
}
