//! What a URL says about where a request goes.

use std::net::IpAddr;

use crate::words::path::path_problem;

/// The host of a URL as it is written, without the port; an IPv6 address keeps its brackets.
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) | None => authority,
    }
}

/// Whether the host of a URL is this machine, by its name or address alone: nothing is looked up.
pub fn is_loopback(url: &str) -> bool {
    let host = host(url);
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host).parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// A URL with what stands before the `@` of its host masked: it may be a password.
pub fn without_credentials(url: &str) -> String {
    let begin = authority(url);
    let end = url[begin..].find(['/', '?', '#', '\\']).map_or(url.len(), |length| begin + length);
    match url[begin..end].rfind('@') {
        Some(at) => format!("{}***{}", &url[..begin], &url[begin + at..]),
        None => url.to_owned(),
    }
}

/// Where the host of a URL, or what stands before it, begins.
fn authority(url: &str) -> usize {
    url.find("://").map_or(if url.starts_with("//") { 2 } else { 0 }, |place| place + 3)
}

/// What stands before the part of a URL that names a resource, where there is such a part.
pub fn base_before(url: &str) -> Option<&str> {
    const NAMES: [&str; 7] =
        ["Appointment", "metadata", "Slot", "Schedule", "Patient", "Practitioner", "CapabilityStatement"];
    let begin = authority(url);
    let named = |place: usize| NAMES.contains(&url[place + 1..].split('/').next().unwrap_or_default());
    let slashes = url.match_indices('/').map(|(place, _)| place).filter(|place| *place >= begin);
    slashes.filter(|place| named(*place)).map(|place| &url[..place]).next()
}

/// Scheme, host and port of a URL, as they are compared (RFC 6454 section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOrigin {
    is_secure: bool,
    /// In lower case; an IPv6 address in its shortest form, in brackets.
    host: String,
    port: u16,
}

impl WebOrigin {
    /// The origin of an http or https URL. Strict, so that nobody reads another host in it: a scheme in lower case, no
    /// credentials, and a host that is a name, an IPv4 address, or an IPv6 address in brackets.
    pub fn of(url: &str) -> Option<WebOrigin> {
        let (scheme, rest) = url.split_once("://")?;
        let is_secure = match scheme {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
        let bracket = authority.rfind(']').unwrap_or(0);
        let (host, port) = match authority[bracket..].find(':') {
            Some(colon) => authority.split_at(bracket + colon),
            None => (authority, ""),
        };
        let port = match port.strip_prefix(':') {
            None => {
                if is_secure {
                    443
                } else {
                    80
                }
            }
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
            Some(_) => return None,
        };
        let host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(address) => format!("[{}]", address.parse::<std::net::Ipv6Addr>().ok()?),
            None if is_name(host) => host.to_ascii_lowercase(),
            None => return None,
        };
        Some(WebOrigin { is_secure, host, port })
    }

    /// The origin as a URL has it, without the usual port.
    pub fn shown(&self) -> String {
        let WebOrigin { is_secure, host, port } = self;
        match (is_secure, port) {
            (true, 443) => format!("https://{host}"),
            (false, 80) => format!("http://{host}"),
            (true, _) => format!("https://{host}:{port}"),
            (false, _) => format!("http://{host}:{port}"),
        }
    }

    /// The path of a URL of this origin, and its query with the question mark.
    pub fn rest<'u>(&self, url: &'u str) -> (&'u str, &'u str) {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let rest = &rest[rest.find(['/', '?', '#']).unwrap_or(rest.len())..];
        rest.split_at(rest.find('?').unwrap_or(rest.len()))
    }
}

/// Whether a host is a name or an IPv4 address.
fn is_name(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

/// Why a text is no base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WrongUrl {
    Scheme,
    Host,
    TokenSource,
    Query,
    Fragment,
    Space,
    Path,
}

impl WrongUrl {
    pub(super) const fn text(self) -> &'static str {
        match self {
            WrongUrl::Scheme => "its scheme is neither http nor https",
            WrongUrl::Host => {
                "it has no host and port: expected a name in ASCII, an IPv4 address, or an IPv6 address in brackets"
            }
            WrongUrl::TokenSource => "it has credentials in it (give them with --header 'Authorization: …')",
            WrongUrl::Query => "it has a query",
            WrongUrl::Fragment => "it has a fragment",
            WrongUrl::Space => "it has a space in it",
            WrongUrl::Path => "its path is not a plain one: expected no `..`, no backslash and no control character",
        }
    }
}

/// Whether a text is a base URL.
pub fn is_base_url(text: &str) -> bool {
    base_url(text).is_ok()
}

