//! Any gateway for text messages that is called over HTTP and calls back: described by templates and names of fields instead of code.

mod answers;
mod form;
mod inbound;
mod outbound;
mod proofs;
mod settings;
mod simulator;
mod templates;

use crate::kit::forms;
use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Health, Inbound, Outbound, ParseError, Proof, RawDelivery, Receipt, Reject, Reply, SendError,
    Simulator, Unverified, Verified,
};

pub struct SmsGateway;

impl Channel for SmsGateway {
    fn descriptor(&self) -> &'static Descriptor {
        &form::DESCRIPTOR
    }

    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
        let how = proofs::check(account, delivery.raw(), proof.now)?;
        Ok(delivery.accept(how))
    }

    /// Nothing, unless a word is asked for: some gateways send whatever is answered to the person.
    fn acknowledge(&self, account: &Account, _raw: &RawDelivery) -> Option<Reply> {
        Some(account.settings.text("reply").map_or_else(|| Reply::empty(200), Reply::text))
    }

    /// Our callback address names its channel.
    fn addressees(&self, raw: &RawDelivery) -> Vec<String> {
        forms::first(&forms::query(raw), "sender").map(str::to_lowercase).into_iter().collect()
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, delivery.raw())
    }

    fn send<'a>(&'a self, edge: Edge<'a>, account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        Box::pin(outbound::send(edge, account, message))
    }

    fn health<'a>(&'a self, edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(outbound::check(edge, account))
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Customer)
    }

    fn simulated_person(&self, n: u32) -> String {
        format!("+2782555{n:04}")
    }
}
