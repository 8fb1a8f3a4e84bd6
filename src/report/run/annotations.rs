//! Annotations of a GitHub Actions run: one workflow command for each requirement that is broken or undecided.

use std::cmp::Reverse;

use crate::record::{CaseRecord, Cause, FindingRecord, RequirementRecord, RunRecord, RunVerdict, Standing, Verdict};
use crate::report::page::clean::clean;
use crate::report::page::words::counted;

/// The rest is in the summary; GitHub shows ten of each kind anyway.
const MOST: usize = 50;

/// One line a requirement, the worst first. What a target sent cannot end a line or begin another command.
pub fn annotations(record: &RunRecord) -> String {
    // What follows from something else is counted there.
    let mut shown: Vec<&RequirementRecord> = record
        .requirements
        .iter()
        .filter(|requirement| command(requirement).is_some() && requirement.cause.is_none())
        .collect();
    shown.sort_by_key(|requirement| {
        let more = Reverse(follows(record, requirement));
        (requirement.standing == Standing::Inherited, requirement.verdict, more, requirement.level)
    });
    let mut text = String::new();
    if let Some((_, headline)) = record.headline() {
        let command = if record.summary.verdict == RunVerdict::NotConformant { "error" } else { "warning" };
        text.push_str(&format!("::{command} title=patchproof::{}\n", data(headline)));
    }
    for requirement in shown.iter().take(MOST) {
        let Some(command) = command(requirement) else { continue };
        let place = record.cases.iter().find_map(|case| Some((case, why(case, requirement)?)));
        let (file, line) = place.and_then(|(case, _)| case.origin.rsplit_once(':')).unwrap_or(("", ""));
        let at = match line.parse::<usize>() {
            Ok(line) if !file.is_empty() => format!("file={},line={line},", property(file)),
            Ok(_) | Err(_) => String::new(),
        };
        let title = format!("{} {} {}", requirement.id, requirement.level.name(), requirement.verdict.name());
        let message = match place {
            Some((case, FindingRecord { expected, found, .. })) if !expected.is_empty() => {
                format!("{} Expected {expected}; found {found} ({})", requirement.statement, case.id)
            }
            Some((case, FindingRecord { found, .. })) => {
                format!("{} Found: {found} ({})", requirement.statement, case.id)
            }
            None => format!("{} {}", requirement.statement, requirement.reason),
        };
        let more = match follows(record, requirement) {
            0 => String::new(),
            count => format!(" ({})", counted(count, "more requirement follows", "more requirements follow")),
        };
        text.push_str(&format!("::{command} {at}title={}::{}{more}\n", property(&title), data(&message)));
    }
    if shown.len() > MOST {
        text.push_str(&format!("::notice title=patchproof::and {} more: see the report\n", shown.len() - MOST));
    }
    text
}

/// Requirements that are undecided because this one is broken.
fn follows(record: &RunRecord, root: &RequirementRecord) -> usize {
    let of = |requirement: &&RequirementRecord| matches!(&requirement.cause, Some(Cause::Rule(id)) if *id == root.id);
    record.requirements.iter().filter(of).count()
}

/// What a verdict deserves. Inherited requirements do not decide, so they are no errors.
fn command(requirement: &RequirementRecord) -> Option<&'static str> {
    let decides = requirement.standing == Standing::Native && !requirement.beyond;
    match requirement.verdict {
        Verdict::Fail | Verdict::Error => Some(if decides { "error" } else { "warning" }),
        Verdict::Warn | Verdict::Inconclusive => Some("warning"),
        Verdict::NotTested | Verdict::Pass | Verdict::NotApplicable | Verdict::Observed => None,
    }
}

/// The finding that gave a requirement its verdict.
fn why<'r>(case: &'r CaseRecord, requirement: &RequirementRecord) -> Option<&'r FindingRecord> {
    case.findings.iter().find(|finding| finding.requirement == requirement.id && finding.verdict == requirement.verdict)
}

/// The text of a workflow command: `%` and the ends of lines are escaped.
fn data(text: &str) -> String {
    clean(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command: `:` and `,` end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_broken_requirement_is_one_error_line_with_its_place() {
        let text = annotations(&samples::full());
        assert!(text.starts_with("::error file=scenarios/sample.yaml,line=12,title=APPT-"), "{text}");
        assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
    }

    #[test]
    fn nothing_that_a_target_sends_begins_a_command() {
        let mut record = samples::full();
        for finding in record.cases.iter_mut().flat_map(|case| &mut case.findings) {
            finding.found = "100%\r\n::set-output name=x::y\n::add-mask::z".to_owned();
        }
        let text = annotations(&record);
        assert!(!text.lines().any(|line| line.starts_with("::set-output") || line.starts_with("::add-mask")), "{text}");
        assert!(text.contains("100%25"), "{text}");
    }
}
