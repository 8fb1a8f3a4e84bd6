//! Keeps credentials out of everything that is handed on: those that were configured, and what looks like one.

mod contract_words;
mod decoded;
mod forms;
mod look_alikes;
mod spans;
#[cfg(test)]
mod tests;
mod view;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::evidence::{Payload, Reply, Response};
use crate::suite::scenario::Texts;
use contract_words::ContractWords;
use decoded::Decoded;
use spans::Spans;

/// What stands in the place of a secret.
const MASK: &str = "[secret]";

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

/// Whether a header carries a credential, by its name.
fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    SECRET_NAMES.iter().any(|part| name.contains(part))
        || name == "key"
        || name.ends_with("-key")
        || name.starts_with("key-")
}

/// Texts that never reach the record.
#[derive(Debug, Clone, Default)]
pub(super) struct Secrets {
    /// Finds the secrets in every form in which they may come back; `None` where none is configured.
    finder: Option<AhoCorasick>,
    /// The words of the contract that contain a secret.
    words: ContractWords,
    /// What came from the environment.
    from_environment: Vec<String>,
    /// The secrets that the finder finds.
    plain: Vec<String>,
    /// How many of them were there when the run began.
    configured: usize,
}

/// Finds secrets in every form. The mask is one of the needles and stands for itself: what is masked already stays as it
/// is, whatever the secret is.
fn finder(plain: &[String]) -> Option<AhoCorasick> {
    if plain.is_empty() {
        return None;
    }
    let needles: Vec<String> = plain.iter().flat_map(|secret| forms::forms(secret)).chain([MASK.to_owned()]).collect();
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true).build(needles).ok()
}

impl Secrets {
    /// The secrets among configured header lines: those of headers that carry credentials, and what came from the
    /// environment. `written` are the texts of scenarios that are not shipped: their words are masked nowhere.
    pub fn of(headers: &[(String, String)], from_environment: &[String], written: &Texts) -> Secrets {
        let credentials = headers.iter().filter(|(name, _)| is_secret_header(name)).map(|(_, value)| value.as_str());
        let plain = forms::configured(credentials.chain(from_environment.iter().map(String::as_str)));
        let words = ContractWords::around(&plain, written);
        // The header line itself is masked whole all the same.
        let plain: Vec<String> = plain.into_iter().filter(|secret| !words.has(secret)).collect();
        let (finder, configured) = (finder(&plain), plain.len());
        Secrets { finder, words, from_environment: from_environment.to_vec(), plain, configured }
    }

    /// The same with more secrets; `None` where all of them are known. Of those that came during a run, the oldest are let
    /// go of: what they were is recorded already.
    pub fn with(&self, more: impl IntoIterator<Item = String>) -> Option<Secrets> {
        const MOST_LATE: usize = 200;
        let more = more.into_iter().filter(|secret| forms::is_long_enough(secret) && !self.words.has(secret));
        let more: Vec<String> = more.filter(|secret| !self.plain.contains(secret)).collect();
        if more.is_empty() {
            return None;
        }
        let mut plain = [self.plain.clone(), more].concat();
        let late = plain.len() - self.configured;
        plain.drain(self.configured..self.configured + late.saturating_sub(MOST_LATE));
        Some(Secrets { finder: finder(&plain), plain, ..self.clone() })
    }

    /// A text without secrets.
    pub fn mask(&self, text: &str) -> String {
        // The mask is UTF-8, and it replaces whole characters: a needle begins and ends with one.
        self.masked(text.as_bytes(), false)
            .map_or_else(|| text.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Header lines as they are recorded: credentials and configured values are replaced whole.
    pub fn in_headers(&self, headers: &[(String, String)], configured: &[(String, String)]) -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| {
                let took = |value: &str| self.from_environment.iter().any(|secret| value.contains(secret.as_str()));
                let is_configured = |(header, secret): &(String, String)| {
                    header.eq_ignore_ascii_case(name) && secret == value && (is_secret_header(name) || took(value))
                };
                let secret = SECRET_HEADERS.iter().any(|credential| name.eq_ignore_ascii_case(credential))
                    || configured.iter().any(is_configured);
                (name.clone(), if secret { MASK.to_owned() } else { self.mask(value) })
            })
            .collect()
    }

