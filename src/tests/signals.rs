//! Signals: the first one ends a run at once with a partial record and its code, the second one ends the program.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::program::{Out, Program, patchproof};
use super::stub::{JSON, STATEMENT, Stub, is_look};

/// A run stops within a second; a busy machine gets the time in which no request would have timed out.
const SOON: Duration = Duration::from_secs(15);
const TIMEOUT: &str = "600";

/// A target that gives no response from the `last` request on, and says when the first of those came.
fn silent_after(last: usize) -> (Stub, mpsc::Receiver<()>) {
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
        (200, JSON, "{}".to_owned())
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
            let (stub, reached) = silent_after(last);
            let out = Out::new(&format!("signal-{name}-{last}"));
            let mut running = started(&stub, &out);
            reached.recv().unwrap();
            let begin = Instant::now();
            signal(&running, name);
            assert_eq!(running.wait().unwrap().code(), Some(code), "SIG{name}");
            assert!(begin.elapsed() < SOON, "SIG{name} after {:?}", begin.elapsed());
            let record = out.record();
            assert_eq!(record["summary"]["exit_code"], code, "SIG{name}");
            assert!(record["cut_short"].is_string(), "SIG{name}");
            let lost =
                record["exchanges"].as_array().unwrap().iter().map(|exchange| &exchange["response"]["lost"]["kind"]);
            assert!(
                lost.filter(|kind| *kind == "dropped").count() > 0,
                "SIG{name}: what was under way is not recorded"
            );
            let is_blamed = |case: &&serde_json::Value| {
                case["verdict"] == "fail" && case["reason"].as_str().unwrap().contains("the run had to end")
            };
            assert_eq!(record["cases"].as_array().unwrap().iter().find(is_blamed), None, "SIG{name}");
            patchproof(&["verify", out.path()]).ends_with(0);
        }
    }
}

#[test]
pub(super) fn a_second_signal_ends_the_program_at_once() {
    let out = Out::new("signal-twice");
    for (second, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let (stub, reached) = silent_after(1);
        let mut running = started(&stub, &out);
        reached.recv().unwrap();
        signal(&running, "TERM");
        signal(&running, second);
        let ended = running.wait().unwrap().code();
        assert!(ended == Some(code) || ended == Some(143), "{second}: {ended:?}");
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
