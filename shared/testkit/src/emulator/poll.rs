//! Waiting for what happens in its own time.

use std::time::{Duration, Instant};

/// How long to rest between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks again and again until `look` finds something, for at most `timeout`. `None` if it never did.
///
/// ```no_run
/// # async fn example(cloud: &testkit::emulator::EmulatedCloud, queue: &testkit::emulator::Queue) {
/// use std::time::Duration;
///
/// let messages = testkit::emulator::wait_until(Duration::from_secs(10), async || {
///     let messages = cloud.messages(queue).await;
///     (messages.len() == 2).then_some(messages)
/// });
/// assert!(messages.await.is_some(), "{}", cloud.log());
/// # }
/// ```
pub async fn wait_until<T>(timeout: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return Some(found);
        }
        if start.elapsed() > timeout {
            return None;
        }
        tokio::time::sleep(PAUSE).await;
    }
}
