//! HTTP in, HTTP out: which place a path names, which method is meant, and who answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Method, Response, Uri};
use futures_util::StreamExt;

use super::fault::Fault;
use super::negotiate::{self, joined};
use super::patch::{PatchRequest, find, half_of, patch};
use super::precondition::{self, IfMatch};
use super::respond::{Answer, Issue, Refusal, finish};
use super::variant::Variant;
use super::{Server, capability, create, credentials, search};
use crate::suite::contract::Edition;
use crate::words::fhir::JSON_PATCH;

/// The path of the FHIR service base.
pub(super) const BASE_PATH: &str = "/r4";

/// Bodies up to this size are read; the longest documented patch has less than 2 kB.
const MOST_BYTES: usize = 1024 * 1024;
/// So much more is read and thrown away, so that a client can hear the refusal before the connection closes.
const MOST_WASTE: usize = 16 * 1024 * 1024;

/// One handler for everything: 404 and 405 are part of the contract, not of a framework.
pub(super) fn router(server: Arc<Server>) -> Router {
    Router::new().fallback(handle).with_state(server)
}

async fn handle(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    let begun = Instant::now();
    let (head, body) = request.into_parts();
    let body = read_body(body).await;
    let pause = server.pace.next();
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    let query = Query::<Vec<(String, String)>>::try_from_uri(&head.uri).map(|Query(query)| query).unwrap_or_default();
    let call = Call { method: head.method, uri: head.uri, headers: head.headers, query, body };
    let answer = answer(&server, &call).await.unwrap_or_else(|refusal| refusal.answer(&server.rules));
    finish(&server.rules, &call.headers, begun.elapsed(), answer)
}

/// A request that has arrived in full.
struct Call {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    query: Vec<(String, String)>,
    /// Nothing where it was larger than the server takes.
    body: Option<Bytes>,
}

