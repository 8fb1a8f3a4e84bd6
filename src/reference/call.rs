//! A request that has arrived in full, and what its parts say.

use axum::body::{Body, Bytes};
use axum::extract::{Query, Request};
use axum::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, Method};
use futures_util::StreamExt;

use crate::words::fhir::EntityTag;

/// Bodies up to this size are read; the longest documented patch has less than 2 kB.
const MOST_BYTES: usize = 1024 * 1024;
/// So much more is read and thrown away, so that a client can read the response before the connection closes.
const MOST_WASTE: usize = 16 * 1024 * 1024;

/// A request that has arrived in full.
pub(super) struct Call {
    /// The method as it was sent.
    pub(super) method: Method,
    /// The path, without the query.
    pub(super) path: String,
    /// All header lines.
    pub(super) headers: HeaderMap,
    /// The name and value of each query parameter, in order.
    pub(super) query: Vec<(String, String)>,
    /// Nothing where it was larger than the server takes.
    pub(super) body: Option<Bytes>,
}

/// What a request says in If-Match. Several header lines are one list (RFC 9110 section 5.3).
#[derive(Debug, Clone, PartialEq)]
pub(super) enum IfMatchHeader {
    Missing,
    /// `*`
    Any,
    Tags(Vec<EntityTag>),
    Malformed(String),
}

/// What the client wants to get back after a change (FHIR R4, Managing Return Content).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Return {
    Minimal,
    Representation,
    OperationOutcome,
}

impl Call {
    /// Reads a request to its end, so that a rejection does not cut a client off while it sends.
    pub(super) async fn read(request: Request) -> Call {
        let (head, body) = request.into_parts();
        let body = read_body(body).await;
        let query = Query::<Vec<(String, String)>>::try_from_uri(&head.uri);
        let query = query.map(|Query(query)| query).unwrap_or_default();
        Call { method: head.method, path: head.uri.path().to_owned(), headers: head.headers, query, body }
    }

    /// The first query parameter of a name.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(parameter, _)| parameter == name).map(|(_, value)| value.as_str())
    }

    /// Whether a POST asks to be read as a PATCH, by a query parameter or a header (HDR-11, HDR-12).
    pub(super) fn asks_for_patch(&self) -> bool {
        let header = self.headers.get("x-http-method-override").and_then(|value| value.to_str().ok());
        let says_patch = |text: Option<&str>| text.is_some_and(|text| text.eq_ignore_ascii_case("patch"));
        self.method == Method::POST && (says_patch(header) || says_patch(self.parameter("_method")))
    }

    /// What `Prefer: return=…` asks for (BASE-03); nothing where the client does not say.
    pub(super) fn wanted_return(&self) -> Option<Return> {
        let prefer = joined(&self.headers, &HeaderName::from_static("prefer")).unwrap_or_default();
        let wish = prefer.split([',', ';']).find_map(|part| part.trim().strip_prefix("return="))?;
        match wish.trim_matches('"') {
            "minimal" => Some(Return::Minimal),
            "representation" => Some(Return::Representation),
            "OperationOutcome" => Some(Return::OperationOutcome),
            _ => None,
        }
    }

    /// What If-Match says.
    pub(super) fn if_match(&self) -> IfMatchHeader {
        self.tags_in(&IF_MATCH)
    }

    /// What If-None-Match says, which has the same forms.
    pub(super) fn if_none_match(&self) -> IfMatchHeader {
        self.tags_in(&IF_NONE_MATCH)
    }

    fn tags_in(&self, name: &HeaderName) -> IfMatchHeader {
        let Some(text) = joined(&self.headers, name) else { return IfMatchHeader::Missing };
        if text.trim() == "*" {
            return IfMatchHeader::Any;
        }
        let tags: Result<Vec<EntityTag>, String> = elements(&text).map(str::parse).collect();
        match tags {
            // An empty tag is good HTTP but carries no version: FHIR ids have at least one character (VER-10).
            Ok(tags) if !tags.is_empty() && tags.iter().all(|tag| !tag.opaque().is_empty()) => {
                IfMatchHeader::Tags(tags)
            }
            Ok(_) | Err(_) => IfMatchHeader::Malformed(text),
        }
    }
}

/// All lines of a header as one, the way RFC 9110 section 5.3 joins them.
pub(super) fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<_> = headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    if lines.is_empty() { None } else { Some(lines.join(", ")) }
}

/// The elements of a comma-separated list; a comma inside quotes belongs to its element, empty elements do not count.
fn elements(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    })
    .map(str::trim)
    .filter(|element| !element.is_empty())
}

async fn read_body(body: Body) -> Option<Bytes> {
    let mut chunks = body.into_data_stream();
    let (mut kept, mut seen) = (Vec::new(), 0usize);
    while let Some(chunk) = chunks.next().await {
        // What breaks off is no document, even if what came of it happens to be one.
        let Ok(chunk) = chunk else { return Some(Bytes::new()) };
        seen = seen.saturating_add(chunk.len());
        if seen <= MOST_BYTES {
            kept.extend_from_slice(&chunk);
        } else if seen > MOST_WASTE {
            break;
        }
    }
    (seen <= MOST_BYTES).then(|| Bytes::from(kept))
}
