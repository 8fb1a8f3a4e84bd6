//! Makes a failing list of steps smaller by sending smaller ones to fresh appointments, within a budget.

use super::rules::Rules;
use crate::execute::evidence::{Evidence, Trial};
use crate::execute::{Reserved, Walked, Walker};
use crate::judge::{Aim, essence, judge_list};
use crate::plan::CaseId;
use crate::plan::generate::{KeyedStep, Tree};
use crate::suite::scenario::Fixture;

/// The smallest list found, and how it was found.
pub(super) struct Smaller {
    /// The last run that showed the failure; absent where no run showed it again.
    pub shown: Option<Evidence>,
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
    (case, fixture): (&CaseId, Fixture),
    number: u32,
    mut tree: Tree,
    aim: &Aim,
) -> Smaller {
    let drawn = tree.current();
    let mut shrinker = Shrinker {
        rules,
        walker,
        case,
        fixture,
        number,
        aim,
        runs: 0,
        requests: 0,
        appointments: 0,
        end: None,
        shown: None,
    };
    let mut best = drawn.clone();
    if shrinker.fails(&mut best).await {
        tree.keep(&best);
        follow_tree(&mut shrinker, &mut tree, &mut best).await;
        drop_steps(&mut shrinker, &mut best).await;
        drop_operations(&mut shrinker, &mut best).await;
        drop_steps(&mut shrinker, &mut best).await;
    } else if shrinker.end.is_none() {
        // Once more: what fails now and then is told from what the first list only seemed to show.
        let again = shrinker.fails(&mut best).await;
        shrinker.end.get_or_insert(if again {
            "it fails only now and then".to_owned()
        } else {
            "it did not fail again".to_owned()
        });
    }
    let again = shrinker.rate(&best).await;
    let Shrinker { runs, requests, appointments, end, shown, .. } = shrinker;
    Smaller { shown, drawn: drawn.len(), reruns: runs, requests, appointments, again, end }
}

/// Proptest's own simplifications, with everything after the failing step cut off first.
async fn follow_tree(shrinker: &mut Shrinker<'_, '_>, tree: &mut Tree, best: &mut Vec<KeyedStep>) {
    let mut more = tree.simplify();
    for _ in 0..MOST_LOOKS {
        if !more || shrinker.end.is_some() {
            return;
        }
        let mut candidate = tree.current();
        let smaller = candidate == *best || (!candidate.is_empty() && shrinker.fails(&mut candidate).await);
        if smaller {
            *best = candidate;
            tree.keep(best);
        }
        more = if smaller { tree.simplify() } else { tree.complicate() };
    }
}

/// Leaves out single steps until none can be: proptest does not try a deletion again after a later simplification.
async fn drop_steps(shrinker: &mut Shrinker<'_, '_>, best: &mut Vec<KeyedStep>) {
    let mut place = best.len();
    while place > 0 && best.len() > 1 && shrinker.end.is_none() {
        place -= 1;
        let mut candidate = best.clone();
        candidate.remove(place);
        if shrinker.fails(&mut candidate).await {
            *best = candidate;
            place = best.len();
        }
    }
}

/// Leaves out single operations of documents.
async fn drop_operations(shrinker: &mut Shrinker<'_, '_>, best: &mut Vec<KeyedStep>) {
    for place in (0..best.len()).rev() {
        let mut operation = operations(best, place);
        while operation > 0 && shrinker.end.is_none() {
            operation -= 1;
            let mut candidate = best.clone();
            if let Some(list) = candidate.get_mut(place).and_then(|keyed| keyed.step.operations_mut())
                && list.len() > 1
            {
                list.remove(operation);
                if shrinker.fails(&mut candidate).await {
                    *best = candidate;
                }
            }
        }
    }
}

fn operations(list: &[KeyedStep], place: usize) -> usize {
    let document = list.get(place).and_then(|keyed| keyed.step.document()).and_then(serde_json::Value::as_array);
    document.map_or(0, Vec::len)
}

/// Re-runs for one failure.
struct Shrinker<'a, 'w> {
    rules: Rules<'a>,
    walker: &'w mut Walker,
    case: &'a CaseId,
    fixture: Fixture,
    number: u32,
    aim: &'a Aim,
    runs: u32,
    requests: usize,
    appointments: u32,
    end: Option<String>,
    /// The last run that showed the failure.
    shown: Option<Evidence>,
}

impl Shrinker<'_, '_> {
    /// Whether the list still shows the failure; then everything after the step that shows it is cut off, and steps that
    /// could not be made are left out.
    async fn fails(&mut self, list: &mut Vec<KeyedStep>) -> bool {
        let Some(needed) = self.send(list).await else { return false };
        let mut place = 0;
        list.retain(|_| {
            place += 1;
            needed.contains(&(place - 1))
        });
        true
    }

    /// Sends the list; gives the places of the steps that its failure needs, where it still fails.
    async fn send(&mut self, list: &[KeyedStep]) -> Option<Vec<usize>> {
        if self.runs >= MOST_RUNS || self.requests >= MOST_REQUESTS {
            let spent = format!("the budget of {MOST_RUNS} re-runs or {MOST_REQUESTS} requests was spent");
            self.end.get_or_insert(spent);
            return None;
        }
        self.runs += 1;
        let steps = list.iter().map(|keyed| keyed.step.clone()).collect();
        let Walked { evidence, halted } =
            self.walker.walk(self.case, self.number, self.fixture, Reserved::none(), steps).await;
        self.requests += evidence.exchanges.len();
        if let Some(why) = halted {
            self.end.get_or_insert(why);
            return None;
        }
        self.appointments += 1;
        let list = evidence.trials.first().and_then(Trial::list)?;
        let judged =
            judge_list(self.rules.contract, self.rules.edition, (&evidence.exchanges, self.rules.moving), list);
        let needed = essence(list, Some(judged.failure(self.aim)?));
        self.shown = Some(evidence);
        Some(needed)
    }

    /// How often the list fails: twice, and a few times more where it does not both times.
    async fn rate(&mut self, list: &[KeyedStep]) -> (u32, u32) {
        let (mut failed, mut tried) = (0, 0);
        while tried < 2 || (failed < tried && tried < 6) {
            let before = self.appointments;
            match self.send(list).await {
                Some(_) => failed += 1,
                None if self.appointments == before => break,
                None => {}
            }
            tried += 1;
        }
        (failed, tried)
    }
}
