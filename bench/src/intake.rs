//! Intake: from journal rows to person, conversation, message, event and search row, against the same statements by bare rusqlite.

use crate::accept::ready;
use crate::{floor, process};
use connectors::kit::signatures::sign_timestamped;
use kernel::channel::RawDelivery;
use kernel::clock::Clock;
use rusqlite::params;
use std::path::Path;
use std::time::Instant;

const MESSAGES: usize = 30_000;
const PEOPLE: usize = 1_000;

pub fn run(runtime: &tokio::runtime::Runtime, folder: &Path) {
    runtime.block_on(async {
        let r = ready(folder).await;
        let app = r.running.app.clone();
        let key = r.hook.rsplit('/').next().expect("key").to_owned();
        let entry = app.directory.by_key(&app, &key).await.expect("entry").expect("entry");
        // Written by hand, so that intake does not begin before all are there.
        let (channel, secret) = (entry.id, r.secret.clone());
        for chunk in 0..MESSAGES / 1_000 {
            let secret = secret.clone();
            app.db
                .write(r.workspace, db::Lane::Bulk, move |tx| {
                    for n in chunk * 1_000..(chunk + 1) * 1_000 {
                        let raw = delivery(&secret, n);
                        let headers = serde_json::to_string(&raw.headers).expect("json");
                        tx.exec(
                            floor::JOURNAL,
                            db::params![
                                channel,
                                raw.received_at,
                                "POST",
                                "/api/webhooks/api/x",
                                headers,
                                raw.body,
                                None::<String>,
                                190i64,
                                false
                            ],
                        )?;
                    }
                    Ok(())
                })
                .await
                .expect("journal");
        }
        let (cpu, begun) = (process::cpu_seconds(), Instant::now());
        let played = server::intake::drain(&app, r.workspace).await.expect("drain");
        let (seconds, cpu) = (begun.elapsed().as_secs_f64(), process::cpu_seconds() - cpu);
        assert_eq!(played, MESSAGES);
        let rate = MESSAGES as f64 / seconds;
        let bare = bare(&folder.join("floor.db"));
        println!("## Intake ({MESSAGES} messages of {PEOPLE} people, SQLite at FULL)\n");
        println!("| what | figure |\n| --- | --- |");
        println!("| bare rusqlite, the same statements, 256 messages to a commit | {bare:.0} messages/s |");
        println!("| journal → person, conversation, message, event, search | {rate:.0} messages/s |");
        println!("| ratio | {:.2} (wanted ≥ 0.50) |", rate / bare);
        println!("| CPU per message, all in | {:.3} ms (wanted ≤ 0.4) |\n", cpu * 1e3 / MESSAGES as f64);
        r.running.stop().await;
    });
}

fn delivery(secret: &str, n: usize) -> RawDelivery {
    let person = n % PEOPLE;
    let body = serde_json::json!({ "type": "message", "id": format!("i-{n}"), "from": { "id": format!("p-{person}"), "name": format!("Person {person}") },
        "text": "Order 8841: the box says 42, but the boots inside are clearly a 40. What is the quickest way to swap?" })
    .to_string()
    .into_bytes();
    let now = kernel::clock::SystemClock.now();
    RawDelivery {
        method: "POST".into(),
        path: String::new(),
        headers: sign_timestamped(secret, &body, now).to_vec(),
        body,
        received_at: now,
        peer: None,
    }
}

