//! Finds a name that one object has twice (RFC 8259 section 4).

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::read::deep;

/// The first member name that one object of a JSON text has twice; `None` where there is none, or the text is not JSON.
pub fn repeated_name(text: &str) -> Option<String> {
    let mut repeated = None;
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = RepeatedNames(&mut repeated).deserialize(&mut reader).and_then(|()| reader.end());
    if read.is_ok() {
        return repeated;
    }
    // It may only be nested deeper than serde_json goes.
    repeated = None;
    let mut note = |name: &str| _ = repeated.get_or_insert_with(|| name.to_owned());
    if deep(text, &mut note).is_ok() { repeated } else { None }
}

/// Reads a value and keeps nothing of it but the first name that repeats.
struct RepeatedNames<'r>(&'r mut Option<String>);

impl<'de> DeserializeSeed<'de> for RepeatedNames<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RepeatedNames<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(RepeatedNames(&mut *self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if seen.contains(&name) {
                self.0.get_or_insert_with(|| name.clone());
            }
            seen.insert(name);
            members.next_value_seed(RepeatedNames(&mut *self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_one_object_has_twice_is_found_at_any_depth() {
        let deep = format!("{}{{\"a\":1,\"a\":2}}{}", "[".repeat(300), "]".repeat(300));
        let rows = [
            (r#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#, None),
            (r#"{"a":1,"b":2,"a":3}"#, Some("a")),
            (r#"[{"b":{"x":null,"\u0078":true}}]"#, Some("x")),
            (r#"{"a":{"id":1},"id":2,"b":[1.5,"id",-3]}"#, None),
            (deep.as_str(), Some("a")),
            (r#"{"a":1,"a":2"#, None),
            ("", None),
            ("7", None),
        ];
        for (text, expected) in rows {
            assert_eq!(repeated_name(text).as_deref(), expected, "{text}");
        }
    }
}
