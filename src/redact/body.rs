//! JSON without protected values: the same structure and types, each text kept, or replaced by what it became before.

use serde_json::{Map, Number, Value};

use super::known::{self, is_type};
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
    /// The name of the member that holds that.
    above: &'a str,
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
                ("value", Some((name, within))) => Place { name, within, above: "", resource },
                _ => Place { name, within: place.name, above: place.within, resource },
            };
            (self.name(memory, name), self.value(memory, inner, value))
        };
        members.iter().map(member).collect()
    }

    /// The name of a member, where it looks like one.
    pub(super) fn name(&self, memory: &Memory, name: &str) -> String {
        let plain = name.len() <= 64
            && name.trim_start_matches('_').starts_with(|first: char| first.is_ascii_lowercase())
            && name.trim_start_matches('_').bytes().all(|byte| byte.is_ascii_alphabetic());
        if plain || memory.authored.has(name) || is_word(name) {
            name.to_owned()
        } else {
            self.placeholder("member", name)
        }
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
        let is_impersonal = table::IMPERSONAL.contains(&place.resource);
        let kept = match form {
            Some(Form::Code) => place.keeps_code(text).then(|| text.to_owned()),
            Some(Form::Version) => is_code(text).then(|| text.to_owned()),
            Some(Form::Date) => (is_date(text) && place.keeps_dates()).then(|| text.to_owned()),
            Some(Form::Uri) => self.uri(&memory.authored, text),
            Some(Form::Reference) => Some(self.reference(&memory.authored, text)),
            Some(Form::Id) if is_impersonal => is_id(text).then(|| text.to_owned()),
            Some(Form::Path) => is_path(text).then(|| text.to_owned()),
            Some(Form::Id) | None => None,
        };
        kept.unwrap_or_else(|| self.typed(place.name, kind(place), text))
    }

    /// A word that stands for a code, where it is known.
    pub(super) fn code(&self, kind: &str, text: &str) -> String {
        if self.memory().authored.has(text) || is_word(text) { text.to_owned() } else { self.placeholder(kind, text) }
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
        if memory.authored.has(&shown) || number.as_u64() == Some(0) {
            return number.clone();
        }
        let key = number.as_f64().map_or_else(|| shown.clone(), |value| value.to_string());
        let keep = || table::NUMBERS.contains(&place.name);
        let is_kept = *memory.numbers.entry(key).or_insert_with(keep);
        if is_kept { number.clone() } else { self.other_number(number) }
    }
}

impl Place<'_> {
    /// Whether a code may stand here: one that is known, or one of a system that is named beside it.
    fn keeps_code(self, text: &str) -> bool {
        // A name has parts that look like codes, and an identifier that is one; only their systems are kept.
        let is_personal =
            ["identifier", "name", "address", "telecom"].iter().any(|part| part.eq_ignore_ascii_case(self.within));
        match self.name {
            "use" | "type" | "system" if is_personal => is_word(text),
            _ if is_personal => false,
            "code" if matches!(self.within, "coding" | "security" | "tag" | "valueCoding") => is_code(text),
            "language" => is_language(text),
            "resourceType" => is_type(text) || is_word(text),
            _ if self.resource == "CapabilityStatement" => is_code(text),
            _ => is_word(text),
        }
    }

    /// Whether a date that stands here is one of an appointment, a slot or what is about no person either.
    fn keeps_dates(self) -> bool {
        let is_of_participant = self.within == "period" && self.above == "participant";
        let is_beside = matches!(self.within, "meta" | "requestedPeriod" | "software");
        let is_member = !matches!(self.name, "start" | "end") || self.within != "period";
        is_beside
            || (table::IMPERSONAL.contains(&self.resource) && (is_of_participant || is_member))
            // The value of an operation, by its path.
            || (self.resource.is_empty() && self.within.is_empty())
    }
}

/// Whether a text is a word that is known, as it is written in FHIR or in whatever case of letters.
fn is_word(text: &str) -> bool {
    known::is_word(&text.to_ascii_lowercase())
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_short = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    parts.next().is_some_and(|first| is_short(first, 2, 3))
        && parts.all(|part| is_short(part, 2, 4))
        && text.len() <= 10
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

/// Whether a text is a path of elements and places that are known.
fn is_path(text: &str) -> bool {
    let words = text.split(['.', '/', '[', ']', '(', ')']).filter(|word| !word.is_empty());
    let is_place = |word: &str| word == "-" || (word.len() <= 6 && word.bytes().all(|byte| byte.is_ascii_digit()));
    text.len() <= 200 && words.into_iter().all(|word| is_place(word) || is_word(word.trim_start_matches('_')))
}
