//! Counts over what somebody sees: the views pane, and how often each tag is used.

use super::api::{Statistics, Tag};
use crate::teams::Sight;
use db::{Tx, Value};
use kernel::message::Status;
use kernel::time::Millis;
use kernel::{ChannelId, MemberId, Result, TeamId};

/// Counts for the views pane.
pub fn counts(tx: &mut Tx<'_>, sight: &Sight, me: Option<MemberId>, today: Millis) -> Result<Statistics> {
    let mut args: Vec<Value<'static>> = Vec::new();
    let seen = sight.and("c", &mut args);
    let mut s = Statistics::default();
    let sql = format!("SELECT c.status, COUNT(*) FROM conversations c WHERE c.deleted_at IS NULL{seen} GROUP BY c.status");
    let rows = tx.query(&sql, &args, |r| Ok((r.next::<String>()?, r.next::<i64>()?)))?;
    for status in Status::ALL {
        s.by_status.insert(status.as_str().to_owned(), 0);
    }
    for (status, n) in rows {
        s.total += n;
        s.by_status.insert(status, n);
    }
    s.open = s.by_status["new"] + s.by_status["open"];
    let open = |column: &str| {
        format!(
            "SELECT c.{column}, COUNT(*) FROM conversations c WHERE c.bucket = 'open' AND c.deleted_at IS NULL{seen} GROUP BY c.{column}"
        )
    };
    let by_assignee = tx.query(&open("assignee_id"), &args, |r| Ok((r.next::<Option<MemberId>>()?, r.next::<i64>()?)))?;
    for (member, n) in by_assignee {
        match member {
            None => s.unassigned = n,
            Some(id) => {
                if Some(id) == me {
                    s.mine = n;
                }
                s.by_assignee.insert(id.to_string(), n);
            }
        }
    }
    let by_channel = tx.query(&open("channel_id"), &args, |r| Ok((r.next::<ChannelId>()?, r.next::<i64>()?)))?;
    s.by_channel = by_channel.into_iter().map(|(id, n)| (id.to_string(), n)).collect();
    let by_team = tx.query(&open("team_id"), &args, |r| Ok((r.next::<Option<TeamId>>()?, r.next::<i64>()?)))?;
    s.by_team = by_team.into_iter().filter_map(|(id, n)| Some((id?.to_string(), n))).collect();
    let unread =
        format!("SELECT COUNT(*) FROM conversations c WHERE c.unread_count > 0 AND c.deleted_at IS NULL AND c.bucket = 'open'{seen}");
    s.unread = tx.number(&unread, &args)?;
    args.push(today.into());
    let today = format!("SELECT COUNT(*) FROM conversations c WHERE c.deleted_at IS NULL{seen} AND c.last_message_at >= ${}", args.len());
    s.today = tx.number(&today, &args)?;
    Ok(s)
}

/// The workspace's tags, each with how many conversations that are seen carry it.
pub fn tags(tx: &mut Tx<'_>, sight: &Sight) -> Result<Vec<Tag>> {
    let mut args: Vec<Value<'static>> = Vec::new();
    let seen = sight.and("c", &mut args);
    // What is in the trash, or went into another conversation, keeps its tags and is not seen under them.
    let count = format!(
        "SELECT COUNT(*) FROM conversation_tags ct JOIN conversations c ON c.id = ct.conversation_id AND c.deleted_at IS NULL \
         WHERE ct.tag_id = t.id{seen}"
    );
    let sql = format!("SELECT t.id, t.name, t.hue, ({count}) FROM tags t ORDER BY t.name_key LIMIT 1000");
    tx.query(&sql, &args, |r| Ok(Tag { id: r.next()?, name: r.next()?, hue: r.next()?, count: r.next()? }))
}
