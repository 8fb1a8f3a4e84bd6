//! What text and Markdown both say of a comparison: its heading, its sides, and what it comes to.

use crate::after::compare::{ComparedRun, Comparison, Direction, RequirementChange};
use crate::record::Standing;
use crate::report::page::words::counted;

/// What the comparison comes to, in one sentence without its full stop.
pub(super) fn summary(comparison: &Comparison) -> String {
    let cases = |wanted| comparison.cases.iter().filter(|case| case.direction == wanted).count();
    let part = |requirements: usize, cases: usize, how: &str| {
        let requirements = counted(requirements, "requirement", "requirements");
        format!("{requirements} and {} got {how}", counted(cases, "case", "cases"))
    };
    if comparison.is_empty() {
        return "no verdict changed".to_owned();
    }
    let worse = match comparison.regressed() {
        true => part(comparison.regressions.len(), cases(Direction::Worse), "worse"),
        false => "nothing got worse".to_owned(),
    };
    let better = match (comparison.improvements.len(), cases(Direction::Better)) {
        (0, 0) => String::new(),
        (requirements, cases) => format!("; {}", part(requirements, cases, "better")),
    };
    let drift = match comparison.drift.len() {
        0 => String::new(),
        count => format!("; {} drifted", counted(count, "response", "responses")),
    };
    format!("{worse}{better}{drift}")
}

/// What is compared with what.
pub(super) fn heading(comparison: &Comparison) -> &'static str {
    if comparison.same_target { "Two runs of one target" } else { "Runs of two targets" }
}

pub(super) fn side(side: &ComparedRun) -> String {
    let embedded = if side.embedded { " (embedded)" } else { "" };
    format!("{}{embedded}, {}, {}: {}, {}", side.target, side.edition, side.started, side.verdict.name(), side.reason)
}

/// The level, and whether the rule is inherited.
pub(super) fn standing(change: &RequirementChange) -> String {
    match change.standing {
        Standing::Native => change.level.name().to_owned(),
        Standing::Inherited => format!("{}, inherited", change.level.name()),
    }
}
