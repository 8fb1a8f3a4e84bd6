//! Signals: the first one ends a run at once with a partial record and its code, the second one ends the program.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::program::{Out, Program, patchproof};
use super::stub::{JSON, STATEMENT, Stub, is_look};

/// A run that is to end leaves its record within a second; a busy machine may try again.
const SOON: Duration = Duration::from_secs(1);
const TRIES: usize = 5;
/// No request times out before the tests end.
const TIMEOUT: &str = "600";

/// More than a pipe holds.
const LONG: usize = 1024 * 1024;

/// A target that gives no response from the `last` request on, and says when the first of those came; its responses hold a
/// text of so many bytes.
fn silent_after(last: usize, length: usize) -> (Stub, mpsc::Receiver<()>) {
    let (reached, reaches) = mpsc::channel();
    let sent = AtomicUsize::new(0);
    let stub = Stub::start(move |head| {
        if is_look(head) {
            return (200, JSON, STATEMENT.to_owned());
        }
        if sent.fetch_add(1, Ordering::Relaxed) >= last {
            let _ = reached.send(());
            // There is no response; the thread ends with the program.
            loop {
                std::thread::park();
            }
        }
        (200, JSON, format!("{{\"text\":\"{}\"}}", "x".repeat(length)))
    });
    (stub, reaches)
}

fn started(stub: &Stub, out: &Out) -> Child {
    let arguments = ["run", "--quiet", "--target", &stub.url(), "--timeout", TIMEOUT, "--out", out.path()];
    Program::new(&arguments).0.spawn().unwrap()
}

fn signal(process: &Child, name: &str) {
    let kill = format!("kill -{name} {}", process.id());
    assert!(Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
}

#[test]
pub(super) fn a_signal_drops_what_is_under_way_and_leaves_a_partial_record() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        // With one request under way, and with several.
        for last in [1, 20] {
            let took: Vec<Duration> = (0..TRIES).map_while(|_| interrupted(name, code, last).err()).collect();
            assert!(took.len() < TRIES, "SIG{name}, {last}: {took:?} until there was a record");
        }
    }
}

/// Interrupts a run and looks at what it leaves.
///
/// # Errors
/// The time that it took to leave it, where that was too long.
fn interrupted(name: &str, code: i32, last: usize) -> Result<(), Duration> {
    let (stub, reached) = silent_after(last, 0);
    let out = Out::new(&format!("signal-{name}-{last}"));
    let mut running = started(&stub, &out);
    reached.recv().unwrap();
    let begin = Instant::now();
    signal(&running, name);
    while !out.0.join("run.json").exists() && running.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let took = begin.elapsed();
    assert_eq!(running.wait().unwrap().code(), Some(code), "SIG{name}");
    let record = out.record();
    assert_eq!(record["summary"]["exit_code"], code, "SIG{name}");
    assert!(record["cut_short"].is_string(), "SIG{name}");
    let lost = record["exchanges"].as_array().unwrap().iter().map(|exchange| &exchange["response"]["lost"]["kind"]);
    assert!(lost.filter(|kind| *kind == "dropped").count() > 0, "SIG{name}: what was under way is not recorded");
    let is_blamed = |case: &&serde_json::Value| {
        case["verdict"] == "fail" && case["reason"].as_str().unwrap().contains("the run had to end")
    };
    assert_eq!(record["cases"].as_array().unwrap().iter().find(is_blamed), None, "SIG{name}");
    patchproof(&["verify", out.path()]).ends_with(0);
    if took <= SOON { Ok(()) } else { Err(took) }
}

#[test]
pub(super) fn a_second_signal_ends_the_program_at_once() {
    for (second, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let (stub, reached) = silent_after(1, LONG);
        let out = Out::new(&format!("signal-twice-{second}"));
        let arguments = ["run", "--verbose", "--target", &stub.url(), "--timeout", TIMEOUT, "--out", out.path()];
        // Nobody reads what it prints, and that is more than a pipe holds: it does not end by itself.
        let mut running = Program::new(&arguments).0.stdout(Stdio::piped()).spawn().unwrap();
        reached.recv().unwrap();
        signal(&running, if second == "TERM" { "INT" } else { "TERM" });
        while !out.0.join("run.json").exists() {
            assert_eq!(running.try_wait().unwrap(), None, "it ended before it printed anything");
            std::thread::yield_now();
        }
        signal(&running, second);
        assert_eq!(running.wait().unwrap().code(), Some(code), "{second}");
    }
}

#[test]
pub(super) fn a_run_that_is_to_outlive_its_terminal_ignores_the_hang_up() {
    let hang_up: Arc<AtomicUsize> = Arc::default();
    let (process, sent) = (hang_up.clone(), AtomicUsize::new(0));
    let stub = Stub::start(move |head| {
        if sent.fetch_add(1, Ordering::Relaxed) == 3 {
            while process.load(Ordering::Relaxed) == 0 {
                std::thread::yield_now();
            }
            let kill = format!("kill -HUP {}", process.load(Ordering::Relaxed));
            assert!(Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
        }
        (200, JSON, if is_look(head) { STATEMENT.to_owned() } else { "{}".to_owned() })
    });
    let out = Out::new("signal-nohup");
    let arguments = ["run", "-q", "if-match/", "--target", &stub.url(), "--out", out.path()];
    let mut program = Program(Command::new("nohup"));
    program.0.arg(env!("CARGO_BIN_EXE_patchproof")).args(arguments).env_remove("PATCHPROOF_TARGET");
    let mut running = program.0.spawn().unwrap();
    hang_up.store(running.id() as usize, Ordering::Relaxed);
    assert_eq!(running.wait().unwrap().code(), Some(4));
    assert!(!out.record()["cut_short"].is_string());
}
