//! The definition, tried out: every order of the operations, every guess about what is not known.

use std::collections::BTreeSet;

use crate::judge::history::{History, HistoryOperation, NEVER, OperationKind};

#[derive(Clone, PartialEq)]
struct State {
    version: Option<usize>,
    value: Option<usize>,
    /// Whether the value of the present version has been seen or written; a first version may hold anything.
    used: BTreeSet<usize>,
}

/// Whether some order of the operations explains a history whose versions never repeat.
pub(super) fn explains(history: &History) -> bool {
    let tags = history.survey().tags;
    let made: BTreeSet<usize> = history
        .operations
        .iter()
        .filter(|operation| operation.kind == OperationKind::Write)
        .filter_map(|operation| operation.version)
        .map(super::super::Tag::index)
        .collect();
    let value = history.initial_value.map(super::super::Mark::index);
    let firsts: Vec<Option<usize>> = match history.initial {
        Some(tag) => vec![Some(tag.index())],
        None => (0..tags).filter(|tag| !made.contains(tag)).map(Some).chain([None]).collect(),
    };
    let ordered = firsts.into_iter().any(|version| {
        let state = State { version, value, used: version.into_iter().collect() };
        order(history, &mut (0..history.operations.len()).collect(), &state, tags)
    });
    ordered && locks(history)
}

fn order(history: &History, left: &mut Vec<usize>, state: &State, tags: usize) -> bool {
    if left.iter().all(|place| !counts(&history.operations[*place])) {
        return true;
    }
    for index in 0..left.len() {
        let place = left[index];
        let operation = &history.operations[place];
        if left.iter().any(|other| history.operations[*other].ret < operation.call) {
            continue;
        }
        left.remove(index);
        let done = after(operation, state, tags).iter().any(|next| order(history, left, next, tags));
        left.insert(index, place);
        if done {
            return true;
        }
    }
    false
}

fn counts(operation: &HistoryOperation) -> bool {
    !matches!(operation.kind, OperationKind::Unknown | OperationKind::Locked | OperationKind::Neutral)
}

fn after(operation: &HistoryOperation, state: &State, tags: usize) -> Vec<State> {
    let demanded = operation.expected.map(super::super::Tag::index);
    let shown = operation.version.map(super::super::Tag::index);
    let value = operation.value.map(super::super::Mark::index);
    let made = |version: Option<usize>| {
        let mut used = state.used.clone();
        used.extend(version);
        State { version, value, used }
    };
    match operation.kind {
        OperationKind::Read if shown.is_none() || shown == state.version => match (state.value, value) {
            (Some(held), Some(read)) if held != read => Vec::new(),
            (held, read) => vec![State { value: held.or(read), ..state.clone() }],
        },
        OperationKind::Read => Vec::new(),
        OperationKind::Write | OperationKind::Unknown if demanded.is_some() && demanded != state.version => {
            match operation.kind {
                OperationKind::Unknown => vec![state.clone()],
                _ => Vec::new(),
            }
        }
        OperationKind::Write | OperationKind::Unknown => {
            let mut states = match shown {
                Some(version) if state.used.contains(&version) => Vec::new(),
                Some(version) => vec![made(Some(version))],
                None => (0..tags).filter(|tag| !state.used.contains(tag)).map(Some).chain([None]).map(made).collect(),
            };
            if operation.kind == OperationKind::Unknown {
                states.push(state.clone());
            }
            states
        }
        OperationKind::Conflict => {
            let right =
                demanded.is_none_or(|tag| state.version != Some(tag)) && (shown.is_none() || shown == state.version);
            if right { vec![state.clone()] } else { Vec::new() }
        }
        OperationKind::Rejected if demanded.is_none() || demanded == state.version => vec![state.clone()],
        OperationKind::Rejected => Vec::new(),
        OperationKind::Locked | OperationKind::Neutral => vec![state.clone()],
    }
}

fn locks(history: &History) -> bool {
    let overlaps = |one: &HistoryOperation, other: &HistoryOperation| one.call <= other.ret && other.call <= one.ret;
    history.operations.iter().enumerate().all(|(place, operation)| {
        operation.kind != OperationKind::Locked
            || operation.ret == NEVER
            || history.operations.iter().enumerate().any(|(other_place, other)| {
                other_place != place && other.kind != OperationKind::Read && overlaps(operation, other)
            })
    })
}
