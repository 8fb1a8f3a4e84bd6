//! The requests of a record, made again: by the same functions as in the run, from what the record says they were filled
//! with.

use super::client::{Outgoing, payload};
use super::evidence::{Bound, Payload, SentRequest};
use super::request::{documented, filled};
use super::secrets::Secrets;
use crate::plan::RequestTemplate;

/// A request of the plan as a run records it. `configured` are the header lines that every request of the run carries, as
/// the record shows them.
///
/// # Errors
/// A value that the request names is not among those that it was filled with.
pub fn rebuilt(
    template: &RequestTemplate,
    bound: &Bound,
    base_url: &str,
    configured: &[(String, String)],
) -> Result<SentRequest, String> {
    filled(template, bound, base_url, configured).map(recorded)
}

/// A request that is no request of the plan (a read, a search, one that makes an appointment) as a run records it.
pub fn rebuilt_as_documented(
    method_and_url: (&str, String),
    lines: &[(&str, &str)],
    configured: &[(String, String)],
    body: Option<&str>,
) -> SentRequest {
    recorded(documented(method_and_url, lines, configured, body.map(|body| body.as_bytes().to_vec())))
}

/// What is secret in any run is so here too.
fn recorded(outgoing: Outgoing) -> SentRequest {
    let secrets = Secrets::default();
    let Outgoing { method, url, headers, body, verbatim: _, bound: _, trace: _ } = outgoing;
    SentRequest {
        method,
        url: secrets.mask(&url),
        headers: secrets.in_headers(&headers, &[]),
        body: secrets.in_payload(body.map_or(Payload::Empty, payload)),
    }
}
