//! Meta's API as the simulator plays it: it checks what Meta checks and answers with Meta's errors.

use super::inbound::{digits, is_bsuid};
use crate::kit::forms;
use crate::kit::meta::{path_below, play};
use kernel::channel::{Account, Answered, Seen};
use kernel::http::{HttpRequest, HttpResponse};
use kernel::time::Millis;
use serde_json::{Value, json};

/// An id that leads back to the file of a simulated customer.
pub fn media_id(content_type: &str, url: &str) -> String {
    format!("sim{}", data_encoding::BASE64URL_NOPAD.encode(format!("{content_type} {url}").as_bytes()))
}
fn media_of(id: &str) -> Option<(String, String)> {
    let bytes = data_encoding::BASE64URL_NOPAD.decode(id.strip_prefix("sim")?.as_bytes()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(' ').map(|(mime, url)| (mime.to_owned(), url.to_owned()))
}

pub fn answer(account: &Account, request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    if let Some(refusal) = play::refused_token(request, account.settings.text("access_token").unwrap_or_default()) {
        return play::unseen(refusal);
    }
    let number = account.settings.text("phone_number_id").unwrap_or_default();
    let business = account.settings.text("waba_id").unwrap_or_default();
    let path = path_below(&request.url);
    let (id, edge) = path.split_once('/').unwrap_or((path, ""));
    match (request.method, edge) {
        ("POST", "messages") if id == number => messages(request, serial, now),
        ("POST", "media") if id == number => play::unseen(upload(request, serial)),
        ("GET", "") if id == number => play::unseen(play::answer(200, &about_number(id))),
        ("GET", "phone_numbers") if id == business => play::unseen(play::answer(200, &json!({"data": [about_number(number)]}))),
        ("GET", "subscribed_apps") if id == business => play::unseen(play::answer(200, &subscribed())),
        ("POST", "subscribed_apps") if id == business => play::unseen(play::answer(200, &json!({"success": true}))),
        (_, "message_templates") if id == business => play::unseen(templates(request, serial)),
        ("GET", "") if id == "1192339204654487" => play::unseen(play::answer(200, &hello())),
        ("GET", "") if id == "1192339204654488" => play::unseen(play::answer(200, &offer())),
        ("GET", "") => play::unseen(match media_of(id) {
            Some((mime, url)) => play::answer(200, &json!({"messaging_product": "whatsapp", "url": url, "mime_type": mime, "id": id})),
            None => unknown(id),
        }),
        _ => play::unseen(unknown(id)),
    }
}

fn unknown(id: &str) -> HttpResponse {
    let words = format!(
        "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation."
    );
    play::error(400, 100, 33, &words, "")
}
fn invalid(details: &str) -> HttpResponse {
    play::error(400, 100, 0, "(#100) Invalid parameter", details)
}

fn about_number(id: &str) -> Value {
    json!({"id": id, "display_phone_number": "+1 555-078-3881", "verified_name": "Acme", "quality_rating": "GREEN", "code_verification_status": "VERIFIED"})
}
fn subscribed() -> Value {
    json!({"data": [{"whatsapp_business_api_data": {"id": "670843887433847", "name": "Switchboard", "link": "https://www.facebook.com/games/?app_id=670843887433847"}}]})
}
fn hello() -> Value {
    json!({
        "id": "1192339204654487", "name": "order_update", "language": "en_US", "status": "APPROVED", "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": [
            {"type": "BODY", "text": "Hello {{1}}, your order {{2}} is on its way.", "example": {"body_text": [["Ada", "1001"]]}},
            {"type": "FOOTER", "text": "Acme"},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thank you"}]},
        ],
    })
}

/// With a picture above the words.
fn offer() -> Value {
    json!({
        "id": "1192339204654488", "name": "spring_offer", "language": "en_US", "status": "APPROVED", "category": "MARKETING",
        "parameter_format": "POSITIONAL",
        "components": [
            {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://scontent.whatsapp.net/v/t61/offer.jpg"]}},
            {"type": "BODY", "text": "{{1}}, this is new in our shop.", "example": {"body_text": [["Ada"]]}},
            {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Have a look", "url": "https://shop.example/new"}]},
        ],
    })
}

fn templates(request: &HttpRequest, serial: u64) -> HttpResponse {
    match request.method {
        "GET" => play::answer(200, &json!({"data": [hello(), offer()], "paging": {"cursors": {"before": "MAZDZD", "after": "MjQZD"}}})),
        "POST" => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            let has = |name: &str| body.get(name).and_then(Value::as_str).is_some_and(|v| !v.is_empty());
            if !has("name") || !has("language") || !has("category") || !body["components"].is_array() {
                return invalid("name, language, category and components are required.");
            }
            play::answer(200, &json!({"id": format!("16895569{serial:08}"), "status": "PENDING", "category": body["category"]}))
        }
        "DELETE" if play::query(request, "name").is_some() => play::answer(200, &json!({"success": true})),
        _ => invalid("name is required."),
    }
}

fn upload(request: &HttpRequest, serial: u64) -> HttpResponse {
    let kind = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("content-type")).map(|(_, v)| v.as_str()).unwrap_or_default();
    let Ok(parts) = forms::multipart(kind, &request.body) else { return invalid("The body is not a form with a file.") };
    let field = |name: &str| parts.iter().find(|p| p.name == name);
    if field("messaging_product").map(forms::Part::text).as_deref() != Some("whatsapp") {
        return invalid("The parameter messaging_product is required.");
    }
    match field("file") {
        Some(file) if file.bytes.is_empty() => invalid("The file is empty."),
        Some(file) if !is_taken(file.content_type.as_deref().unwrap_or_default(), &file.bytes) => invalid(&format!(
            "Param file must be a file with one of the types that are supported. Received file of type '{}'.",
            file.content_type.as_deref().unwrap_or_default()
        )),
        Some(file) if file.filename.is_some() && file.content_type.is_some() => {
            play::answer(200, &json!({"id": format!("44907093{serial:08}")}))
        }
        _ => invalid("The parameter file is required."),
    }
}

/// The types that Meta's media reference lists; pictures and sound have to be what they say.
fn is_taken(content_type: &str, bytes: &[u8]) -> bool {
    match content_type.split(';').next().unwrap_or_default().trim() {
        "image/jpeg" => bytes.starts_with(&[0xff, 0xd8]),
        "image/png" => bytes.starts_with(b"\x89PNG"),
        "image/webp" | "video/mp4" | "video/3gpp" | "audio/aac" | "audio/mp4" | "audio/mpeg" | "audio/amr" => true,
        "audio/ogg" => bytes.starts_with(b"OggS"),
        other => other.starts_with("text/") || other.starts_with("application/"),
    }
}

fn messages(request: &HttpRequest, serial: u64, now: Millis) -> Answered {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    if let Err(details) = check(&body) {
        return play::unseen(invalid(&details));
    }
    if body["status"] == "read" {
        return play::unseen(play::answer(200, &json!({"success": true})));
    }
    let person = ["to", "recipient"].into_iter().find_map(|n| body.get(n)?.as_str()).unwrap_or_default().to_owned();
    let id = format!("wamid.{}", data_encoding::BASE64.encode(format!("sim-{now}-{serial}").as_bytes()));
    let mut contact = json!({"input": person});
    contact[if is_bsuid(&person) { "user_id" } else { "wa_id" }] = person.trim_start_matches('+').into();
    let answer = json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": id, "message_status": "accepted"}]});
    let seen = (body["type"] != "reaction").then(|| {
        let (text, files) = shown(&body);
        Seen { external_id: id, to: person, text, files }
    });
    Answered { response: play::answer(200, &answer), seen }
}

/// What the customer would see.
fn shown(body: &Value) -> (String, Vec<String>) {
    let kind = body["type"].as_str().unwrap_or("text");
    let part = &body[kind];
    let text = |pointer: &str| part.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    match kind {
        "text" => (text("/body"), Vec::new()),
        "interactive" => {
            let mut titles: Vec<String> = Vec::new();
            for (list, title) in [("/action/buttons", "/reply/title"), ("/action/sections/0/rows", "/title")] {
                let items = part.pointer(list).and_then(Value::as_array).into_iter().flatten();
                titles.extend(items.filter_map(|i| i.pointer(title)?.as_str().map(|t| format!("[{t}]"))));
            }
            titles.extend(part.pointer("/action/parameters/display_text").and_then(Value::as_str).map(|t| format!("[{t}]")));
            (format!("{}\n{}", text("/body/text"), titles.join(" ")), Vec::new())
        }
        "template" => {
            let components = part["components"].as_array().into_iter().flatten();
            let values = components.flat_map(|c| c["parameters"].as_array().into_iter().flatten());
            let (mut words, mut files) = (Vec::new(), Vec::new());
            for value in values {
                words.extend(value["text"].as_str());
                let file = ["image", "video", "document"].iter().map(|kind| &value[*kind]).find(|f| f.is_object());
                files.extend(file.and_then(|f| f["id"].as_str().or(f["link"].as_str())).map(str::to_owned));
            }
            (format!("[{}] {}", text("/name"), words.join(", ")), files)
        }
        "location" => (format!("{}, {} {}", part["latitude"], part["longitude"], text("/name")), Vec::new()),
        _ => {
            let file = ["/filename", "/id", "/link"].into_iter().map(text).find(|t| !t.is_empty()).unwrap_or_default();
            (text("/caption"), vec![file])
        }
    }
}

const FIELDS: &[&str] = &[
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "context",
    "biz_opaque_callback_data",
    "type",
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "interactive",
    "template",
    "status",
    "message_id",
    "typing_indicator",
];

fn check(body: &Value) -> Result<(), String> {
    let needed = |ok: bool, name: &str| if ok { Ok(()) } else { Err(format!("The parameter {name} is required or wrong.")) };
    let fields = body.as_object().ok_or("The body is not a JSON object.")?;
    if let Some(odd) = fields.keys().find(|k| !FIELDS.contains(&k.as_str())) {
        return Err(format!("Unexpected key \"{odd}\"."));
    }
    needed(body["messaging_product"] == "whatsapp", "messaging_product")?;
    if body.get("status").is_some() {
        needed(body["status"] == "read", "status")?;
        return needed(body["message_id"].as_str().is_some_and(|id| id.starts_with("wamid.")), "message_id");
    }
    let group = body["recipient_type"] == "group";
    let to = body["to"].as_str().is_some_and(|to| if group { !to.is_empty() } else { digits(to).is_some() });
    needed(to || body["recipient"].as_str().is_some_and(is_bsuid), "to")?;
    needed(body["biz_opaque_callback_data"].as_str().is_none_or(|d| d.len() <= 512), "biz_opaque_callback_data")?;
    let kind = body["type"].as_str().unwrap_or("text");
    let part = body.get(kind).filter(|p| p.is_object()).ok_or_else(|| format!("The parameter {kind} is required."))?;
    let length = |pointer: &str, least: usize, most: usize| {
        let chars = part.pointer(pointer).and_then(Value::as_str).map(|t| t.chars().count());
        needed(chars.is_some_and(|n| (least..=most).contains(&n)), &format!("{kind}{pointer}"))
    };
    match kind {
        "text" => length("/body", 1, 4_096),
        "image" | "video" | "audio" | "document" | "sticker" => {
            needed(part.get("id").is_some() != part.get("link").is_some(), "id or link, and not both")?;
            needed(kind != "audio" || part.get("caption").is_none(), "audio without caption")?;
            needed(part["caption"].as_str().is_none_or(|c| c.chars().count() <= 1_024), "caption")
        }
        "location" => needed(part["latitude"].is_number() && part["longitude"].is_number(), "latitude and longitude"),
        "reaction" => {
            needed(part["message_id"].as_str().is_some_and(|id| !id.is_empty()) && part["emoji"].is_string(), "message_id and emoji")
        }
        "template" => {
            length("/name", 1, 512)?;
            length("/language/code", 2, 20)
        }
        "interactive" => interactive(part),
        _ => needed(false, "type"),
    }
}

fn interactive(part: &Value) -> Result<(), String> {
    let chars = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_str).map_or(0, |t| t.chars().count());
    let ok = |ok: bool, what: &str| if ok { Ok(()) } else { Err(format!("interactive: {what}")) };
    let most = if part["type"] == "list" { 4_096 } else { 1_024 };
    ok((1..=most).contains(&chars(part, "/body/text")), "body")?;
    let each = |pointer: &str| part.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
    match part["type"].as_str() {
        Some("button") => {
            let buttons = each("/action/buttons");
            ok((1..=3).contains(&buttons.len()), "1 to 3 buttons")?;
            ok(
                buttons.iter().all(|b| (1..=20).contains(&chars(b, "/reply/title")) && (1..=256).contains(&chars(b, "/reply/id"))),
                "a button",
            )
        }
        Some("list") => {
            let rows = each("/action/sections/0/rows");
            ok((1..=20).contains(&chars(part, "/action/button")) && (1..=10).contains(&rows.len()), "1 to 10 rows")?;
            let fits = |r: &Value| {
                (1..=24).contains(&chars(r, "/title")) && (1..=200).contains(&chars(r, "/id")) && chars(r, "/description") <= 72
            };
            ok(rows.iter().all(fits), "a row")
        }
        Some("cta_url") => ok((1..=20).contains(&chars(part, "/action/parameters/display_text")), "display_text"),
        _ => ok(false, "type"),
    }
}
