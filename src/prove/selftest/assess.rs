//! What a selftest demands, as a pure function of what the runs came to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::bench::{Job, Seen, Subject};
use super::exempt::Exemptions;
use super::matrix::Killed;
use crate::record::{RunVerdict, Verdict};
use crate::reference::Fault;
use crate::suite::contract::{Contract, Edition, Level, RequirementId};

/// A demand that is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// A server that keeps the contract was failed, or came to no verdict.
    SoundServerFailed { server: String, edition: Edition, why: String },
    /// No requirement that a fault names noticed it.
    FaultSurvives { fault: String, named: String },
    /// A requirement noticed a fault that has nothing to do with it.
    Unrelated { fault: String, edition: Edition, requirement: RequirementId, why: String },
    /// A fault names a requirement that never notices it.
    NeverNoticed { fault: String, requirement: String },
    /// A transition was opened, and its own case did not fail.
    CellNotFound { fault: String, edition: Edition, case: String },
    /// A transition was opened, and the case of another one failed.
    OtherCellFailed { fault: String, edition: Edition, case: String },
    /// No fault breaks a requirement, and no reason is given.
    NeverKilled { requirement: RequirementId, title: String },
    /// A reason is given for a requirement that a fault breaks.
    NeedlessReason { requirement: RequirementId, fault: String },
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::SoundServerFailed { server, edition, why } => {
                write!(out, "{server} keeps {edition}, and the run did not say so: {why}")
            }
            Violation::FaultSurvives { fault, named } => {
                write!(out, "the fault {fault} was not found by any requirement that it breaks ({named})")
            }
            Violation::Unrelated { fault, edition, requirement, why } => {
                write!(out, "the fault {fault} made {requirement} worse in {edition}, which it does not name: {why}")
            }
            Violation::NeverNoticed { fault, requirement } => {
                write!(out, "the fault {fault} names {requirement}, which noticed it in no edition")
            }
            Violation::CellNotFound { fault, edition, case } => {
                write!(out, "the fault {fault} was not found in {edition} by the case {case}")
            }
            Violation::OtherCellFailed { fault, edition, case } => {
                write!(
                    out,
                    "the fault {fault} made the case {case} fail in {edition}, which asks for another transition"
                )
            }
            Violation::NeverKilled { requirement, title } => {
                write!(
                    out,
                    "no fault breaks {requirement} ({title}), and scenarios/selftest/exempt.yaml gives no reason"
                )
            }
            Violation::NeedlessReason { requirement, fault } => write!(
                out,
                "scenarios/selftest/exempt.yaml says that no fault breaks {requirement}, but {fault} does: take the \
                 reason away"
            ),
        }
    }
}

/// Everything that is not as it has to be. `whole` says that all editions and subjects were run; only then can it be told
/// what was never noticed.
pub fn assess(
    contract: &Contract,
    list: &[Job],
    all: &[Seen],
    (given, automatic): &(Exemptions, Exemptions),
    whole: bool,
) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut kills: BTreeMap<Fault, BTreeMap<Edition, Killed>> = BTreeMap::new();
    let mut killed: BTreeMap<RequirementId, String> = BTreeMap::new();
    for (job, seen) in list.iter().zip(all) {
        match job.subject {
            Subject::Clean | Subject::Variant(_) => found.extend(sound(job, seen)),
            Subject::Fault(fault @ Fault::OpenCell(from, to)) => {
                found.extend(cell(job, seen, fault));
                let broken =
                    contract.tables.transitions.get(&job.edition).and_then(|table| table.requirement(from, to));
                let failed = broken
                    .filter(|id| seen.requirements.get(*id).is_some_and(|(verdict, _)| *verdict == Verdict::Fail));
                killed.extend(failed.map(|id| (id.clone(), fault.to_string())));
            }
            Subject::Fault(fault) => {
                let clean = list
                    .iter()
                    .zip(all)
                    .find(|(other, _)| other.edition == job.edition && other.subject == Subject::Clean);
                let noticed = clean.map(|(_, clean)| Killed::of(clean, seen)).unwrap_or_default();
                found.extend(unrelated(job, seen, fault, &noticed));
                killed.extend(noticed.all().map(|id| (id.clone(), fault.to_string())));
                kills.entry(fault).or_default().insert(job.edition, noticed);
            }
        }
    }
    if !whole {
        return found;
    }
    for (fault, editions) in &kills {
        let hit: BTreeSet<&str> = editions.values().flat_map(Killed::all).map(RequirementId::as_str).collect();
        let named = fault.breaks();
        if !named.iter().any(|id| hit.contains(id)) {
            found.push(Violation::FaultSurvives { fault: fault.to_string(), named: named.join(", ") });
        } else if !fault.is_chance() {
            let silent = named.iter().filter(|id| !hit.contains(*id) && must_be_noticed(contract, id));
            found.extend(
                silent.map(|id| Violation::NeverNoticed { fault: fault.to_string(), requirement: (*id).to_owned() }),
            );
        }
    }
    for requirement in &contract.requirements {
        let id = &requirement.id;
        match (killed.get(id), given.get(id), automatic.contains_key(id)) {
            (Some(fault), Some(_), _) => {
                found.push(Violation::NeedlessReason { requirement: id.clone(), fault: fault.clone() });
            }
            (None, None, false) => {
                found.push(Violation::NeverKilled { requirement: id.clone(), title: requirement.title.clone() });
            }
            (Some(_), None, _) | (None, Some(_), _) | (None, None, true) => {}
        }
    }
    found
}

