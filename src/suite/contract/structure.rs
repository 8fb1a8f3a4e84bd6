//! The structure of a FHIR resource held against the table of members: required elements, JSON types, forms, codes, lists.

use serde_json::{Map, Value};

use super::Resources;
use super::member_type::{CodeSet, MemberType, Shape};
use crate::words::primitive::{Primitive, Unlike};

/// One thing in a resource that FHIR R4 does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructureFault {
    /// Where, as a JSON Pointer; of what is missing, the place where it would be.
    pub pointer: String,
    pub kind: StructureKind,
    /// What would be right, in words.
    pub expected: String,
    /// What is there, in words.
    pub found: String,
}

/// What is wrong at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StructureKind {
    /// R4 has no such member there.
    Unknown,
    /// A required element is not there.
    Missing,
    /// An object, a list or a text has nothing in it.
    Empty,
    /// A value of another JSON type than that of the element.
    JsonType,
    /// A value that has another form than its data type.
    Form,
    /// A code outside the value set.
    Code,
    /// More than one member of a choice.
    Choice,
}

/// So many are looked for at most.
const MOST: usize = 20;

impl Resources {
    /// What is wrong with the structure of a resource of a kind, in the order in which it stands there; not more than a
    /// handful. Members that rules of their own cover are passed over.
    pub fn faults(&self, kind: &str, resource: &Value) -> Vec<StructureFault> {
        let mut search = FaultSearch { resources: self, faults: Vec::new() };
        search.element(kind, resource, "");
        search.faults
    }
}

struct FaultSearch<'r> {
    resources: &'r Resources,
    faults: Vec<StructureFault>,
}

