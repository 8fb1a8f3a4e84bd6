//! Servers that nobody here wrote, each with a table of what a run must find and of the requests that prove it.
//!
//! They are installed below `target/real/`, never committed. A row of a table says what of the server makes a verdict so;
//! its requests are sent too, so that a release that changes one is noticed with the request in question.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod hand;
mod medplum;
mod server;
mod table;

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use server::{Server, done, file, installed, with_pip};
use table::{Table, verdicts};

use super::program::{Out, patchproof};

/// The tables: file, text, and the variants of the server.
const TABLES: &[(&str, &str, &[&str])] = &[
    ("hapi", include_str!("real/hapi.yaml"), &["8.8.0"]),
    ("kinto", include_str!("real/kinto.yaml"), &["strong", "weak"]),
    ("fhirstarter", include_str!("real/fhirstarter.yaml"), &["4.2.0"]),
    ("medplum", include_str!("real/medplum.yaml"), &["5.2.13", "5.1.26"]),
];

/// The table of one variant of a server.
fn table(name: &str, variant: &str) -> Table {
    let (file, text, _) = TABLES.iter().find(|(file, ..)| *file == name).unwrap();
    Table::read(file, text, variant)
}

/// Fails unless a run against the server, and the server itself, do what the table says.
fn is_as_written(name: &str, variant: &str, base_url: &str) {
    let table = table(name, variant);
    let out = Out::new(&format!("real-{name}-{variant}"));
    let ran = patchproof(&["run", "--target", base_url, "--edition", "fhir-r4", "--quiet", "--out", out.path()]);
    ran.ends_with(1);
    let mut wrong = table.differences(&verdicts(&out.record()));
    wrong.extend(table.shown(base_url));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_table_gives_a_reason_for_each_row_and_a_request_for_each_breach() {
    for (name, _, variants) in TABLES {
        for variant in *variants {
            assert_eq!(table(name, variant).faults(), [""; 0], "{name} {variant}");
        }
    }
}

#[test]
#[ignore = "needs JDK 17 and Maven, and Maven's repository"]
fn hapi() {
    let folder = installed("hapi-8.8.0", |folder| {
        let jars = format!("-DoutputDirectory={}", folder.join("lib").display());
        let mut maven = Command::new("mvn");
        maven.args(["-q", "-B", "-f"]).arg(file("real/hapi/pom.xml")).args(["dependency:copy-dependencies", &jars]);
        done(&mut maven)?;
        let mut javac = Command::new("javac");
        javac.args(["-nowarn", "-cp"]).arg(folder.join("lib/*")).arg("-d").arg(folder);
        done(javac.arg(file("real/hapi/FieldServer.java")))
    });
    let folder = match folder {
        Ok(folder) => folder,
        Err(why) if is_unreachable(&why) => {
            // Not with a macro: this has to be seen of a test that passes, too.
            let line = why.lines().find(|line| line.contains("ERROR")).unwrap_or(&why);
            let _ = writeln!(std::io::stderr(), "real::hapi is skipped: Maven's repository cannot be reached: {line}");
            return;
        }
        Err(why) => panic!("{why}\nthis test needs JDK 17 and Maven"),
    };
    let classes = format!("{}:{}", folder.display(), folder.join("lib/*").display());
    let mut java = Command::new("java");
    java.args(["-Xmx2g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", &classes, "FieldServer"]);
    let server = Server::start(&mut java);
    is_as_written("hapi", "8.8.0", &server.base_url);
}

/// Whether an install failed because nothing could be fetched.
fn is_unreachable(why: &str) -> bool {
    ["Could not transfer", "Unknown host", "Connection refused", "timed out", "No route to host", "resolve plugin"]
        .iter()
        .any(|sign| why.contains(sign))
}

#[test]
fn a_repository_that_cannot_be_reached_is_told_from_a_broken_build() {
    assert!(is_unreachable("[ERROR] Could not transfer artifact x from/to central: Unknown host"));
    assert!(!is_unreachable("FieldServer.java:3: error: cannot find symbol"));
}

/// Kinto and the adapter in front of it.
fn kinto(variant: &str) {
    let folder = with_pip("kinto-26.5.0", &["kinto==26.5.0"]);
    let kinto = Server::start(python(&folder).arg(file("real/kinto/server.py")));
    let port = kinto.base_url.rsplit(':').next().unwrap().trim_end_matches("/v1").to_owned();
    let mut node = Command::new("node");
    let adapter = Server::start(
        node.arg(file("real/kinto/adapter.mjs")).arg(port).env("WEAK", if variant == "weak" { "1" } else { "0" }),
    );
    is_as_written("kinto", variant, &adapter.base_url);
}

#[test]
#[ignore = "needs Python 3 and Node"]
fn kinto_with_its_strong_tags() {
    kinto("strong");
}

#[test]
#[ignore = "needs Python 3 and Node"]
fn kinto_with_weak_tags() {
    kinto("weak");
}

#[test]
#[ignore = "needs Python 3"]
fn fhirstarter() {
    let folder = with_pip("fhirstarter-4.2.0", &["fhirstarter==4.2.0", "uvicorn", "jsonpatch"]);
    let server = Server::start(python(&folder).arg(file("real/fhirstarter/server.py")));
    is_as_written("fhirstarter", "4.2.0", &server.base_url);
}

fn python(folder: &Path) -> Command {
    let mut python = Command::new(folder.join("bin/python"));
    python.args(["-W", "ignore"]);
    python
}
