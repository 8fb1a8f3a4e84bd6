//! What a run costs is what `plan` says before it, on targets that make every appointment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::program::{Out, Served, patchproof, scratch};

/// The number of appointments that `plan` gives for a target.
pub(super) fn planned(arguments: &[&str]) -> usize {
    let ran = patchproof(&[&["plan"], arguments].concat());
    let line = ran.ends_with(0).stdout.lines().find(|line| line.trim_start().starts_with("together")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Fails unless a run touches at most 1.2 times the appointments that `plan` gives, and no fewer than half of them.
pub(super) fn keeps_its_price(name: &str, arguments: &[&str]) {
    let planned = planned(arguments);
    let out = Out::new(name);
    patchproof(&[&["run", "--quiet", "--out", out.path()], arguments].concat());
    let used = out.record()["fixtures"].as_array().unwrap().len();
    assert!(used * 5 <= planned * 6, "{arguments:?}: {used} used, {planned} planned");
    assert!(used * 2 >= planned, "{arguments:?}: {used} used, {planned} planned");
}

#[test]
fn a_run_makes_what_plan_says_lists_races_and_bystanders_included() {
    for edition in ["2019-05", "2024-03", "fhir-r4"] {
        let server = Served::start(&["--edition", edition]);
        let target = ["--target", &server.url, "--edition", edition];
        keeps_its_price(&format!("cost-{edition}"), &target);
        keeps_its_price(&format!("cost-few-{edition}"), &[&target[..], &["--cases", "2", "--jobs", "3"]].concat());
        keeps_its_price(&format!("cost-none-{edition}"), &[&target[..], &["--cases", "0"]].concat());
        keeps_its_price(&format!("cost-races-{edition}"), &[&target[..], &["race/", "--rounds", "5"]].concat());
    }
}

#[test]
#[ignore = "needs Python 3"]
fn a_run_against_a_server_that_nobody_here_wrote_makes_what_plan_says() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/field/reports/23-own-server-clean.py");
    let mut python = Command::new("python3");
    python.arg(script).arg("serve").env("PYTHONDONTWRITEBYTECODE", "1").env("FIELD_OUT", scratch("field"));
    python.env("PATCHPROOF", env!("CARGO_BIN_EXE_patchproof"));
    let mut server = python.stdout(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let url = ready.trim().strip_prefix("ready ").unwrap().to_owned();
    for more in [&[][..], &["--cases", "2", "--jobs", "1"], &["--cases", "0"]] {
        let target = ["--target", &url, "--edition", "fhir-r4"];
        keeps_its_price(&format!("cost-mini-{}", more.join("")), &[&target[..], more].concat());
    }
    server.kill().unwrap();
    server.wait().unwrap();
}
