//! The out folder is one transaction, and files that are written stay what they are.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::program::{Out, Program, closed_port, patchproof};

pub(super) const SET: [&str; 7] =
    ["badge.json", "junit.xml", "report.html", "requirements.csv", "run.json", "summary.md", "testreport.json"];

/// What stands in a folder in which a run began and has left no result.
pub(super) const MARKER: &str = "NO-RESULT.txt";

/// A quick run of a few cases.
fn quick<'a>(out: &'a Out, more: &[&'a str]) -> Vec<&'a str> {
    [&["run", "if-match/missing", "-q", "--out", out.path()], more].concat()
}

/// Which run the set in a folder is of, by its seed; none where there is no set. The record goes first and comes last: what
/// lies there without it is no set.
fn seed(folder: &Path) -> Option<u64> {
    let there: Vec<&str> = SET.into_iter().filter(|name| folder.join(name).exists()).collect();
    if !there.contains(&"run.json") {
        return None;
    }
    assert_eq!(there, SET, "a part of a set");
    let record: Value = serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap();
    Some(record["seed"].as_u64().unwrap())
}

#[test]
pub(super) fn what_an_earlier_run_left_is_not_shown_as_the_result_of_this_one() {
    let nobody = format!("http://127.0.0.1:{}/r4", closed_port());
    let endings: [(i32, &[&str]); 4] = [
        (3, &["run", "--target", &nobody]),
        (2, &["run", "no/such/case"]),
        (2, &["run", "--target", "no-such-file.yaml"]),
        (6, &["run", "--target", "http://192.0.2.1/r4"]),
    ];
    for (number, (code, arguments)) in endings.into_iter().enumerate() {
        let out = Out::new(&format!("stale-{number}"));
        let fault =
            ["run", "sequences/walk", "--fault", "open-transitions", "-q", "--cases", "20", "--out", out.path()];
        patchproof(&fault).ends_with(1);
        assert!(out.0.join("counterexamples").is_dir(), "the first run found nothing");
        out.write("run.json.dsse", "{}");
        patchproof(&[arguments, &["--out", out.path()]].concat()).ends_with(code);
        assert_eq!(out.files(), [".previous", MARKER], "{arguments:?}");
        assert!(out.0.join(".previous/counterexamples").is_dir());
        patchproof(&quick(&out, &[])).ends_with(0);
        assert_eq!(out.files(), [&[".previous"], &SET[..]].concat());
    }
}

#[test]
pub(super) fn counterexamples_of_the_out_folder_can_be_run_again() {
    let out = Out::new("again");
    let fault = ["--fault", "open-transitions", "-q", "--out", out.path()];
    patchproof(&[&["run", "sequences/walk", "--cases", "20"], &fault[..]].concat()).ends_with(1);
    let counterexamples = out.0.join("counterexamples").display().to_string();
    patchproof(&[&["run", "counterexamples/", "--scenarios", &counterexamples], &fault[..]].concat()).ends_with(1);
    assert!(seed(&out.0).is_some());
}

#[test]
pub(super) fn no_link_in_the_out_folder_is_followed() {
    let (out, elsewhere) = (Out::new("links"), Out::new("links-elsewhere"));
    for name in SET.into_iter().chain(["counterexamples", ".previous"]) {
        elsewhere.write("precious", "precious");
        symlink(elsewhere.0.join("precious"), out.0.join(name)).unwrap();
    }
    patchproof(&quick(&out, &[])).ends_with(0);
    assert_eq!(fs::read_to_string(elsewhere.0.join("precious")).unwrap(), "precious");
    assert_eq!(elsewhere.files(), ["precious"]);
    assert_eq!(seed(&out.0), Some(0));
    assert!(SET.into_iter().all(|name| out.0.join(name).symlink_metadata().unwrap().is_file()));
}

#[test]
pub(super) fn reports_that_are_rendered_again_follow_no_link() {
    let (out, elsewhere) = (Out::new("again-links"), Out::new("again-links-elsewhere"));
    patchproof(&quick(&out, &[])).ends_with(0);
    elsewhere.write("precious", "precious");
    let again = Out::new("again-links-again");
    symlink(elsewhere.0.join("precious"), again.0.join("report.html")).unwrap();
    let record = out.0.join("run.json").display().to_string();
    patchproof(&["report", &record, "--out", again.path()]).ends_with(0);
    assert_eq!(fs::read_to_string(elsewhere.0.join("precious")).unwrap(), "precious");
    assert!(again.0.join("report.html").symlink_metadata().unwrap().is_file());
}

#[test]
pub(super) fn a_folder_that_must_stay_what_it_is_stays() {
    use std::os::unix::fs::MetadataExt as _;

    let number = |folder: &Path| folder.metadata().unwrap().ino();
    // Where the program works, where other files are, and what a link leads to.
    let out = Out::new("stays");
    for (name, other) in [("works-here", false), ("others-too", true)] {
        let folder = Out::new(&format!("stays-{name}"));
        if other {
            folder.write("mine.txt", "mine");
        }
        let before = number(&folder.0);
        let mut program = Program::new(&quick(&folder, &[]));
        if !other {
            program.0.current_dir(&folder.0);
        }
        program.run().ends_with(0);
        assert_eq!(number(&folder.0), before, "{name}");
        assert_eq!(seed(&folder.0), Some(0), "{name}");
    }
    let (real, link) = (out.0.join("real"), out.0.join("link"));
    fs::create_dir(&real).unwrap();
    symlink(&real, &link).unwrap();
    patchproof(&["run", "if-match/missing", "-q", "--out", link.to_str().unwrap()]).ends_with(0);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(seed(&real), Some(0));
    assert_eq!(out.files(), ["link", "real"]);
}

#[test]
pub(super) fn two_runs_do_not_write_into_one_folder() {
    let out = Out::new("two-runs");
    let held = fs::File::open(&out.0).unwrap();
    held.lock().unwrap();
    patchproof(&quick(&out, &[])).ends_with(2).says("another run is writing");
    drop(held);
    patchproof(&quick(&out, &[])).ends_with(0);
}

#[test]
pub(super) fn devices_and_pipes_are_written_through_and_stay_what_they_are() {
    let out = Out::new("devices");
    patchproof(&quick(&out, &[])).ends_with(0);
    let record = out.0.join("run.json").display().to_string();
    let report = |to: &Path| Program::new(&["report", &record, "--format", "badge", "-o", to.to_str().unwrap()]);
    // A device of our own where we may make one; the machine's stays untouched either way.
    let device = out.0.join("null");
    let made = Command::new("mknod").arg(&device).args(["c", "1", "3"]).stderr(Stdio::null()).status();
    if made.is_ok_and(|status| status.success()) {
        report(&device).run();
        assert!(device.symlink_metadata().unwrap().file_type().is_char_device(), "the device was replaced");
    }
    let pipe = out.0.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = Command::new("cat").arg(&pipe).stdout(Stdio::piped()).spawn().unwrap();
    report(&pipe).run().ends_with(0);
    let read = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    assert!(read.contains("schemaVersion"), "{read}");
    assert!(pipe.symlink_metadata().unwrap().file_type().is_fifo(), "the pipe was replaced");
    // A regular file is replaced and keeps its permissions; what a link leads to is written, and the link stays.
    let file = out.0.join("mine.json");
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let link = out.0.join("link.json");
    symlink(&file, &link).unwrap();
    for path in [&file, &link] {
        report(path).run().ends_with(0);
        assert!(fs::read_to_string(&file).unwrap().contains("schemaVersion"));
        assert_eq!(file.symlink_metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(link.symlink_metadata().unwrap().is_symlink());
    report(&out.0).run().ends_with(2).says("it is a folder");
    // Standard output under its name is a link to wherever it leads, a regular file too.
    let mut to_output = report(Path::new("/dev/stdout"));
    to_output.0.stdout(fs::File::create(&file).unwrap());
    assert!(to_output.0.status().unwrap().success());
    assert!(fs::read_to_string(&file).unwrap().contains("schemaVersion"));
    // Only who may give a link away can test that those of other users are not followed.
    if rustix::process::geteuid().is_root() {
        fs::write(&file, "precious").unwrap();
        std::os::unix::fs::lchown(&link, Some(12345), None).unwrap();
        report(&link).run().ends_with(2).says("another user");
        assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    }
}

#[cfg(target_os = "linux")]
#[test]
pub(super) fn output_that_cannot_be_written_is_an_error_and_a_closed_pipe_is_not() {
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    for arguments in [&["list"][..], &["--help"], &["schema"], &["help", "evidence"], &["run", "if-match/missing"]] {
        let mut program = Program::new(arguments);
        program.0.stdout(full()).stderr(Stdio::piped());
        let ended = program.0.spawn().unwrap().wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(5), "{arguments:?}: {said}");
        assert!(said.contains("cannot write to standard output"), "{arguments:?}: {said}");
    }
    let closed = |arguments: &[&str]| {
        let mut program = Program::new(arguments);
        program.0.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = program.0.spawn().unwrap();
        drop(running.stdout.take());
        running.wait().unwrap().code()
    };
    for (arguments, code) in [(&["list"][..], 0), (&["schema"], 0), (&["run", "if-match/missing", "--verbose"], 0)] {
        assert_eq!(closed(arguments), Some(code), "{arguments:?}");
    }
}
