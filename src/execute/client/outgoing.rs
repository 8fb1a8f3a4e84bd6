//! A request ready to be sent.

use crate::execute::evidence::Bound;
use crate::words::trace;

/// What every request says of its sender.
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// A request ready to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    /// Sent as it stands: without Accept where there is none, header names as they are written.
    pub verbatim: bool,
    /// The values of the moment in it, where it was made from a request of the plan.
    pub bound: Option<Box<Bound>>,
    /// Its trace id, once it is sent.
    pub trace: Option<String>,
}

/// The header lines of a request, in the order given.
pub(super) fn headers(outgoing: &Outgoing) -> Result<reqwest::header::HeaderMap, String> {
    let mut headers = reqwest::header::HeaderMap::new();
    for (name, value) in &outgoing.headers {
        let line = reqwest::header::HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("invalid header name `{name}`"))?;
        let value = reqwest::header::HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| format!("the value of `{name}` cannot be sent"))?;
        headers.append(line, value);
    }
    // What the request or the target says itself takes the place of these.
    let traceparent = outgoing.trace.as_deref().map(trace::parent);
    for (name, value) in [("user-agent", Some(USER_AGENT)), ("traceparent", traceparent.as_deref())] {
        let line = value.and_then(|value| value.parse().ok()).filter(|_| !headers.contains_key(name));
        headers.extend(line.map(|line| (reqwest::header::HeaderName::from_static(name), line)));
    }
    Ok(headers)
}
