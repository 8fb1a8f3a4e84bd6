//! What reaches the files of a run and the terminal: no secret ever, and nothing about a person where it is redacted.
//!
//! The target is a real server that writes secrets and protected information into every place it has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine as _;
use serde_json::{Value, json};

const TOKEN: &str = "tok-3n-w1th/sl4sh+and\"quote";

/// Things about a person, one for each place. All contain `PHI`, so that one look finds each.
const PLACES: [&str; 24] = [
    "family",
    "given",
    "phone",
    "street",
    "city",
    "zip",
    "mrn",
    "birth",
    "comment",
    "note",
    "description",
    "display",
    "narrative",
    "instruction",
    "diagnostics",
    "details",
    "patient-id",
    "header",
    "location",
    "html",
    "extension",
    "unknown",
    "contained-id",
    "query",
];

fn planted(place: &str) -> String {
    format!("PHI {place} of Erika")
}

/// A patch server that keeps one version number for everything, and tells all it knows about Erika.
struct Planter {
    version: AtomicU64,
    outcome: bool,
}

fn appointment(id: &str, version: u64, echo: &str) -> Value {
    json!({
        "resourceType": "Appointment", "id": id, "status": "booked",
        "meta": { "versionId": version.to_string(), "lastUpdated": "2030-01-01T00:00:00Z" },
        "start": "2030-01-07T09:00:00Z", "end": "2030-01-07T09:30:00Z", "minutesDuration": 30,
        "text": { "status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{} booked</div>", planted("narrative")) },
        "identifier": [{ "system": "http://example.org/mrn", "value": planted("mrn") }],
        "comment": planted("comment"), "patientInstruction": planted("instruction"), "description": planted("description"),
        "note": [{ "text": planted("note") }],
        "extension": [{ "url": "http://example.org/x", "valueString": planted("extension") }],
        "echoed": echo,
        "strange": { "PHI member of Erika": planted("unknown") },
        "contained": [{
            "resourceType": "Patient", "id": "PHI-contained-id", "birthDate": "1961-PHI-birth",
            "name": [{ "family": planted("family"), "given": [planted("given")] }],
            "telecom": [{ "system": "phone", "value": planted("phone") }],
            "address": [{ "line": [planted("street")], "city": planted("city"), "postalCode": planted("zip") }],
        }],
        "participant": [{
            "status": "accepted",
            "actor": { "reference": "Patient/PHI-patient-id", "display": planted("display") },
        }],
    })
}

async fn answer(State(planter): State<Arc<Planter>>, headers: HeaderMap, request: Request<Body>) -> Response {
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let token = sent.trim_start_matches("Bearer ").to_owned();
    let encoded: String = token.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let echo = format!("{token} {encoded} {}", base64::engine::general_purpose::STANDARD.encode(format!("x:{token}")));
    let path = request.uri().path().to_owned();
    let id = path.rsplit('/').next().unwrap_or_default().to_owned();
    let patched = request.method() == "PATCH";
    let (status, kind, body) = match (path.ends_with("/metadata"), planter.outcome && patched) {
        (true, _) => (
            200,
            "application/fhir+json",
            json!({ "resourceType": "CapabilityStatement", "publisher": planted("unknown") }).to_string(),
        ),
        (false, true) if id.ends_with('7') => (400, "text/html", format!("<html>{} {echo}</html>", planted("html"))),
        (false, true) => (
            422,
            "application/fhir+json",
            json!({ "resourceType": "OperationOutcome", "issue": [{
            "severity": "error", "code": "business-rule", "diagnostics": format!("{} {echo}", planted("diagnostics")),
            "details": { "text": planted("details") },
        }], "access_token": "hush-hush-token" })
            .to_string(),
        ),
        (false, false) if request.method() == "POST" => (201, "application/fhir+json", String::new()),
        (false, false) => {
            let version = planter.version.fetch_add(u64::from(patched), Ordering::Relaxed);
            (200, "application/fhir+json", appointment(&id, version, &echo).to_string())
        }
    };
    let version = planter.version.load(Ordering::Relaxed);
    Response::builder()
        .status(status)
        .header("content-type", kind)
        .header("etag", format!("W/\"{version}\""))
        .header("set-cookie", "session=cookie-from-the-target")
        .header("x-about", planted("header"))
        .header("x-echo", encoded)
        .header("location", format!("/Appointment/4711{version}?patient=PHI-query"))
        .header("content-location", "/Patient/PHI-location")
        .body(Body::from(body))
        .unwrap()
}

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_patchproof"))
        .args(arguments)
        .env_remove("PATCHPROOF_TARGET")
        .env_remove("PATCHPROOF_EDITION")
        .output()
        .unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Runs against a planter, and gives everything that was written or printed.