    /// A body without secrets. What is JSON stays JSON of the same form.
    pub fn in_payload(&self, payload: Payload) -> Payload {
        match payload {
            Payload::Empty => Payload::Empty,
            Payload::Text(text) => match self.masked(text.as_bytes(), true) {
                Some(bytes) => Payload::Text(String::from_utf8_lossy(&bytes).into_owned()),
                None => Payload::Text(text),
            },
            Payload::Base64(text) => match STANDARD.decode(&text).ok().and_then(|bytes| self.masked(&bytes, true)) {
                Some(bytes) => Payload::Base64(STANDARD.encode(bytes)),
                None => Payload::Base64(text),
            },
        }
    }

    /// A response without secrets. What a target sets as a cookie is one too.
    pub fn in_reply(&self, reply: Reply) -> Reply {
        match reply {
            Reply::Received(received) => {
                // A cookie is known from here on, and the same response may show it elsewhere.
                let set: Vec<String> =
                    received.header_lines("set-cookie").flat_map(|line| forms::cookies(line).take(1)).collect();
                let set: Vec<String> = set.into_iter().filter(|value| !self.words.has(value)).collect();
                let body = match finder(&set) {
                    Some(finder) => {
                        let cookies = Secrets { finder: Some(finder), ..Secrets::default() };
                        self.in_payload(cookies.in_payload(received.body))
                    }
                    None => self.in_payload(received.body),
                };
                Reply::Received(Response { headers: self.in_headers(&received.headers, &[]), body, ..received })
            }
            Reply::Lost(mut lost) => {
                lost.message = self.mask(&lost.message);
                Reply::Lost(lost)
            }
        }
    }

    /// Anything at all without the configured secrets, wherever they stand: the last net under what was masked before.
    pub fn nowhere<T: Serialize + DeserializeOwned>(&self, value: T) -> T {
        let Some(finder) = &self.finder else { return value };
        let found = serde_json::to_string(&value).is_ok_and(|text| {
            let is_secret = |found: aho_corasick::Match| {
                !is_mask(&text, found.span()) && !self.words.covers(text.as_bytes(), found.start(), found.end())
            };
            text.contains('\\') || finder.find_iter(&text).any(is_secret)
        });
        if !found {
            return value;
        }
        let Ok(mut tree) = serde_json::to_value(&value) else { return value };
        needles_in(finder, &self.words, &mut tree);
        serde_json::from_value(tree).unwrap_or(value)
    }

    /// One pass over the bytes; `None` where nothing is to be masked. Members of JSON that are credentials are looked
    /// for in a body only.
    fn masked(&self, bytes: &[u8], body: bool) -> Option<Vec<u8>> {
        let mut spans = Spans::default();
        self.needles(bytes, &mut spans);
        if self.finder.is_some() {
            for layer in Decoded::layers(bytes) {
                let mut seen = Spans::default();
                self.needles(&layer.bytes, &mut seen);
                seen.ranges().for_each(|(begin, end)| spans.add(layer.source(begin), layer.source(end)));
            }
        }
        // A JSON text may write the name of a credential with escapes.
        let view = if body { view::View::of(bytes) } else { None };
        if body {
            look_alikes::members(bytes, view.as_ref(), &mut spans);
        }
        let mut place = 0;
        for chunk in bytes.utf8_chunks() {
            look_alikes::look_alikes(chunk.valid(), place, &mut spans);
            place += chunk.valid().len() + chunk.invalid().len();
        }
        spans.replaced(bytes, MASK)
    }

    fn needles(&self, bytes: &[u8], spans: &mut Spans) {
        let found = self.finder.iter().flat_map(|finder| finder.find_iter(bytes));
        let found = found.filter(|found| !self.words.covers(bytes, found.start(), found.end()));
        found.for_each(|found| spans.add(found.start(), found.end()));
    }
}

fn is_mask(text: &str, span: aho_corasick::Span) -> bool {
    text.get(span.range()) == Some(MASK)
}

fn needles_in(finder: &AhoCorasick, words: &ContractWords, value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => {
            let mut masked = String::new();
            finder.replace_all_with(text, &mut masked, |found, matched, masked| {
                let is_word = words.covers(text.as_bytes(), found.start(), found.end());
                masked.push_str(if is_word { matched } else { MASK });
                true
            });
            *text = masked;
        }
        Value::Array(items) => items.iter_mut().for_each(|item| needles_in(finder, words, item)),
        Value::Object(members) => members.iter_mut().for_each(|(_, member)| needles_in(finder, words, member)),
    }
}
