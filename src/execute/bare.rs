//! A sender for what the client cannot do: one HTTP/1.1 request written in one piece, its header lines as they are given.

use std::fmt::Write as _;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::client::{Limits, Outgoing, payload};
use super::evidence::{Answer, Lost, LostKind, Received};
use crate::words::fhir::StatusCode;

/// Sends a request to an http URL and reads the answer until the connection closes.
pub(super) async fn send(outgoing: &Outgoing, limits: Limits) -> Answer {
    match tokio::time::timeout(limits.timeout, exchange(outgoing, limits)).await {
        Ok(Ok(received)) => Answer::Received(received),
        Ok(Err(lost)) => Answer::Lost(lost),
        Err(_) => {
            Answer::Lost(Lost { kind: LostKind::TimedOut, message: format!("no answer within {:?}", limits.timeout) })
        }
    }
}

async fn exchange(outgoing: &Outgoing, limits: Limits) -> Result<Received, Lost> {
    let lost = |kind, message: String| Lost { kind, message };
    let Some(rest) = outgoing.url.strip_prefix("http://") else {
        return Err(lost(
            LostKind::NotConnected,
            "a request without Accept can only be sent over plain http".to_owned(),
        ));
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let address = if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
    let mut stream =
        TcpStream::connect(&address).await.map_err(|error| lost(LostKind::NotConnected, error.to_string()))?;
    let mut head = format!("{} /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n", outgoing.method);
    for (name, value) in &outgoing.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let body = outgoing.body.as_deref().unwrap_or_default();
    let _ = write!(head, "Content-Length: {}\r\n\r\n", body.len());
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    let broken = |error: std::io::Error| lost(LostKind::Broken, error.to_string());
    stream.write_all(&bytes).await.map_err(broken)?;
    /// Room for the head of the answer beside the body.
    const HEAD: u64 = 64 * 1024;
    let mut answer = Vec::new();
    stream.take(limits.body as u64 + HEAD).read_to_end(&mut answer).await.map_err(broken)?;
    parse(&answer, limits.body).ok_or_else(|| lost(LostKind::Broken, "the answer is not HTTP/1.1".to_owned()))
}

/// Reads an answer as it came off the wire, up to `limit` bytes of its body; `None` where it is not HTTP/1.1.
pub fn parse(bytes: &[u8], limit: usize) -> Option<Received> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status_line = lines.next()?;
    let mut parts = status_line.split(' ');
    let version = parts.next().filter(|version| version.starts_with("HTTP/"))?.to_owned();
    let status = parts.next()?.parse().ok().and_then(StatusCode::new)?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value.contains("chunked"));
    let mut body = if chunked { unchunk(&bytes[end + 4..])? } else { bytes[end + 4..].to_vec() };
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    body.truncate(length.unwrap_or(usize::MAX));
    let cut = body.len() > limit;
    body.truncate(limit);
    let (body, swollen) = super::coding::plain(&headers, body, limit);
    let cut = cut || swollen;
    Some(Received { status, version, headers, body: payload(body), cut })
}

fn unchunk(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&bytes[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        bytes = bytes.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(bytes.get(..size)?);
        bytes = bytes.get(size.checked_add(2)?..)?;
    }
}
