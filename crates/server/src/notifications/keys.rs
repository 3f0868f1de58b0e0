//! The key by which push services know this installation: made when first needed, sealed under the master key. One for all
//! workspaces, because a browser subscribes to an address and not to a workspace.

use super::webpush;
use crate::app::App;
use data_encoding::BASE64URL_NOPAD;
use db::{Lane, Scope, Tx, params};
use kernel::{Error, Result};
use p256::SecretKey;

/// Names the place of the key when it is sealed.
const PLACE: &str = "push_keys";

struct Row {
    data_key: Vec<u8>,
    private_key: Vec<u8>,
    public_key: String,
}

fn find(tx: &mut Tx<'_>) -> Result<Option<Row>> {
    tx.opt("SELECT data_key, private_key, public_key FROM push_keys WHERE id = 1", params![], |r| {
        Ok(Row { data_key: r.next()?, private_key: r.next()?, public_key: r.next()? })
    })
}

async fn row(app: &App) -> Result<Row> {
    if let Some(row) = app.db.read(Scope::Control, find).await? {
        return Ok(row);
    }
    let key = webpush::new_key(app.ids.as_ref());
    let data_key = app.vault.new_data_key()?;
    let private_key = app.vault.unwrap(&data_key)?.seal(&key.to_bytes(), PLACE.as_bytes())?;
    let public_key = BASE64URL_NOPAD.encode(&webpush::public_bytes(&key));
    let now = app.now();
    app.db
        .write(Scope::Control, Lane::Interactive, move |tx| {
            // Of two at once the first stays.
            tx.exec(
                "INSERT INTO push_keys (id, data_key, private_key, public_key, created_at) VALUES (1, $1, $2, $3, $4) ON CONFLICT DO NOTHING",
                params![&data_key, &private_key, &public_key, now],
            )?;
            find(tx)?.ok_or_else(|| Error::internal("the key for pushes was not kept"))
        })
        .await
}

/// What browsers subscribe with.
pub async fn public(app: &App) -> Result<String> {
    Ok(row(app).await?.public_key)
}

/// What tokens are signed with.
pub async fn private(app: &App) -> Result<SecretKey> {
    let row = row(app).await?;
    let bytes = app.vault.unwrap(&row.data_key)?.open(&row.private_key, PLACE.as_bytes())?;
    SecretKey::from_slice(bytes.reveal()).map_err(|_| Error::internal("the stored key for pushes is none"))
}
