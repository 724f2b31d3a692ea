//! The Runtime API of one environment: what a process asks for work and answers to.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;

use super::super::{ACCOUNT, REGION};
use super::epoch_milliseconds;

/// What comes before every path.
const VERSION: &str = "/2018-06-01/runtime";

/// What a process says about an invocation.
#[derive(Debug)]
pub(super) enum Answer {
    /// Its response.
    Response(Bytes),
    /// That it failed.
    Error,
}

/// The server for one process, gone when dropped.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    pub(super) address: SocketAddr,
    /// Whether the process has asked for work since the last was handed out.
    pub(super) ready: watch::Receiver<bool>,
    pub(super) work: mpsc::Sender<String>,
    pub(super) answers: mpsc::Receiver<Answer>,
    server: JoinHandle<()>,
}

struct Shared {
    timeout: Duration,
    ready: watch::Sender<bool>,
    work: Mutex<mpsc::Receiver<String>>,
    answers: mpsc::Sender<Answer>,
}

impl RuntimeApi {
    /// Opens a server whose invocations have `timeout` from the moment at which they are handed out.
    pub(super) async fn open(timeout: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (ready_sender, ready) = watch::channel(false);
        let (work, work_receiver) = mpsc::channel(1);
        let (answer_sender, answers) = mpsc::channel(1);
        let shared =
            Shared { timeout, ready: ready_sender, work: Mutex::new(work_receiver), answers: answer_sender };
        let server = tokio::spawn(accept(listener, Arc::new(shared)));
        Self { address, ready, work, answers, server }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(|request| serve(request, &shared));
            // A process that is killed leaves its connection in the middle.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

type Response = hyper::Response<Full<Bytes>>;

async fn serve(request: hyper::Request<Incoming>, shared: &Shared) -> Result<Response, Infallible> {
    let path = request.uri().path().strip_prefix(VERSION).unwrap_or_default().to_owned();
    if path == "/invocation/next" {
        return Ok(next(shared).await);
    }
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    if path.ends_with("/response") {
        let _ = shared.answers.send(Answer::Response(body)).await;
    } else if path.ends_with("/error") {
        let _ = shared.answers.send(Answer::Error).await;
    }
    Ok(response(202, &[], "{\"status\":\"OK\"}"))
}

/// Waits for work. It ends with the connection of the process that asks.
async fn next(shared: &Shared) -> Response {
    shared.ready.send_replace(true);
    let Some(event) = shared.work.lock().await.recv().await else {
        return response(500, &[], "");
    };
    shared.ready.send_replace(false);
    let now = epoch_milliseconds();
    let deadline = now + i64::try_from(shared.timeout.as_millis()).expect("time-outs are of minutes");
    let headers = [
        ("lambda-runtime-aws-request-id", format!("invocation-{now}")),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:log-processor"),
        ),
    ];
    response(200, &headers, event)
}

fn response(status: u16, headers: &[(&str, String)], body: impl Into<Bytes>) -> Response {
    let mut response = hyper::Response::builder().status(status).header("content-type", "application/json");
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    response.body(Full::new(body.into())).expect("headers that HTTP allows")
}