/// A base URL without its last slash, its scheme in lower case.
pub(super) fn base_url(text: &str) -> Result<String, WrongUrl> {
    let (scheme, rest) = text.split_once("://").ok_or(WrongUrl::Scheme)?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        return Err(WrongUrl::Scheme);
    }
    let base = format!("{scheme}://{}", rest.trim_end_matches('/'));
    let origin = WebOrigin::of(&base);
    let is_plain = |origin: &WebOrigin| {
        let (path, _) = origin.rest(&base);
        path.is_empty() || path_problem(path).is_none()
    };
    match () {
        () if text.contains('@') => Err(WrongUrl::TokenSource),
        () if text.contains('?') => Err(WrongUrl::Query),
        () if text.contains('#') => Err(WrongUrl::Fragment),
        () if text.contains(char::is_whitespace) => Err(WrongUrl::Space),
        () => match origin {
            None => Err(WrongUrl::Host),
            Some(origin) if !is_plain(&origin) => Err(WrongUrl::Path),
            Some(_) => Ok(base),
        },
    }
}

/// A text that was meant as a base URL, without what in it may be secret.
pub(super) fn shown(text: &str) -> String {
    let masked = without_credentials(text);
    match masked.find(['?', '#']) {
        Some(place) => format!("{}***", &masked[..=place]),
        None => masked,
    }
}

/// As [`shown`], of the same length: what points into the text still does.
pub(super) fn starred(text: &str) -> String {
    let end = text.find(['?', '#']).map_or(text.len(), |place| place + 1);
    let begin = text.find("://").map_or(0, |place| place + 3);
    let at = text.rfind('@').unwrap_or(begin);
    let secret = |place: usize| (begin..at).contains(&place) || place >= end;
    text.char_indices()
        .map(|(place, letter)| if secret(place) { "*".repeat(letter.len_utf8()) } else { letter.into() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_clean_and_a_wrong_one_is_shown_without_its_secrets() {
        assert_eq!(base_url("HTTPS://a.example/r4//"), Ok("https://a.example/r4".to_owned()));
        for (text, wrong) in [
            ("ftp://a.example", WrongUrl::Scheme),
            ("target.yaml", WrongUrl::Scheme),
            ("http:///r4", WrongUrl::Host),
            ("http://me:s3cret@a.example/r4", WrongUrl::TokenSource),
            ("http://a.example/r4?token=s3cret", WrongUrl::Query),
            ("http://a.example/r4#s3cret", WrongUrl::Fragment),
            ("http://a.example/r 4", WrongUrl::Space),
            ("http://a.example:80x/r4", WrongUrl::Host),
            ("http://a.example:99999/r4", WrongUrl::Host),
            ("http://localhost\\.b.example/r4", WrongUrl::Host),
            ("http://%6cocalhost/r4", WrongUrl::Host),
            ("http://[::1]b.example/r4", WrongUrl::Host),
            ("http://[1.2.3.4]/r4", WrongUrl::Host),
            ("http://a.example/x/../r4", WrongUrl::Path),
            ("http://a.example/x/%2e%2E", WrongUrl::Path),
            ("http://a.example/x\\r4", WrongUrl::Path),
        ] {
            assert_eq!(base_url(text), Err(wrong), "{text}");
            assert!(!shown(text).contains("s3cret") && !starred(text).contains("s3cret"), "{text}");
            assert_eq!(starred(text).len(), text.len());
        }
    }

    #[test]
    fn what_may_be_a_password_is_masked() {
        for (url, expected) in [
            ("https://me:s3cret@a.example/r4", "https://***@a.example/r4"),
            ("https://me:s3@cret@a.example/r4?x=@y", "https://***@a.example/r4?x=@y"),
            ("HTTP://s3cret@a.example", "HTTP://***@a.example"),
            ("//me:s3cret@a.example/x", "//***@a.example/x"),
            ("https://a.example/@x", "https://a.example/@x"),
            ("/Appointment/1", "/Appointment/1"),
        ] {
            assert_eq!(without_credentials(url), expected);
        }
    }

    #[test]
    fn the_base_ends_before_a_resource() {
        assert_eq!(base_before("https://a/r4/Appointment/7"), Some("https://a/r4"));
        assert_eq!(base_before("https://Patient/r4/metadata"), Some("https://Patient/r4"));
        assert_eq!(base_before("https://a/FHIR/R4"), None);
    }

    #[test]
    fn this_machine_is_known_by_its_names_and_addresses() {
        let here = ["http://localhost:80/r4", "https://LOCALHOST", "http://127.8.0.1:1/", "http://[::1]:8080/r4"];
        for url in here.into_iter().chain(["http://[::1]", "http://[::ffff:127.0.0.1]:1/"]) {
            assert!(is_loopback(url), "{url}");
        }
        for url in ["http://localhost.example.org/", "http://10.0.0.1/", "https://[2001:db8::1]/r4", "127.0.0.1", ""] {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
