//! The general search for an order: Wing and Gong's, with Lowe's memoisation, bounded in steps and memory.
//!
//! Operations that change nothing are taken as soon as they fit, which is always safe: whatever order exists without
//! them exists with them. So only writes branch.

use std::collections::HashSet;

use super::operation::{History, HistoryOperation, NEVER, OperationKind, Tag};
use super::rules::HistoryRules;

/// What the search found.
pub(super) enum SearchResult {
    Found,
    /// No order; the operations around the place where the longest attempt got stuck.
    None(Vec<u32>),
    /// The budget is spent.
    Spent,
}

/// Bytes of remembered states before the search gives up.
const MEMORY: usize = 64 << 20;

/// No version that anyone can name; no value known.
const OPEN: u32 = u32::MAX;

/// What the register holds. `used` has a bit for every version that was guessed for a write that does not name its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct SearchState {
    used: u64,
    version: u32,
    value: u32,
}

/// Searches all orders.
pub(super) fn search(history: &History, rules: HistoryRules) -> SearchResult {
    let Some(guesses) = guesses(history, rules) else { return SearchResult::Spent };
    let mut search = Search::new(history, guesses, rules);
    let value = history.initial_value.map_or(OPEN, |mark| number(mark.index()));
    let firsts: Vec<SearchState> = match history.initial {
        Some(tag) => vec![SearchState { used: 0, version: number(tag.index()), value }],
        None => search.guessed(SearchState { used: 0, version: OPEN, value }, value),
    };
    for first in firsts {
        match search.run(first) {
            Some(true) => return SearchResult::Found,
            Some(false) => {}
            None => return SearchResult::Spent,
        }
    }
    SearchResult::None(search.stuck)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(OPEN - 1)
}

/// The versions that a write without a version of its own may have made; `None` where there are too many.
fn guesses(history: &History, rules: HistoryRules) -> Option<Vec<u32>> {
    let mut made = vec![false; history.survey().tags];
    if rules.versions_are_unique {
        let makers = history
            .operations
            .iter()
            .filter(|operation| matches!(operation.kind, OperationKind::Write | OperationKind::Unknown));
        let tags = makers.filter_map(|operation| operation.version).chain(history.initial);
        tags.for_each(|tag| made[tag.index()] = true);
    }
    let named = |operation: &HistoryOperation| -> [Option<Tag>; 2] {
        match operation.kind {
            OperationKind::Read | OperationKind::Conflict => [operation.version, None],
            OperationKind::Write | OperationKind::Unknown => [operation.expected, operation.version],
            OperationKind::Rejected => [operation.expected, None],
            OperationKind::Locked | OperationKind::Neutral => [None, None],
        }
    };
    let mut guesses: Vec<u32> = Vec::new();
    for tag in history.operations.iter().flat_map(named).flatten() {
        if !std::mem::replace(&mut made[tag.index()], true) {
            guesses.push(number(tag.index()));
        }
    }
    (guesses.len() <= 64).then_some(guesses)
}

struct Search<'a> {
    /// Those that take part, by call.
    operations: Vec<(u32, &'a HistoryOperation)>,
    guesses: Vec<u32>,
    unique: bool,
    steps: u64,
    memory: usize,
    seen: HashSet<(Box<[u64]>, SearchState)>,
    /// A ring of those not yet ordered; the last entry is its anchor.
    next: Vec<u32>,
    previous: Vec<u32>,
    ordered: Vec<u64>,
    trail: Vec<u32>,
    required: usize,
    deepest: usize,
    stuck: Vec<u32>,
}

/// A point at which one of several writes comes next.
struct Point {
    state: SearchState,
    /// What was ordered when the point was reached.
    ordered: usize,
    /// What is tried next: a member of the ring and one of its results.
    cursor: u32,
    result: usize,
    /// The first response among the members that were passed over; what is sent after it cannot come next.
    earliest: u64,
}

