//! Who is asking: the bearer token of a request, where the server asks for one (AUTH-01 to AUTH-03).

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::Server;
use super::fault::Fault;
use super::respond::{Issue, Refusal};

/// Refuses a request without the token that the server asks for (RFC 6750 section 3).
pub(super) fn check(server: &Server, headers: &HeaderMap) -> Result<(), Refusal> {
    let rules = &server.rules;
    let Some(token) = &server.token else { return Ok(()) };
    if rules.has(Fault::AuthenticationNotChecked) {
        return Ok(());
    }
    let shown = headers.get(AUTHORIZATION).and_then(|line| bearer(line.to_str().ok()?));
    let (message, challenge) = match shown {
        Some(shown) if shown == token || rules.has(Fault::AnyTokenPasses) => return Ok(()),
        Some(_) => ("The token is not known here.", r#"Bearer realm="reference", error="invalid_token""#),
        None => ("A bearer token is needed.", r#"Bearer realm="reference""#),
    };
    let status = if rules.has(Fault::UnauthenticatedIsForbidden) { 403 } else { 401 };
    let refusal = Refusal::new(status, Issue::Login, message.to_owned()).stated();
    Err(if rules.has(Fault::NoChallenge) { refusal } else { refusal.with("www-authenticate", challenge) })
}

/// The token of a line such as `Bearer …`; the name of the scheme may be in any case (RFC 9110 section 11.1).
fn bearer(line: &str) -> Option<&str> {
    let (scheme, token) = line.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
