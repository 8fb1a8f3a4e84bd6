//! Masking that neither leaks nor lies: a secret comes back in every encoding and nobody sees it, and words of the contract
//! stay what they are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::fs;
use std::path::Path;

use super::program::{Out, Program, Ran, patchproof};
use super::stub::{JSON, STATEMENT, Stub, is_look};

const SECRET: &str = "pl4nted/s3cret+value";

/// The secret in the forms in which a target may send it back.
fn forms() -> Vec<String> {
    let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let unicode: String = SECRET.chars().map(|letter| format!("\\u{:04X}", u32::from(letter))).collect();
    let entities: String = SECRET.chars().map(|letter| format!("&#{};", u32::from(letter))).collect();
    let hexadecimal: String = SECRET.chars().map(|letter| format!("&#x{:x};", u32::from(letter))).collect();
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    vec![
        SECRET.to_owned(),
        SECRET.to_uppercase(),
        SECRET.replace('/', "\\/"),
        SECRET.replace('/', "%2f").replace('+', "%2b"),
        percent.to_lowercase(),
        percent.replace('%', "%25"),
        percent,
        unicode.replace('\\', "\\\\"),
        unicode,
        entities,
        hexadecimal,
        hex,
    ]
}

/// What of a secret is left in a text, however it is written there.
fn leak(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    forms().into_iter().find(|form| lower.contains(&form.to_lowercase()))
}

/// Fails where the secret is printed, or in a file.
fn assert_unseen(ran: &Ran, folder: &Path, place: &str) {
    for (name, text) in [("standard output", &ran.stdout), ("standard error", &ran.stderr)] {
        assert_eq!(leak(text), None, "on {name}: {place}");
    }
    for entry in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
        match entry.is_dir() {
            true => assert_unseen(ran, &entry, place),
            false => {
                assert_eq!(leak(&String::from_utf8_lossy(&fs::read(&entry).unwrap())), None, "in {entry:?}: {place}")
            }
        }
    }
}

#[test]
pub(super) fn a_secret_comes_back_in_no_encoding_and_in_no_place() {
    for (number, form) in forms().into_iter().enumerate() {
        let json = form.clone();
        let stub = Stub::start(move |head| {
            let outcome = format!(
                r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"error","code":"{json}","diagnostics":"no {json}!","expression":["{json}"]}}]}}"#
            );
            let header = json.replace('\\', "");
            let kind: &str = format!("{JSON}; x=\"{header}\"\r\nLocation: /r4/{header}\r\nX-Echo: a{header}b\r\nWWW-Authenticate: Bearer realm=\"{header}\"").leak();
            match is_look(head) {
                true => (200, JSON, STATEMENT.to_owned()),
                false if head.starts_with("PATCH ") => (422, kind, outcome),
                // Cut off in the middle.
                false if head.starts_with("POST ") => (422, kind, outcome[..outcome.len() / 2].to_owned()),
                false => {
                    let body = format!(
                        r#"{{"resourceType":"Appointment","id":"1","status":"booked","comment":"{json}","{json}":1,"text":{{"div":"<div>{json}</div>"}}}}"#
                    );
                    (200, kind, body)
                }
            }
        });
        let folder = Out::new(&format!("planted-{number}"));
        folder.write("target.yaml", &format!("base-url: {}/r4\nfixtures:\n  booked: ['1', '2']\n", stub.url()));
        let [target, out, snapshots] =
            ["target.yaml", "out", "snapshots"].map(|name| folder.0.join(name).display().to_string());
        for header in [
            format!("Authorization: Bearer {SECRET}"),
            format!("Cookie: a=b; sid={SECRET}"),
            format!("X-Api-Key: {SECRET}"),
        ] {
            let ran = patchproof(&[
                "run",
                "if-match/",
                "authentication/",
                "--verbose",
                "--target",
                &target,
                "--header",
                &header,
                "--out",
                &out,
                "--snapshots",
                "accept",
                "--snapshot-dir",
                &snapshots,
            ]);
            assert_unseen(&ran, &folder.0, &format!("{header} as {form}"));
            assert!(matches!(ran.code, Some(1 | 4)), "{}\n{}", ran.stdout, ran.stderr);
            patchproof(&["verify", &out]).ends_with(0);
        }
        let events = patchproof(&[
            "run",
            "if-match/missing",
            "--events",
            "--target",
            &target,
            "--header",
            &format!("X-Token: {SECRET}"),
        ]);
        assert_unseen(&events, &folder.0, "events");
    }
}

