//! The steps that ask the API: what it says it has, one read, one search, each fixture, and whether it may be written to.

use serde_json::Value;

use super::advice;
use super::diagnosis::Diagnosis;
use crate::execute::courier::Courier;
use crate::execute::evidence::{Exchange, Purpose, Reply, Response};
use crate::execute::fit::{is_free, misfit};
use crate::execute::halt::Halt;
use crate::execute::holder::Holder;
use crate::execute::tokens::{DISCOVERY, answer};
use crate::execute::words::{brief, reason};
use crate::suite::scenario::Fixture;
use crate::sut::{Profile, TokenSource};

/// A look at a target, and what it showed so far.
pub(super) struct ApiLook<'p> {
    pub courier: Courier,
    pub profile: &'p Profile,
    pub diagnoses: Vec<Diagnosis>,
}

/// A header that makes a PATCH one of JSON Patch.
const PATCH_LINES: [(&str, &str); 2] = [("content-type", crate::words::fhir::JSON_PATCH), ("if-match", "W/\"0\"")];

impl ApiLook<'_> {
    /// Sends a request once, without a second try.
    async fn ask(&mut self, method: &str, path: &str, lines: &[(&str, &str)], body: Option<&str>) -> Option<Exchange> {
        let body = body.map(|body| body.as_bytes().to_vec());
        let outgoing = self.courier.outgoing(method, path, lines, body);
        let id = self.courier.send(outgoing, Purpose::Preflight, None).await.ok()?;
        Some(self.courier.exchange(id).clone())
    }

    /// Says what came instead of a response, and gives the response where there is one.
    fn response(&mut self, step: &'static str, exchange: Option<Exchange>) -> Option<Response> {
        match exchange.map(|exchange| exchange.reply) {
            Some(Reply::Received(received)) => Some(received),
            Some(Reply::Lost(lost)) => {
                let advice = "check whether the server is up, and the proxy in between";
                self.diagnoses.push(Diagnosis::wrong(step, format!("no response: {}", lost.message), advice));
                None
            }
            None => {
                let why = self.courier.session.why_stopped().to_owned();
                self.diagnoses.push(Diagnosis::skipped(step, format!("not asked: {why}")));
                None
            }
        }
    }

    /// /metadata: whether it is a FHIR server, whether it says that it takes PATCH, and what its clock shows.
    pub async fn statement(&mut self) {
        // What a server has is often open to everyone, and a token comes later.
        let lines = self.profile.headers.clone();
        let mut outgoing = self.courier.outgoing("GET", "/metadata", &[], None);
        outgoing.headers.retain(|(name, value)| {
            !name.eq_ignore_ascii_case("authorization")
                || lines.iter().any(|line| line == &(name.clone(), value.clone()))
        });
        let exchange = match self.courier.send(outgoing, Purpose::Preflight, None).await {
            Ok(id) => Some(self.courier.exchange(id).clone()),
            Err(_) => None,
        };
        let Some(received) = self.response("/metadata", exchange) else { return };
        let body = received.body.json();
        let member = |name: &str| body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str).map(brief);
        let diagnosis = match (received.status.get(), member("resourceType").as_deref()) {
            (200, Some("CapabilityStatement")) => {
                let version = member("fhirVersion").unwrap_or_else(|| "no version".to_owned());
                let interactions = interactions(body.as_ref());
                let found = format!("FHIR {version}; Appointment: {}", interactions.join(", "));
                if !version.starts_with("4.") {
                    Diagnosis::wrong("/metadata", found, "expected FHIR 4.0: check the version in `base-url`")
                } else if !interactions.iter().any(|interaction| interaction == "patch") {
                    let advice = "the CapabilityStatement lists no `patch` of Appointment; a run tries it all the same";
                    Diagnosis::limited("/metadata", found, advice)
                } else {
                    Diagnosis::good("/metadata", found)
                }
            }
            (403, _) if said(&received).contains("enant") => {
                let found = format!("{}{}", received.status, said(&received));
                Diagnosis::wrong("/metadata", found, "check the tenant in `base-url`")
            }
            (401 | 403, _) => Diagnosis::limited(
                "/metadata",
                format!("{} without a token", received.status),
                "nothing: it is asked again with one",
            ),
            (status, kind) => {
                let found = format!("{status} with {}", kind.unwrap_or("no FHIR resource"));
                Diagnosis::wrong(
                    "/metadata",
                    found,
                    "`base-url` is the URL under which /metadata is a CapabilityStatement: check its path and tenant",
                )
            }
        };
        self.diagnoses.push(diagnosis);
        self.diagnoses.push(clock(&received));
    }

    /// What the server says about its authorization server.
    pub async fn discovery(&mut self) {
        let wants = self.profile.credentials.values().any(|credentials| match credentials {
            TokenSource::Client(client) => client.token_url.is_none(),
            TokenSource::Bearer(_) => false,
        });
        let mut outgoing = self.courier.outgoing("GET", DISCOVERY, &[], None);
        outgoing.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization") && name != "accept");
        outgoing.headers.push(("accept".to_owned(), "application/json".to_owned()));
        let sent = self.courier.send(outgoing, Purpose::Token, None).await;
        let received = sent.ok().and_then(|id| self.courier.exchange(id).received().cloned());
        let body =
            received.as_ref().filter(|received| received.status.is_success()).and_then(|received| received.body.json());
        let diagnosis = match body.as_ref().and_then(|body| body.get("token_endpoint")).and_then(Value::as_str) {
            Some(endpoint) => {
                let list = |name: &str| {
                    let entries = body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_array);
                    entries.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
                };
                let methods = list("token_endpoint_auth_methods_supported");
                Diagnosis::good("SMART", brief(&format!("token endpoint {endpoint}; {methods}")))
            }
            None => {
                let status = received.map_or_else(|| "no response".to_owned(), |received| received.status.to_string());
                let found = format!("GET {DISCOVERY} gave {status}, and no token endpoint");
                match wants {
                    true => Diagnosis::wrong("SMART", found, "write `token-url: URL` under `client`"),
                    false => Diagnosis::skipped("SMART", found),
                }
            }
        };
        self.diagnoses.push(diagnosis);
    }

    /// One read or search with the credentials of the run.
    pub async fn read(&mut self) {
        if self.is_without_token() {
            return self.diagnoses.push(Diagnosis::skipped("read", "there is no token"));
        }
        let listed = self.courier.session.pool.any_listed();
        let path = match &listed {
            Some(id) => format!("/Appointment/{id}"),
            None => "/Appointment?status=booked&_count=1&date=ge2000-01-01".to_owned(),
        };
        let exchange = self.ask("GET", &path, &[], None).await;
        let Some(received) = self.response("read", exchange) else { return };
        let found = format!("GET {path} gave {}{}", received.status, said(&received));
        self.diagnoses.push(match (received.status.get(), listed.is_some()) {
            (200, _) => Diagnosis::good("read", found),
            // A search may be limited in many ways; a run needs none where appointments are listed or made.
            (400 | 422, false) if !said(&received).contains("header") => Diagnosis::limited(
                "read",
                found,
                "list appointments under `fixtures`, or let a run make them with `create: true`",
            ),
            (404 | 410, true) if is_of_id(&received) => {
                Diagnosis::limited("read", found, "this appointment is gone: list another under `fixtures`")
            }
            (_, _) => Diagnosis::wrong("read", found, advice::of_read(&received, self.profile.authenticates())),
        });
    }

    /// The search for slots, as a run does it.
    pub async fn slots(&mut self) {
        if self.is_without_token() {
            return self.diagnoses.push(Diagnosis::skipped("slots", "there is no token"));
        }
        let listed = self.profile.slots.clone();
        if listed.is_empty() {
            let mut holder = Holder::new(self.courier.session.clone(), 0);
            let searched = holder.hold_slots(1).await;
            let found = holder.slots.len();
            let trouble = self.courier.session.pool.slot_trouble().map(str::to_owned);
            return self.diagnoses.push(match (searched, found, trouble) {
                (Ok(()), 1.., None) => Diagnosis::good("slots", "the search finds free ones"),
                (_, 1.., Some(why)) => Diagnosis::limited("slots", why, "nothing: the slots that were found are used"),
                (Err(Halt::Cannot(why)), _, _) | (_, _, Some(why)) => {
                    let advice = "write the parameters that the search takes: `slot-search: { service-type: … }`; or list free \
                                  ones under `slots`";
                    Diagnosis::limited("slots", why, advice)
                }
                (_, _, None) => Diagnosis::limited("slots", "the search finds no free one", "list free ones under `slots`"),
            });
        }
        let mut taken = Vec::new();
        for slot in &listed {
            let Some(exchange) = self.ask("GET", &format!("/Slot/{slot}"), &[], None).await else { break };
            let shown = exchange.received().filter(|received| received.status.is_success());
            let free = shown.and_then(|received| received.body.json()).as_ref().is_some_and(is_free);
            taken.extend((!free).then(|| slot.clone()));
        }
        self.diagnoses.push(match taken.len() {
            0 => Diagnosis::good("slots", format!("{} listed, all of them free", listed.len())),
            count => {
                let found = format!("{count} of {} listed slots are not free: {}", listed.len(), few(&taken));
                Diagnosis::limited("slots", found, "list others; those are passed over")
            }
        });
    }

    /// Each listed appointment, as a run checks it before it uses it.
    pub async fn fixtures(&mut self) {
        if self.is_without_token() {
            return self.diagnoses.push(Diagnosis::skipped("fixtures", "there is no token"));
        }
        let listed: Vec<(Fixture, String)> =
            self.profile.fixtures.iter().flat_map(|(state, ids)| ids.iter().map(|id| (*state, id.clone()))).collect();
        let (mut unfit, mut fit) = (Vec::new(), 0);
        for (state, id) in &listed {
            let Some(exchange) = self.ask("GET", &format!("/Appointment/{id}"), &[], None).await else { break };
            let Some(received) = exchange.received() else { continue };
            let shown = received.body.json().filter(|_| received.status.is_success());
            let why = match (shown, *state) {
                (None, Fixture::Deleted | Fixture::Unknown) => None,
                (None, _) => Some(format!("gave {}", received.status)),
                (Some(shown), state) => misfit(state, &shown),
            };
            match why {
                None => fit += 1,
                Some(why) => unfit.push(format!("{id} ({state}) {why}")),
            }
        }
        let create = if self.profile.create { "; more are made with POST" } else { "" };
        self.diagnoses.push(match (listed.len(), unfit.len()) {
            (0, _) if self.profile.create => {
                Diagnosis::good("fixtures", "none listed: appointments are made with POST")
            }
            (0, _) => Diagnosis::wrong(
                "fixtures",
                "none listed, and none are made",
                "list some under `fixtures`, or `create: true`",
            ),
            (all, 0) => Diagnosis::good(
                "fixtures",
                format!("{fit} of {all} listed appointments are what they are listed as{create}"),
            ),
            (all, count) => {
                let found =
                    format!("{count} of {all} listed appointments are not what they are listed as: {}", few(&unfit));
                Diagnosis::limited("fixtures", found, "list others; those are passed over")
            }
        });
    }

    /// Whether the credentials may write, by a PATCH of an appointment that does not exist.
    pub async fn write(&mut self, may_write: bool) {
        if !may_write {
            let why = "the host is not loopback, and the target file has no `writes: allow`";
            return self.diagnoses.push(Diagnosis::limited("write", why, "`writes: allow`, where this is a sandbox"));
        }
        if self.is_without_token() {
            return self.diagnoses.push(Diagnosis::skipped("write", "there is no token"));
        }
        let path = format!("/Appointment/patchproof-{}", uuid::Uuid::new_v4().simple());
        let document = r#"[{"op":"replace","path":"/status","value":"cancelled"}]"#;
        let exchange = self.ask("PATCH", &path, &PATCH_LINES, Some(document)).await;
        let Some(received) = self.response("write", exchange) else { return };
        let found = format!("a PATCH of an unknown appointment gave {}{}", received.status, said(&received));
        self.diagnoses.push(match received.status.get() {
            401 | 403 => {
                let advice = "the credentials may not write: ask for a write scope, or for another client";
                Diagnosis::wrong("write", found, advice)
            }
            405 | 501 => Diagnosis::wrong("write", found, "the server takes no PATCH here: check `base-url`"),
            400..=499 => Diagnosis::good("write", found),
            _ => Diagnosis::limited("write", found, "expected a rejection with 404"),
        });
    }

    /// Whether the run has credentials and no token came.
    fn is_without_token(&self) -> bool {
        use crate::sut::Identity;
        self.profile.credentials.contains_key(&Identity::Run)
            && !self.courier.session.tokens.has(Identity::Run)
            && self.profile.lines().iter().any(|(_, value)| value == Identity::Run.placeholder())
    }
}

