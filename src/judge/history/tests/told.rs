//! Histories a person can follow, each with the result and the witness it must give.

use super::super::{
    Anomaly, Checked, History, HistoryOperation, HistoryRules, Mark, NEVER, Names, OperationKind, Tag, check,
};

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
    let history = [write(0, 9, 0, 1, 7), HistoryOperation { value: mark(8), ..conflict(1, 8, 0) }, read(10, 11, 1, 8)];
    violated(&history, Anomaly::WrongValue, &[0, 1, 2]);
    let history = [write(0, 9, 0, 1, 7), HistoryOperation { value: mark(8), ..conflict(1, 8, 0) }, read(10, 11, 2, 8)];
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
    let silent = HistoryOperation { version: None, ..write(0, 3, 0, 1, 7) };
    holds(&[silent, read(4, 5, 1, 7)]);
    violated(&[silent, write(1, 3, 0, 2, 8)], Anomaly::TwoWinners, &[0, 1]);
}

#[test]
fn writes_that_demand_no_version_are_put_in_order_by_search() {
    let blind = |call, ret, made| HistoryOperation { expected: None, ..write(call, ret, 0, made, made + 10) };
    holds(&[blind(0, 9, 1), blind(1, 8, 2), read(10, 11, 1, 11)]);
    holds(&[blind(0, 9, 1), blind(1, 8, 2), read(10, 11, 2, 12)]);
    let history = [blind(0, 3, 1), blind(4, 8, 2), read(10, 11, 1, 11)];
    violated(&history, Anomaly::NoOrder, &[0, 1, 2]);
}

#[test]
fn repeated_versions_are_a_violation_unless_they_are_allowed() {
    let history = [write(0, 1, 0, 0, 7), write(2, 3, 0, 0, 8), read(4, 5, 0, 8)];
    violated(&history, Anomaly::VersionReused, &[0]);
    let allowed = HistoryRules { versions_are_unique: false, ..HistoryRules::default() };
    assert_eq!(check(&of(&history), allowed), Checked::Holds);
    let history = [write(0, 1, 0, 0, 7), write(2, 3, 0, 0, 8), read(4, 5, 0, 7)];
    assert!(matches!(check(&of(&history), allowed), Checked::Violated(_)));
}

#[test]
fn a_search_that_runs_out_of_steps_says_so() {
    let blind = |number: u32| HistoryOperation { expected: None, ..write(0, 100, 0, number, number) };
    let mut operations: Vec<HistoryOperation> = (1..40).map(blind).collect();
    operations.push(read(200, 201, 99, 99));
    let rules = HistoryRules { steps: 10_000, ..HistoryRules::default() };
    assert!(matches!(check(&of(&operations), rules), Checked::Undecided(_)));
}

#[test]
fn intervals_that_touch_were_under_way_together() {
    violated(&[write(0, 4, 0, 1, 7), write(4, 8, 0, 2, 8)], Anomaly::TwoWinners, &[0, 1]);
    violated(&[write(4, 8, 0, 2, 8), write(0, 4, 0, 1, 7)], Anomaly::TwoWinners, &[1, 0]);
    violated(&[write(5, 8, 0, 2, 8), write(0, 4, 0, 1, 7)], Anomaly::LostUpdate, &[1, 0]);
}

#[test]
fn times_that_cannot_be_are_told_apart() {
    let told =
        |operation: HistoryOperation| match check(&of(&[write(0, 4, 0, 1, 7), operation]), HistoryRules::default()) {
            Checked::Undecided(why) => why,
            other => panic!("{other:?}"),
        };
    assert_eq!(told(read(6, 5, 1, 7)), "operation 1 ends before it begins, so its clock cannot be trusted");
    assert_eq!(told(read(NEVER, NEVER, 1, 7)), "operation 1 begins at no instant, so its clock cannot be trusted");
}

