//! A mail out of an archive: what was sent from the mailbox is ours, and Google's labels (`X-Gmail-Labels` of a Takeout) become tags.

use crate::kit::{addresses, headers, mail};
use kernel::channel::{Account, Inbound, ParseError, RawDelivery};
use mail_parser::MessageParser;
use serde_json::Value;

/// Where the labels stand with the message.
pub const LABELS: &str = "labels";
const MOST: usize = 20;
/// A tag is no longer than this.
const LONGEST: usize = 60;

/// Words of the mailbox itself, as Takeout writes them in some languages; others become tags, which harms nobody.
const STATES: [&str; 44] = [
    "inbox",
    "opened",
    "unread",
    "important",
    "starred",
    "archived",
    "sent",
    "chat",
    "muted",
    "snoozed",
    "scheduled",
    "posteingang",
    "geöffnet",
    "ungelesen",
    "wichtig",
    "markiert",
    "archiviert",
    "gesendet",
    "boîte de réception",
    "ouvert",
    "non lus",
    "suivis",
    "archivés",
    "messages envoyés",
    "recibidos",
    "abierto",
    "no leídos",
    "importantes",
    "destacados",
    "archivados",
    "enviados",
    "posta in arrivo",
    "aperti",
    "da leggere",
    "importanti",
    "speciali",
    "archiviati",
    "posta inviata",
    "caixa de entrada",
    "aberto",
    "não lidas",
    "com estrela",
    "arquivadas",
    "enviadas",
];
const UNWANTED: [&str; 12] = [
    "spam",
    "trash",
    "drafts",
    "papierkorb",
    "entwürfe",
    "corbeille",
    "brouillons",
    "papelera",
    "borradores",
    "cestino",
    "bozze",
    "lixeira",
];

pub fn read(account: &Account, raw: &RawDelivery, mut all: Vec<Inbound>) -> Result<Vec<Inbound>, ParseError> {
    let ignored = |why: &str| Ok(vec![Inbound::Ignored { why: why.into() }]);
    let head = headers::read(&raw.body);
    let labels = labels(head.first("x-gmail-labels").unwrap_or_default());
    if labels.iter().any(|l| UNWANTED.contains(&l.to_lowercase().as_str())) {
        return ignored("It lay among spam, drafts or what was thrown away.");
    }
    let from = head.first("from").and_then(|v| addresses::find_all(v).into_iter().next());
    let is_sent = from.is_some_and(|from| mail::is_ours(account, &from));
    for one in &mut all {
        let Inbound::Message(message) = one else { continue };
        if is_sent && !mail::make_echo(account, message) {
            return ignored("Sent from this mailbox to nobody else.");
        }
        let tags: Vec<Value> = labels.iter().filter(|l| is_tag(l)).map(|l| Value::from(l.as_str())).take(MOST).collect();
        if !tags.is_empty() {
            message.metadata.insert(LABELS.into(), tags.into());
        }
    }
    Ok(all)
}

/// `Inbox,Opened,Work/Customers`, in encoded words where it is not ASCII.
fn labels(value: &str) -> Vec<String> {
    let plain = match value.contains("=?") {
        // Encoded words are decoded as those of a subject.
        true => {
            let line = format!("Subject: {value}\r\n\r\n");
            let read = MessageParser::default().parse_headers(line.as_bytes()).and_then(|m| m.subject().map(str::to_owned));
            read.unwrap_or_default()
        }
        false => value.to_owned(),
    };
    plain.split(',').map(|l| l.trim().trim_matches('"').trim().to_owned()).filter(|l| !l.is_empty()).collect()
}

fn is_tag(label: &str) -> bool {
    let low = label.to_lowercase();
    let state = STATES.contains(&low.as_str()) || low.starts_with("category ") || low.starts_with("kategorie ") || low.starts_with("imap_");
    !state && label.chars().count() <= LONGEST && !label.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_somebody_made_become_tags() {
        let tags = |value: &str| labels(value).into_iter().filter(|l| is_tag(l)).collect::<Vec<_>>();
        assert_eq!(tags("Inbox,Important,Opened,Category Promotions,Work/Customers,VIP"), ["Work/Customers", "VIP"]);
        assert_eq!(tags("=?UTF-8?Q?Posteingang,Ge=C3=B6ffnet,B=C3=BCro?="), ["Büro"]);
        assert_eq!(tags(""), [""; 0]);
    }
}
