//! Looking for things: words, phrases and operators, in any script, newest or best first, always with what was found marked.

use serde_json::{Value, json};
use tests::{ApiDoor, Client, Mail, TestServer, encode};

const DAY: i64 = 24 * 3_600_000;

fn id(v: &Value) -> &str {
    v["id"].as_str().unwrap()
}
async fn hits(who: &Client, q: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = who.get(&format!("/search?q={}&limit=3{cursor}", encode(q))).await.ok();
        all.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { return all };
        cursor = format!("&cursor={}", encode(next));
    }
}
/// The texts of the messages found, newest first.
async fn found(who: &Client, q: &str) -> Vec<String> {
    let text = |h: &Value| h["snippet"].as_array().unwrap().iter().map(|p| p["text"].as_str().unwrap()).collect::<String>();
    hits(who, q).await.iter().filter(|h| h["kind"] == "message").map(text).collect()
}
fn marks(pieces: &Value) -> Vec<&str> {
    pieces.as_array().unwrap().iter().filter(|p| p["mark"] == true).map(|p| p["text"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_narrow_what_is_found() {
    let s = TestServer::start().await;
    let (shop, desk) = (s.api_door(None).await, s.api_door(None).await);
    s.alice.patch(&format!("/channels/{}", desk.id), json!({ "name": "Front Desk" })).await.ok();
    let say = async |door: &ApiDoor, n: &str, name: &str, text: &str, file: Option<&str>| {
        let mut body = ApiDoor::message(n, &format!("c-{n}"), text);
        body["from"]["name"] = json!(name);
        if let Some(file) = file {
            body["attachments"] = json!([{ "name": file, "type": "text/plain", "data": "aGVsbG8=" }]);
        }
        door.post(&s, body).await.is(200);
        s.settle().await;
        s.conversations().await.remove(0)
    };
    let a = say(&shop, "a", "Jörg Müller", "The blue box is late", None).await;
    s.advance(2 * DAY).await;
    let b = say(&desk, "b", "Änne Groß", "A box that is blue, and late", Some("Rechnung-2026.txt")).await;
    s.advance(2 * DAY).await;
    let c = say(&desk, "c", "Zoë Late", "Where is the green box?", None).await;
    let path = |c: &Value| format!("/conversations/{}", id(c));
    s.bob.post(&format!("{}/tags", path(&a)), json!({ "tags": ["VIP", "Black Friday"] })).await.ok();
    s.bob.post(&format!("{}/assign", path(&b)), json!({ "assignee_id": "me" })).await.ok();
    s.bob.patch(&format!("{}/status", path(&c)), json!({ "status": "resolved" })).await.ok();
    s.bob.post(&format!("{}/notes", path(&c)), json!({ "text": "A box for Jörg" })).await.is(201);
    let [blue, that, green, note] = ["The blue box is late", "A box that is blue, and late", "Where is the green box?", "A box for Jörg"];
    let today = kernel::time::rfc3339(s.now())[..10].to_owned();
    for (q, expected) in [
        ("box", vec![note, green, that, blue]),
        ("late box", vec![green, that, blue]),
        ("\"blue box\"", vec![blue]),
        ("\"box is\"", vec![blue]),
        ("\"box is lat\"", vec![]),
        ("-green box", vec![note, that, blue]),
        ("box -\"blue box\"", vec![note, green, that]),
        ("from:jorg box", vec![blue]),
        ("from:\"Jörg Müller\"", vec![blue]),
        ("from:late ", vec![green]),
        ("from:bob box", vec![note]),
        ("jorg box", vec![note, blue]),
        ("in:\"front desk\" ", vec![note, green, that]),
        ("in:front box -in:api ", vec![]),
        ("in:api box", vec![note, green, that, blue]),
        ("in:email box", vec![]),
        ("tag:vip ", vec![blue]),
        ("tag:\"black friday\" box", vec![blue]),
        ("-tag:vip box", vec![note, green, that]),
        ("tag:nothing box", vec![]),
        ("status:open box", vec![that, blue]),
        ("status:closed ", vec![note, green]),
        ("assignee:me box", vec![that]),
        ("assignee:none box", vec![note, green, blue]),
        ("assignee:bob ", vec![that]),
        ("assignee:nobodyatall ", vec![]),
        ("has:attachment ", vec![that]),
        ("has:note ", vec![note]),
        ("-has:note -has:file", vec![green, blue]),
        ("file:rechnung", vec![that]),
        ("rechnung", vec![that]),
        ("after:-3d box", vec![note, green, that]),
        ("before:-3d box", vec![blue]),
        (&format!("before:{today} box"), vec![that, blue]),
        (&format!("after:{today} "), vec![note, green]),
        ("after:today before:tomorrow box", vec![note, green]),
        ("after:soonish box", vec![]),
        ("from:jorg tag:vip status:open in:api has:attachment ", vec![]),
        ("FROM:JÖRG Tag:VIP Status:Open", vec![blue]),
        ("10:30", vec![]),
        ("", vec![]),
        ("-", vec![]),
        ("::", vec![]),
    ] {
        assert_eq!(found(&s.bob, q).await, expected, "{q}");
    }
    // While the last name is being typed, nothing is missing yet.
    assert_eq!(found(&s.bob, "box assignee:nobodyata").await.len(), 4);
    // Whoever asks is meant by "me".
    assert!(found(&s.alice, "assignee:me box").await.is_empty());
    // A conversation that is gone is not found, nor what was taken back.
    s.alice.delete(&path(&a)).await.is(204);
    assert_eq!(found(&s.bob, "\"blue box\"").await, Vec::<String>::new());
    assert_eq!(found(&s.bob, "box late").await, [green, that]);
    s.bob.get("/search?q=x&sort=odd").await.refused(422, "invalid");
    for hostile in [
        "from:\"",
        "\"",
        "\"\"",
        "tag:\"a",
        "from:' OR 1=1",
        "in:*",
        "-\"",
        "before:",
        "has:",
        "a:b:c",
        "\u{E000}x",
        "from:\u{0}",
        &"tag:x ".repeat(200),
    ] {
        s.bob.get(&format!("/search?q={}", encode(hostile))).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_found_is_marked_wherever_it_stands() {
    let s = TestServer::start().await;
    let door = s.mail_door("desk@desk.example", None).await;
    let body = "--x\nContent-Type: text/plain; charset=utf-8\n\nDear all, the transfer is on its way.\n--x\nContent-Type: text/plain; name=\"Überweisung Mai.txt\"\n\
        Content-Disposition: attachment; filename=\"Überweisung Mai.txt\"\n\nhello\n--x--\n";
    let mail = Mail::new("Chloé Moreau <chloe@atelier.example>", &door.address, "Größe der Überweisung", body)
        .header("To", &format!("Front <{}>, Per Ærø <per@other.example>", door.address))
        .header("MIME-Version", "1.0")
        .header("Content-Type", "multipart/mixed; boundary=x")
        .id("a@atelier.example");
    let answer = s.deliver(&mail).await;
    assert_eq!(answer.0, 250, "{answer:?}");
    let c = s.only_conversation().await;
    s.bob.post(&format!("/conversations/{}/tags", id(&c)), json!({ "tags": ["Überfällig", "Transfers"] })).await.ok();
    let all = hits(&s.bob, "ÜBERWEIS").await;
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!(marks(&all[0]["title_pieces"]), ["Überweisung"]);
    assert_eq!(marks(&all[0]["file"]), ["Überweisung"]);
    assert_eq!(all[0]["file"].as_array().unwrap().iter().map(|p| p["text"].as_str().unwrap()).collect::<String>(), "Überweisung Mai.txt");
    assert!(marks(&all[0]["snippet"]).is_empty());
    assert!(all[0]["message_id"].as_str().unwrap().starts_with("msg_") && all[0]["conversation_id"] == c["id"]);
    // People and tags are meant as well, as long as only words are asked for.
    let kinds =
        |all: &[Value]| all.iter().map(|h| format!("{}:{}", h["kind"].as_str().unwrap(), h["title"].as_str().unwrap())).collect::<Vec<_>>();
    assert_eq!(kinds(&hits(&s.bob, "transf").await), ["tag:Transfers", "message:Größe der Überweisung"]);
    let people = hits(&s.bob, "chloe").await;
    assert_eq!(kinds(&people), ["contact:Chloé Moreau", "message:Größe der Überweisung"]);
    assert_eq!(marks(&people[0]["title_pieces"]), ["Chloé"]);
    assert_eq!(kinds(&hits(&s.bob, "chloe status:open").await), ["message:Größe der Überweisung"]);
    for (q, n) in [
        ("to:aero", 1),
        ("to:desk subject:größe", 1),
        ("subject:transfer ", 0),
        ("from:atelier", 1),
        ("to:atelier ", 0),
        ("file:mai has:attachment ", 1),
    ] {
        assert_eq!(found(&s.bob, q).await.len(), n, "{q}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_script_is_found_by_words_parts_and_phrases() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    let texts = [
        ("王小明", "我的订单什么时候到货？请尽快回复"),
        ("山田太郎", "請求書を送ってください。ガイドもお願いします"),
        ("สมชาย", "สวัสดีครับ สินค้ายังไม่ถึงเลย"),
        ("محمد", "أين طلبي؟ أريد فاتورة من فضلك"),
        ("김민수", "주문한 상품이 아직 도착하지 않았어요"),
        ("Иван Петров", "Где мой заказ? Ёлка не пришла"),
        ("Ελένη", "Πού είναι η παραγγελία μου;"),
        ("דוד", "איפה ההזמנה שלי"),
    ];
    for (n, (name, text)) in texts.iter().enumerate() {
        let mut body = ApiDoor::message(&format!("m{n}"), &format!("c{n}"), text);
        body["from"]["name"] = json!(name);
        door.post(&s, body).await.is(200);
    }
    s.settle().await;
    for (q, who) in [
        ("订单", "王小明"),
        ("\"什么时候\"", "王小明"),
        ("from:小明 订单", "王小明"),
        ("請求書", "山田太郎"),
        ("\"送って\"", "山田太郎"),
        ("ガイド", "山田太郎"),
        ("สินค้า", "สมชาย"),
        ("\"ยังไม่ถึง\"", "สมชาย"),
        ("فاتورة", "محمد"),
        ("\"أين طلبي\"", "محمد"),
        ("from:محمد", "محمد"),
        ("주문한", "김민수"),
        ("상품", "김민수"),
        ("ЗАКАЗ", "Иван Петров"),
        ("елка", "Иван Петров"),
        ("παραγγελια", "Ελένη"),
        ("ההזמנה", "דוד"),
    ] {
        let all = hits(&s.bob, q).await;
        let titles: Vec<&str> = all.iter().filter(|h| h["kind"] == "message").map(|h| h["title"].as_str().unwrap()).collect();
        assert_eq!(titles, [who], "{q}");
        if !q.contains(':') {
            let hit = all.iter().find(|h| h["kind"] == "message").unwrap();
            assert!(!marks(&hit["snippet"]).is_empty(), "{q} is not marked: {hit:#}");
        }
    }
    for q in ["\"订单时候\"", "\"书请求\"", "订货"] {
        assert!(found(&s.bob, q).await.is_empty(), "{q}");
    }
    // People are found the same way, on their page as well.
    for (q, who) in
        [("小明", "王小明"), ("太郎", "山田太郎"), ("สมชาย", "สมชาย"), ("иван", "Иван Петров"), ("ελενη", "Ελένη"), ("محمد", "محمد")]
    {
        let people = s.all(&s.bob, &format!("/contacts?text={}", encode(q))).await;
        assert_eq!(people.iter().map(|p| p["name"].as_str().unwrap()).collect::<Vec<_>>(), [who], "{q}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_best_come_first_and_pages_do_not_move() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    let long = "something about everything ".repeat(60);
    let texts = [
        "A refund for the lamp, please: the refund was promised".to_owned(),
        format!("{long} and by the way a refund {long}"),
        "Is the refund on its way?".to_owned(),
        "No, thank you".to_owned(),
        format!("{long} refund"),
    ];
    for (n, text) in texts.iter().enumerate() {
        door.post(&s, ApiDoor::message(&format!("m{n}"), &format!("c{n}"), text)).await.is(200);
        s.advance(DAY).await;
    }
    let first = async |sort: &str, limit: usize| {
        let page = s.bob.get(&format!("/search?q=refund%20&sort={sort}&limit={limit}")).await.ok();
        let ids: Vec<String> = page["data"].as_array().unwrap().iter().map(|h| h["message_id"].as_str().unwrap().to_owned()).collect();
        (ids, page["next_cursor"].as_str().map(str::to_owned))
    };
    let (newest, _) = first("newest", 10).await;
    let (best, end) = first("relevance", 10).await;
    assert_eq!((newest.len(), best.len(), end), (4, 4, None));
    // Short and to the point before one word in a long letter.
    assert_eq!((&best[0], &best[1]), (&newest[3], &newest[1]), "{best:?} {newest:?}");
    let (one, cursor) = first("relevance", 1).await;
    door.post(&s, ApiDoor::message("late", "late", "refund refund refund")).await.is(200);
    s.settle().await;
    let mut pages = one;
    let mut cursor = cursor;
    while let Some(at) = cursor {
        let page = s.bob.get(&format!("/search?q=refund%20&sort=relevance&limit=1&cursor={}", encode(&at))).await.ok();
        pages.push(page["data"][0]["message_id"].as_str().unwrap().to_owned());
        cursor = page["next_cursor"].as_str().map(str::to_owned);
    }
    assert_eq!(pages, best);
}

/// Of two thousand messages only a few stand in conversations that fit, and they are found all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rare_tag_and_a_common_word_meet() {
    let s = TestServer::start().await;
    let door = s.api_door(None).await;
    for n in 0..900 {
        door.post(&s, ApiDoor::message(&format!("m{n}"), &format!("c{}", n % 450), &format!("Order number {n}"))).await.is(200);
    }
    s.settle().await;
    let all = s.conversations().await;
    let old = &all[all.len() - 1];
    s.bob.post(&format!("/conversations/{}/tags", id(old)), json!({ "tags": ["needle"] })).await.ok();
    let found = hits(&s.bob, "order tag:needle ").await;
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|h| h["conversation_id"] == old["id"]));
    assert_eq!(hits(&s.bob, "order -tag:needle ").await.len(), 898);
    assert_eq!(hits(&s.bob, "tag:needle ").await.len(), 2);
    assert_eq!(hits(&s.bob, "\"number 17\" order").await.len(), 1);
    // The marks of old messages come after an upgrade.
    let emptied = s.app.db.write(s.workspace, db::Lane::Interactive, |tx| {
        let keys: Vec<i64> = tx.query("SELECT key FROM messages", db::params![], |r| r.get(0))?;
        for key in keys {
            let sql = tx.dialect().search_delete();
            tx.exec(sql, db::params![key])?;
        }
        tx.exec("INSERT INTO backfills (name, position) VALUES ('message_words', '')", db::params![])
    });
    emptied.await.unwrap();
    assert!(hits(&s.bob, "from:c7").await.is_empty());
    s.poke(server::runner::Work::Upkeep);
    s.settle().await;
    assert_eq!(hits(&s.bob, "order -tag:needle ").await.len(), 898);
    assert_eq!(hits(&s.bob, "from:c7 ").await.len(), 2);
}
