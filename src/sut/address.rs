//! What a URL says about where a request goes.

use std::net::IpAddr;

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

#[cfg(test)]
mod tests {
    use super::*;

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
