//! WhatsApp templates of the workspace: listed, and filled in for a message. They are made and deleted in respond.io itself.
//!
//! A template's id here is `{channel}:{template}`. Blanks are named as they stand in the body; the one in a text header is called
//! `header`, the end of a link's address `button_0` with the button's place.

use super::facts::{self, list, text};
use super::form::API;
use super::outbound::{call, escaped};
use crate::kit::calls::{self, before_sending};
use crate::kit::verdicts::shorten;
use kernel::BoxFuture;
use kernel::channel::{Account, Button, Edge, SendError, Template, TemplateUse, Templates};
use kernel::message::ChannelWord;
use serde_json::{Value, json};

/// Pages of one list, and channels, that are looked at.
const MOST: usize = 50;

pub struct InSpace;

impl Templates for InSpace {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Template>, SendError>> {
        Box::pin(async move {
            let mut out = Vec::new();
            let channels = pages(edge, account, "/space/channel").await?;
            let whatsapp = channels.iter().filter(|c| facts::channel_word(text(c, "/source")) == ChannelWord::Whatsapp);
            for id in whatsapp.filter_map(|c| facts::id(c, "/id")).take(MOST) {
                out.extend(of_channel(edge, account, &id).await?.iter().filter_map(|t| read(&id, t)));
            }
            Ok(out)
        })
    }

    fn create<'a>(&'a self, _edge: Edge<'a>, _account: &'a Account, _template: &'a Template) -> BoxFuture<'a, Result<Template, SendError>> {
        Box::pin(std::future::ready(Err(elsewhere())))
    }

    fn delete<'a>(&'a self, _edge: Edge<'a>, _account: &'a Account, _template: &'a Template) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(std::future::ready(Err(elsewhere())))
    }
}

fn elsewhere() -> SendError {
    let detail =
        "Templates are made and deleted in respond.io: Settings, Channels, the WhatsApp channel, Templates. Here they are listed and sent.";
    SendError::Permanent { detail: detail.into() }
}

/// All items of a list, page after page.
pub async fn pages(edge: Edge<'_>, account: &Account, path: &str) -> Result<Vec<Value>, SendError> {
    let mut out = Vec::new();
    let mut cursor = String::new();
    for _ in 0..MOST {
        let url = format!("{}{path}?limit=100{cursor}", calls::base_url(account, API));
        let page = call(edge, account, calls::get(url)).await?;
        out.extend(list(&page, "/items").iter().cloned());
        // The next page is an address; only its cursor is taken, so that the token goes nowhere else.
        let next = text(&page, "/pagination/next").split_once('?').map(|(_, q)| crate::kit::forms::pairs(q.as_bytes()));
        match next.as_deref().and_then(|pairs| crate::kit::forms::first(pairs, "cursorId")) {
            Some(id) if format!("&cursorId={}", calls::encode(id)) != cursor => cursor = format!("&cursorId={}", calls::encode(id)),
            _ => break,
        }
    }
    Ok(out)
}

async fn of_channel(edge: Edge<'_>, account: &Account, channel: &str) -> Result<Vec<Value>, SendError> {
    pages(edge, account, &format!("/space/channel/{}/mtm", calls::encode(channel))).await
}

fn some(text: &str) -> Option<String> {
    Some(text).filter(|t| !t.is_empty()).map(str::to_owned)
}

