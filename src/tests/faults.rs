//! The selftest through the program: a part of it passes, and it notices when a fault or a requirement loses its teeth.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::process::Command;

/// One or more of each area of the contract, and sound servers beside them.
const SOME: &[&str] =
    &["accept-missing-if-match", "refusal-moves-version", "unlisted-path-ignored", "charset", "jumping-tags"];

#[test]
fn a_part_of_the_selftest_passes_and_shows_what_kills_what() {
    let (code, told) = selftest(SOME);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("accept-missing-if-match") && told.contains("VER-04"), "{told}");
    assert!(told.contains("jumping-tags") && told.contains("selftest passed"), "{told}");
}

#[test]
fn a_fault_that_is_left_out_is_noticed() {
    let (code, told) = selftest(&["accept-missing-if-match", "--disable-fault", "accept-missing-if-match"]);
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("accept-missing-if-match in 2019-05 was killed by") && told.contains("now by nothing"),
        "{told}"
    );
}

#[test]
fn a_requirement_that_is_muted_is_noticed() {
    let (code, told) = selftest(&["accept-missing-if-match", "--mute", "APPT-VER-04"]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("was killed by APPT-VER-04"), "{told}");
}

#[test]
fn an_opened_transition_is_found_by_its_own_case() {
    let (code, told) = selftest(&["open-cell=arrived:cancelled", "open-cell=cancelled:booked"]);
    assert_eq!(code, 0, "{told}");
}

#[test]
fn a_name_that_nothing_has_is_refused() {
    let (code, told) = selftest(&["no-such-fault"]);
    assert!(code == 2 && told.contains("--list-variants"), "{code}\n{told}");
}

#[test]
fn a_clean_server_that_is_hurried_and_held_up_gets_one_verdict() {
    let (code, told) = selftest(&["--repeat", "3", "--seed", "11"]);
    assert!(code == 0 && told.contains("one verdict") && told.contains("from seed 11"), "{code}\n{told}");
}

/// The exit code and what was printed.
fn selftest(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_patchproof"))
        .args(["selftest", "--edition", "2019-05"])
        .args(arguments)
        .env_remove("PATCHPROOF_TARGET")
        .env_remove("PATCHPROOF_EDITION")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), told)
}
