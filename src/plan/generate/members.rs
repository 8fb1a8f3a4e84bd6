//! JSON Patch documents on members: those an appointment has, those nobody lists, and those of another appointment.

use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Just, Strategy};
use serde_json::{Value, json};

use super::commands;
use super::palette::{Palette, operation};

/// One to four operations on members that an appointment has or may have (RFC 6902 semantics, only predicted in the base).
pub(super) fn real() -> BoxedStrategy<Value> {
    let operations = vec![
        operation("replace", "/status", json!("arrived")),
        operation("add", "/comment", json!("first")),
        operation("replace", "/comment", json!("second")),
        operation("replace", "/description", json!("a note")),
        operation("add", "/description", json!("a ~ and a /")),
        operation("add", "/priority", json!(3)),
        operation("replace", "/minutesDuration", json!(45)),
        operation("test", "/minutesDuration", json!(30.0)),
        operation("test", "/minutesDuration", json!(31)),
        operation("test", "/status", json!("booked")),
        operation("test", "/resourceType", json!("Appointment")),
        operation("add", "/reasonCode", json!([{ "text": "one" }])),
        operation("add", "/reasonCode/-", json!({ "text": "two" })),
        operation("add", "/reasonCode/0", json!({ "text": "zero" })),
        operation("replace", "/reasonCode/00", json!({ "text": "no" })),
        operation("add", "/reasonCode/7", json!({ "text": "too far" })),
        operation("replace", "/participant/0/status", json!("declined")),
        operation("replace", "/participant/0/status", json!("unheard-of")),
        operation("add", "/participant/-", json!({ "actor": { "reference": "Practitioner/1" }, "status": "accepted" })),
        operation("add", "/patientInstruction", json!("drink water")),
        operation("replace", "/status", json!("cancelled")),
        operation("replace", "/status", json!("Booked")),
        json!({ "op": "remove", "path": "/comment" }),
        json!({ "op": "remove", "path": "/reasonCode/0" }),
        json!({ "op": "remove", "path": "/reasonCode/-" }),
        json!({ "op": "remove", "path": "/status" }),
        json!({ "op": "remove", "path": "/end" }),
        json!({ "op": "move", "from": "/comment", "path": "/description" }),
        json!({ "op": "copy", "from": "/description", "path": "/comment" }),
        json!({ "op": "copy", "from": "/reasonCode/0", "path": "/reasonCode/-" }),
        json!({ "op": "move", "from": "/participant", "path": "/participant/0" }),
        json!({ "op": "move", "from": "/participant/0", "path": "/participant/-" }),
        json!({ "op": "copy", "from": "", "path": "/contained/-" }),
    ];
    vec(select(operations), 1..=4).prop_map(Value::from).boxed()
}

/// An operation on a pointer that no edition lists, alone or beside a documented change.
pub(super) fn unlisted(palette: Palette<'_>) -> BoxedStrategy<Value> {
    let op = select(vec!["replace", "add", "remove", "test", "move", "copy"]);
    let value = select(vec![json!("x"), json!(1), Value::Null, json!([]), json!({ "a": { "b": [1.0, -0.0] } })]);
    let single = (op, pointer(), pointer(), value).prop_map(|(op, path, from, value)| match op {
        "remove" => json!({ "op": op, "path": path }),
        "move" | "copy" => json!({ "op": op, "from": from, "path": path }),
        _ => operation(op, &path, value),
    });
    (single, commands::status(palette), 0..3_u8)
        .prop_map(|(single, documented, order)| {
            let mut list = vec![single];
            let beside = documented.as_array().cloned().unwrap_or_default();
            match order {
                1 => list.splice(0..0, beside).for_each(drop),
                2 => list.extend(beside),
                _ => {}
            }
            Value::from(list)
        })
        .boxed()
}

/// A JSON Pointer with the segments that readers of RFC 6901 get wrong.
fn pointer() -> BoxedStrategy<String> {
    let segment = proptest::prop_oneof![
        3 => select(vec!["description", "priority", "participant", "extension", "meta", "versionId", "text", "Status"]),
        2 => select(vec!["0", "1", "-", "00", "01", "-1", "+1", "1e0", "18446744073709551616", ""]),
        1 => select(vec!["~0", "~1", "~01", "m~1n", "status~1", "ünïcödé", "日本語", "a b", "%2F", "\\", "\"", "null"]),
    ]
    .prop_map(str::to_owned);
    let deep = (1..2000_usize).prop_map(|length| format!("/{}", "s".repeat(length)));
    proptest::prop_oneof![
        1 => select(vec!["/status/", "/Status", "//status", "/id", "/resourceType", "/implicitRules", "/status/0", ""])
            .prop_map(str::to_owned),
        4 => vec(segment, 1..5).prop_map(|parts| format!("/{}", parts.join("/"))),
        1 => deep,
        1 => Just("/modifierExtension".to_owned()),
    ]
    .boxed()
}

/// A patch that names another appointment (`$bystander`), which must stay as it is whatever becomes of this one.
pub(super) fn bystander() -> BoxedStrategy<Value> {
    let id = operation("replace", "/id", json!("$bystander"));
    let comment = operation("add", "/comment", json!("not yours"));
    select(vec![
        json!([id]),
        json!([comment, id]),
        json!([id, comment]),
        json!([operation("add", "/id", json!("$bystander"))]),
        json!([operation("replace", "/id", json!("Appointment/$bystander"))]),
        json!([operation("add", "/meta", json!({ "versionId": "1" })), id]),
        json!([operation("add", "/basedOn", json!([{ "reference": "Appointment/$bystander" }]))]),
        json!([operation("replace", "/../$bystander/status", json!("cancelled"))]),
    ])
    .boxed()
}
