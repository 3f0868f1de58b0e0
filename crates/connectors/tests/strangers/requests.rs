//! Libraries of others sign the same requests as we do.

use crate::messages;
use crate::sdk::Sdk;
use crate::world::account;
use connectors::kit::sigv4::{self, Signer};
use data_encoding::BASE64;
use edges::{GuardedDial, NetGuard};
use kernel::channel::Edge;
use kernel::clock::{Clock, SystemClock};
use kernel::http::{HttpClient, HttpError, HttpRequest, HttpResponse};
use kernel::time::rfc3339;
use kernel::{BoxFuture, Secret};
use serde_json::{Map, Value, json};
use std::sync::Mutex;

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn botocore_signs_as_we_do() {
    let mut sdk = Sdk::python();
    let (key_id, secret) = ("AKIDEXAMPLE", Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()));
    let now = SystemClock.now() / 1_000 * 1_000;
    let at: String = rfc3339(now).chars().take(19).filter(|c| !matches!(c, '-' | ':')).chain(['Z']).collect();
    let json = |method, url: &str, body: &str| HttpRequest::new(method, url).header("content-type", "application/json").body(body.into());
    let plain = |method, url: &str| HttpRequest::new(method, url);
    for (service, session, request) in [
        ("ses", None, json("POST", "https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails", r#"{"words":"Größe"}"#)),
        ("ses", Some("session+token/="), json("POST", "https://email.eu-west-1.amazonaws.com/v2/email/list-identities", "{}")),
        ("ses", None, plain("GET", "https://email.eu-west-1.amazonaws.com/v2/email/identities/a%2Bb%40acme.example")),
        ("ses", None, plain("GET", "https://email.eu-west-1.amazonaws.com/v2/email/identities?PageSize=100&NextToken=a%2Fb%3D%3D")),
        ("s3", None, plain("GET", "https://acme-mail.s3.eu-west-1.amazonaws.com/inbound/a%20b%2Bc%7E%C3%A9/d6iit")),
        ("s3", Some("session"), plain("GET", "http://127.0.0.1:5005/acme-mail/inbound/d6iit")),
        (
            "sns",
            None,
            HttpRequest::new("POST", "https://sns.eu-west-1.amazonaws.com/")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(b"Action=Subscribe&Version=2010-03-31".to_vec()),
        ),
    ] {
        let question = json!({"method": request.method, "url": request.url, "body": BASE64.encode(&request.body), "service": service,
            "headers": request.headers.iter().cloned().map(|(n, v)| (n, Value::from(v))).collect::<Map<_, _>>(),
            "region": "eu-west-1", "key": key_id, "secret": secret.reveal(), "session": session, "at": at});
        let theirs = sdk.ask("aws.sign", question).await;
        let ours = Signer { key_id, secret: &secret, session_token: session, region: "eu-west-1", service }.sign(request.clone(), now);
        let said = ours.headers.iter().find(|(n, _)| n == "authorization").unwrap().1.clone();
        assert_eq!(theirs["authorization"], Value::from(said), "{service} {}", request.url);
        // And the other way round: what botocore signed is right to whoever plays Amazon here.
        let headers = theirs.as_object().unwrap().iter().map(|(n, v)| (n.clone(), v.as_str().unwrap().to_owned())).collect();
        let mut signed = HttpRequest { headers, ..request };
        assert_eq!(sigv4::check(&signed, key_id, secret.reveal(), now), Ok(()), "{}", signed.url);
        signed.url.push('x');
        assert!(sigv4::check(&signed, key_id, secret.reveal(), now).is_err());
    }
}

/// Keeps what it is asked, and knows nothing.
#[derive(Default)]
struct Kept(Mutex<Vec<HttpRequest>>);
impl HttpClient for Kept {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        self.0.lock().unwrap().push(request);
        Box::pin(std::future::ready(Ok(HttpResponse { status: 404, headers: Vec::new(), body: Vec::new() })))
    }
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn oauthlib_signs_as_we_do_for_x() {
    let mut sdk = Sdk::python();
    let x = connectors::channel("x").unwrap();
    let form = json!({"consumer_key": "key +/1", "consumer_secret": "secret&1", "user_id": "111", "access_token": "111-token", "access_token_secret": "s=1",
        "mode": "polling"});
    let account = account(x, &form);
    let (kept, dial) = (Kept::default(), GuardedDial::new(NetGuard::new(Vec::new())).unwrap());
    let edge = Edge { http: &kept, dial: &dial, clock: &SystemClock };
    x.health(edge, &account).await;
    x.profile(edge, &account, "222").await;
    x.poller().unwrap().poll(edge, &account, None).await.ok();
    x.send(edge, &account, &messages::text("222", SystemClock.now())).await.ok();
    let asked = kept.0.into_inner().unwrap();
    assert!(asked.len() >= 4 && asked.iter().any(|r| r.method == "POST") && asked.iter().any(|r| r.url.contains('?')), "{asked:?}");
    for request in asked {
        let ours = &request.headers.iter().find(|(n, _)| n == "authorization").unwrap().1;
        let part = |name: &str| ours.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        let question = json!({"method": request.method, "url": request.url, "key": "key +/1", "secret": "secret&1", "token": "111-token",
            "token_secret": "s=1", "nonce": part("oauth_nonce"), "timestamp": part("oauth_timestamp")});
        let theirs = sdk.text("oauth1.sign", question).await;
        let signature = theirs.split("oauth_signature=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        assert_eq!(part("oauth_signature"), signature, "{} {}", request.method, request.url);
    }
}
