//! The one HTTP client: every connection goes to an address the guard has judged, and every failure says whether the
//! request may have arrived. It stands on hyper's connections rather than on a ready-made client, because only here is it
//! known for certain whether anything was written.

use crate::guard::NetGuard;
use crate::tls::{self, BoxStream};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use kernel::BoxFuture;
use kernel::http::{HttpClient, HttpError, HttpRequest, HttpResponse};
use rustls::pki_types::{CertificateDer, ServerName};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use url::Url;

/// Providers close idle connections after 30 to 120 s; ours are older than theirs never.
const IDLE: Duration = Duration::from_secs(15);
/// As many as one account has under way at most: opening one costs more than asking over it.
const IDLE_PER_HOST: usize = 64;
/// One dead address must not eat the time of the next one.
const CONNECT: Duration = Duration::from_secs(10);
/// What may follow a redirect to another host. A list of what is harmless, since keys hide under many names.
const HARMLESS: [HeaderName; 4] = [header::ACCEPT, header::ACCEPT_LANGUAGE, header::CONTENT_TYPE, header::USER_AGENT];

type Sender = SendRequest<Full<Bytes>>;
/// Scheme, host and port.
type Origin = (String, String, u16);

pub struct GuardedClient {
    guard: NetGuard,
    tls: TlsConnector,
    idle: Mutex<HashMap<Origin, Vec<(Sender, Instant)>>>,
}

/// How much of an answer is read, and whether a longer one is cut off there or refused.
#[derive(Clone, Copy)]
struct Limit {
    bytes: usize,
    keep_beginning: bool,
}

