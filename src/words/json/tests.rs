//! Deep values are read, and the limit has a name; what is not deep is read as serde_json reads it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;

use super::*;

fn nested(levels: usize) -> String {
    format!("{}1{}", "[{\"a\":".repeat(levels / 2), "}]".repeat(levels / 2))
}

fn on_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    on_deep_stack(run).unwrap()
}

#[test]
fn as_many_values_are_read_as_we_promise() {
    let texts = |count: usize| {
        let members = (0..count - 1).map(|number| format!("\"{number}\":0"));
        [format!("[{}]", vec!["0"; count - 1].join(",")), format!("{{{}}}", members.collect::<Vec<_>>().join(","))]
    };
    for text in texts(MAX_VALUES) {
        assert!(read(&text).is_ok() && !is_too_large(&text));
    }
    for text in texts(MAX_VALUES + 2) {
        assert_eq!(read(&text), Err(JsonError::TooMany));
        assert!(is_too_large(&text));
    }
    // Marks within a text are no values.
    let long = format!("[\"{}\"]", ",[{\\\"".repeat(MAX_VALUES));
    assert!(read(&long).is_ok() && !is_too_large(&long));
}

#[test]
fn the_limit_is_ten_thousand_levels() {
    on_stack(|| {
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(read(&nested(MAX_DEPTH + 2)), Err(JsonError::TooDeep));
        assert_eq!(read(&"[".repeat(MAX_VALUES / 2)), Err(JsonError::TooDeep));
        assert_eq!(read(&"[".repeat(10_000_000)), Err(JsonError::TooMany));
        assert!(!is_too_large(&nested(MAX_DEPTH)));
        assert!(is_too_large(&nested(MAX_DEPTH + 2)));
        assert!(!is_too_large(&format!("[{}1]", "[1],".repeat(MAX_DEPTH))));
    });
}

#[test]
fn a_deep_value_is_cloned_compared_written_and_dropped_within_the_stack() {
    on_stack(|| {
        let text = nested(MAX_DEPTH);
        let value = read(&text).unwrap();
        let copy = value.clone();
        assert!(copy == value);
        assert_eq!(copy.to_string(), text);
    });
}

#[test]
fn what_is_not_json_has_no_value_however_deep_it_is() {
    let deep = "[".repeat(200);
    let ends = "]".repeat(200);
    for inner in
        ["1,", "{\"a\"}", "{\"a\":1,}", "{1:1}", "01", "nul", "\"a", "\"\\x\"", "\"\u{1}\"", "1 2", "1]", "[1}"]
    {
        assert_eq!(read(&format!("{deep}{inner}{ends}")), Err(JsonError::Malformed), "{inner}");
    }
    assert_eq!(read(&format!("{deep}{ends}x")), Err(JsonError::Malformed));
    for text in ["", " ", "{", "\u{feff}{}", "'a'", "NaN"] {
        assert_eq!(read(text), Err(JsonError::Malformed), "{text}");
    }
}

#[test]
fn deep_and_flat_values_are_read_alike() {
    let inner = r#" { "a" : [ ] , "b":{},"c":[1,-2.5e3 , 18446744073709551615,true,false , null],"d":"\u00e9\\\"\ud83d\ude00 ü","a":[0.1] } "#;
    let plain: Value = serde_json::from_str(inner).unwrap();
    let mut value = &read(&format!("{}{inner}{}", "[".repeat(300), "]".repeat(300))).unwrap();
    while let Some(item) = value.as_array().and_then(|items| items.first()) {
        value = item;
    }
    assert_eq!(value, &plain);
    assert_eq!(read(inner).unwrap(), plain);
}
