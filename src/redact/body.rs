//! JSON without protected values: the same structure and types, each text kept, or replaced by what it became before.

use serde_json::{Map, Number, Value};

use super::table::{self, Form};
use super::{Inner, Memory};
use crate::words::fhir::AppointmentStatus;

/// Where a value stands.
#[derive(Debug, Clone, Copy, Default)]
struct Place<'a> {
    /// The name of the member; that of the list for its elements.
    name: &'a str,
    /// The name of the member that holds it.
    within: &'a str,
    /// The type of the resource around it.
    resource: &'a str,
}

impl Inner {
    /// The document without protected values; `None` where it has none.
    pub(super) fn document(&self, value: &Value) -> Option<Value> {
        let mut memory = self.memory();
        let redacted = self.value(&mut memory, Place::default(), value);
        (redacted != *value).then_some(redacted)
    }

    fn value(&self, memory: &mut Memory, place: Place<'_>, value: &Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) => Value::Number(self.number(memory, place, number)),
            Value::String(text) => Value::String(self.text(memory, place, text)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(memory, place, item)).collect()),
            Value::Object(members) => Value::Object(self.object(memory, place, members)),
        }
    }

    fn object(&self, memory: &mut Memory, place: Place<'_>, members: &Map<String, Value>) -> Map<String, Value> {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let resource = text("resourceType").unwrap_or(place.resource);
        // The value of a patch operation stands where its path points.
        let target = text("op").and(text("path")).map(|path| {
            let mut names =
                path.rsplit('/').filter(|name| !name.is_empty() && name.parse::<u32>().is_err() && *name != "-");
            (names.next().unwrap_or_default(), names.next().unwrap_or_default())
        });
        let member = |(name, value): (&String, &Value)| {
            let inner = match (name.as_str(), target) {
                ("value", Some((name, within))) => Place { name, within, resource },
                _ => Place { name, within: place.name, resource },
            };
            (self.name(memory, name), self.value(memory, inner, value))
        };
        members.iter().map(member).collect()
    }

    /// The name of a member, where it looks like one.
    pub(super) fn name(&self, memory: &Memory, name: &str) -> String {
        let plain = name.len() <= 64
            && name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if plain || memory.authored.has(name) { name.to_owned() } else { self.placeholder("member", name) }
    }

    fn text(&self, memory: &mut Memory, place: Place<'_>, text: &str) -> String {
        if text.trim().is_empty() || memory.authored.has(text) {
            return text.to_owned();
        }
        if let Some(known) = memory.texts.get(text) {
            return known.clone().unwrap_or_else(|| text.to_owned());
        }
        let became = self.decide(memory, place, text);
        let kept = became == text;
        memory.texts.insert(text.to_owned(), (!kept).then(|| became.clone()));
        became
    }

    fn decide(&self, memory: &Memory, place: Place<'_>, text: &str) -> String {
        if place.name == "div" {
            return self.narrative(text);
        }
        let form = table::KEPT.iter().find(|(name, _)| *name == place.name).map(|(_, form)| *form);
        // A name has parts that look like codes, and an identifier that is one; only their systems are kept.
        let personal = matches!(place.within, "identifier" | "name" | "address") && form == Some(Form::Code);
        let kept = match form {
            Some(Form::Code) if personal => matches!(place.name, "use" | "type").then(|| text.to_owned()),
            Some(Form::Code) => is_code(text).then(|| text.to_owned()),
            Some(Form::Date) => is_date(text).then(|| text.to_owned()),
            Some(Form::Uri) => self.uri(&memory.authored, text),
            Some(Form::Reference) => Some(self.reference(&memory.authored, text)),
            Some(Form::Id) if table::IMPERSONAL.contains(&place.resource) => is_id(text).then(|| text.to_owned()),
            Some(Form::Path) => is_path(text).then(|| text.to_owned()),
            Some(Form::Id) | None => None,
        };
        kept.unwrap_or_else(|| self.placeholder(kind(place), text))
    }

    /// A narrative that names the same statuses (APPT-BASE-13 looks for them) and is well-formed XHTML.
    fn narrative(&self, text: &str) -> String {
        let lower = text.to_lowercase();
        let named: Vec<&str> =
            AppointmentStatus::ALL.iter().map(|status| status.code()).filter(|code| lower.contains(code)).collect();
        let placeholder = self.placeholder("narrative", text);
        format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{placeholder} {}</div>", named.join(", "))
    }

    /// Another number of the same kind, equal for equal values.
    fn number(&self, memory: &mut Memory, place: Place<'_>, number: &Number) -> Number {
        let shown = number.to_string();
        if memory.authored.has(&shown) {
            return number.clone();
        }
        // 1 and 1.0 are one value; what differs in value differs afterwards.
        let key = number.as_f64().map_or_else(|| shown.clone(), |value| value.to_string());
        let keep = table::NUMBERS.contains(&place.name);
        let token = || u64::from_str_radix(&self.token(&key), 16).unwrap_or_default();
        let known = memory.numbers.entry(key.clone()).or_insert_with(|| (!keep).then(token));
        match known {
            None => number.clone(),
            Some(token) if number.is_f64() => {
                // Below 2^48, so that it is exact.
                Number::from_f64(*token as f64).unwrap_or_else(|| Number::from(*token))
            }
            Some(token) => Number::from(*token),
        }
    }
}

fn kind(place: Place<'_>) -> &'static str {
    let of = |name: &str| table::KINDS.iter().find(|(member, _)| *member == name).map(|(_, kind)| *kind);
    of(place.name).or_else(|| of(place.within)).unwrap_or("text")
}

fn is_code(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"@<>\"'&".contains(&byte))
}

pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
}

fn is_date(text: &str) -> bool {
    (4..=40).contains(&text.len())
        && text.bytes().take(4).all(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || b"-:.+TZ".contains(&byte))
}

fn is_path(text: &str) -> bool {
    text.len() <= 200 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./[]()-~".contains(&byte))
}
