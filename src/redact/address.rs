//! URLs and references without ids of people, query values and credentials.

use super::authored::AuthoredText;
use super::body::is_id;
use super::{Inner, table};

impl Inner {
    /// A URL as it was sent or received: the base stays, and so do ids of what is about no person.
    pub(super) fn url(&self, authored: &AuthoredText, text: &str) -> String {
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
        let mut url = base + &self.path(path);
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
            (true, _) => Some(self.url(authored, text)),
            // The system of a contact point is a word, such as `phone`.
            (false, true) => Some(text.to_owned()),
            (false, false) => None,
        }
    }

    pub(super) fn reference(&self, authored: &AuthoredText, text: &str) -> String {
        if let Some(id) = text.strip_prefix('#') {
            return format!("#{}", self.placeholder("id", id));
        }
        let parts: Vec<&str> = text.split('/').collect();
        let relative = matches!(parts.as_slice(), [kind, id] | [kind, id, "_history", _] if is_type(kind) && is_id(id));
        if relative || text.starts_with("http://") || text.starts_with("https://") {
            self.url(authored, text)
        } else {
            self.placeholder("reference", text)
        }
    }

    /// The id after the name of a resource type is replaced, unless that type is about no person.
    fn path(&self, path: &str) -> String {
        let mut kept = Vec::new();
        let mut personal = false;
        for part in path.split('/') {
            // What no path of ours has (a blank or a mark, bare or encoded) may be anything.
            let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~$".contains(&byte));
            let next = is_type(part) && !table::IMPERSONAL.contains(&part);
            kept.push(match personal || !plain {
                true if !part.is_empty() => self.placeholder("id", part),
                true | false => part.to_owned(),
            });
            personal = next && !personal;
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

fn is_type(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.len() > 2
        && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}
