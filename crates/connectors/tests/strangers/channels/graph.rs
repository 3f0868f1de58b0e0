//! Mail in Microsoft Graph. Folders themselves, who signed in, deleting drafts, and the list of subscriptions are not described.

use super::{ends, said};
use crate::messages;
use crate::world::World;
use kernel::channel::{Account, Outbound, SendError};
use serde_json::{Map, Value, json};

fn answered(message: &Outbound) -> Outbound {
    let known: Map<String, Value> = [("graph_id".to_owned(), Value::from("AAkALparent"))].into_iter().collect();
    Outbound { last_inbound_metadata: known, ..message.clone() }
}

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn graph() {
    let form = json!({
        "address": "support@acme.example", "client_id": "00000000-0000-0000-0000-000000000001", "client_secret": "client-secret",
        "access_token": "eyJ.token", "refresh_token": "0.refresh", "client_state": "state-1",
    });
    let world = World::new("graph", "", form).await.prism("msgraph-mail").await;
    world.undescribed("GET", "/subscriptions");
    world.undescribed("GET", "/mailFolders/inbox?");
    world.undescribed("GET", "/me?");
    world.undescribed("DELETE", "/messages/");
    everything(&world, &world.account).await;
    let shared = world.with(json!({"shared_mailbox": true}));
    everything(&world, &shared).await;

    let plain = Outbound { in_reply_to: None, references: Vec::new(), ..messages::mail(world.now()) };
    world.refused("code=400", &plain, ends!(SendError::Permanent { .. })).await;
    world.refused("code=401", &plain, ends!(SendError::Account { .. })).await;
    world.refused("code=403", &plain, ends!(SendError::Account { .. })).await;
    world.refused("code=404", &plain, ends!(SendError::Permanent { .. })).await;
    world.refused("code=429", &plain, ends!(SendError::Retry { .. })).await;
    world.refused("code=503", &plain, ends!(SendError::Retry { .. })).await;

    world.healthy(&world.account).await;
    world.reach(&world.account).await;
    world.install(&world.account).await;
    let ours = json!({"value": [{"id": "7f105c7d-2dc5-4530-97cd-4e7ae6534c07", "resource": "me/mailFolders('inbox')/messages",
        "notificationUrl": format!("https://inbox.acme.example/api/webhooks/graph/{}", world.account.id), "expirationDateTime": "2020-01-01T00:00:00Z"}]});
    world.passage.own("GET", "/subscriptions", move |_| super::said_json(200, ours.clone()));
    world.install(&world.account).await;

    world.passage.edit("GET", "/messages/delta", |exchange, body| {
        let list = if exchange.path.contains("/inbox/") {
            json!([{"id": "AAkAL1", "conversationId": "AAQ1", "isDraft": false}])
        } else {
            json!([])
        };
        let here = exchange.path.split('?').next().unwrap_or_default();
        *body = json!({"value": list, "@odata.deltaLink": format!("https://graph.microsoft.com{here}?$deltatoken=abc")});
    });
    world.passage.rename("https://graph.microsoft.com");
    let first = world.poll("the first question", None).await;
    assert_eq!(first.deliveries.len(), 1);
    world.poll("going on", first.cursor.as_deref()).await;
    world.done();
}

async fn everything(world: &World, account: &Account) {
    let mail = messages::mail(world.now());
    let plain = Outbound { in_reply_to: None, references: Vec::new(), ..mail.clone() };
    world.send_by(account, "a mail of its own", &plain).await;
    world.send_by(account, "an answer", &answered(&mail)).await;
    world.send_by(account, "an answer to what the mailbox does not hold", &mail).await;
    world.send_by(account, "automatic mail", &messages::automatic_mail(world.now())).await;
    world.send_by(account, "a second try", &Outbound { attempt: 2, ..plain.clone() }).await;
    world.send_by(account, "a second try of MIME", &Outbound { attempt: 2, ..mail }).await;
    // The place of an upload is named by Microsoft and is not part of the API.
    world.passage.edit("POST", "/createUploadSession", |_, body| body["uploadUrl"] = "https://graph.microsoft.com/upload-1/x".into());
    world.passage.rename("https://graph.microsoft.com");
    world.passage.own("PUT", "/upload-1/", |_| said(201, "application/json", b"{}"));
    let big = messages::named("plan.bin", "application/octet-stream", &vec![7; 4_100_000]);
    world.send_by(account, "a large file", &Outbound { files: vec![big], ..plain }).await;
}
