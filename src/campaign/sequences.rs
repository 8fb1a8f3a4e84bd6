//! Runs the generated sequences of a plan: draw, send, judge; what fails is made smaller and written down.

use std::collections::{BTreeMap, BTreeSet};

use super::counterexample;
use super::shrink::{Shrunk, shrink};
use crate::execute::evidence::FixtureUse;
use crate::execute::trail::{Trail, Trod};
use crate::execute::{Halted, Open, Reserved, Walker};
use crate::judge::{Aim, CaseResult, Failure, Tally, Told, judge_sequence};
use crate::plan::generate::Source;
use crate::plan::{CaseId, GeneratedLists, Head, Plan, Step};
use crate::record::{Counterexample, ListRecord, SequenceRecord, TrailRecord};
use crate::redact::Redactor;
use crate::suite::contract::{Contract, Edition, Tables};

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
    pub redactor: &'a Redactor,
}

/// Different failures of one sequence that are made smaller; the others are counted.
const MOST_COUNTEREXAMPLES: usize = 6;

/// Runs the selected sequences of a plan, one after another.
pub(super) async fn run(rules: Rules<'_>, plan: &Plan, open: &Open, drawing: Drawing) -> Drawn {
    let mut drawn = Drawn::default();
    let mut lane = u32::try_from(plan.lanes.len()).unwrap_or(u32::MAX).saturating_add(2);
    for (head, case) in plan.lists() {
        let mut walkers = Vec::new();
        for _ in 0..drawing.jobs.clamp(1, 64) {
            walkers.push(open.walker(lane));
            lane = lane.saturating_add(1);
        }
        let (result, record) = one(rules, head, case, walkers, drawing, &mut drawn.fixtures).await;
        drawn.results.push(result);
        drawn.records.push(record);
    }
    drawn
}

/// Everything seen of one sequence case so far.
#[derive(Default)]
struct Sent {
    tally: Tally,
    /// The lists that are kept, by number.
    trails: BTreeMap<u32, Trail>,
    kept_exchanges: usize,
    not_kept: u32,
    steps: usize,
    skipped: usize,
    requests: usize,
    tried: u32,
    trouble: Option<String>,
}

/// Of lists that show nothing new, as many are kept as have this many exchanges; the others are only counted.
const MOST_KEPT: usize = 60_000;

async fn one(
    rules: Rules<'_>,
    head: &Head,
    case: &GeneratedLists,
    walkers: Vec<Walker>,
    drawing: Drawing,
    fixtures: &mut Vec<FixtureUse>,
) -> (CaseResult, SequenceRecord) {
    let source = Source::new(&head.id, case, rules.edition, rules.tables, drawing.seed);
    let cases = drawing.cases.unwrap_or(case.cases);
    let (mut sent, mut walkers) = send_all(rules, case, &source, cases, walkers).await;
    let mut counterexamples = Vec::new();
    if let Some(walker) = walkers.first_mut() {
        let mut shown = BTreeSet::new();
        for (aim, failure) in &sent.tally.failed {
            // One answer may break several requirements; the first of them stands for all.
            if shown.len() >= MOST_COUNTEREXAMPLES || !shown.insert((failure.number, aim.rank)) {
                continue;
            }
            let Some(tree) = source.tree(failure.number) else { continue };
            let Some(trail) = sent.trails.get(&failure.number) else { continue };
            let first = (trail.clone(), failure.deviation.clone());
            let shrunk = shrink(rules, walker, case.fixture, tree, aim, first).await;
            sent.requests += shrunk.requests;
            counterexamples.push(written(rules, &head.id, case, drawing.seed, failure, aim, shrunk));
        }
    }
    let mut used: Vec<FixtureUse> = walkers.into_iter().flat_map(Walker::used).collect();
    // Which walker used which appointment depends on timing.
    used.sort_by(|one, other| one.id.cmp(&other.id));
    fixtures.extend(used);
    let told: Vec<Told> = counterexamples.iter().map(Counterexample::told).collect();
    let result = sent.tally.result(head, &told, sent.trouble.as_deref());
    (result, record(&head.id, case, drawing.seed, sent, counterexamples))
}

