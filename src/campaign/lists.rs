//! Sends the generated lists of a plan, one case after another, and makes smaller what fails.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::Rules;
use super::shrink::{Smaller, shrink};
use crate::execute::evidence::{
    Evidence, Exchange, FixtureUse, ListTrial, ListsRun, NotKept, Shrunk, StepResult, Trial, TrialKind,
};
use crate::execute::{Reserved, StartedRun, Walked, Walker};
use crate::judge::{Aim, ListJudgement, Tally, judge_list};
use crate::plan::generate::ListStrategy;
use crate::plan::{CaseId, GeneratedLists, Head, Plan};

/// How lists are to be drawn and sent.
#[derive(Debug, Clone, Copy)]
pub struct Drawing {
    pub seed: u64,
    /// Lists at the same time.
    pub jobs: usize,
}

/// Different failures of one case that are made smaller; the others are counted.
const MOST_COUNTEREXAMPLES: usize = 6;

/// Of lists that show nothing new, as many are kept as have this many exchanges, and this many bytes in them; the others
/// are only counted.
const MOST_KEPT: usize = 60_000;
const MOST_BYTES_KEPT: usize = 32 * 1024 * 1024;

/// Sends the lists of the selected cases of a plan, one case after another, and gives what was seen of them: the lists of
/// a case in the order of their numbers, whatever order they were sent in, and behind them those that were made smaller.
pub(super) async fn run(rules: Rules<'_>, plan: &Plan, started: &StartedRun, drawing: Drawing) -> Evidence {
    let mut seen = Evidence::default();
    let mut lane = u32::try_from(plan.lanes.len()).unwrap_or(u32::MAX).saturating_add(2);
    for (head, lists) in plan.lists() {
        let mut walkers = Vec::new();
        for _ in 0..drawing.jobs.clamp(1, 64) {
            walkers.push(started.walker(lane));
            lane = lane.saturating_add(1);
        }
        seen.append(one(rules, head, lists, (started, walkers), drawing).await);
    }
    seen
}

async fn one(
    rules: Rules<'_>,
    head: &Head,
    lists: &GeneratedLists,
    (started, walkers): (&StartedRun, Vec<Walker>),
    drawing: Drawing,
) -> Evidence {
    let source = ListStrategy::new(&head.id, lists, rules.edition, &rules.contract.tables, drawing.seed);
    let (sent, mut walkers) = send_all(rules, &head.id, lists, &source, (started, walkers)).await;
    let mut smaller = Vec::new();
    if let Some(walker) = walkers.first_mut() {
        let mut shown = BTreeSet::new();
        for (aim, failure) in &sent.tally.failed {
            // One response may break several requirements; the first of them stands for all.
            if shown.len() >= MOST_COUNTEREXAMPLES || !shown.insert((failure.number, aim.side)) {
                continue;
            }
            let Some(tree) = source.tree(failure.number) else { continue };
            let found = shrink(rules, walker, (&head.id, lists.fixture), failure.number, tree, aim).await;
            smaller.push((aim.clone(), failure.number, found));
        }
    }
    let mut fixtures: Vec<FixtureUse> = walkers.into_iter().flat_map(Walker::used).collect();
    // Which walker used which appointment depends on timing.
    fixtures.sort_by(|one, other| one.id.cmp(&other.id));
    sent.evidence(head.id.clone(), lists.seed.unwrap_or(drawing.seed), smaller, fixtures)
}

/// Everything seen of one case so far.
#[derive(Default)]
struct SentLists {
    tally: Tally,
    /// The lists that are kept, by number.
    kept: BTreeMap<u32, Evidence>,
    kept_exchanges: usize,
    kept_bytes: usize,
    not_kept: NotKept,
    /// Lists that were to be sent.
    planned: u32,
    trouble: Option<String>,
}

