//! FHIR dateTimes as instants.

use jiff::Timestamp;
use jiff::civil::Date;

/// The first instant of a FHIR dateTime, in UTC where it has no time zone; `None` where it is none.
pub(super) fn begins(text: &str) -> Option<Timestamp> {
    let shape: String =
        text.chars().map(|character| if character.is_ascii_digit() { '9' } else { character }).collect();
    let day = match shape.as_str() {
        "9999" => format!("{text}-01-01"),
        "9999-99" => format!("{text}-01"),
        "9999-99-99" => text.to_owned(),
        _ => {
            let time = shape.strip_prefix("9999-99-99T99:99:99")?;
            let zone = match time.strip_prefix('.') {
                Some(fraction) => fraction.trim_start_matches('9'),
                None => time,
            };
            return if matches!(zone, "Z" | "+99:99" | "-99:99") { text.parse().ok() } else { None };
        }
    };
    let day: Date = day.parse().ok()?;
    format!("{day}T00:00:00Z").parse().ok()
}
