//! Notifications in plain words, for letters and pushes. The screen has words of its own.

use super::model::{Kind, Notification};

/// One line: who did what, where.
pub fn headline(n: &Notification) -> String {
    let customer = n.contact_name.as_deref().unwrap_or("A customer");
    let colleague = n.actor_name.as_deref().unwrap_or("Somebody");
    let channel = n.channel_name.as_deref().unwrap_or("A channel");
    let number = n.conversation_number.map(|n| format!(" (#{n})")).unwrap_or_default();
    match n.kind {
        Kind::Assigned if n.conversation_id.is_none() => match times(n, Kind::Assigned) {
            1 => format!("{colleague} assigned a conversation to you"),
            many => format!("{colleague} assigned {many} conversations to you"),
        },
        Kind::Assigned if n.actor_name.is_none() => format!("{customer}’s conversation is yours now{number}"),
        Kind::Assigned => format!("{colleague} assigned {customer}’s conversation to you{number}"),
        Kind::Mentioned => format!("{colleague} mentioned you{number}"),
        Kind::CustomerReplied => match times(n, Kind::CustomerReplied) {
            1 => format!("{customer} replied{number}"),
            many => format!("{customer} wrote {many} times{number}"),
        },
        Kind::DeliveryFailed => format!("Your message to {customer} was not delivered{number}"),
        Kind::SnoozeEnded => format!("{customer}’s conversation is back from its snooze{number}"),
        Kind::ChannelBroken => format!("{channel} stopped working"),
        Kind::ChannelWell => format!("{channel} works again"),
        Kind::WebhookDisabled => format!("The webhook “{}” was switched off", n.webhook_name.as_deref().unwrap_or("that was removed")),
    }
}

/// What else happened to it while it was unread; empty when nothing.
pub fn besides(n: &Notification) -> String {
    let also: Vec<&str> = n
        .kinds
        .iter()
        .filter(|k| k.kind != n.kind)
        .map(|k| match k.kind {
            Kind::Assigned => "it was assigned to you",
            Kind::Mentioned => "you were mentioned",
            Kind::CustomerReplied => "the customer replied",
            Kind::DeliveryFailed => "a message of yours was not delivered",
            Kind::SnoozeEnded => "its snooze ended",
            Kind::ChannelBroken => "it stopped working",
            Kind::ChannelWell => "it works again",
            Kind::WebhookDisabled => "it was switched off",
        })
        .collect();
    if also.is_empty() { String::new() } else { format!("Also: {}.", also.join(", ")) }
}

/// The lines below the headline: what was said, or what is wrong and what mends it.
pub fn body(n: &Notification) -> String {
    match n.kind {
        Kind::ChannelBroken => {
            let why = n.detail.as_deref().unwrap_or("The provider refuses it.");
            format!("{why} Messages to it wait and leave when it works again; open the channel to mend it.")
        }
        Kind::ChannelWell => "What waited for it leaves now.".into(),
        Kind::WebhookDisabled => {
            let why = n.detail.as_deref().unwrap_or("Nothing was taken.");
            format!("{why} Its receiver is told of nothing until somebody switches it on again.")
        }
        Kind::DeliveryFailed => n.detail.clone().or_else(|| n.preview.clone()).unwrap_or_default(),
        _ => n.preview.clone().or_else(|| n.subject.clone()).unwrap_or_default(),
    }
}

/// Where it leads, below the public address.
pub fn path(n: &Notification) -> String {
    match (n.conversation_id, n.channel_id) {
        (Some(id), _) => format!("/inbox/{id}"),
        (None, Some(id)) => format!("/settings/channels/{id}"),
        (None, None) if n.kind == Kind::Assigned => "/inbox?assignee=me".into(),
        (None, None) if n.webhook_id.is_some() => n.webhook_id.map_or_else(String::new, |id| format!("/settings/webhooks/{id}")),
        (None, None) => "/notifications".into(),
    }
}

fn times(n: &Notification, kind: Kind) -> i64 {
    n.kinds.iter().find(|k| k.kind == kind).map_or(1, |k| k.times)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::model::KindTimes;
    use super::*;
    use kernel::{SystemIds, id::new_id};

    pub fn sample(kind: Kind) -> Notification {
        Notification {
            id: new_id(&SystemIds, 1),
            kind,
            kinds: vec![KindTimes { kind, times: 1 }],
            times: 1,
            conversation_id: Some(new_id(&SystemIds, 1)),
            conversation_number: Some(7),
            subject: None,
            contact_name: Some("Ada Obi".into()),
            channel_id: None,
            channel_name: None,
            webhook_id: None,
            webhook_name: None,
            message_id: None,
            actor_id: None,
            actor_name: Some("Mara Lind".into()),
            preview: Some("Where is my order?".into()),
            detail: None,
            created_at: 0,
            updated_at: 0,
            read_at: None,
        }
    }

    #[test]
    fn headlines_say_who_and_where() {
        assert_eq!(headline(&sample(Kind::Mentioned)), "Mara Lind mentioned you (#7)");
        let mut n = sample(Kind::CustomerReplied);
        assert_eq!(headline(&n), "Ada Obi replied (#7)");
        n.kinds = vec![KindTimes { kind: Kind::CustomerReplied, times: 3 }, KindTimes { kind: Kind::Mentioned, times: 1 }];
        assert_eq!((headline(&n), besides(&n)), ("Ada Obi wrote 3 times (#7)".into(), "Also: you were mentioned.".into()));
        let mut n = sample(Kind::Assigned);
        (n.conversation_id, n.conversation_number) = (None, None);
        n.kinds = vec![KindTimes { kind: Kind::Assigned, times: 250 }];
        assert_eq!((headline(&n).as_str(), path(&n).as_str()), ("Mara Lind assigned 250 conversations to you", "/inbox?assignee=me"));
    }
}
