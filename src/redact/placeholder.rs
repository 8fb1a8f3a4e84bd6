//! What stands in the place of a protected value: of the same kind for whoever judges it, and equal where values were equal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256};

use super::{Inner, table};
use crate::words::primitive::Primitive;

/// The types that are told apart by the form of a text. A placeholder is a value of those of which the text was one.
const TOLD_APART: [Primitive; 8] = [
    Primitive::Code,
    Primitive::Date,
    Primitive::DateTime,
    Primitive::Instant,
    Primitive::Markdown,
    Primitive::Time,
    Primitive::Uri,
    Primitive::Uuid,
];

impl Inner {
    /// Twelve hexadecimal digits that are equal for equal texts, in this run only.
    fn token(&self, text: &str) -> String {
        format!("{:012x}", self.token_number(text))
    }

    /// As [`Inner::token`], below 2^48.
    fn token_number(&self, text: &str) -> u64 {
        let hash = Sha256::new().chain_update(self.salt).chain_update(text.as_bytes()).finalize();
        hash.iter().take(6).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// The kind of a text and its token.
    pub(super) fn placeholder(&self, kind: &str, text: &str) -> String {
        format!("[{kind}:{}{}]", self.token(text), marks(text))
    }

    /// As [`Inner::placeholder`], and a value of the types of FHIR that the text was a value of: a date where it was one, no
    /// code where it was none. `name` is the element.
    pub(super) fn typed(&self, name: &str, kind: &str, text: &str) -> String {
        let plain = self.placeholder(kind, text);
        if table::BINARY.contains(&name) && is(Primitive::Base64Binary, text) && !text.is_empty() {
            return STANDARD.encode(plain);
        }
        let with = |blemish: &str| format!("[{kind}:{}{}{blemish}]", self.token(text), marks(text));
        let candidates = [plain.clone(), with(" ."), with("  ."), with("\u{1}")];
        let written = candidates.into_iter().chain(self.moment(text)).find(|candidate| is_alike(candidate, text));
        written.unwrap_or(plain)
    }

    /// A date or a time of the same precision, in the first thousand years.
    fn moment(&self, text: &str) -> Option<String> {
        // One moment is one value, whatever the offset that it is written with.
        let key = text.parse::<jiff::Timestamp>().map_or_else(|_| text.to_owned(), |moment| moment.to_string());
        let number = self.token_number(&key);
        let part = |shift: u32, most: u64| (number >> shift) % most;
        let (hour, minute, second) = (part(0, 24), part(8, 60), part(16, 60));
        if is(Primitive::Time, text) {
            return Some(format!("{hour:02}:{minute:02}:{second:02}"));
        }
        let date = format!("{:04}-{:02}-{:02}", 1 + part(38, 999), 1 + part(30, 12), 1 + part(22, 28));
        match text.len() {
            4 | 7 | 10 => date.get(..text.len()).map(str::to_owned),
            _ => Some(format!("{date}T{hour:02}:{minute:02}:{second:02}Z")),
        }
    }

    /// Another number of the same kind: whole or not, negative or not, within 32 bits or not.
    pub(super) fn other_number(&self, number: &Number) -> Number {
        const FITS: u64 = i32::MAX as u64;
        // 1 and 1.0 are one value; what differs in value differs afterwards.
        let key = number.as_f64().map_or_else(|| number.to_string(), |value| value.to_string());
        let token = self.token_number(&key);
        let small = 1 + token % (FITS - 1);
        match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) if whole.unsigned_abs() <= FITS => {
                let small = i64::try_from(small).unwrap_or(1);
                Number::from(if whole < 0 { -small } else { small })
            }
            (Some(whole), _) => {
                let large = i64::try_from(FITS + 1 + token).unwrap_or(i64::MAX);
                Number::from(if whole < 0 { -large } else { large })
            }
            (None, Some(value)) if number.is_f64() => {
                // Below 2^48, so that it is exact. A number without a fraction may be a whole one to whoever reads it.
                let size = small as f64 + if value.fract() == 0.0 { 0.0 } else { 0.5 };
                let sized = if value.abs() > FITS as f64 { size + FITS as f64 } else { size };
                Number::from_f64(if value < 0.0 { -sized } else { sized }).unwrap_or_else(|| Number::from(small))
            }
            (None, _) => Number::from(FITS + 1 + token),
        }
    }
}

/// What the model looks for in a text.
fn marks(text: &str) -> String {
    let found = table::MARKS.iter().filter(|mark| text.contains(**mark));
    found.fold(String::new(), |marks, mark| format!("{marks} {mark}"))
}

fn is(primitive: Primitive, text: &str) -> bool {
    primitive.check(&Value::from(text)).is_ok()
}

fn is_alike(one: &str, other: &str) -> bool {
    TOLD_APART.iter().all(|primitive| is(*primitive, one) == is(*primitive, other))
}
