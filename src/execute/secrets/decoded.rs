//! A text as whoever decodes it sees it: escapes of JSON, percent-encoding and entities of HTML resolved, layer by layer,
//! and where each byte of it came from.

/// The resolved bytes.
pub(super) struct Decoded {
    pub bytes: Vec<u8>,
    /// The place in the source at which each byte begins, and the end of the source as the last entry.
    places: Vec<usize>,
}

/// The layers that a text may have: each of them once resolved, what is left may be resolved again.
const MOST_LAYERS: usize = 4;

impl Decoded {
    /// All layers of a text, the outermost first; none where nothing in it is encoded.
    pub fn layers(source: &[u8]) -> Vec<Decoded> {
        let mut layers: Vec<Decoded> = Vec::new();
        while layers.len() < MOST_LAYERS {
            let inner = layers.last().map_or(source, |layer| layer.bytes.as_slice());
            let Some(mut next) = resolved(inner) else { break };
            if let Some(outer) = layers.last() {
                next.places = next.places.iter().map(|place| outer.source(*place)).collect();
            }
            layers.push(next);
        }
        layers
    }

    /// The place in the source of a place in the resolved bytes.
    pub fn source(&self, place: usize) -> usize {
        self.places.get(place).or(self.places.last()).copied().unwrap_or_default()
    }
}

/// One layer resolved, whichever it is; `None` where nothing is encoded.
fn resolved(source: &[u8]) -> Option<Decoded> {
    if !source.iter().any(|byte| matches!(byte, b'\\' | b'%' | b'&')) {
        return None;
    }
    let mut decoded = Decoded { bytes: Vec::with_capacity(source.len()), places: Vec::with_capacity(source.len() + 1) };
    let (mut place, mut changed) = (0, false);
    while let Some(byte) = source.get(place) {
        let rest = source.get(place..).unwrap_or_default();
        let found = match byte {
            b'\\' => escape(rest),
            b'%' => percent(rest),
            b'&' => entity(rest),
            _ => None,
        };
        let length = match &found {
            Some((bytes, length)) => {
                changed = true;
                decoded.push(bytes, place);
                *length
            }
            None => {
                decoded.push(&[*byte], place);
                1
            }
        };
        place += length;
    }
    decoded.places.push(place);
    changed.then_some(decoded)
}

impl Decoded {
    fn push(&mut self, bytes: &[u8], place: usize) {
        self.bytes.extend_from_slice(bytes);
        self.places.extend(std::iter::repeat_n(place, bytes.len()));
    }
}

fn letter(letter: char, length: usize) -> Option<(Vec<u8>, usize)> {
    Some((letter.encode_utf8(&mut [0; 4]).as_bytes().to_vec(), length))
}

/// An escape of JSON (RFC 8259 section 7).
fn escape(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    match rest.get(1)? {
        b'n' => letter('\n', 2),
        b't' => letter('\t', 2),
        b'r' => letter('\r', 2),
        mark @ (b'"' | b'\\' | b'/') => letter(char::from(*mark), 2),
        b'u' => {
            let unit = |digits: Option<&[u8]>| u32::from_str_radix(std::str::from_utf8(digits?).ok()?, 16).ok();
            let first = unit(rest.get(2..6))?;
            if let Some(plain) = char::from_u32(first) {
                return letter(plain, 6);
            }
            let second = unit(rest.get(8..12)).filter(|second| (0xdc00..0xe000).contains(second) && first < 0xdc00)?;
            letter(char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))?, 12)
        }
        _ => None,
    }
}

/// A byte in percent-encoding (RFC 3986 section 2.1).
fn percent(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let digits = rest.get(1..3).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    let byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((vec![byte], 3))
}

/// An entity of HTML: by number, or one of the few by name that writers of pages use.
fn entity(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    const LONGEST: usize = 12;
    const NAMES: [(&str, char); 12] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", ' '),
        ("sol", '/'),
        ("plus", '+'),
        ("equals", '='),
        ("period", '.'),
        ("colon", ':'),
        ("lowbar", '_'),
    ];
    let end = rest.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(rest.get(1..end)?).ok()?;
    let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None => digits.parse().ok(),
    });
    let named = || NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, letter)| *letter);
    letter(number.and_then(char::from_u32).or_else(named)?, end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_resolved_and_every_byte_knows_its_place() {
        let innermost = |text: &str| {
            let layers = Decoded::layers(text.as_bytes());
            layers.last().map(|layer| String::from_utf8_lossy(&layer.bytes).into_owned())
        };
        for (text, expected) in [
            (r"s\u00653cret", "se3cret"),
            (r"s\\u00653cret", "se3cret"),
            ("s%65cret", "secret"),
            ("s%2565cret", "secret"),
            ("s&#101;c&#x72;et", "secret"),
            ("a&amp;#98;c", "abc"),
            (r"\u0026amp;", "&"),
            (r"\ud83d\ude00", "\u{1f600}"),
            ("&quot;%22\\\"", "\"\"\""),
        ] {
            assert_eq!(innermost(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["plain", "100%", "a & b", r"\q", "&nosuch;", r"\u12", "%zz"] {
            assert_eq!(innermost(text), None, "{text}");
        }
        let text = br"a%25\u0036b";
        let layers = Decoded::layers(text);
        assert_eq!(layers[0].bytes, b"a%6b");
        assert_eq!((layers[0].source(1), layers[0].source(2), layers[0].source(3)), (1, 4, 10));
    }
}
