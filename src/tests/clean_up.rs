//! The ledger of a run and the clean-up: what a run makes is cancelled at its end, after a signal, and after a kill.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex, OnceLock};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::program::{Out, Program, Served, patchproof};
use super::relay::Relay;
use super::stub::Stub;

/// The steps at which a run is killed.
const MOMENTS: usize = 20;

const FILTERS: [&str; 2] = ["if-match/", "transitions/"];

/// A relay that notes the appointments that pass it as made, and sends a signal to a run at one of its requests.
struct Watched {
    relay: Relay,
    process: Arc<OnceLock<u32>>,
    made: Arc<Mutex<Vec<String>>>,
}

impl Watched {
    fn start(server: u16, last: usize, signal: Signal) -> Watched {
        let (process, made) = (Arc::<OnceLock<u32>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (of_run, noted) = (process.clone(), made.clone());
        let relay = Relay::changing(
            server,
            move |request| {
                if request == last {
                    let process = Pid::from_raw(of_run.wait().cast_signed()).unwrap();
                    let _ = kill_process(process, signal);
                }
            },
            move |(head, body)| {
                let location = head.lines().find_map(|line| line.split_once("/Appointment/"));
                if head.starts_with("HTTP/1.1 201") {
                    let id = location.unwrap().1.split('/').next().unwrap().trim();
                    noted.lock().unwrap().push(id.to_owned());
                }
                (head, body)
            },
        );
        Watched { relay, process, made }
    }

    /// Runs to the end that the signal brings; gives the exit code.
    fn run(&self, edition: &str, ledger: &str, more: &[&str]) -> Option<i32> {
        let url = self.relay.url();
        let arguments =
            [&["run", "-q", "--edition", edition, "--target", &url, "--ledger", ledger], &FILTERS[..], more].concat();
        let mut run = Program::new(&arguments).0.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.process.set(run.id()).unwrap();
        run.wait().unwrap().code()
    }

    fn made(&self) -> Vec<String> {
        self.made.lock().unwrap().clone()
    }
}

/// The status of an appointment, as the server itself says it.
fn status(server: u16, id: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
    let head = "host: 127.0.0.1\r\naccept: application/fhir+json\r\nconnection: close";
    write!(stream, "GET /r4/Appointment/{id} HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let body: Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
    body["status"].as_str().unwrap().to_owned()
}

#[test]
pub(super) fn after_a_kill_everything_that_was_made_is_cancelled_or_named() {
    let out = Out::new("clean-up-kill");
    let mut killed = 0;
    for (edition, moments) in [("2024-03", MOMENTS), ("fhir-r4", 4)] {
        let server = Served::start(&["--edition", edition]);
        for moment in 0..moments {
            let ledger = out.0.join(format!("{edition}-{moment}")).display().to_string();
            let watched = Watched::start(server.port(), 2 + 9 * moment, Signal::KILL);
            let code = watched.run(edition, &ledger, &[]);
            killed += usize::from(code.is_none());
            let mode = fs::metadata(&ledger).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{ledger}");
            // What was under way when the run was killed may still arrive.
            let cleaned = patchproof(&["cleanup", &ledger]);
            assert!(matches!(cleaned.code, Some(0 | 4)), "{}\n{}", cleaned.stdout, cleaned.stderr);
            let unknown = cleaned.stdout.matches("nobody knows whether it was made").count();
            let made = watched.made();
            let is_left = |id: &&String| !matches!(status(server.port(), id).as_str(), "cancelled" | "fulfilled");
            let left: Vec<&String> = made.iter().filter(is_left).collect();
            let unnamed = left.iter().filter(|id| !cleaned.stdout.contains(**id)).count();
            assert!(unnamed <= unknown, "request {}: {left:?}\n{}", 2 + 9 * moment, cleaned.stdout);
            // Whatever is not named as unknown was settled.
            assert!(unknown > 0 || cleaned.code == Some(0), "{}", cleaned.stdout);
            patchproof(&["cleanup", &ledger]).ends_with(cleaned.code.unwrap());
        }
    }
    assert!(killed > MOMENTS / 2, "{killed} runs were killed");
}

#[test]
pub(super) fn after_a_signal_the_partial_record_holds_the_clean_up() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let (out, server) = (Out::new(&format!("clean-up-{code}")), Served::start(&["--edition", "2024-03"]));
        patchproof(&["run", "if-match/missing", "-q", "--out", out.path()]).ends_with(0);
        let ledger = out.0.join("mine.ledger").display().to_string();
        let watched = Watched::start(server.port(), 120, signal);
        assert_eq!(watched.run("2024-03", &ledger, &["--out", out.path()]), Some(code));
        let record = out.record();
        assert_eq!((&record["summary"]["exit_code"], record["cut_short"].is_string()), (&code.into(), true));
        let made = watched.made();
        assert!(!made.is_empty());
        for id in &made {
            assert!(matches!(status(server.port(), id).as_str(), "cancelled" | "fulfilled"), "{id}");
            let fixture = record["fixtures"].as_array().unwrap().iter().find(|fixture| fixture["id"] == **id).unwrap();
            assert!(matches!(fixture["end"].as_str(), Some("cancelled" | "final")), "{fixture}");
        }
        patchproof(&["verify", out.path()]).ends_with(0);
        // The set of the run before is kept, and not the partial one.
        let before = fs::read(out.0.join(".previous/run.json")).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&before).unwrap()["summary"]["exit_code"], 0);
        patchproof(&["cleanup", &ledger]).ends_with(0);
    }
}

