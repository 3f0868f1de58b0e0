//! Microsoft 365: the mailbox is asked for new mail by delta queries (`poll`), notifications only say when (`inbound`,
//! `subscriptions`), answers leave as drafts that are sent (`outbound`). `microsoft` speaks to Graph; reading mail is `kit::mail`.

mod form;
mod inbound;
mod microsoft;
mod outbound;
mod poll;
mod simulator;
mod subscriptions;

use crate::kit::mail;
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Health, Inbound, Installer, Outbound, ParseError, Poller, Proof, RawDelivery, Receipt, Reject,
    Reply, SendError, Simulator, Unverified, Verified,
};

pub struct Graph;

impl Channel for Graph {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn challenge(&self, _account: &Account, raw: &RawDelivery) -> Option<Result<Reply, Reject>> {
        inbound::challenge(raw)
    }

    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
        // What our own poller fetched; no HTTP request can have this method.
        if delivery.raw().method == "POLL" {
            return Ok(delivery.accept("polled"));
        }
        inbound::verify(account, delivery.raw(), proof)?;
        Ok(delivery.accept("client state"))
    }

    /// Microsoft wants an answer within three seconds, and advises this one.
    fn acknowledge(&self, _account: &Account, _raw: &RawDelivery) -> Option<Reply> {
        Some(Reply::empty(202))
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, delivery.raw())
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
        Some(&subscriptions::Setup)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }
}
