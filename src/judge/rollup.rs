//! Adds verdicts up: for each case, each requirement, and the run.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::verdict::{Cause, Finding, Verdict};
use crate::execute::evidence::{ExchangeId, Misplaced};
use crate::plan::{CaseId, Head, Plan};
use crate::suite::contract::{Contract, Level, Requirement, RequirementId, Standing};
use crate::suite::scenario::Origin;

/// Everything that was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Selected cases and properties, in catalogue order.
    pub cases: Vec<CaseResult>,
    /// Every requirement of the edition, native and inherited, in table order.
    pub requirements: Vec<RequirementResult>,
    pub verdict: RunVerdict,
    /// One sentence that says what the verdict rests on.
    pub reason: String,
    /// The histories of all races, as `check-history` reads them, with what is wrong with each.
    pub histories: Vec<super::RaceHistory>,
    /// What the generated lists of each case came to.
    pub lists: Vec<super::ListsResult>,
}

/// The result of a case or a property.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseResult {
    pub id: CaseId,
    pub title: String,
    pub requirements: Vec<RequirementId>,
    pub verdict: Verdict,
    /// What the worst finding found.
    pub reason: String,
    pub findings: Vec<Finding>,
    pub exchanges: Vec<ExchangeId>,
    pub origin: Origin,
    pub selected: bool,
}

/// The result of a requirement.
#[derive(Debug, Clone, PartialEq)]
pub struct RequirementResult {
    pub id: RequirementId,
    pub level: Level,
    pub standing: Standing,
    pub verdict: Verdict,
    pub reason: String,
    /// What it follows from, where nothing but consequences decides it.
    pub cause: Option<Cause>,
    pub cases: Vec<CaseId>,
    /// The contract itself says why no scenario can verify it.
    pub beyond: bool,
    /// The contract lets a run be conformant with a warning of it.
    pub may_warn: bool,
}

/// The verdict of a run, for the vendor's edition unless the base is strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunVerdict {
    /// The harness failed.
    Error,
    /// A MUST requirement is broken.
    NotConformant,
    /// A MUST requirement is undecided.
    Incomplete,
    /// Every MUST requirement that applies is kept.
    Conformant,
    /// Only a part was asked for, and a case of it fails; no MUST requirement is broken.
    SelectionFailed,
    /// Only a part was asked for, and every case of it passes; that certifies nothing.
    SelectionPassed,
}

/// How many requirements have each verdict, by level.
pub type Totals = BTreeMap<Level, BTreeMap<Verdict, usize>>;

impl RunVerdict {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            RunVerdict::Error => "error",
            RunVerdict::NotConformant => "not conformant",
            RunVerdict::Incomplete => "incomplete",
            RunVerdict::Conformant => "conformant",
            RunVerdict::SelectionFailed => "selection failed",
            RunVerdict::SelectionPassed => "selection passed",
        }
    }

    /// The exit code (design section 4).
    pub const fn exit_code(self) -> u8 {
        match self {
            RunVerdict::Conformant | RunVerdict::SelectionPassed => 0,
            RunVerdict::NotConformant | RunVerdict::SelectionFailed => 1,
            RunVerdict::Incomplete => 4,
            RunVerdict::Error => 5,
        }
    }
}

impl CaseResult {
    /// A result without findings yet.
    pub(super) fn new(head: &Head) -> CaseResult {
        CaseResult {
            id: head.id.clone(),
            title: head.title.clone(),
            requirements: head.requirements.clone(),
            verdict: Verdict::NotTested,
            reason: String::new(),
            findings: Vec::new(),
            exchanges: Vec::new(),
            origin: head.origin.clone(),
            selected: head.selected,
        }
    }

    /// The result of a case of an edition that does not concern the target.
    pub(super) fn not_applicable(head: &Head, why: &str) -> CaseResult {
        let finding = |requirement: &RequirementId| Finding {
            case: head.id.clone(),
            requirement: requirement.clone(),
            verdict: Verdict::NotApplicable,
            expected: String::new(),
            found: why.to_owned(),
            exchange: None,
            also: Vec::new(),
            cause: None,
        };
        let findings = head.requirements.iter().map(finding).collect();
        let mut result = CaseResult { findings, ..CaseResult::new(head) };
        result.conclude();
        result
    }

    /// Adds that the harness failed over the case: nothing follows from it.
    pub(super) fn fail(&mut self, why: &str) {
        let finding = |requirement: &RequirementId| Finding {
            case: self.id.clone(),
            requirement: requirement.clone(),
            verdict: Verdict::Error,
            expected: String::new(),
            found: why.to_owned(),
            exchange: None,
            also: Vec::new(),
            cause: None,
        };
        let findings: Vec<Finding> = self.requirements.iter().map(finding).collect();
        self.findings.extend(findings);
        self.conclude();
    }

