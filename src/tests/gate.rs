//! One gate out: whatever a scenario or a response asks for, requests go to the target and below its base URL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::sync::{Arc, Mutex};

use super::program::{Out, patchproof};
use super::stub::{JSON, STATEMENT, Stub, is_look};

/// The heads of the requests that a stub got.
type Heads = Arc<Mutex<Vec<String>>>;

/// A target whose appointments have this Location, this id and this version.
fn of_hostile(location: &'static str, id: &'static str, version: &'static str) -> (Stub, Heads) {
    let heads = Heads::default();
    let seen = heads.clone();
    let stub = Stub::start(move |head| {
        seen.lock().unwrap().push(head.to_owned());
        let [id, version] = [id, version].map(serde_json::Value::from);
        let slot = format!(r#"{{"resourceType":"Slot","id":{id},"status":"free"}}"#);
        if is_look(head) {
            return (200, JSON, STATEMENT.to_owned());
        }
        if head.starts_with("GET /r4/Slot") {
            return (200, JSON, format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{slot}}}]}}"#));
        }
        let body =
            format!(r#"{{"resourceType":"Appointment","id":{id},"status":"booked","meta":{{"versionId":{version}}}}}"#);
        if head.starts_with("POST ") {
            let kind: &str = format!("{JSON}\r\nLocation: {location}").leak();
            return (201, kind, body);
        }
        (200, JSON, body)
    });
    (stub, heads)
}

/// The request lines below the base URL that are no reads, searches or PATCHes of what has a sound id.
fn strange(heads: &Heads) -> Vec<String> {
    let heads = heads.lock().unwrap();
    let lines = heads.iter().filter_map(|head| head.lines().next().map(str::to_owned));
    let is_sound = |line: &String| {
        let path = line.split(' ').nth(1).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let is_id = |text: &&str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
        let known = ["metadata", "Appointment", "appointment", "Slot", "Patient", "_history"];
        segments.first() == Some(&"r4")
            && segments.get(1).is_some_and(|name| known.contains(name))
            && segments.iter().skip(2).filter(|segment| **segment != "_history").all(is_id)
            && line.split(' ').count() == 3
    };
    lines.filter(|line| !is_sound(line)).collect()
}

#[test]
pub(super) fn an_id_that_a_target_chose_leads_nowhere_else() {
    for (location, id, version) in [
        ("/r4/Appointment/../../admin/delete-all", "../../admin/delete-all", "1"),
        ("/r4/Appointment/..", "..", "1"),
        ("/r4/Appointment/%2e%2e%2fadmin", "%2e%2e%2fadmin", "1"),
        ("/r4/Appointment/", "1 HTTP/1.1\r\nHost: x\r\n\r\nDELETE /r4/Appointment/1", "1"),
        ("/r4/Appointment/1$expunge", "a?_method=DELETE", "1"),
        ("http://127.0.0.1:9/other/x", "@127.0.0.1:9/x", "1"),
        ("/r4/Appointment/good", "good", "../../admin/delete-all"),
        ("/r4/Appointment/good", "good", "1\r\nX-Evil: yes"),
        ("/r4/Appointment/good", "good", "1/$expunge?x=y#"),
    ] {
        let folder = Out::new("chosen-id");
        folder.write("mine.yaml", &history_case());
        for edition in ["fhir-r4", "2024-03"] {
            let (stub, heads) = of_hostile(location, id, version);
            let target = format!("{}/r4", stub.url());
            let ran = patchproof(&[
                "run",
                "--cases",
                "2",
                "--rounds",
                "1",
                "--target",
                &target,
                "--edition",
                edition,
                "--scenarios",
                folder.path(),
                "--quiet",
            ]);
            assert_ne!(ran.code, Some(5), "{}\n{}", ran.stdout, ran.stderr);
            assert_eq!(strange(&heads), [""; 0], "{id} {version}");
            let heads = heads.lock().unwrap();
            assert!(heads.len() > 1, "nothing was sent: {}", ran.stderr);
            assert!(!heads.iter().any(|head| head.to_lowercase().contains("x-evil")), "{id} {version}");
        }
    }
}

/// A case whose path names the version.
fn history_case() -> String {
    "kind: exchange\ntitle: Mine\ncases:\n  - id: mine/history\n    title: One\n    verifies: [APPT-VER-01]\n    \
     steps:\n      - request: { method: GET, path: '/Appointment/$id/_history/$version' }\n        expect: accepted\n"
        .to_owned()
}

#[test]
pub(super) fn no_scenario_sends_a_request_elsewhere() {
    let elsewhere = Stub::constant(200, JSON, "{}");
    let host = elsewhere.url().replace("http://", "");
    let case = |path: &str, each: &str| {
        format!(
            "kind: exchange\ntitle: Mine\ncases:\n  - id: mine/{{name}}\n    title: One\n    verifies: [APPT-VER-04]\n    \
             each: {{ one: '{each}' }}\n    steps:\n      - patch: advance\n        request: {{ path: '{path}' }}\n        \
             if-match: absent\n        expect: refused\n"
        )
    };
    // What the file itself shows is a mistake in the file.
    for path in
        [format!("@{host}/$each"), ".example/$each".to_owned(), "/../$each".to_owned(), "/%2e%2E/$each".to_owned()]
    {
        let folder = Out::new("elsewhere-file");
        folder.write("mine.yaml", &case(&path, "x"));
        patchproof(&["check", folder.path()]).ends_with(2).says("the path");
    }
    // What only comes of its values is not sent.
    for (path, each) in [
        ("$each", format!("@{host}/x")),
        ("$each", format!("//{host}/x")),
        ("/Appointment/$each", "../../admin".to_owned()),
        ("/Appointment/$each", "%2e%2e/admin".to_owned()),
        ("/Appointment/$each", "..\\admin".to_owned()),
    ] {
        let folder = Out::new("elsewhere");
        folder.write("mine.yaml", &case(path, &each));
        let (stub, heads) = of_hostile("/r4/Appointment/good", "good", "1");
        let ran = patchproof(&["run", "mine/", "--scenarios", folder.path(), "--target", &stub.url(), "-q"]);
        assert!(matches!(ran.code, Some(1 | 2 | 4)), "{each}: {}\n{}", ran.stdout, ran.stderr);
        let heads = heads.lock().unwrap();
        let is_wrong = |head: &&String| head.contains("admin") || head.contains(&format!("@{host}"));
        assert_eq!(heads.iter().find(is_wrong), None, "{each}");
    }
    assert_eq!(elsewhere.requests(), 0, "a request went to another server");
}
