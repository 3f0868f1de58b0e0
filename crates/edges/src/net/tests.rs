//! Against servers of our own on the loopback, which the guard must be told to allow.

use super::*;
use crate::guard::Resolver;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// What the server heard, and how often somebody connected.
#[derive(Default)]
struct Heard {
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
}
impl Heard {
    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Answers each request with what `answer` makes of its head and body; an empty answer hangs up, `wait` never answers.
async fn server(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (SocketAddr, Arc<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, heard, answer) = (listener.local_addr().unwrap(), Arc::new(Heard::default()), Arc::new(answer));
    let shared = heard.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.connections.fetch_add(1, Ordering::SeqCst);
            let (heard, answer) = (shared.clone(), answer.clone());
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                while let Some(request) = read_request(&mut stream).await {
                    heard.requests.lock().unwrap().push(request.clone());
                    match answer(&request).as_str() {
                        "" => break,
                        "wait" => std::future::pending::<()>().await,
                        text => stream.write_all(text.as_bytes()).await.unwrap(),
                    }
                }
            });
        }
    });
    (address, heard)
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let lower = head.to_lowercase();
    let length = lower.lines().find_map(|l| l.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(lower + &String::from_utf8_lossy(&body))
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
fn moved(status: u16, place: &str) -> String {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n")
}

fn client(allow: &[&str]) -> GuardedClient {
    GuardedClient::new(guard(allow)).unwrap()
}
fn guard(allow: &[&str]) -> NetGuard {
    NetGuard::new(allow.iter().map(|a| a.parse().unwrap()).collect())
}
fn get(url: impl Into<String>) -> HttpRequest {
    HttpRequest::new("GET", url)
}
fn post(url: impl Into<String>) -> HttpRequest {
    HttpRequest::new("POST", url).header("content-type", "application/json").body(b"{}".to_vec())
}

/// Gives every name the same addresses, and counts how often it was asked.
struct Names(Vec<IpAddr>, AtomicUsize);
impl Resolver for Names {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(self.0.clone()) })
    }
}
fn names(ips: &[&str]) -> Arc<Names> {
    Arc::new(Names(ips.iter().map(|i| i.parse().unwrap()).collect(), AtomicUsize::new(0)))
}

#[tokio::test]
async fn a_request_arrives_as_described() {
    let (at, heard) = server(|_| ok("hello")).await;
    let request = post(format!("http://{at}/a%20b?c=d")).header("X-Key", "k").header("Host", "elsewhere");
    let answer = client(&[&at.to_string()]).send(request).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"hello"[..]));
    let heard = &heard.requests()[0];
    assert!(heard.starts_with("post /a%20b?c=d http/1.1\r\n"), "{heard}");
    for part in [format!("host: {at}\r\n"), "x-key: k\r\n".into(), "user-agent: switchboard/".into(), "\r\n\r\n{}".into()] {
        assert!(heard.contains(&part), "{part} in {heard}");
    }
    assert!(!heard.contains("elsewhere"));
}