#[test]
pub(super) fn a_ledger_that_cannot_be_used_stops_a_run_before_it_sends_anything() {
    let (out, stub) = (Out::new("clean-up-refused"), Stub::constant(500, "text/plain", ""));
    out.write("other", "not a ledger\n");
    let head = r#"{"entry":"run","schema":"patchproof/ledger/1","base-url":"http://127.0.0.1:1/r4","edition":"2024-03","process":1,"at":"t"}"#;
    out.write("of-another", &format!("{head}\n"));
    for (name, says) in [
        ("no/such/folder", "cannot write the ledger"),
        (".", "cannot write the ledger"),
        ("other", "is not a ledger"),
        ("of-another", "is of another target"),
    ] {
        let ledger = out.0.join(name).display().to_string();
        patchproof(&["run", "-q", "--target", &stub.url(), "--ledger", &ledger]).ends_with(2).says(says);
    }
    let full = patchproof(&["run", "-q", "--target", &stub.url(), "--ledger", "/dev/full"]);
    full.ends_with(2).says("cannot write the ledger");
    assert_eq!(stub.requests(), 0);
    let of_another = out.0.join("of-another").display().to_string();
    patchproof(&["cleanup", &of_another, "--target", &stub.url()]).ends_with(2).says("is of another target");
    assert_eq!(stub.requests(), 0);
    patchproof(&["cleanup", &of_another]).ends_with(0);
}

#[test]
pub(super) fn what_cannot_be_cancelled_is_named_and_the_exit_code_says_so() {
    let out = Out::new("clean-up-forbidden");
    let stub = Stub::start(|head| match head {
        head if head.starts_with("GET /metadata") => (200, super::stub::JSON, super::stub::STATEMENT.to_owned()),
        head if head.starts_with("GET") => {
            let body = r#"{"resourceType":"Appointment","id":"a1","status":"booked","meta":{"versionId":"1"}}"#;
            (200, super::stub::JSON, body.to_owned())
        }
        _ => (403, super::stub::JSON, "{}".to_owned()),
    });
    let url = stub.url();
    let run = format!(
        r#"{{"entry":"run","schema":"patchproof/ledger/1","base-url":"{url}","edition":"2024-03","process":1,"at":"t"}}"#
    );
    let made = r#"{"entry":"asked","ask":0,"status":"booked","at":"t"}
{"entry":"made","ask":0,"id":"a1"}
{"entry":"asked","ask":1,"slot":"Slot/9","at":"t9"}
{"entry":"ask"#;
    out.write("ledger", &format!("{run}\n{made}"));
    let ledger = out.0.join("ledger").display().to_string();
    let cleaned = patchproof(&["cleanup", &ledger]);
    cleaned.ends_with(4);
    assert!(cleaned.stdout.contains("a1  NOT cancelled, last seen as `booked`"), "{}", cleaned.stdout);
    assert!(cleaned.stdout.contains("POST of t9") && cleaned.stdout.contains("Slot/9"), "{}", cleaned.stdout);
    drop(stub);
    let gone = super::program::closed_port();
    out.write("gone", &format!("{run}\n{made}").replace(&url, &format!("http://127.0.0.1:{gone}")));
    patchproof(&["cleanup", &out.0.join("gone").display().to_string()]).ends_with(3);
}
