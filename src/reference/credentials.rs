//! Who is asking: the bearer token of a request, where the server asks for one (AUTH-01 to AUTH-03).

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::clause::Clause;
use super::rejection::Rejection;
use super::terms::Terms;

/// Holds a request against the token that was issued; nobody has to show one where there is none.
///
/// # Errors
/// 401 with a challenge (RFC 6750 section 3).
pub(super) fn check(terms: &Terms, token: Option<&str>, headers: &HeaderMap) -> Result<(), Rejection> {
    let Some(token) = token else { return Ok(()) };
    let shown = headers.get(AUTHORIZATION).and_then(|line| bearer(line.to_str().ok()?));
    terms
        .require(Clause::TokenShown, shown.is_some(), || "A bearer token is needed.".to_owned())
        .map_err(|rejection| rejection.with("www-authenticate", r#"Bearer realm="reference""#))?;
    terms
        .require(Clause::TokenKnown, shown == Some(token), || "The token is not known here.".to_owned())
        .map_err(|rejection| rejection.with("www-authenticate", r#"Bearer realm="reference", error="invalid_token""#))
}

/// The token of a line such as `Bearer …`; the name of the scheme may be in any case (RFC 9110 section 11.1).
fn bearer(line: &str) -> Option<&str> {
    let (scheme, token) = line.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
