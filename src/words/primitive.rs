//! The primitive data types of FHIR R4: what JSON each is written as, and the form of its values.

use std::str::FromStr;

use serde_json::{Number, Value};

/// A primitive data type (FHIR R4, Data Types), and the markup of a narrative, which is written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Primitive {
    Base64Binary,
    Boolean,
    Canonical,
    Code,
    Date,
    DateTime,
    Decimal,
    Id,
    Instant,
    Integer,
    Markdown,
    Markup,
    Oid,
    PositiveInt,
    String,
    Time,
    UnsignedInt,
    Uri,
    Url,
    Uuid,
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlike {
    /// It is of another JSON type.
    JsonType,
    /// It is of the JSON type, and has another form.
    Form,
}

impl Primitive {
    /// All of them, in the order of the alphabet.
    pub const ALL: [Primitive; 20] = [
        Primitive::Base64Binary,
        Primitive::Boolean,
        Primitive::Canonical,
        Primitive::Code,
        Primitive::Date,
        Primitive::DateTime,
        Primitive::Decimal,
        Primitive::Id,
        Primitive::Instant,
        Primitive::Integer,
        Primitive::Markdown,
        Primitive::Markup,
        Primitive::Oid,
        Primitive::PositiveInt,
        Primitive::String,
        Primitive::Time,
        Primitive::UnsignedInt,
        Primitive::Uri,
        Primitive::Url,
        Primitive::Uuid,
    ];

    /// The name of the type.
    pub const fn name(self) -> &'static str {
        match self {
            Primitive::Base64Binary => "base64Binary",
            Primitive::Boolean => "boolean",
            Primitive::Canonical => "canonical",
            Primitive::Code => "code",
            Primitive::Date => "date",
            Primitive::DateTime => "dateTime",
            Primitive::Decimal => "decimal",
            Primitive::Id => "id",
            Primitive::Instant => "instant",
            Primitive::Integer => "integer",
            Primitive::Markdown => "markdown",
            Primitive::Markup => "markup",
            Primitive::Oid => "oid",
            Primitive::PositiveInt => "positiveInt",
            Primitive::String => "string",
            Primitive::Time => "time",
            Primitive::UnsignedInt => "unsignedInt",
            Primitive::Uri => "uri",
            Primitive::Url => "url",
            Primitive::Uuid => "uuid",
        }
    }

    /// What a value of the type is, in a few words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Primitive::Base64Binary => "base64Binary (text in base64)",
            Primitive::Boolean => "boolean (true or false)",
            Primitive::Canonical => "canonical (text without blanks)",
            Primitive::Code => "code (words with single blanks between them)",
            Primitive::Date => "date (YYYY, YYYY-MM or YYYY-MM-DD)",
            Primitive::DateTime => "dateTime (a date, or date and time with an offset)",
            Primitive::Decimal => "decimal (a number)",
            Primitive::Id => "id (1 to 64 letters, digits, `-` and `.`)",
            Primitive::Instant => "instant (date and time to the second, with an offset)",
            Primitive::Integer => "integer (a whole number of 32 bits)",
            Primitive::Markdown => "markdown (text that is not empty)",
            Primitive::Markup => "XHTML in a string that is not empty",
            Primitive::Oid => "oid (urn:oid: and numbers)",
            Primitive::PositiveInt => "positiveInt (a whole number from 1)",
            Primitive::String => "string (text that is not empty)",
            Primitive::Time => "time (hh:mm:ss)",
            Primitive::UnsignedInt => "unsignedInt (a whole number from 0)",
            Primitive::Uri => "uri (text without blanks)",
            Primitive::Url => "url (text without blanks)",
            Primitive::Uuid => "uuid (urn:uuid: and a UUID in lower case)",
        }
    }

    /// Holds a value against the type.
    ///
    /// # Errors
    /// What it is unlike.
    pub fn check(self, value: &Value) -> Result<(), Unlike> {
        let fits = match (self, value) {
            (Primitive::Boolean, Value::Bool(_)) | (Primitive::Decimal, Value::Number(_)) => true,
            (Primitive::Integer, Value::Number(number)) => whole(number, i64::from(i32::MIN)),
            (Primitive::UnsignedInt, Value::Number(number)) => whole(number, 0),
            (Primitive::PositiveInt, Value::Number(number)) => whole(number, 1),
            (Primitive::Boolean | Primitive::Decimal | Primitive::Integer, _)
            | (Primitive::UnsignedInt | Primitive::PositiveInt, _) => return Err(Unlike::JsonType),
            (_, Value::String(text)) => self.is_written(text),
            (_, Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                return Err(Unlike::JsonType);
            }
        };
        if fits { Ok(()) } else { Err(Unlike::Form) }
    }

    /// Whether a string is a value of a type that is written as one.
    fn is_written(self, text: &str) -> bool {
        match self {
            Primitive::Base64Binary => is_base64(text),
            Primitive::Canonical | Primitive::Uri | Primitive::Url => {
                !text.is_empty() && !text.contains(char::is_whitespace)
            }
            Primitive::Code => !text.is_empty() && text.split(char::is_whitespace).all(|word| !word.is_empty()),
            Primitive::Date => is_date(text),
            Primitive::DateTime => is_date(text) || is_instant(text),
            Primitive::Id => {
                (1..=64).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
            }
            Primitive::Instant => is_instant(text),
            // R4 advises against control characters and does not forbid them (Data Types, string).
            Primitive::Markdown | Primitive::Markup | Primitive::String => !text.is_empty(),
            Primitive::Oid => text.strip_prefix("urn:oid:").is_some_and(is_oid),
            Primitive::Time => is_time(text),
            Primitive::Uuid => text.strip_prefix("urn:uuid:").is_some_and(is_uuid),
            Primitive::Boolean
            | Primitive::Decimal
            | Primitive::Integer
            | Primitive::PositiveInt
            | Primitive::UnsignedInt => false,
        }
    }
}

