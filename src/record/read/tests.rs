//! Every way in which a file is not a record, each told in one sentence that names the file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

/// The message of a record that cannot be read; one sentence that names the file.
fn told(error: &ReadError) -> String {
    let message = error.to_string();
    assert!(message.contains("run.json`") && !message.contains('\n'), "{message}");
    message
}

fn error(text: &str) -> ReadError {
    parse("run.json", text.as_bytes()).expect_err(text)
}

#[test]
fn a_file_that_is_not_there_cannot_be_read() {
    let error = bytes(Path::new("no/such/run.json")).unwrap_err();
    assert!(matches!(error, ReadError::Unreadable { .. }), "{error:?}");
    assert!(told(&error).starts_with("cannot read `no/such/run.json`: "), "{error}");
}

#[test]
fn a_file_beyond_the_bound_is_too_large_and_one_at_the_bound_is_not() {
    let folder = std::env::temp_dir().join(format!("patchproof-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("run.json");
    std::fs::write(&path, "12345678").unwrap();
    let (at_the_bound, beyond) = (bytes_up_to(&path, 8), bytes_up_to(&path, 7));
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(at_the_bound.unwrap(), b"12345678");
    let error = beyond.unwrap_err();
    assert!(matches!(error, ReadError::TooLarge { .. }), "{error:?}");
    assert!(told(&error).ends_with("is larger than 1 GiB: expected a record of at most that size"), "{error}");
    assert_eq!(MOST_BYTES, 1024 * 1024 * 1024);
}

#[test]
fn an_empty_file_and_one_of_blanks_are_empty() {
    for text in ["", " \n\t\r\n"] {
        assert!(matches!(error(text), ReadError::Empty { .. }), "{text:?}");
        assert!(told(&error(text)).starts_with("`run.json` is empty: expected a run.json"), "{text:?}");
    }
}

#[test]
fn a_file_that_ends_within_a_value_is_cut_short() {
    for text in ["{", r#"{"schema":"patchproof/run/4","to"#, "[1,"] {
        assert!(matches!(error(text), ReadError::CutShort { .. }), "{text}");
        assert!(told(&error(text)).contains("is cut short: EOF while parsing"), "{text}");
    }
}

#[test]
fn a_file_that_is_not_json_is_told_with_its_line() {
    for text in ["hello", "{\"a\" 1}", "<html>"] {
        assert!(matches!(error(text), ReadError::NotJson { .. }), "{text}");
        assert!(told(&error(text)).contains("is not JSON: ") && told(&error(text)).contains("line 1"), "{text}");
    }
}

#[test]
fn json_of_another_kind_is_not_a_record() {
    for text in ["[1, 2]", "3", r#"{"a": 1}"#, r#"{"schema": 4}"#, r#"{"schema": "patchproof/events/1"}"#] {
        assert!(matches!(error(text), ReadError::Foreign { .. }), "{text}");
        assert!(told(&error(text)).contains("is not a record of a run"), "{text}");
    }
}

#[test]
fn a_record_of_another_form_is_rejected_in_one_sentence_that_says_who_made_it() {
    let older = error(r#"{"schema": "patchproof/run/2", "tool": {"name": "patchproof", "version": "0.1.0"}, "x": []}"#);
    let reads = format!("and patchproof {} reads the form `{SCHEMA}`", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        told(&older),
        format!(
            "`run.json` is a record in the form `patchproof/run/2` of patchproof 0.1.0, {reads}; use the version of \
             patchproof that made it, or run again"
        )
    );
    for (text, advice) in [
        (r#"{"schema": "patchproof/run/999"}"#, "use the version of patchproof that made it, or a newer one"),
        (r#"{"schema": "patchproof/run/x", "tool": 3}"#, "use the version of patchproof that made it, or run again"),
    ] {
        assert!(matches!(error(text), ReadError::Schema { .. }), "{text}");
        assert!(told(&error(text)).ends_with(advice), "{text}: {}", error(text));
    }
}

#[test]
fn a_record_that_is_not_valid_is_told_with_the_place() {
    let text = |tool: &str| format!(r#"{{"schema": "{SCHEMA}", "tool": {tool}}}"#);
    for (tool, place) in [
        ("3", "at tool: "),
        (r#"{"name": "patchproof", "version": 1}"#, "at tool.version: "),
        (r#"{"name": "patchproof", "version": "1", "x": 1}"#, "at tool.x: unknown field `x`"),
        (r#"{"name": "patchproof", "version": "1"}"#, "at .: missing field"),
    ] {
        let error = error(&text(tool));
        assert!(matches!(error, ReadError::Malformed { .. }), "{tool}: {error:?}");
        assert!(told(&error).contains("is not a valid record") && told(&error).contains(place), "{tool}: {error}");
    }
}
