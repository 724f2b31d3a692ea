//! A stand-in for S3 and CloudTrail over HTTP in this process: buckets, public keys and event history, with latency,
//! refusals and connections that break.
//!
//! It answers GetObject, listings, GetBucketLocation, ListPublicKeys and LookupEvents, and checks neither signatures nor
//! permissions. The emulated cloud has more services, but not CloudTrail's answers, and cannot be made to fail object by
//! object.
//!
//! Source: the Amazon S3 API reference, GetObject and ListObjectsV2; the AWS CloudTrail API reference.

mod cloudtrail;
mod http;
mod s3;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use self::http::{Request, Response};

/// An object as it is served.
#[derive(Clone, Debug, Default)]
pub struct ServedObject {
    /// Its bytes.
    pub body: Vec<u8>,
    /// Its user metadata.
    pub metadata: BTreeMap<String, String>,
    /// When it was written, in seconds since 1970.
    pub written_at: i64,
    /// The code of the error that GetObject answers with. Listings show the object all the same.
    pub refusal: Option<String>,
    /// How many answers break off in the middle.
    pub breaks: usize,
}

/// What is served.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// The objects by bucket and key.
    pub objects: BTreeMap<(String, String), ServedObject>,
    /// The answers to ListPublicKeys by region, each with a `PublicKeyList`. Other regions have no keys.
    pub public_keys: BTreeMap<String, Value>,
    /// The records of the event history by region, the newest first.
    pub events: BTreeMap<String, Vec<Value>>,
    /// The code of the error that an operation answers with: `ListObjectsV2`, `ListPublicKeys`, `LookupEvents`; a region may
    /// follow, as in `LookupEvents us-east-1`. `None` as a number means always.
    pub refusals: BTreeMap<String, (String, Option<usize>)>,
    /// How long every answer takes.
    pub latency: Duration,
    /// Most entries on a page; 0 means a thousand.
    pub page: usize,
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `GetObject`, `ListObjectsV2` and so on.
    pub operation: String,
    /// `BUCKET/KEY`, `BUCKET/PREFIX`, or a region.
    pub resource: String,
    /// What was asked for beside that: the range of a GetObject, the body of a call to CloudTrail.
    pub details: String,
}

/// The running stand-in. It ends with the process.
#[derive(Clone, Debug)]
pub struct StandIn {
    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`.
    pub endpoint: String,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    service: Mutex<Service>,
    seen: Mutex<Vec<Seen>>,
    /// Requests under way, and the most there were.
    load: Mutex<(usize, usize)>,
}

impl StandIn {
    /// Serves.
    pub fn serve(service: Service) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let state =
            Arc::new(State { service: Mutex::new(service), seen: Mutex::default(), load: Mutex::default() });
        let served = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&served);
                thread::spawn(move || http::converse(stream, |request| state.answer(request)));
            }
        });
        Self { endpoint, state }
    }

    /// Changes what is served.
    pub fn change(&self, change: impl FnOnce(&mut Service)) {
        change(&mut lock(&self.state.service));
    }

    /// The requests since the last call, in the order of their answers.
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *lock(&self.state.seen))
    }

    /// The most requests that were under way at the same time.
    pub fn most_at_once(&self) -> usize {
        lock(&self.state.load).1
    }

    /// The environment of a client of it.
    pub fn environment(&self) -> [(&'static str, &str); 4] {
        [
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ]
    }
}

impl State {
    fn answer(&self, request: &Request) -> Response {
        {
            let mut load = lock(&self.load);
            load.0 += 1;
            load.1 = load.1.max(load.0);
        }
        let latency = lock(&self.service).latency;
        if !latency.is_zero() {
            thread::sleep(latency);
        }
        let (seen, response) = {
            let mut service = lock(&self.service);
            match request.header("x-amz-target") {
                Some(target) => cloudtrail::answer(&mut service, target, request),
                None => s3::answer(&mut service, request),
            }
        };
        lock(&self.seen).push(seen);
        lock(&self.load).0 -= 1;
        response
    }
}

impl Service {
    /// The code with which an operation is refused this time.
    fn refusal(&mut self, operation: &str, region: &str) -> Option<String> {
        let names = [format!("{operation} {region}"), operation.to_owned()];
        let (code, left) = names.iter().find_map(|name| self.refusals.get(name))?.clone();
        if let Some(left) = left {
            let name = names.into_iter().find(|name| self.refusals.contains_key(name))?;
            if left <= 1 {
                self.refusals.remove(&name);
            } else {
                self.refusals.insert(name, (code.clone(), Some(left - 1)));
            }
        }
        Some(code)
    }

    fn page(&self) -> usize {
        if self.page == 0 { 1000 } else { self.page }
    }
}

/// What is in there is as good as before, even after a panic elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
