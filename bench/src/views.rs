//! Views: pages and exact counts by filter at 100,000 conversations, beside the same questions put to the database by hand.
//! With `BENCH_DATABASE` (a URL) the same on PostgreSQL.

use crate::accept::{Ready, ready};
use crate::http::{request, times};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

pub const CONVERSATIONS: usize = 100_000;
const DAY: i64 = kernel::time::DAY;

/// The same numbers each time.
pub struct Dice(u64);
impl Dice {
    pub fn roll(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
    /// One of them, as often as its weight says.
    fn one_of<T: Copy>(&mut self, all: &[(T, usize)]) -> T {
        let mut n = self.roll(all.iter().map(|(_, w)| w).sum());
        for (value, weight) in all {
            if n < *weight {
                return *value;
            }
            n -= weight;
        }
        all[0].0
    }
}

pub fn id(kind: u8, n: usize) -> Vec<u8> {
    let mut v = vec![kind; 16];
    v[8..].copy_from_slice(&(n as u64).to_be_bytes());
    v
}
const TAGS: usize = 40;
const MEMBERS: usize = 20;
pub const CHANNELS: usize = 8;

/// A desk as it is after some years: most is closed, some is open, two thirds belong to somebody, tags from common to rare.
pub async fn fill(r: &Ready, conversations: usize) {
    let app = &r.running.app;
    let now = app.now();
    let info = server::people::workspace(app, r.workspace).await.expect("workspace");
    let sealer = server::app::Sealer::new(app, &info.data_key).expect("sealer");
    let about = |c: usize| kernel::ChannelId::from_slice(&id(7, c)).expect("id").to_string();
    let secrets: Vec<Vec<u8>> = (0..CHANNELS).map(|c| sealer.seal(b"{}", &about(c)).expect("sealed")).collect();
    app.db
        .write(r.workspace, db::Lane::Bulk, move |tx| {
            for t in 0..TAGS {
                tx.exec("INSERT INTO tags (id, name, name_key, hue) VALUES ($1, $2, $3, 0)", db::params![id(9, t), format!("Tag {t}"), format!("tag {t}")])?;
            }
            for m in 0..MEMBERS {
                tx.exec("INSERT INTO members (id, account_id, name, email, role, active, created_at) VALUES ($1, $1, $2, $3, 'agent', TRUE, 0)", db::params![id(8, m), format!("Member {m}"), format!("m{m}@example.com")])?;
            }
            for (c, secret) in secrets.iter().enumerate() {
                tx.exec("INSERT INTO channels (id, channel_key, provider, channel, name, account_identifier, status, configuration, secrets, read_only, created_at, updated_at) VALUES ($1, $2, 'api', 'api', $3, $2, 'inactive', '{}', $4, FALSE, 0, 0)", db::params![id(7, c), format!("k{c}"), format!("Channel {c}"), secret.clone()])?;
            }
            Ok(())
        })
        .await
        .expect("things");
    let words = ["email", "whatsapp", "webchat", "sms", "telegram", "facebook", "instagram", "api"];
    for chunk in 0..conversations.div_ceil(1_000) {
        let range = chunk * 1_000..((chunk + 1) * 1_000).min(conversations);
        app.db
            .write(r.workspace, db::Lane::Bulk, move |tx| {
                for c in range.clone() {
                    let mut dice = Dice(c as u64 + 1);
                    // The first ones are much the same for seeds that follow each other.
                    for _ in 0..4 {
                        dice.roll(7);
                    }
                    let recent = conversations - c < 12_000;
                    let status = match recent {
                        true => dice.one_of(&[("new", 10), ("open", 40), ("pending", 15), ("snoozed", 8), ("resolved", 22), ("spam", 5)]),
                        false => dice.one_of(&[("resolved", 88), ("archived", 6), ("spam", 4), ("open", 1), ("pending", 1)]),
                    };
                    let bucket = if status == "new" { "open" } else { status };
                    let channel = dice.one_of(&[(0usize, 40), (1, 20), (2, 15), (3, 8), (4, 7), (5, 5), (6, 3), (7, 2)]);
                    let last = now - (conversations - c) as i64 * (700 * DAY / conversations as i64) - dice.roll(DAY as usize) as i64;
                    let created = last - dice.roll(10 * DAY as usize) as i64;
                    let assignee = (dice.roll(3) > 0).then(|| id(8, dice.roll(MEMBERS)));
                    let priority = dice.one_of(&[("normal", 80), ("high", 11), ("low", 5), ("urgent", 4)]);
                    let unread = if bucket == "open" { dice.roll(3) as i64 } else { 0 };
                    let messages = 1 + dice.roll(20) as i64;
                    let inbound = dice.roll(2) == 0;
                    let subject = format!("About order {} and the {} box", 10_000 + c, ["blue", "green", "Größe", "parcel"][dice.roll(4)]);
                    // Some tags on half of all, most on few.
                    let mut own: Vec<usize> = Vec::new();
                    if dice.roll(2) == 0 {
                        own.push(0);
                    }
                    for _ in 0..dice.roll(3) {
                        let t = 1 + dice.roll(TAGS - 1).min(dice.roll(TAGS - 1));
                        if !own.contains(&t) {
                            own.push(t);
                        }
                    }
                    own.sort_unstable();
                    let names = json!(own.iter().map(|t| format!("Tag {t}")).collect::<Vec<_>>()).to_string();
                    let waiting = (bucket == "open" && inbound).then_some(last);
                    let snoozed = (status == "snoozed").then_some(now + dice.roll(7 * DAY as usize) as i64);
                    let resolved = (status == "resolved").then_some(last);
                    let person = json!([{ "name": format!("Person Number {c}"), "address": format!("person{c}@example{}.com", c % 500) }]).to_string();
                    tx.exec("INSERT INTO contacts (id, name, review, custom_attributes, sample, last_contact_at, created_at, updated_at) VALUES ($1, $2, FALSE, '{}', FALSE, $3, $3, $3)", db::params![id(1, c), format!("Person Number {c}"), last])?;
                    for word in ["person".to_owned(), "number".to_owned(), c.to_string()] {
                        tx.exec("INSERT INTO contact_words (word, contact_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", db::params![word, id(1, c)])?;
                    }
                    tx.exec(
                        "INSERT INTO conversations (id, number, channel_id, channel, provider, status, bucket, priority, subject, subject_folded, contact_id, thread_key, thread_live, participants, \
                         last_message_at, last_message_preview, last_message_direction, unread_count, message_count, assignee_id, tags, custom_attributes, metadata, snoozed_until, waiting_since, \
                         resolved_at, sample, created_at, updated_at, has_files, has_failed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, TRUE, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
                         $23, $24, $25, FALSE, $26, $14, $27, $28)",
                        db::params![
                            id(3, c),
                            c as i64 + 1,
                            id(7, channel),
                            words[channel],
                            words[channel],
                            status,
                            bucket,
                            priority,
                            &subject,
                            kernel::fold::fold(&subject),
                            id(1, c),
                            format!("p-{c}"),
                            person,
                            last,
                            "Thanks for the quick answer, the parcel came this morning but the lid of the second box is broken, can you send another one before Friday?",
                            if inbound { "inbound" } else { "outbound" },
                            unread,
                            messages,
                            assignee,
                            names,
                            if dice.roll(10) == 0 { r#"{"plan":"gold","seats":12}"# } else { "{}" },
                            r#"{"page":"https://shop.example/orders","locale":"en"}"#,
                            snoozed,
                            waiting,
                            resolved,
                            created,
                            dice.roll(8) == 0,
                            dice.roll(300) == 0
                        ],
                    )?;
                    for t in own {
                        tx.exec("INSERT INTO conversation_tags (tag_id, conversation_id) VALUES ($1, $2)", db::params![id(9, t), id(3, c)])?;
                    }
                }
                Ok(())
            })
            .await
            .expect("fill");
    }
    app.db
        .write(r.workspace, db::Lane::Bulk, move |tx| tx.exec("UPDATE counters SET value = $1", db::params![conversations as i64]))
        .await
        .expect("counter");
    if app.db.dialect() == db::Dialect::Postgres {
        // What autovacuum does within minutes.
        app.db.write(r.workspace, db::Lane::Bulk, |tx| tx.exec("ANALYZE", db::params![])).await.expect("analyze");
    }
}

/// Filters as people build them: (name, filter, sort, whether it is a built-in view).
fn cases() -> Vec<(&'static str, Value, &'static str, bool)> {
    let c = |field: &str, op: &str, value: Value| match value {
        Value::Null => json!({ "field": field, "op": op }),
        value => json!({ "field": field, "op": op, "value": value }),
    };
    let open = || c("status", "any_of", json!(["new", "open"]));
    let member = kernel::MemberId::from_slice(&id(8, 3)).expect("id").to_string();
    let channel = kernel::ChannelId::from_slice(&id(7, 3)).expect("id").to_string();
    vec![
        ("mine", json!({ "and": [open(), c("assignee", "is", json!(member))] }), "activity", true),
        ("unassigned", json!({ "and": [open(), c("assignee", "is_empty", Value::Null)] }), "activity", true),
        ("all open", open(), "activity", true),
        ("unread", json!({ "and": [open(), c("unread", "is", json!(true))] }), "activity", true),
        ("snoozed", c("status", "is", json!("snoozed")), "activity", true),
        ("closed", c("status", "is", json!("resolved")), "activity", true),
        ("spam", c("status", "is", json!("spam")), "activity", true),
        ("a channel", json!({ "and": [open(), c("channel_id", "is", json!(channel))] }), "activity", true),
        ("pressing, waiting longest", json!({ "and": [open(), c("priority", "at_least", json!("high"))] }), "waiting", false),
        ("open, by priority", open(), "priority", false),
        ("everything, by creation, ascending", json!({}), "created&order=asc", false),
        ("a common tag", c("tags", "any_of", json!(["Tag 0"])), "activity", false),
        ("a rare tag", c("tags", "any_of", json!(["Tag 38"])), "activity", false),
        (
            "one of five tags, not a sixth",
            json!({ "and": [c("tags", "any_of", json!(["Tag 9", "Tag 19", "Tag 29", "Tag 34", "Tag 38"])), c("tags", "none_of", json!(["Tag 0"]))] }),
            "activity",
            false,
        ),
        ("all of three tags", c("tags", "all_of", json!(["Tag 0", "Tag 11", "Tag 23"])), "activity", false),
        (
            "with a file, not failed, this year",
            json!({ "and": [c("has_attachment", "is", json!(true)), c("delivery_failed", "is", json!(false)), c("created_at", "on", json!("this_year"))] }),
            "activity",
            false,
        ),
        ("delivery failed", c("delivery_failed", "is", json!(true)), "activity", false),
        (
            "closed long ago and never tagged",
            json!({ "and": [c("resolved_at", "before", json!("-1y")), c("tags", "is_empty", Value::Null)] }),
            "activity",
            false,
        ),
        (
            "matches nothing",
            json!({ "and": [c("priority", "is", json!("urgent")), c("message_count", "is", json!(7)), c("channel", "is", json!("sms")), c("tags", "all_of", json!(["Tag 38", "Tag 37"]))] }),
            "activity",
            false,
        ),
        ("subject contains a common word", c("subject", "contains", json!("GRÖSSE")), "activity", false),
        ("subject contains one number", c("subject", "contains", json!("order 54321")), "activity", false),
        ("contact's name", c("contact", "contains", json!("person 777")), "activity", false),
        ("a custom attribute", json!({ "and": [open(), c("custom_attributes.plan", "is", json!("gold"))] }), "activity", false),
        (
            "nested four deep",
            json!({ "and": [
                { "or": [c("status", "is", json!("pending")), { "and": [open(), c("waiting_since", "before", json!("-2d"))] }] },
                { "not": { "or": [c("channel", "any_of", json!(["sms", "api"])), { "and": [c("tags", "any_of", json!(["Tag 1", "Tag 2"])), c("assignee", "is_empty", Value::Null)] }] } },
                { "or": [c("priority", "at_least", json!("high")), c("message_count", "between", json!([5, 12])), c("has_attachment", "is", json!(true))] },
            ] }),
            "activity",
            false,
        ),
        (
            "nested, rare, by creation",
            json!({ "or": [
                { "and": [c("tags", "all_of", json!(["Tag 33", "Tag 12"])), c("last_message_direction", "is", json!("outbound"))] },
                { "and": [c("priority", "is", json!("urgent")), c("created_at", "between", json!(["-30d", "-20d"])), c("unread", "is", json!(true))] },
            ] }),
            "created",
            false,
        ),
        (
            "not any of the usual",
            json!({ "not": { "or": [c("status", "any_of", json!(["new", "open", "resolved"])), c("tags", "any_of", json!(["Tag 0"]))] } }),
            "priority",
            false,
        ),
    ]
}

fn encoded(text: &str) -> String {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}

async fn floors(r: &Ready) -> (f64, f64) {
    let time = async |sql: &'static str| {
        let mut all = Vec::new();
        for _ in 0..60 {
            let begun = Instant::now();
            r.running.app.db.read(r.workspace, move |tx| tx.query(sql, db::params![], |r| r.get::<i64>(0))).await.expect("floor");
            all.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let page = time(
        "SELECT number FROM conversations WHERE deleted_at IS NULL AND bucket = 'open' ORDER BY last_message_at DESC, id DESC LIMIT 51",
    )
    .await;
    let hint = r.running.app.db.dialect().by_index("conversations_facts");
    let sql: &'static str =
        Box::leak(format!("SELECT COUNT(*) FROM conversations {hint} WHERE deleted_at IS NULL AND message_count >= 0").into_boxed_str());
    (page, time(sql).await)
}

pub fn run(runtime: &tokio::runtime::Runtime, folder: &Path, conversations: usize) {
    runtime.block_on(async {
        let r = ready(folder).await;
        let begun = Instant::now();
        fill(&r, conversations).await;
        eprintln!("filled {conversations} conversations in {:.0} s", begun.elapsed().as_secs_f64());
        let address: SocketAddr = r.running.address;
        let headers = vec![("authorization".to_owned(), format!("Bearer {}", r.token)), ("content-type".to_owned(), "application/json".to_owned())];
        let (page_floor, count_floor) = floors(&r).await;
        println!("## Views ({conversations} conversations, {:?}, ms at the client over loopback)\n", r.running.app.db.dialect());
        println!("Floors in the database itself: 51 numbers in order {page_floor:.2}; a look at every row for a count {count_floor:.1}.\n");
        println!("| filter | matches | page of 50: median | p99 | count: median | p99 | wanted p99 |\n| --- | --- | --- | --- | --- | --- | --- |");
        let mut missed = Vec::new();
        for (name, filter, sort, built_in) in cases() {
            let path = format!("/api/v1/conversations?limit=50&sort={sort}&filter={}", encoded(&filter.to_string()));
            let page = request("GET", &path, &headers, b"");
            let body = json!({ "filter": filter }).to_string();
            let count = request("POST", "/api/v1/conversations/count", &headers, body.as_bytes());
            times(address, 5, |_| page.clone()).await;
            let (page_median, page_p99) = times(address, 200, |_| page.clone()).await;
            times(address, 5, |_| count.clone()).await;
            let (count_median, count_p99) = times(address, 100, |_| count.clone()).await;
            let (_, answer) = crate::http::Client::connect(address).await.ask(&count).await;
            let found = serde_json::from_slice::<Value>(&answer).expect("json")["count"].as_i64().expect("count");
            let wanted = if built_in { (5.0, 20.0) } else { (50.0, 150.0) };
            println!("| {name} | {found} | {page_median:.2} | {page_p99:.2} | {count_median:.1} | {count_p99:.1} | {} / {} |", wanted.0, wanted.1);
            if page_p99 > wanted.0 || count_p99 > wanted.1 {
                missed.push(name);
            }
        }
        println!("\nMissed: {}.\n", if missed.is_empty() { "none".to_owned() } else { missed.join(", ") });
        live(address, &headers, conversations).await;
        r.running.stop().await;
    });
}

/// The counts of the views pane: all of them at first, and after each change.
async fn live(address: SocketAddr, headers: &[(String, String)], conversations: usize) {
    let mut views = 0;
    for (name, filter, _, built_in) in cases() {
        if !built_in {
            let body = json!({ "name": name, "filter": filter }).to_string();
            let (status, _) =
                crate::http::Client::connect(address).await.ask(&request("POST", "/api/v1/views", headers, body.as_bytes())).await;
            assert_eq!(status, 201);
            views += 1;
        }
    }
    let get = request("GET", "/api/v1/views/counts", headers, b"");
    let (cold, _) = times(address, 1, |_| get.clone()).await;
    let (warm, warm_p99) = times(address, 300, |_| get.clone()).await;
    let mut after = Vec::new();
    for n in 0..200usize {
        let conversation = kernel::ConversationId::from_slice(&id(3, conversations - 1 - n * 13 % conversations)).expect("id");
        let body = json!({ "priority": if n % 2 == 0 { "urgent" } else { "low" } }).to_string();
        let change = request("PATCH", &format!("/api/v1/conversations/{conversation}"), headers, body.as_bytes());
        times(address, 1, |_| change.clone()).await;
        after.push(times(address, 1, |_| get.clone()).await.0);
    }
    after.sort_by(f64::total_cmp);
    let pane = 7 + CHANNELS + 1 + MEMBERS + 1 + views;
    println!("### All counts of the views pane at once ({pane} views, of which {views} saved)\n");
    println!("| what | ms |\n| --- | --- |");
    println!("| the first time after a start | {cold:.0} |");
    println!("| nothing has changed: median, p99 | {warm:.2}, {warm_p99:.2} |");
    println!("| after one conversation changed: median, p99 | {:.2}, {:.2} |\n", after[100], after[198]);
}