/// How far the clocks are apart.
fn clock(received: &Response) -> Diagnosis {
    match answer::skew(received) {
        Some(ahead) => {
            let found = format!(
                "the clock of the server is {} s {} this one",
                ahead.abs(),
                if ahead > 0 { "ahead of" } else { "behind" }
            );
            Diagnosis::wrong(
                "clock",
                found,
                "set the clock of this machine (NTP): assertions and dates in searches depend on it",
            )
        }
        None if received.header("date").is_none() => Diagnosis::skipped("clock", "the response has no Date"),
        None => Diagnosis::good("clock", "within a minute of that of the server"),
    }
}

/// The interactions that a CapabilityStatement lists for Appointment.
fn interactions(statement: Option<&Value>) -> Vec<String> {
    let members = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let rest = statement.map(|statement| members(statement, "rest")).unwrap_or_default();
    let resources = rest.iter().flat_map(|rest| members(rest, "resource"));
    let appointments = resources.filter(|resource| resource.get("type").and_then(Value::as_str) == Some("Appointment"));
    let listed = appointments.flat_map(|resource| members(&resource, "interaction"));
    listed.filter_map(|interaction| interaction.get("code")?.as_str().map(brief)).collect()
}

/// Whether a rejection is about an appointment, and not about the path to it.
fn is_of_id(received: &Response) -> bool {
    let said = reason(received).unwrap_or_default().to_ascii_lowercase();
    received.status.get() == 410 || !(said.contains("tenant") || said.contains("path"))
}

fn said(received: &Response) -> String {
    reason(received).filter(|_| !received.status.is_success()).map(|said| format!(" ({said})")).unwrap_or_default()
}

fn few(texts: &[String]) -> String {
    const MOST: usize = 5;
    let more = texts.len().saturating_sub(MOST);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    texts.iter().take(MOST).cloned().collect::<Vec<_>>().join("; ") + &more
}
