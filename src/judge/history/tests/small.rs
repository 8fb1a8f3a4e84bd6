//! All small histories and many random ones: the checker says what the definition says.

use proptest::prelude::*;

use super::brute::explains;
use crate::judge::history::{
    Anomaly, Checked, History, HistoryOperation, HistoryRules, Mark, NEVER, OperationKind, Tag, check,
};

#[test]
fn every_history_of_up_to_three_operations_is_judged_as_by_trying_all_orders() {
    let kinds = alphabet(3);
    let times = [
        vec![vec![(0, 1)]],
        vec![vec![(0, 1), (2, 3)], vec![(0, 2), (1, 3)]],
        vec![
            vec![(0, 1), (2, 3), (4, 5)],
            vec![(0, 2), (1, 3), (4, 5)],
            vec![(0, 1), (2, 4), (3, 5)],
            vec![(0, 2), (1, 4), (3, 5)],
            vec![(0, 5), (1, 2), (3, 4)],
            vec![(0, 4), (1, 5), (2, 3)],
            vec![(0, 3), (1, 4), (2, 5)],
        ],
    ];
    let mut seen = [0usize; 2];
    for patterns in &times {
        for pattern in patterns {
            each(&kinds, pattern, &mut Vec::new(), &mut |operations| {
                for initial in [Some(Tag::new(0)), None] {
                    let history = History { operations: operations.to_vec(), initial, initial_value: None };
                    seen[usize::from(agrees(&history))] += 1;
                }
            });
        }
    }
    assert!(seen.iter().all(|count| *count > 10_000), "both answers occur: {seen:?}");
}

