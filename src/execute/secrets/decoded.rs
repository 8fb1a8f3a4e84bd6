//! A text as whoever decodes it sees it: escapes of JSON, percent-encoding and entities of HTML resolved, layer by layer,
//! and where each byte of it came from.

/// The resolved bytes.
pub(super) struct Decoded {
    pub bytes: Vec<u8>,
    /// Of each layer, the outermost first: places in its bytes, and the places in the layer around it at which what stands
    /// there begins. Behind each it goes on byte by byte until the next.
    places: Vec<PlaceMap>,
}

/// PlaceMap in resolved bytes, each with the place where it comes from.
type PlaceMap = Vec<(u32, u32)>;

/// The layers that a text may have: each of them once resolved, what is left may be resolved again.
const MOST_LAYERS: usize = 4;

impl Decoded {
    /// The outermost layer of a text resolved; `None` where nothing in it is encoded.
    pub fn outermost(source: &[u8]) -> Option<Decoded> {
        resolved(source, b"\\%&").map(|(bytes, places)| Decoded { bytes, places: vec![places] })
    }

    /// A text with the escapes of JSON resolved; `None` where it has none.
    pub fn of_json(source: &[u8]) -> Option<Decoded> {
        resolved(source, b"\\").map(|(bytes, places)| Decoded { bytes, places: vec![places] })
    }

    /// The layer below; `None` where there is none.
    pub fn below(mut self) -> Option<Decoded> {
        let (bytes, places) =
            if self.places.len() < MOST_LAYERS { resolved(&self.bytes, b"\\%&")? } else { return None };
        self.places.push(places);
        Some(Decoded { bytes, places: self.places })
    }

    /// The place in the source of a place in the resolved bytes.
    pub fn source(&self, place: usize) -> usize {
        self.places.iter().rev().fold(place, |place, layer| {
            let behind = layer.partition_point(|(from, _)| *from as usize <= place);
            let (from, source) =
                behind.checked_sub(1).and_then(|before| layer.get(before)).copied().unwrap_or_default();
            let source = source as usize + (place - from as usize);
            // An escape of several bytes ends where what is behind it begins.
            layer.get(behind).map_or(source, |(_, next)| source.min(*next as usize))
        })
    }
}

/// One layer resolved, of what these marks begin, and where its bytes come from; `None` where nothing is encoded.
fn resolved(source: &[u8], marks: &[u8]) -> Option<(Vec<u8>, PlaceMap)> {
    if !source.iter().any(|byte| marks.contains(byte)) {
        return None;
    }
    let small = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
    let (mut resolved, mut places) = (Vec::with_capacity(source.len()), vec![(0, 0)]);
    let (mut place, mut changed) = (0, false);
    while let Some(byte) = source.get(place) {
        let rest = source.get(place..).unwrap_or_default();
        let found = match byte {
            b'\\' => escape(rest),
            b'%' if marks.contains(byte) => percent(rest),
            b'&' if marks.contains(byte) => entity(rest),
            _ => None,
        };
        if let Some((bytes, length)) = &found {
            changed = true;
            places.push((small(resolved.len()), small(place)));
            resolved.extend_from_slice(bytes);
            place += length;
            places.push((small(resolved.len()), small(place)));
        } else {
            resolved.push(*byte);
            place += 1;
        }
    }
    places.push((small(resolved.len()), small(place)));
    changed.then_some((resolved, places))
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
        b'b' => letter('\u{8}', 2),
        b'f' => letter('\u{c}', 2),
        mark @ (b'"' | b'\\' | b'/') => letter(char::from(*mark), 2),
        // Of JavaScript, which pages hold.
        b'x' => {
            let digits = rest.get(2..4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
            let byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
            letter(char::from(byte), 4)
        }
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
    // Browsers need no semicolon behind a number.
    let ends = |place: usize, byte: u8| {
        byte == b';' || (place > 2 && rest.get(1) == Some(&b'#') && !byte.is_ascii_alphanumeric())
    };
    let longest = rest.get(..LONGEST.min(rest.len())).unwrap_or_default();
    let end = longest.iter().enumerate().position(|(place, byte)| place > 0 && ends(place, *byte));
    let end = end.or((rest.len() <= LONGEST).then_some(rest.len()))?;
    let name = std::str::from_utf8(rest.get(1..end)?).ok()?;
    let is_closed = rest.get(end) == Some(&b';');
    let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None => digits.parse().ok(),
    });
    let named = || NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, letter)| *letter);
    let named = || if is_closed { named() } else { None };
    letter(number.and_then(char::from_u32).or_else(named)?, end + usize::from(is_closed))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn layers_are_resolved_and_every_byte_knows_its_place() {
        let innermost = |text: &str| {
            let mut innermost = None;
            let mut layer = Decoded::outermost(text.as_bytes());
            while let Some(decoded) = layer {
                innermost = Some(String::from_utf8_lossy(&decoded.bytes).into_owned());
                layer = decoded.below();
            }
            innermost
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
            (r"\x61\x2fb", "a/b"),
            ("&#97&#x62 c", "ab c"),
            ("&#97", "a"),
        ] {
            assert_eq!(innermost(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["plain", "100%", "a & b", r"\q", "&nosuch;", r"\u12", "%zz"] {
            assert_eq!(innermost(text), None, "{text}");
        }
        let text = br"a%25\u0036b\u00e9c";
        let outermost = Decoded::outermost(text).unwrap();
        assert_eq!(outermost.bytes, "a%6b\u{e9}c".as_bytes());
        let places =
            |decoded: &Decoded| (0..=decoded.bytes.len()).map(|place| decoded.source(place)).collect::<Vec<_>>();
        let (of_letter, behind) = (11, [17, 18]);
        assert_eq!(places(&outermost)[..5], [0, 1, 4, 10, of_letter]);
        assert_eq!(places(&outermost)[6..], behind);
        let below = outermost.below().unwrap();
        assert_eq!(below.bytes, "ak\u{e9}c".as_bytes());
        assert_eq!(places(&below)[..3], [0, 1, of_letter]);
        assert_eq!(places(&below)[4..], behind);
        assert!(below.below().is_none());
    }
}
