//! Bodies: read up to a limit, and written down as they are.

use base64::Engine as _;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::Semaphore;

use crate::execute::evidence::Payload;

/// What is kept of a body that is longer than the limit: enough to recognise it by. It is never judged, so the rest would
/// only fill the memory of a run against a target that sends without end.
const KEPT_WHEN_CUT: usize = 16 * 1024;

/// A body of more bytes than this is read together with at most one other such body, so that many at once stay small.
const LARGE: usize = 1024 * 1024;
static LARGE_BODIES: Semaphore = Semaphore::const_new(2);

/// A body of at most `limit` bytes, or the beginning of a longer one and `true`.
pub(super) async fn gather<E>(body: impl Stream<Item = Result<Bytes, E>>, limit: usize) -> Result<(Vec<u8>, bool), E> {
    let mut stream = std::pin::pin!(body);
    let mut bytes: Vec<u8> = Vec::new();
    let mut turn = None;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        if turn.is_none() && bytes.len() + chunk.len() > LARGE {
            // The semaphore is never closed.
            turn = LARGE_BODIES.acquire().await.ok();
        }
        let room = limit.saturating_sub(bytes.len());
        bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if chunk.len() > room {
            return Ok((beginning(bytes), true));
        }
    }
    Ok((bytes, false))
}

/// A body as it is kept where so many bytes may be, and whether it was cut for that.
pub(super) fn within(bytes: Vec<u8>, room: usize) -> (Vec<u8>, bool) {
    if bytes.len() <= room.max(KEPT_WHEN_CUT) { (bytes, false) } else { (beginning(bytes), true) }
}

/// What is kept of a body that is over the limit.
pub(super) fn beginning(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(KEPT_WHEN_CUT);
    bytes.shrink_to_fit();
    bytes
}

/// Bytes as they are recorded.
pub(in crate::execute) fn payload(bytes: Vec<u8>) -> Payload {
    if bytes.is_empty() {
        return Payload::Empty;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Payload::Text(text),
        Err(error) => Payload::Base64(base64::engine::general_purpose::STANDARD.encode(error.as_bytes())),
    }
}
