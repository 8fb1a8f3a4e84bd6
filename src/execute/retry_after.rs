//! The time that a target asks for before a request is sent again.

use std::time::Duration;

use super::evidence::Response;

/// The time that a response asks for before the request is sent again, where it does.
pub(super) fn asked(received: &Response) -> Option<Duration> {
    let asked = received.header("retry-after").and_then(|value| wanted(value, jiff::Timestamp::now()));
    // Hosted services give a finer time in headers that no standard has.
    let finer = ["x-ms-retry-after-ms", "retry-after-ms"].into_iter().find_map(|name| received.header(name));
    let finer = finer.and_then(|value| value.trim().parse().ok()).map(Duration::from_millis);
    finer.or(asked)
}

/// The time that a Retry-After asks for, in seconds or as an HTTP-date (RFC 9110 section 10.2.3); `None` where it is
/// neither. A date in the past asks for none.
fn wanted(retry_after: &str, now: jiff::Timestamp) -> Option<Duration> {
    let text = retry_after.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let seconds = |value| wanted(value, now).map(|time| time.as_secs());
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds(" 7 "), Some(7));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:30 GMT"), Some(30));
        assert_eq!(seconds("Wed, 31 Dec 1969 23:59:00 GMT"), Some(0));
        for garbage in ["", "-1", "1.5", "soon", "99999999999999999999999"] {
            assert_eq!(seconds(garbage), None, "{garbage}");
        }
    }
}
