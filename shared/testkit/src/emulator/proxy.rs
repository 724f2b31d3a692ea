//! A network and services that fail to order: a proxy before the emulator that lets each request pass, answers it itself,
//! delays it, or breaks off before or after the emulator has carried it out.
//!
//! Whoever is to be tested gets [`Proxy::endpoint`] for `AWS_ENDPOINT_URL`. A request is read as a whole before its fate is
//! decided; an answer can travel slowly, stand still, or break off at any byte.
//!
//! Source: the Smithy protocols RPC v2 CBOR, AWS JSON 1.0, AWS query and REST XML, each on the serialization of errors;
//! RFC 8949.

mod answer;
mod body;

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::EmulatedCloud;

pub use answer::Answer;
use body::AnswerBody;

/// How long the stall of a request may be waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is known of a request when its fate is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method of HTTP.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The operation, such as `PutMetricAlarm`, in the protocols RPC v2 CBOR, JSON and query. Requests to S3 name none.
    pub operation: Option<String>,
    /// The whole body, compressed if the client has compressed it.
    pub body: Bytes,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The emulator answers it.
    Pass,
    /// The emulator answers it after this time.
    Delay(Duration),
    /// The emulator carries it out, and its answer arrives after this time.
    LateAnswer(Duration),
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
    /// The emulator answers it, and the answer's body comes in pieces of this many bytes with a pause after each.
    Slow {
        /// Bytes of a piece; at least 1.
        chunk_bytes: usize,
        /// The time between two pieces.
        pause: Duration,
    },
    /// The emulator answers it, and the connection ends after this many bytes of the answer's body.
    CutAfter {
        /// How much of the body arrives.
        bytes: usize,
        /// Whether the connection is reset. Otherwise it is closed as if all had been sent.
        reset: bool,
    },
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
        tokio::spawn(converse(stream, Arc::clone(&shared)));
    }
}

/// Serves one connection of a client, and ends it as its last request's fate asks.
async fn converse(stream: TcpStream, shared: Arc<Shared>) {
    let reset = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request| {
        let (shared, reset) = (Arc::clone(&shared), Arc::clone(&reset));
        Box::pin(async move { serve(request, &shared, &reset).await })
    });
    let mut connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // A connection that ends early is what the proxy is for.
    let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    if reset.load(Ordering::Relaxed) {
        // Then closing it sends a reset.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}

/// The end of a connection that was ordered.
#[derive(Debug, thiserror::Error)]
#[error("the connection ends here")]
struct Lost;

type Response = hyper::Response<AnswerBody>;

async fn serve(
    request: hyper::Request<Incoming>,
    shared: &Shared,
    reset: &AtomicBool,
) -> Result<Response, Lost> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.or(Err(Lost))?.to_bytes();
    let fate = {
        let mut judge = shared.judge.lock().expect("a judge that panicked has failed its test");
        judge(&Request::of(&head, body.clone()))
    };
    let request = hyper::Request::from_parts(head, Full::new(body));
    match fate {
        Fate::Pass => shared.forward(request).await,
        Fate::Delay(time) => {
            tokio::time::sleep(time).await;
            shared.forward(request).await
        }
        Fate::LateAnswer(time) => {
            let answer = shared.forward(request).await?;
            tokio::time::sleep(time).await;
            Ok(answer)
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
        Fate::Slow { chunk_bytes, pause } => {
            Ok(shared.forward(request).await?.map(|body| body.in_pieces(chunk_bytes, pause)))
        }
        Fate::CutAfter { bytes, reset: by_reset } => {
            reset.store(by_reset, Ordering::Relaxed);
            Ok(shared.forward(request).await?.map(|body| body.cut_after(bytes)))
        }
    }
}

impl Request {
    fn of(head: &hyper::http::request::Parts, body: Bytes) -> Self {
        let path = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = match path.split_once("/operation/") {
            Some((_, operation)) => Some(operation.to_owned()),
            None => match target.and_then(|target| target.rsplit('.').next()) {
                Some(operation) => Some(operation.to_owned()),
                None => action(&body),
            },
        };
        Self { method: head.method.to_string(), path, operation, body }
    }
}

/// The operation of a request in the query protocol, whose form begins with it.
fn action(body: &[u8]) -> Option<String> {
    let form = body.strip_prefix(b"Action=")?;
    let end = form.iter().position(|byte| *byte == b'&').unwrap_or(form.len());
    String::from_utf8(form[..end].to_vec()).ok()
}

impl Shared {
    /// Lets the emulator answer, over a connection of its own. The emulator has to end it: one that ends at the other side it
    /// keeps, until it has no file descriptor left after some thousand log files.
    async fn forward(&self, mut request: hyper::Request<Full<Bytes>>) -> Result<Response, Lost> {
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        let stream = TcpStream::connect(&self.upstream).await.or(Err(Lost))?;
        let connection = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = connection.or(Err(Lost))?;
        tokio::spawn(connection);
        let answer = sender.send_request(request).await.or(Err(Lost))?;
        let (mut head, body) = answer.into_parts();
        head.headers.remove(CONNECTION);
        let body = body.collect().await.or(Err(Lost))?.to_bytes();
        Ok(hyper::Response::from_parts(head, AnswerBody::whole(body)))
    }

    /// Tells that a request has stalled, and never answers it. It ends with the client's connection.
    async fn stall(&self) -> Response {
        self.stalled.notify_one();
        match std::future::pending::<Infallible>().await {}
    }
}
