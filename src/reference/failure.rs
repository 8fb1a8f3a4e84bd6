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
        let failed = outcome("fatal", Issue::Transient, "The server failed.");
        let instead = ServerResponse::empty(Deed::Rejected, 500).carrying(Some(failed));
        match self {
            Breakdown::ServerError | Breakdown::HangsUp | Breakdown::Ends => Some(instead),
            Breakdown::HangsUpAfterwards => None,
        }
    }

    /// Marks a finished response, so that the connection does with it what the failure says.
    pub(super) fn mark(self, mut response: Response<Body>) -> Response<Body> {
        match self {
            Breakdown::ServerError => {}
            Breakdown::HangsUp | Breakdown::HangsUpAfterwards | Breakdown::Ends => {
                response.extensions_mut().insert(self);
            }
        }
        response
    }
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
