//! Runs the generated sequences of a plan: draw, send, judge; what fails is made smaller and written down.

use std::collections::{BTreeMap, BTreeSet};

use super::counterexample;
use super::shrink::{Aim, Shrunk, shrink};
use crate::contract::{Contract, Edition, RequirementId, Tables};
use crate::execute::evidence::FixtureUse;
use crate::execute::trail::{Trail, Trod};
use crate::execute::{Halted, Open, Reserved, Walker};
use crate::judge::{CaseResult, Deviation, Finding, SequenceJudgement, Verdict, judge_sequence};
use crate::plan::generate::Source;
use crate::plan::{Plan, SequenceCase, Step};
use crate::record::{Counterexample, SequenceRecord};

/// How sequences are to be run.
#[derive(Debug, Clone, Copy)]
pub struct Drawing {
    pub seed: u64,
    /// Lists of each sequence, where not as many as it says itself.
    pub cases: Option<u32>,
    /// Lists at the same time.
    pub jobs: usize,
}

/// What came of all sequences.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub results: Vec<CaseResult>,
    pub records: Vec<SequenceRecord>,
    pub fixtures: Vec<FixtureUse>,
}

/// What judging needs.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub contract: &'a Contract,
    pub tables: &'a Tables,
    pub edition: Edition,
}

/// Different failures of one sequence that are made smaller; the others are counted.
const MOST_COUNTEREXAMPLES: usize = 6;

/// Runs the selected sequences of a plan, one after another.
pub(super) async fn run(rules: Rules<'_>, plan: &Plan, open: &Open, drawing: Drawing) -> Drawn {
    let mut drawn = Drawn::default();
    let mut lane = u32::try_from(plan.lanes.len()).unwrap_or(u32::MAX).saturating_add(2);
    for case in plan.sequences.iter().filter(|case| case.selected) {
        let mut walkers = Vec::new();
        for _ in 0..drawing.jobs.clamp(1, 64) {
            walkers.push(open.walker(lane));
            lane = lane.saturating_add(1);
        }
        let (result, record) = one(rules, case, walkers, drawing, &mut drawn.fixtures).await;
        drawn.results.push(result);
        drawn.records.push(record);
    }
    drawn
}

/// Everything seen of one sequence case so far.
#[derive(Default)]
struct Tally {
    kept: BTreeMap<RequirementId, usize>,
    warned: BTreeMap<RequirementId, (String, String)>,
    failed: BTreeMap<Aim, Failure>,
    steps: usize,
    skipped: usize,
    requests: usize,
    tried: u32,
    undecided: u32,
    trouble: Option<String>,
}

/// The first list that fails in one way, and how many do.
struct Failure {
    number: u32,
    lists: usize,
    first: (Trail, Deviation),
}

async fn one(
    rules: Rules<'_>,
    case: &SequenceCase,
    walkers: Vec<Walker>,
    drawing: Drawing,
    fixtures: &mut Vec<FixtureUse>,
) -> (CaseResult, SequenceRecord) {
    let source = Source::new(case, rules.edition, rules.tables, drawing.seed);
    let cases = drawing.cases.unwrap_or(case.cases);
    let (mut tally, mut walkers) = send_all(rules, case, &source, cases, walkers).await;
    let mut counterexamples = Vec::new();
    if let Some(walker) = walkers.first_mut() {
        let mut shown = BTreeSet::new();
        for (aim, failure) in &tally.failed {
            // One answer may break several requirements; the first of them stands for all.
            if shown.len() >= MOST_COUNTEREXAMPLES || !shown.insert((failure.number, aim.rank)) {
                continue;
            }
            let Some(tree) = source.tree(failure.number) else { continue };
            let shrunk = shrink(rules, walker, case.fixture, tree, aim, failure.first.clone()).await;
            tally.requests += shrunk.requests;
            counterexamples.push(written(rules, case, drawing.seed, failure, aim, shrunk));
        }
    }
    fixtures.extend(walkers.into_iter().flat_map(Walker::used));
    (result(case, &tally, &counterexamples), record(case, drawing.seed, tally, counterexamples))
}

/// Sends every list once. Each walker has its lists in a fixed order, on appointments that were set aside for them.
async fn send_all(
    rules: Rules<'_>,
    case: &SequenceCase,
    source: &Source,
    cases: u32,
    walkers: Vec<Walker>,
) -> (Tally, Vec<Walker>) {
    let mut tally = Tally::default();
    let mut idle = walkers;
    let stride = u32::try_from(idle.len()).unwrap_or(1).max(1);
    let Some(first) = idle.first() else { return (tally, idle) };
    let cases = match first.left(case.fixture).and_then(|left| u32::try_from(left).ok()) {
        // Of appointments that cannot be made, some are kept for making a failing list smaller.
        Some(left) if left - left / 3 < cases => {
            let few = left - left / 3;
            tally.trouble = Some(format!("only {left} appointments in state `{}` are left", case.fixture));
            few
        }
        Some(_) | None => cases,
    };
    let mut reserved: Vec<Option<Reserved>> = (0..cases).map(|_| Some(first.reserve(case.fixture))).collect();
    let mut running = tokio::task::JoinSet::new();
    let mut spawn = |running: &mut tokio::task::JoinSet<_>, mut walker: Walker, number: u32| -> Option<Walker> {
        let place = usize::try_from(number).ok()?;
        let Some(own) = reserved.get_mut(place).and_then(Option::take) else { return Some(walker) };
        let Some(tree) = source.tree(number) else { return Some(walker) };
        let steps: Vec<Step> = tree.current().into_iter().map(|own| own.step).collect();
        let fixture = case.fixture;
        running.spawn(async move {
            let trail = walker.walk(fixture, own, &steps).await;
            (walker, number, trail)
        });
        None
    };
    let mut done = Vec::new();
    for (number, walker) in (0..stride).zip(std::mem::take(&mut idle)) {
        done.extend(spawn(&mut running, walker, number));
    }
    while let Some(joined) = running.join_next().await {
        let (walker, number, trail) = match joined {
            Ok(own) => own,
            Err(error) => {
                tally.trouble = Some(format!("the harness failed: {error}"));
                continue;
            }
        };
        match trail {
            Ok(trail) => {
                tally.tried += 1;
                tally.requests += trail.exchanges.len() + 1;
                let sent = trail.steps.iter().filter(|own| matches!(own, Trod::Sent(_))).count();
                tally.steps += sent;
                tally.skipped += trail.steps.len() - sent;
                let judged = judge_sequence(rules.contract, rules.tables, rules.edition, &trail);
                tally.add(number, &trail, judged);
                done.extend(spawn(&mut running, walker, number.saturating_add(stride)));
            }
            Err(Halted::Stopped(why) | Halted::NoFixture(why)) => {
                tally.trouble.get_or_insert(why);
                done.push(walker);
            }
        }
    }
    (tally, done)
}

