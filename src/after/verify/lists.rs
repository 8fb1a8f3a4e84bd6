//! Holds generated lists against the plan, against what was drawn for them, and against each other.

use std::collections::BTreeMap;

use super::difference::{Difference, evidence_difference};
use crate::execute::evidence::{Evidence, Exchange, ListStep, ListTrial, ListsRun, Payload, Trial};
use crate::judge::ListsResult;
use crate::plan::{CaseId, DrawnBody, DrawnPatch, DrawnStep, GeneratedLists, Plan, drawn_text};
use crate::record::RunRecord;

/// Adds what contradicts itself in the lists of a record.
pub(super) fn check(record: &RunRecord, evidence: &Evidence, plan: &Plan, differences: &mut Vec<Difference>) {
    let planned: BTreeMap<&CaseId, &GeneratedLists> = plan.lists().map(|(head, lists)| (&head.id, lists)).collect();
    for (case, lists) in &planned {
        let mut runs = evidence.lists.iter().filter(|run| run.case == **case);
        match (runs.next(), runs.next()) {
            (Some(run), None) => numbers((record, evidence), lists, run, differences),
            (None, _) => {
                let asked = "how the lists of a case in the plan were sent";
                differences.push(evidence_difference(format!("lists[{case}]"), "nothing", asked));
            }
            (Some(_), Some(_)) => differences.push(evidence_difference(format!("lists[{case}]"), "two entries", "one")),
        }
    }
    for run in evidence.lists.iter().filter(|run| !planned.contains_key(&run.case)) {
        let place = format!("lists[{}]", run.case);
        differences.push(evidence_difference(place, "lists that were sent", "no such case in the plan"));
    }
    for (place, trial) in evidence.trials.iter().enumerate() {
        let Some(list) = trial.list() else { continue };
        for (number, step) in list.steps.iter().enumerate() {
            if let Some(found) = other_request(&evidence.exchanges, step) {
                let place = format!("trials[{place}].steps[{number}]");
                differences.push(evidence_difference(place, found, "the request that was drawn"));
            }
        }
    }
}

/// Every failure that was made smaller is shown by its requests.
pub(super) fn shown(results: &[ListsResult], differences: &mut Vec<Difference>) {
    for result in results {
        for found in result.counterexamples.iter().filter(|found| found.deviation.is_none()) {
            let place = format!("lists[{}].shrunk[{}]", result.case, found.requirement);
            let computed = "its requests break no such rule";
            differences.push(evidence_difference(place, &found.requirement, computed));
        }
    }
}

/// The numbers of lists are those of the plan, each once and in order, and failures were made smaller from lists that are
/// there.
fn numbers(
    (record, evidence): (&RunRecord, &Evidence),
    lists: &GeneratedLists,
    run: &ListsRun,
    differences: &mut Vec<Difference>,
) {
    let place = |what: &str| format!("lists[{}].{what}", run.case);
    let seed = lists.seed.unwrap_or(record.seed);
    if run.seed != seed {
        differences.push(evidence_difference(place("seed"), run.seed, seed));
    }
    let planned = record.inputs.cases.unwrap_or(lists.cases);
    let trials = evidence.trials.iter().filter(|trial| trial.case == run.case).filter_map(Trial::list);
    let (mut last, mut kept) = (None, 0_u32);
    for list in trials.filter(|list| !list.rerun) {
        kept = kept.saturating_add(u32::from(list.start.is_some()));
        if last.is_some_and(|last| list.number <= last) || list.number >= planned {
            let asked = format!("numbers below {planned}, each once and in order");
            differences.push(evidence_difference(place("numbers"), format!("list {}", list.number), asked));
        }
        last = Some(list.number);
    }
    let sent = kept.saturating_add(run.not_kept.lists);
    if sent > planned || (run.trouble.is_none() && sent != planned) {
        differences.push(evidence_difference(place("sent"), format!("{sent} lists"), format!("{planned} lists")));
    }
    for shrunk in &run.shrunk {
        let trial = evidence.trials.get(shrunk.trial as usize).filter(|trial| trial.case == run.case);
        let same = |list: &ListTrial| list.number == shrunk.number;
        if !trial.and_then(Trial::list).is_some_and(same) {
            let asked = format!("a list of the case that has the number {}", shrunk.number);
            differences.push(evidence_difference(place("shrunk"), format!("trials[{}]", shrunk.trial), asked));
        }
    }
}

/// What was sent, where it is not what was drawn.
fn other_request(exchanges: &[Exchange], step: &ListStep) -> Option<String> {
    let sent = exchanges.get(step.seen.sent()?.exchange as usize)?;
    let body = match &step.drawn {
        DrawnStep::Read => {
            let method = &sent.request.method;
            return (method != "GET").then(|| method.chars().take(20).collect());
        }
        DrawnStep::Patch(DrawnPatch { body, .. }) => match body {
            DrawnBody::Document(document) => document.to_string(),
            DrawnBody::Text(pieces) => drawn_text(pieces),
        },
    };
    // What the harness bound into it is known only to the run.
    if body.contains('$') {
        return None;
    }
    match &sent.request.body {
        Payload::Text(text) if *text == body => None,
        Payload::Text(text) => Some(text.chars().take(200).collect()),
        Payload::Empty if body.is_empty() => None,
        Payload::Empty | Payload::Base64(_) => Some("no such body".to_owned()),
    }
}
