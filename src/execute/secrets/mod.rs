//! Keeps credentials out of everything that is handed on: those that were configured, and what looks like one.

mod contract_words;
mod cookies;
mod decoded;
mod finder;
mod forms;
mod look_alikes;
mod net;
mod spans;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::evidence::{Evidence, Exchange, Lost, LostKind, Payload, Reply, Response, SentRequest};
use crate::suite::scenario::Texts;
use crate::words::json;
use finder::Finder;
use spans::{MASK, Spans};

/// Headers that are credentials as a whole.
const SECRET_HEADERS: [&str; 6] =
    ["authorization", "proxy-authorization", "authentication-info", "cookie", "cookie2", "set-cookie"];

/// Parts of the names of headers that carry a credential.
const SECRET_NAMES: [&str; 13] = [
    "auth",
    "token",
    "secret",
    "passw",
    "pwd",
    "apikey",
    "api-key",
    "credential",
    "session",
    "cookie",
    "signature",
    "jwt",
    "bearer",
];

/// Headers of responses whose names look as if, and that say how to authenticate, not with what.
const HARMLESS_HEADERS: [&str; 3] = ["www-authenticate", "proxy-authenticate", "access-control-allow-credentials"];

/// Whether a header carries a credential, by its name.
fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let is_named =
        SECRET_NAMES.iter().any(|part| name.contains(part)) || name.ends_with("-key") || name.starts_with("key-");
    (is_named || name == "key") && !HARMLESS_HEADERS.contains(&name.as_str())
}

/// Texts that never reach the record.
#[derive(Debug, Clone, Default)]
pub(super) struct Secrets {
    /// Finds those that are configured; `None` where none is.
    configured: Option<Finder>,
    /// Finds those that the target set as cookies.
    set: Option<Finder>,
    /// What came from the environment.
    from_environment: Vec<String>,
    /// The texts of scenarios that are not shipped: nothing in them is taken for a secret.
    written: Texts,
    /// Secrets that came during the run, the oldest first, and what finds them.
    came: Vec<String>,
    late: Option<Finder>,
}

impl Secrets {
    /// The secrets among configured header lines: those of headers that carry credentials, and what came from the
    /// environment. `written` are the texts of scenarios that are not shipped: their words are masked nowhere.
    pub fn of(headers: &[(String, String)], from_environment: &[String], written: &Texts) -> Secrets {
        let credentials = headers.iter().filter(|(name, _)| is_secret_header(name)).map(|(_, value)| value.as_str());
        let plain = forms::configured(credentials.chain(from_environment.iter().map(String::as_str)));
        Secrets {
            configured: Finder::of(plain, &[], written),
            from_environment: from_environment.to_vec(),
            written: written.clone(),
            ..Secrets::default()
        }
    }

    /// The same, and beside them the cookies that the target set in a run.
    #[must_use]
    pub fn with_cookies_of(&self, evidence: &Evidence) -> Secrets {
        let set = Finder::of(cookies::of_run(evidence), &[], &self.written);
        Secrets { set, ..self.clone() }
    }

    /// The same with more secrets; `None` where all of them are known. Of those that came during a run, the oldest are looked
    /// for as they are, and the others in every form.
    pub fn with(&self, more: impl IntoIterator<Item = String>) -> Option<Secrets> {
        const MOST_IN_EVERY_FORM: usize = 100;
        let more = more.into_iter().filter(|secret| forms::is_long_enough(secret));
        let more: Vec<String> = more.filter(|secret| !self.came.contains(secret)).collect();
        if more.is_empty() {
            return None;
        }
        let came = [self.came.clone(), more].concat();
        let (oldest, others) = came.split_at(came.len().saturating_sub(MOST_IN_EVERY_FORM));
        let late = Finder::whole_only(others.to_vec(), oldest, &self.written);
        Some(Secrets { late, came, ..self.clone() })
    }