/// What only examples show is recorded and never fails, so a fault may name it without being caught by it.
fn must_be_noticed(contract: &Contract, id: &str) -> bool {
    let level = id.parse().ok().and_then(|id| contract.requirement(&id)).map(|requirement| requirement.level);
    matches!(level, Some(Level::Must | Level::Should))
}

fn sound(job: &Job, seen: &Seen) -> Option<Violation> {
    let departures = match job.subject {
        Subject::Variant(variant) => variant.departs_from(),
        Subject::Clean | Subject::Fault(_) => &[],
    };
    let mut failed: Vec<String> = seen
        .requirements
        .iter()
        .filter(|(_, (verdict, _))| matches!(verdict, Verdict::Fail | Verdict::Error))
        .filter(|(id, _)| !departures.contains(&id.as_str()))
        .map(|(id, (_, reason))| format!("{id}: {reason}"))
        .collect();
    let has_failed = |id: &str| {
        let found = seen.requirements.iter().find(|(requirement, _)| requirement.as_str() == id);
        found.is_some_and(|(_, (verdict, _))| *verdict == Verdict::Fail)
    };
    let unnoticed = departures.iter().filter(|id| !has_failed(id));
    failed.extend(unnoticed.map(|id| format!("{id}: the server departs from it, and that was not found")));
    let why = match (failed.is_empty(), seen.verdict) {
        (true, RunVerdict::Conformant) => return None,
        (true, verdict) => {
            let open = |verdict: Verdict| matches!(verdict, Verdict::Inconclusive);
            let open = seen.requirements.iter().filter(|(_, (verdict, _))| open(*verdict));
            let open: Vec<String> = open.map(|(id, (_, reason))| format!("{id}: {reason}")).collect();
            format!("{}, {}; {}", verdict.name(), seen.reason, open.join("; "))
        }
        (false, _) => failed.join("; "),
    };
    Some(Violation::SoundServerFailed { server: job.subject.name(), edition: job.edition, why })
}

fn unrelated(job: &Job, seen: &Seen, fault: Fault, killed: &Killed) -> Vec<Violation> {
    let covers = |pattern: &str, id: &RequirementId| match pattern.strip_suffix('*') {
        Some(start) => id.as_str().starts_with(start),
        None => id.as_str() == pattern,
    };
    let named = |id: &RequirementId| fault.breaks().iter().chain(fault.follows()).any(|pattern| covers(pattern, id));
    let strangers = killed.all().filter(|id| !named(id));
    strangers
        .map(|id| Violation::Unrelated {
            fault: fault.to_string(),
            edition: job.edition,
            requirement: id.clone(),
            why: seen.requirements.get(id).map(|(_, reason)| reason.clone()).unwrap_or_default(),
        })
        .collect()
}

fn cell(job: &Job, seen: &Seen, fault: Fault) -> Vec<Violation> {
    let Some(focus) = &job.focus else { return Vec::new() };
    let failing = &focus.failing;
    let (name, edition) = (fault.to_string(), job.edition);
    let mut found = Vec::new();
    if seen.cases.get(failing) != Some(&Verdict::Fail) {
        found.push(Violation::CellNotFound { fault: name.clone(), edition, case: failing.clone() });
    }
    let others = seen.cases.iter().filter(|(case, verdict)| **verdict == Verdict::Fail && *case != failing);
    found.extend(others.map(|(case, _)| Violation::OtherCellFailed {
        fault: name.clone(),
        edition,
        case: case.clone(),
    }));
    found
}
