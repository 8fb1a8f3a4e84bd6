//! Makes a failing list of steps smaller by sending smaller ones to fresh appointments, within a budget.

use serde_json::Value;

use super::sequences::Rules;
use crate::execute::trail::{Trail, Trod};
use crate::execute::{Halted, Reserved, Walker};
use crate::judge::{Aim, Deviation, Kind, judge_sequence};
use crate::plan::Step;
use crate::plan::generate::{Drawn, Tree};
use crate::suite::scenario::Fixture;

/// The smallest list found, and how it was found.
pub(super) struct Shrunk {
    pub steps: Vec<Step>,
    /// The last run that showed the failure.
    pub shown: (Trail, Deviation),
    /// Steps of the list as it was drawn.
    pub drawn: usize,
    pub reruns: u32,
    pub requests: usize,
    pub appointments: u32,
    /// How often the smallest list failed again, of how many times.
    pub again: (u32, u32),
    /// Why it ended before the list was minimal; `None` where it is.
    pub end: Option<String>,
}

/// Lists that are sent for one failure, and requests.
const MOST_RUNS: u32 = 400;
const MOST_REQUESTS: usize = 8_000;
/// Simplifications that are looked at; most change nothing that is left, and cost nothing.
const MOST_LOOKS: u32 = 50_000;

/// Makes the list of a tree smaller.
pub(super) async fn shrink(
    rules: Rules<'_>,
    walker: &mut Walker,
    fixture: Fixture,
    mut tree: Tree,
    aim: &Aim,
    shown: (Trail, Deviation),
) -> Shrunk {
    let drawn = tree.current();
    let mut trial = Trial {
        rules,
        walker,
        fixture,
        aim,
        runs: 0,
        requests: 0,
        appointments: 0,
        end: None,
        shown,
        sent: drawn.clone(),
    };
    let mut best = drawn.clone();
    let count = drawn.len();
    if trial.fails(&mut best).await {
        tree.keep(&best);
        follow_tree(&mut trial, &mut tree, &mut best).await;
        drop_steps(&mut trial, &mut best).await;
        drop_operations(&mut trial, &mut best).await;
        drop_steps(&mut trial, &mut best).await;
    } else if trial.end.is_none() {
        // Once more: what fails now and then is told from what the first list only seemed to show.
        let again = trial.fails(&mut best).await;
        trial.end.get_or_insert(if again {
            "it fails only now and then".to_owned()
        } else {
            "it did not fail again".to_owned()
        });
    }
    let again = trial.rate(&best).await;
    let Trial { runs, requests, appointments, end, shown, sent, .. } = trial;
    let (steps, shown) = essence(sent, shown);
    Shrunk { steps, shown, drawn: count, reruns: runs, requests, appointments, again, end }
}

/// The steps that were sent, up to the one that shows the failure, and the trail with these alone.
fn essence(list: Vec<Drawn>, (mut trail, mut deviation): (Trail, Deviation)) -> (Vec<Step>, (Trail, Deviation)) {
    let last = if deviation.kind == Kind::Bystander { list.len() } else { deviation.step + 1 };
    let skipped = |own: &Trod| matches!(own, Trod::Skipped(_));
    let before = trail.steps.iter().take(deviation.step).filter(|own| skipped(own)).count();
    let (mut steps, mut seen) = (Vec::new(), Vec::new());
    for (own, trod) in list.into_iter().zip(std::mem::take(&mut trail.steps)).take(last) {
        if !skipped(&trod) {
            steps.push(own.step);
            seen.push(trod);
        }
    }
    trail.steps = seen;
    deviation.step -= before;
    (steps, (trail, deviation))
}

/// Proptest's own simplifications, with everything after the failing step cut off first.
async fn follow_tree(trial: &mut Trial<'_, '_>, tree: &mut Tree, best: &mut Vec<Drawn>) {
    let mut more = tree.simplify();
    for _ in 0..MOST_LOOKS {
        if !more || trial.end.is_some() {
            return;
        }
        let mut candidate = tree.current();
        let smaller = candidate == *best || (!candidate.is_empty() && trial.fails(&mut candidate).await);
        if smaller {
            *best = candidate;
            tree.keep(best);
        }
        more = if smaller { tree.simplify() } else { tree.complicate() };
    }
}

