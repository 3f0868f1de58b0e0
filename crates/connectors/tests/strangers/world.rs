//! One channel with its account, the product's own client, and strangers on the other side.

use crate::mock::Mock;
use crate::passage::{Answer, Exchange, Passage};
use edges::{GuardedClient, GuardedDial, NetGuard};
use kernel::channel::*;
use kernel::clock::{Clock, SystemClock};
use kernel::http::{HttpClient, HttpError, HttpRequest, HttpResponse};
use kernel::message::Address;
use kernel::{BoxFuture, ChannelId, Secret};
use serde_json::{Map, Value};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The product's own client, with more patience: a mock reads its schemas when it is first asked, which takes a while on a busy machine.
struct Patient(GuardedClient);
impl HttpClient for Patient {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        self.0.send(HttpRequest { timeout_ms: 120_000, ..request })
    }
}

pub struct World {
    pub channel: &'static dyn Channel,
    pub account: Account,
    pub passage: Arc<Passage>,
    /// What `base_url` has besides the host.
    below: &'static str,
    client: Patient,
    dial: GuardedDial,
    mocks: Vec<(&'static str, Mock)>,
    told: Mutex<Told>,
}

/// For the line at the end.
#[derive(Default)]
struct Told {
    taken: Vec<(String, usize)>,
    ours: Vec<String>,
    refusals: Vec<String>,
    last: Option<Exchange>,
}

pub fn account(channel: &dyn Channel, given: &Value) -> Account {
    let d = channel.descriptor();
    let values = kernel::form::check(d.fields, given.as_object().unwrap());
    let mut values: Map<String, Value> = values.unwrap_or_else(|e| panic!("{}: {e:?}", d.id));
    // What a login fills in is not in the form.
    for (name, value) in given.as_object().unwrap() {
        values.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Account {
        id: ChannelId::from_slice(&crate::messages::id(2)).unwrap(),
        provider: d.id.into(),
        name: "Test".into(),
        identifier: values[d.identifier_field].as_str().unwrap().to_lowercase(),
        settings: Settings::new(values),
        public_url: "https://inbox.acme.example".into(),
        mac_key: Secret::new(vec![7; 32]),
    }
}

impl World {
    /// The channel with this form; `base_url` is the passage with `below` behind it.
    pub async fn new(id: &str, below: &'static str, mut form: Value) -> Self {
        let channel = connectors::channel(id).unwrap();
        let passage = Passage::open().await;
        form["base_url"] = format!("http://{}{below}", passage.address).into();
        // The product's own client; private addresses are allowed as its option `network.allow` does it.
        let guard = NetGuard::from_words(&["127.0.0.1".to_owned()]).unwrap();
        Self {
            channel,
            account: account(channel, &form),
            passage,
            below,
            client: Patient(GuardedClient::new(guard.clone()).unwrap()),
            dial: GuardedDial::new(guard).unwrap(),
            mocks: Vec::new(),
            told: Mutex::default(),
        }
    }

    /// The mock of this description takes whatever no other one takes.
    pub async fn prism(self, description: &'static str) -> Self {
        self.prism_at("", "", description).await
    }
    /// The mock of this description takes paths that begin so, without `strip`.
    pub async fn prism_at(mut self, begin: &'static str, strip: &'static str, description: &'static str) -> Self {
        let mock = Mock::prism(description).await;
        self.passage.route(begin, strip, mock.address);
        self.mocks.push((description, mock));
        self
    }
    pub async fn moto(mut self) -> Self {
        let mock = Mock::moto().await;
        self.passage.route("", "", mock.address);
        self.mocks.push(("moto", mock));
        self
    }
    /// The mock of that name, for asking it without the passage.
    pub fn mock(&self, name: &str) -> &Mock {
        &self.mocks.iter().find(|(n, _)| *n == name).unwrap().1
    }

    pub fn edge(&self) -> Edge<'_> {
        Edge { http: &self.client, dial: &self.dial, clock: &SystemClock }
    }
    pub fn now(&self) -> i64 {
        SystemClock.now()
    }
    /// The same account with other settings.
    pub fn with(&self, changes: Value) -> Account {
        let mut values = self.account.settings.values().clone();
        values.extend(changes.as_object().unwrap().clone());
        let identifier = values[self.channel.descriptor().identifier_field].as_str().unwrap().to_lowercase();
        Account { settings: Settings::new(values), identifier, ..self.account.clone() }
    }

    /// The description ends before this request; the channel's own simulator answers.
    pub fn undescribed(&self, method: &'static str, part: &'static str) {
        self.undescribed_by(&self.account, method, part);
    }
    pub fn undescribed_by(&self, account: &Account, method: &'static str, part: &'static str) {
        let (channel, account, below, serial) = (self.channel, account.clone(), self.below, AtomicU64::new(1));
        self.passage.own(method, part, move |exchange| {
            let method = ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().find(|m| *m == exchange.method).unwrap();
            let mut request =
                HttpRequest::new(method, exchange.path.strip_prefix(below).unwrap_or(&exchange.path)).body(exchange.body.clone());
            request.headers = exchange.headers.clone();
            let simulator = channel.simulator().unwrap();
            let HttpResponse { status, headers, body } =
                simulator.provider(&account, &request, serial.fetch_add(1, Ordering::SeqCst), SystemClock.now()).response;
            Answer { status, headers, body }
        });
    }

    /// Asks the mock with this request as it is.
    pub async fn ask(&self, request: HttpRequest) -> Exchange {
        self.client.send(request).await.unwrap();
        self.passage.take().remove(0)
    }
    /// The last request that was taken.
    pub fn last(&self) -> Exchange {
        self.told.lock().unwrap().last.clone().unwrap()
    }

    /// Every request since the last look was taken by its mock. `what` names them.
    pub fn taken(&self, what: &str) -> Vec<Exchange> {
        let all = self.passage.take();
        assert!(!all.is_empty(), "{}: {what}: nothing left", self.channel.descriptor().id);
        for exchange in &all {
            if exchange.judged && (exchange.status >= 400 || is_held_against(exchange)) {
                panic!("{}: {what}: refused\n{exchange}\n{}", self.channel.descriptor().id, self.words_of_mocks());
            }
        }
        let mut told = self.told.lock().unwrap();
        told.last = all.last().cloned();
        let judged = all.iter().filter(|e| e.judged).count();
        if judged > 0 {
            told.taken.push((what.to_owned(), judged));
        }
        for exchange in all.iter().filter(|e| !e.judged) {
            let path = exchange.path.split('?').next().unwrap_or_default();
            let line = format!("{} {path}", exchange.method);
            if !told.ours.contains(&line) {
                told.ours.push(line);
            }
        }
        all
    }
    fn words_of_mocks(&self) -> String {
        self.mocks.iter().map(|(name, mock)| format!("{name} said:\n{}", mock.last_words())).collect::<Vec<_>>().join("\n")
    }
    fn good<T, E: std::fmt::Debug>(&self, what: &str, result: Result<T, E>) -> T {
        // The refusal says more than the verdict on it.
        self.taken(what);
        result.unwrap_or_else(|e| panic!("{}: {what}: {e:?}", self.channel.descriptor().id))
    }

    pub async fn send(&self, what: &str, message: &Outbound) -> Receipt {
        self.send_by(&self.account, what, message).await
    }
    pub async fn send_by(&self, account: &Account, what: &str, message: &Outbound) -> Receipt {
        let receipt = self.good(what, self.channel.send(self.edge(), account, message).await);
        let ours = receipt.external_id.as_deref();
        assert!(ours.is_none_or(|id| !id.is_empty()), "{what}: an empty id");
        receipt
    }
    pub async fn act(&self, what: &str, place: &Place, act: Act) {
        self.good(what, self.channel.act(self.edge(), &self.account, place, &act).await);
    }
    pub async fn healthy(&self, account: &Account) -> String {
        let health = self.channel.health(self.edge(), account).await;
        self.taken("health");
        let Health::Ok { detail } = health else { panic!("{}: {health:?}", self.channel.descriptor().id) };
        detail
    }
    pub async fn reach(&self, account: &Account) -> Vec<Reach> {
        self.good("what there is", self.channel.installer().unwrap().list(self.edge(), account).await)
    }
    pub async fn install(&self, account: &Account) -> String {
        let url = format!("{}/api/webhooks/{}/{}", account.public_url, account.provider, account.id);
        self.good("setting up", self.channel.installer().unwrap().install(self.edge(), account, &url).await)
    }
    pub async fn fetch(&self, what: &str, reference: &str) -> Fetched {
        self.good(what, self.channel.fetch(self.edge(), &self.account, reference).await)
    }
    pub async fn profile(&self, handle: &str) -> Profile {
        let profile = self.channel.profile(self.edge(), &self.account, handle).await;
        self.taken("a person");
        profile.unwrap_or_else(|| panic!("{}: nobody", self.channel.descriptor().id))
    }
    pub async fn poll(&self, what: &str, cursor: Option<&str>) -> Polled {
        self.good(what, self.channel.poller().unwrap().poll(self.edge(), &self.account, cursor).await)
    }
    pub async fn templates(&self) -> Vec<Template> {
        self.good("templates", self.channel.templates().unwrap().list(self.edge(), &self.account).await)
    }
    pub async fn make_template(&self, what: &str, template: &Template) -> Template {
        self.good(what, self.channel.templates().unwrap().create(self.edge(), &self.account, template).await)
    }
    pub async fn drop_template(&self, template: &Template) {
        self.good("a template deleted", self.channel.templates().unwrap().delete(self.edge(), &self.account, template).await);
    }

    /// The mock is asked for an answer (`code=429`, `example=window`); the send ends as expected.
    pub async fn refused(&self, prefer: &str, message: &Outbound, fits: fn(&SendError) -> bool) {
        self.passage.prefer(Some(prefer));
        let result = self.channel.send(self.edge(), &self.account, message).await;
        self.passage.prefer(None);
        let all = self.passage.take();
        let last = all.iter().rev().find(|e| e.judged).unwrap_or_else(|| panic!("{prefer}: nothing was asked"));
        assert!(!is_held_against(last), "{prefer}: refused for itself\n{last}");
        match result {
            Err(error) if fits(&error) => self.told.lock().unwrap().refusals.push(format!("{prefer} {}", class(&error))),
            other => panic!("{}: {prefer} became {other:?}\n{last}", self.channel.descriptor().id),
        }
    }

    /// Says what was done.
    pub fn done(self) {
        let told = self.told.into_inner().unwrap();
        let count: usize = told.taken.iter().map(|(_, n)| n).sum();
        let names = |list: &[(String, usize)]| {
            let one = |(name, n): &(String, usize)| if *n == 1 { name.clone() } else { format!("{name} ({n} requests)") };
            list.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        let mocks: Vec<&str> = self.mocks.iter().map(|(name, _)| *name).collect();
        println!("{}: {count} requests taken by {}: {}.", self.channel.descriptor().id, mocks.join(" and "), names(&told.taken));
        if !told.refusals.is_empty() {
            println!("    refusals understood: {}", told.refusals.join(", "));
        }
        if !told.ours.is_empty() {
            println!("    answered here, not there: {}", told.ours.join(", "));
        }
    }
}

fn class(error: &SendError) -> &'static str {
    match error {
        SendError::Retry { .. } => "is tried again",
        SendError::Uncertain { .. } => "is uncertain",
        SendError::Account { .. } => "is the account's",
        SendError::Policy { .. } => "is a rule's",
        SendError::Permanent { .. } => "is final",
    }
}

/// Something is wrong with what we sent. Prism holds its own example answers against their schema as well, which is not our business.
pub fn is_held_against(exchange: &Exchange) -> bool {
    let Some(violations) = &exchange.violations else { return false };
    match serde_json::from_str::<Vec<Value>>(violations) {
        Ok(list) => list.iter().any(|v| v["severity"] == "Error" && v["location"][0] != "response"),
        Err(_) => true,
    }
}

/// The person of a conversation.
pub fn place(to: &str) -> Place {
    Place {
        to: Address { name: None, address: to.into() },
        thread_key: Some(to.into()),
        last_inbound_id: None,
        last_inbound_metadata: Map::new(),
    }
}
