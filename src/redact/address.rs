//! URLs and references without ids of people, query values and credentials.

use super::authored::AuthoredText;
use super::body::is_id;
use super::known::{is_type, is_word};
use super::{Inner, table};

impl Inner {
    /// The URL of a request: its path is the plan's, but for the ids in it.
    pub(super) fn url_of_request(&self, authored: &AuthoredText, text: &str) -> String {
        self.with_path(authored, text, |part| {
            part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~$".contains(&byte))
        })
    }

    /// A URL as it was received: what is known of its base stays, and so do ids of what is about no person.
    pub(super) fn url(&self, authored: &AuthoredText, text: &str) -> String {
        self.with_path(authored, text, |_| false)
    }

    /// A URL, of whose path those parts are kept that are known, and those that `keeps` keeps.
    fn with_path(&self, authored: &AuthoredText, text: &str, keeps: impl Fn(&str) -> bool) -> String {
        let (base, rest) = match text.strip_prefix(self.base_url.as_str()) {
            Some(rest) => (self.base_url.as_str().to_owned(), rest),
            None => match text.split_once("://") {
                Some((scheme, rest)) => {
                    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                    let (authority, rest) = rest.split_at(end);
                    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                    (format!("{scheme}://{host}"), rest)
                }
                None => (String::new(), text),
            },
        };
        let (rest, fragment) = cut(rest, '#');
        let (path, query) = cut(rest, '?');
        let mut url = base + &self.path(path, keeps);
        if let Some(query) = query {
            url.push('?');
            url.push_str(&self.query(authored, query));
        }
        if let Some(fragment) = fragment {
            url.push('#');
            url.push_str(&self.placeholder("fragment", fragment));
        }
        url
    }

    /// A URI that names a system, a profile or a resource; `None` where it is none that could be kept.
    pub(super) fn uri(&self, authored: &AuthoredText, text: &str) -> Option<String> {
        let known =
            ["http://", "https://", "urn:oid:", "urn:uuid:", "urn:ietf:"].iter().any(|start| text.starts_with(start));
        let word = text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_lowercase());
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        match (known && plain, word) {
            (true, _) if text.starts_with("urn:") => Some(text.to_owned()),
            // It names a system or a profile: what is in it was written for all, unless it leads to a person.
            (true, _) if text.split('/').any(|part| is_type(part) && !table::IMPERSONAL.contains(&part)) => {
                Some(self.url(authored, text))
            }
            (true, _) if text.contains(['?', '#', '@', '%']) => Some(self.url(authored, text)),
            (true, _) => Some(text.to_owned()),
            // The system of a contact point is a word, such as `phone`.
            (false, true) => is_word(text).then(|| text.to_owned()),
            (false, false) => None,
        }
    }

    pub(super) fn reference(&self, authored: &AuthoredText, text: &str) -> String {
        if let Some(id) = text.strip_prefix('#') {
            return format!("#{}", self.placeholder("id", id));
        }
        let parts: Vec<&str> = text.split('/').collect();
        let relative = matches!(parts.as_slice(), [kind, id] | [kind, id, "_history", _] if is_type(kind) && is_id(id));
        if text.starts_with("urn:uuid:") || text.starts_with("urn:oid:") {
            return text.to_owned();
        }
        if relative || text.starts_with("http://") || text.starts_with("https://") {
            self.url(authored, text)
        } else {
            self.placeholder("reference", text)
        }
    }

    /// A path, of which parts stay that are known: those of the base, names of resource types and of operations, the id of
    /// what is about no person, and a version of it.
    fn path(&self, path: &str, keeps: impl Fn(&str) -> bool) -> String {
        let mut kept = Vec::new();
        let mut before = "";
        for part in path.split('/') {
            let is_id = table::IMPERSONAL.contains(&before) && is_id(part);
            let is_version = before == "_history" && is_id_of_digits(part);
            let is_of_base = self.base_url.split('/').any(|of_base| of_base == part);
            let is_known = is_type(part)
                || is_id
                || is_version
                || is_of_base
                || is_word(&part.to_ascii_lowercase())
                || keeps(part);
            // What follows the name of a type about a person is an id, whatever it looks like.
            let is_of_person = is_type(before) && !table::IMPERSONAL.contains(&before) && !part.starts_with(['_', '$']);
            kept.push(match (is_known && !is_of_person) || part.is_empty() {
                true => part.to_owned(),
                false if is_of_person || is_type(before) => self.placeholder("id", part),
                false => self.placeholder("segment", part),
            });
            before = if is_of_person { "" } else { part };
        }
        kept.join("/")
    }

    fn query(&self, authored: &AuthoredText, query: &str) -> String {
        let pair = |pair: &str| match pair.split_once('=') {
            Some((name, value)) => {
                let plain = value.len() <= 64
                    && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:+/".contains(&byte));
                let ours = name.starts_with('_') || name == "start";
                if value.is_empty() || (plain && ours) || authored.has(value) {
                    pair.to_owned()
                } else {
                    format!("{name}={}", self.placeholder("query", value))
                }
            }
            None if pair.is_empty() => String::new(),
            None => self.placeholder("query", pair),
        };
        query.split('&').map(pair).collect::<Vec<_>>().join("&")
    }
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(front, rest)| (front, Some(rest)))
}

/// Whether a text may be a version: not letters alone.
fn is_id_of_digits(text: &str) -> bool {
    is_id(text) && text.bytes().any(|byte| byte.is_ascii_digit())
}
