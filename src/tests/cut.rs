//! A run that was cut certifies nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use super::program::{Out, patchproof};

#[test]
pub(super) fn a_run_that_was_cut_certifies_nothing() {
    let out = Out::new("cut");
    let run = ["run", "--edition", "fhir-r4", "--cases", "20", "--rounds", "1", "-q", "--out", out.path()];
    patchproof(&run).ends_with(0);
    let sent = out.record()["plan"]["requests_sent"].as_u64().unwrap();
    // Lists are the last of a run: this cuts some of them, or nearly all.
    for most in [sent - sent / 20, sent - sent / 5] {
        let most = most.to_string();
        let ran = patchproof(&[&run[..], &["--max-requests", &most]].concat());
        ran.ends_with(4);
        let record = out.record();
        assert!(record["cut_short"].as_str().unwrap().contains("--max-requests"), "{}", ran.stdout);
        assert!(record["signal"].is_null());
        let cases = record["cases"].as_array().unwrap().iter();
        let lists: Vec<&str> = cases
            .filter(|case| case["verdict"] == "inconclusive")
            .map(|case| case["reason"].as_str().unwrap())
            .filter(|reason| reason.contains("lists were sent to their end"))
            .collect();
        assert!(lists.iter().any(|reason| reason.contains("of 20 lists")), "{lists:?}\n{}", ran.stdout);
        patchproof(&["verify", out.path()]).ends_with(0);
    }
}