#[test]
fn a_write_of_a_version_that_nobody_made_is_named_with_what_is_known_of_it() {
    let loose = write(6, 7, 8, 9, 6);
    violated(&[read(0, 1, 0, 5), write(2, 3, 0, 1, 7), loose], Anomaly::FracturedChain, &[1, 2]);
    // Where nobody said which version is the first, the response that shows it belongs to the reason.
    let history = History { initial: None, ..of(&[read(0, 1, 0, 5), write(2, 3, 0, 1, 7), loose]) };
    violated_in(&history, Anomaly::FracturedChain, &[0, 1, 2]);
    // A lost write could have made the version, had it not been read with another value.
    violated(&[lost(0, 0, 7), read(4, 5, 8, 9), loose], Anomaly::FracturedChain, &[1, 2]);
}

#[test]
fn the_chain_needs_no_search_where_one_lost_write_explains_all() {
    let silent = HistoryOperation { version: None, ..write(0, 3, 0, 1, 7) };
    for history in [
        // Either of two lost writes made what was read.
        vec![lost(0, 0, 7), lost(1, 0, 7), read(10, 11, 5, 7)],
        // A lost write demanded a version that nobody saw; nothing is left that it could have made.
        vec![silent, lost(4, 9, 8)],
    ] {
        assert_eq!(
            check(&of(&history), HistoryRules { steps: 0, ..HistoryRules::default() }),
            Checked::Holds,
            "{history:?}"
        );
    }
    let seen = [write(0, 3, 0, 1, 7), lost(4, 9, 8), read(10, 11, 5, 8)];
    violated(&seen, Anomaly::PhantomVersion, &[2]);
}

#[test]
fn two_lost_writes_may_have_followed_each_other_through_a_version_that_nobody_saw() {
    holds(&[lost(0, 0, 7), lost(1, 9, 8), read(10, 11, 5, 8)]);
}

#[test]
fn what_no_order_explains_is_made_small_and_named() {
    let repeating = HistoryRules { versions_are_unique: false, ..HistoryRules::default() };
    let told = |operations: &[HistoryOperation]| match check(&of(operations), repeating) {
        Checked::Violated(witness) => (witness.anomaly, witness.operations),
        other => panic!("{other:?}"),
    };
    let (early, late) = (write(0, 4, 0, 1, 7), write(5, 8, 0, 2, 8));
    let (meeting, touching) = (write(3, 8, 0, 2, 8), write(4, 8, 0, 2, 8));
    assert_eq!(told(&[early, late]), (Anomaly::LostUpdate, vec![0, 1]));
    assert_eq!(told(&[late, early]), (Anomaly::LostUpdate, vec![1, 0]));
    assert_eq!(told(&[early, meeting]), (Anomaly::TwoWinners, vec![0, 1]));
    assert_eq!(told(&[early, touching]), (Anomaly::TwoWinners, vec![0, 1]));
    assert_eq!(told(&[touching, early]), (Anomaly::TwoWinners, vec![1, 0]));
}

#[test]
fn of_a_long_history_the_operations_around_the_deepest_point_are_named() {
    let repeating = HistoryRules { versions_are_unique: false, ..HistoryRules::default() };
    let told = |operations: &[HistoryOperation], length: usize| {
        let mut operations = operations.to_vec();
        operations.resize(length, blank(0, 50, OperationKind::Neutral));
        match check(&of(&operations), repeating) {
            Checked::Violated(witness) => (witness.anomaly, witness.operations),
            other => panic!("{other:?}"),
        }
    };
    let (one, other) = (write(0, 9, 0, 1, 7), write(1, 9, 0, 2, 8));
    let follower = write(2, 9, 2, 3, 9);
    for length in [3, 64, 65, 66] {
        assert_eq!(told(&[one, other], length), (Anomaly::TwoWinners, vec![0, 1]), "{length}");
    }
    // Trying them one by one leaves out what the follower stands for; beyond 64 operations all three are named.
    assert_eq!(told(&[one, other, follower], 64), (Anomaly::NoOrder, vec![0, 2]));
    assert_eq!(told(&[one, other, follower], 65), (Anomaly::NoOrder, vec![0, 1, 2]));
}

