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

#[cfg(test)]
mod tests {
    use super::*;

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
