//! The promises of .github/SECURITY.md, kept by the program itself; hostile.rs has those about hostile responses,
//! evidence.rs those about people and records, report.rs those about the page.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs::{self, File};
use std::path::Path;

use super::program::{Out, Program, closed_port, patchproof};
use super::stub::{HTML, JSON, OUTCOME, Stub};

const SECRET: &str = "s3cr3t-t0ken-never-to-be-seen";

// Writes.

#[test]
pub(super) fn a_host_that_is_not_this_machine_is_refused_with_6_and_nothing_is_sent() {
    // Should the guard fail, the request goes to the stub as a proxy, is counted, and still leaves this machine alone.
    let stub = Stub::constant(200, HTML, "<p>a proxy</p>");
    let ran = Program::new(&["run", "--target", "http://192.0.2.1/r4", "--timeout", "2"]).through(&stub).run();
    ran.ends_with(6).says("192.0.2.1").says("writes: allow");
    assert_eq!(stub.requests(), 0);
}

#[test]
pub(super) fn a_target_file_without_writes_is_refused_like_a_url() {
    let folder = Out::new("guard-file");
    folder.write("target.yaml", "base-url: http://192.0.2.1/r4\nfixtures:\n  booked: ['1']\n");
    let stub = Stub::constant(200, HTML, "<p>a proxy</p>");
    let file = format!("{}/target.yaml", folder.path());
    Program::new(&["run", "--target", &file, "--timeout", "2"]).through(&stub).run().ends_with(6);
    assert_eq!(stub.requests(), 0);
}

// Secrets.

#[test]
pub(super) fn a_secret_given_by_header_is_shown_and_recorded_nowhere() {
    let kind = Stub::constant(200, JSON, "{}");
    let refusing = Stub::constant(401, JSON, OUTCOME);
    let silent = format!("http://127.0.0.1:{}", closed_port());
    for (number, target) in [None, Some(kind.url()), Some(refusing.url()), Some(silent)].into_iter().enumerate() {
        assert_secret_is_kept(&format!("secret-{number}"), target.as_deref());
    }
}

#[test]
pub(super) fn a_secret_that_the_target_sends_back_is_shown_and_recorded_nowhere() {
    // As a gateway does that is set up for debugging.
    let gossip = Stub::start(|head| {
        let body = match head.contains("/metadata ") {
            true => r#"{"resourceType":"CapabilityStatement"}"#.to_owned(),
            false => {
                serde_json::json!({ "resourceType": "Appointment", "id": "1", "status": "booked", "comment": head })
                    .to_string()
            }
        };
        (200, JSON, body)
    });
    let folder = Out::new("gossip");
    folder.write("target.yaml", &format!("base-url: {}\nfixtures:\n  booked: ['1', '2', '3']\n", gossip.url()));
    let wrote = assert_secret_is_kept("secret-echoed", Some(&format!("{}/target.yaml", folder.path())));
    assert!(wrote.iter().any(|file| file.ends_with(".snap")), "no snapshot was written: {wrote:?}");
}

/// Runs with a secret, and gives the files that were written.
fn assert_secret_is_kept(name: &str, target: Option<&str>) -> Vec<String> {
    let folder = Out::new(name);
    let [out, snapshots] = ["out", "snapshots"].map(|part| folder.0.join(part).display().to_string());
    let [bearer, key] = ["Authorization: Bearer", "X-Api-Key:"].map(|name| format!("{name} {SECRET}"));
    let mut arguments =
        vec!["run", "if-match/missing", "--verbose", "--header", &bearer, "--header", &key, "--out", &out];
    arguments.extend(["--snapshots", "accept", "--snapshot-dir", &snapshots]);
    arguments.extend(target.iter().flat_map(|url| ["--target", url]));
    let ran = patchproof(&arguments);
    let place = target.unwrap_or("the reference server");
    assert!(!ran.stdout.contains(SECRET), "on standard output, with {place}");
    assert!(!ran.stderr.contains(SECRET), "on standard error, with {place}");
    for (file, bytes) in tree(&folder.0) {
        assert!(!String::from_utf8_lossy(&bytes).contains(SECRET), "in {file}, with {place}");
    }
    let files: Vec<String> = tree(&folder.0).into_iter().map(|(file, _)| file).collect();
    let recorded = files.iter().any(|file| file.ends_with("run.json"));
    assert!(ran.code == Some(3) || recorded, "nothing was recorded, with {place}");
    files
}

#[test]
pub(super) fn a_secret_in_a_malformed_header_option_is_not_repeated() {
    let ran = patchproof(&["run", "--header", &format!("Author ization: Bearer {SECRET}")]);
    ran.ends_with(2);
    assert!(!ran.stderr.contains(SECRET), "{}", ran.stderr);
}

// Loopback and proxies.

#[test]
pub(super) fn loopback_is_never_reached_through_a_proxy() {
    let proxy = Stub::constant(200, HTML, "<p>a proxy</p>");
    let target = Stub::of_fhir(412, JSON, OUTCOME);
    let by_name = target.url().replace("127.0.0.1", "localhost");
    for (code, arguments) in [(0, vec![]), (4, vec!["--target", &target.url()]), (4, vec!["--target", &by_name])] {
        let ran =
            Program::new(&[&["run", "if-match/missing", "--quiet"], &arguments[..]].concat()).through(&proxy).run();
        ran.ends_with(code);
        assert_eq!(proxy.requests(), 0, "{arguments:?} went through the proxy");
    }
}

