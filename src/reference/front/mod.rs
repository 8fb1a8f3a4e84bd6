//! What stands in front of the API at a vendor: a tenant, tokens with scopes, a rate limit, headers that are demanded.

mod reply;
mod tokens;

use std::sync::Mutex;
use std::time::Instant;

use axum::body::Body;
use axum::http::{Method, Response};
use serde_json::{Value, json};

use super::call::Call;
use reply::{lock, outcome, outcome_with};
use tokens::TokenServer;
pub use tokens::{AuthConfig, CLIENT_ID};

/// The path of the FHIR service base, without a tenant.
pub(super) const BASE_PATH: &str = "/r4";

/// What stands in front of the API.
#[derive(Debug, Clone, Default)]
pub struct FrontConfig {
    /// Tokens are asked for, and given.
    pub auth: Option<AuthConfig>,
    /// The segment behind the path of the base.
    pub tenant: Option<String>,
    /// Requests a second.
    pub rate: Option<u32>,
    /// Headers that every request has to have, with their values where these are demanded too.
    pub required: Vec<(String, Option<String>)>,
    /// Of a thousand requests so many meet a 503.
    pub flaky: u32,
    /// Entries of a page of search results.
    pub page: Option<usize>,
    /// A search for slots names them, or a service type and a start.
    pub strict_slots: bool,
    /// Nothing is made with POST.
    pub no_create: bool,
}

/// A front at work.
#[derive(Debug, Default)]
pub(super) struct Front {
    config: FrontConfig,
    tokens: Option<TokenServer>,
    bucket: Mutex<Option<(f64, Instant)>>,
    passed: Mutex<u64>,
}

impl Front {
    pub(super) fn new(config: FrontConfig) -> Front {
        let tokens = config.auth.clone().map(TokenServer::new);
        Front { config, tokens, ..Front::default() }
    }

    /// The path of the service base.
    pub(super) fn base_path(&self) -> String {
        let tenant = self.config.tenant.as_ref().map(|tenant| format!("/{tenant}")).unwrap_or_default();
        format!("{BASE_PATH}{tenant}")
    }

    /// Entries of a page of search results.
    pub(super) fn page(&self) -> Option<usize> {
        self.config.page
    }

    /// Responds in the place of the API, or lets a request through, its path as the API knows it.
    pub(super) fn before(&self, base_url: &str, call: &mut Call) -> Option<Response<Body>> {
        if let Some(response) = self.tokens.as_ref().and_then(|tokens| tokens.serve(base_url, &self.base_path(), call))
        {
            return Some(response);
        }
        if let Some(tenant) = &self.config.tenant
            && let Some(rest) = call.path.strip_prefix(BASE_PATH).and_then(|rest| rest.strip_prefix('/'))
        {
            let (segment, rest) = rest.split_once('/').unwrap_or((rest, ""));
            if segment != tenant {
                return Some(outcome(403, "forbidden", "The tenant is unknown."));
            }
            call.path = format!("{BASE_PATH}/{rest}");
        }
        if call.path == format!("{BASE_PATH}/metadata") {
            return None;
        }
        if self.is_over_the_limit() {
            return Some(outcome_with(429, "throttled", "Too many requests.", &[("retry-after", "1")]));
        }
        for (name, wanted) in &self.config.required {
            let shown = call.headers.get(name.as_str()).and_then(|value| value.to_str().ok());
            if shown.is_none() || wanted.as_deref().is_some_and(|wanted| shown != Some(wanted)) {
                return Some(outcome(400, "required", &format!("The header {name} is required.")));
            }
        }
        if self.is_unlucky() {
            return Some(outcome_with(503, "transient", "Try again.", &[("retry-after", "0")]));
        }
        if call.method != Method::OPTIONS
            && let Some(response) = self.tokens.as_ref().and_then(|tokens| tokens.check(call))
        {
            return Some(response);
        }
        self.check_request(call)
    }

    fn check_request(&self, call: &Call) -> Option<Response<Body>> {
        if self.config.no_create && call.method == Method::POST && !call.asks_for_patch() {
            return Some(outcome(403, "forbidden", "Appointments are not created here."));
        }
        let searches = call.method == Method::GET && call.path == format!("{BASE_PATH}/Slot");
        let has = |name: &str| call.query.iter().any(|(given, _)| given.split(':').next() == Some(name));
        if self.config.strict_slots && searches && !has("_id") && !(has("service-type") && has("start")) {
            return Some(outcome(422, "required", "_id, or service-type and start, are required."));
        }
        None
    }

    /// Takes a request from the bucket, which fills at the rate.
    fn is_over_the_limit(&self) -> bool {
        let Some(rate) = self.config.rate.map(f64::from) else { return false };
        let now = Instant::now();
        let mut bucket = lock(&self.bucket);
        let (left, at) = bucket.unwrap_or((rate, now));
        let left = (left + now.duration_since(at).as_secs_f64() * rate).min(rate);
        *bucket = Some(if left < 1.0 { (left, now) } else { (left - 1.0, now) });
        left < 1.0
    }

    /// Whether this request meets an outage: spread evenly, and the same at every start.
    fn is_unlucky(&self) -> bool {
        let mut passed = lock(&self.passed);
        *passed += 1;
        // Steps of a number that has no divisor in common with a thousand reach each rest once.
        self.config.flaky > 0 && *passed * 617 % 1000 < u64::from(self.config.flaky)
    }
}

/// One page of a searchset, with a link to the next.
pub(super) fn page_of(bundle: &mut Value, size: usize, url: &str, query: &[(String, String)]) {
    const NAME: &str = "-page";
    let number =
        query.iter().find(|(name, _)| name == NAME).and_then(|(_, value)| value.parse().ok()).unwrap_or(0_usize);
    let Some(entries) = bundle.get("entry").and_then(Value::as_array).cloned() else { return };
    let first = number.saturating_mul(size);
    let shown: Vec<Value> = entries.iter().skip(first).take(size).cloned().collect();
    bundle["entry"] = Value::from(shown);
    if first.saturating_add(size) < entries.len() {
        let kept = query.iter().filter(|(name, _)| name != NAME);
        let kept: Vec<String> = kept.map(|(name, value)| format!("{name}={}", value.replace('|', "%7C"))).collect();
        let next = format!("{url}?{}&{NAME}={}", kept.join("&"), number + 1);
        if let Some(links) = bundle.get_mut("link").and_then(Value::as_array_mut) {
            links.push(json!({ "relation": "next", "url": next }));
        }
    }
}
