//! Bodies that are no patch document, or hardly one, and bodies of extreme size.

use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Strategy};

use crate::plan::Piece;

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
            let members: Vec<&str> = [op, path, value].into_iter().filter(|member| !member.is_empty()).collect();
            format!("[{{{}}}]", members.join(","))
        })
        .boxed()
}

/// Deep nesting and up to 100 000 operations, in pieces that are repeated.
pub(super) fn huge() -> BoxedStrategy<Vec<Piece>> {
    let times =
        |text: &str, times: usize| Piece { text: text.to_owned(), times: u32::try_from(times).unwrap_or(u32::MAX) };
    let arrays = (1..20_000_usize).prop_map(move |depth| vec![times("[", depth), times("]", depth)]);
    let values = (1..5_000_usize).prop_map(move |depth| {
        let head = Piece::once(r#"[{"op":"add","path":"/extension","value":"#);
        vec![head, times("{\"a\":", depth), Piece::once("1"), times("}", depth), Piece::once("}]")]
    });
    let many = (1..=100_000_usize).prop_map(move |count| {
        let operation = r#"{"op":"test","path":"/x","value":0}"#;
        vec![Piece::once("["), times(&format!("{operation},"), count - 1), Piece::once(format!("{operation}]"))]
    });
    let long = (1..500_000_usize).prop_map(move |length| {
        let head = Piece::once(r#"[{"op":"replace","path":"/status","value":""#);
        vec![head, times("a", length), Piece::once("\"}]")]
    });
    proptest::prop_oneof![2 => arrays, 2 => values, 1 => many, 1 => long].boxed()
}