/// One request on its way, changed by redirects.
struct Going {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

impl GuardedClient {
    pub fn new(guard: NetGuard) -> kernel::Result<Self> {
        Self::with_roots(guard, &[])
    }
    /// Trusts these certificate authorities besides the public ones.
    pub fn with_roots(guard: NetGuard, roots: &[CertificateDer<'static>]) -> kernel::Result<Self> {
        Ok(Self { guard, tls: TlsConnector::from(tls::client_config(roots)?), idle: Mutex::default() })
    }

    async fn follow(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let deadline = Instant::now() + Duration::from_millis(request.timeout_ms);
        let most = request.max_redirects;
        let limit = Limit { bytes: request.max_response_bytes, keep_beginning: request.keep_beginning };
        let mut going = self.prepare(request)?;
        for _ in 0..=most {
            let answer = self.exchange(&going, deadline, limit).await?;
            let redirected = most > 0 && matches!(answer.status, 301 | 302 | 303 | 307 | 308);
            let Some(place) = answer.header("location").filter(|_| redirected) else { return Ok(answer) };
            going = self.redirect(going, place, answer.status)?;
        }
        Err(HttpError::Refused(format!("more than {most} redirects")))
    }

    fn prepare(&self, request: HttpRequest) -> Result<Going, HttpError> {
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| HttpError::Refused("not an HTTP method".into()))?;
        let url = self.guard.check_url(&request.url)?;
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("Switchboard/", env!("CARGO_PKG_VERSION"))));
        for (name, value) in &request.headers {
            let unsendable = |_| HttpError::Refused(format!("the header {name:?} cannot be sent"));
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HttpError::Refused(format!("{name:?} is not a header name")))?;
            if [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(&key) {
                continue;
            }
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(unsendable)?;
            if key == header::USER_AGENT {
                headers.insert(key, value);
            } else {
                headers.append(key, value);
            }
        }
        Ok(Going { method, url, headers, body: request.body.into() })
    }

    fn redirect(&self, mut going: Going, place: &str, status: u16) -> Result<Going, HttpError> {
        let next = going.url.join(place).map_err(|e| HttpError::Refused(format!("redirected to {place:?}: {e}")))?;
        let next = self.guard.check_url(next.as_str())?;
        if going.url.scheme() == "https" && next.scheme() == "http" {
            return Err(HttpError::Refused("redirected from https to http".into()));
        }
        if next.origin() != going.url.origin() {
            let kept = HARMLESS.into_iter().filter_map(|name| Some((going.headers.get(&name)?.clone(), name)));
            going.headers = kept.map(|(value, name)| (name, value)).collect();
        }
        // As browsers do, and RFC 9110 allows: 303 always, 301 and 302 for POST.
        if status == 303 && going.method != Method::HEAD || matches!(status, 301 | 302) && going.method == Method::POST {
            going.method = Method::GET;
            going.body = Bytes::new();
            going.headers.remove(header::CONTENT_TYPE);
        }
        going.url = next;
        Ok(going)
    }

    async fn exchange(&self, going: &Going, deadline: Instant, limit: Limit) -> Result<HttpResponse, HttpError> {
        let origin = origin(&going.url)?;
        if let Some(mut sender) = self.take_idle(&origin).await {
            match self.ask(&mut sender, going, deadline).await {
                Ok(answer) => return self.receive(sender, origin, answer, deadline, limit).await,
                // The server hung up while the connection was idle. Not written, or harmless to repeat: once more, afresh.
                Err(HttpError::Connect(_)) => {}
                Err(_) if going.method.is_idempotent() && Instant::now() < deadline => {}
                Err(error) => return Err(error),
            }
        }
        let late = || HttpError::Connect("no connection in time".into());
        let mut sender = timeout_at(deadline, self.connect(&origin)).await.map_err(|_| late())??;
        let answer = self.ask(&mut sender, going, deadline).await?;
        self.receive(sender, origin, answer, deadline, limit).await
    }

    async fn connect(&self, origin: &Origin) -> Result<Sender, HttpError> {
        let (scheme, host, port) = origin;
        let failed = |e: String| HttpError::Connect(format!("{host}: {e}"));
        let addresses = self.guard.addresses(host, *port).await?;
        let tcp = connect_any(&addresses).await.map_err(failed)?;
        let stream: BoxStream = if scheme == "https" {
            let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(|e| failed(e.to_string()))?;
            Box::new(self.tls.connect(name, tcp).await.map_err(|e| failed(e.to_string()))?)
        } else {
            Box::new(tcp)
        };
        let (sender, connection) =
            http1::Builder::new().max_buf_size(128 << 10).handshake(TokioIo::new(stream)).await.map_err(|e| failed(e.to_string()))?;
        tokio::spawn(async move {
            // Its errors reach whoever waits for the answer.
            connection.await.ok();
        });
        Ok(sender)
    }

    async fn ask(&self, sender: &mut Sender, going: &Going, deadline: Instant) -> Result<Response<Incoming>, HttpError> {
        let target = match going.url.query() {
            Some(query) => format!("{}?{query}", going.url.path()),
            None => going.url.path().to_owned(),
        };
        let unsendable = |e: hyper::http::Error| HttpError::Refused(e.to_string());
        let mut request =
            Request::builder().method(going.method.clone()).uri(target).body(Full::new(going.body.clone())).map_err(unsendable)?;
        *request.headers_mut() = going.headers.clone();
        let authority = &going.url[url::Position::BeforeHost..url::Position::AfterPort];
        let authority = HeaderValue::from_str(authority).map_err(|e| HttpError::Refused(e.to_string()))?;
        request.headers_mut().insert(header::HOST, authority);
        match timeout_at(deadline, sender.try_send_request(request)).await {
            Err(_) => Err(HttpError::Uncertain("no answer in time".into())),
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(mut failure)) => match failure.take_message() {
                // Handed back: not a byte of it was written.
                Some(_) => Err(HttpError::Connect("the connection was closed".into())),
                None => Err(HttpError::Uncertain(reason(failure.error()))),
            },
        }
    }

    async fn receive(
        &self,
        sender: Sender,
        origin: Origin,
        answer: Response<Incoming>,
        deadline: Instant,
        limit: Limit,
    ) -> Result<HttpResponse, HttpError> {
        let (head, mut incoming) = answer.into_parts();
        if !limit.keep_beginning && hyper::body::Body::size_hint(&incoming).lower() > limit.bytes as u64 {
            return Err(HttpError::TooLarge);
        }
        let mut body = Vec::new();
        loop {
            let frame = match timeout_at(deadline, incoming.frame()).await {
                Err(_) => return Err(HttpError::Uncertain("the answer did not end in time".into())),
                Ok(None) => break,
                Ok(Some(frame)) => frame.map_err(|e| HttpError::Uncertain(reason(&e)))?,
            };
            let data = frame.data_ref().map_or(&[][..], |d| d);
            if body.len() + data.len() > limit.bytes {
                if !limit.keep_beginning {
                    return Err(HttpError::TooLarge);
                }
                body.extend_from_slice(&data[..limit.bytes - body.len()]);
                return Ok(response(&head, body));
            }
            body.extend_from_slice(data);
        }
        if head.status != StatusCode::SWITCHING_PROTOCOLS {
            self.keep_idle(origin, sender);
        }
        Ok(response(&head, body))
    }

    async fn take_idle(&self, origin: &Origin) -> Option<Sender> {
        loop {
            let (mut sender, since) = {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                idle.get_mut(origin)?.pop()?
            };
            if since.elapsed() < IDLE && !sender.is_closed() && sender.ready().await.is_ok() {
                return Some(sender);
            }
        }
    }

    fn keep_idle(&self, origin: Origin, sender: Sender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|_, kept| {
            kept.retain(|(sender, since)| since.elapsed() < IDLE && !sender.is_closed());
            !kept.is_empty()
        });
        let kept = idle.entry(origin).or_default();
        if kept.len() < IDLE_PER_HOST {
            kept.push((sender, Instant::now()));
        }
    }
}

fn response(head: &hyper::http::response::Parts, body: Vec<u8>) -> HttpResponse {
    let text = |v: &HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(n, v)| (n.as_str().to_owned(), text(v))).collect();
    HttpResponse { status: head.status.as_u16(), headers, body }
}

impl HttpClient for GuardedClient {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        Box::pin(self.follow(request))
    }
}

/// The first of these addresses that answers.
pub(crate) async fn connect_any(addresses: &[std::net::SocketAddr]) -> Result<TcpStream, String> {
    let mut last = String::from("no address");
    for address in addresses {
        match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                tcp.set_nodelay(true).ok();
                return Ok(tcp);
            }
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = "no connection in time".into(),
        }
    }
    Err(last)
}

fn origin(url: &Url) -> Result<Origin, HttpError> {
    let missing = || HttpError::Refused("the address has no host".into());
    let host = url.host_str().ok_or_else(missing)?;
    Ok((url.scheme().to_owned(), host.to_owned(), url.port_or_known_default().ok_or_else(missing)?))
}

/// hyper's own words and, where there is one, the cause below them.
fn reason(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
