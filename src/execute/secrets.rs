//! Keeps credentials out of everything that is handed on: those that were configured, and what looks like one.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use regex_lite::Regex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::evidence::{Answer, Payload, Received};

/// What stands in the place of a secret.
const MASK: &str = "[secret]";

/// Members of JSON and parameters of forms and queries whose values are credentials (RFC 6749, RFC 7521, RFC 7009).
const CREDENTIALS: [&str; 9] = [
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "client_assertion",
    "assertion",
    "password",
    "code_verifier",
    "subject_token",
];

/// Headers that are credentials as a whole.
const SECRET_HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/// Texts that never reach the record.
#[derive(Debug, Clone, Default)]
pub(super) struct Secrets {
    /// The secrets in every form in which they may come back, longest first.
    needles: Vec<String>,
}

impl Secrets {
    /// The secrets of configured header lines: each value, and the credentials after a scheme such as `Bearer`.
    pub fn of(headers: &[(String, String)]) -> Secrets {
        /// A shorter text stands in too many places by chance; what is so short is no secret.
        const SHORTEST: usize = 6;
        let mut plain: Vec<String> = Vec::new();
        for (_, value) in headers {
            plain.push(value.clone());
            let Some((scheme, credentials)) = value.split_once(' ') else { continue };
            plain.push(credentials.trim().to_owned());
            if scheme.eq_ignore_ascii_case("basic")
                && let Some(pair) = STANDARD.decode(credentials.trim()).ok().and_then(|own| String::from_utf8(own).ok())
            {
                plain.extend(pair.split_once(':').map(|(_, password)| password.to_owned()));
                plain.push(pair);
            }
        }
        plain.retain(|needle| needle.len() >= SHORTEST);
        let mut needles: Vec<String> = plain.iter().flat_map(|needle| forms(needle)).collect();
        needles.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        needles.dedup();
        Secrets { needles }
    }

    /// A text without secrets.
    pub fn mask(&self, text: &str) -> String {
        let hidden =
            |text: String, needle: &String| if text.contains(needle) { text.replace(needle, MASK) } else { text };
        look_alikes(self.needles.iter().fold(text.to_owned(), hidden))
    }

    /// Header lines as they are recorded: credentials and configured values are replaced whole.
    pub fn in_headers(&self, headers: &[(String, String)], own: &[(String, String)]) -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| {
                let secret = SECRET_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own))
                    || own.iter().any(|(own, secret)| own.eq_ignore_ascii_case(name) && secret == value);
                (name.clone(), if secret { MASK.to_owned() } else { self.mask(value) })
            })
            .collect()
    }

    /// A body without secrets. What is JSON stays JSON of the same form.
    pub fn in_payload(&self, payload: Payload) -> Payload {
        match payload {
            Payload::Empty => Payload::Empty,
            Payload::Text(text) => Payload::Text(self.in_body(text)),
            Payload::Base64(text) => match STANDARD.decode(&text) {
                Ok(bytes) => {
                    let masked = self.in_bytes(&bytes);
                    Payload::Base64(if masked == bytes { text } else { STANDARD.encode(masked) })
                }
                Err(_) => Payload::Base64(text),
            },
        }
    }

    fn in_body(&self, text: String) -> String {
        let named = CREDENTIALS.iter().any(|name| text.contains(name));
        // A JSON text may write a secret with escapes.
        let escaped = !self.needles.is_empty() && text.contains('\\');
        let value = (named || escaped).then(|| serde_json::from_str::<Value>(&text).ok()).flatten();
        if let Some(mut value) = value
            && self.in_value(&mut value)
        {
            return value.to_string();
        }
        self.mask(&text)
    }

    /// Masks in place; gives whether anything was a secret.
    fn in_value(&self, value: &mut Value) -> bool {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
            Value::String(text) => {
                let masked = self.mask(text);
                let changed = masked != *text;
                *text = masked;
                changed
            }
            Value::Array(items) => items.iter_mut().fold(false, |changed, item| self.in_value(item) | changed),
            Value::Object(members) => {
                let mut changed = members.keys().any(|name| self.mask(name) != *name);
                if changed {
                    *members = std::mem::take(members).into_iter().map(|(name, own)| (self.mask(&name), own)).collect();
                }
                for (name, own) in members.iter_mut() {
                    let credential = CREDENTIALS.contains(&name.as_str()) && own.as_str().is_none_or(|own| own != MASK);
                    if credential {
                        *own = Value::from(MASK);
                    }
                    changed |= credential || self.in_value(own);
                }
                changed
            }
        }
    }

    fn in_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for needle in self.needles.iter().map(String::as_bytes) {
            while let Some(place) = bytes.windows(needle.len()).position(|own| own == needle) {
                bytes.splice(place..place + needle.len(), MASK.bytes());
            }
        }
        bytes
    }

    /// An answer without secrets. What a target sets as a cookie is one too.
    pub fn in_answer(&self, answer: Answer) -> Answer {
        match answer {
            Answer::Received(received) => Answer::Received(Received {
                headers: self.in_headers(&received.headers, &[]),
                body: self.in_payload(received.body),
                ..received
            }),
            Answer::Lost(mut lost) => {
                lost.message = self.mask(&lost.message);
                Answer::Lost(lost)
            }
        }
    }

    /// Anything at all without the configured secrets, wherever they stand: the last net under what was masked before.
    pub fn nowhere<T: Serialize + DeserializeOwned>(&self, value: T) -> T {
        if self.needles.is_empty() {
            return value;
        }
        let found = serde_json::to_string(&value)
            .is_ok_and(|text| text.contains('\\') || self.needles.iter().any(|needle| text.contains(needle)));
        if !found {
            return value;
        }
        let Ok(mut tree) = serde_json::to_value(&value) else { return value };
        self.needles_in(&mut tree);
        serde_json::from_value(tree).unwrap_or(value)
    }

    fn needles_in(&self, value: &mut Value) {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
            Value::String(text) => {
                for needle in self.needles.iter().filter(|needle| needle.as_str() != MASK) {
                    if text.contains(needle) {
                        *text = text.replace(needle, MASK);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.needles_in(item)),
            Value::Object(members) => members.iter_mut().for_each(|(_, own)| self.needles_in(own)),
        }
    }
}

