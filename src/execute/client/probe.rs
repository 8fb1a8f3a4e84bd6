//! The way to a target, step by step: its name, the proxy, the connection, TLS.

use std::time::Duration;

use hyper::Uri;

use super::connect::{Route, is_secure, tcp, without_brackets};
use super::tls::Certificates;

/// Each step in order, with what it found or why it failed; nothing comes behind a failure.
pub(in crate::execute) async fn probe(
    base_url: &str,
    certificates: &Certificates,
    timeout: Duration,
) -> Vec<(&'static str, Result<String, String>)> {
    let mut steps = Vec::new();
    let uri: Uri = match base_url.parse() {
        Ok(uri) => uri,
        Err(error) => return vec![("name", Err(format!("the base URL cannot be read: {error}")))],
    };
    let route = match Route::new(base_url, certificates) {
        Ok(route) => route,
        Err(why) => return vec![("TLS", Err(why))],
    };
    let proxy = route.proxies.as_ref().and_then(|proxies| proxies.intercept(&uri)).map(|proxy| proxy.uri().clone());
    let first = proxy.as_ref().unwrap_or(&uri);
    let host = first.host().map(without_brackets).unwrap_or_default();
    let port = first.port_u16().unwrap_or(if is_secure(first) { 443 } else { 80 });
    let whose = if proxy.is_some() { "of the proxy " } else { "" };
    let found = match tokio::time::timeout(timeout, tokio::net::lookup_host((host, port))).await {
        Ok(Ok(addresses)) => {
            let mut ips: Vec<String> = addresses.map(|address| address.ip().to_string()).collect();
            ips.dedup();
            if ips.is_empty() {
                Err(format!("{host} has no address"))
            } else {
                Ok(format!("{whose}{host}: {}", ips.join(", ")))
            }
        }
        Ok(Err(cause)) => Err(format!("{whose}{host} cannot be resolved: {cause}")),
        Err(_) => Err(format!("{whose}{host} was not resolved within {} s", timeout.as_secs())),
    };
    let failed = found.is_err();
    steps.push(("name", found));
    if failed {
        return steps;
    }
    let shown = proxy.as_ref().map(|proxy| crate::sut::without_credentials(&proxy.to_string()));
    steps.push(("proxy", Ok(shown.map_or_else(|| "none".to_owned(), |proxy| format!("through {proxy}")))));
    let connected = tokio::time::timeout(timeout, tcp(first, route.proxies.is_none())).await;
    let connected = match connected {
        Ok(Ok(_)) => Ok(format!("{host} port {port} accepts connections")),
        Ok(Err(cause)) => Err(format!("no connection to {host} port {port}: {cause}")),
        Err(_) => Err(format!("no connection to {host} port {port} within {} s", timeout.as_secs())),
    };
    let failed = connected.is_err();
    steps.push(("TCP", connected));
    if failed {
        return steps;
    }
    let encrypted = match (is_secure(&uri), tokio::time::timeout(timeout, route.connect(&uri)).await) {
        (false, _) => Ok("none: the base URL is http".to_owned()),
        (true, Ok(Ok(_))) => Ok("the certificate of the server is trusted".to_owned()),
        (true, Ok(Err(cause))) => Err(cause),
        (true, Err(_)) => Err(format!("no handshake within {} s", timeout.as_secs())),
    };
    steps.push(("TLS", encrypted));
    steps
}
