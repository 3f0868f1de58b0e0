//! Mail that is handed to our own listener: taken for addresses of our channels only, answered 250 when it is durable.

use crate::app::App;
use crate::channels::Entry;
use crate::journal;
use connectors::kit::mail::FOUND;
use edges::smtp_in::{MailHandler, MailRefusal, RcptVerdict, ReceivedMail};
use kernel::channel::RawDelivery;
use kernel::{BoxFuture, ErrorKind};
use mailproof::Came;
use std::sync::Arc;

pub struct Mailroom(pub App);

/// Kinds of channels that are fed by mail.
fn mail_providers() -> impl Iterator<Item = &'static str> {
    connectors::CHANNELS.iter().filter(|c| c.fed_by_mail()).map(|c| c.descriptor().id)
}

impl Mailroom {
    /// What the DNS says about the sender, as the value of an `Authentication-Results` header.
    async fn judge(&self, mail: &ReceivedMail) -> Option<String> {
        let names = self.0.names.as_ref()?;
        let peer = mail.peer.ip().to_canonical();
        let is_relay = self.0.config.smtp.relays.iter().any(|net| net.contains(&peer));
        let host = self.0.mail_host();
        let came = Came { peer: (!is_relay).then_some(peer), helo: &mail.helo, from: mail.envelope_from.as_deref(), host: &host };
        Some(names.judge(&mail.data, came).await.to_results(&host))
    }

    /// The channel of an address: itself, without its `+token`, or by the reply token at an inbound domain.
    async fn channel_of(&self, address: &str) -> kernel::Result<Option<Arc<Entry>>> {
        let address = address.trim().to_lowercase();
        let bare = address.split_once('@').and_then(|(local, domain)| Some(format!("{}@{domain}", local.split_once('+')?.0)));
        for name in [Some(&address), bare.as_ref()].into_iter().flatten() {
            for provider in mail_providers() {
                let entry = self.0.directory.by_identifier(&self.0, provider, name).await?;
                if let Some(entry) = entry.filter(|e| e.is_simulated() || e.connector.takes_mail(&e.account)) {
                    return Ok(Some(entry));
                }
            }
        }
        for provider in mail_providers() {
            for entry in self.0.directory.of_provider(&self.0, provider).await? {
                if entry.connector.takes_mail(&entry.account) && connectors::kit::mail::is_ours(&entry.account, &address) {
                    return Ok(Some(entry));
                }
            }
        }
        Ok(None)
    }
}

impl MailHandler for Mailroom {
    fn recipient<'a>(&'a self, rcpt: &'a str) -> BoxFuture<'a, RcptVerdict> {
        Box::pin(async move {
            match self.channel_of(rcpt).await {
                Ok(Some(_)) => RcptVerdict::Accept,
                Ok(None) => RcptVerdict::Unknown,
                Err(e) => {
                    tracing::warn!(error = %e, "a recipient could not be looked up");
                    RcptVerdict::TemporarilyUnavailable
                }
            }
        })
    }

    fn accept(&self, mail: ReceivedMail) -> BoxFuture<'_, Result<String, MailRefusal>> {
        Box::pin(async move {
            let later = |e: kernel::Error| match e.kind {
                ErrorKind::Unavailable | ErrorKind::Internal => MailRefusal::Temporary("Could not be stored; try again later".into()),
                _ => MailRefusal::Permanent(e.detail),
            };
            let results = self.judge(&mail).await;
            let mut data = mail.data;
            if let Some(results) = &results {
                // On top, where a server writes what it found (RFC 8601), and where the source shows it.
                let line = format!("Authentication-Results: {}\r\n", results.replace("; ", ";\r\n\t"));
                data.splice(0..0, line.into_bytes());
            }
            let mut seen = Vec::new();
            let mut queued = None;
            for rcpt in &mail.envelope_to {
                let Some(entry) = self.channel_of(rcpt).await.map_err(later)? else { continue };
                // Two recipients of one channel are one delivery; the key of a message is per channel.
                if seen.contains(&entry.id) {
                    continue;
                }
                seen.push(entry.id);
                let mut headers = vec![
                    ("envelope-from".into(), mail.envelope_from.clone().unwrap_or_default()),
                    ("envelope-to".into(), rcpt.clone()),
                    ("smtp-peer".into(), mail.peer.ip().to_string()),
                    ("smtp-helo".into(), mail.helo.clone()),
                ];
                headers.extend(results.iter().map(|r| (FOUND.to_owned(), r.clone())));
                let raw = RawDelivery {
                    method: "SMTP".into(),
                    path: "smtp".into(),
                    headers,
                    body: data.clone(),
                    received_at: self.0.now(),
                    peer: Some(mail.peer.ip().to_string()),
                };
                queued = Some(journal::receive(&self.0, &entry, raw).await.map_err(later)?);
            }
            let key = queued.ok_or_else(|| MailRefusal::Permanent("No such mailbox here".into()))?;
            Ok(journal::id_of(key).to_string())
        })
    }
}