#[test]
fn every_history_of_four_writes_reads_and_conflicts_is_judged_as_by_trying_all_orders() {
    let kinds: Vec<HistoryOperation> = alphabet(3)
        .into_iter()
        .filter(|operation| match operation.kind {
            OperationKind::Read => operation.value.is_none() && operation.version.is_some(),
            OperationKind::Write => operation.expected.is_some() && operation.version.is_some(),
            OperationKind::Conflict => operation.version.is_none() && operation.expected.is_some(),
            OperationKind::Rejected | OperationKind::Locked | OperationKind::Neutral | OperationKind::Unknown => false,
        })
        .collect();
    let patterns = [
        [(0, 1), (2, 3), (4, 5), (6, 7)],
        [(0, 3), (1, 4), (2, 6), (5, 7)],
        [(0, 7), (1, 2), (3, 4), (5, 6)],
        [(0, 4), (1, 2), (3, 7), (5, 6)],
    ];
    for pattern in &patterns {
        each(&kinds, pattern, &mut Vec::new(), &mut |operations| {
            let initial = Some(Tag::new(0));
            agrees(&History { operations: operations.to_vec(), initial, initial_value: None });
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_histories_of_up_to_seven_operations_are_judged_as_by_trying_all_orders(history in history(7)) {
        agrees(&history);
    }

    #[test]
    fn random_histories_made_by_a_register_and_bent_once_are_judged_as_by_trying_all_orders(history in bent()) {
        agrees(&history);
    }
}

/// Compares the two results, looks at the witness, and says whether the history holds.
fn agrees(history: &History) -> bool {
    let expected = explains(history);
    match check(history, HistoryRules::default()) {
        Checked::Holds => assert!(expected, "holds, but no order exists: {}", tell(history)),
        Checked::Violated(witness) => {
            // A version handed out twice is a finding in itself, whether an order exists or not.
            let reused = witness.anomaly == Anomaly::VersionReused;
            assert!(!expected || reused, "{witness:?}, but an order exists: {}", tell(history));
            assert!((1..=4).contains(&witness.operations.len()), "{witness:?} of {}", tell(history));
            // Where it is open who made a version, what excludes each possibility may take more than a witness can name.
            let open = |operation: &HistoryOperation| {
                matches!(operation.kind, OperationKind::Write | OperationKind::Unknown) && operation.version.is_none()
            };
            let told = history.initial.is_some() && !history.operations.iter().any(open);
            if told && !reused && witness.anomaly != Anomaly::LockedForNoReason {
                let part = part(history, &witness.operations);
                assert!(!explains(&part), "{witness:?} can be ordered: {}", tell(history));
            }
        }
        Checked::Undecided(reason) => panic!("undecided ({reason}): {}", tell(history)),
    }
    expected
}

fn tell(history: &History) -> String {
    let mut text = format!("initial {:?} {:?}\n", history.initial, history.initial_value);
    for operation in &history.operations {
        let HistoryOperation { call, ret, expected, version, value, kind, .. } = operation;
        let ret = if *ret == NEVER { "never".to_owned() } else { ret.to_string() };
        text.push_str(&format!("  {kind:?} {call}..{ret} expected {expected:?} version {version:?} value {value:?}\n"));
    }
    text
}

/// The history without the responses that the witness does not name: reads and refusals fall silent, writes stay, because
/// the order of the versions is theirs.
fn part(history: &History, named: &[usize]) -> History {
    let mut part = history.clone();
    for (place, operation) in part.operations.iter_mut().enumerate() {
        if !named.contains(&place) && !matches!(operation.kind, OperationKind::Write | OperationKind::Unknown) {
            operation.kind = OperationKind::Neutral;
        }
    }
    part
}

fn each(
    kinds: &[HistoryOperation],
    times: &[(u64, u64)],
    operations: &mut Vec<HistoryOperation>,
    visit: &mut impl FnMut(&[HistoryOperation]),
) {
    let Some((call, ret)) = times.get(operations.len()) else { return visit(operations) };
    for kind in kinds {
        let ret = if kind.kind == OperationKind::Unknown { NEVER } else { *ret };
        operations.push(HistoryOperation { call: *call, ret, client: 0, ..*kind });
        each(kinds, times, operations, visit);
        operations.pop();
    }
}

/// Operations over a few versions and two values.
fn alphabet(versions: u32) -> Vec<HistoryOperation> {
    let blank = HistoryOperation {
        call: 0,
        ret: 0,
        client: 0,
        expected: None,
        version: None,
        value: None,
        kind: OperationKind::Read,
    };
    let tags = || (0..versions).map(Tag::new);
    let mut kinds = Vec::new();
    for tag in tags() {
        kinds.push(HistoryOperation { version: Some(tag), ..blank });
        kinds.push(HistoryOperation { version: Some(tag), value: Some(Mark::new(tag.index() as u32 % 2)), ..blank });
        kinds.push(HistoryOperation { kind: OperationKind::Conflict, expected: Some(tag), ..blank });
        kinds.push(HistoryOperation {
            kind: OperationKind::Unknown,
            expected: Some(tag),
            value: Some(Mark::new(1)),
            ..blank
        });
        let made = Tag::new((tag.index() as u32 + 1) % versions);
        kinds.push(HistoryOperation {
            kind: OperationKind::Write,
            expected: Some(tag),
            value: Some(Mark::new(1)),
            ..blank
        });
        kinds.push(HistoryOperation {
            kind: OperationKind::Write,
            expected: Some(tag),
            version: Some(made),
            value: Some(Mark::new(made.index() as u32 % 2)),
            ..blank
        });
    }
    kinds.push(HistoryOperation {
        kind: OperationKind::Write,
        expected: Some(Tag::new(0)),
        version: Some(Tag::new(versions - 1)),
        ..blank
    });
    kinds.push(HistoryOperation {
        kind: OperationKind::Write,
        version: Some(Tag::new(1)),
        value: Some(Mark::new(1)),
        ..blank
    });
    kinds.push(HistoryOperation { kind: OperationKind::Rejected, expected: Some(Tag::new(1)), ..blank });
    kinds.push(HistoryOperation { kind: OperationKind::Locked, expected: Some(Tag::new(1)), ..blank });
    kinds
}

fn tag() -> impl Strategy<Value = Option<Tag>> {
    prop_oneof![1 => Just(None), 8 => (0u32..4).prop_map(|tag| Some(Tag::new(tag)))]
}

fn value() -> impl Strategy<Value = Option<Mark>> {
    prop_oneof![1 => Just(None), 2 => (0u32..3).prop_map(|mark| Some(Mark::new(mark)))]
}

fn operation() -> impl Strategy<Value = HistoryOperation> {
    let kind = prop_oneof![
        4 => Just(OperationKind::Read),
        5 => Just(OperationKind::Write),
        3 => Just(OperationKind::Conflict),
        1 => Just(OperationKind::Rejected),
        1 => Just(OperationKind::Locked),
        1 => Just(OperationKind::Neutral),
        2 => Just(OperationKind::Unknown),
    ];
    (kind, 0u64..12, 0u64..6, tag(), tag(), value()).prop_map(|(kind, call, length, expected, version, value)| {
        let (expected, version, ret) = match kind {
            OperationKind::Read => (None, version, call + length),
            OperationKind::Unknown => (expected, None, NEVER),
            OperationKind::Conflict => (expected, version.filter(|tag| tag.index() == 3), call + length),
            _ => (expected, version, call + length),
        };
        HistoryOperation { call, ret, client: 0, expected, version, value, kind }
    })
}

fn history(most: usize) -> impl Strategy<Value = History> {
    (proptest::collection::vec(operation(), 1..=most), tag(), value())
        .prop_map(|(operations, initial, initial_value)| History { operations, initial, initial_value })
}

/// A history that a true register gave, with one response, one interval or one reply changed.
fn bent() -> impl Strategy<Value = History> {
    let steps = proptest::collection::vec((0u8..5, 0u64..3, 0u64..3), 3..=6);
    (steps, 0usize..6, operation(), 0u8..5).prop_map(|(steps, victim, other, how)| {
        let mut history = History { initial: Some(Tag::new(0)), ..History::default() };
        let (mut version, mut value) = (0u32, None);
        for (number, (what, early, late)) in steps.into_iter().enumerate() {
            let at = 4 * number as u64 + 4;
            let (call, ret) = (at - early * 2, at + late * 3);
            let blank = HistoryOperation {
                call,
                ret,
                client: 0,
                expected: None,
                version: None,
                value: None,
                kind: OperationKind::Read,
            };
            let operation = match what {
                0 | 1 => {
                    let made = version + 1;
                    let written = Some(Mark::new(made % 3));
                    let expected = Some(Tag::new(version));
                    (version, value) = (made, written);
                    HistoryOperation {
                        kind: OperationKind::Write,
                        expected,
                        version: Some(Tag::new(made)),
                        value: written,
                        ..blank
                    }
                }
                2 if version > 0 => {
                    HistoryOperation { kind: OperationKind::Conflict, expected: Some(Tag::new(version - 1)), ..blank }
                }
                _ => HistoryOperation { version: Some(Tag::new(version)), value, ..blank },
            };
            history.operations.push(operation);
        }
        let victim = victim % history.operations.len();
        let operation = &mut history.operations[victim];
        match how {
            0 => *operation = other,
            1 => (operation.call, operation.ret) = (other.call, other.call + 1),
            2 if operation.kind == OperationKind::Write => {
                (operation.kind, operation.version, operation.ret) = (OperationKind::Unknown, None, NEVER);
            }
            3 => operation.version = other.version,
            _ => operation.expected = other.expected,
        }
        history
    })
}
