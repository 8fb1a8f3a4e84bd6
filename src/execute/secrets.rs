//! Keeps the values of configured headers out of the record, also where a target sends them back.

use super::evidence::{Answer, Payload, Received};

/// What stands in the place of a secret.
const MASK: &str = "[secret]";

/// Texts that never reach the record.
#[derive(Debug, Clone, Default)]
pub(super) struct Secrets {
    needles: Vec<String>,
}

impl Secrets {
    /// The secrets of configured header lines: each value, and the credentials after a scheme such as `Bearer`.
    pub fn of(headers: &[(String, String)]) -> Secrets {
        /// A shorter text stands in too many places by chance; what is so short is no secret.
        const SHORTEST: usize = 6;
        let mut needles = Vec::new();
        for (_, value) in headers {
            needles.push(value.clone());
            needles.extend(value.split_once(' ').map(|(_, credentials)| credentials.trim().to_owned()));
        }
        needles.retain(|needle| needle.len() >= SHORTEST);
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        needles.dedup();
        Secrets { needles }
    }

    /// A text without secrets.
    pub fn mask(&self, text: &str) -> String {
        self.needles.iter().fold(text.to_owned(), |text, needle| text.replace(needle.as_str(), MASK))
    }

    /// Header lines as they are recorded: credentials and configured values are replaced whole.
    pub fn in_headers(&self, headers: &[(String, String)], own: &[(String, String)]) -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| {
                let credentials = ["authorization", "proxy-authorization", "cookie"];
                let secret = credentials.iter().any(|own| name.eq_ignore_ascii_case(own))
                    || own.iter().any(|(own, secret)| own.eq_ignore_ascii_case(name) && secret == value);
                (name.clone(), if secret { MASK.to_owned() } else { self.mask(value) })
            })
            .collect()
    }

    /// A body without secrets.
    pub fn in_payload(&self, payload: Payload) -> Payload {
        match payload {
            Payload::Text(text) if self.needles.iter().any(|needle| text.contains(needle)) => {
                Payload::Text(self.mask(&text))
            }
            Payload::Empty | Payload::Text(_) | Payload::Base64(_) => payload,
        }
    }

    /// An answer without secrets. What a target sets as a cookie is one too.
    pub fn in_answer(&self, answer: Answer) -> Answer {
        match answer {
            Answer::Received(received) => Answer::Received(Received {
                headers: received
                    .headers
                    .into_iter()
                    .map(|(name, value)| {
                        let value = if name == "set-cookie" { MASK.to_owned() } else { self.mask(&value) };
                        (name, value)
                    })
                    .collect(),
                body: self.in_payload(received.body),
                ..received
            }),
            Answer::Lost(mut lost) => {
                lost.message = self.mask(&lost.message);
                Answer::Lost(lost)
            }
        }
    }
}
