//! Approved templates of a channel: a copy of what the provider keeps, fetched when asked and once a day, and how blanks are filled.

use super::directory::Entry;
use super::fresh;
use crate::app::App;
use db::{Lane, Tx, params};
use kernel::channel::{SendError, Template, TemplateUse, Templates};
use kernel::time::Millis;
use kernel::{ChannelId, Error, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which template, and what stands in its blanks.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct TemplateChoice {
    /// Id of the template, as `/channels/{id}/templates` lists it.
    pub id: String,
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// Address of the file in the header, where the template has one.
    pub header_url: Option<String>,
}

pub fn list(tx: &mut Tx<'_>, channel: ChannelId) -> Result<Vec<Template>> {
    let rows: Vec<String> =
        tx.query("SELECT body FROM channel_templates WHERE channel_id = $1 ORDER BY name, language", params![channel], |r| r.get(0))?;
    Ok(rows.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
}

fn find(tx: &mut Tx<'_>, channel: ChannelId, id: &str) -> Result<Option<Template>> {
    let body: Option<String> =
        tx.opt("SELECT body FROM channel_templates WHERE channel_id = $1 AND template_id = $2", params![channel, id], |r| r.get(0))?;
    Ok(body.and_then(|b| serde_json::from_str(&b).ok()))
}

fn put(tx: &mut Tx<'_>, channel: ChannelId, t: &Template, now: Millis) -> Result<()> {
    let body = serde_json::to_string(t).map_err(|e| Error::internal(e.to_string()))?;
    tx.exec(
        "INSERT INTO channel_templates (channel_id, template_id, name, language, status, body, synced_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (channel_id, template_id) DO UPDATE SET name = excluded.name, language = excluded.language, status = excluded.status, \
         body = excluded.body, synced_at = excluded.synced_at",
        params![channel, &t.id, &t.name, &t.language, &t.status, &body, now],
    )
    .map(|_| ())
}

fn templates(entry: &Entry) -> Result<&'static dyn Templates> {
    entry.connector.templates().ok_or_else(|| Error::conflict("channel.no_templates", "This channel has no templates."))
}
fn refused(error: SendError) -> Error {
    Error::conflict("provider.refused", error.detail().to_owned())
}
async fn ready(app: &App, entry: &Arc<Entry>) -> Result<Arc<Entry>> {
    fresh(app, entry).await?.map_err(refused)
}

/// Fetches all templates; gives how many there are.
pub async fn sync(app: &App, entry: &Arc<Entry>) -> Result<usize> {
    let entry = ready(app, entry).await?;
    let all = templates(&entry)?.list(app.edge_of(&entry).edge(), &entry.account).await.map_err(refused)?;
    let (id, now, n) = (entry.id, app.now(), all.len());
    app.db
        .write(entry.workspace, Lane::Interactive, move |tx| {
            all.iter().try_for_each(|t| put(tx, id, t, now))?;
            tx.exec("DELETE FROM channel_templates WHERE channel_id = $1 AND synced_at < $2", params![id, now]).map(|_| ())
        })
        .await?;
    Ok(n)
}

pub async fn create(app: &App, entry: &Arc<Entry>, new: &Template) -> Result<Template> {
    let entry = ready(app, entry).await?;
    let made = templates(&entry)?.create(app.edge_of(&entry).edge(), &entry.account, new).await.map_err(refused)?;
    let (id, now, kept) = (entry.id, app.now(), made.clone());
    app.db.write(entry.workspace, Lane::Interactive, move |tx| put(tx, id, &kept, now)).await?;
    Ok(made)
}

pub async fn delete(app: &App, entry: &Arc<Entry>, template: &str) -> Result<()> {
    let entry = ready(app, entry).await?;
    let (id, wanted) = (entry.id, template.to_owned());
    let known = app.db.read(entry.workspace, move |tx| find(tx, id, &wanted)).await?;
    let known = crate::app::found(known, "template.not_found", "template")?;
    templates(&entry)?.delete(app.edge_of(&entry).edge(), &entry.account, &known).await.map_err(refused)?;
    let gone = known.id;
    app.db
        .write(entry.workspace, Lane::Interactive, move |tx| {
            tx.exec("DELETE FROM channel_templates WHERE channel_id = $1 AND template_id = $2", params![id, &gone]).map(|_| ())
        })
        .await
}

/// The template to send and the text that the customer will read.
/// `file` is the content type of the file that goes along, for the header.
pub fn fill(tx: &mut Tx<'_>, channel: ChannelId, choice: &TemplateChoice, file: Option<&str>) -> Result<(TemplateUse, String)> {
    let t = find(tx, channel, &choice.id)?.ok_or_else(|| {
        Error::field("template.id", "not_found", "There is no such template. Fetch the templates again in the channel's settings.")
    })?;
    if t.status != "approved" {
        return Err(Error::field("template.id", "not_approved", format!("This template is {}; only approved ones can be sent.", t.status)));
    }
    if let Some(blank) = t.blanks.iter().find(|b| choice.parameters.get(*b).is_none_or(|v| v.trim().is_empty())) {
        return Err(Error::field(&format!("template.parameters.{blank}"), "required", "Fill in every blank of the template."));
    }
    let media = t.header.as_deref().is_some_and(|h| h != "text");
    match (media, file) {
        (true, None) if choice.header_url.is_none() => {
            return Err(Error::field("attachments", "required", "This template has a file in its header; attach it, or give its address."));
        }
        (true, Some(kind)) => {
            let wanted = t.header.as_deref().unwrap_or_default();
            let fits = match wanted {
                "document" => !["image/", "video/", "audio/"].iter().any(|other| kind.starts_with(other)),
                wanted => kind.starts_with(&format!("{wanted}/")),
            };
            if !fits {
                return Err(Error::field(
                    "attachments",
                    "wrong_type",
                    format!("The header of this template takes a {wanted}, not {kind}."),
                ));
            }
        }
        (false, Some(_)) => return Err(Error::field("attachments", "not_taken", "This template has no file in its header.")),
        _ => {}
    }
    let text = render(&t, &choice.parameters);
    let parameters = choice.parameters.iter().filter(|(name, _)| t.blanks.contains(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
    Ok((TemplateUse { id: t.id, name: t.name, language: t.language, parameters, header_url: choice.header_url.clone() }, text))
}

/// Header, body and footer with the blanks filled.
fn render(t: &Template, parameters: &BTreeMap<String, String>) -> String {
    let fill = |text: &str| parameters.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value));
    let parts = [t.header_text.as_deref(), Some(t.body.as_str()), t.footer.as_deref()];
    parts.into_iter().flatten().filter(|p| !p.is_empty()).map(fill).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_filled_everywhere() {
        let t = Template {
            id: "1".into(),
            name: "n".into(),
            language: "en".into(),
            category: "utility".into(),
            status: "approved".into(),
            reason: None,
            header: Some("text".into()),
            header_text: Some("Order {{1}}".into()),
            body: "Hello {{name}}, order {{1}} left.".into(),
            footer: Some("Acme".into()),
            buttons: vec![],
            blanks: vec!["1".into(), "name".into()],
        };
        let p = BTreeMap::from([("1".to_owned(), "42".to_owned()), ("name".to_owned(), "Ada".to_owned())]);
        assert_eq!(render(&t, &p), "Order 42\n\nHello Ada, order 42 left.\n\nAcme");
    }
}
