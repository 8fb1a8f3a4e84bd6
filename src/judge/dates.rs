//! HTTP dates and FHIR instants, compared in whole seconds.

use std::sync::LazyLock;
use std::time::UNIX_EPOCH;

use regex_lite::Regex;

/// Seconds since 1970 of an HTTP date in any of the three legal forms (RFC 9110 section 5.6.7).
pub(super) fn http_date(text: &str) -> Option<i64> {
    let time = httpdate::parse_http_date(text).ok()?;
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// Whether a text is an IMF-fixdate, the only form a sender may produce.
pub(super) fn is_imf_fixdate(text: &str) -> bool {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let form = r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$";
        Regex::new(form).ok()
    });
    FORM.as_ref().is_some_and(|form| form.is_match(text)) && http_date(text).is_some()
}

/// Seconds since 1970 of a FHIR instant.
pub(super) fn instant(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}
