//! WebSockets out (RFC 6455), opened through the same guard as everything else.

use crate::guard::NetGuard;
use crate::stream::connect;
use crate::tls::BoxStream;
use futures_util::{SinkExt, StreamExt};
use kernel::BoxFuture;
use kernel::dial::{DialError, Frame, Line, Security, StreamTo};
use std::time::Duration;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// The time each step of connecting may take.
const STEP: Duration = Duration::from_secs(20);
/// Largest frame taken.
const LARGEST: usize = 8 << 20;

struct Open(WebSocketStream<BoxStream>);

pub async fn open(guard: &NetGuard, tls: &TlsConnector, address: &str) -> Result<Box<dyn Line>, DialError> {
    let lost = |e: String| DialError::Connect(e);
    let url = url::Url::parse(address).map_err(|e| DialError::Refused(format!("no address: {e}")))?;
    let secure = match url.scheme() {
        "wss" => true,
        "ws" => false,
        other => return Err(DialError::Refused(format!("{other} is no WebSocket"))),
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port().unwrap_or(if secure { 443 } else { 80 });
    let security = if secure { Security::Tls } else { Security::None };
    let stream = connect(guard, tls, STEP, &StreamTo { host, port, security }).await?;
    let config = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    let shaken = timeout(STEP, tokio_tungstenite::client_async_with_config(address, stream, Some(config))).await;
    let (socket, _) = shaken.map_err(|_| lost("no answer in time".into()))?.map_err(|e| lost(e.to_string()))?;
    Ok(Box::new(Open(socket)))
}

impl Line for Open {
    fn receive(&mut self) -> BoxFuture<'_, Frame> {
        Box::pin(async move {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => return Frame::Text(text.as_str().to_owned()),
                    Some(Ok(Message::Close(frame))) => return Frame::Closed(frame.map(|f| f.code.into())),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Frame::Closed(None),
                }
            }
        })
    }
    fn say(&mut self, text: String) -> BoxFuture<'_, Result<(), DialError>> {
        Box::pin(async move { self.0.send(Message::text(text)).await.map_err(|e| DialError::Uncertain(e.to_string())) })
    }
}
