//! What somebody does to their own account concerns every workspace they belong to: each has it in its audit log.

use crate::app::App;
use crate::audit::{self, Act};
use crate::people::store as people;
use db::{Scope, Tx};
use kernel::actor::{Trail, Who};
use kernel::time::Millis;
use kernel::{AccountId, Actor, Result};

/// Notes an act on the account in all its workspaces, in control.
pub fn told(tx: &mut Tx<'_>, account: AccountId, action: &'static str, trail: Option<&Trail>, now: Millis) -> Result<()> {
    for m in people::memberships_of(tx, account)?.into_iter().filter(|m| m.active) {
        let who = Who::Person { account, member: m.member };
        let mut actor = Actor::new(m.workspace, m.role, Default::default(), who);
        if let Some(trail) = trail {
            actor.trail = trail.clone();
        }
        audit::leave(tx, &actor, &Act::new(action, m.member).named(m.name), now)?;
    }
    Ok(())
}

/// The same done for them by whoever runs the server.
pub fn told_of_operator(tx: &mut Tx<'_>, account: AccountId, action: &'static str, now: Millis) -> Result<()> {
    for m in people::memberships_of(tx, account)?.into_iter().filter(|m| m.active) {
        audit::leave(tx, &Actor::system(m.workspace), &Act::new(action, m.member).named(m.name), now)?;
    }
    Ok(())
}

/// And carries it there.
pub async fn carried(app: &App, account: AccountId) -> Result<()> {
    let all = app.db.read(Scope::Control, move |tx| people::memberships_of(tx, account)).await?;
    for m in all {
        audit::carry(app, m.workspace).await?;
    }
    Ok(())
}