    /// Sets the verdict to the worst finding's. A case in which nothing could be judged has not been tested.
    pub(super) fn conclude(&mut self) {
        let (verdict, reason) = worst(self.findings.iter());
        self.verdict = verdict.unwrap_or(Verdict::NotTested);
        self.reason = match verdict {
            None => "the answer gave nothing to judge".to_owned(),
            Some(_) => reason,
        };
    }
}

fn worst<'a>(findings: impl Iterator<Item = &'a Finding>) -> (Option<Verdict>, String) {
    let mut worst: Option<&Finding> = None;
    for finding in findings {
        if worst.is_none_or(|before| finding.verdict < before.verdict) {
            worst = Some(finding);
        }
    }
    let reason = worst.map(|finding| match finding.expected.as_str() {
        "" => finding.found.clone(),
        expected => format!("expected {expected}; found {}", finding.found),
    });
    (worst.map(|finding| finding.verdict), reason.unwrap_or_default())
}

/// Adds case results up.
pub(super) fn roll_up(
    contract: &Contract,
    plan: &Plan,
    results: Vec<CaseResult>,
    misplaced: Option<&Misplaced>,
    headline: Option<&str>,
    strict_base: bool,
) -> Judgement {
    let mut by_requirement: BTreeMap<&RequirementId, Vec<&Finding>> = BTreeMap::new();
    let mut cases: BTreeMap<&RequirementId, Vec<CaseId>> = BTreeMap::new();
    for result in results.iter().filter(|result| result.selected) {
        for finding in &result.findings {
            by_requirement.entry(&finding.requirement).or_default().push(finding);
            let list = cases.entry(&finding.requirement).or_default();
            if list.last() != Some(&finding.case) {
                list.push(finding.case.clone());
            }
        }
    }
    let requirements: Vec<RequirementResult> = contract
        .of_edition(plan.edition)
        .map(|(requirement, standing)| {
            let findings = by_requirement.get(&requirement.id).map(Vec::as_slice).unwrap_or_default();
            let (verdict, reason) = weigh(requirement, findings);
            let deciding = || findings.iter().filter(|finding| finding.verdict == verdict);
            let follows = deciding().all(|finding| finding.cause.is_some());
            RequirementResult {
                cause: deciding().next().filter(|_| follows).and_then(|finding| finding.cause.clone()),
                id: requirement.id.clone(),
                level: requirement.level,
                standing,
                verdict,
                reason,
                cases: cases.get(&requirement.id).cloned().unwrap_or_default(),
                beyond: requirement.not_tested.is_some(),
                may_warn: requirement.grants_warnings(plan.edition),
            }
        })
        .collect();
    let (verdict, reason) = match misplaced {
        Some(misplaced) => (RunVerdict::Error, format!("the evidence is not whole: {misplaced}")),
        None => {
            let decide = if plan.narrowed { decide_selection } else { decide };
            let (verdict, mut reason) = decide(&results, &requirements, strict_base);
            reason.push_str(&declared_away(&plan.declared, verdict, &requirements));
            let (verdict, reason) = match &plan.not_applicable {
                Some(why) => (RunVerdict::Incomplete, format!("{} is not applicable: {why}", plan.edition)),
                None => (verdict, reason),
            };
            match headline {
                None => (verdict, reason),
                Some(headline) => (beneath_headline(verdict), format!("{headline}; {reason}")),
            }
        }
    };
    let cases = results.into_iter().filter(|result| result.selected).collect();
    Judgement { cases, requirements, verdict, reason, histories: Vec::new(), lists: Vec::new() }
}

/// What a verdict comes to where the run as a whole came to nothing, such as that no PATCH was accepted: then a case that
/// passed without one is green by accident (design section 4.2).
pub(super) const fn beneath_headline(verdict: RunVerdict) -> RunVerdict {
    match verdict {
        RunVerdict::Conformant | RunVerdict::SelectionPassed => RunVerdict::Incomplete,
        RunVerdict::Error | RunVerdict::NotConformant | RunVerdict::Incomplete | RunVerdict::SelectionFailed => verdict,
    }
}

/// How many MUST the target declared away: whoever reads that a server is conformant has to read this too.
pub(super) fn declared_away(
    declared: &BTreeSet<String>,
    verdict: RunVerdict,
    requirements: &[RequirementResult],
) -> String {
    let is_away = |one: &&RequirementResult| {
        one.level == Level::Must && one.verdict == Verdict::NotApplicable && declared.contains(&one.reason)
    };
    let count = requirements.iter().filter(is_away).count();
    match (verdict, count) {
        (_, 0)
        | (
            RunVerdict::Error
            | RunVerdict::NotConformant
            | RunVerdict::Incomplete
            | RunVerdict::SelectionFailed
            | RunVerdict::SelectionPassed,
            _,
        ) => String::new(),
        (RunVerdict::Conformant, 1) => "; 1 MUST requirement was declared away".to_owned(),
        (RunVerdict::Conformant, _) => format!("; {count} MUST requirements were declared away"),
    }
}

