//! Puts values in the place of `$names` in documents, texts and checks.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::suite::scenario::{Check, mentions};

/// The values of the moment, by name without the dollar sign.
pub type Bindings = BTreeMap<String, Value>;

/// A value with every `$name` replaced: by the value itself where the text is nothing else, as text inside a longer text.
/// Names that are not bound stay as they are.
pub fn substitute(value: &Value, bindings: &Bindings) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('$').and_then(|name| bindings.get(name)) {
            Some(bound) => bound.clone(),
            None => Value::String(substitute_text(text, bindings)),
        },
        Value::Array(items) => Value::Array(items.iter().map(|item| substitute(item, bindings)).collect()),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(key, member)| (substitute_text(key, bindings), substitute(member, bindings)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// A text with every `$name` replaced. A name is taken whole: `$idd` is not `$id` with a letter behind it.
pub fn substitute_text(text: &str, bindings: &Bindings) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for mention in mentions(text) {
        let Some(value) = bindings.get(mention.name) else { continue };
        out.push_str(&text[done..mention.at]);
        match value {
            Value::String(text) => out.push_str(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                out.push_str(&value.to_string());
            }
        }
        done = mention.end();
    }
    out.push_str(&text[done..]);
    out
}

/// A check with its values replaced.
pub fn in_check(check: &Check, bindings: &Bindings) -> Check {
    match check {
        Check::After(members) => Check::After(in_members(members, bindings)),
        Check::BodyHas(members) => Check::BodyHas(in_members(members, bindings)),
        Check::AfterContains(value) => Check::AfterContains(substitute(value, bindings)),
        Check::AfterLacks(value) => Check::AfterLacks(substitute(value, bindings)),
        Check::Header(_)
        | Check::NotLater { .. }
        | Check::Outcome(_)
        | Check::Body(_)
        | Check::Json(_)
        | Check::AfterAbsent(_)
        | Check::OnlyChanged(_)
        | Check::OnlyNamed(_)
        | Check::HasEffect
        | Check::IdOfUrl
        | Check::LastUpdatedMoves
        | Check::LastUpdatedForwards
        | Check::GetsResponse(_)
        | Check::NoServerFailure
        | Check::ReadsAreFresh
        | Check::Changed(_)
        | Check::SameContent
        | Check::NewVersion
        | Check::TagIsNextRead
        | Check::TagAccepted(_)
        | Check::TagsUnique
        | Check::Resource(_)
        | Check::Served(_)
        | Check::LastModifiedIsLastUpdated
        | Check::EchoesRequestId
        | Check::NarrativeNamesStatus
        | Check::DeclaresPatch
        | Check::DeclaresPatchFormat
        | Check::WorksAsDeclared
        | Check::Status { .. }
        | Check::Unchanged
        | Check::ControlAccepted
        | Check::BystanderUnchanged
        | Check::EntirelyOldOrNew => check.clone(),
    }
}

fn in_members(members: &BTreeMap<String, Value>, bindings: &Bindings) -> BTreeMap<String, Value> {
    members.iter().map(|(pointer, value)| (substitute_text(pointer, bindings), substitute(value, bindings))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_replaced_whole_or_not_at_all() {
        let bindings = Bindings::from([("id".to_owned(), Value::from("4817")), ("slot".to_owned(), Value::from("S"))]);
        assert_eq!(substitute_text("$id-$idd/$id", &bindings), "4817-$idd/4817");
        assert_eq!(substitute_text("$slot,$slot-2,$slots,$.id", &bindings), "S,$slot-2,$slots,$.id");
        let document = serde_json::json!({ "$id": ["$idd", "$id"] });
        assert_eq!(substitute(&document, &bindings), serde_json::json!({ "4817": ["$idd", "4817"] }));
    }
}