impl Call {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place<'a> {
    Metadata,
    Appointments,
    Appointment(&'a str),
    Slots,
    Slot(&'a str),
}

impl<'a> Place<'a> {
    fn of(server: &Server, path: &'a str) -> Option<Place<'a>> {
        let mut parts = path.strip_prefix(BASE_PATH)?.strip_prefix('/')?.split('/');
        let mut kind = parts.next()?;
        if server.rules.has(Fault::AnyCaseInPaths) && kind.eq_ignore_ascii_case("Appointment") {
            kind = "Appointment";
        }
        match (kind, parts.next(), parts.next()) {
            ("metadata", None, None) => Some(Place::Metadata),
            ("Appointment", None, None) => Some(Place::Appointments),
            ("Appointment", Some(id), None) if !id.is_empty() => Some(Place::Appointment(id)),
            ("Slot", None, None) => Some(Place::Slots),
            ("Slot", Some(id), None) if !id.is_empty() => Some(Place::Slot(id)),
            (_, _, _) => None,
        }
    }

    fn allow(self) -> &'static str {
        match self {
            Place::Metadata | Place::Slots | Place::Slot(_) => "GET, HEAD, OPTIONS",
            Place::Appointments => "GET, HEAD, OPTIONS, POST",
            Place::Appointment(_) => "GET, HEAD, OPTIONS, PATCH",
        }
    }
}

async fn answer(server: &Server, call: &Call) -> Result<Answer, Refusal> {
    let path = call.uri.path();
    let Some(place) = Place::of(server, path) else {
        let message = format!("Nothing is served at `{}`.", super::respond::shorten(path));
        return Err(Refusal::new(404, Issue::NotFound, message));
    };
    let method = meant_method(server, call);
    // What a server offers may be asked by everyone, and a browser's preflight shows no credentials.
    if !matches!(place, Place::Metadata) && method != Method::OPTIONS {
        credentials::check(server, &call.headers)?;
    }
    let reads = method == Method::GET || method == Method::HEAD;
    match place {
        _ if method == Method::OPTIONS => Ok(options(server, call, place)),
        Place::Appointment(id) if method == Method::PATCH => patch_one(server, call, id).await,
        Place::Appointments if method == Method::POST => create_one(server, call),
        Place::Appointments if method == Method::PATCH && !call.query.is_empty() => {
            Err(Refusal::new(400, Issue::Required, "Conditional PATCH is not supported; name the id.".to_owned()))
        }
        Place::Appointment(id) if reads => read_one(server, call, id),
        Place::Metadata | Place::Appointments | Place::Slots | Place::Slot(_) if reads => {
            takes_json(server, call)?;
            let store = server.store();
            let resource = match place {
                Place::Metadata => capability::statement(&server.rules, &server.base_url),
                Place::Slots => search::slots(&store, &server.base_url, &call.query)?,
                Place::Slot(id) => {
                    let slot = store.slots.get(id).map(|slot| slot.resource(id));
                    slot.ok_or_else(|| Refusal::new(404, Issue::NotFound, "There is no such Slot.".to_owned()))?
                }
                Place::Appointments | Place::Appointment(_) => {
                    search::appointments(&server.rules, &store, &server.base_url, &call.query)?
                }
            };
            Ok(Answer::resource(resource))
        }
        place => {
            let message = format!("{} is not possible here.", super::respond::shorten(method.as_str()));
            let refusal = Refusal::new(405, Issue::NotSupported, message);
            Err(if server.rules.has(Fault::HideAllow) { refusal } else { refusal.with("allow", place.allow()) })
        }
    }
}

/// A POST may ask to be read as a PATCH, by a query parameter or a header (HDR-11, HDR-12; documented from 2019-06 on).
fn meant_method(server: &Server, call: &Call) -> Method {
    let header = call.headers.get("x-http-method-override").and_then(|value| value.to_str().ok());
    let says_patch = |text: Option<&str>| text.is_some_and(|text| text.eq_ignore_ascii_case("patch"));
    let overrides = call.method == Method::POST && (says_patch(header) || says_patch(call.parameter("_method")));
    let offered = server.rules.edition == Edition::March2024 && !server.rules.has(Fault::IgnoreMethodOverride);
    if overrides && offered { Method::PATCH } else { call.method.clone() }
}

async fn patch_one(server: &Server, call: &Call, id: &str) -> Result<Answer, Refusal> {
    let rules = &server.rules;
    let mut if_match = IfMatch::read(&call.headers);
    if rules.has(Fault::WriteAfterCheck) {
        let tag = find(rules, &server.store(), id)?.tag();
        if precondition::check(rules, &if_match, tag.as_ref()).is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
            if_match = IfMatch::Settled;
        }
    }
    if rules.has(Fault::HalfPatchRead) {
        let (format, body) = (call.parameter("_format"), call.body.as_ref());
        let request =
            PatchRequest { headers: &call.headers, format, if_match: if_match.clone(), body, meets_another: false };
        let mut store = server.store();
        let half = half_of(rules, &store, id, &request);
        if let Some(record) = store.appointments.get_mut(id) {
            record.half = half;
        }
    }
    let under_load = Fault::UNDER_LOAD.iter().any(|fault| rules.has(*fault)) || rules.is(Variant::LockedLoser);
    let entry = if under_load { Some(server.load.meets_another(id).await) } else { None };
    let meets_another = entry.as_ref().is_some_and(|entry| entry.met());
    let format = call.parameter("_format");
    let body = call.body.as_ref();
    let request = PatchRequest { headers: &call.headers, format, if_match, body, meets_another };
    let mut store = server.store();
    if let Some(record) = store.appointments.get_mut(id) {
        record.half = None;
    }
    patch(rules, &mut store, id, &request)?;
    let record = find(rules, &store, id)?;
    Ok(Answer::patched(rules, record, &store.first_version(), negotiate::wanted_return(&call.headers)))
}

fn read_one(server: &Server, call: &Call, id: &str) -> Result<Answer, Refusal> {
    let mut store = server.store();
    find(&server.rules, &store, id)?;
    takes_json(server, call)?;
    if let Some(record) = store.appointments.get_mut(id)
        && let Some((resource, version)) = record.echo.take()
    {
        return Ok(Answer::read(&server.rules, resource, &record.version_id(version), record.updated));
    }
    if let Some(record) = store.appointments.get_mut(id) {
        record.reads = record.reads.saturating_add(1);
    }
    let record = find(&server.rules, &store, id)?;
    if let Some((resource, version)) = record.behind() {
        return Ok(Answer::read(&server.rules, resource, &record.version_id(version), record.updated));
    }
    Ok(Answer::read(&server.rules, record.resource.clone(), &record.version(), record.updated))
}

fn create_one(server: &Server, call: &Call) -> Result<Answer, Refusal> {
    takes_json(server, call)?;
    negotiate::carries_fhir_json(&call.headers)?;
    let Some(body) = &call.body else {
        return Err(Refusal::new(413, Issue::TooLong, "The body has more than 1 MiB.".to_owned()));
    };
    let mut store = server.store();
    let id = create::create(&server.rules, &mut store, body)?;
    let record = find(&server.rules, &store, &id)?;
    let location = format!("{}/Appointment/{id}", server.base_url);
    Ok(Answer::created(&server.rules, record, location, negotiate::wanted_return(&call.headers)))
}

/// OPTIONS names the methods and the patch format (RFC-13), and answers a browser's preflight (HDR-14).
fn options(server: &Server, call: &Call, place: Place<'_>) -> Answer {
    let mut answer = Answer::empty(200).with("allow", place.allow());
    if matches!(place, Place::Appointment(_)) && !server.rules.has(Fault::HideAcceptPatch) {
        answer = answer.with("accept-patch", JSON_PATCH);
    }
    if server.rules.edition == Edition::March2024
        && call.headers.contains_key("origin")
        && !server.rules.has(Fault::HideCors)
    {
        answer = answer.with("access-control-allow-methods", "DELETE, GET, POST, PUT, PATCH, OPTIONS, HEAD");
        answer = answer.with("access-control-max-age", "0");
        if let Some(asked) = joined(&call.headers, &axum::http::header::ACCESS_CONTROL_REQUEST_HEADERS) {
            answer = answer.with("access-control-allow-headers", asked);
        }
    }
    answer
}

fn takes_json(server: &Server, call: &Call) -> Result<(), Refusal> {
    negotiate::takes_json(&server.rules, &call.headers, call.parameter("_format"))
}

/// Reads the body before anything is answered, so that a refusal does not cut a client off while it sends.
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
