//! Times the history checker on generated histories: `cargo bench --bench history`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::Instant;

use patchproof::judge::history::{History, Kind, Mark, Operation, Rules, Tag, Verdict, check};

const CLIENTS: u64 = 32;

fn main() {
    println!("{:<10} {:>9}  {:>9} {:>12}  {:>9}", "history", "size", "seconds", "ops/s", "peak MiB");
    for size in [10_000, 100_000, 1_000_000] {
        let mut history = valid(size);
        measure("valid", &history, false);
        // The very last answers are wrong, so that the whole history has to be read to see it.
        let last = history.operations.iter().rposition(|own| own.kind == Kind::Write).unwrap_or(0);
        let before = history.operations[last];
        let late = before.ret + 1;
        history.operations.push(Operation {
            call: late,
            ret: late + 1,
            kind: Kind::Read,
            expected: None,
            version: before.expected,
            value: None,
            client: 0,
        });
        measure("stale read", &history, true);
        history.operations.pop();
        history.operations.push(Operation {
            version: Some(Tag::new(before.value.map_or(0, |mark| mark.index() as u32) + 1)),
            ..before
        });
        measure("two won", &history, true);
    }
}

fn measure(name: &str, history: &History, violated: bool) {
    let size = history.operations.len();
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let begin = Instant::now();
        let verdict = check(history, Rules::default());
        best = best.min(begin.elapsed().as_secs_f64());
        assert_eq!(matches!(verdict, Verdict::Violated(_)), violated, "{verdict:?}");
    }
    println!("{name:<10} {size:>9}  {best:>9.5} {:>12.0}  {:>9}", size as f64 / best, peak());
}

/// The largest size this process has had, history included; "?" where the system does not tell.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.map_or("?".to_owned(), |kib| (kib / 1024).to_string())
}

/// What a true register answers 32 clients: each sends its next request when the last was answered, a fifth of the
/// requests write, a tenth conflict, the rest read.
fn valid(size: u64) -> History {
    let mut history = History { initial: Some(Tag::new(0)), initial_value: Some(Mark::new(0)), ..History::default() };
    history.operations.reserve_exact(size as usize + 1);
    let (mut version, mut random) = (0u32, 0x9e37_79b9_7f4a_7c15_u64);
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
        let blank = Operation {
            call,
            ret,
            client: client as u32,
            expected: None,
            version: None,
            value: None,
            kind: Kind::Read,
        };
        let own = match number % 10 {
            3 | 8 => {
                version += 1;
                Operation {
                    kind: Kind::Write,
                    expected: Some(Tag::new(version - 1)),
                    version: Some(Tag::new(version)),
                    value: Some(Mark::new(version)),
                    ..blank
                }
            }
            5 if version > 0 => Operation { kind: Kind::Conflict, expected: Some(Tag::new(version - 1)), ..blank },
            _ => Operation { version: Some(Tag::new(version)), value: Some(Mark::new(version)), ..blank },
        };
        history.operations.push(own);
    }
    history
}
