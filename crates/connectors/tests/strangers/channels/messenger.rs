//! The Send API of Pages, the subscription, people. Logins and the app's own address are not described.

use super::ends;
use crate::messages::{self, answering, asking, film, linking, only, pdf, picture, sound};
use crate::world::{World, place};
use kernel::channel::{Act, Outbound, SendError};
use kernel::time::HOUR;
use serde_json::json;

pub const PERSON: &str = "1254477700000001";
pub const MID: &str = "m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM_QPpz5jdCK48PnKAjSdjfipqxqMvK8ma6AC8fplwlqLP_5cgXIbu7I3rBN0P";
const PAGE: &str = "106540352242922";

#[tokio::test]
#[ignore = "needs the strangers: scripts/strangers"]
async fn messenger() {
    let form = json!({
        "app_id": "670843887433847", "app_secret": "app-secret", "page_id": PAGE, "page_token": "EAAPAGE", "access_token": "EAALOGIN",
        "verify_token": "verify-1",
    });
    let world = World::new("messenger", "", form).await.prism("meta-messenger").await;
    for (method, part) in [
        ("GET", "/subscribed_apps"),
        ("GET", "/me/accounts"),
        ("POST", "/oauth/access_token"),
        ("GET", "/subscriptions"),
        ("POST", "/subscriptions"),
    ] {
        world.undescribed(method, part);
    }
    world.passage.edit("GET", PAGE, |_, body| body["id"] = PAGE.into());
    let text = messages::text(PERSON, world.now());
    send_everything(&world, &text).await;
    world.healthy(&world.account).await;
    world.reach(&world.account).await;
    world.install(&world.account).await;
    world.profile(PERSON).await;
    world.done();
}

/// What Pages and Instagram accounts share.
pub async fn send_everything(world: &World, text: &Outbound) {
    world.send("text", text).await;
    world.send("an answer", &answering(MID, text)).await;
    for (what, file) in [("a picture", picture()), ("a film", film()), ("sound", sound()), ("a document", pdf())] {
        world.send(what, &only(vec![file], text)).await;
    }
    world.send("quick replies", &asking(&["Small", "Large", "Something longer than twenty"], text)).await;
    world.send("a link", &linking(text)).await;
    let late = Outbound { last_inbound_at: Some(world.now() - 30 * HOUR), ..text.clone() };
    world.send("a person's answer after a day", &late).await;
    world.send_by(&world.with(json!({"appsecret_proof": true})), "text with a proof", text).await;
    let there = place(PERSON);
    for (what, act) in [
        ("writing", Act::Typing { on: true }),
        ("no longer writing", Act::Typing { on: false }),
        ("a read mark", Act::MarkRead { external_id: MID.into() }),
        ("a reaction", Act::React { external_id: MID.into(), emoji: Some("❤️".into()) }),
        ("a reaction taken back", Act::React { external_id: MID.into(), emoji: None }),
    ] {
        world.act(what, &there, act).await;
    }
    world.refused("code=400, example=invalid", text, ends!(SendError::Permanent { .. })).await;
    world.refused("code=400, example=window", text, ends!(SendError::Policy { .. })).await;
    world.refused("code=400, example=not_available", text, ends!(SendError::Permanent { .. })).await;
    world.refused("code=400, example=token", text, ends!(SendError::Account { .. })).await;
    world.refused("code=400, example=rate", text, ends!(SendError::Retry { .. })).await;
    world.refused("code=500", text, ends!(SendError::Retry { .. })).await;
}
