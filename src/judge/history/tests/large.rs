//! Large histories that a register gave, with one anomaly planted in each.

use super::super::{Anomaly, Checked, History, HistoryOperation, HistoryRules, Mark, NEVER, OperationKind, Tag, check};

/// Operations of 32 clients on one register, in the order in which they took effect: client after client, each interval
/// begins before and ends after the instant of its effect, and no client overlaps itself. Every fifth operation is a
/// write, every tenth a conflict.
pub(in crate::judge) fn valid(operations: u64) -> History {
    let mut history = History { initial: Some(Tag::new(0)), initial_value: Some(Mark::new(0)), ..History::default() };
    let (mut version, mut random) = (0u32, 0x9e37_79b9_7f4a_7c15_u64);
    for number in 0..operations {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let at = 1000 * (number + 40);
        let (call, ret) = (at - random % 15_000, at + (random >> 32) % 15_000);
        let blank = HistoryOperation {
            call,
            ret,
            client: (number % 32) as u32,
            expected: None,
            version: None,
            value: None,
            kind: OperationKind::Read,
        };
        let operation = match number % 10 {
            3 | 8 => {
                version += 1;
                HistoryOperation {
                    kind: OperationKind::Write,
                    expected: Some(Tag::new(version - 1)),
                    version: Some(Tag::new(version)),
                    value: Some(Mark::new(version)),
                    ..blank
                }
            }
            5 if version > 0 => {
                HistoryOperation { kind: OperationKind::Conflict, expected: Some(Tag::new(version - 1)), ..blank }
            }
            _ => HistoryOperation { version: Some(Tag::new(version)), value: Some(Mark::new(version)), ..blank },
        };
        history.operations.push(operation);
    }
    history
}

const SIZE: u64 = 20_000;

#[test]
fn a_large_history_of_a_true_register_holds() {
    assert_eq!(check(&valid(SIZE), HistoryRules::default()), Checked::Holds);
}

#[test]
fn a_large_history_holds_where_replies_of_writes_were_lost() {
    let mut history = valid(SIZE);
    for place in (1..history.operations.len()).step_by(501) {
        lose(&mut history, place);
    }
    assert_eq!(check(&history, HistoryRules::default()), Checked::Holds);
}

#[test]
fn a_planted_lost_update_is_found_in_a_large_history() {
    let mut history = valid(SIZE);
    let first = history.operations[10_003];
    let late = last_ret(&history) + 10;
    let again = Tag::new(9_999_999 / 1000);
    history.operations.push(HistoryOperation { call: late, ret: late + 5, version: Some(again), ..first });
    found(&history, Anomaly::LostUpdate, &[10_003, SIZE as usize]);
}

#[test]
fn planted_two_winners_are_found_in_a_large_history() {
    let mut history = valid(SIZE);
    let first = history.operations[10_003];
    history.operations.push(HistoryOperation { version: Some(Tag::new(9_999)), ..first });
    found(&history, Anomaly::TwoWinners, &[10_003, SIZE as usize]);
}

#[test]
fn a_planted_stale_read_is_found_in_a_large_history() {
    let mut history = valid(SIZE);
    let call = history.operations[10_003].ret + 1;
    let version = history.operations[10_003].expected;
    history.operations.push(HistoryOperation { call, ret: call + 1, ..read(version) });
    found(&history, Anomaly::StaleRead, &[10_003, SIZE as usize]);
}

#[test]
fn a_planted_fractured_chain_is_found_in_a_large_history() {
    let mut history = valid(SIZE);
    history.operations[10_003].expected = Some(Tag::new(9_999));
    found(&history, Anomaly::FracturedChain, &[9_998, 10_003]);
}

#[test]
fn a_planted_future_read_is_found_in_a_large_history() {
    let mut history = valid(SIZE);
    let ret = history.operations[10_003].call - 1;
    let version = history.operations[10_003].version;
    history.operations.push(HistoryOperation { call: ret - 1, ret, ..read(version) });
    found(&history, Anomaly::FutureRead, &[SIZE as usize, 10_003]);
}

#[test]
fn a_planted_phantom_version_is_found_in_a_large_history() {
    let mut history = valid(SIZE);
    history.operations[10_000].version = Some(Tag::new(9_999));
    history.operations[10_000].value = None;
    found(&history, Anomaly::PhantomVersion, &[10_000]);
}

#[test]
fn a_planted_version_handed_out_twice_is_found_in_a_large_history() {
    let mut history = valid(SIZE);
    history.operations[10_003].version = history.operations[13].version;
    found(&history, Anomaly::VersionReused, &[13, 10_003]);
}

#[test]
fn a_planted_wrong_value_is_found_in_a_large_history() {
    let mut history = valid(SIZE);
    history.operations[10_004].value = Some(Mark::new(0));
    found(&history, Anomaly::WrongValue, &[10_004, 10_003]);
}

#[test]
fn a_planted_conflict_that_was_none_is_found_in_a_large_history() {
    let mut history = valid(SIZE);
    let end = last_ret(&history);
    let version = history.operations[19_998].version;
    let operation = HistoryOperation {
        call: end + 1,
        ret: end + 2,
        expected: version,
        kind: OperationKind::Conflict,
        ..read(None)
    };
    history.operations.push(operation);
    found_among(&history, Anomaly::FalseConflict, SIZE as usize);
}

#[test]
fn a_planted_lock_without_another_write_is_found_in_a_large_history() {
    let mut history = valid(SIZE);
    let end = last_ret(&history);
    let locked = HistoryOperation { kind: OperationKind::Locked, expected: Some(Tag::new(0)), ..read(None) };
    let busy = history.operations[10_003];
    history.operations.push(HistoryOperation { call: busy.call, ret: busy.call + 1, ..locked });
    history.operations.push(HistoryOperation { call: end + 1, ret: end + 2, ..locked });
    found(&history, Anomaly::LockedForNoReason, &[SIZE as usize + 1]);
}

/// The response of a write is lost; its value can still be read.
fn lose(history: &mut History, place: usize) {
    let operation = &mut history.operations[place];
    if operation.kind == OperationKind::Write {
        (operation.kind, operation.version, operation.ret) = (OperationKind::Unknown, None, NEVER);
    }
}

fn read(version: Option<Tag>) -> HistoryOperation {
    HistoryOperation { call: 0, ret: 0, client: 99, expected: None, version, value: None, kind: OperationKind::Read }
}

fn last_ret(history: &History) -> u64 {
    history.operations.iter().map(|operation| operation.ret).max().unwrap()
}

fn found(history: &History, anomaly: Anomaly, operations: &[usize]) {
    match check(history, HistoryRules::default()) {
        Checked::Violated(witness) => {
            assert_eq!((witness.anomaly, witness.operations.as_slice()), (anomaly, operations), "{:#?}", {
                witness.operations.iter().map(|place| history.operations[*place]).collect::<Vec<_>>()
            });
        }
        other => panic!("{other:?}"),
    }
}

fn found_among(history: &History, anomaly: Anomaly, operation: usize) {
    match check(history, HistoryRules::default()) {
        Checked::Violated(witness) => {
            assert_eq!(witness.anomaly, anomaly);
            assert!(witness.operations.contains(&operation) && witness.operations.len() <= 4, "{witness:?}");
        }
        other => panic!("{other:?}"),
    }
}