/// Sends every list once. Each walker has its lists in a fixed order, on appointments that were set aside for them.
async fn send_all(
    rules: Rules<'_>,
    case: &GeneratedLists,
    source: &Source,
    cases: u32,
    walkers: Vec<Walker>,
) -> (Sent, Vec<Walker>) {
    let mut sent = Sent::default();
    let mut idle = walkers;
    let stride = u32::try_from(idle.len()).unwrap_or(1).max(1);
    let Some(first) = idle.first() else { return (sent, idle) };
    let cases = match first.left(case.fixture).and_then(|left| u32::try_from(left).ok()) {
        // Of appointments that cannot be made, some are kept for making a failing list smaller.
        Some(left) if left - left / 3 < cases => {
            let few = left - left / 3;
            sent.trouble = Some(format!("only {left} appointments in state `{}` are left", case.fixture));
            few
        }
        Some(_) | None => cases,
    };
    let mut reserved: Vec<Option<Reserved>> = (0..cases).map(|_| Some(first.reserve(case.fixture))).collect();
    let mut running = tokio::task::JoinSet::new();
    let mut spawn = |running: &mut tokio::task::JoinSet<_>, mut walker: Walker, number: u32| -> Option<Walker> {
        let place = usize::try_from(number).ok()?;
        let Some(own) = reserved.get_mut(place).and_then(Option::take) else { return Some(walker) };
        let steps = source.steps(number);
        if steps.is_empty() {
            return Some(walker);
        }
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
                sent.trouble = Some(format!("the harness failed: {error}"));
                continue;
            }
        };
        match trail {
            Ok(trail) => {
                let steps: Vec<Step> = source.steps(number);
                sent.add(rules, number, rules.redactor.trail(trail, &steps));
                done.extend(spawn(&mut running, walker, number.saturating_add(stride)));
            }
            Err(Halted::Stopped(why) | Halted::NoFixture(why)) => {
                sent.trouble.get_or_insert(why);
                done.push(walker);
            }
        }
    }
    (sent, done)
}

impl Sent {
    fn add(&mut self, rules: Rules<'_>, number: u32, trail: Trail) {
        self.tried += 1;
        self.requests += trail.exchanges.len() + 1;
        let sent = trail.steps.iter().filter(|own| matches!(own, Trod::Sent(_))).count();
        self.steps += sent;
        self.skipped += trail.steps.len() - sent;
        let judged = judge_sequence(rules.contract, rules.tables, rules.edition, &trail);
        let news = self.tally.add(number, judged);
        if news || self.kept_exchanges < MOST_KEPT {
            self.kept_exchanges += trail.exchanges.len();
            self.trails.insert(number, trail);
        } else {
            self.not_kept += 1;
        }
    }
}

fn written(
    rules: Rules<'_>,
    id: &CaseId,
    case: &GeneratedLists,
    seed: u64,
    failure: &Failure,
    aim: &Aim,
    shrunk: Shrunk,
) -> Counterexample {
    let number = failure.number;
    let name = counterexample::name(id, case, &aim.requirement, seed, number);
    let scenario = counterexample::scenario(rules, id, case, &name, seed, number, &shrunk);
    let (trail, deviation) = shrunk.shown;
    let trail = TrailRecord::from(trail);
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
        appointment: trail.appointment,
        start: trail.start,
        trod: trail.steps,
        bystander: trail.bystander,
    }
}

fn record(
    id: &CaseId,
    case: &GeneratedLists,
    seed: u64,
    sent: Sent,
    counterexamples: Vec<Counterexample>,
) -> SequenceRecord {
    SequenceRecord {
        id: id.clone(),
        seed: case.seed.unwrap_or(seed),
        lists: sent.tried,
        steps: sent.steps,
        skipped: sent.skipped,
        undecided: sent.tally.undecided,
        requests: sent.requests,
        trouble: sent.trouble,
        counterexamples,
        trails: sent.trails.into_iter().map(|(number, trail)| ListRecord { number, trail: trail.into() }).collect(),
        not_kept: sent.not_kept,
    }
}
