//! What is left behind by a request over which the server failed: the old state, the new one, or neither.

use super::*;
use crate::judge::check::{FailedPatch, LeftBehind};

/// What a document of these operations leaves behind, where a read shows this version, status and comment after it.
fn left(document: &Value, shown: (&str, &str, &str), commands: bool) -> LeftBehind {
    let body = |(version, status, comment): (&str, &str, &str)| {
        let meta = json!({ "versionId": version });
        json!({ "resourceType": "Appointment", "id": "a", "meta": meta, "status": status, "comment": comment })
    };
    let tag = |version: &str| format!("W/\"{version}\"");
    let mut patch = exchange(received(500, &[], ""));
    patch.request.body = Payload::Text(document.to_string());
    let before = read(Some(&tag("1")), body(("1", "booked", "-")));
    let after = read(Some(&tag(shown.0)), body(shown));
    let (bodies, moving) = (Bodies::default(), Moving::default());
    FailedPatch { patch: &patch, before: &before, after: &after, bodies: &bodies, moving: &moving, commands }
        .left_behind()
}

fn replace(path: &str, value: &str) -> Value {
    json!({ "op": "replace", "path": path, "value": value })
}

#[test]
fn a_change_is_whole_or_it_is_half() {
    let document = json!([replace("/status", "arrived"), replace("/comment", "new")]);
    let is_half = |shown, commands| matches!(left(&document, shown, commands), LeftBehind::Half(_));
    for commands in [false, true] {
        assert_eq!(left(&document, ("1", "booked", "-"), commands), LeftBehind::Old);
        assert_eq!(left(&document, ("2", "arrived", "new"), commands), LeftBehind::New);
        for half in [("2", "arrived", "-"), ("2", "booked", "new"), ("2", "booked", "-"), ("1", "arrived", "new")] {
            assert!(is_half(half, commands), "{half:?} {commands}");
        }
    }
    // A command may write its value in a form of its own.
    assert!(is_half(("2", "arrived", "third"), false) && !is_half(("2", "arrived", "third"), true));
    let LeftBehind::Half(found) = left(&document, ("2", "arrived", "-"), false) else { panic!("not half") };
    assert!(
        found.contains("changed: /status") && found.contains("/comment = ") && found.ends_with("as before"),
        "{found}"
    );
}

#[test]
fn what_asks_for_nothing_may_make_a_version_and_what_cannot_be_predicted_decides_nothing() {
    for commands in [false, true] {
        assert_eq!(left(&json!([replace("/status", "booked")]), ("2", "booked", "-"), commands), LeftBehind::New);
        let missing = json!([{ "op": "remove", "path": "/none" }]);
        assert_eq!(left(&missing, ("2", "arrived", "-"), commands), LeftBehind::Unknown);
    }
}

#[test]
fn a_place_in_a_list_is_a_role_in_a_command() {
    let resource = |version: &str, links: [&str; 2]| {
        let contained: Vec<Value> = links.iter().map(|link| json!({ "link": link })).collect();
        let meta = json!({ "versionId": version });
        read(
            Some(&format!("W/\"{version}\"")),
            json!({ "resourceType": "Appointment", "id": "a", "meta": meta, "contained": contained }),
        )
    };
    let mut patch = exchange(received(500, &[], ""));
    let document = json!([replace("/contained/0/link", "x"), replace("/contained/1/link", "y")]);
    patch.request.body = Payload::Text(document.to_string());
    let (before, after) = (resource("1", ["y", "-"]), resource("2", ["y", "x"]));
    let (bodies, moving) = (Bodies::default(), Moving::default());
    for (commands, is_half) in [(true, false), (false, true)] {
        let around =
            FailedPatch { patch: &patch, before: &before, after: &after, bodies: &bodies, moving: &moving, commands };
        assert_eq!(matches!(around.left_behind(), LeftBehind::Half(_)), is_half, "{commands}");
    }
}