impl<'a> Search<'a> {
    fn new(history: &'a History, guesses: Vec<u32>, rules: HistoryRules) -> Search<'a> {
        let takes_part = |operation: &HistoryOperation| match operation.kind {
            OperationKind::Read | OperationKind::Write | OperationKind::Rejected | OperationKind::Unknown => true,
            OperationKind::Conflict => operation.expected.is_some() || operation.version.is_some(),
            OperationKind::Locked | OperationKind::Neutral => false,
        };
        let mut operations: Vec<(u32, &HistoryOperation)> =
            (0u32..).zip(&history.operations).filter(|(_, operation)| takes_part(operation)).collect();
        operations.sort_by_key(|(place, operation)| (operation.call, *place));
        let count = number(operations.len());
        Search {
            required: operations.iter().filter(|(_, operation)| operation.ret != NEVER).count(),
            next: (0..=count).map(|index| if index == count { 0 } else { index + 1 }).collect(),
            previous: (0..=count).map(|index| if index == 0 { count } else { index - 1 }).collect(),
            ordered: vec![0; operations.len().div_ceil(64)],
            operations,
            guesses,
            unique: rules.versions_are_unique,
            steps: rules.steps,
            memory: MEMORY,
            seen: HashSet::new(),
            trail: Vec::new(),
            deepest: 0,
            stuck: Vec::new(),
        }
    }

    /// Whether an order exists from a first state; `None` where the budget is spent.
    fn run(&mut self, first: SearchState) -> Option<bool> {
        let mut points: Vec<Point> = Vec::new();
        let mut enter = Some(first);
        loop {
            if let Some(state) = enter.take() {
                self.take_what_fits(state)?;
                if self.required == 0 {
                    return Some(true);
                }
                if self.is_new(state)? {
                    let cursor = self.next[self.operations.len()];
                    points.push(Point { state, ordered: self.trail.len(), cursor, result: 0, earliest: NEVER });
                } else {
                    self.rewind(points.last().map_or(0, |point| point.ordered));
                }
            }
            let Some(point) = points.last_mut() else { return Some(false) };
            self.steps = self.steps.checked_sub(1)?;
            let next = self.operations.get(point.cursor as usize).map(|(_, operation)| *operation);
            let Some(operation) = next.filter(|operation| operation.call <= point.earliest) else {
                points.pop();
                self.remember_depth();
                self.rewind(points.last().map_or(0, |point| point.ordered));
                continue;
            };
            if let Some(result) = self.results(operation, point.state).get(point.result) {
                point.result += 1;
                let (cursor, result) = (point.cursor, *result);
                self.remove(cursor);
                enter = Some(result);
            } else {
                point.earliest = point.earliest.min(operation.ret);
                point.result = 0;
                point.cursor = self.next[point.cursor as usize];
            }
        }
    }

    /// Orders everything that may come next and changes nothing.
    fn take_what_fits(&mut self, state: SearchState) -> Option<()> {
        let anchor = number(self.operations.len());
        let (mut here, mut earliest) = (self.next[anchor as usize], NEVER);
        while here != anchor {
            let operation = self.operations[here as usize].1;
            if operation.call > earliest {
                break;
            }
            self.steps = self.steps.checked_sub(1)?;
            if self.fits_unchanged(operation, state) {
                self.remove(here);
                // What was passed over before may bound less now, but what it bounds comes round again.
                (here, earliest) = (self.next[anchor as usize], NEVER);
            } else {
                earliest = earliest.min(operation.ret);
                here = self.next[here as usize];
            }
        }
        Some(())
    }

    fn fits_unchanged(&self, operation: &HistoryOperation, state: SearchState) -> bool {
        let is_current = |tag: Tag| state.version == number(tag.index());
        match operation.kind {
            OperationKind::Read => {
                operation.version.is_none_or(is_current)
                    && operation.value.is_none_or(|value| state.value == number(value.index()))
            }
            OperationKind::Conflict => {
                !operation.expected.is_some_and(is_current) && operation.version.is_none_or(is_current)
            }
            OperationKind::Rejected => operation.expected.is_none_or(is_current),
            OperationKind::Write | OperationKind::Unknown | OperationKind::Locked | OperationKind::Neutral => false,
        }
    }

    /// The states that an operation may lead to.
    fn results(&self, operation: &HistoryOperation, state: SearchState) -> Vec<SearchState> {
        let demanded = operation.expected.is_none_or(|tag| state.version == number(tag.index()));
        let value = operation.value.map_or(OPEN, |value| number(value.index()));
        match operation.kind {
            OperationKind::Write | OperationKind::Unknown if demanded => match operation.version {
                Some(version) => vec![SearchState { version: number(version.index()), value, ..state }],
                None => self.guessed(state, value),
            },
            // The first read of a value that nobody knew tells what it is.
            OperationKind::Read
                if state.value == OPEN && operation.version.is_none_or(|tag| state.version == number(tag.index())) =>
            {
                vec![SearchState { value, ..state }]
            }
            OperationKind::Read
            | OperationKind::Write
            | OperationKind::Conflict
            | OperationKind::Rejected
            | OperationKind::Locked
            | OperationKind::Neutral
            | OperationKind::Unknown => Vec::new(),
        }
    }

    /// The states after a change to a version that is not named: any that is named elsewhere, or one nobody names.
    fn guessed(&self, state: SearchState, value: u32) -> Vec<SearchState> {
        let mut states = vec![SearchState { version: OPEN, value, ..state }];
        for (bit, version) in self.guesses.iter().enumerate() {
            let bit = 1u64 << bit;
            if !self.unique {
                states.push(SearchState { version: *version, value, ..state });
            } else if state.used & bit == 0 {
                states.push(SearchState { version: *version, value, used: state.used | bit });
            }
        }
        states
    }

    fn is_new(&mut self, state: SearchState) -> Option<bool> {
        let key = (self.ordered.clone().into_boxed_slice(), state);
        if self.seen.contains(&key) {
            return Some(false);
        }
        self.memory = self.memory.checked_sub(key.0.len() * 8 + 64)?;
        Some(self.seen.insert(key))
    }

    fn remove(&mut self, index: u32) {
        let (previous, next) = (self.previous[index as usize], self.next[index as usize]);
        self.next[previous as usize] = next;
        self.previous[next as usize] = previous;
        self.ordered[index as usize / 64] |= 1 << (index % 64);
        self.required -= usize::from(self.operations[index as usize].1.ret != NEVER);
        self.trail.push(index);
    }

    fn rewind(&mut self, length: usize) {
        while self.trail.len() > length {
            let Some(index) = self.trail.pop() else { return };
            let (previous, next) = (self.previous[index as usize], self.next[index as usize]);
            self.next[previous as usize] = index;
            self.previous[next as usize] = index;
            self.ordered[index as usize / 64] &= !(1 << (index % 64));
            self.required += usize::from(self.operations[index as usize].1.ret != NEVER);
        }
    }

    /// Keeps what surrounds the deepest point: what could not be ordered there, and what was ordered last.
    fn remember_depth(&mut self) {
        if self.trail.len() < self.deepest && !self.stuck.is_empty() {
            return;
        }
        self.deepest = self.trail.len();
        let anchor = self.operations.len();
        let place = |index: u32| self.operations[index as usize].0;
        let blocked = self.next[anchor];
        let mut stuck: Vec<u32> = Vec::new();
        if (blocked as usize) < anchor {
            stuck.push(place(blocked));
        }
        let writes = |index: &&u32| {
            matches!(self.operations[**index as usize].1.kind, OperationKind::Write | OperationKind::Unknown)
        };
        stuck.extend(self.trail.iter().rev().filter(writes).take(2).map(|index| place(*index)));
        self.stuck = stuck;
    }
}
