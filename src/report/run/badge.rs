//! A badge in the endpoint form of shields.io.

use serde_json::json;

use crate::record::{Edition, RunRecord, RunVerdict};
use crate::report::page::words::run_code;

/// The badge of a run as JSON.
pub fn badge(record: &RunRecord) -> String {
    let contract = match record.edition {
        Edition::May2019 | Edition::March2024 => format!("Appointment PATCH {}", record.edition),
        Edition::FhirR4 => "Appointment PATCH FHIR R4".to_owned(),
    };
    let (message, color) = match record.summary.verdict {
        RunVerdict::Conformant => ("conformant", "brightgreen"),
        RunVerdict::NotConformant => ("not conformant", "red"),
        RunVerdict::Incomplete => ("incomplete", "yellow"),
        RunVerdict::Error => ("error", "lightgrey"),
        RunVerdict::SelectionFailed => ("selected cases fail", "orange"),
        // Never green: who reads a badge takes it for the whole.
        RunVerdict::SelectionPassed => ("selected cases pass", "blue"),
    };
    // A partial run proves nothing, whatever it saw.
    let (message, color) = match (&record.cut_short, record.summary.verdict) {
        (Some(_), RunVerdict::Conformant | RunVerdict::Incomplete | RunVerdict::SelectionPassed) => {
            ("incomplete", "yellow")
        }
        (Some(_) | None, _) => (message, color),
    };
    let is_error = run_code(record.summary.verdict) == "error";
    let badge =
        json!({ "schemaVersion": 1, "label": contract, "message": message, "color": color, "isError": is_error });
    format!("{badge:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_badge_never_promises_more_than_the_run() {
        let mut record = samples::empty();
        assert!(badge(&record).contains("\"message\": \"conformant\""));
        record.cut_short = Some("interrupted".to_owned());
        assert!(badge(&record).contains("\"message\": \"incomplete\""));
        record.summary.verdict = RunVerdict::NotConformant;
        assert!(badge(&record).contains("\"message\": \"not conformant\""));
    }
}
