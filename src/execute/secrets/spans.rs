//! Places in a text that are to be replaced, however they overlap.

/// What stands in the place of a secret.
pub(super) const MASK: &str = "[secret]";

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
        match self.0.last_mut() {
            _ if begin >= end => {}
            // Of many that overlap, one is kept.
            Some((first, last, is_value)) if *is_value == value && (*first..*last).contains(&begin) => {
                *last = end.max(*last);
            }
            Some(_) | None => self.0.push((begin, end, value)),
        }
    }

    /// The ranges in the order in which they were added.
    pub fn ranges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.0.iter().map(|(begin, end, _)| (*begin, *end))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Widens what stands in a number or a word of JSON outside its strings to the whole of it, so that JSON stays JSON.
    pub fn widen(&mut self, bytes: &[u8]) {
        self.0.sort_unstable();
        let (mut place, mut tokens) = (0, Vec::new());
        let mut spans = self.0.iter().peekable();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        while let Some(byte) = bytes.get(place) {
            let rest = bytes.get(place..).unwrap_or_default();
            let length = match byte {
                b'"' => 1 + text_length(rest.get(1..).unwrap_or_default()) + 1,
                byte if is_part(byte) => rest.iter().take_while(|byte| is_part(byte)).count(),
                _ => 1,
            };
            let end = place + length;
            while spans.next_if(|(_, last, _)| *last <= place).is_some() {}
            let is_hit = spans.peek().is_some_and(|(first, _, _)| *first < end);
            if is_hit && is_part(byte) {
                tokens.push((place, end, true));
            }
            place = end;
        }
        let within = |(begin, end, _): &(usize, usize, bool)| {
            tokens.iter().any(|(first, last, _)| first <= begin && end <= last)
        };
        self.0.retain(|span| !within(span));
        self.0.extend(tokens);
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

/// How long a string is, up to the quotation mark that ends it.
pub(super) fn text_length(bytes: &[u8]) -> usize {
    let mut place = 0;
    loop {
        match bytes.get(place) {
            None | Some(b'"') => return place.min(bytes.len()),
            Some(b'\\') => place += 2,
            Some(_) => place += 1,
        }
    }
}
