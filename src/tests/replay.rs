//! A recorded case sent again by the program: fixed, still failing, different, or not to be told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use patchproof::record::{RunRecord, SCHEMA, Verdict};

#[test]
fn a_broken_case_still_fails_is_fixed_or_is_broken_otherwise() {
    let run = Run::new(&["if-match/", "--fault", "accept-missing-if-match"]);
    let replay = |extra: &[&str]| run.replay("if-match/missing", extra);
    replay(&["--fault", "accept-missing-if-match"])
        .ends_with(1)
        .says("still failing: if-match/missing\n")
        .says("APPT-VER-04 fail: expected 412, found 200");
    replay(&[]).ends_with(0).says("fixed: if-match/missing\n").says("   - 200\n").says("   + 412\n");
    replay(&["--fault", "missing-answers-400"])
        .ends_with(8)
        .says("different: if-match/missing\n")
        .says("APPT-VER-04: was fail 200: the request was carried out; now fail 400");
    run.replay("if-match/stale", &[]).ends_with(0).says("still passing: if-match/stale\n");
    run.replay("if-match/stale", &["--fault", "stale-answers-412"]).ends_with(8).says("was pass; now fail 412");
}

#[test]
fn a_counterexample_is_sent_from_the_scenario_in_the_record() {
    let run = Run::new(&["sequences/walk", "--fault", "open-transitions"]);
    let found: Vec<_> = run.record().sequences.into_iter().flat_map(|sequence| sequence.counterexamples).collect();
    let case = found.first().expect("the fault is found").case.clone();
    run.replay(&case, &["--fault", "open-transitions"]).ends_with(1).says("still failing: ").says("APPT-TRN-12");
    // Nothing can follow on a cancelled appointment that would show why it was refused: no pass without a control.
    run.replay(&case, &[]).ends_with(4).says("undecided").says("was not seen again");
    run.replay("sequences/walk", &["--fault", "open-transitions"]).ends_with(1).says("to send only its smallest list");
    run.replay("sequences/walk", &[]).ends_with(0).says("fixed: sequences/walk");
}

#[test]
fn a_race_and_a_property_are_replayed_with_the_requests_they_rest_on() {
    let faults = ["--fault", "two-winners", "--fault", "last-modified-in-future"];
    let arguments = [&["race/arrived", "prefer/", "every/last-modified-not-in-the-future"], &faults[..]].concat();
    // Whether the requests of a race meet is up to the machine: one of a few tries shows it, and none shows the contrary.
    let failed =
        |run: &Run| run.record().cases.iter().any(|case| case.id.0 == "race/arrived" && case.verdict == Verdict::Fail);
    let run = (0..5).map(|_| Run::new(&arguments)).find(failed).expect("two winners of five races are seen once");
    let again = (0..5).map(|_| run.replay("race/arrived", &faults)).find(|replay| replay.code == Some(1));
    again.expect("they are seen again").says("still failing").says("APPT-CONC-02");
    let clean = run.replay("race/arrived", &[]);
    assert!(matches!(clean.code, Some(0 | 4)), "{}", clean.told);
    clean.says(if clean.code == Some(0) { "fixed: race/arrived" } else { "undecided: race/arrived" });
    let property = "every/last-modified-not-in-the-future";
    run.replay(property, &faults).ends_with(1).says("also sent: prefer/");
    run.replay(property, &[]).ends_with(0).says("fixed: ");
    // A property that nothing broke names no request, and proves nothing alone.
    let clean = Run::new(&["prefer/", property]);
    clean.replay(property, &[]).ends_with(4).says("undecided");
}

#[test]
fn without_a_target_it_goes_where_the_record_was_made_and_the_guard_still_stands() {
    let server = Server::start("accept-missing-if-match");
    let run = Run::new(&["if-match/missing", "--target", &server.url]);
    run.replay("if-match/missing", &[])
        .ends_with(1)
        .says("still failing")
        .says(&format!("curl -X PATCH {}", server.url));
    let clean = Server::start("no-last-modified");
    run.replay("if-match/missing", &["--target", &clean.url]).ends_with(0).says("fixed");
    run.replay("if-match/missing", &["--fault", "no-etag"]).ends_with(2).says("embedded");
    let text = fs::read_to_string(run.path()).unwrap();
    fs::write(run.path(), text.replace(&server.url, "http://sandbox.invalid/r4")).unwrap();
    run.replay("if-match/missing", &[]).ends_with(6).says("sandbox.invalid");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    fs::write(run.path(), text.replace(&server.url, &format!("http://{closed}/r4"))).unwrap();
    run.replay("if-match/missing", &[]).ends_with(3).says(&closed.to_string());
}

#[test]
fn a_wrong_name_or_record_ends_with_2_and_says_what_would_do() {
    let run = Run::new(&["if-match/"]);
    run.replay("if-match/mising", &[]).ends_with(2).says("did you mean `if-match/missing`");
    run.replay("zzzz", &[]).ends_with(2).says("no case `zzzz`");
    let text = fs::read_to_string(run.path()).unwrap();
    let newer = text.replacen(SCHEMA, "patchproof/run/999", 1);
    let hollow = format!(r#"{{"schema":"{SCHEMA}"}}"#);
    for (content, told) in [
        (&text[..text.len() / 2], "is cut short"),
        ("{}", "is not a record of a run"),
        ("[1]", "is not a record of a run"),
        (&newer, "patchproof/run/999"),
        (&hollow, "is not a valid record"),
    ] {
        fs::write(run.path(), content).unwrap();
        run.replay("if-match/missing", &[]).ends_with(2).says(told).says("run.json");
    }
    fs::remove_file(run.path()).unwrap();
    run.replay("if-match/missing", &[]).ends_with(2).says("cannot read");
}

/// A record in a folder of its own.
struct Run(PathBuf);

impl Run {
    fn new(arguments: &[&str]) -> Run {
        let run = Run(std::env::temp_dir().join(format!("patchproof-{}", uuid::Uuid::new_v4())));
        program(&[&["run", "--quiet", "--out", run.0.to_str().unwrap()], arguments].concat());
        run
    }

    fn path(&self) -> PathBuf {
        self.0.join("run.json")
    }

    fn record(&self) -> RunRecord {
        serde_json::from_slice(&fs::read(self.path()).unwrap()).unwrap()
    }

    fn replay(&self, case: &str, extra: &[&str]) -> Ran {
        program(&[&["replay", case, "--from", self.path().to_str().unwrap()], extra].concat())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Ran {
    code: Option<i32>,
    told: String,
}

impl Ran {
    fn ends_with(&self, code: i32) -> &Ran {
        assert_eq!(self.code, Some(code), "{}", self.told);
        self
    }

    fn says(&self, text: &str) -> &Ran {
        assert!(self.told.contains(text), "`{text}` is missing in\n{}", self.told);
        self
    }
}

fn program(arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_patchproof"))
        .args(arguments)
        .env_remove("PATCHPROOF_TARGET")
        .env_remove("PATCHPROOF_EDITION")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Ran { code: output.status.code(), told }
}

/// A reference server in a process of its own.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(fault: &str) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_patchproof"))
            .args(["serve", "--fault", fault])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Server { child, url: url.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
