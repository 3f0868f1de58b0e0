//! SES, SNS and S3 at moto, with signatures and permissions switched on.

use super::said_json;
use crate::messages;
use crate::sdk::Sdk;
use crate::world::World;
use data_encoding::BASE64;
use kernel::channel::*;
use kernel::http::HttpRequest;
use serde_json::{Value, json};

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:inbound";
const BUCKET: &str = "acme-mail";
/// Blanks, a plus, a letter beyond ASCII: whatever a prefix of the receipt rule may hold.
const OBJECT: &str = "inbound mail/a+b~é/d6iitobk75ur44p8kdnnp7g2n800";
const MAIL: &[u8] =
    b"From: ann@customer.example\r\nTo: support@acme.example\r\nSubject: Hello\r\nMessage-ID: <1@customer.example>\r\n\r\nHi\r\n";

fn received(object: &str) -> String {
    json!({
        "notificationType": "Received",
        "mail": {"source": "ann@customer.example", "messageId": "d6iit", "destination": ["support@acme.example"]},
        "receipt": {"recipients": ["support@acme.example"], "action": {"type": "S3", "bucketName": BUCKET, "objectKey": object}},
    })
    .to_string()
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn ses() {
    let form = json!({
        "address": "support@acme.example", "display_name": "Acme Süd", "region": "eu-west-1", "access_key_id": "filled in below",
        "secret_access_key": "filled in below", "topic_arns": [TOPIC], "configuration_set": "inbox",
    });
    let mut world = World::new("ses", "", form).await.moto().await;
    let mut sdk = Sdk::python();
    let endpoint = format!("http://{}", world.mock("moto").address);
    let made = sdk
        .ask(
            "aws.prepare",
            json!({"endpoint": endpoint, "region": "eu-west-1", "identity": "acme.example", "configuration_set": "inbox",
            "bucket": BUCKET, "object": OBJECT, "mail": BASE64.encode(MAIL)}),
        )
        .await;
    assert_eq!(made["topic"], TOPIC);
    world.account = world.with(json!({"access_key_id": made["key"], "secret_access_key": made["secret"]}));
    // moto does not have the first, and calculates another signature for the second than Amazon's own library.
    world.undescribed("GET", "/v2/email/account");
    world.undescribed("GET", "/v2/email/identities/");

    let mail = messages::mail(world.now());
    world.send("a mail with everything", &mail).await;
    world.send("automatic mail", &messages::automatic_mail(world.now())).await;
    let sent = sdk.ask("aws.sent", json!({"endpoint": endpoint})).await;
    let raw = sent["RawMessage"].as_array().unwrap();
    assert_eq!(raw.len(), 2, "{sent}");
    assert!(raw[0]["raw_data"].as_str().unwrap().contains("In-Reply-To: <CAF-1@mail.customer.example>"), "{}", raw[0]);

    // The stranger does look: another secret, another key, an address that is not verified.
    for (changes, what) in
        [(json!({"secret_access_key": "another"}), "another secret"), (json!({"access_key_id": "AKIAUNKNOWN"}), "another key")]
    {
        let result = world.channel.send(world.edge(), &world.with(changes), &mail).await;
        assert!(matches!(result, Err(SendError::Account { .. })), "{what}: {result:?}");
    }
    let unverified = world.channel.send(world.edge(), &world.with(json!({"address": "support@other.example"})), &mail).await;
    assert!(matches!(unverified, Err(SendError::Permanent { .. })), "{unverified:?}");
    world.passage.take();

    assert!(world.healthy(&world.account).await.contains("lets us send"));
    assert_eq!(world.reach(&world.account).await[0].id, "support@acme.example");
    mail_from_s3(&world).await;
    notification(&world, &mut sdk, &made, &endpoint).await;
    // Last, since moto would post to that address as well.
    world.install(&world.account).await;
    world.done();
}

async fn mail_from_s3(world: &World) {
    let reference = |object: &str| {
        let raw = RawDelivery {
            method: "POST".into(),
            body: json!({"Type": "Notification", "Message": received(object)}).to_string().into(),
            ..RawDelivery::default()
        };
        let parsed = world.channel.parse(&world.account, &Verified::from_journal(raw)).unwrap();
        let [Inbound::Fetch { reference }] = parsed.as_slice() else { panic!("{parsed:?}") };
        reference.clone()
    };
    let fetched = world.fetch("mail out of S3", &reference(OBJECT)).await;
    let raw = RawDelivery { method: "FETCHED".into(), path: "/".into(), body: fetched.bytes, ..RawDelivery::default() };
    let parsed = world.channel.parse(&world.account, &Verified::from_journal(raw)).unwrap();
    assert!(matches!(&parsed[..], [Inbound::Message(m)] if m.text == "Hi"), "{parsed:?}");
    let missing = world.channel.fetch(world.edge(), &world.account, &reference("inbound/none")).await;
    assert!(matches!(missing, Err(SendError::Retry { .. })), "{missing:?}");
    let stranger = world.with(json!({"secret_access_key": "another"}));
    let refused = world.channel.fetch(world.edge(), &stranger, &reference(OBJECT)).await;
    assert!(matches!(refused, Err(SendError::Account { .. })), "{refused:?}");
    world.passage.take();
}

/// A notification that SNS signed itself, and the certificate it names.
async fn notification(world: &World, sdk: &mut Sdk, made: &Value, endpoint: &str) {
    world.passage.own("POST", "/hook", |_| said_json(200, json!({})));
    let here = world.with(json!({}));
    let hook = format!("http://{}/hook", world.passage.address);
    world.channel.installer().unwrap().install(world.edge(), &here, &hook).await.unwrap();
    let question = json!({"endpoint": endpoint, "region": "eu-west-1", "topic": TOPIC, "message": received(OBJECT), "key": made["key"], "secret": made["secret"]});
    sdk.text("aws.publish", question).await;
    let posted = world.passage.take().into_iter().find(|e| e.path == "/hook");
    let posted = posted.unwrap_or_else(|| panic!("nothing was posted"));
    let mut headers = posted.headers.clone();
    // moto leaves this header out.
    headers.push(("x-amz-sns-message-type".into(), "Notification".into()));
    let raw = RawDelivery { method: "POST".into(), path: "/".into(), headers, body: posted.body, received_at: world.now(), peer: None };
    let url = world.channel.keys_url(&world.account, &raw).unwrap();
    // moto finds the service by the signature's scope even here, where Amazon wants none.
    let scope = "AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/sns/aws4_request, SignedHeaders=host, Signature=x";
    let at = format!("{endpoint}{}", &url[url.rfind('/').unwrap()..]);
    let keys = world.edge().http.send(HttpRequest::new("GET", at).header("authorization", scope)).await.unwrap();
    assert_eq!(keys.status, 200);
    let verify = |raw: &RawDelivery| {
        let proof = Proof { now: world.now(), keys: Some(&keys.body) };
        world.channel.verify(&world.account, Unverified::new(raw.clone()), proof).map(|v| v.how()).map_err(|r| r.code)
    };
    assert_eq!(verify(&raw), Ok("sns signature"));
    let changed = String::from_utf8_lossy(&raw.body).replace("ann@customer", "ann@kustomer");
    assert_eq!(verify(&RawDelivery { body: changed.into_bytes(), ..raw }), Err("signature.wrong"));
}
