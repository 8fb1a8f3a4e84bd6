//! Reads JSON (RFC 8259) without recursion, to a depth that is ours to name.

use serde_json::{Map, Value};

/// Levels of arrays and objects inside each other that are read.
pub const MAX_DEPTH: usize = 10_000;

/// Values in a JSON text that are read: each takes many times the bytes in memory that it has in the text.
pub const MAX_VALUES: usize = 500_000;

/// What may not stand before a JSON text that is sent (RFC 8259 section 8.1).
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// A text without the byte order mark before it: who reads JSON may pass over it.
pub fn unmarked(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Why a text has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// It is not JSON.
    #[error("not JSON")]
    Malformed,
    /// It may be JSON; it was not read to its end.
    #[error("JSON nested deeper than {MAX_DEPTH} levels, the limit of patchproof")]
    TooDeep,
    /// It may be JSON; it was not read.
    #[error("JSON of more than {MAX_VALUES} values, the limit of patchproof")]
    TooMany,
}

/// Bytes that the value of a JSON text takes in memory, roughly and rather too many.
pub fn size_in_memory(text: &str) -> usize {
    const OF_VALUE: usize = 100;
    text.len() + OF_VALUE * marks(text)
}

/// How often a value may begin in a text: no more values are in it.
fn marks(text: &str) -> usize {
    1 + text.bytes().filter(|byte| b"[{,:".contains(byte)).count()
}

/// Whether a text has more than [`MAX_VALUES`] values, as far as it is JSON.
fn has_too_many(text: &str) -> bool {
    if marks(text) <= MAX_VALUES {
        return false;
    }
    let (mut count, mut is_text, mut is_escaped) = (1, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            // The first value of an array or an object, and each behind a comma; that of an object is its member.
            b'[' | b'{' | b',' if !is_text => count += 1,
            _ => {}
        }
    }
    count > MAX_VALUES
}

/// The value of a JSON text. Of members with the same name the last counts, as serde_json has it.
///
/// # Errors
/// The text is not JSON, it is nested deeper than [`MAX_DEPTH`] levels, or it has more than [`MAX_VALUES`] values.
pub fn read(text: &str) -> Result<Value, JsonError> {
    if has_too_many(text) {
        return Err(JsonError::TooMany);
    }
    // serde_json is fast and recurses, so it stops at 128 levels; what it cannot read is read again.
    serde_json::from_str(text).or_else(|_| deep(text, &mut |_| {}))
}

/// Whether a text is nested deeper than [`MAX_DEPTH`] levels, as far as it is JSON, or has more than [`MAX_VALUES`] values.
pub fn is_too_large(text: &str) -> bool {
    // Few texts have as many brackets, and counting them is cheap.
    let brackets = text.bytes().filter(|byte| b"[{".contains(byte)).count();
    has_too_many(text) || (brackets > MAX_DEPTH && read(unmarked(text)) == Err(JsonError::TooDeep))
}

/// An array or an object that has not ended yet.
enum OpenValue {
    Array(Vec<Value>),
    /// The members so far, and the name whose value comes next.
    Object(Map<String, Value>, String),
}

/// As [`read`]; `repeated` is given the name of each member that an object has already.
pub(super) fn deep(text: &str, repeated: &mut dyn FnMut(&str)) -> Result<Value, JsonError> {
    let mut reader = JsonReader { text, place: 0 };
    let mut open: Vec<OpenValue> = Vec::new();
    loop {
        let mut value = match reader.begin()? {
            Begun::Value(value) => value,
            Begun::Nested(nested) => {
                if open.len() >= MAX_DEPTH {
                    return Err(JsonError::TooDeep);
                }
                open.push(nested);
                continue;
            }
        };
        // A value that ends may end what it stands in, too.
        loop {
            match open.pop() {
                None => return reader.end().map(|()| value),
                Some(OpenValue::Array(mut items)) => {
                    items.push(value);
                    if reader.goes_on(b']')? {
                        open.push(OpenValue::Array(items));
                        break;
                    }
                    value = Value::Array(items);
                }
                Some(OpenValue::Object(mut members, name)) => {
                    if members.contains_key(&name) {
                        repeated(&name);
                    }
                    members.insert(name, value);
                    if reader.goes_on(b'}')? {
                        let name = reader.name()?;
                        open.push(OpenValue::Object(members, name));
                        break;
                    }
                    value = Value::Object(members);
                }
            }
        }
    }
}

/// What begins at a place where a value is expected.
enum Begun {
    /// It is complete.
    Value(Value),
    /// Its first item or the value of its first member comes next.
    Nested(OpenValue),
}

struct JsonReader<'a> {
    text: &'a str,
    place: usize,
}

impl JsonReader<'_> {
    fn begin(&mut self) -> Result<Begun, JsonError> {
        match self.peek() {
            Some(b'[') => {
                self.place += 1;
                let empty = self.take(b']');
                Ok(if empty {
                    Begun::Value(Value::Array(Vec::new()))
                } else {
                    Begun::Nested(OpenValue::Array(Vec::new()))
                })
            }
            Some(b'{') => {
                self.place += 1;
                if self.take(b'}') {
                    return Ok(Begun::Value(Value::Object(Map::new())));
                }
                self.name().map(|name| Begun::Nested(OpenValue::Object(Map::new(), name)))
            }
            Some(b'"') => self.string().map(|text| Begun::Value(Value::String(text))),
            Some(_) => self.scalar().map(Begun::Value),
            None => Err(JsonError::Malformed),
        }
    }

    /// The name of a member and the colon behind it.
    fn name(&mut self) -> Result<String, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(JsonError::Malformed);
        }
        let name = self.string()?;
        if self.take(b':') { Ok(name) } else { Err(JsonError::Malformed) }
    }

    /// Whether another item follows, rather than the end of what they stand in.
    fn goes_on(&mut self, end: u8) -> Result<bool, JsonError> {
        if self.take(b',') {
            return Ok(true);
        }
        if self.take(end) { Ok(false) } else { Err(JsonError::Malformed) }
    }

    fn end(&mut self) -> Result<(), JsonError> {
        if self.peek().is_none() { Ok(()) } else { Err(JsonError::Malformed) }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        let bytes = self.text.as_bytes();
        let mut end = self.place + 1;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(_) => end += 1,
                None => return Err(JsonError::Malformed),
            }
        }
        self.flat(end + 1)
    }

    /// A number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Result<Value, JsonError> {
        let rest = self.text.as_bytes().get(self.place..).unwrap_or_default();
        let part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        let end = self.place + rest.iter().take_while(part).count();
        self.flat(end)
    }

    /// What stands up to a place and holds nothing nested.
    fn flat<T: serde::de::DeserializeOwned>(&mut self, end: usize) -> Result<T, JsonError> {
        let text = self.text.get(self.place..end).ok_or(JsonError::Malformed)?;
        self.place = end;
        serde_json::from_str(text).map_err(|_| JsonError::Malformed)
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.place..)?;
        let blank = rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        self.place += blank;
        rest.get(blank).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.place += usize::from(found);
        found
    }
}
