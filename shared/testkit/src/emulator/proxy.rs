//! A network and services that fail to order: a proxy before the emulator that lets each request pass, answers it itself,
//! delays it, or breaks off before or after the emulator has carried it out.
//!
//! Whoever is to be tested gets [`Proxy::endpoint`] for `AWS_ENDPOINT_URL`. A body is read as a whole on both ways; what
//! depends on streaming can't be tested with it.
//!
//! Source: the Smithy RPC v2 CBOR protocol, "Operation error serialization"; RFC 8949.

use std::convert::Infallible;
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::EmulatedCloud;

/// How long the stall of a request may be waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is known of a request when its fate is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method of HTTP.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The operation, such as `PutMetricAlarm`, where path or headers name it: in the protocols RPC v2 CBOR and JSON.
    pub operation: Option<String>,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The emulator answers it.
    Pass,
    /// The emulator answers it after this time.
    Delay(Duration),
    /// The emulator never sees it.
    Answer(Answer),
    /// The emulator never sees it, and the connection ends without an answer.
    LostBefore,
    /// The emulator carries it out, and the connection ends without an answer.
    LostAfter,
    /// The emulator never sees it, and the client waits for an answer; see [`Proxy::stalled`].
    StalledBefore,
    /// The emulator carries it out, and the client waits for an answer; see [`Proxy::stalled`].
    StalledAfter,
}

/// An answer that does not come from the emulator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The protocol's name, for the header `smithy-protocol`, and the type of the content.
    protocol: Option<(&'static str, &'static str)>,
    body: Vec<u8>,
}

impl Answer {
    /// A status without more, as load balancers answer.
    pub fn empty(status: u16) -> Self {
        Self { status, protocol: None, body: Vec::new() }
    }

    /// An error in the protocol RPC v2 CBOR, which CloudWatch speaks.
    pub fn cbor_error(status: u16, code: &str, message: &str) -> Self {
        let mut body = vec![0xa2];
        for text in ["__type", code, "message", message] {
            push_text(text, &mut body);
        }
        Self { status, protocol: Some(("rpc-v2-cbor", "application/cbor")), body }
    }
}

/// Appends a text as CBOR writes it whose length is one byte.
fn push_text(text: &str, out: &mut Vec<u8>) {
    out.extend([0x78, u8::try_from(text.len()).expect("error texts are short")]);
    out.extend(text.as_bytes());
}

/// Decides the fate of a request.
type Judge = Box<dyn FnMut(&Request) -> Fate + Send>;

/// A proxy before an emulator, gone when dropped. It lives on the runtime of the test, which therefore must not block.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    connections: JoinHandle<()>,
}

struct Shared {
    /// Host and port of the emulator.
    upstream: String,
    judge: Mutex<Judge>,
    stalled: Notify,
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").field("upstream", &self.upstream).finish_non_exhaustive()
    }
}

impl Proxy {
    /// Opens a proxy before `cloud` that lets everything pass, until [`judge`](Self::judge) says otherwise.
    pub async fn open(cloud: &EmulatedCloud) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let shared = Arc::new(Shared {
            upstream: cloud.endpoint().trim_start_matches("http://").to_owned(),
            judge: Mutex::new(Box::new(|_| Fate::Pass)),
            stalled: Notify::new(),
        });
        let connections = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { port, shared, connections }
    }

    /// `http://127.0.0.1:<port>`, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Lets `judge` decide the fate of each request from here on.
    pub fn judge(&self, judge: impl FnMut(&Request) -> Fate + Send + 'static) {
        *self.shared.judge.lock().expect("a judge that panicked has failed its test") = Box::new(judge);
    }

    /// Waits until a request has stalled: then it is certain whether the emulator has carried it out.
    ///
    /// # Panics
    ///
    /// When none does for two minutes.
    pub async fn stalled(&self) {
        let stalled = tokio::time::timeout(PATIENCE, self.shared.stalled.notified()).await;
        stalled.expect("no request has stalled");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.connections.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(|request| serve(request, &shared));
            // A connection that ends early is what the proxy is for.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// The end of a connection that was ordered.
#[derive(Debug, thiserror::Error)]
#[error("the connection ends here")]
struct Lost;

type Response = hyper::Response<Full<Bytes>>;

async fn serve(request: hyper::Request<Incoming>, shared: &Shared) -> Result<Response, Lost> {
    let (head, body) = request.into_parts();
    let fate = {
        let mut judge = shared.judge.lock().expect("a judge that panicked has failed its test");
        judge(&Request::of(&head))
    };
    let body = body.collect().await.or(Err(Lost))?.to_bytes();
    let request = hyper::Request::from_parts(head, Full::new(body));
    match fate {
        Fate::Pass => shared.forward(request).await,
        Fate::Delay(time) => {
            tokio::time::sleep(time).await;
            shared.forward(request).await
        }
        Fate::Answer(answer) => Ok(answer.into_response()),
        Fate::LostBefore => Err(Lost),
        Fate::LostAfter => {
            shared.forward(request).await?;
            Err(Lost)
        }
        Fate::StalledBefore => Ok(shared.stall().await),
        Fate::StalledAfter => {
            shared.forward(request).await?;
            Ok(shared.stall().await)
        }
    }
}

impl Request {
    fn of(head: &hyper::http::request::Parts) -> Self {
        let path = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = match path.split_once("/operation/") {
            Some((_, operation)) => Some(operation.to_owned()),
            None => target.and_then(|target| target.rsplit('.').next()).map(str::to_owned),
        };
        Self { method: head.method.to_string(), path, operation }
    }
}

impl Answer {
    fn into_response(self) -> Response {
        let mut response = hyper::Response::builder().status(self.status);
        if let Some((protocol, content)) = self.protocol {
            response = response.header("smithy-protocol", protocol).header("content-type", content);
        }
        response.body(Full::new(Bytes::from(self.body))).expect("a status and headers that HTTP allows")
    }
}

impl Shared {
    /// Lets the emulator answer, over a connection of its own.
    async fn forward(&self, request: hyper::Request<Full<Bytes>>) -> Result<Response, Lost> {
        let stream = TcpStream::connect(&self.upstream).await.or(Err(Lost))?;
        let connection = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = connection.or(Err(Lost))?;
        tokio::spawn(connection);
        let answer = sender.send_request(request).await.or(Err(Lost))?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.or(Err(Lost))?.to_bytes();
        Ok(hyper::Response::from_parts(head, Full::new(body)))
    }

    /// Tells that a request has stalled, and never answers it. It ends with the client's connection.
    async fn stall(&self) -> Response {
        self.stalled.notify_one();
        match std::future::pending::<Infallible>().await {}
    }
}
