//! Between the product and a mock: passes requests on as they came, notes both sides, and does what the product itself cannot: ask the
//! mock for a certain answer (`Prefer`), put our ids into its examples, stand in where a description ends.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1 as client;
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};

/// One request of ours and what was said to it.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub method: String,
    /// Path and query as we asked.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub status: u16,
    pub answer: Vec<u8>,
    /// What the mock held against the request.
    pub violations: Option<String>,
    /// A mock judged it; otherwise the description does not know the request and something of ours answered.
    pub judged: bool,
}
impl Exchange {
    pub fn is(&self, method: &str, part: &str) -> bool {
        self.method == method && self.path.contains(part)
    }
}
impl std::fmt::Display for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let short = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(3_000)]).into_owned();
        writeln!(f, "{} {} -> {}", self.method, self.path, self.status)?;
        for (name, value) in self.headers.iter().filter(|(n, _)| n.starts_with("content-") || n == "prefer") {
            writeln!(f, "  {name}: {value}")?;
        }
        writeln!(f, "  sent:       {}", short(&self.body))?;
        writeln!(f, "  answer:     {}", short(&self.answer))?;
        write!(f, "  violations: {}", self.violations.as_deref().unwrap_or("none named"))
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

type Edit = Box<dyn Fn(&Exchange, &mut Value) + Send + Sync>;
type Own = Box<dyn Fn(&Exchange) -> Answer + Send + Sync>;

/// Where paths with this beginning go, and how much of it the mock does not see.
struct Route {
    begin: &'static str,
    strip: &'static str,
    to: SocketAddr,
}

#[derive(Default)]
struct Rules {
    routes: Vec<Route>,
    prefer: Option<String>,
    edits: Vec<(&'static str, &'static str, Edit)>,
    own: Vec<(&'static str, &'static str, Own)>,
    described: Vec<(&'static str, &'static str)>,
    /// Addresses in answers that become ours.
    renamed: Vec<&'static str>,
}

pub struct Passage {
    pub address: SocketAddr,
    rules: Mutex<Rules>,
    seen: Mutex<Vec<Exchange>>,
}

impl Passage {
    pub async fn open() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let passage = Arc::new(Self { address: listener.local_addr().unwrap(), rules: Mutex::default(), seen: Mutex::default() });
        let shared = passage.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let passage = shared.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let passage = passage.clone();
                        async move { Ok::<_, Infallible>(passage.pass(request).await) }
                    });
                    server::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
                });
            }
        });
        passage
    }

    /// Paths that begin so go to this mock, without `strip`. The longest beginning that fits counts.
    pub fn route(&self, begin: &'static str, strip: &'static str, to: SocketAddr) {
        let mut rules = self.rules.lock().unwrap();
        rules.routes.push(Route { begin, strip, to });
        rules.routes.sort_by_key(|r| std::cmp::Reverse(r.begin.len()));
    }
    /// The mock's answer to such requests is changed before it reaches the product.
    pub fn edit(&self, method: &'static str, part: &'static str, edit: impl Fn(&Exchange, &mut Value) + Send + Sync + 'static) {
        self.rules.lock().unwrap().edits.push((method, part, Box::new(edit)));
    }
    /// Such requests are not in the description: this answers.
    pub fn own(&self, method: &'static str, part: &'static str, own: impl Fn(&Exchange) -> Answer + Send + Sync + 'static) {
        self.rules.lock().unwrap().own.push((method, part, Box::new(own)));
    }
    /// Such requests are in the description after all, whatever was said before.
    pub fn described(&self, method: &'static str, part: &'static str) {
        self.rules.lock().unwrap().described.push((method, part));
    }
    /// This address in answers becomes the passage's.
    pub fn rename(&self, origin: &'static str) {
        self.rules.lock().unwrap().renamed.push(origin);
    }
    /// The header `Prefer` of the following requests.
    pub fn prefer(&self, what: Option<&str>) {
        self.rules.lock().unwrap().prefer = what.map(str::to_owned);
    }
    /// What passed since the last time.
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    async fn pass(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(|b| b.to_bytes()).unwrap_or_default();
        let path = head.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let text = |v: &header::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
        let mut exchange = Exchange {
            method: head.method.to_string(),
            path,
            headers: head.headers.iter().map(|(n, v)| (n.to_string(), text(v))).collect(),
            body: body.to_vec(),
            status: 0,
            answer: Vec::new(),
            violations: None,
            judged: false,
        };
        let answer = match self.own_answer(&exchange) {
            Some(answer) => answer,
            None => {
                exchange.judged = true;
                self.ask(&mut exchange, &head, body).await
            }
        };
        exchange.status = answer.status;
        exchange.answer = answer.body.clone();
        exchange.violations = answer.headers.iter().find(|(n, _)| n == "sl-violations").map(|(_, v)| v.clone());
        self.seen.lock().unwrap().push(exchange);
        let mut response = Response::new(Full::new(Bytes::from(answer.body)));
        *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
        for (name, value) in answer.headers {
            let name: header::HeaderName = name.parse().unwrap();
            if ![header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(&name) {
                response.headers_mut().append(name, value.parse().unwrap());
            }
        }
        response
    }

    fn own_answer(&self, exchange: &Exchange) -> Option<Answer> {
        let rules = self.rules.lock().unwrap();
        if rules.described.iter().any(|(method, part)| exchange.is(method, part)) {
            return None;
        }
        // The one made last counts.
        rules.own.iter().rev().find(|(method, part, _)| exchange.is(method, part)).map(|(_, _, own)| own(exchange))
    }

    async fn ask(&self, exchange: &mut Exchange, head: &hyper::http::request::Parts, body: Bytes) -> Answer {
        let (to, rest, prefer) = {
            let rules = self.rules.lock().unwrap();
            let route = rules.routes.iter().find(|r| exchange.path.starts_with(r.begin));
            let route = route.unwrap_or_else(|| panic!("no mock for {} {}", exchange.method, exchange.path));
            (route.to, exchange.path[route.strip.len()..].to_owned(), rules.prefer.clone())
        };
        let mut request = Request::builder().method(head.method.clone()).uri(rest).body(Full::new(body)).unwrap();
        *request.headers_mut() = head.headers.clone();
        if let Some(prefer) = prefer {
            request.headers_mut().insert("prefer", prefer.parse().unwrap());
            exchange.headers.push(("prefer".into(), prefer));
        }
        let stream = TcpStream::connect(to).await.unwrap();
        let (mut sender, connection) = client::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let response = sender.send_request(request).await.unwrap();
        let (head, body) = response.into_parts();
        let mut body = body.collect().await.unwrap().to_bytes().to_vec();
        let rules = self.rules.lock().unwrap();
        if let Ok(mut json) = serde_json::from_slice::<Value>(&body) {
            for (method, part, edit) in &rules.edits {
                if exchange.is(method, part) && head.status.is_success() {
                    edit(exchange, &mut json);
                }
            }
            let mut text = json.to_string();
            for origin in &rules.renamed {
                text = text.replace(origin, &format!("http://{}", self.address));
            }
            body = text.into_bytes();
        }
        let text = |v: &header::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
        Answer { status: head.status.as_u16(), headers: head.headers.iter().map(|(n, v)| (n.to_string(), text(v))).collect(), body }
    }
}
