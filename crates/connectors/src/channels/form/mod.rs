//! A form on a web site: what visitors write into it comes in as messages.
//!
//! A page cannot keep a secret, so nothing proves who wrote. What is proved is that the form was shown by this installation a while ago
//! (a signed time), on a site that is allowed to show it; the rest is a trap for programs that fill in everything.

mod content;
mod descriptor;
mod guard;
mod inbound;
mod page;
mod simulator;

use kernel::BoxFuture;
use kernel::channel::{
    Account, Channel, Descriptor, Edge, Health, Inbound, Outbound, ParseError, Proof, RawDelivery, Receipt, Reject, Reply, SendError,
    Simulator, Unverified, Verified,
};

pub use guard::stamp;

pub struct Form;

impl Channel for Form {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    /// The script that puts the signed time into the form. It carries nothing secret.
    fn challenge(&self, account: &Account, raw: &RawDelivery) -> Option<Result<Reply, Reject>> {
        matches!(raw.method.as_str(), "GET" | "HEAD").then(|| Ok(page::script(account, raw)))
    }

    fn verify(&self, account: &Account, delivery: Unverified, proof: Proof<'_>) -> Result<Verified, Reject> {
        guard::check(account, delivery.raw(), proof.now)?;
        Ok(delivery.accept("form"))
    }

    /// People see words or are led on; programs get our receipt.
    fn acknowledge(&self, account: &Account, raw: &RawDelivery) -> Option<Reply> {
        page::is_person(raw).then(|| page::thanks(account))
    }

    fn parse(&self, account: &Account, delivery: &Verified) -> Result<Vec<Inbound>, ParseError> {
        inbound::parse(account, delivery.raw())
    }

    fn send<'a>(&'a self, _edge: Edge<'a>, _account: &'a Account, message: &'a Outbound) -> BoxFuture<'a, Result<Receipt, SendError>> {
        let address = message.to.first().map(|a| a.address.as_str()).filter(|a| a.contains('@') || a.starts_with('+'));
        let detail = match address {
            Some(address) => format!("A form cannot be answered. Write to {address} on another channel."),
            None => "A form cannot be answered, and this person left no address.".to_owned(),
        };
        Box::pin(std::future::ready(Err(SendError::Policy { code: "form.reply_by_mail".into(), detail })))
    }

    fn health<'a>(&'a self, _edge: Edge<'a>, account: &'a Account) -> BoxFuture<'a, Health> {
        Box::pin(std::future::ready(descriptor::check(account)))
    }

    /// Nothing ever leaves.
    fn repeats_safely(&self) -> bool {
        true
    }

    fn simulator(&self) -> Option<&dyn Simulator> {
        Some(&simulator::Visitor)
    }
}
