//! The fields of conversations.

use super::choices;
use super::fields::{Field, Kind, Reference, Source, Subject};

const fn field(name: &'static str, label: &'static str, kind: Kind, source: Source) -> Field {
    Field { name, label, kind, source, nullable: false }
}
const fn nullable(name: &'static str, label: &'static str, kind: Kind, column: &'static str) -> Field {
    Field { name, label, kind, source: Source::Column(column), nullable: true }
}

/// Conversations, in SQL the row `c`. What stands in the index `conversations_facts` costs no look at the row itself.
pub static CONVERSATIONS: Subject = Subject { name: "conversations", fields: FIELDS };

const FIELDS: &[Field] = &[
    field(
        "status",
        "Status",
        Kind::Choice { options: choices::statuses, ordered: false },
        Source::Status { column: "c.status", bucket: "c.bucket" },
    ),
    field("priority", "Priority", Kind::Choice { options: choices::priorities, ordered: true }, Source::Column("c.priority")),
    field("channel", "Kind of channel", Kind::Choice { options: choices::channels, ordered: false }, Source::Column("c.channel")),
    field("provider", "Provider", Kind::Choice { options: choices::providers, ordered: false }, Source::Column("c.provider")),
    field("channel_id", "Channel", Kind::Reference(Reference::Channel), Source::Column("c.channel_id")),
    nullable("assignee", "Assignee", Kind::Reference(Reference::Member), "c.assignee_id"),
    nullable("team", "Team", Kind::Reference(Reference::Team), "c.team_id"),
    Field { name: "tags", label: "Tags", kind: Kind::Tags, source: Source::Names("c.tags"), nullable: true },
    field("unread", "Unread", Kind::Flag, Source::Truth("c.unread_count > 0")),
    nullable("waiting_since", "Waiting since", Kind::Time, "c.waiting_since"),
    field("last_message_at", "Last activity", Kind::Time, Source::Column("c.last_message_at")),
    field("created_at", "Created", Kind::Time, Source::Column("c.created_at")),
    field("updated_at", "Changed", Kind::Time, Source::Column("c.updated_at")),
    nullable("snoozed_until", "Snoozed until", Kind::Time, "c.snoozed_until"),
    nullable("resolved_at", "Closed", Kind::Time, "c.resolved_at"),
    field(
        "last_message_direction",
        "Last message",
        Kind::Choice { options: choices::directions, ordered: false },
        Source::Column("c.last_message_direction"),
    ),
    field("message_count", "Messages", Kind::Number, Source::Column("c.message_count")),
    field("has_attachment", "Has an attachment", Kind::Flag, Source::Truth("c.has_files")),
    field("delivery_failed", "A message could not be delivered", Kind::Flag, Source::Truth("c.has_failed")),
    Field {
        name: "subject",
        label: "Subject",
        kind: Kind::Text,
        source: Source::Folded { column: "c.subject_folded", original: "c.subject" },
        nullable: true,
    },
    field("contact", "Contact's name, company, address or number", Kind::Words, Source::PersonWords("c.contact_id")),
    nullable("contact_id", "Contact", Kind::Reference(Reference::Contact), "c.contact_id"),
    Field {
        name: "follower",
        label: "Follower",
        kind: Kind::Reference(Reference::Member),
        source: Source::Among {
            column: "c.id",
            list: "SELECT f.conversation_id FROM conversation_followers f WHERE f.following",
            value: "f.member_id",
        },
        nullable: true,
    },
    field(
        "scheduled",
        "Something is to be sent later",
        Kind::Flag,
        // Waits longer than any undo lasts.
        Source::Truth(
            "c.id IN (SELECT o.conversation_id FROM outbox o WHERE o.state = 'waiting' AND o.attempts = 0 AND o.due_at > o.created_at + 60000)",
        ),
    ),
    field(
        "pinned_note",
        "Has a pinned note",
        Kind::Flag,
        Source::Truth("c.id IN (SELECT n.conversation_id FROM messages n WHERE n.pinned_at IS NOT NULL AND n.deleted_at IS NULL)"),
    ),
    field(
        "contact_blocked",
        "The contact is blocked",
        Kind::Flag,
        Source::Truth("EXISTS (SELECT 1 FROM contacts b WHERE b.id = c.contact_id AND b.blocked_at IS NOT NULL)"),
    ),
    nullable("sub_status", "Sub-status", Kind::Reference(Reference::SubStatus), "c.sub_status_id"),
    Field {
        name: "attribute",
        label: "Attribute of the conversation",
        kind: Kind::Attributes,
        source: Source::Object("c.custom_attributes"),
        nullable: true,
    },
    Field {
        name: "contact_attribute",
        label: "Attribute of the contact",
        kind: Kind::Attributes,
        source: Source::Object("(SELECT p.custom_attributes FROM contacts p WHERE p.id = c.contact_id)"),
        nullable: true,
    },
    Field {
        name: "custom_attributes",
        label: "Custom attribute",
        kind: Kind::Attributes,
        source: Source::Object("c.custom_attributes"),
        nullable: true,
    },
];
