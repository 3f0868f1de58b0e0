//! A bucket that speaks S3. Requests are made and signed by `object_store` and carried out by the guarded client, like everything that leaves.

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use kernel::http::{HttpClient, HttpError as Failure, HttpRequest as Request};
use kernel::{Error, Result, Secret};
use object_store::ClientOptions;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    HttpClient as Client, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};
use std::fmt;
use std::sync::Arc;

/// How a bucket is reached.
#[derive(Debug, Clone, Default)]
pub struct Bucket {
    /// Of a server other than Amazon's, such as `https://minio.internal:9000`.
    pub endpoint: Option<String>,
    pub region: Option<String>,
    pub access_key: Option<String>,
    pub secret_key: Option<Secret<String>>,
}

pub fn open(name: &str, bucket: &Bucket, http: Arc<dyn HttpClient>) -> Result<AmazonS3> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(name)
        .with_region(bucket.region.as_deref().unwrap_or("us-east-1"))
        .with_http_connector(Guarded(http));
    if let Some(endpoint) = &bucket.endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
    }
    match (&bucket.access_key, &bucket.secret_key) {
        (Some(id), Some(secret)) => builder = builder.with_access_key_id(id).with_secret_access_key(secret.reveal()),
        _ => {
            return Err(Error::field("to", "invalid", "A bucket needs its keys: set backup.s3_access_key and backup.s3_secret_key."));
        }
    }
    builder.build().map_err(|e| Error::field("to", "invalid", format!("This bucket cannot be used: {e}.")))
}

#[derive(Clone)]
struct Guarded(Arc<dyn HttpClient>);
impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guarded")
    }
}
impl HttpConnector for Guarded {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<Client> {
        Ok(Client::new(self.clone()))
    }
}

/// A pack and what one may hold besides.
const MOST_BYTES: usize = 64 << 20;

#[async_trait]
impl HttpService for Guarded {
    async fn call(&self, request: HttpRequest) -> std::result::Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let method = match parts.method.as_str() {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "PUT" => "PUT",
            "POST" => "POST",
            _ => "DELETE",
        };
        let body = body.collect().await?.to_bytes().to_vec();
        let mut out = Request::new(method, parts.uri.to_string()).body(body);
        out.timeout_ms = 300_000;
        out.max_response_bytes = MOST_BYTES;
        out.max_redirects = 0;
        for (name, value) in &parts.headers {
            // The client sets these itself.
            if !matches!(name.as_str(), "host" | "content-length") {
                out.headers.push((name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
            }
        }
        let answer = self.0.send(out).await.map_err(|e| {
            let kind = match e {
                Failure::Connect(_) => HttpErrorKind::Connect,
                Failure::Uncertain(_) => HttpErrorKind::Interrupted,
                Failure::Refused(_) | Failure::TooLarge => HttpErrorKind::Unknown,
            };
            HttpError::new(kind, std::io::Error::other(e.to_string()))
        })?;
        let mut response = http::Response::builder().status(answer.status);
        for (name, value) in &answer.headers {
            response = response.header(name, value);
        }
        let body = Full::new(Bytes::from(answer.body)).map_err(|never: std::convert::Infallible| -> HttpError { match never {} });
        response.body(HttpResponseBody::new(body)).map_err(|e| HttpError::new(HttpErrorKind::Decode, e))
    }
}
