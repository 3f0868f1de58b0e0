//! Signatures as the API gives them, and what they may be.

use kernel::time::{Millis, wire_opt};
use kernel::{ChannelId, Error, Result};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Signature {
    /// Sanitised; empty when there is none.
    pub html: String,
    /// The same for mails without formatting.
    pub text: String,
    /// Channels on which nothing is added.
    #[schema(value_type = Vec<String>)]
    pub off_channels: Vec<ChannelId>,
    /// Those that stand on one channel instead.
    pub channels: Vec<ChannelSignature>,
    /// What channels add below every mail that a person writes; set with the channel.
    pub endings: Vec<Ending>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Millis>,
}

#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ChannelSignature {
    #[schema(value_type = String)]
    pub channel_id: ChannelId,
    pub html: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Ending {
    #[schema(value_type = String)]
    pub channel_id: ChannelId,
    pub text: String,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSignature {
    /// Empty takes the signature away.
    pub html: String,
    /// Made from the HTML when absent.
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub off_channels: Vec<ChannelId>,
    /// Those that stand on one channel instead, all of them.
    #[serde(default)]
    pub channels: Vec<NewChannelSignature>,
}

#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChannelSignature {
    #[schema(value_type = String)]
    pub channel_id: ChannelId,
    pub html: String,
    /// Made from the HTML when absent.
    #[serde(default)]
    pub text: Option<String>,
}

impl NewSignature {
    pub fn check(self) -> Result<Signature> {
        if self.off_channels.len() > 200 {
            return Err(Error::field("off_channels", "too_many", "Name at most 200 channels."));
        }
        if self.channels.len() > 50 {
            return Err(Error::field("channels", "too_many", "At most 50 channels may have a signature of their own."));
        }
        let (html, text) = words("html", &self.html, self.text)?.unwrap_or_default();
        let mut channels: Vec<ChannelSignature> = Vec::new();
        for c in self.channels {
            if self.off_channels.contains(&c.channel_id) || channels.iter().any(|known| known.channel_id == c.channel_id) {
                return Err(Error::field("channels", "twice", "Name each channel once."));
            }
            let Some((html, text)) = words("channels", &c.html, c.text)? else {
                return Err(Error::field(
                    "channels",
                    "required",
                    "A signature of its own needs words; leave the channel out with off_channels.",
                ));
            };
            channels.push(ChannelSignature { channel_id: c.channel_id, html, text });
        }
        Ok(Signature { html, text, off_channels: self.off_channels, channels, ..Default::default() })
    }
}

/// Both forms, safe; `None` when it says nothing.
fn words(field: &str, html: &str, text: Option<String>) -> Result<Option<(String, String)>> {
    if html.len() > 100_000 || text.as_ref().is_some_and(|t| t.len() > 10_000) {
        return Err(Error::field(field, "too_long", "A signature has at most 100 kB, and 10 kB as plain text."));
    }
    let html = connectors::sanitise_html(html);
    let said = connectors::html_to_text(&html).trim().to_owned();
    if said.is_empty() && !html.contains("<img") {
        return Ok(None);
    }
    let text = text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).unwrap_or(said);
    Ok(Some((html, text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(html: &str) -> NewSignature {
        NewSignature { html: html.into(), text: None, off_channels: Vec::new(), channels: Vec::new() }
    }

    #[test]
    fn scripts_go_and_nothing_is_no_signature() {
        let s = new("<p>Mara <b>Lindt</b></p><script>x()</script>").check().unwrap();
        assert_eq!((s.html.as_str(), s.text.as_str()), ("<p>Mara <b>Lindt</b></p>", "Mara Lindt"));
        assert_eq!(new("<p> <br></p>").check().unwrap(), Signature::default());
        assert!(new(r#"<img src="https://desk.example/logo.png">"#).check().unwrap().html.contains("data-remote-src"));
    }

    #[test]
    fn a_channel_has_one_of_its_own_or_none() {
        let channel: ChannelId = kernel::id::new_id(&kernel::id::SystemIds, 0);
        let own = |html: &str| NewChannelSignature { channel_id: channel, html: html.into(), text: None };
        let code = |n: NewSignature| match n.check().unwrap_err().kind {
            kernel::error::ErrorKind::Invalid(fields) => fields[0].code.clone(),
            other => format!("{other:?}"),
        };
        assert_eq!(NewSignature { channels: vec![own("<p>M.</p>")], ..new("Mara") }.check().unwrap().channels[0].text, "M.");
        assert_eq!(code(NewSignature { channels: vec![own("<p></p>")], ..new("Mara") }), "required");
        assert_eq!(code(NewSignature { channels: vec![own("a"), own("b")], ..new("Mara") }), "twice");
        assert_eq!(code(NewSignature { channels: vec![own("a")], off_channels: vec![channel], ..new("Mara") }), "twice");
    }
}
