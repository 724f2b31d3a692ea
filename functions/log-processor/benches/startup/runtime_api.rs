//! A Runtime API that hands out one batch of one message.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, Sender, SyncSender, sync_channel};
use std::thread;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::Step;

/// The key that the message announces.
pub(crate) const KEY: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/09/14/111122223333_CloudTrail_us-east-1_20260914T1215Z_AbCdEfGhIjKlMnOp.json.gz";
/// Its bucket.
pub(crate) const BUCKET: &str = "example-trail";

/// Lets the server go on that reported a step.
pub(crate) struct Release(SyncSender<()>);

impl Release {
    /// Lets it go on; it may be gone already.
    pub(crate) fn now(self) {
        let _ = self.0.send(());
    }
}

/// Reports a step, and waits until its CPU time is read.
pub(crate) fn report(steps: &Sender<(Step, Release)>, step: Step) {
    let (sender, released): (_, Receiver<()>) = sync_channel(1);
    if steps.send((step, Release(sender))).is_ok() {
        let _ = released.recv();
    }
}

/// Starts the server on a free port.
pub(crate) fn start(steps: Sender<(Step, Release)>) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        // The runtime asks on one connection, one request after another.
        while let Ok((stream, _)) = listener.accept() {
            let _ = serve(stream, &steps);
        }
    });
    Ok(address)
}

fn serve(stream: impl Read + Write, steps: &Sender<(Step, Release)>) -> Result<()> {
    let mut stream = BufReader::new(stream);
    let mut handed_out = false;
    while let Some(request) = read_request(&mut stream)? {
        if request.line.starts_with("GET ") {
            if handed_out {
                // There is no second batch; the child is ended while it waits.
                thread::park();
            }
            handed_out = true;
            report(steps, Step::Next);
            let body = event();
            write!(
                stream.get_mut(),
                "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: 1\r\n\
                 lambda-runtime-deadline-ms: 4102444800000\r\n\
                 lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:111122223333:function:f\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len(),
            )?;
        } else {
            let failures = String::from_utf8_lossy(&request.body).contains("itemIdentifier");
            anyhow::ensure!(!failures, "the batch failed");
            report(steps, Step::Answered);
            stream.get_mut().write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")?;
        }
    }
    Ok(())
}

fn event() -> String {
    let message = json!({"s3Bucket": BUCKET, "s3ObjectKey": [KEY]}).to_string();
    let envelope = json!({"Type": "Notification", "TopicArn": "arn:aws:sns:us-east-1:111122223333:trail", "Message": message});
    json!({"Records": [{"messageId": "1", "body": envelope.to_string()}]}).to_string()
}

/// A request as far as the servers read it.
pub(crate) struct Request {
    /// Method, path and version.
    pub(crate) line: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// Reads one request; `None` at the end of the connection. Bodies have to come with their length.
pub(crate) fn read_request(stream: &mut impl BufRead) -> Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut length = 0;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header)?;
        let header = header.trim_end();
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').context("a header without a colon")?;
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some(Request { line, body }))
}
