//! An S3 over TLS that holds one log file, and takes datapoints as CloudWatch does.

use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::Step;
use crate::runtime_api::{KEY, Release, read_request, report};

/// Records in the log file; a quiet account's files have about as many.
const RECORDS: usize = 50;

/// A certificate for 127.0.0.1 that stands for itself.
pub(crate) struct Certificate {
    /// What a client has to trust.
    pub(crate) pem: String,
    config: Arc<ServerConfig>,
}

impl Certificate {
    /// Makes a new one.
    pub(crate) fn new() -> Result<Self> {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()])?;
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
        let chain: Vec<CertificateDer<'static>> = vec![made.cert.der().clone()];
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
        Ok(Self { pem: made.cert.pem(), config: Arc::new(config) })
    }
}

/// Starts the server on a free port.
pub(crate) fn start(certificate: &Certificate, steps: Sender<(Step, Release)>) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let config = Arc::clone(&certificate.config);
    let file: Arc<[u8]> = log_file()?.into();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let (config, file, steps) = (Arc::clone(&config), Arc::clone(&file), steps.clone());
            // A connection of its own for each client.
            thread::spawn(move || serve(stream, config, &file, &steps));
        }
    });
    Ok(address)
}

fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    file: &[u8],
    steps: &Sender<(Step, Release)>,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(StreamOwned::new(ServerConnection::new(config)?, stream));
    while let Some(request) = read_request(&mut stream)? {
        let (kind, body) = if request.line.contains(KEY) {
            report(steps, Step::ObjectRequested);
            ("application/json\r\nx-amz-bucket-region: us-east-1", file)
        } else {
            // The empty CBOR map.
            ("application/cbor\r\nsmithy-protocol: rpc-v2-cbor", [0xa0].as_slice())
        };
        let stream = stream.get_mut();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len())?;
        stream.write_all(body)?;
        stream.flush()?;
    }
    Ok(())
}

/// A compressed log file without a match for most rules.
fn log_file() -> Result<Vec<u8>> {
    let records: Vec<Value> = (0..RECORDS).map(record).collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut encoder, &json!({ "Records": records }))?;
    Ok(encoder.finish()?)
}

fn record(index: usize) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/reader/session",
            "accountId": "111122223333",
        },
        "eventTime": "2026-09-14T12:10:00Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.10",
        "userAgent": "aws-sdk-rust/1.3 os/linux",
        "requestParameters": {"maxResults": 100},
        "responseElements": null,
        "eventID": format!("00000000-0000-4000-8000-{index:012}"),
        "readOnly": true,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
    })
}