// People.

#[test]
pub(super) fn what_a_host_that_is_not_loopback_says_of_people_is_recorded_only_where_the_target_file_says_so() {
    const PERSON: &str = "Erika Mustermann";
    // The host is reached through this stub as a proxy: nothing leaves this machine.
    let proxy = Stub::start(|head| {
        let body = match head.contains("/metadata ") {
            true => r#"{"resourceType":"CapabilityStatement"}"#.to_owned(),
            false => format!(
                r#"{{"resourceType":"Appointment","id":"1","status":"booked","comment":"{PERSON}","meta":{{"versionId":"1"}}}}"#
            ),
        };
        (200, JSON, body)
    });
    for (redact, expected) in [("", false), ("redact: phi\n", false), ("redact: none\n", true)] {
        let folder = Out::new("people");
        let target = format!(
            "base-url: http://sandbox.invalid/r4\nwrites: allow\ncreate: false\n{redact}fixtures:\n  booked: ['1', '2']\n"
        );
        folder.write("target.yaml", &target);
        let [file, out] = ["target.yaml", "out"].map(|part| folder.0.join(part).display().to_string());
        let ran = Program::new(&["run", "if-match/missing", "--verbose", "--target", &file, "--out", &out]);
        let ran = ran.through(&proxy).run();
        let written = tree(Path::new(&out)).iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains(PERSON));
        assert_eq!(written, expected, "{redact}\n{}", ran.stderr);
        assert!(expected || !ran.stdout.contains(PERSON), "{redact}\n{}", ran.stdout);
    }
    assert!(proxy.requests() > 0);
}

// Redirects.

#[test]
pub(super) fn a_redirect_is_recorded_and_not_followed() {
    let elsewhere = Stub::constant(200, JSON, "{}");
    // One header after the type, for a stub that knows no other.
    let header: &str = format!("{JSON}\r\nLocation: {}/r4/Appointment/1", elsewhere.url()).leak();
    let target = Stub::start(move |head| match head.starts_with("GET ") {
        true => (200, JSON, r#"{"resourceType":"CapabilityStatement"}"#.to_owned()),
        false => (308, header, String::new()),
    });
    let out = Out::new("redirect");
    let bearer = format!("Authorization: Bearer {SECRET}");
    patchproof(&["run", "if-match/", "-q", "--target", &target.url(), "--header", &bearer, "--out", out.path()]);
    assert_eq!(elsewhere.requests(), 0, "somebody followed the redirect");
    let record = fs::read_to_string(out.0.join("run.json")).unwrap();
    assert!(record.contains("308") && record.contains(&elsewhere.url()), "the redirect is not in the record");
}

// Files that others wrote.

#[test]
pub(super) fn a_file_beyond_every_bound_is_rejected_before_it_is_in_memory() {
    const MEMORY: u32 = 128 * 1024;
    let folder = Out::new("huge");
    patchproof(&["run", "if-match/missing", "-q", "--out", folder.path()]);
    let huge = folder.0.join("huge.yaml").display().to_string();
    // Takes no room on the disk.
    File::create(&huge).unwrap().set_len(3 << 30).unwrap();
    let table: [&[&str]; 6] = [
        &["check", &huge],
        &["run", "--scenarios", &huge],
        &["run", "--target", &huge],
        &["check-history", &huge],
        &["verify", folder.path(), "--key", &huge],
        &["sign", folder.path(), "--key", &huge],
    ];
    for arguments in table {
        Program::small(arguments, MEMORY).run().ends_with(2).says(&huge).says("larger than");
    }
}

#[test]
pub(super) fn an_id_that_could_lead_out_of_a_folder_is_rejected() {
    let folder = Out::new("escape");
    for id in ["../../elsewhere/case", "area/../../case", "/elsewhere/case", "area/..", ".hidden/case", "a\\..\\b/case"]
    {
        let text = format!(
            "kind: exchange\ntitle: Mine\ncases:\n  - id: '{id}'\n    title: One\n    verifies: [APPT-VER-04]\n    \
             steps:\n      - patch: advance\n        if-match: absent\n        expect: refused\n"
        );
        folder.write("mine.yaml", &text);
        patchproof(&["check", folder.path()]).ends_with(2).says("invalid case id");
    }
    patchproof(&["new", "case", "../case", "--verifies", "APPT-VER-04"]).ends_with(2);
}

// What is printed.

#[test]
pub(super) fn control_characters_of_a_target_do_not_reach_the_terminal() {
    let hostile = Stub::of_fhir(
        422,
        "application/fhir+json\r\nX-Title: \u{9b}31m\u{202e}",
        "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\u{7}\",\"code\":\"\\u001b]0;x\\u0007\",\
         \"diagnostics\":\"\u{1b}[2J\u{9b}2J\u{202e}\\u009b\"}]}",
    );
    let ran = patchproof(&["run", "if-match/", "--verbose", "--target", &hostile.url()]);
    let dangerous = |letter: char| letter != '\n' && (letter.is_control() || letter == '\u{202e}');
    for text in [&ran.stdout, &ran.stderr] {
        assert_eq!(text.lines().find(|line| line.contains(dangerous)), None);
    }
    assert!(ran.stdout.contains("422"), "nothing of the target was shown:\n{}", ran.stdout);
}

/// Every file below a folder, with its bytes.
fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => found.extend(tree(&path)),
            false => found.push((path.display().to_string(), fs::read(&path).unwrap())),
        }
    }
    found
}
