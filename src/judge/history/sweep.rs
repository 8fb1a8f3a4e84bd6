//! Holds the order of the versions against real time, and the values read against those written.

use super::chain::{Chain, NONE, phantom, refused_author, shown, shown_first};
use super::clock::Instants;
use super::operation::{History, HistoryOperation, Mark, OperationKind};
use super::witness::{Anomaly, Witness};

/// Finds the first contradiction between the chain and the clock.
///
/// Write i has the place 2i, an operation in gap i the place 2i+1. Calls and returns are visited in time order, calls
/// first where they are equal, because intervals are closed; `high` is the largest place of anything answered so far.
pub(super) fn sweep(history: &History, chain: &Chain) -> Result<(), Witness> {
    let (mut places, instants) = places(history, chain)?;
    let (calls, returns) = instants.orders();
    let last_gap = chain.versions.len() - 1 + usize::from(chain.tail.is_some());
    let (mut high, mut highest) = (0u32, NONE);
    let mut pushed: Vec<(u32, u32)> = Vec::new();
    let mut answered = returns.entries().peekable();
    for (call, place) in calls.entries() {
        while let Some((_, other)) = answered.next_if(|(ret, _)| *ret < call) {
            let position = places[other as usize];
            if position != NONE && position > high {
                (high, highest) = (position, other);
            }
        }
        if places[place as usize] != NONE {
            if high > places[place as usize] {
                return Err(against_time(history, chain, &places, &pushed, place, highest));
            }
            continue;
        }
        let operation = history.at(place);
        if !is_conflict(operation) {
            continue;
        }
        let mut gap = (high / 2) as usize;
        if operation.expected.is_some() && chain.versions.get(gap).copied().flatten() == operation.expected {
            gap += 1;
        }
        if gap > last_gap {
            let cause = (highest != NONE).then_some(highest).into_iter().chain(shown_first(history, chain));
            return Err(Witness::new(Anomaly::FalseConflict, std::iter::once(place).chain(cause)));
        }
        places[place as usize] = u32::try_from(2 * gap + 1).unwrap_or(NONE);
        if highest != NONE {
            pushed.push((place, highest));
        }
    }
    Ok(())
}

/// A conflict whose place is free.
fn is_conflict(operation: &HistoryOperation) -> bool {
    operation.kind == OperationKind::Conflict && operation.expected.is_some() && operation.version.is_none()
}

/// The places that are given by the versions named, [`NONE`] for all others, and the instants.
///
/// On the way, each version shown must be one that was made, and one version must have one value.
fn places(history: &History, chain: &Chain) -> Result<(Vec<u32>, Instants), Witness> {
    let mut held: Vec<(Option<Mark>, u32)> = Vec::with_capacity(chain.versions.len());
    held.push((history.initial_value, NONE));
    held.extend(chain.writes.iter().map(|place| (history.at(*place).value, *place)));
    let mut places = Vec::with_capacity(history.operations.len());
    let mut instants = Instants::with_capacity(history.operations.len());
    for (place, operation) in (0u32..).zip(&history.operations) {
        instants.push(operation.call, operation.ret);
        let seen = if operation.kind == OperationKind::Write { None } else { shown(operation) };
        let Some(tag) = seen else {
            places.push(NONE);
            continue;
        };
        let gap = chain.gap_of[tag.index()];
        if gap == NONE {
            return Err(phantom(history, chain, place, tag));
        }
        if operation.kind == OperationKind::Read {
            one_value(history, &mut held[gap as usize], place)?;
        } else if is_conflict_with_itself(operation) {
            return Err(Witness::new(Anomaly::FalseConflict, [place]));
        }
        places.push(2 * gap + 1);
    }
    for (number, place) in (1u32..).zip(chain.writes.iter().chain(chain.tail.iter())) {
        places[*place as usize] = 2 * number;
    }
    Ok((places, instants))
}

/// A write was refused for the very version that the refusal shows as current.
fn is_conflict_with_itself(operation: &HistoryOperation) -> bool {
    operation.kind == OperationKind::Conflict && operation.version.is_some() && operation.version == operation.expected
}

/// A read shows the value that its version is known to hold, and since which operation.
fn one_value(history: &History, (held, source): &mut (Option<Mark>, u32), place: u32) -> Result<(), Witness> {
    let Some(value) = history.at(place).value else { return Ok(()) };
    if held.is_none() {
        (*held, *source) = (Some(value), place);
    }
    if *held == Some(value) {
        return Ok(());
    }
    let source = (*source != NONE).then_some(*source);
    let author = refused_author(history, value);
    Err(Witness::new(Anomaly::WrongValue, std::iter::once(place).chain(source).chain(author)))
}

/// The witness of an operation that was sent after one behind it in the chain was answered.
fn against_time(
    history: &History,
    chain: &Chain,
    places: &[u32],
    pushed: &[(u32, u32)],
    late: u32,
    highest: u32,
) -> Witness {
    let operation = history.at(late);
    let position = places[late as usize];
    let answered = |place: u32| history.at(place).ret < operation.call;
    // The write that ended the version is the plainest proof, then the one that made what was seen instead.
    let ender = chain.writes.get((position / 2) as usize).copied().filter(|place| *place != late);
    if let Some(ender) = ender.filter(|place| answered(*place)) {
        return Witness::new(kind_of(history, late, ender), [ender, late]);
    }
    let mut found = highest;
    let fixed_proof = (0u32..).zip(&history.operations).find(|(place, other)| {
        other.ret < operation.call
            && places[*place as usize] > position
            && !is_conflict(other)
            && places[*place as usize] != NONE
    });
    if let Some((place, _)) = fixed_proof {
        found = place;
    }
    if !is_conflict(history.at(found)) {
        let between =
            if matches!(operation.kind, OperationKind::Write | OperationKind::Unknown) { None } else { ender };
        return Witness::new(kind_of(history, late, found), [late, found].into_iter().chain(between));
    }
    // Only a conflict stands in the way: it had to be where it was because of what was answered before it.
    let mut cause = Vec::new();
    let mut here = found;
    while let Ok(index) = pushed.binary_search_by_key(&history.at(here).call, |(place, _)| history.at(*place).call) {
        let Some((_, by)) = exact(history, pushed, index, here) else { break };
        cause.push(by);
        here = by;
        if !is_conflict(history.at(by)) {
            break;
        }
    }
    Witness::new(Anomaly::FalseConflict, [late, found].into_iter().chain(cause).chain(shown_first(history, chain)))
}

/// The entry of an operation among those with the same call.
fn exact(history: &History, pushed: &[(u32, u32)], index: usize, place: u32) -> Option<(u32, u32)> {
    let call = history.at(place).call;
    let from = pushed[..index].partition_point(|(other, _)| history.at(*other).call < call);
    pushed[from..]
        .iter()
        .take_while(|(other, _)| history.at(*other).call == call)
        .find(|(other, _)| *other == place)
        .copied()
}

fn kind_of(history: &History, late: u32, early: u32) -> Anomaly {
    match (history.at(late).kind, history.at(early).kind) {
        (OperationKind::Write | OperationKind::Unknown, OperationKind::Write | OperationKind::Unknown) => {
            Anomaly::WriteOrder
        }
        (OperationKind::Write | OperationKind::Unknown, _) => Anomaly::FutureRead,
        (_, _) => Anomaly::StaleRead,
    }
}
