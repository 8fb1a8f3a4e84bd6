//! A text as a reader of JSON sees it, its escapes resolved, and where each byte of it came from.

/// The resolved bytes.
pub(super) struct View {
    pub bytes: Vec<u8>,
    /// The place in the source at which each byte begins, and the end of the source as the last entry.
    places: Vec<usize>,
}

impl View {
    /// Resolves the escapes of JSON strings (RFC 8259 section 7) wherever they stand; `None` where there is none.
    pub fn of(source: &[u8]) -> Option<View> {
        if !source.contains(&b'\\') {
            return None;
        }
        let mut view = View { bytes: Vec::with_capacity(source.len()), places: Vec::with_capacity(source.len() + 1) };
        let mut place = 0;
        while let Some(byte) = source.get(place) {
            let (resolved, length) = match byte {
                b'\\' => escape(source.get(place..).unwrap_or_default()),
                _ => (char::from(*byte), 1),
            };
            if length == 1 {
                view.push(&[*byte], place);
            } else {
                view.push(resolved.encode_utf8(&mut [0; 4]).as_bytes(), place);
            }
            place += length;
        }
        view.places.push(place);
        Some(view)
    }

    fn push(&mut self, bytes: &[u8], place: usize) {
        self.bytes.extend_from_slice(bytes);
        self.places.extend(std::iter::repeat_n(place, bytes.len()));
    }

    /// The place in the source of a place in the view.
    pub fn source(&self, place: usize) -> usize {
        self.places.get(place).or(self.places.last()).copied().unwrap_or_default()
    }
}

/// The character an escape stands for, and how many bytes it takes; one byte where it is no escape.
fn escape(source: &[u8]) -> (char, usize) {
    let short = |letter: char| (letter, 2);
    match source.get(1) {
        Some(b'n') => short('\n'),
        Some(b't') => short('\t'),
        Some(b'r') => short('\r'),
        Some(b'b') => short('\u{8}'),
        Some(b'f') => short('\u{c}'),
        Some(letter @ (b'"' | b'\\' | b'/')) => short(char::from(*letter)),
        Some(b'u') => unicode(source),
        Some(_) | None => ('\\', 1),
    }
}

fn unicode(source: &[u8]) -> (char, usize) {
    let unit = |place: usize| -> Option<u32> {
        let digits = source.get(place + 2..place + 6)?;
        let marked = source.get(place..place + 2)? == b"\\u" && digits.iter().all(u8::is_ascii_hexdigit);
        marked.then(|| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok())?
    };
    let Some(first) = unit(0) else { return ('\\', 1) };
    if let Some(letter) = char::from_u32(first) {
        return (letter, 6);
    }
    // A pair of surrogates is one character.
    let pair = unit(6).filter(|second| (0xdc00..0xe000).contains(second) && first < 0xdc00);
    match pair.and_then(|second| char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))) {
        Some(letter) => (letter, 12),
        None => ('\u{fffd}', 6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_and_every_byte_knows_its_place() {
        let source = br#"a\u0062\n\ud83d\ude00\q\"z"#;
        let view = View::of(source).map(|view| (String::from_utf8_lossy(&view.bytes).into_owned(), view));
        let Some((text, view)) = view else { return };
        assert_eq!(text, "ab\n\u{1f600}\\q\"z");
        assert_eq!(view.source(0), 0);
        assert_eq!(view.source(1), 1);
        assert_eq!(view.source(2), 7);
        assert_eq!(view.source(text.len()), source.len());
        assert!(View::of(b"plain").is_none());
        assert!(View::of(b"half \\u12").is_some_and(|view| view.bytes == b"half \\u12"));
    }
}
