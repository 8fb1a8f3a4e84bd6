//! Where two JSON values differ: instants compare as instants and numbers by value, everything else exactly.

use serde_json::Value;

/// JSON pointers of the places where two values differ, outermost first; list elements are compared by index.
pub fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(before, after, String::new(), &mut found);
    found
}

/// Whether a pointer is another one or leads below it.
pub fn within(pointer: &str, prefix: &str) -> bool {
    pointer.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether two texts name the same moment, in whatever zone and precision.
pub fn same_instant(one: &str, other: &str) -> bool {
    match (one.parse::<jiff::Timestamp>(), other.parse::<jiff::Timestamp>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn collect(before: &Value, after: &Value, pointer: String, found: &mut Vec<String>) {
    match (before, after) {
        // Most parts are alike, and then nobody asks for their names.
        _ if before == after => {}
        (Value::Object(old), Value::Object(new)) => {
            for key in old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))) {
                let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                match (old.get(key), new.get(key)) {
                    (Some(old), Some(new)) => collect(old, new, pointer, found),
                    _ => found.push(pointer),
                }
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                collect(old, new, format!("{pointer}/{index}"), found);
            }
        }
        (Value::String(old), Value::String(new)) if same_instant(old, new) => {}
        (Value::Number(old), Value::Number(new)) if old.as_f64() == new.as_f64() && !is_whole(old, new) => {}
        _ => found.push(pointer),
    }
}

/// Two whole numbers that are not equal differ, even where a float would not distinguish them.
fn is_whole(one: &serde_json::Number, other: &serde_json::Number) -> bool {
    !one.is_f64() && !other.is_f64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_are_named_by_their_outermost_place() {
        let before = json!({ "a": { "b": [1, 2], "c~d": 1 }, "gone": 1, "same": [1] });
        let after = json!({ "a": { "b": [1, 3], "c~d": 2 }, "same": [1], "new": 1 });
        assert_eq!(differences(&before, &after), ["/a/b/1", "/a/c~0d", "/gone", "/new"]);
        assert_eq!(differences(&json!({ "a": [1] }), &json!({ "a": [1, 2] })), ["/a"]);
        assert_eq!(differences(&json!([null, "é"]), &json!([null, "e\u{301}"])), ["/1"]);
    }

    #[test]
    fn instants_compare_as_instants_and_numbers_by_value() {
        for (one, other, differ) in [
            (json!("2030-01-07T09:00:00Z"), json!("2030-01-07T10:00:00.000+01:00"), false),
            (json!("2030-01-07T09:00:00Z"), json!("2030-01-07T09:00:00.001Z"), true),
            (json!("2030-01-07"), json!("2030-01-07T00:00:00Z"), true),
            (json!(1), json!(1.0), false),
            (json!(1.5), json!(1.25), true),
            (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64), true),
            (json!(1), json!("1"), true),
        ] {
            assert_eq!(!differences(&one, &other).is_empty(), differ, "{one} {other}");
        }
    }

    #[test]
    fn a_pointer_is_within_itself_and_what_is_above_it() {
        assert!(within("/a/b", "/a") && within("/a", "/a") && within("/a", ""));
        assert!(!within("/ab", "/a") && !within("/a", "/a/b"));
    }
}