#[test]
fn what_a_write_made_is_guessed_where_versions_may_repeat() {
    let silent = HistoryOperation { version: None, ..write(0, 3, 0, 1, 7) };
    // The read without a version is why the chain is not asked.
    let unnamed = HistoryOperation { version: None, ..read(6, 7, 0, 7) };
    let repeating = HistoryRules { versions_are_unique: false, ..HistoryRules::default() };
    assert_eq!(check(&of(&[silent, read(4, 5, 9, 7), unnamed]), repeating), Checked::Holds);
    assert!(matches!(check(&of(&[silent, read(4, 5, 9, 8), unnamed]), repeating), Checked::Violated(_)));
}

#[test]
fn each_anomaly_has_a_name_and_a_reason_of_its_own() {
    let texts = Anomaly::ALL.into_iter().flat_map(|anomaly| [anomaly.name(), anomaly.why()]);
    let texts: std::collections::BTreeSet<&str> = texts.filter(|text| text.len() > 5).collect();
    assert_eq!(texts.len(), 2 * Anomaly::ALL.len());
}

#[test]
fn a_name_keeps_its_number() {
    let mut names = Names::default();
    assert_eq!((names.number("a"), names.number("b"), names.number("a")), (0, 1, 0));
    assert_eq!((names.text(1), names.text(2)), ("b", "?"));
}

#[test]
fn an_empty_history_holds() {
    holds(&[]);
}

fn of(operations: &[HistoryOperation]) -> History {
    History { operations: operations.to_vec(), initial: Some(Tag::new(0)), initial_value: mark(5) }
}

fn holds(operations: &[HistoryOperation]) {
    assert_eq!(check(&of(operations), HistoryRules::default()), Checked::Holds);
}

fn violated(operations: &[HistoryOperation], anomaly: Anomaly, named: &[usize]) {
    violated_in(&of(operations), anomaly, named);
}

fn violated_in(history: &History, anomaly: Anomaly, named: &[usize]) {
    match check(history, HistoryRules::default()) {
        Checked::Violated(witness) => {
            assert_eq!((witness.anomaly, witness.operations.as_slice()), (anomaly, named));
        }
        other => panic!("{other:?}"),
    }
}

fn mark(number: u32) -> Option<Mark> {
    Some(Mark::new(number))
}

fn blank(call: u64, ret: u64, kind: OperationKind) -> HistoryOperation {
    HistoryOperation { call, ret, client: 0, expected: None, version: None, value: None, kind }
}

fn read(call: u64, ret: u64, version: u32, value: u32) -> HistoryOperation {
    HistoryOperation { version: Some(Tag::new(version)), value: mark(value), ..blank(call, ret, OperationKind::Read) }
}

fn write(call: u64, ret: u64, expected: u32, version: u32, value: u32) -> HistoryOperation {
    let (expected, version) = (Some(Tag::new(expected)), Some(Tag::new(version)));
    HistoryOperation { expected, version, value: mark(value), ..blank(call, ret, OperationKind::Write) }
}

fn conflict(call: u64, ret: u64, expected: u32) -> HistoryOperation {
    HistoryOperation { expected: Some(Tag::new(expected)), ..blank(call, ret, OperationKind::Conflict) }
}

fn locked(call: u64, ret: u64, expected: u32) -> HistoryOperation {
    HistoryOperation { expected: Some(Tag::new(expected)), ..blank(call, ret, OperationKind::Locked) }
}

fn lost(call: u64, expected: u32, value: u32) -> HistoryOperation {
    HistoryOperation {
        expected: Some(Tag::new(expected)),
        value: mark(value),
        ..blank(call, NEVER, OperationKind::Unknown)
    }
}
