//! Reads a response to its end, bounded and decoded.

use super::body::{beginning, gather, payload, within};
use super::trouble::lost;
use crate::execute::coding::plain;
use crate::execute::evidence::{Lost, LostKind, Response};
use crate::words::fhir::StatusCode;
use crate::words::json;

/// Reads a response to its end, up to `limit` bytes of its body. Many may be read when a run comes to the end of what it
/// keeps: `room` is what it keeps once this one has been read.
pub(super) async fn received(
    response: reqwest::Response,
    limit: usize,
    room: impl Fn() -> usize,
) -> Result<Response, Lost> {
    let status = StatusCode::new(response.status().as_u16()).ok_or_else(|| Lost {
        kind: LostKind::Broken,
        message: format!("invalid status code {}", response.status().as_u16()),
    })?;
    let version = format!("{:?}", response.version());
    let headers: Vec<(String, String)> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let (bytes, cut) = gather(response.bytes_stream(), limit).await.map_err(|error| lost(&error))?;
    let (bytes, swollen) = plain(&headers, bytes, limit);
    let bytes = if swollen { beginning(bytes) } else { bytes };
    let (bytes, crowded) = within(bytes, room());
    let body = payload(bytes);
    let too_deep = body.text().is_some_and(json::is_too_large);
    Ok(Response { status, version, headers, body, cut: cut || swollen || crowded, too_deep })
}