/// A secret as it is, percent-encoded, escaped in JSON, and as Base64 encodes it at any offset.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    for (upper, whole) in [(true, false), (false, false), (true, true), (false, true)] {
        let encoded = |byte: u8| match (kept(byte) && !whole, upper) {
            (true, _) => char::from(byte).to_string(),
            (false, true) => format!("%{byte:02X}"),
            (false, false) => format!("%{byte:02x}"),
        };
        let all: String = secret.bytes().map(encoded).collect();
        forms.push(all.replace("%20", "+"));
        forms.push(all);
    }
    let quoted = Value::from(secret).to_string();
    forms.push(quoted.trim_matches('"').to_owned());
    forms.push(quoted.trim_matches('"').replace('/', "\\/"));
    for offset in 0..3usize {
        let padded: Vec<u8> = std::iter::repeat_n(0, offset).chain(secret.bytes()).collect();
        let encoded = STANDARD_NO_PAD.encode(&padded);
        // The first and last digits depend on what stands around the secret.
        let front = (offset * 8).div_ceil(6);
        let back = usize::from(!padded.len().is_multiple_of(3));
        let inner = encoded.get(front..encoded.len().saturating_sub(back)).unwrap_or_default();
        if inner.len() >= 8 {
            forms.push(inner.replace('+', "-").replace('/', "_"));
            forms.push(inner.to_owned());
        }
    }
    forms
}

/// Hides what has the form of a credential, whoever's it is: bearer tokens, signed tokens, parameters of OAuth, and names
/// and passwords in URLs.
fn look_alikes(text: String) -> String {
    static FORMS: OnceLock<[Option<Regex>; 4]> = OnceLock::new();
    let [bearer, signed, parameter, user] = FORMS.get_or_init(|| {
        [
            Regex::new(r"(?i)(bearer(?:\s|%20|\+)+)[a-z0-9\-._~+/]{16,}((?:==)?\x22|=*(?:\s|$|[,;<&'\\]))").ok(),
            Regex::new(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*").ok(),
            Regex::new(&format!(r"(^|[?&#;\s\x22'])({})=([^&\s\x22'<>#;]+)", CREDENTIALS.join("|"))).ok(),
            Regex::new(r"(?i)(https?://)[^/\s\x22'<>@?#]+@").ok(),
        ]
    });
    let mut text = text;
    // Bodies are long and seldom hold any of these: a look for a fixed text is cheap.
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let wanted =
        [has(&["earer", "EARER"]), has(&["eyJ"]), has(&["="]) && has(&CREDENTIALS), has(&["://"]) && has(&["@"])];
    if wanted == [false; 4] {
        return text;
    }
    let hidden =
        [(bearer, "${1}[secret]${2}"), (signed, MASK), (parameter, "${1}${2}=[secret]"), (user, "${1}[secret]@")];
    for (_, (form, by)) in wanted.into_iter().zip(hidden).filter(|(wanted, _)| *wanted) {
        if let Some(form) = form {
            text = form.replace_all(&text, by).into_owned();
        }
    }
    text
}

#[cfg(test)]
mod tests;
