//! Amazon SES: mail out over its API (version 2), mail and reports in over Amazon SNS, large mail by way of S3.
//!
//! `sns` proves deliveries, `inbound` reads them, `events` reads what became of mail of ours, `aws` signs requests and judges
//! answers, `outbound` sends and fetches, `setup` subscribes our address. Reading and writing mail is `kit::mail`.

mod aws;
mod events;
mod form;
mod inbound;
mod outbound;
mod setup;
mod simulator;
mod sns;

use crate::kit::mail;
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Fetched, Health, Inbound, Installer, Outbound, ParseError, Proof, RawDelivery, Receipt, Reject,
    SendError, Simulator, Unverified, Verified,
};

pub struct Ses;

impl Channel for Ses {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn keys_url(&self, account: &Account, raw: &RawDelivery) -> Option<String> {
        sns::certificate_url(account, &sns::read(&raw.body)?)
    }

    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
        // What the server itself fetched on behalf of a proved delivery; no HTTP request can have this method.
        if delivery.raw().method == "FETCHED" {
            return Ok(delivery.accept("fetched"));
        }
        sns::verify(account, delivery.raw(), proof)?;
        Ok(delivery.accept("sns signature"))
    }

    fn addressees(&self, raw: &RawDelivery) -> Vec<String> {
        inbound::addressees(raw)
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, delivery.raw())
    }

    fn fetch<'a>(&'a self, edge: Edge<'a>, account: &'a Account, reference: &'a str) -> BoxFuture<'a, Result<Fetched, SendError>> {
        Box::pin(outbound::fetch(edge, account, reference))
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

    fn installer(&self) -> Option<&dyn Installer> {
        Some(&setup::Setup)
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }
}