/// A template as respond.io lists it.
fn read(channel: &str, value: &Value) -> Option<Template> {
    let mut out = Template {
        id: format!("{channel}:{}", facts::id(value, "/id")?),
        name: some(text(value, "/name"))?,
        language: some(text(value, "/languageCode"))?,
        category: text(value, "/category").to_lowercase(),
        status: some(&text(value, "/status").to_lowercase()).unwrap_or_else(|| "approved".into()),
        reason: some(&shorten(text(value, "/statusDetail"), 300)),
        header: None,
        header_text: None,
        body: String::new(),
        footer: None,
        buttons: Vec::new(),
        blanks: Vec::new(),
    };
    let mut last = Vec::new();
    for part in list(value, "/components") {
        match text(part, "/type").to_ascii_lowercase().as_str() {
            "header" => {
                out.header = some(&text(part, "/format").to_lowercase());
                out.header_text = some(text(part, "/text"));
                out.blanks.extend(blanks(text(part, "/text")).into_iter().take(1).map(|_| "header".to_owned()));
            }
            "body" => {
                out.body = text(part, "/text").to_owned();
                out.blanks.extend(blanks(&out.body));
            }
            "footer" => out.footer = some(text(part, "/text")),
            "buttons" => {
                for (n, button) in list(part, "/buttons").iter().enumerate() {
                    let url = some(text(button, "/url"));
                    if url.as_deref().is_some_and(|u| !blanks(u).is_empty()) {
                        last.push(format!("button_{n}"));
                    }
                    out.buttons.push(Button { id: n.to_string(), title: text(button, "/text").to_owned(), url });
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

/// The message of a template, and the channel it belongs to. The template is looked up, since respond.io wants its own words sent along.
pub async fn part(edge: Edge<'_>, account: &Account, used: &TemplateUse) -> Result<(Option<Value>, Value), SendError> {
    let (channel, id) = used.id.split_once(':').unwrap_or(("", ""));
    let number = channel.parse::<i64>().ok();
    let known = match number {
        Some(_) => of_channel(edge, account, channel).await.map_err(before_sending)?,
        None => Vec::new(),
    };
    let known = known.iter().find(|t| facts::id(t, "/id").is_some_and(|known| known == id));
    let components = match known {
        Some(template) => list(template, "/components").iter().filter_map(|c| filled(c, used)).collect(),
        None => bare(used),
    };
    let mut template = json!({"name": used.name, "languageCode": used.language});
    if !components.is_empty() {
        template["components"] = components.into();
    }
    Ok((number.map(Value::from), json!({"type": "whatsapp_template", "template": template})))
}

/// Blanks take neither line breaks nor runs of spaces.
fn value(text: &str) -> Value {
    json!({"type": "text", "text": escaped(&text.split_whitespace().collect::<Vec<_>>().join(" "))})
}
fn given<'a>(used: &'a TemplateUse, name: &str) -> &'a str {
    used.parameters.get(name).map(String::as_str).unwrap_or_default()
}

/// One component as it stands in the template, with the values for its blanks.
fn filled(component: &Value, used: &TemplateUse) -> Option<Value> {
    let words = text(component, "/text");
    let format = text(component, "/format").to_lowercase();
    Some(match text(component, "/type").to_ascii_lowercase().as_str() {
        "header" => {
            let mut out = json!({"type": "header", "format": if format.is_empty() { "text" } else { format.as_str() }});
            if !words.is_empty() {
                out["text"] = words.into();
            }
            match (format.as_str(), &used.header_url) {
                ("image" | "video" | "document", Some(url)) => out["parameters"] = json!([media(&format, url)]),
                _ if !blanks(words).is_empty() => out["parameters"] = json!([value(given(used, "header"))]),
                _ => {}
            }
            out
        }
        "body" => {
            let values: Vec<Value> = blanks(words).iter().map(|name| value(given(used, name))).collect();
            let mut out = json!({"type": "body", "text": words});
            if !values.is_empty() {
                out["parameters"] = values.into();
            }
            out
        }
        "footer" => json!({"type": "footer", "text": words}),
        "buttons" => {
            let button = |(n, button): (usize, &Value)| {
                let mut out = json!({"type": text(button, "/type").to_lowercase(), "text": text(button, "/text")});
                for name in ["url", "phone_number"] {
                    if let Some(there) = some(text(button, &format!("/{name}"))) {
                        out[name] = there.into();
                    }
                }
                if !blanks(text(button, "/url")).is_empty() {
                    out["parameters"] = json!([value(given(used, &format!("button_{n}")))]);
                }
                out
            };
            json!({"type": "buttons", "buttons": list(component, "/buttons").iter().enumerate().map(button).collect::<Vec<_>>()})
        }
        _ => return None,
    })
}

fn media(format: &str, url: &str) -> Value {
    let mut file = json!({"link": url});
    if format == "document" {
        let name = url.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        file["filename"] = if name.is_empty() { "document".into() } else { shorten(name, 200).into() };
    }
    json!({"type": format, format: file})
}

/// Without the template at hand: the numbered values of the body, in order.
fn bare(used: &TemplateUse) -> Vec<Value> {
    let mut named: Vec<(&String, &String)> =
        used.parameters.iter().filter(|(name, _)| *name != "header" && !name.starts_with("button_")).collect();
    named.sort_by_key(|(name, _)| name.parse::<u32>().unwrap_or(u32::MAX));
    let values: Vec<Value> = named.into_iter().map(|(_, v)| value(v)).collect();
    if values.is_empty() { Vec::new() } else { vec![json!({"type": "body", "parameters": values})] }
}
