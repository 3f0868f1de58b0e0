//! What `web/bench/screen.mjs` measures the screen on: a hundred thousand conversations, the newest of them with their messages.

use crate::accept::ready;
use crate::views::{CHANNELS, fill, id};
use kernel::time::HOUR;
use std::path::Path;

/// Conversations with messages of their own; nobody opens others.
const SPOKEN: usize = 3_000;
const MESSAGES: usize = 12;

pub fn prepare(runtime: &tokio::runtime::Runtime, folder: &Path, conversations: usize) {
    runtime.block_on(async {
        let r = ready(folder).await;
        fill(&r, conversations).await;
        let app = &r.running.app;
        let mut real = Vec::with_capacity(CHANNELS);
        for c in 0..CHANNELS {
            let configuration = [("secret".to_owned(), serde_json::Value::from(r.secret.clone()))].into_iter().collect();
            let new = server::channels::NewChannel { provider: "api".into(), name: format!("Desk {c}"), configuration, simulated: false };
            real.push(server::channels::create(app, &kernel::Actor::system(r.workspace), new, false).await.expect("channel"));
        }
        // What is opened stands in channels that could be answered on.
        app.db
            .write(r.workspace, db::Lane::Bulk, move |tx| {
                for (c, channel) in real.iter().enumerate() {
                    tx.exec("UPDATE conversations SET channel_id = $1 WHERE channel_id = $2", db::params![*channel, id(7, c)])?;
                    tx.exec("DELETE FROM channels WHERE id = $1", db::params![id(7, c)])?;
                }
                Ok(())
            })
            .await
            .expect("channels");
        let spoken = conversations.saturating_sub(SPOKEN)..conversations;
        app.db
            .write(r.workspace, db::Lane::Bulk, move |tx| {
                for c in spoken.clone() {
                    let last: Vec<i64> = tx.query("SELECT last_message_at FROM conversations WHERE id = $1", db::params![id(3, c)], |r| r.get(0))?;
                    let channel: Vec<Vec<u8>> = tx.query("SELECT channel_id FROM conversations WHERE id = $1", db::params![id(3, c)], |r| r.get(0))?;
                    for m in 0..MESSAGES {
                        let n = c * MESSAGES + m;
                        let at = last[0] - (MESSAGES - 1 - m) as i64 * HOUR;
                        let (direction, sender) = if m % 3 == 1 { ("outbound", "member") } else { ("inbound", "contact") };
                        let text = format!("Good morning, this is about order {n}: the box says 42, but the boots inside are clearly a 40. What is the quickest way to swap?\n\nMany thanks and best wishes");
                        tx.exec("INSERT INTO messages (key, id, conversation_id, channel_id, external_id, direction, sender_type, sender_id, sender_name, recipients, content_type, text, file_count, is_note, status, delivery_uncertain, automatic, verified_sender, sent_at, created_at, metadata) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}', 'text', $10, 0, FALSE, 'delivered', FALSE, FALSE, TRUE, $11, $11, '{}')", db::params![at * (1 << 20) + m as i64, id(4, n), id(3, c), &channel[0], format!("x-{n}"), direction, sender, if sender == "contact" { id(1, c) } else { id(8, m) }, format!("Person Number {c}"), text, at])?;
                    }
                }
                Ok(())
            })
            .await
            .expect("messages");
        r.running.stop().await;
    });
}
