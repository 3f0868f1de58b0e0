//! Whether a mail channel works: each server asked, step by step.

use super::mailbox::{find_folder, target_folder};
use super::settings::{self, After, Receive};
use super::submit;
use super::words::explain;
use crate::kit::imap::{Failure, Folder, Session};
use kernel::channel::{Account, Edge, Health, SendError, Tried};

pub async fn steps(edge: Edge<'_>, account: &Account) -> Vec<Tried> {
    let mut steps = match settings::receive(account) {
        Receive::Imap => incoming(edge, account).await,
        Receive::Listener | Receive::Nothing => Vec::new(),
    };
    steps.push(tried("outgoing", submit::check(edge, account).await));
    steps
}

pub async fn health(edge: Edge<'_>, account: &Account) -> Health {
    let steps = steps(edge, account).await;
    let words = |ok: bool| steps.iter().filter(|s| s.ok == ok).map(|s| s.detail.as_str()).collect::<Vec<_>>().join(" ");
    match steps.iter().all(|s| s.ok) {
        true => Health::Ok { detail: words(true) },
        false => Health::Broken { detail: words(false) },
    }
}

fn tried(step: &'static str, outcome: Result<String, String>) -> Tried {
    let (ok, detail) = match outcome {
        Ok(detail) => (true, detail),
        Err(detail) => (false, detail),
    };
    Tried { step, ok, detail }
}

async fn incoming(edge: Edge<'_>, account: &Account) -> Vec<Tried> {
    let failed = |error: SendError| vec![tried("incoming", Err(error.detail().to_owned()))];
    let mailbox = match settings::mailbox(account) {
        Ok(mailbox) => mailbox,
        Err(error) => return failed(error),
    };
    let mut session = match Session::open(edge.dial, &mailbox.to, &mailbox.user, &mailbox.credential).await {
        Ok(session) => session,
        Err(failure) => return failed(explain(account, &mailbox, &failure)),
    };
    let how = if session.can("IDLE") { "announces new mail at once" } else { "does not announce new mail and is asked every minute" };
    let mut steps = vec![tried("incoming", Ok(format!("{} lets us in and {how}.", mailbox.place())))];
    let all = match session.folders().await {
        Ok(all) => all,
        Err(failure) => {
            steps.push(tried("folders", Err(explain(account, &mailbox, &failure).detail().to_owned())));
            return steps;
        }
    };
    let mut looked = Ok(String::new());
    for name in &mailbox.folders {
        looked = match (looked, look(&mut session, &all, name).await) {
            (Ok(before), Ok(words)) => Ok(if before.is_empty() { words } else { format!("{before} {words}") }),
            (Ok(_), Err(why)) => Err(why.unwrap_or_else(|failure| explain(account, &mailbox, &failure).detail().to_owned())),
            (Err(why), _) => Err(why),
        };
    }
    if let (Ok(words), After::MoveTo(folder)) = (&mut looked, &mailbox.after) {
        match target_folder(&all, &mailbox) {
            Err(error) => looked = Err(error.detail().to_owned()),
            Ok(_) if find_folder(&all, folder).is_err() => {
                words.push_str(&format!(" “{folder}”, to which imported mail is moved, is not there yet and will be made."));
            }
            Ok(_) => {}
        }
    }
    steps.push(tried("folders", looked));
    session.leave().await;
    steps
}

/// What is in a folder, or why it cannot be seen: in words, or as the server's failure.
async fn look(session: &mut Session, all: &[Folder], name: &str) -> Result<String, Result<String, Failure>> {
    let folder = find_folder(all, name).map_err(Ok)?;
    let selected = session.select(folder, true).await.map_err(Err)?;
    let mails = selected.mails;
    Ok(format!("{}: {mails} {}.", folder.name, if mails == 1 { "mail" } else { "mails" }))
}
