//! Checks of headers and dates.

use super::*;

#[test]
fn headers_are_held_to_their_form() {
    let form = |name: &str, form: &str| json!({ "header": { "name": name, "form": form } });
    let id = "a".repeat(64);
    let (fits, long) = (format!("W/\"{id}\""), format!("W/\"{id}a\""));
    for (written, headers, expected) in [
        (form("etag", "weak-version-tag"), vec![("etag", "W/\"a.B-3\"")], "holds"),
        (form("etag", "weak-version-tag"), vec![("etag", fits.as_str())], "holds"),
        (form("etag", "weak-version-tag"), vec![("etag", long.as_str())], "broken"),
        (form("etag", "weak-version-tag"), vec![("etag", "W/\"\"")], "broken"),
        (form("etag", "weak-version-tag"), vec![("etag", "W/\"a_b\"")], "broken"),
        (form("etag", "weak-version-tag"), vec![("etag", "\"3\"")], "broken"),
        (form("etag", "weak-version-tag"), vec![("etag", "W/\"3\""), ("etag", "W/\"3\"")], "broken"),
        (form("etag", "weak-version-tag"), vec![], "broken"),
        (form("etag", "version-tag"), vec![("etag", "W/\"3\"")], "holds"),
        (form("etag", "version-tag"), vec![("etag", "\"3\"")], "holds"),
        (form("etag", "version-tag"), vec![("etag", "\"a_b\"")], "broken"),
        (form("etag", "version-tag"), vec![("etag", "3")], "broken"),
        (form("etag", "entity-tag"), vec![("etag", "\"a_b\"")], "holds"),
        (form("etag", "entity-tag"), vec![("etag", "3")], "broken"),
        (form("etag", "entity-tag"), vec![("etag", "\"3\""), ("etag", "\"3\"")], "broken"),
        (form("date", "imf-fixdate"), vec![("date", DATE)], "holds"),
        (form("date", "imf-fixdate"), vec![("date", DATE), ("date", DATE)], "broken"),
        (form("date", "imf-fixdate"), vec![("date", "Sunday, 06-Nov-94 08:49:37 GMT")], "broken"),
        (form("x", "non-empty"), vec![("x", "1")], "holds"),
        (form("x", "non-empty"), vec![("x", " ")], "broken"),
        (form("content-type", "fhir-json"), vec![("content-type", "Application/FHIR+json ; charset=utf-8")], "holds"),
        (form("content-type", "fhir-json"), vec![("content-type", "application/json")], "broken"),
        (form("cache-control", "not-cacheable"), vec![("cache-control", "Max-Age=0")], "holds"),
        (form("cache-control", "not-cacheable"), vec![("cache-control", "max-age=3600")], "broken"),
        (json!({ "header": { "name": "x", "present": false } }), vec![], "holds"),
        (json!({ "header": { "name": "x", "present": false } }), vec![("x", "1")], "broken"),
        (json!({ "header": { "name": "x" } }), vec![("x", "1")], "holds"),
        (json!({ "header": { "name": "x" } }), vec![("y", "1")], "broken"),
        (json!({ "header": { "name": "x", "optional": true } }), vec![], "void"),
        (json!({ "header": { "name": "allow", "contains": "PATCH" } }), vec![("allow", "GET, patch;q=1")], "holds"),
        (
            json!({ "header": { "name": "allow", "contains": "PATCH" } }),
            vec![("allow", "GET"), ("allow", "PATCH")],
            "holds",
        ),
        (json!({ "header": { "name": "allow", "contains": "PATCH" } }), vec![("allow", "GET, PATCHES")], "broken"),
    ] {
        assert_eq!(alone(&written, 200, &headers, ""), expected, "{written} {headers:?}");
    }
}

#[test]
fn dates_are_compared_in_whole_seconds() {
    let written = json!({ "not-later": { "earlier": "last-modified", "later": "date", "slack": 2 } });
    let at = |second: u32| format!("Sun, 06 Nov 1994 08:49:{second:02} GMT");
    for (one, other, expected) in [(37, 37, "holds"), (39, 37, "holds"), (40, 37, "broken"), (30, 37, "holds")] {
        let (one, other) = (at(one), at(other));
        let headers = [("last-modified", one.as_str()), ("date", other.as_str())];
        assert_eq!(alone(&written, 200, &headers, ""), expected, "{one} {other}");
    }
    assert_eq!(alone(&written, 200, &[("date", DATE)], ""), "void");
    assert_eq!(alone(&written, 200, &[("date", DATE), ("last-modified", "x")], ""), "void");
    assert_eq!(http_date(DATE), Some(784_111_777));
    assert_eq!(http_date("Sunday, 06-Nov-94 08:49:37 GMT"), Some(784_111_777));
    assert_eq!(http_date("x"), None);
    assert!(is_imf_fixdate(DATE));
    assert!(!is_imf_fixdate("Sun, 31 Feb 1994 08:49:37 GMT"));
    assert!(!is_imf_fixdate("Sun Nov  6 08:49:37 1994"));
    assert_eq!(instant("1994-11-06T09:49:37.9+01:00"), Some(784_111_777));
    assert_eq!(instant("1994-11-06"), None);
}