/// Sends every list once. Each walker has its lists in a fixed order, on appointments that were set aside for them.
async fn send_all(
    rules: Rules<'_>,
    case: &CaseId,
    lists: &GeneratedLists,
    source: &ListStrategy,
    (started, walkers): (&StartedRun, Vec<Walker>),
) -> (SentLists, Vec<Walker>) {
    let mut sent = SentLists::default();
    let stride = u32::try_from(walkers.len()).unwrap_or(1).max(1);
    let Some(first) = walkers.first() else { return (sent, walkers) };
    let cases = match first.left(lists.fixture).and_then(|left| u32::try_from(left).ok()) {
        // Of appointments that cannot be made, some are kept for making a failing list smaller.
        Some(left) if left - left / 3 < lists.cases => {
            sent.trouble = Some(format!("only {left} appointments in state `{}` are left", lists.fixture));
            left - left / 3
        }
        Some(_) | None => lists.cases,
    };
    sent.planned = cases;
    let mut reserved: Vec<Option<Reserved>> = (0..cases).map(|_| Some(first.reserve(lists.fixture))).collect();
    let mut running = tokio::task::JoinSet::new();
    let mut spawn = |running: &mut tokio::task::JoinSet<_>, mut walker: Walker, number: u32| -> Option<Walker> {
        let place = usize::try_from(number).ok()?;
        let Some(appointment) = reserved.get_mut(place).and_then(Option::take) else { return Some(walker) };
        let steps = source.steps(number);
        if steps.is_empty() {
            return Some(walker);
        }
        let (case, fixture) = (case.clone(), lists.fixture);
        running.spawn(async move {
            let walked = walker.walk(&case, number, fixture, appointment, steps).await;
            (walker, number, walked)
        });
        None
    };
    let mut done = Vec::new();
    for (number, walker) in (0..stride).zip(walkers) {
        done.extend(spawn(&mut running, walker, number));
    }
    while let Some(joined) = running.join_next().await {
        let (walker, number, Walked { evidence, halted }) = match joined {
            Ok(joined) => joined,
            Err(error) => {
                sent.trouble = Some(format!("the harness failed: {error}"));
                continue;
            }
        };
        sent.add(rules, started, number, evidence);
        match halted {
            None => done.extend(spawn(&mut running, walker, number.saturating_add(stride))),
            Some(why) => {
                sent.trouble.get_or_insert(why);
                done.push(walker);
            }
        }
    }
    (sent, done)
}

impl SentLists {
    fn add(&mut self, rules: Rules<'_>, started: &StartedRun, number: u32, evidence: Evidence) {
        let Some(list) = evidence.trials.first().and_then(Trial::list) else { return };
        let judged = |evidence: &Evidence, list: &ListTrial| {
            judge_list(rules.contract, rules.edition, (&evidence.exchanges, rules.moving), list)
        };
        let received = list.start.is_some().then(|| judged(&evidence, list));
        let news = received.clone().is_none_or(|received| self.tally.add(number, received));
        let room = self.kept_exchanges < MOST_KEPT && self.kept_bytes < MOST_BYTES_KEPT;
        // What is not kept is judged as it would be recorded here; what is kept, when all is.
        let changes = || {
            let recorded = rules.gate.recorded(evidence.clone());
            let recorded = recorded.trials.first().and_then(Trial::list).map(|list| judged(&recorded, list));
            recorded.as_ref().map(ListJudgement::verdicts) != received.as_ref().map(ListJudgement::verdicts)
        };
        if news || room || changes() {
            self.kept_exchanges += evidence.exchanges.len();
            self.kept_bytes += evidence.exchanges.iter().map(Exchange::size).sum::<usize>();
            self.kept.insert(number, evidence);
            return;
        }
        started.release(&evidence.exchanges);
        let count = |is: fn(&StepResult) -> bool| list.steps.iter().filter(|step| is(&step.seen)).count();
        let added = |to: u32, count: usize| to.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        let NotKept { lists, steps, skipped, requests } = self.not_kept;
        self.not_kept = NotKept {
            lists: lists.saturating_add(1),
            steps: added(steps, count(|seen| matches!(seen, StepResult::Sent(_)))),
            skipped: added(skipped, count(|seen| matches!(seen, StepResult::Skipped(_)))),
            requests: added(requests, evidence.exchanges.len()),
        };
    }

    /// What was seen, in the order of the numbers of the lists.
    fn evidence(
        self,
        case: CaseId,
        seed: u64,
        smaller: Vec<(Aim, u32, Smaller)>,
        fixtures: Vec<FixtureUse>,
    ) -> Evidence {
        let mut seen = Evidence::default();
        let mut places = BTreeMap::new();
        for (number, list) in self.kept {
            places.insert(number, seen.trials.len());
            seen.append(list);
        }
        let mut shrunk = Vec::new();
        for (aim, number, Smaller { shown, mut requests, drawn, reruns, appointments, again, end }) in smaller {
            let trial = match shown {
                Some(mut shown) => {
                    requests = requests.saturating_sub(shown.exchanges.len());
                    for trial in &mut shown.trials {
                        match &mut trial.kind {
                            TrialKind::List(list) => list.rerun = true,
                            TrialKind::Steps(_) | TrialKind::Round(_) => {}
                        }
                    }
                    let place = seen.trials.len();
                    seen.append(shown);
                    place
                }
                // A list that fails is kept.
                None => places.get(&number).copied().unwrap_or_default(),
            };
            let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            shrunk.push(Shrunk {
                number,
                trial: small(trial),
                requirement: aim.requirement,
                side: aim.side,
                drawn: small(drawn),
                reruns,
                requests: small(requests),
                appointments,
                failed: again.0,
                tried: again.1,
                end,
            });
        }
        let (planned, not_kept, trouble) = (self.planned, self.not_kept, self.trouble);
        seen.lists.push(ListsRun { case, seed, not_kept, shrunk, planned, trouble });
        seen.fixtures = fixtures;
        seen
    }
}
