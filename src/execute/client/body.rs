//! Bodies: read up to a limit, and written down as they are.

use base64::Engine as _;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

use crate::execute::evidence::Payload;

/// The first `limit` bytes of a body, and whether there are more.
pub(super) async fn gather<E>(body: impl Stream<Item = Result<Bytes, E>>, limit: usize) -> Result<(Vec<u8>, bool), E> {
    let mut stream = std::pin::pin!(body);
    let mut bytes: Vec<u8> = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        let room = limit.saturating_sub(bytes.len());
        bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if chunk.len() > room {
            return Ok((bytes, true));
        }
    }
    Ok((bytes, false))
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
