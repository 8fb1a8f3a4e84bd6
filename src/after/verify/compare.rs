//! Compares what the record says with what follows from its evidence, member by member.

use serde::Serialize;
use serde_json::Value;

use super::difference::{Difference, DifferenceKind};

/// Adds a difference for every member that is not alike. What has no JSON form is equal to nothing.
pub(super) fn values<T: Serialize>(place: &str, recorded: &T, computed: &T, differences: &mut Vec<Difference>) {
    match (serde_json::to_value(recorded), serde_json::to_value(computed)) {
        (Ok(recorded), Ok(computed)) => compare(place, &recorded, &computed, differences),
        (Err(error), Ok(_) | Err(_)) | (Ok(_), Err(error)) => differences.push(Difference {
            kind: DifferenceKind::Judgement,
            place: place.to_owned(),
            recorded: "a value".to_owned(),
            computed: format!("it cannot be compared: {error}"),
        }),
    }
}

fn compare(place: &str, recorded: &Value, computed: &Value, differences: &mut Vec<Difference>) {
    match (recorded, computed) {
        _ if recorded == computed => {}
        (Value::Object(one), Value::Object(other)) => {
            for name in one.keys().chain(other.keys().filter(|name| !one.contains_key(*name))) {
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                match (one.get(name), other.get(name)) {
                    (Some(one), Some(other)) => compare(&place, one, other, differences),
                    // A member that is missing is a difference, even from one that is null.
                    (one, other) => differences.push(Difference {
                        kind: kind_of(&place),
                        place,
                        recorded: one.map_or_else(|| "nothing".to_owned(), shown),
                        computed: other.map_or_else(|| "nothing".to_owned(), shown),
                    }),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) => lists(place, one, other, differences),
        _ => differences.push(Difference {
            kind: kind_of(place),
            place: place.to_owned(),
            recorded: shown(recorded),
            computed: shown(computed),
        }),
    }
}

fn kind_of(place: &str) -> DifferenceKind {
    if place.starts_with("digests.") { DifferenceKind::Digest } else { DifferenceKind::Judgement }
}

/// Entries that have an id are compared with the one of the same id, others with the one at the same place.
fn lists(place: &str, recorded: &[Value], computed: &[Value], differences: &mut Vec<Difference>) {
    let id = |value: &Value| value.get("id").and_then(Value::as_str).map(str::to_owned);
    let named = !recorded.is_empty() && recorded.iter().chain(computed).all(|item| id(item).is_some());
    if !named {
        for number in 0..recorded.len().max(computed.len()) {
            let (one, other) = (recorded.get(number), computed.get(number));
            let place = format!("{place}[{number}]");
            compare(&place, one.unwrap_or(&Value::Null), other.unwrap_or(&Value::Null), differences);
        }
        return;
    }
    let names = |list: &[Value]| list.iter().filter_map(id).collect::<Vec<_>>();
    let (one, other) = (names(recorded), names(computed));
    let find = |list: &[Value], names: &[String], wanted: &String| {
        names.iter().position(|name| name == wanted).and_then(|number| list.get(number)).cloned().unwrap_or_default()
    };
    for name in one.iter().chain(other.iter().filter(|name| !one.contains(name))) {
        let place = format!("{place}[{name}]");
        compare(&place, &find(recorded, &one, name), &find(computed, &other, name), differences);
    }
    let (mut sorted, mut others) = (one.clone(), other.clone());
    sorted.sort();
    others.sort();
    if one != other && sorted == others {
        differences.push(Difference {
            kind: DifferenceKind::Judgement,
            place: place.to_owned(),
            recorded: "another order".to_owned(),
            computed: "the order of the catalogue".to_owned(),
        });
    } else if one.len() != other.len() && differences.iter().all(|difference| !difference.place.starts_with(place)) {
        differences.push(Difference {
            kind: DifferenceKind::Judgement,
            place: place.to_owned(),
            recorded: format!("{} entries", one.len()),
            computed: format!("{} entries", other.len()),
        });
    }
}

/// A value for a message: whole where it is short, absent as a word.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 300;
    let text = match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            let word = |name: &str| members.get(name).and_then(Value::as_str);
            match (word("verdict"), word("found").or(word("reason"))) {
                (Some(verdict), Some(why)) => format!("{verdict}: {why}"),
                _ => value.to_string(),
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::values;

    #[test]
    fn a_missing_member_is_a_difference_even_from_null() {
        for (recorded, computed) in [(json!({ "a": null }), json!({})), (json!({}), json!({ "a": null }))] {
            let mut differences = Vec::new();
            values("", &recorded, &computed, &mut differences);
            assert_eq!(differences.len(), 1, "{recorded} {computed}");
        }
    }

    #[test]
    fn what_has_no_json_form_is_equal_to_nothing() {
        let map = std::collections::BTreeMap::from([(vec![1], 1)]);
        let mut differences = Vec::new();
        values("", &map, &map, &mut differences);
        assert_eq!(differences.len(), 1);
    }
}