#[test]
pub(super) fn a_message_about_a_target_file_shows_no_secret() {
    let folder = Out::new("planted-file");
    let base = "base-url: http://127.0.0.1:1/r4\n";
    for text in [
        format!("{base}headers:\n  authorization: [\"Bearer {SECRET}\"]\n"),
        format!("{base}headers:\n  authorization: \"Bearer {SECRET}\n"),
        format!("{base}headers: Bearer {SECRET}\n"),
        format!("{base}x-api-key: {SECRET}\n"),
        format!("base-url: http://me:{SECRET}@127.0.0.1:1/r4\n"),
        format!("Bearer {SECRET}\n"),
    ] {
        folder.write("target.yaml", &text);
        let file = folder.0.join("target.yaml").display().to_string();
        for command in ["run", "plan"] {
            let ran = patchproof(&[command, "--target", &file]);
            ran.ends_with(2).says("target.yaml");
            assert_eq!(leak(&ran.stderr).or(leak(&ran.stdout)), None, "{text}\n{}", ran.stderr);
        }
    }
}

#[test]
pub(super) fn a_password_in_a_url_is_printed_nowhere() {
    let password = "pa55word";
    for url in [
        format!("http://user:{password}@127.0.0.1:1/r4"),
        format!("HTTP://user:{password}@127.0.0.1:1/r4"),
        format!("http://127.0.0.1:1/r4?key={password}"),
        format!("http://127.0.0.1:1/r4#{password}"),
        format!("user:{password}@127.0.0.1:1/r4"),
        format!("ftp://user:{password}@127.0.0.1:1/r4"),
    ] {
        let ran = patchproof(&["run", "--target", &url]);
        ran.ends_with(2);
        assert!(!ran.stderr.contains(password) && !ran.stdout.contains(password), "{}", ran.stderr);
    }
    let mut program = Program::new(&["run", "--target", "http://sandbox.invalid/r4"]);
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        program.0.env(name, format!("socks5://user:{password}@127.0.0.1:1"));
    }
    assert!(!program.run().stderr.contains(password));
}

#[test]
pub(super) fn a_header_that_is_a_word_of_the_contract_changes_no_verdict() {
    let out = Out::new("words");
    let verdicts = |header: &str| {
        let header = if header.is_empty() { vec![] } else { vec!["--header", header] };
        patchproof(
            &[
                &["run", "--edition", "fhir-r4", "--cases", "1", "--rounds", "1", "-q", "--out", out.path()],
                &header[..],
            ]
            .concat(),
        )
        .ends_with(0);
        patchproof(&["verify", out.path()]).ends_with(0);
        let record = out.record();
        let cases = record["cases"].as_array().unwrap().iter();
        cases.map(|case| (case["id"].to_string(), case["verdict"].to_string())).collect::<Vec<_>>()
    };
    let plain = verdicts("");
    for header in [
        "Accept: application/fhir+json",
        "X-Word: status",
        "X-Token: booked",
        "Cookie: a=Appointment; b=/status",
        "Cookie: a=booked",
        // What is in no file of ours, and is sent all the same.
        "X-Token: 2030-01-07T08:00:00Z",
        "X-Token: to-cancel",
    ] {
        assert_eq!(verdicts(header), plain, "{header}");
    }
}

#[test]
pub(super) fn a_mask_that_would_change_a_verdict_is_an_error_that_is_named() {
    // Two appointments that are one once their ids are masked.
    let out = Out::new("collision");
    let run = ["run", "--cases", "1", "--rounds", "1", "--out", out.path(), "--header", "X-Token: 4817501", "--header"];
    let ran = patchproof(&[&run[..], &["X-Api-Key: 4817502"]].concat());
    ran.ends_with(5);
    assert!(ran.stdout.contains("the harness failed: what is masked"), "{}", ran.stdout);
    let record = out.record();
    assert_eq!(record["summary"]["verdict"], "error");
    assert!(record["not_run"].as_array().unwrap().iter().any(|not_run| not_run["kind"] == "harness-failed"));
}
