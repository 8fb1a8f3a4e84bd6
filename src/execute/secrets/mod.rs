//! Keeps credentials out of everything that is handed on: those that were configured, and what looks like one.

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
use spans::Spans;

/// What stands in the place of a secret.
const MASK: &str = "[secret]";

/// Headers that are credentials as a whole.
const SECRET_HEADERS: [&str; 5] = ["authorization", "proxy-authorization", "cookie", "cookie2", "set-cookie"];

/// Texts that never reach the record.
#[derive(Debug, Clone, Default)]
pub(super) struct Secrets {
    /// Finds the secrets in every form in which they may come back; `None` where none is configured.
    finder: Option<AhoCorasick>,
}

impl Secrets {
    /// The secrets of configured header lines: each value, and the credentials after a scheme such as `Bearer`.
    pub fn of(headers: &[(String, String)]) -> Secrets {
        let plain = forms::configured(headers);
        if plain.is_empty() {
            return Secrets::default();
        }
        // The mask is one of the needles and stands for itself: what is masked already stays as it is, whatever the
        // secret is.
        let needles: Vec<String> =
            plain.iter().flat_map(|secret| forms::forms(secret)).chain([MASK.to_owned()]).collect();
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(needles).ok();
        Secrets { finder }
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
                let secret = SECRET_HEADERS.iter().any(|credential| name.eq_ignore_ascii_case(credential))
                    || configured.iter().any(|(header, secret)| header.eq_ignore_ascii_case(name) && secret == value);
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
            Reply::Received(received) => Reply::Received(Response {
                headers: self.in_headers(&received.headers, &[]),
                body: self.in_payload(received.body),
                ..received
            }),
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
            text.contains('\\') || finder.find_iter(&text).any(|found| !is_mask(&text, found.span()))
        });
        if !found {
            return value;
        }
        let Ok(mut tree) = serde_json::to_value(&value) else { return value };
        needles_in(finder, &mut tree);
        serde_json::from_value(tree).unwrap_or(value)
    }

    /// One pass over the bytes; `None` where nothing is to be masked. Members of JSON that are credentials are looked
    /// for in a body only.
    fn masked(&self, bytes: &[u8], body: bool) -> Option<Vec<u8>> {
        let mut spans = Spans::default();
        self.needles(bytes, &mut spans);
        // A JSON text may write a secret, or the name of one, with escapes.
        let view = if body { view::View::of(bytes) } else { None };
        if let Some(view) = &view {
            let mut seen = Spans::default();
            self.needles(&view.bytes, &mut seen);
            seen.ranges().for_each(|(begin, end)| spans.add(view.source(begin), view.source(end)));
        }
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
        found.for_each(|found| spans.add(found.start(), found.end()));
    }
}

fn is_mask(text: &str, span: aho_corasick::Span) -> bool {
    text.get(span.range()) == Some(MASK)
}

fn needles_in(finder: &AhoCorasick, value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => {
            let mut masked = String::new();
            finder.replace_all_with(text, &mut masked, |_, _, masked| {
                masked.push_str(MASK);
                true
            });
            *text = masked;
        }
        Value::Array(items) => items.iter_mut().for_each(|item| needles_in(finder, item)),
        Value::Object(members) => members.iter_mut().for_each(|(_, member)| needles_in(finder, member)),
    }
}