impl Tally {
    fn add(&mut self, number: u32, trail: &Trail, judged: SequenceJudgement) {
        for (id, count) in judged.kept {
            *self.kept.entry(id).or_default() += count;
        }
        self.undecided += u32::from(judged.undecided.is_some());
        let mut aims = BTreeSet::new();
        for own in judged.deviations {
            if own.verdict != Verdict::Fail {
                self.warned.entry(own.requirement).or_insert((own.expected, own.found));
                continue;
            }
            let aim = Aim::of(&own);
            if !aims.insert(aim.clone()) {
                continue;
            }
            let known = self.failed.remove(&aim);
            let lists = known.as_ref().map_or(0, |known| known.lists) + 1;
            let failure = match known {
                Some(known) if known.number < number => Failure { lists, ..known },
                Some(_) | None => Failure { number, lists, first: (trail.clone(), own) },
            };
            self.failed.insert(aim, failure);
        }
    }
}

fn written(
    rules: Rules<'_>,
    case: &SequenceCase,
    seed: u64,
    failure: &Failure,
    aim: &Aim,
    shrunk: Shrunk,
) -> Counterexample {
    let number = failure.number;
    let name = counterexample::name(case, &aim.requirement, seed, number);
    let scenario = counterexample::scenario(rules, case, &name, seed, number, &shrunk);
    let (trail, deviation) = shrunk.shown;
    Counterexample {
        file: format!("counterexamples/{name}.yaml"),
        case: counterexample::case_id(&name),
        requirement: aim.requirement.clone(),
        expected: deviation.expected,
        found: deviation.found,
        number,
        lists: failure.lists,
        steps_drawn: shrunk.drawn,
        steps: shrunk.steps.len(),
        reruns: shrunk.reruns,
        appointments: shrunk.appointments,
        again: shrunk.again,
        end: shrunk.end,
        scenario,
        exchanges: trail.exchanges,
    }
}

fn record(case: &SequenceCase, seed: u64, tally: Tally, counterexamples: Vec<Counterexample>) -> SequenceRecord {
    SequenceRecord {
        id: case.id.clone(),
        seed: case.seed.unwrap_or(seed),
        lists: tally.tried,
        steps: tally.steps,
        skipped: tally.skipped,
        undecided: tally.undecided,
        requests: tally.requests,
        trouble: tally.trouble,
        counterexamples,
    }
}

/// A requirement passes where it was seen to be kept and never broken.
fn result(case: &SequenceCase, tally: &Tally, counterexamples: &[Counterexample]) -> CaseResult {
    let finding = |requirement: &RequirementId, verdict, expected: &str, found: String| Finding {
        case: case.id.clone(),
        requirement: requirement.clone(),
        verdict,
        expected: expected.to_owned(),
        found,
        exchange: None,
    };
    let mut findings = Vec::new();
    let mut broken = BTreeSet::new();
    for (aim, failure) in &tally.failed {
        broken.insert(&aim.requirement);
        let number = failure.number;
        let own = counterexamples.iter().find(|own| own.requirement == aim.requirement && own.number == number);
        let found = match (own, counterexamples.iter().find(|own| own.number == number)) {
            (Some(own), _) => own.summary(),
            (None, Some(other)) => format!("{}; see {}", failure.first.1.found, other.file),
            (None, None) => format!("{} (list {number})", failure.first.1.found),
        };
        findings.push(finding(&aim.requirement, Verdict::Fail, &failure.first.1.expected, found));
    }
    for (id, (expected, found)) in tally.warned.iter().filter(|(id, _)| !broken.contains(id)) {
        findings.push(finding(id, Verdict::Warn, expected, found.clone()));
    }
    let passed = tally.kept.keys().filter(|id| !broken.contains(id) && !tally.warned.contains_key(id));
    for id in passed.filter(|id| case.requirements.contains(id)) {
        findings.push(finding(id, Verdict::Pass, "", String::new()));
    }
    if findings.is_empty() {
        let why = tally.trouble.clone().unwrap_or_else(|| "no step could be judged".to_owned());
        findings.extend(case.requirements.iter().map(|id| finding(id, Verdict::NotTested, "", why.clone())));
    }
    CaseResult::of_sequence(case, findings)
}
