//! Approved templates: listed, made and deleted at Meta, and filled in for a message.
//!
//! Blanks are named as they stand in the body (`1`, `2` or words). The one in a text header is called `header` (`header:name` where they
//! have names), the end of a link's address `button_0` with the button's place.

use super::{errors, media};
use crate::kit::calls::{self, before_sending, needed, needed_secret};
use crate::kit::meta::{self, FACEBOOK, GraphError};
use crate::kit::verdicts::shorten;
use kernel::BoxFuture;
use kernel::channel::{Account, Button, Edge, OutboundFile, SendError, Template, TemplateUse, Templates};
use kernel::http::HttpRequest;
use serde_json::{Value, json};

const FIELDS: &str = "id,name,language,category,status,rejected_reason,parameter_format,components";

pub struct AtMeta;

impl Templates for AtMeta {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Template>, SendError>> {
        Box::pin(async move {
            let (url, token) = (address(account)?, needed_secret(account, "access_token", "The access token")?);
            let page = |after: Option<&str>| -> HttpRequest {
                let after = after.map(|a| format!("&after={}", calls::encode(a))).unwrap_or_default();
                meta::signed(account, calls::get(format!("{url}?fields={FIELDS}&limit=100{after}")), &token)
            };
            let all = meta::pages(edge, &page, &judge).await?;
            Ok(all.iter().filter_map(read).collect())
        })
    }

    fn create<'a>(&'a self, edge: Edge<'a>, account: &'a Account, template: &'a Template) -> BoxFuture<'a, Result<Template, SendError>> {
        Box::pin(async move {
            let (url, token) = (address(account)?, needed_secret(account, "access_token", "The access token")?);
            let request = meta::signed(account, calls::json("POST", url, &write(template)?), &token);
            let answer = meta::call(edge, request, &judge).await?;
            let word = |name: &str, old: &str| answer.get(name).and_then(Value::as_str).map_or(old.to_owned(), str::to_lowercase);
            Ok(Template {
                id: answer.get("id").and_then(Value::as_str).unwrap_or_default().to_owned(),
                status: word("status", "pending"),
                category: word("category", &template.category),
                ..template.clone()
            })
        })
    }

    fn delete<'a>(&'a self, edge: Edge<'a>, account: &'a Account, template: &'a Template) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move {
            let (url, token) = (address(account)?, needed_secret(account, "access_token", "The access token")?);
            // The name alone would delete it in every language.
            let one = if template.id.is_empty() { String::new() } else { format!("hsm_id={}&", calls::encode(&template.id)) };
            let url = format!("{url}?{one}name={}", calls::encode(&template.name));
            let request = HttpRequest::new("DELETE", url).header("accept", "application/json");
            meta::call(edge, meta::signed(account, request, &token), &judge).await.map(|_| ())
        })
    }
}