#[tokio::test]
async fn private_addresses_are_refused_before_anything_is_sent() {
    let (at, heard) = server(|_| ok("")).await;
    for url in [format!("http://{at}/"), format!("http://localhost:{}/", at.port()), format!("http://[::ffff:127.0.0.1]:{}/", at.port())] {
        assert!(matches!(client(&[]).send(get(&url)).await, Err(HttpError::Refused(_))), "{url}");
    }
    let named = GuardedClient::new(guard(&[]).with_resolver(names(&["8.8.8.8", "127.0.0.1"]))).unwrap();
    let refused = named.send(get(format!("http://rebind.example:{}/", at.port()))).await;
    assert!(matches!(refused, Err(HttpError::Refused(_))), "{refused:?}");
    assert_eq!(heard.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_is_asked_for_once_and_the_answer_is_what_is_connected_to() {
    let (at, heard) = server(|_| ok("")).await;
    let names = names(&["127.0.0.1"]);
    let allow = format!("provider.example:{}", at.port());
    let client = GuardedClient::new(guard(&[&allow]).with_resolver(names.clone())).unwrap();
    client.send(get(format!("http://{allow}/"))).await.unwrap();
    assert_eq!(names.1.load(Ordering::SeqCst), 1);
    assert!(heard.requests()[0].contains(&format!("host: {allow}\r\n")));
}

#[tokio::test]
async fn redirects_are_judged_like_first_requests() {
    let (inner, inside) = server(|_| ok("secret")).await;
    for place in [format!("http://{inner}/"), "http://169.254.169.254/".into(), "file:///etc/passwd".into(), "http://[::1]/".into()] {
        let (at, _) = server(move |_| moved(302, &place)).await;
        let refused = client(&[&at.to_string()]).send(get(format!("http://{at}/"))).await;
        assert!(matches!(refused, Err(HttpError::Refused(_))), "{refused:?}");
    }
    assert_eq!(inside.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn redirects_end() {
    let (at, heard) = server(|_| moved(307, "/again")).await;
    let refused = client(&[&at.to_string()]).send(get(format!("http://{at}/"))).await;
    assert!(matches!(refused, Err(HttpError::Refused(_))));
    assert_eq!(heard.requests().len(), 1 + get("http://x/").max_redirects);
    let (at, heard) = server(|_| moved(302, "/again")).await;
    let stays = HttpRequest { max_redirects: 0, ..post(format!("http://{at}/")) };
    assert_eq!((client(&[&at.to_string()]).send(stays).await.unwrap().status, heard.requests().len()), (302, 1), "an answer like others");
    let (at, heard) = server(|r| if r.starts_with("get /a/end") { ok("there") } else { moved(302, "end?x=1") }).await;
    assert_eq!(client(&[&at.to_string()]).send(get(format!("http://{at}/a/b"))).await.unwrap().status, 200, "{:?}", heard.requests());
}

#[tokio::test]
async fn secrets_do_not_follow_a_redirect_to_another_host() {
    let (other, heard) = server(|_| ok("")).await;
    for status in [302, 307] {
        let (at, _) = server(move |_| moved(status, &format!("http://{other}/"))).await;
        let request = post(format!("http://{at}/")).header("Authorization", "Bearer t").header("Cookie", "c").header("D360-API-KEY", "k");
        client(&["127.0.0.0/8"]).send(request).await.unwrap();
    }
    let requests = heard.requests();
    assert!(requests[0].starts_with("get ") && requests[1].starts_with("post "), "{requests:?}");
    assert!(requests[1].contains("content-type: application/json"));
    for secret in ["authorization", "cookie", "d360"] {
        assert!(requests.iter().all(|r| !r.contains(secret)), "{requests:?}");
    }
    let (at, heard) = server(|r| if r.contains(" /b ") { ok("") } else { moved(302, "/b") }).await;
    client(&["127.0.0.0/8"]).send(get(format!("http://{at}/")).header("Authorization", "Bearer t")).await.unwrap();
    assert!(heard.requests()[1].contains("authorization: bearer t"));
}

#[tokio::test]
async fn answers_are_cut_at_the_limit() {
    let capped = |at: SocketAddr| HttpRequest { max_response_bytes: 1_000, ..get(format!("http://{at}/")) };
    let (at, _) = server(|_| "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\nx".into()).await;
    assert_eq!(client(&["127.0.0.0/8"]).send(capped(at)).await.unwrap_err(), HttpError::TooLarge);
    let (at, _) = server(|_| {
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", "100\r\n".to_owned() + &"x".repeat(256) + "\r\n").repeat(9)
    })
    .await;
    let cut = client(&["127.0.0.0/8"]).send(capped(at)).await;
    assert!(matches!(cut, Err(HttpError::TooLarge | HttpError::Uncertain(_))), "{cut:?}");
    let (at, _) = server(|_| {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned() + &("100\r\n".to_owned() + &"x".repeat(256) + "\r\n").repeat(9)
    })
    .await;
    assert_eq!(client(&["127.0.0.0/8"]).send(capped(at)).await.unwrap_err(), HttpError::TooLarge);
    let (at, _) = server(|_| ok(&"x".repeat(1_000))).await;
    assert_eq!(client(&["127.0.0.0/8"]).send(capped(at)).await.unwrap().body.len(), 1_000);
    // Or cut off there, when its beginning is all that is wanted.
    let beginning = |at: SocketAddr| HttpRequest { keep_beginning: true, ..capped(at) };
    let (at, _) = server(|_| "HTTP/1.1 500 Oops\r\nContent-Length: 999999999999\r\n\r\n".to_owned() + &"x".repeat(5_000)).await;
    let cut = client(&["127.0.0.0/8"]).send(beginning(at)).await.unwrap();
    assert_eq!((cut.status, cut.body.len()), (500, 1_000));
    let (at, _) = server(|_| ok("short")).await;
    assert_eq!(client(&["127.0.0.0/8"]).send(beginning(at)).await.unwrap().body, b"short");
}

#[tokio::test]
async fn failures_say_whether_the_request_may_have_arrived() {
    let quick = |request: HttpRequest| HttpRequest { timeout_ms: 200, ..request };
    let open = client(&["127.0.0.0/8"]);
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert!(matches!(open.send(get(format!("http://{gone}/"))).await, Err(HttpError::Connect(_))));
    let (at, _) = server(|_| "wait".into()).await;
    assert!(matches!(open.send(quick(post(format!("http://{at}/")))).await, Err(HttpError::Uncertain(_))));
    let (at, heard) = server(|_| String::new()).await;
    assert!(matches!(open.send(post(format!("http://{at}/"))).await, Err(HttpError::Uncertain(_))));
    assert_eq!(heard.requests().len(), 1);
    let (at, _) = server(|_| "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".into()).await;
    assert!(matches!(open.send(quick(get(format!("http://{at}/")))).await, Err(HttpError::Uncertain(_))));
    let (at, _) = server(|_| "SSH-2.0-OpenSSH_9.9\r\n".into()).await;
    assert!(matches!(open.send(quick(get(format!("http://{at}/")))).await, Err(HttpError::Uncertain(_))));
    // Plain text where TLS is expected: the handshake fails before the request.
    let tls = open.send(quick(get(format!("https://{at}/")))).await;
    assert!(matches!(tls, Err(HttpError::Connect(_))), "{tls:?}");
    let injected = open.send(get(format!("http://{at}/")).header("X-A", "a\r\nX-B: b")).await;
    assert!(matches!(injected, Err(HttpError::Refused(_))));
}

#[tokio::test]
async fn connections_are_used_again_and_a_stale_one_is_replaced() {
    let (at, heard) = server(|_| ok("x")).await;
    let kept = client(&["127.0.0.0/8"]);
    for _ in 0..3 {
        kept.send(post(format!("http://{at}/"))).await.unwrap();
    }
    assert_eq!(heard.connections.load(Ordering::SeqCst), 1);
    // Hangs up on the second request of each connection, unread by us until we write.
    let turn = AtomicUsize::new(0);
    let (at, heard) = server(move |_| if turn.fetch_add(1, Ordering::SeqCst) % 2 == 1 { String::new() } else { ok("x") }).await;
    kept.send(get(format!("http://{at}/"))).await.unwrap();
    kept.send(get(format!("http://{at}/"))).await.unwrap();
    assert_eq!(heard.connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn certificates_are_checked_for_the_name() {
    let data = tempfile::tempdir().unwrap();
    let config = tls::self_signed(data.path(), "provider.example").unwrap();
    let roots = tls::read_certificates(&data.path().join("tls/smtp.crt")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = tokio_rustls::TlsAcceptor::from(config.clone()).accept(stream).await else { continue };
            let mut request = [0; 1_024];
            if stream.read(&mut request).await.unwrap_or(0) == 0 {
                continue;
            }
            stream.write_all(ok("secure").as_bytes()).await.ok();
        }
    });
    let guard = guard(&["127.0.0.0/8"]).with_resolver(names(&["127.0.0.1"]));
    let trusting = GuardedClient::with_roots(guard.clone(), &roots).unwrap();
    assert_eq!(trusting.send(get(format!("https://provider.example:{port}/"))).await.unwrap().body, b"secure");
    assert!(matches!(trusting.send(get(format!("https://other.example:{port}/"))).await, Err(HttpError::Connect(_))));
    let strict = GuardedClient::new(guard).unwrap();
    assert!(matches!(strict.send(get(format!("https://provider.example:{port}/"))).await, Err(HttpError::Connect(_))));
}
