//! Content codings: which ones a response says it has, and which one bytes look like that no header names.

use std::borrow::Cow;

use base64::Engine as _;

/// A content coding that patchproof undoes (RFC 9110 section 8.4.1, RFC 7932, RFC 8878).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Identity,
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    fn named(name: &str) -> Option<Coding> {
        match name.to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Coding::Identity),
            "gzip" | "x-gzip" => Some(Coding::Gzip),
            "deflate" => Some(Coding::Deflate),
            "br" => Some(Coding::Brotli),
            "zstd" => Some(Coding::Zstd),
            _ => None,
        }
    }
}

/// The codings that the Content-Encoding lines of a response name, in the order in which they were applied; `None` where
/// one of them is not known.
pub fn applied(headers: &[(String, String)]) -> Option<Vec<Coding>> {
    names(headers).map(Coding::named).collect()
}

fn names(headers: &[(String, String)]) -> impl Iterator<Item = &str> {
    let lines = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
    lines.flat_map(|(_, value)| value.split(',')).map(str::trim)
}

/// What keeps bytes that are not UTF-8 from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// They are in a coding that patchproof does not undo.
    UnknownCoding(String),
    /// They do not decode as their Content-Encoding says.
    Undecodable(String),
    /// They are compressed, and no Content-Encoding says so.
    Unlabelled(&'static str),
    /// They are text in another encoding of Unicode.
    OtherUnicode(&'static str),
}

impl Unread {
    /// Why these bytes, which are not UTF-8, cannot be read; `None` where nothing shows it. As many bytes as there are at
    /// the beginning are enough.
    pub fn of(headers: &[(String, String)], beginning: &[u8]) -> Option<Unread> {
        let named: Vec<&str> = names(headers).filter(|name| Coding::named(name) != Some(Coding::Identity)).collect();
        if let Some(unknown) = named.iter().find(|name| Coding::named(name).is_none()) {
            return Some(Unread::UnknownCoding(shortened(unknown)));
        }
        if !named.is_empty() {
            return Some(Unread::Undecodable(shortened(&named.join(", "))));
        }
        compressed(beginning).map(Unread::Unlabelled).or_else(|| unicode(beginning).map(Unread::OtherUnicode))
    }

    /// In words, as what follows "a body".
    pub fn in_words(&self) -> String {
        match self {
            Unread::UnknownCoding(coding) => {
                format!("in the content coding `{coding}`, which patchproof does not undo")
            }
            Unread::Undecodable(coding) => format!("that does not decode as its Content-Encoding `{coding}`"),
            Unread::Unlabelled(coding) => format!("compressed with {coding}, without a Content-Encoding"),
            Unread::OtherUnicode(name) => format!("in {name} with a byte order mark; JSON is UTF-8 without one"),
        }
    }

    /// Whether it is patchproof that cannot read the bytes, and not the server that sent them wrongly.
    pub const fn is_limit(&self) -> bool {
        match self {
            Unread::UnknownCoding(_) => true,
            Unread::Undecodable(_) | Unread::Unlabelled(_) | Unread::OtherUnicode(_) => false,
        }
    }
}

/// The first bytes of a body that is kept in Base64, as many as [`Unread::of`] looks at.
pub fn beginning(base64: &str) -> Vec<u8> {
    const LETTERS: usize = 16;
    let first = base64.get(..LETTERS.min(base64.len() / 4 * 4)).unwrap_or_default();
    base64::engine::general_purpose::STANDARD.decode(first).unwrap_or_default()
}

/// The limit of patchproof that a body met, in words.
pub fn limit(cut: bool, too_deep: bool, unread: Option<Unread>) -> Option<Cow<'static, str>> {
    match (cut, too_deep, unread) {
        (true, _, _) => Some("the body is longer than patchproof keeps of one, and was cut".into()),
        (false, true, _) => Some(
            "the body is JSON nested deeper than patchproof reads (10 000 levels), or of more values (500 000)".into(),
        ),
        (false, false, Some(unread)) if unread.is_limit() => Some(format!("the body is {}", unread.in_words()).into()),
        (false, false, _) => None,
    }
}

/// A name that a server chose, not too long for a message.
fn shortened(name: &str) -> String {
    const MOST: usize = 40;
    name.chars().filter(|letter| !letter.is_control()).take(MOST).collect()
}

/// The format whose first bytes these are.
fn compressed(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x1f, 0x8b, 0x08, ..] => Some("gzip"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd"),
        // The header of zlib is a multiple of 31 (RFC 1950 section 2.2).
        [first, second, ..] if first & 0x8f == 0x08 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0 => {
            Some("zlib (deflate)")
        }
        _ => None,
    }
}

/// The encoding of Unicode whose mark stands first.
fn unicode(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(values: &[&str]) -> Vec<(String, String)> {
        values.iter().map(|value| ("Content-Encoding".to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn codings_are_named_in_the_order_in_which_they_were_applied() {
        use Coding::{Brotli, Deflate, Gzip, Identity, Zstd};
        assert_eq!(applied(&lines(&[])), Some(Vec::new()));
        assert_eq!(applied(&lines(&["gzip, BR", "zstd"])), Some(vec![Gzip, Brotli, Zstd]));
        assert_eq!(applied(&lines(&["x-gzip,,deflate"])), Some(vec![Gzip, Identity, Deflate]));
        assert_eq!(applied(&lines(&["gzip", "aws-chunked"])), None);
    }

    #[test]
    fn what_cannot_be_read_has_a_reason() {
        let unlabelled = |coding| Some(Unread::Unlabelled(coding));
        let other = |name| Some(Unread::OtherUnicode(name));
        let rows: [(&[&str], &[u8], Option<Unread>); 11] = [
            (&[], b"\x1f\x8b\x08\x00", unlabelled("gzip")),
            (&["identity"], b"\x1f\x8b\x08\x00", unlabelled("gzip")),
            (&[], b"\x28\xb5\x2f\xfd", unlabelled("zstd")),
            (&[], b"\x78\x9c\xff", unlabelled("zlib (deflate)")),
            (&[], b"\x78\x9d\xff", None),
            (&[], b"\xff\xfe{\x00", other("UTF-16")),
            (&[], b"\x00\x00\xfe\xff", other("UTF-32")),
            (&[], b"\xfe", None),
            (&["gzip"], b"\x78\x9c\xff", Some(Unread::Undecodable("gzip".to_owned()))),
            (&["gzip, compress"], b"\xff", Some(Unread::UnknownCoding("compress".to_owned()))),
            (&["\u{1b}x"], b"\xff", Some(Unread::UnknownCoding("x".to_owned()))),
        ];
        for (values, bytes, expected) in rows {
            assert_eq!(Unread::of(&lines(values), bytes), expected, "{values:?}");
        }
    }
}
