//! Files, devices and limits of this machine in the place of what the program expects: one sentence, at once.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs::{self, File};
use std::process::Command;

use super::program::{Out, Program, Served, patchproof};

/// What no input file is, under the name of the file that each command reads.
fn strange(out: &Out) -> Vec<String> {
    let path = |name: &str| out.0.join(name).display().to_string();
    assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    File::create(path("sparse")).unwrap().set_len(10 << 30).unwrap();
    fs::create_dir(path("folder")).unwrap();
    vec!["/dev/zero".to_owned(), path("pipe"), path("sparse"), path("folder")]
}

#[test]
pub(super) fn what_is_no_regular_file_of_bounded_size_is_one_sentence_at_once() {
    let out = Out::new("strange");
    patchproof(&["run", "if-match/missing", "-q", "--out", out.path()]).ends_with(0);
    let record = out.0.join("run.json").display().to_string();
    for strange in strange(&out) {
        let commands: &[&[&str]] = &[
            &["run", "if-match/missing", "--target", &strange],
            &["plan", "--target", &strange],
            &["verify", &strange],
            &["report", &strange],
            &["diff", &record, &strange],
            &["matrix", &strange],
            &["replay", "if-match/missing", "--from", &strange],
            &["sign", &record, "--key", &strange],
            &["verify", &record, "--key", &strange],
            &["check-history", &strange],
        ];
        for command in commands {
            // A folder may be what holds the file.
            let ran = Program::small(command, 300 * 1024).run();
            assert_eq!(ran.code, Some(2), "{command:?}\n{}\n{}", ran.stdout, ran.stderr);
            assert_eq!(ran.stderr.trim().lines().count(), 1, "{command:?}\n{}", ran.stderr);
        }
        if !strange.ends_with("folder") {
            let ran = Program::small(&["check", &strange], 300 * 1024).run();
            assert_eq!(ran.code, Some(2), "check {strange}\n{}\n{}", ran.stdout, ran.stderr);
        }
    }
}

#[test]
pub(super) fn a_run_that_may_open_too_few_files_says_how_many_it_needs() {
    let server = Served::start(&[]);
    let run = |most: &str| {
        let limited = format!("ulimit -n {most} && exec \"$0\" \"$@\"");
        let mut program = Program::new(&[]);
        let arguments = ["run", "race/", "-q", "--rounds", "1", "--target", &server.url];
        program.0 = Command::new("/bin/sh");
        program.0.args(["-c", &limited, env!("CARGO_BIN_EXE_patchproof")]).args(arguments);
        program.0.env_remove("PATCHPROOF_TARGET").env_remove("PATCHPROOF_EDITION");
        program.run()
    };
    let refused = run("24");
    refused.ends_with(2).says("too few open files");
    assert_eq!(refused.stderr.trim().lines().count(), 1, "{}", refused.stderr);
    let needed = refused.stderr.split("needs ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let (enough, plenty) = (run(&needed), run("1024"));
    assert_eq!(enough.code, plenty.code, "{}\n{}", enough.stdout, enough.stderr);
    assert_eq!(enough.stdout, plenty.stdout, "with {needed} files");
}

#[test]
pub(super) fn an_empty_variable_is_one_sentence() {
    for (variable, command) in [
        ("PATCHPROOF_EDITION", &["run", "if-match/missing"][..]),
        ("PATCHPROOF_TARGET", &["run", "if-match/missing"]),
        ("PATCHPROOF_TARGET", &["plan"]),
        ("PATCHPROOF_CASES", &["run", "if-match/missing"]),
        ("PATCHPROOF_SERVE_TOKEN", &["serve"]),
    ] {
        let mut program = Program::new(command);
        program.0.env(variable, "");
        let ran = program.run();
        ran.ends_with(2);
        assert!(!ran.stderr.contains("panicked"), "{variable}: {}", ran.stderr);
        assert!(ran.stderr.contains(variable), "{variable} is not named: {}", ran.stderr);
    }
}
