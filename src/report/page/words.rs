//! Words that several reports share: what a verdict means, signs beside colours, areas, and links to documents.

use crate::record::{Area, RunVerdict, Verdict};

/// A sign that stands beside the word of a verdict, so that colour carries nothing alone.
pub(in crate::report) const fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Error => "‼",
        Verdict::Fail => "✗",
        Verdict::Inconclusive => "?",
        Verdict::NotTested => "○",
        Verdict::Warn => "!",
        Verdict::Pass => "✓",
        Verdict::Observed => "◦",
        Verdict::NotApplicable => "–",
    }
}

/// What a verdict means, in half a sentence.
pub(in crate::report) const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Error => "trouble of the harness itself; it proves nothing about the target",
        Verdict::Fail => "the rule is broken",
        Verdict::Inconclusive => "tried, but it proves nothing: the control failed, or a response was lost",
        Verdict::NotTested => "not tried, for the reason given",
        Verdict::Warn => "kept in a way that no document states, or a soft rule broken",
        Verdict::Pass => "the rule was kept; for a rejection, the same request without the defect was accepted",
        Verdict::Observed => "no document decides; recorded for comparison",
        Verdict::NotApplicable => "not relevant for this target, by its declaration",
    }
}

/// The sign of a run's verdict.
pub(in crate::report) const fn run_sign(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Conformant | RunVerdict::SelectionPassed => "✓",
        RunVerdict::NotConformant | RunVerdict::SelectionFailed => "✗",
        RunVerdict::Incomplete => "?",
        RunVerdict::Error => "‼",
    }
}

/// The word of a run's verdict as it goes into a class or a code.
pub(in crate::report) const fn run_code(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Conformant => "conformant",
        RunVerdict::NotConformant => "not-conformant",
        RunVerdict::Incomplete => "incomplete",
        RunVerdict::Error => "error",
        RunVerdict::SelectionFailed => "selection-failed",
        RunVerdict::SelectionPassed => "selection-passed",
    }
}

/// `Not conformant`, at the beginning of a sentence.
pub(in crate::report) const fn run_title(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Conformant => "Conformant",
        RunVerdict::NotConformant => "Not conformant",
        RunVerdict::Incomplete => "Incomplete",
        RunVerdict::Error => "Error",
        RunVerdict::SelectionFailed => "Selection failed",
        RunVerdict::SelectionPassed => "Selection passed",
    }
}

/// What the verdict of a run means, in whole sentences.
pub(in crate::report) const fn run_meaning(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Conformant => {
            "Every MUST of this edition that applies to the target and that a scenario can verify was tested and kept. \
             Each rejection counts only because the same request without the defect was accepted."
        }
        RunVerdict::NotConformant => {
            "At least one MUST of this edition is broken. Each broken rule is listed under Findings, with the exchange \
             that shows it and the document that makes the rule."
        }
        RunVerdict::Incomplete => {
            "No MUST of this edition was found broken, but at least one that applies could not be decided. The run proves \
             neither that the contract is kept nor that it is not."
        }
        RunVerdict::Error => "The harness itself failed. The run proves nothing about the target.",
        RunVerdict::SelectionFailed => {
            "Only a part of the suite was asked for, and at least one case of it fails, though no MUST of this edition was \
             found broken. Each failure is listed under Findings."
        }
        RunVerdict::SelectionPassed => {
            "Only a part of the suite was asked for, and every case of it passes. What was not asked for is untested, so \
             this certifies nothing."
        }
    }
}

/// The title of a section of the contract.
pub(in crate::report) const fn area_title(area: Area) -> &'static str {
    match area {
        Area::Auth => "Authentication",
        Area::Hdr => "Request headers",
        Area::Rsp => "Responses",
        Area::Ver => "Versions and If-Match",
        Area::Trn => "Status transitions",
        Area::Ops => "Operations",
        Area::Comb => "Combinations",
        Area::Val => "Values",
        Area::Err => "Errors",
        Area::Conc => "Concurrency",
        Area::Atom => "Atomicity",
        Area::Rfc => "JSON Patch and HTTP",
        Area::Base => "FHIR base",
    }
}

/// `1 case`, `2 cases`.
pub(in crate::report) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
