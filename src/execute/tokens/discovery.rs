//! Where the token endpoint is, as `.well-known/smart-configuration` says, and whether it may be asked.

use serde_json::Value;

use crate::execute::evidence::Response;
use crate::execute::words::brief;
use crate::sut::WebOrigin;

/// The path of the document under a base URL.
pub const PATH: &str = "/.well-known/smart-configuration";

/// The token endpoint in a response to the discovery request.
///
/// # Errors
/// Why there is none, as the end of a sentence about the request.
pub(super) fn endpoint(received: &Response) -> Result<String, String> {
    const HINT: &str = "expected `token-url` in the target file, or a server that says it";
    if !received.status.is_success() {
        return Err(format!("gave {}; {HINT}", received.status));
    }
    let body = received.body.json().ok_or_else(|| format!("gave {} and no JSON; {HINT}", received.status))?;
    let url = body.get("token_endpoint").and_then(Value::as_str);
    url.map(str::to_owned).ok_or_else(|| format!("names no `token_endpoint`; {HINT}"))
}

/// Whether a discovered token endpoint is at the target, or at the host that the target file names.
///
/// # Errors
/// It is elsewhere, and what to write; or secrets would travel in the clear.
pub(super) fn admit(base_url: &str, endpoint: &str, host: Option<&str>) -> Result<(), String> {
    let shown = brief(&crate::sut::without_credentials(endpoint));
    let origin =
        WebOrigin::of(endpoint).ok_or_else(|| format!("the token endpoint `{shown}` is no http or https URL"))?;
    let is_secure = |url: &str| url.starts_with("https://");
    if is_secure(base_url) && !is_secure(endpoint) {
        return Err(format!("the token endpoint {shown} is not https, and the target is"));
    }
    let scheme = if is_secure(endpoint) { "https" } else { "http" };
    let named = host.and_then(|host| WebOrigin::of(&format!("{scheme}://{host}")));
    if WebOrigin::of(base_url).as_ref() == Some(&origin) || named.as_ref() == Some(&origin) {
        return Ok(());
    }
    let authority = endpoint.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
    Err(format!(
        "the token endpoint {shown} is at another host than the target; expected `token-host: {}` in the target file",
        brief(authority)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_endpoint_elsewhere_is_asked_only_where_the_target_file_names_its_host() {
        for (base, endpoint, host, said) in [
            ("https://a.test/r4", "https://a.test/token", None, ""),
            ("https://a.test/r4", "https://a.test:443/token", None, ""),
            ("https://a.test/r4", "https://auth.test/token", Some("auth.test"), ""),
            ("https://a.test/r4", "https://auth.test:8443/t", Some("auth.test:8443"), ""),
            ("http://127.0.0.1:80/r4", "http://127.0.0.1/token", None, ""),
            ("https://a.test/r4", "https://auth.test/token", None, "token-host: auth.test"),
            ("https://a.test/r4", "https://auth.test:1/token", Some("auth.test"), "token-host: auth.test:1"),
            ("https://a.test/r4", "https://auth.test.evil.test/token", Some("auth.test"), "another host"),
            ("https://a.test/r4", "http://a.test/token", None, "is not https"),
            ("https://a.test/r4", "http://auth.test/token", Some("auth.test"), "is not https"),
            ("http://127.0.0.1:1/r4", "http://127.0.0.1:2/token", None, "token-host: 127.0.0.1:2"),
            ("https://a.test/r4", "https://me:s3cret@a.test/token", None, "is no http or https URL"),
            ("https://a.test/r4", "file:///etc/passwd", None, "is no http or https URL"),
        ] {
            let admitted = admit(base, endpoint, host);
            match (&admitted, said) {
                (Ok(()), "") => {}
                (Err(why), said) if !said.is_empty() => {
                    assert!(why.contains(said) && !why.contains("s3cret"), "{endpoint}: {why}");
                }
                (Ok(()) | Err(_), _) => assert_eq!(admitted, Err(said.to_owned()), "{endpoint}"),
            }
        }
    }
}