impl FaultSearch<'_> {
    fn add(&mut self, pointer: &str, kind: StructureKind, expected: impl Into<String>, found: impl Into<String>) {
        if self.faults.len() < MOST {
            let (pointer, expected, found) = (pointer.to_owned(), expected.into(), found.into());
            self.faults.push(StructureFault { pointer, kind, expected, found });
        }
    }

    /// A value of a type of the table.
    fn element(&mut self, owner: &str, value: &Value, pointer: &str) {
        let Some(members) = self.object(value, owner, pointer) else { return };
        for (name, value) in members {
            if self.faults.len() >= MOST {
                return;
            }
            let below = format!("{pointer}/{}", escaped(name));
            if self.resources.is_elsewhere(owner, name) {
                continue;
            }
            match (self.resources.member_of(owner, name), name.strip_prefix('_')) {
                (Some(member), _) => self.member(&member.clone(), value, members.get(&format!("_{name}")), &below),
                (None, Some(plain)) => match self.resources.member_of(owner, plain).cloned() {
                    Some(MemberType { is_list, of: Shape::Primitive(..), .. }) => {
                        self.beside(is_list, value, members.get(plain), &below);
                    }
                    Some(_) | None => self.unknown(owner, &below),
                },
                (None, None) => self.unknown(owner, &below),
            }
        }
        self.required(owner, members, pointer);
        self.choices(owner, members, pointer);
    }

    fn unknown(&mut self, owner: &str, below: &str) {
        self.add(below, StructureKind::Unknown, format!("members of {owner} in R4"), format!("{below}, which is none"));
    }

    /// The members of an object that is not empty.
    fn object<'v>(&mut self, value: &'v Value, what: &str, pointer: &str) -> Option<&'v Map<String, Value>> {
        match value {
            Value::Object(members) if !members.is_empty() => Some(members),
            Value::Object(_) => {
                self.add(pointer, StructureKind::Empty, format!("{what} with a value"), at(pointer, "an empty object"));
                None
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                let found = at(pointer, &shown(value));
                self.add(pointer, StructureKind::JsonType, format!("{what}, an object"), found);
                None
            }
        }
    }

    /// A member, with what stands under its name with a low line.
    fn member(&mut self, member: &MemberType, value: &Value, beside: Option<&Value>, pointer: &str) {
        match (member.is_list, value) {
            (true, Value::Array(items)) if items.is_empty() => {
                self.add(pointer, StructureKind::Empty, "a list that is not empty", at(pointer, "an empty list"));
            }
            (true, Value::Array(items)) => {
                for (number, item) in items.iter().enumerate() {
                    // In a list of primitive values null keeps the place of one that has extensions only.
                    let kept = || beside.and_then(|beside| beside.get(number)).is_some_and(Value::is_object);
                    if !(item.is_null() && matches!(member.of, Shape::Primitive(..)) && kept()) {
                        self.value(&member.of, item, &format!("{pointer}/{number}"));
                    }
                }
            }
            (true, _) => self.add(pointer, StructureKind::JsonType, "a list", at(pointer, &shown(value))),
            (false, _) => self.value(&member.of, value, pointer),
        }
    }

    fn value(&mut self, shape: &Shape, value: &Value, pointer: &str) {
        match shape {
            Shape::Primitive(kind, set) => self.primitive(*kind, set.as_ref(), value, pointer),
            Shape::Any => drop(self.object(value, "an element", pointer)),
            Shape::Opaque(name) => drop(self.object(value, name, pointer)),
            Shape::Resource => {
                let kind = self.object(value, "a resource", pointer).map(|members| members.get("resourceType"));
                if let Some(kind) = kind
                    && kind.and_then(Value::as_str).is_none_or(str::is_empty)
                {
                    let place = format!("{pointer}/resourceType");
                    let found = kind.map_or_else(|| format!("no {place}"), |kind| at(&place, &shown(kind)));
                    self.add(&place, StructureKind::Missing, "a resource with its resourceType", found);
                }
            }
            Shape::Type(name) => self.element(name, value, pointer),
        }
    }

    fn primitive(&mut self, kind: Primitive, set: Option<&CodeSet>, value: &Value, pointer: &str) {
        let found = || at(pointer, &shown(value));
        match (kind.check(value), value.as_str(), set) {
            (Err(Unlike::JsonType), _, _) => {
                self.add(pointer, StructureKind::JsonType, kind.in_words(), found());
            }
            (Err(Unlike::Form), Some(""), _) => {
                self.add(pointer, StructureKind::Empty, kind.in_words(), found());
            }
            (Err(Unlike::Form), _, _) => self.add(pointer, StructureKind::Form, kind.in_words(), found()),
            (Ok(()), Some(code), Some(set)) if !set.codes.iter().any(|known| known == code) => {
                let codes = set.codes.join(", ");
                self.add(pointer, StructureKind::Code, format!("a code of {} ({codes})", set.name), found());
            }
            (Ok(()), _, _) => {}
        }
    }

    /// The id and the extensions of a primitive value, or of each in a list.
    fn beside(&mut self, is_list: bool, value: &Value, plain: Option<&Value>, pointer: &str) {
        match (is_list, value) {
            (true, Value::Array(items)) if items.is_empty() => {
                self.add(pointer, StructureKind::Empty, "a list that is not empty", at(pointer, "an empty list"));
            }
            (true, Value::Array(items)) => {
                for (number, item) in items.iter().enumerate() {
                    let kept = || plain.and_then(|plain| plain.get(number)).is_some_and(|plain| !plain.is_null());
                    if !(item.is_null() && kept()) {
                        self.element("Element", item, &format!("{pointer}/{number}"));
                    }
                }
            }
            (true, _) => self.add(pointer, StructureKind::JsonType, "a list", at(pointer, &shown(value))),
            (false, _) => self.element("Element", value, pointer),
        }
    }

    /// A required primitive may have extensions in the place of its value.
    fn required(&mut self, owner: &str, members: &Map<String, Value>, pointer: &str) {
        let is_there = |name: &str| members.contains_key(name) || members.contains_key(&format!("_{name}"));
        let missing: Vec<String> =
            self.resources.required_of(owner).map(|(name, _)| name.to_owned()).filter(|name| !is_there(name)).collect();
        for name in missing.into_iter().filter(|name| !self.resources.is_elsewhere(owner, name)) {
            let place = format!("{pointer}/{name}");
            self.add(&place, StructureKind::Missing, format!("{owner} with {name}"), format!("no {place}"));
        }
        if let Some(kind) = members.get("resourceType")
            && pointer.is_empty()
            && kind.as_str() != Some(owner)
        {
            let found = at("/resourceType", &shown(kind));
            self.add("/resourceType", StructureKind::Code, format!("resourceType {owner}"), found);
        }
    }

    fn choices(&mut self, owner: &str, members: &Map<String, Value>, pointer: &str) {
        let chosen = members.keys().map(|name| name.strip_prefix('_').unwrap_or(name)).filter_map(|name| {
            let choice = self.resources.member_of(owner, name)?.choice.as_deref()?;
            Some((choice, name))
        });
        let mut chosen: Vec<(&str, &str)> = chosen.collect();
        chosen.sort_unstable();
        chosen.dedup();
        for pair in chosen.windows(2) {
            if let [(one, first), (other, second)] = pair
                && one == other
            {
                let place = format!("{pointer}/{second}");
                self.add(&place, StructureKind::Choice, format!("one {one}[x]"), format!("{first} and {second}"));
                return;
            }
        }
    }
}

fn at(pointer: &str, found: &str) -> String {
    if pointer.is_empty() { found.to_owned() } else { format!("{pointer} = {found}") }
}

/// A value for a message, not too long.
fn shown(value: &Value) -> String {
    /// More of it helps nobody.
    const LONGEST: usize = 80;
    let text = value.to_string();
    if text.chars().count() > LONGEST { format!("{}…", text.chars().take(LONGEST).collect::<String>()) } else { text }
}

/// A member's name in a JSON Pointer, not too long for a message.
fn escaped(name: &str) -> String {
    const LONGEST: usize = 60;
    let short: String = name.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    short.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