fn address(account: &Account) -> Result<String, SendError> {
    let business = needed(account, "waba_id", "The WhatsApp Business account ID")?;
    Ok(format!("{}/{}/message_templates", meta::base(account, FACEBOOK), calls::encode(business)))
}
fn judge(error: &GraphError) -> SendError {
    errors::judge(error, 1)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
fn some(text: &str) -> Option<String> {
    Some(text).filter(|t| !t.is_empty()).map(str::to_owned)
}

/// A template as Meta lists it.
fn read(value: &Value) -> Option<Template> {
    let mut out = Template {
        id: text(value, "id").to_owned(),
        name: some(text(value, "name"))?,
        language: some(text(value, "language"))?,
        category: text(value, "category").to_lowercase(),
        status: text(value, "status").to_lowercase(),
        reason: some(text(value, "rejected_reason")).filter(|r| r != "NONE"),
        header: None,
        header_text: None,
        body: String::new(),
        footer: None,
        buttons: Vec::new(),
        blanks: Vec::new(),
    };
    let mut last = Vec::new();
    for part in value.get("components").and_then(Value::as_array).into_iter().flatten() {
        match text(part, "type").to_ascii_uppercase().as_str() {
            "HEADER" => {
                let format = text(part, "format").to_lowercase();
                out.header_text = some(text(part, "text"));
                let names = blanks(text(part, "text"));
                out.blanks.extend(names.into_iter().take(1).map(|n| if number(&n) { "header".into() } else { format!("header:{n}") }));
                out.header = some(&format);
            }
            "BODY" => {
                out.body = text(part, "text").to_owned();
                out.blanks.extend(blanks(&out.body));
            }
            "FOOTER" => out.footer = some(text(part, "text")),
            "BUTTONS" => {
                for (n, button) in part.get("buttons").and_then(Value::as_array).into_iter().flatten().enumerate() {
                    let url = some(text(button, "url"));
                    if url.as_deref().is_some_and(|u| !blanks(u).is_empty()) {
                        last.push(format!("button_{n}"));
                    }
                    out.buttons.push(Button { id: n.to_string(), title: text(button, "text").to_owned(), url });
                }
            }
            _ => {}
        }
    }
    out.blanks.extend(last);
    Some(out)
}

/// The names between double braces, in order, each once.
fn blanks(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in text.split("{{").skip(1) {
        let name = part.split("}}").next().unwrap_or_default().trim();
        if part.contains("}}") && !name.is_empty() && name.len() <= 60 && !out.iter().any(|o| o == name) {
            out.push(name.to_owned());
        }
    }
    out
}
fn number(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_digit())
}

/// A new template as Meta wants it. Each blank needs an example for the people who approve.
fn write(template: &Template) -> Result<Value, SendError> {
    let refuse = |detail: &str| Err(SendError::Permanent { detail: detail.into() });
    let name = &template.name;
    if name.is_empty() || name.len() > 512 || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
        return refuse("A template's name is made of small letters, digits and underscores.");
    }
    if template.body.is_empty() || template.body.chars().count() > 1_024 {
        return refuse("A template's text has 1 to 1,024 characters.");
    }
    if template.footer.as_deref().is_some_and(|f| f.chars().count() > 60)
        || template.header_text.as_deref().is_some_and(|h| h.chars().count() > 60)
    {
        return refuse("A template's header and footer have at most 60 characters.");
    }
    let mut components = Vec::new();
    let in_body = blanks(&template.body);
    let named = in_body.iter().any(|b| !number(b));
    match (template.header.as_deref(), template.header_text.as_deref()) {
        (None | Some(""), None) => {}
        (None | Some("" | "text"), Some(words)) => {
            let mut header = json!({"type": "HEADER", "format": "TEXT", "text": words});
            match blanks(words).first() {
                Some(blank) if number(blank) => header["example"] = json!({"header_text": [sample(blank)]}),
                Some(blank) => header["example"] = json!({"header_text_named_params": [{"param_name": blank, "example": sample(blank)}]}),
                None => {}
            }
            components.push(header);
        }
        _ => {
            return refuse(
                "A template with a picture, film or document above it is made in WhatsApp Manager, where its example is uploaded.",
            );
        }
    }
    let mut body = json!({"type": "BODY", "text": template.body});
    if named {
        let examples: Vec<Value> = in_body.iter().map(|b| json!({"param_name": b, "example": sample(b)})).collect();
        body["example"] = json!({"body_text_named_params": examples});
    } else if !in_body.is_empty() {
        let examples: Vec<String> = in_body.iter().map(|b| sample(b)).collect();
        body["example"] = json!({"body_text": [examples]});
    }
    components.push(body);
    components.extend(template.footer.as_ref().filter(|f| !f.is_empty()).map(|f| json!({"type": "FOOTER", "text": f})));
    if !template.buttons.is_empty() {
        if template.buttons.iter().any(|b| b.title.is_empty() || b.title.chars().count() > 25) {
            return refuse("A template's button has 1 to 25 characters.");
        }
        let buttons: Vec<Value> = template.buttons.iter().map(button).collect();
        components.push(json!({"type": "BUTTONS", "buttons": buttons}));
    }
    Ok(json!({
        "name": name,
        "language": template.language,
        "category": template.category.to_uppercase(),
        "parameter_format": if named { "NAMED" } else { "POSITIONAL" },
        "components": components,
    }))
}
fn button(button: &Button) -> Value {
    let Some(url) = &button.url else { return json!({"type": "QUICK_REPLY", "text": button.title}) };
    let mut out = json!({"type": "URL", "text": button.title, "url": url});
    if let Some(blank) = blanks(url).first() {
        out["example"] = json!([url.replace(&format!("{{{{{blank}}}}}"), "example")]);
    }
    out
}
fn sample(blank: &str) -> String {
    if number(blank) { format!("example {blank}") } else { blank.replace('_', " ") }
}

