//! Judges the lists of generated sequences again, and holds them against the seed that they are drawn from.

use super::{Difference, evidence_difference, planned_lists};
use crate::execute::trail::Trail;
use crate::judge::{CaseResult, Tally, Told, judge_sequence};
use crate::plan::generate::Source;
use crate::plan::{GeneratedLists, Head, Plan, Step};
use crate::record::{BodyRecord, Counterexample, RunRecord, SequenceRecord, TrailRecord, TrodRecord};
use crate::suite::contract::{Contract, Tables};

/// Lists of each sequence that are drawn again from the seed.
const DRAWN: usize = 64;

/// The results of the sequences of a plan, in its order.
pub(super) fn judge(
    contract: &Contract,
    tables: &Tables,
    plan: &Plan,
    record: &RunRecord,
    differences: &mut Vec<Difference>,
) -> Vec<CaseResult> {
    let mut results = Vec::new();
    let selected: Vec<(&Head, &GeneratedLists)> = plan.lists().collect();
    for own in &record.sequences {
        if !selected.iter().any(|(head, _)| head.id == own.id) {
            let place = format!("sequences[{}]", own.id);
            differences.push(evidence_difference(place, "a sequence that was sent", "no such sequence in the plan"));
        }
    }
    for (head, case) in selected {
        let Some(own) = record.sequences.iter().find(|own| own.id == head.id) else {
            let place = format!("sequences[{}]", head.id);
            differences.push(evidence_difference(place, "nothing", "a sequence that the plan has"));
            continue;
        };
        let mut tally = Tally::default();
        for list in &own.trails {
            // A list that stands for nothing is told of where the evidence is looked at.
            let Ok(trail) = Trail::try_from(list.trail.clone()) else { continue };
            tally.add(list.number, judge_sequence(contract, tables, record.edition, &trail));
        }
        count(plan, record, own, &tally, differences);
        drawn(tables, case, record, own, differences);
        for counterexample in &own.counterexamples {
            told(contract, tables, record, own, counterexample, differences);
        }
        let told: Vec<Told> = own.counterexamples.iter().map(Counterexample::told).collect();
        results.push(tally.result(head, &told, own.trouble.as_deref()));
    }
    results
}

/// The numbers of a sequence are those of its lists.
fn count(plan: &Plan, record: &RunRecord, own: &SequenceRecord, tally: &Tally, differences: &mut Vec<Difference>) {
    let mut differ = |what: &str, recorded: u64, computed: u64, holds: bool| {
        if !holds {
            let place = format!("sequences[{}].{what}", own.id);
            differences.push(evidence_difference(place, recorded, computed));
        }
    };
    let kept = u64::try_from(own.trails.len()).unwrap_or(u64::MAX);
    let lists = kept.saturating_add(u64::from(own.not_kept));
    differ("lists", own.lists.into(), lists, u64::from(own.lists) == lists);
    differ("undecided", own.undecided.into(), tally.undecided.into(), own.undecided == tally.undecided);
    let all = own.trails.iter().flat_map(|list| &list.trail.steps).count() as u64;
    let sent =
        own.trails.iter().flat_map(|list| &list.trail.steps).filter(|own| matches!(own, TrodRecord::Sent(_))).count()
            as u64;
    let whole = own.not_kept == 0;
    differ("steps", own.steps as u64, sent, own.steps as u64 == sent || (!whole && own.steps as u64 > sent));
    let skipped = all - sent;
    differ(
        "skipped",
        own.skipped as u64,
        skipped,
        own.skipped as u64 == skipped || (!whole && own.skipped as u64 > skipped),
    );
    let requests = own.trails.iter().map(|list| list.trail.exchanges.len() as u64 + 1).sum::<u64>();
    // Counterexamples took requests of their own, which are not all kept.
    let more = !whole || !own.counterexamples.is_empty();
    differ(
        "requests",
        own.requests as u64,
        requests,
        own.requests as u64 == requests || (more && own.requests as u64 > requests),
    );
    let planned = planned_lists(plan, record, &own.id).unwrap_or_default();
    let mut last = None;
    for list in &own.trails {
        if last.is_some_and(|last| list.number <= last) || list.number >= planned {
            let place = format!("sequences[{}].trails", own.id);
            let asked = format!("numbers below {planned}, each once and in order");
            differences.push(evidence_difference(place, format!("list {}", list.number), asked));
        }
        last = Some(list.number);
    }
}

/// The first lists are what the seed draws.
fn drawn(
    tables: &Tables,
    case: &GeneratedLists,
    record: &RunRecord,
    own: &SequenceRecord,
    differences: &mut Vec<Difference>,
) {
    let seed = case.seed.unwrap_or(record.seed);
    if own.seed != seed {
        differences.push(evidence_difference(format!("sequences[{}].seed", own.id), own.seed, seed));
    }
    let source = Source::new(&own.id, case, record.edition, tables, record.seed);
    for list in own.trails.iter().take(DRAWN) {
        let steps = source.steps(list.number);
        let place = || format!("sequences[{}].trails[{}]", own.id, list.number);
        if steps.len() != list.trail.steps.len() {
            let found = format!("{} steps", list.trail.steps.len());
            differences.push(evidence_difference(place(), found, format!("{} steps by the seed", steps.len())));
            continue;
        }
        for (number, (step, trod)) in steps.iter().zip(&list.trail.steps).enumerate() {
            if let Some(found) = other_request(&list.trail, step, trod) {
                let place = format!("{}.steps[{number}]", place());
                differences.push(evidence_difference(place, found, "the request that the seed draws"));
            }
        }
    }
}

/// The body that was sent, where it is not the one of the step.
fn other_request(trail: &TrailRecord, step: &Step, trod: &TrodRecord) -> Option<String> {
    let TrodRecord::Sent(seen) = trod else { return None };
    let text = step.request.body.document()?.to_string();
    // What the harness bound into it is known only to the run.
    if text.contains('$') {
        return None;
    }
    let sent = trail.exchanges.get(seen.exchange as usize)?;
    match &sent.request.body {
        BodyRecord::Text(body) if *body == text => None,
        BodyRecord::Text(body) => Some(body.chars().take(200).collect()),
        BodyRecord::Empty | BodyRecord::Base64(_) => Some("no patch document".to_owned()),
    }
}

/// A counterexample shows what it says.
fn told(
    contract: &Contract,
    tables: &Tables,
    record: &RunRecord,
    own: &SequenceRecord,
    counterexample: &Counterexample,
    differences: &mut Vec<Difference>,
) {
    let place = format!("sequences[{}].counterexamples[{}]", own.id, counterexample.file);
    // One that stands for nothing is told of where the evidence is looked at.
    let Ok(trail) = Trail::try_from(counterexample.trail()) else { return };
    let judged = judge_sequence(contract, tables, record.edition, &trail);
    let shown = judged.deviations.iter().find(|own| own.requirement == counterexample.requirement);
    let same = judged.deviations.iter().any(|own| {
        own.requirement == counterexample.requirement
            && own.expected == counterexample.expected
            && own.found == counterexample.found
    });
    if !same {
        let computed = shown.map_or_else(|| "its requests break no such rule".to_owned(), |own| own.found.clone());
        let recorded = format!("{}: {}", counterexample.requirement, counterexample.found);
        differences.push(evidence_difference(place.clone(), recorded, computed));
    }
    if counterexample.steps != counterexample.trod.len() {
        differences.push(evidence_difference(
            format!("{place}.steps"),
            counterexample.steps,
            counterexample.trod.len(),
        ));
    }
}
