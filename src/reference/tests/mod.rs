//! What the server does over real sockets: the situations of the contract, edition by edition, and every fault.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod base;
mod commands;
mod credentials;
mod each_fault;
mod failures;
mod faults;
mod meeting;
mod rfc6902;
mod robustness;
mod situations;

use std::cell::RefCell;
use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::{Config, Fault, Handle, SeedKind, start};
use crate::suite::contract::Edition;
use crate::words::fhir::AppointmentStatus;

const BOOKED: SeedKind = SeedKind::Status(AppointmentStatus::Booked);
const PROPOSED: SeedKind = SeedKind::Status(AppointmentStatus::Proposed);

/// A server, a client, and the fixtures not used yet.
struct Bench {
    server: Handle,
    client: Client,
    unused: RefCell<BTreeMap<SeedKind, Vec<String>>>,
    slots: RefCell<Vec<String>>,
}

/// A response that was read in full.
#[derive(Debug, Clone)]
struct Reply {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    fn etag(&self) -> &str {
        self.header("etag").expect("an ETag")
    }
}

impl Bench {
    async fn new(edition: Edition) -> Bench {
        Bench::with(edition, &[]).await
    }

    async fn with(edition: Edition, faults: &[Fault]) -> Bench {
        Bench::of(Config { edition, faults: faults.to_vec(), ..Config::default() }).await
    }

    async fn of(config: Config) -> Bench {
        let server = start(config).await.unwrap();
        let mut unused: BTreeMap<SeedKind, Vec<String>> = BTreeMap::new();
        for fixture in server.fixtures().appointments.iter().rev() {
            unused.entry(fixture.kind).or_default().push(fixture.id.clone());
        }
        let slots = RefCell::new(server.fixtures().slots.clone());
        let client = Client::builder().no_proxy().build().unwrap();
        Bench { server, client, unused: RefCell::new(unused), slots }
    }

    fn take(&self, kind: SeedKind) -> String {
        self.unused.borrow_mut().get_mut(&kind).and_then(Vec::pop).unwrap_or_else(|| panic!("no {} left", kind.name()))
    }

    fn slot(&self) -> Value {
        json!([{ "reference": format!("Slot/{}", self.slots.borrow_mut().pop().unwrap()) }])
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Reply {
        let url = format!("{}{path}", self.server.base_url());
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let request = self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url).headers(all).body(body);
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Reply { status, headers, text: response.text().await.unwrap() }
    }

    async fn get(&self, id: &str) -> Reply {
        self.send("GET", &format!("/Appointment/{id}"), &[], "").await
    }

    /// A PATCH with the documented headers and the If-Match given.
    async fn patch_with(&self, id: &str, if_match: Option<&str>, body: impl ToString) -> Reply {
        let mut headers = vec![("accept", "application/fhir+json"), ("content-type", "application/json-patch+json")];
        headers.extend(if_match.map(|tag| ("if-match", tag)));
        self.send("PATCH", &format!("/Appointment/{id}"), &headers, body.to_string()).await
    }

    /// A PATCH with the current version.
    async fn patch(&self, id: &str, body: impl ToString) -> Reply {
        let tag = self.get(id).await.header("etag").map(ToOwned::to_owned);
        self.patch_with(id, tag.as_deref(), body).await
    }

    /// Sends a PATCH that must be rejected with this code and change nothing.
    async fn rejected(&self, id: &str, body: impl ToString, status: u16) {
        let (before, body) = (self.get(id).await, body.to_string());
        let reply = self.patch_with(id, before.header("etag"), &body).await;
        assert_eq!(reply.status, status, "{body} gave {reply:?}");
        assert_eq!(self.get(id).await.text, before.text, "{body} had an effect");
        if status < 500 && status != 406 {
            let outcome = reply.json();
            assert_eq!(outcome["resourceType"], "OperationOutcome");
            assert_eq!(outcome["issue"][0]["severity"], "error");
            assert_eq!(reply.header("content-type"), Some("application/fhir+json"));
        }
    }

    /// Sends a PATCH that must be carried out, and reads the result.
    async fn done(&self, id: &str, body: impl ToString) -> Value {
        let body = body.to_string();
        let reply = self.patch(id, &body).await;
        assert_eq!(reply.status, 200, "{body} gave {reply:?}");
        let read = self.get(id).await;
        assert_eq!(read.etag(), reply.etag());
        read.json()
    }
}

fn set_status(value: &str) -> Value {
    json!({ "op": "replace", "path": "/status", "value": value })
}

fn quartet(op: &str, provider: &str, patient: &str, start: &str, end: &str) -> Vec<Value> {
    [
        ("/contained/0/telecom/0/value", provider),
        ("/contained/1/telecom/0/value", patient),
        ("/contained/0/telecom/0/period/start", start),
        ("/contained/0/telecom/0/period/end", end),
    ]
    .into_iter()
    .map(|(path, value)| json!({ "op": op, "path": path, "value": value }))
    .collect()
}

fn usual_quartet(op: &str) -> Vec<Value> {
    quartet(op, "https://v.example/pro", "https://v.example/pat", "2030-01-01T10:00:00Z", "2030-01-01T11:00:00Z")
}