/// The `template` part of a message.
pub async fn part(
    edge: Edge<'_>,
    account: &Account,
    used: &TemplateUse,
    file: Option<&OutboundFile>,
    seed: &str,
) -> Result<Value, SendError> {
    let mut components = Vec::new();
    let mut body: Vec<(&str, &str)> = Vec::new();
    let mut buttons = Vec::new();
    if let Some(file) = file {
        let kind = match media::kind(file) {
            "audio" => "document",
            other => other,
        };
        let id = media::upload(edge, account, seed, file).await?;
        let part = if kind == "document" { json!({"id": id, "filename": shorten(&file.name, 240)}) } else { json!({"id": id}) };
        components.push(json!({"type": "header", "parameters": [{"type": kind, kind: part}]}));
    } else if let Some(url) = &used.header_url {
        let kind = header_kind(edge, account, used).await?;
        components.push(json!({"type": "header", "parameters": [{"type": kind, kind: {"link": url}}]}));
    }
    for (name, value) in &used.parameters {
        if name == "header" {
            components.push(json!({"type": "header", "parameters": [{"type": "text", "text": flat(value)}]}));
        } else if let Some(named) = name.strip_prefix("header:") {
            components.push(json!({"type": "header", "parameters": [{"type": "text", "parameter_name": named, "text": flat(value)}]}));
        } else if let Some(index) = name.strip_prefix("button_").filter(|n| number(n) && !n.is_empty()) {
            buttons.push(json!({"type": "button", "sub_type": "url", "index": index, "parameters": [{"type": "text", "text": value}]}));
        } else {
            body.push((name, value));
        }
    }
    body.sort_by_key(|(name, _)| name.parse::<u32>().unwrap_or(u32::MAX));
    if !body.is_empty() {
        let parameters: Vec<Value> = body
            .into_iter()
            .map(|(name, value)| match number(name) {
                true => json!({"type": "text", "text": flat(value)}),
                false => json!({"type": "text", "parameter_name": name, "text": flat(value)}),
            })
            .collect();
        components.push(json!({"type": "body", "parameters": parameters}));
    }
    components.extend(buttons);
    let mut out = json!({"name": used.name, "language": {"code": used.language}});
    if !components.is_empty() {
        out["components"] = components.into();
    }
    Ok(out)
}

/// Blanks take neither line breaks nor runs of spaces.
fn flat(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands above this template: asked of Meta, since an address does not say what lies behind it.
async fn header_kind(edge: Edge<'_>, account: &Account, used: &TemplateUse) -> Result<&'static str, SendError> {
    if used.id.is_empty() {
        return Ok("image");
    }
    let token = needed_secret(account, "access_token", "The access token")?;
    let url = format!("{}/{}?fields=components", meta::base(account, FACEBOOK), calls::encode(&used.id));
    let about = meta::call(edge, meta::signed(account, calls::get(url), &token), &judge).await.map_err(before_sending)?;
    let parts = about.get("components").and_then(Value::as_array);
    let header = parts.into_iter().flatten().find(|p| text(p, "type").eq_ignore_ascii_case("HEADER"));
    Ok(match header.map(|h| text(h, "format").to_ascii_uppercase()).as_deref() {
        Some("VIDEO") => "video",
        Some("DOCUMENT") => "document",
        _ => "image",
    })
}
