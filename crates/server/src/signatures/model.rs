//! A signature as the API gives it, and what it may be.

use kernel::time::{Millis, wire_opt};
use kernel::{ChannelId, Error, Result};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Signature {
    /// Sanitised; empty when there is none.
    pub html: String,
    /// The same for mails without formatting.
    pub text: String,
    /// Channels on which it is left out.
    #[schema(value_type = Vec<String>)]
    pub off_channels: Vec<ChannelId>,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Millis>,
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
}

impl NewSignature {
    pub fn check(self) -> Result<Signature> {
        if self.html.len() > 100_000 || self.text.as_ref().is_some_and(|t| t.len() > 10_000) {
            return Err(Error::field("html", "too_long", "A signature has at most 100 kB, and 10 kB as plain text."));
        }
        if self.off_channels.len() > 200 {
            return Err(Error::field("off_channels", "too_many", "Name at most 200 channels."));
        }
        let html = connectors::sanitise_html(&self.html);
        let said = connectors::html_to_text(&html).trim().to_owned();
        let shown = !said.is_empty() || html.contains("<img");
        let text = self.text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).unwrap_or(said);
        Ok(match shown {
            true => Signature { html, text, off_channels: self.off_channels, updated_at: None },
            false => Signature { off_channels: self.off_channels, ..Default::default() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_go_and_nothing_is_no_signature() {
        let new = |html: &str| NewSignature { html: html.into(), text: None, off_channels: Vec::new() }.check().unwrap();
        let s = new("<p>Mara <b>Lindt</b></p><script>x()</script>");
        assert_eq!((s.html.as_str(), s.text.as_str()), ("<p>Mara <b>Lindt</b></p>", "Mara Lindt"));
        assert_eq!(new("<p> <br></p>"), Signature::default());
        assert!(new(r#"<img src="https://desk.example/logo.png">"#).html.contains("data-remote-src"));
    }
}
