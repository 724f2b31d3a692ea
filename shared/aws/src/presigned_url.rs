//! Sends a text to a presigned URL, which is how a custom resource responds to CloudFormation.
//!
//! The URL is a secret, because anyone who has it can respond. It never appears in errors, log lines or debug output.
//!
//! Source: the AWS CloudFormation user guide, "Custom resource response objects"; the Amazon S3 user guide, "Uploading
//! objects with presigned URLs".

use std::fmt;
use std::time::Duration;

use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::HttpError;
use aws_smithy_types::body::SdkBody;

/// The longest time for one attempt; S3 usually responds in a fraction of a second.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(8);

/// A URL that lets anyone who has it upload one text.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl(String);

impl PresignedUrl {
    /// Takes a text as such a URL. It is not validated until it is used.
    pub fn new(url: String) -> Self {
        Self(url)
    }

    /// Uploads a text, with one attempt.
    ///
    /// # Errors
    ///
    /// [`PutError`] if the text was not accepted, or if that is unknown.
    pub async fn put(&self, body: String) -> Result<(), PutError> {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("PUT").map_err(PutError::Request)?;
        request.set_uri(self.0.as_str()).map_err(PutError::Request)?;
        let connector = Connector::builder()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build();
        // Without a content type, because the signature covers none.
        let answer = tokio::time::timeout(ATTEMPT_TIMEOUT, connector.call(request)).await;
        let answer = answer.or(Err(PutError::Slow))?.map_err(PutError::NoAnswer)?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(PutError::Refused { status: status.as_u16() }),
        }
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PresignedUrl(..)")
    }
}

/// Why a text was not uploaded.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The text is not a URL.
    #[error("the presigned URL is not a valid URL")]
    Request(#[source] HttpError),
    /// There was no response.
    #[error("no response from the presigned URL")]
    NoAnswer(#[source] ConnectorError),
    /// There was no response in time.
    #[error("no response from the presigned URL within {} s", ATTEMPT_TIMEOUT.as_secs())]
    Slow,
    /// The upload was refused.
    #[error(
        "the presigned URL refused the upload with status {status}; 403 can mean that the URL has expired"
    )]
    Refused {
        /// The HTTP status.
        status: u16,
    },
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one request with a status; answers what it was.
    async fn serve(listener: TcpListener, status: u16) -> String {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            assert!(stream.read_buf(&mut request).await.unwrap() > 0);
        }
        let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    }

    async fn put(status: u16) -> (Result<(), PutError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/path?X-Amz-Signature=0123abc", listener.local_addr().unwrap());
        let url = PresignedUrl::new(url);
        tokio::join!(url.put("{\"Status\":\"SUCCESS\"}".to_owned()), serve(listener, status))
    }

    #[tokio::test]
    async fn a_text_goes_out_with_its_length_and_without_a_type() {
        let (result, request) = put(200).await;
        result.unwrap();
        let request = request.to_ascii_lowercase();
        assert!(request.starts_with("put /path?x-amz-signature=0123abc http/1.1\r\n"), "{request}");
        assert!(request.contains("\r\ncontent-length: 20\r\n"), "{request}");
        assert!(!request.contains("content-type") && !request.contains("transfer-encoding"), "{request}");
    }

    #[tokio::test]
    async fn a_refusal_is_an_error_with_its_status() {
        let (result, _) = put(403).await;
        assert!(matches!(result, Err(PutError::Refused { status: 403 })), "{result:?}");
    }

    #[tokio::test]
    async fn no_error_shows_the_url() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closed = listener.local_addr().unwrap();
        drop(listener);
        for url in [
            format!("http://{closed}/?X-Amz-Signature=0123abc"),
            "no url \n 0123abc".to_owned(),
            "http://user:0123abc@\u{7f}/".to_owned(),
            "/only-a-path-0123abc".to_owned(),
        ] {
            let url = PresignedUrl::new(url);
            let error = url.put("{}".to_owned()).await.unwrap_err();
            let mut text = format!("{url:?} {error:?} {error}");
            let mut cause = error.source();
            while let Some(next) = cause {
                text.push_str(&next.to_string());
                cause = next.source();
            }
            assert!(!text.contains("0123abc"), "{text}");
        }
    }
}
