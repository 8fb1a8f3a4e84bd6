//! What reports say of a requirement: its area, whether it decides, the document that makes it and its address.

use std::collections::BTreeMap;

use crate::record::{Area, Level, RequirementId, RequirementRecord, RunRecord, Standing, Verdict};
use crate::report::page::clean::is_dangerous;

/// How many requirements have each verdict, by level.
pub(in crate::report) type LevelTotals = BTreeMap<Level, BTreeMap<Verdict, usize>>;

/// The section of a requirement: the middle of its id.
pub(in crate::report) fn area(id: &RequirementId) -> Option<Area> {
    id.as_str().split('-').nth(1)?.parse().ok()
}

/// Whether a requirement has a say in the verdict of the run.
pub(in crate::report) fn decides(record: &RunRecord, requirement: &RequirementRecord) -> bool {
    requirement.level == Level::Must
        && (requirement.standing == Standing::Native || record.strict_base)
        && !requirement.beyond
}

/// The title of the document that makes a rule, and its section.
pub(in crate::report) fn source(requirement: &RequirementRecord) -> String {
    let document = if requirement.document.is_empty() { &requirement.source.doc } else { &requirement.document };
    format!("{document}, {}", requirement.source.section)
}

/// An address for the document that makes a rule, where the contract gives one.
pub(in crate::report) fn source_link(record: &RunRecord, requirement: &RequirementRecord) -> Option<String> {
    link(&record.contract.documents.get(&requirement.source.doc)?.location)
}

/// `https://host/owner/name at commit 1a2b, path (…)` as the address of that file at that commit; else the address that
/// the text begins with. Anything but https is no link.
fn link(location: &str) -> Option<String> {
    let address = location.split([' ', ',', ';', '<', '>', '"', '\'']).next()?;
    if !address.starts_with("https://") || address.chars().any(is_dangerous) {
        return None;
    }
    let file = || {
        let (commit, rest) = location.strip_prefix(address)?.strip_prefix(" at commit ")?.split_once(", ")?;
        let path = rest.split([' ', ',', ';']).next()?;
        let plain = |character: char| character.is_ascii_alphanumeric() || "-_./".contains(character);
        (commit.chars().all(|character| character.is_ascii_hexdigit()) && path.chars().all(plain))
            .then(|| format!("{address}/blob/{commit}/{path}"))
    };
    Some(file().unwrap_or_else(|| address.to_owned()))
}

/// Every SHOULD that counts in this run and is not kept, by id.
pub(in crate::report) fn deviations(record: &RunRecord) -> Vec<&str> {
    let broken = record
        .requirements
        .iter()
        .filter(|requirement| requirement.level == Level::Should && requirement.verdict == Verdict::Fail);
    broken
        .filter(|requirement| requirement.standing == Standing::Native || record.strict_base)
        .map(|requirement| requirement.id.as_str())
        .collect()
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
