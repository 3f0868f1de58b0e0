//! Gmail and Google Workspace: the mailbox is asked for new mail (`poll`), pushes only say when (`push`), answers leave as raw MIME
//! (`outbound`). `google` speaks to the API; reading and writing mail is `kit::mail`.

mod form;
mod google;
mod inbound;
mod outbound;
mod poll;
mod push;
mod simulator;

use crate::kit::mail;
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Health, Inbound, Installer, Outbound, ParseError, Poller, Proof, RawDelivery, Receipt, Reject,
    SendError, Simulator, Unverified, Verified,
};

pub struct Gmail;

impl Channel for Gmail {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn keys_url(&self, account: &Account, _raw: &RawDelivery) -> Option<String> {
        Some(push::keys_url(account))
    }

    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
        // What our own poller fetched; no HTTP request can have this method.
        if delivery.raw().method == "POLL" {
            return Ok(delivery.accept("polled"));
        }
        push::verify(account, delivery.raw(), proof)?;
        Ok(delivery.accept("google token"))
    }

    fn addressees(&self, raw: &RawDelivery) -> Vec<String> {
        push::mailbox(&raw.body).into_iter().collect()
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        match delivery.raw().method.as_str() {
            "POST" => push::parse(&delivery.raw().body),
            _ => inbound::parse(account, delivery.raw()),
        }
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(outbound::send(edge, account, message))
    }

    fn outgoing_id(&self, account: &Account, message: kernel::MessageId, conversation: kernel::ConversationId) -> String {
        mail::outgoing_id(account, message, conversation)
    }

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(outbound::check(edge, account))
    }

    fn poller(&self) -> Option<&dyn Poller> {
        Some(&poll::Mailbox)
    }

    fn installer(&self) -> Option<&dyn Installer> {
        Some(&outbound::Setup)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }
}
