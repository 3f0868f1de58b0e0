//! Setting up from here: domains to choose from, the route that brings mail, and the webhooks that bring reports.

use super::outbound::{base, domain, said, signed};
use crate::kit::addresses;
use crate::kit::calls;
use kernel::BoxFuture;
use kernel::channel::{Account, Edge, Installer, Reach, SendError};
use kernel::http::HttpRequest;
use serde_json::{Map, Value};

/// The kinds of webhooks a domain has; the last two only with tracking.
const KINDS: &[&str] = &["accepted", "delivered", "permanent_fail", "temporary_fail", "complained", "unsubscribed", "opened", "clicked"];
/// Mailgun takes three addresses for one kind.
const MOST_URLS: usize = 3;

pub struct SetUp;

impl Installer for SetUp {
    fn list<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Result<Vec<Reach>, SendError>> {
        Box::pin(domains(edge, account))
    }
    fn install<'a>(&'a self, edge: Edge<'a>, account: &'a Account, webhook_url: &'a str) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(install(edge, account, webhook_url))
    }
}

async fn ask(edge: Edge<'_>, account: &Account, request: HttpRequest) -> Result<Value, SendError> {
    calls::call(edge, signed(account, request)?, said).await.map_err(calls::before_sending)
}

async fn domains(edge: Edge<'_>, account: &Account) -> Result<Vec<Reach>, SendError> {
    let answer = ask(edge, account, calls::get(format!("{}/v3/domains?limit=1000", base(account)))).await?;
    let own = addresses::split(&account.identifier);
    let read = |one: &Value| {
        let name = one["name"].as_str().filter(|n| !n.is_empty() && n.len() <= 253)?;
        let mut settings = Map::new();
        settings.insert("domain".into(), name.into());
        // The address typed, if it is on this domain; else one to begin with.
        let id = match &own {
            Some((_, _, domain)) if domain == name => account.identifier.clone(),
            _ => format!("support@{name}"),
        };
        let state = one["state"].as_str().filter(|s| *s != "active");
        let shown = state.map_or_else(|| name.to_owned(), |state| format!("{name} ({state})"));
        Some(Reach { id, name: shown, webhook: None, settings })
    };
    Ok(answer["items"].as_array().map(|list| list.iter().filter_map(read).collect()).unwrap_or_default())
}

async fn install(edge: Edge<'_>, account: &Account, webhook_url: &str) -> Result<String, SendError> {
    let Some(expression) = expression(account) else {
        return Err(SendError::Permanent { detail: "Fill in the address first.".into() });
    };
    let forward = format!("{webhook_url}?mime");
    let action = format!("forward(\"{forward}\")");
    let routes = format!("{}/v3/routes", base(account));
    let all = ask(edge, account, calls::get(format!("{routes}?limit=1000"))).await?;
    let ours = |route: &&Value| {
        route["actions"].as_array().is_some_and(|list| list.iter().any(|a| a.as_str().is_some_and(|a| a.contains(webhook_url))))
    };
    let found = all["items"].as_array().and_then(|list| list.iter().find(ours)).and_then(|route| route["id"].as_str());
    let pairs = [
        ("priority", "0"),
        ("description", "Switchboard"),
        ("expression", expression.as_str()),
        ("action", action.as_str()),
        ("action", "stop()"),
    ];
    let request = match found {
        Some(id) => calls::form("PUT", format!("{routes}/{}", calls::encode(id)), &pairs),
        None => calls::form("POST", routes, &pairs),
    };
    ask(edge, account, request).await?;
    let full = webhooks(edge, account, webhook_url).await?;
    let mut done = format!("Mail to {} comes here by a route, and {} reports here.", account.identifier, domain(account));
    if !full.is_empty() {
        done.push_str(&format!(" No room for another webhook: {}. Remove one of the three at Mailgun.", full.join(", ")));
    }
    Ok(done)
}

/// Adds our address to each kind of webhook; gives the kinds that are full.
async fn webhooks(edge: Edge<'_>, account: &Account, url: &str) -> Result<Vec<&'static str>, SendError> {
    let all = format!("{}/v3/domains/{}/webhooks", base(account), calls::encode(domain(account)));
    let known = ask(edge, account, calls::get(all.as_str())).await?;
    let kinds = if account.settings.flag("track_opens") { KINDS } else { &KINDS[..6] };
    let mut full = Vec::new();
    for kind in kinds {
        let urls: Vec<&str> = known["webhooks"][*kind]["urls"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if urls.contains(&url) {
            continue;
        }
        if urls.len() >= MOST_URLS {
            full.push(*kind);
            continue;
        }
        let request = if urls.is_empty() {
            calls::form("POST", all.as_str(), &[("id", *kind), ("url", url)])
        } else {
            let pairs: Vec<(&str, &str)> = urls.iter().copied().chain([url]).map(|u| ("url", u)).collect();
            calls::form("PUT", format!("{all}/{kind}"), &pairs)
        };
        ask(edge, account, request).await?;
    }
    Ok(full)
}

/// Which recipients the route takes: the address, its + forms, and answers at the inbound domain.
fn expression(account: &Account) -> Option<String> {
    let (local, _, domain) = addresses::split(&account.identifier)?;
    let mut pattern = format!(r"{}(\+.*)?@{}", escaped(&local), escaped(&domain));
    if let Some(inbound) = account.settings.text("inbound_domain").map(str::trim) {
        pattern = format!(r"{pattern}|(reply|{})(\+.*)?@{}", escaped(&local), escaped(&inbound.to_ascii_lowercase()));
    }
    Some(format!("match_recipient(\"^({pattern})$\")"))
}

/// A text in a regular expression, inside quotes.
fn escaped(text: &str) -> String {
    text.chars().filter(|c| *c != '"' && *c != '\\').flat_map(|c| if c.is_alphanumeric() { vec![c] } else { vec!['\\', c] }).collect()
}
