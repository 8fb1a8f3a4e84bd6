//! Times the history checker on generated histories: `cargo bench --bench history`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::Instant;

use patchproof::judge::history::{Checked, History, HistoryOperation, HistoryRules, Mark, OperationKind, Tag, check};

const CLIENTS: u64 = 32;

/// Operations in all histories of one size together.
const TOTAL: u64 = 1_000_000;
const SIZES: [u64; 3] = [10_000, 100_000, TOTAL];

fn main() {
    println!("{:<10} {:>9}  {:>9} {:>12}  {:>9}", "history", "size", "seconds", "ops/s", "peak MiB");
    for (name, spoil) in [("valid", keep as Spoil), ("stale read", stale_read), ("two won", two_winners)] {
        let best = measure(spoil, name != "valid");
        for (size, seconds) in SIZES.iter().zip(best) {
            println!("{name:<10} {size:>9}  {seconds:>9.5} {:>12.0}  {:>9}", *size as f64 / seconds, peak());
        }
        let cost = |size: u64| size as f64 * (size as f64).ln();
        println!(
            "{name:<10} grows x{:.0} from {} to {} operations; n log n grows x{:.0}",
            best[2] / best[0],
            SIZES[0],
            SIZES[2],
            cost(SIZES[2]) / cost(SIZES[0])
        );
    }
}

/// The best mean time of one history of each size, in seconds.
///
/// Each size has as many different histories as make up the same number of operations, so that no size is fast only
/// because it was read a moment ago; and the sizes take turns, because the speed of a machine changes by the minute.
fn measure(spoil: Spoil, violated: bool) -> [f64; 3] {
    let mut best = [f64::INFINITY; 3];
    for _ in 0..7 {
        for (size, best) in SIZES.iter().zip(&mut best) {
            let histories: Vec<History> = (0..TOTAL / size).map(|seed| spoil(valid(*size, seed))).collect();
            let begin = Instant::now();
            for history in &histories {
                let verdict = check(history, HistoryRules::default());
                assert_eq!(matches!(verdict, Checked::Violated(_)), violated, "{verdict:?}");
            }
            *best = best.min(begin.elapsed().as_secs_f64() / histories.len() as f64);
        }
    }
    best
}

type Spoil = fn(History) -> History;

fn keep(history: History) -> History {
    history
}

/// The very last response is wrong, so that the whole history has to be read to see it.
fn stale_read(mut history: History) -> History {
    let before = last_write(&history);
    let late = before.ret + 1;
    history.operations.push(HistoryOperation {
        call: late,
        ret: late + 1,
        kind: OperationKind::Read,
        expected: None,
        version: before.expected,
        value: None,
        client: 0,
    });
    history
}

/// Two writes replaced the last version but one.
fn two_winners(mut history: History) -> History {
    let before = last_write(&history);
    let made = Some(Tag::new(before.value.map_or(0, |mark| mark.index() as u32) + 1));
    history.operations.push(HistoryOperation { version: made, ..before });
    history
}

fn last_write(history: &History) -> HistoryOperation {
    let last = history.operations.iter().rposition(|operation| operation.kind == OperationKind::Write).unwrap_or(0);
    history.operations[last]
}

/// The largest size this process has had, history included; "?" where the system does not tell.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.map_or("?".to_owned(), |kib| (kib / 1024).to_string())
}

/// What a true register gives 32 clients: each sends its next request when the last was answered, a fifth of the
/// requests write, a tenth conflict, the rest read.
fn valid(size: u64, seed: u64) -> History {
    let mut history = History { initial: Some(Tag::new(0)), initial_value: Some(Mark::new(0)), ..History::default() };
    history.operations.reserve_exact(size as usize + 1);
    let (mut version, mut random) = (0u32, 0x9e37_79b9_7f4a_7c15_u64 ^ (seed << 20));
    let mut free = [0u64; CLIENTS as usize];
    for number in 0..size {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let client = (number % CLIENTS) as usize;
        let at = 1_000 * (number + CLIENTS);
        let call = (at - random % 15_000).max(free[client] + 1);
        let ret = at + (random >> 32) % 15_000;
        free[client] = ret;
        let blank = HistoryOperation {
            call,
            ret,
            client: client as u32,
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
