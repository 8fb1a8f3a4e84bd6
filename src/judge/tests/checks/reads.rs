//! Checks of what the reads around a request show.

use super::*;

#[test]
fn reads_before_and_after_are_compared() {
    let patch = exchange(received(200, &[], ""));
    let body = |version: &str, status: &str, more: Value| json!({ "meta": { "versionId": version }, "status": status, "text": { "div": version }, "more": more });
    let old = read(Some("W/\"1\""), body("1", "booked", json!(1)));
    let same = read(Some("W/\"1\""), body("1", "booked", json!(1)));
    let told_anew = read(Some("W/\"1\""), {
        let mut body = body("1", "booked", json!(1));
        body["text"]["div"] = json!("anew");
        body
    });
    let moved = read(Some("W/\"2\""), body("2", "booked", json!(1)));
    let retagged = read(Some("W/\"2\""), body("1", "booked", json!(1)));
    let new = read(Some("W/\"2\""), body("2", "arrived", json!(1)));
    let other = read(Some("W/\"2\""), body("2", "arrived", json!(2)));
    let gone = exchange(received(404, &[], "{}"));
    for (written, after, expected) in [
        (json!("unchanged"), &same, "holds"),
        (json!("unchanged"), &told_anew, "holds"),
        (json!("unchanged"), &moved, "broken"),
        (json!("unchanged"), &retagged, "broken"),
        (json!("unchanged"), &new, "broken"),
        (json!("unchanged"), &gone, "undecided"),
        (json!("same-content"), &same, "holds"),
        (json!("same-content"), &moved, "holds"),
        (json!("same-content"), &new, "broken"),
        (json!("same-content"), &gone, "undecided"),
        (json!("new-version"), &new, "holds"),
        (json!("new-version"), &moved, "void"),
        (json!("new-version"), &same, "void"),
        (json!("new-version"), &read(Some("W/\"1\""), body("1", "arrived", json!(1))), "broken"),
        (json!("new-version"), &read(None, body("1", "arrived", json!(1))), "broken"),
        (json!("new-version"), &read(None, json!({ "status": "arrived" })), "undecided"),
        (json!({ "only-changed": ["/status", "/meta", "/text"] }), &new, "holds"),
        (json!({ "only-changed": ["/stat", "/meta", "/text"] }), &new, "broken"),
        (json!({ "only-changed": ["/status", "/meta", "/text"] }), &other, "broken"),
        (json!({ "changed": ["/status"] }), &new, "holds"),
        (json!({ "changed": ["/status", "/more"] }), &new, "broken"),
        (json!({ "after": { "/status": "arrived" } }), &new, "holds"),
        (json!({ "after": { "/status": "arrived", "/more": 2 } }), &new, "broken"),
        (json!({ "after": { "/status": "arrived" } }), &gone, "undecided"),
        (json!({ "after-absent": ["/none"] }), &new, "holds"),
        (json!({ "after-absent": ["/none", "/more"] }), &new, "broken"),
        (json!({ "after-contains": { "div": "2" } }), &new, "holds"),
        (json!({ "after-contains": { "div": "3" } }), &new, "broken"),
        (json!({ "after-lacks": { "div": "3" } }), &new, "holds"),
        (json!({ "after-lacks": { "div": "2" } }), &new, "broken"),
    ] {
        assert_eq!(told(&written, &patch, Some(&old), Some(after)), expected, "{written} {after:?}");
    }
    assert_eq!(told(&json!("unchanged"), &patch, None, Some(&same)), "void");
    assert_eq!(told(&json!("same-content"), &patch, None, Some(&same)), "undecided");
    assert!(
        changed_nothing(&Bodies::default(), &Moving::default(), Some(&old), Some(&moved))
            && !changed_nothing(&Bodies::default(), &Moving::default(), Some(&old), Some(&new))
    );
    assert!(
        !changed_nothing(&Bodies::default(), &Moving::default(), None, Some(&new))
            && !changed_nothing(&Bodies::default(), &Moving::default(), Some(&old), Some(&gone))
    );
}

#[test]
fn the_tag_of_an_answer_is_the_version_of_the_next_read() {
    let answered = |tag: &str| exchange(received(200, &[("etag", tag)], ""));
    let meta = |version: &str| json!({ "meta": { "versionId": version } });
    let written = json!("tag-is-next-read");
    for (tag, read, expected) in [
        ("W/\"2\"", Some(read(Some("W/\"2\""), meta("2"))), "holds"),
        ("W/\"2\"", Some(read(Some("\"2\""), json!({}))), "holds"),
        ("W/\"2\"", Some(read(Some("W/\"3\""), meta("2"))), "broken"),
        ("W/\"2\"", Some(read(Some("2"), meta("2"))), "broken"),
        ("W/\"2\"", Some(read(Some("W/\"2\""), meta("3"))), "broken"),
        ("W/\"2\"", Some(read(None, meta("3"))), "broken"),
        ("W/\"2\"", Some(read(None, meta("2"))), "holds"),
        ("W/\"2\"", Some(read(None, json!({}))), "undecided"),
        ("W/\"2\"", None, "undecided"),
        ("2", None, "void"),
    ] {
        assert_eq!(told(&written, &answered(tag), None, read.as_ref()), expected, "{tag} {read:?}");
    }
    assert_eq!(told(&written, &exchange(received(200, &[], "")), None, None), "void");
    // A version of its own in the response counts before that of the next read.
    let before = read(Some("W/\"1\""), json!({ "status": "booked" }));
    let after = read(Some("W/\"1\""), json!({ "status": "arrived" }));
    assert_eq!(told(&json!("new-version"), &answered("W/\"2\""), Some(&before), Some(&after)), "holds");
    assert_eq!(told(&json!("new-version"), &answered("W/\"1\""), Some(&before), Some(&after)), "broken");
}

#[test]
fn last_modified_is_last_updated_give_or_take_a_second() {
    let written = json!("last-modified-is-last-updated");
    let patch = exchange(received(200, &[("last-modified", DATE)], ""));
    for (updated, expected) in [
        ("1994-11-06T08:49:37Z", "holds"),
        ("1994-11-06T08:49:38Z", "holds"),
        ("1994-11-06T08:49:36Z", "holds"),
        ("1994-11-06T08:49:39Z", "broken"),
        ("1994-11-06T08:49:35Z", "broken"),
        ("1994", "void"),
    ] {
        let after = read(None, json!({ "meta": { "lastUpdated": updated } }));
        assert_eq!(told(&written, &patch, None, Some(&after)), expected, "{updated}");
    }
    assert_eq!(told(&written, &patch, None, None), "void");
}

#[test]
fn an_appointment_that_nobody_addressed_stays_as_it_was() {
    let old = || Box::new(read(None, json!({ "a": 1 })));
    let answered = |status: u16| Box::new(exchange(received(status, &[], "{}")));
    let lost = Lost { kind: LostKind::Broken, message: "x".to_owned() };
    let lost = Box::new(Exchange { reply: Reply::Lost(lost), ..*answered(200) });
    for (before, after, expected) in [
        (old(), old(), "holds"),
        (old(), Box::new(read(None, json!({ "a": 2 }))), "broken"),
        (old(), answered(404), "broken"),
        (old(), answered(429), "undecided"),
        (old(), answered(503), "undecided"),
        (old(), lost, "undecided"),
        (answered(404), old(), "undecided"),
    ] {
        let seen = Beside { id: "8", before: &before, after: &after };
        assert_eq!(word(&beside(seen, &Bodies::default(), &Moving::default())), expected);
    }
}
