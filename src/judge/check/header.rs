//! Checks of the headers of a response.

use super::view::CheckView;
use crate::execute::evidence::Response;
use crate::judge::dates;
use crate::judge::verdict::CheckResult;
use crate::suite::scenario::{HeaderCheck, HeaderForm};
use crate::words::fhir::{EntityTag, FHIR_JSON};

/// A header: whether it is there, what it holds, and its form.
pub(super) fn header(check: &HeaderCheck, received: &Response) -> CheckResult {
    let lines: Vec<&str> = received.header_lines(&check.name).collect();
    let Some(first) = lines.first() else {
        if check.optional || !check.present {
            return if check.present { CheckResult::Void } else { CheckResult::Holds };
        }
        return CheckResult::Broken { expected: format!("a {} header", check.name), found: "none".to_owned() };
    };
    if !check.present {
        return CheckResult::Broken { expected: format!("no {} header", check.name), found: format!("`{first}`") };
    }
    let value = lines.join(", ");
    if let Some(member) = &check.contains {
        let listed = value.split(',').map(|part| part.split(';').next().unwrap_or_default().trim());
        let has = listed.into_iter().any(|part| part.eq_ignore_ascii_case(member));
        if !has {
            return CheckResult::Broken {
                expected: format!("`{member}` in {}", check.name),
                found: format!("`{value}`"),
            };
        }
    }
    let Some(form) = check.form else { return CheckResult::Holds };
    let (holds, expected) = formed(form, &lines);
    CheckResult::of(holds, format!("{}: {expected}", check.name), format!("{}: {value}", check.name))
}

/// Whether the lines of a header have a form, and what the form is.
fn formed(form: HeaderForm, lines: &[&str]) -> (bool, &'static str) {
    let first = lines.first().copied().unwrap_or_default();
    let value = lines.join(", ");
    let alone = lines.len() == 1;
    match form {
        HeaderForm::WeakVersionTag => {
            let holds = alone && version_tag(first).is_some_and(|tag| tag.is_weak());
            (holds, "one weak entity tag around a FHIR id: W/\"…\"")
        }
        HeaderForm::VersionTag => {
            (alone && version_tag(first).is_some(), "one entity tag around a FHIR id: W/\"…\" or \"…\"")
        }
        HeaderForm::EntityTag => (alone && first.parse::<EntityTag>().is_ok(), "one entity tag"),
        HeaderForm::ImfFixdate => {
            (alone && dates::is_imf_fixdate(first), "one date such as Sun, 06 Nov 1994 08:49:37 GMT")
        }
        HeaderForm::NonEmpty => (!value.trim().is_empty(), "a value"),
        HeaderForm::FhirJson => {
            let essence = first.split(';').next().unwrap_or_default().trim();
            (essence.eq_ignore_ascii_case(FHIR_JSON), FHIR_JSON)
        }
        HeaderForm::NotCacheable => {
            let directives = value.to_ascii_lowercase();
            let kept_out = ["no-cache", "no-store", "private", "max-age=0"];
            let not_cached = kept_out.iter().any(|directive| directives.contains(directive));
            (not_cached, "a directive that keeps caches out (no-cache, no-store, private)")
        }
    }
}

/// An entity tag around what may be a FHIR id: 1 to 64 letters, digits, hyphens and dots.
fn version_tag(text: &str) -> Option<EntityTag> {
    let is_id = |opaque: &str| {
        (1..=64).contains(&opaque.len())
            && opaque.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    };
    text.parse::<EntityTag>().ok().filter(|tag| is_id(tag.opaque()))
}

/// Two dates in order, where both are there.
pub(super) fn not_later(received: &Response, earlier: &str, later: &str, slack: u32) -> CheckResult {
    let (Some(first), Some(second)) = (received.header(earlier), received.header(later)) else {
        return CheckResult::Void;
    };
    match (dates::http_date(first), dates::http_date(second)) {
        (Some(one), Some(other)) => CheckResult::of(
            one <= other + i64::from(slack),
            format!("{earlier} not later than {later}"),
            format!("{earlier} `{first}`, {later} `{second}`"),
        ),
        // The form of each date is another check's affair.
        _ => CheckResult::Void,
    }
}

/// The request's id comes back, or another id to correlate by.
pub(super) fn echoes_request_id(view: &CheckView<'_, '_>) -> CheckResult {
    let sent = view.exchange.sent_header("x-request-id");
    let received = view.received.header("x-request-id");
    CheckResult::of(
        (sent.is_some() && received == sent) || view.received.header("x-correlation-id").is_some(),
        "the request's X-Request-Id, or an X-Correlation-Id",
        format!("X-Request-Id `{}`", received.unwrap_or("absent")),
    )
}
