//! Histories a person can follow, each with the answer and the witness it must give.

use super::super::{Anomaly, History, Kind, Mark, NEVER, Operation, Rules, Tag, Verdict, check};

#[test]
fn one_winner_and_refused_losers_hold() {
    holds(&[write(0, 9, 0, 1, 7), conflict(1, 8, 0), conflict(2, 9, 0), locked(3, 6, 0), read(10, 11, 1, 7)]);
}

#[test]
fn two_winners_are_both_named() {
    violated(&[write(0, 9, 0, 1, 7), write(1, 8, 0, 2, 8), conflict(2, 9, 0)], Anomaly::TwoWinners, &[0, 1]);
}

#[test]
fn a_lost_update_is_told_from_two_winners_by_time() {
    violated(&[write(0, 3, 0, 1, 7), write(4, 8, 0, 2, 8)], Anomaly::LostUpdate, &[0, 1]);
}

#[test]
fn a_refused_write_that_took_effect_is_named_with_its_reader() {
    let history = [write(0, 9, 0, 1, 7), Operation { value: mark(8), ..conflict(1, 8, 0) }, read(10, 11, 1, 8)];
    violated(&history, Anomaly::WrongValue, &[0, 1, 2]);
    let history = [write(0, 9, 0, 1, 7), Operation { value: mark(8), ..conflict(1, 8, 0) }, read(10, 11, 2, 8)];
    violated(&history, Anomaly::PhantomVersion, &[1, 2]);
}

#[test]
fn a_read_may_show_either_version_during_a_write_but_not_go_back() {
    holds(&[write(0, 9, 0, 1, 7), read(1, 2, 0, 5), read(3, 4, 1, 7)]);
    violated(&[write(0, 9, 0, 1, 7), read(1, 2, 1, 7), read(3, 4, 0, 5)], Anomaly::StaleRead, &[0, 1, 2]);
}

#[test]
fn a_conflict_during_the_write_that_causes_it_is_right() {
    holds(&[write(0, 9, 0, 1, 7), conflict(8, 12, 0)]);
    violated(&[conflict(0, 2, 0), write(3, 9, 0, 1, 7)], Anomaly::FalseConflict, &[0, 1]);
}

#[test]
fn a_conflict_is_held_to_what_was_seen_before_and_after_it() {
    let history = [write(0, 20, 0, 1, 7), read(1, 2, 1, 7), conflict(3, 4, 1), read(5, 6, 1, 7)];
    violated(&history, Anomaly::FalseConflict, &[1, 2]);
    let history = [write(0, 20, 0, 1, 7), conflict(3, 4, 0), read(5, 6, 0, 5)];
    violated(&history, Anomaly::FalseConflict, &[1, 2]);
}

#[test]
fn a_lost_write_may_have_taken_effect_or_not() {
    holds(&[lost(0, 0, 7), read(1, 2, 0, 5)]);
    holds(&[lost(0, 0, 7), read(1, 2, 1, 7)]);
    holds(&[lost(0, 0, 7), write(1, 2, 0, 1, 8)]);
    holds(&[lost(0, 0, 7), conflict(5, 6, 0)]);
    violated(&[lost(0, 0, 7), read(1, 2, 1, 7), read(3, 4, 0, 5)], Anomaly::StaleRead, &[0, 1, 2]);
    violated(&[lost(0, 0, 7), read(1, 2, 1, 8)], Anomaly::PhantomVersion, &[1]);
}

#[test]
fn a_success_without_a_version_is_one_all_the_same() {
    let silent = Operation { version: None, ..write(0, 3, 0, 1, 7) };
    holds(&[silent, read(4, 5, 1, 7)]);
    violated(&[silent, write(1, 3, 0, 2, 8)], Anomaly::TwoWinners, &[0, 1]);
}

#[test]
fn writes_that_demand_no_version_are_put_in_order_by_search() {
    let blind = |call, ret, made| Operation { expected: None, ..write(call, ret, 0, made, made + 10) };
    holds(&[blind(0, 9, 1), blind(1, 8, 2), read(10, 11, 1, 11)]);
    holds(&[blind(0, 9, 1), blind(1, 8, 2), read(10, 11, 2, 12)]);
    let history = [blind(0, 3, 1), blind(4, 8, 2), read(10, 11, 1, 11)];
    violated(&history, Anomaly::NoOrder, &[0, 1, 2]);
}

#[test]
fn repeated_versions_are_a_violation_unless_they_are_allowed() {
    let history = [write(0, 1, 0, 0, 7), write(2, 3, 0, 0, 8), read(4, 5, 0, 8)];
    violated(&history, Anomaly::VersionReused, &[0]);
    let allowed = Rules { versions_are_unique: false, ..Rules::default() };
    assert_eq!(check(&of(&history), allowed), Verdict::Holds);
    let history = [write(0, 1, 0, 0, 7), write(2, 3, 0, 0, 8), read(4, 5, 0, 7)];
    assert!(matches!(check(&of(&history), allowed), Verdict::Violated(_)));
}

#[test]
fn a_search_that_runs_out_of_steps_says_so() {
    let blind = |number: u32| Operation { expected: None, ..write(0, 100, 0, number, number) };
    let mut operations: Vec<Operation> = (1..40).map(blind).collect();
    operations.push(read(200, 201, 99, 99));
    let rules = Rules { steps: 10_000, ..Rules::default() };
    assert!(matches!(check(&of(&operations), rules), Verdict::Undecided(_)));
}

#[test]
fn an_empty_history_holds() {
    holds(&[]);
}

fn of(operations: &[Operation]) -> History {
    History { operations: operations.to_vec(), initial: Some(Tag::new(0)), initial_value: mark(5) }
}

fn holds(operations: &[Operation]) {
    assert_eq!(check(&of(operations), Rules::default()), Verdict::Holds);
}

fn violated(operations: &[Operation], anomaly: Anomaly, named: &[usize]) {
    match check(&of(operations), Rules::default()) {
        Verdict::Violated(witness) => {
            assert_eq!((witness.anomaly, witness.operations.as_slice()), (anomaly, named));
        }
        other => panic!("{other:?}"),
    }
}

fn mark(number: u32) -> Option<Mark> {
    Some(Mark::new(number))
}

fn blank(call: u64, ret: u64, kind: Kind) -> Operation {
    Operation { call, ret, client: 0, expected: None, version: None, value: None, kind }
}

fn read(call: u64, ret: u64, version: u32, value: u32) -> Operation {
    Operation { version: Some(Tag::new(version)), value: mark(value), ..blank(call, ret, Kind::Read) }
}

fn write(call: u64, ret: u64, expected: u32, version: u32, value: u32) -> Operation {
    let (expected, version) = (Some(Tag::new(expected)), Some(Tag::new(version)));
    Operation { expected, version, value: mark(value), ..blank(call, ret, Kind::Write) }
}

fn conflict(call: u64, ret: u64, expected: u32) -> Operation {
    Operation { expected: Some(Tag::new(expected)), ..blank(call, ret, Kind::Conflict) }
}

fn locked(call: u64, ret: u64, expected: u32) -> Operation {
    Operation { expected: Some(Tag::new(expected)), ..blank(call, ret, Kind::Locked) }
}

fn lost(call: u64, expected: u32, value: u32) -> Operation {
    Operation { expected: Some(Tag::new(expected)), value: mark(value), ..blank(call, NEVER, Kind::Unknown) }
}