    /// A text without secrets.
    pub fn mask(&self, text: &str) -> String {
        // The mask is UTF-8, and it replaces whole characters: a needle begins and ends with one.
        self.masked(text.as_bytes(), false)
            .map_or_else(|| text.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A request and its response without secrets.
    pub fn in_exchange(&self, exchange: Exchange, configured: &[(String, String)]) -> Exchange {
        // A digest of what is in the record anyway; nothing in it is a secret.
        let trace = exchange.trace.clone();
        let Exchange { request, reply, .. } = exchange;
        let SentRequest { method, url, headers, body } = request;
        // What else there is has few texts, and none of them is long.
        let request = SentRequest { method, url: String::new(), headers: Vec::new(), body: Payload::Empty };
        let reply_later = Reply::Lost(Lost { kind: LostKind::Broken, message: String::new() });
        let rest = self.nowhere(Exchange { request, reply: reply_later, ..exchange });
        let request = SentRequest {
            method: rest.request.method,
            url: self.mask(&url),
            headers: self.in_headers(&headers, configured),
            body: self.in_payload(body),
        };
        Exchange { request, trace, reply: self.in_reply(reply), ..rest }
    }
    /// Header lines as they are recorded: credentials and configured values are replaced whole.
    pub fn in_headers(&self, headers: &[(String, String)], configured: &[(String, String)]) -> Vec<(String, String)> {
        let masked = |(name, value): &(String, String)| {
            let took = |value: &str| self.from_environment.iter().any(|secret| value.contains(secret.as_str()));
            let is_configured = |(header, secret): &(String, String)| {
                header.eq_ignore_ascii_case(name) && secret == value && (is_secret_header(name) || took(value))
            };
            let secret = SECRET_HEADERS.iter().any(|credential| name.eq_ignore_ascii_case(credential))
                || configured.iter().any(is_configured);
            (self.mask(name), if secret { MASK.to_owned() } else { self.mask(value) })
        };
        headers.iter().map(masked).collect()
    }

    /// A body without secrets. What is JSON stays JSON of the same form.
    pub fn in_payload(&self, payload: Payload) -> Payload {
        match payload {
            Payload::Empty => Payload::Empty,
            Payload::Text(text) => Payload::Text(self.in_text_of_body(text)),
            Payload::Base64(text) => match STANDARD.decode(&text).ok().and_then(|bytes| self.masked(&bytes, true)) {
                Some(bytes) => Payload::Base64(STANDARD.encode(bytes)),
                None => Payload::Base64(text),
            },
        }
    }

    fn in_text_of_body(&self, text: String) -> String {
        let Some(masked) = self.masked(text.as_bytes(), true) else { return text };
        let masked = String::from_utf8_lossy(&masked).into_owned();
        let is_json = |text: &str| json::read(json::unmarked(text));
        match is_json(&text) {
            // A secret with marks of JSON in it: each text of the value for itself.
            Ok(value) if is_json(&masked).is_err() => {
                net::with_other_texts(value, |text| Some(self.mask(text)).filter(|masked| masked != text)).to_string()
            }
            Ok(_) | Err(_) => masked,
        }
    }

    /// A response without secrets. What a target sets as a cookie is one too.
    pub fn in_reply(&self, reply: Reply) -> Reply {
        match reply {
            Reply::Received(received) => {
                let set: Vec<String> = cookies::of_response(&received).collect();
                let body = match Finder::of(Vec::new(), &set, &self.written) {
                    Some(finder) => Secrets { set: Some(finder), ..Secrets::default() }.in_payload(received.body),
                    None => received.body,
                };
                let body = self.in_payload(body);
                Reply::Received(Response { headers: self.in_headers(&received.headers, &[]), body, ..received })
            }
            Reply::Lost(mut lost) => {
                lost.message = self.mask(&lost.message);
                Reply::Lost(lost)
            }
        }
    }

    /// Anything at all without the secrets of the run, wherever they stand: the last net under what was masked before.
    pub fn nowhere<T: Serialize + DeserializeOwned>(&self, value: T) -> T {
        if !self.has_some() {
            return value;
        }
        net::with_other_texts(value, |text| {
            let mut spans = Spans::default();
            self.finders().for_each(|finder| finder.find(text.as_bytes(), &mut spans));
            spans.replaced(text.as_bytes(), MASK).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        })
    }

    /// Whether there are secrets that are looked for by themselves, and not by what they look like.
    pub fn has_some(&self) -> bool {
        self.finders().next().is_some()
    }

    fn finders(&self) -> impl Iterator<Item = &Finder> {
        self.configured.iter().chain(&self.late).chain(&self.set)
    }

    /// The bytes without secrets; `None` where nothing is to be masked. Members of JSON that are credentials are looked
    /// for in a body only.
    fn masked(&self, bytes: &[u8], body: bool) -> Option<Vec<u8>> {
        let mut spans = Spans::default();
        self.finders().for_each(|finder| finder.find(bytes, &mut spans));
        if body {
            look_alikes::members(bytes, &mut spans);
        }
        let mut place = 0;
        for chunk in bytes.utf8_chunks() {
            look_alikes::look_alikes(chunk.valid(), place, &mut spans);
            place += chunk.valid().len() + chunk.invalid().len();
        }
        let is_json = || bytes.trim_ascii_start().first().is_some_and(|first| b"[{\xef".contains(first));
        if body && !spans.is_empty() && is_json() {
            spans.widen(bytes);
        }
        spans.replaced(bytes, MASK)
    }
}
