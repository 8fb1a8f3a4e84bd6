//! The body of a PATCH in the model: which bytes are a patch document, and which rule each other body breaks.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::weighing::Weighing;
use crate::suite::contract::{Edition, PatchOp};

/// One operation that is sound by itself (RFC 6902 section 4).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operation {
    pub op: PatchOp,
    pub path: String,
    pub value: Option<Value>,
    pub from: Option<String>,
}

/// A server may refuse more than this for its size alone.
const MANY_BYTES: usize = 64 * 1024;
const MANY_OPERATIONS: usize = 200;
/// Beyond this the model does not read on: whether a server takes such a body is open, and nothing is said of an effect.
const TOO_MANY_BYTES: usize = 256 * 1024;

/// Reads the body, and says what is wrong with it. Gives nothing where nothing can be said about an effect.
pub(super) fn read(edition: Edition, body: &[u8], weighing: &mut Weighing) -> Option<Vec<Operation>> {
    if body.len() > MANY_BYTES {
        weighing.open();
    }
    if body.len() > TOO_MANY_BYTES {
        return None;
    }
    let (text, marked) = match body.strip_prefix(b"\xef\xbb\xbf") {
        // RFC 8259 section 8.1: a reader may ignore a byte-order mark or take it as an error.
        Some(rest) => (rest, true),
        None => (body, false),
    };
    if marked {
        weighing.open();
    }
    let twice = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let document = match ValueSeed(&twice).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value)) {
        Ok(document) => document,
        Err(error) if error.to_string().starts_with("recursion limit") => {
            weighing.open();
            return None;
        }
        Err(_) => {
            weighing.against("APPT-ERR-12");
            return None;
        }
    };
    if twice.get() {
        // Which of the two members counts is nobody's rule, so nothing can be said about the operations.
        weighing.doubt("APPT-RFC-10");
        return None;
    }
    let Value::Array(items) = document else {
        weighing.against("APPT-RFC-01");
        weighing.doubt("APPT-ERR-13");
        return None;
    };
    if items.is_empty() {
        weighing.doubt("APPT-OPS-24");
        weighing.change.touches = Some(Vec::new());
        return None;
    }
    if items.len() > MANY_OPERATIONS {
        weighing.open();
    }
    let mut operations = Vec::new();
    let mut sound = true;
    for item in items {
        match operation(edition, item, weighing) {
            Some(operation) => operations.push(operation),
            None => sound = false,
        }
        if weighing.against.len() > 8 {
            break;
        }
    }
    // What the sound operations would do beside an unsound one is no matter: nothing must happen at all.
    sound.then_some(operations)
}

fn operation(edition: Edition, item: Value, weighing: &mut Weighing) -> Option<Operation> {
    let Value::Object(mut members) = item else {
        weighing.against("APPT-RFC-01");
        return None;
    };
    let op = match members.get("op").and_then(Value::as_str).map(str::parse::<PatchOp>) {
        Some(Ok(op)) => op,
        Some(Err(_)) | None => {
            weighing.against("APPT-RFC-02");
            return None;
        }
    };
    let Some(path) = members.get("path").and_then(Value::as_str).map(str::to_owned) else {
        weighing.against("APPT-RFC-03");
        return None;
    };
    if !is_pointer(&path) {
        // One published example of 2019 leaves the slash out (OPS-25).
        match edition {
            Edition::May2019 if path == "status" => weighing.doubt("APPT-OPS-25"),
            Edition::May2019 | Edition::March2024 | Edition::FhirR4 => weighing.against("APPT-RFC-04"),
        }
        return None;
    }
    let value = members.remove("value");
    if value.is_none() && matches!(op, PatchOp::Add | PatchOp::Replace) {
        weighing.against("APPT-RFC-05");
        return None;
    }
    let from = members.get("from").and_then(Value::as_str).map(str::to_owned);
    let lame = (op == PatchOp::Test && value.is_none())
        || (op.has_from() && !from.as_deref().is_some_and(is_pointer))
        || path.len() > 1000;
    if lame {
        // RFC 6902 asks for these, but the catalogue has no requirement of its own about them.
        weighing.open();
        if op == PatchOp::Test || op.has_from() {
            return None;
        }
    }
    Some(Operation { op, path, value, from })
}

/// Empty, or begins with a slash; a tilde only in `~0` and `~1` (RFC 6901 section 3).
pub(super) fn is_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/')) && text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
}

/// Reads a JSON value and remembers whether some object has a member twice.
struct ValueSeed<'a>(&'a Cell<bool>);

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(ValueSeed(self.0))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let value = access.next_value_seed(ValueSeed(self.0))?;
            if members.insert(name, value).is_some() {
                self.0.set(true);
            }
        }
        Ok(Value::Object(members))
    }
}