async fn everything(outcome: bool, redact: &str) -> (String, PathBuf) {
    let router = Router::new().fallback(answer).with_state(Arc::new(Planter { version: AtomicU64::new(1), outcome }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/r4", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = std::env::temp_dir().join(format!("patchproof-evidence-{}", uuid::Uuid::new_v4()));
    let target = folder.join("target.yaml");
    std::fs::create_dir_all(&folder).unwrap();
    let ids: Vec<String> = (4000..4060).map(|id| format!("'{id}'")).collect();
    let text = format!(
        "base-url: {url}\nedition: 2019-05\ncreate: true\nredact: {redact}\nfixtures:\n  booked: [{}]\n",
        ids.join(", ")
    );
    std::fs::write(&target, text).unwrap();
    let (out, target) = (folder.join("out"), target.display().to_string());
    let header = format!("Authorization: Bearer {TOKEN}");
    let place = out.display().to_string();
    let arguments = [
        "run",
        "-v",
        "--target",
        &target,
        "--header",
        &header,
        "--out",
        &place,
        "--cases",
        "4",
        "--max-requests",
        "900",
    ];
    // The server has threads of its own.
    let ran = program(&arguments);
    server.abort();
    assert!(matches!(ran.status.code(), Some(1 | 4)), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut all = String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap();
    for file in files(&out) {
        all.push_str(&String::from_utf8_lossy(&std::fs::read(file).unwrap()));
    }
    (all, folder)
}

fn no_secret(all: &str) {
    let percent: String = TOKEN.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let base64 = base64::engine::general_purpose::STANDARD.encode(format!("x:{TOKEN}"));
    for secret in
        ["tok-3n", "and\\\"quote", percent.as_str(), base64.as_str(), "cookie-from-the-target", "hush-hush-token"]
    {
        assert!(!all.contains(secret), "{secret} was written");
    }
    assert!(all.contains("[secret]"), "secrets were there to be hidden");
}

fn verified(folder: &Path) {
    let file = folder.join("out/run.json").display().to_string();
    let told = program(&["verify", &file]);
    assert_eq!(told.status.code(), Some(0), "{}", String::from_utf8_lossy(&told.stdout));
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_about_a_person_and_no_secret_is_written_or_printed() {
    for outcome in [true, false] {
        let (all, folder) = everything(outcome, "phi").await;
        for place in PLACES {
            assert!(!all.contains(&planted(place)), "what stands in `{place}` was written");
        }
        assert!(!all.contains("PHI"), "{:?}", all.split("PHI").nth(1).map(|rest| rest.get(..60)));
        assert!(!all.contains("Erika"));
        for kind in
            ["[name:", "[telecom:", "[address:", "[identifier:", "[comment:", "[narrative:", "Patient/[id:", "[header:"]
        {
            assert!(all.contains(kind), "{kind} is nowhere");
        }
        no_secret(&all);
        verified(&folder);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redaction_people_are_seen_and_secrets_are_not() {
    let (all, folder) = everything(false, "none").await;
    for place in ["family", "comment", "narrative", "header"] {
        assert!(all.contains(&planted(place)), "what stands in `{place}` is missing");
    }
    no_secret(&all);
    verified(&folder);
}

#[test]
fn a_word_for_redaction_that_is_none_ends_with_2() {
    let ran = program(&["run", "--redact", "some"]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("expected none or phi"));
}

#[test]
fn a_record_that_was_changed_ends_with_1_and_names_the_place() {
    let folder = std::env::temp_dir().join(format!("patchproof-evidence-{}", uuid::Uuid::new_v4()));
    let place = folder.display().to_string();
    program(&["run", "if-match/missing", "--fault", "accept-missing-if-match", "-q", "--out", &place]);
    let file = folder.join("run.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("\"verdict\":\"fail\"", "\"verdict\":\"pass\"", 1)).unwrap();
    let name = file.display().to_string();
    let told = program(&["verify", &name]);
    let text = String::from_utf8(told.stdout).unwrap();
    assert_eq!(told.status.code(), Some(1), "{text}");
    assert!(text.contains("DIFFERS") && text.contains(".verdict") && text.contains("digests.record"), "{text}");
    let json: Value = serde_json::from_slice(&program(&["verify", &name, "--format", "json"]).stdout).unwrap();
    assert_eq!(json["agrees"], false);
    assert!(json["differences"].as_array().unwrap().iter().any(|difference| difference["kind"] == "digest"));
    std::fs::write(&file, "{").unwrap();
    let told = program(&["verify", &name]);
    assert_eq!(told.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&told.stderr).contains("is cut short"));
    std::fs::remove_dir_all(folder).unwrap();
}