/// What intake asks and writes for a message of somebody known in a running thread, word for word.
fn bare(path: &Path) -> f64 {
    let conn = floor::open(path);
    let now = 1_790_000_000_000i64;
    let channel = [7u8; 16];
    let id = |kind: u8, n: usize| -> Vec<u8> {
        let mut v = vec![kind; 16];
        v[8..].copy_from_slice(&(n as u64).to_be_bytes());
        v
    };
    conn.execute_batch("BEGIN").expect("begin");
    conn.execute("INSERT INTO channels (id, channel_key, provider, channel, name, account_identifier, status, configuration, secrets, read_only, created_at, updated_at) VALUES (?1,'k','api','api','n','i','active','{}',x'',0,0,0)", params![&channel[..]]).expect("channel");
    for p in 0..PEOPLE {
        conn.execute("INSERT INTO contacts (id, name, review, custom_attributes, sample, last_contact_at, created_at, updated_at) VALUES (?1, ?2, 1, '{}', 0, 0, 0, 0)", params![id(1, p), format!("Person {p}")]).expect("contact");
        conn.execute("INSERT INTO contact_handles (id, owner_type, owner_id, kind, scope, value, evidence, source, first_seen_at, last_seen_at) VALUES (?1, 'contact', ?2, 'api', 'chn_x', ?3, 'verified', 'c', 0, 0)", params![id(2, p), id(1, p), format!("p-{p}")]).expect("handle");
        conn.execute("INSERT INTO conversations (id, number, channel_id, channel, provider, status, bucket, priority, contact_id, thread_key, thread_live, participants, last_message_at, last_message_preview, last_message_direction, unread_count, message_count, tags, custom_attributes, metadata, sample, created_at, updated_at) VALUES (?1, ?2, ?3, 'api', 'api', 'new', 'open', 'normal', ?4, ?5, 1, '[]', 0, '', 'inbound', 0, 0, '[]', '{}', '{}', 0, 0, 0)", params![id(3, p), p as i64 + 1, &channel[..], id(1, p), format!("p-{p}")]).expect("conversation");
    }
    for n in 0..MESSAGES {
        conn.prepare_cached(floor::JOURNAL)
            .expect("prepare")
            .query_row(params![&channel[..], now, "POST", "/x", "[]", vec![b'x'; 190], None::<String>, 190, false], |r| r.get::<_, i64>(0))
            .expect("journal");
        let _ = n;
    }
    conn.execute_batch("COMMIT").expect("commit");
    let text = "Order 8841: the box says 42, but the boots inside are clearly a 40. What is the quickest way to swap?";
    let words = "person order 8841 the box says 42 but the boots inside are clearly a 40 what is the quickest way to swap";
    let begun = Instant::now();
    let mut seq = 0i64;
    let mut n = 0;
    while n < MESSAGES {
        let end = (n + 256).min(MESSAGES);
        conn.prepare_cached("BEGIN IMMEDIATE").expect("p").raw_execute().expect("begin");
        for m in n..end {
            let p = m % PEOPLE;
            let external = format!("i-{m}");
            let one =
                |sql: &str, args: &[&dyn rusqlite::ToSql]| drop(conn.prepare_cached(sql).expect("prepare").query_row(args, |_| Ok(())));
            let run = |sql: &str, args: &[&dyn rusqlite::ToSql]| {
                conn.prepare_cached(sql).expect("prepare").execute(args).expect(sql);
            };
            let (person, conversation, message) = (id(1, p), id(3, p), id(4, m));
            let channel = channel.to_vec();
            one("SELECT 1 FROM journal WHERE key = ?1 AND state = 'received'", &[&(m as i64 + 1)]);
            one("SELECT id FROM messages WHERE channel_id = ?1 AND external_id = ?2", &[&channel, &external]);
            one("SELECT id FROM messages WHERE channel_id = ?1 AND provider_id = ?2", &[&channel, &external]);
            one(
                "SELECT h.owner_id FROM contact_handles h JOIN contacts c ON c.id = h.owner_id AND c.deleted_at IS NULL WHERE h.kind = ?1 AND h.scope = ?2 AND h.value = ?3 AND h.evidence <> 'claimed' AND h.owner_type = ?4",
                &[&"api", &"chn_x", &format!("p-{p}"), &"contact"],
            );
            one("SELECT name, review FROM contacts WHERE id = ?1 AND deleted_at IS NULL", &[&person]);
            run(
                "INSERT INTO contact_handles (id, owner_type, owner_id, kind, scope, value, evidence, source, first_seen_at, last_seen_at) VALUES (?1, 'contact', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) ON CONFLICT DO NOTHING",
                &[&message, &person, &"api", &"chn_x", &format!("p-{p}"), &"verified", &"c", &now],
            );
            run(
                "UPDATE contact_handles SET evidence = 'verified', source = ?5, last_seen_at = ?6 WHERE owner_id = ?1 AND kind = ?2 AND scope = ?3 AND value = ?4 AND evidence = 'claimed' AND NOT EXISTS (SELECT 1 FROM contact_handles o WHERE o.kind = ?2 AND o.scope = ?3 AND o.value = ?4 AND o.evidence <> 'claimed')",
                &[&person, &"api", &"chn_x", &format!("p-{p}"), &"c", &now],
            );
            one(
                "SELECT id, status, resolved_at, contact_id, assignee_id, participants, updated_at FROM conversations WHERE channel_id = ?1 AND thread_key = ?2 AND thread_live",
                &[&channel, &format!("p-{p}")],
            );
            let base = now * (1 << 20);
            let key: i64 = conn
                .prepare_cached("SELECT COALESCE(MAX(key) + 1, ?1) FROM messages WHERE key >= ?1 AND key < ?2")
                .expect("p")
                .query_row(params![base, base + (1 << 20)], |r| r.get(0))
                .expect("key");
            run(
                "INSERT INTO messages (key, id, conversation_id, channel_id, external_id, direction, sender_type, sender_id, sender_name, from_address, recipients, content_type, text, file_count, is_note, status, delivery_uncertain, automatic, verified_sender, thread_reason, sent_at, delivered_at, created_at, metadata, journal_key) VALUES (?1, ?2, ?3, ?4, ?5, 'inbound', 'contact', ?6, ?7, ?8, '{}', 'text', ?9, 0, 0, 'delivered', 0, 0, 1, 'the channel''s thread', ?10, ?10, ?10, '{}', ?11) ON CONFLICT DO NOTHING",
                &[
                    &key,
                    &message,
                    &conversation,
                    &channel,
                    &external,
                    &person,
                    &format!("Person {p}"),
                    &format!("p-{p}"),
                    &text,
                    &now,
                    &(m as i64 + 1),
                ],
            );
            run(
                "UPDATE conversations SET message_count = message_count + 1, unread_count = unread_count + 1, last_message_preview = CASE WHEN ?2 >= last_message_at OR message_count = 0 THEN ?3 ELSE last_message_preview END, last_message_at = CASE WHEN ?2 > last_message_at OR message_count = 0 THEN ?2 ELSE last_message_at END, waiting_since = COALESCE(waiting_since, ?2), updated_at = ?2 WHERE id = ?1",
                &[&conversation, &(now + m as i64), &text],
            );
            run("UPDATE contacts SET last_contact_at = ?2 WHERE id = ?1 AND last_contact_at < ?2", &[&person, &(now + m as i64)]);
            run("UPDATE channels SET last_sync_at = ?2 WHERE id = ?1 AND COALESCE(last_sync_at, 0) < ?2 - 60000", &[&channel, &now]);
            run(
                "UPDATE journal SET state = 'done', outcome = ?2, message_id = ?3, conversation_id = ?4, attempts = attempts + 1 WHERE key = ?1",
                &[
                    &(m as i64 + 1),
                    &"Message msg_01m7yj9esveektvqf8h6twfgzp: the channel's thread; person by api p-1.",
                    &message,
                    &conversation,
                ],
            );
            run("INSERT INTO message_search (rowid, words) VALUES (?1, ?2)", &[&key, &words]);
            seq += 1;
            run(
                "INSERT INTO events (seq, at, kind, version, actor, depth, conversation_id, message_id, contact_id, payload) VALUES (?1, ?2, 'message.created', 1, 'contact:con_01m7yj9esveektvqf8h6twfgzp', 0, ?3, ?4, ?5, ?6)",
                &[&seq, &now, &conversation, &message, &person, &r#"{"automatic":false,"direction":"inbound"}"#],
            );
        }
        conn.prepare_cached("UPDATE log_head SET seq = ?1 WHERE id = 1").expect("p").execute([seq]).expect("seq");
        conn.prepare_cached("COMMIT").expect("p").raw_execute().expect("commit");
        n = end;
    }
    MESSAGES as f64 / begun.elapsed().as_secs_f64()
}
