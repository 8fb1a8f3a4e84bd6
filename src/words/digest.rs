//! SHA-256 over a canonical form: the same data has the same digest, whatever order its members are written in.
//!
//! The canonical form is compact JSON in UTF-8 whose members are sorted by the bytes of their names, with integers in full and
//! only those characters escaped that JSON demands (as RFC 8785 does, but for numbers that a double cannot hold).

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use sha2::{Digest as _, Sha256};

/// The digest of a value in its canonical form, in lower-case hexadecimal.
///
/// # Errors
/// A value that has no JSON form, such as a map whose keys are no texts.
pub fn canonical(value: &impl Serialize) -> serde_json::Result<String> {
    let mut hash = Hash(Sha256::new());
    write_canonical(value, &mut hash)?;
    Ok(hex(&hash.0.finalize()))
}

/// The digest of bytes, in lower-case hexadecimal.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn write_canonical<W: Write>(value: &impl Serialize, output: &mut W) -> serde_json::Result<()> {
    let sorter = Rc::new(RefCell::new(Sorter { open: Vec::new(), output }));
    value.serialize(&mut Serializer::with_formatter(Sink(sorter.clone()), Sorted(sorter)))
}

struct Hash(Sha256);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Holds back the members of each open object until it ends. What is in no object goes straight to the output.
struct Sorter<'w, W> {
    open: Vec<Object>,
    output: &'w mut W,
}

/// An open object: its finished and current members, one behind the other, and where each begins.
#[derive(Default)]
struct Object {
    bytes: Vec<u8>,
    members: Vec<Member>,
}

/// A member as `"name":value`, by places in [`Object::bytes`].
struct Member {
    start: usize,
    name_end: usize,
    end: usize,
}

impl<W: Write> Sorter<'_, W> {
    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.open.last_mut() {
            Some(object) => object.bytes.extend_from_slice(bytes),
            None => self.output.write_all(bytes)?,
        }
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        let Some(Object { bytes, mut members }) = self.open.pop() else { return Ok(()) };
        let part = |start: usize, end: usize| bytes.get(start..end).unwrap_or_default();
        // Without the quotes, so that a name stands before those that begin with it.
        let name = |member: &Member| part(member.start + 1, member.name_end.saturating_sub(1));
        members.sort_by(|one, other| name(one).cmp(name(other)));
        self.take(b"{")?;
        for (number, member) in members.iter().enumerate() {
            if number > 0 {
                self.take(b",")?;
            }
            self.take(part(member.start, member.end))?;
        }
        self.take(b"}")
    }
}

/// What serde_json writes to.
struct Sink<'w, W>(Rc<RefCell<Sorter<'w, W>>>);

impl<W: Write> Write for Sink<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().take(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Tells the sorter where objects and members begin and end; lists and scalars are written as serde_json does.
struct Sorted<'w, W>(Rc<RefCell<Sorter<'w, W>>>);

impl<W: Write> Sorted<'_, W> {
    fn in_object(&self, change: impl FnOnce(&mut Object)) {
        if let Some(object) = self.0.borrow_mut().open.last_mut() {
            change(object);
        }
    }
}

impl<W: Write> Formatter for Sorted<'_, W> {
    fn begin_object<O: ?Sized + Write>(&mut self, _writer: &mut O) -> io::Result<()> {
        self.0.borrow_mut().open.push(Object::default());
        Ok(())
    }

    fn end_object<O: ?Sized + Write>(&mut self, _writer: &mut O) -> io::Result<()> {
        self.0.borrow_mut().close()
    }

    fn begin_object_key<O: ?Sized + Write>(&mut self, _writer: &mut O, _first: bool) -> io::Result<()> {
        self.in_object(|object| {
            let start = object.bytes.len();
            object.members.push(Member { start, name_end: start, end: start });
        });
        Ok(())
    }

    fn end_object_key<O: ?Sized + Write>(&mut self, _writer: &mut O) -> io::Result<()> {
        self.in_object(|object| {
            let end = object.bytes.len();
            object.members.last_mut().into_iter().for_each(|member| member.name_end = end);
        });
        Ok(())
    }

    fn end_object_value<O: ?Sized + Write>(&mut self, _writer: &mut O) -> io::Result<()> {
        self.in_object(|object| {
            let end = object.bytes.len();
            object.members.last_mut().into_iter().for_each(|member| member.end = end);
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::*;

    fn canonical_text(value: &impl Serialize) -> String {
        let mut bytes = Vec::new();
        write_canonical(value, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn members_are_sorted_at_every_depth_and_lists_keep_their_order() {
        let value =
            json!({ "b": [{ "y": 1, "x": [] }, 2, {}], "a!": 0, "a": { "é": null, "z": "\u{7}\"é/" }, "": true });
        let text = canonical_text(&value);
        assert_eq!(text, r#"{"":true,"a":{"z":"\u0007\"é/","é":null},"a!":0,"b":[{"x":[],"y":1},2,{}]}"#);
        let mut sorted = value;
        sorted.sort_all_objects();
        assert_eq!(text, sorted.to_string());
    }

    #[test]
    fn the_order_of_members_does_not_change_a_digest_and_everything_else_does() {
        let of = |text: &str| canonical(&serde_json::from_str::<Value>(text).unwrap()).unwrap();
        let digest = of(r#"{"a":1,"b":[1,2]}"#);
        assert_eq!(digest, of(r#" { "b" : [1, 2], "a" : 1 } "#));
        for other in [r#"{"a":1,"b":[2,1]}"#, r#"{"a":1,"b":[1,2],"c":null}"#, r#"{"a":"1","b":[1,2]}"#, r#"{"a":1}"#] {
            assert_ne!(digest, of(other), "{other}");
        }
    }

    #[test]
    fn large_integers_are_kept_in_full_and_a_known_text_has_its_known_digest() {
        assert_eq!(canonical_text(&json!({ "n": u64::MAX })), r#"{"n":18446744073709551615}"#);
        let empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(canonical(&json!({})).unwrap(), empty);
        assert_eq!(of_bytes(b"{}"), empty);
    }

    #[test]
    fn what_has_no_json_form_is_an_error() {
        assert!(canonical(&std::collections::BTreeMap::from([(vec![1], 1)])).is_err());
    }
}
