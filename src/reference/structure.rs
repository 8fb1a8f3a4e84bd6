//! Whether an object has the members that the contract's table gives its type, each with a value of its type.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::rejection::shorten;
use crate::suite::contract::{MemberType, Resources, Shape};

/// Holds the members of an object against the rows of its type.
///
/// # Errors
/// The first thing that is wrong, as a part of a sentence.
pub(super) fn check(table: &Resources, kind: &str, members: &Map<String, Value>) -> Result<(), String> {
    if members.is_empty() {
        return Err(format!("a {kind} is empty"));
    }
    let mut chosen = BTreeSet::new();
    for (name, value) in members {
        let plain = name.strip_prefix('_').unwrap_or(name);
        let is_beside = plain.len() != name.len();
        let Some(row) = table.member_of(kind, plain).filter(|row| !is_beside || is_primitive(row)) else {
            return Err(format!("`{}` is no member of a {kind}", shorten(name)));
        };
        if let Some(choice) = &row.choice
            && !chosen.contains(plain)
            && chosen.iter().any(|other: &&str| table.member_of(kind, other).is_some_and(|it| it.choice == row.choice))
        {
            return Err(format!("a {kind} has more than one `{choice}[x]`"));
        }
        chosen.insert(plain);
        let wrong = |what: String| format!("in `{name}`, {what}");
        match (row.is_list, value) {
            (true, Value::Array(items)) if !items.is_empty() => {
                let counterpart = if is_beside { plain.to_owned() } else { format!("_{name}") };
                let counterpart = members.get(&counterpart).and_then(Value::as_array);
                for (place, item) in items.iter().enumerate() {
                    let filled = || counterpart.and_then(|items| items.get(place)).is_some_and(|it| !it.is_null());
                    if !(item.is_null() && is_primitive(row) && filled()) {
                        one(table, row, is_beside, item).map_err(wrong)?;
                    }
                }
            }
            (true, _) => return Err(format!("`{name}` is no list with something in it")),
            (false, value) => one(table, row, is_beside, value).map_err(wrong)?,
        }
    }
    let lacks = |name: &str| !members.contains_key(name) && !members.contains_key(&format!("_{name}"));
    match table.required_of(kind).find(|(name, _)| lacks(name)) {
        Some((name, _)) => Err(format!("`{name}` of a {kind} is missing")),
        None => Ok(()),
    }
}

/// One value of a member, or what stands beside it.
fn one(table: &Resources, row: &MemberType, is_beside: bool, value: &Value) -> Result<(), String> {
    let object = || value.as_object().ok_or_else(|| format!("{} is no object", shorten(&value.to_string())));
    match &row.of {
        Shape::Primitive(..) if is_beside => check(table, "Element", object()?),
        Shape::Primitive(kind, codes) => {
            let of_set = |code: &str| codes.as_ref().is_none_or(|set| set.codes.iter().any(|known| known == code));
            let fits = kind.check(value).is_ok() && value.as_str().is_none_or(of_set);
            if fits { Ok(()) } else { Err(format!("{} is no {}", shorten(&value.to_string()), kind.in_words())) }
        }
        Shape::Type(kind) => check(table, kind, object()?),
        Shape::Resource => match object()?.get("resourceType").and_then(Value::as_str) {
            Some(kind) if !kind.is_empty() => Ok(()),
            Some(_) | None => Err("a resource has no `resourceType`".to_owned()),
        },
        Shape::Any | Shape::Opaque(_) if object()?.is_empty() => Err("an object is empty".to_owned()),
        Shape::Any | Shape::Opaque(_) => Ok(()),
    }
}

fn is_primitive(row: &MemberType) -> bool {
    match row.of {
        Shape::Primitive(..) => true,
        Shape::Any | Shape::Resource | Shape::Opaque(_) | Shape::Type(_) => false,
    }
}
