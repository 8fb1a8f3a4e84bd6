//! Bodies that are no patch document, or hardly one, and bodies of extreme size.

use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Strategy};

const OPERATION: &str = r#"{"op":"replace","path":"/status","value":"arrived"}"#;

/// Small bodies: not JSON, not an array, wrong types, missing and repeated members, a byte-order mark.
pub(super) fn malformed() -> BoxedStrategy<String> {
    let fixed = select(vec![
        OPERATION.to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        "null".to_owned(),
        "[".to_owned(),
        "[null]".to_owned(),
        "[[]]".to_owned(),
        "\"replace\"".to_owned(),
        "[1, 2]".to_owned(),
        format!("[{OPERATION}"),
        format!("[{OPERATION},]"),
        format!("[{OPERATION}] trailing"),
        format!("[{OPERATION}][{OPERATION}]"),
        format!("\u{feff}[{OPERATION}]"),
        format!("[{OPERATION}, 7]"),
        "op=replace&path=/status&value=arrived".to_owned(),
        "<diff><replace sel=\"status\">arrived</replace></diff>".to_owned(),
        r#"['op': 'replace']"#.to_owned(),
        "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"arri\u{1}ved\"}]".to_owned(),
        r#"[{"op":"replace","path":"/status","value":NaN}]"#.to_owned(),
    ]);
    proptest::prop_oneof![2 => fixed, 3 => operations()].boxed()
}

/// One operation object put together from members that may be missing, wrong or there twice.
fn operations() -> BoxedStrategy<String> {
    let op = select(vec![
        r#""op":"replace""#,
        r#""op":"Replace""#,
        r#""op":"merge""#,
        r#""op":1"#,
        r#""op":null"#,
        "",
        r#""op":"replace","op":"remove""#,
        r#""op":"test""#,
        r#""op":"move""#,
        r#""op":"copy","from":"status""#,
    ]);
    let path = select(vec![
        r#""path":"/status""#,
        r#""path":"status""#,
        r##""path":"#/status""##,
        r#""path":"/status~2""#,
        r#""path":"/~""#,
        r#""path":["status"]"#,
        r#""path":null"#,
        "",
        r#""path":"/status","path":"/description""#,
        r#""path":"$.status""#,
    ]);
    let value = select(vec![
        r#""value":"arrived""#,
        "",
        r#""value":null"#,
        r#""value":{"status":"arrived"}"#,
        r#""value":1e400"#,
        r#""value":"arrived","value":"cancelled""#,
        r#""value":"arrived","note":"of no concern""#,
    ]);
    (op, path, value)
        .prop_map(|(op, path, value)| {
            let members: Vec<&str> = [op, path, value].into_iter().filter(|own| !own.is_empty()).collect();
            format!("[{{{}}}]", members.join(","))
        })
        .boxed()
}

/// Deep nesting and up to 100 000 operations.
pub(super) fn huge() -> BoxedStrategy<String> {
    let arrays = (1..20_000_usize).prop_map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    let values = (1..5_000_usize).prop_map(|depth| {
        let (open, close) = ("{\"a\":".repeat(depth), "}".repeat(depth));
        format!(r#"[{{"op":"add","path":"/extension","value":{open}1{close}}}]"#)
    });
    let many = (1..=100_000_usize).prop_map(|count| {
        let list = vec![r#"{"op":"test","path":"/x","value":0}"#; count];
        format!("[{}]", list.join(","))
    });
    let long = (1..500_000_usize)
        .prop_map(|length| format!(r#"[{{"op":"replace","path":"/status","value":"{}"}}]"#, "a".repeat(length)));
    proptest::prop_oneof![2 => arrays, 2 => values, 1 => many, 1 => long].boxed()
}
