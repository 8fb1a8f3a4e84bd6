//! What a token endpoint responds (RFC 6749 sections 5.1 and 5.2), in values and in words.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::Token;
use crate::execute::evidence::{Reply, Response};
use crate::execute::words::brief;

/// The token in a response.
///
/// # Errors
/// Why there is none, as the end of a sentence about the request.
pub(super) fn token(received: &Response) -> Result<Token, String> {
    let body = received.body.json();
    if !received.status.is_success() {
        return Err(format!("gave {}{}", received.status, rejection(body.as_ref())));
    }
    let member = |name: &str| body.as_ref().and_then(|body| body.get(name));
    let Some(text) = member("access_token").and_then(Value::as_str).filter(|text| is_token(text)) else {
        return Err(format!("gave {} without a usable `access_token`", received.status));
    };
    if let Some(kind) = member("token_type").and_then(Value::as_str).filter(|kind| !kind.eq_ignore_ascii_case("bearer"))
    {
        return Err(format!("gave a token of type `{}`; expected Bearer", brief(kind)));
    }
    let seconds = member("expires_in").and_then(|value| value.as_f64().or_else(|| value.as_str()?.parse().ok()));
    let life = seconds.filter(|seconds| (0.0..1e9).contains(seconds)).map(Duration::from_secs_f64);
    let scope = member("scope").and_then(Value::as_str).map(brief);
    Ok(Token { scope, ..Token::new(text.to_owned(), life) })
}

/// Whether a text can stand in a header line.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The error that a token endpoint names, and its description.
fn rejection(body: Option<&Value>) -> String {
    let text = |name: &str| body.and_then(|body| body.get(name)).and_then(Value::as_str).map(brief);
    match (text("error"), text("error_description")) {
        (Some(error), Some(description)) => format!(" {error}: {description}"),
        (Some(error), None) => format!(" {error}"),
        (None, _) => String::new(),
    }
}

/// How far the clock of the server is ahead of this one, in seconds, where that is more than a minute.
pub fn skew(received: &Response) -> Option<i64> {
    let date = received.header("date")?;
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date.trim()).ok()?;
    let ahead = date.as_second() - jiff::Timestamp::now().as_second();
    (ahead.abs() > 60).then_some(ahead)
}

/// The same in words that can end a sentence; empty where the clocks agree.
pub(super) fn skew_in_words(reply: &Reply) -> String {
    let Reply::Received(received) = reply else { return String::new() };
    match skew(received) {
        Some(ahead) if ahead > 0 => format!("; the clock of this machine is {ahead} s behind that of the server"),
        Some(behind) => format!("; the clock of this machine is {} s ahead of that of the server", -behind),
        None => String::new(),
    }
}

/// How long a token lives that is a JWT and says so itself.
pub(super) fn life_of_jwt(token: &str) -> Option<Duration> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let left = claims.get("exp")?.as_i64()? - jiff::Timestamp::now().as_second();
    u64::try_from(left).ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::execute::evidence::Payload;
    use crate::words::fhir::StatusCode;

    fn received(code: u16, body: &str) -> Response {
        Response {
            status: StatusCode::new(code).unwrap(),
            version: "HTTP/1.1".to_owned(),
            headers: Vec::new(),
            body: Payload::Text(body.to_owned()),
            cut: false,
            too_deep: false,
        }
    }

    #[test]
    fn a_token_is_taken_with_its_life_and_nothing_else_is_one() {
        for (expires, life) in [("5", Some(5)), ("\"3600\"", Some(3600)), ("-1", None), ("null", None), ("1e300", None)]
        {
            let body = format!(r#"{{"access_token":"abc","token_type":"bearer","expires_in":{expires}}}"#);
            let found = token(&received(200, &body)).unwrap();
            assert_eq!((found.text.as_str(), found.life.map(|life| life.as_secs())), ("abc", life), "{expires}");
        }
        for (code, body, said) in [
            (200, "{}", "without a usable"),
            (200, "<html>", "without a usable"),
            (200, r#"{"access_token":"a b"}"#, "without a usable"),
            (200, r#"{"access_token":"a\r\nX: y"}"#, "without a usable"),
            (200, r#"{"access_token":"abc","token_type":"mac"}"#, "of type `mac`"),
            (401, r#"{"error":"invalid_client","error_description":"unknown kid"}"#, "401 invalid_client: unknown kid"),
            (503, "<html>", "503"),
        ] {
            let message = token(&received(code, body)).unwrap_err();
            assert!(message.contains(said) && !message.contains("abc"), "{message}");
        }
    }

    #[test]
    fn a_short_token_is_renewed_at_half_its_life_and_a_long_one_a_minute_before_its_end() {
        for (life, least, most) in [(4, 1, 2), (60, 29, 30), (3600, 3539, 3540)] {
            let token = Token::new("abc".to_owned(), Some(Duration::from_secs(life)));
            let left = token.renewed.unwrap().saturating_duration_since(std::time::Instant::now()).as_secs();
            assert!((least..=most).contains(&left) && token.is_good(), "{life}: {left}");
        }
        assert!(!Token::new("abc".to_owned(), Some(Duration::ZERO)).is_good());
    }
}