/// Leaves out single steps until none can be: proptest does not try a deletion again after a later simplification.
async fn drop_steps(trial: &mut Trial<'_, '_>, best: &mut Vec<Drawn>) {
    let mut place = best.len();
    while place > 0 && best.len() > 1 && trial.end.is_none() {
        place -= 1;
        let mut candidate = best.clone();
        candidate.remove(place);
        if trial.fails(&mut candidate).await {
            *best = candidate;
            place = best.len();
        }
    }
}

/// Leaves out single operations of documents.
async fn drop_operations(trial: &mut Trial<'_, '_>, best: &mut Vec<Drawn>) {
    for place in (0..best.len()).rev() {
        let mut operation = operations(best, place);
        while operation > 0 && trial.end.is_none() {
            operation -= 1;
            let mut candidate = best.clone();
            if let Some(list) = candidate.get_mut(place).and_then(|drawn| drawn.step.request.body.operations_mut())
                && list.len() > 1
            {
                list.remove(operation);
                if trial.fails(&mut candidate).await {
                    *best = candidate;
                }
            }
        }
    }
}

fn operations(list: &[Drawn], place: usize) -> usize {
    let document = list.get(place).and_then(|drawn| drawn.step.request.body.document());
    document.and_then(Value::as_array).map_or(0, Vec::len)
}

/// Re-runs for one failure.
struct Trial<'a, 'w> {
    rules: Rules<'a>,
    walker: &'w mut Walker,
    fixture: Fixture,
    aim: &'a Aim,
    runs: u32,
    requests: usize,
    appointments: u32,
    end: Option<String>,
    /// The last run that showed the failure, and the list that was sent in it.
    shown: (Trail, Deviation),
    sent: Vec<Drawn>,
}

impl Trial<'_, '_> {
    /// Whether the list still shows the failure; then everything after the step that shows it is cut off, and steps that
    /// could not be made are left out.
    async fn fails(&mut self, list: &mut Vec<Drawn>) -> bool {
        let Some((trail, deviation)) = self.send(list).await else { return false };
        let uncut = list.clone();
        let last = if matches!(deviation.kind, Kind::Bystander) { list.len() } else { deviation.step + 1 };
        let sent: Vec<bool> = trail.steps.iter().map(|own| matches!(own, Trod::Sent(_))).collect();
        let mut place = 0;
        list.retain(|_| {
            place += 1;
            place <= last && sent.get(place - 1).copied().unwrap_or(false)
        });
        self.shown = (trail, deviation);
        self.sent = uncut;
        true
    }

    async fn send(&mut self, list: &[Drawn]) -> Option<(Trail, Deviation)> {
        if self.runs >= MOST_RUNS || self.requests >= MOST_REQUESTS {
            let spent = format!("the budget of {MOST_RUNS} re-runs or {MOST_REQUESTS} requests was spent");
            self.end.get_or_insert(spent);
            return None;
        }
        self.runs += 1;
        let steps: Vec<Step> = list.iter().map(|own| own.step.clone()).collect();
        match self.walker.walk(self.fixture, Reserved::none(), &steps).await {
            Ok(trail) => {
                let trail = self.rules.redactor.trail(trail, &steps);
                self.requests += trail.exchanges.len();
                self.appointments += 1;
                let judged = judge_sequence(self.rules.contract, self.rules.tables, self.rules.edition, &trail);
                let found = judged.deviations.into_iter().find(|own| self.aim.meets(own))?;
                Some((trail, found))
            }
            Err(Halted::Stopped(why) | Halted::NoFixture(why)) => {
                self.end.get_or_insert(why);
                None
            }
        }
    }

    /// How often the list fails: twice, and a few times more where it does not both times.
    async fn rate(&mut self, list: &[Drawn]) -> (u32, u32) {
        let (mut failed, mut tried) = (0, 0);
        while tried < 2 || (failed < tried && tried < 6) {
            let before = self.appointments;
            match self.send(list).await {
                Some(shown) => {
                    failed += 1;
                    self.shown = shown;
                    self.sent = list.to_vec();
                }
                None if self.appointments == before => break,
                None => {}
            }
            tried += 1;
        }
        (failed, tried)
    }
}