impl FromStr for Primitive {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Primitive::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
            let names: Vec<_> = Primitive::ALL.iter().map(|kind| kind.name()).collect();
            format!("invalid primitive type `{text}`: expected {}", names.join(", "))
        })
    }
}

/// A whole number, written as one, of 32 bits and not below `least`.
fn whole(number: &Number, least: i64) -> bool {
    number.as_i64().is_some_and(|number| (least..=i64::from(i32::MAX)).contains(&number))
}

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, of a day that exists.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |digits: usize| parts.next().map(|part| of_digits(part, digits));
    let (year, month, day) = (number(4), number(2), number(2));
    if parts.next().is_some() {
        return false;
    }
    let Some(Some(year @ 1..)) = year else { return false };
    match (month, day) {
        (None, _) => true,
        (Some(Some(1..=12)), None) => true,
        (Some(Some(month @ 1..=12)), Some(Some(day @ 1..))) => day <= days_in(year, month),
        (Some(_), _) => false,
    }
}

/// Date and time to the second or finer, with an offset.
fn is_instant(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else { return false };
    let (time, offset) = match rest.strip_suffix('Z') {
        Some(time) => (time, None),
        None => match rest.rfind(['+', '-']) {
            Some(place) => (rest.get(..place).unwrap_or_default(), rest.get(place + 1..)),
            None => return false,
        },
    };
    date.len() == "YYYY-MM-DD".len() && is_date(date) && is_time(time) && offset.is_none_or(is_offset)
}

