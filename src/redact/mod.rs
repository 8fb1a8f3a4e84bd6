//! Takes protected health information out of what was seen, so that nothing of it reaches judge, record or report.
//!
//! A protected value becomes a typed placeholder with an equality token, as in `[name:7f3a09c1d2e4]`. The token is a salted
//! hash; the salt is made for one run and kept nowhere. Within a run a value has one replacement wherever it stands, and
//! equal values have equal ones, so whatever is compared with each other compares as before: verdicts come out the same.
//! What is not known to be harmless is replaced. Words of our own (scenarios, documents sent) stay as they are.

mod address;
mod authored;
mod body;
mod headers;
mod known;
mod placeholder;
mod table;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::execute::evidence::{Evidence, Exchange, Payload, Reply, Response, SentRequest, Trial};
use crate::plan::Plan;
use crate::sut::{Profile, Redact};
use crate::words::json;
use authored::AuthoredText;

/// Replaces protected values, the same value by the same placeholder for as long as it lives.
#[derive(Debug)]
pub struct Redactor {
    /// `None` where nothing is protected.
    inner: Option<Inner>,
}

#[derive(Debug)]
struct Inner {
    salt: [u8; 32],
    base_url: String,
    memory: Mutex<Memory>,
}

/// What was decided so far.
#[derive(Debug, Default)]
struct Memory {
    authored: AuthoredText,
    /// What a text became; `None` where it stays. Whoever sees a text first decides, so that a value copied or moved to
    /// another element is still equal to itself.
    texts: HashMap<String, Option<String>>,
    numbers: HashMap<String, bool>,
}

impl Redactor {
    /// A redactor for one run of a plan against a target, with a fresh salt.
    pub fn new(profile: &Profile, plan: &Plan) -> Redactor {
        let inner = (profile.redaction() == Redact::Phi).then(|| Inner::new(profile));
        if let Some(inner) = &inner {
            inner.memory().authored.learn_plan(plan);
        }
        Redactor { inner }
    }

    /// Whether anything is protected.
    pub fn is_on(&self) -> bool {
        self.inner.is_some()
    }

    /// What was seen, without protected values. What the generated lists in it drew are words of our own.
    pub fn evidence(&self, mut evidence: Evidence) -> Evidence {
        let Some(inner) = &self.inner else { return evidence };
        for step in evidence.trials.iter().filter_map(Trial::list).flat_map(|list| &list.steps) {
            inner.memory().authored.learn_request(&step.drawn.request());
        }
        evidence.exchanges.iter_mut().for_each(|exchange| inner.exchange(exchange));
        for fixture in &mut evidence.fixtures {
            // What it was left with is the word of the target.
            fixture.left = fixture.left.take().map(|left| inner.code("status", &left));
        }
        evidence
    }
}

impl Inner {
    fn new(profile: &Profile) -> Inner {
        let mut salt = [0; 32];
        salt[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        salt[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        Inner { salt, base_url: profile.base_url.clone(), memory: Mutex::default() }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn exchange(&self, exchange: &mut Exchange) {
        let SentRequest { url, headers, body, .. } = &mut exchange.request;
        *url = self.url_of_request(&self.memory().authored, url);
        for (name, value) in headers.iter_mut() {
            if matches!(name.to_ascii_lowercase().as_str(), "referer" | "origin") {
                *value = self.url_of_request(&self.memory().authored, value);
            }
        }
        *body = self.payload(std::mem::take(body));
        let asked = exchange.sent_header("x-request-id").map(str::to_owned);
        if let Reply::Received(received) = &mut exchange.reply {
            self.received(received, asked.as_deref());
        }
    }

    fn received(&self, received: &mut Response, asked: Option<&str>) {
        for (name, value) in &mut received.headers {
            *value = self.header(name, value, asked);
            *name = self.header_name(name);
        }
        received.body = self.payload(std::mem::take(&mut received.body));
    }

    fn payload(&self, payload: Payload) -> Payload {
        match payload {
            Payload::Empty => Payload::Empty,
            Payload::Base64(text) if self.memory().authored.has(&text) => Payload::Base64(text),
            Payload::Base64(text) => Payload::Text(self.opaque("binary", &text)),
            Payload::Text(text) if text.trim().is_empty() || self.memory().authored.has(&text) => Payload::Text(text),
            Payload::Text(text) => match json::read(json::unmarked(&text)) {
                Ok(value) => Payload::Text(self.json(text, value)),
                Err(_) => {
                    let kind = match text.trim_start().as_bytes() {
                        [b'<', ..] if text.to_ascii_lowercase().contains("<html") => "html",
                        [b'<', ..] => "xml",
                        [b'{' | b'[', ..] => "malformed-json",
                        _ => "text",
                    };
                    Payload::Text(self.opaque(kind, &text))
                }
            },
        }
    }

    /// The text of a JSON value without what is protected in it. A byte order mark before it stays, and so does the
    /// fact that an object has one name twice.
    fn json(&self, text: String, value: Value) -> String {
        let body = json::unmarked(&text);
        let (redacted, repeated) = (self.document(&value), json::repeated_name(body));
        if redacted.is_none() && repeated.is_none() {
            return text;
        }
        let marked = body.len() < text.len();
        let mut written = redacted.unwrap_or(value).to_string();
        if let Some(name) = repeated {
            let name = Value::from(self.name(&self.memory(), &name)).to_string();
            // A quote within a string has a backslash before it, so that this is the name of a member.
            let place = ["{", ","].iter().filter_map(|before| written.find(&format!("{before}{name}:"))).min();
            if let Some(place) = place {
                written.insert_str(place + 1, &format!("{name}:null,"));
            }
        }
        if marked { format!("{}{written}", json::BYTE_ORDER_MARK) } else { written }
    }

    /// A body that is no JSON: its kind, its token and its size to the next power of two. It is no JSON either.
    fn opaque(&self, kind: &str, text: &str) -> String {
        let marked = self.placeholder(kind, text);
        format!("{marked} of at most {} bytes", text.len().next_power_of_two())
    }
}
