//! How a deviation fails over a request: with 500, without a response, or for good; a clean server never does.

use axum::body::Body;
use axum::http::Response;

use super::call::Call;
use super::clause::Issue;
use super::response::{Deed, ServerResponse, outcome};
use super::store::Store;
use serde::Deserialize as _;
use serde_json::Value;

/// How the server fails over a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breakdown {
    /// 500, and the request is not carried out.
    ServerError,
    /// 401, and the request is not carried out.
    Denies,
    /// The request is carried out, and the response is 500 all the same.
    FailsAfterwards,
    /// The connection closes, and the request is not carried out.
    HangsUp,
    /// The request is carried out, and the connection closes.
    HangsUpAfterwards,
    /// The connection closes, and the server no longer listens.
    Ends,
}

impl Breakdown {
    /// What is sent instead of the response; nothing where the request is carried out first.
    pub(super) fn instead(self) -> Option<ServerResponse> {
        match self {
            Breakdown::ServerError | Breakdown::HangsUp | Breakdown::Ends => Some(failed()),
            Breakdown::Denies => {
                let denied = outcome("error", Issue::Login, "The token could not be checked.");
                let instead = ServerResponse::empty(Deed::Rejected, 401).carrying(Some(denied));
                Some(instead.with("www-authenticate", r#"Bearer realm="reference""#))
            }
            Breakdown::FailsAfterwards | Breakdown::HangsUpAfterwards => None,
        }
    }

    /// What is sent in the place of the response to a request that was carried out or rejected first.
    pub(super) fn afterwards(self, response: ServerResponse) -> ServerResponse {
        match self {
            Breakdown::FailsAfterwards => failed(),
            Breakdown::ServerError
            | Breakdown::Denies
            | Breakdown::HangsUp
            | Breakdown::Ends
            | Breakdown::HangsUpAfterwards => response,
        }
    }

    /// Marks a finished response, so that the connection does with it what the failure says.
    pub(super) fn mark(self, mut response: Response<Body>) -> Response<Body> {
        match self {
            Breakdown::ServerError | Breakdown::Denies | Breakdown::FailsAfterwards => {}
            Breakdown::HangsUp | Breakdown::HangsUpAfterwards | Breakdown::Ends => {
                response.extensions_mut().insert(self);
            }
        }
        response
    }
}

fn failed() -> ServerResponse {
    let failed = outcome("fatal", Issue::Transient, "The server failed.");
    ServerResponse::empty(Deed::Rejected, 500).carrying(Some(failed))
}

/// Fails over one PATCH in so many, and over no document twice.
pub(super) fn now_and_then(call: &Call, store: &mut Store, failure: Breakdown) -> Option<Breakdown> {
    /// Of so many PATCH requests one is met.
    const ONE_IN: u32 = 19;
    let body = call.body.as_ref().filter(|_| call.method.as_str() == "PATCH")?;
    let memory = &mut store.memory;
    memory.patches = memory.patches.wrapping_add(1);
    let met = memory.patches.is_multiple_of(ONE_IN) && memory.failed_over.insert(body.to_vec());
    met.then_some(failure)
}

/// Denies one request in so many that shows a token, and never the one after it.
pub(super) fn denies_now_and_then(call: &Call, store: &mut Store) -> Option<Breakdown> {
    /// Of so many one is met.
    const ONE_IN: u32 = 61;
    let shows = call.headers.contains_key("authorization") && call.path.contains("/Appointment/");
    store.memory.shown = store.memory.shown.wrapping_add(u32::from(shows));
    (shows && store.memory.shown.is_multiple_of(ONE_IN)).then_some(Breakdown::Denies)
}

/// As [`now_and_then`]; what is made of the change is for the fault to say.
pub(super) fn now_and_then_unfinished(call: &Call, store: &mut Store, failure: Breakdown) -> Option<Breakdown> {
    let failure = now_and_then(call, store, failure)?;
    Some(unfinished(call, store, failure))
}

/// Fails over every PATCH of several operations, and over none twice that has the same at the same places; what is made of
/// the change is for the fault to say.
pub(super) fn over_several(call: &Call, store: &mut Store, failure: Breakdown) -> Option<Breakdown> {
    let body = call.body.as_ref().filter(|_| call.method.as_str() == "PATCH")?;
    let document: Value = serde_json::from_slice(body).ok()?;
    let operations = document.as_array().filter(|operations| operations.len() > 1)?;
    let shape: Vec<String> = operations.iter().map(|one| format!("{} {}", one["op"], one["path"])).collect();
    let met = store.memory.failed_over.insert(shape.join(", ").into_bytes());
    met.then(|| unfinished(call, store, failure))
}

fn unfinished(call: &Call, store: &mut Store, failure: Breakdown) -> Breakdown {
    let id = call.path.rsplit('/').next().unwrap_or_default();
    store.memory.trace_mut(id).unfinished = true;
    failure
}

/// Fails over every PATCH whose document holds an operation of a name.
pub(super) fn over_operation(call: &Call, name: &str, failure: Breakdown) -> Option<Breakdown> {
    let document: Value = serde_json::from_slice(call.body.as_ref()?).ok()?;
    let names = |operation: &Value| operation.get("op").and_then(Value::as_str) == Some(name);
    let met = call.method.as_str() == "PATCH" && document.as_array()?.iter().any(names);
    met.then_some(failure)
}

/// Fails over every PATCH that has a header.
pub(super) fn over_header(call: &Call, name: &str, failure: Breakdown) -> Option<Breakdown> {
    (call.method.as_str() == "PATCH" && call.headers.contains_key(name)).then_some(failure)
}

/// Fails over every PATCH whose body is no JSON.
pub(super) fn over_words(call: &Call, failure: Breakdown) -> Option<Breakdown> {
    let mut reader = serde_json::Deserializer::from_slice(call.body.as_ref()?);
    let read = serde::de::IgnoredAny::deserialize(&mut reader).and_then(|_| reader.end());
    (call.method.as_str() == "PATCH" && read.is_err()).then_some(failure)
}