/// `hh:mm:ss`, with a fraction or without; a leap second counts 60.
fn is_time(text: &str) -> bool {
    let (time, fraction) = match text.split_once('.') {
        Some((time, fraction)) => (time, Some(fraction)),
        None => (text, None),
    };
    let parts: Vec<Option<u32>> = time.split(':').map(|part| of_digits(part, 2)).collect();
    let is_time = matches!(parts.as_slice(), [Some(0..=23), Some(0..=59), Some(0..=60)]);
    is_time && fraction.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `hh:mm`, up to fourteen hours.
fn is_offset(text: &str) -> bool {
    let parts: Vec<Option<u32>> = text.split(':').map(|part| of_digits(part, 2)).collect();
    matches!(parts.as_slice(), [Some(0..=13), Some(0..=59)] | [Some(14), Some(0)])
}

fn of_digits(text: &str, count: usize) -> Option<u32> {
    let digits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_base64(text: &str) -> bool {
    let letters: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    !letters.is_empty() && letters.len().is_multiple_of(4) && letters.iter().all(is_letter)
}

fn is_oid(text: &str) -> bool {
    let is_number = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
    };
    let mut parts = text.split('.');
    matches!(parts.next(), Some("0" | "1" | "2")) && text.contains('.') && parts.all(is_number)
}

fn is_uuid(text: &str) -> bool {
    let shape = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    let is_hex = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    parts.len() == shape.len() && parts.iter().zip(shape).all(|(part, length)| part.len() == length && is_hex(part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_each_type_are_taken() {
        for (kind, values) in [
            (Primitive::Base64Binary, vec![json!("QUJD"), json!("QUJ DRA==")]),
            (Primitive::Boolean, vec![json!(true)]),
            (Primitive::Canonical, vec![json!("http://example.org/a|1")]),
            (Primitive::Code, vec![json!("a"), json!("a b")]),
            (Primitive::Date, vec![json!("2026"), json!("2026-02"), json!("2024-02-29"), json!("2000-02-29")]),
            (Primitive::DateTime, vec![json!("2026-02"), json!("2026-02-28T23:59:60.1234567891+14:00")]),
            (Primitive::Decimal, vec![json!(1), json!(-1.10), json!(1e3)]),
            (Primitive::Id, vec![json!("a-1.B")]),
            (Primitive::Instant, vec![json!("2026-02-28T00:00:00Z"), json!("2026-02-28T00:00:00.000-07:30")]),
            (Primitive::Integer, vec![json!(0), json!(-2_147_483_648_i64), json!(2_147_483_647)]),
            (Primitive::Markdown, vec![json!("*a*\n")]),
            (Primitive::Markup, vec![json!("<div/>")]),
            (Primitive::Oid, vec![json!("urn:oid:2.16.840.1"), json!("urn:oid:0.0")]),
            (Primitive::PositiveInt, vec![json!(1)]),
            (
                Primitive::String,
                vec![json!(" "), json!("a\tb\r\n"), json!("\u{7f}ä"), json!("a\u{0}"), json!("\u{1b}")],
            ),
            (Primitive::Time, vec![json!("00:00:00"), json!("23:59:59.5")]),
            (Primitive::UnsignedInt, vec![json!(0)]),
            (Primitive::Uri, vec![json!("urn:x"), json!("a")]),
            (Primitive::Url, vec![json!("mailto:a@example.org")]),
            (Primitive::Uuid, vec![json!("urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7")]),
        ] {
            for value in values {
                assert_eq!(kind.check(&value), Ok(()), "{} {value}", kind.name());
            }
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(kind.check(&json!(null)), Err(Unlike::JsonType));
            assert_eq!(kind.check(&json!([])), Err(Unlike::JsonType));
        }
    }

    #[test]
    fn values_of_another_form_are_named() {
        for (kind, values) in [
            (Primitive::Base64Binary, vec![json!("QUJ"), json!(""), json!("Q*==")]),
            (Primitive::Canonical, vec![json!(""), json!("a b")]),
            (Primitive::Code, vec![json!(""), json!(" a"), json!("a "), json!("a  b")]),
            (Primitive::Date, vec![json!("26"), json!("2026-2"), json!("2026-02-29"), json!("2026-13"), json!("0000")]),
            (Primitive::Date, vec![json!("2026-02-01-01"), json!("2026-04-31"), json!("1900-02-29"), json!("")]),
            (Primitive::DateTime, vec![json!("2026-02-28T10:00Z"), json!("2026-02-28T10:00:00"), json!("now")]),
            (Primitive::Id, vec![json!(""), json!("a_b"), json!("a".repeat(65))]),
            (Primitive::Instant, vec![json!("2026-12-01"), json!("2026-12-01T24:00:00Z"), json!("2026-12T00:00:00Z")]),
            (Primitive::Instant, vec![json!("2026-12-01T00:00:00+14:01"), json!("2026-12-01T00:00:00.Z"), json!("T")]),
            (Primitive::Integer, vec![json!(1.5), json!(2_147_483_648_i64), json!(30.0)]),
            (Primitive::Oid, vec![json!("2.16"), json!("urn:oid:3.1"), json!("urn:oid:1"), json!("urn:oid:1.01")]),
            (Primitive::PositiveInt, vec![json!(0), json!(-5)]),
            (Primitive::String, vec![json!("")]),
            (Primitive::Time, vec![json!("10:00"), json!("10:00:61"), json!("24:00:00")]),
            (Primitive::UnsignedInt, vec![json!(-1)]),
            (Primitive::Uuid, vec![json!("urn:uuid:53FEFA32-fcbb-4ff8-8a92-55ee120877b7"), json!("urn:uuid:1")]),
        ] {
            for value in values {
                assert_eq!(kind.check(&value), Err(Unlike::Form), "{} {value}", kind.name());
            }
        }
    }

    #[test]
    fn values_of_another_json_type_are_named() {
        for (kind, value) in [
            (Primitive::String, json!(42)),
            (Primitive::PositiveInt, json!("30")),
            (Primitive::Boolean, json!("true")),
            (Primitive::Decimal, json!("1.0")),
            (Primitive::Instant, json!({ "value": "2026-12-01T00:00:00Z" })),
        ] {
            assert_eq!(kind.check(&value), Err(Unlike::JsonType), "{} {value}", kind.name());
        }
    }
}