fn weigh(requirement: &Requirement, findings: &[&Finding]) -> (Verdict, String) {
    let (verdict, reason) = worst(findings.iter().copied());
    match (verdict, &requirement.not_tested) {
        (Some(verdict), _) => (verdict, reason),
        (None, Some(reason)) => (Verdict::NotTested, reason.clone()),
        (None, None) => (Verdict::NotTested, "no selected case speaks of it".to_owned()),
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The run's verdict (design section 4.8): every MUST that decides is pass or warn, and something passed at all.
pub(super) fn decide(
    results: &[CaseResult],
    requirements: &[RequirementResult],
    strict_base: bool,
) -> (RunVerdict, String) {
    let deciding = Deciding { requirements, strict_base };
    if let Some(certain) = certain(results, deciding) {
        return certain;
    }
    let open = deciding.count(Verdict::Inconclusive) + deciding.count(Verdict::NotTested);
    if open > 0 {
        let verb = if open == 1 { "has" } else { "have" };
        return (RunVerdict::Incomplete, format!("{} {verb} no answer", counted(open, "MUST requirement")));
    }
    let warned = deciding.count(Verdict::Warn);
    if let Some(doubt) = ungranted(deciding) {
        return doubt;
    }
    let kept = deciding.count(Verdict::Pass) + warned;
    if kept == 0 {
        return (RunVerdict::Incomplete, "no MUST requirement passed".to_owned());
    }
    let warnings = match warned {
        0 => String::new(),
        _ => format!(", {warned} of them with a warning that a reading grants"),
    };
    (RunVerdict::Conformant, format!("all {kept} MUST requirements that apply are kept{warnings}"))
}

/// The verdict of a run of selected cases, which says what came of those and certifies nothing (design section 4.8).
pub(super) fn decide_selection(
    results: &[CaseResult],
    requirements: &[RequirementResult],
    strict_base: bool,
) -> (RunVerdict, String) {
    let deciding = Deciding { requirements, strict_base };
    if let Some(certain) = certain(results, deciding) {
        return certain;
    }
    let count = |verdict| results.iter().filter(|result| result.selected && result.verdict == verdict).count();
    let all = results.iter().filter(|result| result.selected).count();
    let of_all = |few: usize| format!("{few} of {}", counted(all, "selected case"));
    let failed = count(Verdict::Fail);
    if failed > 0 {
        let verb = if failed == 1 { "fails" } else { "fail" };
        return (RunVerdict::SelectionFailed, format!("{} {verb}", of_all(failed)));
    }
    let open = count(Verdict::Inconclusive) + count(Verdict::NotTested);
    if open > 0 {
        let verb = if open == 1 { "has" } else { "have" };
        return (RunVerdict::Incomplete, format!("{} {verb} no answer", of_all(open)));
    }
    if let Some(doubt) = ungranted(deciding) {
        return doubt;
    }
    let warned = count(Verdict::Warn);
    let passed = count(Verdict::Pass) + warned;
    if passed == 0 {
        return (RunVerdict::Incomplete, "no selected case passed".to_owned());
    }
    let warnings = if warned == 0 { String::new() } else { format!(", {warned} of them with a warning") };
    let reason = format!("{} passed{warnings}; a run of a selection certifies nothing", of_all(passed));
    (RunVerdict::SelectionPassed, reason)
}

/// The requirements that decide about a run: every MUST of the vendor's edition, and of its base where that is strict.
#[derive(Clone, Copy)]
struct Deciding<'a> {
    requirements: &'a [RequirementResult],
    strict_base: bool,
}

impl<'a> Deciding<'a> {
    fn all(self) -> impl Iterator<Item = &'a RequirementResult> {
        self.requirements.iter().filter(move |requirement| {
            requirement.level == Level::Must
                && (requirement.standing == Standing::Native || self.strict_base)
                && !requirement.beyond
        })
    }

    fn count(self, verdict: Verdict) -> usize {
        self.all().filter(|requirement| requirement.verdict == verdict).count()
    }
}

/// What decides about a run whatever else came of it: trouble of the harness, or a MUST requirement that is broken.
fn certain(results: &[CaseResult], deciding: Deciding<'_>) -> Option<(RunVerdict, String)> {
    let trouble = results.iter().filter(|result| result.selected && result.verdict == Verdict::Error).count();
    if trouble > 0 {
        return Some((RunVerdict::Error, format!("the harness failed in {}", counted(trouble, "case"))));
    }
    let failed = deciding.count(Verdict::Fail);
    let verb = if failed == 1 { "is" } else { "are" };
    (failed > 0).then(|| (RunVerdict::NotConformant, format!("{} {verb} broken", counted(failed, "MUST requirement"))))
}

/// Warnings on a MUST requirement that no reading grants.
fn ungranted(deciding: Deciding<'_>) -> Option<(RunVerdict, String)> {
    let doubtful = deciding.all().filter(|one| one.verdict == Verdict::Warn && !one.may_warn).count();
    let told = || format!("{} with a warning that no reading grants", counted(doubtful, "MUST requirement"));
    (doubtful > 0).then(|| (RunVerdict::Incomplete, told()))
}
