//! Writes a record so that it is small and still has a line for each exchange, case and requirement.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::ser::{Formatter, Serializer};

use super::RunRecord;
use super::read::MOST_BYTES;

/// The record as JSON: its members and the entries of their lists on lines of their own, each entry compact.
///
/// # Errors
/// It is larger than what is read of a record.
pub fn write(record: &RunRecord) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_to(record, &mut bytes)?;
    Ok(bytes)
}

/// Writes what [`write`] gives, without holding it in memory.
///
/// # Errors
/// It cannot be written, or is larger than what is read of a record.
pub fn write_to(record: &RunRecord, output: &mut impl Write) -> serde_json::Result<()> {
    let mut bounded = Bounded { output, room: MOST_BYTES };
    record.serialize(&mut Serializer::with_formatter(&mut bounded, Lines::default()))?;
    bounded.write_all(b"\n").map_err(serde_json::Error::io)
}

/// Takes no more than what is read of a record: nothing is written that cannot be read again.
struct Bounded<'w, W> {
    output: &'w mut W,
    room: u64,
}

impl<W: Write> Write for Bounded<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len() as u64;
        self.room = self.room.checked_sub(length).ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 GiB, the most that is read of a record")
        })?;
        self.output.write_all(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// How deep a value stands, and whether the innermost open list or object has an entry.
#[derive(Default)]
struct Lines {
    depth: usize,
    filled: bool,
}

/// Values nested deeper stay on the line of the value around them.
const DEEPEST: usize = 2;

impl Lines {
    fn open<W: ?Sized + Write>(&mut self, writer: &mut W, mark: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        writer.write_all(mark)
    }

    fn close<W: ?Sized + Write>(&mut self, writer: &mut W, mark: &[u8]) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        if self.filled && self.depth < DEEPEST {
            self.line(writer)?;
        }
        self.filled = true;
        writer.write_all(mark)
    }

    fn entry<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        if self.depth <= DEEPEST { self.line(writer) } else { Ok(()) }
    }

    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b" "))
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.entry(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.entry(writer, first)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::execute::Limits;

    #[test]
    fn nothing_is_written_that_is_too_large_to_be_read() {
        let mut bytes = Vec::new();
        let mut bounded = Bounded { output: &mut bytes, room: 10 };
        bounded.write_all(b"0123456789").unwrap();
        assert_eq!(bounded.write_all(b"x").unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(bytes, b"0123456789");
    }

    #[test]
    fn the_largest_run_can_be_read() {
        /// A control character as JSON writes it: nothing grows more.
        const ESCAPED: u64 = 6;
        assert!(Limits::default().run as u64 * ESCAPED <= MOST_BYTES * 3 / 4);
    }
}
