//! The body of an answer: at once, in pieces, or broken off.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::Sleep;

use super::Lost;

/// How long what is sent before a cut has to arrive: a reset overtakes what is still in the machine's buffers.
const ARRIVAL: Duration = Duration::from_millis(20);

/// A body of known length.
pub(super) struct AnswerBody {
    rest: Bytes,
    chunk_bytes: usize,
    pause: Duration,
    /// How many bytes more are sent before the connection ends; `None` sends all.
    until_cut: Option<usize>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl AnswerBody {
    pub(super) fn whole(rest: Bytes) -> Self {
        Self { rest, chunk_bytes: usize::MAX, pause: Duration::ZERO, until_cut: None, sleep: None }
    }

    pub(super) fn in_pieces(self, chunk_bytes: usize, pause: Duration) -> Self {
        Self { chunk_bytes: chunk_bytes.max(1), pause, ..self }
    }

    pub(super) fn cut_after(self, bytes: usize) -> Self {
        let mut body = Self { until_cut: Some(bytes), pause: ARRIVAL, ..self };
        if bytes == 0 {
            body.wait(ARRIVAL);
        }
        body
    }

    fn wait(&mut self, time: Duration) {
        self.sleep = Some(Box::pin(tokio::time::sleep(time)));
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Lost;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Lost>>> {
        if let Some(sleep) = &mut self.sleep {
            ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        if self.until_cut == Some(0) {
            return Poll::Ready(Some(Err(Lost)));
        }
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(self.chunk_bytes).min(self.until_cut.unwrap_or(usize::MAX));
        let piece = self.rest.split_to(length);
        self.until_cut = self.until_cut.map(|left| left - length);
        if !self.pause.is_zero() && (!self.rest.is_empty() || self.until_cut.is_some()) {
            let pause = self.pause;
            self.wait(pause);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
