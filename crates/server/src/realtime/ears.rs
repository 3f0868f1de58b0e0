//! One client's ears: which frames it hears, and in which form. What it may see can change while it listens; then it fetches anew.

use super::frames::{Frame, presence_text};
use crate::app::App;
use crate::conversations;
use crate::people::{self, Authenticated};
use crate::teams::{Sight, is_about_sight};
use kernel::actor::Permission;
use kernel::event::Event;
use kernel::{Actor, Error, Result};
use std::sync::Arc;

pub struct Ears {
    who: Authenticated,
    actor: Actor,
    sight: Sight,
}

/// What becomes of a frame.
pub enum Heard {
    Nothing,
    This(Arc<str>),
    /// This, and from now on something else is seen: fetch anew.
    Anew(Arc<str>),
}

impl Ears {
    pub async fn open(app: &App, who: Authenticated) -> Result<Self> {
        let actor = who.actor.clone();
        let sight = sight(app, &actor).await?;
        Ok(Self { who, actor, sight })
    }

    /// Whether one of these events changed what this client sees.
    pub fn are_changed_by(&self, events: &[Event]) -> bool {
        events.iter().any(|e| is_about_sight(e, &self.actor))
    }

    pub async fn hear(&mut self, app: &App, f: &Frame) -> Result<Heard> {
        if let Some(event) = &f.event
            && is_about_sight(event, &self.actor)
            && self.look_again(app).await?
        {
            return Ok(Heard::Anew(f.text.clone()));
        }
        if f.only.is_some() {
            // Whoever looks with another's eyes hears nothing that is for them alone.
            let mine = f.only == self.actor.member() && self.actor.previewed_by.is_none();
            return Ok(if mine { Heard::This(f.text.clone()) } else { Heard::Nothing });
        }
        if self.sight.sees_all() {
            let person = f.event.as_ref().is_some_and(|e| e.conversation_id.is_none() && e.contact_id.is_some());
            let refused = person && !self.actor.may(Permission::ContactsRead);
            return Ok(if refused { Heard::Nothing } else { Heard::This(f.text.clone()) });
        }
        if let Some(present) = &f.presence {
            return self.presence(app, present).await;
        }
        if f.seq == 0 {
            return self.passing(app, f).await;
        }
        let Some(event) = &f.event else { return Ok(Heard::This(f.text.clone())) };
        if let Some(veiled) = &f.veiled {
            let own = event.actor == self.actor.label();
            return Ok(Heard::This(if own { f.text.clone() } else { veiled.clone() }));
        }
        if event.conversation_id.is_none() {
            let person = event.contact_id.is_some();
            let refused = person && !self.actor.may(Permission::ContactsRead);
            return Ok(if refused { Heard::Nothing } else { Heard::This(f.text.clone()) });
        }
        let now = f.seat.is_some_and(|s| self.sight.sees(&s));
        let before = f.seat_before.or(f.seat).is_some_and(|s| self.sight.sees(&s));
        Ok(match (before, now, &f.crossing) {
            (false, true, Some(c)) => Heard::This(c.appeared.clone()),
            (_, true, _) => Heard::This(f.text.clone()),
            (true, false, Some(c)) => Heard::This(c.gone.clone()),
            _ => Heard::Nothing,
        })
    }

    /// Whether anything is seen otherwise now; fails when nothing may be seen any more.
    async fn look_again(&mut self, app: &App) -> Result<bool> {
        let actor = people::again(app, &self.who).await?;
        if !actor.may(Permission::ConversationsRead) {
            return Err(Error::unauthenticated("auth.expired", "This may not be listened to any more."));
        }
        let sight = sight(app, &actor).await?;
        let changed = sight != self.sight || actor.permissions != self.actor.permissions;
        (self.actor, self.sight) = (actor, sight);
        Ok(changed)
    }

    /// Typing: about a conversation, without a number.
    async fn passing(&self, app: &App, f: &Frame) -> Result<Heard> {
        let Some(id) = f.conversation else { return Ok(Heard::This(f.text.clone())) };
        let seat = app.db.read(self.actor.workspace, move |tx| conversations::seat(tx, id)).await?;
        let seen = seat.is_some_and(|s| self.sight.sees(&s));
        Ok(if seen { Heard::This(f.text.clone()) } else { Heard::Nothing })
    }

    /// Who is there is for all; what they look at only where it is seen.
    async fn presence(&self, app: &App, present: &super::Present) -> Result<Heard> {
        let mut shown = present.clone();
        let looked_at: Vec<_> = shown.iter().filter_map(|(_, id)| *id).collect();
        let sight = self.sight.clone();
        let seen = app
            .db
            .read(self.actor.workspace, move |tx| {
                let mut seen = Vec::new();
                for id in looked_at {
                    if conversations::seat(tx, id)?.is_some_and(|s| sight.sees(&s)) {
                        seen.push(id);
                    }
                }
                Ok(seen)
            })
            .await?;
        for (_, id) in &mut shown {
            *id = id.filter(|id| seen.contains(id));
        }
        Ok(Heard::This(presence_text(&shown).into()))
    }
}

async fn sight(app: &App, actor: &Actor) -> Result<Sight> {
    let who = actor.clone();
    app.db.read(actor.workspace, move |tx| Sight::of(tx, &who)).await
}
