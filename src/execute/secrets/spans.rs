//! Places in a text that are to be replaced, however they overlap.

/// Half-open byte ranges, and whether each is a value that a string takes the place of.
#[derive(Debug, Default)]
pub(super) struct Spans(Vec<(usize, usize, bool)>);

impl Spans {
    /// Adds the bytes from `begin` up to `end`; nothing where there is none.
    pub fn add(&mut self, begin: usize, end: usize) {
        self.push(begin, end, false);
    }

    /// Adds a JSON value that is no string.
    pub fn add_value(&mut self, begin: usize, end: usize) {
        self.push(begin, end, true);
    }

    fn push(&mut self, begin: usize, end: usize, value: bool) {
        if begin < end {
            self.0.push((begin, end, value));
        }
    }

    /// The ranges in the order in which they were added.
    pub fn ranges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.0.iter().map(|(begin, end, _)| (*begin, *end))
    }

    /// The bytes with `by` in the place of every range, once for ranges that overlap; `None` where that changes
    /// nothing.
    pub fn replaced(mut self, bytes: &[u8], by: &str) -> Option<Vec<u8>> {
        self.0.retain(|(begin, end, _)| bytes.get(*begin..*end).is_some_and(|found| found != by.as_bytes()));
        self.0.sort_unstable();
        let mut merged: Vec<(usize, usize, bool)> = Vec::new();
        for (begin, end, value) in self.0 {
            match merged.last_mut() {
                Some((_, last, _)) if begin < *last => *last = end.max(*last),
                Some(_) | None => merged.push((begin, end, value)),
            }
        }
        if merged.is_empty() {
            return None;
        }
        let quoted = format!("\"{by}\"");
        let mut replaced = Vec::with_capacity(bytes.len());
        let mut place = 0;
        for (begin, end, value) in merged {
            replaced.extend_from_slice(bytes.get(place..begin).unwrap_or_default());
            replaced.extend_from_slice(if value { quoted.as_bytes() } else { by.as_bytes() });
            place = end;
        }
        replaced.extend_from_slice(bytes.get(place..).unwrap_or_default());
        Some(replaced)
    }
}
