//! Words that several reports share: what a verdict means, signs beside colours, areas, and links to documents.

use crate::record::{Area, Level, RequirementId, RequirementRecord, RunRecord, RunVerdict, Standing, Verdict};

/// A sign that stands beside the word of a verdict, so that colour carries nothing alone.
pub(super) const fn sign(verdict: Verdict) -> &'static str {
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
pub(super) const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Error => "the harness's own trouble; it says nothing about the target",
        Verdict::Fail => "the rule is broken",
        Verdict::Inconclusive => "tried, and it proves nothing: the control failed, or an answer was lost",
        Verdict::NotTested => "not tried, for the reason given",
        Verdict::Warn => "kept in a way documents do not quite give, or a soft rule broken",
        Verdict::Pass => "the rule was kept, and for a refusal the same request without its defect was accepted",
        Verdict::Observed => "no document decides; recorded for comparison",
        Verdict::NotApplicable => "does not concern this target, by its own declaration",
    }
}

/// The sign of a run's verdict.
pub(super) const fn run_sign(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Conformant => "✓",
        RunVerdict::NotConformant => "✗",
        RunVerdict::Incomplete => "?",
        RunVerdict::Error => "‼",
    }
}

/// The word of a run's verdict as it goes into a class or a code.
pub(super) const fn run_code(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Conformant => "conformant",
        RunVerdict::NotConformant => "not-conformant",
        RunVerdict::Incomplete => "incomplete",
        RunVerdict::Error => "error",
    }
}

/// `Not conformant`, at the beginning of a sentence.
pub(super) const fn run_title(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Conformant => "Conformant",
        RunVerdict::NotConformant => "Not conformant",
        RunVerdict::Incomplete => "Incomplete",
        RunVerdict::Error => "Error",
    }
}

/// What the verdict of a run means, in whole sentences.
pub(super) const fn run_meaning(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Conformant => {
            "Every MUST of this edition that applies to the target and that a scenario can verify was tested and kept. \
             Each refusal counts only because the same request without its defect was accepted."
        }
        RunVerdict::NotConformant => {
            "At least one MUST of this edition is broken. Each broken rule stands under Findings, with the exchange \
             that shows it and the document that makes the rule."
        }
        RunVerdict::Incomplete => {
            "No MUST of this edition was seen to be broken, but at least one that applies has no answer. The run proves \
             neither that the contract is kept nor that it is not."
        }
        RunVerdict::Error => "The harness itself failed. The run says nothing about the target.",
    }
}

/// The title of a section of the contract.
pub(super) const fn area_title(area: Area) -> &'static str {
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

/// The section of a requirement: the middle of its id.
pub(super) fn area(id: &RequirementId) -> Option<Area> {
    id.as_str().split('-').nth(1)?.parse().ok()
}

/// Whether a requirement has a say in the verdict of the run.
pub(super) fn decides(record: &RunRecord, own: &RequirementRecord) -> bool {
    own.level == Level::Must && (own.standing == Standing::Native || record.strict_base) && !own.beyond
}

/// The title of the document that makes a rule, and its section.
pub(super) fn source(own: &RequirementRecord) -> String {
    let document = if own.document.is_empty() { &own.source.doc } else { &own.document };
    format!("{document}, {}", own.source.section)
}

/// An address for the document that makes a rule, where the contract gives one.
pub(super) fn source_link(record: &RunRecord, own: &RequirementRecord) -> Option<String> {
    link(&record.contract.documents.get(&own.source.doc)?.location)
}

/// `https://host/owner/name at commit 1a2b, path (…)` as the address of that file at that commit; else the address that
/// the text begins with. Anything but https is no link.
fn link(location: &str) -> Option<String> {
    let address = location.split([' ', ',', ';', '<', '>', '"', '\'']).next()?;
    if !address.starts_with("https://") || address.chars().any(super::clean::is_dangerous) {
        return None;
    }
    let file = || {
        let (commit, rest) = location.strip_prefix(address)?.strip_prefix(" at commit ")?.split_once(", ")?;
        let path = rest.split([' ', ',', ';']).next()?;
        let plain = |own: char| own.is_ascii_alphanumeric() || "-_./".contains(own);
        (commit.chars().all(|own| own.is_ascii_hexdigit()) && path.chars().all(plain))
            .then(|| format!("{address}/blob/{commit}/{path}"))
    };
    Some(file().unwrap_or_else(|| address.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_becomes_a_link_only_where_it_is_one() {
        let table = [
            ("https://github.com/a/b at commit 1a2b, c/d.md (2019)", Some("https://github.com/a/b/blob/1a2b/c/d.md")),
            ("https://hl7.org/fhir/R4/http.html, read 2026", Some("https://hl7.org/fhir/R4/http.html")),
            ("javascript:alert(1)", None),
            ("a book", None),
        ];
        for (location, expected) in table {
            assert_eq!(link(location).as_deref(), expected, "{location}");
        }
    }
}
