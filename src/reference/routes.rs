//! HTTP in, HTTP out: which place a path names, which method is meant, and who responds.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::ACCESS_CONTROL_REQUEST_HEADERS;
use axum::http::{Method, Response};
use serde_json::Value;

use super::call::{Call, Return, joined};
use super::clause::{Clause, Issue};
use super::dress::finish;
use super::failure::Breakdown;
use super::front::{BASE_PATH, page_of};
use super::interlude;
use super::patch::{find, patch};
use super::rejection::{Rejection, shorten};
use super::response::{Deed, ServerResponse, outcome};
use super::server::ReferenceServer;
use super::store::StoredAppointment;
use super::{capability, create, credentials, negotiate, precondition, search};
use crate::words::fhir::JSON_PATCH;

/// One handler for everything: 404 and 405 are part of the contract, not of a framework.
pub(super) fn router(server: Arc<ReferenceServer>) -> Router {
    Router::new().fallback(handle).with_state(server)
}

async fn handle(State(server): State<Arc<ReferenceServer>>, request: Request) -> Response<Body> {
    let begun = Instant::now();
    let mut call = Call::read(request).await;
    let pause = server.delay.next();
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    if let Some(response) = server.front.before(&server.base_url, &mut call) {
        return response;
    }
    server.terms.on_call(&mut call);
    let failure = server.terms.on_arrival(&call, &mut server.store());
    let response = match failure.and_then(Breakdown::instead) {
        Some(instead) => instead,
        None => respond(&server, &call).await.unwrap_or_else(ServerResponse::rejected),
    };
    let response = match failure {
        Some(failure) => failure.afterwards(response),
        None => response,
    };
    let finished = finish(&server.terms, &call.headers, begun.elapsed(), response);
    match failure {
        Some(failure) => failure.mark(finished),
        None => finished,
    }
}

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ServedPath<'a> {
    Metadata,
    Appointments,
    Appointment(&'a str),
    Slots,
    Slot(&'a str),
}

impl<'a> ServedPath<'a> {
    fn read(path: &'a str) -> Option<ServedPath<'a>> {
        let mut parts = path.strip_prefix(BASE_PATH)?.strip_prefix('/')?.split('/');
        match (parts.next()?, parts.next(), parts.next()) {
            ("metadata", None, None) => Some(ServedPath::Metadata),
            ("Appointment", None, None) => Some(ServedPath::Appointments),
            ("Appointment", Some(id), None) if !id.is_empty() => Some(ServedPath::Appointment(id)),
            ("Slot", None, None) => Some(ServedPath::Slots),
            ("Slot", Some(id), None) if !id.is_empty() => Some(ServedPath::Slot(id)),
            (_, _, _) => None,
        }
    }

    fn allow(self) -> &'static str {
        match self {
            ServedPath::Metadata | ServedPath::Slots | ServedPath::Slot(_) => "GET, HEAD, OPTIONS",
            ServedPath::Appointments => "GET, HEAD, OPTIONS, POST",
            ServedPath::Appointment(_) => "GET, HEAD, OPTIONS, PATCH",
        }
    }
}

/// Parse, authenticate, route: 404 for what is not served (ERR-08), 401 (AUTH-01), then what the method asks for.
async fn respond(server: &ReferenceServer, call: &Call) -> Result<ServerResponse, Rejection> {
    let Some(place) = ServedPath::read(&call.path) else {
        let message = format!("Nothing is served at `{}`.", shorten(&call.path));
        return Err(server.terms.reject(Clause::PathServed, message));
    };
    let method = meant_method(server, call);
    // What a server offers may be asked by everyone, and a browser's preflight shows no credentials.
    if place != ServedPath::Metadata && method != Method::OPTIONS {
        credentials::check(&server.terms, server.token.as_deref(), &call.headers)
            .map_err(|rejection| tag_before_token(server, call, place).unwrap_or(rejection))?;
    }
    let reads = method == Method::GET || method == Method::HEAD;
    match place {
        place if method == Method::OPTIONS => Ok(options(server, call, place)),
        ServedPath::Appointment(id) if method == Method::PATCH => patch_one(server, call, id).await,
        ServedPath::Appointments if method == Method::POST => create_one(server, call),
        ServedPath::Appointments if method == Method::PATCH && !call.query.is_empty() => {
            let message = "Conditional PATCH is not supported; name the id.".to_owned();
            Err(server.terms.reject(Clause::IdNamed, message))
        }
        ServedPath::Appointment(id) if reads => read_one(server, call, id),
        place if reads => read_other(server, call, place),
        ServedPath::Metadata
        | ServedPath::Appointments
        | ServedPath::Appointment(_)
        | ServedPath::Slots
        | ServedPath::Slot(_) => {
            let message = format!("{} is not possible here.", shorten(method.as_str()));
            Err(server.terms.reject(Clause::MethodOffered, message).with("allow", place.allow()))
        }
    }
}

/// What a server that judges If-Match before the token says to a PATCH without one.
fn tag_before_token(server: &ReferenceServer, call: &Call, place: ServedPath<'_>) -> Option<Rejection> {
    let ServedPath::Appointment(id) = place else { return None };
    if !server.terms.choices.if_match_before_token || call.method != Method::PATCH {
        return None;
    }
    let current = server.store().appointments.get(id).and_then(StoredAppointment::tag);
    precondition::check(&server.terms, call.if_match(), current.as_ref()).err()
}

/// A POST may ask to be read as a PATCH (HDR-11, HDR-12; documented from 2019-06 on).
fn meant_method(server: &ReferenceServer, call: &Call) -> Method {
    let overrides = server.terms.promises.method_override && call.asks_for_patch();
    if overrides { Method::PATCH } else { call.method.clone() }
}

/// PATCH: all of it happens under one lock, so that of two requests with one version exactly one wins (CONC-02).
async fn patch_one(server: &ReferenceServer, call: &Call, id: &str) -> Result<ServerResponse, Rejection> {
    let interlude = interlude::before_patch(server, call, id).await;
    let mut store = server.store();
    let terms = server.terms.during(interlude.occasions(&store, call, id));
    let before = patch(&terms, &mut store, id, call)?;
    let stored = find(&terms, &store, id)?;
    let wanted = call.wanted_return();
    let body = returned(server, stored, wanted);
    let response = ServerResponse::empty(Deed::Patched { wanted, before }, 200).carrying(body);
    Ok(response.of_version(&stored.version_id(), stored.updated))
}

/// GET of one appointment, with the version as it may be sent back in If-Match (VER-20, BASE-12).
fn read_one(server: &ReferenceServer, call: &Call, id: &str) -> Result<ServerResponse, Rejection> {
    let mut store = server.store();
    find(&server.terms, &store, id)?;
    negotiate::takes_json(&server.terms, call)?;
    let shown = server.terms.on_read(&mut store, id);
    let stored = find(&server.terms, &store, id)?;
    let (resource, version) = shown.unwrap_or_else(|| (stored.resource.clone(), stored.version));
    Ok(ServerResponse::resource(Deed::Read, resource).of_version(&stored.name_of(version), stored.updated))
}

fn read_other(server: &ReferenceServer, call: &Call, place: ServedPath<'_>) -> Result<ServerResponse, Rejection> {
    negotiate::takes_json(&server.terms, call)?;
    let (terms, base_url, store) = (&server.terms, &server.base_url, server.store());
    let (deed, resource) = match place {
        ServedPath::Metadata => (Deed::Statement, capability::statement(terms, base_url)),
        ServedPath::Slots => (Deed::Told, search::slots(terms, &store, base_url, &call.query)?),
        ServedPath::Slot(id) => {
            let slot = store.slots.get(id).map(|slot| slot.resource(id));
            let unknown = || terms.reject(Clause::SlotKnown, "There is no such Slot.".to_owned());
            (Deed::Told, slot.ok_or_else(unknown)?)
        }
        ServedPath::Appointments | ServedPath::Appointment(_) => {
            (Deed::Told, search::appointments(terms, &store, base_url, &call.query)?)
        }
    };
    Ok(ServerResponse::resource(deed, paged(server, call, place, resource)))
}

/// A page of search results, where the server has pages.
fn paged(server: &ReferenceServer, call: &Call, place: ServedPath<'_>, mut resource: Value) -> Value {
    let kind = match place {
        ServedPath::Slots => "Slot",
        ServedPath::Appointments => "Appointment",
        ServedPath::Metadata | ServedPath::Slot(_) | ServedPath::Appointment(_) => return resource,
    };
    if let Some(size) = server.front.page() {
        page_of(&mut resource, size, &format!("{}/{kind}", server.base_url), &call.query);
    }
    resource
}

fn create_one(server: &ReferenceServer, call: &Call) -> Result<ServerResponse, Rejection> {
    negotiate::takes_json(&server.terms, call)?;
    negotiate::carries_fhir_json(&server.terms, &call.headers)?;
    let Some(body) = &call.body else {
        return Err(server.terms.reject(Clause::BodySize, "The body has more than 1 MiB.".to_owned()));
    };
    let mut store = server.store();
    let id = create::create(&server.terms, &mut store, body)?;
    let stored = find(&server.terms, &store, &id)?;
    let body = returned(server, stored, call.wanted_return());
    let response = ServerResponse::empty(Deed::Created, 201).carrying(body);
    let location = format!("{}/Appointment/{id}", server.base_url);
    Ok(response.with("location", location).of_version(&stored.version_id(), stored.updated))
}

/// What comes back after a change: what Prefer asks for (BASE-03), and otherwise what the edition documents (RSP-04,
/// BASE-04).
fn returned(server: &ReferenceServer, stored: &StoredAppointment, wanted: Option<Return>) -> Option<Value> {
    let usual = if server.terms.choices.returns_appointment { Return::Representation } else { Return::Minimal };
    match wanted.unwrap_or(usual) {
        Return::Minimal => None,
        Return::Representation => Some(stored.resource.clone()),
        Return::OperationOutcome => Some(outcome("information", Issue::Informational, "The change was made.")),
    }
}

/// OPTIONS names the methods and the patch format (RFC-13), and responds to a browser's preflight (HDR-14).
fn options(server: &ReferenceServer, call: &Call, place: ServedPath<'_>) -> ServerResponse {
    let mut response = ServerResponse::empty(Deed::Told, 200).with("allow", place.allow());
    if matches!(place, ServedPath::Appointment(_)) {
        response.set("accept-patch", JSON_PATCH);
    }
    if server.terms.promises.cross_origin && call.headers.contains_key("origin") {
        response.set("access-control-allow-methods", "DELETE, GET, POST, PUT, PATCH, OPTIONS, HEAD");
        response.set("access-control-max-age", "0");
        if let Some(asked) = joined(&call.headers, &ACCESS_CONTROL_REQUEST_HEADERS) {
            response.set("access-control-allow-headers", &asked);
        }
    }
    response
}
